//! The log: how it is written, begun anew before it grows without end, written once more after a flush that has failed,
//! and merged at the end.
//! Leaves a full disk to `full`.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::WriterThread;
use super::full::AUTOMATIC;
use crate::open::keep_log_at_close;
use crate::{checkpoint, log_left};
use keywright_model::error::Error;
use keywright_store::LeftUndone;

/// Bytes of the log from which on it is begun anew by force: SQLite itself begins at 8 MiB, and seldom fails.
pub(super) const LOG_LEN_MAX: u64 = 16 << 20;
/// Bytes of the log that are written once more at a time.
const REWRITTEN_LEN: usize = 1 << 20;
/// How long readers of an older state are waited for then.
const READERS_PATIENCE: Duration = Duration::from_millis(100);

/// Pages that the writer keeps in memory, in KiB: the indexes of half a million keys.
const PAGES_KIB: i32 = 32 << 10;

/// Sets the connection up for the writer.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // The log is flushed by a thread of its own, and by SQLite before it is merged.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", AUTOMATIC)?;
    connection.pragma_update(None, "cache_size", -PAGES_KIB)?;
    // Every row that a new one refers to was loaded and decided on, and neither keys nor owners are ever deleted:
    // looking the owner up again is a fifth of what a new key costs.
    connection.pragma_update(None, "foreign_keys", false)
}

impl WriterThread {
    /// Merges the log into the database; closing alone would be silent where that cannot be done.
    pub(super) fn end(self) -> Result<(), LeftUndone> {
        let merged = if self.reserve.is_let_go() && !self.can_merge() {
            keep_log_at_close(&self.connection, true)
                .map_err(|error| error.to_string())
                .and(Err("the disk is full".to_owned()))
        } else {
            match checkpoint(&self.connection, "TRUNCATE") {
                Ok(true) => Ok(()),
                Ok(false) => Err("another program reads an old state of it".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        };
        if let Err((_, error)) = self.connection.close() {
            tracing::error!(%error, "cannot close the database");
        }
        merged.map_err(|cause| log_left(&cause))
    }

    /// Begins the log anew where readers that overlap without end have kept SQLite from it.
    ///
    /// Readers of an older state are waited for, but not long: a backup may read for hours.
    pub(super) fn bound_log(&mut self) {
        let len = self.files.log_len();
        if len < self.log_len_max || self.reserve.is_let_go() {
            return;
        }
        match self.restart_log() {
            Ok(true) => self.log_len_max = LOG_LEN_MAX,
            Ok(false) => {
                tracing::info!(log_len = len, "the log grows: a reader keeps an old state");
                self.log_len_max = len + LOG_LEN_MAX;
            }
            Err(error) => {
                tracing::warn!(%error, log_len = len, "the log could not be merged into the database");
                self.log_len_max = len + LOG_LEN_MAX;
            }
        }
    }

    /// Merges the log into the database, so that the next change is written over its beginning; `false` if a
    /// reader keeps an old state.
    fn restart_log(&self) -> rusqlite::Result<bool> {
        let connection = &self.connection;
        let patience: u32 =
            connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
        connection.busy_timeout(READERS_PATIENCE)?;
        let is_merged = checkpoint(connection, "RESTART");
        connection.busy_timeout(Duration::from_millis(patience.into()))?;
        is_merged
    }

    /// Writes the log once more after a flush that has failed, and at the first change of a process: a later flush may
    /// succeed over pages that were lost.
    ///
    /// # Errors
    /// `Unavailable` while that cannot be done.
    pub(super) fn renew_log(&mut self) -> Result<(), Error> {
        if !self.flusher.is_in_doubt() {
            return Ok(());
        }
        rewrite(&mut self.connection, self.files.log()).map_err(|error| Error::Unavailable {
            cause: format!("the log may lack something, and cannot be written once more: {error}"),
        })?;
        tracing::debug!("the log was written once more and flushed");
        self.flusher.trust_log();
        Ok(())
    }
}

/// Writes the log over itself and flushes it. What a process before this one has left, or a flush that failed, may be in
/// the memory of the system alone, where no flush looks for it any more.
pub(super) fn rewrite(connection: &mut Connection, log: &Path) -> anyhow::Result<()> {
    // Nothing else writes to the log meanwhile.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let log = File::options().read(true).write(true).open(log)?;
    let mut bytes = vec![0; REWRITTEN_LEN];
    let mut offset = 0;
    loop {
        let len = log.read_at(&mut bytes, offset)?;
        if len == 0 {
            break;
        }
        log.write_all_at(&bytes[..len], offset)?;
        offset += len as u64;
    }
    log.sync_all()?;
    transaction.rollback()?;
    Ok(())
}
