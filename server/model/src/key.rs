//! A key: its kind, its life and all that may be shown of it.
//! Leaves rules about who may do what to the core, and rows to the engines.

use std::sync::Arc;

use crate::address::Network;
use crate::credits::Credits;
use crate::id::{KeyId, OwnerId};
use crate::limit::RateLimit;
use crate::metadata::Metadata;
use crate::owner::Owner;
use crate::scope::{Scope, Scopes};

words! {
    /// What a key is for: it decides the key's format and which contract takes it.
    Kind {
        /// The one key of a user.
        User = "user",
        /// The one key of an organization.
        Organization = "organization",
        /// A client id and secret that access tokens are minted from.
        Client = "client",
        /// A key with a name that is unique in its organization.
        Named = "named",
        /// A key for whatever its owner guards with this server.
        Standard = "standard",
        /// A key for this server's own control contract.
        Control = "control",
    }
}

words! {
    /// What a request may be let through by: a key of one of the kinds, or an access token.
    #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    #[serde(rename_all = "lowercase")]
    #[expect(
        missing_docs,
        reason = "documented variants would turn the schema's plain enum into a oneOf"
    )]
    CredentialKind {
        Standard = "standard",
        User = "user",
        Organization = "organization",
        Client = "client",
        Named = "named",
        Control = "control",
        Token = "token",
    }
}

impl From<Kind> for CredentialKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User,
            Kind::Organization => Self::Organization,
            Kind::Client => Self::Client,
            Kind::Named => Self::Named,
            Kind::Standard => Self::Standard,
            Kind::Control => Self::Control,
        }
    }
}

words! {
    /// Where a key is in its life.
    State {
        /// It verifies.
        Live = "live",
        /// Switched off; may be switched on again.
        Disabled = "disabled",
        /// Its time is over.
        Expired = "expired",
        /// Revoked for good.
        Revoked = "revoked",
        /// Another key has taken its place.
        Replaced = "replaced",
    }
}

words! {
    /// Why a key was revoked, in the words of RFC 5280, section 5.3.1.
    RevocationReason {
        /// No reason given.
        Unspecified = "unspecified",
        /// The secret may be known to others.
        KeyCompromise = "key_compromise",
        /// Its owner changed hands.
        AffiliationChanged = "affiliation_changed",
        /// Another key does its work.
        Superseded = "superseded",
        /// What it was for has ended.
        CessationOfOperation = "cessation_of_operation",
        /// Its owner may no longer do what it allowed.
        PrivilegeWithdrawn = "privilege_withdrawn",
    }
}

words! {
    /// Whom a control key acts on.
    Reach {
        /// Its owner, and those below it.
        Owner = "owner",
        /// Everybody.
        All = "all",
    }
}

/// A key as it may be shown: everything but its secret and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id; for a client key also its client id.
    pub id: KeyId,
    /// What it is for.
    pub kind: Kind,
    /// Who owns it.
    pub owner_id: OwnerId,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its prefix and last four characters.
    pub hint: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Whom it acts on, if it is a control key; any other has the narrower one.
    pub reach: Reach,
    /// JSON that its issuer attached.
    pub metadata: Metadata,
    /// False while it is switched off.
    pub enabled: bool,
    /// The first key of its line: what is counted is counted for all of them together.
    pub lineage: KeyId,
    /// Its windows.
    pub rate_limits: Vec<RateLimit>,
    /// How often it may be used, if that is counted.
    pub credits: Option<Credits>,
    /// The networks it may be used from; from anywhere if there is none.
    pub ip_allow: Vec<Network>,
    /// When it was issued, Unix milliseconds.
    pub created_at_ms: i64,
    /// The first instant at which it is no longer good.
    pub expires_at_ms: Option<i64>,
    /// It was not chosen: it is the longest life that the configuration allows.
    pub end_is_given: bool,
    /// The first instant at which its successor alone is good; may lie ahead.
    pub replaced_at_ms: Option<i64>,
    /// Its successor.
    pub replaced_by: Option<KeyId>,
    /// Until when it is good beside its successor; `None` if it died with its replacement.
    pub grace_until_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// Why it was revoked.
    pub revocation_reason: Option<RevocationReason>,
    /// How often it was found good, and when last.
    pub usage: Usage,
    /// Members whose stored value can no longer be read: what stands for it here must not be relied on.
    pub unreadable: Vec<&'static str>,
}

/// How often a key was found good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How often.
    pub count: i64,
    /// The minute of the last time, Unix milliseconds.
    pub last_at_ms: Option<i64>,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self {
            count: self.count.saturating_add(more.count),
            last_at_ms: self.last_at_ms.max(more.last_at_ms),
        }
    }
}

impl Key {
    /// A key of its own line as it begins: switched on, and without anything that can be given to one.
    #[must_use]
    pub fn draft(
        id: KeyId,
        kind: Kind,
        owner_id: OwnerId,
        hint: String,
        created_at_ms: i64,
    ) -> Self {
        Self {
            id,
            kind,
            owner_id,
            name: None,
            hint,
            scopes: Scopes::default(),
            reach: Reach::Owner,
            metadata: Metadata::default(),
            enabled: true,
            lineage: id,
            rate_limits: Vec::new(),
            credits: None,
            ip_allow: Vec::new(),
            created_at_ms,
            expires_at_ms: None,
            end_is_given: false,
            replaced_at_ms: None,
            replaced_by: None,
            grace_until_ms: None,
            revoked_at_ms: None,
            revocation_reason: None,
            usage: Usage::default(),
            unreadable: Vec::new(),
        }
    }

    /// What its secret looks like: the kind and, where a wish decides it, the prefix.
    #[must_use]
    pub fn form(&self) -> (Kind, Option<&str>) {
        let prefix = match self.kind {
            Kind::Standard | Kind::Control => {
                self.hint.split_once("_...").map(|(prefix, _)| prefix)
            }
            Kind::User | Kind::Organization | Kind::Client | Kind::Named => None,
        };
        (self.kind, prefix)
    }

    /// The owner at which, with those below it, its reach ends; `None` if it acts on all, or is no control key.
    #[must_use]
    pub fn reaches_from(&self) -> Option<OwnerId> {
        let is_bounded = self.kind == Kind::Control && self.reach == Reach::Owner;
        is_bounded.then_some(self.owner_id)
    }

    /// The first instant at which it is no longer good by itself: its expiry, or the end of its grace.
    #[must_use]
    pub fn ends_at_ms(&self) -> Option<i64> {
        match (self.expires_at_ms, self.grace_until_ms) {
            (Some(expiry), Some(grace)) => Some(expiry.min(grace)),
            (expiry, grace) => expiry.or(grace),
        }
    }

    /// This key, newly drafted, in the place of another one: whatever was given to that one is its own now, too.
    #[must_use]
    pub fn in_place_of(&self, old: &Self) -> Self {
        let (expires_at_ms, end_is_given) = old.end_of_successor(self.expires_at_ms);
        Self {
            expires_at_ms,
            end_is_given,
            id: self.id,
            kind: self.kind,
            hint: self.hint.clone(),
            created_at_ms: self.created_at_ms,
            replaced_at_ms: self.replaced_at_ms,
            replaced_by: self.replaced_by,
            grace_until_ms: self.grace_until_ms,
            revoked_at_ms: self.revoked_at_ms,
            revocation_reason: self.revocation_reason,
            usage: self.usage,
            unreadable: self.unreadable.clone(),
            ..old.clone()
        }
    }

    /// The end of a key that takes this one's place, where no key may end later than at `end_max_ms`, and whether it
    /// is given.
    ///
    /// An end that was chosen stays one. Where the longest life that the configuration allows gave it, the
    /// successor has a whole life of its own: or else a rotation would prolong nothing.
    #[must_use]
    pub fn end_of_successor(&self, end_max_ms: Option<i64>) -> (Option<i64>, bool) {
        match (self.expires_at_ms, end_max_ms) {
            (end_ms, None) => (end_ms, self.end_is_given),
            (Some(chosen), Some(end_max_ms)) if !self.end_is_given => {
                (Some(chosen.min(end_max_ms)), false)
            }
            (_, end_max_ms) => (end_max_ms, true),
        }
    }

    /// The key as it is since its owner was deleted, whatever its row still says.
    #[must_use]
    pub fn ended_with_owner(&self, at_ms: i64) -> Self {
        Self {
            revoked_at_ms: Some(at_ms),
            revocation_reason: Some(RevocationReason::CessationOfOperation),
            ..self.clone()
        }
    }

    /// The minute of its last use, which is not told to lie before it was made.
    #[must_use]
    pub fn last_used_at_ms(&self) -> Option<i64> {
        let last_at_ms = self.usage.last_at_ms;
        last_at_ms.map(|at_ms| at_ms.max(self.created_at_ms))
    }

    /// About how many bytes its texts and lists take.
    #[must_use]
    pub fn texts_len(&self) -> usize {
        let scopes = self.scopes.as_slice().iter();
        let scopes = scopes.map(|scope| scope.name().len() + size_of::<Scope>());
        self.name.as_ref().map_or(0, String::len)
            + self.hint.len()
            + scopes.sum::<usize>()
            + self.metadata.as_str().len()
            + self.ip_allow.len() * size_of::<Network>()
            + self.rate_limits.len() * (64 + size_of::<RateLimit>())
    }

    /// Where the key is in its life at this instant.
    #[must_use]
    pub fn state(&self, now_ms: i64) -> State {
        let is_over = |at_ms: Option<i64>| at_ms.is_some_and(|at_ms| at_ms <= now_ms);
        if self.revoked_at_ms.is_some() {
            State::Revoked
        } else if self.replaced_by.is_some()
            && self.grace_until_ms.is_none_or(|at_ms| at_ms <= now_ms)
        {
            State::Replaced
        } else if is_over(self.expires_at_ms) {
            State::Expired
        } else if self.enabled && self.unreadable.is_empty() {
            State::Live
        } else {
            State::Disabled
        }
    }
}

/// A key together with its owner, as one read found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    /// The key.
    pub key: Arc<Key>,
    /// Its owner.
    pub owner: Arc<Owner>,
}

impl HeldKey {
    /// A key with its owner; the tombstone of an owner that was deleted ends the key.
    #[must_use]
    pub fn new(key: Arc<Key>, owner: Arc<Owner>) -> Self {
        let key = match owner.deleted_at_ms {
            Some(at_ms) if key.revoked_at_ms.is_none() => Arc::new(key.ended_with_owner(at_ms)),
            Some(_) | None => key,
        };
        Self { key, owner }
    }
}
