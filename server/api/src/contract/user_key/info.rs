//! `GET /user/info`: who the caller is, and what its plan still allows.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ApiVersion, Status, UserKey, Version, document, status, with_retirement};
use crate::contract::{Caller, Failure, Json, instant};
use keywright_core::keyring::{Keyring, ReadUser, UserCredits};

/// A user's account and what reading it cost.
#[derive(Serialize, ToSchema)]
pub(super) struct UserInfoAnswer {
    user: User,
    status: Status,
}

/// A user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct User {
    /// The user's identifier.
    id: Uuid,
    /// The user's e-mail address. Left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    plan: Plan,
    /// When the user was made, in UTC with milliseconds, written as in RFC 3339.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the user was last changed, in UTC with milliseconds, written as in RFC 3339.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// The plan that a user is on, and what is left of it. Monthly credits are full again on the
/// first of each month at 00:00 UTC.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Plan {
    /// The plan's name.
    name: String,
    /// Credits that the plan gives each month.
    total_monthly_credits: i64,
    /// Credits of this month that are not used yet.
    remaining_monthly_credits: i64,
    /// The most credits the user may have beyond the plan's. Left out where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_additional_credits: Option<i64>,
    /// Credits beyond the plan's that are not used yet. Left out where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_additional_credits: Option<i64>,
}

/// Read the user's account
///
/// Answers who the calling user is, and which plan and how many credits the user has. Costs 0
/// credits.
#[utoipa::path(
    get,
    path = "/user/info",
    tag = "user-key",
    params(("X-Exorde-Api-Version" = ApiVersion, Header,
        description = "The version of the API to speak. Send it exactly once.")),
    responses((status = 200, body = UserInfoAnswer, description = "The user's account.",
        example = document::user)),
)]
pub(super) async fn read_user_info(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<UserKey, ReadUser>,
    version: Version,
) -> Result<Response, Failure<UserKey>> {
    let user = keyring.read_user(&caller).await?;
    let answer = UserInfoAnswer {
        user: user.into(),
        status: status(0, version.retirement),
    };
    let response = Json(answer).into_response();
    Ok(with_retirement(response, version.retirement))
}

impl From<UserCredits> for User {
    fn from(
        UserCredits {
            user,
            monthly,
            remaining,
        }: UserCredits,
    ) -> Self {
        Self {
            id: user.id.0,
            email: user.email,
            plan: Plan {
                name: user.plan.unwrap_or_default(),
                total_monthly_credits: monthly,
                remaining_monthly_credits: remaining,
                max_additional_credits: None,
                remaining_additional_credits: None,
            },
            created_at: instant(user.created_at_ms),
            updated_at: instant(user.updated_at_ms),
        }
    }
}
