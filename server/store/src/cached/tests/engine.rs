//! A database whose rows are in memory: a primary, and a standby that can fall behind. Its look-ups can be held up.

use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use crate::cache::{Cache, FoundKey, Minted, Read, Touched};
use crate::engine::{LookUp, ReadFrom, Reading};
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;

/// What is kept, as of one position.
#[derive(Clone, Default)]
struct Rows {
    position: i64,
    keys: HashMap<KeyId, Minted>,
    owners: HashMap<OwnerId, Arc<Owner>>,
    revoked: HashSet<TokenId>,
}

/// The engine. It tells the memory of each change.
pub(super) struct InMemory {
    cache: Arc<Cache>,
    primary: Mutex<Rows>,
    /// As the primary was, where it does not follow.
    standby: Mutex<Option<Rows>>,
    held: Arc<Mutex<Option<ReadFrom>>>,
    asked: Mutex<Vec<ReadFrom>>,
}

impl InMemory {
    pub(super) fn new(cache: Arc<Cache>) -> Self {
        Self {
            cache,
            primary: Mutex::default(),
            standby: Mutex::default(),
            held: Arc::default(),
            asked: Mutex::default(),
        }
    }

    /// Puts something in before there was a memory to tell of it.
    pub(super) fn put(&self, touched: &Touched) -> i64 {
        let mut primary = self.primary.lock().unwrap();
        primary.position += 1;
        for minted in &touched.keys {
            primary.keys.insert(minted.key.id, minted.clone());
        }
        for owner in &touched.owners {
            primary.owners.insert(owner.id, Arc::clone(owner));
        }
        let revoked = touched.tokens.iter().map(|token| token.id);
        primary.revoked.extend(revoked);
        primary.position
    }

    /// Makes a change, and tells the memory of it.
    pub(super) fn change(&self, touched: &Touched) {
        self.cache.apply(self.put(touched), touched);
    }

    /// Leaves the standby behind from now on.
    pub(super) fn fall_behind(&self) {
        let rows = self.primary.lock().unwrap().clone();
        *self.standby.lock().unwrap() = Some(rows);
    }

    /// Holds up the answers of these look-ups from now on, or those of none.
    pub(super) fn hold(&self, from: Option<ReadFrom>) {
        *self.held.lock().unwrap() = from;
    }

    /// Where look-ups were sent since this was last asked.
    pub(super) fn asked(&self) -> Vec<ReadFrom> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn look_up<T: Send + 'static>(
        &self,
        from: ReadFrom,
        find: impl FnOnce(&Rows) -> Option<T>,
    ) -> Reading<T> {
        self.asked.lock().unwrap().push(from);
        let primary = self.primary.lock().unwrap();
        let standby = self.standby.lock().unwrap();
        let rows = match (from, &*standby) {
            (ReadFrom::Any, Some(standby)) => standby,
            _ => &primary,
        };
        let mut read = Some(Read {
            position: rows.position,
            found: find(rows),
        });
        let held = Arc::clone(&self.held);
        Box::pin(poll_fn(move |_| {
            if *held.lock().unwrap() == Some(from) {
                return Poll::Pending;
            }
            Poll::Ready(Ok(read.take().unwrap()))
        }))
    }
}

impl Rows {
    fn key(&self, is_wanted: impl Fn(&Minted) -> bool) -> Option<FoundKey> {
        let minted = self.keys.values().find(|minted| is_wanted(minted))?;
        let owner = self.owners.get(&minted.key.owner_id)?;
        Some((minted.clone(), Arc::clone(owner)))
    }
}

impl LookUp for InMemory {
    fn look_up_key_by_digest(&self, digest: Digest, from: ReadFrom) -> Reading<FoundKey> {
        self.look_up(from, |rows| rows.key(|minted| minted.digest == digest))
    }

    fn look_up_key_by_digests(&self, digests: Arc<Digests>, from: ReadFrom) -> Reading<FoundKey> {
        let is_wanted = |minted: &Minted| digests.iter().any(|digest| *digest == minted.digest);
        self.look_up(from, |rows| rows.key(is_wanted))
    }

    fn look_up_key(&self, id: KeyId, from: ReadFrom) -> Reading<FoundKey> {
        self.look_up(from, |rows| rows.key(|minted| minted.key.id == id))
    }

    fn look_up_owner(&self, id: OwnerId, from: ReadFrom) -> Reading<Arc<Owner>> {
        self.look_up(from, |rows| {
            let owner = rows.owners.get(&id).cloned();
            owner.filter(|owner| owner.deleted_at_ms.is_none())
        })
    }

    fn look_up_revocation(&self, token: TokenUse, from: ReadFrom) -> Reading<()> {
        self.look_up(from, |rows| rows.revoked.contains(&token.id).then_some(()))
    }
}
