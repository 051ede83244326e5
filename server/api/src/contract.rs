//! What all contracts share: the list of them, their extractors, and the way an error finds its envelope.
//! Leaves wire names, statuses and words to each contract's file.

mod body;
mod client_keys;
mod control;
mod document;
#[doc(hidden)]
pub mod fuzz;
mod headers;
mod list;
mod metadata;
mod named_keys;
mod number;
mod organization_key;
mod token_endpoint;
mod user_key;
mod wiped;

use std::marker::PhantomData;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::openapi::Decoration;
use crate::surface::Surface;
use keywright_core::keyring::{Guard, Keyring, Operation, Origin, Permit, Retirement};
use keywright_model::error::Error;
use keywright_model::id::RequestId;
use keywright_model::limit::NamedRate;
use keywright_model::secret::Secret;

use body::Json;
pub use body::{BODY_LEN_MAX, Received, receive};
pub use token_endpoint::PATH as TOKEN_PATH;
pub use token_endpoint::judging::INTROSPECTION_PATH;
use wiped::{WireSecret, secret_answer};

/// One contract: where it carries a credential, and how it says no.
pub trait Contract: Send + Sync + 'static {
    /// Whether a known caller pays credits for its own mistakes.
    const CHARGES_MISTAKES: bool = false;

    /// Whether successes and mistakes say, too, what is left of the caller's window.
    const SHOWS_RATE: bool = false;

    /// Whether successes say, too, when the caller's key ends because it was replaced.
    const SHOWS_GRACE: bool = false;

    /// Whether a query is refused where the operation has none; the providers' contracts ignore it.
    const REFUSES_QUERIES: bool = false;

    /// The credential of a request; `None` if there is none.
    ///
    /// # Errors
    /// `CredentialUnreadable`.
    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error>;

    /// The answer to an error, in the contract's envelope.
    fn refuse(error: &Error, context: &Context) -> Response;
}

/// Writes the answer to an error, in a contract's envelope.
pub type Refuse = fn(&Error, &Context) -> Response;

/// A contract as the server mounts it.
pub struct Mounted {
    /// Its name: of its document, and of its module in the SDK.
    pub name: &'static str,
    /// Whom it is for, in a sentence without an end; for the overview of the pages.
    pub for_whom: &'static str,
    /// Paths below these are its own, even where nothing is served.
    pub prefixes: &'static [&'static str],
    /// How it says no.
    pub refuse: Refuse,
    /// Other paths of its, where nothing but what is served is its own.
    pub annexes: &'static [&'static str],
    /// By which name the configuration says where it is served.
    pub surface: Surface,
    /// Its operations.
    pub router: fn() -> Operations,
    /// Those of its operations that the configuration places by themselves.
    pub apart: &'static [Part],
    /// What its document says beyond its operations.
    pub decoration: fn() -> Decoration,
}

/// Operations and what the document says of them.
pub type Operations = OpenApiRouter<Arc<Keyring>>;

/// Operations that are served in the same place, and the name by which the configuration says where.
pub type Part = (Surface, fn() -> Operations);

impl Mounted {
    /// Its parts, each with the name by which the configuration places it.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        std::iter::once((self.surface, self.router)).chain(self.apart.iter().copied())
    }

    /// All its operations.
    #[must_use]
    pub fn operations(&self) -> Operations {
        let parts = self.parts().map(|(_, router)| router());
        parts.fold(Operations::new(), Operations::merge)
    }

    /// Whether a path is its own, even where nothing is served.
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| is_below(path, prefix))
    }
}

/// Whether a path is the prefix or lies below it.
#[must_use]
pub fn is_below(path: &str, prefix: &str) -> bool {
    let behind = path.strip_prefix(prefix);
    behind.is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}

/// The contracts, in the order in which people see them.
pub const CONTRACTS: &[Mounted] = &[
    control::MOUNTED,
    user_key::MOUNTED,
    client_keys::MOUNTED,
    named_keys::MOUNTED,
    organization_key::MOUNTED,
];

/// How the contract that owns a path says no, or OAuth; elsewhere, problems as `control` writes them.
#[must_use]
pub fn refuse_at(path: &str) -> Refuse {
    let owner = CONTRACTS.iter().find(|mounted| mounted.owns(path));
    let own = owner.map(|mounted| mounted.refuse);
    own.or_else(|| token_endpoint::refuse_at(path))
        .unwrap_or(control::MOUNTED.refuse)
}

/// One request, as everything that answers it sees it.
pub struct Context {
    /// The id of the request as its answer carries it.
    pub request_id: HeaderValue,
    /// The same id as a number.
    pub origin: Origin,
    /// The plan to end `v1` of `user-key`, if there is one.
    pub retirement: Option<Retirement>,
    /// Whether the client proved itself by HTTP Basic.
    pub used_basic: AtomicBool,
    /// Whether the caller sent a bearer token where a client may prove itself, too.
    pub used_bearer: AtomicBool,
    /// Whether it might have.
    pub takes_bearer: AtomicBool,
    /// Credits that the answer costs the caller.
    pub cost: AtomicI32,
    received: Received,
    shows_rate: AtomicBool,
    shows_grace: AtomicBool,
    guard: Mutex<Guard>,
}

impl Context {
    /// A request that has just arrived, with its body.
    #[must_use]
    pub fn new(
        headers: &HeaderMap,
        address: Option<IpAddr>,
        retirement: Option<Retirement>,
        received: Received,
    ) -> Self {
        let mut sent = headers.get_all(headers::REQUEST_ID).iter();
        let only = sent.next().filter(|_| sent.next().is_none());
        let given = only.and_then(|value| Some((value.clone(), read_id(value.to_str().ok()?)?)));
        let own = Uuid::new_v4();
        let (request_id, id) = given.unwrap_or_else(|| (header_value(own), own));
        Self {
            request_id,
            origin: Origin {
                request_id: RequestId(id),
                server_request_id: Some(RequestId(own)),
                address,
            },
            retirement,
            used_basic: AtomicBool::new(false),
            used_bearer: AtomicBool::new(false),
            takes_bearer: AtomicBool::new(false),
            cost: AtomicI32::new(0),
            received,
            shows_rate: AtomicBool::new(false),
            shows_grace: AtomicBool::new(false),
            guard: Mutex::default(),
        }
    }

    /// The id of the request as text.
    #[must_use]
    pub fn request_id_text(&self) -> String {
        String::from_utf8_lossy(self.request_id.as_bytes()).into_owned()
    }

    /// The body, if all of it is there.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.received.bytes()
    }

    /// Keeps what was found out about the caller, for the answer.
    fn remember(&self, guard: Guard) {
        *self.guard.lock().unwrap_or_else(PoisonError::into_inner) = guard;
    }

    /// What was found out about the caller.
    #[must_use]
    pub fn guard(&self) -> Guard {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard.clone()
    }

    /// What an answer says about the caller's windows and its key: the `RateLimit` fields on every 429 and
    /// where the contract shows them, and the end of a key in its grace.
    #[must_use]
    pub fn fields(&self, status: StatusCode) -> Vec<(HeaderName, HeaderValue)> {
        let shows_rate = status == StatusCode::TOO_MANY_REQUESTS
            || (self.shows_rate.load(Ordering::Relaxed)
                && (status.is_success() || status == StatusCode::BAD_REQUEST));
        let shows_grace = status.is_success() && self.shows_grace.load(Ordering::Relaxed);
        if !shows_rate && !shows_grace {
            return Vec::new();
        }
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fields = Vec::new();
        if let Some(NamedRate { name, rate }) = guard.rate.as_ref().filter(|_| shows_rate) {
            let quota = match rate.limit.count {
                0 => 0,
                _ => rate.limit.burst,
            };
            let policy = format!("\"{name}\";q={quota};w={}", rate.limit.rest_s());
            fields.push((headers::RATE_LIMIT_POLICY, policy));
            let state = format!("\"{name}\";r={};t={}", rate.remaining, rate.reset_s);
            fields.push((headers::RATE_LIMIT, state));
        }
        if let Some(at_ms) = guard.grace_until_ms.filter(|_| shows_grace) {
            fields.push((headers::KEY_EXPIRES_AT, instant(at_ms)));
        }
        let fields = fields.into_iter();
        fields
            .filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?)))
            .collect()
    }
}

/// An error on its way to the envelope of the contract `C`.
pub struct Failure<C> {
    error: Error,
    contract: PhantomData<C>,
}

impl<C: Contract, E: Into<Error>> From<E> for Failure<C> {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            contract: PhantomData,
        }
    }
}

/// An error that waits in a response for the request's context: the outermost layer writes it out.
#[derive(Clone)]
pub struct Refusal {
    /// What went wrong.
    pub error: Error,
    /// How the contract says so.
    pub refuse: Refuse,
    /// Whether a known caller pays credits for it.
    pub charges: bool,
}

impl Refusal {
    /// A refusal outside any operation, in the envelope of the contract that owns the path.
    #[must_use]
    pub fn at(path: &str, error: Error) -> Self {
        Self::by(refuse_at(path), error)
    }

    /// A refusal in this envelope, which costs nothing.
    #[must_use]
    pub fn by(refuse: Refuse, error: Error) -> Self {
        Self {
            error,
            refuse,
            charges: false,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl<C: Contract> IntoResponse for Failure<C> {
    fn into_response(self) -> Response {
        let charges = C::CHARGES_MISTAKES && self.error.is_mistake();
        Refusal {
            error: self.error,
            refuse: C::refuse,
            charges,
        }
        .into_response()
    }
}

/// A caller that may do the operation `O`; a handler that asks for one cannot forget to check.
pub struct Caller<C, O, const HAS_QUERY: bool = false>(Permit<O>, PhantomData<C>);

/// A caller of an operation that has parameters in its query, which `Query` reads.
pub type FilteringCaller<C, O> = Caller<C, O, true>;

impl<C, O, const HAS_QUERY: bool> Deref for Caller<C, O, HAS_QUERY> {
    type Target = Permit<O>;

    fn deref(&self) -> &Permit<O> {
        &self.0
    }
}

impl<C: Contract, O: Operation, const HAS_QUERY: bool> FromRequestParts<Arc<Keyring>>
    for Caller<C, O, HAS_QUERY>
{
    type Rejection = Failure<C>;

    async fn from_request_parts(
        parts: &mut Parts,
        keyring: &Arc<Keyring>,
    ) -> Result<Self, Failure<C>> {
        let context = context(&parts.extensions)?;
        let credential = C::credential(&parts.headers)?;
        let retry = headers::retry_key(&parts.headers);
        let mut guard = Guard::default();
        let known = retry.clone().unwrap_or_default();
        // Boxed, as what is big in other operations, so that an operation's own future stays below the kilobyte
        // up to which memory is handed out fast.
        let permit = keyring.permit(credential, known, context.origin, &mut guard);
        let permit = Box::pin(permit).await;
        context.shows_rate.store(C::SHOWS_RATE, Ordering::Relaxed);
        context.shows_grace.store(C::SHOWS_GRACE, Ordering::Relaxed);
        context.remember(guard);
        let permit = permit?;
        retry?;
        body::whole(&context)?;
        if C::REFUSES_QUERIES && !HAS_QUERY {
            body::read_query::<NoQuery>(parts.uri.query().unwrap_or_default())?;
        }
        Ok(Self(permit, PhantomData))
    }
}

/// The query string of an operation that has no parameters there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// The id in the path.
pub struct Id<C>(pub Uuid, PhantomData<C>);

impl<C: Contract, S: Send + Sync> FromRequestParts<S> for Id<C> {
    type Rejection = Failure<C>;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure<C>> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| Error::malformed("id", "id must be a UUID"))?;
        let text = parameters
            .iter()
            .find(|(name, _)| *name == "id")
            .map(|(_, text)| text);
        let id = text.and_then(read_id);
        let id =
            id.ok_or_else(|| Error::malformed("id", "id must be a UUID with its four hyphens"))?;
        Ok(Self(id, PhantomData))
    }
}

/// The last part of the path, decoded: a name or an id that the contract does not promise to be well formed.
pub struct Segment<C>(pub String, PhantomData<C>);

impl<C: Contract, S: Send + Sync> FromRequestParts<S> for Segment<C> {
    type Rejection = Failure<C>;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure<C>> {
        // What is no UTF-8 once it is decoded names nothing.
        let found = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let axum::extract::Path(text) = found.map_err(|_| Error::PathUnknown)?;
        Ok(Self(text, PhantomData))
    }
}

/// The query string.
pub struct Query<C, T>(pub T, PhantomData<C>);

impl<C: Contract, T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<C, T> {
    type Rejection = Failure<C>;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure<C>> {
        Ok(Self(
            body::read_query(parts.uri.query().unwrap_or_default())?,
            PhantomData,
        ))
    }
}

/// The context that the outermost layer put there.
fn context(extensions: &Extensions) -> Result<Arc<Context>, Error> {
    let context = extensions.get::<Arc<Context>>().cloned();
    context.ok_or_else(|| Error::internal("a request came without its context"))
}

/// The seconds after which a try may succeed where nothing better is known.
const RETRY_AFTER_S: u32 = 1;

/// Adds `Retry-After` where waiting helps.
fn with_retry_header(mut response: Response, error: &Error) -> Response {
    let wait_s = match error {
        Error::RateLimited { retry_after_s } => *retry_after_s,
        Error::Unavailable { .. } => RETRY_AFTER_S,
        _ => return response,
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, wait_s.into());
    response
}

/// Adds what a refusal carries in every contract with bearer credentials.
fn with_shared_headers(response: Response, error: &Error) -> Response {
    with_bearer_challenge(with_retry_header(response, error), error)
}

/// Adds the challenge of RFC 6750, section 3.
fn with_bearer_challenge(mut response: Response, error: &Error) -> Response {
    let challenge = match error {
        Error::CredentialMissing => "Bearer".to_owned(),
        Error::CredentialUnreadable(_) | Error::CredentialUnknown | Error::TokenExpired => {
            "Bearer error=\"invalid_token\"".to_owned()
        }
        Error::ScopeInsufficient { required, .. } => {
            let names: Vec<&str> = required
                .iter()
                .map(keywright_model::scope::Scope::name)
                .collect();
            format!(
                "Bearer error=\"insufficient_scope\", scope=\"{}\"",
                names.join(" ")
            )
        }
        _ => return response,
    };
    if let Ok(value) = HeaderValue::from_str(&challenge) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// An instant as all contracts write it: RFC 3339, UTC, milliseconds.
fn instant(at_ms: i64) -> String {
    keywright_model::instant::format(at_ms)
}

/// Reads an id of the form that all contracts write: 36 characters, no braces, no prefix.
fn read_id(text: &str) -> Option<Uuid> {
    Some(text)
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::parse_str(text).ok())
}

/// An id in a header.
fn header_value(id: Uuid) -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    let text = id.hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).expect("hexadecimal digits and hyphens may stand in a header")
}

/// An id in a body or a query.
#[derive(Clone, Copy, Debug)]
struct WireId(Uuid);

impl<'de> Deserialize<'de> for WireId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let id = read_id(&text).map(Self);
        id.ok_or_else(|| D::Error::custom("expected a UUID with its four hyphens"))
    }
}

/// An instant in a body, Unix milliseconds.
#[derive(Clone, Copy, Debug)]
struct WireInstant(i64);

impl<'de> Deserialize<'de> for WireInstant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at_ms = keywright_model::instant::parse(&text).map(Self);
        at_ms.map_err(|error| D::Error::custom(format_args!("expected {error}")))
    }
}

/// `1 second`, `2 seconds`.
fn seconds(count: u32) -> String {
    format!("{count} second{}", if count == 1 { "" } else { "s" })
}
