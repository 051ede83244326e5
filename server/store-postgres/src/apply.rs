//! What was decided, written as sets: changes of one kind share a statement where none between them is in the way.
//! Leaves what is decided to the rules, and which changes share one to `groups`.

mod events;
mod groups;
mod statements;

use keywright_store::{RowChange, Snapshot};

use crate::flight::Step;
pub(crate) use events::Appended;
use groups::{Group, group};
pub(crate) use statements::all as statements;

/// What writes these changes, in an order that comes to the same as theirs. `after` has the keys as they are then.
///
/// A statement that finds no row where it must find one fails, and with it the transaction: what was decided rests on
/// something else then.
pub(crate) fn steps<'a>(
    changes: &'a [RowChange],
    after: &Snapshot,
) -> Result<Vec<Step<'a>>, String> {
    let mut steps = Vec::new();
    for Group { kind, changes } in group(changes, after) {
        let (text, values) = kind.statement(&changes)?;
        steps.push(Step::Query(text, values));
        if kind == groups::ChangeKind::DeleteOwner {
            let (text, values) = statements::set_tombstones(&changes);
            steps.push(Step::Query(text, values));
        }
    }
    Ok(steps)
}
