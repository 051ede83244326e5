//! The one writer: commits what is waiting as one transaction, at full durability, then answers.
//! Leaves what a write changes, and what must hold for it, to `change`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, TransactionBehavior, ffi};
use tokio::sync::{mpsc, oneshot, watch};

use super::change::make;
use super::replay;
use super::rows::fault;
use crate::clock::Clock;
use crate::error::Error;
use crate::secret::Pepper;
use crate::store::event::{Event, Head};
use crate::store::{Write, Written};

/// Writes that go to the disk in one transaction.
const BATCH_LEN_MAX: usize = 256;

/// A handle on the writer thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    done: watch::Receiver<bool>,
}

enum Job {
    Write(Box<Write>, oneshot::Sender<Result<Written, Error>>),
    Probe(oneshot::Sender<Result<(), Error>>),
    Close,
}

/// One write of a batch that waits for its answer.
type Waiting = (Box<Write>, oneshot::Sender<Result<Written, Error>>);

impl Writer {
    /// Starts the thread; it ends when it is told to close.
    pub(super) fn start(
        connection: Connection,
        signer: Pepper,
        clock: Arc<dyn Clock>,
        queue_len_max: usize,
    ) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(queue_len_max);
        let (end, done) = watch::channel(false);
        let bench = Bench {
            connection,
            signer,
            clock,
            has_failed: false,
        };
        std::thread::Builder::new()
            .name("keywright-writer".to_owned())
            .spawn(move || {
                bench.run(jobs);
                end.send_replace(true);
            })
            .map_err(Error::internal)?;
        Ok(Self { queue, done })
    }

    /// Queues a write and waits until it is on disk, or refused.
    pub(super) async fn write(&self, write: Write) -> Result<Written, Error> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Write(Box::new(write), answer))?;
        outcome.await.unwrap_or_else(|_| {
            Err(Error::OutcomeUnknown {
                cause: "the writer ended while the write was under way".to_owned(),
            })
        })
    }

    /// Whether a write would succeed now.
    pub(super) async fn probe(&self) -> Result<(), Error> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Probe(answer))?;
        outcome
            .await
            .map_err(|_| Error::internal("the writer ended"))?
    }

    /// Finishes what is queued, then lets go of the database.
    pub(super) async fn close(&self) {
        if self.queue.send(Job::Close).await.is_err() {
            tracing::debug!("the writer had ended already");
        }
        let mut done = self.done.clone();
        if done.wait_for(|done| *done).await.is_err() {
            tracing::error!("the writer ended without a word");
        }
    }

    fn send(&self, job: Job) -> Result<(), Error> {
        self.queue
            .try_send(job)
            .map_err(|error| Error::Unavailable {
                cause: format!("the write queue takes no more: {error}"),
            })
    }
}

/// What the writer thread works with.
struct Bench {
    connection: Connection,
    signer: Pepper,
    clock: Arc<dyn Clock>,
    /// Whether the last transaction failed for another reason than a refusal.
    has_failed: bool,
}

impl Bench {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut is_open = true;
        while is_open {
            let mut batch = Vec::new();
            let mut probes = Vec::new();
            let mut next = jobs.blocking_recv();
            is_open = loop {
                match next {
                    Some(Job::Write(write, answer)) => batch.push((write, answer)),
                    Some(Job::Probe(answer)) => probes.push(answer),
                    Some(Job::Close) | None => break false,
                }
                if batch.len() == BATCH_LEN_MAX {
                    break true;
                }
                match jobs.try_recv() {
                    Ok(job) => next = Some(job),
                    Err(_) => break true,
                }
            };
            // A panic rolls the transaction back and drops the answers, so that its callers learn that
            // the outcome is unknown; the writes after it must go on.
            let attempt = AssertUnwindSafe(|| self.commit_batch(batch));
            if catch_unwind(attempt).is_err() {
                tracing::error!("the writer panicked while it committed a batch");
            }
            for answer in probes {
                reply(answer, self.probe());
            }
        }
        // Readers still have the file open, so closing alone would leave the log beside the database.
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        if let Err(error) = self.connection.query_row(checkpoint, [], |_| Ok(())) {
            tracing::warn!(%error, "the log could not be merged into the database: keep both files");
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::error!(%error, "cannot close the database");
        }
    }

    /// Commits a batch; where it fails on a statement, each write is tried alone, so that none suffers
    /// for another.
    fn commit_batch(&mut self, mut batch: Vec<Waiting>) {
        if batch.is_empty() {
            return;
        }
        let outcome = self.commit(batch.iter().map(|(write, _)| write.as_ref()));
        self.has_failed = outcome.is_err();
        match outcome {
            Ok(outcomes) => {
                for ((_, answer), outcome) in batch.into_iter().zip(outcomes) {
                    reply(answer, outcome);
                }
            }
            Err(Failure::Statement(_)) if batch.len() > 1 => {
                for waiting in batch.drain(..) {
                    self.commit_batch(vec![waiting]);
                }
            }
            Err(Failure::Statement(error) | Failure::Transaction(error)) => {
                for (_, answer) in batch {
                    reply(answer, Err(error.clone()));
                }
            }
        }
    }

    fn commit<'a>(
        &mut self,
        writes: impl Iterator<Item = &'a Write>,
    ) -> Result<Vec<Result<Written, Error>>, Failure> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| Failure::Transaction(fault(error)))?;
        // The instant at which the lock is held: no write that waited can take itself for an earlier one.
        let now_ms = self.clock.now_ms();
        let first = transaction
            .prepare_cached("SELECT position, mac FROM head")?
            .query_row([], |row| {
                Ok(Head {
                    position: row.get(0)?,
                    mac: row.get(1)?,
                })
            })?;
        replay::forget(&transaction, now_ms)?;
        let mut head = first.clone();
        let mut outcomes = Vec::new();
        for write in writes {
            let outcome = make(&transaction, write, now_ms)?;
            let has_changed = matches!(outcome, Ok(Written::Owner(_) | Written::Key(_)));
            if let Some(event) = Event::of(write, now_ms).filter(|_| has_changed) {
                head = append(&transaction, &event, &head, &self.signer)?;
            }
            outcomes.push(outcome);
        }
        let is_refused = |outcome| matches!(outcome, &Err(_) | &Ok(Written::Replay { .. }));
        if outcomes.iter().all(is_refused) {
            transaction.rollback()?;
            return Ok(outcomes);
        }
        if head != first {
            transaction
                .prepare_cached("UPDATE head SET position = ?1, mac = ?2")?
                .execute((head.position, &head.mac))?;
        }
        transaction
            .commit()
            .map_err(|error| Failure::Transaction(commit_fault(error)))?;
        Ok(outcomes)
    }

    /// Takes the write lock; after a failure it writes, too, to see whether the fault has gone.
    fn probe(&mut self) -> Result<(), Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault)?;
        if !self.has_failed {
            return transaction.rollback().map_err(fault);
        }
        transaction
            .execute("UPDATE head SET position = position", [])
            .map_err(fault)?;
        transaction.commit().map_err(fault)?;
        self.has_failed = false;
        Ok(())
    }
}

fn reply<T>(answer: oneshot::Sender<Result<T, Error>>, outcome: Result<T, Error>) {
    if answer.send(outcome).is_err() {
        tracing::debug!("the caller left before its answer");
    }
}

/// Why a batch was rolled back.
enum Failure {
    /// A statement failed: perhaps that of one write alone.
    Statement(Error),
    /// The transaction could not begin or commit: all its writes share the fate.
    Transaction(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Statement(fault(error))
    }
}

/// A failed write of the log leaves no commit behind; a failed flush may or may not.
fn commit_fault(error: rusqlite::Error) -> Error {
    let is_io = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
    let code = error.sqlite_error().map(|error| error.extended_code);
    if is_io && code != Some(ffi::SQLITE_IOERR_WRITE) {
        return Error::OutcomeUnknown {
            cause: error.to_string(),
        };
    }
    fault(error)
}

fn append(
    connection: &Connection,
    event: &Event<'_>,
    head: &Head,
    signer: &Pepper,
) -> rusqlite::Result<Head> {
    let next = event.append(head, signer);
    connection
        .prepare_cached(
            "INSERT INTO events
                 (position, at_ms, actor, action, target, outcome, request_id, address, mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            next.position,
            event.at_ms,
            event.trail.actor.to_string(),
            event.action,
            event.target,
            event.outcome,
            event.trail.request_id.0,
            event.address(),
            &next.mac,
        ))?;
    Ok(next)
}
