//! How the endpoints of OAuth say no: RFC 6749, section 5.2, and for bearers RFC 6750, section 3.1.
//! Leaves which request was refused to the endpoints.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::contract::{Context, Contract, Json, RETRY_AFTER_S, seconds, with_retry_header};
use keywright_core::keyring::Keyring;
use keywright_model::error::{Class, Error};
use keywright_model::secret::Secret;

/// How the token endpoint says no (RFC 6749, section 5.2).
pub(in crate::contract) struct TokenEndpoint;

/// Noted of a request whose client proved itself by HTTP Basic.
#[derive(Clone)]
pub(super) struct UsedBasic;

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

    fn refuse(error: &Error, context: &Context, _keyring: &Keyring) -> Response {
        let words = words(error);
        let is_challenge = words.0 == StatusCode::UNAUTHORIZED;
        let mut response = answer(words, error);
        if is_challenge && context.noted::<UsedBasic>().is_some() {
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
    let class = error.class();
    let (status, code) = match error {
        // Who a client is, and whether it is let in, is one question here (RFC 6749, section 5.2).
        Error::OwnerSuspended | Error::AddressForbidden => {
            (StatusCode::UNAUTHORIZED, Code::InvalidClient)
        }
        Error::GrantUnsupported => (StatusCode::BAD_REQUEST, Code::UnsupportedGrantType),
        Error::ScopeUnavailable | Error::ScopeInsufficient { .. } | Error::ScopesTooMany => {
            (StatusCode::BAD_REQUEST, Code::InvalidScope)
        }
        Error::TargetUnknown => (StatusCode::BAD_REQUEST, Code::InvalidTarget),
        Error::PathUnknown => (StatusCode::NOT_FOUND, Code::InvalidRequest),
        _ => match class {
            Class::Unauthenticated => (StatusCode::UNAUTHORIZED, Code::InvalidClient),
            Class::RateLimited => (StatusCode::TOO_MANY_REQUESTS, Code::RateLimitExceeded),
            Class::MethodUnknown => (StatusCode::METHOD_NOT_ALLOWED, Code::InvalidRequest),
            Class::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::TemporarilyUnavailable,
            ),
            Class::Failed => (StatusCode::INTERNAL_SERVER_ERROR, Code::ServerError),
            Class::Forbidden
            | Class::Malformed
            | Class::TooLarge
            | Class::MediaType
            | Class::Invalid
            | Class::Conflict
            | Class::NotFound
            | Class::Gone => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        },
    };
    let description = match error {
        Error::CredentialMissing => {
            "no client was named: send client_id and client_secret".to_owned()
        }
        Error::CredentialUnreadable(why) => (*why).to_owned(),
        Error::CredentialUnknown
        | Error::TokenExpired
        | Error::OwnerSuspended
        | Error::AddressForbidden => {
            "client_id and client_secret do not belong to a live client key".to_owned()
        }
        Error::GrantUnsupported => "grant_type must be client_credentials".to_owned(),
        Error::ScopeInsufficient { .. } => Error::ScopeUnavailable.to_string(),
        Error::RateLimited { retry_after_s } => format!(
            "too many requests; try again in {}",
            seconds(*retry_after_s)
        ),
        Error::Unavailable { .. } => format!(
            "the server is not available now; try again in {}",
            seconds(RETRY_AFTER_S)
        ),
        _ if class == Class::Failed => {
            "the server failed; name the X-Request-Id when you report it".to_owned()
        }
        error => error.to_string(),
    };
    (status, code, description)
}
