//! The last position that was acknowledged, kept in the lock file: what is lost of the database, or put in its
//! place from an earlier time, is seen at the next start.
//! Leaves the lock itself to `sqlite`.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::ensure;

/// Digits of a position, padded so that every write is as long as the last.
const DIGITS: usize = 19;

/// What was acknowledged, written behind every commit.
///
/// It is not flushed: after a power cut it may be an earlier position, never a later one than what the
/// database had flushed before.
pub(super) struct AcknowledgedPosition(File);

impl AcknowledgedPosition {
    /// What the lock file testifies.
    pub(super) fn in_lock_file(lock: File) -> Self {
        Self(lock)
    }

    /// Makes sure that a database whose events end at `head` holds all that was acknowledged.
    ///
    /// # Errors
    /// When it does not, with what to do about it.
    pub(super) fn check(&self, head: i64, path: &Path) -> anyhow::Result<()> {
        let known = self.position().unwrap_or(0);
        ensure!(
            head >= known,
            "the database {path} ends at event {head}, but event {known} was acknowledged: its log \
             {path}-wal is damaged or missing, or this is an older copy. What was revoked since would be good \
             again. Put the newest files back; to go on with what is here, remove {path}.lock",
            path = path.display()
        );
        Ok(())
    }

    /// Notes that everything up to `position` is about to be acknowledged.
    pub(super) fn note(&self, position: i64) {
        let text = format!("{position:0DIGITS$}\n");
        if let Err(error) = self.0.write_all_at(text.as_bytes(), 0) {
            // An earlier position testifies less, and nothing wrong.
            tracing::debug!(%error, "the position could not be noted in the lock file");
        }
    }

    /// Takes back what a lock file testifies: another database is about to lie beside it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn forget(lock: &File) -> std::io::Result<()> {
        lock.set_len(0)?;
        lock.sync_all()
    }

    fn position(&self) -> Option<i64> {
        let mut text = [0; DIGITS];
        self.0.read_exact_at(&mut text, 0).ok()?;
        std::str::from_utf8(&text).ok()?.parse().ok()
    }
}
