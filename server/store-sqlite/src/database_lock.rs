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

use super::acknowledged_position::AcknowledgedPosition;
use super::checkpoint;
use super::event_chain::is_damage;
use keywright_store::private;

/// What SQLite leaves beside a database and would apply to any other file in its place.
pub(super) const LOGS: [&str; 2] = ["-wal", "-journal"];
/// What SQLite leaves beside a database and takes for its own.
const INDEX: &str = "-shm";

/// The place of a database, locked: no server begins to use it.
pub struct DatabaseLock {
    path: PathBuf,
    lock: Lock,
}

/// What keeps every other server from a database, whatever name it knows it by.
pub(super) struct Lock {
    /// The file beside the database.
    file: File,
    /// The database itself, which may lie in several places at once; never closed before SQLite closes its own:
    /// that would take the locks of SQLite away.
    _database: Option<File>,
}

impl Lock {
    /// The lock file, which also holds the last position that was acknowledged.
    pub(super) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }
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

/// The lock on a database, if no other process holds it.
pub(super) fn lock(path: &Path) -> anyhow::Result<Option<Lock>> {
    let name = beside(path, ".lock");
    let file = private::open(&name)?;
    if !try_lock(&file, &name)? {
        return Ok(None);
    }
    let database = match File::open(path) {
        Ok(database) => Some(database),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot open {}", path.display()));
        }
    };
    let database = database.filter(has_locks_of_its_own);
    if let Some(database) = &database
        && !try_lock(database, path)?
    {
        return Ok(None);
    }
    Ok(Some(Lock {
        file,
        _database: database,
    }))
}

fn try_lock(file: &File, name: &Path) -> anyhow::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", name.display()))
        }
    }
}

/// Whether a lock on the whole of this file is another than those that SQLite takes on parts of it, and gets not
/// in their way.
#[cfg(target_os = "linux")]
fn has_locks_of_its_own(file: &File) -> bool {
    // Over a network one kind of lock is made of the other.
    const NFS: i64 = 0x6969;
    const SMB: i64 = 0x517b;
    const SMB2: i64 = 0xfe53_4d42;
    const CIFS: i64 = 0xff53_4d42;
    rustix::fs::fstatfs(file).is_ok_and(|system| ![NFS, SMB, SMB2, CIFS].contains(&system.f_type))
}

/// Elsewhere the two are one. There a file has one place, and its other names are refused.
#[cfg(not(target_os = "linux"))]
fn has_locks_of_its_own(_file: &File) -> bool {
    false
}

impl DatabaseLock {
    /// Takes the place at `path`; `None` if a server uses what lies there.
    ///
    /// # Errors
    /// When its folder is not there or cannot be written.
    pub fn take(path: &Path) -> anyhow::Result<Option<Self>> {
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
        let place = Self { path, lock };
        place.give_to_owner(&beside(&place.path, ".lock"))?;
        Ok(Some(place))
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
                copy_new(&log, &copy)?;
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
        let is_merged = checkpoint(&connection, "TRUNCATE")?;
        connection.close().map_err(|(_, error)| error)?;
        let log = beside(&self.path, "-wal");
        let rest = log.metadata().map_or(0, |log| log.len());
        ensure!(
            is_merged && rest == 0,
            "another program has it open, and keeps its log"
        );
        Ok(())
    }

    /// Puts the file `new` here, of the same file system, and what lay here to `aside`.
    ///
    /// Once [`DatabaseLock::settle`] has found that whole, the one or the other is here at every instant, whole.
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
        AcknowledgedPosition::forget(&self.lock.file)?;
        if self.path.exists() {
            exchange(new, &self.path, aside)?;
        } else {
            std::fs::rename(new, &self.path)?;
        }
        folder.sync_all()
    }

    /// Makes a file that was just written belong to the owner of the database or, without one, of its folder:
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
            // Only root gives files away; a file of ours serves as well.
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
            copy_new(path, aside)?;
            std::fs::rename(new, path)
        }
        outcome => Ok(outcome?),
    }
}

/// Copies a file to where there is none, durably.
fn copy_new(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = private::create_new(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
