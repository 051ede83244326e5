//! How the endpoints of OAuth say no: RFC 6749, section 5.2, and for bearers RFC 6750, section 3.1.
//! Leaves which request was refused to the endpoints.

use std::sync::atomic::Ordering;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::contract::{Context, Contract, Json, RETRY_AFTER_S, seconds, with_retry_header};
use keywright_model::error::Error;
use keywright_model::secret::Secret;

/// How the token endpoint says no (RFC 6749, section 5.2).
pub(in crate::contract) struct TokenEndpoint;

/// The kind of error, for programs.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "RFC 6749 lists codes that these endpoints have no use for"
)]
pub(in crate::contract) enum TokenErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    InvalidToken,
    InsufficientScope,
    RateLimitExceeded,
    ServerError,
    TemporarilyUnavailable,
}

/// Why a request about tokens was refused.
#[derive(Serialize, ToSchema)]
pub(in crate::contract) struct TokenError {
    pub(in crate::contract) error: TokenErrorCode,
    /// What happened and what to do about it, for developers.
    #[schema(required = false)]
    pub(in crate::contract) error_description: String,
}

/// A refusal: its status, its code, and what there is to say about it.
pub(super) type Words = (StatusCode, TokenErrorCode, String);

impl Contract for TokenEndpoint {
    fn credential(_headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        // The client's proof is read by `Grant`, since it may stand in the body.
        Ok(None)
    }

    fn refuse(error: &Error, context: &Context) -> Response {
        let words = words(error);
        let is_challenge = words.0 == StatusCode::UNAUTHORIZED;
        let mut response = answer(words, error);
        if is_challenge && context.used_basic.load(Ordering::Relaxed) {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, BASIC_CHALLENGE);
        }
        response
    }
}

/// How a client proves itself where it may do so in a header.
pub(super) const BASIC_CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"keywright\"");

/// Writes a refusal.
pub(super) fn answer((status, code, description): Words, error: &Error) -> Response {
    let answer = TokenError {
        error: code,
        error_description: description,
    };
    with_retry_header((status, Json(answer)).into_response(), error)
}

/// What there is to say to a client.
pub(super) fn words(error: &Error) -> Words {
    use TokenErrorCode as Code;
    match error {
        Error::CredentialMissing => (
            StatusCode::UNAUTHORIZED,
            Code::InvalidClient,
            "no client was named: send client_id and client_secret".to_owned(),
        ),
        Error::CredentialUnreadable(why) => (
            StatusCode::UNAUTHORIZED,
            Code::InvalidClient,
            (*why).to_owned(),
        ),
        Error::CredentialUnknown
        | Error::TokenExpired
        | Error::OwnerSuspended
        | Error::AddressForbidden => (
            StatusCode::UNAUTHORIZED,
            Code::InvalidClient,
            "client_id and client_secret do not belong to a live client key".to_owned(),
        ),
        Error::GrantUnsupported => (
            StatusCode::BAD_REQUEST,
            Code::UnsupportedGrantType,
            "grant_type must be client_credentials".to_owned(),
        ),
        Error::ScopeUnavailable | Error::ScopeInsufficient { .. } => (
            StatusCode::BAD_REQUEST,
            Code::InvalidScope,
            Error::ScopeUnavailable.to_string(),
        ),
        Error::ScopesTooMany => (
            StatusCode::BAD_REQUEST,
            Code::InvalidScope,
            error.to_string(),
        ),
        Error::TargetUnknown => (
            StatusCode::BAD_REQUEST,
            Code::InvalidTarget,
            error.to_string(),
        ),
        Error::RateLimited { retry_after_s } => (
            StatusCode::TOO_MANY_REQUESTS,
            Code::RateLimitExceeded,
            format!(
                "too many requests; try again in {}",
                seconds(*retry_after_s)
            ),
        ),
        Error::Malformed(_)
        | Error::BodyTooLong(_)
        | Error::ContentTypeUnknown(_)
        | Error::ContentEncoded
        | Error::Invalid(_)
        | Error::NameEmpty
        | Error::NameTooLong { .. }
        | Error::NameUnmatched { .. }
        | Error::NameTaken
        | Error::KeyLimitReached { .. }
        | Error::Taken(_)
        | Error::KeyRetired(_)
        | Error::IdempotencyMismatch
        | Error::NotFound { .. }
        | Error::WiderThanCaller(_)
        | Error::SecretUnknown
        | Error::EventsPruned { .. } => (
            StatusCode::BAD_REQUEST,
            Code::InvalidRequest,
            error.to_string(),
        ),
        Error::PathUnknown => (
            StatusCode::NOT_FOUND,
            Code::InvalidRequest,
            error.to_string(),
        ),
        Error::MethodUnknown => (
            StatusCode::METHOD_NOT_ALLOWED,
            Code::InvalidRequest,
            error.to_string(),
        ),
        Error::Unavailable { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            Code::TemporarilyUnavailable,
            format!(
                "the server is not available now; try again in {}",
                seconds(RETRY_AFTER_S)
            ),
        ),
        Error::ConsistencyTimeout { .. }
        | Error::OutcomeUnknown { .. }
        | Error::Internal { .. } => (
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::ServerError,
            "the server failed; name the X-Request-Id when you report it".to_owned(),
        ),
    }
}
