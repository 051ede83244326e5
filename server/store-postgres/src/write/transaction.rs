//! A transaction in two flights: the lock, the head and what is loaded; then what was decided, and COMMIT.
//! Leaves what is loaded and written to `load` and `apply`, and what follows from a failure to `task`.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::error::{Severity, SqlState};

use super::failure::{Failure, passes};
use super::session::WritingSession;
use crate::error::{Stage, error_of, is_connection};
use crate::flight::{Answer, Step};
use crate::load::{HEAD, LOCK, Wanted};
use keywright_model::error::Error;
use keywright_store::event::Head;

/// Whatever a database or a role has set: one statement after the lock must see what the holder before has committed.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
/// One message: COMMIT is not even read where the transaction has failed. Who listens looks for new events then.
const COMMIT: &str = "NOTIFY keywright; COMMIT";
/// The same where a synchronous standby is named. PostgreSQL holds locks until the standby has confirmed: for the lock of
/// the events that is too long, and a barrier waits in the place of this transaction.
const COMMIT_HERE: &str = "SET LOCAL synchronous_commit = local; NOTIFY keywright; COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// Tries to begin: a frozen holder of the lock costs one, and so does a session that has ended since its last use.
pub(super) const TRIES_MAX: u32 = 3;
/// How long the first flight may take: the wait for the lock, which PostgreSQL ends after two seconds, and the loads.
const LOAD_MAX: Duration = Duration::from_secs(10);
/// How long the second may take. No timeout of PostgreSQL ends a commit's wait for a synchronous standby.
const COMMIT_MAX: Duration = Duration::from_secs(20);

/// A transaction that holds the lock.
pub(super) struct Begun {
    /// Where the events end.
    pub(super) head: Head,
    /// The instant of the transaction.
    pub(super) now_ms: i64,
    /// Whether a synchronous standby is named.
    pub(super) has_standby: bool,
    /// What was loaded.
    pub(super) answers: Vec<Vec<Row>>,
}

/// Why a transaction was not committed.
pub(super) enum Uncommitted {
    /// It was rolled back.
    RolledBack(Failure),
    /// It may have been.
    Unknown(Error),
}

impl WritingSession {
    /// Takes the lock, and loads what is wanted behind it. `now_ms` is the instant, if it is not PostgreSQL's.
    pub(super) async fn begin(
        &mut self,
        wanted: &Wanted,
        now_ms: Option<i64>,
    ) -> Result<Begun, Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let session = self.get().await.map_err(Failure::Transaction)?;
            let mut steps = vec![
                Step::Run(BEGIN),
                Step::Query(&LOCK, Vec::new()),
                Step::Query(HEAD, vec![Box::new(now_ms)]),
            ];
            steps.extend(wanted.steps());
            let Ok(answers) = timeout(LOAD_MAX, session.send(&steps)).await else {
                let cause = format!("no answer within {} ms", LOAD_MAX.as_millis());
                self.abort(&cause);
                return Err(Failure::Transaction(Error::Unavailable { cause }));
            };
            let error = match begun(answers) {
                Ok(begun) => return Ok(begun),
                Err(NotBegun::Row(failure)) => {
                    self.drop();
                    return Err(failure);
                }
                Err(NotBegun::Statement(error)) => error,
            };
            let failure = Failure::of(&error, &session.session);
            let is_locked = error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE);
            let passes = matches!(failure, Failure::Passing(_));
            // PostgreSQL may have said so, or the connection only.
            let told = error.as_db_error();
            let is_fatal = told.is_some_and(|told| told.parsed_severity() != Some(Severity::Error));
            let has_ended = is_fatal || is_connection(&error);
            self.drop();
            if tries == TRIES_MAX || !(is_locked || has_ended || passes) {
                return Err(failure);
            }
            if is_locked {
                let ended = self.end_frozen_holder().await;
                ended.map_err(Failure::Transaction)?;
            }
        }
    }

    /// Ends the transaction, in which nothing was changed.
    pub(super) async fn roll_back(&mut self) -> Result<(), Failure> {
        let session = self.current()?;
        let answer = session.send(&[Step::Run(ROLLBACK)]).await.pop();
        if let Some(Err(error)) = answer {
            // It ends with its session.
            tracing::debug!(%error, "a transaction of refusals was not rolled back by hand");
            self.drop();
        }
        Ok(())
    }

    /// Writes, and commits: on this server alone, if the synchronous standby is to be waited for elsewhere. COMMIT's
    /// answer is believed where every statement before it has succeeded, and no warning has come meanwhile.
    pub(super) async fn commit(
        &mut self,
        mut steps: Vec<Step<'_>>,
        is_local: bool,
    ) -> Result<(), Uncommitted> {
        let session = self.current().map_err(Uncommitted::RolledBack)?;
        steps.push(Step::Run(if is_local { COMMIT_HERE } else { COMMIT }));
        let warnings = session.session.warnings();
        let Ok(answers) = timeout(COMMIT_MAX, session.send(&steps)).await else {
            let cause = format!("no answer to a commit within {} ms", COMMIT_MAX.as_millis());
            self.abort(&cause);
            return Err(Uncommitted::Unknown(Error::OutcomeUnknown { cause }));
        };
        let failed = answers.into_iter().find_map(Result::err);
        let outcome = match failed {
            None if session.session.warnings() == warnings => return Ok(()),
            None => {
                let cause = "PostgreSQL has warned while a commit was under way".to_owned();
                Uncommitted::Unknown(Error::OutcomeUnknown { cause })
            }
            Some(error) => match error_of(&error, &session.session, Stage::Commit) {
                unknown @ Error::OutcomeUnknown { .. } => Uncommitted::Unknown(unknown),
                unavailable @ Error::Unavailable { .. } if passes(&error) => {
                    Uncommitted::RolledBack(Failure::Passing(unavailable))
                }
                unavailable @ Error::Unavailable { .. } => {
                    Uncommitted::RolledBack(Failure::Transaction(unavailable))
                }
                error => Uncommitted::RolledBack(Failure::Statement(error)),
            },
        };
        self.drop();
        Err(outcome)
    }
}

/// Why a transaction has not begun.
enum NotBegun {
    Statement(tokio_postgres::Error),
    Row(Failure),
}

/// What the first flight tells. The first failure counts: those behind it follow from it.
fn begun(answers: Vec<Answer>) -> Result<Begun, NotBegun> {
    let answers: Result<Vec<Vec<Row>>, _> = answers.into_iter().collect();
    let mut answers = answers.map_err(NotBegun::Statement)?.into_iter().skip(2);
    let head = answers.next().unwrap_or_default();
    let (now_ms, head, has_standby) = read_head(&head)
        .map_err(|error| NotBegun::Row(Failure::Transaction(Error::internal(error))))?;
    Ok(Begun {
        head,
        now_ms,
        has_standby,
        answers: answers.collect(),
    })
}

/// The instant, where the events end, and whether a synchronous standby is named.
fn read_head(rows: &[Row]) -> Result<(i64, Head, bool), tokio_postgres::Error> {
    let [row] = rows else {
        return Ok((0, Head::default(), false));
    };
    let (position, mac): (Option<i64>, Option<Vec<u8>>) = (row.try_get(1)?, row.try_get(2)?);
    let head = position.zip(mac);
    let head = head.map(|(position, mac)| Head { position, mac });
    Ok((row.try_get(0)?, head.unwrap_or_default(), row.try_get(3)?))
}
