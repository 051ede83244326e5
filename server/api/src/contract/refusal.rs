//! How an error becomes an answer: on its way to the envelope of its contract, and the headers that all refusals carry.
//! Leaves statuses and words to each contract.

use std::marker::PhantomData;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Contract, Refuse, refuse_at};
use keywright_model::error::Error;

/// An error on its way to the envelope of the contract `C`.
pub struct Failure<C> {
    error: Error,
    contract: PhantomData<C>,
}

impl<C: Contract, E: Into<Error>> From<E> for Failure<C> {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            contract: PhantomData,
        }
    }
}

/// An error that waits in a response for the request's context: the outermost layer writes it out.
#[derive(Clone)]
pub struct Refusal {
    /// What went wrong.
    pub error: Error,
    /// How the contract says so.
    pub refuse: Refuse,
    /// Whether a known caller pays credits for it.
    pub charges: bool,
}

impl Refusal {
    /// A refusal outside any operation, in the envelope of the contract that owns the path.
    #[must_use]
    pub fn at(path: &str, error: Error) -> Self {
        Self::by(refuse_at(path), error)
    }

    /// A refusal in this envelope, which costs nothing.
    #[must_use]
    pub fn by(refuse: Refuse, error: Error) -> Self {
        Self {
            error,
            refuse,
            charges: false,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl<C: Contract> IntoResponse for Failure<C> {
    fn into_response(self) -> Response {
        let charges = C::CHARGES_MISTAKES && self.error.is_mistake();
        Refusal {
            error: self.error,
            refuse: C::refuse,
            charges,
        }
        .into_response()
    }
}

/// The seconds after which a try may succeed where nothing better is known.
pub(super) const RETRY_AFTER_S: u32 = 1;

/// Adds `Retry-After` where waiting helps.
pub(super) fn with_retry_header(mut response: Response, error: &Error) -> Response {
    let wait_s = match error {
        Error::RateLimited { retry_after_s } => *retry_after_s,
        Error::Unavailable { .. } => RETRY_AFTER_S,
        _ => return response,
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, wait_s.into());
    response
}

/// Adds what a refusal carries in every contract with bearer credentials.
pub(super) fn with_shared_headers(response: Response, error: &Error) -> Response {
    with_bearer_challenge(with_retry_header(response, error), error)
}

/// Adds the challenge of RFC 6750, section 3.
pub(super) fn with_bearer_challenge(mut response: Response, error: &Error) -> Response {
    let challenge = match error {
        Error::CredentialMissing => "Bearer".to_owned(),
        Error::CredentialUnreadable(_) | Error::CredentialUnknown | Error::TokenExpired => {
            "Bearer error=\"invalid_token\"".to_owned()
        }
        Error::ScopeInsufficient { required, .. } => {
            let names: Vec<&str> = required
                .iter()
                .map(keywright_model::scope::Scope::name)
                .collect();
            format!(
                "Bearer error=\"insufficient_scope\", scope=\"{}\"",
                names.join(" ")
            )
        }
        _ => return response,
    };
    if let Ok(value) = HeaderValue::from_str(&challenge) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, value);
    }
    response
}
