//! SQLite: one file, one writer thread, reader threads, a lock against a second server.
//! Leaves rows to `rows` and the making of changes to `write`.

mod account;
mod anchor;
mod change;
mod inspect;
mod readers;
mod replay;
mod rows;
mod write;

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::cache::{Cache, Counts, Overtaken, Read};
use super::{EventFilter, KeyFilter, Opened, OwnerFilter, Source, Store, Write, Written};
use crate::clock::Clock;
use crate::error::Error;
use crate::key::{EventRecord, HeldKey, Key, KeyId, Kind, Owner, OwnerId};
use crate::secret::{Digest, Pepper};
use anchor::Anchor;
pub use inspect::{Inspection, Schema};
use readers::Readers;
use rows::fault;
use write::{Found, Wanted, Writer};

/// The schema, oldest step first; `PRAGMA user_version` counts the steps that were taken.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/1_keys.sql"),
    include_str!("../../migrations/sqlite/2_life.sql"),
];
const STATEMENTS_MAX: usize = 64;
/// A read that was too old is made again so often before the writer is asked.
const READS_MAX: usize = 2;
/// Connections that read lists.
const LIST_READERS: usize = 2;

/// How the database is used.
#[derive(Clone)]
pub struct Options {
    /// Connections that read.
    pub readers: usize,
    /// How long a lock of another process is waited for.
    pub busy_timeout: Duration,
    /// Writes that may wait for the disk; one more is refused.
    pub queue_len_max: usize,
    /// Bytes of memory for keys and owners, about.
    pub cache_bytes: u64,
    /// Runs between a look-up in the database and its way into memory; for tests of that very moment.
    pub interlude: Option<Interlude>,
}

/// What runs between a look-up in the database and its way into memory.
pub type Interlude = Arc<dyn Fn() + Send + Sync>;

/// Opens the file, creating it if need be, and takes the lock beside it.
pub(super) fn open(path: &Path, options: Options) -> anyhow::Result<OpenedFile> {
    let path = &create(path).with_context(|| {
        let path = path.display();
        format!("cannot open the database {path}: its folder must exist and be writable")
    })?;
    let lock = lock(path)?;
    let mut connection = Connection::open(path)
        .with_context(|| format!("cannot open the database {}", path.display()))?;
    prepare(&connection, &options)
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
        let open = |count: usize| {
            let connections = (0..count).map(|_| reader(&self.path, &self.options));
            connections.collect::<Result<Vec<_>, _>>().map_err(fault)
        };
        let (readers, list_readers) = (open(self.options.readers)?, open(LIST_READERS)?);
        let cache = Arc::new(Cache::new(self.options.cache_bytes));
        let writer = Writer::start(
            self.connection,
            pepper.derive("events"),
            clock,
            Arc::clone(&cache),
            Anchor::drop_at(&self.path),
            self.options.queue_len_max,
        )?;
        Ok(Arc::new(Sqlite {
            readers: Readers::start(readers, self.options.queue_len_max)?,
            list_readers: Readers::start(list_readers, self.options.queue_len_max)?,
            writer,
            cache,
            interlude: self.options.interlude,
            _lock: self.lock,
        }))
    }
}

struct Sqlite {
    writer: Writer,
    readers: Readers,
    /// What takes as long as a list may take waits here: nobody who presents a key waits behind it.
    list_readers: Readers,
    cache: Arc<Cache>,
    interlude: Option<Interlude>,
    _lock: File,
}

impl Sqlite {
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.readers.read(query).await
    }

    /// Reads something and the position at which it was read, until it is not too old to be used.
    async fn fill<T: Send + 'static, U>(
        &self,
        query: impl Fn(&Connection) -> rusqlite::Result<Read<T>> + Copy + Send + 'static,
        admit: impl Fn(&Cache, Read<T>) -> Result<U, Overtaken>,
    ) -> Result<Option<U>, Error> {
        self.cache.note_miss();
        for _ in 0..READS_MAX {
            let interlude = self.interlude.clone();
            let read = self.read(move |connection| {
                let read = query(connection);
                if let Some(interlude) = interlude {
                    interlude();
                }
                read
            });
            if let Ok(admitted) = admit(&self.cache, read.await?) {
                return Ok(Some(admitted));
            }
        }
        Ok(None)
    }

    /// What the writer finds, behind all that was written.
    async fn find_key_at_last(&self, wanted: Wanted) -> Result<Option<(HeldKey, Digest)>, Error> {
        match self.writer.find(wanted).await? {
            Found::Key(found) => Ok(found),
            Found::Owner(_) => Err(Error::internal("a key became an owner")),
        }
    }
}

#[async_trait]
impl Store for Sqlite {
    fn recall(&self, digest: Digest) -> Option<HeldKey> {
        self.cache.recall(digest)
    }

    async fn find_key_by_digest(
        &self,
        digest: Digest,
        source: Source,
    ) -> Result<Option<HeldKey>, Error> {
        if source == Source::Cache
            && let Some(held) = self.cache.recall(digest)
        {
            return Ok(Some(held));
        }
        let query = move |connection: &Connection| rows::find_key_by_digest(connection, digest);
        let found = match self.fill(query, Cache::admit).await? {
            Some(found) => found,
            None => self.find_key_at_last(Wanted::KeyByDigest(digest)).await?,
        };
        // The index compared the digests already; comparing again in constant time costs nothing.
        Ok(found
            .filter(|(_, stored)| stored.matches(&digest))
            .map(|(held, _)| held))
    }

    fn recall_client(&self, id: KeyId) -> Option<(HeldKey, Digest)> {
        let found = self.cache.recall_by_id(id);
        found.filter(|(held, _)| held.key.kind == Kind::Client)
    }

    async fn find_client(
        &self,
        id: KeyId,
        source: Source,
    ) -> Result<Option<(HeldKey, Digest)>, Error> {
        if source == Source::Cache
            && let Some(found) = self.recall_client(id)
        {
            return Ok(Some(found));
        }
        let query = move |connection: &Connection| rows::find_key(connection, id);
        let found = match self.fill(query, Cache::admit).await? {
            Some(found) => found,
            None => self.find_key_at_last(Wanted::KeyById(id)).await?,
        };
        Ok(found.filter(|(held, _)| held.key.kind == Kind::Client))
    }

    async fn read_key(&self, id: KeyId) -> Result<Option<Key>, Error> {
        let found = self
            .read(move |connection| rows::read_key(connection, id))
            .await?;
        Ok(found.map(|minted| Arc::unwrap_or_clone(minted.key)))
    }

    async fn serves_retry(&self, id: Digest, replaced: KeyId, now_ms: i64) -> Result<bool, Error> {
        self.read(move |connection| replay::serves(connection, id, replaced, now_ms))
            .await
    }

    async fn find_owner(&self, id: OwnerId) -> Result<Option<Arc<Owner>>, Error> {
        if let Some(owner) = self.cache.recall_owner(id) {
            return Ok(Some(owner).filter(|owner| owner.deleted_at_ms.is_none()));
        }
        let query = move |connection: &Connection| rows::find_owner(connection, id);
        match self.fill(query, Cache::admit_owner).await? {
            Some(found) => Ok(found),
            None => match self.writer.find(Wanted::Owner(id)).await? {
                Found::Owner(found) => Ok(found),
                Found::Key(_) => Err(Error::internal("an owner became a key")),
            },
        }
    }

    async fn read_owner(&self, id: OwnerId) -> Result<Option<Owner>, Error> {
        self.read(move |connection| rows::read_owner(connection, id))
            .await
    }

    async fn list_owners(&self, filter: OwnerFilter) -> Result<Vec<Owner>, Error> {
        self.list_readers
            .read(move |connection| rows::list_owners(connection, &filter))
            .await
    }

    async fn list_events(&self, filter: EventFilter) -> Result<Vec<EventRecord>, Error> {
        self.list_readers
            .read(move |connection| rows::list_events(connection, &filter))
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
        self.list_readers
            .read(move |connection| rows::list_keys(connection, &filter))
            .await
    }

    async fn count_keys(&self, filter: KeyFilter) -> Result<i64, Error> {
        self.list_readers
            .read(move |connection| rows::count_keys(connection, &filter))
            .await
    }

    async fn write(&self, write: Write) -> Result<Written, Error> {
        self.writer.write(write).await
    }

    fn counts(&self) -> Counts {
        self.cache.counts()
    }

    async fn check(&self) -> Result<(), Error> {
        self.read(|connection| connection.query_row("SELECT 1 FROM head", [], |_| Ok(())))
            .await?;
        self.writer.probe().await
    }

    async fn close(&self) {
        // The last connection that closes takes the log away, if it may write: that is the writer's.
        self.readers.close().await;
        self.list_readers.close().await;
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

fn prepare(connection: &Connection, options: &Options) -> anyhow::Result<()> {
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

fn reader(path: &Path, options: &Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // The log is opened with the first read: now, while it is surely the one that is written to.
    connection.query_row("SELECT 1 FROM head", [], |_| Ok(()))?;
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
