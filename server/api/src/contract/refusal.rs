//! How an error becomes an answer: on its way to the envelope of its contract, and the headers that all refusals carry.
//! Leaves statuses and words to each contract.

use std::marker::PhantomData;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Contract, Refuse, refuse_at};
use keywright_model::error::{Class, Error};

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
}

impl Refusal {
    /// A refusal outside any operation, in the envelope of the contract that owns the path.
    #[must_use]
    pub fn at(path: &str, error: Error) -> Self {
        Self::by(refuse_at(path), error)
    }

    /// A refusal in this envelope.
    #[must_use]
    pub fn by(refuse: Refuse, error: Error) -> Self {
        Self { error, refuse }
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
        Refusal::by(C::refuse, self.error).into_response()
    }
}

/// The status of a class of errors, as RFC 9110 has them.
pub(super) fn status_of(class: Class) -> StatusCode {
    match class {
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Class::Malformed => StatusCode::BAD_REQUEST,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Class::Conflict => StatusCode::CONFLICT,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::Gone => StatusCode::GONE,
        Class::MethodUnknown => StatusCode::METHOD_NOT_ALLOWED,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status of a class of errors in a contract that documents 400 for everything that is wrong with a request.
pub(super) fn coarse_status_of(class: Class) -> StatusCode {
    match class {
        Class::TooLarge | Class::MediaType | Class::Invalid | Class::Conflict => {
            StatusCode::BAD_REQUEST
        }
        Class::Gone => StatusCode::NOT_FOUND,
        class => status_of(class),
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
