//! A few connections that all look-ups share: prepared statements, sent without waiting for those before them.
//! Leaves what is asked to the engine. No transaction is lent out here, so nobody gets another's.

mod asked;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::try_join_all;
use keywright_model::error::Error;
use keywright_store::wait_queue::{Entered, WaitQueue};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use asked::Asked;
pub use asked::Parameter;

use crate::connection::{Access, Connector};
use crate::error::{Stage, error_of, is_connection, words};
use crate::refusal::ConnectError;
use crate::session::Session;

/// How long an answer may be on its way when PostgreSQL has stopped working on it.
const ANSWER_GRACE: Duration = Duration::from_millis(500);
/// The pause before a broken connection is replaced, and the longest that it grows to.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// After these the same look-up may go well at once: a row version that a standby has given up, a deadlock.
const PASSING: [&str; 2] = ["40001", "40P01"];
/// After these it may go well over a new connection: a statement that the server no longer has, or whose columns have
/// changed since it was prepared.
const OUTDATED: [&str; 2] = ["26000", "0A000"];

/// How much is asked at the same time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections: 2 to 4 are enough, since nobody has one alone.
    pub connections: usize,
    /// Look-ups under way.
    pub queue_len_max: usize,
    /// How long the first of them may have waited when another is let in, and how long one waits for a connection.
    pub wait_max: Duration,
    /// Counts those that are not let in.
    pub refused: &'static AtomicU64,
}

/// Connections that all look-ups share. Dropped, they end.
pub struct SharedConnections {
    shared: Arc<Shared>,
    /// One for each connection: it puts another in its place when it breaks.
    _keepers: JoinSet<()>,
}

struct Shared {
    connector: Arc<Connector>,
    access: Access,
    statements: &'static [&'static str],
    slots: Vec<RwLock<Option<Arc<Prepared>>>>,
    /// What is asked over until the first slot is filled.
    first: RwLock<Option<Arc<Prepared>>>,
    /// Told whenever a slot is filled.
    filled: watch::Sender<()>,
    last_failure: RwLock<Option<ConnectError>>,
    waiting: WaitQueue,
    wait_max: Duration,
}

/// A session with its statements.
struct Prepared {
    session: Session,
    statements: Vec<Statement>,
    in_flight: AtomicUsize,
}

/// A look-up that has been let in.
struct Admitted<'q>(&'q WaitQueue, Entered);

/// One more in flight, until dropped.
struct InFlight<'p>(&'p AtomicUsize);

/// Why one try failed.
struct Failed {
    error: Error,
    /// Whether another try may go well.
    passes: bool,
}

impl SharedConnections {
    /// Makes a first connection and prepares the statements. Those that stay are made at `home` and live there: what asks
    /// and what it asks over are best on one thread, since waking another costs as much as the look-up.
    ///
    /// # Errors
    /// When the first cannot be made, or a statement cannot be prepared.
    pub async fn start(
        connector: Arc<Connector>,
        access: Access,
        statements: &'static [&'static str],
        limits: &Limits,
        home: &Handle,
    ) -> Result<Self, ConnectError> {
        let (len_max, wait_max) = (limits.queue_len_max, limits.wait_max);
        let shared = Arc::new(Shared {
            connector,
            access,
            statements,
            slots: std::iter::repeat_with(RwLock::default)
                .take(limits.connections.max(1))
                .collect(),
            first: RwLock::default(),
            filled: watch::Sender::new(()),
            last_failure: RwLock::default(),
            waiting: WaitQueue::new("look-ups", len_max, wait_max, limits.refused),
            wait_max,
        });
        let first = shared.prepare().await?;
        *shared.first.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(first));
        let mut keepers = JoinSet::new();
        for index in 0..shared.slots.len() {
            keepers.spawn_on(keep(Arc::clone(&shared), index), home);
        }
        Ok(Self {
            shared,
            _keepers: keepers,
        })
    }

    /// Asks the statement of this number. If its connection breaks it asks over another: at most as often as there are
    /// connections, which may all have broken together, and once over a new one.
    ///
    /// # Errors
    /// `Unavailable` when too much waits, no connection is to be had in time, or every try fails.
    pub async fn query(
        &self,
        statement: usize,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        self.ask(&Asked::Prepared(statement, parameters)).await
    }

    /// Asks a statement that is not prepared, and takes as many of its first rows as hold so many bytes, one at least.
    ///
    /// # Errors
    /// As `query`.
    pub async fn query_text(
        &self,
        text: &str,
        parameters: &[Parameter],
        bytes_max: usize,
    ) -> Result<Vec<Row>, Error> {
        self.ask(&Asked::Text(text, parameters, bytes_max)).await
    }

    async fn ask(&self, asked: &Asked<'_>) -> Result<Vec<Row>, Error> {
        let shared = &*self.shared;
        let entered = shared.waiting.enter()?;
        let _admitted = Admitted(&shared.waiting, entered);
        let deadline = Instant::now() + shared.wait_max + shared.answer_time_max();
        for _ in 0..shared.slots.len() {
            match shared.try_asking(asked, deadline).await {
                Err(failed) if failed.passes => {
                    tracing::debug!(error = %failed.error, "a look-up is asked once more");
                }
                outcome => return outcome.map_err(|failed| failed.error),
            }
        }
        let last = shared.try_asking(asked, deadline).await;
        last.map_err(|failed| failed.error)
    }

    /// How many connections there are now.
    pub fn connected(&self) -> usize {
        self.shared.live().count()
    }
}

impl Shared {
    async fn try_asking(&self, asked: &Asked<'_>, deadline: Instant) -> Result<Vec<Row>, Failed> {
        let prepared = self.least_busy(deadline).await?;
        let _in_flight = InFlight::enter(&prepared.in_flight);
        let session = &prepared.session;
        let answer = asked.answer(session.client(), &prepared.statements);
        let is_overdue_at = Instant::now() + self.answer_time_max();
        let Ok(answer) = timeout_at(deadline.min(is_overdue_at), answer).await else {
            let cause = self.no_answer();
            if is_overdue_at <= deadline {
                session.abort(&cause);
            }
            let error = Error::Unavailable { cause };
            // Its caller has waited long enough.
            return Err(Failed {
                error,
                passes: false,
            });
        };
        answer.map_err(|error| {
            let code = error.code().map_or("", |code| code.code());
            let is_outdated = OUTDATED.contains(&code);
            let is_broken = is_connection(&error) || session.client().is_closed();
            if is_outdated {
                session.abort(&words(&error));
            }
            Failed {
                error: error_of(&error, session, Stage::BeforeCommit),
                passes: is_outdated
                    || is_broken
                    || PASSING.contains(&code)
                    || code.starts_with("57P"),
            }
        })
    }

    /// How long an answer is waited for: whoever does not answer in this time has vanished.
    fn answer_time_max(&self) -> Duration {
        self.connector.statement_timeout() + ANSWER_GRACE
    }

    fn no_answer(&self) -> String {
        format!("no answer within {} ms", self.answer_time_max().as_millis())
    }

    /// The connections that are there.
    fn live(&self) -> impl Iterator<Item = Arc<Prepared>> {
        self.slots.iter().filter_map(there)
    }

    /// The connection over which the fewest wait for an answer; if there is none, the first that comes.
    async fn least_busy(&self, deadline: Instant) -> Result<Arc<Prepared>, Failed> {
        let mut filled = self.filled.subscribe();
        let deadline = deadline.min(Instant::now() + self.wait_max);
        loop {
            let found = self
                .live()
                .min_by_key(|prepared| prepared.in_flight.load(Ordering::Relaxed));
            if let Some(found) = found.or_else(|| there(&self.first)) {
                return Ok(found);
            }
            if timeout_at(deadline, filled.changed()).await.is_err() {
                let failure = self
                    .last_failure
                    .read()
                    .unwrap_or_else(PoisonError::into_inner);
                let cause = match &*failure {
                    Some(failure) => failure.to_string(),
                    None => "no connection to PostgreSQL yet".to_owned(),
                };
                let error = Error::Unavailable { cause };
                return Err(Failed {
                    error,
                    passes: false,
                });
            }
        }
    }

    /// A new connection with its statements.
    async fn prepare(&self) -> Result<Prepared, ConnectError> {
        let session = self.connector.connect(self.access).await?;
        let prepared = try_join_all(
            self.statements
                .iter()
                .map(|text| session.client().prepare(text)),
        );
        let why = match timeout(self.answer_time_max(), prepared).await {
            Ok(Ok(statements)) => {
                return Ok(Prepared {
                    session,
                    statements,
                    in_flight: AtomicUsize::new(0),
                });
            }
            Ok(Err(error)) => words(&error),
            Err(_) => self.no_answer(),
        };
        let failure = ("a look-up cannot be prepared".to_owned(), why);
        Err(ConnectError {
            failures: vec![failure],
        })
    }

    /// A new connection, however often it must be tried.
    async fn prepare_at_last(&self) -> Prepared {
        let mut pause = PAUSE_MIN;
        loop {
            match self.prepare().await {
                Ok(prepared) => return prepared,
                Err(error) => {
                    tracing::debug!(%error, "a connection to PostgreSQL cannot be replaced yet");
                    let mut last = self
                        .last_failure
                        .write()
                        .unwrap_or_else(PoisonError::into_inner);
                    if last.replace(error.clone()).is_none() {
                        tracing::warn!(%error, "PostgreSQL cannot be reached");
                    }
                }
            }
            // Servers that lost it together do not come back together.
            sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    fn fill(&self, index: usize, prepared: Option<Arc<Prepared>>) {
        let is_there = prepared.is_some();
        *self.slots[index]
            .write()
            .unwrap_or_else(PoisonError::into_inner) = prepared;
        if is_there {
            *self.first.write().unwrap_or_else(PoisonError::into_inner) = None;
            let mut last = self
                .last_failure
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            if last.take().is_some() {
                tracing::info!("PostgreSQL can be reached again");
            }
            drop(last);
            self.filled.send_replace(());
        }
    }
}

/// The connection of a slot, if it has one that lives.
fn there(slot: &RwLock<Option<Arc<Prepared>>>) -> Option<Arc<Prepared>> {
    let prepared = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
    prepared.filter(|prepared| prepared.session.why_ended().is_none())
}

/// Keeps one slot filled.
async fn keep(shared: Arc<Shared>, index: usize) {
    loop {
        let prepared = Arc::new(shared.prepare_at_last().await);
        shared.fill(index, Some(Arc::clone(&prepared)));
        let ended = prepared.session.ended().await;
        shared.fill(index, None);
        tracing::warn!(why = ended.words, "a connection to PostgreSQL is lost");
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.exit(self.1);
    }
}

impl<'p> InFlight<'p> {
    fn enter(count: &'p AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
