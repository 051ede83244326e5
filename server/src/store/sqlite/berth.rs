//! The place where a database lies: held against servers, and given to another database as a whole.
//! Leaves what may take the place to `backup`.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use rusqlite::Connection;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::audit::is_damage;
use super::witness::Witness;

/// What SQLite leaves beside a database and would apply to whatever lies there.
const LOGS: [&str; 2] = ["-wal", "-journal"];
/// What SQLite leaves beside a database and takes for its own.
const INDEX: &str = "-shm";

/// The place of a database, locked: no server begins to use it.
pub struct Berth {
    path: PathBuf,
    lock: File,
}

/// What a database is like that is to make room for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// All of it is in its file.
    Whole,
    /// It is damaged, and lies there as it did.
    Damaged,
    /// There is none.
    Nothing,
}

/// The lock beside a database, if nobody else has it.
pub(super) fn lock(path: &Path) -> anyhow::Result<Option<File>> {
    let name = beside(path, ".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&name)
        .with_context(|| format!("cannot open the lock file {}", name.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", name.display()))
        }
    }
}

impl Berth {
    /// Takes the place that `url` names; `None` if a server uses what lies there.
    ///
    /// # Errors
    /// When the URL is of another engine, or its folder is not there or cannot be written.
    pub fn take(url: &str) -> anyhow::Result<Option<Self>> {
        let path = url
            .strip_prefix("sqlite:")
            .context("only a file of SQLite can be put in place")?;
        let path = Path::new(path);
        let attempt = || match path.canonicalize() {
            // As the server finds its lock: two ways to one file must meet at one lock.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let name = path.file_name().ok_or(error)?;
                Ok(folder_of(path).canonicalize()?.join(name))
            }
            outcome => outcome,
        };
        let path = attempt().with_context(|| {
            let path = path.display();
            format!("cannot put a database at {path}: its folder must exist and be readable")
        })?;
        let Some(lock) = lock(&path)? else {
            return Ok(None);
        };
        let berth = Self { path, lock };
        berth.give_to_owner(&beside(&berth.path, ".lock"))?;
        Ok(Some(berth))
    }

    /// The file's name, symbolic links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a database, or what belongs to one, lies here.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        let logs = LOGS.map(|suffix| beside(&self.path, suffix));
        self.path.exists() || logs.iter().any(|log| log.exists())
    }

    /// Brings what a server has left in its log into the database itself; if it is too damaged for that,
    /// the log is copied beside `aside` as it lies here.
    ///
    /// # Errors
    /// When another program has the database open, or a file cannot be written.
    pub fn settle(&self, aside: &Path) -> anyhow::Result<Settled> {
        // SQLite takes away a log that it can make nothing of.
        let mut copies = Vec::new();
        for suffix in LOGS {
            let log = beside(&self.path, suffix);
            if log.metadata().is_ok_and(|log| log.len() > 0) {
                let copy = beside(aside, suffix);
                std::fs::copy(&log, &copy)?;
                File::open(&copy)?.sync_all()?;
                copies.push(copy);
            }
        }
        if !self.path.exists() {
            return Ok(Settled::Nothing);
        }
        let outcome = self.checkpoint();
        if matches!(&outcome, Err(error) if is_damage(error)) {
            return Ok(Settled::Damaged);
        }
        for copy in copies {
            std::fs::remove_file(copy)?;
        }
        outcome.map(|()| Settled::Whole)
    }

    fn checkpoint(&self) -> anyhow::Result<()> {
        let connection = Connection::open(&self.path)?;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let is_busy: bool = connection.query_row(checkpoint, [], |row| row.get(0))?;
        connection.close().map_err(|(_, error)| error)?;
        let log = beside(&self.path, "-wal");
        let rest = log.metadata().map_or(0, |log| log.len());
        ensure!(
            !is_busy && rest == 0,
            "another program has it open, and keeps its log"
        );
        Ok(())
    }

    /// Puts the file `new` here, of the same file system, and what lay here to `aside`.
    ///
    /// Once [`Berth::settle`] has found that whole, the one or the other is here at every instant, whole.
    ///
    /// # Errors
    /// When a file cannot be moved; what lay here before still does then.
    pub fn put(&self, new: &Path, aside: &Path) -> io::Result<()> {
        self.give_to_owner(new)?;
        File::open(new)?.sync_all()?;
        let folder = File::open(folder_of(&self.path))?;
        folder.sync_all()?;
        // A log that is left over would be applied to the new database. There is nothing in it, or it
        // was of no use to the old one.
        for suffix in LOGS.into_iter().chain([INDEX]) {
            match std::fs::remove_file(beside(&self.path, suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        folder.sync_all()?;
        Witness::forget(&self.lock)?;
        if self.path.exists() {
            exchange(new, &self.path, aside)?;
        } else {
            std::fs::rename(new, &self.path)?;
        }
        folder.sync_all()
    }

    /// Makes a file that was just written belong to whoever owns the database or, without one, its folder:
    /// root may well restore what another user serves.
    ///
    /// # Errors
    /// When that is another user, and the operating system does not let us.
    pub fn give_to_owner(&self, path: &Path) -> io::Result<()> {
        let like = self.path.metadata();
        let like = like.or_else(|_| folder_of(&self.path).metadata())?;
        let file = path.metadata()?;
        if (file.uid(), file.gid()) == (like.uid(), like.gid()) {
            return Ok(());
        }
        match chown(path, Some(like.uid()), Some(like.gid())) {
            // Nobody but root gives files away; a file of ours serves as well.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            outcome => outcome,
        }
    }
}

/// Gives the place of a file to another, and to the file the name `aside`, at one instant.
fn exchange(new: &Path, path: &Path, aside: &Path) -> io::Result<()> {
    std::fs::rename(new, aside)?;
    match renameat_with(CWD, aside, CWD, path, RenameFlags::EXCHANGE) {
        // Not every file system can do this: a copy takes longer, and its room.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            std::fs::rename(aside, new)?;
            std::fs::copy(path, aside)?;
            File::open(aside)?.sync_all()?;
            std::fs::rename(new, path)
        }
        outcome => Ok(outcome?),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
