//! A line of jobs that wait their turn: where the first of them has waited too long, nobody may join.
//! Leaves the jobs to whoever works on them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::error::Error;

/// A line. Instants are microseconds since it began.
pub(super) struct Line {
    /// What its jobs are, for the log.
    what: &'static str,
    began: Instant,
    len_max: usize,
    wait_max: Duration,
    len: AtomicUsize,
    /// When the first who waits joined, or a little earlier.
    first_since_us: AtomicU64,
    refused: &'static AtomicU64,
}

impl Line {
    pub(super) fn new(
        what: &'static str,
        len_max: usize,
        wait_max: Duration,
        refused: &'static AtomicU64,
    ) -> Self {
        Self {
            what,
            began: Instant::now(),
            len_max,
            wait_max,
            len: AtomicUsize::new(0),
            first_since_us: AtomicU64::new(0),
            refused,
        }
    }

    /// How many may wait.
    pub(super) fn len_max(&self) -> usize {
        self.len_max
    }

    /// Joins the line, and returns what `leave` is told when the turn has come.
    ///
    /// A line that moves lets everybody in who will wait about as long as its first has; one that stands
    /// lets nobody in any more, and so neither grows.
    ///
    /// # Errors
    /// `Unavailable` when it is too long, in number or in time.
    pub(super) fn join(&self) -> Result<Joined, Error> {
        let now_us = self.now_us();
        let len = self.len.fetch_add(1, Relaxed);
        let wait_us = now_us.saturating_sub(self.first_since_us.load(Relaxed));
        let cause = if len == 0 {
            self.first_since_us.store(now_us, Relaxed);
            None
        } else if len >= self.len_max {
            Some(format!("{len} {} wait", self.what))
        } else if u128::from(wait_us) > self.wait_max.as_micros() {
            let since_ms = wait_us / 1000;
            Some(format!(
                "the first of {len} {} has waited {since_ms} ms",
                self.what
            ))
        } else {
            None
        };
        match cause {
            None => Ok(Joined(now_us)),
            Some(cause) => {
                self.len.fetch_sub(1, Relaxed);
                self.refused.fetch_add(1, Relaxed);
                Err(Error::Unavailable { cause })
            }
        }
    }

    /// A turn has come: whoever joined next is the first now, not earlier than this one.
    pub(super) fn leave(&self, joined: Joined) {
        if self.len.fetch_sub(1, Relaxed) > 1 {
            self.first_since_us.store(joined.0, Relaxed);
        }
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// When somebody joined.
#[derive(Clone, Copy)]
pub(super) struct Joined(u64);

#[cfg(test)]
mod tests {
    use super::*;

    static REFUSED: AtomicU64 = AtomicU64::new(0);

    fn line(len_max: usize, wait_max: Duration) -> Line {
        Line::new("jobs", len_max, wait_max, &REFUSED)
    }

    #[test]
    fn a_line_takes_as_many_as_it_may_and_again_when_one_has_left() {
        let line = line(2, Duration::MAX);
        let first = line.join().unwrap();
        let _second = line.join().unwrap();
        let before = REFUSED.load(Relaxed);
        assert!(matches!(line.join(), Err(Error::Unavailable { .. })));
        assert!(REFUSED.load(Relaxed) > before);
        line.leave(first);
        assert!(line.join().is_ok());
    }

    #[test]
    fn nobody_joins_behind_one_who_has_waited_too_long() {
        let line = line(10, Duration::from_secs(1));
        let first = line.join().unwrap();
        let later = Line {
            // As if two seconds had passed.
            began: line.began.checked_sub(Duration::from_secs(2)).unwrap(),
            ..line
        };
        assert!(matches!(later.join(), Err(Error::Unavailable { .. })));
        later.leave(first);
        assert!(later.join().is_ok(), "nobody waits any more");
    }
}
