//! SQLite: one file, one writer thread, reader threads, a lock against a second server.
//! Leaves rows to `rows` and the making of changes to `write`.

mod change;
mod replay;
mod rows;
mod write;

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use tokio::sync::oneshot;

use super::{KeyFilter, Opened, Store, Write, Written};
use crate::clock::Clock;
use crate::error::Error;
use crate::key::{HeldKey, Key, KeyId, Kind, Owner, OwnerId};
use crate::secret::{Digest, Pepper};
use rows::fault;
use write::Writer;

/// The schema, oldest step first; `PRAGMA user_version` counts the steps that were taken.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/sqlite/1_keys.sql")];
const STATEMENTS_MAX: usize = 64;

/// How the database is used.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Connections that read.
    pub readers: usize,
    /// How long a lock of another process is waited for.
    pub busy_timeout: Duration,
    /// Writes that may wait for the disk; one more is refused.
    pub queue_len_max: usize,
}

/// Opens the file, creating it if need be, and takes the lock beside it.
pub(super) fn open(path: &Path, options: Options) -> anyhow::Result<OpenedFile> {
    let path = &create(path).with_context(|| {
        let path = path.display();
        format!("cannot open the database {path}: its folder must exist and be writable")
    })?;
    let lock = lock(path)?;
    let mut connection = Connection::open(path)
        .with_context(|| format!("cannot open the database {}", path.display()))?;
    prepare(&connection, options)
        .with_context(|| format!("cannot use {} as a database", path.display()))?;
    migrate(&mut connection)
        .with_context(|| format!("cannot bring the database {} up to date", path.display()))?;
    Ok(OpenedFile {
        path: path.to_owned(),
        options,
        connection,
        lock,
    })
}

/// A database file that this process alone uses.
pub(super) struct OpenedFile {
    path: PathBuf,
    options: Options,
    connection: Connection,
    lock: File,
}

impl Opened for OpenedFile {
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.connection
            .query_row(
                "SELECT value FROM settings WHERE name = ?1",
                [name],
                |row| row.get(0),
            )
            .optional()
            .map_err(fault)
    }

    fn keep_setting(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.connection
            .execute(
                "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                (name, value),
            )
            .map(drop)
            .map_err(fault)
    }

    fn drop_setting(&self, name: &str) -> Result<(), Error> {
        self.connection
            .execute("DELETE FROM settings WHERE name = ?1", [name])
            .map(drop)
            .map_err(fault)
    }

    fn is_empty(&self) -> Result<bool, Error> {
        self.connection
            .query_row("SELECT NOT EXISTS (SELECT 1 FROM owners)", [], |row| {
                row.get(0)
            })
            .map_err(fault)
    }

    fn start(
        self: Box<Self>,
        pepper: &Pepper,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn Store>, Error> {
        replay::forget(&self.connection, clock.now_ms()).map_err(fault)?;
        let readers = (0..self.options.readers)
            .map(|_| reader(&self.path, self.options))
            .collect::<Result<Vec<_>, _>>()
            .map_err(fault)?;
        let writer = Writer::start(
            self.connection,
            pepper.derive("events"),
            clock,
            self.options.queue_len_max,
        )?;
        Ok(Arc::new(Sqlite {
            readers: Readers::start(readers, self.options.queue_len_max)?,
            writer,
            _lock: self.lock,
        }))
    }
}

struct Sqlite {
    writer: Writer,
    readers: Readers,
    _lock: File,
}

impl Sqlite {
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.readers.read(query).await
    }
}

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// Threads that read, each with a connection of its own.
///
/// Measured against a pool behind `spawn_blocking`: 2 to 4 times the look-ups at a third of the CPU.
struct Readers {
    queue: mpsc::SyncSender<Query>,
}

impl Readers {
    fn start(connections: Vec<Connection>, queue_len_max: usize) -> Result<Self, Error> {
        let (queue, queries) = mpsc::sync_channel::<Query>(queue_len_max);
        let queries = Arc::new(Mutex::new(queries));
        for connection in connections {
            let queries = Arc::clone(&queries);
            std::thread::Builder::new()
                .name("keywright-reader".to_owned())
                .spawn(move || {
                    loop {
                        let next = queries
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .recv();
                        match next {
                            // A panic drops the answer, and so its caller learns of it.
                            Ok(query) => {
                                if catch_unwind(AssertUnwindSafe(|| query(&connection))).is_err() {
                                    tracing::error!("a reader panicked");
                                }
                            }
                            Err(_) => break,
                        }
                    }
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { queue })
    }

    /// Runs one query on a reader, off the threads that serve requests.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, outcome) = oneshot::channel();
        let query = Box::new(move |connection: &Connection| {
            if !answer.is_closed() && answer.send(query(connection)).is_err() {
                tracing::debug!("the caller left before its answer");
            }
        });
        self.queue
            .try_send(query)
            .map_err(|error| Error::Unavailable {
                cause: format!("the readers take no more: {error}"),
            })?;
        outcome
            .await
            .map_err(|_| Error::internal("a reader ended while it read"))?
            .map_err(fault)
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn find_key_by_digest(&self, digest: Digest) -> Result<Option<HeldKey>, Error> {
        let found = self
            .read(move |connection| rows::find_key_by_digest(connection, digest))
            .await?;
        // The index compared the digests already; comparing again in constant time costs nothing.
        Ok(found
            .filter(|(_, stored)| stored.matches(&digest))
            .map(|(held, _)| held))
    }

    async fn find_key(&self, id: KeyId) -> Result<Option<HeldKey>, Error> {
        let found = self
            .read(move |connection| rows::find_key(connection, id))
            .await?;
        Ok(found.map(|(held, _)| held))
    }

    async fn find_client(&self, id: KeyId) -> Result<Option<(HeldKey, Digest)>, Error> {
        let found = self
            .read(move |connection| rows::find_key(connection, id))
            .await?;
        Ok(found.filter(|(held, _)| held.key.kind == Kind::Client))
    }

    async fn serves_retry(&self, id: Digest, replaced: KeyId, now_ms: i64) -> Result<bool, Error> {
        self.read(move |connection| replay::serves(connection, id, replaced, now_ms))
            .await
    }

    async fn find_owner(&self, id: OwnerId) -> Result<Option<Owner>, Error> {
        self.read(move |connection| rows::find_owner(connection, id))
            .await
    }

    async fn is_ancestor(&self, ancestor: OwnerId, id: OwnerId) -> Result<bool, Error> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "WITH RECURSIVE above (id) AS (
                         SELECT ?1
                         UNION
                         SELECT o.parent_id FROM above JOIN owners o ON o.id = above.id
                         WHERE o.parent_id IS NOT NULL
                     )
                     SELECT EXISTS (SELECT 1 FROM above WHERE id = ?2)",
                )?
                .query_row((id.0, ancestor.0), |row| row.get(0))
        })
        .await
    }

    async fn list_keys(&self, filter: KeyFilter) -> Result<Vec<Key>, Error> {
        self.read(move |connection| rows::list_keys(connection, &filter))
            .await
    }

    async fn count_keys(&self, filter: KeyFilter) -> Result<i64, Error> {
        self.read(move |connection| rows::count_keys(connection, &filter))
            .await
    }

    async fn write(&self, write: Write) -> Result<Written, Error> {
        self.writer.write(write).await
    }

    async fn check(&self) -> Result<(), Error> {
        self.read(|connection| connection.query_row("SELECT 1 FROM head", [], |_| Ok(())))
            .await?;
        self.writer.probe().await
    }

    async fn close(&self) {
        self.writer.close().await;
    }
}

/// Makes sure that the file is there, readable by the owner of this process only, and says where it
/// really is: two ways to it must meet at one lock.
fn create(path: &Path) -> std::io::Result<PathBuf> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)?;
    path.canonicalize()
}

/// Locks `<path>.lock`, so that a second server on the same file is refused, not interleaved.
fn lock(path: &Path) -> anyhow::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .with_context(|| format!("cannot open the lock file {}", Path::new(&name).display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another keywright serves the database {}: stop it, or use another database",
            path.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", Path::new(&name).display()))
        }
    }
}

fn prepare(connection: &Connection, options: Options) -> anyhow::Result<()> {
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    anyhow::ensure!(
        mode == "wal",
        "the file system must support write-ahead logging"
    );
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
    )?;
    Ok(())
}

fn reader(path: &Path, options: Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> anyhow::Result<()> {
    let transaction = connection.transaction()?;
    let done: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = u32::try_from(MIGRATIONS.len())?;
    anyhow::ensure!(
        done <= known,
        "it was last used by a newer keywright (schema {done}, this one knows {known}): update keywright"
    );
    for step in &MIGRATIONS[done as usize..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
