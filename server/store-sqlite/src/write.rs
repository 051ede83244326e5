//! The one writer: commits what is waiting as one transaction, at full durability, then answers.
//! Leaves what a write changes to `transaction`, and what must hold for it to the rules.

mod full;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, TransactionBehavior, ffi};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::acknowledged_position::AcknowledgedPosition;
use super::checkpoint;
use super::file_identity::FileIdentities;
use super::open::keep_log_at_close;
use super::replay;
use super::reserve::Reserve;
use super::rows::{self, fault};
use super::tokens;
use super::transaction::{ChangeTransaction, Made, Stop};
use super::wait_queue::{Entered, WaitQueue};
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::HeldKey;
use keywright_model::owner::Owner;
use keywright_model::principal::TokenUse;
use keywright_model::secret::{Digest, Pepper};
use keywright_store::cache::{Cache, Touched};
use keywright_store::event::{Event, Head};
use keywright_store::snapshot::NotLoaded;
use keywright_store::{CommitStats, Decide, LogLeft, Write, Writes, Written};

/// Writes that go to the disk in one transaction.
const BATCH_LEN_MAX: usize = 256;
/// Looks at the database that may wait beside the writes: they are few, and health checks are among them.
const LOOKS_LEN_MAX: usize = 10_000;
/// Bytes of the log from which on it is begun anew by force: SQLite itself begins at 4 MiB, and seldom fails.
const LOG_LEN_MAX: u64 = 8 << 20;
/// How long readers of an older state are waited for then.
const READERS_PATIENCE: Duration = Duration::from_millis(100);

/// A handle on the writer thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    waiting: Arc<WaitQueue>,
    done: watch::Receiver<Option<Result<(), LogLeft>>>,
    deleted: Arc<Notify>,
    commits: Arc<CommitStats>,
}

/// What the writer keeps beside the database.
pub(super) struct Files {
    pub(super) files: FileIdentities,
    pub(super) acknowledged: AcknowledgedPosition,
    pub(super) reserve: Reserve,
}

enum Job {
    Write(Box<Write>, oneshot::Sender<Result<Written, Error>>, Entered),
    Find(Wanted, oneshot::Sender<Result<Found, Error>>),
    Probe(Probing),
    Close,
}

/// Somebody who wants to know which changes are made.
type Probing = oneshot::Sender<Result<Writes, Error>>;

/// One look-up that waits for its answer.
type Finding = (Wanted, oneshot::Sender<Result<Found, Error>>);

/// What is looked up where nothing can be newer: on the connection that writes, between two batches.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    KeyByDigest(Digest),
    KeyById(KeyId),
    Owner(OwnerId),
    Token(TokenUse),
}

/// What was found: a key with its owner, an owner, or whether a token was revoked.
pub(super) enum Found {
    Key(Option<(HeldKey, Digest)>),
    Owner(Option<Arc<Owner>>),
    Token(bool),
}

/// One write of a batch that waits for its answer.
type Waiting = (Box<Write>, oneshot::Sender<Result<Written, Error>>);

impl Writer {
    /// Starts the thread; it ends when it is told to close.
    pub(super) fn start(
        connection: Connection,
        signer: Pepper,
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
        let (end, done) = watch::channel(None);
        let Files {
            files,
            acknowledged,
            reserve,
        } = files;
        let bench = WriterThread {
            connection,
            signer,
            clock,
            rules,
            cache,
            files,
            waiting: Arc::clone(&waiting),
            acknowledged,
            deleted: Arc::clone(&deleted),
            commits: Arc::clone(&commits),
            reserve,
            has_failed: false,
            log_len_max: LOG_LEN_MAX,
        };
        std::thread::Builder::new()
            .name("keywright-writer".to_owned())
            .spawn(move || {
                end.send_replace(Some(bench.run(jobs)));
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

    /// Looks up behind all that was written.
    pub(super) async fn find(&self, wanted: Wanted) -> Result<Found, Error> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Find(wanted, answer))?;
        outcome
            .await
            .map_err(|_| Error::internal("the writer ended"))?
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
    pub(super) async fn close(&self) -> Result<(), LogLeft> {
        if self.queue.send(Job::Close).await.is_err() {
            tracing::debug!("the writer had ended already");
        }
        let mut done = self.done.clone();
        match done.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Ok(())),
            Err(_) => Err(LogLeft {
                cause: "the writer ended without a word".to_owned(),
            }),
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
    signer: Pepper,
    clock: Arc<dyn Clock>,
    /// Decide every change.
    rules: Arc<dyn Decide>,
    /// Told of every batch before anybody is answered.
    cache: Arc<Cache>,
    /// Asked before anything is acknowledged.
    files: FileIdentities,
    /// Told of every write whose turn has come.
    waiting: Arc<WaitQueue>,
    /// Told of what is acknowledged.
    acknowledged: AcknowledgedPosition,
    /// Told of the end of owners.
    deleted: Arc<Notify>,
    /// Told how long each commit took.
    commits: Arc<CommitStats>,
    /// Let go when the disk is full.
    reserve: Reserve,
    /// Whether the last transaction failed for another reason than a refusal.
    has_failed: bool,
    /// The length of the log at which it is next begun anew by force.
    log_len_max: u64,
}

impl WriterThread {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) -> Result<(), LogLeft> {
        if self.reserve.is_let_go() {
            self.merge_by_hand();
        }
        let mut is_open = true;
        while is_open {
            let mut batch = Vec::new();
            let mut probes = Vec::new();
            let mut finds = Vec::new();
            let mut next = jobs.blocking_recv();
            is_open = loop {
                match next {
                    Some(Job::Write(write, answer, joined)) => {
                        self.waiting.exit(joined);
                        batch.push((write, answer));
                    }
                    Some(Job::Probe(answer)) => probes.push(answer),
                    Some(Job::Find(wanted, answer)) => finds.push((wanted, answer)),
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
                self.forget_everything();
            }
            let attempt = AssertUnwindSafe(|| self.answer(finds, probes));
            if catch_unwind(attempt).is_err() {
                tracing::error!("the writer panicked while it answered");
            }
            self.bound_log();
        }
        self.end()
    }

    /// Merges the log into the database; closing alone would be silent where that cannot be done.
    fn end(self) -> Result<(), LogLeft> {
        let merged = if self.reserve.is_let_go() && !self.can_merge() {
            keep_log_at_close(&self.connection, true)
                .map_err(|error| error.to_string())
                .and(Err("the disk is full".to_owned()))
        } else {
            match checkpoint(&self.connection, "TRUNCATE") {
                Ok(true) => Ok(()),
                Ok(false) => Err("another program reads an old state of it".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        };
        if let Err((_, error)) = self.connection.close() {
            tracing::error!(%error, "cannot close the database");
        }
        merged.map_err(|cause| LogLeft { cause })
    }

    /// Begins the log anew where readers that overlap without end have kept SQLite from it.
    ///
    /// Whoever reads an older state is waited for, but not long: a backup may read for hours.
    fn bound_log(&mut self) {
        let len = self.files.log_len();
        if len < self.log_len_max || self.reserve.is_let_go() {
            return;
        }
        match self.restart_log() {
            Ok(true) => self.log_len_max = LOG_LEN_MAX,
            Ok(false) => {
                tracing::info!(log_len = len, "the log grows: a reader keeps an old state");
                self.log_len_max = len + LOG_LEN_MAX;
            }
            Err(error) => {
                tracing::warn!(%error, log_len = len, "the log could not be merged into the database");
                self.log_len_max = len + LOG_LEN_MAX;
            }
        }
    }

    /// Merges the log into the database, so that the next change is written over its beginning; `false` if a
    /// reader keeps an old state.
    fn restart_log(&self) -> rusqlite::Result<bool> {
        let connection = &self.connection;
        let patience: u32 =
            connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
        connection.busy_timeout(READERS_PATIENCE)?;
        let is_merged = checkpoint(connection, "RESTART");
        connection.busy_timeout(Duration::from_millis(patience.into()))?;
        is_merged
    }

    fn answer(&mut self, finds: Vec<Finding>, probes: Vec<Probing>) {
        for (wanted, answer) in finds {
            reply(answer, self.find(wanted));
        }
        for answer in probes {
            reply(answer, self.probe());
        }
    }

    /// After a panic: what of a batch was committed is not known, so nothing in memory is, and no read
    /// that began before may fill it.
    fn forget_everything(&self) {
        // Where even that cannot be read, everything is looked up here until a restart.
        let position = read_head(&self.connection).map_or(i64::MAX, |head| head.position);
        self.cache.clear(position);
    }

    /// Commits a batch, or on a full disk what of it ends access.
    fn commit_batch(&mut self, mut batch: Vec<Waiting>) {
        if self.reserve.is_let_go() && !self.has_room() {
            batch = refuse_all_but_endings(batch);
        }
        self.commit_admitted(batch);
    }

    /// Commits a batch; where it fails on a statement, each write is tried alone, so that none suffers
    /// for another.
    fn commit_admitted(&mut self, mut batch: Vec<Waiting>) {
        if batch.is_empty() {
            return;
        }
        let outcome = self.commit(batch.iter().map(|(write, _)| write.as_ref()));
        self.has_failed = match &outcome {
            // Where nothing was written, nothing is known of the disk.
            Ok(committed) => self.has_failed && !committed.has_written,
            // Nothing has failed: it is tried again, in parts.
            Err(Failure::NotLoaded(_)) => self.has_failed,
            Err(_) => true,
        };
        let failure = match outcome {
            Ok(committed) => return self.answer_committed(batch, committed),
            Err(failure) => failure,
        };
        let is_full = failure.is_full(&self.reserve);
        if is_full && !self.reserve.is_let_go() {
            self.make_room();
            return self.commit_admitted(refuse_all_but_endings(batch));
        }
        let is_of_one = matches!(failure, Failure::Statement(_) | Failure::NotLoaded(_));
        if batch.len() > 1 && (is_full || is_of_one) {
            for waiting in batch.drain(..) {
                let mut alone = vec![waiting];
                // One of those before it may have found the disk full.
                if self.reserve.is_let_go() {
                    alone = refuse_all_but_endings(alone);
                }
                self.commit_admitted(alone);
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

    fn answer_committed(&mut self, batch: Vec<Waiting>, committed: Committed) {
        let Committed {
            outcomes,
            position,
            touched,
            has_written,
        } = committed;
        let mut owners = touched.owners.iter();
        if owners.any(|owner| owner.deleted_at_ms.is_some()) {
            self.deleted.notify_one();
        }
        self.cache.apply(position, touched);
        for ((_, answer), outcome) in batch.into_iter().zip(outcomes) {
            reply(answer, outcome);
        }
        if has_written && self.reserve.is_let_go() {
            self.reserve.note_ending(true);
            self.merge_if_affordable();
        }
    }

    fn commit<'a>(
        &mut self,
        writes: impl Iterator<Item = &'a Write> + Clone,
    ) -> Result<Committed, Failure> {
        let began = Instant::now();
        self.files.check().map_err(Failure::Transaction)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| Failure::Transaction(fault(error)))?;
        // The instant at which the lock is held: no write that waited can take itself for an earlier one.
        let now_ms = self.clock.now_ms();
        let first = read_head(&transaction)?;
        // Their time is over whether they are there or not, and on a full disk every page counts.
        if !self.reserve.is_let_go() {
            replay::forget(&transaction, now_ms)?;
            tokens::forget(&transaction, now_ms)?;
        }
        let mut batch = ChangeTransaction {
            connection: &transaction,
            signer: &self.signer,
            rules: self.rules.as_ref(),
            now_ms,
            rows: Vec::new(),
            events: Vec::new(),
        };
        let made = batch.make(writes, &self.cache, first.position)?;
        let Made { outcomes, touched } = made;
        let mut head = first.clone();
        for event in &batch.events {
            head = append(&transaction, event, &head, &self.signer)?;
        }
        let mut made = outcomes.iter().flatten();
        if made.all(Written::changes_nothing) {
            transaction.rollback()?;
            return Ok(Committed {
                outcomes,
                position: first.position,
                touched: Touched::default(),
                has_written: false,
            });
        }
        if head != first {
            transaction
                .prepare_cached("UPDATE head SET position = ?1, mac = ?2")?
                .execute((head.position, &head.mac))?;
        }
        match transaction.commit() {
            Ok(()) => {
                if let Err(error) = self.files.check() {
                    self.cache.forget(head.position, &touched);
                    // It is in the files that were taken away, and comes back with them.
                    return Err(Failure::Transaction(Error::OutcomeUnknown {
                        cause: error.to_string(),
                    }));
                }
                self.acknowledged.note(head.position);
                self.commits.observe(began.elapsed(), outcomes.len());
                Ok(Committed {
                    outcomes,
                    position: head.position,
                    touched,
                    has_written: true,
                })
            }
            Err(error) if leaves_nothing(&error) => Err(Failure::Commit(error)),
            Err(error) => {
                self.cache.forget(head.position, &touched);
                Err(Failure::Transaction(Error::OutcomeUnknown {
                    cause: error.to_string(),
                }))
            }
        }
    }

    /// Looks up on the connection that writes: nothing is newer, so nothing is too old.
    fn find(&self, wanted: Wanted) -> Result<Found, Error> {
        let late = |_| Error::internal("what the writer read was too old");
        match wanted {
            Wanted::KeyByDigest(digest) => {
                let mut read = rows::find_key_by_digest(&self.connection, digest).map_err(fault)?;
                read.position = i64::MAX;
                self.cache.admit(read).map_err(late).map(Found::Key)
            }
            Wanted::KeyById(id) => {
                let mut read = rows::find_key(&self.connection, id).map_err(fault)?;
                read.position = i64::MAX;
                self.cache.admit(read).map_err(late).map(Found::Key)
            }
            Wanted::Owner(id) => {
                let mut read = rows::find_owner(&self.connection, id).map_err(fault)?;
                read.position = i64::MAX;
                self.cache.admit_owner(read).map_err(late).map(Found::Owner)
            }
            Wanted::Token(token) => {
                let mut read = tokens::find(&self.connection, token).map_err(fault)?;
                read.position = i64::MAX;
                let admitted = self.cache.admit_revocation(token.id, read);
                admitted.map_err(late).map(Found::Token)
            }
        }
    }

    /// Takes the write lock; after a failure it writes, too, to see whether the fault has gone, unless that is
    /// known to be a full disk.
    fn probe(&mut self) -> Result<Writes, Error> {
        self.files.check()?;
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
        self.has_failed = false;
        Ok(room.writes())
    }
}

/// Refuses what the full disk has no room for, and leaves what ends access.
fn refuse_all_but_endings(batch: Vec<Waiting>) -> Vec<Waiting> {
    let (endings, others) = batch
        .into_iter()
        .partition(|(write, _)| write.change.only_ends_access());
    let others: Vec<Waiting> = others;
    for (_, answer) in others {
        let cause = "the disk is full: only what ends access is written".to_owned();
        reply(answer, Err(Error::Unavailable { cause }));
    }
    endings
}

fn reply<T>(answer: oneshot::Sender<Result<T, Error>>, outcome: Result<T, Error>) {
    if answer.send(outcome).is_err() {
        tracing::debug!("the caller left before its answer");
    }
}

/// A batch that is on disk.
struct Committed {
    /// What to answer, in the order of the writes.
    outcomes: Vec<Result<Written, Error>>,
    /// Where the events now end.
    position: i64,
    /// What the memory must know.
    touched: Touched,
    /// Whether anything was: a batch of refusals is rolled back.
    has_written: bool,
}

/// Why a batch was rolled back.
enum Failure {
    /// A statement failed: perhaps that of one write alone.
    Statement(rusqlite::Error),
    /// A write rests on what another of its batch led to, and must be decided alone.
    NotLoaded(NotLoaded),
    /// The commit failed, and has left nothing behind.
    Commit(rusqlite::Error),
    /// The transaction could not begin, or its outcome is unknown: all its writes share the fate.
    Transaction(Error),
}

impl Failure {
    fn is_full(&self, reserve: &Reserve) -> bool {
        match self {
            Self::Statement(error) | Self::Commit(error) => reserve.is_full(error),
            Self::NotLoaded(_) | Self::Transaction(_) => false,
        }
    }

    fn into_error(self) -> Error {
        match self {
            Self::Statement(error) | Self::Commit(error) => fault(error),
            Self::NotLoaded(NotLoaded(what)) => {
                Error::internal(format!("a change rests on {what} that was not looked for"))
            }
            Self::Transaction(error) => error,
        }
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Statement(error) => Self::Statement(error),
            Stop::NotLoaded(lacking) => Self::NotLoaded(lacking),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Statement(error)
    }
}

fn read_head(connection: &Connection) -> rusqlite::Result<Head> {
    connection
        .prepare_cached("SELECT position, mac FROM head")?
        .query_row([], |row| {
            Ok(Head {
                position: row.get(0)?,
                mac: row.get(1)?,
            })
        })
}

/// Whether a commit that failed has left nothing behind: so it is where the log could not be written or the lock
/// not be had; after anything else, a flush that failed above all, it may be there at the next start.
fn leaves_nothing(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    let is_clean = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
                | ErrorCode::DiskFull
                | ErrorCode::ConstraintViolation
        )
    );
    is_clean || code == Some(ffi::SQLITE_IOERR_WRITE)
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
                 (position, at_ms, actor, action, target, related, owner, outcome, detail,
                  request_id, server_request_id, address, mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute((
            next.position,
            event.at_ms,
            event.trail.actor.to_string(),
            event.action,
            event.target,
            event.related,
            event.owner.map(|id| id.0),
            event.outcome,
            &event.detail,
            event.trail.request_id.0,
            event.trail.server_request_id.map(|id| id.0),
            event.address(),
            &next.mac,
        ))?;
    Ok(next)
}
