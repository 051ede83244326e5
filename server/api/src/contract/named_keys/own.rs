//! An organization's named keys: listing, reading and deleting them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ApiKeyRole, NamedKeys, document};
use crate::contract::{Caller, Failure, Json, Segment, list};
use keywright_core::keyring::{DeleteNamedKey, Keyring, ReadNamedKeys};
use keywright_model::scope::NamedRole;
use keywright_model::{key, scope};

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct ListedApiKey {
    /// The key's identifier. It is no secret.
    id: Uuid,
    /// The key's name, as it was sent.
    name: String,
    role: ApiKeyRole,
    /// What the key may do.
    scopes: Vec<Scope>,
}

/// What a key may do.
#[derive(Serialize, ToSchema)]
enum Scope {
    Read,
    Write,
}

/// List the named API keys
///
/// Answers all live named keys of the caller's organization, ordered by `id` and never with a
/// secret. A key that is made or ended meanwhile may be listed or not; an answer that breaks off
/// is no whole list. The caller must be able to read.
#[utoipa::path(
    get,
    path = "/v0/api_keys",
    tag = "named-keys",
    responses((status = 200, body = Vec<ListedApiKey>,
        description = "The live keys, without their secrets.",
        example = document::listed_keys)),
)]
pub(super) async fn list_named_keys(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<NamedKeys, ReadNamedKeys>,
) -> Result<Response, Failure<NamedKeys>> {
    let keys = keyring.list_named_keys(&caller)?;
    let close = |_| Ok("]".to_owned());
    Ok(list::answer("[", keys, ListedApiKey::from, close).await?)
}

/// Read a named API key
///
/// Answers the live key of the caller's organization that has this name, as a list of one and
/// never with its secret. The caller must be able to read.
#[utoipa::path(
    get,
    path = "/v0/api_keys/{api_key_name}",
    tag = "named-keys",
    params(("api_key_name" = String, Path, description = "The key's name; case matters. One that \
        breaks a rule for names is the name of no key.")),
    responses(
        (status = 200, body = Vec<ListedApiKey>,
            description = "The key, without its secret, as the only item of a list.",
            example = document::only_key),
        (status = 404),
    ),
)]
pub(super) async fn read_named_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<NamedKeys, ReadNamedKeys>,
    name: Segment<NamedKeys>,
) -> Result<Json<Vec<ListedApiKey>>, Failure<NamedKeys>> {
    let key = keyring.read_named_key(&caller, name.0).await?;
    Ok(Json(vec![key.into()]))
}

/// Delete a named API key
///
/// Ends the live key of the caller's organization that has this name, for good. It stops
/// working at the same instant, and its name is free again. The caller must be able to write.
#[utoipa::path(
    delete,
    path = "/v0/api_keys/{api_key_name}",
    tag = "named-keys",
    params(("api_key_name" = String, Path, description = "The key's name; case matters. One that \
        breaks a rule for names is the name of no key.")),
    responses(
        (status = 200, description = "The key is deleted. There is no body."),
        (status = 404),
    ),
)]
pub(super) async fn delete_named_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<NamedKeys, DeleteNamedKey>,
    name: Segment<NamedKeys>,
) -> Result<StatusCode, Failure<NamedKeys>> {
    keyring.delete_named_key(&caller, name.0).await?;
    Ok(StatusCode::OK)
}

impl From<key::Key> for ListedApiKey {
    fn from(key: key::Key) -> Self {
        let known = |scope: &scope::Scope| match scope.name() {
            "Read" => Some(Scope::Read),
            "Write" => Some(Scope::Write),
            _ => None,
        };
        Self {
            id: key.id.0,
            role: NamedRole::of(&key.scopes).into(),
            name: key.name.unwrap_or_default(),
            scopes: key.scopes.as_slice().iter().filter_map(known).collect(),
        }
    }
}
