//! What is sent and answered about keys, and the way to and from the domain's nouns.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::contract::body::{Object, given};
use crate::contract::control::limits::{self, Credits, CreditsInput, RateLimit, RateLimitInput};
use crate::contract::control::removed::Removed;
use crate::contract::control::{check_len, page_len};
use crate::contract::metadata::{self, SentMetadata};
use crate::contract::number::{digits, whole};
use crate::contract::{WireId, WireInstant, WireSecret, instant};
use keywright_core::keyring::{Issued, KeyPatch as KeyChange, KeyQuery, NewKeyWish};
use keywright_model::error::Error;
use keywright_model::id::OwnerId;
use keywright_model::key;
use keywright_model::key::{Kind, State as LifeState};
use keywright_model::metadata::Metadata;

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
    /// Whom a control key acts on: its owner and the organizations below (`owner`), or everybody
    /// (`all`), which only the root key and control keys of reach `all` give. Other keys have none.
    #[serde(rename_all = "snake_case")]
    KeyReach of key::Reach { Owner, All }
}

wire_enum! {
    /// Why a key was revoked, in the words of RFC 5280 section 5.3.1.
    #[serde(rename_all = "snake_case")]
    RevocationReason of key::RevocationReason {
        Unspecified, KeyCompromise, AffiliationChanged, Superseded, CessationOfOperation,
        PrivilegeWithdrawn,
    }
}

// The name of a scope. A doc comment would become a description at each element.
#[derive(ToSchema)]
#[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9_.:*/-]+$")]
#[expect(dead_code, reason = "it documents the elements of arrays")]
pub(in crate::contract::control) struct ScopeName(String);

// An address or a network. A doc comment would become a description at each element.
#[derive(ToSchema)]
#[schema(min_length = 2, max_length = 49)]
#[expect(dead_code, reason = "it documents the elements of arrays")]
struct NetworkText(String);

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct KeyInput {
    kind: KeyKind,
    /// The user or organization that the key is for: a user for a `user` key, an organization for an
    /// `organization`, `client` or `named` key, and either for the others. One that is not there is
    /// answered 404.
    #[schema(value_type = Uuid)]
    owner_id: WireId,
    /// What to call the key. `client` and `named` keys must have a name, which keeps the rules of
    /// their contract; in any other, U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100)]
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// What the secret of a `standard` or `control` key begins with, before an underscore; `kw`
    /// and `kwc` when left out. Other kinds have a fixed form.
    #[schema(min_length = 1, max_length = 16, pattern = "^[a-z][a-z0-9]{0,15}$")]
    #[serde(default, deserialize_with = "given")]
    prefix: Option<String>,
    /// What the key may be used for. When left out, a `named` key gets `Read` and `Write`, a
    /// `client` key `create:api-key`, `read:api-key` and `delete:api-key`, and any other none. These are
    /// all that the two can have. A `control` key can have `keys:verify`, `keys:read`, `keys:write`,
    /// `owners:read`, `owners:write` and `events:read`, a `standard` key whatever keeps the pattern, and a
    /// `user` or `organization` key nothing.
    #[schema(value_type = Option<Vec<ScopeName>>, inline, max_items = 64)]
    #[serde(default, deserialize_with = "given")]
    scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    reach: Option<KeyReach>,
    /// When the key stops working; never when left out. It must lie in the future. Where the operator bounds the
    /// life of keys, it must be sent, and lie within that.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, deserialize_with = "given")]
    expires_at: Option<WireInstant>,
    /// How often the key may be used, up to 16 limits that all hold. No two have the same name.
    #[schema(value_type = Option<Vec<RateLimitInput>>, max_items = 16)]
    #[serde(default, deserialize_with = "given")]
    rate_limits: Option<Vec<Object<RateLimitInput>>>,
    #[schema(value_type = Option<CreditsInput>)]
    #[serde(default, deserialize_with = "given")]
    credits: Option<Object<CreditsInput>>,
    /// The addresses that the key may be used from: IPv4 or IPv6, each a single address or a
    /// network such as `203.0.113.0/24`, whose host bits must be zero. When left out or empty,
    /// from anywhere.
    #[schema(value_type = Option<Vec<NetworkText>>, inline, max_items = 64)]
    #[serde(default, deserialize_with = "given")]
    ip_allow: Option<Vec<String>>,
    /// Anything to keep with the key, in up to 4096 bytes of JSON without its white space, at most
    /// 32 levels deep. It is answered as it was sent: members in their order, numbers to the last
    /// digit. Each member must be unique in its object, a number must lie within an IEEE 754 double,
    /// and no name begins with `$serde_json::private::`. Whoever verifies the key sees it.
    #[schema(value_type = Option<HashMap<String, Value>>, additional_properties = true)]
    #[serde(default, deserialize_with = "metadata::sent")]
    metadata: Option<SentMetadata>,
}

/// What to change of a key. Members left out stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct KeyPatch {
    /// Whether the key is switched on. A key that is switched off is refused until it is on again.
    #[serde(default, deserialize_with = "given")]
    enabled: Option<bool>,
    /// What to call the key. The name of a `client` or `named` key keeps the rules of its
    /// contract; in any other, U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100)]
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// What the key may be used for, in place of what it might before, by the rules for a new key.
    #[schema(value_type = Option<Vec<ScopeName>>, inline, max_items = 64)]
    #[serde(default, deserialize_with = "given")]
    scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    reach: Option<KeyReach>,
    /// When the key stops working. It must lie in the future, and where the operator bounds the life of keys,
    /// within that; there it cannot be removed.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, deserialize_with = "given")]
    expires_at: Option<WireInstant>,
    /// How often the key may be used, up to 16 limits, in place of those before. No two have the
    /// same name. `remove` takes them all away.
    #[schema(value_type = Option<Vec<RateLimitInput>>, min_items = 1, max_items = 16)]
    #[serde(default, deserialize_with = "given")]
    rate_limits: Option<Vec<Object<RateLimitInput>>>,
    #[schema(value_type = Option<CreditsInput>)]
    #[serde(default, deserialize_with = "given")]
    credits: Option<Object<CreditsInput>>,
    /// The addresses that the key may be used from, in place of those before: IPv4 or IPv6, each
    /// a single address or a network such as `203.0.113.0/24`, whose host bits must be zero.
    /// `remove` lets the key be used from anywhere.
    #[schema(value_type = Option<Vec<NetworkText>>, inline, min_items = 1, max_items = 64)]
    #[serde(default, deserialize_with = "given")]
    ip_allow: Option<Vec<String>>,
    /// Anything to keep with the key, in place of what was there, by the rules for a new key.
    /// Whoever verifies the key sees it.
    #[schema(value_type = Option<HashMap<String, Value>>, additional_properties = true)]
    #[serde(default, deserialize_with = "metadata::sent")]
    metadata: Option<SentMetadata>,
    /// Members to take away. None may be sent with a value, too. `client` and `named` keys must
    /// keep their name.
    #[schema(value_type = Option<HashSet<RemovableMember>>, max_items = 5)]
    #[serde(default, deserialize_with = "given")]
    remove: Option<Vec<RemovableMember>>,
}

/// A member that a key can do without.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RemovableMember {
    Name,
    ExpiresAt,
    Credits,
    IpAllow,
    RateLimits,
}

/// A new key and its secret.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct IssuedKey {
    key: Key,
    /// What the key's user sends; for a `client` key, the client secret. It is shown this once;
    /// store it safely.
    #[schema(value_type = String, format = Password)]
    secret: WireSecret,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<KeyReach>,
    state: KeyState,
    /// Whether the key is switched on. It says nothing of the other reasons why a key may not work.
    enabled: bool,
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
    /// When the key was last used, cut to the minute, but never before `created_at`. Left out when it never
    /// was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// How often the key was found valid by a verification or an authorization, at a cost of 0, too.
    /// After a crash the last few seconds may be missing.
    uses: i64,
    /// How often the key may be used. All of these limits hold, and those of its owner, too.
    rate_limits: Vec<RateLimit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<Credits>,
    /// The addresses and networks that the key may be used from; from anywhere when empty.
    ip_allow: Vec<String>,
    /// What was given to be kept with the key.
    #[schema(value_type = HashMap<String, Value>, additional_properties = true)]
    metadata: Metadata,
    /// Members whose stored value can no longer be read, so that they are not told above. Such a key
    /// is refused as `disabled` until all of them are sent anew, or it is revoked. Left out when
    /// there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    unreadable: Vec<&'static str>,
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
    #[serde(default, deserialize_with = "digits")]
    limit: Option<u32>,
    /// Where to go on, from `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 512)]
    cursor: Option<String>,
}

/// How to rotate a key.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct Rotation {
    /// How long the old key goes on working, up to 30 days. A `user` or `organization` key stops at once:
    /// for these it must be 0.
    #[schema(value_type = i32, minimum = 0, maximum = 2_592_000, default = 0, required = false)]
    #[serde(default, deserialize_with = "whole")]
    pub(super) grace_seconds: u32,
}

/// Why a key is revoked.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct Revocation {
    #[serde(default, deserialize_with = "given")]
    pub(super) reason: Option<RevocationReason>,
}

impl TryFrom<KeyInput> for NewKeyWish {
    type Error = Error;

    fn try_from(new: KeyInput) -> Result<Self, Error> {
        Ok(Self {
            kind: new.kind.into(),
            owner_id: OwnerId(new.owner_id.0),
            name: new.name,
            prefix: new.prefix,
            scopes: new.scopes,
            reach: new.reach.map(Into::into),
            expires_at_ms: new.expires_at.map(|at| at.0),
            rate_limits: limits::read(new.rate_limits.unwrap_or_default()),
            credits: new.credits.map(|credits| credits.0.into()),
            ip_allow: new.ip_allow.unwrap_or_default(),
            metadata: metadata::read(new.metadata)?.unwrap_or_default(),
        })
    }
}

impl TryFrom<KeyPatch> for KeyChange {
    type Error = Error;

    fn try_from(patch: KeyPatch) -> Result<Self, Error> {
        use RemovableMember as Member;
        let remove = Removed(patch.remove.unwrap_or_default());
        remove.check(|member| match member {
            Member::Name => ("name", patch.name.is_some()),
            Member::ExpiresAt => ("expires_at", patch.expires_at.is_some()),
            Member::Credits => ("credits", patch.credits.is_some()),
            Member::IpAllow => ("ip_allow", patch.ip_allow.is_some()),
            Member::RateLimits => ("rate_limits", patch.rate_limits.is_some()),
        })?;
        let expires_at_ms = patch.expires_at.map(|at| at.0);
        let credits = patch.credits.map(|credits| credits.0.into());
        let rate_limits = remove.list("rate_limits", patch.rate_limits, Member::RateLimits)?;
        Ok(Self {
            enabled: patch.enabled,
            name: remove.value(patch.name, Member::Name),
            scopes: patch.scopes,
            reach: patch.reach.map(Into::into),
            expires_at_ms: remove.value(expires_at_ms, Member::ExpiresAt),
            rate_limits: rate_limits.map(limits::read),
            credits: remove.value(credits, Member::Credits),
            ip_allow: remove.list("ip_allow", patch.ip_allow, Member::IpAllow)?,
            metadata: metadata::read(patch.metadata)?,
        })
    }
}

impl TryFrom<KeyFilter> for KeyQuery {
    type Error = Error;

    fn try_from(filter: KeyFilter) -> Result<Self, Error> {
        check_len("name", filter.name.as_deref(), 1..=100)?;
        Ok(Self {
            owner_id: filter.owner_id.map(|id| OwnerId(id.0)),
            kind: filter.kind.map(Into::into),
            state: filter.state.map(Into::into),
            name: filter.name,
            cursor: filter.cursor,
            limit: page_len(filter.limit)?,
        })
    }
}

impl Key {
    pub(super) fn new(key: key::Key, now_ms: i64) -> Self {
        Self {
            state: key.state(now_ms).into(),
            last_used_at: key.last_used_at_ms().map(instant),
            id: key.id.0,
            kind: key.kind.into(),
            owner_id: key.owner_id.0,
            name: key.name,
            hint: key.hint,
            scopes: key.scopes.names(),
            reach: (key.kind == Kind::Control).then(|| key.reach.into()),
            enabled: key.enabled,
            created_at: instant(key.created_at_ms),
            expires_at: key.expires_at_ms.map(instant),
            replaced_at: key.replaced_at_ms.map(instant),
            replaced_by: key.replaced_by.map(|id| id.0),
            revoked_at: key.revoked_at_ms.map(instant),
            revocation_reason: key.revocation_reason.map(Into::into),
            uses: key.usage.count,
            rate_limits: limits::show(&key.rate_limits),
            credits: key.credits.map(Into::into),
            ip_allow: key.ip_allow.iter().map(ToString::to_string).collect(),
            metadata: key.metadata,
            unreadable: key.unreadable,
        }
    }
}

impl IssuedKey {
    pub(super) fn new(issued: Issued, now_ms: i64) -> Self {
        Self {
            client_id: (issued.key.kind == Kind::Client).then_some(issued.key.id.0),
            secret: WireSecret(issued.secret),
            key: Key::new(issued.key, now_ms),
        }
    }
}
