//! Where an export goes: to standard output, or into a file that has its name only once it is whole and on disk.
//! Leaves what is written to `export`.

use std::fs::{File, Permissions};
use std::io::{BufWriter, ErrorKind, Seek as _, Stdout, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use keywright_operator::failure::{Exit, Failure};

/// Where lines go.
pub(super) enum Sink {
    /// And whether any went there: they cannot be taken back.
    Stdout(BufWriter<Stdout>, bool),
    /// A file in the making, and the name that it gets.
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Sink {
    /// A file that is to appear, or standard output.
    ///
    /// # Errors
    /// When the file is there already, or cannot be made.
    pub(super) fn open(to: Option<&Path>) -> Result<Self, Failure> {
        let Some(to) = to else {
            return Ok(Self::Stdout(BufWriter::new(std::io::stdout()), false));
        };
        if to.symlink_metadata().is_ok() {
            return Err(is_there(to));
        }
        let file = tempfile::Builder::new()
            .prefix(".keywright-export-")
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(folder_of(to));
        let file = file.map_err(|error| unwritable(to, &error))?;
        Ok(Self::File(BufWriter::new(file), to.to_owned()))
    }

    /// Begins, or begins anew after a server has started or stopped on the database meanwhile.
    ///
    /// # Errors
    /// When what was written cannot be taken back.
    pub(super) fn begin(&mut self) -> Result<(), Failure> {
        match self {
            Self::Stdout(_, has_begun @ false) => {
                *has_begun = true;
                Ok(())
            }
            Self::Stdout(_, true) => Err(Failure::unexpected(
                "a server started or stopped on the database meanwhile",
                "run it again, and throw away what was written",
            )),
            Self::File(file, to) => {
                let emptied = file.rewind();
                let emptied = emptied.and_then(|()| file.get_ref().as_file().set_len(0));
                emptied.map_err(|error| unwritable(to, &error))
            }
        }
    }

    /// Writes one line of JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn line(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        let written = match self {
            Self::Stdout(output, _) => write_line(output, line),
            Self::File(file, _) => write_line(file, line),
        };
        written.map_err(|error| self.failure(&error))
    }

    /// Makes sure that all of it is where it belongs, and answers the file that now has its name.
    ///
    /// # Errors
    /// When it is not: then there is no such file.
    pub(super) fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        let flushed = match &mut self {
            Self::Stdout(output, _) => output.flush(),
            Self::File(file, _) => {
                let flushed = file.flush();
                flushed.and_then(|()| file.get_ref().as_file().sync_all())
            }
        };
        flushed.map_err(|error| self.failure(&error))?;
        let Self::File(file, to) = self else {
            return Ok(None);
        };
        let file = file.into_inner();
        let file = file.map_err(|error| unwritable(&to, error.error()))?;
        let named = file.persist_noclobber(&to);
        named.map_err(|error| match error.error.kind() {
            ErrorKind::AlreadyExists => is_there(&to),
            _ => unwritable(&to, &error.error),
        })?;
        let synced = File::open(folder_of(&to)).and_then(|folder| folder.sync_all());
        synced.map_err(|error| unwritable(&to, &error))?;
        Ok(Some(to))
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        match self {
            Self::Stdout(..) if error.kind() == ErrorKind::BrokenPipe => Failure::PipeClosed,
            Self::Stdout(..) => Failure::unexpected(
                format!("cannot write to standard output: {error}"),
                "see where it goes to: the disk may be full. What was written is not whole, as \
                 `keywright events verify --export` will say",
            ),
            Self::File(_, to) => unwritable(to, error),
        }
    }
}

fn write_line(output: &mut impl Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *output, line)?;
    output.write_all(b"\n")
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn is_there(to: &Path) -> Failure {
    Failure::new(
        Exit::Invalid,
        format!("{} is there already", to.display()),
        "give the export another name: what is there may be the only copy of events that were pruned",
    )
}

fn unwritable(to: &Path, error: &std::io::Error) -> Failure {
    Failure::unexpected(
        format!("{} cannot be written: {error}", to.display()),
        "its folder must exist, be writable and have room; nothing is left of what was written",
    )
}
