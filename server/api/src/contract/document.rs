//! What the documents of all contracts say in the same words.
//! Leaves a contract's own words to the `document` below it.

use serde_json::{Value, json};

use super::headers;
use crate::openapi::Header;

/// A rate limit, as its headers speak of it.
pub(super) struct Limit {
    /// Its name.
    pub(super) name: &'static str,
    /// What it limits.
    pub(super) allowance: &'static str,
}

/// The limit of callers that act for an organization.
pub(super) const ORGANIZATION_LIMIT: Limit = Limit {
    name: "organization",
    allowance: "the allowance",
};

/// Why a request without a body may be malformed.
pub(super) const MALFORMED: &str =
    "A header is malformed, or the body is too large. Nothing changed.";

/// What `Retry-After` says.
pub(super) const WAIT: &str = "Seconds to wait before the next try.";

/// The parameter that makes a retry safe.
pub(super) fn idempotency_key(description: &str) -> Value {
    json!({
        "name": headers::IDEMPOTENCY_KEY,
        "in": "header",
        "required": false,
        "description": description,
        "schema": {
            "type": "string",
            "format": "password",
            "minLength": 1,
            "maxLength": headers::IDEMPOTENCY_KEY_LEN_MAX,
            "pattern": "^[!-~]+$",
        },
    })
}

/// The headers that an answer with this status has in every contract.
pub(super) fn headers_of(status: u16, limit: &Limit) -> Vec<Header> {
    let mut headers = vec![request_id()];
    if status == 429 {
        headers.extend(limit_reached(limit));
    }
    if matches!(status, 429 | 503) {
        headers.push(retry_after(WAIT).required());
    }
    headers
}

/// The header of an answer that carries a secret.
pub(super) fn no_store() -> Header {
    let description = "Always `no-store`, since the body carries a secret.";
    Header::new("Cache-Control", description, "no-store").required()
}

/// The header of a success that says that the caller's key was replaced.
pub(super) fn grace_end() -> Header {
    let description = "When the key that this request was made with stops working. Sent only while \
        another key has taken its place and it goes on working for its grace period.";
    Header::new("X-Key-Expires-At", description, "2026-02-15T10:30:00.000Z")
        .schema(json!({"type": "string", "format": "date-time"}))
}

/// The header of a 401 where a bearer token is wanted.
pub(super) fn bearer_challenge() -> Header {
    challenge(
        "The scheme to use (RFC 6750). It has no `error` when no credential was sent.",
        r#"Bearer error="invalid_token""#,
    )
    .required()
}

/// The header that says how to prove oneself.
pub(super) fn challenge(description: &str, example: &str) -> Header {
    Header::new("WWW-Authenticate", description, example)
}

/// The header that every answer has.
pub(super) fn request_id() -> Header {
    let description = "Identifies this request and its answer. A UUID that the caller sent in this \
        header comes back; anything else is replaced.";
    Header::new(
        "X-Request-Id",
        description,
        "b0658b67-8ea3-46de-a3b8-18c3f5347def",
    )
    .required()
    .schema(json!({"type": "string", "format": "uuid"}))
}

/// The header that says when to try again.
pub(super) fn retry_after(description: &str) -> Header {
    Header::new("Retry-After", description, "")
        .schema(json!({"type": "integer", "format": "int32", "minimum": 0}))
        .example(1)
}

fn limit_reached(limit: &Limit) -> [Header; 2] {
    let Limit { name, allowance } = limit;
    let state =
        format!("Nothing is left of {allowance}; `t` is the seconds until it is full again.");
    let policy = "The limit that was reached, as quota `q` within a window of `w` seconds.";
    [
        Header::new("RateLimit", state, &format!("\"{name}\";r=0;t=10")).required(),
        Header::new("RateLimit-Policy", policy, &format!("\"{name}\";q=10;w=10")).required(),
    ]
}
