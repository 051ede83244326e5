//! A file in the making: in a folder of its own beside its place, so that nothing half-done has its name.
//! Leaves what is in the file to the caller.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A file in the making, with all that an engine puts beside it. Dropping it removes what is still there.
///
/// What a killed process has left behind is removed by the next one that makes the same file.
pub(in crate::cli) struct Draft {
    parent: PathBuf,
    path: PathBuf,
    // In this order: the lock goes last.
    _folder: TempDir,
    _lock: File,
}

impl Draft {
    /// Begins an empty file that is to be moved to `target`, or somewhere in its folder.
    pub(in crate::cli) fn beside(target: &Path) -> io::Result<Self> {
        let parent = target
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."))
            .canonicalize()?;
        let mut prefix = target.file_name().unwrap_or_default().to_owned();
        prefix.push(".partial-");
        remove_left(&parent, &prefix)?;
        loop {
            let folder = tempfile::Builder::new()
                .prefix(&prefix)
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(&parent)?;
            // Another process may have removed it before our lock: then there is nothing to lock, or
            // what there was is gone.
            let Ok(lock) = File::open(folder.path()) else {
                continue;
            };
            if lock.try_lock().is_err() || !is_same(&lock, folder.path()) {
                continue;
            }
            let path = folder.path().join("copy");
            File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            return Ok(Self {
                parent,
                path,
                _folder: folder,
                _lock: lock,
            });
        }
    }

    /// The file.
    pub(in crate::cli) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the names in the folder of the target durable.
    pub(in crate::cli) fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.parent)?.sync_all()
    }
}

/// Removes the folders of drafts whose process has gone.
fn remove_left(parent: &Path, prefix: &OsString) -> io::Result<()> {
    let prefix = prefix.as_encoded_bytes();
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        let is_draft = entry.file_name().as_encoded_bytes().starts_with(prefix);
        if !is_draft || !entry.file_type()?.is_dir() {
            continue;
        }
        // Locked for as long as it is in use; and what is not ours to remove stays.
        let is_left = File::open(entry.path()).and_then(|folder| {
            folder.try_lock()?;
            std::fs::remove_dir_all(entry.path())
        });
        if let Err(error) = is_left {
            tracing::debug!(%error, folder = %entry.path().display(), "a draft is left alone");
        }
    }
    Ok(())
}

fn is_same(open: &File, path: &Path) -> bool {
    let identity = |file: std::fs::Metadata| (file.dev(), file.ino());
    let (open, named) = (open.metadata().map(identity), path.metadata().map(identity));
    matches!((open, named), (Ok(open), Ok(named)) if open == named)
}
