//! The session that writes, and what is done where another's holds the lock and does nothing.
//! Leaves the transactions in it to `transaction`.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use keywright_model::error::Error;
use tokio::time::timeout;

use super::LastFailure;
use super::failure::Failure;
use super::timeline::Timeline;
use crate::connection::{Access, Connector};
use crate::error::words;
use crate::flight::{PreparedSession, Step};
use crate::load::LOCK_ID;
use crate::refusal::ConnectError;
use crate::{apply, load};

/// A commit is on the primary's disk, and on that of a synchronous standby where one is named, before it is answered.
/// And every statement finds its rows by an index, however small the tables were when it was planned.
///
/// From 17 on a role may have a limit to the length of its transactions; these have limits of their own.
const SETUP: &str = "SET synchronous_commit = on; SET enable_seqscan = off; \
     SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";

/// How long its setup may take.
const SETUP_MAX: Duration = Duration::from_secs(5);

/// Ends the session that has held the lock for more than two seconds and does nothing with it: a server that was
/// stopped between its flights. `idle_in_transaction_session_timeout` does that where PostgreSQL knows the session to
/// be idle; one whose answers are not read counts as active. A commit that waits for a synchronous standby goes on.
static END_FROZEN_HOLDER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT pg_terminate_backend(a.pid)
         FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
             AND (l.classid::bigint << 32 | l.objid::bigint) = {LOCK_ID}
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND a.wait_event IS DISTINCT FROM 'SyncRep'
             AND a.state_change < clock_timestamp() - interval '2 seconds'"
    )
});

/// Makes the session when it is needed, and again after it has failed.
pub(super) struct WritingSession {
    connector: Arc<Connector>,
    prepared: Option<PreparedSession>,
    /// Where the newest session is.
    timeline: Option<Timeline>,
    failure: Arc<LastFailure>,
}

impl WritingSession {
    pub(super) fn new(connector: Arc<Connector>, failure: Arc<LastFailure>) -> Self {
        Self {
            connector,
            prepared: None,
            timeline: None,
            failure,
        }
    }

    /// The session, which may have ended since it was last used.
    pub(super) async fn get(&mut self) -> Result<&PreparedSession, Error> {
        let prepared = self.prepared.take();
        let lives = prepared.filter(|prepared| prepared.session.why_ended().is_none());
        let prepared = if let Some(prepared) = lives {
            prepared
        } else {
            let connected = self.connect().await;
            self.failure.set(connected.as_ref().err().cloned());
            connected?
        };
        Ok(self.prepared.insert(prepared))
    }

    /// The session in which a transaction has begun: where it has ended no other may take its place, since what is sent
    /// there would be in no transaction.
    pub(super) fn current(&self) -> Result<&PreparedSession, Failure> {
        let prepared = self.prepared.as_ref();
        let ended = prepared.map(|prepared| (prepared, prepared.session.why_ended()));
        let cause = match ended {
            Some((prepared, None)) => return Ok(prepared),
            Some((_, Some(ended))) => ended.words,
            None => "it was let go of".to_owned(),
        };
        let cause = format!("the session has ended before its changes were sent: {cause}");
        Err(Failure::Passing(Error::Unavailable { cause }))
    }

    /// The timeline on which the newest session writes.
    pub(super) fn timeline(&self) -> Option<Timeline> {
        self.timeline.clone()
    }

    /// Whether PostgreSQL answers.
    pub(super) async fn check(&mut self) -> Result<(), Error> {
        let session = self.get().await?;
        let answer = timeout(SETUP_MAX, session.send(&[Step::Run("SELECT 1")])).await;
        let cause = match answer.map(|mut answers| answers.pop()) {
            Ok(Some(Ok(_))) => return Ok(()),
            Ok(Some(Err(error))) => words(&error),
            Ok(None) | Err(_) => format!("no answer within {} ms", SETUP_MAX.as_millis()),
        };
        self.abort(&cause);
        Err(Error::Unavailable { cause })
    }

    /// Lets go of a session in which something has failed: what was not committed in it ends with it.
    pub(super) fn drop(&mut self) {
        self.prepared = None;
    }

    /// Ends it at once, where nothing is heard of it any more.
    pub(super) fn abort(&mut self, why: &str) {
        if let Some(prepared) = self.prepared.take() {
            prepared.session.abort(why);
        }
    }

    /// Ends the session of another server that holds the lock and does nothing.
    pub(super) async fn end_frozen_holder(&mut self) -> Result<(), Error> {
        let session = self.get().await?;
        let ended = session.query(&END_FROZEN_HOLDER, Vec::new()).await;
        let ended = ended.map_err(|error| Error::Unavailable {
            cause: words(&error),
        })?;
        if !ended.is_empty() {
            tracing::warn!(
                "another session held the lock of the events for more than two seconds and did nothing: it was ended"
            );
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<PreparedSession, Error> {
        let session = self.connector.connect(Access::ReadWrite).await?;
        let mut statements = load::statements();
        statements.extend(apply::statements());
        statements.extend(super::own_work::STATEMENTS);
        statements.push(&END_FROZEN_HOLDER);
        let prepared = async {
            let timeline = Timeline::of(session.client()).await?;
            let prepared = PreparedSession::prepare(session, SETUP, &statements).await?;
            Ok((timeline, prepared))
        };
        let why = match timeout(SETUP_MAX, prepared).await {
            Ok(Ok((timeline, prepared))) => {
                self.timeline = Some(timeline);
                return Ok(prepared);
            }
            Ok(Err(error)) => words(&error),
            Err(_) => format!("no answer within {} ms", SETUP_MAX.as_millis()),
        };
        let failures = vec![("the session that writes cannot be set up".to_owned(), why)];
        Err(ConnectError { failures }.into())
    }
}
