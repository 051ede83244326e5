//! Which batches are committed and not yet answered, in their order, and which of them are being flushed.
//! Leaves the flushes and the answers themselves to `flush`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Unflushed;
use keywright_store::wait_queue::Entered;

/// Flushes that are under way at once.
pub(super) const FLUSHES_MAX: usize = 4;
/// How long the newest flush is waited for before another one begins beside it. Where a flush is shorter, batches that
/// wait for it are longer, and cost less each write.
const OVERLAP_AFTER: Duration = Duration::from_micros(600);

/// What is under way and what comes next.
pub(super) struct State {
    /// In the order of their commits: each rests on those before it.
    batches: VecDeque<(Unflushed, Flush)>,
    flushes_len: usize,
    /// When the newest flush began.
    began: Instant,
    /// One thread answers at a time, so that the answers keep the order.
    is_answering: bool,
    /// Why nothing is acknowledged until the log is written once more: a flush has failed, or a process before this one
    /// has left a log. A later flush can succeed over pages that were lost.
    doubt: Option<String>,
    is_closed: bool,
}

/// How far a batch is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Waits,
    /// On the thread of this number.
    UnderWay(usize),
    /// It has ended, or there was nothing to flush.
    Ended,
}

/// What a thread does next.
pub(super) enum Task {
    /// Flush the log, then tell by `end_flush`.
    Flush,
    /// Answer these, then tell by `end_answer`.
    Answer {
        batches: Vec<Unflushed>,
        outcome: Result<(), String>,
        /// The places of these and of the one behind them: its turn has come.
        turns: Vec<Entered>,
    },
    End,
}

impl State {
    pub(super) fn new(is_empty: bool) -> Self {
        let doubt = (!is_empty).then(|| "a process before has left a log".to_owned());
        Self {
            batches: VecDeque::new(),
            flushes_len: 0,
            began: Instant::now(),
            is_answering: false,
            doubt,
            is_closed: false,
        }
    }

    /// Takes in a batch; the places of writes whose turn has come.
    pub(super) fn push(&mut self, mut batch: Unflushed) -> Vec<Entered> {
        let turns = if self.is_busy() {
            Vec::new()
        } else {
            std::mem::take(&mut batch.places)
        };
        let flush = if batch.has_written {
            Flush::Waits
        } else {
            Flush::Ended
        };
        self.batches.push_back((batch, flush));
        turns
    }

    /// Whether anything waits for its flush.
    pub(super) fn is_busy(&self) -> bool {
        !self.batches.is_empty()
    }

    /// Whether the next batch may be committed, so that its flush begins at once; in doubt that is not waited for.
    pub(super) fn takes_batch(&self) -> bool {
        if !self.is_busy() || self.is_in_doubt() {
            return true;
        }
        let waits = self.batches.iter().any(|(_, flush)| *flush == Flush::Waits);
        !waits && self.flushes_len < FLUSHES_MAX && self.began.elapsed() >= OVERLAP_AFTER
    }

    /// How long until the newest flush has been under way for long.
    pub(super) fn rest(&self) -> Duration {
        let rest = OVERLAP_AFTER.saturating_sub(self.began.elapsed());
        if rest.is_zero() { Duration::MAX } else { rest }
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    pub(super) fn trust_log(&mut self) {
        self.doubt = None;
    }

    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// What the thread of this number does next, if there is anything.
    pub(super) fn next(&mut self, thread: usize) -> Option<Task> {
        if self.begin_flush(thread) {
            return Some(Task::Flush);
        }
        let has_ended = |(_, flush): &(_, Flush)| *flush == Flush::Ended;
        if !self.is_answering && self.batches.front().is_some_and(has_ended) {
            let len = self.batches.iter().take_while(|batch| has_ended(batch));
            let len = len.count();
            let turns = self.batches.iter_mut().take(len + 1);
            let turns = turns.flat_map(|(batch, _)| std::mem::take(&mut batch.places));
            let turns = turns.collect();
            let batches = self.batches.drain(..len).map(|(batch, _)| batch);
            self.is_answering = true;
            return Some(Task::Answer {
                batches: batches.collect(),
                outcome: self.doubt.clone().map_or(Ok(()), Err),
                turns,
            });
        }
        (self.is_closed && self.batches.is_empty()).then_some(Task::End)
    }

    /// Lets a thread flush all that waits for it.
    fn begin_flush(&mut self, thread: usize) -> bool {
        let mut begins = false;
        for (_, flush) in &mut self.batches {
            if *flush != Flush::Waits {
                continue;
            }
            if self.doubt.is_some() {
                *flush = Flush::Ended;
            } else {
                *flush = Flush::UnderWay(thread);
                begins = true;
            }
        }
        if begins {
            self.flushes_len += 1;
            self.began = Instant::now();
        }
        begins
    }

    /// The flush of this thread has ended. If it has failed, nothing that was committed is acknowledged.
    pub(super) fn end_flush(&mut self, thread: usize, outcome: Result<(), String>) {
        self.flushes_len -= 1;
        for (_, flush) in &mut self.batches {
            if *flush == Flush::UnderWay(thread) {
                *flush = Flush::Ended;
            }
        }
        if let Err(cause) = outcome {
            self.doubt.get_or_insert(cause);
        }
    }

    pub(super) fn end_answer(&mut self) {
        self.is_answering = false;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use keywright_store::cache::Touched;
    use keywright_store::wait_queue::WaitQueue;

    fn batch(position: i64, has_written: bool) -> Unflushed {
        Unflushed {
            answers: Vec::new(),
            position,
            touched: Touched::default(),
            has_written,
            began: Instant::now(),
            places: Vec::new(),
        }
    }

    fn push(state: &mut State, position: i64) {
        state.push(batch(position, true));
    }

    fn assert_flushes(state: &mut State, thread: usize) {
        assert!(matches!(state.next(thread), Some(Task::Flush)));
    }

    /// What a thread answers next: where the batches end, and whether they are on the disk.
    fn answered(state: &mut State) -> Option<(Vec<i64>, bool)> {
        match state.next(0)? {
            Task::Answer {
                batches, outcome, ..
            } => {
                let positions = batches.iter().map(|batch| batch.position).collect();
                Some((positions, outcome.is_ok()))
            }
            Task::Flush | Task::End => panic!("there is nothing to answer"),
        }
    }

    fn two_under_way() -> State {
        let mut state = State::new(true);
        for (thread, position) in [(0, 0), (1, 1)] {
            push(&mut state, position);
            assert_flushes(&mut state, thread);
        }
        state
    }

    #[test]
    fn batches_are_answered_in_the_order_of_their_commits_by_one_thread_at_a_time() {
        let mut state = two_under_way();
        state.push(batch(2, false));
        state.end_flush(1, Ok(()));
        assert_eq!(answered(&mut state), None);
        push(&mut state, 3);
        assert_flushes(&mut state, 1);
        state.end_flush(0, Ok(()));
        assert_eq!(answered(&mut state), Some((vec![0, 1, 2], true)));
        state.end_flush(1, Ok(()));
        assert_eq!(
            answered(&mut state),
            None,
            "the others are not answered yet"
        );
        state.end_answer();
        assert_eq!(answered(&mut state), Some((vec![3], true)));
        assert!(!state.is_busy());
    }

    #[test]
    fn where_one_flush_fails_nothing_is_acknowledged_until_the_log_is_written_anew() {
        let mut state = two_under_way();
        state.end_flush(1, Ok(()));
        state.end_flush(0, Err("the disk".to_owned()));
        assert_eq!(answered(&mut state), Some((vec![0, 1], false)));
        state.end_answer();
        push(&mut state, 2);
        assert_eq!(
            answered(&mut state),
            Some((vec![2], false)),
            "no flush begins"
        );
        state.end_answer();
        state.trust_log();
        push(&mut state, 3);
        assert_flushes(&mut state, 0);
        state.end_flush(0, Ok(()));
        assert_eq!(answered(&mut state), Some((vec![3], true)));
    }

    #[test]
    fn writes_have_their_places_until_the_batches_before_them_are_answered() {
        static REFUSED: AtomicU64 = AtomicU64::new(0);
        let queue = WaitQueue::new("writes", 10, Duration::MAX, &REFUSED);
        let mut state = State::new(true);
        let mut entered = Vec::new();
        for (thread, position) in [(0, 0), (1, 1), (2, 2)] {
            let place = queue.enter().unwrap();
            entered.push(place);
            let turns = state.push(Unflushed {
                places: vec![place],
                ..batch(position, true)
            });
            assert_eq!(turns.len(), usize::from(position == 0), "of the first only");
            assert_flushes(&mut state, thread);
        }
        let turns = |state: &mut State| match state.next(0) {
            Some(Task::Answer { turns, .. }) => turns,
            _ => panic!("there is something to answer"),
        };
        state.end_flush(0, Ok(()));
        assert!(turns(&mut state) == entered[1..2]);
        state.end_answer();
        // Two that are answered together, and another one behind them.
        let place = queue.enter().unwrap();
        let more = Unflushed {
            places: vec![place],
            ..batch(3, true)
        };
        assert!(state.push(more).is_empty());
        assert_flushes(&mut state, 0);
        state.end_flush(2, Ok(()));
        state.end_flush(1, Ok(()));
        assert!(turns(&mut state) == [entered[2], place]);
    }

    #[test]
    fn what_was_flushed_is_not_acknowledged_once_a_flush_beside_it_has_failed() {
        let mut state = two_under_way();
        state.end_flush(1, Err("the disk".to_owned()));
        assert_eq!(answered(&mut state), None);
        state.end_flush(0, Ok(()));
        assert_eq!(answered(&mut state), Some((vec![0, 1], false)));
    }
}
