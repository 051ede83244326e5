//! Forward authorization: whether a proxy may let a request pass, by the key that the request carries.

pub(super) mod document;
mod refusal;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::Control;
use super::keys::wire::ScopeName;
use crate::contract::body::read_query;
use crate::contract::operation::{Identifies, Subject};
use crate::contract::{Context, Failure, context, headers, instant};
use keywright_core::keyring::{Admission, Ask, CallerFacts, Keyring};
use keywright_model::error::Error;
use keywright_model::key;
use keywright_model::scope::Scope;
use keywright_model::secret::{Secret, repeated};
use keywright_model::verdict::Verdict;
use refusal::Refusal;

/// Where it is, and below.
const PATH: &str = "/v1/authorize";
/// Below this, a yes is a 200.
const ENVOY_PATH: &str = "/v1/authorize/envoy";
const KEY_ID: HeaderName = HeaderName::from_static("x-key-id");
const KEY_OWNER: HeaderName = HeaderName::from_static("x-key-owner");
const KEY_SCOPES: HeaderName = HeaderName::from_static("x-key-scopes");
const KEY_KIND: HeaderName = HeaderName::from_static("x-key-kind");
/// The one value of `header`.
const API_KEY: &str = "x-api-key";

wire_enum! {
    /// What the request is let through by: a key of one of the kinds, or an access token (`token`).
    #[serde(rename_all = "snake_case")]
    CredentialKind of key::CredentialKind { Standard, User, Organization, Client, Named, Control, Token }
}

/// What the request must be good for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Demand {
    /// A scope that the key must have. Repeat it for more, up to 64; the key must have all of them.
    #[param(value_type = Option<Vec<ScopeName>>, inline, max_items = 64, style = Form, explode)]
    scope: Vec<Scope>,
    /// How much the request takes from rate limits and credits.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 1_000_000, default = 1)]
    cost: Option<i64>,
    /// The one kind that may pass, of those that the server's `authorize.kinds` admits; without it,
    /// all of these. It never admits another.
    #[param(value_type = Option<CredentialKind>)]
    kind: Option<key::CredentialKind>,
    /// With `x-api-key`, the key is read from `X-Api-Key` alone, and `Authorization` is left to
    /// whoever stands behind the proxy.
    #[param(value_type = Option<ApiKeyHeader>, inline)]
    header: Option<ApiKeyHeader>,
    /// With 1, a 429 becomes a 403 with the same `X-Key-Refusal`, since nginx turns any other
    /// refusal than 401 and 403 into a 500; and a 401 or 403 has no body, since nginx shows none and
    /// closes the connection over it.
    #[param(value_type = Option<One>, inline)]
    nginx: bool,
}

/// The one value that `nginx` may have.
struct One;

/// The one value that `header` may have.
struct ApiKeyHeader;

/// A request that a proxy holds and asks about.
pub(super) struct Held {
    context: Arc<Context>,
    demand: Demand,
    credential: Result<Option<Secret>, Error>,
    pass: StatusCode,
}

/// Authorize a forwarded request
///
/// For a proxy that asks before it lets a request pass (forward authorization, `auth_request`,
/// external authorization). The key to check is the credential of this call: a bearer token, or
/// else `X-Api-Key`; no control key is needed. Keys of the kinds in the server's `authorize.kinds`
/// pass, which are `standard` keys unless the operator says otherwise; an access token, where
/// `token` is among them, if it was issued here and is for one of `authorize.audiences`. The key is
/// judged as by `/v1/keys/verify`, with the caller's address as the server sees it behind the
/// proxies it trusts. 204 lets the request pass; everything else does not, and every 401, 403 and
/// 429 says why in `X-Key-Refusal`. Any method, and any path below this one, is answered the same,
/// except that below it unknown parameters are ignored, for a proxy may have put the caller's own
/// query there, and that below `/v1/authorize/envoy` 204 is 200, the only yes that Envoy knows.
#[utoipa::path(
    get,
    path = PATH,
    tag = "verify",
    params(Demand),
    responses((status = 204, description = "The request may pass. There is no body.")),
)]
pub(super) async fn authorize(
    State(keyring): State<Arc<Keyring>>,
    held: Held,
) -> Result<Response, Failure<Control>> {
    let Held {
        context,
        demand,
        credential,
        pass: status,
    } = held;
    let mut facts = CallerFacts::default();
    let judged = match credential {
        Ok(credential) => {
            let ask = demand.ask();
            keyring
                .authorize(credential, ask, context.origin, &mut facts)
                .await
        }
        Err(error) => Err(error),
    };
    context.shows_rate.store(true, Ordering::Relaxed);
    context.remember(facts);
    let refusal = match judged {
        Ok(Admission::Judged(kind, verdict)) => {
            match Refusal::of_verdict(&verdict, &demand.scope) {
                None => return Ok(pass(&verdict, kind, status)?),
                Some(refusal) => refusal,
            }
        }
        Ok(Admission::WrongKind { kind, admitted }) => Refusal::of_kind(kind, &admitted),
        Err(error) => Refusal::of_error(error, demand.header.is_some())?,
    };
    refusal.note(&keyring, &context);
    Ok(refusal.answer(&context, demand.nginx))
}

impl Identifies for Held {
    type By = Subject;
}

impl<S: Send + Sync> FromRequestParts<S> for Held {
    type Rejection = Failure<Control>;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure<Control>> {
        let query = read_query(parts.uri.query().unwrap_or_default())?;
        let path = parts.uri.path();
        let demand = Demand::read(query, path != PATH)?;
        let of_envoy = path.strip_prefix(ENVOY_PATH);
        Ok(Self {
            context: context(&parts.extensions)?,
            credential: subject(&parts.headers, demand.header.is_some()),
            demand,
            // Envoy appends the path of the request it holds, and takes nothing but a 200 for a yes.
            pass: if of_envoy.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                StatusCode::OK
            } else {
                StatusCode::NO_CONTENT
            },
        })
    }
}

/// The key to check: a bearer token, or else `X-Api-Key`; or the latter alone.
fn subject(sent: &HeaderMap, is_api_key: bool) -> Result<Option<Secret>, Error> {
    if is_api_key {
        return headers::api_key(sent);
    }
    match (headers::bearer(sent), headers::api_key(sent)) {
        (Ok(None), key) => key,
        // Another scheme may be meant for the application behind the proxy.
        (Err(_), key @ Ok(Some(_))) if !headers::has_bearer(sent) => key,
        (bearer, _) => bearer,
    }
}

impl Demand {
    /// Reads the query. Where a proxy appends the path of the request it holds, it appends its query, too:
    /// there, what is unknown is not for us.
    fn read(query: Vec<(String, String)>, is_below: bool) -> Result<Self, Error> {
        let mut demand = Self {
            scope: Vec::new(),
            cost: None,
            kind: None,
            header: None,
            nginx: false,
        };
        for (name, value) in query {
            match name.as_str() {
                "scope" => demand.scope.push(Scope(value.into())),
                "cost" if demand.cost.is_none() => demand.cost = Some(read_cost(&value)?),
                "kind" if demand.kind.is_none() => demand.kind = Some(read_kind(&value)?),
                "header" if demand.header.is_none() && value == API_KEY => {
                    demand.header = Some(ApiKeyHeader);
                }
                "header" if demand.header.is_none() => {
                    let detail = format!("header must be {API_KEY}, or be left out");
                    return Err(Error::malformed(name, detail));
                }
                "nginx" if !demand.nginx && value == "1" => demand.nginx = true,
                "nginx" if !demand.nginx => {
                    let detail = "nginx must be 1, or be left out";
                    return Err(Error::malformed(name, detail));
                }
                "cost" | "kind" | "header" | "nginx" => {
                    let detail = format!("{name} must be sent once, got it twice");
                    return Err(Error::malformed(name, detail));
                }
                _ if is_below => {}
                _ => {
                    let name = repeated(&name).to_owned();
                    let detail = format!(
                        "{name} is not known here: leave it out, or use one of scope, cost, kind, header, nginx"
                    );
                    return Err(Error::malformed(name, detail));
                }
            }
        }
        Ok(demand)
    }

    /// The domain's question.
    fn ask(&self) -> Ask {
        Ask {
            kind: self.kind,
            scopes: self.scope.clone(),
            cost: self.cost.unwrap_or(1),
        }
    }
}

/// Reads a cost. The query may be the caller's own, which must not get a request for nothing by a mistake in it.
fn read_cost(text: &str) -> Result<i64, Error> {
    let cost = text.parse().ok().filter(|cost| *cost >= 1);
    cost.ok_or_else(|| Error::malformed("cost", "cost must be a whole number of 1 or more"))
}

/// Reads the kind that may pass.
fn read_kind(text: &str) -> Result<key::CredentialKind, Error> {
    key::CredentialKind::from_word(text).ok_or_else(|| {
        let detail = "kind must be standard, user, organization, client, named, control or token";
        Error::malformed("kind", detail)
    })
}

/// The answer that lets a request pass.
fn pass(
    verdict: &Verdict,
    kind: key::CredentialKind,
    status: StatusCode,
) -> Result<Response, Error> {
    let key = verdict.key.as_deref();
    let key = key.ok_or_else(|| Error::internal("a good verdict came without its key"))?;
    let mut fields = vec![
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (KEY_ID, key.id.to_string()),
        (KEY_OWNER, key.owner_id.to_string()),
        (KEY_SCOPES, key.scopes.to_string()),
        (KEY_KIND, kind.word().to_owned()),
    ];
    if let Some(at_ms) = key.grace_until_ms.and(key.ends_at_ms()) {
        fields.push((headers::KEY_EXPIRES_AT, instant(at_ms)));
    }
    let mut response = status.into_response();
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

impl PartialSchema for One {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .enum_values(Some([1]))
            .into()
    }
}

impl ToSchema for One {}

impl PartialSchema for ApiKeyHeader {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([API_KEY]))
            .into()
    }
}

impl ToSchema for ApiKeyHeader {}
