//! Orders that are carried out in one transaction, in the order in which they came, and who waits for each.
//! Leaves the transaction to `transaction`.

use keywright_model::error::Error;
use keywright_store::windows::{WindowAnswer, WindowId, WindowOrder, WindowStates};
use tokio::sync::{mpsc, oneshot};

use crate::write::{PlaceInQueue, reply};

/// Orders that are carried out in one transaction: their rows are locked for as long as all of them take.
const BATCH_LEN_MAX: usize = 256;

/// An order, and who waits for it.
pub(super) struct Job {
    pub(super) order: WindowOrder,
    pub(super) answer: oneshot::Sender<Result<WindowAnswer, Error>>,
    /// Until it is answered: where PostgreSQL stands still, the next ones are refused at once.
    pub(super) _place: PlaceInQueue,
}

/// Some orders, at least one.
pub(super) struct Batch(Vec<Job>);

impl Batch {
    /// Waits for an order, and takes what else waits; `None` where nobody can give one any more.
    pub(super) async fn take(jobs: &mut mpsc::Receiver<Job>) -> Option<Self> {
        let first = jobs.recv().await?;
        Some(Self::of(first, jobs))
    }

    /// Takes what waits, if anything does.
    pub(super) fn take_waiting(jobs: &mut mpsc::Receiver<Job>) -> Option<Self> {
        let first = jobs.try_recv().ok()?;
        Some(Self::of(first, jobs))
    }

    fn of(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Self {
        let mut batch = vec![first];
        while batch.len() < BATCH_LEN_MAX
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        Self(batch)
    }

    /// The windows of all orders, each once, in the order in which every server locks them.
    pub(super) fn windows(&self) -> Vec<WindowId> {
        let windows = self.0.iter().flat_map(|job| &job.order.windows);
        let mut windows: Vec<WindowId> = windows.map(|(id, _)| *id).collect();
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// What each order comes to.
    pub(super) fn carry_out(&self, states: &mut WindowStates, now_ms: i64) -> Vec<WindowAnswer> {
        let jobs = self.0.iter();
        jobs.map(|job| states.carry_out(&job.order, now_ms))
            .collect()
    }

    /// Gives the answers, if what they rest on was committed.
    pub(super) fn answer(self, answers: Vec<WindowAnswer>, committed: Result<(), Error>) {
        match committed {
            Ok(()) => {
                for (job, answer) in self.0.into_iter().zip(answers) {
                    reply(job.answer, Ok(answer));
                }
            }
            Err(error) => self.refuse(&error),
        }
    }

    /// Refuses all.
    pub(super) fn refuse(self, error: &Error) {
        for job in self.0 {
            reply(job.answer, Err(error.clone()));
        }
    }
}
