// Generated from openapi/organization-key.yaml by `cargo xtask sdk`. Do not edit: change the document.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{ClientHooks, OperationInfo, RequestBuilderExt, encode_path};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    /// The envelope of a success. It holds `result`; the other members are not sent.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct ApiKeyAnswer {
        /// What went wrong. Never sent with a success.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub errors: ::std::vec::Vec<ErrorItem>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub meta: ::std::option::Option<Meta>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub result: ::std::option::Option<ApiKeyResult>,
    }
    impl ApiKeyAnswer {
        pub fn builder() -> builder::ApiKeyAnswer {
            Default::default()
        }
    }
    /// A new key.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiKeyResult {
        /// The organization's new API key. It is shown this once; store it safely.
        pub api_key: ::keywright_sdk::Secret,
    }
    impl ApiKeyResult {
        pub fn builder() -> builder::ApiKeyResult {
            Default::default()
        }
    }
    /// The envelope of a refusal or a failure.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ErrorAnswer {
        /// What went wrong; one item for each cause.
        pub errors: ::std::vec::Vec<ErrorItem>,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub meta: ::std::option::Option<Meta>,
    }
    impl ErrorAnswer {
        pub fn builder() -> builder::ErrorAnswer {
            Default::default()
        }
    }
    /// One cause of a refusal or a failure.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ErrorItem {
        /// The HTTP status of this response.
        pub httpcode: i32,
        /// What is wrong and what to do about it, for people.
        pub message: ::std::string::String,
    }
    impl ErrorItem {
        pub fn builder() -> builder::ErrorItem {
            Default::default()
        }
    }
    /// `GenerateOrganizationKeyIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct GenerateOrganizationKeyIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for GenerateOrganizationKeyIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<GenerateOrganizationKeyIdempotencyKey> for ::std::string::String {
        fn from(value: GenerateOrganizationKeyIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for GenerateOrganizationKeyIdempotencyKey {
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
    impl ::std::convert::TryFrom<&str> for GenerateOrganizationKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for GenerateOrganizationKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for GenerateOrganizationKeyIdempotencyKey {
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
    /// What is to be known about a list. This operation has none to send.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct Meta {
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub pagination: ::std::option::Option<Pagination>,
    }
    impl Meta {
        pub fn builder() -> builder::Meta {
            Default::default()
        }
    }
    /// Which part of a list an answer holds.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Pagination {
        /// The most items that one answer holds.
        pub limit: i32,
        /// How many items come before the first of this answer.
        pub offset: i32,
        /// How many items there are in all.
        pub total_count: i64,
    }
    impl Pagination {
        pub fn builder() -> builder::Pagination {
            Default::default()
        }
    }
    /// How widely a change must be replicated before it is answered.
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
    pub enum RequiredConsistency {
        #[serde(rename = "local_region")]
        LocalRegion,
        #[serde(rename = "all_regions")]
        AllRegions,
    }
    impl ::std::fmt::Display for RequiredConsistency {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::LocalRegion => f.write_str("local_region"),
                Self::AllRegions => f.write_str("all_regions"),
            }
        }
    }
    impl ::std::str::FromStr for RequiredConsistency {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "local_region" => Ok(Self::LocalRegion),
                "all_regions" => Ok(Self::AllRegions),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for RequiredConsistency {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for RequiredConsistency {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::default::Default for RequiredConsistency {
        fn default() -> Self {
            RequiredConsistency::LocalRegion
        }
    }
    /// Types for composing complex structures.
    pub mod builder {
        #[derive(Clone, Debug)]
        pub struct ApiKeyAnswer {
            errors: ::std::result::Result<::std::vec::Vec<super::ErrorItem>, ::std::string::String>,
            meta: ::std::result::Result<::std::option::Option<super::Meta>, ::std::string::String>,
            result: ::std::result::Result<
                ::std::option::Option<super::ApiKeyResult>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for ApiKeyAnswer {
            fn default() -> Self {
                Self {
                    errors: Ok(Default::default()),
                    meta: Ok(Default::default()),
                    result: Ok(Default::default()),
                }
            }
        }
        impl ApiKeyAnswer {
            pub fn errors<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::ErrorItem>>,
                T::Error: ::std::fmt::Display,
            {
                self.errors = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for errors: {e}"));
                self
            }
            pub fn meta<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::Meta>>,
                T::Error: ::std::fmt::Display,
            {
                self.meta = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for meta: {e}"));
                self
            }
            pub fn result<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::ApiKeyResult>>,
                T::Error: ::std::fmt::Display,
            {
                self.result = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for result: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiKeyAnswer> for super::ApiKeyAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKeyAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    errors: value.errors?,
                    meta: value.meta?,
                    result: value.result?,
                })
            }
        }
        impl ::std::convert::From<super::ApiKeyAnswer> for ApiKeyAnswer {
            fn from(value: super::ApiKeyAnswer) -> Self {
                Self {
                    errors: Ok(value.errors),
                    meta: Ok(value.meta),
                    result: Ok(value.result),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ApiKeyResult {
            api_key: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
        }
        impl ::std::default::Default for ApiKeyResult {
            fn default() -> Self {
                Self {
                    api_key: Err("no value supplied for api_key".to_string()),
                }
            }
        }
        impl ApiKeyResult {
            pub fn api_key<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.api_key = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for api_key: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiKeyResult> for super::ApiKeyResult {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKeyResult,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    api_key: value.api_key?,
                })
            }
        }
        impl ::std::convert::From<super::ApiKeyResult> for ApiKeyResult {
            fn from(value: super::ApiKeyResult) -> Self {
                Self {
                    api_key: Ok(value.api_key),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ErrorAnswer {
            errors: ::std::result::Result<::std::vec::Vec<super::ErrorItem>, ::std::string::String>,
            meta: ::std::result::Result<::std::option::Option<super::Meta>, ::std::string::String>,
        }
        impl ::std::default::Default for ErrorAnswer {
            fn default() -> Self {
                Self {
                    errors: Err("no value supplied for errors".to_string()),
                    meta: Ok(Default::default()),
                }
            }
        }
        impl ErrorAnswer {
            pub fn errors<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::ErrorItem>>,
                T::Error: ::std::fmt::Display,
            {
                self.errors = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for errors: {e}"));
                self
            }
            pub fn meta<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::Meta>>,
                T::Error: ::std::fmt::Display,
            {
                self.meta = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for meta: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ErrorAnswer> for super::ErrorAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ErrorAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    errors: value.errors?,
                    meta: value.meta?,
                })
            }
        }
        impl ::std::convert::From<super::ErrorAnswer> for ErrorAnswer {
            fn from(value: super::ErrorAnswer) -> Self {
                Self {
                    errors: Ok(value.errors),
                    meta: Ok(value.meta),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ErrorItem {
            httpcode: ::std::result::Result<i32, ::std::string::String>,
            message: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for ErrorItem {
            fn default() -> Self {
                Self {
                    httpcode: Err("no value supplied for httpcode".to_string()),
                    message: Err("no value supplied for message".to_string()),
                }
            }
        }
        impl ErrorItem {
            pub fn httpcode<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.httpcode = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for httpcode: {e}"));
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
        }
        impl ::std::convert::TryFrom<ErrorItem> for super::ErrorItem {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ErrorItem,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    httpcode: value.httpcode?,
                    message: value.message?,
                })
            }
        }
        impl ::std::convert::From<super::ErrorItem> for ErrorItem {
            fn from(value: super::ErrorItem) -> Self {
                Self {
                    httpcode: Ok(value.httpcode),
                    message: Ok(value.message),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Meta {
            pagination: ::std::result::Result<
                ::std::option::Option<super::Pagination>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for Meta {
            fn default() -> Self {
                Self {
                    pagination: Ok(Default::default()),
                }
            }
        }
        impl Meta {
            pub fn pagination<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::Pagination>>,
                T::Error: ::std::fmt::Display,
            {
                self.pagination = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for pagination: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Meta> for super::Meta {
            type Error = super::error::ConversionError;
            fn try_from(value: Meta) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    pagination: value.pagination?,
                })
            }
        }
        impl ::std::convert::From<super::Meta> for Meta {
            fn from(value: super::Meta) -> Self {
                Self {
                    pagination: Ok(value.pagination),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Pagination {
            limit: ::std::result::Result<i32, ::std::string::String>,
            offset: ::std::result::Result<i32, ::std::string::String>,
            total_count: ::std::result::Result<i64, ::std::string::String>,
        }
        impl ::std::default::Default for Pagination {
            fn default() -> Self {
                Self {
                    limit: Err("no value supplied for limit".to_string()),
                    offset: Err("no value supplied for offset".to_string()),
                    total_count: Err("no value supplied for total_count".to_string()),
                }
            }
        }
        impl Pagination {
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
            pub fn total_count<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.total_count = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for total_count: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<Pagination> for super::Pagination {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Pagination,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    limit: value.limit?,
                    offset: value.offset?,
                    total_count: value.total_count?,
                })
            }
        }
        impl ::std::convert::From<super::Pagination> for Pagination {
            fn from(value: super::Pagination) -> Self {
                Self {
                    limit: Ok(value.limit),
                    offset: Ok(value.offset),
                    total_count: Ok(value.total_count),
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
/// Client for keywright organization-key
///
/// One API key per organization. Who replaces it chooses how widely that must be replicated before it is answered.
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
    /// Replace the organization's API key
    ///
    /// Makes a new API key for the organization and answers it once. The organization's previous key stops working. Call with the organization's own key or with a key of any organization above it.
    ///
    /// Sends a `PUT` request to `/organizations/api-keys`
    ///
    /// Arguments:
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value, sent by the same organization, gets the same new key again, after waiting for the level once more, and 400 once that key has been replaced. Use a fresh random UUID per change: a version 4 UUID with at least 7 different hexadecimal digits among its 30 random ones, and no other value, also serves when only the replaced key is at hand.
    /// - `slash_id_org_id`: The organization whose key is replaced. Send it exactly once.
    /// - `slash_id_required_consistency`: How widely the change must be replicated before it is answered. `local_region` waits for the answering region, `all_regions` for every region. When the level is not reached in time, the answer is 408, and the change may still be made.
    /// - `slash_id_required_consistency_timeout`: The most seconds to wait for the required level, as plain digits without sign or leading zero. When they are over, the answer is 408, and the change may still be made.
    /// ```text
    /// let response = client.generate_organization_key()
    ///     .idempotency_key(idempotency_key)
    ///     .slash_id_org_id(slash_id_org_id)
    ///     .slash_id_required_consistency(slash_id_required_consistency)
    ///     .slash_id_required_consistency_timeout(slash_id_required_consistency_timeout)
    ///     .send()
    ///     .await;
    /// ```
    pub fn generate_organization_key(&self) -> builder::GenerateOrganizationKey<'_> {
        builder::GenerateOrganizationKey::new(self)
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
    /// Builder for [`Client::generate_organization_key`]
    ///
    /// [`Client::generate_organization_key`]: super::Client::generate_organization_key
    #[derive(Debug, Clone)]
    pub struct GenerateOrganizationKey<'a> {
        client: &'a super::Client,
        idempotency_key: Result<Option<types::GenerateOrganizationKeyIdempotencyKey>, String>,
        slash_id_org_id: Result<::std::string::String, String>,
        slash_id_required_consistency: Result<Option<types::RequiredConsistency>, String>,
        slash_id_required_consistency_timeout: Result<Option<::std::num::NonZeroU32>, String>,
    }
    impl<'a> GenerateOrganizationKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                idempotency_key: Ok(None),
                slash_id_org_id: Err("slash_id_org_id was not initialized".to_string()),
                slash_id_required_consistency: Ok(None),
                slash_id_required_consistency_timeout: Ok(None),
            }
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::GenerateOrganizationKeyIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `GenerateOrganizationKeyIdempotencyKey` for idempotency_key failed"
                    .to_string()
            });
            self
        }
        pub fn slash_id_org_id<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.slash_id_org_id = value.try_into().map_err(|_| {
                "conversion to `:: std :: string :: String` for slash_id_org_id failed".to_string()
            });
            self
        }
        pub fn slash_id_required_consistency<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::RequiredConsistency>,
        {
            self.slash_id_required_consistency = value.try_into().map(Some).map_err(|_| {
                "conversion to `RequiredConsistency` for slash_id_required_consistency failed"
                    .to_string()
            });
            self
        }
        pub fn slash_id_required_consistency_timeout<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::num::NonZeroU32>,
        {
            self.slash_id_required_consistency_timeout = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: num :: NonZeroU32` for slash_id_required_consistency_timeout failed"
                        .to_string()
                });
            self
        }
        /// Sends a `PUT` request to `/organizations/api-keys`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::ApiKeyAnswer>, Error<types::ErrorAnswer>> {
            let Self {
                client,
                idempotency_key,
                slash_id_org_id,
                slash_id_required_consistency,
                slash_id_required_consistency_timeout,
            } = self;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let slash_id_org_id = slash_id_org_id.map_err(Error::InvalidRequest)?;
            let slash_id_required_consistency =
                slash_id_required_consistency.map_err(Error::InvalidRequest)?;
            let slash_id_required_consistency_timeout =
                slash_id_required_consistency_timeout.map_err(Error::InvalidRequest)?;
            let url = format!("{}/organizations/api-keys", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(5usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = idempotency_key {
                header_map.append("Idempotency-Key", value.to_string().try_into()?);
            }
            header_map.append("SlashID-OrgID", slash_id_org_id.to_string().try_into()?);
            if let Some(value) = slash_id_required_consistency {
                header_map.append(
                    "SlashID-Required-Consistency",
                    value.to_string().try_into()?,
                );
            }
            if let Some(value) = slash_id_required_consistency_timeout {
                header_map.append(
                    "SlashID-Required-Consistency-Timeout",
                    value.to_string().try_into()?,
                );
            }
            #[allow(unused_mut)]
            let mut request = client
                .client
                .put(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "generate_organization_key",
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
                408u16 => Err(Error::ErrorResponse(
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
