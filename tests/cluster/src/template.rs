//! Owns the template of a data folder: `initdb` makes one for each PostgreSQL and target folder, and clusters copy it.
//! Leaves what becomes of a copy to the cluster.

use std::env;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use uuid::Uuid;

use crate::{Place, Programs, SUPERUSER};

/// Changes with how a template is made, so that none of an earlier kind is copied.
const VERSION: u32 = 1;
/// Where templates lie in the target folder.
const FOLDER: &str = "postgresql-templates";
const DATA: &str = "data";
const PASSWORD: &str = "password";

/// A data folder as `initdb` leaves it, or the place for one.
pub(crate) struct Template {
    /// None where this program is not in a target folder: then nothing is kept.
    folder: Option<PathBuf>,
    /// The superuser's, in each copy.
    password: String,
    /// Held while there is none, by the one who makes it.
    lock: Option<File>,
}

impl Template {
    /// That of these programs. While another process makes it, this waits.
    ///
    /// # Errors
    /// When it cannot be read, or there is no room for it.
    pub(crate) fn of(programs: &Programs) -> Result<Self> {
        let mut template = Self {
            folder: None,
            password: Uuid::new_v4().simple().to_string(),
            lock: None,
        };
        let Some(target) = target() else {
            return Ok(template);
        };
        let templates = target.join(FOLDER);
        let folder = templates.join(format!("{VERSION}-{}", programs.label()));
        let lock =
            lock(&templates).with_context(|| format!("cannot lock {}", templates.display()))?;
        match fs::read_to_string(folder.join(PASSWORD)) {
            Ok(password) => template.password = password,
            Err(error) if error.kind() == ErrorKind::NotFound => template.lock = Some(lock),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", folder.display()));
            }
        }
        template.folder = Some(folder);
        Ok(template)
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// Makes the data folder of a place's first server, and of that the template unless there is one.
    ///
    /// # Errors
    /// Says what `initdb` or `cp` said.
    pub(crate) fn fill(self, place: &Place, data: &Path) -> Result<()> {
        match (&self.folder, &self.lock) {
            (Some(folder), None) => copy(place, &folder.join(DATA), data),
            (Some(folder), Some(_)) => {
                init(place, data)?;
                let kept = self.keep(place, data, folder);
                kept.with_context(|| format!("cannot keep a copy in {}", folder.display()))
            }
            (None, _) => init(place, data),
        }
    }

    /// Keeps a copy under its name once it is whole.
    fn keep(&self, place: &Place, data: &Path, folder: &Path) -> Result<()> {
        let partial = folder.with_file_name("partial");
        // What one that was killed has left behind.
        match fs::remove_dir_all(&partial) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&partial)?;
        copy(place, data, &partial.join(DATA))?;
        let password = partial.join(PASSWORD);
        fs::write(&password, &self.password)?;
        fs::set_permissions(&password, Permissions::from_mode(0o600))?;
        flush(&partial)?;
        Ok(fs::rename(&partial, folder)?)
    }
}

/// Has PostgreSQL make a data folder.
fn init(place: &Place, data: &Path) -> Result<()> {
    let password = place.put(PASSWORD, place.password.as_bytes())?;
    let mut initdb = place.programs.command("initdb");
    // What is not on the disk after a power cut is not needed after one: this spares seconds. The server itself
    // flushes.
    initdb.args(["--no-sync", "--data-checksums", "--auth=scram-sha-256"]);
    initdb.args([
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--username",
        SUPERUSER,
    ]);
    initdb.arg("--pwfile").arg(password);
    place.run(initdb.arg("-D").arg(data)).map(drop)
}

/// Copies a data folder with its owner and its modes; `cp` shares the blocks where the file system can.
fn copy(place: &Place, from: &Path, to: &Path) -> Result<()> {
    place
        .run(Command::new("cp").arg("-a").args([from, to]))
        .map(drop)
}

/// Has everything below a folder on the disk: a template is there after a power cut, too.
fn flush(path: &Path) -> Result<()> {
    if path.symlink_metadata()?.is_dir() {
        for entry in fs::read_dir(path)? {
            flush(&entry?.path())?;
        }
    }
    Ok(File::open(path)?.sync_all()?)
}

/// The lock under which templates are made.
fn lock(templates: &Path) -> Result<File> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(templates)?;
    let lock = File::create(templates.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// The folder that cargo builds into, if this program lies in one.
fn target() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let mut folders = program.ancestors().skip(1);
    let target = folders.find(|folder| folder.join(".rustc_info.json").is_file());
    target.map(Path::to_owned)
}
