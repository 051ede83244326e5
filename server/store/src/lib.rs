//! What is kept and how it is asked for, in domain words; each engine has its own file below.
//! Leaves every rule about who may do what to `keyring`.

pub mod bloom_filter;
pub mod cache;
mod commits;
mod decision;
pub mod event;
mod export;
mod marks;
mod needs;
pub mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use keywright_model::address::Network;
use keywright_model::clock::Clock;
use keywright_model::credits::{Credits, Refill};
use keywright_model::error::Error;
use keywright_model::event::{Actor, EventRecord};
use keywright_model::id::{KeyId, OwnerId, RequestId};
use keywright_model::key::{HeldKey, Key, Kind, Reach, RevocationReason, State, Usage};
use keywright_model::limit::RateLimit;
use keywright_model::metadata::Metadata;
use keywright_model::owner::{Owner, OwnerKind};
use keywright_model::principal::TokenUse;
use keywright_model::scope::Scopes;
use keywright_model::secret::{Digest, Pepper};

pub use cache::Counts;
pub use commits::CommitStats;
pub use decision::{Decide, Decision, RowChange, Undecided};
pub use event::{EVENTS, Head, HeadError};
pub use export::{ExportHeader, ExportedEvent};
pub use marks::Marks;
pub use needs::{LineagePart, Needs};
pub use snapshot::Snapshot;

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

    /// Forgets a setting.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn drop_setting(&self, name: &str) -> Result<(), Error>;

    /// Whether nothing was ever done with it: nobody owns a key, and there is no event.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn is_empty(&self) -> Result<bool, Error>;

    /// Starts to take reads and writes; `pepper` signs the events, `clock` tells the instant of each transaction,
    /// and `rules` decide every change.
    ///
    /// # Errors
    /// When the threads or connections cannot be had.
    fn start(
        self: Box<Self>,
        pepper: &Pepper,
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

    /// Makes one change, durably, or none.
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
    /// When a part of it is left outside its file.
    async fn close(&self) -> Result<(), LogLeft>;
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

/// The database was let go of, and a part of it is in the log beside its file.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "the log could not be merged into the database: {cause}. Keep the file and its -wal together: the next start \
     merges them, and a copy without the -wal lacks the last changes"
)]
pub struct LogLeft {
    /// What was in the way.
    pub cause: String,
}

/// Where an answer may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Memory, if it is there.
    Cache,
    /// The database.
    Database,
}

/// The first of what a filter lets through.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// At most as many as were asked for, and no more than fit into some kilobytes, but one at least.
    pub items: Vec<T>,
    /// Whether there may be more.
    pub is_cut: bool,
}

/// Which users or organizations to list.
#[derive(Clone, Debug)]
pub struct OwnerFilter {
    /// Of this kind only.
    pub kind: OwnerKind,
    /// Suspended or active ones only.
    pub suspended: Option<bool>,
    /// With exactly this name only.
    pub name: Option<String>,
    /// With exactly this address only.
    pub email: Option<String>,
    /// Directly below this organization only.
    pub parent_id: Option<OwnerId>,
    /// This owner and those below it only.
    pub within: Option<OwnerId>,
    /// Behind this owner only.
    pub after: Option<OwnerId>,
    /// At most so many.
    pub len_max: u32,
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// By this actor only, as the events write it.
    pub actor: Option<String>,
    /// Of this action only.
    pub action: Option<String>,
    /// With this outcome only.
    pub outcome: Option<String>,
    /// About this key or owner only.
    pub target_id: Option<uuid::Uuid>,
    /// That concern this owner only.
    pub owner_id: Option<uuid::Uuid>,
    /// That concern this owner or those below it only.
    pub within: Option<OwnerId>,
    /// Behind this position only.
    pub after: Option<i64>,
    /// Before this position only.
    pub before: Option<i64>,
    /// Newest first.
    pub is_descending: bool,
    /// At most so many.
    pub len_max: u32,
}

/// Which keys to list.
#[derive(Clone, Debug)]
pub struct KeyFilter {
    /// Of this owner only.
    pub owner_id: Option<OwnerId>,
    /// Of this kind only.
    pub kind: Option<Kind>,
    /// In this state only, at the instant `now_ms`.
    pub state: Option<State>,
    /// With exactly this name only.
    pub name: Option<String>,
    /// Of this owner and those below it only.
    pub within: Option<OwnerId>,
    /// Behind this key only.
    pub after: Option<KeyId>,
    /// Behind so many others only.
    pub offset: u32,
    /// The instant for which states are worked out, Unix milliseconds.
    pub now_ms: i64,
    /// At most so many.
    pub len_max: u32,
}

/// A key about to be issued, with the digest that stands for its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct NewKey {
    /// The key as it will be shown.
    pub key: Key,
    /// The digest of its secret.
    pub digest: Digest,
    /// The version of the pepper that made the digest.
    pub pepper_version: u32,
}

/// One change, with everything that must still hold when it is made.
#[derive(Clone, Debug)]
pub struct Write {
    /// Re-checked inside the transaction.
    pub authority: Authority,
    /// What is to change.
    pub change: Change,
    /// What the events say about it.
    pub trail: Trail,
    /// Kept with the change, or found from an earlier one and answered in its place.
    pub replay: Option<NewReplay>,
}

impl Write {
    /// A change that the server makes by itself.
    #[must_use]
    pub fn of_server(change: Change) -> Self {
        Self {
            authority: Authority::default(),
            change,
            trail: Trail {
                actor: Actor::Server,
                request_id: RequestId(uuid::Uuid::nil()),
                server_request_id: None,
                address: None,
            },
            replay: None,
        }
    }
}

/// What a change rests on.
#[derive(Clone, Debug, Default)]
pub struct Authority {
    /// The key that must be live.
    pub key_id: Option<KeyId>,
    /// The access token that must be neither revoked nor over.
    pub token: Option<TokenUse>,
    /// Scopes that the key must still have, if it has any that matter.
    pub scopes: Scopes,
    /// The owners that must exist and not be suspended.
    pub owner_ids: Vec<OwnerId>,
    /// The owner of a key that is issued must have fewer than so many then; its rotations are free.
    pub keys_max: Option<u32>,
}

/// What can change.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new user or organization, with its first key if it has one.
    AddOwner {
        /// The owner.
        owner: Owner,
        /// Its first key.
        first_key: Option<NewKey>,
    },
    /// Some of an owner's properties.
    AmendOwner {
        /// Which owner.
        id: OwnerId,
        /// What changes.
        amendment: Amendment,
    },
    /// A new key.
    Issue(NewKey),
    /// A new key in the place of another of the same form, of which it takes over owner, name, scopes, metadata
    /// and expiry.
    Replace {
        /// The key that gives its place away.
        place: Place,
        /// How long the old key is good beside the new one, in milliseconds.
        grace_ms: i64,
        /// The new key.
        successor: NewKey,
    },
    /// Credits that an owner has spent, up to its allowance.
    Charge {
        /// Which owner.
        id: OwnerId,
        /// How many it is to be charged.
        credits: i64,
        /// How many it may spend in the month.
        allowance: i64,
        /// The month, counted as year * 12 + month.
        month: i64,
    },
    /// The end of a key, and of those that it replaced and that still have their grace.
    Revoke {
        /// Which key.
        id: KeyId,
        /// Why.
        reason: RevocationReason,
    },
    /// The end of an organization's named key, and of those that it replaced and that still have their grace.
    RevokeNamed {
        /// Whose key.
        owner_id: OwnerId,
        /// Its name.
        name: String,
        /// Why.
        reason: RevocationReason,
    },
    /// The end of an access token before its time.
    RevokeToken {
        /// Which token.
        token: TokenUse,
        /// The client key that it was minted from.
        client_id: KeyId,
        /// Whose key that is.
        owner_id: OwnerId,
    },
    /// Some of a key's properties; its windows and credits are those of its whole lineage.
    AmendKey {
        /// Which key.
        id: KeyId,
        /// What changes.
        amendment: Box<KeyAmendment>,
    },
    /// The end of an owner, and of all its keys: from then on they are judged by the owner's tombstone.
    DeleteOwner {
        /// Which owner.
        id: OwnerId,
    },
    /// The rows of some more keys say that they are revoked, as their owners' tombstones do.
    FollowTombstones,
    /// Credits of a lineage that this server will hand out from memory.
    Reserve {
        /// Whose credits.
        lineage: KeyId,
        /// How many are needed now: with fewer, none are reserved.
        needed: i64,
    },
    /// What was counted in memory since the last time.
    Settle(Settlement),
    /// Nothing changes, but the events are to know.
    Note(Vec<Notice>),
    /// The end of the oldest events: a batch of those that are older than an instant, never the newest.
    PruneEvents {
        /// The first instant of which events are kept, Unix milliseconds.
        before_ms: i64,
    },
}

/// What was counted in memory.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    /// How often keys were found good.
    pub usage: Vec<(KeyId, Usage)>,
    /// Reserved credits that were not handed out, to be given back.
    pub unspent: Vec<Reservation>,
}

/// Credits that a server may hand out from memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Whose credits.
    pub lineage: KeyId,
    /// How many.
    pub amount: i64,
    /// How many are left behind them.
    pub beyond: i64,
    /// The period that they count for; another one begins anew.
    pub period: i64,
    /// When the credits had last been set by hand, greater each time.
    pub epoch: i64,
}

/// Something that happened and changed nothing.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What.
    pub action: &'static str,
    /// The key that was used, if one was.
    pub target: Option<KeyId>,
    /// Its owner.
    pub owner: Option<OwnerId>,
    /// More in words.
    pub detail: String,
    /// Who, in which request, and from where: of several, the first.
    pub trail: Trail,
}

impl Change {
    /// Whether the change takes access away and does nothing else: made even on a full disk.
    #[must_use]
    pub fn only_ends_access(&self) -> bool {
        match self {
            Self::Revoke { .. }
            | Self::RevokeNamed { .. }
            | Self::RevokeToken { .. }
            | Self::DeleteOwner { .. } => true,
            Self::AmendOwner { amendment, .. } => {
                *amendment
                    == Amendment {
                        suspended: Some(true),
                        ..Amendment::default()
                    }
            }
            Self::AmendKey { amendment, .. } => {
                **amendment
                    == KeyAmendment {
                        enabled: Some(false),
                        ..KeyAmendment::default()
                    }
            }
            Self::AddOwner { .. }
            | Self::Issue(_)
            | Self::Replace { .. }
            | Self::Charge { .. }
            | Self::Reserve { .. }
            | Self::Settle(_)
            | Self::FollowTombstones
            | Self::PruneEvents { .. }
            | Self::Note(_) => false,
        }
    }

    /// The key that the change issues, if it issues one.
    #[must_use]
    pub fn issues(&self) -> Option<KeyId> {
        match self {
            Self::AddOwner { first_key, .. } => first_key.as_ref().map(|new| new.key.id),
            Self::Issue(new) | Self::Replace { successor: new, .. } => Some(new.key.id),
            Self::AmendOwner { .. }
            | Self::Charge { .. }
            | Self::Revoke { .. }
            | Self::RevokeNamed { .. }
            | Self::RevokeToken { .. }
            | Self::AmendKey { .. }
            | Self::DeleteOwner { .. }
            | Self::FollowTombstones
            | Self::Reserve { .. }
            | Self::Settle(_)
            | Self::Note(_)
            | Self::PruneEvents { .. } => None,
        }
    }
}

/// The key that a new one replaces.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// This key, which must still hold its place.
    Of(KeyId),
    /// The owner's key of the successor's kind; if there is none, the place is empty and is filled.
    OfOwner,
}

/// What may change about an owner; `None` leaves a property as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// Suspended or active.
    pub suspended: Option<bool>,
    /// An organization's name.
    pub name: Option<String>,
    /// A user's address.
    pub email: Option<String>,
    /// A user's plan.
    pub plan: Option<String>,
    /// The windows that all its keys share.
    pub rate_limits: Option<Vec<RateLimit>>,
}

/// What may change about a key; `None` leaves a property as it is, `Some(None)` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyAmendment {
    /// Switched on or off.
    pub enabled: Option<bool>,
    /// Its name.
    pub name: Option<Option<String>>,
    /// What it may do.
    pub scopes: Option<Scopes>,
    /// Whom it acts on.
    pub reach: Option<Reach>,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: Option<Option<i64>>,
    /// Its windows.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// How often it may be used.
    pub credits: Option<Option<NewCredits>>,
    /// Where it may be used.
    pub ip_allow: Option<Vec<Network>>,
    /// JSON to attach.
    pub metadata: Option<Metadata>,
}

impl KeyAmendment {
    /// The names of what changes, separated by spaces.
    #[must_use]
    pub fn names(&self) -> String {
        let changes = [
            ("enabled", self.enabled.is_some()),
            ("name", self.name.is_some()),
            ("scopes", self.scopes.is_some()),
            ("reach", self.reach.is_some()),
            ("expires_at", self.expires_at_ms.is_some()),
            ("rate_limits", self.rate_limits.is_some()),
            ("credits", self.credits.is_some()),
            ("ip_allow", self.ip_allow.is_some()),
            ("metadata", self.metadata.is_some()),
        ];
        names(&changes)
    }

    /// Whether each of these members gets another value.
    #[must_use]
    pub fn covers(&self, members: &[&str]) -> bool {
        let names = self.names();
        let is_changed = |member: &&str| names.split(' ').any(|name| name == *member);
        members.iter().all(is_changed)
    }
}

/// Credits as they are given to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCredits {
    /// How many there are now.
    pub remaining: i64,
    /// How they come back, if they do.
    pub refill: Option<Refill>,
}

impl NewCredits {
    /// The credits of a key that has them from this instant on.
    #[must_use]
    pub fn from(self, now_ms: i64) -> Credits {
        Credits {
            remaining: self.remaining,
            refill: self.refill,
            period: self.refill.map_or(0, |refill| refill.every.of(now_ms)),
            epoch: 0,
        }
    }
}

impl Amendment {
    /// The names of what changes, separated by spaces.
    #[must_use]
    pub fn names(&self) -> String {
        let changes = [
            ("suspended", self.suspended.is_some()),
            ("name", self.name.is_some()),
            ("email", self.email.is_some()),
            ("plan", self.plan.is_some()),
            ("rate_limits", self.rate_limits.is_some()),
        ];
        names(&changes)
    }
}

fn names(changes: &[(&str, bool)]) -> String {
    let names = changes.iter().filter(|(_, is_changed)| *is_changed);
    names.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

/// Who asked for a change, in which request, and from where.
#[derive(Clone, Debug)]
pub struct Trail {
    /// Who.
    pub actor: Actor,
    /// In which request, by the id that its caller may have chosen.
    pub request_id: RequestId,
    /// In which request, by the id that the server has given it; `None` where there was none.
    pub server_request_id: Option<RequestId>,
    /// From which address.
    pub address: Option<std::net::IpAddr>,
}

/// The answer of a change, kept for a caller that did not see it.
#[derive(Clone, Debug)]
pub struct NewReplay {
    /// A digest of the owner, the operation and the `Idempotency-Key`.
    pub id: Digest,
    /// What was asked for.
    pub fingerprint: [u8; 32],
    /// The secret that was issued, sealed.
    pub sealed_secret: Vec<u8>,
    /// Whether the key that the change replaced may still fetch the answer.
    pub serves_replaced_key: bool,
    /// When it is forgotten, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// What a change came to.
#[derive(Clone, Debug)]
pub enum Written {
    /// The owner as it now is.
    Owner(Owner),
    /// The key as it now is: the one that was issued, or the one that was revoked.
    Key(Arc<Key>),
    /// The credits that were charged: as many as were left, if that was less.
    Charged(i64),
    /// Credits that may be handed out from memory; an amount of 0 if fewer were left than needed, and
    /// `None` if they are no longer counted.
    Reserved(Option<Reservation>),
    /// What was to be noted is.
    Noted,
    /// The rows of some keys have followed the tombstones of their owners; no more, if all have.
    Followed {
        /// Whether there may be more.
        has_more: bool,
    },
    /// Events were pruned, or there were none to prune.
    Pruned {
        /// How many.
        count: i64,
        /// Whether there may be more.
        has_more: bool,
    },
    /// Nothing changed: an earlier change with the same `Idempotency-Key` was answered already.
    Replay(Box<Replayed>),
    /// Nothing changed: the key to replace is this one, and its successor was of another form.
    Unlike(Arc<Key>),
}

/// The answer of an earlier change.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The key that was issued then, as it now is.
    pub key: Key,
    /// Its owner as it now is.
    pub owner: Owner,
    /// Its secret, sealed.
    pub sealed_secret: Vec<u8>,
}
