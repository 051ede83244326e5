//! The nouns: keys, owners, scopes, principals and verdicts.
//! Leaves rules about who may do what to `keyring`, and rows to `store`.

use std::fmt;

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id! {
    /// Names a key; ordered by the time it was issued.
    KeyId
}
id! {
    /// Names a user or an organization.
    OwnerId
}
id! {
    /// Names one request and its answer.
    RequestId
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// The word that stands for it in the database and on the wire.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value that a word stands for.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

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
    /// Who can own keys.
    OwnerKind {
        /// A person.
        User = "user",
        /// An organization.
        Organization = "organization",
    }
}

words! {
    /// Why a key was revoked, in the words of RFC 5280, section 5.3.1.
    RevocationReason {
        /// No reason given.
        Unspecified = "unspecified",
        /// Somebody else may know the secret.
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
    /// The answer to "is this key good, and for this?".
    VerdictCode {
        /// Good.
        Valid = "VALID",
        /// Never issued here.
        NotFound = "NOT_FOUND",
        /// Revoked for good.
        Revoked = "REVOKED",
        /// Another key has taken its place.
        Replaced = "REPLACED",
        /// Switched off.
        Disabled = "DISABLED",
        /// Its time is over.
        Expired = "EXPIRED",
        /// Its window is used up.
        RateLimited = "RATE_LIMITED",
        /// Its credits are used up.
        CreditsExhausted = "CREDITS_EXHAUSTED",
        /// Good, but without a scope that was asked for.
        InsufficientScope = "INSUFFICIENT_SCOPE",
        /// Good, but not from this address.
        ForbiddenIp = "FORBIDDEN_IP",
        /// Good, but its owner is suspended.
        OwnerSuspended = "OWNER_SUSPENDED",
    }
}

/// A permission, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(pub std::borrow::Cow<'static, str>);

impl Scope {
    /// A scope that the program knows.
    #[must_use]
    pub const fn known(name: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(name))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// A set of scopes, in the order in which they were given, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The scopes in a space-separated list, as OAuth 2.0 writes them.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        list.split_ascii_whitespace()
            .map(|name| Scope(name.to_owned().into()))
            .collect()
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub fn has(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether every one of `scopes` is among them.
    #[must_use]
    pub fn cover(&self, scopes: &[Scope]) -> bool {
        scopes.iter().all(|scope| self.has(scope))
    }

    /// The scopes as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }

    /// Their names, each of its own.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|scope| scope.name().to_owned()).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut unique = Vec::new();
        for scope in scopes {
            if !unique.contains(&scope) {
                unique.push(scope);
            }
        }
        Self(unique)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Scope::name).collect();
        formatter.write_str(&names.join(" "))
    }
}

/// Credits that were spent in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// The month, counted as year * 12 + month.
    pub month: i64,
    /// How many were spent in it.
    pub spent: i64,
}

impl Spending {
    /// What was spent in this month; a new one begins with nothing.
    #[must_use]
    pub fn in_month(self, month: i64) -> i64 {
        if self.month == month { self.spent } else { 0 }
    }
}

/// A user or an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its id, given or ours.
    pub id: OwnerId,
    /// Whether it is a user or an organization.
    pub kind: OwnerKind,
    /// An organization's name.
    pub name: Option<String>,
    /// A user's address.
    pub email: Option<String>,
    /// A user's plan.
    pub plan: Option<String>,
    /// The organization above an organization.
    pub parent_id: Option<OwnerId>,
    /// Whether its keys are refused.
    pub suspended: bool,
    /// The credits it has spent.
    pub spending: Spending,
    /// When it was created, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it last changed, Unix milliseconds.
    pub updated_at_ms: i64,
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
    /// JSON that its issuer attached: always an object.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// False while it is switched off.
    pub enabled: bool,
    /// When it was issued, Unix milliseconds.
    pub created_at_ms: i64,
    /// The first instant at which it is no longer good.
    pub expires_at_ms: Option<i64>,
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
}

impl Key {
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
        } else if self.enabled {
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
    pub key: Key,
    /// Its owner.
    pub owner: Owner,
}

/// Who acts, as the events name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The root key.
    Root,
    /// A key.
    Key(KeyId),
    /// An access token that was minted from a client key.
    Token(KeyId),
    /// A token of an issuer that the configuration trusts.
    Issuer(String),
    /// The server itself, at its first start.
    Server,
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("root"),
            Self::Key(id) => write!(formatter, "key:{id}"),
            Self::Token(id) => write!(formatter, "token:{id}"),
            Self::Issuer(name) => write!(formatter, "issuer:{name}"),
            Self::Server => formatter.write_str("server"),
        }
    }
}

/// A caller whose credential was good when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// How the events name it.
    pub actor: Actor,
    /// The key that every change must find live: its own, or the one behind its token.
    pub key_id: Option<KeyId>,
    /// Whom it acts for; `None` for root.
    pub owner: Option<Owner>,
    /// What it may do; `None` for root, which may do everything.
    pub scopes: Option<Scopes>,
}

/// The answer to a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Good, or why not.
    pub code: VerdictCode,
    /// The key, unless it was never issued here.
    pub key: Option<Key>,
}

/// An `Idempotency-Key` as a caller sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct RetryKey(pub String);

impl RetryKey {
    /// Whether it looks random enough that nobody guesses it: a version 4 UUID, or 22 base64url characters.
    #[must_use]
    pub fn is_unguessable(&self) -> bool {
        let is_random_uuid = Uuid::parse_str(&self.0).is_ok_and(|uuid| uuid.get_version_num() == 4);
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        is_random_uuid
            || (self.0.len() >= 22
                && self.0.bytes().all(is_base64url)
                && Uuid::parse_str(&self.0).is_err())
    }
}

impl fmt::Debug for RetryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RetryKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{RetryKey, Scope, Scopes};

    #[test]
    fn scopes_keep_their_order_and_drop_repeats() {
        let scopes = Scopes::parse("b a  b c");
        assert_eq!(scopes.to_string(), "b a c");
        assert!(scopes.cover(&[Scope::known("a"), Scope::known("c")]));
        assert!(!scopes.cover(&[Scope::known("a"), Scope::known("d")]));
    }

    #[test]
    fn only_a_random_retry_key_is_unguessable() {
        assert!(RetryKey("3b0c7f0e-52a8-4d4e-9d55-7f6d8d2f1a11".to_owned()).is_unguessable());
        assert!(RetryKey("abcdefghijklmnopqrstuv".to_owned()).is_unguessable());
        assert!(!RetryKey("01890a5d-ac96-774b-bcce-b302099a8057".to_owned()).is_unguessable());
        assert!(!RetryKey("abcdefghijklmnopqrstu".to_owned()).is_unguessable());
        assert!(!RetryKey("retry number 1 of this rotation".to_owned()).is_unguessable());
    }
}
