//! Barriers: what is committed at the primary is answered once one that was begun behind it has come back.
//! Leaves what goes on in one to `barrier`, and the transactions to `task`.

mod history;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keywright_model::error::Error;
use keywright_store::cache::Cache;
use keywright_store::{CommitStats, Written};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::barrier::{BarrierSession, Unproven};
use super::jobs::{Answer, reply};
use crate::connection::Connector;
pub(super) use history::Basis;
use history::{Entry, Group, History, Proof};

/// Barriers that wait at the same time, each in a session of its own.
const SESSIONS_MAX: usize = 8;
/// Transactions whose answers wait; no other begins while there are more.
const WAITING_MAX: usize = 64;
/// Nothing more is committed behind a change that has waited this long: its standby may be gone.
const STALL: Duration = Duration::from_secs(5);
/// How long an answer waits for its barrier: then its outcome is unknown.
const BARRIER_MAX: Duration = Duration::from_secs(20);
/// How long a batch waits until it may begin: then it is refused.
const READY_MAX: Duration = Duration::from_secs(10);
/// How long the end of a server waits for the last answers.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// A caller, and what it is told if what that rests on is durable.
pub(super) type Held = (Answer, Result<Written, Error>);

/// The answers that wait for barriers, and the sessions in which these do.
#[derive(Clone)]
pub(super) struct Barriers(Arc<Shared>);

struct Shared {
    connector: Arc<Connector>,
    cache: Arc<Cache>,
    commits: Arc<CommitStats>,
    state: Mutex<State>,
    /// Told whenever a barrier has come back, or was given up.
    settled: Notify,
}

#[derive(Default)]
struct State {
    history: History,
    idle: Vec<BarrierSession>,
    /// Tasks, each with a session at most.
    running: usize,
    /// Whether the last barrier that came to an end was overdue.
    is_overdue: bool,
}

impl Barriers {
    pub(super) fn new(
        connector: Arc<Connector>,
        cache: Arc<Cache>,
        commits: Arc<CommitStats>,
    ) -> Self {
        Self(Arc::new(Shared {
            connector,
            cache,
            commits,
            state: Mutex::default(),
            settled: Notify::new(),
        }))
    }

    /// Holds the answers of a transaction back until what they rest on is durable. Those that rest on what is known to be
    /// are given at once.
    pub(super) fn hold(&self, basis: Basis, answers: Vec<Held>) {
        let mut state = self.0.lock();
        let entry = Entry::new(basis, answers, Instant::now());
        if let Some(entry) = state.history.add(entry) {
            drop(state);
            self.0.answer(entry);
            return;
        }
        let is_short = state.history.has_more() && state.running < SESSIONS_MAX;
        state.running += usize::from(is_short);
        drop(state);
        if is_short {
            tokio::spawn(Arc::clone(&self.0).run());
        }
    }

    /// Waits until another transaction may begin: there is room, and barriers come back.
    ///
    /// # Errors
    /// `Unavailable` when they do not.
    pub(super) async fn ready(&self) -> Result<(), Error> {
        let ready = async {
            loop {
                let settled = self.0.settled.notified();
                let mut settled = std::pin::pin!(settled);
                settled.as_mut().enable();
                if self.is_ready() {
                    return;
                }
                settled.await;
            }
        };
        timeout(READY_MAX, ready).await.map_err(|_| Error::Unavailable {
            cause: "the synchronous standby of PostgreSQL does not confirm what was committed: is it running? \
                    synchronous_standby_names says which it is"
                .to_owned(),
        })
    }

    fn is_ready(&self) -> bool {
        let state = self.0.lock();
        let history = &state.history;
        let waits_long = |since: Instant| since.elapsed() > STALL;
        if history.len() >= WAITING_MAX || history.oldest().is_some_and(waits_long) {
            return false;
        }
        let (is_overdue, is_empty) = (state.is_overdue, history.len() == 0);
        drop(state);
        if is_overdue && is_empty {
            // One that nobody waits for says when it is over.
            self.hold(Basis::default(), Vec::new());
        }
        !is_overdue
    }

    /// Waits until all is answered, or as long as a server that ends has.
    pub(super) async fn drain(&self) {
        let drained = async {
            loop {
                let settled = self.0.settled.notified();
                let mut settled = std::pin::pin!(settled);
                settled.as_mut().enable();
                if self.0.lock().history.len() == 0 {
                    return;
                }
                settled.await;
            }
        };
        if timeout(DRAIN_MAX, drained).await.is_err() {
            tracing::warn!(
                "the synchronous standby has not confirmed the last changes: their callers are told that the outcome is unknown"
            );
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Barrier after barrier, as long as something waits for which none has begun.
    async fn run(self: Arc<Self>) {
        let mut session = None;
        while let Some(group) = self.next(&mut session) {
            let until = group.newest_since + BARRIER_MAX;
            let Some(proof) = self.pass(&mut session, &group, until).await else {
                return;
            };
            self.settle(&group, &proof);
        }
    }

    /// What the next barrier is for. Where there is nothing, the session is kept for later.
    fn next(&self, session: &mut Option<BarrierSession>) -> Option<Group> {
        let mut state = self.lock();
        let group = state.history.begin();
        if group.is_none() {
            state.running -= 1;
            state.idle.extend(session.take());
        } else if session.is_none() {
            state.idle.retain(BarrierSession::lives);
            *session = state.idle.pop();
        }
        group
    }

    /// Waits at a barrier; in a new session, if the first one fails: what it reads shows whether it is at the right place.
    /// `None` where no session can be had and other barriers wait in theirs: one of these goes on with the group.
    async fn pass(
        &self,
        session: &mut Option<BarrierSession>,
        group: &Group,
        until: Instant,
    ) -> Option<Proof> {
        let mut tries = 0;
        let cause = loop {
            tries += 1;
            let current = match session.take().filter(BarrierSession::lives) {
                Some(session) => session,
                None => match BarrierSession::connect(&self.connector).await {
                    Ok(session) => session,
                    Err(_) if self.hand_over(group) => return None,
                    Err(cause) => break cause,
                },
            };
            match current.pass(group.head.position, until).await {
                Ok(passed) => {
                    *session = Some(current);
                    return Some(Proof::Passed(passed));
                }
                Err(Unproven::Lost(_)) if tries == 1 => {}
                Err(Unproven::Lost(cause)) => break cause,
                Err(Unproven::Warned) => {
                    break "PostgreSQL has given up the wait for its synchronous standby"
                        .to_owned();
                }
                // The cancel may arrive late: no other barrier may meet it.
                Err(Unproven::Overdue) => return Some(Proof::Overdue),
            }
        };
        Some(Proof::None(cause))
    }

    /// Leaves a group to another barrier's task, if there is one.
    fn hand_over(&self, group: &Group) -> bool {
        let mut state = self.lock();
        let others_run = state.running > 1;
        if others_run {
            state.running -= 1;
            state.history.take_back(group);
        }
        others_run
    }

    /// Answers those for whom a barrier was, and whom it covers beside them.
    fn settle(&self, group: &Group, proof: &Proof) {
        let mut state = self.lock();
        let (durable, unknown) = state.history.settle(group, proof);
        match proof {
            // What it was for may have been covered by another.
            Proof::Overdue => state.is_overdue |= !unknown.is_empty(),
            Proof::Passed(_) | Proof::None(_) => state.is_overdue = false,
        }
        drop(state);
        for entry in durable {
            self.answer(entry);
        }
        if !unknown.is_empty() {
            let cause = proof.flaw();
            tracing::warn!(
                cause,
                "what was committed at the primary is not known to be durable"
            );
            for entry in unknown {
                self.give_up(entry, &cause);
            }
        }
        self.settled.notify_waiters();
    }

    fn answer(&self, entry: Entry) {
        if entry.basis.commits {
            self.commits
                .observe(entry.basis.began.elapsed(), entry.answers.len());
        }
        for (answer, outcome) in entry.answers {
            reply(answer, outcome);
        }
    }

    /// The memory forgets what may be lost. What was changed may be there and may not; what was not, can be asked again.
    fn give_up(&self, entry: Entry, cause: &str) {
        let basis = &entry.basis;
        self.cache.forget(basis.head.position, &basis.touched);
        for (answer, outcome) in entry.answers {
            let cause = cause.to_owned();
            let changes = outcome.is_ok_and(|written| !written.changes_nothing());
            reply(
                answer,
                Err(if changes {
                    Error::OutcomeUnknown { cause }
                } else {
                    Error::Unavailable { cause }
                }),
            );
        }
    }
}
