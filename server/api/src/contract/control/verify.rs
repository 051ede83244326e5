//! The question whether keys may be used now, and its answer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use super::keys::wire::{KeyKind, ScopeName};
use super::{Control, examples};
use crate::contract::body::{Body, Object, given};
use crate::contract::number::some_whole;
use crate::contract::{Caller, Failure, Json, WireSecret, headers, instant, list};
use keywright_core::keyring::{End, Keyring, Listed, Question, Source, VerifyKey};
use keywright_model::error::Error;
use keywright_model::limit::NamedRate;
use keywright_model::metadata::Metadata;
use keywright_model::scope::Scope;
use keywright_model::secret::SECRET_LEN_MAX;
use keywright_model::{key, verdict};

const BATCH_LEN_MAX: usize = 100;

/// A key to check and what it should be good for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Verification {
    /// The key, as its user sent it.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 4096)]
    key: WireSecret,
    /// Scopes that the key must have, all of them.
    #[schema(value_type = Option<Vec<ScopeName>>, inline, max_items = 64)]
    #[serde(default, deserialize_with = "given")]
    scopes: Option<Vec<String>>,
    /// Scopes of which the key must have at least one.
    #[schema(value_type = Option<Vec<ScopeName>>, inline, min_items = 1, max_items = 64)]
    #[serde(default, deserialize_with = "given")]
    any_scope: Option<Vec<String>>,
    /// How much the use takes from rate limits and credits. 0 asks without taking anything.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 1_000_000, default = 1)]
    #[serde(default, deserialize_with = "some_whole")]
    cost: Option<i64>,
    /// The address that the key is used from, IPv4 or IPv6, with or without a port
    /// (`192.0.2.7:50000`, `[2001:db8::7]:50000`). Without it, a key that may be used from some
    /// addresses only is refused.
    #[schema(min_length = 2, max_length = 53)]
    #[serde(default, deserialize_with = "given")]
    client_ip: Option<String>,
}

/// Keys to judge, and what each should be good for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerificationBatch {
    /// The keys, in the order that the verdicts come in.
    #[schema(value_type = Vec<Verification>, min_items = 1, max_items = 100)]
    requests: Vec<Object<Verification>>,
}

/// Whether a key may be used now.
#[derive(Serialize, ToSchema)]
pub(super) struct Verdict<'a> {
    /// Whether it may. True exactly when `code` is `VALID`.
    valid: bool,
    code: VerdictCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<VerifiedKey<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit: Option<RateState<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<CreditState>,
}

/// Whether each of several keys may be used now.
#[derive(Serialize, ToSchema)]
pub(super) struct VerdictBatch<'a> {
    /// The verdicts, in the order of the requests.
    results: Vec<Verdict<'a>>,
}

wire_enum! {
    /// The verdict, for programs. Of several reasons to refuse, the first in this list is named:
    /// `NOT_FOUND`, `REVOKED`, `REPLACED`, `EXPIRED`, `DISABLED`, `OWNER_SUSPENDED`, `FORBIDDEN_IP`,
    /// `INSUFFICIENT_SCOPE`, `RATE_LIMITED`, `CREDITS_EXHAUSTED`.
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    VerdictCode of verdict::VerdictCode {
        Valid, NotFound, Revoked, Replaced, Expired, Disabled, OwnerSuspended, ForbiddenIp,
        InsufficientScope, RateLimited, CreditsExhausted,
    }
}

/// What a service that verifies may know about a key. Left out when there is no such key.
#[derive(Serialize, ToSchema)]
struct VerifiedKey<'a> {
    /// The key's identifier. It is no secret.
    id: Uuid,
    kind: KeyKind,
    /// The user or organization that the key is for.
    owner_id: Uuid,
    /// What the key is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// What the key may be used for.
    #[schema(value_type = Vec<String>)]
    scopes: Names<'a>,
    /// When the key stops working by itself: at its expiry or at the end of its grace period,
    /// whichever comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// What was given to be kept with the key.
    #[schema(value_type = HashMap<String, Value>, additional_properties = true)]
    metadata: &'a Metadata,
}

/// The names of scopes.
struct Names<'a>(&'a [Scope]);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Scope::name))
    }
}

/// The rate limit that refused the key, or else the one with the least left, of the key or its
/// owner. Left out when they have none, and when the key is refused for a reason that comes before them.
#[derive(Serialize, ToSchema)]
struct RateState<'a> {
    /// What the limit is called.
    name: &'a str,
    /// How much passes in each window.
    #[schema(value_type = i64)]
    limit: u64,
    /// How long a window is.
    #[schema(value_type = i32)]
    window_seconds: u32,
    /// How much passes at once after a rest.
    #[schema(value_type = i64)]
    burst: u64,
    /// How much would pass now.
    #[schema(value_type = i64)]
    remaining: u64,
    /// In how many seconds the limit is as after a rest, if it is not used until then.
    #[schema(value_type = i64)]
    reset_seconds: u32,
    /// In how many seconds a use of the same cost can pass. Left out when it was not refused or never can.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    retry_after_seconds: Option<u32>,
}

/// What may still be spent with the key. Left out when it has no credits to count.
#[derive(Serialize, ToSchema)]
struct CreditState {
    /// How much is left.
    remaining: i64,
}

/// Verify a key
///
/// Says whether a key may be used now. The answer is 200 whatever the verdict; a 401 is about the
/// caller's own key. Of several reasons to refuse, the verdict is the one that comes first in the
/// list of codes. A key outside the caller's reach is `NOT_FOUND`. Only a key that may be used
/// spends: the `cost` is taken from every rate limit of the key and its owner and from the key's
/// credits, or from none of them. Access tokens and the root key are not keys. Needs the scope
/// `keys:verify`.
#[utoipa::path(
    post,
    path = "/v1/keys/verify",
    tag = "verify",
    request_body(content = Verification,
        description = "The key to check and what it should be good for.",
        example = json!({
            "key": "kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi1QoEnM6tXyB3C1zSw",
            "scopes": ["reports:read"],
            "cost": 1,
            "client_ip": "203.0.113.7",
        })),
    responses((status = 200, body = Verdict, description = "The verdict, good or bad.", examples(
        ("valid" = (summary = "The key may be used", value = json!(examples::valid()))),
        ("limited" = (summary = "A rate limit is used up", value = json!(examples::limited()))),
        ("unknown" = (summary = "There is no such key", value = json!(examples::unknown()))),
    ))),
)]
pub(super) async fn verify_key(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, VerifyKey>,
    Wanted(source): Wanted,
    body: Body<Control, Verification>,
) -> Result<Response, Failure<Control>> {
    let question = body.0.question("")?;
    let verdict = Box::pin(keyring.verify_key(&caller, question, source)).await?;
    Ok(Json(Verdict::from(&verdict)).into_response())
}

/// Verify several keys
///
/// Judges up to 100 keys, each as `/v1/keys/verify` would, one after the other. The verdicts come
/// in the order of the requests. If one request breaks a rule, the answer is 422 for all of
/// them and nothing is spent. After a 503 or a 500 no verdict is told, and what was spent before it
/// stays spent. Needs the scope `keys:verify`.
#[utoipa::path(
    post,
    path = "/v1/keys/verify-batch",
    tag = "verify",
    request_body(content = VerificationBatch,
        description = "The keys to judge and what each should be good for.",
        example = json!({"requests": [
            {
                "key": "kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi1QoEnM6tXyB3C1zSw",
                "scopes": ["reports:read"],
            },
            {"key": "kw_8sWm3XcV6yPr1NvTb9KjGh5LqDf2ZeUa7RoCiE4tQxH0B9pQd", "cost": 0},
        ]})),
    responses((status = 200, body = VerdictBatch,
        description = "The verdicts, good or bad, in the order of the requests.",
        example = examples::verdicts)),
)]
pub(super) async fn verify_keys(
    State(keyring): State<Arc<Keyring>>,
    caller: Caller<Control, VerifyKey>,
    Wanted(source): Wanted,
    body: Body<Control, VerificationBatch>,
) -> Result<Response, Failure<Control>> {
    let questions = body.0.questions()?;
    let verdicts = keyring.verify_keys(&caller, questions, source).await?;
    let mut left = verdicts.len();
    let parts = verdicts.into_iter().map(move |verdict| {
        left -= 1;
        Ok(Listed {
            items: vec![verdict],
            end: (left == 0).then(|| End::of_all(0)),
        })
    });
    let close = |_| Ok("]}".to_owned());
    let results = list::answer(r#"{"results":["#, stream::iter(parts), Judged, close);
    Ok(results.await?)
}

/// A verdict that goes out by itself.
struct Judged(verdict::Verdict);

impl Serialize for Judged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Verdict::from(&self.0).serialize(serializer)
    }
}

/// Where the caller wants the key to be read.
pub(super) struct Wanted(Source);

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(if headers::has_no_cache(&parts.headers) {
            Source::Database
        } else {
            Source::Cache
        }))
    }
}

impl Verification {
    /// The domain's question; `at` is where in the body this one stands.
    fn question(self, at: &str) -> Result<Question, Error> {
        let WireSecret(secret) = self.key;
        if !(1..=SECRET_LEN_MAX).contains(&secret.expose().len()) {
            let detail = format!("key must have 1 to {SECRET_LEN_MAX} characters");
            return Err(Error::invalid(format!("{at}/key"), detail));
        }
        if self.any_scope.as_ref().is_some_and(Vec::is_empty) {
            let detail = "any_scope is empty, which no key can meet: name a scope, or leave it out";
            return Err(Error::invalid(format!("{at}/any_scope"), detail));
        }
        let read = |names: Vec<String>| names.into_iter().map(|name| Scope(name.into())).collect();
        Ok(Question {
            all_of: read(self.scopes.unwrap_or_default()),
            one_of: self.any_scope.map(read),
            cost: self.cost.unwrap_or(1),
            client_ip: self.client_ip,
            secret,
        })
    }
}

impl VerificationBatch {
    fn questions(self) -> Result<Vec<Question>, Error> {
        let len = self.requests.len();
        if !(1..=BATCH_LEN_MAX).contains(&len) {
            let detail = format!("requests must have 1 to {BATCH_LEN_MAX} elements, got {len}");
            return Err(Error::invalid("/requests", detail));
        }
        let asked = self.requests.into_iter().enumerate();
        asked
            .map(|(index, Object(asked))| asked.question(&format!("/requests/{index}")))
            .collect()
    }
}

impl<'a> From<&'a verdict::Verdict> for Verdict<'a> {
    fn from(verdict: &'a verdict::Verdict) -> Self {
        Self {
            valid: verdict.code == verdict::VerdictCode::Valid,
            code: verdict.code.into(),
            key: verdict.key.as_deref().map(Into::into),
            rate_limit: verdict.rate.as_ref().map(Into::into),
            credits: verdict
                .credits_remaining
                .map(|remaining| CreditState { remaining }),
        }
    }
}

impl<'a> From<&'a key::Key> for VerifiedKey<'a> {
    fn from(key: &'a key::Key) -> Self {
        Self {
            id: key.id.0,
            kind: key.kind.into(),
            owner_id: key.owner_id.0,
            name: key.name.as_deref(),
            scopes: Names(key.scopes.as_slice()),
            expires_at: key.ends_at_ms().map(instant),
            metadata: &key.metadata,
        }
    }
}

impl<'a> From<&'a NamedRate> for RateState<'a> {
    fn from(named: &'a NamedRate) -> Self {
        let NamedRate { name, rate } = named;
        Self {
            name,
            limit: rate.limit.count,
            window_seconds: rate.limit.window_s,
            burst: rate.limit.burst,
            remaining: rate.remaining,
            reset_seconds: rate.reset_s,
            retry_after_seconds: rate.retry_after_s,
        }
    }
}
