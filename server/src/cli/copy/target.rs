//! The empty database that a copy fills: held against servers, and given its place at the end.
//! Leaves what is written into it to the engines.

use crate::cli::backup::draft::Draft;
use crate::database::{DatabaseLock, Hold, Location};
use keywright_operator::failure::{Exit, Failure};
use keywright_store::copy::{CopyTarget, Row, Table};
use keywright_store::{Head, Maintenance};

use super::hold;

/// A database that is being filled. Dropped before its end, nothing of it is there.
pub(super) struct Target {
    filling: Box<dyn CopyTarget>,
    /// Of a file: its place, and where it is filled.
    file: Option<(DatabaseLock, Draft)>,
    _hold: Option<Hold>,
}

impl Target {
    /// Begins to fill `to` with what is in `from`.
    pub(super) fn begin(from: Location<'_>, to: Location<'_>) -> Result<Self, Failure> {
        if to.is_file() {
            return Self::begin_file(to);
        }
        let unreachable = |error: anyhow::Error| {
            Failure::unexpected(
                format!("{error:#}"),
                "nothing was copied; mend that, and run this again",
            )
        };
        let identity = to.identity().map_err(unreachable)?;
        if identity.is_some() && from.identity().map_err(unreachable)? == identity {
            return Err(Failure::new(
                Exit::Invalid,
                "both URLs name the same database",
                "name an empty one with --to",
            ));
        }
        to.make_schema().map_err(unreachable)?;
        let held = hold(to)?;
        let filling = to
            .fill(None)
            .map_err(|error| not_empty(to, &format!("{error:#}")))?;
        Ok(Self {
            filling,
            file: None,
            _hold: Some(held),
        })
    }

    fn begin_file(to: Location<'_>) -> Result<Self, Failure> {
        let place = to.lock_file()?.ok_or_else(|| {
            let what = format!("a server uses {}", to.shown());
            Failure::new(Exit::Invalid, what, "name a file that is not there yet")
        })?;
        if place.is_taken() {
            return Err(not_empty(to, "the file is there already"));
        }
        let unwritable = |error: &dyn std::fmt::Display| {
            let what = format!("{} cannot be written: {error}", place.path().display());
            Failure::unexpected(
                what,
                "its folder must be writable and have room for the whole database",
            )
        };
        let draft = Draft::beside(place.path()).map_err(|error| unwritable(&error))?;
        let filling = to.fill(Some(draft.path()));
        let filling = filling.map_err(|error| unwritable(&format!("{error:#}")))?;
        Ok(Self {
            filling,
            file: Some((place, draft)),
            _hold: None,
        })
    }

    pub(super) fn add(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), Failure> {
        self.filling.add(table, rows).map_err(failed)
    }

    pub(super) fn end_table(&mut self) -> Result<(), Failure> {
        self.filling.end_table().map_err(failed)
    }

    pub(super) fn end(&mut self, head: &Head) -> Result<(), Failure> {
        self.filling.end(head).map_err(failed)
    }

    pub(super) fn filled(&mut self) -> Result<&mut dyn Maintenance, Failure> {
        self.filling.filled().map_err(failed)
    }

    /// Gives it its place, durably.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.filling.finish().map_err(|error| {
            let help = "look whether it is there before running this again: a target that is not empty is refused, and \
                        `keywright events verify` proves one that is whole";
            Failure::unexpected(format!("{error:#}"), help)
        })?;
        let Some((place, draft)) = self.file else {
            return Ok(());
        };
        let aside = draft.path().with_extension("aside");
        let put = place.put(draft.path(), &aside);
        let put = put.and_then(|()| draft.sync_folder());
        put.map_err(|error| {
            let what = format!("{} cannot be put in place: {error}", place.path().display());
            Failure::unexpected(what, "its folder must be writable")
        })
    }
}

fn not_empty(to: Location<'_>, why: &str) -> Failure {
    Failure::new(
        Exit::Invalid,
        format!("{} cannot be filled: {why}", to.shown()),
        "name a file that is not there, or a PostgreSQL database that was just created; nothing was changed",
    )
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn failed(error: anyhow::Error) -> Failure {
    Failure::unexpected(
        format!("the target cannot be written: {error:#}"),
        "nothing was kept: mend that, and run this again",
    )
}
