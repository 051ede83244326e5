//! The two flights of a batch: the rows are locked and read, with PostgreSQL's time; then they are written, and COMMIT.
//! Leaves what is written to `store`'s windows, and which batch is when to the module above.

use std::time::Duration;

use keywright_model::error::Error;
use keywright_model::limit::Arrival;
use keywright_store::windows::{WindowId, WindowStates};
use tokio::time::timeout;
use tokio_postgres::Row;
use uuid::Uuid;

use super::batch::Batch;
use crate::connection::{Access, Connector};
use crate::error::{Stage, error_of, words};
use crate::flight::{PreparedSession, Step};

/// The counts are in a table that a crash empties: a commit has nothing to wait for. A server that freezes in the middle
/// of a transaction keeps others waiting for no longer than a part of what they wait for a lock.
const SETUP: &str = "SET synchronous_commit = off; SET idle_in_transaction_session_timeout = '1s'";
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// Makes the rows that are not there, and locks those that are, in one order at every server: so none waits for one that
/// waits for it. A row that is there is locked and not written, and not returned.
const LOCK: &str = "INSERT INTO rate_windows AS w (id, arrival_ms, arrival_as)
     SELECT id, 0, 0 FROM unnest($1::uuid[]) AS asked (id) ORDER BY id
     ON CONFLICT (id) DO UPDATE SET arrival_ms = w.arrival_ms WHERE false
     RETURNING true";
/// By itself, behind the locks: it sees what their holders before have committed.
const READ: &str = "SELECT id, arrival_ms, arrival_as FROM rate_windows WHERE id = ANY($1::uuid[])";
const NOW: &str = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
const WRITE: &str = "UPDATE rate_windows AS w SET arrival_ms = next.arrival_ms, arrival_as = next.arrival_as
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS next (id, arrival_ms, arrival_as) WHERE w.id = next.id";
const COMMIT: &str = "COMMIT";
const STATEMENTS: [&str; 4] = [LOCK, READ, NOW, WRITE];

/// How long a flight may take: longer than PostgreSQL lets it wait for a lock. A caller has waited long enough then.
const FLIGHT_MAX: Duration = Duration::from_secs(3);

/// A session in which windows are counted.
pub(super) struct WindowSession(PreparedSession);

/// A transaction that holds the rows of a batch.
pub(super) struct Begun {
    pub(super) states: WindowStates,
    /// PostgreSQL's time, behind the locks.
    pub(super) now_ms: i64,
    /// How many rows it has made.
    pub(super) created: usize,
}

impl WindowSession {
    /// A new session.
    pub(super) async fn connect(connector: &Connector) -> Result<Self, Error> {
        let unavailable = |cause: String| Error::Unavailable { cause };
        let session = connector.connect(Access::ReadWrite).await;
        let session = session.map_err(|error| unavailable(error.to_string()))?;
        let prepared = PreparedSession::prepare(session, SETUP, &STATEMENTS);
        match timeout(FLIGHT_MAX, prepared).await {
            Ok(Ok(prepared)) => Ok(Self(prepared)),
            Ok(Err(error)) => Err(unavailable(words(&error))),
            Err(_) => Err(unavailable("no answer to its setup".to_owned())),
        }
    }

    /// Whether it can still be used, as far as is known.
    pub(super) fn lives(&self) -> bool {
        self.0.session.why_ended().is_none()
    }

    /// Begins a transaction that holds the rows of a batch. Where that fails, the session must not be used any more.
    pub(super) async fn begin(&self, batch: &Batch) -> Result<Begun, Error> {
        let ids: Vec<Uuid> = batch.windows().into_iter().map(|id| id.0).collect();
        let steps = [
            Step::Run(BEGIN),
            Step::Query(LOCK, vec![Box::new(ids.as_slice())]),
            Step::Query(READ, vec![Box::new(ids.as_slice())]),
            Step::Query(NOW, Vec::new()),
        ];
        let mut answers = self.send(&steps).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let (_begin, created, rows, now) = (next(), next(), next(), next());
        if rows.len() != ids.len() {
            return Err(Error::internal(format_args!(
                "of {} windows that are locked, {} are there",
                ids.len(),
                rows.len()
            )));
        }
        let states = rows.iter().map(state).collect::<Result<Vec<_>, _>>()?;
        let now = now.first();
        let now = now.ok_or_else(|| Error::internal("PostgreSQL tells no time"))?;
        Ok(Begun {
            states: WindowStates::of(states),
            now_ms: now.try_get(0).map_err(Error::internal)?,
            created: created.len(),
        })
    }

    /// Writes what has changed, and commits.
    ///
    /// # Errors
    /// Whatever fails: then what was decided must not be answered, though it may be counted.
    pub(super) async fn commit(&self, states: &WindowStates) -> Result<(), Error> {
        let (mut ids, mut whole_ms, mut attoseconds) = (Vec::new(), Vec::new(), Vec::new());
        for (id, arrival) in states.changed() {
            let (ms, beyond) = arrival.parts();
            ids.push(id.0);
            whole_ms.push(ms);
            attoseconds.push(beyond);
        }
        let mut steps = Vec::new();
        if !ids.is_empty() {
            let values: Vec<crate::flight::Parameter<'_>> =
                vec![Box::new(ids), Box::new(whole_ms), Box::new(attoseconds)];
            steps.push(Step::Query(WRITE, values));
        }
        steps.push(Step::Run(COMMIT));
        self.send(&steps).await.map(drop)
    }

    async fn send(&self, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, Error> {
        let PreparedSession { session, .. } = &self.0;
        let Ok(answers) = timeout(FLIGHT_MAX, self.0.send(steps)).await else {
            let cause = format!("no answer within {} ms", FLIGHT_MAX.as_millis());
            session.abort(&cause);
            return Err(Error::Unavailable { cause });
        };
        // COMMIT of a transaction that has failed succeeds: every answer counts. Nothing was admitted so far, so
        // nothing is lost but a count.
        let answers: Result<Vec<_>, _> = answers.into_iter().collect();
        answers.map_err(|error| error_of(&error, session, Stage::BeforeCommit))
    }
}

fn state(row: &Row) -> Result<(WindowId, Arrival), Error> {
    let read = || {
        let id = WindowId(row.try_get(0)?);
        let arrival = Arrival::of_parts(row.try_get(1)?, row.try_get(2)?);
        Ok((id, arrival))
    };
    read().map_err(|error: tokio_postgres::Error| Error::internal(error))
}
