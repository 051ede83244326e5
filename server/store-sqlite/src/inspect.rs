//! A database file as the commands see it, read-only, whether a server uses it or not; and a copy of it.
//! Leaves what is said of a finding to the commands, and the events to `event_chain`.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use uuid::Uuid;

use super::database_lock::{LOGS, beside};
use super::event_chain::{self, is_damage};
use super::open::MIGRATIONS;
use super::{copy, digests, settings, unreadable};
use keywright_store::copy::{Row, Table};
use keywright_store::{
    Broken, Depth, DigestCount, Finding, Head, Lost, Maintenance, MaintenanceError, Marks, Proven,
    Schema, Signers, UnreadableRow, Visit,
};

/// SQLite's steps between two looks at whether to go on.
const STEPS: i32 = 10_000;
/// How often a file that is not in use is looked at, if servers start or stop meanwhile.
const LOOKS_MAX: usize = 5;

/// A database file, open to be looked at. It takes no lock and changes nothing.
pub struct Inspection {
    connection: Connection,
    path: PathBuf,
    /// What the file was like when it was found not in use.
    unused: Option<Stamp>,
}

/// What any write to a file changes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp([i64; 6]);

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self([
            file.dev().cast_signed(),
            file.ino().cast_signed(),
            file.size().cast_signed(),
            file.mtime(),
            file.mtime_nsec(),
            file.ctime(),
        ])
    }
}

/// Refuses a folder, which SQLite takes for a disk that fails.
pub(super) fn refuse_folder(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    ensure!(
        !path.is_dir(),
        "the database {shown} is a folder: name a file in it, as in sqlite:{shown}/keywright.db"
    );
    Ok(())
}

impl Inspection {
    /// Opens a file; `None` if there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(path: &Path) -> anyhow::Result<Option<Self>> {
        refuse_folder(path)?;
        let is_there = path.try_exists();
        if !is_there.with_context(|| format!("cannot look for {}", path.display()))? {
            return Ok(None);
        }
        let attempt = || -> anyhow::Result<Self> {
            // A file without a log beside it is not in use: it is read as it lies there, for
            // SQLite would leave an empty log behind.
            let stamp = Stamp::of(&path.metadata()?);
            let unused = (!log(path).exists()).then_some(stamp);
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_URI;
            let connection = Connection::open_with_flags(uri(path, unused.is_some()), flags)?;
            Ok(Self {
                connection,
                path: path.to_owned(),
                unused,
            })
        };
        attempt()
            .map(Some)
            .with_context(|| format!("cannot open {}", path.display()))
    }

    /// Opens a file, and looks at it; anew, if a server began to use it meanwhile. `None` if there is none.
    ///
    /// # Errors
    /// When the file cannot be read, or the look fails.
    pub fn look<T, E: From<anyhow::Error>>(
        path: &Path,
        busy_timeout: Duration,
        mut look: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        for _ in 0..LOOKS_MAX {
            let Some(mut inspection) = Self::open(path)? else {
                return Ok(None);
            };
            let timeout = inspection.connection.busy_timeout(busy_timeout);
            timeout.map_err(anyhow::Error::from)?;
            let outcome = look(&mut inspection);
            if inspection.is_still() {
                return outcome.map(Some);
            }
        }
        Err(E::from(anyhow::anyhow!(
            "sqlite:{} changes hands all the time: servers start and stop on it",
            path.display()
        )))
    }

    /// Whether a file that was not in use has remained so: what was read of it is true.
    fn is_still(&self) -> bool {
        self.unused.is_none_or(|stamp| {
            let now = self.path.metadata().map(|file| Stamp::of(&file));
            now.is_ok_and(|now| now == stamp) && !log(&self.path).exists()
        })
    }

    /// A number that a pragma tells.
    fn pragma(&self, name: &str) -> Result<i64, MaintenanceError> {
        let row = self
            .connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get(0));
        row.map_err(failed)
    }
}

impl Inspection {
    /// Rows that refer to one that is not there, ten at most: the writer does not look for them.
    fn orphans(&self) -> rusqlite::Result<Vec<String>> {
        let mut check = self.connection.prepare("PRAGMA foreign_key_check")?;
        let orphans = check.query_map([], |row| {
            let (table, row_number, parent) = (
                row.get::<_, String>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, String>(2)?,
            );
            let row_number = row_number.unwrap_or_default();
            Ok(format!(
                "row {row_number} of {table} refers to a row of {parent} that is not there"
            ))
        })?;
        orphans.take(10).collect()
    }
}

impl Maintenance for Inspection {
    fn interrupt_if(
        &mut self,
        is_over: Box<dyn FnMut() -> bool + Send>,
    ) -> Result<(), MaintenanceError> {
        let handled = self.connection.progress_handler(STEPS, Some(is_over));
        handled.map_err(failed)
    }

    fn number(&self, statement: &str) -> Result<Option<i64>, MaintenanceError> {
        let found = self.connection.query_row(statement, [], |row| row.get(0));
        found.optional().map_err(failed)
    }

    fn schema(&self) -> Result<Schema, MaintenanceError> {
        Ok(Schema {
            taken: self.pragma("user_version")?,
            known: i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX),
        })
    }

    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, MaintenanceError> {
        settings::read(&self.connection, name).map_err(failed)
    }

    fn damage(&self, depth: Depth) -> Result<Vec<String>, MaintenanceError> {
        let check = match depth {
            Depth::Quick => "PRAGMA quick_check(10)",
            Depth::Full => "PRAGMA integrity_check(10)",
        };
        let lines = || {
            let mut check = self.connection.prepare(check)?;
            let lines = check.query_map([], |row| row.get(0))?;
            lines.collect::<rusqlite::Result<Vec<String>>>()
        };
        let mut lines = lines().map_err(failed)?;
        lines.retain(|line| line != "ok");
        if depth == Depth::Full {
            lines.extend(self.orphans().map_err(failed)?);
        }
        Ok(lines)
    }

    fn unreadable(&self) -> Result<Vec<UnreadableRow>, MaintenanceError> {
        unreadable::find(&self.connection).map_err(failed)
    }

    fn count_digests(&self, now_ms: i64) -> Result<Vec<DigestCount>, MaintenanceError> {
        digests::count_by_version(&self.connection, now_ms).map_err(failed)
    }

    fn copy_len(&self) -> Result<i64, MaintenanceError> {
        let pages = self.pragma("page_count")? - self.pragma("freelist_count")?;
        Ok(pages.saturating_mul(self.pragma("page_size")?))
    }

    fn copy_into(&self, path: &Path) -> Result<(), MaintenanceError> {
        let attempt = || {
            let path = path
                .to_str()
                .with_context(|| format!("{} must be UTF-8", path.display()))?;
            ensure!(path.starts_with('/'), "{path} must be an absolute path");
            self.connection.execute("VACUUM INTO ?1", [path])?;
            Ok(())
        };
        attempt().map_err(failed)
    }

    fn now_ms(&self) -> Result<Option<i64>, MaintenanceError> {
        Ok(None)
    }

    fn findings(&self, _connections: usize) -> Result<Vec<Finding>, MaintenanceError> {
        Ok(Vec::new())
    }

    fn read_rows(
        &self,
        table: &Table,
        take: &mut dyn FnMut(Vec<Row>) -> anyhow::Result<()>,
    ) -> Result<(), MaintenanceError> {
        copy::read(&self.connection, table, take).map_err(failed)
    }

    fn walk_events(
        &self,
        signers: &Signers,
        marks: &mut Marks,
        visit: &mut Visit<'_>,
    ) -> Result<Result<Proven, Broken>, MaintenanceError> {
        event_chain::walk_all(&self.connection, signers, marks, visit).map_err(failed)
    }

    fn checkpoint(&self, signers: &Signers) -> Result<Result<Head, Broken>, MaintenanceError> {
        event_chain::pruned_up_to(&self.connection, signers).map_err(failed)
    }

    fn lost_behind(&self, earlier: &Head, keys_max: u32) -> Result<Lost, MaintenanceError> {
        event_chain::lost_behind(&self.connection, earlier, keys_max).map_err(failed)
    }

    fn not_revoked(&self, keys: &[Uuid]) -> Result<Vec<Uuid>, MaintenanceError> {
        event_chain::not_revoked(&self.connection, keys).map_err(failed)
    }
}

pub(super) fn failed(error: impl Into<anyhow::Error>) -> MaintenanceError {
    let error = error.into();
    if is_damage(&error) {
        MaintenanceError::Damaged(error)
    } else {
        MaintenanceError::Failed(error)
    }
}

/// The files that a database at `path` consists of, and those that a server keeps beside it.
#[must_use]
pub fn files_of(path: &Path) -> [PathBuf; 5] {
    ["", "-wal", "-shm", ".lock", ".reserve"].map(|suffix| beside(path, suffix))
}

/// The log beside a file that is to be one whole database, if there is one: it holds a part of that.
#[must_use]
pub fn log_beside(path: &Path) -> Option<PathBuf> {
    let mut logs = LOGS.iter().map(|suffix| beside(path, suffix));
    logs.find(|log| log.metadata().is_ok_and(|log| log.len() > 0))
}

/// The log beside a database.
pub(super) fn log(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// The file as SQLite names it.
pub(super) fn uri(path: &Path, is_unused: bool) -> String {
    let how = if is_unused { "?immutable=1" } else { "" };
    let name = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{name}{how}")
}
