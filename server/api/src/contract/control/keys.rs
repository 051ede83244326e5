//! Keys of every kind: issuing, listing, changing, rotating, revoking.

pub(super) mod wire;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Control, examples, page};
use crate::contract::body::{Body, OptionalBody};
use crate::contract::{Caller, Failure, FilteringCaller, Id, Json, Query, secret_answer};
use keywright_core::keyring::{CreateKey, End, Keyring, ReadKey, RevokeKey, RotateKey, UpdateKey};
use keywright_model::id::KeyId;
use wire::{
    IssuedKey, Key, KeyFilter, KeyInput, KeyPage, KeyPatch, Revocation, RevocationReason, Rotation,
};

/// Create a key
///
/// Makes a key of any kind and answers its secret once. A control key makes no control key that is
/// wider than itself: it must have the scopes, end no later, be used from the same networks or some
/// of them, have each of its rate limits and none looser, and reach no further; what is left out of
/// these is as in the key that makes it, except that scopes are none and the reach is `owner`. A
/// control key with credits makes no control key. Needs the scope `keys:write`.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "keys",
    request_body(content = KeyInput, description = "The key to make.", example = json!({
        "kind": "standard",
        "owner_id": "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
        "name": "nightly export",
        "scopes": ["reports:read"],
        "expires_at": "2031-01-01T00:00:00Z",
        "rate_limits": [{"name": "requests", "limit": 100, "window_seconds": 60, "burst": 10}],
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
    body: Body<Control, KeyInput>,
) -> Result<Response, Failure<Control>> {
    let issued = keyring.create_key(&caller, body.0.try_into()?).await?;
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
    tag = "keys",
    params(KeyFilter),
    responses((status = 200, body = KeyPage, description = "A page of keys, without their secrets.",
        example = examples::key_page)),
)]
pub(super) async fn list_keys(
    State(keyring): State<Arc<Keyring>>,
    caller: FilteringCaller<Control, ReadKey>,
    filter: Query<Control, KeyFilter>,
) -> Result<Response, Failure<Control>> {
    let keys = keyring.list_keys(&caller, filter.0.try_into()?)?;
    let now_ms = keyring.now_ms();
    let show = move |key| Key::new(key, now_ms);
    Ok(page(keys, show, End::next_cursor).await?)
}

/// Read a key
///
/// Answers a key, in whatever state it is and never with its secret. Needs the scope `keys:read`.
#[utoipa::path(
    get,
    path = "/v1/keys/{id}",
    tag = "keys",
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
/// the place of the whole one. While a rotated key is in its grace period, rate limits and credits
/// are those of both keys: a change holds for both. A key that is switched off takes with it those
/// that it replaced and that are in their grace period; each of them is switched on by itself.
/// Their scopes, networks and expiry stay as they are: revoke them where that is too much. Names
/// and scopes keep the rules for the key's kind. A key that is revoked, expired or replaced for
/// good can no longer be changed. A control key changes no control key that is wider than itself,
/// and makes none wider: not even itself. Needs the scope `keys:write`.
#[utoipa::path(
    patch,
    path = "/v1/keys/{id}",
    tag = "keys",
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
/// Makes a key that takes the place of this one and answers its secret once. Scopes, reach, name,
/// expiry, rate limits, what is left of the credits, allowed addresses and metadata carry over.
/// During the grace period both keys take from the same windows and the same credits; at most 16
/// keys that one has replaced, one after the other, have theirs at a time. The old key stops
/// working when the grace period ends, and never later than its own expiry. Where the operator
/// bounds the life of keys, the new key ends within that, and an expiry that the bound gave is
/// given anew. The new key has an id of its own, and a `client` key so a new client identifier. A
/// control key rotates no control key that is wider than itself. Needs the scope `keys:write`.
#[utoipa::path(
    post,
    path = "/v1/keys/{id}/rotate",
    tag = "keys",
    params(("id" = Uuid, Path, description = "The key.")),
    request_body(content = Option<Rotation>,
        description = "How to rotate. Without a body, or with null, the old key stops working at once.",
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
/// Ends a key for good, and with it the keys that it replaced and that are in their grace period.
/// Revoking it again changes nothing and gives the same answer. A control key revokes no control
/// key that is wider than itself. Needs the scope `keys:write`.
#[utoipa::path(
    post,
    path = "/v1/keys/{id}/revoke",
    tag = "keys",
    params(("id" = Uuid, Path, description = "The key.")),
    request_body(content = Option<Revocation>,
        description = "Why. Without a body, or with null, the reason is `unspecified`.",
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
