//! `keywright undone`: what a database that was put back has forgotten, as an older copy of it tells.
//! Leaves what events tell to the engine, and putting a file back to `restore`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use uuid::Uuid;

use crate::cli::offline;
use crate::cli::verify_events;
use crate::config::Config;
use crate::database::Location;
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, Output, note};
use keywright_store::{Head, Lost, LostEvents, Maintenance, MaintenanceError, Marks};

/// At most this many keys that are good again are named.
const KEYS_MAX: u32 = 1000;
/// At most this many of them are shown on a terminal.
const KEYS_SHOWN_MAX: usize = 20;

/// What the help says beyond the flags.
pub(crate) const HELP: &str = "\
What is needed:
  the database that was put back, as --database or --config say, and the one from before, which --old names: kept
  beside it, or put back once more to its last moment. Both may be in use.

Examples:
  keywright undone --database postgres://kw@localhost/kw --old postgres://kw@localhost/kw_before
  keywright undone --config keywright.toml --old sqlite:keys.db.before-restore-20261122T063320Z

Exit codes:
  0   done: what is undone is printed
  1   a database cannot be read
  2   the command line or the configuration is wrong
  3   there is no such database
  5   the pepper is missing or another one, or the old database is no later state of the other
  10  the events of the database that was put back are not whole";

/// Which databases to compare.
#[derive(Debug, Args)]
pub struct UndoneFlags {
    /// The database from before, which knows more.
    #[arg(long, value_name = "URL")]
    old: String,
    #[command(flatten)]
    file: FileFlags,
    #[command(flatten)]
    output: Output,
}

/// What was done behind the state that a database was put back to.
#[derive(Debug, Serialize)]
pub(super) struct Undone {
    events: i64,
    keys_issued: i64,
    keys_rotated: i64,
    keys_revoked: i64,
    tokens_revoked: i64,
    /// Those of the revoked keys that the database knows, the last revoked first.
    good_again: Vec<Uuid>,
}

impl From<LostEvents> for Undone {
    fn from(lost: LostEvents) -> Self {
        Self {
            events: lost.count,
            keys_issued: lost.issued,
            keys_rotated: lost.rotated,
            keys_revoked: lost.revoked,
            tokens_revoked: lost.revoked_tokens,
            good_again: lost.revoked_keys,
        }
    }
}

/// What an old database tells about what is undone.
pub(super) enum Told {
    /// Nothing: there is none that can be read, or that the new one is an earlier state of.
    Nothing,
    Undone(Undone),
    /// Nothing: the events behind this position are no longer kept in it.
    InExport {
        behind: i64,
    },
}

/// Two databases that were compared.
#[derive(Debug, Serialize)]
struct Compared {
    database: String,
    old: String,
    head: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    undone: Option<Undone>,
    /// The position behind which an export must tell it, because the old database has pruned events since.
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_in_export_behind: Option<i64>,
}

impl Card for Compared {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("database", self.database.clone()),
            ("old", self.old.clone()),
            ("head", self.head.clone()),
        ];
        if let Some(undone) = &self.undone {
            facts.push(("undone", format!("{} events", undone.events)));
            facts.push(("good again", undone.good_again.len().to_string()));
        }
        facts
    }
}

/// What `old` knows that `new`, whose events end at `head`, does not.
pub(super) fn compare(
    old: &dyn Maintenance,
    new: &dyn Maintenance,
    head: &Head,
) -> Result<Told, MaintenanceError> {
    Ok(match old.lost_behind(head, KEYS_MAX)? {
        Lost::Unrelated => Told::Nothing,
        Lost::Pruned { .. } => Told::InExport {
            behind: head.position,
        },
        Lost::Since(lost) => {
            let good_again = new.not_revoked(&lost.revoked_keys)?;
            Told::Undone(Undone {
                good_again,
                ..lost.into()
            })
        }
    })
}

/// Says where it is told what is undone.
pub(super) fn say_where(behind: i64) {
    note(&format!(
        "What that was is told by an export: the old database has pruned the events behind position {behind}. \
         Pass the export that holds them, and the events that the old database still keeps, through\n  \
         jq -r 'select(.action == \"key.revoked\" and .position > {behind}) | .target_id' EXPORT\n\
         and, once the server runs again, revoke the keys that it names anew."
    ));
}

impl Undone {
    /// Says what it is, and what to do about it.
    pub(super) fn say(&self) {
        note(&format!(
            "Undone: {} events, among them {} keys issued, {} rotated and {} revoked.",
            self.events, self.keys_issued, self.keys_rotated, self.keys_revoked
        ));
        if self.tokens_revoked > 0 {
            note(&format!(
                "{} access tokens were revoked, too, and are good again until they end: the events of the old database \
                 name their client keys, to be revoked if that cannot be waited for.",
                self.tokens_revoked
            ));
        }
        if self.good_again.is_empty() {
            return;
        }
        note("Once the server runs again, revoke these anew:");
        for id in self.good_again.iter().take(KEYS_SHOWN_MAX) {
            note(&format!("  keywright keys revoke {id}"));
        }
        let more = self.good_again.len().saturating_sub(KEYS_SHOWN_MAX);
        if more > 0 {
            note(&format!(
                "  and {more} more: with --json all are named, up to {KEYS_MAX}"
            ));
        }
    }
}

impl UndoneFlags {
    /// Compares, prints what is undone, and says in the exit code how that went.
    ///
    /// `environment` as [`Config::load`] takes it.
    #[must_use]
    pub fn run(&self, environment: impl Iterator<Item = (String, String)>) -> ExitCode {
        let attempt = || {
            let config = offline::load(&self.file, environment)?;
            let compared = self.compare(&config)?;
            match (&compared.undone, compared.undone_in_export_behind) {
                (Some(undone), _) => undone.say(),
                (None, Some(behind)) => say_where(behind),
                (None, None) => {}
            }
            self.output.show(&compared)
        };
        match attempt() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }

    fn compare(&self, config: &Config) -> Result<Compared, Failure> {
        let (location, old_location) = (Location::of(config), Location::at(&self.old, config));
        let home = offline::home(config)?;
        let progress = offline::progress()?;
        let found = location.inspect()?;
        let mut new = found.ok_or_else(|| offline::no_database(location))?;
        let found = old_location.inspect()?;
        let old = found.ok_or_else(|| offline::no_database(old_location))?;
        let (peppers, _) = offline::pepper_of(new.as_ref(), &location.shown(), &home)?;
        offline::known_of(old.as_ref(), &old_location.shown())?;
        let proven = verify_events::walk(new.as_mut(), &peppers, &mut Marks::default(), &progress)?;
        let head = proven
            .map_err(|broken| verify_events::not_whole(&broken))?
            .end;
        let told = compare(old.as_ref(), new.as_ref(), &head);
        let told = told.map_err(|error| offline::unreadable(&error, &progress))?;
        drop(progress);
        let (undone, undone_in_export_behind) = match told {
            Told::Nothing => {
                return Err(Failure::new(
                    Exit::Invalid,
                    format!(
                        "{} is no later state of {}: event {} stands in one of them only, or is another one there",
                        old_location.shown(),
                        location.shown(),
                        head.position
                    ),
                    "name with --old the database from before this one was put back, and with --database the latter",
                ));
            }
            Told::Undone(undone) => (Some(undone), None),
            Told::InExport { behind } => (None, Some(behind)),
        };
        Ok(Compared {
            database: location.shown(),
            old: old_location.shown(),
            head: head.to_string(),
            undone,
            undone_in_export_behind,
        })
    }
}
