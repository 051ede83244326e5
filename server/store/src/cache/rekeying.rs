//! What is absent while keys get other digests. Leaves the new digests themselves to the memory.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Cache, Touched};
use keywright_model::secret::Digest;

/// Changes of digests, counted as they begin and as they end; there is one at a time.
#[derive(Default)]
pub(super) struct Rekeying {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Rekeying {
    fn begin(&self) {
        let ended = self.ended.load(Ordering::SeqCst);
        self.begun.store(ended + 1, Ordering::SeqCst);
    }

    /// The memory has what a change has left behind, or there was none.
    pub(super) fn end(&self) {
        let begun = self.begun.load(Ordering::SeqCst);
        self.ended.store(begun, Ordering::SeqCst);
    }

    /// What `look` finds, if no change overlaps with it.
    fn between(&self, look: impl FnOnce() -> bool) -> bool {
        let begun = self.begun.load(Ordering::SeqCst);
        begun == self.ended.load(Ordering::SeqCst)
            && look()
            && begun == self.begun.load(Ordering::SeqCst)
    }
}

impl Cache {
    /// Whether there is surely no key with one of these digests, of which the newest is the last.
    ///
    /// A key that gets another digest meanwhile has neither in a filter that is made anew just then: a
    /// look-up that overlaps with such a change goes to the database.
    pub(crate) fn lacks_all<'d>(&self, digests: impl IntoIterator<Item = &'d Digest>) -> bool {
        let mut digests = digests.into_iter();
        let look = || digests.all(|digest| self.bloom_filter.lacks(digest));
        let lacks = !self.is_stale() && self.rekeying.between(look);
        self.absent.fetch_add(u64::from(lacks), Ordering::Relaxed);
        lacks
    }

    /// Takes in that a batch which is about to be committed may give keys other digests. That ends with
    /// `apply`, or `expect_no_more`.
    pub fn expect(&self, touched: &Touched) {
        if touched.rekeys {
            self.rekeying.begin();
        }
    }

    /// Takes in that the batch was not committed, or that what of it may have been is forgotten.
    pub fn expect_no_more(&self) {
        self.rekeying.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_absent_while_digests_change() {
        let cache = Cache::new(1 << 20);
        let growing = cache.bloom_filter().grow(0).unwrap();
        cache.bloom_filter().replace(&growing);
        let digests = [Digest([1; 32]), Digest([2; 32])];
        assert!(cache.lacks_all(&digests));
        let touched = || Touched {
            mints: true,
            rekeys: true,
            ..Touched::default()
        };
        cache.expect(&touched());
        assert!(!cache.lacks_all(&digests));
        // What an earlier batch has left behind is forgotten meanwhile: its flush has failed.
        cache.forget(1, &touched());
        assert!(!cache.lacks_all(&digests));
        cache.expect_no_more();
        assert!(cache.lacks_all(&digests));
        cache.expect(&touched());
        assert!(!cache.lacks_all(&digests));
        cache.apply(1, &touched());
        assert!(cache.lacks_all(&digests));
        let look = || {
            cache.expect(&touched());
            cache.apply(2, &touched());
            true
        };
        assert!(!cache.rekeying.between(look), "one came in between");
    }
}
