//! What the document of this contract says beyond its operations.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{ApiError, ApiKey, FieldError};
use crate::contract::document::{
    ORGANIZATION_LIMIT, bearer_challenge, challenge, headers_of, idempotency_key, no_store,
};
use crate::contract::token_endpoint::{TokenError, TokenErrorCode};
use crate::openapi::{Decoration, Header, Operation, Refusal, Shared};

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "Client keys",
        version: "1.0.0",
        description: "API keys that are OAuth 2.0 clients. A key is a client identifier and a \
                      client secret; with both, a client gets an access token, and with the token \
                      it calls.",
        tag: "OAuth 2.0 client keys and their access tokens.",
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
        client_secret: "kws_3vXb9QmT1yLr7ZcKd0WfNh5GpJs2AeUi8RoEqM4tHxB6CwY0k".to_owned(),
    }
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
        "client_basic": {
            "type": "http",
            "scheme": "basic",
            "description": "The client identifier as user name, the client secret as password.",
        },
    })
}

fn share(operation: &Operation) -> Shared {
    match operation.id.as_str() {
        "issue_token" => Shared {
            security: json!([{"client_basic": []}, {}]),
            parameters: Vec::new(),
            statuses: vec![400, 401, 429, 500, 503],
            headers: token_headers,
            refusal: token_refusal,
        },
        "read_jwks" | "read_authorization_server" => Shared {
            security: json!([{}]),
            parameters: Vec::new(),
            statuses: vec![500, 503],
            headers: |_, status| headers_of(status, &ORGANIZATION_LIMIT),
            refusal,
        },
        _ => Shared {
            security: json!([{"access_token": ["create:api-key"]}]),
            parameters: vec![idempotency_key(
                "Makes a retry safe. For 10 minutes (the operator may change that) the same value \
                 with the same body, sent by the same organization, gets the same key again; with \
                 another body it is refused. Use a fresh random UUID per key.",
            )],
            statuses: vec![400, 401, 403, 429, 500, 503],
            headers,
            refusal,
        },
    }
}

fn headers(_operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &ORGANIZATION_LIMIT);
    match status {
        201 => headers.push(no_store()),
        401 => headers.push(bearer_challenge()),
        403 => headers.push(challenge(
            "Sent when the token is too narrow, with the scope it would need (RFC 6750).",
            r#"Bearer error="insufficient_scope", scope="create:api-key""#,
        )),
        _ => {}
    }
    headers
}

fn refusal(status: u16) -> Option<Refusal> {
    let (description, code, message) = match status {
        400 => (
            "The request is malformed, or a member breaks a rule. Nothing changed.",
            "invalid_request",
            "name must be 1 to 100 characters, got 0",
        ),
        401 => {
            // The published page has these two members only.
            return Some(Refusal::with_example::<ApiError>(
                "No access token was sent, or it is unknown, expired or no longer valid.",
                "application/json",
                json!({"code": "invalid_token", "message": "The access token expired."}),
            ));
        }
        403 => (
            "The token lacks the scope `create:api-key`, or the organization is suspended.",
            "insufficient_scope",
            "The access token needs the scope create:api-key.",
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
    let status = StatusCode::from_u16(status).ok()?;
    let example = ApiError {
        code,
        message: message.to_owned(),
        kind: "about:blank",
        title: status.canonical_reason()?,
        status: i32::from(status.as_u16()),
        detail: message.to_owned(),
        errors: (status == StatusCode::BAD_REQUEST)
            .then(|| FieldError {
                pointer: "/name".to_owned(),
                detail: "must be 1 to 100 characters, got 0".to_owned(),
            })
            .into_iter()
            .collect(),
    };
    Some(Refusal::new(description, "application/json", &example))
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

fn token_refusal(status: u16) -> Option<Refusal> {
    let (description, error, error_description) = match status {
        400 => (
            "The request is malformed, or asks for a grant or a scope that it cannot have.",
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
