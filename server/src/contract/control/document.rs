//! What the document of this contract says beyond its operations.

use axum::http::StatusCode;
use serde_json::json;

use super::{FieldError, Problem, title};
use crate::contract::document::{
    Limit, bearer_challenge, challenge, headers_of, idempotency_key, no_store,
};
use crate::openapi::{Decoration, Header, Operation, Refusal, Shared};

const LIMIT: Limit = Limit {
    name: "control",
    allowance: "the allowance",
};

/// The answers that carry a secret.
const SECRET_ANSWERS: [&str; 3] = ["CreatedUser", "CreatedOrganization", "IssuedKey"];

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "Control",
        version: "v1",
        description: "The operator's side: users, organizations and keys of every kind. Members \
                      without a value are left out, never null. Instants are RFC 3339 in UTC with \
                      milliseconds. Errors are RFC 9457 problems.",
        tag: "Users, organizations and keys.",
        security_schemes: json!({"control_key": {
            "type": "http",
            "scheme": "bearer",
            "description":
                "The root key, or a control key with the scope that the operation names.",
        }}),
        schemas: Vec::new(),
        nullable: &[],
        open: &[],
        share,
    }
}

fn share(operation: &Operation) -> Shared {
    let mut statuses = vec![400, 401, 403, 429, 500, 503];
    if operation.has_body {
        statuses.extend([413, 415, 422]);
    }
    let mut parameters = Vec::new();
    if answers_secret(operation) {
        parameters.push(idempotency_key(
            "Makes a retry safe. For 10 minutes (the operator may change that) the same value with \
             the same body, sent by the same caller, gets the same answer again; with another body \
             it gets 422. Use a fresh random UUID per change.",
        ));
    }
    Shared {
        security: json!([{"control_key": []}]),
        parameters,
        statuses,
        headers,
        refusal: |_, status| refusal(status),
    }
}

fn answers_secret(operation: &Operation) -> bool {
    SECRET_ANSWERS.contains(&operation.answers.as_str())
}

fn headers(operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &LIMIT);
    match status {
        200 | 201 if answers_secret(operation) => headers.push(no_store()),
        401 => headers.push(bearer_challenge()),
        403 => headers.push(challenge(
            "Sent when the caller's key is too narrow, with the scope it would need (RFC 6750).",
            r#"Bearer error="insufficient_scope", scope="keys:write""#,
        )),
        _ => {}
    }
    headers
}

fn refusal(status: u16) -> Option<Refusal> {
    let (description, detail) = match status {
        400 => (
            "The request is not well formed: broken JSON, or a path, query or header value of the \
             wrong form. Nothing changed.",
            "limit must be 1 to 100, got 101",
        ),
        401 => (
            "The caller sent no key, or one that is unknown, expired, revoked or replaced.",
            "send the root key or a live control key as a bearer token",
        ),
        403 => (
            "The caller's key lacks the scope that this operation needs, or would hand out more \
             than it has.",
            "this operation needs the scope keys:write",
        ),
        404 => (
            "There is no such user, organization or key.",
            "there is no key with this id",
        ),
        409 => (
            "Something that must be unique exists already, or the key is no longer in a state that \
             allows the change. Nothing changed.",
            "the owner has a live named key with this name already",
        ),
        413 => (
            "The body is over 64 KiB. Nothing changed.",
            "the body may have 65536 bytes at most",
        ),
        415 => (
            "The body is not sent as `application/json`. Nothing changed.",
            "send the body with Content-Type application/json",
        ),
        422 => (
            "The body is well-formed JSON and a member of it breaks a rule, or the \
             `Idempotency-Key` was used with another body. Nothing changed.",
            "name must be 1 to 100 characters, got 101",
        ),
        429 => (
            "More calls than the configured rate limit allows. Nothing changed.",
            "too many requests; try again in 1 second",
        ),
        500 => (
            "The server failed. Whether anything changed is not known.",
            "the server failed; name the request_id when you report it",
        ),
        503 => (
            "The server is overloaded or cannot reach its database.",
            "the server is not available now; try again in 1 second",
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

fn problem(status: StatusCode, detail: &str) -> Problem {
    let mut errors = Vec::new();
    if status == StatusCode::UNPROCESSABLE_ENTITY {
        errors.push(FieldError {
            pointer: "/name".to_owned(),
            detail: detail.trim_start_matches("name ").to_owned(),
        });
    }
    Problem {
        kind: "about:blank",
        title: title(status),
        status: i32::from(status.as_u16()),
        detail: detail.to_owned(),
        request_id: uuid::uuid!("b0658b67-8ea3-46de-a3b8-18c3f5347def"),
        errors,
    }
}
