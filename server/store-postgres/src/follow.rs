//! What other servers change, followed: the lease of this one, the tail of the events, and what both mean for the memory.
//! Leaves what follows from what to `store`'s region, and the memory to its cache.

mod lease;
mod tail;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keywright_model::error::Error;
use keywright_store::Head;
use keywright_store::cache::{Cache, Touched};
use keywright_store::event::TouchedId;
use keywright_store::freshness::{Freshness, boot_time_ms};
use keywright_store::region::{Asked, Effect, Event, Server, step};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use crate::connection::Connector;
use crate::error::words;
use crate::flight::{Answer, PreparedSession, Step};

/// How long a start waits until it knows where the database stands.
const START_MAX: Duration = Duration::from_secs(15);
/// How long an answer to one of the statements here may take, at most.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// A server among those that share a database.
pub(crate) struct Follower {
    connector: Arc<Connector>,
    cache: Arc<Cache>,
    freshness: Arc<Freshness>,
    /// Held while what follows from an event is done to the memory: no batch and no other event comes in between.
    server: Mutex<Server>,
    max_staleness: Duration,
    /// Whether keys end by the primary's clock, and not by one that a test moves.
    tells_clock: bool,
    /// The lease that was joined last, and its id.
    joined: watch::Sender<Option<(u64, Uuid)>>,
    /// Told when the lease is lost, and another one is to be joined.
    lost: Notify,
    /// Told when memory is fresh for the first time.
    began: watch::Sender<bool>,
    /// Whether it must be read which tokens were revoked before the feed began.
    tokens_unknown: AtomicBool,
    /// Why nothing has come of it so far, for a start that waits.
    last_failure: Mutex<Option<String>>,
}

/// What an event is about, for what is done to the memory.
enum About<'a> {
    Nothing,
    /// What the events of an answer have touched, by their positions.
    Tail(&'a HashMap<i64, Vec<TouchedId>>),
    /// A batch of this server's own.
    Batch(&'a Touched),
}

impl Follower {
    pub(crate) fn new(
        connector: Arc<Connector>,
        cache: Arc<Cache>,
        bound: Duration,
        tells_clock: bool,
    ) -> Self {
        let freshness = Arc::new(Freshness::default());
        cache.follow(Arc::clone(&freshness));
        let bound_ms = i64::try_from(bound.as_millis()).unwrap_or(i64::MAX);
        Self {
            connector,
            cache,
            freshness,
            server: Mutex::new(Server::new(bound_ms)),
            max_staleness: bound,
            tells_clock,
            joined: watch::Sender::new(None),
            lost: Notify::new(),
            began: watch::Sender::new(false),
            tokens_unknown: AtomicBool::new(true),
            last_failure: Mutex::default(),
        }
    }

    /// Takes a lease and follows the events, in tasks that go on; returns when memory is fresh.
    ///
    /// # Errors
    /// `Unavailable` when that takes too long: says why.
    pub(crate) async fn start(self: &Arc<Self>, tasks: &mut JoinSet<()>) -> Result<(), Error> {
        let mut began = self.began.subscribe();
        tasks.spawn(lease::keep(Arc::clone(self)));
        tasks.spawn(tail::keep(Arc::clone(self)));
        if timeout(START_MAX, began.wait_for(|began| *began))
            .await
            .is_ok()
        {
            return Ok(());
        }
        let failure = self.last_failure.lock();
        let failure = failure.unwrap_or_else(PoisonError::into_inner).take();
        Err(Error::Unavailable {
            cause: failure.unwrap_or_else(|| {
                format!("the lease of this server was not confirmed within {START_MAX:?}")
            }),
        })
    }

    /// What a read at the primary is sent off with.
    pub(crate) fn ask(&self) -> Asked {
        self.lock().ask(boot_time_ms())
    }

    /// Takes in what a look-up saw, where the database stood there.
    ///
    /// # Errors
    /// `Unavailable` when it must not be believed.
    pub(crate) fn take_read(&self, asked: Asked, head: Head) -> Result<(), Error> {
        let at_ms = boot_time_ms();
        let effects = self.take(Event::Read { asked, at_ms, head }, &About::Nothing);
        let refusal = effects.iter().find_map(|effect| match effect {
            Effect::Refuse(cause) => Some(*cause),
            _ => None,
        });
        refusal.map_or(Ok(()), |cause| Err(unavailable(cause)))
    }

    /// The same of a read that does not say where the database stood.
    ///
    /// # Errors
    /// `Unavailable` when it must not be believed.
    pub(crate) fn check(&self, asked: Asked) -> Result<(), Error> {
        let doubt = self.lock().doubt(asked, boot_time_ms());
        doubt.map_or(Ok(()), |cause| Err(unavailable(cause)))
    }

    /// Takes a batch of this server's own into memory, which was committed behind a position and ends at a head.
    pub(crate) fn take_batch(&self, after: i64, head: &Head, touched: &Touched) {
        let head = head.clone();
        self.take(Event::Wrote { after, head }, &About::Batch(touched));
    }

    fn tell_clock(&self, primary_ms: i64, sent_at_ms: i64) {
        if self.tells_clock {
            self.freshness.tell_clock(primary_ms, sent_at_ms);
        }
    }

    /// Forgets everything: what of a change has become of it is not known.
    pub(crate) fn begin_anew(&self) {
        self.take(Event::Unreadable, &About::Nothing);
    }

    /// Gives the lease back, when nothing is answered any more and the tasks have ended.
    pub(crate) async fn leave(&self) {
        self.freshness.end();
        let joined = *self.joined.borrow();
        let Some((_, id)) = joined else { return };
        if let Err(why) = lease::delete(&self.connector, id).await {
            tracing::debug!(why, "the lease was not given back: another server takes it");
        }
    }

    /// Takes in what has happened, does to the memory what follows, and returns all that follows.
    fn take(&self, event: Event, about: &About<'_>) -> Vec<Effect> {
        let own = match &event {
            Event::Wrote { head, .. } => head.position,
            _ => 0,
        };
        let mut server = self.lock();
        let effects = step(&mut server, event);
        for effect in &effects {
            self.do_to_memory(effect, about, own);
        }
        if let Some(applied) = server.applied() {
            self.freshness.note_applied(applied.position);
        }
        effects
    }

    fn do_to_memory(&self, effect: &Effect, about: &About<'_>, own: i64) {
        match (effect, about) {
            (Effect::Silence, _) => {
                tracing::warn!(
                    "the memory of keys is emptied: what this server followed has gone or changed"
                );
                self.freshness.end();
            }
            (Effect::Empty { position }, _) => {
                self.tokens_unknown.store(true, Ordering::SeqCst);
                self.cache.begin_anew(*position);
            }
            (Effect::Forget { position }, About::Tail(touched)) => {
                let ids = touched.get(position).map_or(&[][..], Vec::as_slice);
                if ids.contains(&TouchedId::All) {
                    self.tokens_unknown.store(true, Ordering::SeqCst);
                }
                self.cache.forget_touched(*position, ids);
            }
            (Effect::KeepBatch, About::Batch(touched)) => self.cache.apply(own, touched),
            (Effect::KeepPassedBatch, About::Batch(touched)) => {
                self.cache.apply_passed(own, touched);
            }
            (Effect::ForgetBatch, About::Batch(touched)) => {
                self.cache.forget(own, touched);
                self.cache.expect_no_more();
            }
            (Effect::Believe { until_ms }, _) => self.freshness.believe(*until_ms),
            (Effect::Fresh { until_ms }, _) => {
                self.freshness.renew(*until_ms);
                self.began
                    .send_if_modified(|began| !std::mem::replace(began, true));
            }
            (Effect::Join { .. }, _) => self.lost.notify_one(),
            // Their callers do these; the last ones do not come about so.
            (
                Effect::Bump { .. }
                | Effect::Refuse(_)
                | Effect::Forget { .. }
                | Effect::KeepBatch
                | Effect::KeepPassedBatch
                | Effect::ForgetBatch,
                _,
            ) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes why something has failed, for a start that waits for it.
    fn note_failure(&self, what: &str, why: &str) {
        tracing::debug!(why, "{what}");
        let mut last = self
            .last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last = Some(format!("{what}: {why}"));
    }

    /// How long an answer here may take: with a short bound no longer than leaves room for another attempt.
    fn answer_max(&self) -> Duration {
        ANSWER_MAX.min(self.max_staleness / 3)
    }
}

/// Sends these, and waits for all answers for so long.
async fn send(
    session: &PreparedSession,
    steps: &[Step<'_>],
    within: Duration,
) -> Result<Vec<Answer>, String> {
    let answers = timeout(within, session.send(steps)).await;
    let Ok(answers) = answers else {
        let why = format!("no answer within {} ms", within.as_millis());
        session.session.abort(&why);
        return Err(why);
    };
    match answers.iter().find_map(|answer| answer.as_ref().err()) {
        Some(error) => Err(words(error)),
        None => Ok(answers),
    }
}

fn unavailable(cause: &str) -> Error {
    Error::Unavailable {
        cause: cause.to_owned(),
    }
}
