//! What the document of this contract says beyond its operations.

use serde_json::json;

use super::{ApiKeyAnswer, ApiKeyResult, ErrorAnswer, ErrorItem, RequiredConsistency};
use crate::contract::document::{
    ORGANIZATION_LIMIT, challenge, headers_of, idempotency_key, no_store,
};
use crate::openapi::{Decoration, Header, Operation, Refusal, Shared, schemas_of};

pub(super) fn decoration() -> Decoration {
    Decoration {
        title: "keywright organization-key",
        version: "1.0.0",
        description: "One API key per organization. Who replaces it chooses how widely that must be \
                      replicated before it is answered.",
        tags: &[("organization-key", "The key an organization acts with.")],
        security_schemes: json!({"organization_key": {
            "type": "apiKey",
            "in": "header",
            "name": super::KEY_HEADER,
            "description": "The organization's key, or a key of any organization above it.",
        }}),
        schemas: schemas_of::<RequiredConsistency>(),
        nullable: &[],
        open: &[],
        share,
    }
}

/// An answer to look at.
pub(super) fn new_key() -> ApiKeyAnswer {
    ApiKeyAnswer {
        meta: None,
        errors: None,
        result: Some(ApiKeyResult {
            api_key: "mFv0Y1pQ8sJ3nXw2Lk7RtB5cHdE=".into(),
        }),
    }
}

fn share(_operation: &Operation) -> Shared {
    Shared {
        security: json!([{"organization_key": []}]),
        parameters: vec![idempotency_key(
            "Makes a retry safe. For 10 minutes (the operator may change that) the same value, \
             sent by the same organization, gets the same new key again, after waiting for the level once \
             more, and 400 once that key has been replaced. Use a fresh random UUID per change: a \
             version 4 UUID with at least 7 \
             different hexadecimal digits among its 30 random ones, and no other value, also serves \
             when only the replaced key is at hand.",
        )],
        statuses: vec![400, 401, 403, 429, 500, 503],
        headers,
        refusal: |_, status| refusal(status),
    }
}

fn headers(operation: &Operation, status: u16) -> Vec<Header> {
    let mut headers = headers_of(status, &ORGANIZATION_LIMIT);
    match status {
        200 if operation.declared.answers_secret => headers.push(no_store()),
        401 => {
            let description = "The scheme to use, which is a key in the header of the same name.";
            headers.push(challenge(description, super::KEY_HEADER).required());
        }
        _ => {}
    }
    headers
}

fn refusal(status: u16) -> Option<Refusal> {
    let (description, message) = match status {
        400 => (
            "A header is missing, repeated, misspelt or out of its range, or the key that this \
            `Idempotency-Key` issued has been replaced since. Nothing changed.",
            "SlashID-Required-Consistency-Timeout must be a whole number from 1 to 120, got 121",
        ),
        401 => (
            "No key was sent, it is unknown or replaced, or it may not act for this organization. \
             An organization that does not exist gives the same answer.",
            "send a live key of this organization, or of one above it, in SlashID-API-Key",
        ),
        403 => (
            "The organization is suspended, or the organization above it whose key was sent is.",
            "the organization is suspended",
        ),
        408 => (
            "The required level was not reached in time. The change may have been made, or may \
             still be made, and the previous key may be dead.",
            "all_regions was not reached within 30 seconds; the change may still be made",
        ),
        429 => (
            "More calls than the configured rate limit allows. Nothing changed.",
            "too many requests; try again in 1 second",
        ),
        500 => (
            "The server failed. Whether the key changed is not known.",
            "the server failed; name the X-Request-Id when you report it",
        ),
        503 => (
            "The server is overloaded or cannot reach its database.",
            "the server is not available now; try again in 1 second",
        ),
        _ => return None,
    };
    let example = ErrorAnswer {
        meta: None,
        errors: vec![ErrorItem {
            httpcode: i32::from(status),
            message: message.to_owned(),
        }],
    };
    Some(Refusal::new(description, "application/json", &example))
}
