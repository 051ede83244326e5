//! `keywright events verify`: whether the events in a database's file, and those that were exported from it before
//! they were pruned, are as servers wrote them.
//! Leaves the walk over them to `store`, writing an export to `export`, and reading one to `exported`.

mod export;
mod exported;
mod sink;

use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;

use crate::cli::operator::Verification;
use crate::cli::operator::failure::{Exit, Failure};
use crate::cli::operator::output::{Card, note};
use crate::cli::watch::{Amount, Watch};
use crate::config::Config;
use crate::config::FileFlags;
use crate::pepper::{self, Home};
pub use export::export;
use exported::prove_exports;
use keywright_model::secret::Pepper;
use keywright_store::{EVENTS, Head, Marks};
use keywright_store_sqlite::{Broken, Inspection, Proven, Schema};

/// Verifies, prints what was found, and says it in the exit code.
///
/// `environment` as [`Config::load`] takes it.
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
    let watch = watch()?;
    let url = &config.database.url;
    let found = Inspection::look(url, busy_timeout(&config), |file| {
        let (pepper, _) = pepper_of(file, url, &home)?;
        let mut marks = Marks::new(kept.as_ref());
        prove_exports(verification.exports, file, &pepper, &mut marks, &watch)?;
        walk(file, &pepper, &mut marks, &watch)
    })?;
    drop(watch);
    let proven = found
        .ok_or_else(|| no_database(url))?
        .map_err(|broken| not_whole(&broken))?;
    verification.output.show(&Whole::of(&proven))?;
    if !verification.output.is_json() && kept.is_none() {
        note("Keep the head somewhere else, and pass it the next time: --head POSITION:MAC");
    }
    Ok(())
}

/// Walks the events of a file under the eye of a watch.
///
/// # Errors
/// Also when a head that was kept lies before the kept events, and nothing else was walked that leads up to them.
pub(crate) fn walk(
    file: &mut Inspection,
    pepper: &Pepper,
    marks: &mut Marks,
    watch: &Watch,
) -> Result<Result<Proven, Broken>, Failure> {
    let hand = watch.hand();
    let stop = watch.hand();
    let readable = file.interrupt_if(move || stop.is_over());
    let outcome = readable.map_err(anyhow::Error::from).and_then(|()| {
        // Where even this cannot be read, the walk will say why.
        let newest = file.newest_position().unwrap_or_default();
        watch.begin("verifying events", Amount::Events(newest.cast_unsigned()));
        file.audit(&pepper.derive(EVENTS), marks, |walked, _| {
            // Often enough for an eye, and not so often that it costs anything.
            let position = walked.head.position;
            if position % 1024 == 0 {
                hand.reach(position.cast_unsigned());
            }
            anyhow::Ok(())
        })
    });
    let proven = outcome.map_err(|error| unreadable(&error, watch))?;
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
            "all before position {position} is as a server wrote it. Keep a copy of the database's file, find out \
             who could write to it or take it for another one, and restore a backup from before"
        ),
    )
}

/// The configuration that the flags name.
pub(crate) fn load(
    flags: &FileFlags,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, Failure> {
    let loaded = Config::load(&flags.into(), environment).map_err(|error| {
        let help = "`keywright config check FILE` and `config show` say more";
        Failure::usage_in_lines(&error.to_string(), help)
    })?;
    Ok(loaded.config)
}

/// Where the pepper of the configured database is.
pub(crate) fn home(config: &Config) -> Result<Home, Failure> {
    Home::of(config).map_err(|error| Failure::usage(format!("{error:#}"), "see --config"))
}

/// How long a lock of another process is waited for.
pub(crate) fn busy_timeout(config: &Config) -> Duration {
    Duration::from_millis(u64::from(config.database.busy_timeout_ms))
}

/// An eye on the work.
pub(crate) fn watch() -> Result<Watch, Failure> {
    Watch::start().map_err(|error| {
        let what = format!("the operating system lets nothing be waited for: {error}");
        Failure::unexpected(what, "it may be out of threads or of descriptors")
    })
}

/// The pepper and its text, if the file is a database of a keywright that we know and rests on that pepper.
pub(crate) fn pepper_of(
    file: &Inspection,
    shown: &str,
    home: &Home,
) -> Result<(Pepper, zeroize::Zeroizing<String>), Failure> {
    let known = known_of(file, shown)?;
    home.recall(&known).map_err(|error| {
        let help = "say where the pepper is with --config, pepper.file or KEYWRIGHT_PEPPER, \
                    as for the server; `keywright doctor` looks for it";
        Failure::new(Exit::Invalid, format!("{error:#}"), help)
    })
}

/// That by which a file knows its pepper, if it is a database of a keywright that we know.
pub(crate) fn known_of(file: &Inspection, shown: &str) -> Result<Vec<u8>, Failure> {
    let no_keywright = |why: String| {
        Failure::new(
            Exit::Invalid,
            format!("{shown} is no database of a keywright: {why}"),
            "name another file; `keywright doctor` looks into the database of a server",
        )
    };
    let Schema { taken, known } = file
        .schema()
        .map_err(|error| no_keywright(error.to_string()))?;
    if taken > known {
        return Err(Failure::new(
            Exit::Invalid,
            format!("{shown} has schema {taken}, and this keywright knows {known}"),
            "update keywright",
        ));
    }
    if taken < 1 {
        return Err(no_keywright("it is empty, or another program's".to_owned()));
    }
    let check = file.setting(pepper::CHECK);
    check
        .map_err(|error| no_keywright(error.to_string()))?
        .ok_or_else(|| no_keywright("no server has ever used it".to_owned()))
}

/// There is no file where there should be a database.
pub(crate) fn no_database(url: &str) -> Failure {
    Failure::new(
        Exit::NotFound,
        format!("there is no database {url}"),
        "run this on the machine where it lies, and say where with --database or --config",
    )
}

/// A file that cannot be read, or work that was to stop.
pub(crate) fn unreadable(error: &dyn std::fmt::Display, watch: &Watch) -> Failure {
    if watch.is_over() {
        return stopped();
    }
    Failure::unexpected(
        format!("the database cannot be read: {error}"),
        "run this as a user that may read it; `keywright doctor` says whether it is damaged",
    )
}

/// Somebody wanted the work to stop.
pub(crate) fn stopped() -> Failure {
    Failure::unexpected("interrupted: nothing was changed", "run it again")
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let help = "run this as a user that may read the database and its folder";
        Self::unexpected(format!("{error:#}"), help)
    }
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
