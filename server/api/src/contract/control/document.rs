//! What the document of this contract says beyond its operations.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::events::EventOrder;
use super::{FieldError, Problem, authorize};
use crate::contract::document::{
    Limit, bearer_challenge, challenge, grace_end, headers_of, idempotency_key, no_store,
};
use crate::contract::operation::{Access, Class};
use crate::openapi::{Decoration, Header, Operation, Refusal, Shared, schemas_of};

const LIMIT: Limit = Limit {
    name: "control",
    allowance: "the allowance",
};

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "keywright control",
        version: "v1",
        description: "keywright's own API, and the one to start with: authorize with the root key of \
                      the first start in `control_key`. Users, organizations and keys of every kind, with \
                      the limits they are given; verdicts on keys, for services that ask and for proxies \
                      (forward authorization); and the events, which say who did what. A control key \
                      acts on its owner and the organizations below, or on everybody: that is its \
                      `reach`. What lies outside does not exist for it: 404, an empty page, \
                      `NOT_FOUND`. Members without a value are left out, never null. A member or a \
                      query parameter that is not known here is refused, wherever it stands; an \
                      answer may get more members in time. Instants are RFC 3339 in UTC with \
                      milliseconds. Errors are RFC 9457 problems.",
        tags: &[
            ("users", "Users, who each have one user key."),
            (
                "organizations",
                "Organizations, which may lie below one another and have an organization key.",
            ),
            (
                "keys",
                "Keys of every kind: their life, scopes, limits and credits.",
            ),
            (
                "verify",
                "Verdicts on keys, for services that ask and for proxies.",
            ),
            ("events", "Who did what, and who was denied."),
        ],
        security_schemes: json!({
            "control_key": {
                "type": "http",
                "scheme": "bearer",
                "description":
                    "The root key, or a control key with the scope that the operation names.",
            },
            "subject_key": {
                "type": "http",
                "scheme": "bearer",
                "description":
                    "The API key to check, or an access token where the server's `authorize.kinds` has `token`. \
                     Not the root key.",
            },
            "subject_key_header": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Api-Key",
                "description": "The API key to check, where no bearer token is sent.",
            },
        }),
        schemas: schemas_of::<EventOrder>()
            .into_iter()
            .chain(authorize::document::schemas())
            .collect(),
        nullable: &[],
        open: &[],
        share,
    }
}

fn share(operation: &Operation) -> Shared {
    let declared = operation.declared;
    let mut statuses = match declared.access {
        Access::Nothing => vec![400, 429, 500, 503],
        _ => vec![400, 401, 403, 429, 500, 503],
    };
    if operation.has_body {
        statuses.extend([413, 415, 422]);
    }
    let mut parameters = Vec::new();
    if declared.answers_secret {
        parameters.push(idempotency_key(
            "Makes a retry safe. For 10 minutes (the operator may change that) the same value with \
             the same body, sent by the same caller, gets the same answer again; with another body \
             it gets 422. Use a fresh random UUID per change.",
        ));
    }
    // Only these are answered from memory.
    if matches!(declared.access, Access::Permit(..)) && declared.class == Class::Verify {
        parameters.push(cache_control());
    }
    let security = match declared.access {
        Access::Subject => json!([{"subject_key": []}, {"subject_key_header": []}]),
        Access::Nothing => json!([{}]),
        Access::Permit(..) | Access::Client(_) => json!([{"control_key": []}]),
    };
    Shared {
        security,
        parameters,
        statuses,
        headers,
        refusal: |operation, status| {
            let particular = match operation.declared.access {
                Access::Subject => authorize::document::refusal(status),
                _ => None,
            };
            particular.or_else(|| refusal(status))
        },
    }
}

fn cache_control() -> Value {
    json!({
        "name": "Cache-Control",
        "in": "header",
        "required": false,
        "description": "With `no-cache`, the key is read from the database instead of the server's \
                        memory. Anything else changes nothing.",
        "schema": {"type": "string"},
    })
}

fn headers(operation: &Operation, status: u16) -> Vec<Header> {
    let declared = operation.declared;
    if matches!(declared.access, Access::Subject) {
        return authorize::document::headers(status);
    }
    let mut headers = headers_of(status, &LIMIT);
    match status {
        200..=299 => {
            if matches!(declared.access, Access::Permit(..)) {
                headers.push(grace_end());
            }
            if declared.answers_secret {
                headers.push(no_store());
            }
        }
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
            "The request is not well formed: broken JSON, a body that is no JSON object, a query \
            parameter that is unknown or \
             repeated, or a path, query or header value of the wrong form. Nothing changed.",
            "limit must be 1 to 100, got 101",
        ),
        401 => (
            "The caller sent no key, or one that is unknown, disabled, expired, revoked or replaced.",
            "send the root key or a live control key as a bearer token",
        ),
        403 => (
            "The caller's key lacks the scope that this operation needs, would hand out more than \
             it has, would end, change or replace a control key that is wider than itself, or may \
             not be used from this address; or its owner is suspended. `errors` names the members \
             that ask for too much.",
            "this operation needs the scope keys:write",
        ),
        404 => (
            "There is no such user, organization or key, or it lies outside the caller's reach.",
            "there is no key with this id",
        ),
        409 => (
            "Something that must be unique exists already, the key is no longer in a state that \
             allows the change, the owner has as many live keys as the server's \
             `limits.keys_per_owner` allows, or the organization has others below it. Nothing changed.",
            "the owner has a live named key with this name already",
        ),
        410 => (
            "The events that `after` or `cursor` goes on from are no longer kept: they are older than the \
             server's `events.keep_days`.",
            "the events up to position 4700 were pruned: go on with after=4700, or find them in an export",
        ),
        413 => (
            "The body is over 64 KiB. Nothing changed.",
            "the body may have 65536 bytes at most",
        ),
        415 => (
            "The body is not sent as `application/json`, or has a `Content-Encoding`. Nothing changed.",
            "send the body with Content-Type application/json",
        ),
        422 => (
            "The body is well-formed JSON and a member of it is unknown, repeated or null, or breaks \
             a rule; or the `Idempotency-Key` was used with another body. Nothing changed.",
            "name must be 1 to 100 characters, got 101",
        ),
        429 => (
            "More calls than the configured rate limit allows; the root key has none. Nothing changed.",
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

/// A problem to look at.
pub(super) fn problem(status: StatusCode, detail: &str) -> Problem {
    let request_id = uuid::uuid!("b0658b67-8ea3-46de-a3b8-18c3f5347def");
    let mut problem = Problem::new(status, detail, request_id);
    if status == StatusCode::UNPROCESSABLE_ENTITY {
        problem.errors.push(FieldError {
            pointer: "/name".to_owned(),
            detail: detail.trim_start_matches("name ").to_owned(),
        });
    }
    problem
}
