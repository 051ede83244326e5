//! What can change, and everything that must still hold when it does.
//! Leaves whether it may to the rules, and how it is kept to the engine.

use super::amendment::{Amendment, KeyAmendment};
use super::signers::PepperStart;
use keywright_model::event::{Actor, EventAction};
use keywright_model::id::{KeyId, OwnerId, RequestId};
use keywright_model::key::{Key, RevocationReason, Usage};
use keywright_model::owner::Owner;
use keywright_model::principal::TokenUse;
use keywright_model::scope::Scopes;
use keywright_model::secret::Digest;

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

/// One change, or the command that makes it, with everything that must still hold when it is made.
#[derive(Clone, Debug)]
pub struct Write<C = Change> {
    /// Re-checked inside the transaction.
    pub authority: Authority,
    /// What is to change.
    pub change: C,
    /// What the events say about it.
    pub trail: Trail,
    /// Kept with the change, or found from an earlier one and answered in its place.
    pub replay: Option<NewReplay>,
}

impl<C> Write<C> {
    /// A change that the server makes by itself.
    #[must_use]
    pub fn of_server(change: C) -> Self {
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
    /// Some keys are digested under a newer pepper from now on.
    Rekey(Vec<Rekeyed>),
    /// A newer pepper is in use from now on, and signs the events behind this very transaction.
    BeginPepper(Box<PepperStart>),
    /// Nothing changes, but the events are to know.
    Note(Vec<Notice>),
    /// The end of the oldest events: a batch of those that are older than an instant, never the newest.
    PruneEvents {
        /// The first instant of which events are kept, Unix milliseconds.
        before_ms: i64,
    },
}

/// A key whose secret was presented, digested anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rekeyed {
    /// Which key.
    pub id: KeyId,
    /// The digest that it has.
    pub from: Digest,
    /// The digest that it is to have.
    pub to: Digest,
    /// The version of the pepper that made that.
    pub pepper_version: u32,
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
    pub action: EventAction,
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
            | Self::Rekey(_)
            | Self::BeginPepper(_)
            | Self::FollowTombstones
            | Self::PruneEvents { .. } => false,
            Self::Note(notices) => notices.is_empty(),
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
            | Self::Rekey(_)
            | Self::BeginPepper(_)
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
