//! What is sent and answered about organizations, and the way to and from the domain's nouns.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{FirstKey, RemovableOwnerMember};
use crate::contract::body::{Object, given};
use crate::contract::control::limits::{self, RateLimit, RateLimitInput};
use crate::contract::control::{check_len, page_len};
use crate::contract::number::digits;
use crate::contract::{WireId, instant};
use keywright_core::keyring::{Amendment, Issued, NewOrganization as OrganizationWish, OwnerQuery};
use keywright_model::error::Error;
use keywright_model::id::OwnerId;
use keywright_model::owner::Owner;

/// An organization to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct OrganizationInput {
    /// The identifier to give; a new UUID v7 when left out.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default, deserialize_with = "given")]
    id: Option<WireId>,
    /// What to call the organization. It need not be unique, and U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The organization above it, whose key may act for it. One that is not there is refused with 422. They
    /// stand at most 32 deep.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default, deserialize_with = "given")]
    parent_id: Option<WireId>,
    /// Rate limits that all keys of the organization share, up to 16. No two have the same name.
    #[schema(value_type = Option<Vec<RateLimitInput>>, max_items = 16)]
    #[serde(default, deserialize_with = "given")]
    rate_limits: Option<Vec<Object<RateLimitInput>>>,
    /// Whether to make its organization key, which only the API `organization-key` takes; `true` when left
    /// out. `false` takes no `Idempotency-Key`: send an `id` instead, and a repetition is answered 409.
    #[serde(default, deserialize_with = "given")]
    first_key: Option<bool>,
}

/// What to change of an organization. Members left out stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct OrganizationPatch {
    /// Whether the organization's keys are refused. The organizations below it, suspended or not,
    /// are another matter.
    #[serde(default, deserialize_with = "given")]
    suspended: Option<bool>,
    /// What to call the organization. It need not be unique, and U+0000 is not allowed.
    #[schema(min_length = 1, max_length = 100)]
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// Rate limits that all keys of the organization share, up to 16, in place of those before. No
    /// two have the same name. `remove` takes them all away.
    #[schema(value_type = Option<Vec<RateLimitInput>>, min_items = 1, max_items = 16)]
    #[serde(default, deserialize_with = "given")]
    rate_limits: Option<Vec<Object<RateLimitInput>>>,
    /// Members to take away. None may be sent with a value, too.
    #[schema(value_type = Option<HashSet<RemovableOwnerMember>>, max_items = 1)]
    #[serde(default, deserialize_with = "given")]
    remove: Option<Vec<RemovableOwnerMember>>,
}

/// An organization.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct Organization {
    /// The organization's identifier.
    id: Uuid,
    /// What the organization is called.
    name: String,
    /// The organization above it, whose key may act for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<Uuid>,
    /// Whether the organization's keys are refused. The organizations below it, suspended or not,
    /// are another matter.
    suspended: bool,
    /// Rate limits that all keys of the organization share.
    rate_limits: Vec<RateLimit>,
    /// When the organization was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the organization was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
    /// Members whose stored value can no longer be read, so that they are not told above. Such an
    /// organization counts as suspended until all of them are sent anew. Left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    unreadable: Vec<&'static str>,
}

/// A page of organizations.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct OrganizationPage {
    /// The organizations, ordered by `id`.
    items: Vec<Organization>,
    /// Where the next page begins. Left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A new organization, and its organization key if it has one.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct CreatedOrganization {
    /// The organization's identifier.
    id: Uuid,
    /// What the organization is called.
    name: String,
    /// The organization above it, whose key may act for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<Uuid>,
    /// Whether the organization's keys are refused. The organizations below it, suspended or not,
    /// are another matter.
    suspended: bool,
    /// Rate limits that all keys of the organization share.
    rate_limits: Vec<RateLimit>,
    /// When the organization was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the organization was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<FirstKey>,
}

/// Which organizations to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::contract::control) struct OrganizationFilter {
    /// Only organizations whose keys are refused, or only those whose keys are not.
    suspended: Option<bool>,
    /// Only organizations with exactly this name.
    #[param(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Only organizations right below this one.
    #[param(value_type = Option<Uuid>)]
    parent_id: Option<WireId>,
    /// The most organizations to answer.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "digits")]
    limit: Option<u32>,
    /// Where to go on, from `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 512)]
    cursor: Option<String>,
}

impl From<OrganizationInput> for OrganizationWish {
    fn from(new: OrganizationInput) -> Self {
        Self {
            id: new.id.map(|id| id.0),
            name: new.name,
            parent_id: new.parent_id.map(|id| OwnerId(id.0)),
            rate_limits: limits::read(new.rate_limits.unwrap_or_default()),
            first_key: new.first_key.unwrap_or(true),
        }
    }
}

impl TryFrom<OrganizationPatch> for Amendment {
    type Error = Error;

    fn try_from(patch: OrganizationPatch) -> Result<Self, Error> {
        let rate_limits = super::other_limits(patch.rate_limits, patch.remove)?;
        Ok(Self {
            suspended: patch.suspended,
            name: patch.name,
            email: None,
            plan: None,
            rate_limits,
        })
    }
}

impl TryFrom<OrganizationFilter> for OwnerQuery {
    type Error = Error;

    fn try_from(filter: OrganizationFilter) -> Result<Self, Error> {
        check_len("name", filter.name.as_deref(), 1..=100)?;
        Ok(Self {
            suspended: filter.suspended,
            name: filter.name,
            email: None,
            parent_id: filter.parent_id.map(|id| OwnerId(id.0)),
            cursor: filter.cursor,
            limit: page_len(filter.limit)?,
        })
    }
}

impl From<Owner> for Organization {
    fn from(owner: Owner) -> Self {
        Self {
            id: owner.id.0,
            name: owner.name.unwrap_or_default(),
            parent_id: owner.parent_id.map(|id| id.0),
            suspended: owner.suspended,
            rate_limits: limits::show(&owner.rate_limits),
            created_at: instant(owner.created_at_ms),
            updated_at: instant(owner.updated_at_ms),
            unreadable: owner.unreadable,
        }
    }
}

impl From<(Owner, Option<Issued>)> for CreatedOrganization {
    fn from((owner, issued): (Owner, Option<Issued>)) -> Self {
        let Organization {
            id,
            name,
            parent_id,
            suspended,
            rate_limits,
            created_at,
            updated_at,
            unreadable: _,
        } = owner.into();
        Self {
            id,
            name,
            parent_id,
            suspended,
            rate_limits,
            created_at,
            updated_at,
            key: issued.map(FirstKey::from),
        }
    }
}
