//! The contract `control`: what operators and verifying services do, for every kind of key.

mod document;
mod examples;
mod keys;
mod owners;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Context, Contract, Mounted, headers, seconds};
use crate::error::{Error, Violation};
use crate::key::Scope;
use crate::secret::Secret;

pub(super) const MOUNTED: Mounted = Mounted {
    name: "control",
    prefixes: &["/v1/"],
    refuse: Control::refuse,
    router: || {
        OpenApiRouter::new()
            .routes(routes!(owners::create_user))
            .routes(routes!(owners::read_user, owners::update_user))
            .routes(routes!(owners::create_organization))
            .routes(routes!(
                owners::read_organization,
                owners::update_organization
            ))
            .routes(routes!(keys::create_key, keys::list_keys))
            .routes(routes!(keys::read_key))
            .routes(routes!(keys::rotate_key))
            .routes(routes!(keys::revoke_key))
            .routes(routes!(keys::verify_key))
    },
    decoration: document::decoration,
};

/// Where it carries its credential, and how it says no.
struct Control;

/// Why a request was refused or failed (RFC 9457).
#[derive(Serialize, ToSchema)]
struct Problem {
    /// The kind of problem.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: &'static str,
    /// The kind of problem in a few words.
    title: &'static str,
    /// The HTTP status of this response.
    status: i32,
    /// What happened this time and what to do about it.
    detail: String,
    /// The request, as in `X-Request-Id`.
    request_id: Uuid,
    /// The members of the request that break a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// A member of the request that breaks a rule.
#[derive(Serialize, ToSchema)]
struct FieldError {
    /// Where the member is, as a JSON Pointer (RFC 6901). Empty for the whole body.
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

impl Contract for Control {
    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        headers::bearer(headers)
    }

    fn refuse(error: &Error, context: &Context) -> Response {
        let (status, detail) = match error {
            Error::CredentialMissing => (
                StatusCode::UNAUTHORIZED,
                "no key was sent: send the root key or a control key as a bearer token".to_owned(),
            ),
            Error::CredentialUnreadable(why) => (StatusCode::UNAUTHORIZED, (*why).to_owned()),
            Error::CredentialUnknown | Error::TokenExpired => (
                StatusCode::UNAUTHORIZED,
                "send the root key or a live control key as a bearer token".to_owned(),
            ),
            Error::OwnerSuspended => (
                StatusCode::FORBIDDEN,
                "the owner of the control key is suspended".to_owned(),
            ),
            Error::ScopeInsufficient { required, .. } => {
                let names: Vec<&str> = required.iter().map(Scope::name).collect();
                (
                    StatusCode::FORBIDDEN,
                    format!("this operation needs the scope {}", names.join(" ")),
                )
            }
            Error::RateLimited { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "too many requests; try again in {}",
                    seconds(*retry_after_s)
                ),
            ),
            Error::Malformed(_) => (StatusCode::BAD_REQUEST, error.to_string()),
            Error::BodyTooLong(_) => (StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
            Error::ContentTypeUnknown(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, error.to_string()),
            Error::Invalid(_)
            | Error::NameEmpty
            | Error::NameTooLong { .. }
            | Error::NameUnmatched { .. }
            | Error::IdempotencyMismatch
            | Error::GrantUnsupported
            | Error::ScopeUnavailable => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            Error::NameTaken | Error::Taken(_) | Error::KeyRetired(_) => {
                (StatusCode::CONFLICT, error.to_string())
            }
            Error::NotFound { .. } | Error::PathUnknown => {
                (StatusCode::NOT_FOUND, error.to_string())
            }
            Error::MethodUnknown => (StatusCode::METHOD_NOT_ALLOWED, error.to_string()),
            Error::Unavailable { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                format!(
                    "the server is not available now; try again in {}",
                    seconds(super::RETRY_AFTER_S)
                ),
            ),
            Error::ConsistencyTimeout { .. }
            | Error::OutcomeUnknown { .. }
            | Error::Internal { .. } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "the server failed; name the request_id when you report it".to_owned(),
            ),
        };
        let problem = Problem {
            kind: "about:blank",
            title: title(status),
            status: i32::from(status.as_u16()),
            detail,
            request_id: context.origin.request_id.0,
            errors: if status == StatusCode::CONFLICT {
                Vec::new()
            } else {
                error
                    .violations()
                    .into_iter()
                    .map(FieldError::from)
                    .collect()
            },
        };
        let mut response = (status, Json(problem)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        super::with_shared_headers(response, error)
    }
}

/// The reason phrase of RFC 9110, which the `http` crate has in an older form.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content",
        _ => status.canonical_reason().unwrap_or_default(),
    }
}
