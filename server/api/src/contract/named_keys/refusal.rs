//! What the contract says of an error: its code, its words, and the details that its page documents for some.

use axum::http::StatusCode;

use super::Details;
use crate::contract::{RETRY_AFTER_S, coarse_status_of, seconds};
use keywright_core::keyring::NAMED_PATTERN;
use keywright_model::error::{Class, Error};
use keywright_model::scope::Scope;

/// The status and the code.
pub(super) fn code_of(error: &Error) -> (StatusCode, &'static str) {
    let class = error.class();
    let code = match error {
        Error::NameEmpty => "EmptyName",
        Error::NameTooLong { .. } => "TooLongName",
        Error::NameUnmatched { .. } => "NameDoesNotMatchPattern",
        Error::NameTaken => return (StatusCode::CONFLICT, "DuplicateName"),
        Error::KeyLimitReached { .. } => return (StatusCode::FORBIDDEN, "KeyLimitReached"),
        Error::NotFound { .. } => "UnknownApiKey",
        _ => match class {
            Class::Unauthenticated => "AuthenticationFailed",
            Class::Forbidden => "InsufficientPermissions",
            Class::RateLimited => "RateLimited",
            Class::Malformed
            | Class::TooLarge
            | Class::MediaType
            | Class::Invalid
            | Class::Conflict => "InvalidRequestBody",
            Class::NotFound | Class::Gone => "UnknownPath",
            Class::MethodUnknown => "UnknownMethod",
            Class::Unavailable => "ServiceUnavailable",
            Class::Failed => "InternalError",
        },
    };
    (coarse_status_of(class), code)
}

/// What happened, and what to do about it.
pub(super) fn message_of(error: &Error) -> String {
    let class = error.class();
    match error {
        _ if class == Class::Unauthenticated => "Unauthorized API key".to_owned(),
        Error::OwnerSuspended => "The organization is suspended; ask the operator".to_owned(),
        Error::AddressForbidden => "The key may not be used from this address".to_owned(),
        Error::ScopeInsufficient { required, actual } => format!(
            "This operation needs {}; the credential has {}",
            names(required).join(" and "),
            if actual.is_empty() {
                "neither".to_owned()
            } else {
                names(actual).join(" and ")
            }
        ),
        Error::RateLimited { retry_after_s } => {
            format!(
                "Too many requests; try again in {}",
                seconds(*retry_after_s)
            )
        }
        Error::NameEmpty => "The name is empty; send 1 to 100 characters".to_owned(),
        Error::NameTooLong {
            length, maximum, ..
        } => format!("The name has {length} bytes; send at most {maximum}"),
        Error::NameUnmatched { .. } => {
            "The name may hold ASCII letters, digits, underscores and hyphens only".to_owned()
        }
        Error::NameTaken => "An entity with this name already exists".to_owned(),
        Error::KeyLimitReached { limit } => format!(
            "The organization has {limit} live keys and may have no more; \
             delete one that is no longer needed"
        ),
        Error::NotFound { id, .. } => format!("Unknown API key '{id}'"),
        Error::ContentTypeUnknown(_) | Error::ContentEncoded | Error::Invalid(_) => {
            format!(r#"{error}; a good body looks like {{"name": "ci-deploy"}}"#)
        }
        Error::Unavailable { .. } => format!(
            "The server is not available now; try again in {}",
            seconds(RETRY_AFTER_S)
        ),
        _ if class == Class::Failed => {
            "The server failed; name the X-Request-Id when you report it".to_owned()
        }
        error => error.to_string(),
    }
}

/// What the code is about, for those that have it.
pub(super) fn details_of(error: &Error) -> Option<Details> {
    Some(match error {
        Error::ScopeInsufficient { required, actual } => Details::Permissions {
            required: names(required),
            actual: names(actual),
        },
        _ if error.class() == Class::Forbidden => Details::Permissions {
            required: Vec::new(),
            actual: Vec::new(),
        },
        Error::NameTooLong {
            name,
            length,
            maximum,
        } => Details::TooLong {
            name: name.clone(),
            length: *length,
            maximum: *maximum,
        },
        Error::NameUnmatched { name } => Details::Unmatched {
            name: name.clone(),
            pattern: NAMED_PATTERN,
            pattern_description: "ASCII letters, digits, underscores and hyphens",
        },
        Error::KeyLimitReached { limit } => Details::KeyLimit { maximum: *limit },
        Error::NotFound { id, .. } => Details::Unknown { name: id.clone() },
        _ => return None,
    })
}

fn names(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().map(|scope| scope.name().to_owned()).collect()
}
