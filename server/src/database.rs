//! The database that a URL names: its scheme picks the engine, here and nowhere else.
//! Leaves how a database is opened, looked at and put in place to the engine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;

use crate::config::{self, Config};
use keywright_store::copy::CopyTarget;
use keywright_store::{Maintenance, OpenDatabase, Refused, SettingsChange};
use keywright_store_postgres as postgres;
use keywright_store_sqlite::{self as sqlite, Inspection};
pub(crate) use keywright_store_sqlite::{DatabaseLock, Settled};

/// An engine, and where it finds the database.
enum Engine<'a> {
    Sqlite(&'a Path),
    Postgres(&'a str),
}

/// How a server uses its database, whichever engine that is of.
pub struct Options {
    sqlite: sqlite::Options,
    postgres: postgres::ServerOptions,
}

/// How long PostgreSQL works on one statement.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

impl From<sqlite::Options> for Options {
    /// What a file is used with; a PostgreSQL gets the same, and no CA.
    fn from(sqlite: sqlite::Options) -> Self {
        let postgres = postgres::ServerOptions {
            connection: postgres::Options {
                ca_file: None,
                connect_timeout: sqlite.busy_timeout,
                statement_timeout: STATEMENT_TIMEOUT,
            },
            readers: sqlite.readers,
            queue_len_max: sqlite.queue_len_max,
            wait_max: sqlite.wait_max,
            max_staleness: Duration::from_secs(30),
        };
        Self { sqlite, postgres }
    }
}

const FORMS: &str =
    "database.url must start with `sqlite:`, as in `sqlite:keywright.db`, or with `postgres://`";

impl<'a> Engine<'a> {
    /// The engine of a URL's scheme.
    ///
    /// # Errors
    /// When the scheme is unknown. The message names those that are known, and not the rest of the URL, which may
    /// hold a password.
    fn of(url: &'a str) -> anyhow::Result<Self> {
        match url.split_once(':') {
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.as_ref())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url)),
            Some((scheme, _)) => anyhow::bail!("{FORMS}, got `{scheme}:`"),
            None => anyhow::bail!("{FORMS}, got no scheme"),
        }
    }

    /// The file of an engine that keeps one.
    fn file(self) -> Option<&'a Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// Opens the database that `url` names and brings it to the newest schema.
///
/// # Errors
/// When the scheme is unknown, or the database is in use by another server, damaged, or not to be had.
pub fn open(url: &str, options: impl Into<Options>) -> anyhow::Result<Box<dyn OpenDatabase>> {
    let options = options.into();
    Ok(match Engine::of(url)? {
        Engine::Sqlite(path) => Box::new(sqlite::open(path, options.sqlite)?),
        Engine::Postgres(url) => Box::new(postgres::open(url, options.postgres)?),
    })
}

/// How a server uses its database.
pub(crate) fn options(config: &Config) -> Options {
    let sqlite = sqlite::Options {
        readers: config.database.readers,
        busy_timeout: Duration::from_millis(u64::from(config.database.busy_timeout_ms)),
        queue_len_max: config.database.queue_len_max,
        // A quarter is left for what comes before the wait queue and behind it.
        wait_max: Duration::from_millis(u64::from(config.limits.wait_max_ms)) * 3 / 4,
        reserve_len: u64::from(config.database.reserve_mib) << 20,
        counts_keys: config.limits.keys_per_owner > 0,
        test_hook: None,
    };
    let mut options = Options::from(sqlite);
    let connection = &mut options.postgres.connection;
    connection.ca_file.clone_from(&config.database.ca_file);
    connection.connect_timeout =
        Duration::from_millis(u64::from(config.database.connect_timeout_ms));
    options.postgres.max_staleness =
        Duration::from_millis(u64::from(config.cache.max_staleness_ms));
    options
}

/// What the engines of this process have refused because too much waited before it.
pub(crate) fn refused() -> Refused {
    let (sqlite, postgres) = (sqlite::refused(), postgres::refused());
    Refused {
        reads: sqlite.reads + postgres.reads,
        writes: sqlite.writes + postgres.writes,
    }
}

/// A database that a command works on, and how it is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Location<'a> {
    url: &'a str,
    config: &'a Config,
}

/// A database that no server begins to use until this is dropped.
pub(crate) struct Hold {
    _guard: Box<dyn std::any::Any>,
}

impl<'a> Location<'a> {
    /// The configured database.
    pub(crate) fn of(config: &'a Config) -> Self {
        Self::at(&config.database.url, config)
    }

    /// Another one, reached as the configured one is.
    pub(crate) fn at(url: &'a str, config: &'a Config) -> Self {
        Self { url, config }
    }

    /// Its URL without a password, to be shown.
    pub(crate) fn shown(self) -> String {
        config::without_password(self.url)
    }

    /// Whether it is a file, and not kept by a server of its own.
    pub(crate) fn is_file(self) -> bool {
        file(self.url).is_some()
    }

    /// Refuses a URL that names no database.
    ///
    /// # Errors
    /// Names the schemes that are known.
    pub(crate) fn check(self) -> anyhow::Result<()> {
        Engine::of(self.url).map(drop)
    }

    /// The place of a file, held against servers; `None` if one uses what lies there.
    ///
    /// # Errors
    /// When it is no file, or its folder is not there or cannot be written.
    pub(crate) fn lock_file(self) -> anyhow::Result<Option<DatabaseLock>> {
        lock(self.url)
    }

    /// Refuses a database that is no file.
    ///
    /// # Errors
    /// Says what to use instead.
    pub(crate) fn check_is_file(self) -> anyhow::Result<()> {
        match Engine::of(self.url)? {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(_) => anyhow::bail!(
                "this command works on a database that is a file: back up a PostgreSQL and restore it with its own \
                 tools, pg_dump or a base backup; `keywright copy` makes a file of it"
            ),
        }
    }

    /// How long a lock of another process is waited for.
    fn busy_timeout(self) -> Duration {
        Duration::from_millis(u64::from(self.config.database.busy_timeout_ms))
    }

    fn connection(self) -> postgres::Options {
        options(self.config).postgres.connection
    }

    /// Opens it to be looked at; `None` if there is none.
    ///
    /// # Errors
    /// When the scheme is unknown, or the database cannot be read.
    pub(crate) fn inspect(self) -> anyhow::Result<Option<Box<dyn Maintenance>>> {
        match Engine::of(self.url)? {
            Engine::Sqlite(path) => inspect_file(path),
            Engine::Postgres(url) => {
                let inspection = postgres::Inspection::open(url, &self.connection())?;
                Ok(Some(Box::new(inspection)))
            }
        }
    }

    /// Opens it, and looks at it; anew, if a server began to use a file meanwhile. `None` if there is none.
    ///
    /// # Errors
    /// When the scheme is unknown, the database cannot be read, or the look fails.
    pub(crate) fn look<T, E: From<anyhow::Error>>(
        self,
        mut look: impl FnMut(&mut dyn Maintenance) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        match Engine::of(self.url)? {
            Engine::Sqlite(path) => {
                Inspection::look(path, self.busy_timeout(), |inspection| look(inspection))
            }
            Engine::Postgres(url) => {
                let mut inspection = postgres::Inspection::open(url, &self.connection())?;
                look(&mut inspection).map(Some)
            }
        }
    }

    /// Changes settings, also while servers use it. What fails changes nothing.
    ///
    /// # Errors
    /// When the scheme is unknown, the database is not there or cannot be written, or `change` fails.
    pub(crate) fn change_settings<T, E: From<anyhow::Error>>(
        self,
        change: impl FnOnce(&dyn SettingsChange) -> Result<T, E>,
    ) -> Result<T, E> {
        let timeout = self.busy_timeout();
        match Engine::of(self.url)? {
            Engine::Sqlite(path) => sqlite::change_settings(path, timeout, change),
            Engine::Postgres(url) => {
                postgres::change_settings(url, &self.connection(), timeout, change)
            }
        }
    }

    /// Holds it against servers; `None` if one uses it.
    ///
    /// # Errors
    /// When the scheme is unknown, the database cannot be reached, or its folder not be written.
    pub(crate) fn hold(self) -> anyhow::Result<Option<Hold>> {
        let guard: Option<Box<dyn std::any::Any>> = match Engine::of(self.url)? {
            Engine::Sqlite(path) => DatabaseLock::take(path)?.map(|lock| Box::new(lock) as _),
            Engine::Postgres(url) => {
                let hold = postgres::Hold::take(url, &self.connection(), self.busy_timeout())?;
                hold.map(|hold| Box::new(hold) as _)
            }
        };
        Ok(guard.map(|guard| Hold { _guard: guard }))
    }

    /// How many servers use a database that several can use.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) fn servers(self) -> anyhow::Result<i64> {
        match Engine::of(self.url)? {
            Engine::Sqlite(_) => Ok(0),
            Engine::Postgres(url) => postgres::servers(url, &self.connection()),
        }
    }

    /// What tells a database that is no file from all others.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(crate) fn identity(self) -> anyhow::Result<Option<String>> {
        match Engine::of(self.url)? {
            Engine::Sqlite(_) => Ok(None),
            Engine::Postgres(url) => postgres::identity(url, &self.connection()).map(Some),
        }
    }

    /// What is in it that no copy takes along.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn tables_left_out(self) -> anyhow::Result<Vec<String>> {
        match Engine::of(self.url)? {
            Engine::Sqlite(_) => Ok(Vec::new()),
            Engine::Postgres(url) => postgres::tables_left_out(url, &self.connection()),
        }
    }

    /// Makes the tables of a database that is no file, where there are none.
    ///
    /// # Errors
    /// When they cannot be made.
    pub(crate) fn make_schema(self) -> anyhow::Result<()> {
        match Engine::of(self.url)? {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(url) => postgres::make_schema(url, &self.connection()),
        }
    }

    /// Begins to fill it with all rows of another; where it is a file, `draft` in its place.
    ///
    /// # Errors
    /// When it cannot be written, or something is in it.
    pub(crate) fn fill(self, draft: Option<&Path>) -> anyhow::Result<Box<dyn CopyTarget>> {
        Ok(match (Engine::of(self.url)?, draft) {
            (Engine::Sqlite(path), draft) => {
                Box::new(sqlite::CopiedFile::begin(draft.unwrap_or(path))?)
            }
            (Engine::Postgres(url), _) => {
                Box::new(postgres::CopiedDatabase::begin(url, &self.connection())?)
            }
        })
    }
}

/// Opens a file that holds a whole database to be looked at; `None` if there is none.
///
/// # Errors
/// When the file cannot be read.
pub fn inspect_file(path: &Path) -> anyhow::Result<Option<Box<dyn Maintenance>>> {
    let inspection = Inspection::open(path)?;
    Ok(inspection.map(|inspection| Box::new(inspection) as Box<dyn Maintenance>))
}

/// Changes settings that all servers of the configured database agree on. What fails changes nothing.
///
/// # Errors
/// When one server alone can use that database, it cannot be reached, or `change` fails.
pub(crate) fn change_agreed<T, E: From<anyhow::Error>>(
    config: &Config,
    change: impl FnOnce(&dyn SettingsChange) -> Result<T, E>,
) -> Result<T, E> {
    if !is_shared(&config.database.url) {
        return Err(E::from(anyhow::anyhow!(
            "one server alone uses this database, and agrees with itself: change its configuration, and restart it"
        )));
    }
    Location::of(config).change_settings(change)
}

/// Whether several servers may use the database that `url` names.
pub(crate) fn is_shared(url: &str) -> bool {
    matches!(Engine::of(url), Ok(Engine::Postgres(_)))
}

/// The file of a database, of an engine that keeps one.
pub(crate) fn file(url: &str) -> Option<&Path> {
    Engine::of(url).ok()?.file()
}

/// The files that a database consists of, and those that a server keeps beside it.
pub(crate) fn files(url: &str) -> Vec<PathBuf> {
    file(url).map_or_else(Vec::new, |path| sqlite::files_of(path).into())
}

/// The URL of a file that holds a whole database.
pub(crate) fn url_of_file(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// What lies beside a file that is to be a whole database, and holds a part of that.
pub(crate) fn part_beside(path: &Path) -> Option<PathBuf> {
    sqlite::log_beside(path)
}

/// The place of the database that `url` names, held against servers; `None` if a server uses what lies there.
///
/// # Errors
/// When its engine keeps no file, or the folder is not there or cannot be written.
pub(crate) fn lock(url: &str) -> anyhow::Result<Option<DatabaseLock>> {
    let path = file(url).context("only a database that is a file can be put in place")?;
    DatabaseLock::take(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_an_unknown_scheme_is_refused_with_those_that_are_known() {
        for (url, got) in [
            ("mysql://admin:pass@localhost/keys", "`mysql:`"),
            ("keywright.db", "no scheme"),
            ("", "no scheme"),
        ] {
            let error = Engine::of(url).err().map(|error| error.to_string());
            assert_eq!(error, Some(format!("{FORMS}, got {got}")));
        }
    }

    #[test]
    fn what_works_on_a_file_says_so_of_a_postgresql() {
        let url = "postgres://kw:hunter2@localhost/kw";
        let config = Config::default();
        let location = Location::at(url, &config);
        let error = location.check_is_file().err().unwrap().to_string();
        assert!(
            error.contains("pg_dump") && !error.contains("hunter2"),
            "{error}"
        );
        assert!(!location.shown().contains("hunter2"));
        assert_eq!(file(url), None);
        assert!(files(url).is_empty());
    }

    /// What an engine rests on is no dependency of this package, and no other file here names an engine.
    #[test]
    fn one_file_of_this_package_knows_the_engines() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("rusqlite"), "{manifest}");
        let mut folders = vec![folder.join("src")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                files += 1;
                if path.ends_with("src/database.rs") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for word in [
                    "keywright_store_sqlite",
                    "keywright_store_postgres",
                    "rusqlite",
                    "-wal",
                    "-shm",
                ] {
                    assert!(!text.contains(word), "{} names {word}", path.display());
                }
            }
        }
        assert!(files > 50, "{files}");
    }
}
