//! What is sent and answered about users, and the way to and from the domain's nouns.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{FirstKey, RemovableOwnerMember};
use crate::contract::body::{Object, given};
use crate::contract::control::limits::{self, RateLimit, RateLimitInput};
use crate::contract::control::{check_len, page_len};
use crate::contract::number::digits;
use crate::contract::{WireId, instant};
use keywright_core::keyring::{Amendment, Issued, NewUser as UserWish, OwnerQuery};
use keywright_model::error::Error;
use keywright_model::owner::Owner;

/// A user to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct UserInput {
    /// The identifier to give; a new UUID v7 when left out.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default, deserialize_with = "given")]
    id: Option<WireId>,
    /// The user's e-mail address, for your own reference. keywright never sends mail.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[^\x00-\x1f\x7f]+@[^@\x00-\x1f\x7f]+$"
    )]
    #[serde(default, deserialize_with = "given")]
    email: Option<String>,
    /// The plan the user is on.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[a-z0-9_-]+$",
        default = "free"
    )]
    #[serde(default, deserialize_with = "given")]
    plan: Option<String>,
    /// Rate limits that all keys of the user share, up to 16. No two have the same name.
    #[schema(value_type = Option<Vec<RateLimitInput>>, max_items = 16)]
    #[serde(default, deserialize_with = "given")]
    rate_limits: Option<Vec<Object<RateLimitInput>>>,
}

/// What to change of a user. Members left out stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::contract::control) struct UserPatch {
    /// Whether the user's keys are refused.
    #[serde(default, deserialize_with = "given")]
    suspended: Option<bool>,
    /// The plan the user is on.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$")]
    #[serde(default, deserialize_with = "given")]
    plan: Option<String>,
    /// The user's e-mail address, for your own reference. keywright never sends mail.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[^\x00-\x1f\x7f]+@[^@\x00-\x1f\x7f]+$"
    )]
    #[serde(default, deserialize_with = "given")]
    email: Option<String>,
    /// Rate limits that all keys of the user share, up to 16, in place of those before. No
    /// two have the same name. `remove` takes them all away.
    #[schema(value_type = Option<Vec<RateLimitInput>>, min_items = 1, max_items = 16)]
    #[serde(default, deserialize_with = "given")]
    rate_limits: Option<Vec<Object<RateLimitInput>>>,
    /// Members to take away. None may be sent with a value, too.
    #[schema(value_type = Option<HashSet<RemovableOwnerMember>>, max_items = 1)]
    #[serde(default, deserialize_with = "given")]
    remove: Option<Vec<RemovableOwnerMember>>,
}

/// A user.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct User {
    /// The user's identifier.
    id: Uuid,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The plan the user is on.
    plan: String,
    /// Whether the user's keys are refused.
    suspended: bool,
    /// Rate limits that all keys of the user share.
    rate_limits: Vec<RateLimit>,
    /// When the user was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the user was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
    /// Members whose stored value can no longer be read, so that they are not told above. Such a
    /// user counts as suspended until all of them are sent anew. Left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    unreadable: Vec<&'static str>,
}

/// A page of users.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct UserPage {
    /// The users, ordered by `id`.
    items: Vec<User>,
    /// Where the next page begins. Left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A new user and its first key.
#[derive(Serialize, ToSchema)]
pub(in crate::contract::control) struct CreatedUser {
    /// The user's identifier.
    id: Uuid,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The plan the user is on.
    plan: String,
    /// Whether the user's keys are refused.
    suspended: bool,
    /// Rate limits that all keys of the user share.
    rate_limits: Vec<RateLimit>,
    /// When the user was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the user was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
    key: FirstKey,
}

/// Which users to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::contract::control) struct UserFilter {
    /// Only users whose keys are refused, or only those whose keys are not.
    suspended: Option<bool>,
    /// Only users with exactly this e-mail address.
    #[param(min_length = 3, max_length = 254)]
    email: Option<String>,
    /// The most users to answer.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 100, default = 20)]
    #[serde(default, deserialize_with = "digits")]
    limit: Option<u32>,
    /// Where to go on, from `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 512)]
    cursor: Option<String>,
}

impl From<UserInput> for UserWish {
    fn from(new: UserInput) -> Self {
        Self {
            id: new.id.map(|id| id.0),
            email: new.email,
            plan: new.plan,
            rate_limits: limits::read(new.rate_limits.unwrap_or_default()),
        }
    }
}

impl TryFrom<UserPatch> for Amendment {
    type Error = Error;

    fn try_from(patch: UserPatch) -> Result<Self, Error> {
        let rate_limits = super::other_limits(patch.rate_limits, patch.remove)?;
        Ok(Self {
            suspended: patch.suspended,
            name: None,
            email: patch.email,
            plan: patch.plan,
            rate_limits,
        })
    }
}

impl TryFrom<UserFilter> for OwnerQuery {
    type Error = Error;

    fn try_from(filter: UserFilter) -> Result<Self, Error> {
        check_len("email", filter.email.as_deref(), 3..=254)?;
        Ok(Self {
            suspended: filter.suspended,
            name: None,
            email: filter.email,
            parent_id: None,
            cursor: filter.cursor,
            limit: page_len(filter.limit)?,
        })
    }
}

impl From<Owner> for User {
    fn from(owner: Owner) -> Self {
        Self {
            id: owner.id.0,
            email: owner.email,
            plan: owner.plan.unwrap_or_default(),
            suspended: owner.suspended,
            rate_limits: limits::show(&owner.rate_limits),
            created_at: instant(owner.created_at_ms),
            updated_at: instant(owner.updated_at_ms),
            unreadable: owner.unreadable,
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
            rate_limits,
            created_at,
            updated_at,
            unreadable: _,
        } = owner.into();
        Self {
            id,
            email,
            plan,
            suspended,
            rate_limits,
            created_at,
            updated_at,
            key: issued.into(),
        }
    }
}
