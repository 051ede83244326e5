//! Whom a control key acts on: its owner and those below it, or all. What lies outside does not exist for it.
//! Leaves the other bounds of a key to `bounds`.

use super::keys::not_found;
use super::{Keyring, Permit};
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::Key;
use keywright_model::owner::Owner;

/// Control keys that reach all owners.
#[derive(Clone, Debug)]
pub struct ReachingAll {
    /// Some of them.
    pub some: Vec<KeyId>,
    /// How many there are.
    pub count: usize,
}

/// At most this many of them are named.
const NAMED_MAX: usize = 20;

impl<O> Permit<O> {
    /// The owner at which, with those below it, the caller's reach ends; `None` if it reaches all.
    pub(super) fn reaches_from(&self) -> Option<OwnerId> {
        self.principal.key.as_deref().and_then(Key::reaches_from)
    }
}

impl Keyring {
    /// The live control keys that reach all owners: the holder of one acts on every tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn reaching_all(&self) -> Result<ReachingAll, Error> {
        let mut some = self
            .store
            .database()
            .list_reaching_all(self.now_ms())
            .await?;
        let count = some.len();
        some.truncate(NAMED_MAX);
        Ok(ReachingAll { some, count })
    }

    /// Makes sure that a key lies within the caller's reach.
    pub(super) async fn check_reach_of<O>(
        &self,
        permit: &Permit<O>,
        key: &Key,
    ) -> Result<(), Error> {
        if self.reaches(permit, key.owner_id).await? {
            return Ok(());
        }
        Err(not_found("key", key.id))
    }

    /// Whether an owner lies within the caller's reach.
    pub(super) async fn reaches<O>(
        &self,
        permit: &Permit<O>,
        owner_id: OwnerId,
    ) -> Result<bool, Error> {
        match permit.reaches_from() {
            None => Ok(true),
            Some(own) if own == owner_id => Ok(true),
            Some(own) => self.store.database().is_ancestor(own, owner_id).await,
        }
    }

    /// Whether an owner that was just read is `own` or stands below it. Who stands above whom never changes, so
    /// memory is as good as the database.
    pub(super) async fn is_within(&self, own: OwnerId, owner: &Owner) -> Result<bool, Error> {
        let mut above = owner.parent_id;
        while let Some(id) = above.filter(|id| *id != own) {
            match self.store.find_owner(id).await? {
                Some(owner) => above = owner.parent_id,
                // One that was deleted still stands where it stood.
                None => return self.store.database().is_ancestor(own, id).await,
            }
        }
        Ok(above.is_some())
    }
}
