//! The contract `organization-key`: one key per organization, whose change is replicated as widely as is wished.

mod document;

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::operation::operation;
use super::{Caller, Context, Contract, Failure, Json, Mounted, WireSecret, headers, seconds};
use crate::surface::Surface;
use keywright_core::keyring::{Consistency, Keyring, RotateOrganizationKey};
use keywright_model::error::{Class, Error};
use keywright_model::id::OwnerId;
use keywright_model::secret::Secret;

pub(super) const MOUNTED: Mounted = Mounted {
    name: "organization-key",
    for_whom: "if your clients replace their organization's one key (<code>SlashID-API-Key</code>)",
    prefixes: &["/organizations/"],
    annexes: &[],
    surface: Surface::OrganizationKey,
    refuse: OrganizationKey::refuse,
    operations: &[
        operation!(generate_organization_key, RotateOrganizationKey, Change).answering_secret(),
    ],
    apart: &[],
    decoration: document::decoration,
};

const KEY_HEADER: &str = "SlashID-API-Key";
const ORGANIZATION_HEADER: &str = "SlashID-OrgID";
const CONSISTENCY_HEADER: &str = "SlashID-Required-Consistency";
const TIMEOUT_HEADER: &str = "SlashID-Required-Consistency-Timeout";
const TIMEOUT_S: std::ops::RangeInclusive<u32> = 1..=120;
const TIMEOUT_S_DEFAULT: u32 = 30;

/// Where it carries its credential, and how it says no.
struct OrganizationKey;

/// How widely a change must be replicated before it is answered.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", default = json!("local_region"))]
#[expect(dead_code, reason = "it documents a header")]
enum RequiredConsistency {
    LocalRegion,
    AllRegions,
}

/// The headers that `Wish` is read from.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what `Wish` reads by hand")]
struct WishHeaders {
    /// The organization whose key is replaced. Send it exactly once.
    #[param(
        rename = "SlashID-OrgID",
        example = "af5fbd30-7ce7-4548-8b30-4cd59cb2aba1"
    )]
    organization_id: String,
    /// How widely the change must be replicated before it is answered. `local_region` waits for the
    /// answering region, `all_regions` for every region. When the level is not reached in time,
    /// the answer is 408, and the change may still be made.
    #[param(rename = "SlashID-Required-Consistency")]
    consistency: Option<RequiredConsistency>,
    /// The most seconds to wait for the required level, as plain digits without sign or leading
    /// zero. When they are over, the answer is 408, and the change may still be made.
    #[param(
        rename = "SlashID-Required-Consistency-Timeout",
        minimum = 1,
        maximum = 120,
        default = 30
    )]
    timeout_s: Option<i32>,
}

/// The envelope of a success. It holds `result`; the other members are not sent.
#[derive(Serialize, ToSchema)]
struct ApiKeyAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    /// What went wrong. Never sent with a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ErrorItem>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<ApiKeyResult>,
}

/// A new key.
#[derive(Serialize, ToSchema)]
struct ApiKeyResult {
    /// The organization's new API key. It is shown this once; store it safely.
    #[schema(value_type = String, format = Password)]
    api_key: WireSecret,
}

/// The envelope of a refusal or a failure.
#[derive(Serialize, ToSchema)]
struct ErrorAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
    /// What went wrong; one item for each cause.
    errors: Vec<ErrorItem>,
}

/// One cause of a refusal or a failure.
#[derive(Serialize, ToSchema)]
struct ErrorItem {
    /// The HTTP status of this response.
    httpcode: i32,
    /// What is wrong and what to do about it, for people.
    message: String,
}

/// What is to be known about a list. This operation has none to send.
#[derive(Serialize, ToSchema)]
struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination: Option<Pagination>,
}

/// Which part of a list an answer holds.
#[derive(Serialize, ToSchema)]
struct Pagination {
    /// The most items that one answer holds.
    limit: i32,
    /// How many items come before the first of this answer.
    offset: i32,
    /// How many items there are in all.
    total_count: i64,
}

/// Replace the organization's API key
///
/// Makes a new API key for the organization and answers it once. The organization's previous
/// key stops working. Call with the organization's own key or with a key of any organization
/// above it.
#[utoipa::path(
    put,
    path = "/organizations/api-keys",
    tag = "organization-key",
    params(WishHeaders),
    responses(
        (status = 200, body = ApiKeyAnswer,
            description = "The new key. The change has reached the required level.",
            example = document::new_key),
        (status = 408),
    ),
)]
async fn generate_organization_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<OrganizationKey, RotateOrganizationKey>,
    wish: Wish,
) -> Result<Response, Failure<OrganizationKey>> {
    let issued = keyring
        .rotate_organization_key(&caller, wish.organization_id, wish.consistency)
        .await?;
    let api_key = WireSecret(issued.secret);
    let answer = ApiKeyAnswer {
        meta: None,
        errors: None,
        result: Some(ApiKeyResult { api_key }),
    };
    Ok(super::secret_answer(StatusCode::OK, answer))
}

/// What the headers ask for.
struct Wish {
    organization_id: OwnerId,
    consistency: Consistency,
}

impl<S: Send + Sync> FromRequestParts<S> for Wish {
    type Rejection = Failure<OrganizationKey>;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Self, Failure<OrganizationKey>> {
        let headers = &parts.headers;
        let organization = headers::single(headers, ORGANIZATION_HEADER)?.ok_or_else(|| {
            let detail = format!("{ORGANIZATION_HEADER} is missing: send the organization's id");
            Error::malformed(ORGANIZATION_HEADER, detail)
        })?;
        match headers::single(headers, CONSISTENCY_HEADER)? {
            // One server is one region, so both levels ask for the same.
            None | Some("local_region" | "all_regions") => {}
            Some(_) => {
                let detail = format!("{CONSISTENCY_HEADER} must be local_region or all_regions");
                return Err(Error::malformed(CONSISTENCY_HEADER, detail).into());
            }
        }
        let timeout_s = headers::single(headers, TIMEOUT_HEADER)?
            .map_or(Ok(TIMEOUT_S_DEFAULT), read_timeout)?;
        // Whatever is no id of an organization is answered like an id that does not exist.
        let organization_id = OwnerId(Uuid::parse_str(organization).unwrap_or(Uuid::nil()));
        Ok(Self {
            organization_id,
            consistency: Consistency { timeout_s },
        })
    }
}

/// Reads a timeout of the form `[1-9][0-9]{0,2}`, from 1 to 120.
fn read_timeout(text: &str) -> Result<u32, Error> {
    let is_plain = (1..=3).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    let timeout_s = text.parse().ok().filter(|_| is_plain);
    timeout_s
        .filter(|timeout_s| TIMEOUT_S.contains(timeout_s))
        .ok_or_else(|| {
            let (low, high) = TIMEOUT_S.into_inner();
            let shown: String = text.chars().take(20).collect();
            let detail = format!(
                "{TIMEOUT_HEADER} must be a whole number from {low} to {high}, got {shown}"
            );
            Error::malformed(TIMEOUT_HEADER, detail)
        })
}

impl Contract for OrganizationKey {
    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        let mut values = headers.get_all(KEY_HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(Error::CredentialUnreadable(
                "SlashID-API-Key was sent more than once",
            ));
        }
        let text = value.to_str().map_err(|_| Error::CredentialUnknown)?;
        Ok(Some(Secret::new(text.to_owned())))
    }

    fn refuse(error: &Error, _context: &Context, _keyring: &Keyring) -> Response {
        let class = error.class();
        let status = match error {
            Error::ConsistencyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            _ => super::coarse_status_of(class),
        };
        let message = match error {
            Error::CredentialMissing => {
                format!("no key was sent: send the organization's key in {KEY_HEADER}")
            }
            Error::CredentialUnreadable(why) => (*why).to_owned(),
            Error::CredentialUnknown | Error::TokenExpired => {
                format!("send a live key of this organization, or of one above it, in {KEY_HEADER}")
            }
            Error::OwnerSuspended => "the organization is suspended: ask the operator".to_owned(),
            Error::ScopeInsufficient { .. } => "the key may not do this".to_owned(),
            Error::RateLimited { retry_after_s } => format!(
                "too many requests; try again in {}",
                seconds(*retry_after_s)
            ),
            Error::ConsistencyTimeout { timeout_s } => format!(
                "the required consistency was not reached within {}; the change may still be \
                 made",
                seconds(*timeout_s)
            ),
            Error::Unavailable { .. } => format!(
                "the server is not available now; try again in {}",
                seconds(super::RETRY_AFTER_S)
            ),
            _ if class == Class::Failed => {
                "the server failed; name the X-Request-Id when you report it".to_owned()
            }
            error => error.to_string(),
        };
        let item = ErrorItem {
            httpcode: i32::from(status.as_u16()),
            message,
        };
        let answer = ErrorAnswer {
            meta: None,
            errors: vec![item],
        };
        let mut response = (status, Json(answer)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(KEY_HEADER);
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        super::with_retry_header(response, error)
    }
}
