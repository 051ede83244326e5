//! Histograms that many threads fill at once, without a lock and without memory of their own.
//! Not here: their names and their text, which the exposition writes.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bounds for durations of anything that a caller waits for, in microseconds: 0.1 ms to 10 s.
pub const DURATION_BOUNDS_US: &[u64; 16] = &[
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// A histogram of durations in microseconds, with the bounds that all of them have.
pub type Durations = Histogram<{ DURATION_BOUNDS_US.len() }>;

/// Counts values by fixed upper bounds. A value is a whole number of the smallest unit that matters, microseconds say.
///
/// To observe a value is two atomic additions. A reader that comes between the two sees a sum that lacks the
/// newest values: good enough for monitoring.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    bounds: &'static [u64; N],
    counts: [AtomicU64; N],
    /// Values above the last bound.
    above: AtomicU64,
    sum: AtomicU64,
}

/// A histogram at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<const N: usize> {
    /// Each upper bound, and how many values are at most that and above the bound before.
    pub buckets: [(u64, u64); N],
    /// Values above the last bound.
    pub above: u64,
    /// All values together.
    pub sum: u64,
}

impl<const N: usize> Histogram<N> {
    /// An empty histogram; `bounds` must ascend.
    #[must_use]
    pub const fn new(bounds: &'static [u64; N]) -> Self {
        Self {
            bounds,
            counts: [const { AtomicU64::new(0) }; N],
            above: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a value.
    pub fn observe(&self, value: u64) {
        // Without a branch for each bound: there are few, and the processor compares several at once.
        let below = self.bounds.iter().filter(|bound| **bound < value).count();
        let bucket = self.counts.get(below).unwrap_or(&self.above);
        bucket.fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// What has been counted so far.
    #[must_use]
    pub fn read(&self) -> Reading<N> {
        Reading {
            buckets: array::from_fn(|index| (self.bounds[index], self.counts[index].load(Relaxed))),
            above: self.above.load(Relaxed),
            sum: self.sum.load(Relaxed),
        }
    }
}

impl<const N: usize> Reading<N> {
    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum::<u64>() + self.above
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_at_the_first_bound_that_is_not_below_it() {
        let histogram = Histogram::new(&[10, 20, 30]);
        for value in [0, 10, 11, 20, 30, 31, 1000] {
            histogram.observe(value);
        }
        let reading = histogram.read();
        assert_eq!(reading.buckets, [(10, 2), (20, 2), (30, 1)]);
        assert_eq!((reading.above, reading.count()), (2, 7));
        assert_eq!(reading.sum, 1102);
    }

    #[test]
    fn no_value_is_lost_where_several_threads_count() {
        static SHARED: Histogram<2> = Histogram::new(&[1, 100]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| SHARED.observe(7)));
            }
        });
        let reading = SHARED.read();
        assert_eq!(
            (reading.buckets[1].1, reading.count(), reading.sum),
            (4000, 4000, 28_000)
        );
    }
}
