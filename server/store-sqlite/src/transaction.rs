//! One transaction under way: what its changes name is loaded, each is decided, and what was decided is applied.
//! Leaves the transaction itself to `write`, and what must hold for a change to the rules.

use rusqlite::Connection;

use super::load::Loader;
use super::{apply, head, prune, tombstones};
use keywright_model::error::Error;
use keywright_store::cache::{Cache, Touched};
use keywright_store::event::{Event, Head};
use keywright_store::snapshot::NotLoaded;
use keywright_store::{
    Change, Decide, Decision, PepperStart, RowChange, Signers, Undecided, Write, Written,
};

/// What the changes of a batch have left behind so far.
pub(super) struct ChangeTransaction<'c> {
    connection: &'c Connection,
    /// Sign the events, and with them where the kept ones begin.
    signers: &'c Signers,
    /// The pepper that is used from behind this transaction on.
    begins: Option<Box<PepperStart>>,
    rules: &'c dyn Decide,
    loader: Loader<'c>,
    /// What to answer, in the order of the writes.
    outcomes: Vec<Result<Written, Error>>,
    /// What has become of the rows.
    rows: Vec<RowChange>,
    /// Where the events end.
    head: Head,
    /// The instant of the newest changes.
    now_ms: i64,
}

/// A batch that was made, and not yet committed.
pub(super) struct Made {
    /// What to answer, in the order of the writes.
    pub(super) outcomes: Vec<Result<Written, Error>>,
    /// What the memory must know once it is committed.
    pub(super) touched: Touched,
    /// Where the events end.
    pub(super) head: Head,
    /// The pepper that is used from behind that on.
    pub(super) begins: Option<Box<PepperStart>>,
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

impl<'c> ChangeTransaction<'c> {
    /// Nothing was made yet, and the events end at `head`.
    pub(super) fn new(
        connection: &'c Connection,
        signers: &'c Signers,
        rules: &'c dyn Decide,
        cache: &'c Cache,
        head: Head,
    ) -> Self {
        Self {
            connection,
            signers,
            begins: None,
            rules,
            loader: Loader::new(connection, cache, head.position),
            outcomes: Vec::new(),
            rows: Vec::new(),
            head,
            now_ms: 0,
        }
    }

    /// Makes these changes at this instant, each on what those before it have left behind.
    pub(super) fn make<'a>(
        &mut self,
        writes: impl Iterator<Item = &'a Write> + Clone,
        now_ms: i64,
    ) -> Result<(), Stop> {
        // A clock that is set back between two rounds does not take what was decided back.
        self.now_ms = self.now_ms.max(now_ms);
        let now_ms = self.now_ms;
        for write in writes.clone() {
            self.loader.load(write, now_ms)?;
        }
        let mut events = Vec::new();
        for write in writes {
            let outcome = self.make_one(write, &mut events)?;
            self.outcomes.push(outcome);
        }
        for event in &events {
            self.head = head::append(self.connection, event, &self.head, self.signers.newest())?;
        }
        Ok(())
    }

    /// What was made.
    pub(super) fn finish(self) -> Made {
        let touched = self.loader.snapshot.touched(&self.rows, self.now_ms);
        Made {
            outcomes: self.outcomes,
            touched,
            head: self.head,
            begins: self.begins,
        }
    }

    fn make_one<'a>(
        &mut self,
        write: &'a Write,
        events: &mut Vec<Event<'a>>,
    ) -> Result<Result<Written, Error>, Stop> {
        match &write.change {
            Change::FollowTombstones => {
                let has_more = tombstones::follow(self.connection)?;
                return Ok(Ok(Written::Followed { has_more }));
            }
            Change::BeginPepper(start) => {
                self.begins = Some(start.clone());
                return Ok(Ok(Written::Noted));
            }
            Change::PruneEvents { before_ms } => {
                let (signers, now_ms) = (self.signers, self.now_ms);
                let pruned =
                    prune::prune(self.connection, signers, now_ms, &write.trail, *before_ms)?;
                return Ok(pruned.map(|(written, event)| {
                    events.extend(event);
                    written
                }));
            }
            _ => {}
        }
        let snapshot = &mut self.loader.snapshot;
        let decision = match self.rules.decide(snapshot, write, self.now_ms) {
            Ok(decision) => decision,
            Err(Undecided::Refused(refusal)) => return Ok(Err(refusal)),
            Err(Undecided::NotLoaded(lacking)) => return Err(Stop::NotLoaded(lacking)),
        };
        let Decision {
            outcome,
            rows,
            events: told,
            ..
        } = decision;
        for change in &rows {
            apply::apply(self.connection, change)?;
        }
        self.rows.extend(rows);
        events.extend(told);
        Ok(Ok(outcome))
    }
}
