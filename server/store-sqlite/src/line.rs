//! A line of jobs that wait their turn: where the first of them has waited too long, nobody may join.
//! Leaves the jobs to whoever works on them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use keywright_model::error::Error;

/// A line.
pub(super) struct Line {
    /// What its jobs are, for the log.
    what: &'static str,
    len_max: usize,
    wait_max: Duration,
    /// When those who wait joined, the first one first.
    waiting: Mutex<VecDeque<Joined>>,
    refused: &'static AtomicU64,
}

/// When somebody joined.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Joined(Instant);

impl Line {
    pub(super) fn new(
        what: &'static str,
        len_max: usize,
        wait_max: Duration,
        refused: &'static AtomicU64,
    ) -> Self {
        Self {
            what,
            len_max,
            wait_max,
            waiting: Mutex::default(),
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
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let joined = Joined(Instant::now());
        let len = waiting.len();
        let waits = waiting.front().map(|first| joined.0 - first.0);
        let waits_too_long = waits.filter(|waits| *waits > self.wait_max);
        if len < self.len_max && waits_too_long.is_none() {
            waiting.push_back(joined);
            return Ok(joined);
        }
        drop(waiting);
        self.refused.fetch_add(1, Ordering::Relaxed);
        let what = self.what;
        let cause = match waits_too_long {
            Some(waits) => format!(
                "the first of {len} {what} has waited {} ms",
                waits.as_millis()
            ),
            None => format!("{len} {what} wait"),
        };
        Err(Error::Unavailable { cause })
    }

    /// How long its first has waited: whoever joins now will wait about as long.
    pub(super) fn waits(&self) -> Duration {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let first = waiting.front();
        first.map_or(Duration::ZERO, |first| first.0.elapsed())
    }

    /// A turn has come.
    pub(super) fn leave(&self, joined: Joined) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Nearly always the first; two who joined at one instant are as good as each other.
        let place = waiting.iter().position(|other| *other == joined);
        place.and_then(|place| waiting.remove(place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static REFUSED: AtomicU64 = AtomicU64::new(0);

    fn line(len_max: usize, wait_max: Duration) -> Line {
        Line::new("jobs", len_max, wait_max, &REFUSED)
    }

    /// Makes it look as if somebody had joined so long ago.
    fn age(line: &Line, place: usize, by: Duration) -> Joined {
        let waiting = &mut line.waiting.lock().unwrap()[place];
        waiting.0 -= by;
        *waiting
    }

    #[test]
    fn a_line_takes_as_many_as_it_may_and_again_when_one_has_left() {
        let line = line(2, Duration::MAX);
        let first = line.join().unwrap();
        line.join().unwrap();
        let before = REFUSED.load(Ordering::Relaxed);
        assert!(matches!(line.join(), Err(Error::Unavailable { .. })));
        assert!(REFUSED.load(Ordering::Relaxed) > before);
        line.leave(first);
        assert!(line.join().is_ok());
    }

    #[test]
    fn nobody_joins_behind_one_who_has_waited_too_long() {
        let line = line(10, Duration::from_mins(1));
        line.join().unwrap();
        let first = age(&line, 0, Duration::from_mins(2));
        assert!(matches!(line.join(), Err(Error::Unavailable { .. })));
        line.leave(first);
        assert!(line.join().is_ok(), "nobody waits any more");
    }

    #[test]
    fn a_line_waits_as_long_as_its_first_and_an_empty_one_does_not() {
        let line = line(10, Duration::from_mins(1));
        assert_eq!(line.waits(), Duration::ZERO);
        line.join().unwrap();
        line.join().unwrap();
        let first = age(&line, 0, Duration::from_mins(2));
        assert!(line.waits() >= Duration::from_mins(2));
        line.leave(first);
        assert!(
            line.waits() < Duration::from_mins(1),
            "the second has just come"
        );
    }

    #[test]
    fn the_next_in_line_is_the_first_when_the_first_has_left() {
        let line = line(10, Duration::from_mins(1));
        line.join().unwrap();
        line.join().unwrap();
        let first = age(&line, 0, Duration::from_mins(2));
        line.leave(first);
        assert!(line.join().is_ok(), "the second has just come");
    }
}
