//! The settings that a server keeps beside the keys, and how a command changes them beside a server that runs.
//! Leaves what they mean to whoever keeps them.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior};

use super::inspect::{log, uri};
use super::open::keep_log_at_close;

/// A commit is on the disk, and what it replaces is nowhere in the file any more.
const DURABLE: &str =
    "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON;";

/// A setting; `None` if there is none of this name.
pub(super) fn read(connection: &Connection, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Keeps a setting in the place of what it was.
pub(super) fn put(connection: &Connection, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection
        .execute(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
        .map(std::mem::drop)
}

/// Forgets a setting.
pub(super) fn drop(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection
        .execute("DELETE FROM settings WHERE name = ?1", [name])
        .map(std::mem::drop)
}

/// A change of settings under way: no server writes meanwhile, and all of it is made or nothing.
pub struct SettingsChange<'c>(Transaction<'c>);

impl SettingsChange<'_> {
    /// Changes settings of the database that `url` names, which a server may be using: it waits for one transaction.
    /// What fails changes nothing.
    ///
    /// # Errors
    /// When the URL is of another engine, the file is not there or cannot be written, or `change` fails.
    pub fn make<T, E: From<anyhow::Error>>(
        url: &str,
        busy_timeout: Duration,
        change: impl FnOnce(&SettingsChange<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = url
            .strip_prefix("sqlite:")
            .context("only a file of SQLite can be changed")?;
        let path = Path::new(path);
        let failed = |error: rusqlite::Error| {
            let failure = anyhow::Error::from(error);
            E::from(failure.context(format!("cannot change {}", path.display())))
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        // What a server that was killed has left in its log is left to the next one.
        let has_log = log(path).exists();
        let mut connection =
            Connection::open_with_flags(uri(path, false), flags).map_err(failed)?;
        keep_log_at_close(&connection, has_log).map_err(failed)?;
        connection.busy_timeout(busy_timeout).map_err(failed)?;
        connection.execute_batch(DURABLE).map_err(failed)?;
        let outcome = {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(failed)?;
            let changing = SettingsChange(transaction);
            let outcome = change(&changing)?;
            changing.0.commit().map_err(failed)?;
            outcome
        };
        connection.close().map_err(|(_, error)| failed(error))?;
        Ok(outcome)
    }

    /// A setting as it is now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        read(&self.0, name)
    }

    /// Keeps a setting in the place of what it was.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn put(&self, name: &str, value: &[u8]) -> rusqlite::Result<()> {
        put(&self.0, name, value)
    }

    /// Forgets a setting.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn drop(&self, name: &str) -> rusqlite::Result<()> {
        drop(&self.0, name)
    }
}
