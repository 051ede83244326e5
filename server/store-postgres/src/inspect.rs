//! A database as the commands see it: one snapshot, read-only, whether servers use it or not.
//! Leaves what is said of a finding to the commands, and the events to `inspect::events`.

mod digests;
mod events;
mod findings;
mod rows;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keywright_store::copy::{Row as CopiedRow, Table};
use keywright_store::{
    Broken, Depth, DigestCount, Finding, Head, Lost, Maintenance, MaintenanceError, Marks, Proven,
    Schema, Signers, UnreadableRow, Visit,
};
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSqlOwned, ToSql};
use uuid::Uuid;

use crate::background::Background;
use crate::connection::{Access, Connector};
use crate::error::words;
use crate::flight::Parameter;
use crate::migrate;
use crate::session::Session;
use crate::settings::Options;

/// The name is another than that of servers' sessions. Nothing that a command asks may run out of time, and it may take its time between two questions. What reads all of a
/// table needs no index for it.
const SETUP: &str = "SET application_name = 'keywright command'; SET statement_timeout = 0;
     SET idle_in_transaction_session_timeout = 0; SET enable_seqscan = on";
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
const SNAPSHOT_ANEW: &str = "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// How long the end of a session may take.
const ROLL_BACK_WITHIN: Duration = Duration::from_secs(1);

/// Tables of ours that are not there, indexes that PostgreSQL does not use, and pages that it could not read.
const DAMAGE: &str =
    "SELECT 'the table ' || name || ' is missing' FROM unnest($1::text[]) AS names (name)
         WHERE to_regclass('keywright.' || name) IS NULL
     UNION ALL
     SELECT 'the index ' || c.relname || ' is not valid' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relnamespace = to_regnamespace('keywright') AND NOT (i.indisvalid AND i.indisready)
     UNION ALL
     SELECT 'PostgreSQL has met ' || checksum_failures || ' pages with a wrong checksum' FROM pg_stat_database
         WHERE datname = current_database() AND checksum_failures > 0
     LIMIT 10";

/// A database, looked at in one snapshot. It takes no lock and changes nothing.
pub struct Inspection {
    link: Link,
}

/// A session of a command, and how its answers are waited for.
pub(crate) struct Link {
    pub(crate) background: Arc<Background>,
    pub(crate) session: Arc<Session>,
    is_over: Mutex<Option<IsOver>>,
    /// Whether a statement that fails is to begin the snapshot anew.
    is_snapshot: bool,
    /// Whether a transaction is open.
    is_open: AtomicBool,
}

type IsOver = Box<dyn FnMut() -> bool + Send>;

impl Inspection {
    /// Opens the database that a URL names: the primary or, where none can be used, a standby.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn open(url: &str, options: &Options) -> anyhow::Result<Self> {
        let link = Link::open(url, options, Access::ReadOnly, SNAPSHOT)?;
        Ok(Self::over(link, true))
    }

    /// What a session sees of its own transaction, too.
    pub(crate) fn over(mut link: Link, is_snapshot: bool) -> Self {
        link.is_snapshot = is_snapshot;
        Self { link }
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// How many steps of the schema were taken.
    fn taken(&self) -> Result<i64, MaintenanceError> {
        let rows = self.ask(migrate::FOREIGN_TABLES, Vec::new())?;
        let row = rows.first();
        let row = row.ok_or_else(|| other("PostgreSQL answers without a row"))?;
        let (is_ours, tables): (i64, String) = (get(row, 0)?, get(row, 1)?);
        match is_ours {
            0 if tables.is_empty() => Ok(0),
            0 => Err(other(migrate::MigrateError::Foreign { tables }.to_string())),
            _ => self.one("SELECT coalesce(max(number), 0) FROM migrations"),
        }
    }

    fn ask(
        &self,
        text: &str,
        values: Vec<Parameter<'static>>,
    ) -> Result<Vec<Row>, MaintenanceError> {
        self.link.ask(text, values)
    }

    /// The first column of the only row that a statement answers.
    fn one<T: FromSqlOwned>(&self, text: &str) -> Result<T, MaintenanceError> {
        let rows = self.ask(text, Vec::new())?;
        let row = rows.first();
        let row = row.ok_or_else(|| other("PostgreSQL answers without a row"))?;
        get(row, 0)
    }
}

impl Link {
    /// A session of a command, set up, and whatever it begins with.
    pub(crate) fn open(
        url: &str,
        options: &Options,
        access: Access,
        begin: &'static str,
    ) -> anyhow::Result<Self> {
        let connector = Connector::open(url, options)?;
        let background = Arc::new(Background::start()?);
        let session = background.wait(async move {
            let session = match connector.connect(Access::ReadWrite).await {
                Err(error) if access == Access::ReadOnly => {
                    let standby = connector.connect(access).await;
                    standby.map_err(|_| error)?
                }
                session => session?,
            };
            let set_up = session.client().batch_execute(SETUP).await;
            set_up.map_err(|error| anyhow::anyhow!(words(&error)))?;
            let answer = session.client().batch_execute(begin).await;
            answer.map_err(|error| anyhow::anyhow!(words(&error)))?;
            anyhow::Ok(session)
        })??;
        Ok(Self {
            background,
            session: Arc::new(session),
            is_over: Mutex::default(),
            is_snapshot: false,
            is_open: AtomicBool::new(begin.contains("BEGIN")),
        })
    }

    /// Asks, and waits for the answer unless the work is over meanwhile.
    pub(crate) fn ask(
        &self,
        text: &str,
        values: Vec<Parameter<'static>>,
    ) -> Result<Vec<Row>, MaintenanceError> {
        let (session, text) = (Arc::clone(&self.session), text.to_owned());
        let answer = self.wait(async move {
            let values: Vec<&(dyn ToSql + Sync)> =
                values.iter().map(|value| value.as_ref() as _).collect();
            session.client().query(&text, &values).await
        })?;
        answer.map_err(|error| self.failed(&error))
    }

    /// Runs commands without values.
    pub(crate) fn run(&self, text: &str) -> Result<(), MaintenanceError> {
        let (session, text) = (Arc::clone(&self.session), text.to_owned());
        let answer = self.wait(async move { session.client().batch_execute(&text).await })?;
        answer.map_err(|error| self.failed(&error))
    }

    /// Waits for something that is done in the background.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, MaintenanceError> {
        let is_over = || {
            let mut is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
            is_over.as_mut().is_some_and(|is_over| is_over())
        };
        let outcome = self.background.wait_unless(task, is_over);
        let outcome = outcome.map_err(|error| other(error.to_string()))?;
        outcome.ok_or_else(|| {
            self.session.abort("the command was interrupted");
            other("interrupted")
        })
    }

    /// Its transaction was committed.
    pub(crate) fn close(&self) {
        self.is_open.store(false, Ordering::Relaxed);
    }

    pub(crate) fn interrupt_if(&self, is_over: IsOver) {
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = Some(is_over);
    }

    /// What a failed statement means. A snapshot of which it was part is gone: another is begun.
    fn failed(&self, error: &tokio_postgres::Error) -> MaintenanceError {
        let mut text = words(error);
        if let Some(ended) = self.session.why_ended() {
            text = format!("{text}: {}", ended.words);
        } else if self.is_snapshot {
            let session = Arc::clone(&self.session);
            let anew = async move { session.client().batch_execute(SNAPSHOT_ANEW).await };
            if let Ok(Err(error)) = self.background.wait(anew) {
                tracing::debug!(error = words(&error), "no other snapshot could be begun");
            }
        }
        // What is wrong with a page or an index.
        let is_damage = error
            .code()
            .is_some_and(|code| code.code().starts_with("XX00"));
        let error = anyhow::anyhow!(text);
        if is_damage {
            MaintenanceError::Damaged(error)
        } else {
            MaintenanceError::Failed(error)
        }
    }
}

impl Drop for Link {
    /// PostgreSQL complains in its log of a session that ends inside a transaction.
    fn drop(&mut self) {
        if self.session.why_ended().is_some() || !*self.is_open.get_mut() {
            return;
        }
        let session = Arc::clone(&self.session);
        let rolled_back = self.background.wait(async move {
            let roll_back = session.client().batch_execute("ROLLBACK");
            timeout(ROLL_BACK_WITHIN, roll_back).await
        });
        if !matches!(rolled_back, Ok(Ok(Ok(())))) {
            tracing::debug!("a transaction ends with its session");
        }
    }
}

impl Maintenance for Inspection {
    fn interrupt_if(
        &mut self,
        is_over: Box<dyn FnMut() -> bool + Send>,
    ) -> Result<(), MaintenanceError> {
        self.link.interrupt_if(is_over);
        Ok(())
    }

    fn number(&self, statement: &str) -> Result<Option<i64>, MaintenanceError> {
        let rows = self.ask(statement, Vec::new())?;
        rows.first().map(|row| get(row, 0)).transpose()
    }

    fn schema(&self) -> Result<Schema, MaintenanceError> {
        Ok(Schema {
            taken: self.taken()?,
            known: migrate::known(),
        })
    }

    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, MaintenanceError> {
        let setting = "SELECT value FROM settings WHERE name = $1";
        let rows = self.ask(setting, vec![Box::new(name.to_owned())])?;
        rows.first().map(|row| get(row, 0)).transpose()
    }

    /// PostgreSQL keeps its files whole by itself: what it has noticed is told, whatever the depth.
    fn damage(&self, _depth: Depth) -> Result<Vec<String>, MaintenanceError> {
        let tables = keywright_store::copy::TABLES.iter();
        let tables: Vec<&str> = tables.map(|table| table.name).collect();
        if self.taken()? == 0 {
            return Ok(Vec::new());
        }
        let rows = self.ask(DAMAGE, vec![Box::new(tables)])?;
        rows.iter().map(|row| get(row, 0)).collect()
    }

    fn unreadable(&self) -> Result<Vec<UnreadableRow>, MaintenanceError> {
        self.find_unreadable()
    }

    fn count_digests(&self, now_ms: i64) -> Result<Vec<DigestCount>, MaintenanceError> {
        self.count_by_version(now_ms)
    }

    fn copy_len(&self) -> Result<i64, MaintenanceError> {
        Err(no_file())
    }

    fn copy_into(&self, _path: &Path) -> Result<(), MaintenanceError> {
        Err(no_file())
    }

    fn now_ms(&self) -> Result<Option<i64>, MaintenanceError> {
        let now = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        self.one(now).map(Some)
    }

    fn findings(&self, connections: usize) -> Result<Vec<Finding>, MaintenanceError> {
        self.find(connections)
    }

    fn read_rows(
        &self,
        table: &Table,
        take: &mut dyn FnMut(Vec<CopiedRow>) -> anyhow::Result<()>,
    ) -> Result<(), MaintenanceError> {
        self.read_all(table, take)
    }

    fn walk_events(
        &self,
        signers: &Signers,
        marks: &mut Marks,
        visit: &mut Visit<'_>,
    ) -> Result<Result<Proven, Broken>, MaintenanceError> {
        self.walk_all(signers, marks, visit)
    }

    fn checkpoint(&self, signers: &Signers) -> Result<Result<Head, Broken>, MaintenanceError> {
        self.pruned_up_to(signers)
    }

    fn lost_behind(&self, earlier: &Head, keys_max: u32) -> Result<Lost, MaintenanceError> {
        self.find_lost(earlier, keys_max)
    }

    fn not_revoked(&self, keys: &[Uuid]) -> Result<Vec<Uuid>, MaintenanceError> {
        self.find_not_revoked(keys)
    }
}

pub(crate) fn get<T: FromSqlOwned>(row: &Row, index: usize) -> Result<T, MaintenanceError> {
    row.try_get(index).map_err(|error| other(words(&error)))
}

pub(crate) fn other(text: impl Into<String>) -> MaintenanceError {
    MaintenanceError::Failed(anyhow::anyhow!(text.into()))
}

fn no_file() -> MaintenanceError {
    other("a PostgreSQL is no file: copy it with pg_dump or a base backup")
}
