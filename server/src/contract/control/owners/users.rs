//! What is sent and answered about users, and the way to and from the domain's nouns.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::FirstKey;
use crate::contract::body::Object;
use crate::contract::control::limits::{self, RateLimit};
use crate::contract::control::{check_len, page_len};
use crate::contract::{WireId, instant};
use crate::error::Error;
use crate::key::Owner;
use crate::keyring::{Amendment, Issued, NewUser as UserWish, OwnerQuery, Page};

/// A user to make.
#[derive(Deserialize, ToSchema)]
pub(in crate::contract::control) struct NewUser {
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
    /// Rate limits that all keys of the user share, up to 16. No two have the same name.
    #[schema(value_type = Option<Vec<RateLimit>>, max_items = 16)]
    rate_limits: Option<Vec<Object<RateLimit>>>,
}

/// What to change of a user. Members left out stay as they are.
#[derive(Deserialize, ToSchema)]
pub(in crate::contract::control) struct UserPatch {
    /// Whether the user's keys are refused.
    suspended: Option<bool>,
    /// The plan the user is on.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$")]
    plan: Option<String>,
    /// The user's e-mail address. It is kept and never written to.
    #[schema(min_length = 3, max_length = 254, pattern = "^.+@.+$")]
    email: Option<String>,
    /// Rate limits that all keys of the user share, up to 16, in place of those before. No
    /// two have the same name.
    #[schema(value_type = Option<Vec<RateLimit>>, max_items = 16)]
    rate_limits: Option<Vec<Object<RateLimit>>>,
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
    limit: Option<u32>,
    /// Where to go on, from `next_cursor` of the page before.
    #[param(min_length = 1, max_length = 512)]
    cursor: Option<String>,
}

impl From<NewUser> for UserWish {
    fn from(new: NewUser) -> Self {
        Self {
            id: new.id.map(|id| id.0),
            email: new.email,
            plan: new.plan,
            rate_limits: limits::read(new.rate_limits.unwrap_or_default()),
        }
    }
}

impl From<UserPatch> for Amendment {
    fn from(patch: UserPatch) -> Self {
        Self {
            suspended: patch.suspended,
            name: None,
            email: patch.email,
            plan: patch.plan,
            rate_limits: patch.rate_limits.map(limits::read),
        }
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
        }
    }
}

impl From<Page<Owner>> for UserPage {
    fn from(page: Page<Owner>) -> Self {
        Self {
            items: page.items.into_iter().map(Into::into).collect(),
            next_cursor: page.next_cursor,
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
