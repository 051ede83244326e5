//! What an engine is: a database that is opened, asked and changed, in domain words.
//! Leaves what is remembered of it to `cached`, and every rule about a change to `core`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::cache::{Cache, FoundKey, Read};
use crate::change::Write;
use crate::commits::CommitStats;
use crate::decision::Decide;
use crate::filter::{EventFilter, KeyFilter, OwnerFilter, Part};
use crate::outcome::Written;
use crate::signers::Signers;
use crate::windows::SharedWindows;
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::event::EventRecord;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::Key;
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;

/// A database that has been opened and brought to the newest schema, not yet in use.
pub trait OpenDatabase: Send {
    /// A setting that the server keeps beside the keys.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Keeps a setting, unless it is there already, and reads what it then holds: another server may have kept its own.
    ///
    /// # Errors
    /// When the database cannot be written or read.
    fn keep_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error>;

    /// Keeps a setting in the place of what it was.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn change_setting(&self, name: &str, value: &[u8]) -> Result<(), Error>;

    /// Forgets a setting.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn drop_setting(&self, name: &str) -> Result<(), Error>;

    /// Whether several servers may use it at once. What they must agree on is kept in it then.
    fn is_shared(&self) -> bool;

    /// Waits until no other server is starting, and keeps others from it until the lock is dropped.
    ///
    /// # Errors
    /// When the database does not answer, or another server has not finished its start for too long.
    fn lock_start(&self) -> anyhow::Result<Box<dyn StartLock>>;

    /// What is easily left behind when a database is moved by hand, in words for an operator.
    fn part_left_behind(&self) -> &'static str;

    /// Whether nothing was ever done with it: there is no owner, and no event.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn is_empty(&self) -> Result<bool, Error>;

    /// Starts to take reads and writes; `signers` sign the events, `clock` tells the instant of each transaction,
    /// and `rules` decide every change. `cache` is the memory in front of it, which is told of every change before
    /// its caller is answered.
    ///
    /// # Errors
    /// When the threads or connections cannot be had.
    fn start(
        self: Box<Self>,
        cache: Arc<Cache>,
        signers: Signers,
        clock: Arc<dyn Clock>,
        rules: Arc<dyn Decide>,
    ) -> Result<Box<dyn Engine>, Error>;
}

/// Held by the one server that is starting. Dropped, it lets the next one start.
#[async_trait]
pub trait StartLock: Send + Sync {
    /// Makes sure that it is still held: what is made once must not be made twice.
    ///
    /// # Errors
    /// When it was lost.
    async fn check(&self) -> Result<(), Error>;
}

/// A look-up that was sent off, and goes on without the engine.
pub type Reading<T> = Pin<Box<dyn Future<Output = Result<Read<T>, Error>> + Send>>;

/// Which of an engine's connections reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// Any. What it finds may be older than changes that were answered already.
    Any,
    /// The one where nothing can be newer: it finds all that was answered before it was asked.
    Primary,
}

/// What memory is filled by: look-ups that tell, from one snapshot, what they found and where the database stood.
///
/// Each is in its queue when the method returns.
pub trait LookUp: Send + Sync {
    /// The key whose secret has this digest, and its owner.
    fn look_up_key_by_digest(&self, digest: Digest, from: ReadFrom) -> Reading<FoundKey>;

    /// The key whose secret has one of these digests, and its owner. At most [`DIGESTS_MAX`](crate::DIGESTS_MAX) of
    /// them.
    fn look_up_key_by_digests(&self, digests: Arc<Digests>, from: ReadFrom) -> Reading<FoundKey>;

    /// The key with this id, and its owner.
    fn look_up_key(&self, id: KeyId, from: ReadFrom) -> Reading<FoundKey>;

    /// The user or organization with this id, unless it was deleted.
    fn look_up_owner(&self, id: OwnerId, from: ReadFrom) -> Reading<Arc<Owner>>;

    /// The revocation of an access token.
    fn look_up_revocation(&self, token: TokenUse, from: ReadFrom) -> Reading<()>;
}

/// Keys and owners, durable: a write that was answered is on disk.
#[async_trait]
pub trait Engine: LookUp {
    /// The key with this id.
    async fn read_key(&self, id: KeyId) -> Result<Option<Key>, Error>;

    /// The user or organization with this id, unless it was deleted.
    async fn read_owner(&self, id: OwnerId) -> Result<Option<Owner>, Error>;

    /// Whether `ancestor` is `id` itself or stands anywhere above it.
    async fn is_ancestor(&self, ancestor: OwnerId, id: OwnerId) -> Result<bool, Error>;

    /// Whether a key that was replaced may still fetch the kept answer `id` of that very rotation.
    async fn serves_retry(&self, id: Digest, replaced: KeyId, now_ms: i64) -> Result<bool, Error>;

    /// A part of the keys, in the order of their ids.
    async fn list_keys(&self, filter: KeyFilter) -> Result<Part<Key>, Error>;

    /// The live control keys that reach all owners, in the order of their ids.
    async fn list_reaching_all(&self, now_ms: i64) -> Result<Vec<KeyId>, Error>;

    /// How many keys a filter lets through, whatever its page.
    async fn count_keys(&self, filter: KeyFilter) -> Result<i64, Error>;

    /// A part of the owners, in the order of their ids.
    async fn list_owners(&self, filter: OwnerFilter) -> Result<Part<Owner>, Error>;

    /// A part of the events, in the order of their positions; `EventsPruned` if it would begin or end where they
    /// are no longer kept.
    async fn list_events(&self, filter: EventFilter) -> Result<Part<EventRecord>, Error>;

    /// A setting that the server keeps beside the keys.
    async fn read_setting(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error>;

    /// Makes one change, durably, or none. What each kind comes to says its [`command`](crate::command).
    ///
    /// Dropping the future does not take the change back.
    async fn write(&self, write: Write) -> Result<Written, Error>;

    /// How long a change waits for its turn now, about.
    fn writes_wait(&self) -> Duration;

    /// What was measured of the commits.
    fn commit_stats(&self) -> &CommitStats;

    /// The windows of rate limits that all servers of the database share; `None` where it has one server alone.
    fn shared_windows(&self) -> Option<&dyn SharedWindows> {
        None
    }

    /// Which changes are made now, as far as is known.
    fn writes(&self) -> Writes;

    /// How many bytes on the disk are kept for changes that end access.
    fn reserve_len(&self) -> u64;

    /// Whether the database answers, and which changes it makes.
    async fn check(&self) -> Result<Writes, Error>;

    /// Finishes what was accepted, and lets go of the database.
    ///
    /// # Errors
    /// When the database was let go of, but something is left to do.
    async fn close(&self) -> Result<(), LeftUndone>;
}

/// Which changes are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// All.
    All,
    /// Those that end access: the disk is full, and what was kept for them is theirs.
    EndingOnly,
    /// None: the disk is full, and so is what was kept.
    None,
    /// None: the database takes none.
    ReadOnly,
}

/// The database was let go of, and something is left to do: what, and what an operator must mind until then.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct LeftUndone(pub String);

/// What was refused because too much waited before it.
pub struct Refused {
    /// Look-ups and lists.
    pub reads: u64,
    /// Changes.
    pub writes: u64,
}
