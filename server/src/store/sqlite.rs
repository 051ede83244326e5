//! SQLite: one file, one writer thread, reader threads, a lock against a second server.
//! Leaves rows to `rows` and the making of changes to `write`.

mod account;
mod anchor;
mod audit;
mod berth;
mod change;
mod flights;
mod inspect;
mod line;
mod readers;
mod replay;
mod rows;
mod witness;
mod write;

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use futures_util::FutureExt as _;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use tokio::task::JoinSet;

use super::cache::{Cache, Counts, Minted, Overtaken, Read};
use super::event::EVENTS;
use super::sieve::Sieve;
use super::{EventFilter, KeyFilter, Opened, OwnerFilter, Source, Store, Write, Written};
use crate::clock::Clock;
use crate::error::Error;
use crate::key::{EventRecord, HeldKey, Key, KeyId, Kind, Owner, OwnerId};
use crate::secret::{Digest, Pepper};
use anchor::Anchor;
pub use audit::{Broken, Lost, LostEvents, is_damage};
pub use berth::{Berth, Settled};
use flights::{Flights, Reading};
pub use inspect::{Inspection, Schema};
use line::Line;
use readers::Readers;
use rows::fault;
use witness::Witness;
use write::{Found, Wanted, Writer};

/// The schema, oldest step first; `PRAGMA user_version` counts the steps that were taken.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/1_keys.sql"),
    include_str!("../../migrations/sqlite/2_life.sql"),
    include_str!("../../migrations/sqlite/3_grace.sql"),
];
const STATEMENTS_MAX: usize = 64;
/// Bytes of the log that are kept when it begins anew: what is there already is flushed faster.
const LOG_LEN_KEPT: u32 = 6 << 20;
/// A read that was too old is made again so often before the writer is asked.
const READS_MAX: usize = 2;
/// Connections that read lists.
const LIST_READERS: usize = 2;
/// Digests that are read at a time.
const DIGESTS_LEN: u32 = 4096;
/// How long a failed reading of all digests rests.
const SIEVE_RETRY: Duration = Duration::from_mins(1);

/// How long a health check may wait for the writer.
const CHECK_WITHIN: Duration = Duration::from_secs(2);

static READS_REFUSED: AtomicU64 = AtomicU64::new(0);
static WRITES_REFUSED: AtomicU64 = AtomicU64::new(0);

/// What was refused because too much waited before it.
pub struct Refused {
    /// Look-ups and lists.
    pub reads: u64,
    /// Changes.
    pub writes: u64,
}

/// What every store of this process has refused because too much waited before it.
#[must_use]
pub fn refused() -> Refused {
    Refused {
        reads: READS_REFUSED.load(Ordering::Relaxed),
        writes: WRITES_REFUSED.load(Ordering::Relaxed),
    }
}

/// How the database is used.
#[derive(Clone)]
pub struct Options {
    /// Connections that read.
    pub readers: usize,
    /// How long a lock of another process is waited for.
    pub busy_timeout: Duration,
    /// Writes that may wait for the disk; one more is refused.
    pub queue_len_max: usize,
    /// How long a read or a write may wait for its turn; who would wait longer is refused.
    pub wait_max: Duration,
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
    if path.metadata()?.len() == 0 {
        Witness::in_lock(lock.try_clone()?).hear(0, path)?;
        ensure_no_log(path)?;
    }
    let mut connection = Connection::open(path)
        .with_context(|| format!("cannot open the database {}", path.display()))?;
    // A log that turns out to be damaged is left as it is, for whoever may mend it.
    keep_log_at_close(&connection, true)?;
    prepare(&connection, &options)
        .with_context(|| format!("cannot use {} as a database", path.display()))?;
    Witness::in_lock(lock.try_clone()?).hear(head(&connection)?, path)?;
    migrate(&mut connection)
        .with_context(|| format!("cannot bring the database {} up to date", path.display()))?;
    keep_log_at_close(&connection, false)?;
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
        let line = |what, refused| {
            let Options {
                queue_len_max,
                wait_max,
                ..
            } = self.options;
            Line::new(what, queue_len_max, wait_max, refused)
        };
        // SQLite leaves this out where it cannot open the folder, and says nothing: a log that nobody finds
        // after a power cut would be lost with all that is in it.
        flush_folder_of(&self.path).map_err(|error| Error::Unavailable {
            cause: format!("the folder of the database cannot be flushed: {error}"),
        })?;
        let lock = self.lock.try_clone().map_err(Error::internal)?;
        let cache = Arc::new(Cache::new(self.options.cache_bytes));
        let writer = Writer::start(
            self.connection,
            pepper.derive(EVENTS),
            clock,
            Arc::clone(&cache),
            Anchor::drop_at(&self.path),
            Witness::in_lock(lock),
            line("writes", &WRITES_REFUSED),
        )?;
        let list_readers = Readers::start(list_readers, line("lists", &READS_REFUSED))?;
        let list_readers = Arc::new(list_readers);
        let mut chores = JoinSet::new();
        chores.spawn(keep_sieve(Arc::clone(&list_readers), Arc::clone(&cache)));
        Ok(Arc::new(Sqlite {
            readers: Readers::start(readers, line("reads", &READS_REFUSED))?,
            list_readers,
            chores: Mutex::new(chores),
            writer,
            cache,
            by_digest: Flights::new(),
            by_id: Flights::new(),
            owners: Flights::new(),
            interlude: self.options.interlude,
            _lock: self.lock,
        }))
    }
}

struct Sqlite {
    writer: Writer,
    readers: Readers,
    /// What takes as long as a list may take waits here: nobody who presents a key waits behind it.
    list_readers: Arc<Readers>,
    /// What goes on beside requests; it ends with the store.
    chores: Mutex<JoinSet<()>>,
    cache: Arc<Cache>,
    by_digest: Flights<Digest, FoundKey>,
    by_id: Flights<KeyId, FoundKey>,
    owners: Flights<OwnerId, Arc<Owner>>,
    interlude: Option<Interlude>,
    _lock: File,
}

type FoundKey = (Minted, Arc<Owner>);

impl Sqlite {
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.readers.read(query).await
    }

    /// Sends off a read of something, and of the position at which it is read.
    fn reading<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<Read<T>> + Send + 'static,
    ) -> Reading<T> {
        let interlude = self.interlude.clone();
        Box::pin(self.readers.read(move |connection| {
            let read = query(connection);
            if let Some(interlude) = interlude {
                interlude();
            }
            read
        }))
    }

    /// Reads something until that is not too old to be used.
    async fn fill<T, U, R: Future<Output = Result<Read<T>, Error>>>(
        &self,
        read: impl Fn() -> R,
        admit: impl Fn(&Cache, Read<T>) -> Result<U, Overtaken>,
    ) -> Result<Option<U>, Error> {
        self.cache.note_miss();
        for _ in 0..READS_MAX {
            if let Ok(admitted) = admit(&self.cache, read().await?) {
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
        if source == Source::Cache && self.cache.lacks(&digest) {
            return Ok(None);
        }
        let send_off = || self.reading(move |database| rows::find_key_by_digest(database, digest));
        let read = || match source {
            Source::Cache => self.by_digest.join(digest, send_off),
            Source::Database => send_off().shared(),
        };
        let found = match self.fill(read, Cache::admit).await? {
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
        let send_off = || self.reading(move |database| rows::find_key(database, id));
        let read = || match source {
            Source::Cache => self.by_id.join(id, send_off),
            Source::Database => send_off().shared(),
        };
        let found = match self.fill(read, Cache::admit).await? {
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
        let send_off = || self.reading(move |database| rows::find_owner(database, id));
        let read = || self.owners.join(id, send_off);
        match self.fill(read, Cache::admit_owner).await? {
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
        let check = async {
            self.readers
                .look(|connection| connection.query_row("SELECT 1 FROM head", [], |_| Ok(())))
                .await?;
            self.writer.probe().await
        };
        let checked = tokio::time::timeout(CHECK_WITHIN, check).await;
        checked.unwrap_or_else(|_elapsed| {
            Err(Error::Unavailable {
                cause: format!("the database has not answered within {CHECK_WITHIN:?}"),
            })
        })
    }

    async fn close(&self) {
        let mut chores =
            std::mem::take(&mut *self.chores.lock().unwrap_or_else(PoisonError::into_inner));
        chores.shutdown().await;
        // The last connection that closes takes the log away, if it may write: that is the writer's.
        self.readers.close().await;
        self.list_readers.close().await;
        self.writer.close().await;
    }
}

/// Reads all digests into the sieve, at once and whenever it has become too small.
async fn keep_sieve(readers: Arc<Readers>, cache: Arc<Cache>) {
    loop {
        cache.sieve().wants_growth().await;
        if let Err(error) = fill_sieve(&readers, cache.sieve()).await {
            tracing::warn!(%error, "unknown keys are looked up in the database for now");
            tokio::time::sleep(SIEVE_RETRY).await;
        }
    }
}

async fn fill_sieve(readers: &Readers, sieve: &Sieve) -> Result<(), Error> {
    // No key is ever deleted, so this is about how many there are.
    let count = readers.read(|database| {
        database.query_row("SELECT coalesce(max(rowid), 0) FROM keys", [], |row| {
            row.get(0)
        })
    });
    let Some(growing) = sieve.grow(i64::unsigned_abs(count.await?)) else {
        return Ok(());
    };
    let mut last = Vec::new();
    loop {
        // In parts, so that lists get their turn and the log can be merged in between.
        let part = readers.read(move |database| rows::list_digests(database, &last, DIGESTS_LEN));
        let part = part.await.inspect_err(|_| sieve.give_up(&growing))?;
        for digest in &part {
            growing.insert(digest);
        }
        match part.last() {
            Some(digest) if part.len() == DIGESTS_LEN as usize => last = digest.0.to_vec(),
            Some(_) | None => break,
        }
    }
    sieve.replace(&growing);
    Ok(())
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

/// Refuses an empty database beside the log of one that was not: SQLite would take that log away, and with it
/// all that it alone holds.
fn ensure_no_log(path: &Path) -> anyhow::Result<()> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = Path::new(&log);
    anyhow::ensure!(
        !log.metadata().is_ok_and(|log| log.len() > 0),
        "the database {} is empty, and beside it lies the log of another, {}: put back the file that belongs \
         to it, or move the log away to begin anew",
        path.display(),
        log.display()
    );
    Ok(())
}

/// Makes sure that the names of the files survive a power cut.
fn flush_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Locks `<path>.lock`, so that a second server on the same file is refused, not interleaved.
fn lock(path: &Path) -> anyhow::Result<File> {
    berth::lock(path)?.with_context(|| {
        let path = path.display();
        format!("another keywright serves the database {path}: stop it, or use another database")
    })
}

fn prepare(connection: &Connection, options: &Options) -> anyhow::Result<()> {
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    anyhow::ensure!(
        mode == "wal",
        "the file system must support write-ahead logging"
    );
    // The two about `fullfsync` mean something on macOS only, where a flush stops at the disk's own memory.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
    )?;
    connection.pragma_update(None, "journal_size_limit", LOG_LEN_KEPT)?;
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

fn keep_log_at_close(connection: &Connection, keeps: bool) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps)
        .map(drop)
}

/// Where the events end; 0 in a new file.
fn head(connection: &Connection) -> rusqlite::Result<i64> {
    let taken: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if taken == 0 {
        return Ok(0);
    }
    connection.query_row("SELECT position FROM head", [], |row| row.get(0))
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
