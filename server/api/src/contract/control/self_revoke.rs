//! The end of a key by its bearer: the caller that presents its secret.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::keys::wire::KeyKind;
use super::{Control, examples};
use crate::contract::body::Body;
use crate::contract::operation::{Identifies, Nothing};
use crate::contract::{Context, Failure, Json, NoQuery, Query, WireSecret, context, instant};
use keywright_core::keyring::{CallerFacts, Ended, Keyring};
use keywright_model::error::Error;
use keywright_model::secret::SECRET_LEN_MAX;

/// A key to end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SelfRevocation {
    /// The key, as its user would send it; of a `client` key, the client secret.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 4096)]
    key: WireSecret,
}

/// A key that has ended.
#[derive(Serialize, ToSchema)]
pub(super) struct EndedKey {
    /// The key's identifier. It is no secret.
    id: Uuid,
    kind: KeyKind,
    /// When the key was revoked: now, or earlier.
    #[schema(format = DateTime)]
    revoked_at: String,
}

/// Whoever asks: nothing need be proved, but what became of the request is told to the events.
pub(super) struct Anybody(Arc<Context>);

impl Identifies for Anybody {
    type By = Nothing;
}

impl<S: Send + Sync> FromRequestParts<S> for Anybody {
    type Rejection = Failure<Control>;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure<Control>> {
        Query::<Control, NoQuery>::from_request_parts(parts, state).await?;
        Ok(Self(context(&parts.extensions)?))
    }
}

/// Revoke a key by its secret
///
/// Ends the key for good, for whoever presents its secret and has nothing else to prove: somebody
/// who has found a key can make it harmless. Any kind of key can be ended so, whatever its state
/// and wherever the call comes from, and with it end the keys that it replaced and that are in
/// their grace period. Ending it again changes nothing. The root key is none of these: 422. A
/// secret that no key has counts as any unknown key does that a stranger presents, and is 404.
#[utoipa::path(
    post,
    path = "/v1/keys/self-revoke",
    tag = "keys",
    request_body(content = SelfRevocation, description = "The key to end.", example = json!({
        "key": "kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi1QoEnM6tXyB3C1zSw",
    })),
    responses(
        (status = 200, body = EndedKey, description = "The key has ended.",
            example = examples::ended_key),
        (status = 404),
    ),
)]
pub(super) async fn self_revoke(
    State(keyring): State<Arc<Keyring>>,
    Anybody(context): Anybody,
    body: Body<Control, SelfRevocation>,
) -> Result<Json<EndedKey>, Failure<Control>> {
    let WireSecret(secret) = body.0.key;
    if !(1..=SECRET_LEN_MAX).contains(&secret.expose().len()) {
        let detail = format!("key must have 1 to {SECRET_LEN_MAX} characters");
        return Err(Error::invalid("/key", detail).into());
    }
    let mut facts = CallerFacts::default();
    let ended = keyring.self_revoke(&secret, context.origin, &mut facts);
    let ended = ended.await;
    context.remember(facts);
    Ok(Json(ended?.into()))
}

impl From<Ended> for EndedKey {
    fn from(ended: Ended) -> Self {
        Self {
            id: ended.id.0,
            kind: ended.kind.into(),
            revoked_at: instant(ended.revoked_at_ms),
        }
    }
}
