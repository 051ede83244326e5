//! The flushes of the log, on threads of their own: while some batches go to the disk, the next is made and committed.
//! Leaves what a batch is to `write`, which writes the log once more after a flush that has failed.

mod state;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::acknowledged_position::AcknowledgedPosition;
use super::file_identity::FileIdentities;
use keywright_model::error::Error;
use keywright_store::cache::{Cache, Touched};
use keywright_store::wait_queue::{Entered, WaitQueue};
use keywright_store::{CommitStats, Written};
use state::{FLUSHES_MAX, State, Task};

/// One more than flushes that are under way at once: one may be answering.
const THREADS: usize = FLUSHES_MAX + 1;

/// One answer that waits for its flush.
pub(super) type Answer = (
    oneshot::Sender<Result<Written, Error>>,
    Result<Written, Error>,
);

/// A batch that is committed, and not yet surely on the disk.
pub(super) struct Unflushed {
    pub(super) answers: Vec<Answer>,
    /// Where the events end behind it.
    pub(super) position: i64,
    /// What is forgotten if the flush fails.
    pub(super) touched: Touched,
    /// Whether anything was written: a batch of refusals waits for what it rests on, and needs no flush of its own.
    pub(super) has_written: bool,
    /// When its transaction began.
    pub(super) began: Instant,
    /// Its places in the queue, which it has until all batches before it are done.
    pub(super) places: Vec<Entered>,
}

/// A handle on the threads.
pub(super) struct Flusher {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads work with.
pub(super) struct Flushing {
    /// The log, opened once for each thread. An error of the disk is told once to each open file, by the first flush
    /// that meets it: through one file, a flush beside that one would succeed over what was lost.
    pub(super) logs: Vec<File>,
    /// Asked before anything is acknowledged.
    pub(super) files: Arc<FileIdentities>,
    /// Told of what is acknowledged.
    pub(super) acknowledged: AcknowledgedPosition,
    pub(super) cache: Arc<Cache>,
    pub(super) commits: Arc<CommitStats>,
    /// Told of every write whose turn has come.
    pub(super) waiting: Arc<WaitQueue>,
}

struct Shared {
    state: Mutex<State>,
    /// There may be something to do for a thread.
    work: Condvar,
    /// A flush has ended, or batches were taken away to be answered.
    progress: Condvar,
    flushing: Flushing,
}

impl Flusher {
    pub(super) fn start(flushing: Flushing) -> Result<Self, Error> {
        let log = flushing.logs.first();
        let is_empty = log.is_some_and(|log| log.metadata().is_ok_and(|log| log.len() == 0));
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(is_empty)),
            work: Condvar::new(),
            progress: Condvar::new(),
            flushing,
        });
        let mut flusher = Self {
            shared,
            threads: Vec::new(),
        };
        for number in 0..flusher.shared.flushing.logs.len() {
            let shared = Arc::clone(&flusher.shared);
            let thread = std::thread::Builder::new()
                .name("keywright-flush".to_owned())
                .spawn(move || shared.run(number))
                .map_err(Error::internal)?;
            flusher.threads.push(thread);
        }
        Ok(flusher)
    }

    /// Answers a batch behind its flush, and behind all that were pushed before it.
    pub(super) fn push(&self, batch: Unflushed) {
        let mut state = self.shared.lock();
        let turns = state.push(batch);
        drop(state);
        self.shared.work.notify_one();
        self.shared.flushing.let_go(turns);
    }

    /// Flushes what was written beside the events.
    ///
    /// # Errors
    /// `Unavailable` when the flush fails.
    pub(super) fn flush(&self) -> Result<(), Error> {
        self.push(Unflushed {
            answers: Vec::new(),
            position: 0,
            touched: Touched::default(),
            has_written: true,
            began: Instant::now(),
            places: Vec::new(),
        });
        self.wait_until_idle();
        if self.is_in_doubt() {
            let cause = "the log cannot be flushed".to_owned();
            return Err(Error::Unavailable { cause });
        }
        Ok(())
    }

    /// Whether anything waits for its flush.
    pub(super) fn is_busy(&self) -> bool {
        self.shared.lock().is_busy()
    }

    /// Waits until nothing waits for its flush.
    pub(super) fn wait_until_idle(&self) {
        let state = self.shared.lock();
        drop(
            self.shared
                .progress
                .wait_while(state, |state| state.is_busy()),
        );
    }

    /// Whether the next batch may be committed, and waits for that no longer than this.
    pub(super) fn takes_batch_within(&self, time: Duration) -> bool {
        let mut state = self.shared.lock();
        let time = time.min(state.rest());
        if !time.is_zero() && !state.takes_batch() {
            let waited = self
                .shared
                .progress
                .wait_timeout_while(state, time, |state| !state.takes_batch());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.takes_batch()
    }

    /// Whether the log is to be written once more before anything else is.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.shared.lock().is_in_doubt()
    }

    /// Hears the errors that were told to one file and not yet to the others: what is written from now on has none of
    /// them. Nothing may be under way, and the log must be in doubt.
    pub(super) fn drain_errors(&self) {
        for log in &self.shared.flushing.logs {
            if let Err(error) = log.sync_data() {
                tracing::debug!(%error, "a flush before has failed");
            }
        }
    }

    /// The log was written once more, and flushed.
    pub(super) fn trust_log(&self) {
        self.shared.lock().trust_log();
    }

    /// Flushes and answers what waits, then ends.
    pub(super) fn close(&mut self) {
        self.shared.lock().close();
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread that flushes the log panicked");
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread of this number, and of the file of this number.
    fn run(&self, number: usize) {
        let mut state = self.lock();
        loop {
            match state.next(number) {
                None => {
                    let woken = self.work.wait(state);
                    state = woken.unwrap_or_else(PoisonError::into_inner);
                }
                Some(Task::Flush) => {
                    drop(state);
                    let log = &self.flushing.logs[number];
                    let flush = AssertUnwindSafe(|| log.sync_data());
                    let outcome = match catch_unwind(flush) {
                        Ok(outcome) => outcome.map_err(|error| error.to_string()),
                        Err(_) => Err("the flush panicked".to_owned()),
                    };
                    state = self.lock();
                    state.end_flush(number, outcome);
                    self.progress.notify_all();
                }
                Some(Task::Answer {
                    batches,
                    outcome,
                    turns,
                }) => {
                    drop(state);
                    // First the writer, which may have waited for it, then the callers.
                    self.progress.notify_all();
                    self.flushing.let_go(turns);
                    let answer = AssertUnwindSafe(|| self.flushing.answer(batches, outcome));
                    if catch_unwind(answer).is_err() {
                        tracing::error!("a thread that flushes the log panicked while it answered");
                    }
                    state = self.lock();
                    state.end_answer();
                }
                Some(Task::End) => {
                    self.work.notify_all();
                    return;
                }
            }
        }
    }
}

impl Flushing {
    /// The log of the database at `path`, as it lies there now, once for each thread.
    pub(super) fn open_logs(path: &Path) -> std::io::Result<Vec<File>> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let open = |_| File::options().read(true).write(true).open(&log);
        (0..THREADS).map(open).collect()
    }

    fn let_go(&self, turns: Vec<Entered>) {
        for entered in turns {
            self.waiting.exit(entered);
        }
    }

    fn answer(&self, batches: Vec<Unflushed>, outcome: Result<(), String>) {
        // In files that were taken away it comes back with them.
        let outcome = outcome.and_then(|()| self.files.check().map_err(|error| error.to_string()));
        for batch in batches {
            match &outcome {
                Ok(()) => {
                    if batch.has_written && !batch.answers.is_empty() {
                        self.acknowledged.note(batch.position);
                        self.commits
                            .observe(batch.began.elapsed(), batch.answers.len());
                    }
                    for (answer, outcome) in batch.answers {
                        reply(answer, outcome);
                    }
                }
                Err(cause) => {
                    self.cache.forget(batch.position, &batch.touched);
                    let error = Error::OutcomeUnknown {
                        cause: cause.clone(),
                    };
                    for (answer, _) in batch.answers {
                        reply(answer, Err(error.clone()));
                    }
                }
            }
        }
    }
}

/// Answers a caller that may have left.
pub(super) fn reply<T>(answer: oneshot::Sender<Result<T, Error>>, outcome: Result<T, Error>) {
    if answer.send(outcome).is_err() {
        tracing::debug!("the caller left before its answer");
    }
}
