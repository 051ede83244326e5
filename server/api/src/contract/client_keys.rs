//! The contract `client-keys`: keys that are OAuth 2.0 clients, made with an access token.
//! Leaves the way to an access token to `token_endpoint`.

mod document;
mod self_service;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Body;
use super::operation::{ClientProof, ClientProofOr, Nothing, operation};
use super::token_endpoint::judging::{self, JudgingEndpoint};
use super::token_endpoint::metadata;
use super::token_endpoint::refusal::TokenEndpoint;
use super::{
    Caller, Context, Contract, Failure, Json, Mounted, WireSecret, headers, seconds, token_endpoint,
};
use crate::surface::Surface;
use keywright_core::keyring::{
    CreateClientKey, DeleteClientKey, IntrospectToken, Keyring, ListClientKeys,
};
use keywright_model::error::{Class, Error, Violation};
use keywright_model::scope::Scope;
use keywright_model::secret::Secret;

pub(super) const MOUNTED: Mounted = Mounted {
    name: "client-keys",
    for_whom: "if your clients are OAuth 2.0 clients that trade a key for an access token",
    prefixes: &["/api-keys"],
    annexes: &["/oauth/", "/.well-known/"],
    surface: Surface::ClientKeys,
    refuse: ClientKeys::refuse,
    operations: &[
        operation!(create_client_key, CreateClientKey, Change).answering_secret(),
        operation!(self_service::list_client_keys, ListClientKeys, Read),
        operation!(self_service::delete_client_key, DeleteClientKey, Change),
        operation!(token_endpoint::issue_token, ClientProof, Read)
            .answering_secret()
            .refused_by(TokenEndpoint::refuse),
        operation!(
            judging::introspect_token,
            ClientProofOr<IntrospectToken>,
            Verify
        )
        .refused_by(JudgingEndpoint::refuse),
        operation!(judging::revoke_token, ClientProof, Change).refused_by(JudgingEndpoint::refuse),
        operation!(metadata::read_jwks, Nothing, Read),
        operation!(metadata::read_authorization_server, Nothing, Read),
        operation!(metadata::read_openid_configuration, Nothing, Read),
    ],
    apart: &[],
    decoration: document::decoration,
};

/// Where it carries its credential, and how it says no.
pub(super) struct ClientKeys;

/// A client key to make.
#[derive(Deserialize, ToSchema)]
struct ApiKeyInput {
    /// What to call the key. At least one character must not be blank; the name is kept as it was sent.
    /// U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S+")]
    name: String,
}

/// A new client key, with its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApiKey {
    /// The key's name, as it was sent.
    name: String,
    /// The client identifier, which is the key's identity. It is no secret.
    client_id: Uuid,
    /// The client secret. It is shown this once; store it safely.
    #[schema(value_type = String, format = Password)]
    client_secret: WireSecret,
}

/// Why a request was refused or failed. It may have more members than these.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiError {
    /// The kind of error, for programs. It means the same everywhere in this API.
    #[schema(required = false)]
    code: &'static str,
    /// What happened and what to do about it, for developers.
    message: String,
    /// The kind of problem (RFC 9457).
    #[serde(rename = "type")]
    #[schema(required = false, format = "uri")]
    kind: &'static str,
    /// The kind of problem in a few words (RFC 9457).
    #[schema(required = false)]
    title: &'static str,
    /// The HTTP status of this response (RFC 9457).
    #[schema(required = false)]
    status: i32,
    /// What happened this time (RFC 9457).
    #[schema(required = false)]
    detail: String,
    /// The members of the request that break a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// A member of the request that breaks a rule.
#[derive(Serialize, ToSchema)]
struct FieldError {
    /// Where the member is, as a JSON Pointer (RFC 6901). Empty for the whole body and for what
    /// is not in it.
    pointer: String,
    /// Which rule it breaks and how.
    detail: String,
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        Self {
            pointer: violation.pointer().to_owned(),
            detail: violation.detail,
        }
    }
}

/// Create a client key
///
/// Makes a client key for the caller's organization and answers its secret once. The new key
/// has the scopes of the token that made it, never more. Names need not be unique. A request
/// is judged in this order: 401, 403, 429, 400.
#[utoipa::path(
    post,
    path = "/api-keys",
    tag = "client-keys",
    request_body(content = ApiKeyInput, description = "The key to make.",
        example = json!({"name": "Billing worker"})),
    responses((status = 201, body = ApiKey, description = "The new client key.",
        example = document::new_key)),
)]
async fn create_client_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<ClientKeys, CreateClientKey>,
    body: Body<ClientKeys, ApiKeyInput>,
) -> Result<Response, Failure<ClientKeys>> {
    let issued = keyring.create_client_key(&caller, body.0.name).await?;
    let answer = ApiKey {
        name: issued.key.name.unwrap_or_default(),
        client_id: issued.key.id.0,
        client_secret: WireSecret(issued.secret),
    };
    Ok(super::secret_answer(StatusCode::CREATED, answer))
}

impl Contract for ClientKeys {
    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        headers::bearer(headers)
    }

    fn refuse(error: &Error, _context: &Context, _keyring: &Keyring) -> Response {
        let class = error.class();
        let (status, code) = match (error, class) {
            (Error::KeyLimitReached { .. }, _) => (StatusCode::FORBIDDEN, "key_limit_reached"),
            (_, class) => (super::coarse_status_of(class), code_of(class)),
        };
        let message = match error {
            Error::CredentialMissing => {
                "No access token was sent: get one at /oauth/token.".to_owned()
            }
            Error::CredentialUnreadable(why) => (*why).to_owned(),
            Error::CredentialUnknown => {
                "The access token is unknown or was revoked, or its client key is no longer valid."
                    .to_owned()
            }
            // The documented example, to the letter.
            Error::TokenExpired => "The access token expired.".to_owned(),
            Error::OwnerSuspended => "The organization is suspended: ask the operator.".to_owned(),
            Error::AddressForbidden => "The key may not be used from this address.".to_owned(),
            Error::ScopeInsufficient { required, .. } => {
                let names: Vec<&str> = required.iter().map(Scope::name).collect();
                format!("The access token needs the scope {}.", names.join(" "))
            }
            Error::KeyLimitReached { limit } => format!(
                "The organization has {limit} live keys, and may have no more: \
                 delete one that is no longer needed."
            ),
            Error::RateLimited { retry_after_s } => format!(
                "Too many requests; try again in {}.",
                seconds(*retry_after_s)
            ),
            Error::Unavailable { .. } => format!(
                "The server is not available now; try again in {}.",
                seconds(super::RETRY_AFTER_S)
            ),
            _ if class == Class::Failed => {
                "The server failed; name the X-Request-Id when you report it.".to_owned()
            }
            error => error.to_string(),
        };
        let answer = ApiError {
            code,
            detail: message.clone(),
            message,
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: i32::from(status.as_u16()),
            errors: error
                .violations()
                .into_iter()
                .map(FieldError::from)
                .collect(),
        };
        super::with_shared_headers((status, Json(answer)).into_response(), error)
    }
}

/// The kind of error, for programs.
fn code_of(class: Class) -> &'static str {
    match class {
        Class::Unauthenticated => "invalid_token",
        Class::Forbidden => "insufficient_scope",
        Class::RateLimited => "rate_limit_exceeded",
        Class::Malformed
        | Class::TooLarge
        | Class::MediaType
        | Class::Invalid
        | Class::Conflict => "invalid_request",
        Class::NotFound | Class::Gone => "not_found",
        Class::MethodUnknown => "method_not_allowed",
        Class::Unavailable => "temporarily_unavailable",
        Class::Failed => "internal_error",
    }
}
