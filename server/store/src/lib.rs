//! What is kept and how it is asked for, in domain words; each engine is a crate of its own.
//! Leaves every rule about who may do what to `core`.

mod amendment;
pub mod bloom_filter;
pub mod cache;
mod change;
pub mod command;
mod commits;
mod decision;
pub mod event;
mod export;
mod filter;
mod maintenance;
mod marks;
mod needs;
mod outcome;
pub mod private;
pub mod signers;
pub mod snapshot;
pub mod wait_queue;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::event::EventRecord;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{HeldKey, Key};
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;

pub use amendment::{Amendment, KeyAmendment, NewCredits};
pub use cache::Counts;
pub use change::{
    Authority, Change, NewKey, NewReplay, Notice, Place, Rekeyed, Reservation, Settlement, Trail,
    Write,
};
pub use command::Command;
pub use commits::CommitStats;
pub use decision::{Decide, Decision, RowChange, Undecided};
pub use event::{EVENTS, Head, HeadError};
pub use export::{ExportHeader, ExportedEvent};
pub use filter::{EventFilter, KeyFilter, OwnerFilter, Part};
pub use maintenance::{
    Broken, Depth, DigestCount, Lost, LostEvents, Maintenance, MaintenanceError, Proven,
    REVOKED_TOKEN, Schema, SettingsChange, UnreadableRow, Visit, Walked,
};
pub use marks::Marks;
pub use needs::{LineagePart, Needs};
pub use outcome::{Replayed, Written};
pub use signers::{PepperStart, Signers};
pub use snapshot::Snapshot;

/// The most digests that one look-up tries: as many peppers can be in use at once.
pub const DIGESTS_MAX: usize = 4;

/// A database that has been opened and brought to the newest schema, not yet in use.
pub trait OpenDatabase: Send {
    /// A setting that the server keeps beside the keys.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Keeps a setting, unless it is there already.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn keep_setting(&self, name: &str, value: &[u8]) -> Result<(), Error>;

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

    /// What is easily left behind when a database is moved by hand, in words for an operator.
    fn part_left_behind(&self) -> &'static str;

    /// Whether nothing was ever done with it: there is no owner, and no event.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn is_empty(&self) -> Result<bool, Error>;

    /// Starts to take reads and writes; `signers` sign the events, `clock` tells the instant of each transaction,
    /// and `rules` decide every change.
    ///
    /// # Errors
    /// When the threads or connections cannot be had.
    fn start(
        self: Box<Self>,
        signers: Signers,
        clock: Arc<dyn Clock>,
        rules: Arc<dyn Decide>,
    ) -> Result<Arc<dyn Store>, Error>;
}

/// Keys and owners, durable: a write that was answered is on disk.
#[async_trait]
pub trait Store: Send + Sync {
    /// The key whose secret has this digest, and its owner, if both are in memory.
    fn recall(&self, digest: Digest) -> Option<HeldKey>;

    /// The key whose secret has this digest, and its owner.
    async fn find_key_by_digest(
        &self,
        digest: Digest,
        source: Source,
    ) -> Result<Option<HeldKey>, Error>;

    /// The key whose secret has one of these digests, its owner, and the digest that it has: for a key that may
    /// be digested under an older pepper. At most [`DIGESTS_MAX`] of them.
    async fn find_key_by_digests(
        &self,
        digests: Digests,
        source: Source,
    ) -> Result<Option<(HeldKey, Digest)>, Error>;

    /// The key with this id as the last change left it, if it is in memory; its usage may be older.
    fn recall_key(&self, id: KeyId) -> Option<Arc<Key>>;

    /// The client key with this id and the digest of its secret, if they are in memory.
    fn recall_client(&self, id: KeyId) -> Option<(HeldKey, Digest)>;

    /// The client key with this id, its owner, and the digest of its secret.
    async fn find_client(
        &self,
        id: KeyId,
        source: Source,
    ) -> Result<Option<(HeldKey, Digest)>, Error>;

    /// Whether an access token was revoked, if that is known without the database.
    fn recall_revocation(&self, token: TokenUse, now_ms: i64) -> Option<bool>;

    /// Whether an access token was revoked.
    async fn is_revoked(&self, token: TokenUse) -> Result<bool, Error>;

    /// The key with this id, as the database has it.
    async fn read_key(&self, id: KeyId) -> Result<Option<Key>, Error>;

    /// Whether a key that was replaced may still fetch the kept answer `id` of that very rotation.
    async fn serves_retry(&self, id: Digest, replaced: KeyId, now_ms: i64) -> Result<bool, Error>;

    /// The user or organization with this id, unless it was deleted.
    async fn find_owner(&self, id: OwnerId) -> Result<Option<Arc<Owner>>, Error>;

    /// The user or organization with this id as the database has it, unless it was deleted.
    async fn read_owner(&self, id: OwnerId) -> Result<Option<Owner>, Error>;

    /// A part of the owners, in the order of their ids.
    async fn list_owners(&self, filter: OwnerFilter) -> Result<Part<Owner>, Error>;

    /// A part of the events, in the order of their positions; `EventsPruned` if it would begin or end where they
    /// are no longer kept.
    async fn list_events(&self, filter: EventFilter) -> Result<Part<EventRecord>, Error>;

    /// Whether `ancestor` is `id` itself or stands anywhere above it.
    async fn is_ancestor(&self, ancestor: OwnerId, id: OwnerId) -> Result<bool, Error>;

    /// A part of the keys, in the order of their ids.
    async fn list_keys(&self, filter: KeyFilter) -> Result<Part<Key>, Error>;

    /// The live control keys that reach all owners, in the order of their ids.
    async fn list_reaching_all(&self, now_ms: i64) -> Result<Vec<KeyId>, Error>;

    /// How many keys a filter lets through, whatever its page.
    async fn count_keys(&self, filter: KeyFilter) -> Result<i64, Error>;

    /// A setting that the server keeps beside the keys, as the database has it now.
    async fn read_setting(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error>;

    /// Makes one change, durably, or none. What each kind comes to says its [`command`].
    ///
    /// Dropping the future does not take the change back.
    async fn write(&self, write: Write) -> Result<Written, Error>;

    /// How long a change waits for its turn now, about.
    fn writes_wait(&self) -> Duration;

    /// What the memory in front of the database has done so far.
    fn counts(&self) -> Counts;

    /// What the engine has measured of its commits.
    fn commit_stats(&self) -> &CommitStats;

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

/// Where an answer may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Memory, if it is there.
    Cache,
    /// The database.
    Database,
}
