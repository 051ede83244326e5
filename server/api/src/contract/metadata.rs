//! Metadata in a body: its text as it was sent, and the place of what is wrong in it.
//! Leaves its rules to the noun.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use keywright_model::error::Error;
use keywright_model::metadata::Metadata;

/// The member of a body, before anybody has looked into it.
pub(super) type SentMetadata = Box<RawValue>;

/// Reads the member; `null` is sent, too, and no object.
pub(super) fn sent<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SentMetadata>, D::Error> {
    SentMetadata::deserialize(deserializer).map(Some)
}

/// Takes the member, if it was sent.
pub(super) fn read(sent: Option<SentMetadata>) -> Result<Option<Metadata>, Error> {
    let read = sent.map(|sent| Metadata::read(sent.get()));
    read.transpose().map_err(|error| {
        let place = format!("/metadata{}", error.pointer);
        Error::invalid(place, error.to_string())
    })
}
