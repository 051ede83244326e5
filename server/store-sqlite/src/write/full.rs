//! The log on a full disk: merged by hand, and only where the database has room to grow by what is in it.
//! Leaves the room itself to `reserve`.

use std::io;

use super::WriterThread;
use super::jobs::Waiting;
use crate::checkpoint;
use crate::flush::reply;
use keywright_model::error::Error;

/// Pages of the log at which SQLite merges it by itself; 0 for never. A page that is changed again and again is
/// written back once for each time.
pub(super) const AUTOMATIC: u32 = 2000;
/// Bytes that a merge must leave: the next change, and the next start, need some, too.
const LEFT: u64 = 256 << 10;

impl WriterThread {
    /// Lets the reserve go.
    pub(super) fn make_room(&mut self) {
        self.reserve.let_go();
        self.merge_by_hand();
    }

    /// Whether every change is made: also if there is room again.
    pub(super) fn has_room(&mut self) -> bool {
        let was_let_go = self.reserve.is_let_go();
        let has_room = self.reserve.come_back();
        if was_let_go && has_room {
            self.set_automatic(AUTOMATIC);
        }
        has_room
    }

    /// From now on the log is merged here: a merge that finds no room half-way has used up all there was.
    pub(super) fn merge_by_hand(&self) {
        self.set_automatic(0);
        self.merge_if_affordable();
    }

    /// Merges the log, so that the next change is written over its beginning and needs no room of its own.
    pub(super) fn merge_if_affordable(&self) {
        if !self.can_merge() {
            return;
        }
        if let Err(error) = checkpoint(&self.connection, "PASSIVE") {
            tracing::debug!(%error, "the log goes on where it is");
        }
    }

    /// Whether the database has room to grow by what the log holds.
    pub(super) fn can_merge(&self) -> bool {
        let pragma = |name| {
            let value = self
                .connection
                .pragma_query_value(None, name, |row| row.get(0));
            value.map(i64::cast_unsigned).map_err(io::Error::other)
        };
        let growth = || -> io::Result<u64> {
            let len = pragma("page_count")?.saturating_mul(pragma("page_size")?);
            Ok(len.saturating_sub(self.files.database_len()?))
        };
        match (growth(), self.reserve.free()) {
            (Ok(growth), Some(free)) => growth + LEFT <= free,
            _ => false,
        }
    }

    fn set_automatic(&self, pages: u32) {
        let set = self
            .connection
            .pragma_update(None, "wal_autocheckpoint", pages);
        if let Err(error) = set {
            tracing::debug!(%error, "the log is merged as before");
        }
    }
}

/// Refuses what the full disk has no room for, and leaves what ends access.
pub(super) fn refuse_all_but_endings(batch: Vec<Waiting>) -> Vec<Waiting> {
    let (endings, others) = batch
        .into_iter()
        .partition(|(write, _)| write.change.only_ends_access());
    let others: Vec<Waiting> = others;
    for (_, answer) in others {
        let cause = "the disk is full: only what ends access is written".to_owned();
        reply(answer, Err(Error::Unavailable { cause }));
    }
    endings
}
