//! `GET /user/info`: who the caller is, and what its plan still allows.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ApiVersion, Status, UserKey, Version, status, with_retirement};
use crate::contract::{Caller, Failure, instant};
use crate::keyring::{Keyring, ReadUser, UserCredits};

/// A user and what the answer cost.
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
    /// The user's e-mail address, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    plan: Plan,
    /// When the user was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the user was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// What the user may spend.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Plan {
    /// The plan's name.
    name: String,
    /// Credits of a month.
    total_monthly_credits: i64,
    /// Credits that are left of them; on the 1st at 00:00 UTC all are.
    remaining_monthly_credits: i64,
    /// Credits that may be bought beyond the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_additional_credits: Option<i64>,
    /// Credits that are left of those.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_additional_credits: Option<i64>,
}

/// Read the calling user
///
/// Answers who the calling user is and what the plan still allows. Costs 0 credits.
#[utoipa::path(
    get,
    path = "/user/info",
    tag = "user-key",
    params(("X-Exorde-Api-Version" = ApiVersion, Header,
        description = "The version of the API to speak. Send it exactly once.")),
    responses((status = 200, body = UserInfoAnswer, description = "The user.")),
)]
pub(super) async fn read_user_info(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<UserKey, ReadUser>,
    version: Version,
) -> Result<Response, Failure<UserKey>> {
    let user = keyring.read_user(&caller)?;
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
