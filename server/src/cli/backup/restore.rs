//! `keywright restore`: a backup in the database's place, after it was proved whole and fit for its pepper.
//! Leaves the looking through to `backup`, and the moving of files to the engine's `DatabaseLock`.

use std::fs::File;
use std::io::Read as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::draft::Draft;
use super::{Contents, Expected, check_is_file, examine, pepper_beside};
use crate::cli::offline;
use crate::cli::progress::{Amount, Progress};
use crate::cli::undone::{self, Told, Undone};
use crate::database::{self, DatabaseLock, Location, Settled};
use crate::pepper::{self, Home};
use keywright_model::peppers::Peppers;
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, Output, note};
use keywright_store::{Head, Maintenance};

/// The rest of the command's help.
pub const HELP: &str = "\
What is checked before anything changes:
  no server runs on the database; FILE has the digest of --digest; it is a database of this keywright or
  an earlier one, whole in every page; the pepper is the one that it was made with; its events are whole,
  and go on from --head.
  If the pepper is missing where the configuration says, FILE.pepper is put there.

Afterwards:
  The old database is kept under the name that is printed. Revoke the keys that are named again, and keep
  the head that is printed: heads from after the backup no longer fit.

Examples:
  keywright restore keys-today.db
  keywright restore /mnt/backup/keys.db --database sqlite:/var/lib/keywright/keys.db --force \\
    --digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

Exit codes:
  0   the database is in its place, and on disk
  1   something unexpected happened
  2   the command line is wrong
  3   there is no FILE
  5   refused: a server runs, a database is there already, or FILE is not what it must be
  10  refused: the events in FILE are not whole, or do not go on from --head
  Unless it ends with 0, the database is as it was before.";

/// What `restore` can be told on the command line.
#[derive(Debug, Args)]
pub struct RestoreFlags {
    /// The backup to put in the database's place.
    #[arg(value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    file: FileFlags,
    /// Put it there even if there is a database, which is kept under another name.
    #[arg(long)]
    force: bool,
    /// The digest that `keywright backup` printed for FILE.
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
    /// A head that was kept elsewhere: the events of FILE must go on from it.
    #[arg(long, value_name = "POSITION:MAC")]
    head: Option<String>,
    /// Put a database in place whose events are known not to be whole.
    #[arg(long)]
    despite_broken_events: bool,
    #[command(flatten)]
    output: Output,
}

/// A database that was put in its place.
#[derive(Debug, Serialize)]
struct Restored {
    database: PathBuf,
    backup: PathBuf,
    #[serde(flatten)]
    contents: Contents,
    /// When the newest event of the backup happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest_event_at: Option<String>,
    /// Where the pepper was put, if it was missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pepper: Option<PathBuf>,
    /// What lay in the place before.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_aside: Option<PathBuf>,
    /// What the old database had and the new one has not, if it could be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    undone: Option<Undone>,
    /// The position behind which an export must tell it, because the old database has pruned events since.
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_in_export_behind: Option<i64>,
}

impl Card for Restored {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let shown = |path: &PathBuf| path.display().to_string();
        let mut facts = vec![
            ("database", shown(&self.database)),
            ("from", shown(&self.backup)),
        ];
        facts.extend(self.contents.facts());
        if let Some(at) = &self.newest_event_at {
            facts.push(("newest", at.clone()));
        }
        facts.extend(self.pepper.as_ref().map(|path| ("pepper", shown(path))));
        facts.extend(
            self.set_aside
                .as_ref()
                .map(|path| ("set aside", shown(path))),
        );
        facts
    }
}

impl RestoreFlags {
    /// Restores, prints what was restored, and says in the exit code how that went.
    ///
    /// `environment` as [`crate::config::Config::load`] takes it.
    #[must_use]
    pub fn run(&self, environment: impl Iterator<Item = (String, String)>) -> ExitCode {
        let attempt = || {
            let restored = self.restore(environment)?;
            warn(&restored);
            self.output.show(&restored)
        };
        match attempt() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }

    fn restore(
        &self,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Restored, Failure> {
        let head = self.head.as_deref().map(str::parse::<Head>).transpose();
        let head =
            head.map_err(|error| Failure::usage(error.to_string(), "as in --head 27:0a1b…"))?;
        let config = offline::load(&self.file, environment)?;
        check_is_file(Location::of(&config))?;
        let home = offline::home(&config)?;
        let progress = offline::progress()?;
        let place = self.place(&config.database.url)?;
        let draft = self.copy(&place, &progress)?;
        let shown = self.from.display().to_string();
        let (peppers, text) = self.pepper(draft.path(), &home)?;
        let contents = examine(
            draft.path(),
            &shown,
            &Expected {
                peppers: &peppers,
                head: head.as_ref(),
                accepts_broken_events: self.despite_broken_events,
            },
            &progress,
        )?;
        self.check_digest(&contents)?;
        if progress.is_cancelled() {
            return Err(offline::stopped());
        }
        let (told, newest_event_at) = match database::inspect_file(draft.path())? {
            Some(copy) => (
                undone(&place, copy.as_ref(), &contents),
                newest_event_at(copy.as_ref()),
            ),
            None => (Told::Nothing, None),
        };
        let (undone, undone_in_export_behind) = match told {
            Told::Nothing => (None, None),
            Told::Undone(undone) => (Some(undone), None),
            Told::InExport { behind } => (None, Some(behind)),
        };
        let set_aside = set_aside(&place)?;
        let pepper = match (&home, text) {
            (Home::File(path), Some(text)) => {
                keep_pepper(&place, path, &text)?;
                Some(path.clone())
            }
            _ => None,
        };
        place.put(draft.path(), &set_aside).map_err(|error| {
            let what = format!("{} cannot be put in place: {error}", place.path().display());
            let help = "its folder must be writable; what was there is as before";
            Failure::unexpected(what, help)
        })?;
        Ok(Restored {
            database: place.path().to_owned(),
            backup: self.from.clone(),
            contents,
            newest_event_at,
            pepper,
            set_aside: set_aside.exists().then_some(set_aside),
            undone,
            undone_in_export_behind,
        })
    }

    /// The place, if it is free: of servers, and of databases unless those are to be set aside.
    fn place(&self, url: &str) -> Result<DatabaseLock, Failure> {
        let place = database::lock(url)?.ok_or_else(|| {
            Failure::new(
                Exit::Invalid,
                format!("a server runs on {url}"),
                "stop it first; start it again afterwards",
            )
        })?;
        if place.is_taken() && !self.force {
            return Err(Failure::new(
                Exit::Invalid,
                format!("there is a database at {} already", place.path().display()),
                "to set it aside, under a name that is printed, pass --force; to leave it, name another place \
                 with --database",
            ));
        }
        Ok(place)
    }

    /// Copies the backup beside its place, so that what is looked through is what is put there.
    fn copy(&self, place: &DatabaseLock, progress: &Progress) -> Result<Draft, Failure> {
        let shown = self.from.display();
        let unreadable = |error: std::io::Error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => Exit::NotFound,
                _ => Exit::Unexpected,
            };
            let help = "name a file that `keywright backup` has made";
            Failure::new(exit, format!("{shown} cannot be read: {error}"), help)
        };
        let mut from = File::open(&self.from).map_err(unreadable)?;
        let file = from.metadata().map_err(unreadable)?;
        if let Some(part) = database::part_beside(&self.from) {
            let url = database::url_of_file(&self.from);
            return Err(Failure::new(
                Exit::Invalid,
                format!(
                    "{} lies beside {shown}, and holds a part of it",
                    part.display()
                ),
                format!("make one file of the two: keywright backup --database {url} OTHER"),
            ));
        }
        let unwritable = |error: std::io::Error| {
            let place = place.path().display();
            let help = "its folder must be writable and have room for a second database";
            Failure::unexpected(format!("{place} cannot be written: {error}"), help)
        };
        let draft = Draft::beside(place.path()).map_err(unwritable)?;
        let mut to = File::options()
            .write(true)
            .open(draft.path())
            .map_err(unwritable)?;
        progress.begin("copying", Amount::Bytes(file.len()));
        let (handle, mut bytes, mut done) = (progress.handle(), vec![0; 1 << 20], 0);
        loop {
            let read = from.read(&mut bytes).map_err(unreadable)?;
            if read == 0 {
                break;
            }
            if handle.is_cancelled() {
                return Err(offline::stopped());
            }
            to.write_all(&bytes[..read]).map_err(unwritable)?;
            done += read as u64;
            handle.advance(done);
        }
        to.sync_all().map_err(unwritable)?;
        Ok(draft)
    }

    /// The pepper that fits the copy: the configured one or, where that is missing, the one beside the
    /// backup, with its text.
    fn pepper(
        &self,
        copy: &Path,
        home: &Home,
    ) -> Result<(Peppers, Option<Zeroizing<String>>), Failure> {
        let shown = self.from.display().to_string();
        let opened = database::inspect_file(copy)?;
        let copy =
            opened.ok_or_else(|| Failure::unexpected("the copy has gone", "run it again"))?;
        let Home::File(path) = home else {
            return Ok((offline::pepper_of(copy.as_ref(), &shown, home)?.0, None));
        };
        let beside = pepper_beside(&self.from);
        if path.exists() || !beside.exists() {
            return Ok((offline::pepper_of(copy.as_ref(), &shown, home)?.0, None));
        }
        let (peppers, text) = offline::pepper_of(copy.as_ref(), &shown, &Home::File(beside))?;
        Ok((peppers, Some(text)))
    }

    fn check_digest(&self, contents: &Contents) -> Result<(), Failure> {
        match &self.digest {
            Some(digest) if !digest.trim().eq_ignore_ascii_case(&contents.sha256) => {
                Err(Failure::new(
                    Exit::Invalid,
                    format!(
                        "{} is another file: its SHA-256 is {}",
                        self.from.display(),
                        contents.sha256
                    ),
                    "find the backup that belongs to this --digest, or the digest that belongs to this backup",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// What the old database knows that the new one does not, if there is one that can be read.
fn undone(place: &DatabaseLock, new: &dyn Maintenance, contents: &Contents) -> Told {
    let head = contents.head.as_ref().and_then(|head| head.parse().ok());
    let Some(head): Option<Head> = head else {
        return Told::Nothing;
    };
    let Ok(Some(old)) = database::inspect_file(place.path()) else {
        return Told::Nothing;
    };
    undone::compare(old.as_ref(), new, &head).unwrap_or_else(|error| {
        note(&format!(
            "the old database does not tell what is undone: {error}"
        ));
        Told::Nothing
    })
}

fn newest_event_at(copy: &dyn Maintenance) -> Option<String> {
    let at_ms = copy.newest_event_at_ms().ok()??;
    let at = Timestamp::from_millisecond(at_ms).ok()?;
    Some(format!("{at:.0}"))
}

/// The name for what lies in the place now, which is made whole first.
fn set_aside(place: &DatabaseLock) -> Result<PathBuf, Failure> {
    let mut name = place.path().as_os_str().to_owned();
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ");
    name.push(format!(".before-restore-{now}"));
    let name = PathBuf::from(name);
    match place.settle(&name) {
        Ok(Settled::Whole | Settled::Nothing) => {}
        Ok(Settled::Damaged) => {
            note("the old database is damaged: it is set aside as it lies there, with its log");
        }
        Err(error) => {
            return Err(Failure::new(
                Exit::Invalid,
                format!("{} cannot be set aside: {error:#}", place.path().display()),
                "close the other program; the place must be nobody's",
            ));
        }
    }
    Ok(name)
}

/// Puts the pepper where the configuration wants it, before there is a database that needs it.
fn keep_pepper(place: &DatabaseLock, path: &Path, text: &str) -> Result<(), Failure> {
    pepper::keep(path, text)?;
    place.give_to_owner(path).map_err(|error| {
        let what = format!("{} cannot be given to its owner: {error}", path.display());
        Failure::unexpected(
            what,
            "run this as root, or as the user that the server runs as",
        )
    })
}

/// Says loudly what a restored database has forgotten.
fn warn(restored: &Restored) {
    let since = restored.newest_event_at.as_deref().unwrap_or("its making");
    note(&format!(
        "warning: what was done after {since} is undone. Keys that were revoked, disabled or replaced since are \
         good again, access tokens that were revoked since are so until they end, keys that were issued since are not known, and credits that were spent since are there again."
    ));
    if let Some(behind) = restored.undone_in_export_behind {
        undone::say_where(behind);
    } else if let Some(undone) = &restored.undone {
        undone.say();
    } else {
        note(
            "Nothing here tells what that was: no old database could be read that this backup is an earlier \
             state of.",
        );
    }
}
