// Generated from openapi/control.yaml by `cargo xtask sdk`. Do not edit: change the document.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{ClientHooks, OperationInfo, RequestBuilderExt, encode_path};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    /// `AuthorizeHeader`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum AuthorizeHeader {
        #[serde(rename = "x-api-key")]
        XApiKey,
    }
    impl ::std::fmt::Display for AuthorizeHeader {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::XApiKey => f.write_str("x-api-key"),
            }
        }
    }
    impl ::std::str::FromStr for AuthorizeHeader {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "x-api-key" => Ok(Self::XApiKey),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for AuthorizeHeader {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for AuthorizeHeader {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `AuthorizeNginx`
    #[derive(::serde::Serialize, Clone, Debug)]
    #[serde(transparent)]
    pub struct AuthorizeNginx(i32);
    impl ::std::ops::Deref for AuthorizeNginx {
        type Target = i32;
        fn deref(&self) -> &i32 {
            &self.0
        }
    }
    impl ::std::convert::From<AuthorizeNginx> for i32 {
        fn from(value: AuthorizeNginx) -> Self {
            value.0
        }
    }
    impl ::std::convert::TryFrom<i32> for AuthorizeNginx {
        type Error = self::error::ConversionError;
        fn try_from(value: i32) -> ::std::result::Result<Self, self::error::ConversionError> {
            if ![1_i32].contains(&value) {
                Err("invalid value".into())
            } else {
                Ok(Self(value))
            }
        }
    }
    impl<'de> ::serde::Deserialize<'de> for AuthorizeNginx {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            Self::try_from(<i32>::deserialize(deserializer)?)
                .map_err(|e| <D::Error as ::serde::de::Error>::custom(e.to_string()))
        }
    }
    /// `AuthorizeScopeItem`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct AuthorizeScopeItem(::std::string::String);
    impl ::std::ops::Deref for AuthorizeScopeItem {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<AuthorizeScopeItem> for ::std::string::String {
        fn from(value: AuthorizeScopeItem) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for AuthorizeScopeItem {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[A-Za-z0-9_.:*/-]+$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[A-Za-z0-9_.:*/-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for AuthorizeScopeItem {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for AuthorizeScopeItem {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for AuthorizeScopeItem {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `CreateKeyIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct CreateKeyIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for CreateKeyIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<CreateKeyIdempotencyKey> for ::std::string::String {
        fn from(value: CreateKeyIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for CreateKeyIdempotencyKey {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 255usize {
                return Err("longer than 255 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[!-~]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[!-~]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for CreateKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CreateKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CreateKeyIdempotencyKey {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `CreateOrganizationIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct CreateOrganizationIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for CreateOrganizationIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<CreateOrganizationIdempotencyKey> for ::std::string::String {
        fn from(value: CreateOrganizationIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for CreateOrganizationIdempotencyKey {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 255usize {
                return Err("longer than 255 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[!-~]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[!-~]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for CreateOrganizationIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CreateOrganizationIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CreateOrganizationIdempotencyKey {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `CreateUserIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct CreateUserIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for CreateUserIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<CreateUserIdempotencyKey> for ::std::string::String {
        fn from(value: CreateUserIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for CreateUserIdempotencyKey {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 255usize {
                return Err("longer than 255 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[!-~]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[!-~]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for CreateUserIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CreateUserIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CreateUserIdempotencyKey {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// A new organization, and its organization key if it has one.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct CreatedOrganization {
        /// When the organization was made.
        pub created_at: ::chrono::DateTime<::chrono::offset::Utc>,
        /// The organization's identifier.
        pub id: ::uuid::Uuid,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub key: ::std::option::Option<FirstKey>,
        /// What the organization is called.
        pub name: ::std::string::String,
        /// The organization above it, whose key may act for it.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub parent_id: ::std::option::Option<::uuid::Uuid>,
        /// Rate limits that all keys of the organization share.
        pub rate_limits: ::std::vec::Vec<RateLimit>,
        /// Whether the organization's keys are refused. The organizations below it, suspended or not, are another matter.
        pub suspended: bool,
        /// When the organization was last changed.
        pub updated_at: ::chrono::DateTime<::chrono::offset::Utc>,
    }
    impl CreatedOrganization {
        pub fn builder() -> builder::CreatedOrganization {
            Default::default()
        }
    }
    /// A new user and its first key.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct CreatedUser {
        /// When the user was made.
        pub created_at: ::chrono::DateTime<::chrono::offset::Utc>,
        /// The user's e-mail address.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        /// The user's identifier.
        pub id: ::uuid::Uuid,
        pub key: FirstKey,
        /// The plan the user is on.
        pub plan: ::std::string::String,
        /// Rate limits that all keys of the user share.
        pub rate_limits: ::std::vec::Vec<RateLimit>,
        /// Whether the user's keys are refused.
        pub suspended: bool,
        /// When the user was last changed.
        pub updated_at: ::chrono::DateTime<::chrono::offset::Utc>,
    }
    impl CreatedUser {
        pub fn builder() -> builder::CreatedUser {
            Default::default()
        }
    }
    /// What the request is let through by: a key of one of the kinds, or an access token (`token`).
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum CredentialKind {
        #[serde(rename = "standard")]
        Standard,
        #[serde(rename = "user")]
        User,
        #[serde(rename = "organization")]
        Organization,
        #[serde(rename = "client")]
        Client,
        #[serde(rename = "named")]
        Named,
        #[serde(rename = "control")]
        Control,
        #[serde(rename = "token")]
        Token,
    }
    impl ::std::fmt::Display for CredentialKind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Standard => f.write_str("standard"),
                Self::User => f.write_str("user"),
                Self::Organization => f.write_str("organization"),
                Self::Client => f.write_str("client"),
                Self::Named => f.write_str("named"),
                Self::Control => f.write_str("control"),
                Self::Token => f.write_str("token"),
            }
        }
    }
    impl ::std::str::FromStr for CredentialKind {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "standard" => Ok(Self::Standard),
                "user" => Ok(Self::User),
                "organization" => Ok(Self::Organization),
                "client" => Ok(Self::Client),
                "named" => Ok(Self::Named),
                "control" => Ok(Self::Control),
                "token" => Ok(Self::Token),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for CredentialKind {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CredentialKind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// What may still be spent with the key. Left out when it has no credits to count.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct CreditState {
        /// How much is left.
        pub remaining: i64,
    }
    impl CreditState {
        pub fn builder() -> builder::CreditState {
            Default::default()
        }
    }
    /// What may still be spent with a key.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Credits {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub refill: ::std::option::Option<Refill>,
        /// How much is left.
        pub remaining: i64,
    }
    impl Credits {
        pub fn builder() -> builder::Credits {
            Default::default()
        }
    }
    /// What may be spent with a key before it is refused. Each verification or authorization that finds the key valid takes its `cost`.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct CreditsInput {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub refill: ::std::option::Option<RefillInput>,
        /// How much may be spent from now on.
        pub remaining: i64,
    }
    impl CreditsInput {
        pub fn builder() -> builder::CreditsInput {
            Default::default()
        }
    }
    /// A key that has ended.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct EndedKey {
        /// The key's identifier. It is no secret.
        pub id: ::uuid::Uuid,
        pub kind: KeyKind,
        /// When the key was revoked: now, or earlier.
        pub revoked_at: ::chrono::DateTime<::chrono::offset::Utc>,
    }
    impl EndedKey {
        pub fn builder() -> builder::EndedKey {
            Default::default()
        }
    }
    /// Something that was done, or refused.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Event {
        pub action: EventAction,
        /// Who did it: `root`, `key:` or `token:` and an identifier, `issuer:` and the name of a trusted issuer of tokens with a space and the token's subject if it has one, `server`, or `anonymous`.
        pub actor: ::std::string::String,
        /// The address that the request came from. Left out when it is not known.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub address: ::std::option::Option<::std::string::String>,
        /// When it happened. What is counted is told when its minute is over.
        pub at: ::chrono::DateTime<::chrono::offset::Utc>,
        /// More about it, such as which operation was refused and why.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub detail: ::std::option::Option<::std::string::String>,
        pub outcome: EventOutcome,
        /// The user or organization that it was done to or that owns the key.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub owner_id: ::std::option::Option<::uuid::Uuid>,
        /// Where the event stands among all. Later ones have greater positions.
        pub position: i64,
        /// What else it is about. Of a rotation, the new key; of a key that ended because its successor was revoked, that successor.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub related_id: ::std::option::Option<::uuid::Uuid>,
        /// The request that did it, as in `X-Request-Id`: the caller may have chosen it. Of several that were counted, the first.
        pub request_id: ::uuid::Uuid,
        /// The same request by an id that the server has given it, which no other request has. Left out where there was no request, and in events from before there was such an id.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub server_request_id: ::std::option::Option<::uuid::Uuid>,
        /// The key, user or organization that it was done to. Of a rotation, the old key, or the new one where there was none.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub target_id: ::std::option::Option<::uuid::Uuid>,
    }
    impl Event {
        pub fn builder() -> builder::Event {
            Default::default()
        }
    }
    /// What was done. `owner.deleted` is the end of all the owner's keys, too: none has an event of its own for it. `access.denied` stands for the 403s to a known caller in one operation and one minute: `detail` says why, and how often. Up to 8 callers of an owner have theirs, and one more, by `server`, has the number of all others of that owner. At most 98 tell of a minute; what is refused beyond them is one more, with their number. `access.unknown` stands for the 401s, and for secrets that were to be revoked and that no key has: no credential, or one that is unknown, unreadable or no longer works; at most one a minute, with their number in `detail`. `token.revoked` is the end of one access token of the client key `target_id`, and `related_id` is the token's `jti`. `events.pruned` is the end of the oldest events, and `detail` says up to which position. `settings.changed` is the end of a value on which all servers of a database agreed: `detail` says of which setting, and what it is now. Where there are several servers, each counts refusals by itself.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum EventAction {
        #[serde(rename = "owner.created")]
        OwnerCreated,
        #[serde(rename = "owner.changed")]
        OwnerChanged,
        #[serde(rename = "owner.deleted")]
        OwnerDeleted,
        #[serde(rename = "key.issued")]
        KeyIssued,
        #[serde(rename = "key.changed")]
        KeyChanged,
        #[serde(rename = "key.rotated")]
        KeyRotated,
        #[serde(rename = "key.revoked")]
        KeyRevoked,
        #[serde(rename = "token.revoked")]
        TokenRevoked,
        #[serde(rename = "access.denied")]
        AccessDenied,
        #[serde(rename = "access.unknown")]
        AccessUnknown,
        #[serde(rename = "events.pruned")]
        EventsPruned,
        #[serde(rename = "settings.changed")]
        SettingsChanged,
    }
    impl ::std::fmt::Display for EventAction {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::OwnerCreated => f.write_str("owner.created"),
                Self::OwnerChanged => f.write_str("owner.changed"),
                Self::OwnerDeleted => f.write_str("owner.deleted"),
                Self::KeyIssued => f.write_str("key.issued"),
                Self::KeyChanged => f.write_str("key.changed"),
                Self::KeyRotated => f.write_str("key.rotated"),
                Self::KeyRevoked => f.write_str("key.revoked"),
                Self::TokenRevoked => f.write_str("token.revoked"),
                Self::AccessDenied => f.write_str("access.denied"),
                Self::AccessUnknown => f.write_str("access.unknown"),
                Self::EventsPruned => f.write_str("events.pruned"),
                Self::SettingsChanged => f.write_str("settings.changed"),
            }
        }
    }
    impl ::std::str::FromStr for EventAction {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "owner.created" => Ok(Self::OwnerCreated),
                "owner.changed" => Ok(Self::OwnerChanged),
                "owner.deleted" => Ok(Self::OwnerDeleted),
                "key.issued" => Ok(Self::KeyIssued),
                "key.changed" => Ok(Self::KeyChanged),
                "key.rotated" => Ok(Self::KeyRotated),
                "key.revoked" => Ok(Self::KeyRevoked),
                "token.revoked" => Ok(Self::TokenRevoked),
                "access.denied" => Ok(Self::AccessDenied),
                "access.unknown" => Ok(Self::AccessUnknown),
                "events.pruned" => Ok(Self::EventsPruned),
                "settings.changed" => Ok(Self::SettingsChanged),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for EventAction {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for EventAction {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Oldest first, or newest first.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum EventOrder {
        #[serde(rename = "asc")]
        Asc,
        #[serde(rename = "desc")]
        Desc,
    }
    impl ::std::fmt::Display for EventOrder {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Asc => f.write_str("asc"),
                Self::Desc => f.write_str("desc"),
            }
        }
    }
    impl ::std::str::FromStr for EventOrder {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "asc" => Ok(Self::Asc),
                "desc" => Ok(Self::Desc),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for EventOrder {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for EventOrder {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::default::Default for EventOrder {
        fn default() -> Self {
            EventOrder::Asc
        }
    }
    /// Whether it was done, or refused.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum EventOutcome {
        #[serde(rename = "done")]
        Done,
        #[serde(rename = "denied")]
        Denied,
    }
    impl ::std::fmt::Display for EventOutcome {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Done => f.write_str("done"),
                Self::Denied => f.write_str("denied"),
            }
        }
    }
    impl ::std::str::FromStr for EventOutcome {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "done" => Ok(Self::Done),
                "denied" => Ok(Self::Denied),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for EventOutcome {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for EventOutcome {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// A page of events.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct EventPage {
        /// The events, in the order that was asked for.
        pub items: ::std::vec::Vec<Event>,
        /// Where the next page begins. With the oldest first it is there whenever the page is not empty, so that later events can be asked for; with the newest first, only if there are more.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next_cursor: ::std::option::Option<::std::string::String>,
    }
    impl EventPage {
        pub fn builder() -> builder::EventPage {
            Default::default()
        }
    }
    /// A member of the request that breaks a rule.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct FieldError {
        /// Which rule it breaks and how.
        pub detail: ::std::string::String,
        /// Where the member is, as a JSON Pointer (RFC 6901). Empty for the whole body and for what is not in it.
        pub pointer: ::std::string::String,
    }
    impl FieldError {
        pub fn builder() -> builder::FieldError {
            Default::default()
        }
    }
    /// The key that a new user or organization begins with.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct FirstKey {
        /// The key's identifier. It is no secret.
        pub id: ::uuid::Uuid,
        /// The key. It is shown this once; store it safely.
        pub secret: ::keywright_sdk::Secret,
    }
    impl FirstKey {
        pub fn builder() -> builder::FirstKey {
            Default::default()
        }
    }
    /// A new key and its secret.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct IssuedKey {
        /// The client identifier. Only a `client` key has one.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_id: ::std::option::Option<::uuid::Uuid>,
        pub key: Key,
        /// What the key's user sends; for a `client` key, the client secret. It is shown this once; store it safely.
        pub secret: ::keywright_sdk::Secret,
    }
    impl IssuedKey {
        pub fn builder() -> builder::IssuedKey {
            Default::default()
        }
    }
    /// What is known about a key, except its secret.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Key {
        /// When the key was made.
        pub created_at: ::chrono::DateTime<::chrono::offset::Utc>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub credits: ::std::option::Option<Credits>,
        /// Whether the key is switched on. It says nothing of the other reasons why a key may not work.
        pub enabled: bool,
        /// When the key stops or stopped working by itself.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub expires_at: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
        /// The secret's prefix, if it has one, and last four characters, to tell keys apart.
        pub hint: ::std::string::String,
        /// The key's identifier. It is no secret.
        pub id: ::uuid::Uuid,
        /// The addresses and networks that the key may be used from; from anywhere when empty.
        pub ip_allow: ::std::vec::Vec<::std::string::String>,
        pub kind: KeyKind,
        /// When the key was last used, cut to the minute, but never before `created_at`. Left out when it never was.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub last_used_at: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
        /// What was given to be kept with the key.
        pub metadata: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        /// What the key is called.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::std::string::String>,
        /// The user or organization that the key is for.
        pub owner_id: ::uuid::Uuid,
        /// How often the key may be used. All of these limits hold, and those of its owner, too.
        pub rate_limits: ::std::vec::Vec<RateLimit>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub reach: ::std::option::Option<KeyReach>,
        /// When another key takes or took this one's place for good.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub replaced_at: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
        /// The key that takes or took its place.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub replaced_by: ::std::option::Option<::uuid::Uuid>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub revocation_reason: ::std::option::Option<RevocationReason>,
        /// When the key was revoked.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub revoked_at: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
        /// What the key may be used for.
        pub scopes: ::std::vec::Vec<::std::string::String>,
        pub state: KeyState,
        /// Members whose stored value can no longer be read, so that they are not told above. Such a key is refused as `disabled` until all of them are sent anew, or it is revoked. Left out when there are none.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub unreadable: ::std::vec::Vec<::std::string::String>,
        /// How often the key was found valid by a verification or an authorization, at a cost of 0, too. After a crash the last few seconds may be missing.
        pub uses: i64,
    }
    impl Key {
        pub fn builder() -> builder::Key {
            Default::default()
        }
    }
    /// A key to make.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct KeyInput {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub credits: ::std::option::Option<CreditsInput>,
        /// When the key stops working; never when left out. It must lie in the future. Where the operator bounds the life of keys, it must be sent, and lie within that.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub expires_at: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
        /// The addresses that the key may be used from: IPv4 or IPv6, each a single address or a network such as `203.0.113.0/24`, whose host bits must be zero. When left out or empty, from anywhere.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub ip_allow: ::std::vec::Vec<KeyInputIpAllowItem>,
        pub kind: KeyKind,
        /// Anything to keep with the key, in up to 4096 bytes of JSON without its white space, at most 32 levels deep. It is answered as it was sent: members in their order, numbers to the last digit. Each member must be unique in its object, a number must lie within an IEEE 754 double, and no name begins with `$serde_json::private::`. Whoever verifies the key sees it.
        #[serde(default, skip_serializing_if = "::serde_json::Map::is_empty")]
        pub metadata: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        /// What to call the key. `client` and `named` keys must have a name, which keeps the rules of their contract; in any other, U+0000 is not allowed.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<KeyInputName>,
        /// The user or organization that the key is for: a user for a `user` key, an organization for an `organization`, `client` or `named` key, and either for the others. One that is not there is answered 404.
        pub owner_id: ::uuid::Uuid,
        /// What the secret of a `standard` or `control` key begins with, before an underscore; `kw` and `kwc` when left out. Other kinds have a fixed form.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub prefix: ::std::option::Option<KeyInputPrefix>,
        /// How often the key may be used, up to 16 limits that all hold. No two have the same name.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub rate_limits: ::std::vec::Vec<RateLimitInput>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub reach: ::std::option::Option<KeyReach>,
        /// What the key may be used for. When left out, a `named` key gets `Read` and `Write`, a `client` key `create:api-key`, `read:api-key` and `delete:api-key`, and any other none. These are all that the two can have. A `control` key can have `keys:verify`, `keys:read`, `keys:write`, `owners:read`, `owners:write` and `events:read`, a `standard` key whatever keeps the pattern, and a `user` or `organization` key nothing.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub scopes: ::std::option::Option<::std::vec::Vec<KeyInputScopesItem>>,
    }
    impl KeyInput {
        pub fn builder() -> builder::KeyInput {
            Default::default()
        }
    }
    /// `KeyInputIpAllowItem`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct KeyInputIpAllowItem(::std::string::String);
    impl ::std::ops::Deref for KeyInputIpAllowItem {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<KeyInputIpAllowItem> for ::std::string::String {
        fn from(value: KeyInputIpAllowItem) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for KeyInputIpAllowItem {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 49usize {
                return Err("longer than 49 characters".into());
            }
            if value.chars().count() < 2usize {
                return Err("shorter than 2 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyInputIpAllowItem {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyInputIpAllowItem {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for KeyInputIpAllowItem {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// What to call the key. `client` and `named` keys must have a name, which keeps the rules of their contract; in any other, U+0000 is not allowed.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct KeyInputName(::std::string::String);
    impl ::std::ops::Deref for KeyInputName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<KeyInputName> for ::std::string::String {
        fn from(value: KeyInputName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for KeyInputName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyInputName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyInputName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for KeyInputName {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// What the secret of a `standard` or `control` key begins with, before an underscore; `kw` and `kwc` when left out. Other kinds have a fixed form.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct KeyInputPrefix(::std::string::String);
    impl ::std::ops::Deref for KeyInputPrefix {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<KeyInputPrefix> for ::std::string::String {
        fn from(value: KeyInputPrefix) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for KeyInputPrefix {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 16usize {
                return Err("longer than 16 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[a-z][a-z0-9]{0,15}$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[a-z][a-z0-9]{0,15}$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyInputPrefix {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyInputPrefix {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for KeyInputPrefix {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `KeyInputScopesItem`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct KeyInputScopesItem(::std::string::String);
    impl ::std::ops::Deref for KeyInputScopesItem {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<KeyInputScopesItem> for ::std::string::String {
        fn from(value: KeyInputScopesItem) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for KeyInputScopesItem {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[A-Za-z0-9_.:*/-]+$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[A-Za-z0-9_.:*/-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyInputScopesItem {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyInputScopesItem {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for KeyInputScopesItem {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// What a key is for: one of the four documented contracts, an application of the operator's own (`standard`), or this contract (`control`).
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum KeyKind {
        #[serde(rename = "user")]
        User,
        #[serde(rename = "organization")]
        Organization,
        #[serde(rename = "client")]
        Client,
        #[serde(rename = "named")]
        Named,
        #[serde(rename = "standard")]
        Standard,
        #[serde(rename = "control")]
        Control,
    }
    impl ::std::fmt::Display for KeyKind {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::User => f.write_str("user"),
                Self::Organization => f.write_str("organization"),
                Self::Client => f.write_str("client"),
                Self::Named => f.write_str("named"),
                Self::Standard => f.write_str("standard"),
                Self::Control => f.write_str("control"),
            }
        }
    }
    impl ::std::str::FromStr for KeyKind {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "user" => Ok(Self::User),
                "organization" => Ok(Self::Organization),
                "client" => Ok(Self::Client),
                "named" => Ok(Self::Named),
                "standard" => Ok(Self::Standard),
                "control" => Ok(Self::Control),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyKind {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyKind {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// A page of keys.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct KeyPage {
        /// The keys, oldest first.
        pub items: ::std::vec::Vec<Key>,
        /// Where the next page begins. Left out on the last page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next_cursor: ::std::option::Option<::std::string::String>,
    }
    impl KeyPage {
        pub fn builder() -> builder::KeyPage {
            Default::default()
        }
    }
    /// What to change of a key. Members left out stay as they are.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[serde(deny_unknown_fields)]
    pub struct KeyPatch {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub credits: ::std::option::Option<CreditsInput>,
        /// Whether the key is switched on. A key that is switched off is refused until it is on again.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub enabled: ::std::option::Option<bool>,
        /// When the key stops working. It must lie in the future, and where the operator bounds the life of keys, within that; there it cannot be removed.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub expires_at: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
        /// The addresses that the key may be used from, in place of those before: IPv4 or IPv6, each a single address or a network such as `203.0.113.0/24`, whose host bits must be zero. `remove` lets the key be used from anywhere.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub ip_allow: ::std::vec::Vec<KeyPatchIpAllowItem>,
        /// Anything to keep with the key, in place of what was there, by the rules for a new key. Whoever verifies the key sees it.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub metadata:
            ::std::option::Option<::serde_json::Map<::std::string::String, ::serde_json::Value>>,
        /// What to call the key. The name of a `client` or `named` key keeps the rules of its contract; in any other, U+0000 is not allowed.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<KeyPatchName>,
        /// How often the key may be used, up to 16 limits, in place of those before. No two have the same name. `remove` takes them all away.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub rate_limits: ::std::vec::Vec<RateLimitInput>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub reach: ::std::option::Option<KeyReach>,
        /// Members to take away. None may be sent with a value, too. `client` and `named` keys must keep their name.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub remove: ::std::option::Option<::std::vec::Vec<RemovableMember>>,
        /// What the key may be used for, in place of what it might before, by the rules for a new key.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub scopes: ::std::option::Option<::std::vec::Vec<KeyPatchScopesItem>>,
    }
    impl KeyPatch {
        pub fn builder() -> builder::KeyPatch {
            Default::default()
        }
    }
    /// `KeyPatchIpAllowItem`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct KeyPatchIpAllowItem(::std::string::String);
    impl ::std::ops::Deref for KeyPatchIpAllowItem {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<KeyPatchIpAllowItem> for ::std::string::String {
        fn from(value: KeyPatchIpAllowItem) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for KeyPatchIpAllowItem {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 49usize {
                return Err("longer than 49 characters".into());
            }
            if value.chars().count() < 2usize {
                return Err("shorter than 2 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyPatchIpAllowItem {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyPatchIpAllowItem {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for KeyPatchIpAllowItem {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// What to call the key. The name of a `client` or `named` key keeps the rules of its contract; in any other, U+0000 is not allowed.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct KeyPatchName(::std::string::String);
    impl ::std::ops::Deref for KeyPatchName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<KeyPatchName> for ::std::string::String {
        fn from(value: KeyPatchName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for KeyPatchName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyPatchName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyPatchName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for KeyPatchName {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `KeyPatchScopesItem`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct KeyPatchScopesItem(::std::string::String);
    impl ::std::ops::Deref for KeyPatchScopesItem {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<KeyPatchScopesItem> for ::std::string::String {
        fn from(value: KeyPatchScopesItem) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for KeyPatchScopesItem {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[A-Za-z0-9_.:*/-]+$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[A-Za-z0-9_.:*/-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyPatchScopesItem {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyPatchScopesItem {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for KeyPatchScopesItem {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// Whom a control key acts on: its owner and the organizations below (`owner`), or everybody (`all`), which only the root key and control keys of reach `all` give. Other keys have none.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum KeyReach {
        #[serde(rename = "owner")]
        Owner,
        #[serde(rename = "all")]
        All,
    }
    impl ::std::fmt::Display for KeyReach {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Owner => f.write_str("owner"),
                Self::All => f.write_str("all"),
            }
        }
    }
    impl ::std::str::FromStr for KeyReach {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "owner" => Ok(Self::Owner),
                "all" => Ok(Self::All),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyReach {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyReach {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Whether a key works (`live`) or why not: switched off for now, past its expiry, ended for good, or another key has taken its place.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum KeyState {
        #[serde(rename = "live")]
        Live,
        #[serde(rename = "disabled")]
        Disabled,
        #[serde(rename = "expired")]
        Expired,
        #[serde(rename = "revoked")]
        Revoked,
        #[serde(rename = "replaced")]
        Replaced,
    }
    impl ::std::fmt::Display for KeyState {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Live => f.write_str("live"),
                Self::Disabled => f.write_str("disabled"),
                Self::Expired => f.write_str("expired"),
                Self::Revoked => f.write_str("revoked"),
                Self::Replaced => f.write_str("replaced"),
            }
        }
    }
    impl ::std::str::FromStr for KeyState {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "live" => Ok(Self::Live),
                "disabled" => Ok(Self::Disabled),
                "expired" => Ok(Self::Expired),
                "revoked" => Ok(Self::Revoked),
                "replaced" => Ok(Self::Replaced),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for KeyState {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for KeyState {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `ListEventsActor`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListEventsActor(::std::string::String);
    impl ::std::ops::Deref for ListEventsActor {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListEventsActor> for ::std::string::String {
        fn from(value: ListEventsActor) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListEventsActor {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 300usize {
                return Err("longer than 300 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListEventsActor {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListEventsActor {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListEventsActor {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `ListEventsCursor`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListEventsCursor(::std::string::String);
    impl ::std::ops::Deref for ListEventsCursor {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListEventsCursor> for ::std::string::String {
        fn from(value: ListEventsCursor) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListEventsCursor {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 512usize {
                return Err("longer than 512 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListEventsCursor {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListEventsCursor {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListEventsCursor {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `ListKeysCursor`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListKeysCursor(::std::string::String);
    impl ::std::ops::Deref for ListKeysCursor {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListKeysCursor> for ::std::string::String {
        fn from(value: ListKeysCursor) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListKeysCursor {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 512usize {
                return Err("longer than 512 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListKeysCursor {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListKeysCursor {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListKeysCursor {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `ListKeysName`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListKeysName(::std::string::String);
    impl ::std::ops::Deref for ListKeysName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListKeysName> for ::std::string::String {
        fn from(value: ListKeysName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListKeysName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListKeysName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListKeysName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListKeysName {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `ListOrganizationsCursor`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListOrganizationsCursor(::std::string::String);
    impl ::std::ops::Deref for ListOrganizationsCursor {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListOrganizationsCursor> for ::std::string::String {
        fn from(value: ListOrganizationsCursor) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListOrganizationsCursor {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 512usize {
                return Err("longer than 512 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListOrganizationsCursor {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListOrganizationsCursor {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListOrganizationsCursor {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `ListOrganizationsName`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListOrganizationsName(::std::string::String);
    impl ::std::ops::Deref for ListOrganizationsName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListOrganizationsName> for ::std::string::String {
        fn from(value: ListOrganizationsName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListOrganizationsName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListOrganizationsName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListOrganizationsName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListOrganizationsName {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `ListUsersCursor`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListUsersCursor(::std::string::String);
    impl ::std::ops::Deref for ListUsersCursor {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListUsersCursor> for ::std::string::String {
        fn from(value: ListUsersCursor) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListUsersCursor {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 512usize {
                return Err("longer than 512 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListUsersCursor {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListUsersCursor {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListUsersCursor {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `ListUsersEmail`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ListUsersEmail(::std::string::String);
    impl ::std::ops::Deref for ListUsersEmail {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ListUsersEmail> for ::std::string::String {
        fn from(value: ListUsersEmail) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ListUsersEmail {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 254usize {
                return Err("longer than 254 characters".into());
            }
            if value.chars().count() < 3usize {
                return Err("shorter than 3 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ListUsersEmail {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ListUsersEmail {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ListUsersEmail {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// An organization.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Organization {
        /// When the organization was made.
        pub created_at: ::chrono::DateTime<::chrono::offset::Utc>,
        /// The organization's identifier.
        pub id: ::uuid::Uuid,
        /// What the organization is called.
        pub name: ::std::string::String,
        /// The organization above it, whose key may act for it.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub parent_id: ::std::option::Option<::uuid::Uuid>,
        /// Rate limits that all keys of the organization share.
        pub rate_limits: ::std::vec::Vec<RateLimit>,
        /// Whether the organization's keys are refused. The organizations below it, suspended or not, are another matter.
        pub suspended: bool,
        /// Members whose stored value can no longer be read, so that they are not told above. Such an organization counts as suspended until all of them are sent anew. Left out when there are none.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub unreadable: ::std::vec::Vec<::std::string::String>,
        /// When the organization was last changed.
        pub updated_at: ::chrono::DateTime<::chrono::offset::Utc>,
    }
    impl Organization {
        pub fn builder() -> builder::Organization {
            Default::default()
        }
    }
    /// An organization to make.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct OrganizationInput {
        /// Whether to make its organization key, which only the API `organization-key` takes; `true` when left out. `false` takes no `Idempotency-Key`: send an `id` instead, and a repetition is answered 409.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub first_key: ::std::option::Option<bool>,
        /// The identifier to give; a new UUID v7 when left out.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<::uuid::Uuid>,
        /// What to call the organization. It need not be unique, and U+0000 is not allowed.
        pub name: OrganizationInputName,
        /// The organization above it, whose key may act for it. One that is not there is refused with 422. They stand at most 32 deep.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub parent_id: ::std::option::Option<::uuid::Uuid>,
        /// Rate limits that all keys of the organization share, up to 16. No two have the same name.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub rate_limits: ::std::vec::Vec<RateLimitInput>,
    }
    impl OrganizationInput {
        pub fn builder() -> builder::OrganizationInput {
            Default::default()
        }
    }
    /// What to call the organization. It need not be unique, and U+0000 is not allowed.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct OrganizationInputName(::std::string::String);
    impl ::std::ops::Deref for OrganizationInputName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<OrganizationInputName> for ::std::string::String {
        fn from(value: OrganizationInputName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for OrganizationInputName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for OrganizationInputName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for OrganizationInputName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for OrganizationInputName {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// A page of organizations.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct OrganizationPage {
        /// The organizations, ordered by `id`.
        pub items: ::std::vec::Vec<Organization>,
        /// Where the next page begins. Left out on the last page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next_cursor: ::std::option::Option<::std::string::String>,
    }
    impl OrganizationPage {
        pub fn builder() -> builder::OrganizationPage {
            Default::default()
        }
    }
    /// What to change of an organization. Members left out stay as they are.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[serde(deny_unknown_fields)]
    pub struct OrganizationPatch {
        /// What to call the organization. It need not be unique, and U+0000 is not allowed.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<OrganizationPatchName>,
        /// Rate limits that all keys of the organization share, up to 16, in place of those before. No two have the same name. `remove` takes them all away.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub rate_limits: ::std::vec::Vec<RateLimitInput>,
        /// Members to take away. None may be sent with a value, too.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub remove: ::std::option::Option<::std::vec::Vec<RemovableOwnerMember>>,
        /// Whether the organization's keys are refused. The organizations below it, suspended or not, are another matter.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub suspended: ::std::option::Option<bool>,
    }
    impl OrganizationPatch {
        pub fn builder() -> builder::OrganizationPatch {
            Default::default()
        }
    }
    /// What to call the organization. It need not be unique, and U+0000 is not allowed.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct OrganizationPatchName(::std::string::String);
    impl ::std::ops::Deref for OrganizationPatchName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<OrganizationPatchName> for ::std::string::String {
        fn from(value: OrganizationPatchName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for OrganizationPatchName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for OrganizationPatchName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for OrganizationPatchName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for OrganizationPatchName {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// Why a request was refused or failed (RFC 9457).
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Problem {
        /// What happened this time and what to do about it.
        pub detail: ::std::string::String,
        /// The members of the request that break a rule.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub errors: ::std::vec::Vec<FieldError>,
        /// The request, as in `X-Request-Id`.
        pub request_id: ::uuid::Uuid,
        /// The HTTP status of this response.
        pub status: i32,
        /// The kind of problem in a few words.
        pub title: ::std::string::String,
        /// The kind of problem.
        #[serde(rename = "type")]
        pub type_: ::std::string::String,
    }
    impl Problem {
        pub fn builder() -> builder::Problem {
            Default::default()
        }
    }
    /// How often something may be used. After a rest, `burst` uses pass at once; `limit` more pass in each window, evenly spread.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct RateLimit {
        /// How much passes at once after a rest.
        pub burst: i64,
        /// How much passes in each window in the long run. In the first window after a rest up to `limit` and `burst` together pass.
        pub limit: i64,
        /// What the limit is called.
        pub name: ::std::string::String,
        /// How long a window is.
        pub window_seconds: i32,
    }
    impl RateLimit {
        pub fn builder() -> builder::RateLimit {
            Default::default()
        }
    }
    /// How often something may be used. After a rest, `burst` uses pass at once; `limit` more pass in each window, evenly spread. Windows begin rested when the server starts.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct RateLimitInput {
        /// How much passes at once after a rest; as much as `limit` when left out, and at least 1. A use that costs more than this never passes.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub burst: ::std::option::Option<::std::num::NonZeroU64>,
        /// How much passes in each window in the long run. In the first window after a rest up to `limit` and `burst` together pass: nearly twice `limit` if `burst` is left out. With 0, nothing ever passes.
        pub limit: i64,
        /// What to call the limit.
        pub name: RateLimitInputName,
        /// How long a window is, up to 30 days.
        pub window_seconds: ::std::num::NonZeroU32,
    }
    impl RateLimitInput {
        pub fn builder() -> builder::RateLimitInput {
            Default::default()
        }
    }
    /// What to call the limit.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct RateLimitInputName(::std::string::String);
    impl ::std::ops::Deref for RateLimitInputName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<RateLimitInputName> for ::std::string::String {
        fn from(value: RateLimitInputName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for RateLimitInputName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 64usize {
                return Err("longer than 64 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[a-z0-9_-]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[a-z0-9_-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for RateLimitInputName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RateLimitInputName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for RateLimitInputName {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// The rate limit that refused the key, or else the one with the least left, of the key or its owner. Left out when they have none, and when the key is refused for a reason that comes before them.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct RateState {
        /// How much passes at once after a rest.
        pub burst: i64,
        /// How much passes in each window.
        pub limit: i64,
        /// What the limit is called.
        pub name: ::std::string::String,
        /// How much would pass now.
        pub remaining: i64,
        /// In how many seconds the limit is as after a rest, if it is not used until then.
        pub reset_seconds: i64,
        /// In how many seconds a use of the same cost can pass. Left out when it was not refused or never can.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub retry_after_seconds: ::std::option::Option<i64>,
        /// How long a window is.
        pub window_seconds: i32,
    }
    impl RateState {
        pub fn builder() -> builder::RateState {
            Default::default()
        }
    }
    /// When credits are full again, and what full is.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Refill {
        /// What is left right after each refill, whatever was left before.
        pub amount: i64,
        pub every: RefillPeriod,
    }
    impl Refill {
        pub fn builder() -> builder::Refill {
            Default::default()
        }
    }
    /// When credits are full again, and what full is.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct RefillInput {
        /// What is left right after each refill, whatever was left before.
        pub amount: ::std::num::NonZeroU64,
        pub every: RefillPeriod,
    }
    impl RefillInput {
        pub fn builder() -> builder::RefillInput {
            Default::default()
        }
    }
    /// How often credits are refilled, at 00:00 UTC of each day or of the first day of each month.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum RefillPeriod {
        #[serde(rename = "day")]
        Day,
        #[serde(rename = "month")]
        Month,
    }
    impl ::std::fmt::Display for RefillPeriod {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Day => f.write_str("day"),
                Self::Month => f.write_str("month"),
            }
        }
    }
    impl ::std::str::FromStr for RefillPeriod {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "day" => Ok(Self::Day),
                "month" => Ok(Self::Month),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for RefillPeriod {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RefillPeriod {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Why a forwarded request may not pass, for programs: the verdict, or that there was no credential or none that could be read.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum RefusalCode {
        #[serde(rename = "CREDENTIAL_MISSING")]
        CredentialMissing,
        #[serde(rename = "CREDENTIAL_UNREADABLE")]
        CredentialUnreadable,
        #[serde(rename = "NOT_FOUND")]
        NotFound,
        #[serde(rename = "REVOKED")]
        Revoked,
        #[serde(rename = "REPLACED")]
        Replaced,
        #[serde(rename = "EXPIRED")]
        Expired,
        #[serde(rename = "DISABLED")]
        Disabled,
        #[serde(rename = "OWNER_SUSPENDED")]
        OwnerSuspended,
        #[serde(rename = "FORBIDDEN_IP")]
        ForbiddenIp,
        #[serde(rename = "FORBIDDEN_KIND")]
        ForbiddenKind,
        #[serde(rename = "INSUFFICIENT_SCOPE")]
        InsufficientScope,
        #[serde(rename = "RATE_LIMITED")]
        RateLimited,
        #[serde(rename = "CREDITS_EXHAUSTED")]
        CreditsExhausted,
    }
    impl ::std::fmt::Display for RefusalCode {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::CredentialMissing => f.write_str("CREDENTIAL_MISSING"),
                Self::CredentialUnreadable => f.write_str("CREDENTIAL_UNREADABLE"),
                Self::NotFound => f.write_str("NOT_FOUND"),
                Self::Revoked => f.write_str("REVOKED"),
                Self::Replaced => f.write_str("REPLACED"),
                Self::Expired => f.write_str("EXPIRED"),
                Self::Disabled => f.write_str("DISABLED"),
                Self::OwnerSuspended => f.write_str("OWNER_SUSPENDED"),
                Self::ForbiddenIp => f.write_str("FORBIDDEN_IP"),
                Self::ForbiddenKind => f.write_str("FORBIDDEN_KIND"),
                Self::InsufficientScope => f.write_str("INSUFFICIENT_SCOPE"),
                Self::RateLimited => f.write_str("RATE_LIMITED"),
                Self::CreditsExhausted => f.write_str("CREDITS_EXHAUSTED"),
            }
        }
    }
    impl ::std::str::FromStr for RefusalCode {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "CREDENTIAL_MISSING" => Ok(Self::CredentialMissing),
                "CREDENTIAL_UNREADABLE" => Ok(Self::CredentialUnreadable),
                "NOT_FOUND" => Ok(Self::NotFound),
                "REVOKED" => Ok(Self::Revoked),
                "REPLACED" => Ok(Self::Replaced),
                "EXPIRED" => Ok(Self::Expired),
                "DISABLED" => Ok(Self::Disabled),
                "OWNER_SUSPENDED" => Ok(Self::OwnerSuspended),
                "FORBIDDEN_IP" => Ok(Self::ForbiddenIp),
                "FORBIDDEN_KIND" => Ok(Self::ForbiddenKind),
                "INSUFFICIENT_SCOPE" => Ok(Self::InsufficientScope),
                "RATE_LIMITED" => Ok(Self::RateLimited),
                "CREDITS_EXHAUSTED" => Ok(Self::CreditsExhausted),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for RefusalCode {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RefusalCode {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// A member that a key can do without.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum RemovableMember {
        #[serde(rename = "name")]
        Name,
        #[serde(rename = "expires_at")]
        ExpiresAt,
        #[serde(rename = "credits")]
        Credits,
        #[serde(rename = "ip_allow")]
        IpAllow,
        #[serde(rename = "rate_limits")]
        RateLimits,
    }
    impl ::std::fmt::Display for RemovableMember {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Name => f.write_str("name"),
                Self::ExpiresAt => f.write_str("expires_at"),
                Self::Credits => f.write_str("credits"),
                Self::IpAllow => f.write_str("ip_allow"),
                Self::RateLimits => f.write_str("rate_limits"),
            }
        }
    }
    impl ::std::str::FromStr for RemovableMember {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "name" => Ok(Self::Name),
                "expires_at" => Ok(Self::ExpiresAt),
                "credits" => Ok(Self::Credits),
                "ip_allow" => Ok(Self::IpAllow),
                "rate_limits" => Ok(Self::RateLimits),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for RemovableMember {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RemovableMember {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// A member that a user or an organization can do without.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum RemovableOwnerMember {
        #[serde(rename = "rate_limits")]
        RateLimits,
    }
    impl ::std::fmt::Display for RemovableOwnerMember {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::RateLimits => f.write_str("rate_limits"),
            }
        }
    }
    impl ::std::str::FromStr for RemovableOwnerMember {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "rate_limits" => Ok(Self::RateLimits),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for RemovableOwnerMember {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RemovableOwnerMember {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Why a key is revoked.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[serde(deny_unknown_fields)]
    pub struct Revocation {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub reason: ::std::option::Option<RevocationReason>,
    }
    impl Revocation {
        pub fn builder() -> builder::Revocation {
            Default::default()
        }
    }
    /// Why a key was revoked, in the words of RFC 5280 section 5.3.1.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum RevocationReason {
        #[serde(rename = "unspecified")]
        Unspecified,
        #[serde(rename = "key_compromise")]
        KeyCompromise,
        #[serde(rename = "affiliation_changed")]
        AffiliationChanged,
        #[serde(rename = "superseded")]
        Superseded,
        #[serde(rename = "cessation_of_operation")]
        CessationOfOperation,
        #[serde(rename = "privilege_withdrawn")]
        PrivilegeWithdrawn,
    }
    impl ::std::fmt::Display for RevocationReason {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Unspecified => f.write_str("unspecified"),
                Self::KeyCompromise => f.write_str("key_compromise"),
                Self::AffiliationChanged => f.write_str("affiliation_changed"),
                Self::Superseded => f.write_str("superseded"),
                Self::CessationOfOperation => f.write_str("cessation_of_operation"),
                Self::PrivilegeWithdrawn => f.write_str("privilege_withdrawn"),
            }
        }
    }
    impl ::std::str::FromStr for RevocationReason {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "unspecified" => Ok(Self::Unspecified),
                "key_compromise" => Ok(Self::KeyCompromise),
                "affiliation_changed" => Ok(Self::AffiliationChanged),
                "superseded" => Ok(Self::Superseded),
                "cessation_of_operation" => Ok(Self::CessationOfOperation),
                "privilege_withdrawn" => Ok(Self::PrivilegeWithdrawn),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for RevocationReason {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RevocationReason {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// `RotateKeyIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct RotateKeyIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for RotateKeyIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<RotateKeyIdempotencyKey> for ::std::string::String {
        fn from(value: RotateKeyIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for RotateKeyIdempotencyKey {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 255usize {
                return Err("longer than 255 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[!-~]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[!-~]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for RotateKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RotateKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for RotateKeyIdempotencyKey {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// How to rotate a key.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[serde(deny_unknown_fields)]
    pub struct Rotation {
        /// How long the old key goes on working, up to 30 days. A `user` or `organization` key stops at once: for these it must be 0.
        #[serde(default)]
        pub grace_seconds: i32,
    }
    impl Rotation {
        pub fn builder() -> builder::Rotation {
            Default::default()
        }
    }
    /// A key to end.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct SelfRevocation {
        /// The key, as its user would send it; of a `client` key, the client secret.
        pub key: ::keywright_sdk::Secret,
    }
    impl SelfRevocation {
        pub fn builder() -> builder::SelfRevocation {
            Default::default()
        }
    }
    /// A user.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct User {
        /// When the user was made.
        pub created_at: ::chrono::DateTime<::chrono::offset::Utc>,
        /// The user's e-mail address.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        /// The user's identifier.
        pub id: ::uuid::Uuid,
        /// The plan the user is on.
        pub plan: ::std::string::String,
        /// Rate limits that all keys of the user share.
        pub rate_limits: ::std::vec::Vec<RateLimit>,
        /// Whether the user's keys are refused.
        pub suspended: bool,
        /// Members whose stored value can no longer be read, so that they are not told above. Such a user counts as suspended until all of them are sent anew. Left out when there are none.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub unreadable: ::std::vec::Vec<::std::string::String>,
        /// When the user was last changed.
        pub updated_at: ::chrono::DateTime<::chrono::offset::Utc>,
    }
    impl User {
        pub fn builder() -> builder::User {
            Default::default()
        }
    }
    /// A user to make.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct UserInput {
        /// The user's e-mail address, for your own reference. keywright never sends mail.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<UserInputEmail>,
        /// The identifier to give; a new UUID v7 when left out.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub id: ::std::option::Option<::uuid::Uuid>,
        /// The plan the user is on.
        #[serde(default = "defaults::user_input_plan")]
        pub plan: UserInputPlan,
        /// Rate limits that all keys of the user share, up to 16. No two have the same name.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub rate_limits: ::std::vec::Vec<RateLimitInput>,
    }
    impl ::std::default::Default for UserInput {
        fn default() -> Self {
            Self {
                email: Default::default(),
                id: Default::default(),
                plan: defaults::user_input_plan(),
                rate_limits: Default::default(),
            }
        }
    }
    impl UserInput {
        pub fn builder() -> builder::UserInput {
            Default::default()
        }
    }
    /// The user's e-mail address, for your own reference. keywright never sends mail.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct UserInputEmail(::std::string::String);
    impl ::std::ops::Deref for UserInputEmail {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<UserInputEmail> for ::std::string::String {
        fn from(value: UserInputEmail) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for UserInputEmail {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 254usize {
                return Err("longer than 254 characters".into());
            }
            if value.chars().count() < 3usize {
                return Err("shorter than 3 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[^\\x00-\\x1f\\x7f]+@[^@\\x00-\\x1f\\x7f]+$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err(
                    "doesn't match pattern \"^[^\\x00-\\x1f\\x7f]+@[^@\\x00-\\x1f\\x7f]+$\"".into(),
                );
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for UserInputEmail {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for UserInputEmail {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for UserInputEmail {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// The plan the user is on.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct UserInputPlan(::std::string::String);
    impl ::std::ops::Deref for UserInputPlan {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<UserInputPlan> for ::std::string::String {
        fn from(value: UserInputPlan) -> Self {
            value.0
        }
    }
    impl ::std::default::Default for UserInputPlan {
        fn default() -> Self {
            UserInputPlan("free".to_string())
        }
    }
    impl ::std::str::FromStr for UserInputPlan {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 64usize {
                return Err("longer than 64 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[a-z0-9_-]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[a-z0-9_-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for UserInputPlan {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for UserInputPlan {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for UserInputPlan {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// A page of users.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct UserPage {
        /// The users, ordered by `id`.
        pub items: ::std::vec::Vec<User>,
        /// Where the next page begins. Left out on the last page.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub next_cursor: ::std::option::Option<::std::string::String>,
    }
    impl UserPage {
        pub fn builder() -> builder::UserPage {
            Default::default()
        }
    }
    /// What to change of a user. Members left out stay as they are.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    #[serde(deny_unknown_fields)]
    pub struct UserPatch {
        /// The user's e-mail address, for your own reference. keywright never sends mail.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<UserPatchEmail>,
        /// The plan the user is on.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub plan: ::std::option::Option<UserPatchPlan>,
        /// Rate limits that all keys of the user share, up to 16, in place of those before. No two have the same name. `remove` takes them all away.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub rate_limits: ::std::vec::Vec<RateLimitInput>,
        /// Members to take away. None may be sent with a value, too.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub remove: ::std::option::Option<::std::vec::Vec<RemovableOwnerMember>>,
        /// Whether the user's keys are refused.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub suspended: ::std::option::Option<bool>,
    }
    impl UserPatch {
        pub fn builder() -> builder::UserPatch {
            Default::default()
        }
    }
    /// The user's e-mail address, for your own reference. keywright never sends mail.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct UserPatchEmail(::std::string::String);
    impl ::std::ops::Deref for UserPatchEmail {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<UserPatchEmail> for ::std::string::String {
        fn from(value: UserPatchEmail) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for UserPatchEmail {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 254usize {
                return Err("longer than 254 characters".into());
            }
            if value.chars().count() < 3usize {
                return Err("shorter than 3 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[^\\x00-\\x1f\\x7f]+@[^@\\x00-\\x1f\\x7f]+$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err(
                    "doesn't match pattern \"^[^\\x00-\\x1f\\x7f]+@[^@\\x00-\\x1f\\x7f]+$\"".into(),
                );
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for UserPatchEmail {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for UserPatchEmail {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for UserPatchEmail {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// The plan the user is on.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct UserPatchPlan(::std::string::String);
    impl ::std::ops::Deref for UserPatchPlan {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<UserPatchPlan> for ::std::string::String {
        fn from(value: UserPatchPlan) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for UserPatchPlan {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 64usize {
                return Err("longer than 64 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[a-z0-9_-]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[a-z0-9_-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for UserPatchPlan {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for UserPatchPlan {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for UserPatchPlan {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// Whether a key may be used now.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Verdict {
        pub code: VerdictCode,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub credits: ::std::option::Option<CreditState>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub key: ::std::option::Option<VerifiedKey>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub rate_limit: ::std::option::Option<RateState>,
        /// Whether it may. True exactly when `code` is `VALID`.
        pub valid: bool,
    }
    impl Verdict {
        pub fn builder() -> builder::Verdict {
            Default::default()
        }
    }
    /// Whether each of several keys may be used now.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct VerdictBatch {
        /// The verdicts, in the order of the requests.
        pub results: ::std::vec::Vec<Verdict>,
    }
    impl VerdictBatch {
        pub fn builder() -> builder::VerdictBatch {
            Default::default()
        }
    }
    /// The verdict, for programs. Of several reasons to refuse, the first in this list is named: `NOT_FOUND`, `REVOKED`, `REPLACED`, `EXPIRED`, `DISABLED`, `OWNER_SUSPENDED`, `FORBIDDEN_IP`, `INSUFFICIENT_SCOPE`, `RATE_LIMITED`, `CREDITS_EXHAUSTED`.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd,
    )]
    pub enum VerdictCode {
        #[serde(rename = "VALID")]
        Valid,
        #[serde(rename = "NOT_FOUND")]
        NotFound,
        #[serde(rename = "REVOKED")]
        Revoked,
        #[serde(rename = "REPLACED")]
        Replaced,
        #[serde(rename = "EXPIRED")]
        Expired,
        #[serde(rename = "DISABLED")]
        Disabled,
        #[serde(rename = "OWNER_SUSPENDED")]
        OwnerSuspended,
        #[serde(rename = "FORBIDDEN_IP")]
        ForbiddenIp,
        #[serde(rename = "INSUFFICIENT_SCOPE")]
        InsufficientScope,
        #[serde(rename = "RATE_LIMITED")]
        RateLimited,
        #[serde(rename = "CREDITS_EXHAUSTED")]
        CreditsExhausted,
    }
    impl ::std::fmt::Display for VerdictCode {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Valid => f.write_str("VALID"),
                Self::NotFound => f.write_str("NOT_FOUND"),
                Self::Revoked => f.write_str("REVOKED"),
                Self::Replaced => f.write_str("REPLACED"),
                Self::Expired => f.write_str("EXPIRED"),
                Self::Disabled => f.write_str("DISABLED"),
                Self::OwnerSuspended => f.write_str("OWNER_SUSPENDED"),
                Self::ForbiddenIp => f.write_str("FORBIDDEN_IP"),
                Self::InsufficientScope => f.write_str("INSUFFICIENT_SCOPE"),
                Self::RateLimited => f.write_str("RATE_LIMITED"),
                Self::CreditsExhausted => f.write_str("CREDITS_EXHAUSTED"),
            }
        }
    }
    impl ::std::str::FromStr for VerdictCode {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "VALID" => Ok(Self::Valid),
                "NOT_FOUND" => Ok(Self::NotFound),
                "REVOKED" => Ok(Self::Revoked),
                "REPLACED" => Ok(Self::Replaced),
                "EXPIRED" => Ok(Self::Expired),
                "DISABLED" => Ok(Self::Disabled),
                "OWNER_SUSPENDED" => Ok(Self::OwnerSuspended),
                "FORBIDDEN_IP" => Ok(Self::ForbiddenIp),
                "INSUFFICIENT_SCOPE" => Ok(Self::InsufficientScope),
                "RATE_LIMITED" => Ok(Self::RateLimited),
                "CREDITS_EXHAUSTED" => Ok(Self::CreditsExhausted),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for VerdictCode {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for VerdictCode {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// A key to check and what it should be good for.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct Verification {
        /// Scopes of which the key must have at least one.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub any_scope: ::std::vec::Vec<VerificationAnyScopeItem>,
        /// The address that the key is used from, IPv4 or IPv6, with or without a port (`192.0.2.7:50000`, `[2001:db8::7]:50000`). Without it, a key that may be used from some addresses only is refused.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_ip: ::std::option::Option<VerificationClientIp>,
        /// How much the use takes from rate limits and credits. 0 asks without taking anything.
        #[serde(default = "defaults::default_u64::<i32, 1>")]
        pub cost: i32,
        /// The key, as its user sent it.
        pub key: ::keywright_sdk::Secret,
        /// Scopes that the key must have, all of them.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub scopes: ::std::vec::Vec<VerificationScopesItem>,
    }
    impl Verification {
        pub fn builder() -> builder::Verification {
            Default::default()
        }
    }
    /// `VerificationAnyScopeItem`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct VerificationAnyScopeItem(::std::string::String);
    impl ::std::ops::Deref for VerificationAnyScopeItem {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<VerificationAnyScopeItem> for ::std::string::String {
        fn from(value: VerificationAnyScopeItem) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for VerificationAnyScopeItem {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[A-Za-z0-9_.:*/-]+$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[A-Za-z0-9_.:*/-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for VerificationAnyScopeItem {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for VerificationAnyScopeItem {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for VerificationAnyScopeItem {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// Keys to judge, and what each should be good for.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(deny_unknown_fields)]
    pub struct VerificationBatch {
        /// The keys, in the order that the verdicts come in.
        pub requests: ::std::vec::Vec<Verification>,
    }
    impl VerificationBatch {
        pub fn builder() -> builder::VerificationBatch {
            Default::default()
        }
    }
    /// The address that the key is used from, IPv4 or IPv6, with or without a port (`192.0.2.7:50000`, `[2001:db8::7]:50000`). Without it, a key that may be used from some addresses only is refused.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct VerificationClientIp(::std::string::String);
    impl ::std::ops::Deref for VerificationClientIp {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<VerificationClientIp> for ::std::string::String {
        fn from(value: VerificationClientIp) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for VerificationClientIp {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 53usize {
                return Err("longer than 53 characters".into());
            }
            if value.chars().count() < 2usize {
                return Err("shorter than 2 characters".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for VerificationClientIp {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for VerificationClientIp {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for VerificationClientIp {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// `VerificationScopesItem`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct VerificationScopesItem(::std::string::String);
    impl ::std::ops::Deref for VerificationScopesItem {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<VerificationScopesItem> for ::std::string::String {
        fn from(value: VerificationScopesItem) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for VerificationScopesItem {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| {
                    ::regress::Regex::new("^[A-Za-z0-9_.:*/-]+$").unwrap()
                });
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[A-Za-z0-9_.:*/-]+$\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for VerificationScopesItem {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for VerificationScopesItem {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for VerificationScopesItem {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where
            D: ::serde::Deserializer<'de>,
        {
            ::std::string::String::deserialize(deserializer)?
                .parse()
                .map_err(|e: self::error::ConversionError| {
                    <D::Error as ::serde::de::Error>::custom(e.to_string())
                })
        }
    }
    /// What a service that verifies may know about a key. Left out when there is no such key.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct VerifiedKey {
        /// When the key stops working by itself: at its expiry or at the end of its grace period, whichever comes first.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub expires_at: ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
        /// The key's identifier. It is no secret.
        pub id: ::uuid::Uuid,
        pub kind: KeyKind,
        /// What was given to be kept with the key.
        pub metadata: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
        /// What the key is called.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub name: ::std::option::Option<::std::string::String>,
        /// The user or organization that the key is for.
        pub owner_id: ::uuid::Uuid,
        /// What the key may be used for.
        pub scopes: ::std::vec::Vec<::std::string::String>,
    }
    impl VerifiedKey {
        pub fn builder() -> builder::VerifiedKey {
            Default::default()
        }
    }
    /// Types for composing complex structures.
    pub mod builder {
        #[derive(Clone, Debug)]
        pub struct CreatedOrganization {
            created_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            key: ::std::result::Result<
                ::std::option::Option<super::FirstKey>,
                ::std::string::String,
            >,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
            parent_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            rate_limits:
                ::std::result::Result<::std::vec::Vec<super::RateLimit>, ::std::string::String>,
            suspended: ::std::result::Result<bool, ::std::string::String>,
            updated_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for CreatedOrganization {
            fn default() -> Self {
                Self {
                    created_at: Err("no value supplied for created_at".to_string()),
                    id: Err("no value supplied for id".to_string()),
                    key: Ok(Default::default()),
                    name: Err("no value supplied for name".to_string()),
                    parent_id: Ok(Default::default()),
                    rate_limits: Err("no value supplied for rate_limits".to_string()),
                    suspended: Err("no value supplied for suspended".to_string()),
                    updated_at: Err("no value supplied for updated_at".to_string()),
                }
            }
        }
        impl CreatedOrganization {
            pub fn created_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.created_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for created_at: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::FirstKey>>,
                T::Error: ::std::fmt::Display,
            {
                self.key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for key: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn parent_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.parent_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for parent_id: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimit>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn suspended<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.suspended = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for suspended: {e}"));
                self
            }
            pub fn updated_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.updated_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for updated_at: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<CreatedOrganization> for super::CreatedOrganization {
            type Error = super::error::ConversionError;
            fn try_from(
                value: CreatedOrganization,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    created_at: value.created_at?,
                    id: value.id?,
                    key: value.key?,
                    name: value.name?,
                    parent_id: value.parent_id?,
                    rate_limits: value.rate_limits?,
                    suspended: value.suspended?,
                    updated_at: value.updated_at?,
                })
            }
        }
        impl ::std::convert::From<super::CreatedOrganization> for CreatedOrganization {
            fn from(value: super::CreatedOrganization) -> Self {
                Self {
                    created_at: Ok(value.created_at),
                    id: Ok(value.id),
                    key: Ok(value.key),
                    name: Ok(value.name),
                    parent_id: Ok(value.parent_id),
                    rate_limits: Ok(value.rate_limits),
                    suspended: Ok(value.suspended),
                    updated_at: Ok(value.updated_at),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct CreatedUser {
            created_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
            email: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            key: ::std::result::Result<super::FirstKey, ::std::string::String>,
            plan: ::std::result::Result<::std::string::String, ::std::string::String>,
            rate_limits:
                ::std::result::Result<::std::vec::Vec<super::RateLimit>, ::std::string::String>,
            suspended: ::std::result::Result<bool, ::std::string::String>,
            updated_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for CreatedUser {
            fn default() -> Self {
                Self {
                    created_at: Err("no value supplied for created_at".to_string()),
                    email: Ok(Default::default()),
                    id: Err("no value supplied for id".to_string()),
                    key: Err("no value supplied for key".to_string()),
                    plan: Err("no value supplied for plan".to_string()),
                    rate_limits: Err("no value supplied for rate_limits".to_string()),
                    suspended: Err("no value supplied for suspended".to_string()),
                    updated_at: Err("no value supplied for updated_at".to_string()),
                }
            }
        }
        impl CreatedUser {
            pub fn created_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.created_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for created_at: {e}"));
                self
            }
            pub fn email<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.email = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for email: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::FirstKey>,
                T::Error: ::std::fmt::Display,
            {
                self.key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for key: {e}"));
                self
            }
            pub fn plan<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.plan = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for plan: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimit>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn suspended<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.suspended = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for suspended: {e}"));
                self
            }
            pub fn updated_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.updated_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for updated_at: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<CreatedUser> for super::CreatedUser {
            type Error = super::error::ConversionError;
            fn try_from(
                value: CreatedUser,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    created_at: value.created_at?,
                    email: value.email?,
                    id: value.id?,
                    key: value.key?,
                    plan: value.plan?,
                    rate_limits: value.rate_limits?,
                    suspended: value.suspended?,
                    updated_at: value.updated_at?,
                })
            }
        }
        impl ::std::convert::From<super::CreatedUser> for CreatedUser {
            fn from(value: super::CreatedUser) -> Self {
                Self {
                    created_at: Ok(value.created_at),
                    email: Ok(value.email),
                    id: Ok(value.id),
                    key: Ok(value.key),
                    plan: Ok(value.plan),
                    rate_limits: Ok(value.rate_limits),
                    suspended: Ok(value.suspended),
                    updated_at: Ok(value.updated_at),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct CreditState {
            remaining: ::std::result::Result<i64, ::std::string::String>,
        }
        impl ::std::default::Default for CreditState {
            fn default() -> Self {
                Self {
                    remaining: Err("no value supplied for remaining".to_string()),
                }
            }
        }
        impl CreditState {
            pub fn remaining<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.remaining = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for remaining: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<CreditState> for super::CreditState {
            type Error = super::error::ConversionError;
            fn try_from(
                value: CreditState,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    remaining: value.remaining?,
                })
            }
        }
        impl ::std::convert::From<super::CreditState> for CreditState {
            fn from(value: super::CreditState) -> Self {
                Self {
                    remaining: Ok(value.remaining),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Credits {
            refill:
                ::std::result::Result<::std::option::Option<super::Refill>, ::std::string::String>,
            remaining: ::std::result::Result<i64, ::std::string::String>,
        }
        impl ::std::default::Default for Credits {
            fn default() -> Self {
                Self {
                    refill: Ok(Default::default()),
                    remaining: Err("no value supplied for remaining".to_string()),
                }
            }
        }
        impl Credits {
            pub fn refill<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::Refill>>,
                T::Error: ::std::fmt::Display,
            {
                self.refill = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for refill: {e}"));
                self
            }
            pub fn remaining<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.remaining = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for remaining: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Credits> for super::Credits {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Credits,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    refill: value.refill?,
                    remaining: value.remaining?,
                })
            }
        }
        impl ::std::convert::From<super::Credits> for Credits {
            fn from(value: super::Credits) -> Self {
                Self {
                    refill: Ok(value.refill),
                    remaining: Ok(value.remaining),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct CreditsInput {
            refill: ::std::result::Result<
                ::std::option::Option<super::RefillInput>,
                ::std::string::String,
            >,
            remaining: ::std::result::Result<i64, ::std::string::String>,
        }
        impl ::std::default::Default for CreditsInput {
            fn default() -> Self {
                Self {
                    refill: Ok(Default::default()),
                    remaining: Err("no value supplied for remaining".to_string()),
                }
            }
        }
        impl CreditsInput {
            pub fn refill<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::RefillInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.refill = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for refill: {e}"));
                self
            }
            pub fn remaining<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.remaining = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for remaining: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<CreditsInput> for super::CreditsInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: CreditsInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    refill: value.refill?,
                    remaining: value.remaining?,
                })
            }
        }
        impl ::std::convert::From<super::CreditsInput> for CreditsInput {
            fn from(value: super::CreditsInput) -> Self {
                Self {
                    refill: Ok(value.refill),
                    remaining: Ok(value.remaining),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct EndedKey {
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            kind: ::std::result::Result<super::KeyKind, ::std::string::String>,
            revoked_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for EndedKey {
            fn default() -> Self {
                Self {
                    id: Err("no value supplied for id".to_string()),
                    kind: Err("no value supplied for kind".to_string()),
                    revoked_at: Err("no value supplied for revoked_at".to_string()),
                }
            }
        }
        impl EndedKey {
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn kind<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::KeyKind>,
                T::Error: ::std::fmt::Display,
            {
                self.kind = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for kind: {e}"));
                self
            }
            pub fn revoked_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.revoked_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for revoked_at: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<EndedKey> for super::EndedKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: EndedKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    id: value.id?,
                    kind: value.kind?,
                    revoked_at: value.revoked_at?,
                })
            }
        }
        impl ::std::convert::From<super::EndedKey> for EndedKey {
            fn from(value: super::EndedKey) -> Self {
                Self {
                    id: Ok(value.id),
                    kind: Ok(value.kind),
                    revoked_at: Ok(value.revoked_at),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Event {
            action: ::std::result::Result<super::EventAction, ::std::string::String>,
            actor: ::std::result::Result<::std::string::String, ::std::string::String>,
            address: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
            detail: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            outcome: ::std::result::Result<super::EventOutcome, ::std::string::String>,
            owner_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            position: ::std::result::Result<i64, ::std::string::String>,
            related_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            request_id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            server_request_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            target_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
        }
        impl ::std::default::Default for Event {
            fn default() -> Self {
                Self {
                    action: Err("no value supplied for action".to_string()),
                    actor: Err("no value supplied for actor".to_string()),
                    address: Ok(Default::default()),
                    at: Err("no value supplied for at".to_string()),
                    detail: Ok(Default::default()),
                    outcome: Err("no value supplied for outcome".to_string()),
                    owner_id: Ok(Default::default()),
                    position: Err("no value supplied for position".to_string()),
                    related_id: Ok(Default::default()),
                    request_id: Err("no value supplied for request_id".to_string()),
                    server_request_id: Ok(Default::default()),
                    target_id: Ok(Default::default()),
                }
            }
        }
        impl Event {
            pub fn action<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::EventAction>,
                T::Error: ::std::fmt::Display,
            {
                self.action = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for action: {e}"));
                self
            }
            pub fn actor<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.actor = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for actor: {e}"));
                self
            }
            pub fn address<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.address = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for address: {e}"));
                self
            }
            pub fn at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for at: {e}"));
                self
            }
            pub fn detail<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.detail = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for detail: {e}"));
                self
            }
            pub fn outcome<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::EventOutcome>,
                T::Error: ::std::fmt::Display,
            {
                self.outcome = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for outcome: {e}"));
                self
            }
            pub fn owner_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.owner_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for owner_id: {e}"));
                self
            }
            pub fn position<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.position = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for position: {e}"));
                self
            }
            pub fn related_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.related_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for related_id: {e}"));
                self
            }
            pub fn request_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.request_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for request_id: {e}"));
                self
            }
            pub fn server_request_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.server_request_id = value.try_into().map_err(|e| {
                    format!("error converting supplied value for server_request_id: {e}")
                });
                self
            }
            pub fn target_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.target_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for target_id: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Event> for super::Event {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Event,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    action: value.action?,
                    actor: value.actor?,
                    address: value.address?,
                    at: value.at?,
                    detail: value.detail?,
                    outcome: value.outcome?,
                    owner_id: value.owner_id?,
                    position: value.position?,
                    related_id: value.related_id?,
                    request_id: value.request_id?,
                    server_request_id: value.server_request_id?,
                    target_id: value.target_id?,
                })
            }
        }
        impl ::std::convert::From<super::Event> for Event {
            fn from(value: super::Event) -> Self {
                Self {
                    action: Ok(value.action),
                    actor: Ok(value.actor),
                    address: Ok(value.address),
                    at: Ok(value.at),
                    detail: Ok(value.detail),
                    outcome: Ok(value.outcome),
                    owner_id: Ok(value.owner_id),
                    position: Ok(value.position),
                    related_id: Ok(value.related_id),
                    request_id: Ok(value.request_id),
                    server_request_id: Ok(value.server_request_id),
                    target_id: Ok(value.target_id),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct EventPage {
            items: ::std::result::Result<::std::vec::Vec<super::Event>, ::std::string::String>,
            next_cursor: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for EventPage {
            fn default() -> Self {
                Self {
                    items: Err("no value supplied for items".to_string()),
                    next_cursor: Ok(Default::default()),
                }
            }
        }
        impl EventPage {
            pub fn items<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::Event>>,
                T::Error: ::std::fmt::Display,
            {
                self.items = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for items: {e}"));
                self
            }
            pub fn next_cursor<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.next_cursor = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for next_cursor: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<EventPage> for super::EventPage {
            type Error = super::error::ConversionError;
            fn try_from(
                value: EventPage,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    items: value.items?,
                    next_cursor: value.next_cursor?,
                })
            }
        }
        impl ::std::convert::From<super::EventPage> for EventPage {
            fn from(value: super::EventPage) -> Self {
                Self {
                    items: Ok(value.items),
                    next_cursor: Ok(value.next_cursor),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct FieldError {
            detail: ::std::result::Result<::std::string::String, ::std::string::String>,
            pointer: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for FieldError {
            fn default() -> Self {
                Self {
                    detail: Err("no value supplied for detail".to_string()),
                    pointer: Err("no value supplied for pointer".to_string()),
                }
            }
        }
        impl FieldError {
            pub fn detail<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.detail = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for detail: {e}"));
                self
            }
            pub fn pointer<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.pointer = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for pointer: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<FieldError> for super::FieldError {
            type Error = super::error::ConversionError;
            fn try_from(
                value: FieldError,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    detail: value.detail?,
                    pointer: value.pointer?,
                })
            }
        }
        impl ::std::convert::From<super::FieldError> for FieldError {
            fn from(value: super::FieldError) -> Self {
                Self {
                    detail: Ok(value.detail),
                    pointer: Ok(value.pointer),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct FirstKey {
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            secret: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
        }
        impl ::std::default::Default for FirstKey {
            fn default() -> Self {
                Self {
                    id: Err("no value supplied for id".to_string()),
                    secret: Err("no value supplied for secret".to_string()),
                }
            }
        }
        impl FirstKey {
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn secret<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.secret = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for secret: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<FirstKey> for super::FirstKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: FirstKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    id: value.id?,
                    secret: value.secret?,
                })
            }
        }
        impl ::std::convert::From<super::FirstKey> for FirstKey {
            fn from(value: super::FirstKey) -> Self {
                Self {
                    id: Ok(value.id),
                    secret: Ok(value.secret),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct IssuedKey {
            client_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            key: ::std::result::Result<super::Key, ::std::string::String>,
            secret: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
        }
        impl ::std::default::Default for IssuedKey {
            fn default() -> Self {
                Self {
                    client_id: Ok(Default::default()),
                    key: Err("no value supplied for key".to_string()),
                    secret: Err("no value supplied for secret".to_string()),
                }
            }
        }
        impl IssuedKey {
            pub fn client_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_id: {e}"));
                self
            }
            pub fn key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::Key>,
                T::Error: ::std::fmt::Display,
            {
                self.key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for key: {e}"));
                self
            }
            pub fn secret<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.secret = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for secret: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<IssuedKey> for super::IssuedKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: IssuedKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    client_id: value.client_id?,
                    key: value.key?,
                    secret: value.secret?,
                })
            }
        }
        impl ::std::convert::From<super::IssuedKey> for IssuedKey {
            fn from(value: super::IssuedKey) -> Self {
                Self {
                    client_id: Ok(value.client_id),
                    key: Ok(value.key),
                    secret: Ok(value.secret),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Key {
            created_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
            credits:
                ::std::result::Result<::std::option::Option<super::Credits>, ::std::string::String>,
            enabled: ::std::result::Result<bool, ::std::string::String>,
            expires_at: ::std::result::Result<
                ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                ::std::string::String,
            >,
            hint: ::std::result::Result<::std::string::String, ::std::string::String>,
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            ip_allow: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            kind: ::std::result::Result<super::KeyKind, ::std::string::String>,
            last_used_at: ::std::result::Result<
                ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                ::std::string::String,
            >,
            metadata: ::std::result::Result<
                ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                ::std::string::String,
            >,
            name: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            owner_id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            rate_limits:
                ::std::result::Result<::std::vec::Vec<super::RateLimit>, ::std::string::String>,
            reach: ::std::result::Result<
                ::std::option::Option<super::KeyReach>,
                ::std::string::String,
            >,
            replaced_at: ::std::result::Result<
                ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                ::std::string::String,
            >,
            replaced_by:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            revocation_reason: ::std::result::Result<
                ::std::option::Option<super::RevocationReason>,
                ::std::string::String,
            >,
            revoked_at: ::std::result::Result<
                ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                ::std::string::String,
            >,
            scopes: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            state: ::std::result::Result<super::KeyState, ::std::string::String>,
            unreadable: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            uses: ::std::result::Result<i64, ::std::string::String>,
        }
        impl ::std::default::Default for Key {
            fn default() -> Self {
                Self {
                    created_at: Err("no value supplied for created_at".to_string()),
                    credits: Ok(Default::default()),
                    enabled: Err("no value supplied for enabled".to_string()),
                    expires_at: Ok(Default::default()),
                    hint: Err("no value supplied for hint".to_string()),
                    id: Err("no value supplied for id".to_string()),
                    ip_allow: Err("no value supplied for ip_allow".to_string()),
                    kind: Err("no value supplied for kind".to_string()),
                    last_used_at: Ok(Default::default()),
                    metadata: Err("no value supplied for metadata".to_string()),
                    name: Ok(Default::default()),
                    owner_id: Err("no value supplied for owner_id".to_string()),
                    rate_limits: Err("no value supplied for rate_limits".to_string()),
                    reach: Ok(Default::default()),
                    replaced_at: Ok(Default::default()),
                    replaced_by: Ok(Default::default()),
                    revocation_reason: Ok(Default::default()),
                    revoked_at: Ok(Default::default()),
                    scopes: Err("no value supplied for scopes".to_string()),
                    state: Err("no value supplied for state".to_string()),
                    unreadable: Ok(Default::default()),
                    uses: Err("no value supplied for uses".to_string()),
                }
            }
        }
        impl Key {
            pub fn created_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.created_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for created_at: {e}"));
                self
            }
            pub fn credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::Credits>>,
                T::Error: ::std::fmt::Display,
            {
                self.credits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for credits: {e}"));
                self
            }
            pub fn enabled<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.enabled = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for enabled: {e}"));
                self
            }
            pub fn expires_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.expires_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for expires_at: {e}"));
                self
            }
            pub fn hint<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.hint = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for hint: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn ip_allow<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.ip_allow = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for ip_allow: {e}"));
                self
            }
            pub fn kind<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::KeyKind>,
                T::Error: ::std::fmt::Display,
            {
                self.kind = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for kind: {e}"));
                self
            }
            pub fn last_used_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.last_used_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for last_used_at: {e}"));
                self
            }
            pub fn metadata<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.metadata = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for metadata: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn owner_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.owner_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for owner_id: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimit>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn reach<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::KeyReach>>,
                T::Error: ::std::fmt::Display,
            {
                self.reach = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for reach: {e}"));
                self
            }
            pub fn replaced_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.replaced_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for replaced_at: {e}"));
                self
            }
            pub fn replaced_by<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.replaced_by = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for replaced_by: {e}"));
                self
            }
            pub fn revocation_reason<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::RevocationReason>>,
                T::Error: ::std::fmt::Display,
            {
                self.revocation_reason = value.try_into().map_err(|e| {
                    format!("error converting supplied value for revocation_reason: {e}")
                });
                self
            }
            pub fn revoked_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.revoked_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for revoked_at: {e}"));
                self
            }
            pub fn scopes<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.scopes = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scopes: {e}"));
                self
            }
            pub fn state<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::KeyState>,
                T::Error: ::std::fmt::Display,
            {
                self.state = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for state: {e}"));
                self
            }
            pub fn unreadable<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.unreadable = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for unreadable: {e}"));
                self
            }
            pub fn uses<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.uses = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for uses: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Key> for super::Key {
            type Error = super::error::ConversionError;
            fn try_from(value: Key) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    created_at: value.created_at?,
                    credits: value.credits?,
                    enabled: value.enabled?,
                    expires_at: value.expires_at?,
                    hint: value.hint?,
                    id: value.id?,
                    ip_allow: value.ip_allow?,
                    kind: value.kind?,
                    last_used_at: value.last_used_at?,
                    metadata: value.metadata?,
                    name: value.name?,
                    owner_id: value.owner_id?,
                    rate_limits: value.rate_limits?,
                    reach: value.reach?,
                    replaced_at: value.replaced_at?,
                    replaced_by: value.replaced_by?,
                    revocation_reason: value.revocation_reason?,
                    revoked_at: value.revoked_at?,
                    scopes: value.scopes?,
                    state: value.state?,
                    unreadable: value.unreadable?,
                    uses: value.uses?,
                })
            }
        }
        impl ::std::convert::From<super::Key> for Key {
            fn from(value: super::Key) -> Self {
                Self {
                    created_at: Ok(value.created_at),
                    credits: Ok(value.credits),
                    enabled: Ok(value.enabled),
                    expires_at: Ok(value.expires_at),
                    hint: Ok(value.hint),
                    id: Ok(value.id),
                    ip_allow: Ok(value.ip_allow),
                    kind: Ok(value.kind),
                    last_used_at: Ok(value.last_used_at),
                    metadata: Ok(value.metadata),
                    name: Ok(value.name),
                    owner_id: Ok(value.owner_id),
                    rate_limits: Ok(value.rate_limits),
                    reach: Ok(value.reach),
                    replaced_at: Ok(value.replaced_at),
                    replaced_by: Ok(value.replaced_by),
                    revocation_reason: Ok(value.revocation_reason),
                    revoked_at: Ok(value.revoked_at),
                    scopes: Ok(value.scopes),
                    state: Ok(value.state),
                    unreadable: Ok(value.unreadable),
                    uses: Ok(value.uses),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct KeyInput {
            credits: ::std::result::Result<
                ::std::option::Option<super::CreditsInput>,
                ::std::string::String,
            >,
            expires_at: ::std::result::Result<
                ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                ::std::string::String,
            >,
            ip_allow: ::std::result::Result<
                ::std::vec::Vec<super::KeyInputIpAllowItem>,
                ::std::string::String,
            >,
            kind: ::std::result::Result<super::KeyKind, ::std::string::String>,
            metadata: ::std::result::Result<
                ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                ::std::string::String,
            >,
            name: ::std::result::Result<
                ::std::option::Option<super::KeyInputName>,
                ::std::string::String,
            >,
            owner_id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            prefix: ::std::result::Result<
                ::std::option::Option<super::KeyInputPrefix>,
                ::std::string::String,
            >,
            rate_limits: ::std::result::Result<
                ::std::vec::Vec<super::RateLimitInput>,
                ::std::string::String,
            >,
            reach: ::std::result::Result<
                ::std::option::Option<super::KeyReach>,
                ::std::string::String,
            >,
            scopes: ::std::result::Result<
                ::std::option::Option<::std::vec::Vec<super::KeyInputScopesItem>>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for KeyInput {
            fn default() -> Self {
                Self {
                    credits: Ok(Default::default()),
                    expires_at: Ok(Default::default()),
                    ip_allow: Ok(Default::default()),
                    kind: Err("no value supplied for kind".to_string()),
                    metadata: Ok(Default::default()),
                    name: Ok(Default::default()),
                    owner_id: Err("no value supplied for owner_id".to_string()),
                    prefix: Ok(Default::default()),
                    rate_limits: Ok(Default::default()),
                    reach: Ok(Default::default()),
                    scopes: Ok(Default::default()),
                }
            }
        }
        impl KeyInput {
            pub fn credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::CreditsInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.credits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for credits: {e}"));
                self
            }
            pub fn expires_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.expires_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for expires_at: {e}"));
                self
            }
            pub fn ip_allow<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::KeyInputIpAllowItem>>,
                T::Error: ::std::fmt::Display,
            {
                self.ip_allow = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for ip_allow: {e}"));
                self
            }
            pub fn kind<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::KeyKind>,
                T::Error: ::std::fmt::Display,
            {
                self.kind = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for kind: {e}"));
                self
            }
            pub fn metadata<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.metadata = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for metadata: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::KeyInputName>>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn owner_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.owner_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for owner_id: {e}"));
                self
            }
            pub fn prefix<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::KeyInputPrefix>>,
                T::Error: ::std::fmt::Display,
            {
                self.prefix = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for prefix: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimitInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn reach<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::KeyReach>>,
                T::Error: ::std::fmt::Display,
            {
                self.reach = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for reach: {e}"));
                self
            }
            pub fn scopes<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::std::vec::Vec<super::KeyInputScopesItem>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.scopes = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scopes: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<KeyInput> for super::KeyInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: KeyInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    credits: value.credits?,
                    expires_at: value.expires_at?,
                    ip_allow: value.ip_allow?,
                    kind: value.kind?,
                    metadata: value.metadata?,
                    name: value.name?,
                    owner_id: value.owner_id?,
                    prefix: value.prefix?,
                    rate_limits: value.rate_limits?,
                    reach: value.reach?,
                    scopes: value.scopes?,
                })
            }
        }
        impl ::std::convert::From<super::KeyInput> for KeyInput {
            fn from(value: super::KeyInput) -> Self {
                Self {
                    credits: Ok(value.credits),
                    expires_at: Ok(value.expires_at),
                    ip_allow: Ok(value.ip_allow),
                    kind: Ok(value.kind),
                    metadata: Ok(value.metadata),
                    name: Ok(value.name),
                    owner_id: Ok(value.owner_id),
                    prefix: Ok(value.prefix),
                    rate_limits: Ok(value.rate_limits),
                    reach: Ok(value.reach),
                    scopes: Ok(value.scopes),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct KeyPage {
            items: ::std::result::Result<::std::vec::Vec<super::Key>, ::std::string::String>,
            next_cursor: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for KeyPage {
            fn default() -> Self {
                Self {
                    items: Err("no value supplied for items".to_string()),
                    next_cursor: Ok(Default::default()),
                }
            }
        }
        impl KeyPage {
            pub fn items<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::Key>>,
                T::Error: ::std::fmt::Display,
            {
                self.items = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for items: {e}"));
                self
            }
            pub fn next_cursor<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.next_cursor = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for next_cursor: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<KeyPage> for super::KeyPage {
            type Error = super::error::ConversionError;
            fn try_from(
                value: KeyPage,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    items: value.items?,
                    next_cursor: value.next_cursor?,
                })
            }
        }
        impl ::std::convert::From<super::KeyPage> for KeyPage {
            fn from(value: super::KeyPage) -> Self {
                Self {
                    items: Ok(value.items),
                    next_cursor: Ok(value.next_cursor),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct KeyPatch {
            credits: ::std::result::Result<
                ::std::option::Option<super::CreditsInput>,
                ::std::string::String,
            >,
            enabled: ::std::result::Result<::std::option::Option<bool>, ::std::string::String>,
            expires_at: ::std::result::Result<
                ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                ::std::string::String,
            >,
            ip_allow: ::std::result::Result<
                ::std::vec::Vec<super::KeyPatchIpAllowItem>,
                ::std::string::String,
            >,
            metadata: ::std::result::Result<
                ::std::option::Option<
                    ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                >,
                ::std::string::String,
            >,
            name: ::std::result::Result<
                ::std::option::Option<super::KeyPatchName>,
                ::std::string::String,
            >,
            rate_limits: ::std::result::Result<
                ::std::vec::Vec<super::RateLimitInput>,
                ::std::string::String,
            >,
            reach: ::std::result::Result<
                ::std::option::Option<super::KeyReach>,
                ::std::string::String,
            >,
            remove: ::std::result::Result<
                ::std::option::Option<::std::vec::Vec<super::RemovableMember>>,
                ::std::string::String,
            >,
            scopes: ::std::result::Result<
                ::std::option::Option<::std::vec::Vec<super::KeyPatchScopesItem>>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for KeyPatch {
            fn default() -> Self {
                Self {
                    credits: Ok(Default::default()),
                    enabled: Ok(Default::default()),
                    expires_at: Ok(Default::default()),
                    ip_allow: Ok(Default::default()),
                    metadata: Ok(Default::default()),
                    name: Ok(Default::default()),
                    rate_limits: Ok(Default::default()),
                    reach: Ok(Default::default()),
                    remove: Ok(Default::default()),
                    scopes: Ok(Default::default()),
                }
            }
        }
        impl KeyPatch {
            pub fn credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::CreditsInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.credits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for credits: {e}"));
                self
            }
            pub fn enabled<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<bool>>,
                T::Error: ::std::fmt::Display,
            {
                self.enabled = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for enabled: {e}"));
                self
            }
            pub fn expires_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.expires_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for expires_at: {e}"));
                self
            }
            pub fn ip_allow<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::KeyPatchIpAllowItem>>,
                T::Error: ::std::fmt::Display,
            {
                self.ip_allow = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for ip_allow: {e}"));
                self
            }
            pub fn metadata<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<
                            ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                        >,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.metadata = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for metadata: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::KeyPatchName>>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimitInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn reach<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::KeyReach>>,
                T::Error: ::std::fmt::Display,
            {
                self.reach = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for reach: {e}"));
                self
            }
            pub fn remove<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::std::vec::Vec<super::RemovableMember>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.remove = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for remove: {e}"));
                self
            }
            pub fn scopes<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::std::vec::Vec<super::KeyPatchScopesItem>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.scopes = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scopes: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<KeyPatch> for super::KeyPatch {
            type Error = super::error::ConversionError;
            fn try_from(
                value: KeyPatch,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    credits: value.credits?,
                    enabled: value.enabled?,
                    expires_at: value.expires_at?,
                    ip_allow: value.ip_allow?,
                    metadata: value.metadata?,
                    name: value.name?,
                    rate_limits: value.rate_limits?,
                    reach: value.reach?,
                    remove: value.remove?,
                    scopes: value.scopes?,
                })
            }
        }
        impl ::std::convert::From<super::KeyPatch> for KeyPatch {
            fn from(value: super::KeyPatch) -> Self {
                Self {
                    credits: Ok(value.credits),
                    enabled: Ok(value.enabled),
                    expires_at: Ok(value.expires_at),
                    ip_allow: Ok(value.ip_allow),
                    metadata: Ok(value.metadata),
                    name: Ok(value.name),
                    rate_limits: Ok(value.rate_limits),
                    reach: Ok(value.reach),
                    remove: Ok(value.remove),
                    scopes: Ok(value.scopes),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Organization {
            created_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
            parent_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            rate_limits:
                ::std::result::Result<::std::vec::Vec<super::RateLimit>, ::std::string::String>,
            suspended: ::std::result::Result<bool, ::std::string::String>,
            unreadable: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            updated_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for Organization {
            fn default() -> Self {
                Self {
                    created_at: Err("no value supplied for created_at".to_string()),
                    id: Err("no value supplied for id".to_string()),
                    name: Err("no value supplied for name".to_string()),
                    parent_id: Ok(Default::default()),
                    rate_limits: Err("no value supplied for rate_limits".to_string()),
                    suspended: Err("no value supplied for suspended".to_string()),
                    unreadable: Ok(Default::default()),
                    updated_at: Err("no value supplied for updated_at".to_string()),
                }
            }
        }
        impl Organization {
            pub fn created_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.created_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for created_at: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn parent_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.parent_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for parent_id: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimit>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn suspended<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.suspended = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for suspended: {e}"));
                self
            }
            pub fn unreadable<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.unreadable = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for unreadable: {e}"));
                self
            }
            pub fn updated_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.updated_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for updated_at: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Organization> for super::Organization {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Organization,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    created_at: value.created_at?,
                    id: value.id?,
                    name: value.name?,
                    parent_id: value.parent_id?,
                    rate_limits: value.rate_limits?,
                    suspended: value.suspended?,
                    unreadable: value.unreadable?,
                    updated_at: value.updated_at?,
                })
            }
        }
        impl ::std::convert::From<super::Organization> for Organization {
            fn from(value: super::Organization) -> Self {
                Self {
                    created_at: Ok(value.created_at),
                    id: Ok(value.id),
                    name: Ok(value.name),
                    parent_id: Ok(value.parent_id),
                    rate_limits: Ok(value.rate_limits),
                    suspended: Ok(value.suspended),
                    unreadable: Ok(value.unreadable),
                    updated_at: Ok(value.updated_at),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct OrganizationInput {
            first_key: ::std::result::Result<::std::option::Option<bool>, ::std::string::String>,
            id: ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            name: ::std::result::Result<super::OrganizationInputName, ::std::string::String>,
            parent_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            rate_limits: ::std::result::Result<
                ::std::vec::Vec<super::RateLimitInput>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for OrganizationInput {
            fn default() -> Self {
                Self {
                    first_key: Ok(Default::default()),
                    id: Ok(Default::default()),
                    name: Err("no value supplied for name".to_string()),
                    parent_id: Ok(Default::default()),
                    rate_limits: Ok(Default::default()),
                }
            }
        }
        impl OrganizationInput {
            pub fn first_key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<bool>>,
                T::Error: ::std::fmt::Display,
            {
                self.first_key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for first_key: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::OrganizationInputName>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn parent_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.parent_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for parent_id: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimitInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<OrganizationInput> for super::OrganizationInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: OrganizationInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    first_key: value.first_key?,
                    id: value.id?,
                    name: value.name?,
                    parent_id: value.parent_id?,
                    rate_limits: value.rate_limits?,
                })
            }
        }
        impl ::std::convert::From<super::OrganizationInput> for OrganizationInput {
            fn from(value: super::OrganizationInput) -> Self {
                Self {
                    first_key: Ok(value.first_key),
                    id: Ok(value.id),
                    name: Ok(value.name),
                    parent_id: Ok(value.parent_id),
                    rate_limits: Ok(value.rate_limits),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct OrganizationPage {
            items:
                ::std::result::Result<::std::vec::Vec<super::Organization>, ::std::string::String>,
            next_cursor: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for OrganizationPage {
            fn default() -> Self {
                Self {
                    items: Err("no value supplied for items".to_string()),
                    next_cursor: Ok(Default::default()),
                }
            }
        }
        impl OrganizationPage {
            pub fn items<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::Organization>>,
                T::Error: ::std::fmt::Display,
            {
                self.items = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for items: {e}"));
                self
            }
            pub fn next_cursor<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.next_cursor = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for next_cursor: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<OrganizationPage> for super::OrganizationPage {
            type Error = super::error::ConversionError;
            fn try_from(
                value: OrganizationPage,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    items: value.items?,
                    next_cursor: value.next_cursor?,
                })
            }
        }
        impl ::std::convert::From<super::OrganizationPage> for OrganizationPage {
            fn from(value: super::OrganizationPage) -> Self {
                Self {
                    items: Ok(value.items),
                    next_cursor: Ok(value.next_cursor),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct OrganizationPatch {
            name: ::std::result::Result<
                ::std::option::Option<super::OrganizationPatchName>,
                ::std::string::String,
            >,
            rate_limits: ::std::result::Result<
                ::std::vec::Vec<super::RateLimitInput>,
                ::std::string::String,
            >,
            remove: ::std::result::Result<
                ::std::option::Option<::std::vec::Vec<super::RemovableOwnerMember>>,
                ::std::string::String,
            >,
            suspended: ::std::result::Result<::std::option::Option<bool>, ::std::string::String>,
        }
        impl ::std::default::Default for OrganizationPatch {
            fn default() -> Self {
                Self {
                    name: Ok(Default::default()),
                    rate_limits: Ok(Default::default()),
                    remove: Ok(Default::default()),
                    suspended: Ok(Default::default()),
                }
            }
        }
        impl OrganizationPatch {
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::OrganizationPatchName>>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimitInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn remove<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::std::vec::Vec<super::RemovableOwnerMember>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.remove = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for remove: {e}"));
                self
            }
            pub fn suspended<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<bool>>,
                T::Error: ::std::fmt::Display,
            {
                self.suspended = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for suspended: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<OrganizationPatch> for super::OrganizationPatch {
            type Error = super::error::ConversionError;
            fn try_from(
                value: OrganizationPatch,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    name: value.name?,
                    rate_limits: value.rate_limits?,
                    remove: value.remove?,
                    suspended: value.suspended?,
                })
            }
        }
        impl ::std::convert::From<super::OrganizationPatch> for OrganizationPatch {
            fn from(value: super::OrganizationPatch) -> Self {
                Self {
                    name: Ok(value.name),
                    rate_limits: Ok(value.rate_limits),
                    remove: Ok(value.remove),
                    suspended: Ok(value.suspended),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Problem {
            detail: ::std::result::Result<::std::string::String, ::std::string::String>,
            errors:
                ::std::result::Result<::std::vec::Vec<super::FieldError>, ::std::string::String>,
            request_id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            status: ::std::result::Result<i32, ::std::string::String>,
            title: ::std::result::Result<::std::string::String, ::std::string::String>,
            type_: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for Problem {
            fn default() -> Self {
                Self {
                    detail: Err("no value supplied for detail".to_string()),
                    errors: Ok(Default::default()),
                    request_id: Err("no value supplied for request_id".to_string()),
                    status: Err("no value supplied for status".to_string()),
                    title: Err("no value supplied for title".to_string()),
                    type_: Err("no value supplied for type_".to_string()),
                }
            }
        }
        impl Problem {
            pub fn detail<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.detail = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for detail: {e}"));
                self
            }
            pub fn errors<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::FieldError>>,
                T::Error: ::std::fmt::Display,
            {
                self.errors = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for errors: {e}"));
                self
            }
            pub fn request_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.request_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for request_id: {e}"));
                self
            }
            pub fn status<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.status = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for status: {e}"));
                self
            }
            pub fn title<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.title = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for title: {e}"));
                self
            }
            pub fn type_<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.type_ = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for type_: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Problem> for super::Problem {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Problem,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    detail: value.detail?,
                    errors: value.errors?,
                    request_id: value.request_id?,
                    status: value.status?,
                    title: value.title?,
                    type_: value.type_?,
                })
            }
        }
        impl ::std::convert::From<super::Problem> for Problem {
            fn from(value: super::Problem) -> Self {
                Self {
                    detail: Ok(value.detail),
                    errors: Ok(value.errors),
                    request_id: Ok(value.request_id),
                    status: Ok(value.status),
                    title: Ok(value.title),
                    type_: Ok(value.type_),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct RateLimit {
            burst: ::std::result::Result<i64, ::std::string::String>,
            limit: ::std::result::Result<i64, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
            window_seconds: ::std::result::Result<i32, ::std::string::String>,
        }
        impl ::std::default::Default for RateLimit {
            fn default() -> Self {
                Self {
                    burst: Err("no value supplied for burst".to_string()),
                    limit: Err("no value supplied for limit".to_string()),
                    name: Err("no value supplied for name".to_string()),
                    window_seconds: Err("no value supplied for window_seconds".to_string()),
                }
            }
        }
        impl RateLimit {
            pub fn burst<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.burst = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for burst: {e}"));
                self
            }
            pub fn limit<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.limit = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for limit: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn window_seconds<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.window_seconds = value.try_into().map_err(|e| {
                    format!("error converting supplied value for window_seconds: {e}")
                });
                self
            }
        }
        impl ::std::convert::TryFrom<RateLimit> for super::RateLimit {
            type Error = super::error::ConversionError;
            fn try_from(
                value: RateLimit,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    burst: value.burst?,
                    limit: value.limit?,
                    name: value.name?,
                    window_seconds: value.window_seconds?,
                })
            }
        }
        impl ::std::convert::From<super::RateLimit> for RateLimit {
            fn from(value: super::RateLimit) -> Self {
                Self {
                    burst: Ok(value.burst),
                    limit: Ok(value.limit),
                    name: Ok(value.name),
                    window_seconds: Ok(value.window_seconds),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct RateLimitInput {
            burst: ::std::result::Result<
                ::std::option::Option<::std::num::NonZeroU64>,
                ::std::string::String,
            >,
            limit: ::std::result::Result<i64, ::std::string::String>,
            name: ::std::result::Result<super::RateLimitInputName, ::std::string::String>,
            window_seconds: ::std::result::Result<::std::num::NonZeroU32, ::std::string::String>,
        }
        impl ::std::default::Default for RateLimitInput {
            fn default() -> Self {
                Self {
                    burst: Ok(Default::default()),
                    limit: Err("no value supplied for limit".to_string()),
                    name: Err("no value supplied for name".to_string()),
                    window_seconds: Err("no value supplied for window_seconds".to_string()),
                }
            }
        }
        impl RateLimitInput {
            pub fn burst<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::num::NonZeroU64>>,
                T::Error: ::std::fmt::Display,
            {
                self.burst = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for burst: {e}"));
                self
            }
            pub fn limit<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.limit = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for limit: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::RateLimitInputName>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn window_seconds<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::num::NonZeroU32>,
                T::Error: ::std::fmt::Display,
            {
                self.window_seconds = value.try_into().map_err(|e| {
                    format!("error converting supplied value for window_seconds: {e}")
                });
                self
            }
        }
        impl ::std::convert::TryFrom<RateLimitInput> for super::RateLimitInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: RateLimitInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    burst: value.burst?,
                    limit: value.limit?,
                    name: value.name?,
                    window_seconds: value.window_seconds?,
                })
            }
        }
        impl ::std::convert::From<super::RateLimitInput> for RateLimitInput {
            fn from(value: super::RateLimitInput) -> Self {
                Self {
                    burst: Ok(value.burst),
                    limit: Ok(value.limit),
                    name: Ok(value.name),
                    window_seconds: Ok(value.window_seconds),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct RateState {
            burst: ::std::result::Result<i64, ::std::string::String>,
            limit: ::std::result::Result<i64, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
            remaining: ::std::result::Result<i64, ::std::string::String>,
            reset_seconds: ::std::result::Result<i64, ::std::string::String>,
            retry_after_seconds:
                ::std::result::Result<::std::option::Option<i64>, ::std::string::String>,
            window_seconds: ::std::result::Result<i32, ::std::string::String>,
        }
        impl ::std::default::Default for RateState {
            fn default() -> Self {
                Self {
                    burst: Err("no value supplied for burst".to_string()),
                    limit: Err("no value supplied for limit".to_string()),
                    name: Err("no value supplied for name".to_string()),
                    remaining: Err("no value supplied for remaining".to_string()),
                    reset_seconds: Err("no value supplied for reset_seconds".to_string()),
                    retry_after_seconds: Ok(Default::default()),
                    window_seconds: Err("no value supplied for window_seconds".to_string()),
                }
            }
        }
        impl RateState {
            pub fn burst<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.burst = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for burst: {e}"));
                self
            }
            pub fn limit<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.limit = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for limit: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn remaining<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.remaining = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for remaining: {e}"));
                self
            }
            pub fn reset_seconds<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.reset_seconds = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for reset_seconds: {e}"));
                self
            }
            pub fn retry_after_seconds<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<i64>>,
                T::Error: ::std::fmt::Display,
            {
                self.retry_after_seconds = value.try_into().map_err(|e| {
                    format!("error converting supplied value for retry_after_seconds: {e}")
                });
                self
            }
            pub fn window_seconds<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.window_seconds = value.try_into().map_err(|e| {
                    format!("error converting supplied value for window_seconds: {e}")
                });
                self
            }
        }
        impl ::std::convert::TryFrom<RateState> for super::RateState {
            type Error = super::error::ConversionError;
            fn try_from(
                value: RateState,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    burst: value.burst?,
                    limit: value.limit?,
                    name: value.name?,
                    remaining: value.remaining?,
                    reset_seconds: value.reset_seconds?,
                    retry_after_seconds: value.retry_after_seconds?,
                    window_seconds: value.window_seconds?,
                })
            }
        }
        impl ::std::convert::From<super::RateState> for RateState {
            fn from(value: super::RateState) -> Self {
                Self {
                    burst: Ok(value.burst),
                    limit: Ok(value.limit),
                    name: Ok(value.name),
                    remaining: Ok(value.remaining),
                    reset_seconds: Ok(value.reset_seconds),
                    retry_after_seconds: Ok(value.retry_after_seconds),
                    window_seconds: Ok(value.window_seconds),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Refill {
            amount: ::std::result::Result<i64, ::std::string::String>,
            every: ::std::result::Result<super::RefillPeriod, ::std::string::String>,
        }
        impl ::std::default::Default for Refill {
            fn default() -> Self {
                Self {
                    amount: Err("no value supplied for amount".to_string()),
                    every: Err("no value supplied for every".to_string()),
                }
            }
        }
        impl Refill {
            pub fn amount<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.amount = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for amount: {e}"));
                self
            }
            pub fn every<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::RefillPeriod>,
                T::Error: ::std::fmt::Display,
            {
                self.every = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for every: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Refill> for super::Refill {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Refill,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    amount: value.amount?,
                    every: value.every?,
                })
            }
        }
        impl ::std::convert::From<super::Refill> for Refill {
            fn from(value: super::Refill) -> Self {
                Self {
                    amount: Ok(value.amount),
                    every: Ok(value.every),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct RefillInput {
            amount: ::std::result::Result<::std::num::NonZeroU64, ::std::string::String>,
            every: ::std::result::Result<super::RefillPeriod, ::std::string::String>,
        }
        impl ::std::default::Default for RefillInput {
            fn default() -> Self {
                Self {
                    amount: Err("no value supplied for amount".to_string()),
                    every: Err("no value supplied for every".to_string()),
                }
            }
        }
        impl RefillInput {
            pub fn amount<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::num::NonZeroU64>,
                T::Error: ::std::fmt::Display,
            {
                self.amount = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for amount: {e}"));
                self
            }
            pub fn every<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::RefillPeriod>,
                T::Error: ::std::fmt::Display,
            {
                self.every = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for every: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<RefillInput> for super::RefillInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: RefillInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    amount: value.amount?,
                    every: value.every?,
                })
            }
        }
        impl ::std::convert::From<super::RefillInput> for RefillInput {
            fn from(value: super::RefillInput) -> Self {
                Self {
                    amount: Ok(value.amount),
                    every: Ok(value.every),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Revocation {
            reason: ::std::result::Result<
                ::std::option::Option<super::RevocationReason>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for Revocation {
            fn default() -> Self {
                Self {
                    reason: Ok(Default::default()),
                }
            }
        }
        impl Revocation {
            pub fn reason<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::RevocationReason>>,
                T::Error: ::std::fmt::Display,
            {
                self.reason = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for reason: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Revocation> for super::Revocation {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Revocation,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    reason: value.reason?,
                })
            }
        }
        impl ::std::convert::From<super::Revocation> for Revocation {
            fn from(value: super::Revocation) -> Self {
                Self {
                    reason: Ok(value.reason),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Rotation {
            grace_seconds: ::std::result::Result<i32, ::std::string::String>,
        }
        impl ::std::default::Default for Rotation {
            fn default() -> Self {
                Self {
                    grace_seconds: Ok(Default::default()),
                }
            }
        }
        impl Rotation {
            pub fn grace_seconds<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.grace_seconds = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for grace_seconds: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Rotation> for super::Rotation {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Rotation,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    grace_seconds: value.grace_seconds?,
                })
            }
        }
        impl ::std::convert::From<super::Rotation> for Rotation {
            fn from(value: super::Rotation) -> Self {
                Self {
                    grace_seconds: Ok(value.grace_seconds),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct SelfRevocation {
            key: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
        }
        impl ::std::default::Default for SelfRevocation {
            fn default() -> Self {
                Self {
                    key: Err("no value supplied for key".to_string()),
                }
            }
        }
        impl SelfRevocation {
            pub fn key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for key: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<SelfRevocation> for super::SelfRevocation {
            type Error = super::error::ConversionError;
            fn try_from(
                value: SelfRevocation,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self { key: value.key? })
            }
        }
        impl ::std::convert::From<super::SelfRevocation> for SelfRevocation {
            fn from(value: super::SelfRevocation) -> Self {
                Self { key: Ok(value.key) }
            }
        }
        #[derive(Clone, Debug)]
        pub struct User {
            created_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
            email: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            plan: ::std::result::Result<::std::string::String, ::std::string::String>,
            rate_limits:
                ::std::result::Result<::std::vec::Vec<super::RateLimit>, ::std::string::String>,
            suspended: ::std::result::Result<bool, ::std::string::String>,
            unreadable: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            updated_at: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for User {
            fn default() -> Self {
                Self {
                    created_at: Err("no value supplied for created_at".to_string()),
                    email: Ok(Default::default()),
                    id: Err("no value supplied for id".to_string()),
                    plan: Err("no value supplied for plan".to_string()),
                    rate_limits: Err("no value supplied for rate_limits".to_string()),
                    suspended: Err("no value supplied for suspended".to_string()),
                    unreadable: Ok(Default::default()),
                    updated_at: Err("no value supplied for updated_at".to_string()),
                }
            }
        }
        impl User {
            pub fn created_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.created_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for created_at: {e}"));
                self
            }
            pub fn email<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.email = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for email: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn plan<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.plan = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for plan: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimit>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn suspended<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.suspended = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for suspended: {e}"));
                self
            }
            pub fn unreadable<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.unreadable = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for unreadable: {e}"));
                self
            }
            pub fn updated_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.updated_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for updated_at: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<User> for super::User {
            type Error = super::error::ConversionError;
            fn try_from(value: User) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    created_at: value.created_at?,
                    email: value.email?,
                    id: value.id?,
                    plan: value.plan?,
                    rate_limits: value.rate_limits?,
                    suspended: value.suspended?,
                    unreadable: value.unreadable?,
                    updated_at: value.updated_at?,
                })
            }
        }
        impl ::std::convert::From<super::User> for User {
            fn from(value: super::User) -> Self {
                Self {
                    created_at: Ok(value.created_at),
                    email: Ok(value.email),
                    id: Ok(value.id),
                    plan: Ok(value.plan),
                    rate_limits: Ok(value.rate_limits),
                    suspended: Ok(value.suspended),
                    unreadable: Ok(value.unreadable),
                    updated_at: Ok(value.updated_at),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct UserInput {
            email: ::std::result::Result<
                ::std::option::Option<super::UserInputEmail>,
                ::std::string::String,
            >,
            id: ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            plan: ::std::result::Result<super::UserInputPlan, ::std::string::String>,
            rate_limits: ::std::result::Result<
                ::std::vec::Vec<super::RateLimitInput>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for UserInput {
            fn default() -> Self {
                Self {
                    email: Ok(Default::default()),
                    id: Ok(Default::default()),
                    plan: Ok(super::defaults::user_input_plan()),
                    rate_limits: Ok(Default::default()),
                }
            }
        }
        impl UserInput {
            pub fn email<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::UserInputEmail>>,
                T::Error: ::std::fmt::Display,
            {
                self.email = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for email: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn plan<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::UserInputPlan>,
                T::Error: ::std::fmt::Display,
            {
                self.plan = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for plan: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimitInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<UserInput> for super::UserInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: UserInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    email: value.email?,
                    id: value.id?,
                    plan: value.plan?,
                    rate_limits: value.rate_limits?,
                })
            }
        }
        impl ::std::convert::From<super::UserInput> for UserInput {
            fn from(value: super::UserInput) -> Self {
                Self {
                    email: Ok(value.email),
                    id: Ok(value.id),
                    plan: Ok(value.plan),
                    rate_limits: Ok(value.rate_limits),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct UserPage {
            items: ::std::result::Result<::std::vec::Vec<super::User>, ::std::string::String>,
            next_cursor: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for UserPage {
            fn default() -> Self {
                Self {
                    items: Err("no value supplied for items".to_string()),
                    next_cursor: Ok(Default::default()),
                }
            }
        }
        impl UserPage {
            pub fn items<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::User>>,
                T::Error: ::std::fmt::Display,
            {
                self.items = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for items: {e}"));
                self
            }
            pub fn next_cursor<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.next_cursor = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for next_cursor: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<UserPage> for super::UserPage {
            type Error = super::error::ConversionError;
            fn try_from(
                value: UserPage,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    items: value.items?,
                    next_cursor: value.next_cursor?,
                })
            }
        }
        impl ::std::convert::From<super::UserPage> for UserPage {
            fn from(value: super::UserPage) -> Self {
                Self {
                    items: Ok(value.items),
                    next_cursor: Ok(value.next_cursor),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct UserPatch {
            email: ::std::result::Result<
                ::std::option::Option<super::UserPatchEmail>,
                ::std::string::String,
            >,
            plan: ::std::result::Result<
                ::std::option::Option<super::UserPatchPlan>,
                ::std::string::String,
            >,
            rate_limits: ::std::result::Result<
                ::std::vec::Vec<super::RateLimitInput>,
                ::std::string::String,
            >,
            remove: ::std::result::Result<
                ::std::option::Option<::std::vec::Vec<super::RemovableOwnerMember>>,
                ::std::string::String,
            >,
            suspended: ::std::result::Result<::std::option::Option<bool>, ::std::string::String>,
        }
        impl ::std::default::Default for UserPatch {
            fn default() -> Self {
                Self {
                    email: Ok(Default::default()),
                    plan: Ok(Default::default()),
                    rate_limits: Ok(Default::default()),
                    remove: Ok(Default::default()),
                    suspended: Ok(Default::default()),
                }
            }
        }
        impl UserPatch {
            pub fn email<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::UserPatchEmail>>,
                T::Error: ::std::fmt::Display,
            {
                self.email = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for email: {e}"));
                self
            }
            pub fn plan<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::UserPatchPlan>>,
                T::Error: ::std::fmt::Display,
            {
                self.plan = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for plan: {e}"));
                self
            }
            pub fn rate_limits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::RateLimitInput>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limits: {e}"));
                self
            }
            pub fn remove<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::std::vec::Vec<super::RemovableOwnerMember>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.remove = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for remove: {e}"));
                self
            }
            pub fn suspended<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<bool>>,
                T::Error: ::std::fmt::Display,
            {
                self.suspended = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for suspended: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<UserPatch> for super::UserPatch {
            type Error = super::error::ConversionError;
            fn try_from(
                value: UserPatch,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    email: value.email?,
                    plan: value.plan?,
                    rate_limits: value.rate_limits?,
                    remove: value.remove?,
                    suspended: value.suspended?,
                })
            }
        }
        impl ::std::convert::From<super::UserPatch> for UserPatch {
            fn from(value: super::UserPatch) -> Self {
                Self {
                    email: Ok(value.email),
                    plan: Ok(value.plan),
                    rate_limits: Ok(value.rate_limits),
                    remove: Ok(value.remove),
                    suspended: Ok(value.suspended),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Verdict {
            code: ::std::result::Result<super::VerdictCode, ::std::string::String>,
            credits: ::std::result::Result<
                ::std::option::Option<super::CreditState>,
                ::std::string::String,
            >,
            key: ::std::result::Result<
                ::std::option::Option<super::VerifiedKey>,
                ::std::string::String,
            >,
            rate_limit: ::std::result::Result<
                ::std::option::Option<super::RateState>,
                ::std::string::String,
            >,
            valid: ::std::result::Result<bool, ::std::string::String>,
        }
        impl ::std::default::Default for Verdict {
            fn default() -> Self {
                Self {
                    code: Err("no value supplied for code".to_string()),
                    credits: Ok(Default::default()),
                    key: Ok(Default::default()),
                    rate_limit: Ok(Default::default()),
                    valid: Err("no value supplied for valid".to_string()),
                }
            }
        }
        impl Verdict {
            pub fn code<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::VerdictCode>,
                T::Error: ::std::fmt::Display,
            {
                self.code = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for code: {e}"));
                self
            }
            pub fn credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::CreditState>>,
                T::Error: ::std::fmt::Display,
            {
                self.credits = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for credits: {e}"));
                self
            }
            pub fn key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::VerifiedKey>>,
                T::Error: ::std::fmt::Display,
            {
                self.key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for key: {e}"));
                self
            }
            pub fn rate_limit<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::RateState>>,
                T::Error: ::std::fmt::Display,
            {
                self.rate_limit = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rate_limit: {e}"));
                self
            }
            pub fn valid<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.valid = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for valid: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Verdict> for super::Verdict {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Verdict,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    code: value.code?,
                    credits: value.credits?,
                    key: value.key?,
                    rate_limit: value.rate_limit?,
                    valid: value.valid?,
                })
            }
        }
        impl ::std::convert::From<super::Verdict> for Verdict {
            fn from(value: super::Verdict) -> Self {
                Self {
                    code: Ok(value.code),
                    credits: Ok(value.credits),
                    key: Ok(value.key),
                    rate_limit: Ok(value.rate_limit),
                    valid: Ok(value.valid),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct VerdictBatch {
            results: ::std::result::Result<::std::vec::Vec<super::Verdict>, ::std::string::String>,
        }
        impl ::std::default::Default for VerdictBatch {
            fn default() -> Self {
                Self {
                    results: Err("no value supplied for results".to_string()),
                }
            }
        }
        impl VerdictBatch {
            pub fn results<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::Verdict>>,
                T::Error: ::std::fmt::Display,
            {
                self.results = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for results: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<VerdictBatch> for super::VerdictBatch {
            type Error = super::error::ConversionError;
            fn try_from(
                value: VerdictBatch,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    results: value.results?,
                })
            }
        }
        impl ::std::convert::From<super::VerdictBatch> for VerdictBatch {
            fn from(value: super::VerdictBatch) -> Self {
                Self {
                    results: Ok(value.results),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Verification {
            any_scope: ::std::result::Result<
                ::std::vec::Vec<super::VerificationAnyScopeItem>,
                ::std::string::String,
            >,
            client_ip: ::std::result::Result<
                ::std::option::Option<super::VerificationClientIp>,
                ::std::string::String,
            >,
            cost: ::std::result::Result<i32, ::std::string::String>,
            key: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
            scopes: ::std::result::Result<
                ::std::vec::Vec<super::VerificationScopesItem>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for Verification {
            fn default() -> Self {
                Self {
                    any_scope: Ok(Default::default()),
                    client_ip: Ok(Default::default()),
                    cost: Ok(super::defaults::default_u64::<i32, 1>()),
                    key: Err("no value supplied for key".to_string()),
                    scopes: Ok(Default::default()),
                }
            }
        }
        impl Verification {
            pub fn any_scope<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::VerificationAnyScopeItem>>,
                T::Error: ::std::fmt::Display,
            {
                self.any_scope = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for any_scope: {e}"));
                self
            }
            pub fn client_ip<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::VerificationClientIp>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_ip = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_ip: {e}"));
                self
            }
            pub fn cost<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.cost = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for cost: {e}"));
                self
            }
            pub fn key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for key: {e}"));
                self
            }
            pub fn scopes<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::VerificationScopesItem>>,
                T::Error: ::std::fmt::Display,
            {
                self.scopes = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scopes: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Verification> for super::Verification {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Verification,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    any_scope: value.any_scope?,
                    client_ip: value.client_ip?,
                    cost: value.cost?,
                    key: value.key?,
                    scopes: value.scopes?,
                })
            }
        }
        impl ::std::convert::From<super::Verification> for Verification {
            fn from(value: super::Verification) -> Self {
                Self {
                    any_scope: Ok(value.any_scope),
                    client_ip: Ok(value.client_ip),
                    cost: Ok(value.cost),
                    key: Ok(value.key),
                    scopes: Ok(value.scopes),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct VerificationBatch {
            requests:
                ::std::result::Result<::std::vec::Vec<super::Verification>, ::std::string::String>,
        }
        impl ::std::default::Default for VerificationBatch {
            fn default() -> Self {
                Self {
                    requests: Err("no value supplied for requests".to_string()),
                }
            }
        }
        impl VerificationBatch {
            pub fn requests<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::Verification>>,
                T::Error: ::std::fmt::Display,
            {
                self.requests = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for requests: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<VerificationBatch> for super::VerificationBatch {
            type Error = super::error::ConversionError;
            fn try_from(
                value: VerificationBatch,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    requests: value.requests?,
                })
            }
        }
        impl ::std::convert::From<super::VerificationBatch> for VerificationBatch {
            fn from(value: super::VerificationBatch) -> Self {
                Self {
                    requests: Ok(value.requests),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct VerifiedKey {
            expires_at: ::std::result::Result<
                ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                ::std::string::String,
            >,
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            kind: ::std::result::Result<super::KeyKind, ::std::string::String>,
            metadata: ::std::result::Result<
                ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                ::std::string::String,
            >,
            name: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            owner_id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            scopes: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for VerifiedKey {
            fn default() -> Self {
                Self {
                    expires_at: Ok(Default::default()),
                    id: Err("no value supplied for id".to_string()),
                    kind: Err("no value supplied for kind".to_string()),
                    metadata: Err("no value supplied for metadata".to_string()),
                    name: Ok(Default::default()),
                    owner_id: Err("no value supplied for owner_id".to_string()),
                    scopes: Err("no value supplied for scopes".to_string()),
                }
            }
        }
        impl VerifiedKey {
            pub fn expires_at<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<::chrono::DateTime<::chrono::offset::Utc>>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.expires_at = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for expires_at: {e}"));
                self
            }
            pub fn id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for id: {e}"));
                self
            }
            pub fn kind<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::KeyKind>,
                T::Error: ::std::fmt::Display,
            {
                self.kind = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for kind: {e}"));
                self
            }
            pub fn metadata<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.metadata = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for metadata: {e}"));
                self
            }
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
            pub fn owner_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.owner_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for owner_id: {e}"));
                self
            }
            pub fn scopes<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.scopes = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scopes: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<VerifiedKey> for super::VerifiedKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: VerifiedKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    expires_at: value.expires_at?,
                    id: value.id?,
                    kind: value.kind?,
                    metadata: value.metadata?,
                    name: value.name?,
                    owner_id: value.owner_id?,
                    scopes: value.scopes?,
                })
            }
        }
        impl ::std::convert::From<super::VerifiedKey> for VerifiedKey {
            fn from(value: super::VerifiedKey) -> Self {
                Self {
                    expires_at: Ok(value.expires_at),
                    id: Ok(value.id),
                    kind: Ok(value.kind),
                    metadata: Ok(value.metadata),
                    name: Ok(value.name),
                    owner_id: Ok(value.owner_id),
                    scopes: Ok(value.scopes),
                }
            }
        }
    }
    /// Generation of default values for serde.
    pub mod defaults {
        pub(super) fn default_u64<T, const V: u64>() -> T
        where
            T: ::std::convert::TryFrom<u64>,
            <T as ::std::convert::TryFrom<u64>>::Error: ::std::fmt::Debug,
        {
            T::try_from(V).unwrap()
        }
        pub(super) fn user_input_plan() -> super::UserInputPlan {
            super::UserInputPlan("free".to_string())
        }
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
#[derive(Clone, Debug)]
/// Client for keywright control
///
/// keywright's own API, and the one to start with: authorize with the root key of the first start in `control_key`. Users, organizations and keys of every kind, with the limits they are given; verdicts on keys, for services that ask and for proxies (forward authorization); and the events, which say who did what. A control key acts on its owner and the organizations below, or on everybody: that is its `reach`. What lies outside does not exist for it: 404, an empty page, `NOT_FOUND`. Members without a value are left out, never null. A member or a query parameter that is not known here is refused, wherever it stands; an answer may get more members in time. Instants are RFC 3339 in UTC with milliseconds. Errors are RFC 9457 problems.
///
/// Version: v1
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
}
impl Client {
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(baseurl: &str, client: reqwest::Client) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
        }
    }
}
impl ClientInfo<()> for Client {
    fn api_version() -> &'static str {
        "v1"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &() {
        &()
    }
}
impl ClientHooks<()> for &Client {}
impl Client {
    /// Authorize a forwarded request
    ///
    /// For a proxy that asks before it lets a request pass (forward authorization, `auth_request`, external authorization). The key to check is the credential of this call: a bearer token, or else `X-Api-Key`; no control key is needed. Keys of the kinds in the server's `authorize.kinds` pass, which are `standard` keys unless the operator says otherwise; an access token, where `token` is among them, if it was issued here and is for one of `authorize.audiences`. The key is judged as by `/v1/keys/verify`, with the caller's address as the server sees it behind the proxies it trusts. 204 lets the request pass; everything else does not, and every 401, 403 and 429 says why in `X-Key-Refusal`. Any method, and any path below this one, is answered the same, except that below it unknown parameters are ignored, for a proxy may have put the caller's own query there, and that below `/v1/authorize/envoy` 204 is 200, the only yes that Envoy knows.
    ///
    /// Sends a `GET` request to `/v1/authorize`
    ///
    /// Arguments:
    /// - `cost`: How much the request takes from rate limits and credits.
    /// - `header`: With `x-api-key`, the key is read from `X-Api-Key` alone, and `Authorization` is left to whoever stands behind the proxy.
    /// - `kind`: The one kind that may pass, of those that the server's `authorize.kinds` admits; without it, all of these. It never admits another.
    /// - `nginx`: With 1, a 429 becomes a 403 with the same `X-Key-Refusal`, since nginx turns any other refusal than 401 and 403 into a 500; and a 401 or 403 has no body, since nginx shows none and closes the connection over it.
    /// - `scope`: A scope that the key must have. Repeat it for more, up to 64; the key must have all of them.
    /// ```text
    /// let response = client.authorize()
    ///     .cost(cost)
    ///     .header(header)
    ///     .kind(kind)
    ///     .nginx(nginx)
    ///     .scope(scope)
    ///     .send()
    ///     .await;
    /// ```
    pub fn authorize(&self) -> builder::Authorize<'_> {
        builder::Authorize::new(self)
    }
    /// List events
    ///
    /// Answers the events that match every filter, a page at a time: who changed what, and who was denied. Verdicts of `/v1/keys/verify` and answers with 429 leave no event. Refusals are counted, and told when their minute is over. To follow events as they happen, go on from `next_cursor` of the last page that had any. Needs the scope `events:read`.
    ///
    /// Sends a `GET` request to `/v1/events`
    ///
    /// Arguments:
    /// - `action`: Only events of this kind.
    /// - `actor`: Only what this actor did, in exactly the form that an event has it.
    /// - `after`: Only events with a greater position than this.
    /// - `cursor`: Where to go on, from `next_cursor` of the page before.
    /// - `limit`: The most events to answer.
    /// - `order`: Whether the oldest events come first (`asc`) or the newest (`desc`).
    /// - `outcome`: Only events with this outcome.
    /// - `owner_id`: Only what was done to this user or organization or to its keys.
    /// - `target_id`: Only what was done to this key, user or organization.
    /// ```text
    /// let response = client.list_events()
    ///     .action(action)
    ///     .actor(actor)
    ///     .after(after)
    ///     .cursor(cursor)
    ///     .limit(limit)
    ///     .order(order)
    ///     .outcome(outcome)
    ///     .owner_id(owner_id)
    ///     .target_id(target_id)
    ///     .send()
    ///     .await;
    /// ```
    pub fn list_events(&self) -> builder::ListEvents<'_> {
        builder::ListEvents::new(self)
    }
    /// List keys
    ///
    /// Answers the keys that match every filter, oldest first, a page at a time and never with a secret. An owner without keys, known or not, gives an empty page. Needs the scope `keys:read`.
    ///
    /// Sends a `GET` request to `/v1/keys`
    ///
    /// Arguments:
    /// - `cursor`: Where to go on, from `next_cursor` of the page before.
    /// - `kind`: Only keys of this kind.
    /// - `limit`: The most keys to answer.
    /// - `name`: Only keys with exactly this name.
    /// - `owner_id`: Only keys of this user or organization.
    /// - `state`: Only keys in this state.
    /// ```text
    /// let response = client.list_keys()
    ///     .cursor(cursor)
    ///     .kind(kind)
    ///     .limit(limit)
    ///     .name(name)
    ///     .owner_id(owner_id)
    ///     .state(state)
    ///     .send()
    ///     .await;
    /// ```
    pub fn list_keys(&self) -> builder::ListKeys<'_> {
        builder::ListKeys::new(self)
    }
    /// Create a key
    ///
    /// Makes a key of any kind and answers its secret once. A control key makes no control key that is wider than itself: it must have the scopes, end no later, be used from the same networks or some of them, have each of its rate limits and none looser, and reach no further; what is left out of these is as in the key that makes it, except that scopes are none and the reach is `owner`. A control key with credits makes no control key. Needs the scope `keys:write`.
    ///
    /// Sends a `POST` request to `/v1/keys`
    ///
    /// Arguments:
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value with the same body, sent by the same caller, gets the same answer again; with another body it gets 422. Use a fresh random UUID per change.
    /// - `body`: The key to make.
    /// ```text
    /// let response = client.create_key()
    ///     .idempotency_key(idempotency_key)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn create_key(&self) -> builder::CreateKey<'_> {
        builder::CreateKey::new(self)
    }
    /// Revoke a key by its secret
    ///
    /// Ends the key for good, for whoever presents its secret and has nothing else to prove: somebody who has found a key can make it harmless. Any kind of key can be ended so, whatever its state and wherever the call comes from, and with it end the keys that it replaced and that are in their grace period. Ending it again changes nothing. The root key is none of these: 422. A secret that no key has counts as any unknown key does that a stranger presents, and is 404.
    ///
    /// Sends a `POST` request to `/v1/keys/self-revoke`
    ///
    /// Arguments:
    /// - `body`: The key to end.
    /// ```text
    /// let response = client.self_revoke()
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn self_revoke(&self) -> builder::SelfRevoke<'_> {
        builder::SelfRevoke::new(self)
    }
    /// Verify a key
    ///
    /// Says whether a key may be used now. The answer is 200 whatever the verdict; a 401 is about the caller's own key. Of several reasons to refuse, the verdict is the one that comes first in the list of codes. A key outside the caller's reach is `NOT_FOUND`. Only a key that may be used spends: the `cost` is taken from every rate limit of the key and its owner and from the key's credits, or from none of them. Access tokens and the root key are not keys. Needs the scope `keys:verify`.
    ///
    /// Sends a `POST` request to `/v1/keys/verify`
    ///
    /// Arguments:
    /// - `cache_control`: With `no-cache`, the key is read from the database instead of the server's memory. Anything else changes nothing.
    /// - `body`: The key to check and what it should be good for.
    /// ```text
    /// let response = client.verify_key()
    ///     .cache_control(cache_control)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn verify_key(&self) -> builder::VerifyKey<'_> {
        builder::VerifyKey::new(self)
    }
    /// Verify several keys
    ///
    /// Judges up to 100 keys, each as `/v1/keys/verify` would, one after the other. The verdicts come in the order of the requests. If one request breaks a rule, the answer is 422 for all of them and nothing is spent. After a 503 or a 500 no verdict is told, and what was spent before it stays spent. Needs the scope `keys:verify`.
    ///
    /// Sends a `POST` request to `/v1/keys/verify-batch`
    ///
    /// Arguments:
    /// - `cache_control`: With `no-cache`, the key is read from the database instead of the server's memory. Anything else changes nothing.
    /// - `body`: The keys to judge and what each should be good for.
    /// ```text
    /// let response = client.verify_keys()
    ///     .cache_control(cache_control)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn verify_keys(&self) -> builder::VerifyKeys<'_> {
        builder::VerifyKeys::new(self)
    }
    /// Read a key
    ///
    /// Answers a key, in whatever state it is and never with its secret. Needs the scope `keys:read`.
    ///
    /// Sends a `GET` request to `/v1/keys/{id}`
    ///
    /// Arguments:
    /// - `id`: The key.
    /// ```text
    /// let response = client.read_key()
    ///     .id(id)
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_key(&self) -> builder::ReadKey<'_> {
        builder::ReadKey::new(self)
    }
    /// Change a key
    ///
    /// Changes the members that are sent and leaves the others; a list or an object that is sent takes the place of the whole one. While a rotated key is in its grace period, rate limits and credits are those of both keys: a change holds for both. A key that is switched off takes with it those that it replaced and that are in their grace period; each of them is switched on by itself. Their scopes, networks and expiry stay as they are: revoke them where that is too much. Names and scopes keep the rules for the key's kind. A key that is revoked, expired or replaced for good can no longer be changed. A control key changes no control key that is wider than itself, and makes none wider: not even itself. Needs the scope `keys:write`.
    ///
    /// Sends a `PATCH` request to `/v1/keys/{id}`
    ///
    /// Arguments:
    /// - `id`: The key.
    /// - `body`: What to change.
    /// ```text
    /// let response = client.update_key()
    ///     .id(id)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn update_key(&self) -> builder::UpdateKey<'_> {
        builder::UpdateKey::new(self)
    }
    /// Revoke a key
    ///
    /// Ends a key for good, and with it the keys that it replaced and that are in their grace period. Revoking it again changes nothing and gives the same answer. A control key revokes no control key that is wider than itself. Needs the scope `keys:write`.
    ///
    /// Sends a `POST` request to `/v1/keys/{id}/revoke`
    ///
    /// Arguments:
    /// - `id`: The key.
    /// - `body`: Why. Without a body, or with null, the reason is `unspecified`.
    /// ```text
    /// let response = client.revoke_key()
    ///     .id(id)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn revoke_key(&self) -> builder::RevokeKey<'_> {
        builder::RevokeKey::new(self)
    }
    /// Rotate a key
    ///
    /// Makes a key that takes the place of this one and answers its secret once. Scopes, reach, name, expiry, rate limits, what is left of the credits, allowed addresses and metadata carry over. During the grace period both keys take from the same windows and the same credits; at most 16 keys that one has replaced, one after the other, have theirs at a time. The old key stops working when the grace period ends, and never later than its own expiry. Where the operator bounds the life of keys, the new key ends within that, and an expiry that the bound gave is given anew. The new key has an id of its own, and a `client` key so a new client identifier. A control key rotates no control key that is wider than itself. Needs the scope `keys:write`.
    ///
    /// Sends a `POST` request to `/v1/keys/{id}/rotate`
    ///
    /// Arguments:
    /// - `id`: The key.
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value with the same body, sent by the same caller, gets the same answer again; with another body it gets 422. Use a fresh random UUID per change.
    /// - `body`: How to rotate. Without a body, or with null, the old key stops working at once.
    /// ```text
    /// let response = client.rotate_key()
    ///     .id(id)
    ///     .idempotency_key(idempotency_key)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn rotate_key(&self) -> builder::RotateKey<'_> {
        builder::RotateKey::new(self)
    }
    /// List organizations
    ///
    /// Answers the organizations that match every filter, ordered by `id`, a page at a time. Needs the scope `owners:read`.
    ///
    /// Sends a `GET` request to `/v1/organizations`
    ///
    /// Arguments:
    /// - `cursor`: Where to go on, from `next_cursor` of the page before.
    /// - `limit`: The most organizations to answer.
    /// - `name`: Only organizations with exactly this name.
    /// - `parent_id`: Only organizations right below this one.
    /// - `suspended`: Only organizations whose keys are refused, or only those whose keys are not.
    /// ```text
    /// let response = client.list_organizations()
    ///     .cursor(cursor)
    ///     .limit(limit)
    ///     .name(name)
    ///     .parent_id(parent_id)
    ///     .suspended(suspended)
    ///     .send()
    ///     .await;
    /// ```
    pub fn list_organizations(&self) -> builder::ListOrganizations<'_> {
        builder::ListOrganizations::new(self)
    }
    /// Create an organization
    ///
    /// Makes an organization and, unless `first_key` is `false`, its organization key, which is answered once. A control key of reach `owner` must send a `parent_id` within its reach. Needs the scope `owners:write`.
    ///
    /// Sends a `POST` request to `/v1/organizations`
    ///
    /// Arguments:
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value with the same body, sent by the same caller, gets the same answer again; with another body it gets 422. Use a fresh random UUID per change.
    /// - `body`: The organization to make.
    /// ```text
    /// let response = client.create_organization()
    ///     .idempotency_key(idempotency_key)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn create_organization(&self) -> builder::CreateOrganization<'_> {
        builder::CreateOrganization::new(self)
    }
    /// Read an organization
    ///
    /// Answers an organization. Needs the scope `owners:read`.
    ///
    /// Sends a `GET` request to `/v1/organizations/{id}`
    ///
    /// Arguments:
    /// - `id`: The organization.
    /// ```text
    /// let response = client.read_organization()
    ///     .id(id)
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_organization(&self) -> builder::ReadOrganization<'_> {
        builder::ReadOrganization::new(self)
    }
    /// Delete an organization
    ///
    /// Removes an organization and revokes its keys with the reason `cessation_of_operation`, all at once. The keys can still be read; the organization cannot, and its identifier is never free again. One that has organizations below it answers 409: delete those first. One that holds a control key is removed only with the root key, or with a control key that is no narrower than that one. Needs the scope `owners:write`.
    ///
    /// Sends a `DELETE` request to `/v1/organizations/{id}`
    ///
    /// Arguments:
    /// - `id`: The organization.
    /// ```text
    /// let response = client.delete_organization()
    ///     .id(id)
    ///     .send()
    ///     .await;
    /// ```
    pub fn delete_organization(&self) -> builder::DeleteOrganization<'_> {
        builder::DeleteOrganization::new(self)
    }
    /// Change an organization
    ///
    /// Changes the members that are sent and leaves the others. A suspended organization's keys are refused until the suspension ends; the organizations below it keep theirs. One that holds a control key is suspended, resumed or given rate limits only with the root key, or with a control key that is no narrower than that one. A control key of reach `owner` does not change the rate limits of its own owner. Needs the scope `owners:write`.
    ///
    /// Sends a `PATCH` request to `/v1/organizations/{id}`
    ///
    /// Arguments:
    /// - `id`: The organization.
    /// - `body`: What to change.
    /// ```text
    /// let response = client.update_organization()
    ///     .id(id)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn update_organization(&self) -> builder::UpdateOrganization<'_> {
        builder::UpdateOrganization::new(self)
    }
    /// List users
    ///
    /// Answers the users that match every filter, ordered by `id`, a page at a time. Needs the scope `owners:read`.
    ///
    /// Sends a `GET` request to `/v1/users`
    ///
    /// Arguments:
    /// - `cursor`: Where to go on, from `next_cursor` of the page before.
    /// - `email`: Only users with exactly this e-mail address.
    /// - `limit`: The most users to answer.
    /// - `suspended`: Only users whose keys are refused, or only those whose keys are not.
    /// ```text
    /// let response = client.list_users()
    ///     .cursor(cursor)
    ///     .email(email)
    ///     .limit(limit)
    ///     .suspended(suspended)
    ///     .send()
    ///     .await;
    /// ```
    pub fn list_users(&self) -> builder::ListUsers<'_> {
        builder::ListUsers::new(self)
    }
    /// Create a user
    ///
    /// Makes a user and the user's first key, which is answered once. A control key must have the reach `all`. Needs the scope `owners:write`.
    ///
    /// Sends a `POST` request to `/v1/users`
    ///
    /// Arguments:
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value with the same body, sent by the same caller, gets the same answer again; with another body it gets 422. Use a fresh random UUID per change.
    /// - `body`: The user to make.
    /// ```text
    /// let response = client.create_user()
    ///     .idempotency_key(idempotency_key)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn create_user(&self) -> builder::CreateUser<'_> {
        builder::CreateUser::new(self)
    }
    /// Read a user
    ///
    /// Answers a user. Needs the scope `owners:read`.
    ///
    /// Sends a `GET` request to `/v1/users/{id}`
    ///
    /// Arguments:
    /// - `id`: The user.
    /// ```text
    /// let response = client.read_user()
    ///     .id(id)
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_user(&self) -> builder::ReadUser<'_> {
        builder::ReadUser::new(self)
    }
    /// Delete a user
    ///
    /// Removes a user and revokes the user's keys with the reason `cessation_of_operation`, all at once. The keys can still be read; the user cannot, and its identifier is never free again. A user who holds a control key is removed only with the root key, or with a control key that is no narrower than that one. Needs the scope `owners:write`.
    ///
    /// Sends a `DELETE` request to `/v1/users/{id}`
    ///
    /// Arguments:
    /// - `id`: The user.
    /// ```text
    /// let response = client.delete_user()
    ///     .id(id)
    ///     .send()
    ///     .await;
    /// ```
    pub fn delete_user(&self) -> builder::DeleteUser<'_> {
        builder::DeleteUser::new(self)
    }
    /// Change a user
    ///
    /// Changes the members that are sent and leaves the others. A suspended user's keys are refused until the suspension ends. A user who holds a control key is suspended, resumed or given rate limits only with the root key, or with a control key that is no narrower than that one. A control key of reach `owner` does not change the plan and the rate limits of its own owner. Needs the scope `owners:write`.
    ///
    /// Sends a `PATCH` request to `/v1/users/{id}`
    ///
    /// Arguments:
    /// - `id`: The user.
    /// - `body`: What to change.
    /// ```text
    /// let response = client.update_user()
    ///     .id(id)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn update_user(&self) -> builder::UpdateUser<'_> {
        builder::UpdateUser::new(self)
    }
}
/// Types for composing operation parameters.
#[allow(clippy::all)]
pub mod builder {
    use super::types;
    #[allow(unused_imports)]
    use super::{
        ByteStream, ClientHooks, ClientInfo, Error, OperationInfo, RequestBuilderExt,
        ResponseValue, encode_path,
    };
    /// Builder for [`Client::authorize`]
    ///
    /// [`Client::authorize`]: super::Client::authorize
    #[derive(Debug, Clone)]
    pub struct Authorize<'a> {
        client: &'a super::Client,
        cost: Result<Option<::std::num::NonZeroU32>, String>,
        header: Result<Option<types::AuthorizeHeader>, String>,
        kind: Result<Option<types::CredentialKind>, String>,
        nginx: Result<Option<types::AuthorizeNginx>, String>,
        scope: Result<Option<::std::vec::Vec<types::AuthorizeScopeItem>>, String>,
    }
    impl<'a> Authorize<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                cost: Ok(None),
                header: Ok(None),
                kind: Ok(None),
                nginx: Ok(None),
                scope: Ok(None),
            }
        }
        pub fn cost<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::num::NonZeroU32>,
        {
            self.cost = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: num :: NonZeroU32` for cost failed".to_string()
            });
            self
        }
        pub fn header<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::AuthorizeHeader>,
        {
            self.header = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `AuthorizeHeader` for header failed".to_string());
            self
        }
        pub fn kind<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::CredentialKind>,
        {
            self.kind = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `CredentialKind` for kind failed".to_string());
            self
        }
        pub fn nginx<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::AuthorizeNginx>,
        {
            self.nginx = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `AuthorizeNginx` for nginx failed".to_string());
            self
        }
        pub fn scope<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::vec::Vec<types::AuthorizeScopeItem>>,
        {
            self.scope = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: vec :: Vec < AuthorizeScopeItem >` for scope failed"
                    .to_string()
            });
            self
        }
        /// Sends a `GET` request to `/v1/authorize`
        pub async fn send(self) -> Result<ResponseValue<()>, Error<types::Problem>> {
            let Self {
                client,
                cost,
                header,
                kind,
                nginx,
                scope,
            } = self;
            let cost = cost.map_err(Error::InvalidRequest)?;
            let header = header.map_err(Error::InvalidRequest)?;
            let kind = kind.map_err(Error::InvalidRequest)?;
            let nginx = nginx.map_err(Error::InvalidRequest)?;
            let scope = scope.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/authorize", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("cost", &cost))
                .query(&progenitor_client::QueryParam::new("header", &header))
                .query(&progenitor_client::QueryParam::new("kind", &kind))
                .query(&progenitor_client::QueryParam::new("nginx", &nginx))
                .query(&progenitor_client::QueryParam::new("scope", &scope))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "authorize",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::list_events`]
    ///
    /// [`Client::list_events`]: super::Client::list_events
    #[derive(Debug, Clone)]
    pub struct ListEvents<'a> {
        client: &'a super::Client,
        action: Result<Option<types::EventAction>, String>,
        actor: Result<Option<types::ListEventsActor>, String>,
        after: Result<Option<i64>, String>,
        cursor: Result<Option<types::ListEventsCursor>, String>,
        limit: Result<Option<::std::num::NonZeroU32>, String>,
        order: Result<Option<types::EventOrder>, String>,
        outcome: Result<Option<types::EventOutcome>, String>,
        owner_id: Result<Option<::uuid::Uuid>, String>,
        target_id: Result<Option<::uuid::Uuid>, String>,
    }
    impl<'a> ListEvents<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                action: Ok(None),
                actor: Ok(None),
                after: Ok(None),
                cursor: Ok(None),
                limit: Ok(None),
                order: Ok(None),
                outcome: Ok(None),
                owner_id: Ok(None),
                target_id: Ok(None),
            }
        }
        pub fn action<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::EventAction>,
        {
            self.action = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `EventAction` for action failed".to_string());
            self
        }
        pub fn actor<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListEventsActor>,
        {
            self.actor = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `ListEventsActor` for actor failed".to_string());
            self
        }
        pub fn after<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<i64>,
        {
            self.after = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `i64` for after failed".to_string());
            self
        }
        pub fn cursor<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListEventsCursor>,
        {
            self.cursor = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `ListEventsCursor` for cursor failed".to_string());
            self
        }
        pub fn limit<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::num::NonZeroU32>,
        {
            self.limit = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: num :: NonZeroU32` for limit failed".to_string()
            });
            self
        }
        pub fn order<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::EventOrder>,
        {
            self.order = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `EventOrder` for order failed".to_string());
            self
        }
        pub fn outcome<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::EventOutcome>,
        {
            self.outcome = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `EventOutcome` for outcome failed".to_string());
            self
        }
        pub fn owner_id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.owner_id = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `:: uuid :: Uuid` for owner_id failed".to_string());
            self
        }
        pub fn target_id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.target_id = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `:: uuid :: Uuid` for target_id failed".to_string());
            self
        }
        /// Sends a `GET` request to `/v1/events`
        pub async fn send(self) -> Result<ResponseValue<types::EventPage>, Error<types::Problem>> {
            let Self {
                client,
                action,
                actor,
                after,
                cursor,
                limit,
                order,
                outcome,
                owner_id,
                target_id,
            } = self;
            let action = action.map_err(Error::InvalidRequest)?;
            let actor = actor.map_err(Error::InvalidRequest)?;
            let after = after.map_err(Error::InvalidRequest)?;
            let cursor = cursor.map_err(Error::InvalidRequest)?;
            let limit = limit.map_err(Error::InvalidRequest)?;
            let order = order.map_err(Error::InvalidRequest)?;
            let outcome = outcome.map_err(Error::InvalidRequest)?;
            let owner_id = owner_id.map_err(Error::InvalidRequest)?;
            let target_id = target_id.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/events", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("action", &action))
                .query(&progenitor_client::QueryParam::new("actor", &actor))
                .query(&progenitor_client::QueryParam::new("after", &after))
                .query(&progenitor_client::QueryParam::new("cursor", &cursor))
                .query(&progenitor_client::QueryParam::new("limit", &limit))
                .query(&progenitor_client::QueryParam::new("order", &order))
                .query(&progenitor_client::QueryParam::new("outcome", &outcome))
                .query(&progenitor_client::QueryParam::new("owner_id", &owner_id))
                .query(&progenitor_client::QueryParam::new("target_id", &target_id))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_events",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                410u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::list_keys`]
    ///
    /// [`Client::list_keys`]: super::Client::list_keys
    #[derive(Debug, Clone)]
    pub struct ListKeys<'a> {
        client: &'a super::Client,
        cursor: Result<Option<types::ListKeysCursor>, String>,
        kind: Result<Option<types::KeyKind>, String>,
        limit: Result<Option<::std::num::NonZeroU32>, String>,
        name: Result<Option<types::ListKeysName>, String>,
        owner_id: Result<Option<::uuid::Uuid>, String>,
        state: Result<Option<types::KeyState>, String>,
    }
    impl<'a> ListKeys<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                cursor: Ok(None),
                kind: Ok(None),
                limit: Ok(None),
                name: Ok(None),
                owner_id: Ok(None),
                state: Ok(None),
            }
        }
        pub fn cursor<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListKeysCursor>,
        {
            self.cursor = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `ListKeysCursor` for cursor failed".to_string());
            self
        }
        pub fn kind<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::KeyKind>,
        {
            self.kind = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `KeyKind` for kind failed".to_string());
            self
        }
        pub fn limit<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::num::NonZeroU32>,
        {
            self.limit = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: num :: NonZeroU32` for limit failed".to_string()
            });
            self
        }
        pub fn name<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListKeysName>,
        {
            self.name = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `ListKeysName` for name failed".to_string());
            self
        }
        pub fn owner_id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.owner_id = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `:: uuid :: Uuid` for owner_id failed".to_string());
            self
        }
        pub fn state<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::KeyState>,
        {
            self.state = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `KeyState` for state failed".to_string());
            self
        }
        /// Sends a `GET` request to `/v1/keys`
        pub async fn send(self) -> Result<ResponseValue<types::KeyPage>, Error<types::Problem>> {
            let Self {
                client,
                cursor,
                kind,
                limit,
                name,
                owner_id,
                state,
            } = self;
            let cursor = cursor.map_err(Error::InvalidRequest)?;
            let kind = kind.map_err(Error::InvalidRequest)?;
            let limit = limit.map_err(Error::InvalidRequest)?;
            let name = name.map_err(Error::InvalidRequest)?;
            let owner_id = owner_id.map_err(Error::InvalidRequest)?;
            let state = state.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/keys", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("cursor", &cursor))
                .query(&progenitor_client::QueryParam::new("kind", &kind))
                .query(&progenitor_client::QueryParam::new("limit", &limit))
                .query(&progenitor_client::QueryParam::new("name", &name))
                .query(&progenitor_client::QueryParam::new("owner_id", &owner_id))
                .query(&progenitor_client::QueryParam::new("state", &state))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_keys",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::create_key`]
    ///
    /// [`Client::create_key`]: super::Client::create_key
    #[derive(Debug, Clone)]
    pub struct CreateKey<'a> {
        client: &'a super::Client,
        idempotency_key: Result<Option<types::CreateKeyIdempotencyKey>, String>,
        body: Result<types::builder::KeyInput, String>,
    }
    impl<'a> CreateKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                idempotency_key: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::CreateKeyIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `CreateKeyIdempotencyKey` for idempotency_key failed".to_string()
            });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::KeyInput>,
            <V as std::convert::TryInto<types::KeyInput>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `KeyInput` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::KeyInput) -> types::builder::KeyInput,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/keys`
        pub async fn send(self) -> Result<ResponseValue<types::IssuedKey>, Error<types::Problem>> {
            let Self {
                client,
                idempotency_key,
                body,
            } = self;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::KeyInput::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/keys", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = idempotency_key {
                header_map.append("Idempotency-Key", value.to_string().try_into()?);
            }
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "create_key",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                201u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                409u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::self_revoke`]
    ///
    /// [`Client::self_revoke`]: super::Client::self_revoke
    #[derive(Debug, Clone)]
    pub struct SelfRevoke<'a> {
        client: &'a super::Client,
        body: Result<types::builder::SelfRevocation, String>,
    }
    impl<'a> SelfRevoke<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::SelfRevocation>,
            <V as std::convert::TryInto<types::SelfRevocation>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `SelfRevocation` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::SelfRevocation) -> types::builder::SelfRevocation,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/keys/self-revoke`
        pub async fn send(self) -> Result<ResponseValue<types::EndedKey>, Error<types::Problem>> {
            let Self { client, body } = self;
            let body = body
                .and_then(|v| types::SelfRevocation::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/keys/self-revoke", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "self_revoke",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::verify_key`]
    ///
    /// [`Client::verify_key`]: super::Client::verify_key
    #[derive(Debug, Clone)]
    pub struct VerifyKey<'a> {
        client: &'a super::Client,
        cache_control: Result<Option<::std::string::String>, String>,
        body: Result<types::builder::Verification, String>,
    }
    impl<'a> VerifyKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                cache_control: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn cache_control<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.cache_control = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: string :: String` for cache_control failed".to_string()
            });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::Verification>,
            <V as std::convert::TryInto<types::Verification>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `Verification` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::Verification) -> types::builder::Verification,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/keys/verify`
        pub async fn send(self) -> Result<ResponseValue<types::Verdict>, Error<types::Problem>> {
            let Self {
                client,
                cache_control,
                body,
            } = self;
            let cache_control = cache_control.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::Verification::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/keys/verify", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = cache_control {
                header_map.append("Cache-Control", value.to_string().try_into()?);
            }
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "verify_key",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::verify_keys`]
    ///
    /// [`Client::verify_keys`]: super::Client::verify_keys
    #[derive(Debug, Clone)]
    pub struct VerifyKeys<'a> {
        client: &'a super::Client,
        cache_control: Result<Option<::std::string::String>, String>,
        body: Result<types::builder::VerificationBatch, String>,
    }
    impl<'a> VerifyKeys<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                cache_control: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn cache_control<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.cache_control = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: string :: String` for cache_control failed".to_string()
            });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::VerificationBatch>,
            <V as std::convert::TryInto<types::VerificationBatch>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `VerificationBatch` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(
                    types::builder::VerificationBatch,
                ) -> types::builder::VerificationBatch,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/keys/verify-batch`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::VerdictBatch>, Error<types::Problem>> {
            let Self {
                client,
                cache_control,
                body,
            } = self;
            let cache_control = cache_control.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::VerificationBatch::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/keys/verify-batch", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = cache_control {
                header_map.append("Cache-Control", value.to_string().try_into()?);
            }
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "verify_keys",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::read_key`]
    ///
    /// [`Client::read_key`]: super::Client::read_key
    #[derive(Debug, Clone)]
    pub struct ReadKey<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
    }
    impl<'a> ReadKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        /// Sends a `GET` request to `/v1/keys/{id}`
        pub async fn send(self) -> Result<ResponseValue<types::Key>, Error<types::Problem>> {
            let Self { client, id } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/keys/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "read_key",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::update_key`]
    ///
    /// [`Client::update_key`]: super::Client::update_key
    #[derive(Debug, Clone)]
    pub struct UpdateKey<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
        body: Result<types::builder::KeyPatch, String>,
    }
    impl<'a> UpdateKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::KeyPatch>,
            <V as std::convert::TryInto<types::KeyPatch>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `KeyPatch` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::KeyPatch) -> types::builder::KeyPatch,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `PATCH` request to `/v1/keys/{id}`
        pub async fn send(self) -> Result<ResponseValue<types::Key>, Error<types::Problem>> {
            let Self { client, id, body } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::KeyPatch::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/keys/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .patch(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "update_key",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                409u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::revoke_key`]
    ///
    /// [`Client::revoke_key`]: super::Client::revoke_key
    #[derive(Debug, Clone)]
    pub struct RevokeKey<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
        body: Result<types::builder::Revocation, String>,
    }
    impl<'a> RevokeKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::Revocation>,
            <V as std::convert::TryInto<types::Revocation>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `Revocation` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::Revocation) -> types::builder::Revocation,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/keys/{id}/revoke`
        pub async fn send(self) -> Result<ResponseValue<types::Key>, Error<types::Problem>> {
            let Self { client, id, body } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::Revocation::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/keys/{}/revoke",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "revoke_key",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::rotate_key`]
    ///
    /// [`Client::rotate_key`]: super::Client::rotate_key
    #[derive(Debug, Clone)]
    pub struct RotateKey<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
        idempotency_key: Result<Option<types::RotateKeyIdempotencyKey>, String>,
        body: Result<types::builder::Rotation, String>,
    }
    impl<'a> RotateKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
                idempotency_key: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::RotateKeyIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `RotateKeyIdempotencyKey` for idempotency_key failed".to_string()
            });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::Rotation>,
            <V as std::convert::TryInto<types::Rotation>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `Rotation` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::Rotation) -> types::builder::Rotation,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/keys/{id}/rotate`
        pub async fn send(self) -> Result<ResponseValue<types::IssuedKey>, Error<types::Problem>> {
            let Self {
                client,
                id,
                idempotency_key,
                body,
            } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::Rotation::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/keys/{}/rotate",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = idempotency_key {
                header_map.append("Idempotency-Key", value.to_string().try_into()?);
            }
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "rotate_key",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                409u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::list_organizations`]
    ///
    /// [`Client::list_organizations`]: super::Client::list_organizations
    #[derive(Debug, Clone)]
    pub struct ListOrganizations<'a> {
        client: &'a super::Client,
        cursor: Result<Option<types::ListOrganizationsCursor>, String>,
        limit: Result<Option<::std::num::NonZeroU32>, String>,
        name: Result<Option<types::ListOrganizationsName>, String>,
        parent_id: Result<Option<::uuid::Uuid>, String>,
        suspended: Result<Option<bool>, String>,
    }
    impl<'a> ListOrganizations<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                cursor: Ok(None),
                limit: Ok(None),
                name: Ok(None),
                parent_id: Ok(None),
                suspended: Ok(None),
            }
        }
        pub fn cursor<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListOrganizationsCursor>,
        {
            self.cursor = value.try_into().map(Some).map_err(|_| {
                "conversion to `ListOrganizationsCursor` for cursor failed".to_string()
            });
            self
        }
        pub fn limit<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::num::NonZeroU32>,
        {
            self.limit = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: num :: NonZeroU32` for limit failed".to_string()
            });
            self
        }
        pub fn name<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListOrganizationsName>,
        {
            self.name = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `ListOrganizationsName` for name failed".to_string());
            self
        }
        pub fn parent_id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.parent_id = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `:: uuid :: Uuid` for parent_id failed".to_string());
            self
        }
        pub fn suspended<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.suspended = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for suspended failed".to_string());
            self
        }
        /// Sends a `GET` request to `/v1/organizations`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::OrganizationPage>, Error<types::Problem>> {
            let Self {
                client,
                cursor,
                limit,
                name,
                parent_id,
                suspended,
            } = self;
            let cursor = cursor.map_err(Error::InvalidRequest)?;
            let limit = limit.map_err(Error::InvalidRequest)?;
            let name = name.map_err(Error::InvalidRequest)?;
            let parent_id = parent_id.map_err(Error::InvalidRequest)?;
            let suspended = suspended.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/organizations", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("cursor", &cursor))
                .query(&progenitor_client::QueryParam::new("limit", &limit))
                .query(&progenitor_client::QueryParam::new("name", &name))
                .query(&progenitor_client::QueryParam::new("parent_id", &parent_id))
                .query(&progenitor_client::QueryParam::new("suspended", &suspended))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_organizations",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::create_organization`]
    ///
    /// [`Client::create_organization`]: super::Client::create_organization
    #[derive(Debug, Clone)]
    pub struct CreateOrganization<'a> {
        client: &'a super::Client,
        idempotency_key: Result<Option<types::CreateOrganizationIdempotencyKey>, String>,
        body: Result<types::builder::OrganizationInput, String>,
    }
    impl<'a> CreateOrganization<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                idempotency_key: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::CreateOrganizationIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `CreateOrganizationIdempotencyKey` for idempotency_key failed"
                    .to_string()
            });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::OrganizationInput>,
            <V as std::convert::TryInto<types::OrganizationInput>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `OrganizationInput` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(
                    types::builder::OrganizationInput,
                ) -> types::builder::OrganizationInput,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/organizations`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::CreatedOrganization>, Error<types::Problem>> {
            let Self {
                client,
                idempotency_key,
                body,
            } = self;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::OrganizationInput::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/organizations", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = idempotency_key {
                header_map.append("Idempotency-Key", value.to_string().try_into()?);
            }
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "create_organization",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                201u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                409u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::read_organization`]
    ///
    /// [`Client::read_organization`]: super::Client::read_organization
    #[derive(Debug, Clone)]
    pub struct ReadOrganization<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
    }
    impl<'a> ReadOrganization<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        /// Sends a `GET` request to `/v1/organizations/{id}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::Organization>, Error<types::Problem>> {
            let Self { client, id } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/organizations/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "read_organization",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::delete_organization`]
    ///
    /// [`Client::delete_organization`]: super::Client::delete_organization
    #[derive(Debug, Clone)]
    pub struct DeleteOrganization<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
    }
    impl<'a> DeleteOrganization<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        /// Sends a `DELETE` request to `/v1/organizations/{id}`
        pub async fn send(self) -> Result<ResponseValue<()>, Error<types::Problem>> {
            let Self { client, id } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/organizations/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .delete(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "delete_organization",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                409u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::update_organization`]
    ///
    /// [`Client::update_organization`]: super::Client::update_organization
    #[derive(Debug, Clone)]
    pub struct UpdateOrganization<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
        body: Result<types::builder::OrganizationPatch, String>,
    }
    impl<'a> UpdateOrganization<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::OrganizationPatch>,
            <V as std::convert::TryInto<types::OrganizationPatch>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `OrganizationPatch` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(
                    types::builder::OrganizationPatch,
                ) -> types::builder::OrganizationPatch,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `PATCH` request to `/v1/organizations/{id}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::Organization>, Error<types::Problem>> {
            let Self { client, id, body } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::OrganizationPatch::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/organizations/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .patch(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "update_organization",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::list_users`]
    ///
    /// [`Client::list_users`]: super::Client::list_users
    #[derive(Debug, Clone)]
    pub struct ListUsers<'a> {
        client: &'a super::Client,
        cursor: Result<Option<types::ListUsersCursor>, String>,
        email: Result<Option<types::ListUsersEmail>, String>,
        limit: Result<Option<::std::num::NonZeroU32>, String>,
        suspended: Result<Option<bool>, String>,
    }
    impl<'a> ListUsers<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                cursor: Ok(None),
                email: Ok(None),
                limit: Ok(None),
                suspended: Ok(None),
            }
        }
        pub fn cursor<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListUsersCursor>,
        {
            self.cursor = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `ListUsersCursor` for cursor failed".to_string());
            self
        }
        pub fn email<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ListUsersEmail>,
        {
            self.email = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `ListUsersEmail` for email failed".to_string());
            self
        }
        pub fn limit<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::num::NonZeroU32>,
        {
            self.limit = value.try_into().map(Some).map_err(|_| {
                "conversion to `:: std :: num :: NonZeroU32` for limit failed".to_string()
            });
            self
        }
        pub fn suspended<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.suspended = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for suspended failed".to_string());
            self
        }
        /// Sends a `GET` request to `/v1/users`
        pub async fn send(self) -> Result<ResponseValue<types::UserPage>, Error<types::Problem>> {
            let Self {
                client,
                cursor,
                email,
                limit,
                suspended,
            } = self;
            let cursor = cursor.map_err(Error::InvalidRequest)?;
            let email = email.map_err(Error::InvalidRequest)?;
            let limit = limit.map_err(Error::InvalidRequest)?;
            let suspended = suspended.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/users", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("cursor", &cursor))
                .query(&progenitor_client::QueryParam::new("email", &email))
                .query(&progenitor_client::QueryParam::new("limit", &limit))
                .query(&progenitor_client::QueryParam::new("suspended", &suspended))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_users",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::create_user`]
    ///
    /// [`Client::create_user`]: super::Client::create_user
    #[derive(Debug, Clone)]
    pub struct CreateUser<'a> {
        client: &'a super::Client,
        idempotency_key: Result<Option<types::CreateUserIdempotencyKey>, String>,
        body: Result<types::builder::UserInput, String>,
    }
    impl<'a> CreateUser<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                idempotency_key: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::CreateUserIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `CreateUserIdempotencyKey` for idempotency_key failed".to_string()
            });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::UserInput>,
            <V as std::convert::TryInto<types::UserInput>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `UserInput` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::UserInput) -> types::builder::UserInput,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/v1/users`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::CreatedUser>, Error<types::Problem>> {
            let Self {
                client,
                idempotency_key,
                body,
            } = self;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::UserInput::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/users", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = idempotency_key {
                header_map.append("Idempotency-Key", value.to_string().try_into()?);
            }
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "create_user",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                201u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                409u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::read_user`]
    ///
    /// [`Client::read_user`]: super::Client::read_user
    #[derive(Debug, Clone)]
    pub struct ReadUser<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
    }
    impl<'a> ReadUser<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        /// Sends a `GET` request to `/v1/users/{id}`
        pub async fn send(self) -> Result<ResponseValue<types::User>, Error<types::Problem>> {
            let Self { client, id } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/users/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "read_user",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::delete_user`]
    ///
    /// [`Client::delete_user`]: super::Client::delete_user
    #[derive(Debug, Clone)]
    pub struct DeleteUser<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
    }
    impl<'a> DeleteUser<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        /// Sends a `DELETE` request to `/v1/users/{id}`
        pub async fn send(self) -> Result<ResponseValue<()>, Error<types::Problem>> {
            let Self { client, id } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/users/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .delete(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "delete_user",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::update_user`]
    ///
    /// [`Client::update_user`]: super::Client::update_user
    #[derive(Debug, Clone)]
    pub struct UpdateUser<'a> {
        client: &'a super::Client,
        id: Result<::uuid::Uuid, String>,
        body: Result<types::builder::UserPatch, String>,
    }
    impl<'a> UpdateUser<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                id: Err("id was not initialized".to_string()),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for id failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::UserPatch>,
            <V as std::convert::TryInto<types::UserPatch>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `UserPatch` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::UserPatch) -> types::builder::UserPatch,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `PATCH` request to `/v1/users/{id}`
        pub async fn send(self) -> Result<ResponseValue<types::User>, Error<types::Problem>> {
            let Self { client, id, body } = self;
            let id = id.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::UserPatch::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/users/{}",
                client.baseurl,
                encode_path(&id.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .patch(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "update_user",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                403u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                404u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                413u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                415u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                422u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                429u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                500u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                503u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    pub use self::super::Client;
}
