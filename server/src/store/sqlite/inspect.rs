//! A look at a database file from outside, read-only, whether a server uses it or not.
//! Leaves what is found to be judged by `doctor`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::MIGRATIONS;

/// A database file, open to be looked at. It takes no lock and changes nothing.
pub struct Inspection {
    connection: Connection,
}

/// How far the schema of a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The steps that were taken; 0 when the file is new.
    pub taken: i64,
    /// The steps that this keywright knows.
    pub known: i64,
}

impl Inspection {
    /// Opens the file that `url` names; `None` if there is none.
    ///
    /// # Errors
    /// When the URL is of another engine, or the file cannot be read.
    pub fn open(url: &str) -> anyhow::Result<Option<Self>> {
        let path = url
            .strip_prefix("sqlite:")
            .context("only a file of SQLite can be looked at")?;
        let path = PathBuf::from(path);
        let is_there = path.try_exists();
        if !is_there.with_context(|| format!("cannot look for {}", path.display()))? {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(uri(&path), flags)
            .with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Some(Self { connection }))
    }

    /// How far the schema has come.
    ///
    /// # Errors
    /// When the file cannot be read, or is no database.
    pub fn schema(&self) -> rusqlite::Result<Schema> {
        let version = "PRAGMA user_version";
        Ok(Schema {
            taken: self.connection.query_row(version, [], |row| row.get(0))?,
            known: i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX),
        })
    }

    /// What is damaged, in SQLite's words; nothing when the file is whole.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn damage(&self) -> rusqlite::Result<Vec<String>> {
        let mut check = self.connection.prepare("PRAGMA quick_check(10)")?;
        let lines = check.query_map([], |row| row.get(0))?;
        let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// A setting that the server keeps beside the keys.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn setting(&self, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        let sql = "SELECT value FROM settings WHERE name = ?1";
        self.connection
            .query_row(sql, [name], |row| row.get(0))
            .optional()
    }

    /// When the newest event happened, Unix milliseconds; `None` before the first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_event_at_ms(&self) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT at_ms FROM events ORDER BY position DESC LIMIT 1";
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .optional()
    }
}

/// The file as SQLite names it. A file without a log beside it is in nobody's use: it is read as it
/// lies there, for SQLite would leave an empty log behind.
fn uri(path: &Path) -> String {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let how = if Path::new(&log).exists() {
        ""
    } else {
        "?immutable=1"
    };
    let name = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{name}{how}")
}
