//! What the writer is asked to do, in the order in which it was asked.
//! Leaves doing it to `task`.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use keywright_model::error::Error;
use keywright_store::wait_queue::{Entered, WaitQueue};
use keywright_store::{Write, Writes, Written};

/// Writes that are committed in one transaction.
const BATCH_LEN_MAX: usize = 128;

/// Something to do.
pub(super) enum Job {
    Write(Waiting),
    Probe(Probing),
    Close,
}

/// One write of a batch, with who waits for it.
pub(super) struct Waiting {
    pub(super) write: Box<Write>,
    pub(super) answer: Answer,
    /// Until its transaction has begun: behind the lock all servers wait for their turn.
    pub(super) place: Option<PlaceInQueue>,
}

/// A place in the queue of those who wait. Dropped, it is left.
pub(crate) struct PlaceInQueue {
    queue: Arc<WaitQueue>,
    entered: Entered,
}

/// A caller that waits for what its write comes to.
pub(super) type Answer = oneshot::Sender<Result<Written, Error>>;

/// A caller that wants to know which changes are made.
pub(super) type Probing = oneshot::Sender<Result<Writes, Error>>;

/// The jobs that wait.
pub(super) struct Jobs {
    queue: mpsc::Receiver<Job>,
    is_closed: bool,
}

impl PlaceInQueue {
    /// Enters a queue.
    ///
    /// # Errors
    /// `Unavailable` when too much waits.
    pub(crate) fn enter(queue: &Arc<WaitQueue>) -> Result<Self, Error> {
        Ok(Self {
            entered: queue.enter()?,
            queue: Arc::clone(queue),
        })
    }
}

impl Drop for PlaceInQueue {
    fn drop(&mut self) {
        self.queue.exit(self.entered);
    }
}

impl Jobs {
    pub(super) fn new(queue: mpsc::Receiver<Job>) -> Self {
        Self {
            queue,
            is_closed: false,
        }
    }

    /// Whether no more will come.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Waits for something to do, and takes what else waits.
    pub(super) async fn take(&mut self) -> (Vec<Waiting>, Vec<Probing>) {
        let (mut writes, mut probes) = (Vec::new(), Vec::new());
        let mut next = self.queue.recv().await;
        loop {
            match next {
                Some(Job::Write(waiting)) => writes.push(waiting),
                Some(Job::Probe(answer)) => probes.push(answer),
                Some(Job::Close) | None => {
                    self.is_closed = true;
                    break;
                }
            }
            if writes.len() >= BATCH_LEN_MAX {
                break;
            }
            match self.queue.try_recv() {
                Ok(job) => next = Some(job),
                Err(_) => break,
            }
        }
        (writes, probes)
    }
}

/// Answers a caller that may have left.
pub(crate) fn reply<T>(answer: oneshot::Sender<Result<T, Error>>, outcome: Result<T, Error>) {
    if answer.send(outcome).is_err() {
        tracing::debug!("the caller left before its answer");
    }
}
