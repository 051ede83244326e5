//! The task of the writer: batch after batch, each made as a whole or, where it fails, write by write.
//! Leaves the transactions to `transaction`, and the engine's own changes to `own_work`.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

use super::barriers::{Barriers, Basis, Held};
use super::batch::Decided;
use super::failure::Failure;
use super::jobs::{Jobs, Probing, Waiting, reply};
use super::own_work::{FORGET_ANSWERS, FORGET_TOKENS, is_own_work};
use super::session::WritingSession;
use super::transaction::{Begun, TRIES_MAX, Uncommitted};
use super::{LastFailure, Parts};
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
    barriers: Barriers,
    /// What the answers of the transaction rest on that was begun last, and whether a synchronous standby is named.
    basis: Option<(Basis, bool)>,
    forgotten: Option<Instant>,
}

impl WriterTask {
    pub(super) fn new(
        parts: Parts,
        barriers: Barriers,
        deleted: Arc<Notify>,
        commits: Arc<CommitStats>,
        failure: Arc<LastFailure>,
    ) -> Self {
        Self {
            session: WritingSession::new(parts.connector, failure),
            signers: parts.signers,
            beginning: None,
            clock: parts.clock,
            rules: parts.rules,
            cache: parts.cache,
            follower: parts.follower,
            deleted,
            commits,
            barriers,
            basis: None,
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
        self.barriers.drain().await;
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
            let mut of_callers = left.iter().take_while(|one| !is_own_work(&one.write));
            let len = if alone > 0 {
                1
            } else {
                of_callers.by_ref().count().max(1)
            };
            let mut part: Vec<Waiting> = left.drain(..len).collect();
            match self.commit_in_turn(&mut part).await {
                Ok(outcomes) => {
                    alone = usize::saturating_sub(alone, 1);
                    for waiting in part.drain(outcomes.len()..).rev() {
                        left.push_front(waiting);
                    }
                    let answers = part.into_iter().map(|waiting| waiting.answer);
                    self.give(answers.zip(outcomes).collect());
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
                    for waiting in part {
                        reply(waiting.answer, Err(error.clone()));
                    }
                }
            }
        }
    }

    /// Gives answers, at once if what they rest on is durable as it is, and behind a barrier if a synchronous standby is
    /// named.
    fn give(&mut self, answers: Vec<Held>) {
        match self.basis.take() {
            Some((basis, true)) => self.barriers.hold(basis, answers),
            basis => {
                if let Some((basis, _)) = basis
                    && basis.commits
                {
                    self.commits.observe(basis.began.elapsed(), answers.len());
                }
                for (answer, outcome) in answers {
                    reply(answer, outcome);
                }
            }
        }
    }

    /// Commits once there is room, and once more where PostgreSQL has rolled it back for the sake of another.
    async fn commit_in_turn(
        &mut self,
        part: &mut [Waiting],
    ) -> Result<Vec<Result<Written, Error>>, Failure> {
        let mut tries = 1;
        loop {
            self.barriers.ready().await.map_err(Failure::Transaction)?;
            match self.commit(part).await {
                Err(Failure::Passing(error)) if tries < TRIES_MAX => {
                    tracing::debug!(%error, "a batch is made once more");
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Commits these, or the first of them, and tells what each comes to.
    async fn commit(
        &mut self,
        part: &mut [Waiting],
    ) -> Result<Vec<Result<Written, Error>>, Failure> {
        if let [waiting] = &*part
            && is_own_work(&waiting.write)
        {
            return Ok(vec![self.commit_own_work(&waiting.write).await?]);
        }
        let wanted = Wanted::of(part.iter().map(|waiting| waiting.write.as_ref()));
        let begun = self.begin(&wanted).await;
        for waiting in &mut *part {
            waiting.place = None;
        }
        let Begun {
            head,
            now_ms,
            answers,
            ..
        } = begun?;
        let session = self.session.current()?;
        let snapshot = wanted.snapshot(session, head.position, now_ms, answers);
        let snapshot = match snapshot.await {
            Ok(snapshot) => snapshot,
            Err(error) => {
                let failure = Failure::of_load(error, &session.session);
                self.session.drop();
                return Err(failure);
            }
        };
        let writes = part.iter().map(|waiting| waiting.write.as_ref());
        let decided = Decided::of(writes, snapshot, self.rules.as_ref(), now_ms);
        let decided = match decided {
            Ok(decided) => decided,
            Err(failure) => {
                self.session.roll_back().await?;
                return Err(failure);
            }
        };
        if decided.changes_nothing() {
            self.session.roll_back().await?;
            return Ok(decided.outcomes);
        }
        let appended = Appended::behind(&decided.events, &head, self.signers.newest());
        let mut steps = self.forget_what_is_over(now_ms);
        let changes = apply::steps(&decided.rows, &decided.snapshot);
        steps.extend(changes.map_err(|cause| Failure::Statement(Error::Internal { cause }))?);
        steps.extend(appended.step());
        let touched = decided.snapshot.touched(&decided.rows, now_ms);
        let mut owners = touched.owners.iter();
        let deletes = owners.any(|owner| owner.deleted_at_ms.is_some());
        let ends_at = appended.head().unwrap_or(&head);
        self.commit_steps(steps, &head, ends_at, touched).await?;
        if deletes {
            self.deleted.notify_one();
        }
        Ok(decided.outcomes)
    }

    /// Begins a transaction, at the instant of the clock.
    pub(super) async fn begin(&mut self, wanted: &Wanted) -> Result<Begun, Failure> {
        self.basis = None;
        let start = Instant::now();
        let now_ms = self.clock.as_ref().map(|clock| clock.now_ms());
        let begun = self.session.begin(wanted, now_ms).await?;
        self.take_up().await?;
        let basis = Basis {
            head: begun.head.clone(),
            timeline: self.session.timeline(),
            began: start,
            ..Basis::default()
        };
        self.basis = Some((basis, begun.has_standby));
        Ok(begun)
    }

    /// Commits what these steps write behind a head, and tells the memory of it. The events end at the other head then.
    pub(super) async fn commit_steps(
        &mut self,
        steps: Vec<Step<'_>>,
        behind: &Head,
        ends_at: &Head,
        touched: Touched,
    ) -> Result<(), Failure> {
        let has_standby = self.basis.as_ref().is_some_and(|(_, named)| *named);
        self.cache.expect(&touched);
        match self.session.commit(steps, has_standby).await {
            Ok(()) => {
                self.follower.take_batch(behind.position, ends_at, &touched);
                if let Some((basis, _)) = &mut self.basis {
                    basis.commits = true;
                    basis.lacks_events = behind == ends_at;
                    basis.head = ends_at.clone();
                    basis.touched = touched;
                }
                Ok(())
            }
            Err(Uncommitted::RolledBack(failure)) => {
                self.cache.expect_no_more();
                Err(failure)
            }
            Err(Uncommitted::Unknown(error)) => {
                self.cache.forget(ends_at.position, &touched);
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
