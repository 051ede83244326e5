//! `keywright backup`: a copy of the database, from one snapshot, that is proved good before it has its name.
//! Leaves putting one back to `restore`, the copying to the engine, and the events to `verify_events`.

pub(in crate::cli) mod draft;
mod restore;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aws_lc_rs::digest::{Context, SHA256};
use clap::Args;
use serde::Serialize;
use tempfile::TempPath;
use zeroize::Zeroizing;

use crate::cli::offline;
use crate::cli::progress::{Amount, Progress};
use crate::cli::verify_events;
use crate::config::Config;
use crate::database::{self, Location};
use crate::pepper::{self, Home};
use draft::Draft;
use keywright_model::peppers::Peppers;
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, Output, note};
use keywright_store::{Depth, Head, Maintenance, MaintenanceError, Marks};
pub use restore::{HELP as RESTORE_HELP, RestoreFlags};

pub(crate) const HELP: &str = "\
The pepper:
  No key of a backup verifies without the pepper of its database. The pepper changes only with `pepper add`, so one copy of
  it, kept apart from the backups, is enough: whoever has both can issue keys and tokens in your name.
  --with-pepper puts it beside the backup all the same, as FILE.pepper; --without-pepper says that you
  have that copy.

Examples:
  keywright backup keys-today.db
  keywright backup --database sqlite:/var/lib/keywright/keys.db /mnt/backup/keys.db --force --without-pepper
  keywright restore keys-today.db --database sqlite:/var/lib/keywright/keys.db

Exit codes:
  0   FILE is there, whole and on disk
  1   something unexpected happened, or the disk is full: FILE is as it was before
  2   the command line is wrong
  3   there is no database
  5   FILE is there already, the pepper is missing or another one, or the database is damaged
  10  the events are not whole, see `keywright events verify`: FILE is as it was before";

/// What `backup` can be told on the command line.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct BackupFlags {
    /// The backup that is to appear.
    #[arg(value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    file: FileFlags,
    /// Replace FILE if it is there already.
    #[arg(long)]
    force: bool,
    /// Write the pepper, too, into FILE.pepper.
    #[arg(long)]
    with_pepper: bool,
    /// Do not remind of the pepper: a copy of it is kept elsewhere.
    #[arg(long, conflicts_with = "with_pepper")]
    without_pepper: bool,
    /// Back up the keys of a database whose events are known not to be whole.
    #[arg(long)]
    despite_broken_events: bool,
    #[command(flatten)]
    output: Output,
}

/// What is known of a copy that was looked through.
#[derive(Clone, Debug, Serialize)]
struct Contents {
    sha256: String,
    bytes: u64,
    keys: i64,
    events: i64,
    /// `None` if the events are not whole, and that was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
}

impl Contents {
    fn facts(&self) -> [(&'static str, String); 5] {
        let unknown = || "the events are not whole".to_owned();
        [
            ("sha256", self.sha256.clone()),
            ("bytes", self.bytes.to_string()),
            ("keys", self.keys.to_string()),
            ("events", self.events.to_string()),
            ("head", self.head.clone().unwrap_or_else(unknown)),
        ]
    }
}

/// A backup that was made.
#[derive(Debug, Serialize)]
struct Made {
    backup: PathBuf,
    #[serde(flatten)]
    contents: Contents,
    #[serde(skip_serializing_if = "Option::is_none")]
    pepper: Option<PathBuf>,
}

impl Card for Made {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let pepper = self.pepper.as_ref();
        let mut facts = vec![("backup", self.backup.display().to_string())];
        facts.extend(self.contents.facts());
        facts.push((
            "pepper",
            pepper.map_or_else(|| "not in it".to_owned(), |path| path.display().to_string()),
        ));
        facts
    }
}

impl BackupFlags {
    /// Makes the backup, prints what is in it, and says in the exit code how that went.
    ///
    /// `environment` as [`Config::load`] takes it.
    #[must_use]
    pub fn run(&self, environment: impl Iterator<Item = (String, String)>) -> ExitCode {
        let attempt = || {
            let made = self.make(environment)?;
            self.output.show(&made)
        };
        match attempt() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }

    fn make(&self, environment: impl Iterator<Item = (String, String)>) -> Result<Made, Failure> {
        let config = offline::load(&self.file, environment)?;
        let location = Location::of(&config);
        check_is_file(location)?;
        let home = offline::home(&config)?;
        self.check_target(&config, &home)?;
        let progress = offline::progress()?;
        let url = location.shown();
        let copied = location.look(|database| {
            offline::pepper_of(database, &url, &home)?;
            let draft = Draft::beside(&self.to).map_err(|error| self.unwritable(&error))?;
            self.copy(database, &draft, &progress)?;
            // As of the copy: a newer pepper may have come into use while it was made.
            let copy = database::inspect_file(draft.path())?;
            let copy = copy.ok_or_else(|| self.unwritable(&"it has gone"))?;
            let (peppers, text) = offline::pepper_of(copy.as_ref(), &url, &home)?;
            Ok::<_, Failure>((draft, peppers, text))
        })?;
        let (draft, peppers, text) = copied.ok_or_else(|| offline::no_database(location))?;
        let shown = self.to.display().to_string();
        let contents = examine(
            draft.path(),
            &shown,
            &Expected {
                peppers: &peppers,
                head: None,
                accepts_broken_events: self.despite_broken_events,
            },
            &progress,
        )?;
        let pepper = self.publish(&draft, &text, &progress)?;
        drop(progress);
        if pepper.is_none() && !self.without_pepper {
            remind(&home);
        }
        Ok(Made {
            backup: self.to.clone(),
            contents,
            pepper,
        })
    }

    /// What is there already, and above all what is in use, is not written over.
    fn check_target(&self, config: &Config, home: &Home) -> Result<(), Failure> {
        let shown = self.to.display();
        let mut ours = database::files(&config.database.url);
        if let Home::File(pepper) = home {
            ours.push(pepper.clone());
        }
        let found = self.to.canonicalize().ok();
        let is_ours = |path: &PathBuf| path.canonicalize().ok() == found;
        if found.is_some() && ours.iter().any(is_ours) {
            return Err(Failure::new(
                Exit::Invalid,
                format!("{shown} is the database itself, or belongs to it"),
                "give the backup another name",
            ));
        }
        if self.to.is_dir() || self.to.file_name().is_none() {
            return Err(Failure::new(
                Exit::Invalid,
                format!("{shown} is a folder"),
                "name a file in it",
            ));
        }
        if found.is_some() && !self.force {
            return Err(self.is_there());
        }
        Ok(())
    }

    fn is_there(&self) -> Failure {
        Failure::new(
            Exit::Invalid,
            format!("{} is there already", self.to.display()),
            "give the backup another name, or replace it with --force",
        )
    }

    fn unwritable(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::unexpected(
            format!("{} cannot be written: {error}", self.to.display()),
            "its folder must exist, be writable and have room for the whole database; what was there is as before",
        )
    }

    /// Copies what is in the database, from one snapshot, into the draft.
    fn copy(
        &self,
        database: &mut dyn Maintenance,
        draft: &Draft,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let len = database.copy_len();
        let len = len.map_err(|error| offline::unreadable(&error, progress))?;
        progress.begin("copying", Amount::Bytes(len.cast_unsigned()));
        let (handle, path) = (progress.handle(), draft.path().to_owned());
        let outcome = database.interrupt_if(Box::new(move || {
            if let Ok(copy) = path.metadata() {
                handle.advance(copy.len());
            }
            handle.is_cancelled()
        }));
        outcome.map_err(|error| offline::unreadable(&error, progress))?;
        database
            .copy_into(draft.path())
            .map_err(|error| match error {
                _ if progress.is_cancelled() => offline::stopped(),
                MaintenanceError::Damaged(error) => Failure::new(
                    Exit::Invalid,
                    format!("the database is damaged: {error:#}"),
                    "`keywright doctor` says more; restore an earlier backup",
                ),
                MaintenanceError::Failed(error) => self.unwritable(&format!("{error:#}")),
            })
    }

    /// Gives the draft its name, once all of it is on disk; before that, the pepper.
    fn publish(
        &self,
        draft: &Draft,
        pepper: &Zeroizing<String>,
        progress: &Progress,
    ) -> Result<Option<PathBuf>, Failure> {
        let unwritable = |error: std::io::Error| self.unwritable(&error);
        progress.begin("waiting for the disk", Amount::Unknown);
        File::open(draft.path())
            .and_then(|file| file.sync_all())
            .map_err(unwritable)?;
        // From here on nothing takes long, and nothing is cancelled.
        if progress.is_cancelled() {
            return Err(offline::stopped());
        }
        let beside = pepper_beside(&self.to);
        let has_pepper = self.with_pepper && self.keep_pepper(&beside, pepper)?;
        let copy = draft.path().to_owned();
        let named = if self.force {
            std::fs::rename(copy, &self.to)
        } else {
            TempPath::try_from_path(copy).and_then(|copy| {
                let named = copy.persist_noclobber(&self.to);
                named.map_err(|error| error.error)
            })
        };
        if let Err(error) = named {
            if has_pepper {
                std::fs::remove_file(&beside).map_err(unwritable)?;
            }
            return Err(match error.kind() {
                std::io::ErrorKind::AlreadyExists => self.is_there(),
                _ => unwritable(error),
            });
        }
        draft.sync_folder().map_err(unwritable)?;
        Ok(self.with_pepper.then_some(beside))
    }

    /// Writes the pepper beside the backup; `false` if it was there already.
    fn keep_pepper(&self, beside: &Path, text: &Zeroizing<String>) -> Result<bool, Failure> {
        let there = std::fs::read_to_string(beside).map(Zeroizing::new).ok();
        if there.is_some_and(|there| there.trim() == text.as_str()) {
            return Ok(false);
        }
        if beside.exists() && !self.force {
            return Err(Failure::new(
                Exit::Invalid,
                format!("{} is there already, with another pepper", beside.display()),
                "give the backup another name, or replace both with --force",
            ));
        }
        pepper::keep(beside, text).map_err(|error| self.unwritable(&format!("{error:#}")))?;
        Ok(true)
    }
}

/// Refuses a database that is no file.
fn check_is_file(location: Location<'_>) -> Result<(), Failure> {
    location.check_is_file().map_err(|error| {
        let help = "server/docs/backup.md says how a PostgreSQL is backed up, restored and checked";
        Failure::new(Exit::Invalid, format!("{error:#}"), help)
    })
}

/// What a copy must be.
struct Expected<'a> {
    peppers: &'a Peppers,
    /// The head that the events must go on from.
    head: Option<&'a Head>,
    accepts_broken_events: bool,
}

/// Looks through a copy that no other process uses: every page, every event, every byte.
fn examine(
    path: &Path,
    shown: &str,
    expected: &Expected<'_>,
    progress: &Progress,
) -> Result<Contents, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| offline::unreadable(error, progress);
    let opened = database::inspect_file(path).map_err(|error| unreadable(&format!("{error:#}")))?;
    let mut copy = opened.ok_or_else(|| unreadable(&"it has gone"))?;
    let stop = progress.handle();
    copy.interrupt_if(Box::new(move || stop.is_cancelled()))
        .map_err(|error| unreadable(&error))?;
    progress.begin("checking every page", Amount::Unknown);
    let damage = copy.damage(Depth::Full);
    if progress.is_cancelled() {
        return Err(offline::stopped());
    }
    let damage = damage.unwrap_or_else(|error| vec![error.to_string()]);
    if !damage.is_empty() {
        return Err(Failure::new(
            Exit::Invalid,
            format!("{shown} would be damaged: {}", damage.join(", ")),
            "use another backup; for the database of a server, `keywright doctor` says more",
        ));
    }
    let mut events = copy.newest_position().unwrap_or_default();
    let mut marks = Marks::new(expected.head);
    let head = match verify_events::walk(copy.as_mut(), expected.peppers, &mut marks, progress)? {
        Ok(proven) => {
            events = proven.end.position - proven.begin.position;
            Some(proven.end.to_string())
        }
        Err(broken) if expected.accepts_broken_events => {
            note(&format!(
                "warning: the events are not whole at position {}: {}",
                broken.position, broken.what
            ));
            None
        }
        Err(broken) => return Err(verify_events::not_whole(&broken)),
    };
    let keys = copy.count_keys().map_err(|error| unreadable(&error))?;
    drop(copy);
    let (sha256, bytes) = digest(path, progress)?;
    Ok(Contents {
        sha256,
        bytes,
        keys,
        events,
        head,
    })
}

/// The SHA-256 of a file, as `sha256sum` prints it, and its length.
fn digest(path: &Path, progress: &Progress) -> Result<(String, u64), Failure> {
    let unreadable = |error: std::io::Error| {
        let what = format!("{} cannot be read: {error}", path.display());
        Failure::unexpected(what, "see whether the disk is well")
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let len = file.metadata().map_err(unreadable)?.len();
    progress.begin("computing the digest", Amount::Bytes(len));
    let (mut context, mut bytes, mut done) = (Context::new(&SHA256), vec![0; 1 << 20], 0);
    let handle = progress.handle();
    loop {
        let read = file.read(&mut bytes).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        if handle.is_cancelled() {
            return Err(offline::stopped());
        }
        context.update(&bytes[..read]);
        done += read as u64;
        handle.advance(done);
    }
    let digest = context.finish();
    let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    Ok((digits.collect(), done))
}

/// Where the pepper of a backup lies, if it lies beside it.
fn pepper_beside(backup: &Path) -> PathBuf {
    let mut name = backup.as_os_str().to_owned();
    name.push(".pepper");
    PathBuf::from(name)
}

/// Says what a backup without the pepper needs beside it.
fn remind(home: &Home) {
    let place = match home {
        Home::File(path) => format!("a copy of {}", path.display()),
        Home::Given(_) => {
            "the pepper of your configuration (pepper.value or KEYWRIGHT_PEPPER)".to_owned()
        }
    };
    note(&format!(
        "warning: the pepper is not in this backup, and without it no key of the backup verifies.\n\
         Keep {place} somewhere else, and again after `keywright pepper add`.\n\
         --without-pepper says that you have; --with-pepper puts it beside the backup."
    ));
}
