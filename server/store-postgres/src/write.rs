//! The writer of a server: commits what is waiting as one transaction, then answers.
//! Leaves the transaction to `transaction`, and what must hold for a change to the rules.

mod barrier;
mod barriers;
mod batch;
mod failure;
mod jobs;
mod own_work;
mod prune;
mod session;
mod task;
mod timeline;
mod tombstones;
mod transaction;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::connection::Connector;
use crate::follow::Follower;
use barriers::Barriers;
use jobs::{Job, Jobs, Waiting};
pub(crate) use jobs::{PlaceInQueue, reply};
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_store::cache::Cache;
use keywright_store::wait_queue::WaitQueue;
use keywright_store::{CommitStats, Decide, Signers, Write, Writes, Written};
use task::WriterTask;
pub(crate) use tombstones::keep_following;

/// Looks at the database that may wait beside the writes: they are few, and health checks are among them.
const LOOKS_LEN_MAX: usize = 1000;
/// How long a health check waits for a writer that is in the middle of a batch.
const PROBE_MAX: Duration = Duration::from_millis(500);

/// A handle on the writer's task.
pub(crate) struct Writer {
    queue: mpsc::Sender<Job>,
    waiting: Arc<WaitQueue>,
    done: watch::Receiver<bool>,
    deleted: Arc<Notify>,
    commits: Arc<CommitStats>,
    failure: Arc<LastFailure>,
}

/// Why there is no session to write in, if there is none.
#[derive(Default)]
struct LastFailure(Mutex<Option<Error>>);

/// What the writer works with.
pub(crate) struct Parts {
    pub(crate) connector: Arc<Connector>,
    pub(crate) signers: Signers,
    /// Tells the instant of each transaction, in place of PostgreSQL's clock.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) rules: Arc<dyn Decide>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) follower: Arc<Follower>,
}

impl Writer {
    /// Starts the task, on the runtime that this is called on; it ends when it is told to close.
    pub(crate) fn start(parts: Parts, waiting: WaitQueue) -> Self {
        let (queue, jobs) = mpsc::channel(waiting.len_max() + LOOKS_LEN_MAX);
        let waiting = Arc::new(waiting);
        let deleted = Arc::new(Notify::new());
        let commits = Arc::new(CommitStats::new());
        let (end, done) = watch::channel(false);
        let failure = Arc::<LastFailure>::default();
        let barriers = Barriers::new(
            Arc::clone(&parts.connector),
            Arc::clone(&parts.cache),
            Arc::clone(&commits),
        );
        let task = WriterTask::new(
            parts,
            barriers,
            Arc::clone(&deleted),
            Arc::clone(&commits),
            Arc::clone(&failure),
        );
        let jobs = Jobs::new(jobs);
        tokio::spawn(async move {
            Box::pin(task.run(jobs)).await;
            end.send_replace(true);
        });
        Self {
            queue,
            waiting,
            done,
            deleted,
            commits,
            failure,
        }
    }

    /// Waits until an owner is deleted, if none was since the last time.
    pub(crate) async fn owner_deleted(&self) {
        self.deleted.notified().await;
    }

    /// What was measured of the commits.
    pub(crate) fn commit_stats(&self) -> &CommitStats {
        &self.commits
    }

    /// How long a write waits for its turn now, about: in this server, and for the lock that all servers share.
    pub(crate) fn wait(&self) -> Duration {
        self.waiting.wait_time()
    }

    /// Queues a write and waits until it is durable, or refused.
    pub(crate) async fn write(&self, write: Write) -> Result<Written, Error> {
        let (answer, outcome) = oneshot::channel();
        let place = PlaceInQueue::enter(&self.waiting)?;
        self.send(Job::Write(Waiting {
            write: Box::new(write),
            answer,
            place: Some(place),
        }))?;
        outcome.await.unwrap_or_else(|_| {
            Err(Error::OutcomeUnknown {
                cause: "the writer ended while the write was under way".to_owned(),
            })
        })
    }

    /// Which writes would succeed now. A writer that waits for the lock of all servers, or for a standby, is as well as
    /// they are: this server is no worse than its neighbours while it has a session to write in.
    pub(crate) async fn probe(&self) -> Result<Writes, Error> {
        let (answer, outcome) = oneshot::channel();
        self.send(Job::Probe(answer))?;
        match timeout(PROBE_MAX, outcome).await {
            Ok(outcome) => outcome.map_err(|_| Error::internal("the writer ended"))?,
            Err(_) => self.failure.get().map_or(Ok(Writes::All), Err),
        }
    }

    /// Finishes what is queued, then ends.
    pub(crate) async fn close(&self) {
        if self.queue.send(Job::Close).await.is_err() {
            tracing::debug!("the writer had ended already");
        }
        let mut done = self.done.clone();
        if done.wait_for(|is_done| *is_done).await.is_err() {
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

impl LastFailure {
    fn get(&self) -> Option<Error> {
        let failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone()
    }

    fn set(&self, failure: Option<Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}
