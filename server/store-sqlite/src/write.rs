//! The one writer: commits what is waiting as one transaction, at full durability, then answers.
//! Leaves what a write changes to `transaction`, and what must hold for it to the rules.

mod failure;
mod full;
mod jobs;
mod log;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::acknowledged_position::AcknowledgedPosition;
use super::file_identity::FileIdentities;
use super::flush::{Flusher, Flushing, Unflushed, reply};
use super::log_left;
use super::query::Query;
use super::reserve::Reserve;
use super::rows::fault;
use super::transaction::{ChangeTransaction, Made, Stop};
use super::{head, replay, signing, tokens};
use failure::{Failure, leaves_nothing};
use full::refuse_all_but_endings;
use jobs::{BATCH_LEN_MAX, Job, Jobs, Probing, ROUND_LEN, Waiting, writes};
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::secret::Pepper;
use keywright_store::cache::{Cache, Touched};
use keywright_store::wait_queue::WaitQueue;
use keywright_store::{CommitStats, Decide, LeftUndone, Signers, Write, Writes, Written};
use log::LOG_LEN_MAX;

/// Looks at the database that may wait beside the writes: they are few, and health checks are among them.
const LOOKS_LEN_MAX: usize = 10_000;
/// A handle on the writer thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    waiting: Arc<WaitQueue>,
    done: watch::Receiver<Option<Result<(), LeftUndone>>>,
    deleted: Arc<Notify>,
    commits: Arc<CommitStats>,
}

/// What the writer keeps beside the database.
pub(super) struct Files {
    pub(super) path: PathBuf,
    pub(super) identities: FileIdentities,
    pub(super) acknowledged: AcknowledgedPosition,
    pub(super) reserve: Reserve,
}

impl Writer {
    /// Starts the thread; it ends when it is told to close.
    pub(super) fn start(
        connection: Connection,
        signers: Signers,
        clock: Arc<dyn Clock>,
        rules: Arc<dyn Decide>,
        cache: Arc<Cache>,
        files: Files,
        waiting: WaitQueue,
    ) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(waiting.len_max() + LOOKS_LEN_MAX);
        let waiting = Arc::new(waiting);
        let deleted = Arc::new(Notify::new());
        let commits = Arc::new(CommitStats::new());
        let identities = Arc::new(files.identities);
        let (end, done) = watch::channel(None);
        log::prepare(&connection).map_err(fault)?;
        let log = Flushing::open_log(&files.path).map_err(|error| Error::Unavailable {
            cause: format!("the log of the database cannot be opened: {error}"),
        })?;
        let flusher = Flusher::start(Flushing {
            log,
            files: Arc::clone(&identities),
            acknowledged: files.acknowledged,
            cache: Arc::clone(&cache),
            commits: Arc::clone(&commits),
        })?;
        let thread = WriterThread {
            connection,
            signers,
            beginning: None,
            clock,
            rules,
            cache,
            files: identities,
            flusher,
            deleted: Arc::clone(&deleted),
            reserve: files.reserve,
            has_failed: false,
            log_len_max: LOG_LEN_MAX,
        };
        let jobs = Jobs::new(jobs, Arc::clone(&waiting));
        std::thread::Builder::new()
            .name("keywright-writer".to_owned())
            .spawn(move || {
                end.send_replace(Some(thread.run(jobs)));
            })
            .map_err(Error::internal)?;
        Ok(Self {
            queue,
            waiting,
            done,
            deleted,
            commits,
        })
    }

    /// Waits until an owner is deleted, if none was since the last time.
    pub(super) async fn owner_deleted(&self) {
        self.deleted.notified().await;
    }

    /// What was measured of the commits.
    pub(super) fn commit_stats(&self) -> &CommitStats {
        &self.commits
    }

    /// How long a write waits for its turn now, about.
    pub(super) fn wait(&self) -> Duration {
        self.waiting.wait_time()
    }

    /// Queues a write and waits until it is on disk, or refused.
    pub(super) async fn write(&self, write: Write) -> Result<Written, Error> {
        let (answer, outcome) = oneshot::channel();
        let joined = self.waiting.enter()?;
        self.send(Job::Write(Box::new(write), answer, joined))
            .inspect_err(|_| self.waiting.exit(joined))?;
        outcome.await.unwrap_or_else(|_| {
            Err(Error::OutcomeUnknown {
                cause: "the writer ended while the write was under way".to_owned(),
            })
        })
    }

    /// Queues a look-up behind all that was written: nothing can be newer.
    pub(super) fn look_up(&self, query: Query) -> Result<(), Error> {
        self.send(Job::LookUp(query))
    }

    /// Which writes would succeed now.
    pub(super) async fn probe(&self) -> Result<Writes, Error> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Probe(answer))?;
        outcome
            .await
            .map_err(|_| Error::internal("the writer ended"))?
    }

    /// Finishes what is queued, then lets go of the database.
    ///
    /// # Errors
    /// When something is left in the log.
    pub(super) async fn close(&self) -> Result<(), LeftUndone> {
        if self.queue.send(Job::Close).await.is_err() {
            tracing::debug!("the writer had ended already");
        }
        let mut done = self.done.clone();
        match done.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
            Err(_) => Err(log_left("the writer ended without a word")),
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
struct WriterThread {
    connection: Connection,
    signers: Signers,
    /// What is to sign the events from a transaction on of which it is not yet known whether it was made.
    beginning: Option<Pepper>,
    clock: Arc<dyn Clock>,
    /// Decide every change.
    rules: Arc<dyn Decide>,
    /// Told of every batch before anybody is answered.
    cache: Arc<Cache>,
    /// Asked before anything is made.
    files: Arc<FileIdentities>,
    /// Answers every batch, behind its flush.
    flusher: Flusher,
    /// Told of the end of owners.
    deleted: Arc<Notify>,
    /// Let go when the disk is full.
    reserve: Reserve,
    /// Whether the last transaction failed for another reason than a refusal.
    has_failed: bool,
    /// The length of the log at which it is next begun anew by force.
    log_len_max: u64,
}

impl WriterThread {
    fn run(mut self, mut jobs: Jobs) -> Result<(), LeftUndone> {
        if self.reserve.is_let_go() {
            self.merge_by_hand();
        }
        while !jobs.is_closed() {
            let batch = jobs.take();
            // A panic rolls the transaction back and drops the answers, so that its callers learn that
            // the outcome is unknown; the writes after it must go on.
            let attempt = AssertUnwindSafe(|| self.commit_batch(batch, &mut jobs));
            if catch_unwind(attempt).is_err() {
                tracing::error!("the writer panicked while it committed a batch");
                self.forget_everything();
                // It may have been committed: a retry must not be answered before that is on the disk.
                if let Err(error) = self.flusher.flush() {
                    tracing::error!(%error, "what was committed is perhaps not on the disk");
                }
            }
            let (look_ups, probes) = (
                std::mem::take(&mut jobs.look_ups),
                std::mem::take(&mut jobs.probes),
            );
            let attempt = AssertUnwindSafe(|| self.answer(look_ups, probes));
            if catch_unwind(attempt).is_err() {
                tracing::error!("the writer panicked while it answered");
            }
            self.bound_log();
        }
        self.flusher.close();
        self.end()
    }

    fn answer(&mut self, look_ups: Vec<Query>, probes: Vec<Probing>) {
        for look_up in look_ups {
            look_up(&self.connection);
        }
        for answer in probes {
            reply(answer, self.probe());
        }
    }

    /// After a panic: what of a batch was committed is not known, so nothing in memory is, and no read
    /// that began before may fill it.
    fn forget_everything(&self) {
        // Where even that cannot be read, everything is looked up here until a restart.
        let position = head::read(&self.connection).map_or(i64::MAX, |head| head.position);
        self.cache.clear(position);
    }

    /// Commits a batch, or on a full disk what of it ends access.
    fn commit_batch(&mut self, mut batch: Vec<Waiting>, jobs: &mut Jobs) {
        if !self.reserve.is_let_go() || self.has_room() {
            return self.commit_admitted(batch, Some(jobs));
        }
        batch = refuse_all_but_endings(batch);
        self.commit_admitted(batch, None);
    }

    /// Commits a batch, with what comes while the one before is flushed; where it fails on a statement, each write is
    /// tried alone, so that none suffers for another.
    fn commit_admitted(&mut self, mut batch: Vec<Waiting>, jobs: Option<&mut Jobs>) {
        if batch.is_empty() {
            return;
        }
        let outcome = self.commit(&mut batch, jobs);
        self.has_failed = match &outcome {
            // Where nothing was written, nothing is known of the disk.
            Ok(committed) => self.has_failed && !committed.has_written,
            // Nothing has failed: it is tried again, in parts.
            Err(Failure::NotLoaded(_)) => self.has_failed,
            Err(_) => true,
        };
        let failure = match outcome {
            Ok(committed) => return self.answer_behind_flush(batch, committed),
            Err(Failure::Unflushed) => return self.commit_admitted(batch, None),
            Err(failure) => failure,
        };
        let is_full = failure.is_full(&self.reserve);
        if is_full && !self.reserve.is_let_go() {
            self.make_room();
            return self.commit_admitted(refuse_all_but_endings(batch), None);
        }
        let is_of_one = matches!(failure, Failure::Statement(_) | Failure::NotLoaded(_));
        if batch.len() > 1 && (is_full || is_of_one) {
            for waiting in batch.drain(..) {
                let mut alone = vec![waiting];
                // One of those before it may have found the disk full.
                if self.reserve.is_let_go() {
                    alone = refuse_all_but_endings(alone);
                }
                self.commit_admitted(alone, None);
            }
            return;
        }
        if is_full {
            self.reserve.note_ending(false);
        }
        let error = failure.into_error();
        for (_, answer) in batch {
            reply(answer, Err(error.clone()));
        }
    }

    /// Tells the memory of a batch, and has it answered once it is on the disk.
    fn answer_behind_flush(&mut self, batch: Vec<Waiting>, committed: Committed) {
        let Committed {
            outcomes,
            position,
            touched,
            has_written,
            began,
        } = committed;
        let mut owners = touched.owners.iter();
        if owners.any(|owner| owner.deleted_at_ms.is_some()) {
            self.deleted.notify_one();
        }
        self.cache.apply(position, &touched);
        let answers = batch.into_iter().map(|(_, answer)| answer);
        self.flusher.push(Unflushed {
            answers: answers.zip(outcomes).collect(),
            position,
            touched,
            has_written,
            began,
        });
        if has_written && self.reserve.is_let_go() {
            self.flusher.wait_until_idle();
            self.reserve.note_ending(!self.flusher.is_in_doubt());
            self.merge_if_affordable();
        }
    }

    fn commit(
        &mut self,
        batch: &mut Vec<Waiting>,
        mut jobs: Option<&mut Jobs>,
    ) -> Result<Committed, Failure> {
        let began = Instant::now();
        if let Some(jobs) = &mut jobs
            && !self.flusher.is_busy()
        {
            jobs.let_go();
        }
        self.files.check().map_err(Failure::Transaction)?;
        self.renew_log().map_err(Failure::Transaction)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| Failure::Transaction(fault(error)))?;
        // The instant at which the lock is held: no write that waited can take itself for an earlier one.
        let now_ms = self.clock.now_ms();
        signing::take_up(&transaction, &mut self.beginning, &mut self.signers)?;
        let first = head::read(&transaction)?;
        // Their time is over whether they are there or not, and on a full disk every page counts.
        if !self.reserve.is_let_go() {
            replay::forget(&transaction, now_ms)?;
            tokens::forget(&transaction, now_ms)?;
        }
        let rules = self.rules.as_ref();
        let mut changes = ChangeTransaction::new(
            &transaction,
            &self.signers,
            rules,
            &self.cache,
            first.clone(),
        );
        make_in_rounds(&mut changes, batch, now_ms)?;
        if let Some(jobs) = &mut jobs {
            while let Some(more) = jobs.take_while_busy(&self.flusher, BATCH_LEN_MAX - batch.len())
            {
                let made = batch.len();
                batch.extend(more);
                make_in_rounds(&mut changes, &batch[made..], self.clock.now_ms())?;
            }
        }
        let Made {
            outcomes,
            touched,
            head,
            begins,
        } = changes.finish();
        self.flusher.wait_until_idle();
        if let Some(jobs) = jobs {
            jobs.let_go();
        }
        if self.flusher.is_in_doubt() {
            return Err(Failure::Unflushed);
        }
        let mut made = outcomes.iter().flatten();
        if made.all(Written::changes_nothing) {
            transaction.rollback()?;
            return Ok(Committed {
                outcomes,
                position: first.position,
                touched: Touched::default(),
                has_written: false,
                began,
            });
        }
        if head != first {
            head::write(&transaction, &head)?;
        }
        if let Some(start) = begins {
            signing::begin(&transaction, &start, &head)?;
            self.beginning = Some(start.signer);
        }
        self.cache.expect(&touched);
        match transaction.commit() {
            Ok(()) => Ok(Committed {
                outcomes,
                position: head.position,
                touched,
                has_written: true,
                began,
            }),
            Err(error) if leaves_nothing(&error) => {
                self.cache.expect_no_more();
                Err(Failure::Commit(error))
            }
            Err(error) => {
                self.cache.forget(head.position, &touched);
                self.cache.expect_no_more();
                Err(Failure::Transaction(Error::OutcomeUnknown {
                    cause: error.to_string(),
                }))
            }
        }
    }

    /// Takes the write lock; after a failure it writes, too, to see whether the fault has gone, unless that is
    /// known to be a full disk.
    fn probe(&mut self) -> Result<Writes, Error> {
        self.files.check()?;
        self.flusher.wait_until_idle();
        self.renew_log()?;
        let room = self.reserve.room();
        let writes_all = !room.is_short() || self.has_room();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault)?;
        if !self.has_failed || !writes_all {
            transaction.rollback().map_err(fault)?;
            return Ok(room.writes());
        }
        // SQLite writes no row that is as it was, but it does write this.
        let taken: i64 = transaction
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(fault)?;
        transaction
            .pragma_update(None, "user_version", taken)
            .map_err(fault)?;
        transaction.commit().map_err(fault)?;
        self.flusher.flush()?;
        self.has_failed = false;
        Ok(room.writes())
    }
}

/// Makes a part of a batch, some writes at a time: later ones rest on rows that those before them have changed.
fn make_in_rounds(
    changes: &mut ChangeTransaction<'_>,
    batch: &[Waiting],
    now_ms: i64,
) -> Result<(), Stop> {
    let mut rounds = batch.chunks(ROUND_LEN);
    rounds.try_for_each(|round| changes.make(writes(round), now_ms))
}

/// A batch that is committed, and not yet surely on the disk.
struct Committed {
    /// What to answer, in the order of the writes.
    outcomes: Vec<Result<Written, Error>>,
    /// Where the events now end.
    position: i64,
    /// What the memory must know.
    touched: Touched,
    /// Whether anything was: a batch of refusals is rolled back.
    has_written: bool,
    /// When its transaction began.
    began: Instant,
}
