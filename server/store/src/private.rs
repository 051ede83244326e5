//! Files for the eyes of the server's user alone: how they are made, opened and recognized.
//! Leaves what is in them to the caller.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::fs::OFlags;
use rustix::process::geteuid;

/// What such a file may be read and written by.
const MODE: u32 = 0o600;
/// The permission bits of the group and of others.
const OTHERS: u32 = 0o077;
/// The permission bits of others.
const ANYBODY: u32 = 0o007;

/// Opens a file that the server keeps beside its database, or makes it; one that others could open is closed
/// to them.
///
/// # Errors
/// When what lies there is a link, has another name, or is no file of this user.
pub fn open(path: &Path) -> anyhow::Result<File> {
    let shown = path.display();
    let file = options().create(true).truncate(false).read(true).open(path);
    let file = file.with_context(|| {
        format!("cannot open {shown}: it must be a file of the server's user, and no link")
    })?;
    let metadata = file.metadata()?;
    if let Some(flaw) = flaw(&metadata) {
        bail!("{shown} {flaw}: remove it, the server makes its own");
    }
    if metadata.mode() & OTHERS != 0 {
        let closed = file.set_permissions(Permissions::from_mode(MODE));
        closed.with_context(|| {
            format!("others may open {shown}, and that cannot be changed: remove it")
        })?;
    }
    Ok(file)
}

/// Makes a file that is about to get another name. What a killed process has left of such a file goes.
///
/// # Errors
/// When something else lies there, or the file cannot be made.
pub fn draft(path: &Path) -> anyhow::Result<File> {
    match path.symlink_metadata() {
        Ok(left) if flaw(&left).is_none() && left.uid() == geteuid().as_raw() => {
            std::fs::remove_file(path)?;
        }
        Ok(left) => {
            let flaw = flaw(&left).unwrap_or("belongs to another user");
            bail!(
                "{} {flaw}: look at what it is, and remove it",
                path.display()
            );
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    Ok(create_new(path)?)
}

/// Makes a file that is not there yet.
///
/// # Errors
/// When anything lies there, or the file cannot be made.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

/// The mode of a file that others than its owner may read, if they may.
#[must_use]
pub fn readable_by_others(path: &Path) -> Option<u32> {
    readable(path, OTHERS)
}

/// The mode of a file that every user of the machine may read, if they may.
#[must_use]
pub fn readable_by_anybody(path: &Path) -> Option<u32> {
    readable(path, ANYBODY)
}

fn readable(path: &Path, by: u32) -> Option<u32> {
    // What opens the file says what is wrong with it.
    let mode = path.metadata().ok()?.mode();
    (mode & by != 0).then_some(mode & 0o777)
}

fn options() -> OpenOptions {
    let mut options = File::options();
    options.write(true).mode(MODE);
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// What keeps something from being a file of ours, in words.
fn flaw(found: &Metadata) -> Option<&'static str> {
    match found {
        _ if found.is_symlink() => Some("is a symbolic link"),
        _ if !found.is_file() => Some("is no regular file"),
        _ if found.nlink() > 1 => Some("has a second name, a hard link"),
        _ => None,
    }
}
