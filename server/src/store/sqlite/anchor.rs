//! Whether the files that are written to are still the ones that a restart would find.
//! Leaves what follows from it to `write`.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The database and its log, by what the file system knows them by.
///
/// A file that is removed or replaced underneath an open connection takes writes as before, and every one of
/// them is lost with the connection: none may be acknowledged.
pub(super) struct Anchor {
    files: [(PathBuf, Option<Identity>); 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Anchor {
    /// The files of the database at `path`, as they are now: open, and in use.
    pub(super) fn drop_at(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let files = [path.to_owned(), PathBuf::from(log)];
        Self {
            files: files.map(|file| {
                let identity = identity(&file);
                (file, identity)
            }),
        }
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
