//! An organization's client keys: listing and deleting them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{ClientKeys, document};
use crate::contract::number::digits;
use crate::contract::{Caller, Failure, Query, Segment, list};
use keywright_core::keyring::{DeleteClientKey, End, Keyring, ListClientKeys};
use keywright_model::error::Error;
use keywright_model::key::Key;

const LIMIT_DEFAULT: i32 = 10;
const LIMIT: std::ops::RangeInclusive<i32> = 1..=100;

/// Which part of the list to answer.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// The most keys to answer.
    #[param(minimum = 1, maximum = 100, default = 10)]
    #[serde(default, deserialize_with = "digits")]
    limit: Option<i32>,
    /// How many keys to pass over, counted from the oldest.
    #[param(minimum = 0, maximum = 2_147_483_647, default = 0)]
    #[serde(default, deserialize_with = "digits")]
    offset: Option<i32>,
}

/// A page of client keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKeyList {
    /// How many keys this page has.
    count: i32,
    meta: ListMeta,
    /// The keys of this page, oldest first.
    api_keys: Vec<ListedApiKey>,
}

/// What stands behind the keys of a page.
#[derive(Serialize)]
struct ListEnd {
    count: u32,
    meta: ListMeta,
}

/// Where a page lies in the whole list.
#[derive(Serialize, ToSchema)]
struct ListMeta {
    /// How many live client keys the organization has.
    total: i64,
    /// The most keys that this page may have.
    limit: i32,
    /// How many keys were passed over.
    offset: i32,
}

/// A client key, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ListedApiKey {
    /// The key's name, as it was sent.
    name: String,
    /// The client identifier, which is the key's identity. It is no secret.
    client_id: Uuid,
}

/// List client keys
///
/// Answers the live client keys of the caller's organization, oldest first, a page at a time
/// and never with a secret. A request is judged in this order: 401, 403, 400.
#[utoipa::path(
    get,
    path = "/api-keys",
    tag = "client-keys",
    params(Part),
    responses((status = 200, body = ApiKeyList,
        description = "A page of client keys, without their secrets.",
        example = document::listed_keys)),
)]
pub(super) async fn list_client_keys(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<ClientKeys, ListClientKeys>,
    part: Query<ClientKeys, Part>,
) -> Result<Response, Failure<ClientKeys>> {
    let (limit, offset) = part.0.read()?;
    let (total, keys) = keyring
        .list_client_keys(&caller, limit.unsigned_abs(), offset.unsigned_abs())
        .await?;
    let show = |key: Key| ListedApiKey {
        name: key.name.unwrap_or_default(),
        client_id: key.id.0,
    };
    // How many there are is known only behind the last.
    let close = move |end: End| {
        list::close(&ListEnd {
            count: end.count,
            meta: ListMeta {
                total,
                limit,
                offset,
            },
        })
    };
    Ok(list::answer(r#"{"apiKeys":["#, keys, show, close).await?)
}

/// Delete a client key
///
/// Ends a client key of the caller's organization for good. Every token that was made from it
/// stops working at the same instant. A request is judged in this order: 401, 403, 400, 404.
#[utoipa::path(
    delete,
    path = "/api-keys/{clientId}",
    tag = "client-keys",
    params(("clientId" = Uuid, Path,
        description = "The client identifier of the key. One that is no UUID names no key.")),
    responses(
        (status = 204, description = "The key is deleted. There is no body."),
        (status = 404),
    ),
)]
pub(super) async fn delete_client_key(
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
