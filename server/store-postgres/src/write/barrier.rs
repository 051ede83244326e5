//! One barrier: a transaction that holds nothing, and comes back once the synchronous standby has all that was before it.
//! Leaves which changes wait for it to `barriers`.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio::time::{Instant, timeout_at};

use super::timeline::Timeline;
use crate::connection::{Access, Connector};
use crate::error::words;
use crate::flight::PreparedSession;

/// It writes to the log of PostgreSQL, so that its commit waits as one of rows would, and takes no lock. What it reads
/// says whether this is still the history that the changes were made in: elsewhere the wait would prove nothing.
const BARRIER: &str = "SELECT (SELECT mac FROM events WHERE position = $1), \
     pg_logical_emit_message(true, 'keywright', '')";
/// What was committed is to be proved also while nothing more is.
const SETUP: &str = "SET synchronous_commit = on; SET default_transaction_read_only = off";

/// How long the setup of a session may take.
const SETUP_MAX: Duration = Duration::from_secs(5);
/// How long a barrier that was given up may take to come back.
const CANCEL_MAX: Duration = Duration::from_secs(1);

/// A session in which one barrier after another waits.
pub(super) struct BarrierSession {
    connector: Arc<Connector>,
    prepared: PreparedSession,
    timeline: Timeline,
}

/// What a barrier that came back has read.
pub(super) struct Passed {
    /// The MAC at the position that was asked for.
    pub(super) mac: Option<Vec<u8>>,
    /// The timeline of the primary that it waited at.
    pub(super) timeline: Timeline,
}

/// Why a barrier proves nothing.
pub(super) enum Unproven {
    /// The session failed: another may do better.
    Lost(String),
    /// PostgreSQL has given the wait up, by a cancel or because it ends.
    Warned,
    /// It has not come back in time.
    Overdue,
}

impl BarrierSession {
    pub(super) async fn connect(connector: &Arc<Connector>) -> Result<Self, String> {
        let session = connector.connect(Access::ReadWrite).await;
        let session = session.map_err(|error| error.to_string())?;
        let setup = async {
            let timeline = Timeline::of(session.client()).await?;
            let prepared = PreparedSession::prepare(session, SETUP, &[BARRIER]).await?;
            Ok((timeline, prepared))
        };
        let (timeline, prepared) = match timeout(SETUP_MAX, setup).await {
            Ok(Ok(set_up)) => set_up,
            Ok(Err(error)) => return Err(words(&error)),
            Err(_) => return Err(format!("no answer within {} ms", SETUP_MAX.as_millis())),
        };
        Ok(Self {
            connector: Arc::clone(connector),
            prepared,
            timeline,
        })
    }

    /// Whether it has not ended, as far as is known.
    pub(super) fn lives(&self) -> bool {
        self.prepared.session.why_ended().is_none()
    }

    /// Waits at a barrier, and reads the MAC at a position.
    pub(super) async fn pass(&self, position: i64, until: Instant) -> Result<Passed, Unproven> {
        let session = &self.prepared.session;
        let warnings = session.warnings();
        let mut answer = std::pin::pin!(self.prepared.query(BARRIER, vec![Box::new(position)]));
        let Ok(answer) = timeout_at(until, &mut answer).await else {
            // PostgreSQL would let it wait for as long as the standby is away, and the next one beside it.
            self.connector.cancel(session).await;
            if timeout(CANCEL_MAX, answer).await.is_err() {
                session.abort("a barrier has not come back, and could not be cancelled");
            }
            return Err(Unproven::Overdue);
        };
        let rows = answer.map_err(|error| Unproven::Lost(words(&error)))?;
        if session.warnings() != warnings {
            return Err(Unproven::Warned);
        }
        let mac = rows.first().map(|row| row.try_get(0)).transpose();
        let mac = mac.map_err(|error| Unproven::Lost(error.to_string()))?;
        Ok(Passed {
            mac: mac.flatten(),
            timeline: self.timeline.clone(),
        })
    }
}
