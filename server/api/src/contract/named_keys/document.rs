//! What the document of this contract says beyond its operations.

use serde_json::{Value, json};

use super::configuration::ConfigAnswer;
use super::{ApiKey, Details, ErrorAnswer};
use crate::contract::document::{
    MALFORMED, ORGANIZATION_LIMIT, bearer_challenge, challenge, grace_end, headers_of,
    idempotency_key, no_store,
};
use crate::openapi::{Decoration, Header, Operation, Refusal, Shared};
use keywright_core::keyring::NAMED_PATTERN;

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "keywright named-keys",
        version: "v0",
        description: "API keys of an organization, each with a name that no other live key of it has.",
        tags: &[("named-keys", "The named keys of an organization.")],
        security_schemes: json!({"token_or_key": {
            "type": "http",
            "scheme": "bearer",
            "description":
                "A JSON Web Token (JWT), or a key made here (it begins with `apikey:`).",
        }}),
        schemas: Vec::new(),
        nullable: &["/components/schemas/ErrorAnswer/properties/details"],
        open: &[],
        share,
    }
}

/// An answer to look at.
pub(super) fn new_key() -> ApiKey {
    let random = "9hTq2LmZ7xKfW4bRnV8sYcJ1gDpA6uE3oXiG5tHkM0zQwSrB2vNjFyCeL7aUdP4T";
    ApiKey {
        api_key: format!("apikey:{random}{random}").as_str().into(),
        id: uuid::uuid!("0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01"),
        name: "ci-deploy".to_owned(),
    }
}

/// A list to look at.
pub(super) fn listed_keys() -> Value {
    let other = json!({
        "id": "0190a6f2-3c58-7a06-b1d4-83e2f09c6a75",
        "name": "nightly-export",
        "role": "read",
        "scopes": ["Read"],
    });
    json!([listed_key(), other])
}

/// A list of one to look at.
pub(super) fn only_key() -> Value {
    json!([listed_key()])
}

/// What server this is, to look at.
pub(super) fn configuration() -> ConfigAnswer {
    ConfigAnswer::of("0.1.0")
}

fn listed_key() -> Value {
    let ApiKey { id, name, .. } = new_key();
    json!({"id": id, "name": name, "role": "write", "scopes": ["Read", "Write"]})
}

fn share(operation: &Operation) -> Shared {
    let mut parameters = Vec::new();
    if operation.declared.answers_secret {
        parameters.push(idempotency_key(
            "Makes a retry safe. For 10 minutes (the operator may change that) the same value with \
             the same body, sent by the same organization, gets the same key again; with another body it \
             gets 400. Use a fresh random UUID per key.",
        ));
    }
    Shared {
        security: json!([{"token_or_key": []}]),
        parameters,
        statuses: vec![400, 401, 403, 429, 500, 503],
        headers,
        refusal,
    }
}

fn headers(operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &ORGANIZATION_LIMIT);
    if (200..300).contains(&status) {
        headers.push(grace_end());
        if operation.declared.answers_secret {
            headers.push(no_store());
        }
    }
    match status {
        401 => headers.push(bearer_challenge()),
        403 => headers.push(challenge(
            "Sent when the credential is too narrow, with the scope it would need (RFC 6750).",
            r#"Bearer error="insufficient_scope", scope="Read Write""#,
        )),
        _ => {}
    }
    headers
}

fn refusal(operation: &Operation, status: u16) -> Option<Refusal> {
    let (description, example) = match status {
        400 if operation.has_body => return Some(bad_request()),
        400 => (
            MALFORMED,
            error(
                "InvalidRequestBody",
                "the body has more than 65536 bytes: send less",
            ),
        ),
        401 => (
            "No token or key was sent, or it is unknown, expired or revoked.",
            error("AuthenticationFailed", "Unauthorized API key"),
        ),
        403 => return Some(forbidden()),
        404 => (
            "The caller's organization has no live key with this name.",
            ErrorAnswer {
                details: Some(Details::Unknown {
                    name: "ci-deploy".to_owned(),
                }),
                ..error("UnknownApiKey", "Unknown API key 'ci-deploy'")
            },
        ),
        409 => (
            "Another live key of the organization has this name. Nothing changed.",
            error("DuplicateName", "An entity with this name already exists"),
        ),
        429 => (
            "More calls than the configured rate limit allows. Nothing changed.",
            error("RateLimited", "Too many requests; try again in 1 second"),
        ),
        500 => (
            "The server failed. Whether anything changed is not known.",
            error(
                "InternalError",
                "The server failed; name the X-Request-Id when you report it",
            ),
        ),
        503 => (
            "The server is overloaded or cannot reach its database.",
            error(
                "ServiceUnavailable",
                "The server is not available now; try again in 1 second",
            ),
        ),
        _ => return None,
    };
    Some(Refusal::new(description, "application/json", &example))
}

fn forbidden() -> Refusal {
    let rows: [(_, _, &[&str], _); 3] = [
        (
            "Create",
            "The credential may not create keys",
            &["Read", "Write"],
            "Read",
        ),
        (
            "Read",
            "The credential may not read keys",
            &["Read"],
            "Write",
        ),
        (
            "Delete",
            "The credential may not delete keys",
            &["Write"],
            "Read",
        ),
    ];
    let examples = rows.map(|(name, summary, required, actual)| {
        let needed = required.join(" and ");
        let message = format!("This operation needs {needed}; the credential has {actual}");
        let details = Details::Permissions {
            required: required.iter().map(|&scope| scope.to_owned()).collect(),
            actual: vec![actual.to_owned()],
        };
        let answer = ErrorAnswer {
            details: Some(details),
            ..error("InsufficientPermissions", &message)
        };
        (name, summary, answer)
    });
    let limit = ErrorAnswer {
        details: Some(Details::KeyLimit { maximum: 100 }),
        ..error(
            "KeyLimitReached",
            "The organization has 100 live keys and may have no more; delete one that is no longer needed",
        )
    };
    let full = (
        "Full",
        "The organization has as many keys as it may have",
        limit,
    );
    let examples: Vec<_> = examples.into_iter().chain([full]).collect();
    Refusal::with_examples(
        "The credential may not do what the operation needs, its organization is suspended, or that has as \
         many live keys as the server's `limits.keys_per_owner` allows. Nothing changed.",
        "application/json",
        &examples,
    )
}

fn bad_request() -> Refusal {
    let long = format!("{}0001", "ci-deploy-".repeat(10));
    let too_long = Details::TooLong {
        length: long.len(),
        maximum: 100,
        name: long,
    };
    let unmatched = Details::Unmatched {
        name: "ci.deploy".to_owned(),
        pattern: NAMED_PATTERN,
        pattern_description: "ASCII letters, digits, underscores and hyphens",
    };
    let rows = [
        (
            "EmptyName",
            "The name is empty",
            "The name is empty; send 1 to 100 characters",
            None,
        ),
        (
            "TooLongName",
            "The name is too long",
            "The name has 104 bytes; send at most 100",
            Some(too_long),
        ),
        (
            "NameDoesNotMatchPattern",
            "The name has a character that is not allowed",
            "The name may hold ASCII letters, digits, underscores and hyphens only",
            Some(unmatched),
        ),
        (
            "InvalidRequestBody",
            "The body is not an object with a name",
            r#"The body has no "name"; send {"name": "..."}"#,
            None,
        ),
    ];
    let examples = rows.map(|(code, summary, message, details)| {
        let answer = ErrorAnswer {
            details,
            ..error(code, message)
        };
        (code, summary, answer)
    });
    Refusal::with_examples(
        "The name breaks a rule, the role is none, the body is not an object with a `name`, or the \
        `Idempotency-Key` was used with another body. Nothing \
         changed.",
        "application/json",
        &examples,
    )
}

fn error(error_code: &'static str, message: &str) -> ErrorAnswer {
    ErrorAnswer {
        message: message.to_owned(),
        error_code,
        details: None,
    }
}
