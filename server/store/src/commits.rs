//! What an engine measures of its commits: how long each took, and how many writes shared it.
//! Not here: names and text of the metrics, which the exposition writes.

use std::time::Duration;

use keywright_model::histogram::{DURATION_BOUNDS_US, Durations, Histogram};

const BATCH_BOUNDS: &[u64; 10] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// Measured by the engine's writer, read by the exposition of metrics.
#[derive(Debug)]
pub struct CommitStats {
    /// From the begin of a transaction until it is durable, in microseconds.
    pub duration_us: Durations,
    /// Writes that were committed together.
    pub batch_len: Histogram<10>,
}

impl CommitStats {
    /// Nothing was committed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            duration_us: Histogram::new(DURATION_BOUNDS_US),
            batch_len: Histogram::new(BATCH_BOUNDS),
        }
    }

    /// Counts a transaction that is durable. One that was rolled back, or whose outcome is not known, is not counted.
    pub fn observe(&self, took: Duration, batch_len: usize) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.duration_us.observe(took_us);
        self.batch_len.observe(batch_len as u64);
    }
}

impl Default for CommitStats {
    fn default() -> Self {
        Self::new()
    }
}
