//! Users and organizations.

mod organizations;
mod users;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::limits::{self, RateLimitInput};
use super::removed::Removed;
use super::{Control, examples, page};
use crate::contract::body::{Body, Object};
use crate::contract::{
    Caller, Failure, FilteringCaller, Id, Json, Query, WireSecret, secret_answer,
};
use keywright_core::keyring::{
    CreateOwner, DeleteOwner, End, Issued, Keyring, ReadOwner, UpdateOwner,
};
use keywright_model::error::Error;
use keywright_model::id::OwnerId;
use keywright_model::limit::RateLimit;
use keywright_model::owner::OwnerKind;
use organizations::{
    CreatedOrganization, Organization, OrganizationFilter, OrganizationInput, OrganizationPage,
    OrganizationPatch,
};
use users::{CreatedUser, User, UserFilter, UserInput, UserPage, UserPatch};

/// The key that a new user or organization begins with.
#[derive(Serialize, ToSchema)]
pub(super) struct FirstKey {
    /// The key's identifier. It is no secret.
    id: Uuid,
    /// The key. It is shown this once; store it safely.
    #[schema(value_type = String, format = Password)]
    secret: WireSecret,
}

/// A member that a user or an organization can do without.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RemovableOwnerMember {
    RateLimits,
}

/// Create a user
///
/// Makes a user and the user's first key, which is answered once. A control key must have the reach
/// `all`. Needs the scope `owners:write`.
#[utoipa::path(
    post,
    path = "/v1/users",
    tag = "users",
    request_body(content = UserInput, description = "The user to make.",
        example = json!({"email": "ada@example.com", "plan": "free"})),
    responses(
        (status = 201, body = CreatedUser, description = "The user and its first key.",
            example = examples::created_user),
        (status = 409),
    ),
)]
pub(super) async fn create_user(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, CreateOwner>,
    body: Body<Control, UserInput>,
) -> Result<Response, Failure<Control>> {
    let created = keyring.create_user(&caller, body.0.into()).await?;
    Ok(secret_answer(
        StatusCode::CREATED,
        CreatedUser::from(created),
    ))
}

/// List users
///
/// Answers the users that match every filter, ordered by `id`, a page at a time. Needs the scope
/// `owners:read`.
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "users",
    params(UserFilter),
    responses((status = 200, body = UserPage, description = "A page of users.",
        example = examples::user_page)),
)]
pub(super) async fn list_users(
    State(keyring): State<Arc<Keyring>>,
    caller: FilteringCaller<Control, ReadOwner>,
    filter: Query<Control, UserFilter>,
) -> Result<Response, Failure<Control>> {
    let users = keyring.list_owners(&caller, OwnerKind::User, filter.0.try_into()?)?;
    Ok(page(users, User::from, End::next_cursor).await?)
}

/// Read a user
///
/// Answers a user. Needs the scope `owners:read`.
#[utoipa::path(
    get,
    path = "/v1/users/{id}",
    tag = "users",
    params(("id" = Uuid, Path, description = "The user.")),
    responses(
        (status = 200, body = User, description = "The user.", example = examples::user),
        (status = 404),
    ),
)]
pub(super) async fn read_user(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, ReadOwner>,
    id: Id<Control>,
) -> Result<Json<User>, Failure<Control>> {
    let owner = keyring
        .read_owner(&caller, OwnerKind::User, OwnerId(id.0))
        .await?;
    Ok(Json(owner.into()))
}

/// Change a user
///
/// Changes the members that are sent and leaves the others. A suspended user's keys are refused
/// until the suspension ends. A user who holds a control key is suspended, resumed or given rate
/// limits only with the root key, or with a control key that is no narrower than that one. A
/// control key of reach `owner` does not change the plan and the rate limits of its own owner.
/// Needs the scope `owners:write`.
#[utoipa::path(
    patch,
    path = "/v1/users/{id}",
    tag = "users",
    params(("id" = Uuid, Path, description = "The user.")),
    request_body(content = UserPatch, description = "What to change.",
        example = json!({"suspended": true})),
    responses(
        (status = 200, body = User, description = "The user.", example = examples::user),
        (status = 404),
    ),
)]
pub(super) async fn update_user(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, UpdateOwner>,
    id: Id<Control>,
    body: Body<Control, UserPatch>,
) -> Result<Json<User>, Failure<Control>> {
    let id = OwnerId(id.0);
    let owner = keyring
        .update_owner(&caller, OwnerKind::User, id, body.0.try_into()?)
        .await?;
    Ok(Json(owner.into()))
}

/// Delete a user
///
/// Removes a user and revokes the user's keys with the reason `cessation_of_operation`, all at
/// once. The keys can still be read; the user cannot, and its identifier is never free again. A
/// user who holds a control key is removed only with the root key, or with a control key that is no
/// narrower than that one. Needs the scope `owners:write`.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}",
    tag = "users",
    params(("id" = Uuid, Path, description = "The user.")),
    responses(
        (status = 204,
            description = "It is deleted, and its keys are revoked. There is no body."),
        (status = 404),
    ),
)]
pub(super) async fn delete_user(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, DeleteOwner>,
    id: Id<Control>,
) -> Result<StatusCode, Failure<Control>> {
    keyring
        .delete_owner(&caller, OwnerKind::User, OwnerId(id.0))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Create an organization
///
/// Makes an organization and, unless `first_key` is `false`, its organization key, which is answered
/// once. A control key of reach `owner` must send a `parent_id` within its reach. Needs the scope
/// `owners:write`.
#[utoipa::path(
    post,
    path = "/v1/organizations",
    tag = "organizations",
    request_body(content = OrganizationInput, description = "The organization to make.",
        example = json!({"name": "Example Works"})),
    responses(
        (status = 201, body = CreatedOrganization,
            description = "The organization, and its organization key unless none was wanted.",
            example = examples::created_organization),
        (status = 409),
    ),
)]
pub(super) async fn create_organization(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, CreateOwner>,
    body: Body<Control, OrganizationInput>,
) -> Result<Response, Failure<Control>> {
    let created = keyring.create_organization(&caller, body.0.into()).await?;
    Ok(secret_answer(
        StatusCode::CREATED,
        CreatedOrganization::from(created),
    ))
}

/// List organizations
///
/// Answers the organizations that match every filter, ordered by `id`, a page at a time. Needs the scope
/// `owners:read`.
#[utoipa::path(
    get,
    path = "/v1/organizations",
    tag = "organizations",
    params(OrganizationFilter),
    responses((status = 200, body = OrganizationPage, description = "A page of organizations.",
        example = examples::organization_page)),
)]
pub(super) async fn list_organizations(
    State(keyring): State<Arc<Keyring>>,
    caller: FilteringCaller<Control, ReadOwner>,
    filter: Query<Control, OrganizationFilter>,
) -> Result<Response, Failure<Control>> {
    let kind = OwnerKind::Organization;
    let organizations = keyring.list_owners(&caller, kind, filter.0.try_into()?)?;
    Ok(page(organizations, Organization::from, End::next_cursor).await?)
}

/// Read an organization
///
/// Answers an organization. Needs the scope `owners:read`.
#[utoipa::path(
    get,
    path = "/v1/organizations/{id}",
    tag = "organizations",
    params(("id" = Uuid, Path, description = "The organization.")),
    responses(
        (status = 200, body = Organization, description = "The organization.",
            example = examples::organization),
        (status = 404),
    ),
)]
pub(super) async fn read_organization(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, ReadOwner>,
    id: Id<Control>,
) -> Result<Json<Organization>, Failure<Control>> {
    let owner = keyring
        .read_owner(&caller, OwnerKind::Organization, OwnerId(id.0))
        .await?;
    Ok(Json(owner.into()))
}

/// Change an organization
///
/// Changes the members that are sent and leaves the others. A suspended organization's keys are
/// refused until the suspension ends; the organizations below it keep theirs. One that holds a
/// control key is suspended, resumed or given rate limits only with the root key, or with a control
/// key that is no narrower than that one. A control key of reach `owner` does not change the rate
/// limits of its own owner. Needs the scope `owners:write`.
#[utoipa::path(
    patch,
    path = "/v1/organizations/{id}",
    tag = "organizations",
    params(("id" = Uuid, Path, description = "The organization.")),
    request_body(content = OrganizationPatch, description = "What to change.",
        example = json!({"suspended": true})),
    responses(
        (status = 200, body = Organization, description = "The organization.",
            example = examples::organization),
        (status = 404),
    ),
)]
pub(super) async fn update_organization(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, UpdateOwner>,
    id: Id<Control>,
    body: Body<Control, OrganizationPatch>,
) -> Result<Json<Organization>, Failure<Control>> {
    let id = OwnerId(id.0);
    let owner = keyring
        .update_owner(&caller, OwnerKind::Organization, id, body.0.try_into()?)
        .await?;
    Ok(Json(owner.into()))
}

/// Delete an organization
///
/// Removes an organization and revokes its keys with the reason `cessation_of_operation`, all at
/// once. The keys can still be read; the organization cannot, and its identifier is never free
/// again. One that has organizations below it answers 409: delete those first. One that holds a
/// control key is removed only with the root key, or with a control key that is no narrower than
/// that one. Needs the scope `owners:write`.
#[utoipa::path(
    delete,
    path = "/v1/organizations/{id}",
    tag = "organizations",
    params(("id" = Uuid, Path, description = "The organization.")),
    responses(
        (status = 204,
            description = "It is deleted, and its keys are revoked. There is no body."),
        (status = 404),
        (status = 409),
    ),
)]
pub(super) async fn delete_organization(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, DeleteOwner>,
    id: Id<Control>,
) -> Result<StatusCode, Failure<Control>> {
    keyring
        .delete_owner(&caller, OwnerKind::Organization, OwnerId(id.0))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a patch makes of an owner's rate limits; `None` leaves them as they are.
fn other_limits(
    sent: Option<Vec<Object<RateLimitInput>>>,
    remove: Option<Vec<RemovableOwnerMember>>,
) -> Result<Option<Vec<RateLimit>>, Error> {
    let remove = Removed(remove.unwrap_or_default());
    remove.check(|RemovableOwnerMember::RateLimits| ("rate_limits", sent.is_some()))?;
    let limits = remove.list("rate_limits", sent, RemovableOwnerMember::RateLimits)?;
    Ok(limits.map(limits::read))
}

impl From<Issued> for FirstKey {
    fn from(issued: Issued) -> Self {
        Self {
            id: issued.key.id.0,
            secret: WireSecret(issued.secret),
        }
    }
}
