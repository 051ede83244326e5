//! One transaction under way: what its changes name is loaded, each is decided, and what was decided is applied.
//! Leaves the transaction itself to `write`, and what must hold for a change to the rules.

use rusqlite::Connection;

use super::load::Loader;
use super::{apply, prune, tombstones};
use keywright_model::error::Error;
use keywright_store::cache::{Cache, Touched};
use keywright_store::event::Event;
use keywright_store::snapshot::NotLoaded;
use keywright_store::{
    Change, Decide, Decision, PepperStart, RowChange, Signers, Snapshot, Undecided, Write, Written,
};

/// What the changes of a batch have left behind so far.
pub(super) struct ChangeTransaction<'c, 'a> {
    pub(super) connection: &'c Connection,
    /// Sign the events, and with them where the kept ones begin.
    pub(super) signers: &'c Signers,
    /// The pepper that is used from behind this transaction on.
    pub(super) begins: Option<&'a PepperStart>,
    pub(super) rules: &'c dyn Decide,
    /// The instant of this very transaction.
    pub(super) now_ms: i64,
    /// What has become of the rows.
    pub(super) rows: Vec<RowChange>,
    /// What the events will say, oldest first.
    pub(super) events: Vec<Event<'a>>,
}

/// A batch that was made, and not yet committed.
pub(super) struct Made {
    /// What to answer, in the order of the writes.
    pub(super) outcomes: Vec<Result<Written, Error>>,
    /// What the memory must know once it is committed.
    pub(super) touched: Touched,
}

/// Why a batch cannot be made as a whole.
pub(super) enum Stop {
    /// A statement failed.
    Statement(rusqlite::Error),
    /// One of its changes rests on what another led to.
    NotLoaded(NotLoaded),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Statement(error)
    }
}

impl<'a> ChangeTransaction<'_, 'a> {
    /// Makes these changes, each on what those before it have left behind.
    pub(super) fn make(
        &mut self,
        writes: impl Iterator<Item = &'a Write> + Clone,
        cache: &Cache,
        position: i64,
    ) -> Result<Made, Stop> {
        let mut loader = Loader::new(self.connection, cache, position, self.now_ms);
        for write in writes.clone() {
            loader.load(write)?;
        }
        let mut snapshot = loader.finish();
        let mut outcomes = Vec::new();
        for write in writes {
            outcomes.push(self.make_one(&mut snapshot, write)?);
        }
        let touched = snapshot.touched(&self.rows, self.now_ms);
        Ok(Made { outcomes, touched })
    }

    fn make_one(
        &mut self,
        snapshot: &mut Snapshot,
        write: &'a Write,
    ) -> Result<Result<Written, Error>, Stop> {
        match &write.change {
            Change::FollowTombstones => {
                let has_more = tombstones::follow(self.connection)?;
                return Ok(Ok(Written::Followed { has_more }));
            }
            Change::BeginPepper(start) => {
                self.begins = Some(start);
                return Ok(Ok(Written::Noted));
            }
            Change::PruneEvents { before_ms } => return Ok(self.prune(write, *before_ms)?),
            _ => {}
        }
        let Decision {
            outcome,
            rows,
            events,
        } = match self.rules.decide(snapshot, write, self.now_ms) {
            Ok(decision) => decision,
            Err(Undecided::Refused(refusal)) => return Ok(Err(refusal)),
            Err(Undecided::NotLoaded(lacking)) => return Err(Stop::NotLoaded(lacking)),
        };
        for change in &rows {
            apply::apply(self.connection, change)?;
        }
        self.rows.extend(rows);
        self.events.extend(events);
        Ok(Ok(outcome))
    }

    fn prune(
        &mut self,
        write: &'a Write,
        before_ms: i64,
    ) -> rusqlite::Result<Result<Written, Error>> {
        let (signers, now_ms) = (self.signers, self.now_ms);
        let pruned = prune::prune(self.connection, signers, now_ms, &write.trail, before_ms)?;
        Ok(pruned.map(|(written, event)| {
            self.events.extend(event);
            written
        }))
    }
}
