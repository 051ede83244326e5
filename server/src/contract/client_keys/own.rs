//! An organization's client keys: listing and deleting them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::ClientKeys;
use crate::contract::{Caller, Failure, Query, Segment};
use crate::error::Error;
use crate::keyring::{DeleteClientKey, Keyring, ListClientKeys};

const LIMIT_DEFAULT: i32 = 10;
const LIMIT: std::ops::RangeInclusive<i32> = 1..=100;

/// Which part of the list to answer.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// The most keys to answer.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i32>,
    /// How many keys to skip.
    #[param(minimum = 0, default = 0)]
    offset: Option<i32>,
}

/// A part of the organization's client keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKeyList {
    /// How many keys this answer has.
    count: i32,
    meta: ListMeta,
    /// The keys, oldest first, without their secrets.
    api_keys: Vec<ListedApiKey>,
}

/// Which part of the list this is.
#[derive(Serialize, ToSchema)]
struct ListMeta {
    /// How many keys there are in all.
    total: i64,
    /// The most keys that this answer could have.
    limit: i32,
    /// How many keys were skipped.
    offset: i32,
}

/// A client key, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ListedApiKey {
    /// The key's name.
    name: String,
    /// The client identifier.
    client_id: Uuid,
}

/// List client keys
///
/// Answers the live client keys of the caller's organization, oldest first.
#[utoipa::path(
    get,
    path = "/api-keys",
    tag = "client-keys",
    params(Part),
    responses((status = 200, body = ApiKeyList, description = "The keys.")),
)]
pub(super) async fn list_api_keys(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<ClientKeys, ListClientKeys>,
    part: Query<ClientKeys, Part>,
) -> Result<Json<ApiKeyList>, Failure<ClientKeys>> {
    let (limit, offset) = part.0.read()?;
    let listing = keyring
        .list_client_keys(&caller, limit.unsigned_abs(), offset.unsigned_abs())
        .await?;
    let keys = listing.items.into_iter().map(|key| ListedApiKey {
        name: key.name.unwrap_or_default(),
        client_id: key.id.0,
    });
    let api_keys: Vec<_> = keys.collect();
    Ok(Json(ApiKeyList {
        count: i32::try_from(api_keys.len()).map_err(Error::internal)?,
        meta: ListMeta {
            total: listing.total,
            limit,
            offset,
        },
        api_keys,
    }))
}

/// Delete a client key
///
/// Ends a client key of the caller's organization for good, and with it every access token that was
/// made from it.
#[utoipa::path(
    delete,
    path = "/api-keys/{clientId}",
    tag = "client-keys",
    params(("clientId" = String, Path, description = "The client identifier.")),
    responses((status = 204, description = "The key is gone."), (status = 404)),
)]
pub(super) async fn delete_api_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<ClientKeys, DeleteClientKey>,
    client_id: Segment<ClientKeys>,
) -> Result<StatusCode, Failure<ClientKeys>> {
    keyring.delete_client_key(&caller, &client_id.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Part {
    fn read(self) -> Result<(i32, i32), Error> {
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        let offset = self.offset.unwrap_or(0);
        if !LIMIT.contains(&limit) {
            let detail = format!("limit must be 1 to 100, got {limit}");
            return Err(Error::malformed("limit", detail));
        }
        if offset < 0 {
            let detail = format!("offset must be 0 or more, got {offset}");
            return Err(Error::malformed("offset", detail));
        }
        Ok((limit, offset))
    }
}
