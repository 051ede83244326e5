//! The changes of a batch, decided one after another on one snapshot.
//! Leaves loading it, and writing what was decided, to `transaction`.

use keywright_model::error::Error;
use keywright_store::event::Event;
use keywright_store::{Decide, Decision, RowChange, Snapshot, Undecided, Write, Written};

use super::failure::Failure;

/// What the changes of a batch come to.
pub(super) struct Decided<'w> {
    /// What to answer, in the order of the writes: fewer than there are, if the next rests on what these have led to.
    pub(super) outcomes: Vec<Result<Written, Error>>,
    pub(super) rows: Vec<RowChange>,
    pub(super) events: Vec<Event<'w>>,
    /// The rows as they are then.
    pub(super) snapshot: Snapshot,
}

impl<'w> Decided<'w> {
    /// Decides them at this instant.
    pub(super) fn of(
        writes: impl Iterator<Item = &'w Write>,
        mut snapshot: Snapshot,
        rules: &dyn Decide,
        now_ms: i64,
    ) -> Result<Self, Failure> {
        let (mut outcomes, mut rows, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for write in writes {
            match rules.decide(&mut snapshot, write, now_ms) {
                Ok(Decision {
                    outcome,
                    rows: changed,
                    events: told,
                    ..
                }) => {
                    outcomes.push(Ok(outcome));
                    rows.extend(changed);
                    events.extend(told);
                }
                Err(Undecided::Refused(refusal)) => outcomes.push(Err(refusal)),
                Err(Undecided::NotLoaded(lacking)) if outcomes.is_empty() => {
                    return Err(Failure::NotLoaded(lacking));
                }
                // It is loaded once those before it are committed.
                Err(Undecided::NotLoaded(_)) => break,
            }
        }
        Ok(Self {
            outcomes,
            rows,
            events,
            snapshot,
        })
    }

    /// Whether everything is as it was before.
    pub(super) fn changes_nothing(&self) -> bool {
        let mut made = self.outcomes.iter().flatten();
        made.all(Written::changes_nothing)
    }
}
