//! The flush of the log, on a thread of its own: while one batch goes to the disk, the next is made.
//! Leaves what a batch is to `write`, which writes the log once more after a flush that has failed.

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
use keywright_store::{CommitStats, Written};

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
}

/// A handle on the thread.
pub(super) struct Flusher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread works with.
pub(super) struct Flushing {
    pub(super) log: File,
    /// Asked before anything is acknowledged.
    pub(super) files: Arc<FileIdentities>,
    /// Told of what is acknowledged.
    pub(super) acknowledged: AcknowledgedPosition,
    pub(super) cache: Arc<Cache>,
    pub(super) commits: Arc<CommitStats>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Unflushed>,
    is_flushing: bool,
    /// A flush has failed, or a process before this one has left a log: a later flush can succeed over pages that were
    /// lost. Nothing is acknowledged until the log is written once more.
    is_in_doubt: bool,
    is_closed: bool,
}

impl Flusher {
    pub(super) fn start(flushing: Flushing) -> Result<Self, Error> {
        let is_empty = flushing.log.metadata().is_ok_and(|log| log.len() == 0);
        let shared = Arc::new(Shared::default());
        shared.lock().is_in_doubt = !is_empty;
        let thread = std::thread::Builder::new()
            .name("keywright-flush".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || flushing.run(&shared)
            })
            .map_err(Error::internal)?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Answers a batch behind its flush.
    pub(super) fn push(&self, batch: Unflushed) {
        self.shared.lock().waiting.push(batch);
        self.shared.changed.notify_all();
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
                .changed
                .wait_while(state, |state| state.is_busy()),
        );
    }

    /// Waits until nothing waits for its flush, but no longer than this.
    pub(super) fn wait_until_idle_for(&self, time: Duration) {
        let state = self.shared.lock();
        let changed = &self.shared.changed;
        drop(changed.wait_timeout_while(state, time, |state| state.is_busy()));
    }

    /// Whether the log is to be written once more before anything else is.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.shared.lock().is_in_doubt
    }

    /// The log was written once more, and flushed.
    pub(super) fn trust_log(&self) {
        self.shared.lock().is_in_doubt = false;
    }

    /// Flushes and answers what waits, then ends.
    pub(super) fn close(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that flushes the log panicked");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_busy(&self) -> bool {
        self.is_flushing || !self.waiting.is_empty()
    }
}

impl Flushing {
    /// The log of the database at `path`, as it lies there now.
    pub(super) fn open_log(path: &Path) -> std::io::Result<File> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        File::options().read(true).write(true).open(log)
    }

    fn run(self, shared: &Shared) {
        loop {
            let mut state = shared.lock();
            while state.waiting.is_empty() && !state.is_closed {
                state = shared
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if state.waiting.is_empty() {
                return;
            }
            let batches = std::mem::take(&mut state.waiting);
            let is_in_doubt = state.is_in_doubt;
            state.is_flushing = true;
            drop(state);
            let outcome = if is_in_doubt {
                Err("the flush before it failed".to_owned())
            } else {
                let flush = AssertUnwindSafe(|| self.flush(&batches));
                catch_unwind(flush).unwrap_or_else(|_| Err("the flush panicked".to_owned()))
            };
            let mut state = shared.lock();
            state.is_flushing = false;
            state.is_in_doubt |= outcome.is_err();
            drop(state);
            // First the writer, which has waited to commit the next batch, then the callers.
            shared.changed.notify_all();
            let answer = AssertUnwindSafe(|| self.answer(batches, outcome));
            if catch_unwind(answer).is_err() {
                tracing::error!("the thread that flushes the log panicked while it answered");
            }
        }
    }

    /// Flushes the log, if one of these batches needs it.
    fn flush(&self, batches: &[Unflushed]) -> Result<(), String> {
        if batches.iter().any(|batch| batch.has_written) {
            self.log.sync_data().map_err(|error| error.to_string())?;
        }
        Ok(())
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
