//! The memory of a server that shares its database: whether it may be believed, and what others change of what it has.
//! Leaves how that is learned to the engine that follows the events.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::Cache;
use crate::event::TouchedId;
use crate::freshness::Freshness;
use keywright_model::id::KeyId;

impl Cache {
    /// From now on other servers change the database, too: memory is believed only while it is fresh.
    pub fn follow(&self, freshness: Arc<Freshness>) {
        self.freshness.get_or_init(|| freshness);
    }

    /// How fresh it is; none where no other server changes the database.
    pub(crate) fn freshness(&self) -> Option<&Freshness> {
        self.freshness.get().map(Arc::as_ref)
    }

    /// Whether it must not be believed now.
    pub(crate) fn is_stale(&self) -> bool {
        self.freshness().is_some_and(|known| !known.is_fresh())
    }

    /// What a look-up that is sent off now is kept under.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// Whether what was sent off in this epoch may be kept: asked while the shard that it goes to is locked, so that it
    /// is either cleared from there or refused.
    pub(super) fn takes(&self, epoch: u64) -> bool {
        epoch == self.epoch() && !self.is_stale()
    }

    /// Forgets everything, and begins at this position: no read from before is kept, neither an older one nor one that is
    /// still under way. Which tokens were revoked until then is not known until [`Cache::know_revoked_until`].
    pub fn begin_anew(&self, position: i64) {
        for mark in self.marks() {
            // It may be an earlier one: where history has branched, what was noted is of another branch.
            mark.store(position, Ordering::SeqCst);
        }
        self.forget_all();
    }

    /// Takes in until when one of the tokens would be good that were revoked before this memory was told of each.
    pub fn know_revoked_until(&self, until_ms: i64) {
        self.revoked_before_until_ms
            .store(until_ms, Ordering::SeqCst);
    }

    /// Forgets what another server has changed with the event at this position, and distrusts older reads of it. Where that
    /// is everything, which tokens were revoked is not known either, until [`Cache::know_revoked_until`].
    ///
    /// The position is noted before an entry goes: a fill that looked before the note is removed, one that looks after it
    /// is refused.
    pub fn forget_touched(&self, position: i64, ids: &[TouchedId]) {
        for id in ids {
            match *id {
                TouchedId::All => {
                    for mark in self.marks() {
                        mark.fetch_max(position, Ordering::SeqCst);
                    }
                    self.forget_all();
                }
                TouchedId::Key(id) => self.forget_key(position, id),
                TouchedId::NewKey(id) | TouchedId::NewDigest(id) => {
                    self.newest_mint.fetch_max(position, Ordering::SeqCst);
                    self.forget_key(position, id);
                }
                TouchedId::Owner(id) => {
                    self.note_id(position, id);
                    self.owners.remove(&id);
                }
                TouchedId::Token { id, expires_at_ms } => {
                    self.note_id(position, id);
                    self.expect_revoked_until(expires_at_ms);
                    self.tokens.put_over(id, true, |_| true);
                }
            }
        }
    }

    fn marks(&self) -> impl Iterator<Item = &AtomicI64> {
        self.noted.iter().chain([&self.newest_mint])
    }

    fn forget_all(&self) {
        self.revoked_before_until_ms
            .store(i64::MAX, Ordering::SeqCst);
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.bloom_filter.clear();
        self.rekeying.end();
        self.empty();
    }

    fn forget_key(&self, position: i64, id: KeyId) {
        self.note_id(position, id);
        self.by_id.remove(&id);
    }

    fn note_id(&self, position: i64, id: impl Hash) {
        self.noted[self.shard(id)].fetch_max(position, Ordering::SeqCst);
    }
}
