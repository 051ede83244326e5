//! SQLite: one file, one writer thread, reader threads, a lock against a second server.
//! Leaves opening the file to `open`, rows to `rows` and the making of changes to `write`.

mod acknowledged_position;
mod apply;
mod checkpoint;
mod copy;
mod database_lock;
mod digests;
mod event_chain;
mod file_identity;
mod flush;
mod head;
mod inspect;
mod load;
mod open;
mod prune;
mod query;
mod readers;
mod replay;
mod reserve;
mod rows;
mod settings;
mod signing;
mod tokens;
mod tombstones;
mod transaction;
mod unreadable;
mod write;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::task::JoinSet;

pub use copy::CopiedFile;
use database_lock::Lock;
pub use database_lock::{DatabaseLock, Settled};
pub use inspect::{Inspection, files_of, log_beside};
use keywright_model::error::Error;
use keywright_model::event::EventRecord;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::Key;
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use keywright_store::cache::{Cache, FoundKey, Read};
use keywright_store::{
    CommitStats, Engine, EventFilter, KeyFilter, LeftUndone, LookUp, OwnerFilter, Part, ReadFrom,
    Reading, Refused, Write, Writes, Written,
};
pub use open::open;
use query::{outcome, query};
use readers::Readers;
use reserve::Room;
pub use settings::change as change_settings;
use write::Writer;

/// How long a health check may wait for the writer.
const CHECK_WITHIN: Duration = Duration::from_secs(2);

static READS_REFUSED: AtomicU64 = AtomicU64::new(0);
static WRITES_REFUSED: AtomicU64 = AtomicU64::new(0);

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
    /// Bytes on the disk that are kept for changes that end access.
    pub reserve_len: u64,
    /// Whether an owner's keys are counted before it gets another.
    pub counts_keys: bool,
    /// Runs between a look-up in the database and its way into memory; for tests of that very moment.
    pub test_hook: Option<TestHook>,
}

/// What runs between a look-up in the database and its way into memory.
pub type TestHook = Arc<dyn Fn() + Send + Sync>;

struct Sqlite {
    /// The memory in front of this.
    cache: Arc<Cache>,
    writer: Arc<Writer>,
    room: Arc<Room>,
    readers: Readers,
    /// What takes as long as a list may take waits here: no look-up of a key waits behind it.
    list_readers: Arc<Readers>,
    /// What goes on beside requests; it ends with the engine.
    chores: Mutex<JoinSet<()>>,
    test_hook: Option<TestHook>,
    _lock: Lock,
}

impl Sqlite {
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.readers.read(query).await
    }

    /// Sends off a look-up: to a reader, or to the writer between two batches.
    fn look_up<T: Send + 'static>(
        &self,
        from: ReadFrom,
        look_up: impl FnOnce(&Connection) -> rusqlite::Result<Read<T>> + Send + 'static,
    ) -> Reading<T> {
        if from == ReadFrom::Primary {
            let (query, answer) = query(look_up);
            return Box::pin(outcome(self.writer.look_up(query).map(|()| answer)));
        }
        let test_hook = self.test_hook.clone();
        Box::pin(self.readers.read(move |connection| {
            let read = look_up(connection);
            if let Some(test_hook) = test_hook {
                test_hook();
            }
            read
        }))
    }
}

impl LookUp for Sqlite {
    fn look_up_key_by_digest(&self, digest: Digest, from: ReadFrom) -> Reading<FoundKey> {
        self.look_up(from, move |database| {
            rows::find_key_by_digest(database, digest)
        })
    }

    fn look_up_key_by_digests(&self, digests: Arc<Digests>, from: ReadFrom) -> Reading<FoundKey> {
        self.look_up(from, move |database| {
            rows::find_key_by_digests(database, &digests)
        })
    }

    fn look_up_key(&self, id: KeyId, from: ReadFrom) -> Reading<FoundKey> {
        self.look_up(from, move |database| rows::find_key(database, id))
    }

    fn look_up_owner(&self, id: OwnerId, from: ReadFrom) -> Reading<Arc<Owner>> {
        self.look_up(from, move |database| rows::find_owner(database, id))
    }

    fn look_up_revocation(&self, token: TokenUse, from: ReadFrom) -> Reading<()> {
        self.look_up(from, move |database| tokens::find(database, token))
    }
}

#[async_trait]
impl Engine for Sqlite {
    async fn read_key(&self, id: KeyId) -> Result<Option<Key>, Error> {
        let found = self
            .read(move |connection| rows::read_key(connection, id))
            .await?;
        Ok(found.map(|minted| Arc::unwrap_or_clone(minted.key)))
    }

    async fn read_owner(&self, id: OwnerId) -> Result<Option<Owner>, Error> {
        self.read(move |connection| rows::read_owner(connection, id))
            .await
    }

    async fn is_ancestor(&self, ancestor: OwnerId, id: OwnerId) -> Result<bool, Error> {
        self.read(move |connection| rows::is_ancestor(connection, ancestor, id))
            .await
    }

    async fn serves_retry(&self, id: Digest, replaced: KeyId, now_ms: i64) -> Result<bool, Error> {
        self.read(move |connection| replay::serves(connection, id, replaced, now_ms))
            .await
    }

    async fn list_keys(&self, filter: KeyFilter) -> Result<Part<Key>, Error> {
        let cache = Arc::clone(&self.cache);
        self.list_readers
            .read(move |connection| rows::list_keys(connection, &filter, &cache))
            .await
    }

    async fn list_reaching_all(&self, now_ms: i64) -> Result<Vec<KeyId>, Error> {
        self.list_readers
            .read(move |connection| rows::list_reaching_all(connection, now_ms))
            .await
    }

    async fn count_keys(&self, filter: KeyFilter) -> Result<i64, Error> {
        self.list_readers
            .read(move |connection| rows::count_keys(connection, &filter))
            .await
    }

    async fn list_owners(&self, filter: OwnerFilter) -> Result<Part<Owner>, Error> {
        self.list_readers
            .read(move |connection| rows::list_owners(connection, &filter))
            .await
    }

    async fn list_events(&self, filter: EventFilter) -> Result<Part<EventRecord>, Error> {
        self.list_readers
            .read(move |connection| rows::list_events(connection, &filter))
            .await?
    }

    async fn read_setting(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error> {
        self.read(move |connection| settings::read(connection, name))
            .await
    }

    async fn write(&self, write: Write) -> Result<Written, Error> {
        self.writer.write(write).await
    }

    fn writes_wait(&self) -> Duration {
        self.writer.wait()
    }

    fn commit_stats(&self) -> &CommitStats {
        self.writer.commit_stats()
    }

    fn writes(&self) -> Writes {
        self.room.writes()
    }

    fn reserve_len(&self) -> u64 {
        self.room.reserve_len()
    }

    async fn check(&self) -> Result<Writes, Error> {
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

    async fn close(&self) -> Result<(), LeftUndone> {
        let mut chores =
            std::mem::take(&mut *self.chores.lock().unwrap_or_else(PoisonError::into_inner));
        chores.shutdown().await;
        // The last connection that closes takes the log away, if it may write: that is the writer's.
        self.readers.close().await;
        self.list_readers.close().await;
        self.writer.close().await
    }
}

/// The database was let go of, and a part of it is in the log beside its file; `cause` was in the way.
fn log_left(cause: &str) -> LeftUndone {
    LeftUndone(format!(
        "the log could not be merged into the database: {cause}. Keep the file and its -wal together: the next start \
         merges them, and a copy without the -wal lacks the last changes"
    ))
}

/// Merges the log into the database, as `mode` says; `false` if a reader of an old state is in the way.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    // That somebody is in the way is no error but a row that says so.
    connection.query_row(&sql, [], |row| row.get(0).map(|is_busy: bool| !is_busy))
}
