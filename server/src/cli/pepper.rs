//! `keywright pepper add`, `status` and `retire`: a newer pepper for a database that a server may be using.
//! Leaves how a server begins to use it to `http`, and where peppers lie to `pepper`.

mod retire;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::offline;
use crate::config::Config;
use crate::database::Location;
use crate::pepper::{self, Home, Known, Texts};
use keywright_model::instant;
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, Output, note};
use keywright_store::{DIGESTS_MAX, DigestCount};
use retire::retire;

/// How long a running server may take to begin to use a newer pepper.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(100);

const ADD_HELP: &str = "\
What happens:
  A new version is written into the pepper's file, beside those before it. A running server begins to use it within
  a second, a stopped one with its next start: new keys are digested under it, events are signed and signing
  keys are sealed with what is derived from it. A key from before gets its new digest after it was presented
  the next time. All versions stay in the file until they are retired. Keep a copy of it for your backups.

Examples:
  keywright pepper add --database sqlite:/var/lib/keywright/keys.db
  keywright pepper status --database sqlite:/var/lib/keywright/keys.db

Exit codes:
  0   done
  1   the file cannot be written, or the running server does not begin to use it
  2   the command line or the configuration is wrong
  3   there is no such database
  5   the pepper is not in a file, is missing or another one, or has too many versions; or several servers run";

const RETIRE_HELP: &str = "\
What happens:
  Refused while keys that work, or would if they were enabled, are digested under it: `pepper status` counts
  them. Otherwise what was sealed under it is sealed under the newest: the keys that have signed old events, the
  signing keys of access tokens, and the key of answers kept for retries. Then it leaves the pepper's file. The file as
  it was is kept as FILE.retired-VERSION: backups of before need it. Keys that have ended under it are unknown from then on.

Examples:
  keywright pepper retire --database sqlite:/var/lib/keywright/keys.db

Exit codes:
  0   done
  1   a file cannot be written
  2   the command line or the configuration is wrong
  3   there is no such database
  5   a server uses the database, or something still needs the version";

/// What can be done with the pepper.
#[derive(Debug, Subcommand)]
pub enum PepperCommand {
    /// Begin to use a newer pepper beside those before it; nothing fails for it.
    #[command(after_long_help = ADD_HELP)]
    Add(PepperFlags),
    /// Stop using the oldest version, once no key needs it; the server must be stopped.
    #[command(after_long_help = RETIRE_HELP)]
    Retire(PepperFlags),
    /// Show the versions, since when each is used, and how many keys are digested under it.
    Status(PepperFlags),
}

/// Which database's pepper.
#[derive(Debug, Args)]
pub struct PepperFlags {
    #[command(flatten)]
    file: FileFlags,
    #[command(flatten)]
    output: Output,
}

/// A newer pepper that was added.
#[derive(Debug, Serialize)]
struct Added {
    version: u32,
    file: String,
    /// Whether a running server uses it; if not, the next start does.
    in_use: bool,
}

impl Card for Added {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let used = ["from the next start of the server on", "now"][usize::from(self.in_use)];
        vec![
            ("version", self.version.to_string()),
            ("file", self.file.clone()),
            ("in use", used.to_owned()),
        ]
    }
}

/// What there is to know of all versions.
#[derive(Debug, Serialize)]
struct Status {
    versions: Vec<VersionStatus>,
}

#[derive(Debug, Serialize)]
struct VersionStatus {
    version: u32,
    /// `None` from the beginning.
    since: Option<String>,
    /// Whether new keys are digested under it.
    newest: bool,
    live: i64,
    disabled: i64,
    ended: i64,
}

impl Card for Status {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        for version in &self.versions {
            let since = version.since.as_deref().unwrap_or("the beginning");
            let newest = ["", ", the newest"][usize::from(version.newest)];
            facts.push((
                "version",
                format!("{} since {since}{newest}", version.version),
            ));
            facts.push(("live keys", version.live.to_string()));
            facts.push(("disabled keys", version.disabled.to_string()));
            facts.push(("ended keys", version.ended.to_string()));
        }
        facts
    }
}

impl PepperCommand {
    /// Does what is asked, prints what it came to, and says in the exit code how that went.
    ///
    /// `environment` as [`Config::load`] takes it.
    #[must_use]
    pub fn run(&self, environment: impl Iterator<Item = (String, String)>) -> ExitCode {
        let attempt = || match self {
            Self::Add(flags) => {
                let added = add(&offline::load(&flags.file, environment)?)?;
                note(&format!(
                    "keep a copy of {}: backups from now on need version {}, and those of before the older ones",
                    added.file, added.version
                ));
                flags.output.show(&added)
            }
            Self::Retire(flags) => {
                let retired = retire(&offline::load(&flags.file, environment)?)?;
                note(&format!(
                    "backups that were made before now need version {}: keep {} with them",
                    retired.version, retired.former_file
                ));
                flags.output.show(&retired)
            }
            Self::Status(flags) => {
                let status = status(&offline::load(&flags.file, environment)?)?;
                flags.output.show(&status)
            }
        };
        match attempt() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }
}

fn add(config: &Config) -> Result<Added, Failure> {
    let home = offline::home(config)?;
    let Home::File(path) = &home else {
        return Err(Failure::new(
            Exit::Invalid,
            "the pepper is not in a file, but given by the configuration (pepper.value or KEYWRIGHT_PEPPER)",
            "write it into a file, name that with pepper.file, restart the server, and run this again",
        ));
    };
    let location = Location::of(config);
    let url = location.shown();
    let found = location.look(|database| {
        let (_, text) = offline::pepper_of(database, &url, &home)?;
        Ok::<_, Failure>((offline::known_of(database, &url)?, text))
    })?;
    let (known, text) = found.ok_or_else(|| offline::no_database(location))?;
    let texts = Texts::read(&text)?;
    let mut newer = texts
        .iter()
        .filter(|(version, _)| *version > known.newest());
    // One that was written and never used, because something ended in between, is used now.
    let version = if let Some((version, _)) = newer.next() {
        version
    } else {
        refuse_several_servers(location)?;
        write(path, &texts)?
    };
    Ok(Added {
        version,
        file: path.display().to_string(),
        in_use: is_taken_up(config, version)?,
    })
}

/// One server that has not got the newer pepper would not know the keys that another makes under it.
fn refuse_several_servers(location: Location<'_>) -> Result<(), Failure> {
    let count = location.servers()?;
    if count <= 1 {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Invalid,
        format!(
            "{count} servers use this database, and each must have a newer pepper before any of them uses it"
        ),
        "stop all but one, run this again, give the file to the others, and start them",
    ))
}

/// Waits until a running server uses a version; `false` if none runs.
fn is_taken_up(config: &Config, version: u32) -> Result<bool, Failure> {
    let location = Location::of(config);
    let until = Instant::now() + TAKEN_UP_WITHIN;
    loop {
        let known = location.look(|database| offline::known_of(database, &location.shown()))?;
        let known: Known = known.ok_or_else(|| offline::no_database(location))?;
        if known.newest() >= version {
            return Ok(true);
        }
        if location.hold()?.is_some() {
            return Ok(false);
        }
        if Instant::now() > until {
            return Err(Failure::unexpected(
                format!(
                    "version {version} is written, but the running server does not begin to use it"
                ),
                "its log says why; it must be able to read the file. It tries again every second, and at its start",
            ));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn status(config: &Config) -> Result<Status, Failure> {
    let home = offline::home(config)?;
    let location = Location::of(config);
    let url = location.shown();
    let found = location.look(|database| {
        offline::pepper_of(database, &url, &home)?;
        let counts = offline::now_ms(database).and_then(|now_ms| database.count_digests(now_ms));
        let counts = counts.map_err(anyhow::Error::from)?;
        Ok::<_, Failure>((offline::known_of(database, &url)?, counts))
    })?;
    let (known, counts) = found.ok_or_else(|| offline::no_database(location))?;
    let versions = known.all().iter().map(|known_one| {
        let version = known_one.version;
        let count = counts.iter().find(|count| count.version == version);
        let count = count.copied().unwrap_or(DigestCount {
            version,
            live: 0,
            disabled: 0,
            ended: 0,
        });
        VersionStatus {
            version,
            since: known_one.since_ms.map(instant::format),
            newest: version == known.newest(),
            live: count.live,
            disabled: count.disabled,
            ended: count.ended,
        }
    });
    Ok(Status {
        versions: versions.collect(),
    })
}

/// Writes a newer version into the file, and answers which.
fn write(path: &std::path::Path, texts: &Texts<'_>) -> Result<u32, Failure> {
    if texts.count() >= DIGESTS_MAX {
        return Err(Failure::new(
            Exit::Invalid,
            format!("the pepper has {DIGESTS_MAX} versions: no more can be in use at once"),
            "a new database, and new keys, are what is left",
        ));
    }
    let written = texts.with(&pepper::random_text());
    let (text, version) = written.map_err(|error| {
        let help =
            "the file must hold one line; write the pepper anew only if that leaves it the same";
        Failure::new(Exit::Invalid, format!("{error:#}"), help)
    })?;
    pepper::keep(path, &text)?;
    Ok(version)
}
