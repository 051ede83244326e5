//! What is sent and answered about keys, and the way to and from the domain's nouns.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::contract::{WireId, WireInstant, instant};
use crate::error::Error;
use crate::key::{self, Kind, OwnerId, Scope, State as LifeState};
use crate::keyring::{Issued, KeyQuery, NewKeyWish, Page, Question};
use crate::secret::{SECRET_LEN_MAX, Secret};

type Metadata = serde_json::Map<String, serde_json::Value>;

const PAGE_LEN_DEFAULT: u32 = 20;
const PAGE_LEN_MAX: u32 = 100;
const NAME_LEN: std::ops::RangeInclusive<usize> = 1..=100;

/// Makes a wire enum with the words of a domain enum, and the way between them.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident of $domain:ty { $($variant:ident),+ $(,)? }) => {
        #[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
        $(#[$doc])*
        pub(in crate::contract::control) enum $name { $($variant),+ }

        impl From<$domain> for $name {
            fn from(domain: $domain) -> Self {
                match domain { $(<$domain>::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $domain {
            fn from(wire: $name) -> Self {
                match wire { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

wire_enum! {
    /// What a key is for: one of the four documented contracts, an application of the operator's own
    /// (`standard`), or this contract (`control`).
    #[serde(rename_all = "snake_case")]
    KeyKind of Kind { User, Organization, Client, Named, Standard, Control }
}

wire_enum! {
    /// Whether a key works (`live`) or why not: switched off for now, past its expiry, ended for
    /// good, or another key has taken its place.
    #[serde(rename_all = "snake_case")]
    KeyState of LifeState { Live, Disabled, Expired, Revoked, Replaced }
}

wire_enum! {
    /// Why a key was revoked, in the words of RFC 5280 section 5.3.1.
    #[serde(rename_all = "snake_case")]
    RevocationReason of key::RevocationReason {
        Unspecified, KeyCompromise, AffiliationChanged, Superseded, CessationOfOperation,
        PrivilegeWithdrawn,
    }
}

wire_enum! {
    /// The verdict, for programs.
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    VerdictCode of key::VerdictCode {
        Valid, NotFound, Revoked, Replaced, Disabled, Expired, RateLimited, CreditsExhausted,
        InsufficientScope, ForbiddenIp, OwnerSuspended,
    }
}

// The name of a scope. A doc comment would become a description at each element.
#[derive(ToSchema)]
#[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9_.:*/-]+$")]
#[expect(dead_code, reason = "it documents the elements of arrays")]
struct ScopeName(String);

/// A key to make.
#[derive(Deserialize, ToSchema)]
pub(in crate::contract::control) struct NewKey {
    kind: KeyKind,
    /// The user or organization that the key is for.
    #[schema(value_type = Uuid)]
    owner_id: WireId,
    /// What to call the key. `client` and `named` keys must have a name, which keeps the rules of
    /// their contract; in any other, U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// What the secret of a `standard` or `control` key begins with, before an underscore; `kw`
    /// and `kwc` when left out. Other kinds have a fixed form.
    #[schema(min_length = 1, max_length = 16, pattern = "^[a-z][a-z0-9]{0,15}$")]
    prefix: Option<String>,
    /// What the key may be used for. When left out, a `named` key gets `Read` and `Write`, a
    /// `client` key `create:api-key`, `read:api-key` and `delete:api-key`, and any other none.
    #[schema(value_type = Option<Vec<ScopeName>>, inline, max_items = 64)]
    scopes: Option<Vec<String>>,
    /// When the key stops working; never when left out. It must lie in the future.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<WireInstant>,
    /// Anything to keep with the key, in up to 4096 bytes of JSON. Whoever verifies the key sees
    /// it.
    #[schema(value_type = Option<HashMap<String, Value>>, additional_properties = true)]
    metadata: Option<Metadata>,
}

/// A new key and its secret.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct IssuedKey {
    key: Key,
    /// What the key's user sends; for a `client` key, the client secret. It is shown this once;
    /// store it safely.
    secret: String,
    /// The client identifier. Only a `client` key has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<Uuid>,
}

/// What is known about a key, except its secret.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct Key {
    /// The key's identifier. It is no secret.
    id: Uuid,
    kind: KeyKind,
    /// The user or organization that the key is for.
    owner_id: Uuid,
    /// What the key is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The secret's prefix, if it has one, and last four characters, to tell keys apart.
    hint: String,
    /// What the key may be used for.
    scopes: Vec<String>,
    state: KeyState,
    /// When the key was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the key stops or stopped working by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// When another key takes or took this one's place for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    replaced_at: Option<String>,
    /// The key that takes or took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<Uuid>,
    /// When the key was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_reason: Option<RevocationReason>,
    /// What was given to be kept with the key.
    #[schema(value_type = HashMap<String, Value>, additional_properties = true)]
    metadata: Metadata,
}

/// A page of keys.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct KeyPage {
    /// The keys, oldest first.
    items: Vec<Key>,
    /// Where the next page begins. Left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which keys to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::contract::control) struct KeyFilter {
    /// Only keys of this user or organization.
    #[param(value_type = Option<Uuid>)]
    owner_id: Option<WireId>,
    /// Only keys of this kind.
    kind: Option<KeyKind>,
    /// Only keys in this state.
    state: Option<KeyState>,
    /// Only keys with exactly this name.
    #[param(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The most keys to answer.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// Where to go on, from `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 512)]
    cursor: Option<String>,
}

/// How to rotate a key.
#[derive(Default, Deserialize, ToSchema)]
pub(in crate::contract::control) struct Rotation {
    /// How long the old key goes on working, up to 30 days.
    #[schema(value_type = i32, minimum = 0, maximum = 2_592_000, default = 0, required = false)]
    #[serde(default)]
    pub(super) grace_seconds: u32,
}

/// Why a key is revoked.
#[derive(Default, Deserialize, ToSchema)]
pub(in crate::contract::control) struct Revocation {
    pub(super) reason: Option<RevocationReason>,
}

/// A key to judge and what it should be good for.
#[derive(Deserialize, ToSchema)]
pub(in crate::contract::control) struct Verification {
    /// The key, as its user sent it.
    #[schema(min_length = 1, max_length = 4096)]
    key: String,
    /// Scopes that the key must have, all of them.
    #[schema(value_type = Option<Vec<ScopeName>>, inline, max_items = 64)]
    scopes: Option<Vec<String>>,
    /// Scopes of which the key must have at least one.
    #[schema(value_type = Option<Vec<ScopeName>>, inline, max_items = 64)]
    any_scope: Option<Vec<String>>,
}

/// Whether a key may be used now.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct Verdict {
    /// Whether it may. True exactly when `code` is `VALID`.
    valid: bool,
    code: VerdictCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<VerifiedKey>,
}

/// What a service that verifies may know about a key. Left out when there is no such key.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct VerifiedKey {
    /// The key's identifier. It is no secret.
    id: Uuid,
    kind: KeyKind,
    /// The user or organization that the key is for.
    owner_id: Uuid,
    /// What the key is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What the key may be used for.
    scopes: Vec<String>,
    /// When the key stops working by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// What was given to be kept with the key.
    #[schema(value_type = HashMap<String, Value>, additional_properties = true)]
    metadata: Metadata,
}

impl From<NewKey> for NewKeyWish {
    fn from(new: NewKey) -> Self {
        Self {
            kind: new.kind.into(),
            owner_id: OwnerId(new.owner_id.0),
            name: new.name,
            prefix: new.prefix,
            scopes: new.scopes,
            expires_at_ms: new.expires_at.map(|at| at.0.as_millisecond()),
            metadata: new.metadata.unwrap_or_default(),
        }
    }
}

impl TryFrom<KeyFilter> for KeyQuery {
    type Error = Error;

    fn try_from(filter: KeyFilter) -> Result<Self, Error> {
        let limit = filter.limit.unwrap_or(PAGE_LEN_DEFAULT);
        if !(1..=PAGE_LEN_MAX).contains(&limit) {
            let detail = format!("limit must be 1 to {PAGE_LEN_MAX}, got {limit}");
            return Err(Error::malformed("limit", detail));
        }
        let name_len = filter.name.as_ref().map(|name| name.chars().count());
        if name_len.is_some_and(|len| !NAME_LEN.contains(&len)) {
            let detail = "name must have 1 to 100 characters, or be left out";
            return Err(Error::malformed("name", detail));
        }
        Ok(Self {
            owner_id: filter.owner_id.map(|id| OwnerId(id.0)),
            kind: filter.kind.map(Into::into),
            state: filter.state.map(Into::into),
            name: filter.name,
            cursor: filter.cursor,
            limit,
        })
    }
}

impl TryFrom<Verification> for Question {
    type Error = Error;

    fn try_from(asked: Verification) -> Result<Self, Error> {
        if asked.key.is_empty() || asked.key.len() > SECRET_LEN_MAX {
            let detail = format!("key must have 1 to {SECRET_LEN_MAX} characters");
            return Err(Error::invalid("/key", detail));
        }
        let read = |names: Vec<String>| names.into_iter().map(|name| Scope(name.into())).collect();
        Ok(Self {
            all_of: read(asked.scopes.unwrap_or_default()),
            one_of: asked.any_scope.map(read),
            secret: Secret::new(asked.key),
        })
    }
}

impl Key {
    pub(super) fn new(key: key::Key, now_ms: i64) -> Self {
        Self {
            state: key.state(now_ms).into(),
            id: key.id.0,
            kind: key.kind.into(),
            owner_id: key.owner_id.0,
            name: key.name,
            hint: key.hint,
            scopes: key.scopes.names(),
            created_at: instant(key.created_at_ms),
            expires_at: key.expires_at_ms.map(instant),
            replaced_at: key.replaced_at_ms.map(instant),
            replaced_by: key.replaced_by.map(|id| id.0),
            revoked_at: key.revoked_at_ms.map(instant),
            revocation_reason: key.revocation_reason.map(Into::into),
            metadata: key.metadata,
        }
    }
}

impl KeyPage {
    pub(super) fn new(page: Page, now_ms: i64) -> Self {
        Self {
            items: page
                .items
                .into_iter()
                .map(|key| Key::new(key, now_ms))
                .collect(),
            next_cursor: page.next_cursor,
        }
    }
}

impl IssuedKey {
    pub(super) fn new(issued: Issued, now_ms: i64) -> Self {
        Self {
            client_id: (issued.key.kind == Kind::Client).then_some(issued.key.id.0),
            secret: issued.secret.expose().to_owned(),
            key: Key::new(issued.key, now_ms),
        }
    }
}

impl From<key::Verdict> for Verdict {
    fn from(verdict: key::Verdict) -> Self {
        Self {
            valid: verdict.code == key::VerdictCode::Valid,
            code: verdict.code.into(),
            key: verdict.key.map(|key| VerifiedKey {
                id: key.id.0,
                kind: key.kind.into(),
                owner_id: key.owner_id.0,
                name: key.name,
                scopes: key.scopes.names(),
                expires_at: key.expires_at_ms.map(instant),
                metadata: key.metadata,
            }),
        }
    }
}
