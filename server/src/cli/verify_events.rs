//! `keywright events verify`: whether the events in a database, and those that were exported from it before
//! they were pruned, are as servers wrote them.
//! Leaves the walk over them to `store`, writing an export to `export`, and reading one to `exported`.

mod export;
mod exported;
mod sink;

use std::process::ExitCode;

use serde::Serialize;

use crate::cli::offline::{home, load, no_database, pepper_of, progress, signers_of, unreadable};
use crate::cli::progress::{Amount, Progress};
use crate::database::Location;
pub use export::export;
use exported::prove_exports;
use keywright_model::peppers::Peppers;
use keywright_operator::Verification;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, note};
use keywright_store::{Broken, Head, Maintenance, Marks, Proven};

/// Verifies, prints what was found, and says it in the exit code.
///
/// `environment` as [`Config::load`](crate::config::Config::load) takes it.
#[must_use]
pub fn verify(
    verification: &Verification<'_>,
    environment: impl Iterator<Item = (String, String)>,
) -> ExitCode {
    match attempt(verification, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn attempt(
    verification: &Verification<'_>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<(), Failure> {
    if let Some(stray) = verification.stray {
        return Err(Failure::usage(
            format!("`events verify` asks no server, and takes no {stray}"),
            "run it where the database lies, and name that with --database",
        ));
    }
    let kept = verification.head.map(str::parse::<Head>).transpose();
    let kept = kept.map_err(|error| Failure::usage(error.to_string(), "as in --head 27:0a1b…"))?;
    let config = load(verification.file, environment)?;
    let home = home(&config)?;
    let progress = progress()?;
    let location = Location::of(&config);
    let found = location.look(|database| {
        let (peppers, _) = pepper_of(database, &location.shown(), &home)?;
        let mut marks = Marks::new(kept.as_ref());
        prove_exports(
            verification.exports,
            database,
            &peppers,
            &mut marks,
            &progress,
        )?;
        walk(database, &peppers, &mut marks, &progress)
    })?;
    drop(progress);
    let proven = found
        .ok_or_else(|| no_database(location))?
        .map_err(|broken| not_whole(&broken))?;
    verification.output.show(&Whole::of(&proven))?;
    if !verification.output.is_json() && kept.is_none() {
        note("Keep the head somewhere else, and pass it the next time: --head POSITION:MAC");
    }
    Ok(())
}

/// Walks the events of a database, and shows how far it has come.
///
/// # Errors
/// Also when a head that was kept lies before the kept events, and nothing else was walked that leads up to them.
pub(crate) fn walk(
    database: &mut dyn Maintenance,
    peppers: &Peppers,
    marks: &mut Marks,
    progress: &Progress,
) -> Result<Result<Proven, Broken>, Failure> {
    let signers = match signers_of(database, peppers) {
        Ok(Ok(signers)) => signers,
        Ok(Err(broken)) => return Ok(Err(broken)),
        Err(error) => return Err(unreadable(&error, progress)),
    };
    let handle = progress.handle();
    let stop = progress.handle();
    let readable = database.interrupt_if(Box::new(move || stop.is_cancelled()));
    let outcome = readable.and_then(|()| {
        // Where even this cannot be read, the walk will say why.
        let newest = database.newest_position().unwrap_or_default();
        progress.begin("verifying events", Amount::Events(newest.cast_unsigned()));
        database.walk_events(&signers, marks, &mut |walked, _| {
            // Often enough for an eye, and not so often that it costs anything.
            let position = walked.head.position;
            if position % 1024 == 0 {
                handle.advance(position.cast_unsigned());
            }
            Ok(())
        })
    });
    let proven = outcome.map_err(|error| unreadable(&error, progress))?;
    match (&proven, marks.missed()) {
        (Ok(proven), Some(kept)) => Err(needs_export(kept, &proven.begin)),
        _ => Ok(proven),
    }
}

/// A head that was kept is of an event that was pruned since.
fn needs_export(kept: &Head, begin: &Head) -> Failure {
    Failure::new(
        Exit::Invalid,
        format!(
            "the head is of event {}, and the events up to {} were pruned since: the database alone cannot prove \
             that it goes on from there",
            kept.position, begin.position
        ),
        format!(
            "pass the export that holds the events behind {} to `keywright events verify`, with --export FILE, or \
             a head from position {} on",
            kept.position, begin.position
        ),
    )
}

/// What there is to say of events that are not whole.
pub(crate) fn not_whole(broken: &Broken) -> Failure {
    let Broken { position, what } = broken;
    Failure::new(
        Exit::NotWhole,
        format!("the events are not whole at position {position}: {what}"),
        format!(
            "all before position {position} is as a server wrote it. Keep a copy of the database, find out \
             who could write to it or take it for another one, and restore a backup from before"
        ),
    )
}

/// Events that are as servers wrote them.
#[derive(Debug, Serialize)]
struct Whole {
    events: i64,
    head: String,
    /// The position up to which events were pruned, if any were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pruned: Option<i64>,
}

impl Whole {
    fn of(proven: &Proven) -> Self {
        Self {
            events: proven.end.position - proven.begin.position,
            head: proven.end.to_string(),
            pruned: Some(proven.begin.position).filter(|position| *position > 0),
        }
    }
}

impl Card for Whole {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("events", format!("{}, all whole", self.events)),
            ("head", self.head.clone()),
        ];
        let pruned = self
            .pruned
            .map(|position| format!("up to position {position}"));
        facts.extend(pruned.map(|pruned| ("pruned", pruned)));
        facts
    }
}
