//! Work on a database from outside, beside a server or without one: check, copy, and walk its events.
//! Leaves what is said of a finding to the commands, and files and rows to the engine.

use std::path::Path;

use uuid::Uuid;

use crate::copy::{Row, Table};
use crate::event::{Head, Sealed};
use crate::export::ExportedEvent;
use crate::marks::Marks;
use crate::signers::Signers;
use keywright_model::secret::Pepper;

/// What a row of the tokens that were revoked is called.
pub const REVOKED_TOKEN: &str = "revoked token";

/// A database that is looked at from outside. It takes no lock and changes nothing.
pub trait Maintenance {
    /// Asks `is_over` now and then during long work, and interrupts it once that says so.
    ///
    /// # Errors
    /// When the connection is in use.
    fn interrupt_if(
        &mut self,
        is_over: Box<dyn FnMut() -> bool + Send>,
    ) -> Result<(), MaintenanceError>;

    /// The number in the only column of the first row that a statement answers, in words that every engine reads;
    /// `None` without a row.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn number(&self, statement: &str) -> Result<Option<i64>, MaintenanceError>;

    /// How far the schema has come.
    ///
    /// # Errors
    /// When the database cannot be read, or is none.
    fn schema(&self) -> Result<Schema, MaintenanceError>;

    /// A setting that the server keeps beside the keys.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, MaintenanceError>;

    /// What is damaged, in the engine's words; nothing when the database is whole.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn damage(&self, depth: Depth) -> Result<Vec<String>, MaintenanceError>;

    /// The rows of which something cannot be read; only of the newest schema.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn unreadable(&self) -> Result<Vec<UnreadableRow>, MaintenanceError>;

    /// How many keys there are, in any state.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn count_keys(&self) -> Result<i64, MaintenanceError> {
        Ok(self.number("SELECT count(*) FROM keys")?.unwrap_or(0))
    }

    /// How many keys are digested under each version of the pepper, the oldest first; only of the newest schema.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn count_digests(&self, now_ms: i64) -> Result<Vec<DigestCount>, MaintenanceError>;

    /// About how many bytes a copy has.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn copy_len(&self) -> Result<i64, MaintenanceError>;

    /// Writes all that is in the database, as of one snapshot, into a file that is empty or not there.
    ///
    /// # Errors
    /// When the database cannot be read, or the file not be written.
    fn copy_into(&self, path: &Path) -> Result<(), MaintenanceError>;

    /// The position that the newest event seems to have: how far a walk has to go.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn newest_position(&self) -> Result<i64, MaintenanceError> {
        let newest = "SELECT position FROM events ORDER BY position DESC LIMIT 1";
        Ok(self.number(newest)?.unwrap_or(0))
    }

    /// What the database's own clock says, Unix milliseconds; `None` where it goes by this machine's.
    ///
    /// # Errors
    /// When the database does not tell.
    fn now_ms(&self) -> Result<Option<i64>, MaintenanceError>;

    /// What there is to know of the server that keeps the database, and is not keywright's own; of an engine that has
    /// one. `connections` is how many each of ours makes.
    ///
    /// # Errors
    /// When it does not tell.
    fn findings(&self, connections: usize) -> Result<Vec<Finding>, MaintenanceError>;

    /// How many rows a table has.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn count_rows(&self, table: &Table) -> Result<i64, MaintenanceError> {
        let count = self.number(&format!("SELECT count(*) FROM {}", table.name))?;
        Ok(count.unwrap_or(0))
    }

    /// Reads all rows of a table in the order of its first column, some at a time; only of the newest schema.
    ///
    /// # Errors
    /// When the database, or a value of a row, cannot be read, or `take` fails.
    fn read_rows(
        &self,
        table: &Table,
        take: &mut dyn FnMut(Vec<Row>) -> anyhow::Result<()>,
    ) -> Result<(), MaintenanceError>;

    /// When the newest event happened, Unix milliseconds; `None` before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn newest_event_at_ms(&self) -> Result<Option<i64>, MaintenanceError> {
        self.number("SELECT at_ms FROM events ORDER BY position DESC LIMIT 1")
    }

    /// Walks all events in one snapshot, and answers where they begin and end, or where they are broken first.
    ///
    /// `signers` are what signs events, `marks` what other walks have found or must find. `visit` hears of each
    /// event, and of the end that the database has written.
    ///
    /// # Errors
    /// When the database cannot be read, for another reason than damage, or when `visit` fails.
    fn walk_events(
        &self,
        signers: &Signers,
        marks: &mut Marks,
        visit: &mut Visit<'_>,
    ) -> Result<Result<Proven, Broken>, MaintenanceError>;

    /// The last event that was pruned, or what is wrong with what is written about it.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn checkpoint(&self, signers: &Signers) -> Result<Result<Head, Broken>, MaintenanceError>;

    /// What was done behind `earlier`, the head of another state of this database.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn lost_behind(&self, earlier: &Head, keys_max: u32) -> Result<Lost, MaintenanceError>;

    /// Those of some keys that are here and were not revoked.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn not_revoked(&self, keys: &[Uuid]) -> Result<Vec<Uuid>, MaintenanceError>;
}

/// A change of settings under way: no server writes meanwhile, and all of it is made or nothing.
pub trait SettingsChange {
    /// A setting as it is now.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, MaintenanceError>;

    /// Keeps a setting in the place of what it was.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn change_setting(&self, name: &str, value: &[u8]) -> Result<(), MaintenanceError>;

    /// Forgets a setting.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn drop_setting(&self, name: &str) -> Result<(), MaintenanceError>;

    /// Appends an event that says what was changed for all servers, signed as theirs are.
    ///
    /// # Errors
    /// When the database cannot be written, or one server alone uses it: that agrees with itself.
    fn append_event(&self, detail: String, signer: &Pepper) -> Result<(), MaintenanceError>;
}

/// What hears of each event of a walk, and of the end that the database has written.
pub type Visit<'a> = dyn FnMut(&Walked<'_>, &Head) -> anyhow::Result<()> + 'a;

/// Why work on a database did not come to its end; its text is the engine's.
#[derive(Debug, thiserror::Error)]
pub enum MaintenanceError {
    /// The database is damaged, or none.
    #[error(transparent)]
    Damaged(anyhow::Error),
    /// Anything else, an interruption among it.
    #[error(transparent)]
    Failed(anyhow::Error),
}

/// What was found about something, and the remedy if it is bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub grade: Grade,
    /// What it is about, in a word.
    pub subject: &'static str,
    /// The finding, in the engine's words.
    pub text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// All is well.
    Ok,
    /// A server works with it, and an operator should know.
    Warning,
    /// It keeps a server from working, or its promises from being kept.
    Failed,
}

/// How much of a database is looked at for damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What can be checked fast enough beside a server.
    Quick,
    /// Indexes and constraints, too; takes several times as long.
    Full,
}

/// How many keys are digested under one version of the pepper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestCount {
    /// The version.
    pub version: u32,
    /// Those that work.
    pub live: i64,
    /// Those that would if they were enabled.
    pub disabled: i64,
    /// Those that never will again.
    pub ended: i64,
}

/// How far the schema of a database has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The steps that were taken; 0 when the database is new.
    pub taken: i64,
    /// The steps that this keywright knows.
    pub known: i64,
}

/// A row that cannot be read, or in part only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRow {
    /// What it is a row of: `key`, `user`, `organization`, or [`REVOKED_TOKEN`].
    pub noun: &'static str,
    /// Its id; where that is among what cannot be read, its place in the table.
    pub id: String,
    /// The members that cannot be read.
    pub members: Vec<&'static str>,
}

/// The first place at which events are not as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The events before this position are whole.
    pub position: i64,
    /// What is wrong there.
    pub what: String,
}

/// What a database knows that an earlier state of it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The other state is no earlier one of this database.
    Unrelated,
    /// What was done since is told by events that are no longer kept, up to this position.
    Pruned {
        /// The position of the last event that was pruned.
        position: i64,
    },
    /// What was done since.
    Since(LostEvents),
}

/// What was done behind a position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostEvents {
    /// How many events.
    pub count: i64,
    /// How many keys were issued: they are unknown there.
    pub issued: i64,
    /// How many keys were replaced by others: the old ones are good again, the new ones are not.
    pub rotated: i64,
    /// How many keys were revoked: they are good again.
    pub revoked: i64,
    /// How many access tokens were revoked: they are good again, until they end.
    pub revoked_tokens: i64,
    /// The keys that were revoked, the last first; at most as many as were asked for.
    pub revoked_keys: Vec<Uuid>,
}

/// Events that are as servers wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Where those that were pruned end; the beginning of all before the first pruning.
    pub begin: Head,
    /// Where they end.
    pub end: Head,
}

/// An event that a walk has come by, and found as it was written.
pub struct Walked<'a> {
    /// Where the events end with this one.
    pub head: &'a Head,
    /// Where the walk began.
    pub begin: &'a Head,
    sealed: &'a Sealed<'a>,
}

impl<'a> Walked<'a> {
    /// The event of which `head` is the end, of a walk that began at `begin`.
    #[must_use]
    pub fn new(sealed: &'a Sealed<'a>, head: &'a Head, begin: &'a Head) -> Self {
        Self {
            head,
            begin,
            sealed,
        }
    }

    /// When it happened, Unix milliseconds.
    #[must_use]
    pub fn at_ms(&self) -> i64 {
        self.sealed.at_ms
    }

    /// The event as an export holds it; `None` if it holds what no server writes.
    #[must_use]
    pub fn exported(&self) -> Option<ExportedEvent> {
        ExportedEvent::of(self.sealed, self.head).ok()
    }
}
