//! The contract `user-key`: one key per user, who replaces it by calling with the current one.

mod document;
mod info;

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::operation::operation;
use super::{
    Caller, Context, Contract, Cost, Failure, Json, Mounted, WireSecret, headers, instant, seconds,
};
use crate::surface::Surface;
use keywright_core::keyring::{Keyring, ReadUser, Retirement, RotateUserKey};
use keywright_model::error::{Class, Error};
use keywright_model::secret::Secret;

pub(super) const MOUNTED: Mounted = Mounted {
    name: "user-key",
    for_whom: "if your clients speak an API in which each user has one key and replaces it",
    prefixes: &["/user/"],
    annexes: &[],
    surface: Surface::UserKey,
    refuse: UserKey::refuse,
    // Quirk: the provider's credit page has a client's mistakes cost credits.
    operations: &[
        operation!(generate_user_key, RotateUserKey, Change)
            .answering_secret()
            .charging_mistakes(),
        operation!(info::read_user_info, ReadUser, Read).charging_mistakes(),
    ],
    apart: &[],
    decoration: document::decoration,
};

const VERSION_HEADER: &str = "X-Exorde-Api-Version";

/// Where it carries its credential, and how it says no.
struct UserKey;

/// A version of this API.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents a header")]
enum ApiVersion {
    #[schema(rename = "v1")]
    V1,
}

/// A new key and what making it cost.
#[derive(Serialize, ToSchema)]
struct ApiKeyAnswer {
    /// The user's new API key. It is shown this once; store it safely.
    #[schema(
        value_type = String,
        format = Password,
        pattern = r"^[0-9a-fA-F]{8}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{12}$"
    )]
    apikey: WireSecret,
    status: Status,
}

/// What the response cost, and any plan to shut this API version down.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Credits that this response cost the caller. A success costs 0.
    cost: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_deprecation_notice: Option<ApiDeprecationNotice>,
}

/// Says that this API version will be shut down, or that it was. Only present where that is planned.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApiDeprecationNotice {
    /// The plan in words.
    message: String,
    /// When the version shuts down, in UTC with milliseconds, written as in RFC 3339.
    #[schema(format = DateTime)]
    shutdown_date: String,
}

/// Why a request was refused and what the refusal cost.
#[derive(Serialize, ToSchema)]
struct ErrorAnswer {
    error: ErrorDescription,
    status: Status,
}

/// What went wrong, for whom and in which request.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErrorDescription {
    /// What happened and what to do about it, for people.
    message: String,
    /// The HTTP status of this response.
    #[schema(minimum = 100, maximum = 600)]
    code: i32,
    /// Who called. Left out when the caller is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        pattern = r"^[0-9a-fA-F]{8}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{12}$"
    )]
    user_id: Option<String>,
    /// The request, as in `X-Request-Id`.
    #[schema(
        pattern = r"^[0-9a-fA-F]{8}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{12}$"
    )]
    request_id: String,
}

/// The only thing a failed server tells.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ServerFault {
    /// The request to name when asking for help.
    #[schema(
        pattern = r"^[0-9a-fA-F]{8}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{12}$"
    )]
    request_id: String,
}

/// Replace the user's API key
///
/// Makes a new API key for the calling user and answers it once. The key that made the call
/// stops working at the same instant. Costs 0 credits.
#[utoipa::path(
    put,
    path = "/user/api-key",
    tag = "user-key",
    params(("X-Exorde-Api-Version" = ApiVersion, Header,
        description = "The version of the API to speak. Send it exactly once.")),
    responses((status = 200, body = ApiKeyAnswer,
        description = "The new key. The one before it no longer works.",
        example = document::new_key)),
)]
async fn generate_user_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<UserKey, RotateUserKey>,
    version: Version,
) -> Result<Response, Failure<UserKey>> {
    let issued = keyring.rotate_user_key(&caller).await?;
    let answer = ApiKeyAnswer {
        apikey: WireSecret(issued.secret),
        status: status(0, version.retirement),
    };
    Ok(with_retirement(
        super::secret_answer(StatusCode::OK, answer),
        version.retirement,
    ))
}

/// The version that a request asks for: the one there is, while it is served.
struct Version {
    retirement: Option<Retirement>,
}

impl FromRequestParts<Arc<Keyring>> for Version {
    type Rejection = Failure<UserKey>;

    async fn from_request_parts(
        parts: &mut Parts,
        keyring: &Arc<Keyring>,
    ) -> Result<Self, Failure<UserKey>> {
        let retirement = keyring.user_key_retirement();
        let is_over = retirement.is_some_and(|plan| plan.is_over);
        match headers::single(&parts.headers, VERSION_HEADER)? {
            Some("v1") if is_over => {
                let detail = format!("{VERSION_HEADER} v1 has been shut down: there is no other");
                return Err(Error::malformed(VERSION_HEADER, detail).into());
            }
            Some("v1") => {}
            Some(_) => {
                let detail = format!("{VERSION_HEADER} must be v1");
                return Err(Error::malformed(VERSION_HEADER, detail).into());
            }
            None => {
                let detail = format!("{VERSION_HEADER} is missing: send `{VERSION_HEADER}: v1`");
                return Err(Error::malformed(VERSION_HEADER, detail).into());
            }
        }
        if !headers::accepts_json(&parts.headers) {
            let detail = "Accept excludes application/json, which is all there is: leave it out";
            return Err(Error::malformed("Accept", detail).into());
        }
        Ok(Self { retirement })
    }
}

impl Contract for UserKey {
    const SHOWS_RATE: bool = true;

    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        headers::bearer(headers)
    }

    fn refuse(error: &Error, context: &Context, keyring: &Keyring) -> Response {
        let class = error.class();
        let status_code = super::coarse_status_of(class);
        if class == Class::Unavailable {
            return super::with_retry_header(status_code.into_response(), error);
        }
        if class == Class::Failed {
            let fault = ServerFault {
                request_id: context.request_id_text(),
            };
            return (status_code, Json(fault)).into_response();
        }
        let message = match error {
            Error::CredentialMissing => {
                "no key was sent: send `Authorization: Bearer <your key>`".to_owned()
            }
            Error::CredentialUnreadable(why) => (*why).to_owned(),
            Error::CredentialUnknown | Error::TokenExpired => {
                "the key is unknown or was replaced: send the user's current key".to_owned()
            }
            Error::OwnerSuspended => "the user is suspended: ask the operator".to_owned(),
            Error::ScopeInsufficient { .. } => "the key may not do this".to_owned(),
            Error::RateLimited { retry_after_s } => format!(
                "too many requests: try again in {}",
                seconds(*retry_after_s)
            ),
            error => error.to_string(),
        };
        let retirement = keyring.user_key_retirement();
        let cost = context.noted().map_or(0, |Cost(cost)| cost);
        let answer = ErrorAnswer {
            error: ErrorDescription {
                message,
                code: i32::from(status_code.as_u16()),
                user_id: context.facts().caller.map(|id| id.to_string()),
                request_id: context.request_id_text(),
            },
            status: status(cost, retirement),
        };
        let response = (status_code, Json(answer)).into_response();
        let response = super::with_shared_headers(response, error);
        with_retirement(response, retirement)
    }
}

fn status(cost: i32, retirement: Option<Retirement>) -> Status {
    Status {
        cost,
        api_deprecation_notice: retirement.map(|plan| ApiDeprecationNotice {
            message: format!(
                "Version 1 of this API {} shut down at {}.",
                if plan.is_over { "was" } else { "will be" },
                instant(plan.shutdown_at_ms)
            ),
            shutdown_date: instant(plan.shutdown_at_ms),
        }),
    }
}

/// Adds `Sunset` (RFC 8594) and `Deprecation` (RFC 9745) while a shutdown is planned.
fn with_retirement(mut response: Response, retirement: Option<Retirement>) -> Response {
    let Some(plan) = retirement else {
        return response;
    };
    let sunset = jiff::Timestamp::from_millisecond(plan.shutdown_at_ms).unwrap_or_default();
    let sunset = sunset.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let deprecation = plan
        .deprecated_at_ms
        .map(|at_ms| format!("@{}", at_ms.div_euclid(1000)));
    for (name, value) in [("sunset", Some(sunset)), ("deprecation", deprecation)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
