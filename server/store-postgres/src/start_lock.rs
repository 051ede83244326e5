//! The lock of a start: one server at a time agrees with the database, and makes what only the first start makes.
//! Leaves what is agreed and made to the server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use keywright_model::error::Error;
use keywright_store::StartLock;
use tokio::time::{Instant, sleep};
use tokio_postgres::Row;

use crate::error::{Stage, error_of, words};
use crate::flight::PreparedSession;

/// Tries to take the lock, which the session then holds until it ends. Its number is `kwstart`. Who waited for it in
/// PostgreSQL would run into `lock_timeout`, and keep an index from being made beside it.
pub(crate) const TRY: &str = "SELECT pg_try_advisory_lock(30249160265527924)";

/// Who holds it, and from where. PostgreSQL may keep from one role from where another is connected.
pub(crate) const HOLDER: &str = "SELECT l.pid, coalesce(host(a.client_addr), '')
     FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
         AND (l.classid::bigint << 32 | l.objid::bigint) = 30249160265527924
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Whether this session holds it.
pub(crate) const IS_HELD: &str = "SELECT EXISTS (SELECT FROM pg_locks
     WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND granted AND objsubid = 1
         AND (classid::bigint << 32 | objid::bigint) = 30249160265527924)";

/// How often it is tried.
const TRY_EVERY: Duration = Duration::from_millis(20);
/// How long one and the same server may hold it. A start takes less than a second, and any number may stand in line.
const HOLDER_MAX: Duration = Duration::from_secs(15);

/// The lock, held by a session.
pub(crate) struct SessionLock(Arc<PreparedSession>);

impl SessionLock {
    /// Waits for it.
    pub(crate) async fn take(session: Arc<PreparedSession>) -> anyhow::Result<Self> {
        let (mut holder, mut since) = (None, Instant::now());
        loop {
            let tried = ask(&session, TRY).await?;
            if tried.is_some_and(|row| row.get(0)) {
                return Ok(Self(session));
            }
            let found = ask(&session, HOLDER).await?;
            let found: Option<(i32, String)> = found.map(|row| (row.get(0), row.get(1)));
            if found != holder {
                (holder, since) = (found, Instant::now());
            }
            match &holder {
                Some((pid, address)) if since.elapsed() > HOLDER_MAX => {
                    let from = if address.is_empty() {
                        String::new()
                    } else {
                        format!(" from {address}")
                    };
                    bail!(
                        "another server{from} began to start more than {} s ago and is not done: see to it, or end its \
                         session with SELECT pg_terminate_backend({pid}), and start this one again",
                        HOLDER_MAX.as_secs()
                    )
                }
                _ => sleep(TRY_EVERY).await,
            }
        }
    }
}

#[async_trait]
impl StartLock for SessionLock {
    async fn check(&self) -> Result<(), Error> {
        let Self(session) = self;
        let answer = session.query(IS_HELD, Vec::new()).await;
        let rows =
            answer.map_err(|error| error_of(&error, &session.session, Stage::BeforeCommit))?;
        if rows.first().is_some_and(|row| row.get(0)) {
            return Ok(());
        }
        let cause = "the lock of the start was lost: start this server again".to_owned();
        Err(Error::Unavailable { cause })
    }
}

async fn ask(session: &PreparedSession, text: &'static str) -> anyhow::Result<Option<Row>> {
    let answer = session.query(text, Vec::new()).await;
    let rows = answer.map_err(|error| anyhow::anyhow!(words(&error)));
    let rows = rows.context("PostgreSQL does not answer who else is starting")?;
    Ok(rows.into_iter().next())
}
