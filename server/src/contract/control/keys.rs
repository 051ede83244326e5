//! Keys of every kind: issuing, listing, changing, rotating, revoking.

pub(super) mod wire;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Control, examples};
use crate::contract::body::{Body, OptionalBody};
use crate::contract::{Caller, Failure, Id, Json, Query, secret_answer};
use crate::key::KeyId;
use crate::keyring::{CreateKey, Keyring, ReadKey, RevokeKey, RotateKey, UpdateKey};
use wire::{
    IssuedKey, Key, KeyFilter, KeyPage, KeyPatch, NewKey, Revocation, RevocationReason, Rotation,
};

/// Create a key
///
/// Makes a key of any kind and answers its secret once. A control key cannot make a control key
/// with scopes that it lacks. Needs the scope `keys:write`.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "control",
    request_body(content = NewKey, description = "The key to make.", example = json!({
        "kind": "standard",
        "owner_id": "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
        "name": "nightly export",
        "scopes": ["reports:read"],
    })),
    responses(
        (status = 201, body = IssuedKey, description = "The new key and its secret.",
            example = examples::created_key),
        (status = 404),
        (status = 409),
    ),
)]
pub(super) async fn create_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, CreateKey>,
    body: Body<Control, NewKey>,
) -> Result<Response, Failure<Control>> {
    let issued = keyring.create_key(&caller, body.0.into()).await?;
    let answer = IssuedKey::new(issued, keyring.now_ms());
    Ok(secret_answer(StatusCode::CREATED, answer))
}

/// List keys
///
/// Answers the keys that match every filter, oldest first, a page at a time and never with a
/// secret. An owner without keys, known or not, gives an empty page. Needs the scope
/// `keys:read`.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "control",
    params(KeyFilter),
    responses((status = 200, body = KeyPage, description = "A page of keys, without their secrets.",
        example = examples::key_page)),
)]
pub(super) async fn list_keys(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, ReadKey>,
    filter: Query<Control, KeyFilter>,
) -> Result<Json<KeyPage>, Failure<Control>> {
    let page = keyring.list_keys(&caller, filter.0.try_into()?).await?;
    Ok(Json(KeyPage::new(page, keyring.now_ms())))
}

/// Read a key
///
/// Answers a key, in whatever state it is and never with its secret. Needs the scope `keys:read`.
#[utoipa::path(
    get,
    path = "/v1/keys/{id}",
    tag = "control",
    params(("id" = Uuid, Path, description = "The key.")),
    responses(
        (status = 200, body = Key, description = "The key, without its secret.",
            example = examples::revoked_key),
        (status = 404),
    ),
)]
pub(super) async fn read_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, ReadKey>,
    id: Id<Control>,
) -> Result<Json<Key>, Failure<Control>> {
    let key = keyring.read_key(&caller, KeyId(id.0)).await?;
    Ok(Json(Key::new(key, keyring.now_ms())))
}

/// Change a key
///
/// Changes the members that are sent and leaves the others; a list or an object that is sent takes
/// the place of the whole one. While a rotated key is in its grace period, rate limits and
/// credits are those of both keys: a change holds for both. Names and scopes keep the rules for
/// the key's kind. A key that is revoked, expired or replaced for good can no longer be changed. A control key cannot change
/// a control key with scopes that it lacks, or give it such scopes. Needs the scope
/// `keys:write`.
#[utoipa::path(
    patch,
    path = "/v1/keys/{id}",
    tag = "control",
    params(("id" = Uuid, Path, description = "The key.")),
    request_body(content = KeyPatch, description = "What to change.", example = json!({
        "enabled": false,
        "rate_limits": [{"name": "burst", "limit": 10, "window_seconds": 1}],
        "remove": ["expires_at"],
    })),
    responses(
        (status = 200, body = Key, description = "The key, without its secret.",
            example = examples::revoked_key),
        (status = 404),
        (status = 409),
    ),
)]
pub(super) async fn update_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, UpdateKey>,
    id: Id<Control>,
    body: Body<Control, KeyPatch>,
) -> Result<Json<Key>, Failure<Control>> {
    let key = keyring
        .update_key(&caller, KeyId(id.0), body.0.try_into()?)
        .await?;
    Ok(Json(Key::new(key, keyring.now_ms())))
}

/// Rotate a key
///
/// Makes a key that takes the place of this one and answers its secret once. Scopes, name,
/// expiry, rate limits, what is left of the credits, allowed addresses and metadata carry over.
/// During the grace period both keys take from the same windows and the same credits. The old
/// key stops working when the grace period ends, and never later than its own expiry.
/// The new key has an id of its own, and a `client` key so a new client identifier. Needs the
/// scope `keys:write`.
#[utoipa::path(
    post,
    path = "/v1/keys/{id}/rotate",
    tag = "control",
    params(("id" = Uuid, Path, description = "The key.")),
    request_body(content = Option<Rotation>,
        description = "How to rotate. Without a body, the old key stops working at once.",
        example = json!({"grace_seconds": 3600})),
    responses(
        (status = 200, body = IssuedKey,
            description = "The key that takes the old one's place, and its secret.",
            example = examples::rotated_key),
        (status = 404),
        (status = 409),
    ),
)]
pub(super) async fn rotate_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, RotateKey>,
    id: Id<Control>,
    body: OptionalBody<Control, Rotation>,
) -> Result<Response, Failure<Control>> {
    let issued = keyring
        .rotate_key(&caller, KeyId(id.0), body.0.grace_seconds)
        .await?;
    let answer = IssuedKey::new(issued, keyring.now_ms());
    Ok(secret_answer(StatusCode::OK, answer))
}

/// Revoke a key
///
/// Ends a key for good. Revoking it again changes nothing and gives the same answer. Needs the
/// scope `keys:write`.
#[utoipa::path(
    post,
    path = "/v1/keys/{id}/revoke",
    tag = "control",
    params(("id" = Uuid, Path, description = "The key.")),
    request_body(content = Option<Revocation>,
        description = "Why. Without a body, the reason is `unspecified`.",
        example = json!({"reason": "key_compromise"})),
    responses(
        (status = 200, body = Key, description = "The key, without its secret.",
            example = examples::revoked_key),
        (status = 404),
    ),
)]
pub(super) async fn revoke_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, RevokeKey>,
    id: Id<Control>,
    body: OptionalBody<Control, Revocation>,
) -> Result<Json<Key>, Failure<Control>> {
    let reason = body.0.reason.unwrap_or(RevocationReason::Unspecified);
    let key = keyring
        .revoke_key(&caller, KeyId(id.0), reason.into())
        .await?;
    Ok(Json(Key::new(key, keyring.now_ms())))
}
