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
                    self.tokens.put_over(id, position, true, |_| true);
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::cache::tests::{MIB, minted, owner};
    use crate::cache::{FoundKey, Read, Touched};
    use keywright_model::id::TokenId;
    use keywright_model::owner::Owner;
    use keywright_model::principal::TokenUse;
    use keywright_model::secret::Digest;

    const DIGEST: Digest = Digest([7; 32]);

    fn id() -> KeyId {
        minted(7, None).key.id
    }

    fn read(position: i64) -> Read<FoundKey> {
        Read {
            position,
            found: Some((minted(7, None), owner())),
        }
    }

    /// A memory that is fresh, and what makes it so.
    fn followed() -> (Cache, Arc<Freshness>) {
        let cache = Cache::new(MIB);
        let freshness = Arc::new(Freshness::default());
        cache.follow(Arc::clone(&freshness));
        freshness.renew(i64::MAX);
        cache.begin_anew(0);
        (cache, freshness)
    }

    #[test]
    fn what_another_server_has_changed_is_forgotten_and_no_older_read_of_it_is_kept() {
        for touched in [
            TouchedId::Key(id()),
            TouchedId::NewKey(id()),
            TouchedId::NewDigest(id()),
            TouchedId::Owner(owner().id),
            TouchedId::All,
        ] {
            let (cache, _) = followed();
            assert!(cache.admit(&read(3), 1));
            assert!(cache.recall(DIGEST).is_some());
            cache.forget_touched(5, &[touched]);
            assert!(cache.recall(DIGEST).is_none(), "{touched:?}");
            let epoch = cache.epoch();
            assert!(!cache.admit(&read(4), epoch), "{touched:?}");
            assert!(cache.admit(&read(5), epoch), "{touched:?}");
        }
    }

    #[test]
    fn what_was_read_ahead_of_the_feed_makes_no_room_for_what_is_older() {
        let (cache, _) = followed();
        let suspended = Owner {
            suspended: true,
            ..Owner::clone(&owner())
        };
        let newer = Read {
            position: 5,
            found: Some((minted(7, None), Arc::new(suspended))),
        };
        let is_suspended = || cache.recall(DIGEST).unwrap().owner.suspended;
        assert!(cache.admit(&newer, 1));
        assert!(!cache.admit(&read(4), 1));
        assert!(is_suspended());
        // Nor for a batch of this server's own that was committed before it.
        let batch = Touched {
            owners: vec![owner()],
            ..Touched::default()
        };
        cache.apply(4, &batch);
        assert!(is_suspended());
        cache.apply(6, &batch);
        assert!(!is_suspended());
    }

    #[test]
    fn a_batch_of_its_own_that_the_feed_has_passed_is_kept_where_nothing_was_changed_since() {
        let batch = Touched {
            keys: vec![minted(7, None)],
            owners: vec![owner()],
            mints: true,
            ..Touched::default()
        };
        let recalled = |later: &[TouchedId]| {
            let (cache, _) = followed();
            cache.forget_touched(5, &[TouchedId::NewKey(id())]);
            cache.forget_touched(6, later);
            cache.apply_passed(5, &batch);
            cache.recall(DIGEST).is_some()
        };
        assert!(recalled(&[]));
        for later in [
            TouchedId::Key(id()),
            TouchedId::NewDigest(id()),
            TouchedId::Owner(owner().id),
            TouchedId::All,
        ] {
            assert!(!recalled(&[later]), "{later:?}");
        }
        // What cannot be told from what was changed since goes, too: it is older than the batch.
        let (cache, _) = followed();
        assert!(cache.admit(&read(3), 1));
        let others = (8..).map(|number| KeyId(Uuid::from_u128(number)));
        let mut neighbours = others.filter(|other| cache.shard(other) == cache.shard(id()));
        cache.forget_touched(6, &[TouchedId::Key(neighbours.next().unwrap())]);
        assert!(cache.recall(DIGEST).is_some());
        cache.apply_passed(5, &batch);
        assert!(cache.recall(DIGEST).is_none());
        // What was read ahead of the feed stays.
        let (cache, _) = followed();
        let later = Read {
            position: 7,
            found: Some((minted(7, Some(1)), owner())),
        };
        assert!(cache.admit(&later, 1));
        cache.apply_passed(5, &batch);
        assert_eq!(
            cache.recall_by_id(id()).unwrap().0.key.revoked_at_ms,
            Some(1)
        );
    }

    #[test]
    fn a_mint_of_another_server_ends_what_was_read_to_be_absent_before_it() {
        let (cache, _) = followed();
        let absent = |position| Read::<FoundKey> {
            position,
            found: None,
        };
        cache.forget_touched(5, &[TouchedId::NewKey(id())]);
        assert!(!cache.admit(&absent(4), 1));
        assert!(cache.admit(&absent(5), 1));
    }

    #[test]
    fn a_token_that_another_server_has_revoked_is_known_to_be() {
        let (cache, _) = followed();
        let token = |number| TokenUse {
            id: TokenId(Uuid::from_u128(number)),
            expires_at_ms: 10,
        };
        assert_eq!(cache.recall_revocation(token(1), 9), None, "not known yet");
        cache.know_revoked_until(i64::MIN);
        assert_eq!(cache.recall_revocation(token(1), 9), Some(false));
        let TokenUse { id, expires_at_ms } = token(2);
        cache.forget_touched(5, &[TouchedId::Token { id, expires_at_ms }]);
        assert_eq!(cache.recall_revocation(token(2), 9), Some(true));
        assert_eq!(cache.recall_revocation(token(1), 9), None);
        assert_eq!(cache.recall_revocation(token(1), 10), Some(false));
    }

    #[test]
    fn nothing_is_answered_from_a_memory_that_is_too_old_and_nothing_kept_in_it() {
        let (cache, freshness) = followed();
        cache.know_revoked_until(i64::MIN);
        assert!(cache.admit(&read(3), 1));
        freshness.renew(0);
        let token = TokenUse {
            id: TokenId(Uuid::from_u128(1)),
            expires_at_ms: 10,
        };
        assert!(cache.recall(DIGEST).is_none());
        assert!(cache.recall_by_id(id()).is_none());
        assert!(cache.recall_owner(owner().id).is_none());
        assert_eq!(cache.recall_revocation(token, 10), None);
        assert!(!cache.admit(&read(4), 1));
        assert!(!cache.admit_owner(&owner_read(), 1));
        freshness.renew(i64::MAX);
        assert!(cache.recall(DIGEST).is_some());
    }

    fn owner_read() -> Read<Arc<Owner>> {
        Read {
            position: 9,
            found: Some(owner()),
        }
    }

    #[test]
    fn what_was_sent_off_before_it_began_anew_is_not_kept_whatever_its_position() {
        let (cache, _) = followed();
        let epoch = cache.epoch();
        cache.begin_anew(2);
        assert!(!cache.admit(&read(9), epoch));
        assert!(cache.recall(DIGEST).is_none());
        assert!(
            cache.admit(&read(2), cache.epoch()),
            "what was noted of another branch"
        );
    }

    #[test]
    fn a_key_that_has_got_another_digest_is_not_found_under_the_old_one() {
        let (cache, _) = followed();
        assert!(cache.admit(&read(3), 1));
        cache.forget_touched(5, &[TouchedId::NewDigest(id())]);
        let mut renewed = minted(7, None);
        renewed.digest = Digest([8; 32]);
        let renewed = Read {
            position: 5,
            found: Some((renewed, owner())),
        };
        assert!(cache.admit(&renewed, 1));
        assert!(cache.recall(Digest([8; 32])).is_some());
        assert!(cache.recall(DIGEST).is_none());
    }
}
