//! The contract `control`: what operators and verifying services do, for every kind of key.

/// Makes a wire enum with the words of a domain enum, and the way between them.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident of $domain:ty { $($variant:ident),+ $(,)? }) => {
        #[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
        $(#[$doc])*
        pub(in crate::contract::control) enum $name { $($variant),+ }

        impl From<$domain> for $name {
            fn from(domain: $domain) -> Self {
                match domain { $(<$domain>::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $domain {
            fn from(wire: $name) -> Self {
                match wire { $($name::$variant => Self::$variant),+ }
            }
        }
    };
}

mod authorize;
mod document;
mod events;
mod examples;
mod keys;
mod limits;
mod owners;
mod removed;
mod self_revoke;
mod verify;

use std::ops::RangeInclusive;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::stream::Stream;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::operation::{Nothing, Subject, operation};
use super::{Context, Contract, Json, Mounted, headers, list, seconds};
use crate::surface::Surface;
use keywright_core::keyring::{
    CreateKey, CreateOwner, DeleteOwner, End, Keyring, Listed, ReadEvents, ReadKey, ReadOwner,
    RevokeKey, RotateKey, UpdateKey, UpdateOwner, VerifyKey,
};
use keywright_model::error::{Class, Error, Violation};
use keywright_model::scope::Scope;
use keywright_model::secret::Secret;

pub(super) const MOUNTED: Mounted = Mounted {
    name: "control",
    for_whom: "keys for your own API: make, limit, verify and end them, for you and your services",
    prefixes: &["/v1/"],
    annexes: &[],
    surface: Surface::Control,
    refuse: Control::refuse,
    operations: &[
        operation!(owners::create_user, CreateOwner, Change).answering_secret(),
        operation!(owners::list_users, ReadOwner, Read),
        operation!(owners::read_user, ReadOwner, Read),
        operation!(owners::update_user, UpdateOwner, Change),
        operation!(owners::delete_user, DeleteOwner, Change),
        operation!(owners::create_organization, CreateOwner, Change).answering_secret(),
        operation!(owners::list_organizations, ReadOwner, Read),
        operation!(owners::read_organization, ReadOwner, Read),
        operation!(owners::update_organization, UpdateOwner, Change),
        operation!(owners::delete_organization, DeleteOwner, Change),
        operation!(keys::create_key, CreateKey, Change).answering_secret(),
        operation!(keys::list_keys, ReadKey, Read),
        operation!(keys::read_key, ReadKey, Read),
        operation!(keys::update_key, UpdateKey, Change),
        operation!(keys::rotate_key, RotateKey, Change).answering_secret(),
        operation!(keys::revoke_key, RevokeKey, Change),
        operation!(self_revoke::self_revoke, Nothing, Change),
        operation!(verify::verify_key, VerifyKey, Verify),
        operation!(verify::verify_keys, VerifyKey, Verify),
        operation!(events::list_events, ReadEvents, Read),
    ],
    apart: &[(
        Surface::Authorize,
        // A proxy asks with the method, and some with the path, of the request it holds.
        &[operation!(authorize::authorize, Subject, Verify)
            .everywhere(|| any(authorize::authorize))],
    )],
    decoration: document::decoration,
};

const PAGE_LEN_DEFAULT: u32 = 20;
const PAGE_LEN_MAX: u32 = 100;

/// Where it carries its credential, and how it says no.
struct Control;

/// Why a request was refused or failed (RFC 9457).
#[derive(Serialize, ToSchema)]
struct Problem {
    /// The kind of problem.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: &'static str,
    /// The kind of problem in a few words.
    title: &'static str,
    /// The HTTP status of this response.
    status: i32,
    /// What happened this time and what to do about it.
    detail: String,
    /// The request, as in `X-Request-Id`.
    request_id: Uuid,
    /// The members of the request that break a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// A member of the request that breaks a rule.
#[derive(Serialize, ToSchema)]
struct FieldError {
    /// Where the member is, as a JSON Pointer (RFC 6901). Empty for the whole body and for what
    /// is not in it.
    pointer: String,
    /// Which rule it breaks and how.
    detail: String,
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        Self {
            pointer: violation.pointer().to_owned(),
            detail: violation.detail,
        }
    }
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>, request_id: Uuid) -> Self {
        Self {
            kind: "about:blank",
            title: title(status),
            status: i32::from(status.as_u16()),
            detail: detail.into(),
            request_id,
            errors: Vec::new(),
        }
    }

    fn answer(self, status: StatusCode) -> Response {
        let mut response = (status, Json(self)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        response
    }
}

impl Contract for Control {
    const SHOWS_GRACE: bool = true;
    const REFUSES_QUERIES: bool = true;

    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        headers::bearer(headers)
    }

    fn refuse(error: &Error, context: &Context, _keyring: &Keyring) -> Response {
        let class = error.class();
        let status = super::status_of(class);
        let detail = match error {
            Error::CredentialMissing => {
                "no key was sent: send the root key or a control key as a bearer token".to_owned()
            }
            Error::CredentialUnreadable(why) => (*why).to_owned(),
            Error::CredentialUnknown | Error::TokenExpired => {
                "send the root key or a live control key as a bearer token".to_owned()
            }
            Error::OwnerSuspended => "the owner of the control key is suspended".to_owned(),
            Error::AddressForbidden => "this key may not be used from this address".to_owned(),
            Error::ScopeInsufficient { required, .. } => {
                let names: Vec<&str> = required.iter().map(Scope::name).collect();
                format!("this operation needs the scope {}", names.join(" "))
            }
            Error::RateLimited { retry_after_s } => format!(
                "too many requests; try again in {}",
                seconds(*retry_after_s)
            ),
            Error::Unavailable { .. } => format!(
                "the server is not available now; try again in {}",
                seconds(super::RETRY_AFTER_S)
            ),
            _ if class == Class::Failed => {
                "the server failed; name the request_id when you report it".to_owned()
            }
            error => error.to_string(),
        };
        let mut problem = Problem::new(status, detail, context.origin.request_id.0);
        if status != StatusCode::CONFLICT {
            let violations = error.violations().into_iter();
            problem.errors = violations.map(FieldError::from).collect();
        }
        super::with_shared_headers(problem.answer(status), error)
    }
}

/// The reason phrase of RFC 9110, which the `http` crate has in an older form.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content",
        _ => status.canonical_reason().unwrap_or_default(),
    }
}

/// What stands behind the items of a page.
#[derive(Serialize)]
struct PageEnd {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A page, with the items as `show` has them and the cursor that `next_cursor` finds at its end.
async fn page<T: Send + 'static, W: Serialize + 'static>(
    items: impl Stream<Item = Result<Listed<T>, Error>> + Send + 'static,
    show: impl Fn(T) -> W + Send + 'static,
    next_cursor: fn(End) -> Option<String>,
) -> Result<Response, Error> {
    let close = move |end| {
        let next_cursor = next_cursor(end);
        list::close(&PageEnd { next_cursor })
    };
    list::answer(r#"{"items":["#, items, show, close).await
}

/// The length of a page: what was asked for, or the usual one.
fn page_len(limit: Option<u32>) -> Result<u32, Error> {
    let limit = limit.unwrap_or(PAGE_LEN_DEFAULT);
    if (1..=PAGE_LEN_MAX).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("limit must be 1 to {PAGE_LEN_MAX}, got {limit}");
    Err(Error::malformed("limit", detail))
}

/// A parameter that has the length that its document promises, or is left out.
fn check_len(
    name: &'static str,
    text: Option<&str>,
    allowed: RangeInclusive<usize>,
) -> Result<(), Error> {
    let len = text.map(|text| text.chars().count());
    if len.is_none_or(|len| allowed.contains(&len)) {
        return Ok(());
    }
    let (least, most) = allowed.into_inner();
    let detail = format!("{name} must have {least} to {most} characters, or be left out");
    Err(Error::malformed(name, detail))
}
