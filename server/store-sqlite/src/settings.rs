//! The settings that a server keeps beside the keys, and how a command changes them beside a server that runs.
//! Leaves what they mean to those who keep them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};

use super::inspect::{self, log, uri};
use super::open::keep_log_at_close;
use keywright_model::secret::Pepper;
use keywright_store::{MaintenanceError, SettingsChange};

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

/// Keeps a setting, unless it is there already, and reads what it then holds.
pub(super) fn keep(connection: &Connection, name: &str, value: &[u8]) -> rusqlite::Result<Vec<u8>> {
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        (name, value),
    )?;
    let kept = read(connection, name)?;
    kept.ok_or(rusqlite::Error::QueryReturnedNoRows)
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

/// Changes settings of the file, which a server may be using: it waits for one transaction. What fails changes nothing.
///
/// # Errors
/// When the file is not there or cannot be written, or `change` fails.
pub fn change<T, E: From<anyhow::Error>>(
    path: &Path,
    busy_timeout: Duration,
    change: impl FnOnce(&dyn SettingsChange) -> Result<T, E>,
) -> Result<T, E> {
    let failed = |error: rusqlite::Error| {
        let failure = anyhow::Error::from(error);
        E::from(failure.context(format!("cannot change {}", path.display())))
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    // What a server that was killed has left in its log is left to the next one.
    let has_log = log(path).exists();
    let mut connection = Connection::open_with_flags(uri(path, false), flags).map_err(failed)?;
    keep_log_at_close(&connection, has_log).map_err(failed)?;
    connection.busy_timeout(busy_timeout).map_err(failed)?;
    connection.execute_batch(DURABLE).map_err(failed)?;
    let outcome = {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let outcome = change(&Changing(&transaction))?;
        transaction.commit().map_err(failed)?;
        outcome
    };
    connection.close().map_err(|(_, error)| failed(error))?;
    Ok(outcome)
}

/// The transaction in which settings are changed.
struct Changing<'c>(&'c Connection);

impl SettingsChange for Changing<'_> {
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, MaintenanceError> {
        read(self.0, name).map_err(inspect::failed)
    }

    fn change_setting(&self, name: &str, value: &[u8]) -> Result<(), MaintenanceError> {
        put(self.0, name, value).map_err(inspect::failed)
    }

    fn drop_setting(&self, name: &str) -> Result<(), MaintenanceError> {
        drop(self.0, name).map_err(inspect::failed)
    }

    fn append_event(&self, _detail: String, _signer: &Pepper) -> Result<(), MaintenanceError> {
        Err(MaintenanceError::Failed(anyhow::anyhow!(
            "one server alone uses a file: what it is configured with is not agreed on"
        )))
    }
}
