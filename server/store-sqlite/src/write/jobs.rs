//! What the writer is asked to do, in the order in which it was asked.
//! Leaves doing it to `write`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use crate::flush::Flusher;
use crate::query::Query;
use keywright_model::error::Error;
use keywright_store::wait_queue::{Entered, WaitQueue};
use keywright_store::{Write, Writes, Written};

/// Writes that go to the disk in one transaction.
pub(super) const BATCH_LEN_MAX: usize = 128;

/// Writes whose rows are read before the first of them is decided.
pub(super) const ROUND_LEN: usize = 8;

/// How often the queue is looked at while a flush is under way. A write that has to wake the writer costs its sender and
/// the writer as much as making it does.
const LOOK_EVERY: Duration = Duration::from_micros(200);

/// Something to do.
pub(super) enum Job {
    Write(Box<Write>, oneshot::Sender<Result<Written, Error>>, Entered),
    /// A look-up behind all that was written.
    LookUp(Query),
    Probe(Probing),
    Close,
}

/// One write of a batch that waits for its answer.
pub(super) type Waiting = (Box<Write>, oneshot::Sender<Result<Written, Error>>);

/// The writes of a part of a batch.
pub(super) fn writes(batch: &[Waiting]) -> impl Iterator<Item = &Write> + Clone {
    batch.iter().map(|(write, _)| write.as_ref())
}

/// A caller that wants to know which changes are made.
pub(super) type Probing = oneshot::Sender<Result<Writes, Error>>;

/// The jobs that wait, and those beside the writes that were taken and not yet done.
pub(super) struct Jobs {
    queue: mpsc::Receiver<Job>,
    /// Told of every write whose turn has come.
    waiting: Arc<WaitQueue>,
    pub(super) look_ups: Vec<Query>,
    pub(super) probes: Vec<Probing>,
    /// Writes that were taken while a flush was under way: they have their place in the queue until it is done.
    held: Vec<Entered>,
    is_closed: bool,
}

impl Jobs {
    pub(super) fn new(queue: mpsc::Receiver<Job>, waiting: Arc<WaitQueue>) -> Self {
        Self {
            queue,
            waiting,
            look_ups: Vec::new(),
            probes: Vec::new(),
            held: Vec::new(),
            is_closed: false,
        }
    }

    /// Whether no more will come.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Waits for something to do, and takes what else waits; the writes of it, which may be none.
    pub(super) fn take(&mut self) -> Vec<Waiting> {
        self.let_go();
        let mut writes = Vec::new();
        let next = self.queue.blocking_recv();
        self.take_from(next, &mut writes, BATCH_LEN_MAX);
        writes
    }

    /// The writes that were taken have had their turn.
    pub(super) fn let_go(&mut self) {
        for entered in self.held.drain(..) {
            self.waiting.exit(entered);
        }
    }

    /// More writes for a batch that was made while another is flushed; `None` once that one is done and nothing waits,
    /// and the batch is to be committed.
    pub(super) fn take_while_busy(
        &mut self,
        flusher: &Flusher,
        len_max: usize,
    ) -> Option<Vec<Waiting>> {
        while len_max > 0 && !self.is_closed {
            match self.queue.try_recv() {
                Ok(job) => {
                    let mut writes = Vec::new();
                    self.take_from(Some(job), &mut writes, len_max);
                    return Some(writes);
                }
                Err(TryRecvError::Disconnected) => self.is_closed = true,
                Err(TryRecvError::Empty) if flusher.is_busy() => {
                    flusher.wait_until_idle_for(LOOK_EVERY);
                }
                Err(TryRecvError::Empty) => break,
            }
        }
        None
    }

    fn take_from(&mut self, mut next: Option<Job>, writes: &mut Vec<Waiting>, len_max: usize) {
        loop {
            match next {
                Some(Job::Write(write, answer, entered)) => {
                    self.held.push(entered);
                    writes.push((write, answer));
                }
                Some(Job::LookUp(query)) => self.look_ups.push(query),
                Some(Job::Probe(answer)) => self.probes.push(answer),
                Some(Job::Close) | None => {
                    self.is_closed = true;
                    return;
                }
            }
            if writes.len() >= len_max {
                return;
            }
            match self.queue.try_recv() {
                Ok(job) => next = Some(job),
                Err(_) => return,
            }
        }
    }
}
