//! Keys and owners in memory: bounded, overwritten by every change, and filled only with what is not
//! older than the newest change. Leaves when it is asked and filled to `cached`, and telling it of changes to the engines.

mod counts;
mod followed;
mod map;
mod rekeying;
#[cfg(test)]
pub(crate) mod tests;

use std::hash::{BuildHasher as _, Hash};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use quick_cache::DefaultHashBuilder;

pub use counts::Counts;

use crate::bloom_filter::BloomFilter;
use crate::freshness::Freshness;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::key::{HeldKey, Key};
use keywright_model::owner::Owner;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use map::{Map, SHARDS_LEN, shard_of};
use rekeying::Rekeying;

/// A key with the digest of its secret, as it is kept in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Minted {
    pub key: Arc<Key>,
    pub digest: Digest,
}

/// What one statement found, and the position at which the database stood then.
#[derive(Clone, Copy, Debug)]
pub struct Read<T> {
    pub position: i64,
    pub found: Option<T>,
}

/// What a look-up of a key finds: the key, and its owner.
pub type FoundKey = (Minted, Arc<Owner>);

/// What a batch of changes has left behind.
#[derive(Debug, Default)]
pub struct Touched {
    pub keys: Vec<Minted>,
    pub owners: Vec<Arc<Owner>>,
    /// Access tokens that were revoked.
    pub tokens: Vec<TokenUse>,
    /// Whether one of the keys, or its digest, is new.
    pub mints: bool,
    /// Whether one of the digests is new, and another one gone.
    pub rekeys: bool,
}

/// The memory in front of a database.
///
/// A change overwrites its entries, and notes its position for the shard of each id that it touched. A
/// read is kept, and used, only if the database stood at that position already when it was made: what
/// was read before a change cannot undo it, however late it arrives.
pub struct Cache {
    /// Whose digests these are. What is known of a key is kept once, by its id: a second copy would outlive a change
    /// that names the key and not its digest.
    by_digest: Map<Digest, KeyId>,
    by_id: Map<KeyId, Minted>,
    owners: Map<OwnerId, Arc<Owner>>,
    /// Whether tokens were revoked.
    tokens: Map<TokenId, bool>,
    /// From this instant on, no token that was revoked would be good anyway: nothing need be looked up.
    revoked_until_ms: AtomicI64,
    /// The same of the tokens that were revoked before this memory was told of each.
    revoked_before_until_ms: AtomicI64,
    /// How fresh all of this is; none where no other server changes the database.
    freshness: OnceLock<Arc<Freshness>>,
    /// How often it has begun anew. What was sent off before that is not kept.
    epoch: AtomicU64,
    bloom_filter: BloomFilter,
    hasher: DefaultHashBuilder,
    /// The position of the newest change to any id of a shard.
    noted: Box<[AtomicI64]>,
    newest_mint: AtomicI64,
    rekeying: Rekeying,
    hits: AtomicU64,
    absent: AtomicU64,
    misses: AtomicU64,
    fills: AtomicU64,
    fills_refused: AtomicU64,
}

impl Cache {
    /// A memory that takes about so many bytes.
    pub fn new(bytes: u64) -> Self {
        Self {
            by_digest: Map::new(bytes / 8),
            by_id: Map::new(bytes / 2 + bytes / 8),
            owners: Map::new(bytes / 4 - bytes / 16),
            tokens: Map::new(bytes / 16),
            revoked_until_ms: AtomicI64::new(i64::MIN),
            revoked_before_until_ms: AtomicI64::new(i64::MIN),
            freshness: OnceLock::new(),
            epoch: AtomicU64::new(0),
            bloom_filter: BloomFilter::default(),
            hasher: DefaultHashBuilder::default(),
            noted: (0..SHARDS_LEN).map(|_| AtomicI64::new(0)).collect(),
            newest_mint: AtomicI64::new(0),
            rekeying: Rekeying::default(),
            hits: AtomicU64::new(0),
            absent: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            fills: AtomicU64::new(0),
            fills_refused: AtomicU64::new(0),
        }
    }

    /// The key with this digest and its owner, if both are here.
    pub(crate) fn recall(&self, digest: Digest) -> Option<HeldKey> {
        if self.is_stale() {
            return None;
        }
        let id = self.by_digest.get(&digest);
        let minted = id.and_then(|id| self.by_id.get(&id));
        // The key may have got another one meanwhile.
        let minted = minted.filter(|minted| minted.digest.matches(&digest));
        self.counted(minted.and_then(|minted| self.held(minted)))
            .map(|(held, _)| held)
    }

    /// The key with this id, its owner and its digest, if all are here.
    pub(crate) fn recall_by_id(&self, id: KeyId) -> Option<(HeldKey, Digest)> {
        if self.is_stale() {
            return None;
        }
        self.counted(self.by_id.get(&id).and_then(|minted| self.held(minted)))
    }

    /// The owner with this id, if it is here.
    pub(crate) fn recall_owner(&self, id: OwnerId) -> Option<Arc<Owner>> {
        if self.is_stale() {
            return None;
        }
        self.counted(self.owners.get(&id))
    }

    /// The key with this id as the last change left it, if it and its owner are here, for a change of it: not a
    /// look-up that counts. What was counted of it may be older.
    pub fn peek(&self, id: KeyId) -> Option<Minted> {
        let minted = self.by_id.get(&id)?;
        let (held, digest) = self.held(minted)?;
        Some(Minted {
            key: held.key,
            digest,
        })
    }

    /// The key with this id as the last change of it left it, if it is here, for a list: not a look-up that counts.
    /// What was counted of it may be older, and whether its owner has ended is not said.
    pub fn peek_key(&self, id: KeyId) -> Option<Arc<Key>> {
        self.by_id.get(&id).map(|minted| minted.key)
    }

    /// Keeps a key of a list that was read at this position, unless something newer is known of it.
    pub fn keep_listed(&self, minted: Minted, position: i64) {
        let id = minted.key.id;
        self.by_id
            .put_if(id, position, minted, || self.is_current(id, position));
    }

    /// The owner with this id, deleted or not, if it is here, for a change that rests on it.
    pub fn peek_owner(&self, id: OwnerId) -> Option<Arc<Owner>> {
        self.owners.get(&id)
    }

    /// Whether a token was revoked, if that is known here.
    pub(crate) fn recall_revocation(&self, token: TokenUse, now_ms: i64) -> Option<bool> {
        if self.is_stale() {
            return None;
        }
        let is_over = |end: &AtomicI64| now_ms >= end.load(Ordering::SeqCst);
        if is_over(&self.revoked_until_ms) && is_over(&self.revoked_before_until_ms) {
            return Some(false);
        }
        self.counted(self.tokens.get(&token.id))
    }

    /// Takes in that some tokens that were revoked would be good until this instant.
    pub fn expect_revoked_until(&self, until_ms: i64) {
        self.revoked_until_ms.fetch_max(until_ms, Ordering::SeqCst);
    }

    /// Whether there is surely no key with this digest, as if the database had just been asked.
    pub(crate) fn lacks(&self, digest: &Digest) -> bool {
        let lacks = !self.is_stale() && self.bloom_filter.lacks(digest);
        self.absent.fetch_add(u64::from(lacks), Ordering::Relaxed);
        lacks
    }

    /// What tells without the database that a digest is unknown.
    pub fn bloom_filter(&self) -> &BloomFilter {
        &self.bloom_filter
    }

    /// Counts a look-up that goes to the database.
    pub(crate) fn note_miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// Keeps a key and its owner that were read, unless a change came after the read; whether it did not, and what
    /// was read may be answered.
    pub(crate) fn admit(&self, read: &Read<FoundKey>, epoch: u64) -> bool {
        let Some((minted, owner)) = &read.found else {
            return self.admits_absence(read.position, epoch);
        };
        let id = minted.key.id;
        let is_current = || self.takes(epoch) && self.is_current(id, read.position);
        let key_kept = self
            .by_id
            .put_if(id, read.position, minted.clone(), is_current)
            && self
                .by_digest
                .put_if(minted.digest, read.position, id, is_current);
        let owner_is_current = || self.takes(epoch) && self.is_current(owner.id, read.position);
        let owner_kept =
            self.owners
                .put_if(owner.id, read.position, Arc::clone(owner), owner_is_current);
        self.note_fill(key_kept && owner_kept)
    }

    /// Like `admit`, for an owner.
    pub(crate) fn admit_owner(&self, read: &Read<Arc<Owner>>, epoch: u64) -> bool {
        let Some(owner) = &read.found else {
            return self.admits_absence(read.position, epoch);
        };
        let is_current = || self.takes(epoch) && self.is_current(owner.id, read.position);
        let is_kept = self
            .owners
            .put_if(owner.id, read.position, Arc::clone(owner), is_current);
        self.note_fill(is_kept)
    }

    /// Like `admit`, for a token: what is found is its revocation.
    pub(crate) fn admit_revocation(&self, id: TokenId, read: &Read<()>, epoch: u64) -> bool {
        let is_current = || self.takes(epoch) && self.is_current(id, read.position);
        let is_revoked = read.found.is_some();
        self.note_fill(
            self.tokens
                .put_if(id, read.position, is_revoked, is_current),
        )
    }

    /// Takes in what a committed batch has left behind, which is the truth at this position.
    pub fn apply(&self, position: i64, touched: &Touched) {
        self.sift(touched);
        self.rekeying.end();
        self.note(position, touched);
        for minted in &touched.keys {
            let is_final = |minted: &Minted| minted.key.revoked_at_ms.is_some();
            // What has ended for good stays so, whatever comes later.
            let keeps = |old: Option<&Minted>| old.is_none_or(|old| !is_final(old));
            let may_put = is_final(minted);
            self.by_id
                .put_over(minted.key.id, position, minted.clone(), |old| {
                    may_put || keeps(old)
                });
            self.by_digest
                .put_over(minted.digest, position, minted.key.id, |_| true);
        }
        for owner in &touched.owners {
            self.owners
                .put_over(owner.id, position, Arc::clone(owner), |_| true);
        }
        for token in &touched.tokens {
            self.tokens.put_over(token.id, position, true, |_| true);
        }
    }

    /// The same of a batch that the feed has passed already: what may have been changed behind it is dropped. Nothing
    /// else may be noted meanwhile.
    pub fn apply_passed(&self, position: i64, touched: &Touched) {
        let (keys, changed_keys) = (touched.keys.iter().cloned())
            .partition(|minted| self.is_current(minted.key.id, position));
        let (owners, changed_owners) =
            (touched.owners.iter().cloned()).partition(|owner| self.is_current(owner.id, position));
        let changed = Touched {
            keys: changed_keys,
            owners: changed_owners,
            ..Touched::default()
        };
        self.forget(position, &changed);
        let newest = Touched {
            keys,
            owners,
            tokens: touched.tokens.clone(),
            ..*touched
        };
        self.apply(position, &newest);
    }

    /// Drops what a batch was about whose outcome is unknown, and distrusts reads older than its end.
    pub fn forget(&self, position: i64, touched: &Touched) {
        self.sift(touched);
        self.note(position, touched);
        for minted in &touched.keys {
            self.by_digest.remove(&minted.digest);
            self.by_id.remove(&minted.key.id);
        }
        for owner in &touched.owners {
            self.owners.remove(&owner.id);
        }
        for token in &touched.tokens {
            self.tokens.remove(&token.id);
        }
    }

    /// Forgets everything, and distrusts every read older than `position`.
    pub fn clear(&self, position: i64) {
        self.bloom_filter.clear();
        self.rekeying.end();
        for noted in &self.noted {
            noted.fetch_max(position, Ordering::SeqCst);
        }
        self.newest_mint.fetch_max(position, Ordering::SeqCst);
        self.expect_revoked_until(i64::MAX);
        self.empty();
    }

    fn empty(&self) {
        self.tokens.clear();
        self.by_digest.clear();
        self.by_id.clear();
        self.owners.clear();
    }

    /// What it has done so far.
    pub(crate) fn counts(&self) -> Counts {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let sizes = [
            self.by_digest.size(),
            self.by_id.size(),
            self.owners.size(),
            self.tokens.size(),
        ];
        Counts {
            hits: load(&self.hits),
            absent: load(&self.absent),
            misses: load(&self.misses),
            fills: load(&self.fills),
            fills_refused: load(&self.fills_refused),
            evictions: [
                &self.by_digest.evictions,
                &self.by_id.evictions,
                &self.owners.evictions,
                &self.tokens.evictions,
            ]
            .map(load)
            .iter()
            .sum(),
            entries: sizes.iter().map(|(entries, _)| entries).sum(),
            bytes: sizes.iter().map(|(_, bytes)| bytes).sum::<u64>() + self.bloom_filter.bytes(),
        }
    }

    fn sift(&self, touched: &Touched) {
        for minted in touched.keys.iter().filter(|_| touched.mints) {
            self.bloom_filter.insert(&minted.digest);
        }
    }

    fn held(&self, minted: Minted) -> Option<(HeldKey, Digest)> {
        let owner = self.owners.get(&minted.key.owner_id)?;
        Some((HeldKey::new(minted.key, owner), minted.digest))
    }

    /// "There is none" is true only of a read that saw the newest mint.
    fn admits_absence(&self, position: i64, epoch: u64) -> bool {
        let is_current = position >= self.newest_mint.load(Ordering::SeqCst);
        self.note_fill(is_current && self.takes(epoch))
    }

    fn is_current(&self, id: impl Hash, position: i64) -> bool {
        position >= self.noted[self.shard(id)].load(Ordering::SeqCst)
    }

    /// Must come before the entries are overwritten: a fill that looked before the note is overwritten,
    /// one that looks after it is refused.
    fn note(&self, position: i64, touched: &Touched) {
        for minted in &touched.keys {
            self.noted[self.shard(minted.key.id)].fetch_max(position, Ordering::SeqCst);
        }
        for owner in &touched.owners {
            self.noted[self.shard(owner.id)].fetch_max(position, Ordering::SeqCst);
        }
        for token in &touched.tokens {
            self.noted[self.shard(token.id)].fetch_max(position, Ordering::SeqCst);
            self.expect_revoked_until(token.expires_at_ms);
        }
        if touched.mints {
            self.newest_mint.fetch_max(position, Ordering::SeqCst);
        }
    }

    fn shard(&self, id: impl Hash) -> usize {
        shard_of(self.hasher.hash_one(id), SHARDS_LEN)
    }

    fn note_fill(&self, is_kept: bool) -> bool {
        let counter = if is_kept {
            &self.fills
        } else {
            &self.fills_refused
        };
        counter.fetch_add(1, Ordering::Relaxed);
        is_kept
    }

    fn counted<T>(&self, found: Option<T>) -> Option<T> {
        let hits = u64::from(found.is_some());
        self.hits.fetch_add(hits, Ordering::Relaxed);
        found
    }
}
