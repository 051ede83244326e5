//! Rows of windows that are whole again are deleted, now and then, over a session of its own.
//! Leaves what a row holds to `transaction`.

use std::sync::Arc;

use tokio::task::{JoinHandle, spawn};

use crate::connection::{Access, Connector};
use crate::error::words;

/// So many new rows are made between two sweeps.
const ROWS_MANY: usize = 1 << 12;
/// A window is kept for so long after it is whole: a primary whose clock is a little behind asks for it, too.
const KEPT_MS: i64 = 60_000;
/// Rows that one statement deletes.
const DELETED_MAX: i64 = 10_000;

/// Whoever holds a row counts in it, so it stays.
const FORGET: &str = "WITH rested AS (
         SELECT id FROM rate_windows WHERE arrival_ms < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
     DELETE FROM rate_windows AS w USING rested WHERE w.id = rested.id";

/// When rows are to be deleted.
pub(super) struct Forgetting {
    connector: Arc<Connector>,
    created: usize,
    sweep: Option<JoinHandle<()>>,
}

impl Forgetting {
    pub(super) fn new(connector: Arc<Connector>) -> Self {
        Self {
            connector,
            created: 0,
            sweep: None,
        }
    }

    /// Notes that so many rows were made, and sweeps if they have become many.
    pub(super) fn note(&mut self, created: usize, now_ms: i64) {
        self.created += created;
        let is_under_way = |sweep: &JoinHandle<()>| !sweep.is_finished();
        if self.created < ROWS_MANY || self.sweep.as_ref().is_some_and(is_under_way) {
            return;
        }
        self.created = 0;
        let connector = Arc::clone(&self.connector);
        self.sweep = Some(spawn(async move {
            if let Err(why) = sweep(&connector, now_ms.saturating_sub(KEPT_MS)).await {
                tracing::debug!(why, "windows that are whole again are not deleted yet");
            }
        }));
    }
}

async fn sweep(connector: &Connector, before_ms: i64) -> Result<(), String> {
    let session = connector.connect(Access::ReadWrite).await;
    let session = session.map_err(|error| error.to_string())?;
    let client = session.client();
    let setup = client.batch_execute("SET synchronous_commit = off").await;
    setup.map_err(|error| words(&error))?;
    loop {
        let deleted = client.execute(FORGET, &[&before_ms, &DELETED_MAX]).await;
        if deleted.map_err(|error| words(&error))? < DELETED_MAX.unsigned_abs() {
            return Ok(());
        }
    }
}
