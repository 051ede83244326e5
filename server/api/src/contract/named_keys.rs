//! The contract `named-keys`: keys of an organization, each with a name that no other live key of it has.

mod configuration;
mod document;
mod own;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::body::{Body, given_word};
use super::{Caller, Context, Contract, Failure, Json, Mounted, WireSecret, headers, seconds};
use crate::surface::Surface;
use keywright_core::keyring::{CreateNamedKey, Keyring, NAMED_PATTERN};
use keywright_model::error::Error;
use keywright_model::scope::{NamedRole, Scope};
use keywright_model::secret::Secret;

pub(super) const MOUNTED: Mounted = Mounted {
    name: "named-keys",
    for_whom: "if your clients manage their own keys by name (<code>/v0/api_keys</code>)",
    prefixes: &["/v0/"],
    annexes: &[],
    surface: Surface::NamedKeys,
    refuse: NamedKeys::refuse,
    router: || {
        OpenApiRouter::new()
            .routes(routes!(create_named_key, own::list_named_keys))
            .routes(routes!(own::read_named_key, own::delete_named_key))
            .routes(routes!(configuration::read_config))
    },
    apart: &[],
    decoration: document::decoration,
};

/// Where it carries its credential, and how it says no.
struct NamedKeys;

/// A key to make.
#[derive(Deserialize, ToSchema)]
struct ApiKeyInput {
    /// The key's name. No other live key of the organization may have it; case matters.
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-zA-Z0-9_-]+$")]
    name: String,
    // Other members are ignored; this one asks for less than there is without it.
    #[serde(default, deserialize_with = "given_word")]
    role: Option<ApiKeyRole>,
}

/// What a key may do: `read` is `Read` alone, `write` is `Read` and `Write`. A new key gets both
/// when it is left out. Of a listed key, the least role that covers its scopes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ApiKeyRole {
    Read,
    Write,
}

/// A new key, with its secret.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the documented name")]
struct ApiKey {
    /// The secret: `apikey:` and 128 letters and digits. It is shown this once and cannot be
    /// read again; store it safely.
    #[schema(value_type = String, format = Password)]
    api_key: WireSecret,
    /// The key's identifier. It is no secret.
    id: Uuid,
    /// The key's name, as it was sent.
    name: String,
}

/// Why a request was refused or failed.
#[derive(Serialize, ToSchema)]
struct ErrorAnswer {
    /// What happened and what to do about it, for people.
    message: String,
    /// The kind of error, for programs. It decides what `details` holds.
    error_code: &'static str,
    /// More about the error, in members that depend on `error_code`; null when there is no more to say.
    #[schema(
        value_type = Option<HashMap<String, Value>>,
        required = true,
        additional_properties = true
    )]
    details: Option<Details>,
}

/// What `details` holds, by the error.
#[derive(Serialize)]
#[serde(untagged)]
enum Details {
    TooLong {
        name: String,
        length: usize,
        maximum: usize,
    },
    Unmatched {
        name: String,
        pattern: &'static str,
        pattern_description: &'static str,
    },
    Permissions {
        required: Vec<String>,
        actual: Vec<String>,
    },
    KeyLimit {
        maximum: u32,
    },
    Unknown {
        name: String,
    },
}

/// Create a named API key
///
/// Makes an API key with the given name for the caller's organization and answers it once.
/// Making one takes `Write`, and no key gets more than its maker has: whatever the role, the
/// caller must be able to both read and write.
#[utoipa::path(
    post,
    path = "/v0/api_keys",
    tag = "named-keys",
    request_body(content = ApiKeyInput, description = "The key to make.",
        example = json!({"name": "ci-deploy"})),
    responses(
        (status = 201, body = ApiKey, description = "The new key.", example = document::new_key),
        (status = 409),
    ),
)]
async fn create_named_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<NamedKeys, CreateNamedKey>,
    body: Body<NamedKeys, ApiKeyInput>,
) -> Result<Response, Failure<NamedKeys>> {
    let ApiKeyInput { name, role } = body.0;
    let role = role.map(Into::into);
    let issued = keyring.create_named_key(&caller, name, role).await?;
    let answer = ApiKey {
        api_key: WireSecret(issued.secret),
        id: issued.key.id.0,
        name: issued.key.name.unwrap_or_default(),
    };
    Ok(super::secret_answer(StatusCode::CREATED, answer))
}

impl From<ApiKeyRole> for NamedRole {
    fn from(wire: ApiKeyRole) -> Self {
        match wire {
            ApiKeyRole::Read => Self::Read,
            ApiKeyRole::Write => Self::Write,
        }
    }
}

impl From<NamedRole> for ApiKeyRole {
    fn from(domain: NamedRole) -> Self {
        match domain {
            NamedRole::Read => Self::Read,
            NamedRole::Write => Self::Write,
        }
    }
}

impl Contract for NamedKeys {
    const SHOWS_GRACE: bool = true;

    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        headers::bearer(headers)
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one exhaustive match, an arm an answer"
    )]
    fn refuse(error: &Error, _context: &Context) -> Response {
        let names = |scopes: &[Scope]| -> Vec<String> {
            scopes.iter().map(|scope| scope.name().to_owned()).collect()
        };
        let (status, error_code, message, details) = match error {
            Error::CredentialMissing
            | Error::CredentialUnreadable(_)
            | Error::CredentialUnknown
            | Error::TokenExpired => (
                StatusCode::UNAUTHORIZED,
                "AuthenticationFailed",
                "Unauthorized API key".to_owned(),
                None,
            ),
            Error::OwnerSuspended => (
                StatusCode::FORBIDDEN,
                "InsufficientPermissions",
                "The organization is suspended; ask the operator".to_owned(),
                Some(Details::Permissions {
                    required: Vec::new(),
                    actual: Vec::new(),
                }),
            ),
            Error::AddressForbidden => (
                StatusCode::FORBIDDEN,
                "InsufficientPermissions",
                "The key may not be used from this address".to_owned(),
                Some(Details::Permissions {
                    required: Vec::new(),
                    actual: Vec::new(),
                }),
            ),
            Error::WiderThanCaller(_) => (
                StatusCode::FORBIDDEN,
                "InsufficientPermissions",
                error.to_string(),
                Some(Details::Permissions {
                    required: Vec::new(),
                    actual: Vec::new(),
                }),
            ),
            Error::ScopeInsufficient { required, actual } => (
                StatusCode::FORBIDDEN,
                "InsufficientPermissions",
                format!(
                    "This operation needs {}; the credential has {}",
                    names(required).join(" and "),
                    if actual.is_empty() {
                        "neither".to_owned()
                    } else {
                        names(actual).join(" and ")
                    }
                ),
                Some(Details::Permissions {
                    required: names(required),
                    actual: names(actual),
                }),
            ),
            Error::RateLimited { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                "RateLimited",
                format!(
                    "Too many requests; try again in {}",
                    seconds(*retry_after_s)
                ),
                None,
            ),
            Error::NameEmpty => (
                StatusCode::BAD_REQUEST,
                "EmptyName",
                "The name is empty; send 1 to 100 characters".to_owned(),
                None,
            ),
            Error::NameTooLong {
                name,
                length,
                maximum,
            } => (
                StatusCode::BAD_REQUEST,
                "TooLongName",
                format!("The name has {length} bytes; send at most {maximum}"),
                Some(Details::TooLong {
                    name: name.clone(),
                    length: *length,
                    maximum: *maximum,
                }),
            ),
            Error::NameUnmatched { name } => (
                StatusCode::BAD_REQUEST,
                "NameDoesNotMatchPattern",
                "The name may hold ASCII letters, digits, underscores and hyphens only".to_owned(),
                Some(Details::Unmatched {
                    name: name.clone(),
                    pattern: NAMED_PATTERN,
                    pattern_description: "ASCII letters, digits, underscores and hyphens",
                }),
            ),
            Error::NameTaken => (
                StatusCode::CONFLICT,
                "DuplicateName",
                "An entity with this name already exists".to_owned(),
                None,
            ),
            Error::KeyLimitReached { limit } => (
                StatusCode::FORBIDDEN,
                "KeyLimitReached",
                format!(
                    "The organization has {limit} live keys and may have no more; \
                     delete one that is no longer needed"
                ),
                Some(Details::KeyLimit { maximum: *limit }),
            ),
            Error::NotFound { id, .. } => (
                StatusCode::NOT_FOUND,
                "UnknownApiKey",
                format!("Unknown API key '{id}'"),
                Some(Details::Unknown { name: id.clone() }),
            ),
            Error::ContentTypeUnknown(_) | Error::ContentEncoded | Error::Invalid(_) => (
                StatusCode::BAD_REQUEST,
                "InvalidRequestBody",
                format!(r#"{error}; a good body looks like {{"name": "ci-deploy"}}"#),
                None,
            ),
            Error::Malformed(_)
            | Error::BodyTooLong(_)
            | Error::Taken(_)
            | Error::KeyRetired(_)
            | Error::IdempotencyMismatch
            | Error::GrantUnsupported
            | Error::ScopeUnavailable
            | Error::ScopesTooMany
            | Error::TargetUnknown => (
                StatusCode::BAD_REQUEST,
                "InvalidRequestBody",
                error.to_string(),
                None,
            ),
            Error::PathUnknown | Error::SecretUnknown | Error::EventsPruned { .. } => (
                StatusCode::NOT_FOUND,
                "UnknownPath",
                error.to_string(),
                None,
            ),
            Error::MethodUnknown => (
                StatusCode::METHOD_NOT_ALLOWED,
                "UnknownMethod",
                error.to_string(),
                None,
            ),
            Error::Unavailable { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                format!(
                    "The server is not available now; try again in {}",
                    seconds(super::RETRY_AFTER_S)
                ),
                None,
            ),
            Error::ConsistencyTimeout { .. }
            | Error::OutcomeUnknown { .. }
            | Error::Internal { .. } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                "The server failed; name the X-Request-Id when you report it".to_owned(),
                None,
            ),
        };
        let answer = ErrorAnswer {
            message,
            error_code,
            details,
        };
        super::with_shared_headers((status, Json(answer)).into_response(), error)
    }
}
