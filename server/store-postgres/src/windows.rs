//! Rate limit windows that all servers share: the orders that wait are carried out together, while their rows are locked.
//! Leaves what an order comes to to `store`'s windows, and what is sent to `transaction`.

mod batch;
mod forget;
mod transaction;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::join;
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_store::wait_queue::WaitQueue;
use keywright_store::windows::{SharedWindows, WindowAnswer, WindowOrder};
use tokio::sync::{mpsc, oneshot};

use crate::connection::Connector;
use crate::follow::Follower;
use crate::write::PlaceInQueue;
use batch::{Batch, Job};
use forget::Forgetting;
use transaction::{Begun, WindowSession};

/// After a failed attempt to connect, orders are refused for so long without another one.
const CONNECT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A handle on the task that carries orders out.
pub(crate) struct Windows {
    queue: mpsc::Sender<Job>,
    waiting: Arc<WaitQueue>,
    follower: Arc<Follower>,
}

/// Carries out orders, over one session, which is made when it is first needed.
pub(crate) struct WindowsTask {
    connector: Arc<Connector>,
    /// Tells the instants, in place of PostgreSQL's clock.
    clock: Option<Arc<dyn Clock>>,
    jobs: mpsc::Receiver<Job>,
    session: Option<WindowSession>,
    last_failure: Option<(Instant, Error)>,
    forgetting: Forgetting,
}

impl Windows {
    /// A handle, and the task that is to run.
    pub(crate) fn new(
        connector: Arc<Connector>,
        clock: Option<Arc<dyn Clock>>,
        follower: &Arc<Follower>,
        waiting: WaitQueue,
    ) -> (Self, WindowsTask) {
        let (queue, jobs) = mpsc::channel(waiting.len_max().max(1));
        let task = WindowsTask {
            forgetting: Forgetting::new(Arc::clone(&connector)),
            connector,
            clock,
            jobs,
            session: None,
            last_failure: None,
        };
        let windows = Self {
            queue,
            waiting: Arc::new(waiting),
            follower: Arc::clone(follower),
        };
        (windows, task)
    }
}

#[async_trait]
impl SharedWindows for Windows {
    async fn order(&self, order: WindowOrder) -> Result<WindowAnswer, Error> {
        // What a primary of yesterday counts, counts for nothing.
        let asked = self.follower.ask();
        let place = PlaceInQueue::enter(&self.waiting)?;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            order,
            answer,
            _place: place,
        };
        let gone = |cause: &str| Error::Unavailable {
            cause: cause.to_owned(),
        };
        let sent = self.queue.try_send(job);
        sent.map_err(|_| gone("too many orders of rate limits wait"))?;
        let answer = answered.await;
        let answer = answer.map_err(|_| gone("rate limits are no longer counted here"))??;
        self.follower.check(asked)?;
        Ok(answer)
    }
}

impl WindowsTask {
    /// Carries out orders until nobody can give any more.
    pub(crate) async fn run(mut self) {
        loop {
            // A panic drops the callers of its batch, who are refused; the orders after it must go on.
            let attempt = AssertUnwindSafe(self.carry_out_all()).catch_unwind();
            if attempt.await.is_ok() {
                return;
            }
            tracing::error!("the task panicked that counts rate limits");
            self.session = None;
        }
    }

    /// While one batch is committed, the next one, if any waits, is begun: under load a batch takes one flight.
    async fn carry_out_all(&mut self) {
        let mut begun = None;
        loop {
            let (batch, states) = if let Some(begun) = begun.take() {
                begun
            } else {
                let Some(batch) = Batch::take(&mut self.jobs).await else {
                    return;
                };
                match self.begin(&batch).await {
                    Ok(states) => (batch, states),
                    Err(error) => {
                        batch.refuse(&error);
                        continue;
                    }
                }
            };
            begun = self.finish(batch, states).await;
        }
    }

    async fn begin(&mut self, batch: &Batch) -> Result<Begun, Error> {
        let session = self.session().await?;
        let begun = session.begin(batch).await;
        if begun.is_err() {
            // Its transaction ends with it.
            self.session = None;
        }
        begun
    }

    /// Carries out a batch, commits it and answers; returns the next one, begun, if there is one.
    async fn finish(&mut self, batch: Batch, mut begun: Begun) -> Option<(Batch, Begun)> {
        let now_ms = match &self.clock {
            Some(clock) => clock.now_ms(),
            None => begun.now_ms,
        };
        self.forgetting.note(begun.created, now_ms);
        let answers = batch.carry_out(&mut begun.states, now_ms);
        let next = Batch::take_waiting(&mut self.jobs);
        let session = self.session.as_ref()?;
        let commit = async {
            let committed = session.commit(&begun.states).await;
            let is_committed = committed.is_ok();
            batch.answer(answers, committed);
            is_committed
        };
        let following = async {
            match &next {
                Some(next) => Some(session.begin(next).await),
                None => None,
            }
        };
        // In this order: what is polled first is sent first.
        let (is_committed, next_begun) = join(commit, following).await;
        match (next, next_begun) {
            (Some(next), Some(Ok(begun))) => Some((next, begun)),
            (Some(next), Some(Err(error))) => {
                self.session = None;
                next.refuse(&error);
                None
            }
            _ => {
                if !is_committed {
                    self.session = None;
                }
                None
            }
        }
    }

    async fn session(&mut self) -> Result<&WindowSession, Error> {
        let lives = |session: &WindowSession| session.lives();
        if let Some(session) = self.session.take().filter(lives) {
            return Ok(self.session.insert(session));
        }
        if let Some((at, error)) = &self.last_failure
            && at.elapsed() < CONNECT_AGAIN_AFTER
        {
            return Err(error.clone());
        }
        match WindowSession::connect(&self.connector).await {
            Ok(session) => {
                if self.last_failure.take().is_some() {
                    tracing::info!("rate limits are counted in PostgreSQL again");
                }
                Ok(self.session.insert(session))
            }
            Err(error) => {
                if self.last_failure.is_none() {
                    tracing::warn!(
                        %error,
                        "rate limits cannot be counted in PostgreSQL (limits.shared): what they limit is answered 503"
                    );
                }
                self.last_failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}
