//! A look at a database file from outside, read-only, whether a server uses it or not; and a copy of it.
//! Leaves what is found to be judged by `doctor` and `backup`, and the events to `event_chain`.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::open::MIGRATIONS;
use super::settings;
use super::unreadable::{self, UnreadableRow};

/// SQLite's steps between two looks at whether to go on.
const STEPS: i32 = 10_000;
/// A file that is in nobody's use is looked at again so often if a server starts or stops meanwhile.
const LOOKS_MAX: usize = 5;

/// A database file, open to be looked at. It takes no lock and changes nothing.
pub struct Inspection {
    pub(super) connection: Connection,
    path: PathBuf,
    /// What the file was like when it was found in nobody's use.
    unused: Option<Stamp>,
}

/// What any write to a file changes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp([i64; 6]);

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self([
            file.dev().cast_signed(),
            file.ino().cast_signed(),
            file.size().cast_signed(),
            file.mtime(),
            file.mtime_nsec(),
            file.ctime(),
        ])
    }
}

/// Refuses a folder, which SQLite takes for a disk that fails.
pub(super) fn refuse_folder(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    ensure!(
        !path.is_dir(),
        "the database {shown} is a folder: name a file in it, as in sqlite:{shown}/keywright.db"
    );
    Ok(())
}

/// How many keys are digested under one version of the pepper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestCount {
    /// The version.
    pub version: u32,
    /// Those that work.
    pub live: i64,
    /// Those that would if they were enabled.
    pub disabled: i64,
    /// Those that never will again.
    pub ended: i64,
}

/// How far the schema of a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The steps that were taken; 0 when the file is new.
    pub taken: i64,
    /// The steps that this keywright knows.
    pub known: i64,
}

impl Inspection {
    /// Opens the file that `url` names; `None` if there is none.
    ///
    /// # Errors
    /// When the URL is of another engine, or the file cannot be read.
    pub fn open(url: &str) -> anyhow::Result<Option<Self>> {
        let path = url
            .strip_prefix("sqlite:")
            .context("only a file of SQLite can be looked at")?;
        Self::open_file(Path::new(path))
    }

    /// Opens a file; `None` if there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open_file(path: &Path) -> anyhow::Result<Option<Self>> {
        refuse_folder(path)?;
        let is_there = path.try_exists();
        if !is_there.with_context(|| format!("cannot look for {}", path.display()))? {
            return Ok(None);
        }
        let attempt = || -> anyhow::Result<Self> {
            // A file without a log beside it is in nobody's use: it is read as it lies there, for
            // SQLite would leave an empty log behind.
            let stamp = Stamp::of(&path.metadata()?);
            let unused = (!log(path).exists()).then_some(stamp);
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_URI;
            let connection = Connection::open_with_flags(uri(path, unused.is_some()), flags)?;
            Ok(Self {
                connection,
                path: path.to_owned(),
                unused,
            })
        };
        attempt()
            .map(Some)
            .with_context(|| format!("cannot open {}", path.display()))
    }

    /// Opens the file that `url` names, and looks at it; anew, if a server began to use it meanwhile.
    /// `None` if there is no file.
    ///
    /// # Errors
    /// When the URL is of another engine, the file cannot be read, or the look fails.
    pub fn look<T, E: From<anyhow::Error>>(
        url: &str,
        busy_timeout: Duration,
        mut look: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        for _ in 0..LOOKS_MAX {
            let Some(mut inspection) = Self::open(url)? else {
                return Ok(None);
            };
            let timeout = inspection.connection.busy_timeout(busy_timeout);
            timeout.map_err(anyhow::Error::from)?;
            let outcome = look(&mut inspection);
            if inspection.is_still() {
                return outcome.map(Some);
            }
        }
        Err(E::from(anyhow::anyhow!(
            "{url} changes hands all the time: servers start and stop on it"
        )))
    }

    /// Whether a file that was in nobody's use has remained so: what was read of it is true.
    fn is_still(&self) -> bool {
        self.unused.is_none_or(|stamp| {
            let now = self.path.metadata().map(|file| Stamp::of(&file));
            now.is_ok_and(|now| now == stamp) && !log(&self.path).exists()
        })
    }

    /// Asks `is_over` now and then while SQLite works, and interrupts it once that says so.
    ///
    /// # Errors
    /// When the connection is in use.
    pub fn interrupt_if(
        &mut self,
        is_over: impl FnMut() -> bool + Send + 'static,
    ) -> rusqlite::Result<()> {
        self.connection.progress_handler(STEPS, Some(is_over))
    }

    /// Writes all that is in the database, as of one snapshot, into a file that is empty or not there.
    ///
    /// # Errors
    /// When the file cannot be read, or the other one not be written.
    pub fn copy_into(&self, path: &Path) -> anyhow::Result<()> {
        let path = path
            .to_str()
            .with_context(|| format!("{} must be UTF-8", path.display()))?;
        ensure!(path.starts_with('/'), "{path} must be an absolute path");
        self.connection.execute("VACUUM INTO ?1", [path])?;
        Ok(())
    }

    /// About how many bytes a copy has.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn copy_len(&self) -> rusqlite::Result<i64> {
        let pragma = |name: &str| -> rusqlite::Result<i64> {
            let sql = format!("PRAGMA {name}");
            self.connection.query_row(&sql, [], |row| row.get(0))
        };
        let pages = pragma("page_count")? - pragma("freelist_count")?;
        Ok(pages.saturating_mul(pragma("page_size")?))
    }

    /// How many keys there are, in whatever state.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count_keys(&self) -> rusqlite::Result<i64> {
        let sql = "SELECT count(*) FROM keys";
        self.connection.query_row(sql, [], |row| row.get(0))
    }

    /// How many keys are digested under each version of the pepper, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count_digests(&self, now_ms: i64) -> rusqlite::Result<Vec<DigestCount>> {
        let mut statement = self.connection.prepare(
            "WITH states AS (
                 SELECT pepper_version AS version, enabled,
                     revoked_at_ms IS NULL AND coalesce(expires_at_ms > ?1, true)
                         AND (replaced_by IS NULL OR coalesce(grace_until_ms > ?1, false)) AS works
                 FROM keys)
             SELECT version, sum(works AND enabled), sum(works AND NOT enabled), sum(NOT works)
             FROM states GROUP BY version ORDER BY version",
        )?;
        let counts = statement.query_map([now_ms], |row| {
            Ok(DigestCount {
                version: row.get(0)?,
                live: row.get(1)?,
                disabled: row.get(2)?,
                ended: row.get(3)?,
            })
        })?;
        counts.collect()
    }

    /// How far the schema has come.
    ///
    /// # Errors
    /// When the file cannot be read, or is no database.
    pub fn schema(&self) -> rusqlite::Result<Schema> {
        let version = "PRAGMA user_version";
        Ok(Schema {
            taken: self.connection.query_row(version, [], |row| row.get(0))?,
            known: i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX),
        })
    }

    /// What is damaged, in SQLite's words; nothing when the file is whole.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn damage(&self) -> rusqlite::Result<Vec<String>> {
        self.check("PRAGMA quick_check(10)")
    }

    /// What is damaged, indexes and constraints among it, in SQLite's words; takes several times as long.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn damage_anywhere(&self) -> rusqlite::Result<Vec<String>> {
        self.check("PRAGMA integrity_check(10)")
    }

    fn check(&self, pragma: &str) -> rusqlite::Result<Vec<String>> {
        let mut check = self.connection.prepare(pragma)?;
        let lines = check.query_map([], |row| row.get(0))?;
        let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// The keys and owners of which something cannot be read; only of the newest schema.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unreadable(&self) -> rusqlite::Result<Vec<UnreadableRow>> {
        unreadable::find(&self.connection)
    }

    /// A setting that the server keeps beside the keys.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn setting(&self, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        settings::read(&self.connection, name)
    }

    /// The position that the newest event seems to have, for whoever wants to know how far there is to go.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_position(&self) -> rusqlite::Result<i64> {
        let sql = "SELECT coalesce((SELECT max(position) FROM events), 0)";
        self.connection.query_row(sql, [], |row| row.get(0))
    }

    /// When the newest event happened, Unix milliseconds; `None` before the first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_event_at_ms(&self) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT at_ms FROM events ORDER BY position DESC LIMIT 1";
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .optional()
    }
}

/// The log beside a database.
pub(super) fn log(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

/// The file as SQLite names it.
pub(super) fn uri(path: &Path, is_unused: bool) -> String {
    let how = if is_unused { "?immutable=1" } else { "" };
    let name = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{name}{how}")
}
