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
    Write(Box<Write>, Answer, Entered),
    Probe(Probing),
    Close,
}

/// A caller that waits for what its write comes to.
pub(super) type Answer = oneshot::Sender<Result<Written, Error>>;

/// One write of a batch, with who waits for it.
pub(super) type Waiting = (Box<Write>, Answer);

/// A caller that wants to know which changes are made.
pub(super) type Probing = oneshot::Sender<Result<Writes, Error>>;

/// The jobs that wait.
pub(super) struct Jobs {
    queue: mpsc::Receiver<Job>,
    /// Told of every write whose turn has come.
    waiting: Arc<WaitQueue>,
    is_closed: bool,
}

impl Jobs {
    pub(super) fn new(queue: mpsc::Receiver<Job>, waiting: Arc<WaitQueue>) -> Self {
        Self {
            queue,
            waiting,
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
                Some(Job::Write(write, answer, entered)) => {
                    self.waiting.exit(entered);
                    writes.push((write, answer));
                }
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
pub(super) fn reply<T>(answer: oneshot::Sender<Result<T, Error>>, outcome: Result<T, Error>) {
    if answer.send(outcome).is_err() {
        tracing::debug!("the caller left before its answer");
    }
}
