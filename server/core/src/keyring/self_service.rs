//! What an organization does with its own client keys and named keys: list, look, delete.
//! A key of another organization is answered like one that does not exist.

use std::sync::Arc;

use futures_util::stream::Stream;
use uuid::Uuid;

use super::{
    DeleteClientKey, DeleteNamedKey, Keyring, ListClientKeys, Listed, Operation, Permit,
    ReadNamedKeys,
};
use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::{Key, Kind, RevocationReason, State};
use keywright_model::secret::repeated;
use keywright_store::{KeyFilter, command};

/// Keys of one name that are read at once: the current one, and those in their grace.
const SAME_NAME_LEN_MAX: u32 = 100;

impl Keyring {
    /// Some of the organization's live client keys, oldest first, a part at a time; and how many there are in all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_client_keys(
        self: &Arc<Self>,
        permit: &Permit<ListClientKeys>,
        limit: u32,
        offset: u32,
    ) -> Result<
        (
            i64,
            impl Stream<Item = Result<Listed<Key>, Error>> + Send + use<>,
        ),
        Error,
    > {
        let filter = KeyFilter {
            offset,
            ..self.live(permit, Kind::Client)?
        };
        let total = self.store.database().count_keys(filter.clone()).await?;
        Ok((total, self.list_in_parts(filter, limit)))
    }

    /// Revokes a client key of the organization, and with it every token minted from it.
    ///
    /// # Errors
    /// `NotFound` if the organization has no such live key.
    pub async fn delete_client_key(
        &self,
        permit: &Permit<DeleteClientKey>,
        client_id: &str,
    ) -> Result<(), Error> {
        let owner_id = permit.owner()?.id;
        let not_found = || Error::NotFound {
            noun: "client key",
            id: repeated(client_id).to_owned(),
        };
        // One spelling names a key: no braces, no prefix, and its four hyphens.
        let text = Some(client_id).filter(|text| text.len() == uuid::fmt::Hyphenated::LENGTH);
        let id = text
            .and_then(|text| Uuid::parse_str(text).ok())
            .ok_or_else(not_found)?;
        let key = self.store.database().read_key(KeyId(id)).await?;
        let is_own = key.is_some_and(|key| {
            key.kind == Kind::Client
                && key.owner_id == owner_id
                && key.state(self.now_ms()) == State::Live
        });
        if !is_own {
            self.wait_until_durable().await?;
            return Err(not_found());
        }
        self.revoke_own(permit, KeyId(id)).await
    }

    /// The organization's live named keys, in the order of their ids, a part at a time.
    ///
    /// A key that is made or ended while they are read is listed or not, as its turn has come by then or has not;
    /// every other stands there once.
    ///
    /// # Errors
    /// When the caller acts for no organization.
    pub fn list_named_keys(
        self: &Arc<Self>,
        permit: &Permit<ReadNamedKeys>,
    ) -> Result<impl Stream<Item = Result<Listed<Key>, Error>> + Send + use<>, Error> {
        let filter = self.live(permit, Kind::Named)?;
        Ok(self.list_in_parts(filter, u32::MAX))
    }

    /// The organization's live named key of this name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read_named_key(
        &self,
        permit: &Permit<ReadNamedKeys>,
        name: String,
    ) -> Result<Key, Error> {
        self.find_named(permit, name).await
    }

    /// Revokes the organization's live named key of this name.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_named_key(
        &self,
        permit: &Permit<DeleteNamedKey>,
        name: String,
    ) -> Result<(), Error> {
        let command = command::RevokeNamed {
            owner_id: permit.owner()?.id,
            name,
            reason: RevocationReason::Unspecified,
        };
        self.change(permit, command).await.map(drop)
    }

    async fn find_named<O: Operation>(
        &self,
        permit: &Permit<O>,
        name: String,
    ) -> Result<Key, Error> {
        let mut filter = KeyFilter {
            name: Some(name),
            ..self.live(permit, Kind::Named)?
        };
        let mut newest = None;
        loop {
            let part = self.store.database().list_keys(filter.clone()).await?;
            // The newest is the current one: those before it live on in their grace.
            newest = part.items.into_iter().next_back().or(newest);
            filter.after = newest.as_ref().map(|key| key.id);
            if !part.is_cut {
                break;
            }
        }
        newest.ok_or_else(|| Error::NotFound {
            noun: "named key",
            id: repeated(&filter.name.unwrap_or_default()).to_owned(),
        })
    }

    async fn revoke_own<O: Operation>(&self, permit: &Permit<O>, id: KeyId) -> Result<(), Error> {
        let reason = RevocationReason::Unspecified;
        let command = command::Revoke { id, reason };
        self.change(permit, command).await.map(drop)
    }

    /// The live keys of one kind that the caller's organization has.
    fn live<O>(&self, permit: &Permit<O>, kind: Kind) -> Result<KeyFilter, Error> {
        Ok(KeyFilter {
            owner_id: Some(permit.owner()?.id),
            kind: Some(kind),
            state: Some(State::Live),
            name: None,
            within: None,
            after: None,
            offset: 0,
            now_ms: self.now_ms(),
            len_max: SAME_NAME_LEN_MAX,
        })
    }
}
