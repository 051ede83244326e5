//! What the document says of the answers to a proxy.

use axum::http::StatusCode;
use serde_json::json;

use super::CredentialKind;
use super::refusal::RefusalCode;
use crate::contract::control::document::problem;
use crate::contract::document::{
    WAIT, bearer_challenge, challenge, grace_end, request_id, retry_after,
};
use crate::openapi::{Header, Named, Refusal, schemas_of};

/// Schemas that stand in headers only.
pub(in crate::contract::control) fn schemas() -> Vec<Named> {
    let mut schemas = schemas_of::<RefusalCode>();
    schemas.extend(schemas_of::<CredentialKind>());
    schemas
}

/// The headers of an answer with this status.
pub(in crate::contract::control) fn headers(status: u16) -> Vec<Header> {
    let mut headers = vec![request_id()];
    match status {
        204 => headers.extend(pass()),
        401 => headers.extend([bearer_challenge(), refusal_code()]),
        403 => headers.extend([
            challenge(
                "Sent when the key is too narrow, with the scopes it would need (RFC 6750).",
                r#"Bearer error="insufficient_scope", scope="reports:read""#,
            ),
            retry_after(
                "Seconds to wait before the next try. Sent when `X-Key-Refusal` is `RATE_LIMITED`.",
            ),
            Header::new(
                "RateLimit",
                "The rate limit that was reached, as with a 429. Sent when `X-Key-Refusal` is \
                 `RATE_LIMITED`.",
                r#""burst";r=0;t=1"#,
            ),
            Header::new(
                "RateLimit-Policy",
                "That rate limit, as quota `q` within a window of `w` seconds. Sent when \
                 `X-Key-Refusal` is `RATE_LIMITED`.",
                r#""burst";q=10;w=1"#,
            ),
            refusal_code(),
        ]),
        429 => {
            headers.extend(limit_used_up());
            headers.extend([retry_after(WAIT).required(), refusal_code()]);
        }
        503 => headers.push(retry_after(WAIT).required()),
        _ => {}
    }
    headers
}

/// The refusals that only a proxy gets.
pub(in crate::contract::control) fn refusal(status: u16) -> Option<Refusal> {
    let (description, detail) = match status {
        401 => (
            "The request has no key, or one that is unknown, revoked, replaced, expired or \
             disabled, or a credential that cannot be read. With `nginx=1` there is no body.",
            "this key is unknown",
        ),
        403 => (
            "The key is of a kind that may not pass, lacks a scope, may not be used from this \
             address, has no credits left, or belongs to a suspended owner. With `nginx=1`, also \
             every 429, and there is no body.",
            "this key may not be used from this address",
        ),
        429 => (
            "A rate limit of the key or its owner is used up, or the server saw too many unknown \
             credentials. Nothing was taken.",
            "too many requests; try again in 1 second",
        ),
        _ => return None,
    };
    let example = problem(StatusCode::from_u16(status).ok()?, detail);
    Some(Refusal::new(
        description,
        "application/problem+json",
        &example,
    ))
}

fn pass() -> [Header; 8] {
    let uuid = || json!({"type": "string", "format": "uuid"});
    [
        Header::new(
            "Cache-Control",
            "Always `no-store`, since the answer holds for this request only.",
            "no-store",
        )
        .required(),
        Header::new(
            "X-Key-Id",
            "The key's identifier; of a token, that of the client key behind it. It is no secret.",
            "0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01",
        )
        .required()
        .schema(uuid()),
        Header::new(
            "X-Key-Owner",
            "The user or organization that the key is for.",
            "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
        )
        .required()
        .schema(uuid()),
        Header::new(
            "X-Key-Scopes",
            "What the key may be used for, with a space between scopes. Empty when it has none.",
            "reports:read reports:write",
        )
        .required(),
        Header::new(
            "X-Key-Kind",
            "What the request is let through by.",
            "standard",
        )
        .required()
        .schema(json!({"$ref": "#/components/schemas/CredentialKind"})),
        grace_end(),
        Header::new(
            "RateLimit",
            "The rate limit that has the least left, sent when the key or its owner has any: `r` is \
             what is left, and `t` is the seconds until it is full again.",
            r#""burst";r=9;t=1"#,
        ),
        Header::new(
            "RateLimit-Policy",
            "That rate limit, as quota `q` within a window of `w` seconds.",
            r#""burst";q=10;w=1"#,
        ),
    ]
}

fn limit_used_up() -> [Header; 2] {
    [
        Header::new(
            "RateLimit",
            "The rate limit that was reached; `r` is what is left, and `t` is the seconds until it \
             is full again.",
            r#""burst";r=0;t=1"#,
        )
        .required(),
        Header::new(
            "RateLimit-Policy",
            "The rate limit that was reached, as quota `q` within a window of `w` seconds.",
            r#""burst";q=10;w=1"#,
        )
        .required(),
    ]
}

fn refusal_code() -> Header {
    Header::new(
        "X-Key-Refusal",
        "Why the request may not pass, for programs.",
        "RATE_LIMITED",
    )
    .required()
    .schema(json!({"$ref": "#/components/schemas/RefusalCode"}))
}
