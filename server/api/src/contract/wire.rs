//! Ids, instants and numbers of seconds as all contracts write them.

use axum::http::HeaderValue;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// An instant as all contracts write it: RFC 3339, UTC, milliseconds.
pub(super) fn instant(at_ms: i64) -> String {
    keywright_model::instant::format(at_ms)
}

/// Reads an id of the form that all contracts write: 36 characters, no braces, no prefix.
pub(super) fn read_id(text: &str) -> Option<Uuid> {
    Some(text)
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::parse_str(text).ok())
}

/// An id in a header.
pub(super) fn header_value(id: Uuid) -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    let text = id.hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).expect("hexadecimal digits and hyphens may stand in a header")
}

/// An id in a body or a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct WireId(pub(super) Uuid);

impl<'de> Deserialize<'de> for WireId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let id = read_id(&text).map(Self);
        id.ok_or_else(|| D::Error::custom("expected a UUID with its four hyphens"))
    }
}

/// An instant in a body, Unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct WireInstant(pub(super) i64);

impl<'de> Deserialize<'de> for WireInstant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at_ms = keywright_model::instant::parse(&text).map(Self);
        at_ms.map_err(|error| D::Error::custom(format_args!("expected {error}")))
    }
}

/// `1 second`, `2 seconds`.
pub(super) fn seconds(count: u32) -> String {
    format!("{count} second{}", if count == 1 { "" } else { "s" })
}
