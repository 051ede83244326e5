//! Users and organizations.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Control, examples};
use crate::contract::body::Body;
use crate::contract::{Caller, Failure, Id, WireId, instant, secret_answer};
use crate::key::{Owner, OwnerId, OwnerKind};
use crate::keyring::{
    Amendment, CreateOwner, Issued, Keyring, NewOrganization as OrganizationWish,
    NewUser as UserWish, ReadOwner, UpdateOwner,
};

/// A user to make.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewUser {
    /// The identifier to give; a new UUID v7 when left out.
    #[schema(value_type = Option<Uuid>)]
    id: Option<WireId>,
    /// The user's e-mail address. It is kept and never written to.
    #[schema(min_length = 3, max_length = 254, pattern = "^.+@.+$")]
    email: Option<String>,
    /// The plan the user is on.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[a-z0-9_-]+$",
        default = "free"
    )]
    plan: Option<String>,
}

/// What to change of a user. Members left out stay as they are.
#[derive(Deserialize, ToSchema)]
pub(super) struct UserPatch {
    /// Whether the user's keys are refused.
    suspended: Option<bool>,
    /// The plan the user is on.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$")]
    plan: Option<String>,
    /// The user's e-mail address. It is kept and never written to.
    #[schema(min_length = 3, max_length = 254, pattern = "^.+@.+$")]
    email: Option<String>,
}

/// A user.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    /// The user's identifier.
    id: Uuid,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The plan the user is on.
    plan: String,
    /// Whether the user's keys are refused.
    suspended: bool,
    /// When the user was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the user was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A new user and its first key.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedUser {
    /// The user's identifier.
    id: Uuid,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The plan the user is on.
    plan: String,
    /// Whether the user's keys are refused.
    suspended: bool,
    /// When the user was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the user was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
    key: FirstKey,
}

/// The key that a new user or organization begins with.
#[derive(Serialize, ToSchema)]
pub(super) struct FirstKey {
    /// The key's identifier. It is no secret.
    id: Uuid,
    /// The key. It is shown this once; store it safely.
    secret: String,
}

/// An organization to make.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewOrganization {
    /// The identifier to give; a new UUID v7 when left out.
    #[schema(value_type = Option<Uuid>)]
    id: Option<WireId>,
    /// What to call the organization. It need not be unique, and U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The organization above it, whose key may act for it.
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<WireId>,
}

/// What to change of an organization. Members left out stay as they are.
#[derive(Deserialize, ToSchema)]
pub(super) struct OrganizationPatch {
    /// Whether the organization's keys are refused.
    suspended: Option<bool>,
    /// What to call the organization. It need not be unique, and U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
}

/// An organization.
#[derive(Serialize, ToSchema)]
pub(super) struct Organization {
    /// The organization's identifier.
    id: Uuid,
    /// What the organization is called.
    name: String,
    /// The organization above it, whose key may act for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<Uuid>,
    /// Whether the organization's keys are refused.
    suspended: bool,
    /// When the organization was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the organization was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A new organization and its organization key.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedOrganization {
    /// The organization's identifier.
    id: Uuid,
    /// What the organization is called.
    name: String,
    /// The organization above it, whose key may act for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<Uuid>,
    /// Whether the organization's keys are refused.
    suspended: bool,
    /// When the organization was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the organization was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
    key: FirstKey,
}

/// Create a user
///
/// Makes a user and the user's first key, which is answered once. Needs the scope `owners:write`.
#[utoipa::path(
    post,
    path = "/v1/users",
    tag = "control",
    request_body(content = NewUser, description = "The user to make.",
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
    body: Body<Control, NewUser>,
) -> Result<Response, Failure<Control>> {
    let NewUser { id, email, plan } = body.0;
    let created = keyring
        .create_user(
            &caller,
            UserWish {
                id: id.map(|id| id.0),
                email,
                plan,
            },
        )
        .await?;
    Ok(secret_answer(
        StatusCode::CREATED,
        CreatedUser::from(created),
    ))
}

/// Read a user
///
/// Answers a user. Needs the scope `owners:read`.
#[utoipa::path(
    get,
    path = "/v1/users/{id}",
    tag = "control",
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
/// until the suspension ends. Needs the scope `owners:write`.
#[utoipa::path(
    patch,
    path = "/v1/users/{id}",
    tag = "control",
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
    let UserPatch {
        suspended,
        plan,
        email,
    } = body.0;
    let amendment = Amendment {
        suspended,
        name: None,
        email,
        plan,
    };
    let id = OwnerId(id.0);
    let owner = keyring
        .update_owner(&caller, OwnerKind::User, id, amendment)
        .await?;
    Ok(Json(owner.into()))
}

/// Create an organization
///
/// Makes an organization and its organization key, which is answered once. Needs the scope
/// `owners:write`.
#[utoipa::path(
    post,
    path = "/v1/organizations",
    tag = "control",
    request_body(content = NewOrganization, description = "The organization to make.",
        example = json!({"name": "Example Works"})),
    responses(
        (status = 201, body = CreatedOrganization,
            description = "The organization and its organization key.",
            example = examples::created_organization),
        (status = 409),
    ),
)]
pub(super) async fn create_organization(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, CreateOwner>,
    body: Body<Control, NewOrganization>,
) -> Result<Response, Failure<Control>> {
    let NewOrganization {
        id,
        name,
        parent_id,
    } = body.0;
    let wish = OrganizationWish {
        id: id.map(|id| id.0),
        name,
        parent_id: parent_id.map(|id| OwnerId(id.0)),
    };
    let created = keyring.create_organization(&caller, wish).await?;
    Ok(secret_answer(
        StatusCode::CREATED,
        CreatedOrganization::from(created),
    ))
}

/// Read an organization
///
/// Answers an organization. Needs the scope `owners:read`.
#[utoipa::path(
    get,
    path = "/v1/organizations/{id}",
    tag = "control",
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
/// refused until the suspension ends; the organizations below it keep theirs. Needs the scope
/// `owners:write`.
#[utoipa::path(
    patch,
    path = "/v1/organizations/{id}",
    tag = "control",
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
    let OrganizationPatch { suspended, name } = body.0;
    let amendment = Amendment {
        suspended,
        name,
        email: None,
        plan: None,
    };
    let id = OwnerId(id.0);
    let owner = keyring
        .update_owner(&caller, OwnerKind::Organization, id, amendment)
        .await?;
    Ok(Json(owner.into()))
}

impl From<Owner> for User {
    fn from(owner: Owner) -> Self {
        Self {
            id: owner.id.0,
            email: owner.email,
            plan: owner.plan.unwrap_or_default(),
            suspended: owner.suspended,
            created_at: instant(owner.created_at_ms),
            updated_at: instant(owner.updated_at_ms),
        }
    }
}

impl From<(Owner, Issued)> for CreatedUser {
    fn from((owner, issued): (Owner, Issued)) -> Self {
        let User {
            id,
            email,
            plan,
            suspended,
            created_at,
            updated_at,
        } = owner.into();
        let key = issued.into();
        Self {
            id,
            email,
            plan,
            suspended,
            created_at,
            updated_at,
            key,
        }
    }
}

impl From<Owner> for Organization {
    fn from(owner: Owner) -> Self {
        Self {
            id: owner.id.0,
            name: owner.name.unwrap_or_default(),
            parent_id: owner.parent_id.map(|id| id.0),
            suspended: owner.suspended,
            created_at: instant(owner.created_at_ms),
            updated_at: instant(owner.updated_at_ms),
        }
    }
}

impl From<(Owner, Issued)> for CreatedOrganization {
    fn from((owner, issued): (Owner, Issued)) -> Self {
        let Organization {
            id,
            name,
            parent_id,
            suspended,
            created_at,
            updated_at,
        } = owner.into();
        let key = issued.into();
        Self {
            id,
            name,
            parent_id,
            suspended,
            created_at,
            updated_at,
            key,
        }
    }
}

impl From<Issued> for FirstKey {
    fn from(issued: Issued) -> Self {
        Self {
            id: issued.key.id.0,
            secret: issued.secret.expose().to_owned(),
        }
    }
}
