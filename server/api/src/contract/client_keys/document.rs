//! What the document of this contract says beyond its operations.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{ApiError, ApiKey, FieldError};
use crate::contract::document::{
    MALFORMED, ORGANIZATION_LIMIT, bearer_challenge, challenge, headers_of, idempotency_key,
    no_store,
};
use crate::contract::operation::{Access, Class};
use crate::contract::token_endpoint::refusal::{TokenError, TokenErrorCode};
use crate::openapi::{Decoration, Header, Operation, Refusal, Shared};
use keywright_model::scope::Scope;

/// The statuses that the endpoints of OAuth share.
const OAUTH_STATUSES: [u16; 5] = [400, 401, 429, 500, 503];

type HeadersOf = fn(&Operation, u16) -> Vec<Header>;
type RefusalOf = fn(&Operation, u16) -> Option<Refusal>;

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "keywright client-keys",
        version: "1.0.0",
        description: "API keys that are OAuth 2.0 clients. A key is a client identifier and a \
                      client secret; with both, a client gets an access token, and with the token \
                      it calls. A path below `/oauth` or `/.well-known` where nothing is served \
                      answers an RFC 9457 problem, as one that belongs to no contract does.",
        tags: &[(
            "client-keys",
            "OAuth 2.0 client keys and their access tokens.",
        )],
        security_schemes: security_schemes(),
        schemas: Vec::new(),
        nullable: &[],
        open: &["/components/schemas/ApiError"],
        share,
    }
}

/// An answer to look at.
pub(super) fn new_key() -> ApiKey {
    ApiKey {
        name: "Billing worker".to_owned(),
        client_id: uuid::uuid!("4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94"),
        client_secret: "kws_3vXb9QmT1yLr7ZcKd0WfNh5GpJs2AeUi8RoEqM4tHxB6CwY0k".into(),
    }
}

/// A list to look at.
pub(super) fn listed_keys() -> Value {
    json!({
        "count": 1,
        "meta": {"total": 1, "limit": 10, "offset": 0},
        "apiKeys": [{
            "name": "Billing worker",
            "clientId": "4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94",
        }],
    })
}

fn security_schemes() -> Value {
    json!({
        "access_token": {
            "type": "oauth2",
            "description":
                "An access token that a client key was exchanged for, sent as a bearer token.",
            "flows": {"clientCredentials": {
                "tokenUrl": "/oauth/token",
                "scopes": {
                    "create:api-key": "Make client keys.",
                    "read:api-key": "List client keys.",
                    "delete:api-key": "Delete client keys.",
                },
            }},
        },
        "control_key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A control key, or the root key.",
        },
        "client_basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The client identifier as user name, the client secret as password.",
        },
    })
}

fn share(operation: &Operation) -> Shared {
    let declared = operation.declared;
    let (security, statuses) = match declared.access {
        Access::Permit(_, scopes) => {
            let scopes: Vec<&str> = scopes.iter().map(Scope::name).collect();
            let security = json!([{"access_token": scopes}]);
            (security, vec![400, 401, 403, 429, 500, 503])
        }
        Access::Client(None) => (json!([{"client_basic": []}, {}]), OAUTH_STATUSES.to_vec()),
        Access::Client(Some(_)) => {
            let security = json!([{"client_basic": []}, {"control_key": []}, {}]);
            (security, OAUTH_STATUSES.to_vec())
        }
        Access::Nothing | Access::Subject => (json!([{}]), vec![500, 503]),
    };
    let (headers, refusal): (HeadersOf, RefusalOf) = match declared.access {
        Access::Permit(..) | Access::Nothing | Access::Subject => (headers, refusal),
        Access::Client(_) if declared.answers_secret => {
            (token_headers, |_, status| token_refusal(status))
        }
        Access::Client(_) => (judging_headers, judging_refusal),
    };
    let is_new_key = matches!(declared.access, Access::Permit(..)) && declared.answers_secret;
    Shared {
        security,
        parameters: Vec::from_iter(is_new_key.then(retry)),
        statuses,
        headers,
        refusal,
    }
}

fn retry() -> Value {
    idempotency_key(
        "Makes a retry safe. For 10 minutes (the operator may change that) the same value \
         with the same body, sent by the same organization, gets the same key again; with another body it \
         gets 400. Use a fresh random UUID per key.",
    )
}

fn headers(operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &ORGANIZATION_LIMIT);
    match status {
        201 if operation.declared.answers_secret => headers.push(no_store()),
        401 => headers.push(bearer_challenge()),
        403 => headers.push(challenge(
            "Sent when the token is too narrow, with the scope it would need (RFC 6750).",
            r#"Bearer error="insufficient_scope", scope="create:api-key""#,
        )),
        _ => {}
    }
    headers
}

fn refusal(operation: &Operation, status: u16) -> Option<Refusal> {
    let (description, code, message) = match status {
        400 => return Some(bad_request(operation)),
        401 => {
            // The published page has these two members only.
            return Some(Refusal::with_example::<ApiError>(
                "No access token was sent, or it is unknown, expired or no longer valid.",
                "application/json",
                json!({"code": "invalid_token", "message": "The access token expired."}),
            ));
        }
        403 => return Some(forbidden()),
        404 => (
            "The caller's organization has no live client key with this identifier.",
            "not_found",
            "client key '4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94' does not exist",
        ),
        429 => (
            "More calls than the configured rate limit allows. Nothing changed.",
            "rate_limit_exceeded",
            "Too many requests; try again in 1 second.",
        ),
        500 => (
            "The server failed. Whether anything changed is not known.",
            "internal_error",
            "The server failed; name the X-Request-Id when you report it.",
        ),
        503 => (
            "The server is overloaded or cannot reach its database.",
            "temporarily_unavailable",
            "The server is not available now; try again in 1 second.",
        ),
        _ => return None,
    };
    let example = error(StatusCode::from_u16(status).ok()?, code, message);
    Some(Refusal::new(description, "application/json", &example))
}

fn bad_request(operation: &Operation) -> Refusal {
    let name = "name must be 1 to 100 characters, got 0";
    let limit = "limit must be 1 to 100, got 101";
    let body = "the body has more than 65536 bytes: send less";
    let (description, message, pointer, detail) = match operation.declared.class {
        Class::Read => (
            "A parameter is unknown, repeated or out of range, a header is malformed, or the body \
             is too large. Nothing changed.",
            limit,
            "",
            limit,
        ),
        _ if !operation.has_body => (MALFORMED, body, "", body),
        _ => (
            "The request is malformed, a member breaks a rule, or the `Idempotency-Key` was used with \
            another body. Nothing changed.",
            name,
            "/name",
            name.trim_start_matches("name "),
        ),
    };
    let example = ApiError {
        errors: vec![FieldError {
            pointer: pointer.to_owned(),
            detail: detail.to_owned(),
        }],
        ..error(StatusCode::BAD_REQUEST, "invalid_request", message)
    };
    Refusal::new(description, "application/json", &example)
}

fn forbidden() -> Refusal {
    let rows = [
        ("Create", "The token may not create keys", "create:api-key"),
        ("List", "The token may not list keys", "read:api-key"),
        ("Delete", "The token may not delete keys", "delete:api-key"),
    ];
    let examples = rows.map(|(name, summary, scope)| {
        let message = format!("The access token needs the scope {scope}.");
        let answer = error(StatusCode::FORBIDDEN, "insufficient_scope", &message);
        (name, summary, answer)
    });
    let message = "The organization has 100 live keys, and may have no more: delete one that is no longer needed.";
    let full = (
        "Full",
        "The organization has as many keys as it may have",
        error(StatusCode::FORBIDDEN, "key_limit_reached", message),
    );
    let examples: Vec<_> = examples.into_iter().chain([full]).collect();
    Refusal::with_examples(
        "The token lacks the scope that the operation needs, the organization is suspended, or it has as many \
         live keys as the server's `limits.keys_per_owner` allows. Nothing changed.",
        "application/json",
        &examples,
    )
}

fn error(status: StatusCode, code: &'static str, message: &str) -> ApiError {
    ApiError {
        code,
        message: message.to_owned(),
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or_default(),
        status: i32::from(status.as_u16()),
        detail: message.to_owned(),
        errors: Vec::new(),
    }
}

fn token_headers(_operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &ORGANIZATION_LIMIT);
    match status {
        200 => {
            headers.push(no_store());
            let description = "Always `no-cache`, for caches older than `Cache-Control`.";
            headers.push(Header::new("Pragma", description, "no-cache").required());
        }
        401 => headers.push(challenge(
            "Sent when the client authenticated by HTTP Basic (RFC 6749 section 5.2).",
            r#"Basic realm="keywright""#,
        )),
        _ => {}
    }
    headers
}

fn judging_headers(operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &ORGANIZATION_LIMIT);
    let description = "Always `no-store`, since what becomes of a token changes.";
    headers.push(Header::new("Cache-Control", description, "no-store").required());
    if status == 401 {
        let header = if takes_control_key(operation) {
            challenge(
                "How to prove oneself. A bearer that is no good is told why (RFC 6750 section 3).",
                r#"Basic realm="keywright", Bearer"#,
            )
        } else {
            challenge(
                "How to prove oneself (RFC 7617).",
                r#"Basic realm="keywright""#,
            )
        };
        headers.push(header.required());
    }
    headers
}

fn judging_refusal(operation: &Operation, status: u16) -> Option<Refusal> {
    let (description, error, error_description) = match status {
        400 => (
            "The request is malformed, or has no token. Nothing changed.",
            TokenErrorCode::InvalidRequest,
            "token is missing: send it",
        ),
        401 if takes_control_key(operation) => (
            "The client is unknown, its secret is wrong, or its key is no longer valid; or the control key is \
             no longer valid, or lacks the scope `keys:verify`.",
            TokenErrorCode::InsufficientScope,
            "the control key needs the scope keys:verify",
        ),
        500 => (
            "The server failed. Whether anything changed is not known.",
            TokenErrorCode::ServerError,
            "the server failed; name the X-Request-Id when you report it",
        ),
        503 => (
            "The server is overloaded or cannot reach its database.",
            TokenErrorCode::TemporarilyUnavailable,
            "the server is not available now; try again in 1 second",
        ),
        _ => return token_refusal(status),
    };
    let example = TokenError {
        error,
        error_description: error_description.to_owned(),
    };
    Some(Refusal::new(description, "application/json", &example))
}

fn takes_control_key(operation: &Operation) -> bool {
    matches!(operation.declared.access, Access::Client(Some(_)))
}

fn token_refusal(status: u16) -> Option<Refusal> {
    let (description, error, error_description) = match status {
        400 => (
            "The request is malformed, or asks for a grant, a scope or an audience that it cannot have.",
            TokenErrorCode::UnsupportedGrantType,
            "grant_type must be client_credentials",
        ),
        401 => (
            "The client is unknown, its secret is wrong, or its key is no longer valid.",
            TokenErrorCode::InvalidClient,
            "client_id and client_secret do not belong to a live client key",
        ),
        429 => (
            "More calls than the configured rate limit allows.",
            TokenErrorCode::RateLimitExceeded,
            "too many requests; try again in 1 second",
        ),
        500 => (
            "The server failed. No token was made.",
            TokenErrorCode::ServerError,
            "the server failed; name the X-Request-Id when you report it",
        ),
        503 => (
            "The server is overloaded or cannot reach its database. No token was made.",
            TokenErrorCode::TemporarilyUnavailable,
            "the server is not available now; try again in 1 second",
        ),
        _ => return None,
    };
    let example = TokenError {
        error,
        error_description: error_description.to_owned(),
    };
    Some(Refusal::new(description, "application/json", &example))
}
