//! `keywright copy`: all of a database in an empty one of another engine, compared before a server can use it.
//! Leaves reading and writing rows to the engines, and the walk over the events to `verify_events`.

mod target;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_lc_rs::digest::{Context, SHA256};
use clap::Args;
use serde::Serialize;

use crate::cli::offline;
use crate::cli::progress::{Amount, Progress};
use crate::cli::verify_events;
use crate::database::{Hold, Location};
use crate::pepper::Home;
use keywright_model::peppers::Peppers;
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, Output, note};
use keywright_store::copy::{Row, TABLES, Table};
use keywright_store::{Depth, Maintenance, Marks, Proven, Schema};
use target::Target;

/// What the help says beyond the flags.
pub(crate) const HELP: &str = "\
Before:
  Stop every server of both databases, and take a backup. The target must be empty: a PostgreSQL database that was just
  created, or a file that is not there. Give the pepper as for the server of the source, with --config, KEYWRIGHT_PEPPER,
  or as the file beside a SQLite file.

What happens:
  The events of the source are proved, its rows are written in one transaction, and what was written is read again:
  the number and the digest of each table's rows, and the chain of the events, must be those of the source. Only
  then the target is there. A copy that was interrupted leaves nothing: run it again. The source stays as it is.

Afterwards:
  Start the servers on the target, with the same pepper (pepper.file or KEYWRIGHT_PEPPER), and none on the source.

Examples:
  keywright copy --from sqlite:/var/lib/keywright/keys.db --to postgres://kw@localhost/kw
  keywright copy --from postgres://kw@localhost/kw --to sqlite:keys.db --config keywright.toml

Exit codes:
  0   the target holds all that the source does, durably
  1   something unexpected happened: nothing was copied
  2   the command line or the configuration is wrong
  3   there is no such source
  5   refused: a server uses one of the two, the target is not empty, both are one, or the pepper is another one
  10  refused: the events of the source are not whole, see `keywright events verify`";

/// What to copy, and where to.
#[derive(Debug, Args)]
pub struct CopyFlags {
    /// Database to copy, `sqlite:FILE` or `postgres://USER@HOST/DBNAME`.
    #[arg(long, value_name = "URL")]
    from: String,
    /// Empty database that is to hold the same.
    #[arg(long, value_name = "URL")]
    to: String,
    /// Configuration file in TOML, as for `serve` [default: none].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// A copy that was made.
#[derive(Debug, Serialize)]
struct Copied {
    from: String,
    to: String,
    /// How many of each table.
    rows: BTreeMap<&'static str, u64>,
    events: i64,
    head: String,
    /// The same for two databases that hold the same rows, of whichever engine.
    sha256: String,
}

impl Card for Copied {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let count = |name| self.rows.get(name).copied().unwrap_or_default();
        vec![
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("keys", count("keys").to_string()),
            ("owners", count("owners").to_string()),
            ("events", format!("{}, all whole", self.events)),
            ("head", self.head.clone()),
            ("sha256", self.sha256.clone()),
        ]
    }
}

/// What the rows of a table come to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sum {
    count: u64,
    digest: Vec<u8>,
}

/// A sum under way.
struct Summing {
    count: u64,
    digest: Context,
    bytes: Vec<u8>,
}

impl Summing {
    fn of(table: &Table) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(table.column_names().as_bytes());
        Self {
            count: 0,
            digest,
            bytes: Vec::new(),
        }
    }

    fn add(&mut self, rows: &[Row]) {
        for row in rows {
            self.bytes.clear();
            for value in row {
                value.write(&mut self.bytes);
            }
            self.digest.update(&self.bytes);
            self.count += 1;
        }
    }

    fn end(self) -> Sum {
        Sum {
            count: self.count,
            digest: self.digest.finish().as_ref().to_vec(),
        }
    }
}

impl CopyFlags {
    /// Copies, prints what was copied, and says in the exit code how that went.
    ///
    /// `environment` as [`crate::config::Config::load`] takes it.
    #[must_use]
    pub fn run(&self, environment: impl Iterator<Item = (String, String)>) -> ExitCode {
        let attempt = || {
            let copied = self.copy(environment)?;
            self.output.show(&copied)
        };
        match attempt() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }

    fn copy(&self, environment: impl Iterator<Item = (String, String)>) -> Result<Copied, Failure> {
        let file = FileFlags {
            database: Some(self.from.clone()),
            config: self.config.clone(),
        };
        let config = offline::load(&file, environment)?;
        let (from, to) = (
            Location::at(&self.from, &config),
            Location::at(&self.to, &config),
        );
        check_kinds(from, to)?;
        let home = offline::home(&config)?;
        let progress = offline::progress()?;
        if from.inspect()?.is_none() {
            return Err(offline::no_database(from));
        }
        let held = hold(from)?;
        let mut source = from.inspect()?.ok_or_else(|| offline::no_database(from))?;
        let (peppers, _) = offline::pepper_of(source.as_ref(), &from.shown(), &home)?;
        check_source(source.as_ref(), from)?;
        let whole = prove(source.as_mut(), &peppers, &progress)?;
        let mut target = Target::begin(from, to)?;
        let sums = fill(source.as_ref(), &mut target, &progress)?;
        target.end(&whole.end)?;
        check(target.filled()?, &sums, &whole, &peppers, &progress)?;
        if progress.is_cancelled() {
            return Err(offline::stopped());
        }
        progress.begin("waiting for the disk", Amount::Unknown);
        target.finish()?;
        drop(source);
        drop((progress, held));
        remind(from, to, &home);
        let mut all = Context::new(&SHA256);
        for (_, sum) in &sums {
            all.update(&sum.digest);
        }
        let digits = all.finish();
        let digits = digits.as_ref().iter().map(|byte| format!("{byte:02x}"));
        Ok(Copied {
            from: from.shown(),
            to: to.shown(),
            rows: sums
                .iter()
                .map(|(table, sum)| (table.name, sum.count))
                .collect(),
            events: whole.end.position - whole.begin.position,
            head: whole.end.to_string(),
            sha256: digits.collect(),
        })
    }
}

/// Refuses two files.
fn check_kinds(from: Location<'_>, to: Location<'_>) -> Result<(), Failure> {
    if from.is_file() && to.is_file() {
        let help =
            "`keywright backup` makes a copy of a file, and `keywright restore` puts it in place";
        return Err(Failure::usage("both databases are files", help));
    }
    to.check().map_err(|error| {
        Failure::usage(
            format!("--to: {error:#}"),
            "as in postgres://USER@HOST/DBNAME",
        )
    })
}

/// A database that no server uses until this is dropped.
fn hold(location: Location<'_>) -> Result<Hold, Failure> {
    let unreachable = |error: anyhow::Error| {
        Failure::unexpected(format!("{error:#}"), "`keywright doctor` says more")
    };
    location.hold().map_err(unreachable)?.ok_or_else(|| {
        Failure::new(
            Exit::Invalid,
            format!(
                "a server uses {}, or another command works on it",
                location.shown()
            ),
            "stop all of its servers, wait for what else works on it, and run this again",
        )
    })
}

/// Refuses a source of another schema, or with rows that no copy takes along.
fn check_source(source: &dyn Maintenance, from: Location<'_>) -> Result<(), Failure> {
    let Schema { taken, known } = source.schema().map_err(anyhow::Error::from)?;
    if taken != known {
        return Err(Failure::new(
            Exit::Invalid,
            format!(
                "{} has schema {taken}, and a copy needs schema {known}",
                from.shown()
            ),
            "start a server of this version on it once, and stop it",
        ));
    }
    let left_out = from.tables_left_out()?;
    if left_out.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Invalid,
        format!(
            "{} holds rows that would be left out: {}",
            from.shown(),
            left_out.join(", ")
        ),
        "empty these tables if they are not keywright's, or use the keywright that has made them",
    ))
}

/// Proves the events, and answers where they begin and end.
fn prove(
    database: &mut dyn Maintenance,
    peppers: &Peppers,
    progress: &Progress,
) -> Result<Proven, Failure> {
    let walked = verify_events::walk(database, peppers, &mut Marks::default(), progress)?;
    walked.map_err(|broken| verify_events::not_whole(&broken))
}

/// Carries over all rows, and answers what those of each table come to.
fn fill(
    source: &dyn Maintenance,
    target: &mut Target,
    progress: &Progress,
) -> Result<Vec<(&'static Table, Sum)>, Failure> {
    let mut sums = Vec::new();
    for table in &TABLES {
        let unreadable = |error: &dyn std::fmt::Display| {
            if progress.is_cancelled() {
                return offline::stopped();
            }
            Failure::unexpected(
                format!("the source cannot be read: {error}"),
                "nothing was copied; `keywright doctor` names rows that cannot be read, and how they are mended",
            )
        };
        let count = source
            .count_rows(table)
            .map_err(|error| unreadable(&error))?;
        progress.begin(table.name, Amount::Rows(count.cast_unsigned()));
        let (handle, mut sum, mut failure) = (progress.handle(), Summing::of(table), None);
        let read = source.read_rows(table, &mut |rows| {
            sum.add(&rows);
            handle.advance(sum.count);
            let added = if handle.is_cancelled() {
                Err(offline::stopped())
            } else {
                target.add(table, rows)
            };
            added.map_err(|why| {
                failure = Some(why);
                anyhow::anyhow!("the copy has failed")
            })
        });
        if let Some(failure) = failure {
            return Err(failure);
        }
        read.map_err(|error| unreadable(&error))?;
        target.end_table()?;
        sums.push((table, sum.end()));
    }
    Ok(sums)
}

/// Reads what was written, and compares it with what was read.
fn check(
    filled: &mut dyn Maintenance,
    sums: &[(&'static Table, Sum)],
    whole: &Proven,
    peppers: &Peppers,
    progress: &Progress,
) -> Result<(), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| offline::unreadable(error, progress);
    for (table, expected) in sums {
        progress.begin("comparing", Amount::Rows(expected.count));
        let (handle, mut sum) = (progress.handle(), Summing::of(table));
        let read = filled.read_rows(table, &mut |rows| {
            sum.add(&rows);
            handle.advance(sum.count);
            anyhow::ensure!(!handle.is_cancelled(), "interrupted");
            Ok(())
        });
        read.map_err(|error| unreadable(&error))?;
        let count = filled
            .count_rows(table)
            .map_err(|error| unreadable(&error))?;
        if sum.end() != *expected || count.cast_unsigned() != expected.count {
            return Err(differs(&format!("the rows of {}", table.name)));
        }
    }
    progress.begin("checking the whole", Amount::Unknown);
    let damage = filled
        .damage(Depth::Full)
        .map_err(|error| unreadable(&error))?;
    if !damage.is_empty() {
        return Err(differs(&damage.join(", ")));
    }
    if prove(filled, peppers, progress)? != *whole {
        return Err(differs("the events"));
    }
    Ok(())
}

fn differs(what: &str) -> Failure {
    let what = format!("what was written is not what was read: {what}");
    Failure::unexpected(what, "nothing was kept; please report this")
}

/// Says what the servers of the target need.
fn remind(from: Location<'_>, to: Location<'_>, home: &Home) {
    let pepper = match home {
        Home::File(path) => format!(
            "the pepper of {}, as pepper.file or KEYWRIGHT_PEPPER",
            path.display()
        ),
        Home::Given(_) => "the pepper that this command was given".to_owned(),
    };
    note(&format!(
        "Servers on {} need {pepper}. {} is as it was: let no server use it any more.",
        to.shown(),
        from.shown()
    ));
}
