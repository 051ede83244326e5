// Generated from openapi/client-keys.yaml by `cargo xtask sdk`. Do not edit: change the document.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{ClientHooks, OperationInfo, RequestBuilderExt, encode_path};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    /// Why a request was refused or failed. It may have more members than these.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiError {
        /// The kind of error, for programs. It means the same everywhere in this API.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub code: ::std::option::Option<::std::string::String>,
        /// What happened this time (RFC 9457).
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub detail: ::std::option::Option<::std::string::String>,
        /// The members of the request that break a rule.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub errors: ::std::vec::Vec<FieldError>,
        /// What happened and what to do about it, for developers.
        pub message: ::std::string::String,
        /// The HTTP status of this response (RFC 9457).
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub status: ::std::option::Option<i32>,
        /// The kind of problem in a few words (RFC 9457).
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub title: ::std::option::Option<::std::string::String>,
        /// The kind of problem (RFC 9457).
        #[serde(
            rename = "type",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub type_: ::std::option::Option<::std::string::String>,
        #[serde(flatten)]
        pub extra: ::serde_json::Map<::std::string::String, ::serde_json::Value>,
    }
    impl ApiError {
        pub fn builder() -> builder::ApiError {
            Default::default()
        }
    }
    /// A new client key, with its secret.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiKey {
        /// The client identifier, which is the key's identity. It is no secret.
        #[serde(rename = "clientId")]
        pub client_id: ::uuid::Uuid,
        /// The client secret. It is shown this once; store it safely.
        #[serde(rename = "clientSecret")]
        pub client_secret: ::keywright_sdk::Secret,
        /// The key's name, as it was sent.
        pub name: ::std::string::String,
    }
    impl ApiKey {
        pub fn builder() -> builder::ApiKey {
            Default::default()
        }
    }
    /// A client key to make.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiKeyInput {
        /// What to call the key. At least one character must not be blank; the name is kept as it was sent. U+0000 is not allowed.
        pub name: ApiKeyInputName,
    }
    impl ApiKeyInput {
        pub fn builder() -> builder::ApiKeyInput {
            Default::default()
        }
    }
    /// What to call the key. At least one character must not be blank; the name is kept as it was sent. U+0000 is not allowed.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ApiKeyInputName(::std::string::String);
    impl ::std::ops::Deref for ApiKeyInputName {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ApiKeyInputName> for ::std::string::String {
        fn from(value: ApiKeyInputName) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ApiKeyInputName {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            if value.chars().count() > 100usize {
                return Err("longer than 100 characters".into());
            }
            if value.chars().count() < 1usize {
                return Err("shorter than 1 characters".into());
            }
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> =
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("\\S+").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"\\S+\"".into());
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ApiKeyInputName {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ApiKeyInputName {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ApiKeyInputName {
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
    /// A page of client keys.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiKeyList {
        /// The keys of this page, oldest first.
        #[serde(rename = "apiKeys")]
        pub api_keys: ::std::vec::Vec<ListedApiKey>,
        /// How many keys this page has.
        pub count: i32,
        pub meta: ListMeta,
    }
    impl ApiKeyList {
        pub fn builder() -> builder::ApiKeyList {
            Default::default()
        }
    }
    /// The authorization server's metadata.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct AuthorizationServer {
        /// The grants that the token endpoint knows.
        pub grant_types_supported: ::std::vec::Vec<::std::string::String>,
        /// Where a token is judged (RFC 7662).
        pub introspection_endpoint: ::std::string::String,
        /// How a caller may prove itself at the introspection endpoint; `Bearer` stands for a control key.
        pub introspection_endpoint_auth_methods_supported: ::std::vec::Vec<::std::string::String>,
        /// The issuer, as in the claim `iss` of its tokens.
        pub issuer: ::std::string::String,
        /// Where the public signing keys are.
        pub jwks_uri: ::std::string::String,
        /// The response types of an authorization endpoint; empty, since there is none.
        pub response_types_supported: ::std::vec::Vec<::std::string::String>,
        /// Where a token is ended (RFC 7009).
        pub revocation_endpoint: ::std::string::String,
        /// How a client may prove itself at the revocation endpoint.
        pub revocation_endpoint_auth_methods_supported: ::std::vec::Vec<::std::string::String>,
        /// The scopes that a token may have.
        pub scopes_supported: ::std::vec::Vec<::std::string::String>,
        /// Where tokens come from.
        pub token_endpoint: ::std::string::String,
        /// How a client may prove itself at the token endpoint.
        pub token_endpoint_auth_methods_supported: ::std::vec::Vec<::std::string::String>,
    }
    impl AuthorizationServer {
        pub fn builder() -> builder::AuthorizationServer {
            Default::default()
        }
    }
    /// `CreateClientKeyIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct CreateClientKeyIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for CreateClientKeyIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<CreateClientKeyIdempotencyKey> for ::std::string::String {
        fn from(value: CreateClientKeyIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for CreateClientKeyIdempotencyKey {
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
    impl ::std::convert::TryFrom<&str> for CreateClientKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CreateClientKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CreateClientKeyIdempotencyKey {
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
    /// The way to get a token.
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
    pub enum GrantType {
        #[serde(rename = "client_credentials")]
        ClientCredentials,
    }
    impl ::std::fmt::Display for GrantType {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::ClientCredentials => f.write_str("client_credentials"),
            }
        }
    }
    impl ::std::str::FromStr for GrantType {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "client_credentials" => Ok(Self::ClientCredentials),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for GrantType {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for GrantType {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Whether a token is good, and if so for what. A token that is not good has no other member.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Introspection {
        /// Whether the token is good now, and the caller may know it.
        pub active: bool,
        /// Whom the token is for. A service that is not among them must refuse it.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub aud: ::std::vec::Vec<::std::string::String>,
        /// The client that the token was issued to.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_id: ::std::option::Option<::uuid::Uuid>,
        /// When the token expires, in seconds since 1970.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub exp: ::std::option::Option<i64>,
        /// When the token was issued, in seconds since 1970.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub iat: ::std::option::Option<i64>,
        /// Who issued the token.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub iss: ::std::option::Option<::std::string::String>,
        /// The token's identifier. It is no secret.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub jti: ::std::option::Option<::uuid::Uuid>,
        /// The organization that the token acts for.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub org: ::std::option::Option<::uuid::Uuid>,
        /// The scopes that the token still has, separated by spaces. Left out when it has none.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub scope: ::std::option::Option<::std::string::String>,
        /// Whom the token speaks for: the client.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub sub: ::std::option::Option<::uuid::Uuid>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub token_type: ::std::option::Option<TokenType>,
    }
    impl Introspection {
        pub fn builder() -> builder::Introspection {
            Default::default()
        }
    }
    /// A public key that tokens are checked with.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Jwk {
        /// The signature algorithm, `EdDSA`.
        pub alg: ::std::string::String,
        /// The curve, `Ed25519`.
        pub crv: ::std::string::String,
        /// The key's identifier, as in the header of the tokens it signed.
        pub kid: ::std::string::String,
        /// The key type, `OKP`.
        pub kty: ::std::string::String,
        /// What the key is for, `sig`.
        #[serde(rename = "use")]
        pub use_: ::std::string::String,
        /// The public key, base64url without padding.
        pub x: ::std::string::String,
    }
    impl Jwk {
        pub fn builder() -> builder::Jwk {
            Default::default()
        }
    }
    /// A JSON Web Key Set.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Jwks {
        /// The public keys, the one in use first.
        pub keys: ::std::vec::Vec<Jwk>,
    }
    impl Jwks {
        pub fn builder() -> builder::Jwks {
            Default::default()
        }
    }
    /// Where a page lies in the whole list.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ListMeta {
        /// The most keys that this page may have.
        pub limit: i32,
        /// How many keys were passed over.
        pub offset: i32,
        /// How many live client keys the organization has.
        pub total: i64,
    }
    impl ListMeta {
        pub fn builder() -> builder::ListMeta {
            Default::default()
        }
    }
    /// A client key, without its secret.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ListedApiKey {
        /// The client identifier, which is the key's identity. It is no secret.
        #[serde(rename = "clientId")]
        pub client_id: ::uuid::Uuid,
        /// The key's name, as it was sent.
        pub name: ::std::string::String,
    }
    impl ListedApiKey {
        pub fn builder() -> builder::ListedApiKey {
            Default::default()
        }
    }
    /// A token, with the proof of who sends it.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct PresentedToken {
        /// The client identifier. Leave it out with HTTP Basic.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_id: ::std::option::Option<::std::string::String>,
        /// The client secret. Leave it out with HTTP Basic.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_secret: ::std::option::Option<::keywright_sdk::Secret>,
        /// The token. Anything else is no token, an API key too.
        pub token: ::keywright_sdk::Secret,
        /// What kind of token the sender takes it for. There is one kind only, so nothing depends on it.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub token_type_hint: ::std::option::Option<::std::string::String>,
    }
    impl PresentedToken {
        pub fn builder() -> builder::PresentedToken {
            Default::default()
        }
    }
    /// An access token and what it is good for.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct TokenAnswer {
        /// The token, a signed JSON Web Token. It is shown this once.
        pub access_token: ::keywright_sdk::Secret,
        /// Seconds until the token expires; it never outlives its key.
        pub expires_in: i64,
        /// The scopes that the token has, separated by spaces.
        pub scope: ::std::string::String,
        pub token_type: TokenType,
    }
    impl TokenAnswer {
        pub fn builder() -> builder::TokenAnswer {
            Default::default()
        }
    }
    /// Why a request about tokens was refused.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct TokenError {
        pub error: TokenErrorCode,
        /// What happened and what to do about it, for developers.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub error_description: ::std::option::Option<::std::string::String>,
    }
    impl TokenError {
        pub fn builder() -> builder::TokenError {
            Default::default()
        }
    }
    /// The kind of error, for programs.
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
    pub enum TokenErrorCode {
        #[serde(rename = "invalid_request")]
        InvalidRequest,
        #[serde(rename = "invalid_client")]
        InvalidClient,
        #[serde(rename = "invalid_grant")]
        InvalidGrant,
        #[serde(rename = "unauthorized_client")]
        UnauthorizedClient,
        #[serde(rename = "unsupported_grant_type")]
        UnsupportedGrantType,
        #[serde(rename = "invalid_scope")]
        InvalidScope,
        #[serde(rename = "invalid_target")]
        InvalidTarget,
        #[serde(rename = "invalid_token")]
        InvalidToken,
        #[serde(rename = "insufficient_scope")]
        InsufficientScope,
        #[serde(rename = "rate_limit_exceeded")]
        RateLimitExceeded,
        #[serde(rename = "server_error")]
        ServerError,
        #[serde(rename = "temporarily_unavailable")]
        TemporarilyUnavailable,
    }
    impl ::std::fmt::Display for TokenErrorCode {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::InvalidRequest => f.write_str("invalid_request"),
                Self::InvalidClient => f.write_str("invalid_client"),
                Self::InvalidGrant => f.write_str("invalid_grant"),
                Self::UnauthorizedClient => f.write_str("unauthorized_client"),
                Self::UnsupportedGrantType => f.write_str("unsupported_grant_type"),
                Self::InvalidScope => f.write_str("invalid_scope"),
                Self::InvalidTarget => f.write_str("invalid_target"),
                Self::InvalidToken => f.write_str("invalid_token"),
                Self::InsufficientScope => f.write_str("insufficient_scope"),
                Self::RateLimitExceeded => f.write_str("rate_limit_exceeded"),
                Self::ServerError => f.write_str("server_error"),
                Self::TemporarilyUnavailable => f.write_str("temporarily_unavailable"),
            }
        }
    }
    impl ::std::str::FromStr for TokenErrorCode {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "invalid_request" => Ok(Self::InvalidRequest),
                "invalid_client" => Ok(Self::InvalidClient),
                "invalid_grant" => Ok(Self::InvalidGrant),
                "unauthorized_client" => Ok(Self::UnauthorizedClient),
                "unsupported_grant_type" => Ok(Self::UnsupportedGrantType),
                "invalid_scope" => Ok(Self::InvalidScope),
                "invalid_target" => Ok(Self::InvalidTarget),
                "invalid_token" => Ok(Self::InvalidToken),
                "insufficient_scope" => Ok(Self::InsufficientScope),
                "rate_limit_exceeded" => Ok(Self::RateLimitExceeded),
                "server_error" => Ok(Self::ServerError),
                "temporarily_unavailable" => Ok(Self::TemporarilyUnavailable),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for TokenErrorCode {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for TokenErrorCode {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// A request for an access token.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct TokenRequest {
        /// The audience that the token is for, by the rules of `resource`. Both may be sent.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub audience: ::std::option::Option<::std::string::String>,
        /// The client identifier. Leave it out with HTTP Basic.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_id: ::std::option::Option<::std::string::String>,
        /// The client secret. Leave it out with HTTP Basic.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub client_secret: ::std::option::Option<::keywright_sdk::Secret>,
        pub grant_type: GrantType,
        /// The resource that the token is for, one of the audiences that the operator allows. It becomes the token's `aud`; without it and `audience`, that is the issuer. In a form it may be repeated (RFC 8707).
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub resource: ::std::option::Option<::std::string::String>,
        /// The scopes to ask for, at most 64, separated by spaces. Without it, all that the key has.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub scope: ::std::option::Option<::std::string::String>,
    }
    impl TokenRequest {
        pub fn builder() -> builder::TokenRequest {
            Default::default()
        }
    }
    /// How to use the token.
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
    pub enum TokenType {
        Bearer,
    }
    impl ::std::fmt::Display for TokenType {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Bearer => f.write_str("Bearer"),
            }
        }
    }
    impl ::std::str::FromStr for TokenType {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Bearer" => Ok(Self::Bearer),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for TokenType {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for TokenType {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Types for composing complex structures.
    pub mod builder {
        #[derive(Clone, Debug)]
        pub struct ApiError {
            code: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            detail: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            errors:
                ::std::result::Result<::std::vec::Vec<super::FieldError>, ::std::string::String>,
            message: ::std::result::Result<::std::string::String, ::std::string::String>,
            status: ::std::result::Result<::std::option::Option<i32>, ::std::string::String>,
            title: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            type_: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            extra: ::std::result::Result<
                ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for ApiError {
            fn default() -> Self {
                Self {
                    code: Ok(Default::default()),
                    detail: Ok(Default::default()),
                    errors: Ok(Default::default()),
                    message: Err("no value supplied for message".to_string()),
                    status: Ok(Default::default()),
                    title: Ok(Default::default()),
                    type_: Ok(Default::default()),
                    extra: Err("no value supplied for extra".to_string()),
                }
            }
        }
        impl ApiError {
            pub fn code<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.code = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for code: {e}"));
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
            pub fn message<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.message = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for message: {e}"));
                self
            }
            pub fn status<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<i32>>,
                T::Error: ::std::fmt::Display,
            {
                self.status = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for status: {e}"));
                self
            }
            pub fn title<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.title = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for title: {e}"));
                self
            }
            pub fn type_<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.type_ = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for type_: {e}"));
                self
            }
            pub fn extra<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.extra = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for extra: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiError> for super::ApiError {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiError,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    code: value.code?,
                    detail: value.detail?,
                    errors: value.errors?,
                    message: value.message?,
                    status: value.status?,
                    title: value.title?,
                    type_: value.type_?,
                    extra: value.extra?,
                })
            }
        }
        impl ::std::convert::From<super::ApiError> for ApiError {
            fn from(value: super::ApiError) -> Self {
                Self {
                    code: Ok(value.code),
                    detail: Ok(value.detail),
                    errors: Ok(value.errors),
                    message: Ok(value.message),
                    status: Ok(value.status),
                    title: Ok(value.title),
                    type_: Ok(value.type_),
                    extra: Ok(value.extra),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ApiKey {
            client_id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            client_secret: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for ApiKey {
            fn default() -> Self {
                Self {
                    client_id: Err("no value supplied for client_id".to_string()),
                    client_secret: Err("no value supplied for client_secret".to_string()),
                    name: Err("no value supplied for name".to_string()),
                }
            }
        }
        impl ApiKey {
            pub fn client_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.client_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_id: {e}"));
                self
            }
            pub fn client_secret<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.client_secret = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_secret: {e}"));
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
        }
        impl ::std::convert::TryFrom<ApiKey> for super::ApiKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    client_id: value.client_id?,
                    client_secret: value.client_secret?,
                    name: value.name?,
                })
            }
        }
        impl ::std::convert::From<super::ApiKey> for ApiKey {
            fn from(value: super::ApiKey) -> Self {
                Self {
                    client_id: Ok(value.client_id),
                    client_secret: Ok(value.client_secret),
                    name: Ok(value.name),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ApiKeyInput {
            name: ::std::result::Result<super::ApiKeyInputName, ::std::string::String>,
        }
        impl ::std::default::Default for ApiKeyInput {
            fn default() -> Self {
                Self {
                    name: Err("no value supplied for name".to_string()),
                }
            }
        }
        impl ApiKeyInput {
            pub fn name<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::ApiKeyInputName>,
                T::Error: ::std::fmt::Display,
            {
                self.name = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for name: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiKeyInput> for super::ApiKeyInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKeyInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self { name: value.name? })
            }
        }
        impl ::std::convert::From<super::ApiKeyInput> for ApiKeyInput {
            fn from(value: super::ApiKeyInput) -> Self {
                Self {
                    name: Ok(value.name),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ApiKeyList {
            api_keys:
                ::std::result::Result<::std::vec::Vec<super::ListedApiKey>, ::std::string::String>,
            count: ::std::result::Result<i32, ::std::string::String>,
            meta: ::std::result::Result<super::ListMeta, ::std::string::String>,
        }
        impl ::std::default::Default for ApiKeyList {
            fn default() -> Self {
                Self {
                    api_keys: Err("no value supplied for api_keys".to_string()),
                    count: Err("no value supplied for count".to_string()),
                    meta: Err("no value supplied for meta".to_string()),
                }
            }
        }
        impl ApiKeyList {
            pub fn api_keys<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::ListedApiKey>>,
                T::Error: ::std::fmt::Display,
            {
                self.api_keys = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for api_keys: {e}"));
                self
            }
            pub fn count<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.count = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for count: {e}"));
                self
            }
            pub fn meta<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::ListMeta>,
                T::Error: ::std::fmt::Display,
            {
                self.meta = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for meta: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiKeyList> for super::ApiKeyList {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKeyList,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    api_keys: value.api_keys?,
                    count: value.count?,
                    meta: value.meta?,
                })
            }
        }
        impl ::std::convert::From<super::ApiKeyList> for ApiKeyList {
            fn from(value: super::ApiKeyList) -> Self {
                Self {
                    api_keys: Ok(value.api_keys),
                    count: Ok(value.count),
                    meta: Ok(value.meta),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct AuthorizationServer {
            grant_types_supported: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            introspection_endpoint:
                ::std::result::Result<::std::string::String, ::std::string::String>,
            introspection_endpoint_auth_methods_supported: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            issuer: ::std::result::Result<::std::string::String, ::std::string::String>,
            jwks_uri: ::std::result::Result<::std::string::String, ::std::string::String>,
            response_types_supported: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            revocation_endpoint:
                ::std::result::Result<::std::string::String, ::std::string::String>,
            revocation_endpoint_auth_methods_supported: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            scopes_supported: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            token_endpoint: ::std::result::Result<::std::string::String, ::std::string::String>,
            token_endpoint_auth_methods_supported: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for AuthorizationServer {
            fn default() -> Self {
                Self {
                    grant_types_supported: Err(
                        "no value supplied for grant_types_supported".to_string()
                    ),
                    introspection_endpoint: Err(
                        "no value supplied for introspection_endpoint".to_string()
                    ),
                    introspection_endpoint_auth_methods_supported: Err(
                        "no value supplied for introspection_endpoint_auth_methods_supported"
                            .to_string(),
                    ),
                    issuer: Err("no value supplied for issuer".to_string()),
                    jwks_uri: Err("no value supplied for jwks_uri".to_string()),
                    response_types_supported: Err(
                        "no value supplied for response_types_supported".to_string()
                    ),
                    revocation_endpoint: Err(
                        "no value supplied for revocation_endpoint".to_string()
                    ),
                    revocation_endpoint_auth_methods_supported: Err(
                        "no value supplied for revocation_endpoint_auth_methods_supported"
                            .to_string(),
                    ),
                    scopes_supported: Err("no value supplied for scopes_supported".to_string()),
                    token_endpoint: Err("no value supplied for token_endpoint".to_string()),
                    token_endpoint_auth_methods_supported: Err(
                        "no value supplied for token_endpoint_auth_methods_supported".to_string(),
                    ),
                }
            }
        }
        impl AuthorizationServer {
            pub fn grant_types_supported<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.grant_types_supported = value.try_into().map_err(|e| {
                    format!("error converting supplied value for grant_types_supported: {e}")
                });
                self
            }
            pub fn introspection_endpoint<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.introspection_endpoint = value.try_into().map_err(|e| {
                    format!("error converting supplied value for introspection_endpoint: {e}")
                });
                self
            }
            pub fn introspection_endpoint_auth_methods_supported<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.introspection_endpoint_auth_methods_supported = value
                    .try_into()
                    .map_err(|e| {
                        format!(
                            "error converting supplied value for introspection_endpoint_auth_methods_supported: {e}"
                        )
                    });
                self
            }
            pub fn issuer<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.issuer = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for issuer: {e}"));
                self
            }
            pub fn jwks_uri<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.jwks_uri = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for jwks_uri: {e}"));
                self
            }
            pub fn response_types_supported<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.response_types_supported = value.try_into().map_err(|e| {
                    format!("error converting supplied value for response_types_supported: {e}")
                });
                self
            }
            pub fn revocation_endpoint<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.revocation_endpoint = value.try_into().map_err(|e| {
                    format!("error converting supplied value for revocation_endpoint: {e}")
                });
                self
            }
            pub fn revocation_endpoint_auth_methods_supported<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.revocation_endpoint_auth_methods_supported = value
                    .try_into()
                    .map_err(|e| {
                        format!(
                            "error converting supplied value for revocation_endpoint_auth_methods_supported: {e}"
                        )
                    });
                self
            }
            pub fn scopes_supported<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.scopes_supported = value.try_into().map_err(|e| {
                    format!("error converting supplied value for scopes_supported: {e}")
                });
                self
            }
            pub fn token_endpoint<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.token_endpoint = value.try_into().map_err(|e| {
                    format!("error converting supplied value for token_endpoint: {e}")
                });
                self
            }
            pub fn token_endpoint_auth_methods_supported<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.token_endpoint_auth_methods_supported = value
                    .try_into()
                    .map_err(|e| {
                        format!(
                            "error converting supplied value for token_endpoint_auth_methods_supported: {e}"
                        )
                    });
                self
            }
        }
        impl ::std::convert::TryFrom<AuthorizationServer> for super::AuthorizationServer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: AuthorizationServer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    grant_types_supported: value.grant_types_supported?,
                    introspection_endpoint: value.introspection_endpoint?,
                    introspection_endpoint_auth_methods_supported: value
                        .introspection_endpoint_auth_methods_supported?,
                    issuer: value.issuer?,
                    jwks_uri: value.jwks_uri?,
                    response_types_supported: value.response_types_supported?,
                    revocation_endpoint: value.revocation_endpoint?,
                    revocation_endpoint_auth_methods_supported: value
                        .revocation_endpoint_auth_methods_supported?,
                    scopes_supported: value.scopes_supported?,
                    token_endpoint: value.token_endpoint?,
                    token_endpoint_auth_methods_supported: value
                        .token_endpoint_auth_methods_supported?,
                })
            }
        }
        impl ::std::convert::From<super::AuthorizationServer> for AuthorizationServer {
            fn from(value: super::AuthorizationServer) -> Self {
                Self {
                    grant_types_supported: Ok(value.grant_types_supported),
                    introspection_endpoint: Ok(value.introspection_endpoint),
                    introspection_endpoint_auth_methods_supported: Ok(
                        value.introspection_endpoint_auth_methods_supported
                    ),
                    issuer: Ok(value.issuer),
                    jwks_uri: Ok(value.jwks_uri),
                    response_types_supported: Ok(value.response_types_supported),
                    revocation_endpoint: Ok(value.revocation_endpoint),
                    revocation_endpoint_auth_methods_supported: Ok(
                        value.revocation_endpoint_auth_methods_supported
                    ),
                    scopes_supported: Ok(value.scopes_supported),
                    token_endpoint: Ok(value.token_endpoint),
                    token_endpoint_auth_methods_supported: Ok(
                        value.token_endpoint_auth_methods_supported
                    ),
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
        pub struct Introspection {
            active: ::std::result::Result<bool, ::std::string::String>,
            aud: ::std::result::Result<
                ::std::vec::Vec<::std::string::String>,
                ::std::string::String,
            >,
            client_id:
                ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            exp: ::std::result::Result<::std::option::Option<i64>, ::std::string::String>,
            iat: ::std::result::Result<::std::option::Option<i64>, ::std::string::String>,
            iss: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            jti: ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            org: ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            scope: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            sub: ::std::result::Result<::std::option::Option<::uuid::Uuid>, ::std::string::String>,
            token_type: ::std::result::Result<
                ::std::option::Option<super::TokenType>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for Introspection {
            fn default() -> Self {
                Self {
                    active: Err("no value supplied for active".to_string()),
                    aud: Ok(Default::default()),
                    client_id: Ok(Default::default()),
                    exp: Ok(Default::default()),
                    iat: Ok(Default::default()),
                    iss: Ok(Default::default()),
                    jti: Ok(Default::default()),
                    org: Ok(Default::default()),
                    scope: Ok(Default::default()),
                    sub: Ok(Default::default()),
                    token_type: Ok(Default::default()),
                }
            }
        }
        impl Introspection {
            pub fn active<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.active = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for active: {e}"));
                self
            }
            pub fn aud<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.aud = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for aud: {e}"));
                self
            }
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
            pub fn exp<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<i64>>,
                T::Error: ::std::fmt::Display,
            {
                self.exp = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for exp: {e}"));
                self
            }
            pub fn iat<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<i64>>,
                T::Error: ::std::fmt::Display,
            {
                self.iat = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for iat: {e}"));
                self
            }
            pub fn iss<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.iss = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for iss: {e}"));
                self
            }
            pub fn jti<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.jti = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for jti: {e}"));
                self
            }
            pub fn org<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.org = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for org: {e}"));
                self
            }
            pub fn scope<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.scope = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scope: {e}"));
                self
            }
            pub fn sub<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::uuid::Uuid>>,
                T::Error: ::std::fmt::Display,
            {
                self.sub = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for sub: {e}"));
                self
            }
            pub fn token_type<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::TokenType>>,
                T::Error: ::std::fmt::Display,
            {
                self.token_type = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for token_type: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Introspection> for super::Introspection {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Introspection,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    active: value.active?,
                    aud: value.aud?,
                    client_id: value.client_id?,
                    exp: value.exp?,
                    iat: value.iat?,
                    iss: value.iss?,
                    jti: value.jti?,
                    org: value.org?,
                    scope: value.scope?,
                    sub: value.sub?,
                    token_type: value.token_type?,
                })
            }
        }
        impl ::std::convert::From<super::Introspection> for Introspection {
            fn from(value: super::Introspection) -> Self {
                Self {
                    active: Ok(value.active),
                    aud: Ok(value.aud),
                    client_id: Ok(value.client_id),
                    exp: Ok(value.exp),
                    iat: Ok(value.iat),
                    iss: Ok(value.iss),
                    jti: Ok(value.jti),
                    org: Ok(value.org),
                    scope: Ok(value.scope),
                    sub: Ok(value.sub),
                    token_type: Ok(value.token_type),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Jwk {
            alg: ::std::result::Result<::std::string::String, ::std::string::String>,
            crv: ::std::result::Result<::std::string::String, ::std::string::String>,
            kid: ::std::result::Result<::std::string::String, ::std::string::String>,
            kty: ::std::result::Result<::std::string::String, ::std::string::String>,
            use_: ::std::result::Result<::std::string::String, ::std::string::String>,
            x: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for Jwk {
            fn default() -> Self {
                Self {
                    alg: Err("no value supplied for alg".to_string()),
                    crv: Err("no value supplied for crv".to_string()),
                    kid: Err("no value supplied for kid".to_string()),
                    kty: Err("no value supplied for kty".to_string()),
                    use_: Err("no value supplied for use_".to_string()),
                    x: Err("no value supplied for x".to_string()),
                }
            }
        }
        impl Jwk {
            pub fn alg<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.alg = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for alg: {e}"));
                self
            }
            pub fn crv<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.crv = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for crv: {e}"));
                self
            }
            pub fn kid<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.kid = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for kid: {e}"));
                self
            }
            pub fn kty<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.kty = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for kty: {e}"));
                self
            }
            pub fn use_<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.use_ = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for use_: {e}"));
                self
            }
            pub fn x<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.x = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for x: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Jwk> for super::Jwk {
            type Error = super::error::ConversionError;
            fn try_from(value: Jwk) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    alg: value.alg?,
                    crv: value.crv?,
                    kid: value.kid?,
                    kty: value.kty?,
                    use_: value.use_?,
                    x: value.x?,
                })
            }
        }
        impl ::std::convert::From<super::Jwk> for Jwk {
            fn from(value: super::Jwk) -> Self {
                Self {
                    alg: Ok(value.alg),
                    crv: Ok(value.crv),
                    kid: Ok(value.kid),
                    kty: Ok(value.kty),
                    use_: Ok(value.use_),
                    x: Ok(value.x),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Jwks {
            keys: ::std::result::Result<::std::vec::Vec<super::Jwk>, ::std::string::String>,
        }
        impl ::std::default::Default for Jwks {
            fn default() -> Self {
                Self {
                    keys: Err("no value supplied for keys".to_string()),
                }
            }
        }
        impl Jwks {
            pub fn keys<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::Jwk>>,
                T::Error: ::std::fmt::Display,
            {
                self.keys = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for keys: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Jwks> for super::Jwks {
            type Error = super::error::ConversionError;
            fn try_from(value: Jwks) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self { keys: value.keys? })
            }
        }
        impl ::std::convert::From<super::Jwks> for Jwks {
            fn from(value: super::Jwks) -> Self {
                Self {
                    keys: Ok(value.keys),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ListMeta {
            limit: ::std::result::Result<i32, ::std::string::String>,
            offset: ::std::result::Result<i32, ::std::string::String>,
            total: ::std::result::Result<i64, ::std::string::String>,
        }
        impl ::std::default::Default for ListMeta {
            fn default() -> Self {
                Self {
                    limit: Err("no value supplied for limit".to_string()),
                    offset: Err("no value supplied for offset".to_string()),
                    total: Err("no value supplied for total".to_string()),
                }
            }
        }
        impl ListMeta {
            pub fn limit<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.limit = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for limit: {e}"));
                self
            }
            pub fn offset<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.offset = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for offset: {e}"));
                self
            }
            pub fn total<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.total = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for total: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ListMeta> for super::ListMeta {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ListMeta,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    limit: value.limit?,
                    offset: value.offset?,
                    total: value.total?,
                })
            }
        }
        impl ::std::convert::From<super::ListMeta> for ListMeta {
            fn from(value: super::ListMeta) -> Self {
                Self {
                    limit: Ok(value.limit),
                    offset: Ok(value.offset),
                    total: Ok(value.total),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ListedApiKey {
            client_id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for ListedApiKey {
            fn default() -> Self {
                Self {
                    client_id: Err("no value supplied for client_id".to_string()),
                    name: Err("no value supplied for name".to_string()),
                }
            }
        }
        impl ListedApiKey {
            pub fn client_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::uuid::Uuid>,
                T::Error: ::std::fmt::Display,
            {
                self.client_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_id: {e}"));
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
        }
        impl ::std::convert::TryFrom<ListedApiKey> for super::ListedApiKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ListedApiKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    client_id: value.client_id?,
                    name: value.name?,
                })
            }
        }
        impl ::std::convert::From<super::ListedApiKey> for ListedApiKey {
            fn from(value: super::ListedApiKey) -> Self {
                Self {
                    client_id: Ok(value.client_id),
                    name: Ok(value.name),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct PresentedToken {
            client_id: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            client_secret: ::std::result::Result<
                ::std::option::Option<::keywright_sdk::Secret>,
                ::std::string::String,
            >,
            token: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
            token_type_hint: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for PresentedToken {
            fn default() -> Self {
                Self {
                    client_id: Ok(Default::default()),
                    client_secret: Ok(Default::default()),
                    token: Err("no value supplied for token".to_string()),
                    token_type_hint: Ok(Default::default()),
                }
            }
        }
        impl PresentedToken {
            pub fn client_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_id: {e}"));
                self
            }
            pub fn client_secret<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::keywright_sdk::Secret>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_secret = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_secret: {e}"));
                self
            }
            pub fn token<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.token = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for token: {e}"));
                self
            }
            pub fn token_type_hint<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.token_type_hint = value.try_into().map_err(|e| {
                    format!("error converting supplied value for token_type_hint: {e}")
                });
                self
            }
        }
        impl ::std::convert::TryFrom<PresentedToken> for super::PresentedToken {
            type Error = super::error::ConversionError;
            fn try_from(
                value: PresentedToken,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    client_id: value.client_id?,
                    client_secret: value.client_secret?,
                    token: value.token?,
                    token_type_hint: value.token_type_hint?,
                })
            }
        }
        impl ::std::convert::From<super::PresentedToken> for PresentedToken {
            fn from(value: super::PresentedToken) -> Self {
                Self {
                    client_id: Ok(value.client_id),
                    client_secret: Ok(value.client_secret),
                    token: Ok(value.token),
                    token_type_hint: Ok(value.token_type_hint),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct TokenAnswer {
            access_token: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
            expires_in: ::std::result::Result<i64, ::std::string::String>,
            scope: ::std::result::Result<::std::string::String, ::std::string::String>,
            token_type: ::std::result::Result<super::TokenType, ::std::string::String>,
        }
        impl ::std::default::Default for TokenAnswer {
            fn default() -> Self {
                Self {
                    access_token: Err("no value supplied for access_token".to_string()),
                    expires_in: Err("no value supplied for expires_in".to_string()),
                    scope: Err("no value supplied for scope".to_string()),
                    token_type: Err("no value supplied for token_type".to_string()),
                }
            }
        }
        impl TokenAnswer {
            pub fn access_token<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.access_token = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for access_token: {e}"));
                self
            }
            pub fn expires_in<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.expires_in = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for expires_in: {e}"));
                self
            }
            pub fn scope<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.scope = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scope: {e}"));
                self
            }
            pub fn token_type<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::TokenType>,
                T::Error: ::std::fmt::Display,
            {
                self.token_type = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for token_type: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<TokenAnswer> for super::TokenAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: TokenAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    access_token: value.access_token?,
                    expires_in: value.expires_in?,
                    scope: value.scope?,
                    token_type: value.token_type?,
                })
            }
        }
        impl ::std::convert::From<super::TokenAnswer> for TokenAnswer {
            fn from(value: super::TokenAnswer) -> Self {
                Self {
                    access_token: Ok(value.access_token),
                    expires_in: Ok(value.expires_in),
                    scope: Ok(value.scope),
                    token_type: Ok(value.token_type),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct TokenError {
            error: ::std::result::Result<super::TokenErrorCode, ::std::string::String>,
            error_description: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for TokenError {
            fn default() -> Self {
                Self {
                    error: Err("no value supplied for error".to_string()),
                    error_description: Ok(Default::default()),
                }
            }
        }
        impl TokenError {
            pub fn error<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::TokenErrorCode>,
                T::Error: ::std::fmt::Display,
            {
                self.error = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for error: {e}"));
                self
            }
            pub fn error_description<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.error_description = value.try_into().map_err(|e| {
                    format!("error converting supplied value for error_description: {e}")
                });
                self
            }
        }
        impl ::std::convert::TryFrom<TokenError> for super::TokenError {
            type Error = super::error::ConversionError;
            fn try_from(
                value: TokenError,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    error: value.error?,
                    error_description: value.error_description?,
                })
            }
        }
        impl ::std::convert::From<super::TokenError> for TokenError {
            fn from(value: super::TokenError) -> Self {
                Self {
                    error: Ok(value.error),
                    error_description: Ok(value.error_description),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct TokenRequest {
            audience: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            client_id: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            client_secret: ::std::result::Result<
                ::std::option::Option<::keywright_sdk::Secret>,
                ::std::string::String,
            >,
            grant_type: ::std::result::Result<super::GrantType, ::std::string::String>,
            resource: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
            scope: ::std::result::Result<
                ::std::option::Option<::std::string::String>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for TokenRequest {
            fn default() -> Self {
                Self {
                    audience: Ok(Default::default()),
                    client_id: Ok(Default::default()),
                    client_secret: Ok(Default::default()),
                    grant_type: Err("no value supplied for grant_type".to_string()),
                    resource: Ok(Default::default()),
                    scope: Ok(Default::default()),
                }
            }
        }
        impl TokenRequest {
            pub fn audience<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.audience = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for audience: {e}"));
                self
            }
            pub fn client_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_id: {e}"));
                self
            }
            pub fn client_secret<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::keywright_sdk::Secret>>,
                T::Error: ::std::fmt::Display,
            {
                self.client_secret = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for client_secret: {e}"));
                self
            }
            pub fn grant_type<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::GrantType>,
                T::Error: ::std::fmt::Display,
            {
                self.grant_type = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for grant_type: {e}"));
                self
            }
            pub fn resource<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.resource = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for resource: {e}"));
                self
            }
            pub fn scope<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<::std::string::String>>,
                T::Error: ::std::fmt::Display,
            {
                self.scope = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scope: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<TokenRequest> for super::TokenRequest {
            type Error = super::error::ConversionError;
            fn try_from(
                value: TokenRequest,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    audience: value.audience?,
                    client_id: value.client_id?,
                    client_secret: value.client_secret?,
                    grant_type: value.grant_type?,
                    resource: value.resource?,
                    scope: value.scope?,
                })
            }
        }
        impl ::std::convert::From<super::TokenRequest> for TokenRequest {
            fn from(value: super::TokenRequest) -> Self {
                Self {
                    audience: Ok(value.audience),
                    client_id: Ok(value.client_id),
                    client_secret: Ok(value.client_secret),
                    grant_type: Ok(value.grant_type),
                    resource: Ok(value.resource),
                    scope: Ok(value.scope),
                }
            }
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
/// Client for keywright client-keys
///
/// API keys that are OAuth 2.0 clients. A key is a client identifier and a client secret; with both, a client gets an access token, and with the token it calls. A path below `/oauth` or `/.well-known` where nothing is served answers an RFC 9457 problem, as one that belongs to no contract does.
///
/// Version: 1.0.0
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
        "1.0.0"
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
    /// Read the public signing keys
    ///
    /// The keys that access tokens are checked with, as a JSON Web Key Set (RFC 7517).
    ///
    /// Sends a `GET` request to `/.well-known/jwks.json`
    ///
    /// ```text
    /// let response = client.read_jwks()
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_jwks(&self) -> builder::ReadJwks<'_> {
        builder::ReadJwks::new(self)
    }
    /// Read the authorization server's metadata
    ///
    /// Where tokens come from and what may be asked for (RFC 8414).
    ///
    /// Sends a `GET` request to `/.well-known/oauth-authorization-server`
    ///
    /// ```text
    /// let response = client.read_authorization_server()
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_authorization_server(&self) -> builder::ReadAuthorizationServer<'_> {
        builder::ReadAuthorizationServer::new(self)
    }
    /// Read the authorization server's metadata where OpenID Connect looks for it
    ///
    /// The same as at `/.well-known/oauth-authorization-server` (RFC 8414 section 5), for clients that look here first. There is no OpenID provider behind it: no person logs in, and there are no ID tokens.
    ///
    /// Sends a `GET` request to `/.well-known/openid-configuration`
    ///
    /// ```text
    /// let response = client.read_openid_configuration()
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_openid_configuration(&self) -> builder::ReadOpenidConfiguration<'_> {
        builder::ReadOpenidConfiguration::new(self)
    }
    /// List client keys
    ///
    /// Answers the live client keys of the caller's organization, oldest first, a page at a time and never with a secret. A request is judged in this order: 401, 403, 400.
    ///
    /// Sends a `GET` request to `/api-keys`
    ///
    /// Arguments:
    /// - `limit`: The most keys to answer.
    /// - `offset`: How many keys to pass over, counted from the oldest.
    /// ```text
    /// let response = client.list_client_keys()
    ///     .limit(limit)
    ///     .offset(offset)
    ///     .send()
    ///     .await;
    /// ```
    pub fn list_client_keys(&self) -> builder::ListClientKeys<'_> {
        builder::ListClientKeys::new(self)
    }
    /// Create a client key
    ///
    /// Makes a client key for the caller's organization and answers its secret once. The new key has the scopes of the token that made it, never more. Names need not be unique. A request is judged in this order: 401, 403, 429, 400.
    ///
    /// Sends a `POST` request to `/api-keys`
    ///
    /// Arguments:
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value with the same body, sent by the same organization, gets the same key again; with another body it gets 400. Use a fresh random UUID per key.
    /// - `body`: The key to make.
    /// ```text
    /// let response = client.create_client_key()
    ///     .idempotency_key(idempotency_key)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn create_client_key(&self) -> builder::CreateClientKey<'_> {
        builder::CreateClientKey::new(self)
    }
    /// Delete a client key
    ///
    /// Ends a client key of the caller's organization for good. Every token that was made from it stops working at the same instant. A request is judged in this order: 401, 403, 400, 404.
    ///
    /// Sends a `DELETE` request to `/api-keys/{clientId}`
    ///
    /// Arguments:
    /// - `client_id`: The client identifier of the key. One that is no UUID names no key.
    /// ```text
    /// let response = client.delete_client_key()
    ///     .client_id(client_id)
    ///     .send()
    ///     .await;
    /// ```
    pub fn delete_client_key(&self) -> builder::DeleteClientKey<'_> {
        builder::DeleteClientKey::new(self)
    }
    /// Ask whether an access token is good
    ///
    /// Tells whether an access token of this server is good now (RFC 7662): not expired, not revoked, its client key live, its organization not suspended. A client may ask about its own tokens, by its identifier and secret as at `/oauth/token`. A service may ask about all tokens within its reach, by a control key with the scope `keys:verify` as a bearer token. Whatever else is presented is not active, and nothing more is said of it.
    ///
    /// Sends a `POST` request to `/oauth/introspect`
    ///
    /// Arguments:
    /// - `body`: The token, as a form or as JSON.
    /// ```text
    /// let response = client.introspect_token()
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn introspect_token(&self) -> builder::IntrospectToken<'_> {
        builder::IntrospectToken::new(self)
    }
    /// Revoke an access token
    ///
    /// Ends an access token of the client that asks, for good and at once (RFC 7009). The client proves itself as at `/oauth/token`. Whatever else is presented, a token of another client too, is answered the same and nothing changes. Deleting a client key ends all its tokens together.
    ///
    /// Sends a `POST` request to `/oauth/revoke`
    ///
    /// Arguments:
    /// - `body`: The token, as a form or as JSON.
    /// ```text
    /// let response = client.revoke_token()
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn revoke_token(&self) -> builder::RevokeToken<'_> {
        builder::RevokeToken::new(self)
    }
    /// Get an access token
    ///
    /// Turns a client key into an access token (RFC 6749 section 4.4). Send the client identifier and secret by HTTP Basic or as members of the body, not both.
    ///
    /// Sends a `POST` request to `/oauth/token`
    ///
    /// Arguments:
    /// - `body`: The grant, as a form or as JSON.
    /// ```text
    /// let response = client.issue_token()
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn issue_token(&self) -> builder::IssueToken<'_> {
        builder::IssueToken::new(self)
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
    /// Builder for [`Client::read_jwks`]
    ///
    /// [`Client::read_jwks`]: super::Client::read_jwks
    #[derive(Debug, Clone)]
    pub struct ReadJwks<'a> {
        client: &'a super::Client,
    }
    impl<'a> ReadJwks<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        /// Sends a `GET` request to `/.well-known/jwks.json`
        pub async fn send(self) -> Result<ResponseValue<types::Jwks>, Error<types::ApiError>> {
            let Self { client } = self;
            let url = format!("{}/.well-known/jwks.json", client.baseurl,);
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
                operation_id: "read_jwks",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
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
    /// Builder for [`Client::read_authorization_server`]
    ///
    /// [`Client::read_authorization_server`]: super::Client::read_authorization_server
    #[derive(Debug, Clone)]
    pub struct ReadAuthorizationServer<'a> {
        client: &'a super::Client,
    }
    impl<'a> ReadAuthorizationServer<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        /// Sends a `GET` request to `/.well-known/oauth-authorization-server`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::AuthorizationServer>, Error<types::ApiError>> {
            let Self { client } = self;
            let url = format!("{}/.well-known/oauth-authorization-server", client.baseurl,);
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
                operation_id: "read_authorization_server",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
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
    /// Builder for [`Client::read_openid_configuration`]
    ///
    /// [`Client::read_openid_configuration`]: super::Client::read_openid_configuration
    #[derive(Debug, Clone)]
    pub struct ReadOpenidConfiguration<'a> {
        client: &'a super::Client,
    }
    impl<'a> ReadOpenidConfiguration<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        /// Sends a `GET` request to `/.well-known/openid-configuration`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::AuthorizationServer>, Error<types::ApiError>> {
            let Self { client } = self;
            let url = format!("{}/.well-known/openid-configuration", client.baseurl,);
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
                operation_id: "read_openid_configuration",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
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
    /// Builder for [`Client::list_client_keys`]
    ///
    /// [`Client::list_client_keys`]: super::Client::list_client_keys
    #[derive(Debug, Clone)]
    pub struct ListClientKeys<'a> {
        client: &'a super::Client,
        limit: Result<Option<::std::num::NonZeroU32>, String>,
        offset: Result<Option<i32>, String>,
    }
    impl<'a> ListClientKeys<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                limit: Ok(None),
                offset: Ok(None),
            }
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
        pub fn offset<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<i32>,
        {
            self.offset = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `i32` for offset failed".to_string());
            self
        }
        /// Sends a `GET` request to `/api-keys`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::ApiKeyList>, Error<types::ApiError>> {
            let Self {
                client,
                limit,
                offset,
            } = self;
            let limit = limit.map_err(Error::InvalidRequest)?;
            let offset = offset.map_err(Error::InvalidRequest)?;
            let url = format!("{}/api-keys", client.baseurl,);
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
                .query(&progenitor_client::QueryParam::new("limit", &limit))
                .query(&progenitor_client::QueryParam::new("offset", &offset))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_client_keys",
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
    /// Builder for [`Client::create_client_key`]
    ///
    /// [`Client::create_client_key`]: super::Client::create_client_key
    #[derive(Debug, Clone)]
    pub struct CreateClientKey<'a> {
        client: &'a super::Client,
        idempotency_key: Result<Option<types::CreateClientKeyIdempotencyKey>, String>,
        body: Result<types::builder::ApiKeyInput, String>,
    }
    impl<'a> CreateClientKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                idempotency_key: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::CreateClientKeyIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `CreateClientKeyIdempotencyKey` for idempotency_key failed"
                    .to_string()
            });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ApiKeyInput>,
            <V as std::convert::TryInto<types::ApiKeyInput>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `ApiKeyInput` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::ApiKeyInput) -> types::builder::ApiKeyInput,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/api-keys`
        pub async fn send(self) -> Result<ResponseValue<types::ApiKey>, Error<types::ApiError>> {
            let Self {
                client,
                idempotency_key,
                body,
            } = self;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::ApiKeyInput::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/api-keys", client.baseurl,);
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
                operation_id: "create_client_key",
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
    /// Builder for [`Client::delete_client_key`]
    ///
    /// [`Client::delete_client_key`]: super::Client::delete_client_key
    #[derive(Debug, Clone)]
    pub struct DeleteClientKey<'a> {
        client: &'a super::Client,
        client_id: Result<::uuid::Uuid, String>,
    }
    impl<'a> DeleteClientKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                client_id: Err("client_id was not initialized".to_string()),
            }
        }
        pub fn client_id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::uuid::Uuid>,
        {
            self.client_id = value
                .try_into()
                .map_err(|_| "conversion to `:: uuid :: Uuid` for client_id failed".to_string());
            self
        }
        /// Sends a `DELETE` request to `/api-keys/{clientId}`
        pub async fn send(self) -> Result<ResponseValue<()>, Error<types::ApiError>> {
            let Self { client, client_id } = self;
            let client_id = client_id.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/api-keys/{}",
                client.baseurl,
                encode_path(&client_id.to_string()),
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
                operation_id: "delete_client_key",
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
    /// Builder for [`Client::introspect_token`]
    ///
    /// [`Client::introspect_token`]: super::Client::introspect_token
    #[derive(Debug, Clone)]
    pub struct IntrospectToken<'a> {
        client: &'a super::Client,
        body: Result<types::builder::PresentedToken, String>,
    }
    impl<'a> IntrospectToken<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::PresentedToken>,
            <V as std::convert::TryInto<types::PresentedToken>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `PresentedToken` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::PresentedToken) -> types::builder::PresentedToken,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/oauth/introspect`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::Introspection>, Error<types::TokenError>> {
            let Self { client, body } = self;
            let body = body
                .and_then(|v| types::PresentedToken::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/oauth/introspect", client.baseurl,);
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
                operation_id: "introspect_token",
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
    /// Builder for [`Client::revoke_token`]
    ///
    /// [`Client::revoke_token`]: super::Client::revoke_token
    #[derive(Debug, Clone)]
    pub struct RevokeToken<'a> {
        client: &'a super::Client,
        body: Result<types::builder::PresentedToken, String>,
    }
    impl<'a> RevokeToken<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::PresentedToken>,
            <V as std::convert::TryInto<types::PresentedToken>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `PresentedToken` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::PresentedToken) -> types::builder::PresentedToken,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/oauth/revoke`
        pub async fn send(self) -> Result<ResponseValue<()>, Error<types::TokenError>> {
            let Self { client, body } = self;
            let body = body
                .and_then(|v| types::PresentedToken::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/oauth/revoke", client.baseurl,);
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
                operation_id: "revoke_token",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::empty(response)),
                400u16 => Err(Error::ErrorResponse(
                    ResponseValue::from_response(response).await?,
                )),
                401u16 => Err(Error::ErrorResponse(
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
    /// Builder for [`Client::issue_token`]
    ///
    /// [`Client::issue_token`]: super::Client::issue_token
    #[derive(Debug, Clone)]
    pub struct IssueToken<'a> {
        client: &'a super::Client,
        body: Result<types::builder::TokenRequest, String>,
    }
    impl<'a> IssueToken<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::TokenRequest>,
            <V as std::convert::TryInto<types::TokenRequest>>::Error: std::fmt::Display,
        {
            self.body = value
                .try_into()
                .map(From::from)
                .map_err(|s| format!("conversion to `TokenRequest` for body failed: {}", s));
            self
        }
        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: std::ops::FnOnce(types::builder::TokenRequest) -> types::builder::TokenRequest,
        {
            self.body = self.body.map(f);
            self
        }
        /// Sends a `POST` request to `/oauth/token`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::TokenAnswer>, Error<types::TokenError>> {
            let Self { client, body } = self;
            let body = body
                .and_then(|v| types::TokenRequest::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/oauth/token", client.baseurl,);
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
                operation_id: "issue_token",
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
