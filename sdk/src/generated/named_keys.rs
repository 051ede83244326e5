// Generated from openapi/named-keys.yaml by `cargo xtask sdk`. Do not edit: change the document.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{ClientHooks, OperationInfo, RequestBuilderExt, encode_path};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    /// A new key, with its secret.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiKey {
        /// The secret: `apikey:` and 128 letters and digits. It is shown this once and cannot be read again; store it safely.
        pub api_key: ::keywright_sdk::Secret,
        /// The key's identifier. It is no secret.
        pub id: ::uuid::Uuid,
        /// The key's name, as it was sent.
        pub name: ::std::string::String,
    }
    impl ApiKey {
        pub fn builder() -> builder::ApiKey {
            Default::default()
        }
    }
    /// A key to make.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiKeyInput {
        /// The key's name. No other live key of the organization may have it; case matters.
        pub name: ApiKeyInputName,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub role: ::std::option::Option<ApiKeyRole>,
    }
    impl ApiKeyInput {
        pub fn builder() -> builder::ApiKeyInput {
            Default::default()
        }
    }
    /// The key's name. No other live key of the organization may have it; case matters.
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
                ::std::sync::LazyLock::new(|| ::regress::Regex::new("^[a-zA-Z0-9_-]+$").unwrap());
            if PATTERN.find(value).is_none() {
                return Err("doesn't match pattern \"^[a-zA-Z0-9_-]+$\"".into());
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
    /// What a key may do: `read` is `Read` alone, `write` is `Read` and `Write`. A new key gets both when it is left out. Of a listed key, the least role that covers its scopes.
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
    pub enum ApiKeyRole {
        #[serde(rename = "read")]
        Read,
        #[serde(rename = "write")]
        Write,
    }
    impl ::std::fmt::Display for ApiKeyRole {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Read => f.write_str("read"),
                Self::Write => f.write_str("write"),
            }
        }
    }
    impl ::std::str::FromStr for ApiKeyRole {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "read" => Ok(Self::Read),
                "write" => Ok(Self::Write),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for ApiKeyRole {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ApiKeyRole {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// How the server was built, which it does not tell: every member is empty.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct BuildInformation {
        pub build_cpu: ::std::string::String,
        pub build_os: ::std::string::String,
        pub build_timestamp: ::std::string::String,
        pub cargo_debug: ::std::string::String,
        pub cargo_dependencies: ::std::string::String,
        pub cargo_features: ::std::string::String,
        pub cargo_opt_level: ::std::string::String,
        pub cargo_target_triple: ::std::string::String,
        pub rustc_version: ::std::string::String,
    }
    impl BuildInformation {
        pub fn builder() -> builder::BuildInformation {
            Default::default()
        }
    }
    /// What server this is, in the members that the provider's clients read.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ConfigAnswer {
        /// Always false: there are no functions of users to run.
        pub allow_rust_udfs: bool,
        pub build_info: BuildInformation,
        /// Always `source`.
        pub build_source: ::std::string::String,
        /// Always empty: there is no page with the changes.
        pub changelog_url: ::std::string::String,
        /// Always empty: the server reports nothing.
        pub conceptualhq: ::std::string::String,
        /// Always `Open source`, the edition that asks for no licence.
        pub edition: ::std::string::String,
        /// Always empty: the server reports nothing.
        pub posthog: ::std::string::String,
        /// Always empty: the server reports nothing.
        pub product_fruits: ::std::string::String,
        /// Always empty: the version says it.
        pub revision: ::std::string::String,
        /// Always empty: there is no runtime.
        pub runtime_revision: ::std::string::String,
        /// The server's version.
        pub version: ::std::string::String,
    }
    impl ConfigAnswer {
        pub fn builder() -> builder::ConfigAnswer {
            Default::default()
        }
    }
    /// `CreateNamedKeyIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct CreateNamedKeyIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for CreateNamedKeyIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<CreateNamedKeyIdempotencyKey> for ::std::string::String {
        fn from(value: CreateNamedKeyIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for CreateNamedKeyIdempotencyKey {
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
    impl ::std::convert::TryFrom<&str> for CreateNamedKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CreateNamedKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CreateNamedKeyIdempotencyKey {
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
    /// Why a request was refused or failed.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ErrorAnswer {
        /// More about the error, in members that depend on `error_code`; null when there is no more to say.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub details:
            ::std::option::Option<::serde_json::Map<::std::string::String, ::serde_json::Value>>,
        /// The kind of error, for programs. It decides what `details` holds.
        pub error_code: ::std::string::String,
        /// What happened and what to do about it, for people.
        pub message: ::std::string::String,
    }
    impl ErrorAnswer {
        pub fn builder() -> builder::ErrorAnswer {
            Default::default()
        }
    }
    /// A key, without its secret.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ListedApiKey {
        /// The key's identifier. It is no secret.
        pub id: ::uuid::Uuid,
        /// The key's name, as it was sent.
        pub name: ::std::string::String,
        pub role: ApiKeyRole,
        /// What the key may do.
        pub scopes: ::std::vec::Vec<Scope>,
    }
    impl ListedApiKey {
        pub fn builder() -> builder::ListedApiKey {
            Default::default()
        }
    }
    /// What a key may do.
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
    pub enum Scope {
        Read,
        Write,
    }
    impl ::std::fmt::Display for Scope {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Read => f.write_str("Read"),
                Self::Write => f.write_str("Write"),
            }
        }
    }
    impl ::std::str::FromStr for Scope {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "Read" => Ok(Self::Read),
                "Write" => Ok(Self::Write),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for Scope {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for Scope {
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
        pub struct ApiKey {
            api_key: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for ApiKey {
            fn default() -> Self {
                Self {
                    api_key: Err("no value supplied for api_key".to_string()),
                    id: Err("no value supplied for id".to_string()),
                    name: Err("no value supplied for name".to_string()),
                }
            }
        }
        impl ApiKey {
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
        }
        impl ::std::convert::TryFrom<ApiKey> for super::ApiKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    api_key: value.api_key?,
                    id: value.id?,
                    name: value.name?,
                })
            }
        }
        impl ::std::convert::From<super::ApiKey> for ApiKey {
            fn from(value: super::ApiKey) -> Self {
                Self {
                    api_key: Ok(value.api_key),
                    id: Ok(value.id),
                    name: Ok(value.name),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ApiKeyInput {
            name: ::std::result::Result<super::ApiKeyInputName, ::std::string::String>,
            role: ::std::result::Result<
                ::std::option::Option<super::ApiKeyRole>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for ApiKeyInput {
            fn default() -> Self {
                Self {
                    name: Err("no value supplied for name".to_string()),
                    role: Ok(Default::default()),
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
            pub fn role<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::ApiKeyRole>>,
                T::Error: ::std::fmt::Display,
            {
                self.role = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for role: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiKeyInput> for super::ApiKeyInput {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKeyInput,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    name: value.name?,
                    role: value.role?,
                })
            }
        }
        impl ::std::convert::From<super::ApiKeyInput> for ApiKeyInput {
            fn from(value: super::ApiKeyInput) -> Self {
                Self {
                    name: Ok(value.name),
                    role: Ok(value.role),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct BuildInformation {
            build_cpu: ::std::result::Result<::std::string::String, ::std::string::String>,
            build_os: ::std::result::Result<::std::string::String, ::std::string::String>,
            build_timestamp: ::std::result::Result<::std::string::String, ::std::string::String>,
            cargo_debug: ::std::result::Result<::std::string::String, ::std::string::String>,
            cargo_dependencies: ::std::result::Result<::std::string::String, ::std::string::String>,
            cargo_features: ::std::result::Result<::std::string::String, ::std::string::String>,
            cargo_opt_level: ::std::result::Result<::std::string::String, ::std::string::String>,
            cargo_target_triple:
                ::std::result::Result<::std::string::String, ::std::string::String>,
            rustc_version: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for BuildInformation {
            fn default() -> Self {
                Self {
                    build_cpu: Err("no value supplied for build_cpu".to_string()),
                    build_os: Err("no value supplied for build_os".to_string()),
                    build_timestamp: Err("no value supplied for build_timestamp".to_string()),
                    cargo_debug: Err("no value supplied for cargo_debug".to_string()),
                    cargo_dependencies: Err("no value supplied for cargo_dependencies".to_string()),
                    cargo_features: Err("no value supplied for cargo_features".to_string()),
                    cargo_opt_level: Err("no value supplied for cargo_opt_level".to_string()),
                    cargo_target_triple: Err(
                        "no value supplied for cargo_target_triple".to_string()
                    ),
                    rustc_version: Err("no value supplied for rustc_version".to_string()),
                }
            }
        }
        impl BuildInformation {
            pub fn build_cpu<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.build_cpu = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for build_cpu: {e}"));
                self
            }
            pub fn build_os<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.build_os = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for build_os: {e}"));
                self
            }
            pub fn build_timestamp<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.build_timestamp = value.try_into().map_err(|e| {
                    format!("error converting supplied value for build_timestamp: {e}")
                });
                self
            }
            pub fn cargo_debug<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.cargo_debug = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for cargo_debug: {e}"));
                self
            }
            pub fn cargo_dependencies<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.cargo_dependencies = value.try_into().map_err(|e| {
                    format!("error converting supplied value for cargo_dependencies: {e}")
                });
                self
            }
            pub fn cargo_features<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.cargo_features = value.try_into().map_err(|e| {
                    format!("error converting supplied value for cargo_features: {e}")
                });
                self
            }
            pub fn cargo_opt_level<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.cargo_opt_level = value.try_into().map_err(|e| {
                    format!("error converting supplied value for cargo_opt_level: {e}")
                });
                self
            }
            pub fn cargo_target_triple<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.cargo_target_triple = value.try_into().map_err(|e| {
                    format!("error converting supplied value for cargo_target_triple: {e}")
                });
                self
            }
            pub fn rustc_version<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.rustc_version = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for rustc_version: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<BuildInformation> for super::BuildInformation {
            type Error = super::error::ConversionError;
            fn try_from(
                value: BuildInformation,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    build_cpu: value.build_cpu?,
                    build_os: value.build_os?,
                    build_timestamp: value.build_timestamp?,
                    cargo_debug: value.cargo_debug?,
                    cargo_dependencies: value.cargo_dependencies?,
                    cargo_features: value.cargo_features?,
                    cargo_opt_level: value.cargo_opt_level?,
                    cargo_target_triple: value.cargo_target_triple?,
                    rustc_version: value.rustc_version?,
                })
            }
        }
        impl ::std::convert::From<super::BuildInformation> for BuildInformation {
            fn from(value: super::BuildInformation) -> Self {
                Self {
                    build_cpu: Ok(value.build_cpu),
                    build_os: Ok(value.build_os),
                    build_timestamp: Ok(value.build_timestamp),
                    cargo_debug: Ok(value.cargo_debug),
                    cargo_dependencies: Ok(value.cargo_dependencies),
                    cargo_features: Ok(value.cargo_features),
                    cargo_opt_level: Ok(value.cargo_opt_level),
                    cargo_target_triple: Ok(value.cargo_target_triple),
                    rustc_version: Ok(value.rustc_version),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ConfigAnswer {
            allow_rust_udfs: ::std::result::Result<bool, ::std::string::String>,
            build_info: ::std::result::Result<super::BuildInformation, ::std::string::String>,
            build_source: ::std::result::Result<::std::string::String, ::std::string::String>,
            changelog_url: ::std::result::Result<::std::string::String, ::std::string::String>,
            conceptualhq: ::std::result::Result<::std::string::String, ::std::string::String>,
            edition: ::std::result::Result<::std::string::String, ::std::string::String>,
            posthog: ::std::result::Result<::std::string::String, ::std::string::String>,
            product_fruits: ::std::result::Result<::std::string::String, ::std::string::String>,
            revision: ::std::result::Result<::std::string::String, ::std::string::String>,
            runtime_revision: ::std::result::Result<::std::string::String, ::std::string::String>,
            version: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for ConfigAnswer {
            fn default() -> Self {
                Self {
                    allow_rust_udfs: Err("no value supplied for allow_rust_udfs".to_string()),
                    build_info: Err("no value supplied for build_info".to_string()),
                    build_source: Err("no value supplied for build_source".to_string()),
                    changelog_url: Err("no value supplied for changelog_url".to_string()),
                    conceptualhq: Err("no value supplied for conceptualhq".to_string()),
                    edition: Err("no value supplied for edition".to_string()),
                    posthog: Err("no value supplied for posthog".to_string()),
                    product_fruits: Err("no value supplied for product_fruits".to_string()),
                    revision: Err("no value supplied for revision".to_string()),
                    runtime_revision: Err("no value supplied for runtime_revision".to_string()),
                    version: Err("no value supplied for version".to_string()),
                }
            }
        }
        impl ConfigAnswer {
            pub fn allow_rust_udfs<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<bool>,
                T::Error: ::std::fmt::Display,
            {
                self.allow_rust_udfs = value.try_into().map_err(|e| {
                    format!("error converting supplied value for allow_rust_udfs: {e}")
                });
                self
            }
            pub fn build_info<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::BuildInformation>,
                T::Error: ::std::fmt::Display,
            {
                self.build_info = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for build_info: {e}"));
                self
            }
            pub fn build_source<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.build_source = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for build_source: {e}"));
                self
            }
            pub fn changelog_url<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.changelog_url = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for changelog_url: {e}"));
                self
            }
            pub fn conceptualhq<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.conceptualhq = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for conceptualhq: {e}"));
                self
            }
            pub fn edition<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.edition = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for edition: {e}"));
                self
            }
            pub fn posthog<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.posthog = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for posthog: {e}"));
                self
            }
            pub fn product_fruits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.product_fruits = value.try_into().map_err(|e| {
                    format!("error converting supplied value for product_fruits: {e}")
                });
                self
            }
            pub fn revision<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.revision = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for revision: {e}"));
                self
            }
            pub fn runtime_revision<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.runtime_revision = value.try_into().map_err(|e| {
                    format!("error converting supplied value for runtime_revision: {e}")
                });
                self
            }
            pub fn version<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.version = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for version: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ConfigAnswer> for super::ConfigAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ConfigAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    allow_rust_udfs: value.allow_rust_udfs?,
                    build_info: value.build_info?,
                    build_source: value.build_source?,
                    changelog_url: value.changelog_url?,
                    conceptualhq: value.conceptualhq?,
                    edition: value.edition?,
                    posthog: value.posthog?,
                    product_fruits: value.product_fruits?,
                    revision: value.revision?,
                    runtime_revision: value.runtime_revision?,
                    version: value.version?,
                })
            }
        }
        impl ::std::convert::From<super::ConfigAnswer> for ConfigAnswer {
            fn from(value: super::ConfigAnswer) -> Self {
                Self {
                    allow_rust_udfs: Ok(value.allow_rust_udfs),
                    build_info: Ok(value.build_info),
                    build_source: Ok(value.build_source),
                    changelog_url: Ok(value.changelog_url),
                    conceptualhq: Ok(value.conceptualhq),
                    edition: Ok(value.edition),
                    posthog: Ok(value.posthog),
                    product_fruits: Ok(value.product_fruits),
                    revision: Ok(value.revision),
                    runtime_revision: Ok(value.runtime_revision),
                    version: Ok(value.version),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ErrorAnswer {
            details: ::std::result::Result<
                ::std::option::Option<
                    ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                >,
                ::std::string::String,
            >,
            error_code: ::std::result::Result<::std::string::String, ::std::string::String>,
            message: ::std::result::Result<::std::string::String, ::std::string::String>,
        }
        impl ::std::default::Default for ErrorAnswer {
            fn default() -> Self {
                Self {
                    details: Err("no value supplied for details".to_string()),
                    error_code: Err("no value supplied for error_code".to_string()),
                    message: Err("no value supplied for message".to_string()),
                }
            }
        }
        impl ErrorAnswer {
            pub fn details<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<
                        ::std::option::Option<
                            ::serde_json::Map<::std::string::String, ::serde_json::Value>,
                        >,
                    >,
                T::Error: ::std::fmt::Display,
            {
                self.details = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for details: {e}"));
                self
            }
            pub fn error_code<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::string::String>,
                T::Error: ::std::fmt::Display,
            {
                self.error_code = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for error_code: {e}"));
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
        impl ::std::convert::TryFrom<ErrorAnswer> for super::ErrorAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ErrorAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    details: value.details?,
                    error_code: value.error_code?,
                    message: value.message?,
                })
            }
        }
        impl ::std::convert::From<super::ErrorAnswer> for ErrorAnswer {
            fn from(value: super::ErrorAnswer) -> Self {
                Self {
                    details: Ok(value.details),
                    error_code: Ok(value.error_code),
                    message: Ok(value.message),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ListedApiKey {
            id: ::std::result::Result<::uuid::Uuid, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
            role: ::std::result::Result<super::ApiKeyRole, ::std::string::String>,
            scopes: ::std::result::Result<::std::vec::Vec<super::Scope>, ::std::string::String>,
        }
        impl ::std::default::Default for ListedApiKey {
            fn default() -> Self {
                Self {
                    id: Err("no value supplied for id".to_string()),
                    name: Err("no value supplied for name".to_string()),
                    role: Err("no value supplied for role".to_string()),
                    scopes: Err("no value supplied for scopes".to_string()),
                }
            }
        }
        impl ListedApiKey {
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
            pub fn role<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::ApiKeyRole>,
                T::Error: ::std::fmt::Display,
            {
                self.role = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for role: {e}"));
                self
            }
            pub fn scopes<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::vec::Vec<super::Scope>>,
                T::Error: ::std::fmt::Display,
            {
                self.scopes = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for scopes: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ListedApiKey> for super::ListedApiKey {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ListedApiKey,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    id: value.id?,
                    name: value.name?,
                    role: value.role?,
                    scopes: value.scopes?,
                })
            }
        }
        impl ::std::convert::From<super::ListedApiKey> for ListedApiKey {
            fn from(value: super::ListedApiKey) -> Self {
                Self {
                    id: Ok(value.id),
                    name: Ok(value.name),
                    role: Ok(value.role),
                    scopes: Ok(value.scopes),
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
/// Client for keywright named-keys
///
/// API keys of an organization, each with a name that no other live key of it has.
///
/// Version: v0
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
        "v0"
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
    /// List the named API keys
    ///
    /// Answers all live named keys of the caller's organization, ordered by `id` and never with a secret. A key that is made or ended meanwhile may be listed or not; an answer that breaks off is no whole list. The caller must be able to read.
    ///
    /// Sends a `GET` request to `/v0/api_keys`
    ///
    /// ```text
    /// let response = client.list_named_keys()
    ///     .send()
    ///     .await;
    /// ```
    pub fn list_named_keys(&self) -> builder::ListNamedKeys<'_> {
        builder::ListNamedKeys::new(self)
    }
    /// Create a named API key
    ///
    /// Makes an API key with the given name for the caller's organization and answers it once. Making one takes `Write`, and no key gets more than its maker has: whatever the role, the caller must be able to both read and write.
    ///
    /// Sends a `POST` request to `/v0/api_keys`
    ///
    /// Arguments:
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value with the same body, sent by the same organization, gets the same key again; with another body it gets 400. Use a fresh random UUID per key.
    /// - `body`: The key to make.
    /// ```text
    /// let response = client.create_named_key()
    ///     .idempotency_key(idempotency_key)
    ///     .body(body)
    ///     .send()
    ///     .await;
    /// ```
    pub fn create_named_key(&self) -> builder::CreateNamedKey<'_> {
        builder::CreateNamedKey::new(self)
    }
    /// Read a named API key
    ///
    /// Answers the live key of the caller's organization that has this name, as a list of one and never with its secret. The caller must be able to read.
    ///
    /// Sends a `GET` request to `/v0/api_keys/{api_key_name}`
    ///
    /// Arguments:
    /// - `api_key_name`: The key's name; case matters. One that breaks a rule for names is the name of no key.
    /// ```text
    /// let response = client.read_named_key()
    ///     .api_key_name(api_key_name)
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_named_key(&self) -> builder::ReadNamedKey<'_> {
        builder::ReadNamedKey::new(self)
    }
    /// Delete a named API key
    ///
    /// Ends the live key of the caller's organization that has this name, for good. It stops working at the same instant, and its name is free again. The caller must be able to write.
    ///
    /// Sends a `DELETE` request to `/v0/api_keys/{api_key_name}`
    ///
    /// Arguments:
    /// - `api_key_name`: The key's name; case matters. One that breaks a rule for names is the name of no key.
    /// ```text
    /// let response = client.delete_named_key()
    ///     .api_key_name(api_key_name)
    ///     .send()
    ///     .await;
    /// ```
    pub fn delete_named_key(&self) -> builder::DeleteNamedKey<'_> {
        builder::DeleteNamedKey::new(self)
    }
    /// Read what server this is
    ///
    /// Answers what clients of the provider ask before anything else. Every named key and every token may ask, whatever its scopes.
    ///
    /// Sends a `GET` request to `/v0/config`
    ///
    /// ```text
    /// let response = client.read_config()
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_config(&self) -> builder::ReadConfig<'_> {
        builder::ReadConfig::new(self)
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
    /// Builder for [`Client::list_named_keys`]
    ///
    /// [`Client::list_named_keys`]: super::Client::list_named_keys
    #[derive(Debug, Clone)]
    pub struct ListNamedKeys<'a> {
        client: &'a super::Client,
    }
    impl<'a> ListNamedKeys<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        /// Sends a `GET` request to `/v0/api_keys`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<::std::vec::Vec<types::ListedApiKey>>, Error<types::ErrorAnswer>>
        {
            let Self { client } = self;
            let url = format!("{}/v0/api_keys", client.baseurl,);
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
                operation_id: "list_named_keys",
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
    /// Builder for [`Client::create_named_key`]
    ///
    /// [`Client::create_named_key`]: super::Client::create_named_key
    #[derive(Debug, Clone)]
    pub struct CreateNamedKey<'a> {
        client: &'a super::Client,
        idempotency_key: Result<Option<types::CreateNamedKeyIdempotencyKey>, String>,
        body: Result<types::builder::ApiKeyInput, String>,
    }
    impl<'a> CreateNamedKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                idempotency_key: Ok(None),
                body: Ok(::std::default::Default::default()),
            }
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::CreateNamedKeyIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `CreateNamedKeyIdempotencyKey` for idempotency_key failed"
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
        /// Sends a `POST` request to `/v0/api_keys`
        pub async fn send(self) -> Result<ResponseValue<types::ApiKey>, Error<types::ErrorAnswer>> {
            let Self {
                client,
                idempotency_key,
                body,
            } = self;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let body = body
                .and_then(|v| types::ApiKeyInput::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;
            let url = format!("{}/v0/api_keys", client.baseurl,);
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
                operation_id: "create_named_key",
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
    /// Builder for [`Client::read_named_key`]
    ///
    /// [`Client::read_named_key`]: super::Client::read_named_key
    #[derive(Debug, Clone)]
    pub struct ReadNamedKey<'a> {
        client: &'a super::Client,
        api_key_name: Result<::std::string::String, String>,
    }
    impl<'a> ReadNamedKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                api_key_name: Err("api_key_name was not initialized".to_string()),
            }
        }
        pub fn api_key_name<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.api_key_name = value.try_into().map_err(|_| {
                "conversion to `:: std :: string :: String` for api_key_name failed".to_string()
            });
            self
        }
        /// Sends a `GET` request to `/v0/api_keys/{api_key_name}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<::std::vec::Vec<types::ListedApiKey>>, Error<types::ErrorAnswer>>
        {
            let Self {
                client,
                api_key_name,
            } = self;
            let api_key_name = api_key_name.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v0/api_keys/{}",
                client.baseurl,
                encode_path(&api_key_name.to_string()),
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
                operation_id: "read_named_key",
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
    /// Builder for [`Client::delete_named_key`]
    ///
    /// [`Client::delete_named_key`]: super::Client::delete_named_key
    #[derive(Debug, Clone)]
    pub struct DeleteNamedKey<'a> {
        client: &'a super::Client,
        api_key_name: Result<::std::string::String, String>,
    }
    impl<'a> DeleteNamedKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                api_key_name: Err("api_key_name was not initialized".to_string()),
            }
        }
        pub fn api_key_name<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.api_key_name = value.try_into().map_err(|_| {
                "conversion to `:: std :: string :: String` for api_key_name failed".to_string()
            });
            self
        }
        /// Sends a `DELETE` request to `/v0/api_keys/{api_key_name}`
        pub async fn send(self) -> Result<ResponseValue<()>, Error<types::ErrorAnswer>> {
            let Self {
                client,
                api_key_name,
            } = self;
            let api_key_name = api_key_name.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v0/api_keys/{}",
                client.baseurl,
                encode_path(&api_key_name.to_string()),
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
                operation_id: "delete_named_key",
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
    /// Builder for [`Client::read_config`]
    ///
    /// [`Client::read_config`]: super::Client::read_config
    #[derive(Debug, Clone)]
    pub struct ReadConfig<'a> {
        client: &'a super::Client,
    }
    impl<'a> ReadConfig<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        /// Sends a `GET` request to `/v0/config`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::ConfigAnswer>, Error<types::ErrorAnswer>> {
            let Self { client } = self;
            let url = format!("{}/v0/config", client.baseurl,);
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
                operation_id: "read_config",
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
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    pub use self::super::Client;
}
