//! The nouns: keys, owners, scopes, principals and verdicts.
//! Leaves rules about who may do what to `keyring`, and rows to `store`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use uuid::{Uuid, Variant};
use zeroize::Zeroize as _;

use crate::address::Network;
use crate::limit::{Limit, Rate};
use crate::metadata::Metadata;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

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
    /// Names an access token of our own: its `jti`.
    TokenId
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
    /// Whom a control key acts on.
    Reach {
        /// Its owner, and those below it.
        Owner = "owner",
        /// Everybody.
        All = "all",
    }
}

words! {
    /// How often credits are filled up again.
    Period {
        /// At 00:00 UTC.
        Day = "day",
        /// On the first of the month at 00:00 UTC.
        Month = "month",
    }
}

impl Period {
    /// The number of the period that an instant lies in, in UTC.
    #[must_use]
    pub fn of(self, at_ms: i64) -> i64 {
        match self {
            Self::Day => at_ms.div_euclid(DAY_MS),
            Self::Month => {
                let instant = jiff::Timestamp::from_millisecond(at_ms);
                let instant = instant.unwrap_or(jiff::Timestamp::MAX);
                let date = instant.to_zoned(jiff::tz::TimeZone::UTC).date();
                i64::from(date.year()) * 12 + i64::from(date.month())
            }
        }
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

/// The most scopes that a key or a token may have, and that anybody may ask for at once.
pub const SCOPES_LEN_MAX: usize = 64;

/// A set of scopes, in the order in which they were given, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// The scopes in a space-separated list, as OAuth 2.0 writes them; `None` if it names more than
    /// [`SCOPES_LEN_MAX`], of which no more is read then.
    #[must_use]
    pub fn read(list: &str) -> Option<Self> {
        Self::read_names(list.split_ascii_whitespace())
    }

    /// The scopes with these names; `None` if there are more than [`SCOPES_LEN_MAX`], of which no more is read
    /// then: each is compared with all before it.
    pub fn read_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut names = names.into_iter();
        let first = names.by_ref().take(SCOPES_LEN_MAX);
        let scopes = first.map(|name| Scope(name.to_owned().into())).collect();
        names.next().is_none().then_some(scopes)
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

/// For as many as a key may have: who reads what somebody else has written counts first.
impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut unique = Vec::new();
        for scope in scopes {
            if !unique.contains(&scope) {
                unique.push(scope);
            }
        }
        Self(unique.into())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Scope::name).collect();
        formatter.write_str(&names.join(" "))
    }
}

/// What a named key may do, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedRole {
    /// `Read` alone.
    Read,
    /// `Read` and `Write`.
    Write,
}

impl NamedRole {
    const READ: Scope = Scope::known("Read");
    const WRITE: Scope = Scope::known("Write");

    /// The least role that covers `scopes`.
    #[must_use]
    pub fn of(scopes: &Scopes) -> Self {
        if scopes.has(&Self::WRITE) {
            Self::Write
        } else {
            Self::Read
        }
    }

    /// The scopes that it gives.
    #[must_use]
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Read => [Self::READ].into_iter().collect(),
            Self::Write => [Self::READ, Self::WRITE].into_iter().collect(),
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
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

/// One of the windows that limit a key, or all keys of an owner together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Its name, unique among those of its key or owner.
    pub name: String,
    /// How much passes, and how fast.
    pub limit: Limit,
}

/// What a key may still be used for, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credits {
    /// How many are left.
    pub remaining: i64,
    /// How they come back, if they do.
    pub refill: Option<Refill>,
    /// The period for which `remaining` counts; 0 if they do not come back.
    pub period: i64,
    /// Counts how often they were set anew by hand.
    pub epoch: i64,
}

impl Credits {
    /// The credits as they are at this instant: filled up again where a period has ended.
    #[must_use]
    pub fn at(self, now_ms: i64) -> Self {
        match self.refill {
            Some(refill) if refill.every.of(now_ms) > self.period => Self {
                remaining: refill.amount,
                period: refill.every.of(now_ms),
                ..self
            },
            Some(_) | None => self,
        }
    }
}

/// How credits come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refill {
    /// How many there are at the start of each period.
    pub amount: i64,
    /// When that is.
    pub every: Period,
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
    /// Windows that all its keys share.
    pub rate_limits: Vec<RateLimit>,
    /// The credits it has spent.
    pub spending: Spending,
    /// When it was created, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it last changed, Unix milliseconds.
    pub updated_at_ms: i64,
    /// When it was deleted, Unix milliseconds.
    pub deleted_at_ms: Option<i64>,
    /// Members whose stored value can no longer be read. While there are any, it counts as suspended.
    pub unreadable: Vec<&'static str>,
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
    pub family: KeyId,
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
    /// Nobody chose that: it is the longest life that the configuration allows.
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
            family: id,
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

    /// The end of a key that takes this one's place, where no key may end later than at `end_max_ms`, and whether it
    /// is given.
    ///
    /// An end that somebody chose stays one. Where the longest life that the configuration allows gave it, the
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
    /// Somebody who proved nothing.
    Anonymous,
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("root"),
            Self::Key(id) => write!(formatter, "key:{id}"),
            Self::Token(id) => write!(formatter, "token:{id}"),
            Self::Issuer(name) => write!(formatter, "issuer:{name}"),
            Self::Server => formatter.write_str("server"),
            Self::Anonymous => formatter.write_str("anonymous"),
        }
    }
}

/// A caller whose credential was good when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// How the events name it.
    pub actor: Actor,
    /// The key that every change must find live: its own, or the one behind its token.
    pub key: Option<Arc<Key>>,
    /// The access token that it came with, if it is one of our own.
    pub token: Option<TokenUse>,
    /// Whom it acts for; `None` for root.
    pub owner: Option<Arc<Owner>>,
    /// What it may do; `None` for root, which may do everything.
    pub scopes: Option<Scopes>,
}

/// An access token of our own, as what rests on it must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenUse {
    /// Which token.
    pub id: TokenId,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// The answer to a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Good, or why not.
    pub code: VerdictCode,
    /// The key, unless it was never issued here.
    pub key: Option<Arc<Key>>,
    /// The window that refused it, or the one with the least left; `None` if it has no windows, or
    /// was refused before they were asked.
    pub rate: Option<NamedRate>,
    /// Credits that are left, if they are counted and were asked.
    pub credits_remaining: Option<i64>,
}

/// What is left of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRate {
    /// The window's name.
    pub name: String,
    /// What is left.
    pub rate: Rate,
}

/// Something that happened, as the audit log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// Its place in the log: 1, 2, 3 …
    pub position: i64,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Who, as [`Actor`] writes it.
    pub actor: String,
    /// What.
    pub action: String,
    /// What it was done to.
    pub target_id: Option<Uuid>,
    /// What else it concerns: the successor of a key, or an owner's first key.
    pub related_id: Option<Uuid>,
    /// The owner whom it concerns.
    pub owner_id: Option<Uuid>,
    /// What it came to: `done` or `denied`.
    pub outcome: String,
    /// More in words.
    pub detail: Option<String>,
    /// In which request, by the id that its caller may have chosen.
    pub request_id: Uuid,
    /// In which request, by the id that the server has given it.
    pub server_request_id: Option<Uuid>,
    /// From which address.
    pub address: Option<String>,
}

/// The places of the two digits of a version 4 UUID that are not random, counted without hyphens.
const VERSION_DIGIT: usize = 12;
const VARIANT_DIGIT: usize = 16;
/// A version 4 UUID with fewer different digits among its random ones was made by no generator.
const DIFFERENT_DIGITS_MIN: usize = 7;

/// An `Idempotency-Key` as a caller sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct RetryKey(pub String);

impl RetryKey {
    /// Whether nobody guesses it: a version 4 UUID whose random digits are not a few that repeat, as in one that
    /// somebody typed. Of random ones, less than one in 700 million is taken for such.
    #[must_use]
    pub fn is_unguessable(&self) -> bool {
        let Ok(uuid) = Uuid::parse_str(&self.0) else {
            return false;
        };
        if uuid.get_version_num() != 4 || uuid.get_variant() != Variant::RFC4122 {
            return false;
        }
        let mut digits = [0; uuid::fmt::Simple::LENGTH];
        let digits = uuid.simple().encode_lower(&mut digits).bytes();
        let random = digits
            .enumerate()
            .filter(|(index, _)| ![VERSION_DIGIT, VARIANT_DIGIT].contains(index));
        let different: BTreeSet<u8> = random.map(|(_, digit)| digit).collect();
        different.len() >= DIFFERENT_DIGITS_MIN
    }
}

impl Drop for RetryKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for RetryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RetryKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{RetryKey, SCOPES_LEN_MAX, Scope, Scopes};

    #[test]
    fn no_more_scopes_are_read_than_a_key_may_have() {
        let list = |len: usize| {
            let names = (0..len).map(|index| format!("s{index}"));
            names.collect::<Vec<_>>().join(" ")
        };
        let most = Scopes::read(&list(SCOPES_LEN_MAX)).unwrap();
        assert_eq!(most.as_slice().len(), SCOPES_LEN_MAX);
        assert_eq!(Scopes::read(&list(SCOPES_LEN_MAX + 1)), None);
        // One that is repeated is one that is sent.
        assert_eq!(Scopes::read(&"a ".repeat(SCOPES_LEN_MAX + 1)), None);
    }

    #[test]
    fn scopes_keep_their_order_and_drop_repeats() {
        let scopes = Scopes::read("b a  b c").unwrap();
        assert_eq!(scopes.to_string(), "b a c");
        assert!(scopes.cover(&[Scope::known("a"), Scope::known("c")]));
        assert!(!scopes.cover(&[Scope::known("a"), Scope::known("d")]));
    }

    #[test]
    fn only_a_random_uuid_is_an_unguessable_retry_key() {
        let is_unguessable = |text: &str| RetryKey(text.to_owned()).is_unguessable();
        for text in [
            "3b0c7f0e-52a8-4d4e-9d55-7f6d8d2f1a11",
            "3B0C7F0E-52A8-4D4E-9D55-7F6D8D2F1A11",
            // Seven different digits: 0 to 6.
            "00000000-0000-4000-8000-000000123456",
        ] {
            assert!(is_unguessable(text), "{text}");
        }
        for text in [
            // Six: the digits of the version and the variant are nobody's choice.
            "00000000-0000-4000-8000-000000012345",
            "00000000-0000-4000-b000-000000012345",
            "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa",
            "12121212-3434-4565-8656-121212343434",
            // Of another version, or another variant.
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "3b0c7f0e-52a8-4d4e-cd55-7f6d8d2f1a11",
            "abcdefghijklmnopqrstuv",
            "aaaaaaaaaaaaaaaaaaaaaa",
            "monthly-rotation-2026-11",
            "retry number 1 of this rotation",
            "",
        ] {
            assert!(!is_unguessable(text), "{text}");
        }
    }
}
