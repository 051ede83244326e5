//! A queue of jobs that wait their turn: where the first of them has waited too long, the next is refused: backpressure.
//! Leaves the jobs to the threads that take them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use keywright_model::error::Error;

/// A wait queue.
pub struct WaitQueue {
    /// What its jobs are, for the log.
    what: &'static str,
    len_max: usize,
    wait_max: Duration,
    /// When those who wait entered, the first one first.
    waiting: Mutex<VecDeque<Entered>>,
    refused: &'static AtomicU64,
}

/// When a job entered.
#[derive(Clone, Copy, PartialEq)]
pub struct Entered(Instant);

impl WaitQueue {
    /// A queue of so many, behind a first that has waited so long at most; `refused` counts those that it turns away.
    pub fn new(
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
    #[must_use]
    pub fn len_max(&self) -> usize {
        self.len_max
    }

    /// Enters the queue, and returns what `exit` is told when the turn has come.
    ///
    /// A queue that moves lets everybody in who will wait about as long as its first has; one that stands
    /// lets nobody in any more, and so neither grows.
    ///
    /// # Errors
    /// `Unavailable` when it is too long, in number or in time.
    pub fn enter(&self) -> Result<Entered, Error> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let entered = Entered(Instant::now());
        let len = waiting.len();
        let waits = waiting.front().map(|first| entered.0 - first.0);
        let waits_too_long = waits.filter(|waits| *waits > self.wait_max);
        if len < self.len_max && waits_too_long.is_none() {
            waiting.push_back(entered);
            return Ok(entered);
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

    /// How long its first has waited: the next to enter will wait about as long.
    #[must_use]
    pub fn wait_time(&self) -> Duration {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let first = waiting.front();
        first.map_or(Duration::ZERO, |first| first.0.elapsed())
    }

    /// A turn has come.
    pub fn exit(&self, entered: Entered) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Nearly always the first; two who entered at one instant are as good as each other.
        let place = waiting.iter().position(|other| *other == entered);
        place.and_then(|place| waiting.remove(place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static REFUSED: AtomicU64 = AtomicU64::new(0);

    fn queue(len_max: usize, wait_max: Duration) -> WaitQueue {
        WaitQueue::new("jobs", len_max, wait_max, &REFUSED)
    }

    /// Makes it look as if somebody had entered so long ago.
    fn age(queue: &WaitQueue, place: usize, by: Duration) -> Entered {
        let waiting = &mut queue.waiting.lock().unwrap()[place];
        waiting.0 -= by;
        *waiting
    }

    #[test]
    fn a_queue_takes_as_many_as_it_may_and_again_when_one_has_left() {
        let queue = queue(2, Duration::MAX);
        let first = queue.enter().unwrap();
        queue.enter().unwrap();
        let before = REFUSED.load(Ordering::Relaxed);
        assert!(matches!(queue.enter(), Err(Error::Unavailable { .. })));
        assert!(REFUSED.load(Ordering::Relaxed) > before);
        queue.exit(first);
        assert!(queue.enter().is_ok());
    }

    #[test]
    fn nobody_joins_behind_one_who_has_waited_too_long() {
        let queue = queue(10, Duration::from_mins(1));
        queue.enter().unwrap();
        let first = age(&queue, 0, Duration::from_mins(2));
        assert!(matches!(queue.enter(), Err(Error::Unavailable { .. })));
        queue.exit(first);
        assert!(queue.enter().is_ok(), "nobody waits any more");
    }

    #[test]
    fn a_queue_waits_as_long_as_its_first_and_an_empty_one_does_not() {
        let queue = queue(10, Duration::from_mins(1));
        assert_eq!(queue.wait_time(), Duration::ZERO);
        queue.enter().unwrap();
        queue.enter().unwrap();
        let first = age(&queue, 0, Duration::from_mins(2));
        assert!(queue.wait_time() >= Duration::from_mins(2));
        queue.exit(first);
        assert!(
            queue.wait_time() < Duration::from_mins(1),
            "the second has just come"
        );
    }

    #[test]
    fn the_next_in_queue_is_the_first_when_the_first_has_left() {
        let queue = queue(10, Duration::from_mins(1));
        queue.enter().unwrap();
        queue.enter().unwrap();
        let first = age(&queue, 0, Duration::from_mins(2));
        queue.exit(first);
        assert!(queue.enter().is_ok(), "the second has just come");
    }
}
