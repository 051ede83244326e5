//! Which digests the database may hold: what falls through is surely not there, and need not be looked for.
//! Leaves reading the digests to the engines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Poll;

use futures_util::future::poll_fn;
use futures_util::task::AtomicWaker;

use keywright_model::secret::Digest;

/// Words in a block; a digest sets one bit in each.
const BLOCK_LEN: usize = 8;
/// With this many bits for each digest about one in 140 of what is not there is looked for in vain.
const BITS_PER_DIGEST: u64 = 10;
/// Digests that the smallest Bloom filter has room for.
const CAPACITY_MIN: u64 = 1 << 12;

/// A split block Bloom filter (Putze, Sanders, Singler 2007) that grows.
///
/// A digest is a MAC under the server's own key: its bytes are as good as hashes, and nobody can choose
/// them. Every digest is in it before its caller is answered, so "not here" is true at any time.
#[derive(Default)]
pub struct BloomFilter {
    state: RwLock<State>,
    /// Who waits until a larger one is wanted.
    wanted: AtomicWaker,
}

#[derive(Default)]
struct State {
    /// What is asked; none until all digests were read.
    whole: Option<Arc<Bits>>,
    /// What is being made out of all digests.
    growing: Option<Arc<Bits>>,
}

struct Bits {
    words: Box<[AtomicU64]>,
    len: AtomicU64,
    capacity: u64,
}

/// A Bloom filter in the making: its owner reads all digests, and puts them in.
pub struct Growing(Arc<Bits>);

impl BloomFilter {
    /// Whether there is surely no such digest.
    pub fn lacks(&self, digest: &Digest) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.whole.as_ref().is_some_and(|bits| !bits.has(digest))
    }

    /// Takes a digest in.
    pub fn insert(&self, digest: &Digest) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        for bits in [&state.whole, &state.growing].into_iter().flatten() {
            bits.insert(digest);
        }
        if state.wants_growth() {
            self.wanted.wake();
        }
    }

    /// Returns when a new one must be made: there is none, or it has become too small. One caller waits at a time.
    pub async fn wants_growth(&self) {
        poll_fn(|context| {
            // Before it is asked: what is wanted after that wakes.
            self.wanted.register(context.waker());
            if self.is_wanting() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn is_wanting(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.wants_growth()
    }

    /// Begins one with room for twice as many digests; from here on it misses none that is new.
    /// `None` if there is no need.
    pub fn grow(&self, digests: u64) -> Option<Growing> {
        // Made before the lock is taken: all look-ups would wait for that much memory.
        let bits = Arc::new(Bits::new(digests.saturating_mul(2).max(CAPACITY_MIN)));
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !state.wants_growth() {
            return None;
        }
        state.growing = Some(Arc::clone(&bits));
        Some(Growing(bits))
    }

    /// Asks a Bloom filter from now on that has seen all digests, unless it was given up meanwhile.
    pub fn replace(&self, grown: &Growing) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let bits = state.growing.take_if(|bits| Arc::ptr_eq(bits, &grown.0));
        let old = bits.and_then(|bits| state.whole.replace(bits));
        drop(state);
        drop(old);
    }

    /// Forgets a Bloom filter that could not be finished.
    pub fn give_up(&self, growing: &Growing) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.growing.take_if(|bits| Arc::ptr_eq(bits, &growing.0));
    }

    /// Forgets everything: there may be digests that were not told of.
    pub fn clear(&self) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State::default();
        self.wanted.wake();
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> u64 {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let both = [&state.whole, &state.growing].into_iter().flatten();
        both.map(|bits| 8 * bits.words.len() as u64).sum()
    }
}

impl State {
    fn wants_growth(&self) -> bool {
        let is_full = |bits: &Arc<Bits>| bits.len.load(Ordering::Relaxed) > bits.capacity;
        self.growing.is_none() && self.whole.as_ref().is_none_or(is_full)
    }
}

impl Growing {
    /// Puts a digest in that is in the database.
    pub fn insert(&self, digest: &Digest) {
        self.0.insert(digest);
    }
}

impl Bits {
    fn new(capacity: u64) -> Self {
        let blocks = capacity * BITS_PER_DIGEST / (64 * BLOCK_LEN as u64) + 1;
        let words = usize::try_from(blocks).unwrap_or(usize::MAX / BLOCK_LEN) * BLOCK_LEN;
        Self {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
            len: AtomicU64::new(0),
            capacity,
        }
    }

    fn insert(&self, digest: &Digest) {
        for (word, bit) in self.places(digest) {
            word.fetch_or(bit, Ordering::SeqCst);
        }
        self.len.fetch_add(1, Ordering::Relaxed);
    }

    fn has(&self, digest: &Digest) -> bool {
        self.places(digest)
            .all(|(word, bit)| word.load(Ordering::SeqCst) & bit != 0)
    }

    /// The eight bits that stand for a digest: all in one block, which is one line of the processor's cache.
    fn places(&self, digest: &Digest) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let [block, bits, ..] = digest.words();
        let blocks = self.words.len() / BLOCK_LEN;
        // The remainder fits, for it is less than a length.
        let first = usize::try_from(block % blocks as u64).unwrap_or_default() * BLOCK_LEN;
        let words = self.words[first..first + BLOCK_LEN].iter();
        words.zip(bits.to_le_bytes().map(|byte| 1 << (byte % 64)))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::BloomFilter;
    use keywright_model::secret::{Digest, fingerprint};

    fn digest(number: u64) -> Digest {
        Digest(fingerprint(&[&number.to_be_bytes()]))
    }

    /// A Bloom filter that has seen digests 0 to `len`.
    fn bloom_filter(len: u64) -> BloomFilter {
        let bloom_filter = BloomFilter::default();
        let growing = bloom_filter.grow(len).unwrap();
        (0..len).for_each(|number| growing.insert(&digest(number)));
        bloom_filter.replace(&growing);
        bloom_filter
    }

    #[test]
    fn what_is_in_it_never_falls_through() {
        let bloom_filter = bloom_filter(20_000);
        assert!((0..20_000).all(|number| !bloom_filter.lacks(&digest(number))));
    }

    #[test]
    fn hardly_anything_else_stays_in_it_even_when_it_is_full() {
        let bloom_filter = bloom_filter(20_000);
        (20_000..40_000).for_each(|number| bloom_filter.insert(&digest(number)));
        assert!(bloom_filter.grow(40_000).is_none(), "it is full too early");
        assert!(bloom_filter.wants_growth().now_or_never().is_none());
        bloom_filter.insert(&digest(40_000));
        assert!(bloom_filter.wants_growth().now_or_never().is_some());
        let stays = (50_000..150_000).filter(|number| !bloom_filter.lacks(&digest(*number)));
        assert!(stays.count() < 2000);
    }

    #[test]
    fn nothing_falls_through_before_all_was_read() {
        let bloom_filter = BloomFilter::default();
        assert!(!bloom_filter.lacks(&digest(1)));
        let growing = bloom_filter.grow(10).unwrap();
        assert!(!bloom_filter.lacks(&digest(1)));
        bloom_filter.replace(&growing);
        assert!(bloom_filter.lacks(&digest(1)));
    }

    #[test]
    fn what_is_new_while_it_grows_is_in_both() {
        let bloom_filter = bloom_filter(0);
        (0..5000).for_each(|number| bloom_filter.insert(&digest(number)));
        let growing = bloom_filter.grow(5000).unwrap();
        assert!(bloom_filter.grow(5000).is_none(), "two grow at a time");
        bloom_filter.insert(&digest(5000));
        assert!(!bloom_filter.lacks(&digest(5000)));
        (0..5000).for_each(|number| growing.insert(&digest(number)));
        bloom_filter.replace(&growing);
        assert!((0..5001).all(|number| !bloom_filter.lacks(&digest(number))));
    }

    #[test]
    fn one_that_was_begun_before_everything_was_forgotten_is_of_no_use() {
        let bloom_filter = BloomFilter::default();
        let growing = bloom_filter.grow(10).unwrap();
        bloom_filter.clear();
        bloom_filter.replace(&growing);
        assert!(!bloom_filter.lacks(&digest(1)));
        let again = bloom_filter.grow(10).unwrap();
        bloom_filter.give_up(&growing);
        bloom_filter.replace(&again);
        assert!(bloom_filter.lacks(&digest(1)));
    }
}
