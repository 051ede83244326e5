//! The task of the writer: batch after batch, each made as a whole or, where it fails, write by write.
//! Leaves the transactions to `transaction`, and the engine's own changes to `own_work`.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use super::Parts;
use super::batch::Decided;
use super::failure::Failure;
use super::jobs::{Jobs, Probing, Waiting, reply};
use super::own_work::{FORGET_ANSWERS, FORGET_TOKENS, is_own_work};
use super::session::WritingSession;
use super::transaction::{Begun, Uncommitted};
use crate::apply::{self, Appended};
use crate::flight::Step;
use crate::follow::Follower;
use crate::load::Wanted;
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::secret::Pepper;
use keywright_store::cache::{Cache, Touched};
use keywright_store::{CommitStats, Decide, Head, Signers, Writes, Written};

/// How often what is over is forgotten, while there are changes.
const FORGET_EVERY: Duration = Duration::from_secs(1);

/// What the task works with.
pub(super) struct WriterTask {
    pub(super) session: WritingSession,
    pub(super) signers: Signers,
    /// What is to sign the events from a transaction on of which it is not yet known whether it was made.
    pub(super) beginning: Option<Pepper>,
    clock: Option<Arc<dyn Clock>>,
    rules: Arc<dyn Decide>,
    cache: Arc<Cache>,
    /// Told of every batch before anybody is answered.
    follower: Arc<Follower>,
    /// Told of the end of owners.
    deleted: Arc<Notify>,
    commits: Arc<CommitStats>,
    forgotten: Option<Instant>,
}

impl WriterTask {
    pub(super) fn new(parts: Parts, deleted: Arc<Notify>, commits: Arc<CommitStats>) -> Self {
        Self {
            session: WritingSession::new(parts.connector),
            signers: parts.signers,
            beginning: None,
            clock: parts.clock,
            rules: parts.rules,
            cache: parts.cache,
            follower: parts.follower,
            deleted,
            commits,
            forgotten: None,
        }
    }

    pub(super) async fn run(mut self, mut jobs: Jobs) {
        while !jobs.is_closed() {
            let (batch, probes) = jobs.take().await;
            // A panic drops the answers, so that its callers learn that the outcome is unknown; the writes after it
            // must go on.
            let attempt = AssertUnwindSafe(self.commit_batch(batch)).catch_unwind();
            if attempt.await.is_err() {
                tracing::error!("the writer panicked while it committed a batch");
                self.session.drop();
                // What of the batch was committed is not known, so nothing in memory is.
                self.follower.begin_anew();
            }
            self.answer(probes).await;
        }
    }

    async fn answer(&mut self, probes: Vec<Probing>) {
        if probes.is_empty() {
            return;
        }
        let outcome = self.session.check().await.map(|()| Writes::All);
        for answer in probes {
            reply(answer, outcome.clone());
        }
    }

    /// Commits a batch, in as few transactions as it takes.
    async fn commit_batch(&mut self, batch: Vec<Waiting>) {
        let mut left = VecDeque::from(batch);
        // So many are made alone: as a whole, they have failed.
        let mut alone = 0;
        while !left.is_empty() {
            let mut of_callers = left.iter().take_while(|(write, _)| !is_own_work(write));
            let len = if alone > 0 {
                1
            } else {
                of_callers.by_ref().count().max(1)
            };
            let mut part: Vec<Waiting> = left.drain(..len).collect();
            match self.commit(&part).await {
                Ok(outcomes) => {
                    alone = usize::saturating_sub(alone, 1);
                    for waiting in part.drain(outcomes.len()..).rev() {
                        left.push_front(waiting);
                    }
                    for ((_, answer), outcome) in part.into_iter().zip(outcomes) {
                        reply(answer, outcome);
                    }
                }
                Err(failure) if failure.is_of_one() && part.len() > 1 => {
                    alone = part.len();
                    for waiting in part.into_iter().rev() {
                        left.push_front(waiting);
                    }
                }
                Err(failure) => {
                    alone = usize::saturating_sub(alone, 1);
                    let error = failure.into_error();
                    for (_, answer) in part {
                        reply(answer, Err(error.clone()));
                    }
                }
            }
        }
    }

    /// Commits these, or the first of them, and tells what each comes to.
    async fn commit(&mut self, part: &[Waiting]) -> Result<Vec<Result<Written, Error>>, Failure> {
        let began = Instant::now();
        if let [(write, _)] = part
            && is_own_work(write)
        {
            return Ok(vec![self.commit_own_work(write).await?]);
        }
        let writes = || part.iter().map(|(write, _)| write.as_ref());
        let wanted = Wanted::of(writes());
        let Begun {
            head,
            now_ms,
            answers,
        } = self.begin(&wanted).await?;
        let session = self.session.get().await.map_err(Failure::Transaction)?;
        let snapshot = wanted.snapshot(session, head.position, now_ms, answers);
        let snapshot = match snapshot.await {
            Ok(snapshot) => snapshot,
            Err(error) => {
                let failure = Failure::of_load(error, &session.session);
                self.session.drop();
                return Err(failure);
            }
        };
        let decided = Decided::of(writes(), snapshot, self.rules.as_ref(), now_ms);
        let decided = match decided {
            Ok(decided) => decided,
            Err(failure) => {
                self.session.roll_back().await?;
                return Err(failure);
            }
        };
        if decided.changes_nothing() {
            // What they rest on is durable: PostgreSQL shows nothing that is not.
            self.session.roll_back().await?;
            return Ok(decided.outcomes);
        }
        let appended = Appended::behind(&decided.events, &head, self.signers.newest());
        let mut steps = self.forget_what_is_over(now_ms);
        let changes = apply::steps(&decided.rows, &decided.snapshot);
        steps.extend(changes.map_err(|cause| Failure::Statement(Error::Internal { cause }))?);
        steps.extend(appended.step());
        let touched = decided.snapshot.touched(&decided.rows, now_ms);
        let ends_at = appended.head().unwrap_or(&head);
        self.commit_steps(steps, &head, ends_at, &touched).await?;
        let mut owners = touched.owners.iter();
        if owners.any(|owner| owner.deleted_at_ms.is_some()) {
            self.deleted.notify_one();
        }
        self.commits
            .observe(began.elapsed(), decided.outcomes.len());
        Ok(decided.outcomes)
    }

    /// Begins a transaction, at the instant of the clock.
    pub(super) async fn begin(&mut self, wanted: &Wanted) -> Result<Begun, Failure> {
        let now_ms = self.clock.as_ref().map(|clock| clock.now_ms());
        let begun = self.session.begin(wanted, now_ms).await?;
        self.take_up().await?;
        Ok(begun)
    }

    /// Commits what these steps write behind a head, and tells the memory of it. The events end at the other head then.
    pub(super) async fn commit_steps(
        &mut self,
        steps: Vec<Step<'_>>,
        behind: &Head,
        ends_at: &Head,
        touched: &Touched,
    ) -> Result<(), Failure> {
        let position = ends_at.position;
        self.cache.expect(touched);
        match self.session.commit(steps).await {
            Ok(()) => {
                self.follower.take_batch(behind.position, ends_at, touched);
                Ok(())
            }
            Err(Uncommitted::RolledBack(failure)) => {
                self.cache.expect_no_more();
                Err(failure)
            }
            Err(Uncommitted::Unknown(error)) => {
                self.cache.forget(position, touched);
                self.cache.expect_no_more();
                Err(Failure::Transaction(error))
            }
        }
    }

    /// What forgets the answers and tokens whose time is over, now and then.
    fn forget_what_is_over(&mut self, now_ms: i64) -> Vec<Step<'static>> {
        let is_due = |forgotten: Instant| forgotten.elapsed() >= FORGET_EVERY;
        if !self.forgotten.is_none_or(is_due) {
            return Vec::new();
        }
        self.forgotten = Some(Instant::now());
        let step = |text| Step::Query(text, vec![Box::new(now_ms)]);
        vec![step(FORGET_ANSWERS), step(FORGET_TOKENS)]
    }
}
