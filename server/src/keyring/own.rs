//! What an organization does with its own client keys and named keys: list, look, delete.
//! A key of another organization is answered like one that does not exist.

use uuid::Uuid;

use super::{
    DeleteClientKey, DeleteNamedKey, Keyring, ListClientKeys, Operation, Permit, ReadNamedKeys,
};
use crate::error::Error;
use crate::key::{Key, KeyId, Kind, RevocationReason, State};
use crate::secret::repeated;
use crate::store::{Change, KeyFilter};

/// A part of a list that is counted.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The keys of this part.
    pub items: Vec<Key>,
    /// How many there are in all.
    pub total: i64,
}

/// The most named keys that one answer lists; their contract has no pages.
const NAMED_LEN_MAX: u32 = 100_000;

impl Keyring {
    /// Part of the organization's live client keys, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_client_keys(
        &self,
        permit: &Permit<ListClientKeys>,
        limit: u32,
        offset: u32,
    ) -> Result<Listing, Error> {
        let filter = KeyFilter {
            len_max: limit,
            offset,
            ..self.live(permit, Kind::Client)?
        };
        Ok(Listing {
            total: self.store.count_keys(filter.clone()).await?,
            items: self.store.list_keys(filter).await?,
        })
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
        let key = self.store.read_key(KeyId(id)).await?;
        let is_own = key.is_some_and(|key| {
            key.kind == Kind::Client
                && key.owner_id == owner_id
                && key.state(self.now_ms()) == State::Live
        });
        if !is_own {
            return Err(not_found());
        }
        self.revoke_own(permit, KeyId(id)).await
    }

    /// The organization's live named keys, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_named_keys(&self, permit: &Permit<ReadNamedKeys>) -> Result<Vec<Key>, Error> {
        let filter = self.live(permit, Kind::Named)?;
        self.store.list_keys(filter).await
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
        let change = Change::RevokeNamed {
            owner_id: permit.owner()?.id,
            name,
            reason: RevocationReason::Unspecified,
        };
        self.change(permit, change).await.map(drop)
    }

    async fn find_named<O: Operation>(
        &self,
        permit: &Permit<O>,
        name: String,
    ) -> Result<Key, Error> {
        let filter = KeyFilter {
            name: Some(name.clone()),
            ..self.live(permit, Kind::Named)?
        };
        let found = self.store.list_keys(filter).await?;
        // The newest is the current one: those before it live on in their grace.
        found.into_iter().next_back().ok_or(Error::NotFound {
            noun: "named key",
            id: repeated(&name).to_owned(),
        })
    }

    async fn revoke_own<O: Operation>(&self, permit: &Permit<O>, id: KeyId) -> Result<(), Error> {
        let reason = RevocationReason::Unspecified;
        self.change(permit, Change::Revoke { id, reason })
            .await
            .map(drop)
    }

    /// The live keys of one kind that the caller's organization has.
    fn live<O>(&self, permit: &Permit<O>, kind: Kind) -> Result<KeyFilter, Error> {
        Ok(KeyFilter {
            owner_id: Some(permit.owner()?.id),
            kind: Some(kind),
            state: Some(State::Live),
            name: None,
            after: None,
            offset: 0,
            now_ms: self.now_ms(),
            len_max: NAMED_LEN_MAX,
        })
    }
}
