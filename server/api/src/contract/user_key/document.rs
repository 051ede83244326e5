//! What the document of this contract says beyond its operations.

use serde_json::{Value, json};

use super::{
    ApiDeprecationNotice, ApiKeyAnswer, ApiVersion, ErrorAnswer, ErrorDescription, ServerFault,
    Status,
};
use crate::contract::document::{Limit, bearer_challenge, headers_of, idempotency_key, no_store};
use crate::openapi::{Decoration, Header, Operation, Refusal, Shared, schemas_of};

const LIMIT: Limit = Limit {
    name: "user",
    allowance: "the user's allowance",
};

/// The id in all examples of the published page.
const ID: &str = "123e4567-e89b-12d3-a456-426655440000";

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "keywright user-key",
        version: "v1",
        description: "One API key per user. A user replaces the key by calling with the current one.",
        tags: &[("user-key", "A user's own API key.")],
        security_schemes: json!({"user_key": {
            "type": "http",
            "scheme": "bearer",
            "description": "The user's current API key.",
        }}),
        schemas: schemas_of::<ApiVersion>(),
        nullable: &[],
        open: &[],
        share,
    }
}

/// An answer to look at, as the published page has it.
pub(super) fn new_key() -> ApiKeyAnswer {
    ApiKeyAnswer {
        apikey: ID.into(),
        status: status(),
    }
}

/// A user to look at.
pub(super) fn user() -> Value {
    json!({
        "user": {
            "id": ID,
            "email": "ada@example.com",
            "plan": {
                "name": "free",
                "totalMonthlyCredits": 1000,
                "remainingMonthlyCredits": 990,
            },
            "createdAt": "2022-01-01T09:30:00.000Z",
            "updatedAt": "2022-01-02T11:00:00.000Z",
        },
        "status": status(),
    })
}

fn share(operation: &Operation) -> Shared {
    let mut parameters = Vec::new();
    if operation.declared.answers_secret {
        parameters.push(idempotency_key(
            "Makes a retry safe. For 10 minutes (the operator may change that) the same value, \
             sent by the same user, gets the same new key again, and 400 once that key has been \
             replaced. Use a fresh random UUID per \
             change: a version 4 UUID with at least 7 different hexadecimal digits among its 30 \
             random ones, and no other value, also serves when only the replaced key is at hand.",
        ));
    }
    Shared {
        security: json!([{"user_key": []}]),
        parameters,
        statuses: vec![400, 401, 403, 429, 500, 503],
        headers,
        refusal: |_, status| refusal(status),
    }
}

fn headers(operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &LIMIT);
    if status == 200 && operation.declared.answers_secret {
        headers.push(no_store());
    }
    match status {
        200 | 400 => headers.extend(limit_in_force()),
        401 => headers.push(bearer_challenge()),
        _ => {}
    }
    if status < 500 {
        headers.extend(retirement());
    }
    headers
}

fn limit_in_force() -> [Header; 2] {
    [
        Header::new(
            "RateLimit",
            "What is left of the user's allowance now, and the seconds until it is full again.",
            r#""user";r=9;t=1"#,
        ),
        Header::new(
            "RateLimit-Policy",
            "The limit in force, as quota `q` within a window of `w` seconds.",
            r#""user";q=10;w=10"#,
        ),
    ]
}

fn retirement() -> [Header; 2] {
    [
        Header::new(
            "Deprecation",
            "When this API version became deprecated, as `@` and Unix seconds (RFC 9745). Only \
             sent while a shutdown is planned.",
            "@1609459200",
        )
        .schema(json!({"type": "string", "pattern": "^@[0-9]+$"})),
        Header::new(
            "Sunset",
            "When this API version shuts down, as an HTTP date (RFC 8594). Only sent while a \
             shutdown is planned, and then the same instant as `shutdownDate`.",
            "Wed, 02 Feb 2022 00:00:00 GMT",
        ),
    ]
}

fn refusal(status: u16) -> Option<Refusal> {
    let description = match status {
        400 => {
            "The version header is missing, repeated, unknown or names a version that was shut down, another \
            header is malformed, the key that this `Idempotency-Key` issued has been replaced since, the \
            body is too large, or `Accept` excludes JSON. Nothing changed."
        }
        401 => "No key was sent, or it is unknown, malformed, expired, revoked or replaced.",
        403 => "The user is known, and suspended.",
        429 => "The user called more often than the rate limit allows. Nothing changed.",
        500 => {
            let description = "The server failed. Whether anything changed is not known.";
            let fault = ServerFault {
                request_id: ID.to_owned(),
            };
            let refusal = Refusal::new(description, "application/json", &fault);
            return Some(refusal);
        }
        503 => {
            return Some(Refusal::bare(
                "The server is overloaded or cannot reach its database. There is no body.",
            ));
        }
        _ => return None,
    };
    Some(Refusal::new(
        description,
        "application/json",
        &error(status),
    ))
}

fn error(status_code: u16) -> ErrorAnswer {
    ErrorAnswer {
        error: ErrorDescription {
            message: "An error occurred.".to_owned(),
            code: i32::from(status_code),
            // Who sent no good key is not known.
            user_id: (status_code != 401).then(|| ID.to_owned()),
            request_id: ID.to_owned(),
        },
        status: status(),
    }
}

fn status() -> Status {
    Status {
        cost: 0,
        api_deprecation_notice: Some(ApiDeprecationNotice {
            message: "The version 1 of the API is deprecated and will be shut down the 2022-02-02 \
                      at 00:00:00 UTC."
                .to_owned(),
            shutdown_date: "2022-02-02T00:00:00.000Z".to_owned(),
        }),
    }
}
