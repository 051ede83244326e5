//! The contract `named-keys`: keys of an organization, each with a name that no other live key of it has.

mod configuration;
mod document;
mod refusal;
mod self_service;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Body, given_word};
use super::operation::operation;
use super::{Caller, Context, Contract, Failure, Json, Mounted, WireSecret, headers};
use crate::surface::Surface;
use keywright_core::keyring::{
    CreateNamedKey, DeleteNamedKey, Keyring, ReadConfiguration, ReadNamedKeys,
};
use keywright_model::error::Error;
use keywright_model::scope::NamedRole;
use keywright_model::secret::Secret;

pub(super) const MOUNTED: Mounted = Mounted {
    name: "named-keys",
    for_whom: "if your clients manage their own keys by name (<code>/v0/api_keys</code>)",
    prefixes: &["/v0/"],
    annexes: &[],
    surface: Surface::NamedKeys,
    refuse: NamedKeys::refuse,
    operations: &[
        operation!(create_named_key, CreateNamedKey, Change).answering_secret(),
        operation!(self_service::list_named_keys, ReadNamedKeys, Read),
        operation!(self_service::read_named_key, ReadNamedKeys, Read),
        operation!(self_service::delete_named_key, DeleteNamedKey, Change),
        operation!(configuration::read_config, ReadConfiguration, Read),
    ],
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

    fn refuse(error: &Error, _context: &Context, _keyring: &Keyring) -> Response {
        let (status, error_code) = refusal::code_of(error);
        let answer = ErrorAnswer {
            message: refusal::message_of(error),
            error_code,
            details: refusal::details_of(error),
        };
        super::with_shared_headers((status, Json(answer)).into_response(), error)
    }
}
