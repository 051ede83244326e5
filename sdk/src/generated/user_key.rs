// Generated from openapi/user-key.yaml by `cargo xtask sdk`. Do not edit: change the document.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{ClientHooks, OperationInfo, RequestBuilderExt, encode_path};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    /// Says that this API version will be shut down, or that it was. Only present where that is planned.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiDeprecationNotice {
        /// The plan in words.
        pub message: ::std::string::String,
        /// When the version shuts down, in UTC with milliseconds, written as in RFC 3339.
        #[serde(rename = "shutdownDate")]
        pub shutdown_date: ::chrono::DateTime<::chrono::offset::Utc>,
    }
    impl ApiDeprecationNotice {
        pub fn builder() -> builder::ApiDeprecationNotice {
            Default::default()
        }
    }
    /// A new key and what making it cost.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ApiKeyAnswer {
        /// The user's new API key. It is shown this once; store it safely.
        pub apikey: ::keywright_sdk::Secret,
        pub status: Status,
    }
    impl ApiKeyAnswer {
        pub fn builder() -> builder::ApiKeyAnswer {
            Default::default()
        }
    }
    /// A version of this API.
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
    pub enum ApiVersion {
        #[serde(rename = "v1")]
        V1,
    }
    impl ::std::fmt::Display for ApiVersion {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::V1 => f.write_str("v1"),
            }
        }
    }
    impl ::std::str::FromStr for ApiVersion {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "v1" => Ok(Self::V1),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for ApiVersion {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ApiVersion {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Why a request was refused and what the refusal cost.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ErrorAnswer {
        pub error: ErrorDescription,
        pub status: Status,
    }
    impl ErrorAnswer {
        pub fn builder() -> builder::ErrorAnswer {
            Default::default()
        }
    }
    /// What went wrong, for whom and in which request.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ErrorDescription {
        /// The HTTP status of this response.
        pub code: i32,
        /// What happened and what to do about it, for people.
        pub message: ::std::string::String,
        /// The request, as in `X-Request-Id`.
        #[serde(rename = "requestId")]
        pub request_id: ErrorDescriptionRequestId,
        /// Who called. Left out when the caller is not known.
        #[serde(
            rename = "userId",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub user_id: ::std::option::Option<ErrorDescriptionUserId>,
    }
    impl ErrorDescription {
        pub fn builder() -> builder::ErrorDescription {
            Default::default()
        }
    }
    /// The request, as in `X-Request-Id`.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ErrorDescriptionRequestId(::std::string::String);
    impl ::std::ops::Deref for ErrorDescriptionRequestId {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ErrorDescriptionRequestId> for ::std::string::String {
        fn from(value: ErrorDescriptionRequestId) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ErrorDescriptionRequestId {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> = ::std::sync::LazyLock::new(
                || {
                    ::regress::Regex::new(
                        "^[0-9a-fA-F]{8}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{12}$",
                    )
                    .unwrap()
                },
            );
            if PATTERN.find(value).is_none() {
                return Err(
                    "doesn't match pattern \"^[0-9a-fA-F]{8}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{12}$\""
                        .into(),
                );
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ErrorDescriptionRequestId {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ErrorDescriptionRequestId {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ErrorDescriptionRequestId {
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
    /// Who called. Left out when the caller is not known.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ErrorDescriptionUserId(::std::string::String);
    impl ::std::ops::Deref for ErrorDescriptionUserId {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ErrorDescriptionUserId> for ::std::string::String {
        fn from(value: ErrorDescriptionUserId) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ErrorDescriptionUserId {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> = ::std::sync::LazyLock::new(
                || {
                    ::regress::Regex::new(
                        "^[0-9a-fA-F]{8}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{12}$",
                    )
                    .unwrap()
                },
            );
            if PATTERN.find(value).is_none() {
                return Err(
                    "doesn't match pattern \"^[0-9a-fA-F]{8}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{12}$\""
                        .into(),
                );
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ErrorDescriptionUserId {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ErrorDescriptionUserId {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ErrorDescriptionUserId {
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
    /// Every error of `generate_user_key`.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(untagged)]
    pub enum GenerateUserKeyError {
        ErrorAnswer(ErrorAnswer),
        ServerFault(ServerFault),
    }
    impl ::std::convert::From<ErrorAnswer> for GenerateUserKeyError {
        fn from(value: ErrorAnswer) -> Self {
            Self::ErrorAnswer(value)
        }
    }
    impl ::std::convert::From<ServerFault> for GenerateUserKeyError {
        fn from(value: ServerFault) -> Self {
            Self::ServerFault(value)
        }
    }
    /// `GenerateUserKeyIdempotencyKey`
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct GenerateUserKeyIdempotencyKey(::std::string::String);
    impl ::std::ops::Deref for GenerateUserKeyIdempotencyKey {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<GenerateUserKeyIdempotencyKey> for ::std::string::String {
        fn from(value: GenerateUserKeyIdempotencyKey) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for GenerateUserKeyIdempotencyKey {
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
    impl ::std::convert::TryFrom<&str> for GenerateUserKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for GenerateUserKeyIdempotencyKey {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for GenerateUserKeyIdempotencyKey {
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
    /// The plan that a user is on, and what is left of it. Monthly credits are full again on the first of each month at 00:00 UTC.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Plan {
        /// The most credits the user may have beyond the plan's. Left out where there are none.
        #[serde(
            rename = "maxAdditionalCredits",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub max_additional_credits: ::std::option::Option<i64>,
        /// The plan's name.
        pub name: ::std::string::String,
        /// Credits beyond the plan's that are not used yet. Left out where there are none.
        #[serde(
            rename = "remainingAdditionalCredits",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub remaining_additional_credits: ::std::option::Option<i64>,
        /// Credits of this month that are not used yet.
        #[serde(rename = "remainingMonthlyCredits")]
        pub remaining_monthly_credits: i64,
        /// Credits that the plan gives each month.
        #[serde(rename = "totalMonthlyCredits")]
        pub total_monthly_credits: i64,
    }
    impl Plan {
        pub fn builder() -> builder::Plan {
            Default::default()
        }
    }
    /// Every error of `read_user_info`.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(untagged)]
    pub enum ReadUserInfoError {
        ErrorAnswer(ErrorAnswer),
        ServerFault(ServerFault),
    }
    impl ::std::convert::From<ErrorAnswer> for ReadUserInfoError {
        fn from(value: ErrorAnswer) -> Self {
            Self::ErrorAnswer(value)
        }
    }
    impl ::std::convert::From<ServerFault> for ReadUserInfoError {
        fn from(value: ServerFault) -> Self {
            Self::ServerFault(value)
        }
    }
    /// The only thing a failed server tells.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ServerFault {
        /// The request to name when asking for help.
        #[serde(rename = "requestId")]
        pub request_id: ServerFaultRequestId,
    }
    impl ServerFault {
        pub fn builder() -> builder::ServerFault {
            Default::default()
        }
    }
    /// The request to name when asking for help.
    #[derive(::serde::Serialize, Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[serde(transparent)]
    pub struct ServerFaultRequestId(::std::string::String);
    impl ::std::ops::Deref for ServerFaultRequestId {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<ServerFaultRequestId> for ::std::string::String {
        fn from(value: ServerFaultRequestId) -> Self {
            value.0
        }
    }
    impl ::std::str::FromStr for ServerFaultRequestId {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            static PATTERN: ::std::sync::LazyLock<::regress::Regex> = ::std::sync::LazyLock::new(
                || {
                    ::regress::Regex::new(
                        "^[0-9a-fA-F]{8}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{12}$",
                    )
                    .unwrap()
                },
            );
            if PATTERN.find(value).is_none() {
                return Err(
                    "doesn't match pattern \"^[0-9a-fA-F]{8}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{4}\\b-[0-9a-fA-F]{12}$\""
                        .into(),
                );
            }
            Ok(Self(value.to_string()))
        }
    }
    impl ::std::convert::TryFrom<&str> for ServerFaultRequestId {
        type Error = self::error::ConversionError;
        fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ServerFaultRequestId {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl<'de> ::serde::Deserialize<'de> for ServerFaultRequestId {
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
    /// What the response cost, and any plan to shut this API version down.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Status {
        #[serde(
            rename = "apiDeprecationNotice",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub api_deprecation_notice: ::std::option::Option<ApiDeprecationNotice>,
        /// Credits that this response cost the caller. A success costs 0.
        pub cost: i32,
    }
    impl Status {
        pub fn builder() -> builder::Status {
            Default::default()
        }
    }
    /// A user.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct User {
        /// When the user was made, in UTC with milliseconds, written as in RFC 3339.
        #[serde(rename = "createdAt")]
        pub created_at: ::chrono::DateTime<::chrono::offset::Utc>,
        /// The user's e-mail address. Left out when there is none.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub email: ::std::option::Option<::std::string::String>,
        /// The user's identifier.
        pub id: ::uuid::Uuid,
        pub plan: Plan,
        /// When the user was last changed, in UTC with milliseconds, written as in RFC 3339.
        #[serde(rename = "updatedAt")]
        pub updated_at: ::chrono::DateTime<::chrono::offset::Utc>,
    }
    impl User {
        pub fn builder() -> builder::User {
            Default::default()
        }
    }
    /// A user's account and what reading it cost.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct UserInfoAnswer {
        pub status: Status,
        pub user: User,
    }
    impl UserInfoAnswer {
        pub fn builder() -> builder::UserInfoAnswer {
            Default::default()
        }
    }
    /// Types for composing complex structures.
    pub mod builder {
        #[derive(Clone, Debug)]
        pub struct ApiDeprecationNotice {
            message: ::std::result::Result<::std::string::String, ::std::string::String>,
            shutdown_date: ::std::result::Result<
                ::chrono::DateTime<::chrono::offset::Utc>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for ApiDeprecationNotice {
            fn default() -> Self {
                Self {
                    message: Err("no value supplied for message".to_string()),
                    shutdown_date: Err("no value supplied for shutdown_date".to_string()),
                }
            }
        }
        impl ApiDeprecationNotice {
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
            pub fn shutdown_date<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::chrono::DateTime<::chrono::offset::Utc>>,
                T::Error: ::std::fmt::Display,
            {
                self.shutdown_date = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for shutdown_date: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiDeprecationNotice> for super::ApiDeprecationNotice {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiDeprecationNotice,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    message: value.message?,
                    shutdown_date: value.shutdown_date?,
                })
            }
        }
        impl ::std::convert::From<super::ApiDeprecationNotice> for ApiDeprecationNotice {
            fn from(value: super::ApiDeprecationNotice) -> Self {
                Self {
                    message: Ok(value.message),
                    shutdown_date: Ok(value.shutdown_date),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ApiKeyAnswer {
            apikey: ::std::result::Result<::keywright_sdk::Secret, ::std::string::String>,
            status: ::std::result::Result<super::Status, ::std::string::String>,
        }
        impl ::std::default::Default for ApiKeyAnswer {
            fn default() -> Self {
                Self {
                    apikey: Err("no value supplied for apikey".to_string()),
                    status: Err("no value supplied for status".to_string()),
                }
            }
        }
        impl ApiKeyAnswer {
            pub fn apikey<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::keywright_sdk::Secret>,
                T::Error: ::std::fmt::Display,
            {
                self.apikey = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for apikey: {e}"));
                self
            }
            pub fn status<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::Status>,
                T::Error: ::std::fmt::Display,
            {
                self.status = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for status: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ApiKeyAnswer> for super::ApiKeyAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ApiKeyAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    apikey: value.apikey?,
                    status: value.status?,
                })
            }
        }
        impl ::std::convert::From<super::ApiKeyAnswer> for ApiKeyAnswer {
            fn from(value: super::ApiKeyAnswer) -> Self {
                Self {
                    apikey: Ok(value.apikey),
                    status: Ok(value.status),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ErrorAnswer {
            error: ::std::result::Result<super::ErrorDescription, ::std::string::String>,
            status: ::std::result::Result<super::Status, ::std::string::String>,
        }
        impl ::std::default::Default for ErrorAnswer {
            fn default() -> Self {
                Self {
                    error: Err("no value supplied for error".to_string()),
                    status: Err("no value supplied for status".to_string()),
                }
            }
        }
        impl ErrorAnswer {
            pub fn error<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::ErrorDescription>,
                T::Error: ::std::fmt::Display,
            {
                self.error = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for error: {e}"));
                self
            }
            pub fn status<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::Status>,
                T::Error: ::std::fmt::Display,
            {
                self.status = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for status: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ErrorAnswer> for super::ErrorAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ErrorAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    error: value.error?,
                    status: value.status?,
                })
            }
        }
        impl ::std::convert::From<super::ErrorAnswer> for ErrorAnswer {
            fn from(value: super::ErrorAnswer) -> Self {
                Self {
                    error: Ok(value.error),
                    status: Ok(value.status),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ErrorDescription {
            code: ::std::result::Result<i32, ::std::string::String>,
            message: ::std::result::Result<::std::string::String, ::std::string::String>,
            request_id:
                ::std::result::Result<super::ErrorDescriptionRequestId, ::std::string::String>,
            user_id: ::std::result::Result<
                ::std::option::Option<super::ErrorDescriptionUserId>,
                ::std::string::String,
            >,
        }
        impl ::std::default::Default for ErrorDescription {
            fn default() -> Self {
                Self {
                    code: Err("no value supplied for code".to_string()),
                    message: Err("no value supplied for message".to_string()),
                    request_id: Err("no value supplied for request_id".to_string()),
                    user_id: Ok(Default::default()),
                }
            }
        }
        impl ErrorDescription {
            pub fn code<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i32>,
                T::Error: ::std::fmt::Display,
            {
                self.code = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for code: {e}"));
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
            pub fn request_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::ErrorDescriptionRequestId>,
                T::Error: ::std::fmt::Display,
            {
                self.request_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for request_id: {e}"));
                self
            }
            pub fn user_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::ErrorDescriptionUserId>>,
                T::Error: ::std::fmt::Display,
            {
                self.user_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for user_id: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ErrorDescription> for super::ErrorDescription {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ErrorDescription,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    code: value.code?,
                    message: value.message?,
                    request_id: value.request_id?,
                    user_id: value.user_id?,
                })
            }
        }
        impl ::std::convert::From<super::ErrorDescription> for ErrorDescription {
            fn from(value: super::ErrorDescription) -> Self {
                Self {
                    code: Ok(value.code),
                    message: Ok(value.message),
                    request_id: Ok(value.request_id),
                    user_id: Ok(value.user_id),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Plan {
            max_additional_credits:
                ::std::result::Result<::std::option::Option<i64>, ::std::string::String>,
            name: ::std::result::Result<::std::string::String, ::std::string::String>,
            remaining_additional_credits:
                ::std::result::Result<::std::option::Option<i64>, ::std::string::String>,
            remaining_monthly_credits: ::std::result::Result<i64, ::std::string::String>,
            total_monthly_credits: ::std::result::Result<i64, ::std::string::String>,
        }
        impl ::std::default::Default for Plan {
            fn default() -> Self {
                Self {
                    max_additional_credits: Ok(Default::default()),
                    name: Err("no value supplied for name".to_string()),
                    remaining_additional_credits: Ok(Default::default()),
                    remaining_monthly_credits: Err(
                        "no value supplied for remaining_monthly_credits".to_string(),
                    ),
                    total_monthly_credits: Err(
                        "no value supplied for total_monthly_credits".to_string()
                    ),
                }
            }
        }
        impl Plan {
            pub fn max_additional_credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<i64>>,
                T::Error: ::std::fmt::Display,
            {
                self.max_additional_credits = value.try_into().map_err(|e| {
                    format!("error converting supplied value for max_additional_credits: {e}")
                });
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
            pub fn remaining_additional_credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<i64>>,
                T::Error: ::std::fmt::Display,
            {
                self.remaining_additional_credits = value.try_into().map_err(|e| {
                    format!("error converting supplied value for remaining_additional_credits: {e}")
                });
                self
            }
            pub fn remaining_monthly_credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.remaining_monthly_credits = value.try_into().map_err(|e| {
                    format!("error converting supplied value for remaining_monthly_credits: {e}")
                });
                self
            }
            pub fn total_monthly_credits<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<i64>,
                T::Error: ::std::fmt::Display,
            {
                self.total_monthly_credits = value.try_into().map_err(|e| {
                    format!("error converting supplied value for total_monthly_credits: {e}")
                });
                self
            }
        }
        impl ::std::convert::TryFrom<Plan> for super::Plan {
            type Error = super::error::ConversionError;
            fn try_from(value: Plan) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    max_additional_credits: value.max_additional_credits?,
                    name: value.name?,
                    remaining_additional_credits: value.remaining_additional_credits?,
                    remaining_monthly_credits: value.remaining_monthly_credits?,
                    total_monthly_credits: value.total_monthly_credits?,
                })
            }
        }
        impl ::std::convert::From<super::Plan> for Plan {
            fn from(value: super::Plan) -> Self {
                Self {
                    max_additional_credits: Ok(value.max_additional_credits),
                    name: Ok(value.name),
                    remaining_additional_credits: Ok(value.remaining_additional_credits),
                    remaining_monthly_credits: Ok(value.remaining_monthly_credits),
                    total_monthly_credits: Ok(value.total_monthly_credits),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct ServerFault {
            request_id: ::std::result::Result<super::ServerFaultRequestId, ::std::string::String>,
        }
        impl ::std::default::Default for ServerFault {
            fn default() -> Self {
                Self {
                    request_id: Err("no value supplied for request_id".to_string()),
                }
            }
        }
        impl ServerFault {
            pub fn request_id<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::ServerFaultRequestId>,
                T::Error: ::std::fmt::Display,
            {
                self.request_id = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for request_id: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<ServerFault> for super::ServerFault {
            type Error = super::error::ConversionError;
            fn try_from(
                value: ServerFault,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    request_id: value.request_id?,
                })
            }
        }
        impl ::std::convert::From<super::ServerFault> for ServerFault {
            fn from(value: super::ServerFault) -> Self {
                Self {
                    request_id: Ok(value.request_id),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct Status {
            api_deprecation_notice: ::std::result::Result<
                ::std::option::Option<super::ApiDeprecationNotice>,
                ::std::string::String,
            >,
            cost: ::std::result::Result<i32, ::std::string::String>,
        }
        impl ::std::default::Default for Status {
            fn default() -> Self {
                Self {
                    api_deprecation_notice: Ok(Default::default()),
                    cost: Err("no value supplied for cost".to_string()),
                }
            }
        }
        impl Status {
            pub fn api_deprecation_notice<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<::std::option::Option<super::ApiDeprecationNotice>>,
                T::Error: ::std::fmt::Display,
            {
                self.api_deprecation_notice = value.try_into().map_err(|e| {
                    format!("error converting supplied value for api_deprecation_notice: {e}")
                });
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
        }
        impl ::std::convert::TryFrom<Status> for super::Status {
            type Error = super::error::ConversionError;
            fn try_from(
                value: Status,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    api_deprecation_notice: value.api_deprecation_notice?,
                    cost: value.cost?,
                })
            }
        }
        impl ::std::convert::From<super::Status> for Status {
            fn from(value: super::Status) -> Self {
                Self {
                    api_deprecation_notice: Ok(value.api_deprecation_notice),
                    cost: Ok(value.cost),
                }
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
            plan: ::std::result::Result<super::Plan, ::std::string::String>,
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
                T: ::std::convert::TryInto<super::Plan>,
                T::Error: ::std::fmt::Display,
            {
                self.plan = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for plan: {e}"));
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
                    updated_at: Ok(value.updated_at),
                }
            }
        }
        #[derive(Clone, Debug)]
        pub struct UserInfoAnswer {
            status: ::std::result::Result<super::Status, ::std::string::String>,
            user: ::std::result::Result<super::User, ::std::string::String>,
        }
        impl ::std::default::Default for UserInfoAnswer {
            fn default() -> Self {
                Self {
                    status: Err("no value supplied for status".to_string()),
                    user: Err("no value supplied for user".to_string()),
                }
            }
        }
        impl UserInfoAnswer {
            pub fn status<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::Status>,
                T::Error: ::std::fmt::Display,
            {
                self.status = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for status: {e}"));
                self
            }
            pub fn user<T>(mut self, value: T) -> Self
            where
                T: ::std::convert::TryInto<super::User>,
                T::Error: ::std::fmt::Display,
            {
                self.user = value
                    .try_into()
                    .map_err(|e| format!("error converting supplied value for user: {e}"));
                self
            }
        }
        impl ::std::convert::TryFrom<UserInfoAnswer> for super::UserInfoAnswer {
            type Error = super::error::ConversionError;
            fn try_from(
                value: UserInfoAnswer,
            ) -> ::std::result::Result<Self, super::error::ConversionError> {
                Ok(Self {
                    status: value.status?,
                    user: value.user?,
                })
            }
        }
        impl ::std::convert::From<super::UserInfoAnswer> for UserInfoAnswer {
            fn from(value: super::UserInfoAnswer) -> Self {
                Self {
                    status: Ok(value.status),
                    user: Ok(value.user),
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
/// Client for keywright user-key
///
/// One API key per user. A user replaces the key by calling with the current one.
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
    /// Replace the user's API key
    ///
    /// Makes a new API key for the calling user and answers it once. The key that made the call stops working at the same instant. Costs 0 credits.
    ///
    /// Sends a `PUT` request to `/user/api-key`
    ///
    /// Arguments:
    /// - `idempotency_key`: Makes a retry safe. For 10 minutes (the operator may change that) the same value, sent by the same user, gets the same new key again, and 400 once that key has been replaced. Use a fresh random UUID per change: a version 4 UUID with at least 7 different hexadecimal digits among its 30 random ones, and no other value, also serves when only the replaced key is at hand.
    /// - `x_exorde_api_version`: The version of the API to speak. Send it exactly once.
    /// ```text
    /// let response = client.generate_user_key()
    ///     .idempotency_key(idempotency_key)
    ///     .x_exorde_api_version(x_exorde_api_version)
    ///     .send()
    ///     .await;
    /// ```
    pub fn generate_user_key(&self) -> builder::GenerateUserKey<'_> {
        builder::GenerateUserKey::new(self)
    }
    /// Read the user's account
    ///
    /// Answers who the calling user is, and which plan and how many credits the user has. Costs 0 credits.
    ///
    /// Sends a `GET` request to `/user/info`
    ///
    /// Arguments:
    /// - `x_exorde_api_version`: The version of the API to speak. Send it exactly once.
    /// ```text
    /// let response = client.read_user_info()
    ///     .x_exorde_api_version(x_exorde_api_version)
    ///     .send()
    ///     .await;
    /// ```
    pub fn read_user_info(&self) -> builder::ReadUserInfo<'_> {
        builder::ReadUserInfo::new(self)
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
    /// Builder for [`Client::generate_user_key`]
    ///
    /// [`Client::generate_user_key`]: super::Client::generate_user_key
    #[derive(Debug, Clone)]
    pub struct GenerateUserKey<'a> {
        client: &'a super::Client,
        idempotency_key: Result<Option<types::GenerateUserKeyIdempotencyKey>, String>,
        x_exorde_api_version: Result<types::ApiVersion, String>,
    }
    impl<'a> GenerateUserKey<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                idempotency_key: Ok(None),
                x_exorde_api_version: Err("x_exorde_api_version was not initialized".to_string()),
            }
        }
        pub fn idempotency_key<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::GenerateUserKeyIdempotencyKey>,
        {
            self.idempotency_key = value.try_into().map(Some).map_err(|_| {
                "conversion to `GenerateUserKeyIdempotencyKey` for idempotency_key failed"
                    .to_string()
            });
            self
        }
        pub fn x_exorde_api_version<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ApiVersion>,
        {
            self.x_exorde_api_version = value.try_into().map_err(|_| {
                "conversion to `ApiVersion` for x_exorde_api_version failed".to_string()
            });
            self
        }
        /// Sends a `PUT` request to `/user/api-key`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::ApiKeyAnswer>, Error<types::GenerateUserKeyError>>
        {
            let Self {
                client,
                idempotency_key,
                x_exorde_api_version,
            } = self;
            let idempotency_key = idempotency_key.map_err(Error::InvalidRequest)?;
            let x_exorde_api_version = x_exorde_api_version.map_err(Error::InvalidRequest)?;
            let url = format!("{}/user/api-key", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(3usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            if let Some(value) = idempotency_key {
                header_map.append("Idempotency-Key", value.to_string().try_into()?);
            }
            header_map.append(
                "X-Exorde-Api-Version",
                x_exorde_api_version.to_string().try_into()?,
            );
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
                operation_id: "generate_user_key",
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
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /// Builder for [`Client::read_user_info`]
    ///
    /// [`Client::read_user_info`]: super::Client::read_user_info
    #[derive(Debug, Clone)]
    pub struct ReadUserInfo<'a> {
        client: &'a super::Client,
        x_exorde_api_version: Result<types::ApiVersion, String>,
    }
    impl<'a> ReadUserInfo<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                x_exorde_api_version: Err("x_exorde_api_version was not initialized".to_string()),
            }
        }
        pub fn x_exorde_api_version<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::ApiVersion>,
        {
            self.x_exorde_api_version = value.try_into().map_err(|_| {
                "conversion to `ApiVersion` for x_exorde_api_version failed".to_string()
            });
            self
        }
        /// Sends a `GET` request to `/user/info`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<types::UserInfoAnswer>, Error<types::ReadUserInfoError>> {
            let Self {
                client,
                x_exorde_api_version,
            } = self;
            let x_exorde_api_version = x_exorde_api_version.map_err(Error::InvalidRequest)?;
            let url = format!("{}/user/info", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(2usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            header_map.append(
                "X-Exorde-Api-Version",
                x_exorde_api_version.to_string().try_into()?,
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
                operation_id: "read_user_info",
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
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    pub use self::super::Client;
}
