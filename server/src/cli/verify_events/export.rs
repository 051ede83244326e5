//! `keywright events export`: the events of a database as lines of JSON, proved while they are written.
//! Leaves what is in a line to `store`, and where the lines go to `sink`.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::not_whole;
use super::sink::Sink;
use crate::cli::offline::{
    home, load, no_database, pepper_of, progress, signers_of, stopped, unreadable,
};
use crate::cli::progress::{Amount, Progress};
use crate::database::Location;
use keywright_model::peppers::Peppers;
use keywright_operator::Exportation;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::Card;
use keywright_store::{Broken, ExportHeader, Head, Maintenance, Marks, Walked};

/// Exports, prints where the events begin and end if they went to a file, and says in the exit code how that went.
///
/// `environment` as [`crate::config::Config::load`] takes it.
#[must_use]
pub fn export(
    exportation: &Exportation<'_>,
    environment: impl Iterator<Item = (String, String)>,
) -> ExitCode {
    match attempt(exportation, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// An export that lies in its file.
#[derive(Debug, Serialize)]
struct Exported {
    export: PathBuf,
    events: i64,
    begins_behind: String,
    ends_at: String,
}

impl Card for Exported {
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("export", self.export.display().to_string()),
            ("events", self.events.to_string()),
            ("behind", self.begins_behind.clone()),
            ("up to", self.ends_at.clone()),
        ]
    }
}

fn attempt(
    exportation: &Exportation<'_>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<(), Failure> {
    if let Some(stray) = exportation.stray {
        return Err(Failure::usage(
            format!("`events export` asks no server, and takes no {stray}"),
            "run it where the database lies, and name that with --database",
        ));
    }
    let config = load(exportation.file, environment)?;
    let home = home(&config)?;
    let mut sink = Sink::open(exportation.to)?;
    let progress = progress()?;
    let location = Location::of(&config);
    let written = location.look(|database| {
        let (peppers, _) = pepper_of(database, &location.shown(), &home)?;
        sink.begin()?;
        write(database, &peppers, exportation.after, &mut sink, &progress)
    })?;
    let header = written
        .ok_or_else(|| no_database(location))?
        .map_err(|broken| not_whole(&broken))?;
    progress.begin("waiting for the disk", Amount::Unknown);
    if progress.is_cancelled() {
        return Err(stopped());
    }
    let export = sink.finish()?;
    drop(progress);
    let Some(export) = export else {
        return Ok(());
    };
    exportation.output.show(&Exported {
        export,
        events: header.ends_at.position - header.begins_behind.position,
        begins_behind: header.begins_behind.to_string(),
        ends_at: header.ends_at.to_string(),
    })
}

/// Writes the events behind a position; all that are kept, without one.
fn write(
    database: &mut dyn Maintenance,
    peppers: &Peppers,
    after: Option<i64>,
    sink: &mut Sink,
    progress: &Progress,
) -> Result<Result<ExportHeader, Broken>, Failure> {
    let signers = match signers_of(database, peppers) {
        Ok(Ok(signers)) => signers,
        Ok(Err(broken)) => return Ok(Err(broken)),
        Err(error) => return Err(unreadable(&error, progress)),
    };
    let (handle, stop) = (progress.handle(), progress.handle());
    let readable = database.interrupt_if(Box::new(move || stop.is_cancelled()));
    readable.map_err(|error| unreadable(&error, progress))?;
    let newest = database.newest_position().unwrap_or_default();
    progress.begin("exporting events", Amount::Events(newest.cast_unsigned()));
    let mut writing = Writing {
        after,
        before: None,
        header: None,
    };
    // What kept the walk from its end, if that was not the database.
    let mut failure = None;
    let mut marks = Marks::default();
    let walked = database.walk_events(&signers, &mut marks, &mut |walked, end| {
        let position = walked.head.position;
        if position % 1024 == 0 {
            handle.advance(position.cast_unsigned());
        }
        writing.take(walked, end, sink).map_err(|why| {
            failure = Some(why);
            anyhow::anyhow!("the export has failed")
        })
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    match walked.map_err(|error| unreadable(&error, progress))? {
        Ok(proven) => writing.end(&proven.begin, &proven.end, sink).map(Ok),
        Err(broken) => Ok(Err(broken)),
    }
}

/// How far an export has come.
struct Writing {
    after: Option<i64>,
    /// The head before the first event that is written.
    before: Option<Head>,
    header: Option<ExportHeader>,
}

impl Writing {
    fn take(&mut self, walked: &Walked<'_>, end: &Head, sink: &mut Sink) -> Result<(), Failure> {
        let position = walked.head.position;
        if self.after.is_some_and(|after| position <= after) {
            self.before = Some(walked.head.clone());
            return Ok(());
        }
        if self.header.is_none() {
            self.begin(walked.begin, end, sink)?;
        }
        let event = walked.exported().ok_or_else(|| {
            let what = format!("event {position} holds what no server writes");
            Failure::unexpected(what, "`keywright events verify` says more")
        })?;
        sink.line(&event)
    }

    /// Writes the first line.
    fn begin(&mut self, begin: &Head, end: &Head, sink: &mut Sink) -> Result<(), Failure> {
        let before = self.before.take().unwrap_or_else(|| begin.clone());
        if let Some(after) = self.after.filter(|after| *after != before.position) {
            return Err(no_such_position(after, begin, end));
        }
        let header = ExportHeader::new(before, end.clone());
        sink.line(&header)?;
        self.header = Some(header);
        Ok(())
    }

    fn end(mut self, begin: &Head, end: &Head, sink: &mut Sink) -> Result<ExportHeader, Failure> {
        if self.header.is_none() {
            self.begin(begin, end, sink)?;
        }
        self.header
            .ok_or_else(|| Failure::unexpected("no first line was written", "please report this"))
    }
}

fn no_such_position(after: i64, begin: &Head, end: &Head) -> Failure {
    let (begin, end) = (begin.position, end.position);
    let what = if after < begin {
        format!(
            "the events behind position {after} are not all kept: those up to {begin} were pruned"
        )
    } else {
        format!("there is no event at position {after}: the events end at {end}")
    };
    let help = format!("pass --after with a position from {begin} to {end}, or leave it out");
    Failure::new(Exit::Invalid, what, help)
}
