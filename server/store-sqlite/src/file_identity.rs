//! Whether the files that are written to are still the ones that a restart would find.
//! Leaves what follows from it to `write`.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use keywright_model::error::Error;

/// What is looked at: the database itself, and what has its name with more behind it.
const FILES: [&str; 4] = ["", "-wal", "-shm", ".lock"];

/// The database, its log and what beside them keeps others out, by what the file system knows them by.
///
/// A file that is removed or replaced underneath an open connection takes writes as before, and every one of
/// them is lost with the connection: none may be acknowledged. Without the lock a second server would begin
/// beside this one; without the log's index another program would not see that we write.
pub(super) struct FileIdentities {
    files: [(PathBuf, Option<Identity>); FILES.len()],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl FileIdentities {
    /// The files of the database at `path`, as they are now: open, and in use.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            files: FILES.map(|suffix| {
                let mut file = path.as_os_str().to_owned();
                file.push(suffix);
                let file = PathBuf::from(file);
                let identity = identity(&file);
                (file, identity)
            }),
        }
    }

    /// How long the database itself is.
    ///
    /// # Errors
    /// When it has gone.
    pub(super) fn database_len(&self) -> std::io::Result<u64> {
        let [(database, _), ..] = &self.files;
        Ok(std::fs::metadata(database)?.len())
    }

    /// Where the log is.
    pub(super) fn log(&self) -> &Path {
        let [_, (log, _), ..] = &self.files;
        log
    }

    /// How long the log is.
    pub(super) fn log_len(&self) -> u64 {
        let [_, (log, _), ..] = &self.files;
        std::fs::metadata(log).map_or(0, |log| log.len())
    }

    /// Whether a restart would find what was written.
    ///
    /// # Errors
    /// `Unavailable`, with the file that has gone or was replaced.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (file, known) in &self.files {
            if identity(file) != *known {
                let file = file.display();
                return Err(Error::Unavailable {
                    cause: format!(
                        "{file} was removed or replaced while in use: put it back, or restart"
                    ),
                });
            }
        }
        Ok(())
    }
}

fn identity(path: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
    })
}
