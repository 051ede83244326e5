//! Why a proxy may not let a request pass: the words, the status and the headers.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa::ToSchema;

use crate::contract::control::Problem;
use crate::contract::{Context, seconds, with_shared_headers};
use keywright_core::keyring::Keyring;
use keywright_model::error::Error;
use keywright_model::key::CredentialKind;
use keywright_model::scope::Scope;
use keywright_model::verdict::{Verdict, VerdictCode};

const KEY_REFUSAL: HeaderName = HeaderName::from_static("x-key-refusal");

/// Why a forwarded request may not pass, for programs: the verdict, or that there was no
/// credential or none that could be read.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "it documents a header")]
pub(super) enum RefusalCode {
    CredentialMissing,
    CredentialUnreadable,
    NotFound,
    Revoked,
    Replaced,
    Expired,
    Disabled,
    OwnerSuspended,
    ForbiddenIp,
    ForbiddenKind,
    InsufficientScope,
    RateLimited,
    CreditsExhausted,
}

/// Why a request may not pass.
pub(super) struct Refusal {
    code: &'static str,
    status: StatusCode,
    detail: String,
    /// The challenge or the wait that goes with it, as an error has it.
    error: Option<Error>,
    /// Whether it was a known key that was denied.
    is_denial: bool,
}

impl Refusal {
    /// The refusal of a key, unless it is good.
    pub(super) fn of_verdict(verdict: &Verdict, required: &[Scope]) -> Option<Self> {
        let (status, error, detail) = match verdict.code {
            VerdictCode::NotFound => unauthorized("this key is unknown"),
            VerdictCode::Revoked => unauthorized("this key was revoked"),
            VerdictCode::Replaced => unauthorized("another key has taken the place of this one"),
            VerdictCode::Expired => unauthorized("this key has expired"),
            VerdictCode::Disabled => unauthorized("this key is switched off"),
            VerdictCode::OwnerSuspended => forbidden("the owner of this key is suspended"),
            VerdictCode::ForbiddenIp => forbidden("this key may not be used from this address"),
            VerdictCode::InsufficientScope => too_narrow(verdict, required),
            VerdictCode::RateLimited => limited(verdict),
            VerdictCode::CreditsExhausted => forbidden("this key has too few credits left"),
            VerdictCode::Valid => return None,
        };
        Some(Self {
            code: verdict.code.word(),
            status,
            detail,
            error,
            is_denial: true,
        })
    }

    /// The refusal of a key of a kind that does not pass.
    pub(super) fn of_kind(kind: CredentialKind, admitted: &[CredentialKind]) -> Self {
        let admitted: Vec<&str> = admitted.iter().map(|kind| kind.word()).collect();
        let admitted = match admitted.as_slice() {
            [] => "none".to_owned(),
            kinds => kinds.join(" "),
        };
        Self {
            code: "FORBIDDEN_KIND",
            status: StatusCode::FORBIDDEN,
            detail: format!(
                "a key of the kind {} may not be used here; the kinds that may: {admitted}",
                kind.word()
            ),
            error: None,
            is_denial: true,
        }
    }

    /// The refusal of a request without a key to check, which may stand in any header or in `X-Api-Key` alone.
    ///
    /// # Errors
    /// What is no fault of the credential.
    pub(super) fn of_error(error: Error, is_api_key: bool) -> Result<Self, Error> {
        let (code, status, detail) = match &error {
            Error::CredentialMissing => (
                "CREDENTIAL_MISSING",
                StatusCode::UNAUTHORIZED,
                if is_api_key {
                    "no key was sent: send one in X-Api-Key".to_owned()
                } else {
                    "no key was sent: send one as a bearer token or in X-Api-Key".to_owned()
                },
            ),
            Error::CredentialUnreadable(why) => (
                "CREDENTIAL_UNREADABLE",
                StatusCode::UNAUTHORIZED,
                (*why).to_owned(),
            ),
            Error::RateLimited { retry_after_s } => (
                VerdictCode::RateLimited.word(),
                StatusCode::TOO_MANY_REQUESTS,
                wait(*retry_after_s),
            ),
            // There is no body to point into.
            Error::Invalid(_) => return Err(Error::malformed("", error.to_string())),
            _ => return Err(error),
        };
        Ok(Self {
            code,
            status,
            detail,
            error: Some(error),
            is_denial: false,
        })
    }

    /// Counts it for the events, if it is one of those that they tell.
    pub(super) fn note(&self, keyring: &Keyring, context: &Context) {
        match self.status {
            StatusCode::UNAUTHORIZED => keyring.note_unknown(context.origin),
            StatusCode::FORBIDDEN if self.is_denial => {
                keyring.note_denial(&context.guard(), self.code, context.origin);
            }
            _ => {}
        }
    }

    /// The answer; nginx makes a 500 of what is neither 401 nor 403, shows no body, and closes the connection over one.
    pub(super) fn answer(self, context: &Context, is_for_nginx: bool) -> Response {
        let status = match self.status {
            StatusCode::TOO_MANY_REQUESTS if is_for_nginx => StatusCode::FORBIDDEN,
            status => status,
        };
        let mut response = if is_for_nginx {
            status.into_response()
        } else {
            Problem::new(status, self.detail, context.origin.request_id.0).answer(status)
        };
        if let Some(error) = &self.error {
            response = with_shared_headers(response, error);
        }
        if status != self.status {
            // All that is added to a 429 elsewhere, where this is none any more.
            response.headers_mut().extend(context.fields(self.status));
        }
        let code = HeaderValue::from_static(self.code);
        response.headers_mut().insert(KEY_REFUSAL, code);
        response
    }
}

type Words = (StatusCode, Option<Error>, String);

fn unauthorized(detail: &str) -> Words {
    let error = Error::CredentialUnknown;
    (StatusCode::UNAUTHORIZED, Some(error), detail.to_owned())
}

fn forbidden(detail: &str) -> Words {
    (StatusCode::FORBIDDEN, None, detail.to_owned())
}

fn too_narrow(verdict: &Verdict, required: &[Scope]) -> Words {
    let names: Vec<&str> = required.iter().map(Scope::name).collect();
    let detail = format!("this request needs the scope {}", names.join(" "));
    let actual = verdict.key.as_ref().map(|key| key.scopes.as_slice());
    let error = Error::ScopeInsufficient {
        required: required.to_vec(),
        actual: actual.unwrap_or_default().to_vec(),
    };
    (StatusCode::FORBIDDEN, Some(error), detail)
}

fn limited(verdict: &Verdict) -> Words {
    let rate = verdict.rate.as_ref();
    let wait_s = rate.and_then(|named| named.rate.retry_after_s);
    let detail = wait_s.map_or_else(
        || "the rate limit is too small for this request, however long it waits".to_owned(),
        wait,
    );
    let window_s = rate.map_or(1, |named| named.rate.limit.window_s);
    let error = Error::RateLimited {
        retry_after_s: wait_s.unwrap_or(window_s),
    };
    (StatusCode::TOO_MANY_REQUESTS, Some(error), detail)
}

fn wait(wait_s: u32) -> String {
    format!("too many requests; try again in {}", seconds(wait_s))
}
