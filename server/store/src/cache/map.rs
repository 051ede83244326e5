//! A map of bounded size in shards: what was used least makes room.
//! Leaves which entries may be put in, and when, to `super`.

use std::hash::{BuildHasher as _, Hash};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::{DefaultHashBuilder, unsync};

use super::Minted;
use keywright_model::id::KeyId;
use keywright_model::owner::Owner;

/// Parts of each map at most, each with a lock of its own.
pub(super) const SHARDS_LEN: usize = 64;
/// A part is no smaller, so that each holds the largest of all keys, with all that it may have: about 17 KiB.
const SHARD_BYTES_MIN: u64 = 32 * 1024;
/// What an entry takes beside its texts: the nouns, and the map around them.
const ENTRY_OVERHEAD: usize = 512;

/// An entry, and the position of which it is.
type Dated<V> = (i64, V);

type Shard<K, V> = unsync::Cache<K, Dated<V>, ByTexts>;

/// A bounded map in shards. What is there makes no room for something that is of an earlier position.
pub(super) struct Map<K, V> {
    shards: Box<[Mutex<Shard<K, V>>]>,
    hasher: DefaultHashBuilder,
    pub(super) evictions: AtomicU64,
}

impl<K: Copy + Eq + Hash, V: Clone + Weighed> Map<K, V> {
    pub(super) fn new(bytes: u64) -> Self {
        let len = usize::try_from(bytes / SHARD_BYTES_MIN).unwrap_or(SHARDS_LEN);
        let len = len.clamp(1, SHARDS_LEN);
        let bytes = bytes / len as u64;
        let entries = usize::try_from(bytes).unwrap_or(usize::MAX) / (2 * V::OVERHEAD);
        let shard = || Mutex::new(unsync::Cache::with_weighter(entries.max(1), bytes, ByTexts));
        Self {
            shards: (0..len).map(|_| shard()).collect(),
            hasher: DefaultHashBuilder::default(),
            evictions: AtomicU64::new(0),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let found = self.lock(key).get(key).cloned();
        found.map(|(_, value)| value)
    }

    /// Puts an entry if `may` still says so while nobody else can touch its shard.
    pub(super) fn put_if(
        &self,
        key: K,
        position: i64,
        value: V,
        may: impl FnOnce() -> bool,
    ) -> bool {
        let mut shard = self.lock(&key);
        let old = shard.peek(&key);
        let is_put = old.is_none_or(|(of, _)| *of <= position) && may();
        if is_put {
            self.insert(&mut shard, key, (position, value));
        }
        is_put
    }

    /// Puts an entry over what is there, if `may` lets it.
    pub(super) fn put_over(
        &self,
        key: K,
        position: i64,
        value: V,
        may: impl FnOnce(Option<&V>) -> bool,
    ) {
        let mut shard = self.lock(&key);
        let old = shard.get(&key);
        let is_newer = old.is_none_or(|(of, _)| *of <= position);
        if is_newer && may(old.map(|(_, value)| value)) {
            self.insert(&mut shard, key, (position, value));
        }
    }

    fn insert(&self, shard: &mut Shard<K, V>, key: K, value: Dated<V>) {
        let is_new = shard.peek(&key).is_none();
        let len = shard.len() + usize::from(is_new);
        shard.insert(key, value);
        let evicted = len.saturating_sub(shard.len());
        self.evictions.fetch_add(evicted as u64, Ordering::Relaxed);
    }

    pub(super) fn remove(&self, key: &K) {
        self.lock(key).remove(key);
    }

    pub(super) fn clear(&self) {
        for shard in &self.shards {
            shard.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Entries and bytes.
    pub(super) fn size(&self) -> (u64, u64) {
        let sizes = self.shards.iter().map(|shard| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            (shard.len() as u64, shard.weight())
        });
        sizes.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    fn lock(&self, key: &K) -> MutexGuard<'_, Shard<K, V>> {
        let shard = &self.shards[shard_of(self.hasher.hash_one(key), self.shards.len())];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn shard_of(hash: u64, len: usize) -> usize {
    usize::try_from(hash % len as u64).unwrap_or(0)
}

/// Weighs entries by about the bytes they take.
#[derive(Clone)]
struct ByTexts;

impl<K, V: Weighed> quick_cache::Weighter<K, Dated<V>> for ByTexts {
    fn weight(&self, _key: &K, (_, value): &Dated<V>) -> u64 {
        (V::OVERHEAD + value.texts_len()) as u64
    }
}

pub(super) trait Weighed {
    /// What an entry takes beside its texts.
    const OVERHEAD: usize = ENTRY_OVERHEAD;

    /// Bytes of its texts.
    fn texts_len(&self) -> usize;
}

impl Weighed for Minted {
    fn texts_len(&self) -> usize {
        self.key.texts_len()
    }
}

impl Weighed for KeyId {
    const OVERHEAD: usize = 128;

    fn texts_len(&self) -> usize {
        0
    }
}

impl Weighed for bool {
    const OVERHEAD: usize = 64;

    fn texts_len(&self) -> usize {
        0
    }
}

impl Weighed for Arc<Owner> {
    fn texts_len(&self) -> usize {
        let texts = [&self.name, &self.email, &self.plan];
        texts
            .iter()
            .map(|text| text.as_ref().map_or(0, String::len))
            .sum::<usize>()
            + self.rate_limits.len() * (64 + size_of::<keywright_model::limit::RateLimit>())
    }
}
