//! Answers to look at, as the document of this contract shows them.
//! Leaves refusals to `document`.

use serde_json::{Value, json};

const CREATED_AT: &str = "2026-01-15T09:30:00.000Z";
const CHANGED_AT: &str = "2026-01-16T11:00:00.000Z";
const USER: &str = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
const ORGANIZATION: &str = "0190a6f2-2e61-7b90-8c04-91f3a5d7e820";
const KEY: &str = "0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01";

pub(super) fn user() -> Value {
    json!({
        "id": USER,
        "email": "ada@example.com",
        "plan": "free",
        "suspended": true,
        "rate_limits": [],
        "created_at": CREATED_AT,
        "updated_at": CHANGED_AT,
    })
}

pub(super) fn user_page() -> Value {
    json!({"items": [as_created(user())]})
}

pub(super) fn created_user() -> Value {
    with(
        as_created(user()),
        json!({
            "key": {
                "id": "0190a6f2-1b0a-7e44-9a6d-0c8f1e2d3b45",
                "secret": "7c1e0f5a-2d94-4b63-8a17-e5d0c9b3f286",
            },
        }),
    )
}

pub(super) fn organization() -> Value {
    json!({
        "id": ORGANIZATION,
        "name": "Example Works",
        "suspended": true,
        "rate_limits": [],
        "created_at": CREATED_AT,
        "updated_at": CHANGED_AT,
    })
}

pub(super) fn organization_page() -> Value {
    json!({"items": [as_created(organization())]})
}

pub(super) fn created_organization() -> Value {
    with(
        as_created(organization()),
        json!({
            "key": {
                "id": "0190a6f2-2e63-7d18-a2b7-4f6e8c0d1a59",
                "secret": "mFv0Y1pQ8sJ3nXw2Lk7RtB5cHdE=",
            },
        }),
    )
}

pub(super) fn created_key() -> Value {
    json!({"key": key(), "secret": "kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi1QoEnM6tXyB3C1zSw"})
}

pub(super) fn rotated_key() -> Value {
    json!({
        "key": with(key(), json!({
            "id": "0190a6f8-7a15-7c06-b3d9-2e4f6a8c0b17",
            "hint": "kw_...9pQd",
            "created_at": "2026-02-15T09:30:00.000Z",
        })),
        "secret": "kw_8sWm3XcV6yPr1NvTb9KjGh5LqDf2ZeUa7RoCiE4tQxH0B9pQd",
    })
}

pub(super) fn revoked_key() -> Value {
    with(
        key(),
        json!({
            "state": "revoked",
            "revoked_at": CHANGED_AT,
            "revocation_reason": "key_compromise",
            "last_used_at": "2026-01-16T10:59:00.000Z",
            "uses": 1841,
            "rate_limits": [{"name": "burst", "limit": 10, "window_seconds": 1, "burst": 10}],
            "credits": {"remaining": 8159, "refill": {"amount": 10000, "every": "month"}},
            "ip_allow": ["203.0.113.0/24", "2001:db8::1"],
        }),
    )
}

pub(super) fn ended_key() -> Value {
    json!({"id": KEY, "kind": "standard", "revoked_at": CHANGED_AT})
}

pub(super) fn key_page() -> Value {
    json!({"items": [key()]})
}

pub(super) fn valid() -> Value {
    with(
        judged("VALID"),
        json!({
            "rate_limit": rate_limit(),
            "credits": {"remaining": 8158},
        }),
    )
}

pub(super) fn limited() -> Value {
    with(
        judged("RATE_LIMITED"),
        json!({
            "rate_limit": with(rate_limit(), json!({"remaining": 0, "retry_after_seconds": 1})),
            "credits": {"remaining": 8158},
        }),
    )
}

pub(super) fn unknown() -> Value {
    json!({"valid": false, "code": "NOT_FOUND"})
}

pub(super) fn verdicts() -> Value {
    json!({"results": [judged("VALID"), unknown()]})
}

pub(super) fn event_page() -> Value {
    json!({
        "items": [{
            "position": 4711,
            "at": CHANGED_AT,
            "actor": "key:0190a6f2-4d10-7b3c-8a21-9c5e7f0b2d64",
            "action": "key.revoked",
            "target_id": KEY,
            "owner_id": USER,
            "outcome": "done",
            "detail": "key_compromise",
            "request_id": "b0658b67-8ea3-46de-a3b8-18c3f5347def",
            "server_request_id": "6f0d3f5e-9a41-4c86-b1d7-52c8e0a97b34",
            "address": "203.0.113.7",
        }],
        "next_cursor": "4711",
    })
}

fn key() -> Value {
    json!({
        "id": KEY,
        "kind": "standard",
        "owner_id": USER,
        "name": "nightly export",
        "hint": "kw_...1zSw",
        "scopes": ["reports:read"],
        "state": "live",
        "enabled": true,
        "created_at": CREATED_AT,
        "uses": 0,
        "rate_limits": [],
        "ip_allow": [],
        "metadata": {},
    })
}

fn judged(code: &str) -> Value {
    json!({
        "valid": code == "VALID",
        "code": code,
        "key": {
            "id": KEY,
            "kind": "standard",
            "owner_id": USER,
            "name": "nightly export",
            "scopes": ["reports:read"],
            "metadata": {},
        },
    })
}

fn rate_limit() -> Value {
    json!({
        "name": "burst",
        "limit": 10,
        "window_seconds": 1,
        "burst": 10,
        "remaining": 9,
        "reset_seconds": 1,
    })
}

/// A user or an organization as it was before anybody changed it.
fn as_created(owner: Value) -> Value {
    with(owner, json!({"suspended": false, "updated_at": CREATED_AT}))
}

/// An object with some of its members changed or added.
fn with(mut object: Value, changes: Value) -> Value {
    if let (Value::Object(object), Value::Object(changes)) = (&mut object, changes) {
        object.extend(changes);
    }
    object
}
