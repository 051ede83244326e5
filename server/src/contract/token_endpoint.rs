//! The way to an access token: the token endpoint, the public keys, the metadata. Part of `client-keys`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{Context, Contract, Failure, Json, WireSecret, body, context, headers, seconds};
use crate::error::Error;
use crate::keyring::{ClientCredentials, Guard, Keyring, TokenWish};
use crate::secret::Secret;

/// How the token endpoint says no (RFC 6749, section 5.2).
pub(super) struct TokenEndpoint;

/// Where it is mounted, as its annotation says, too.
pub const PATH: &str = "/oauth/token";

/// The way to get a token.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "it documents what is read as text, so that another grant gets its own error"
)]
pub(super) enum GrantType {
    ClientCredentials,
}

/// A request for an access token.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct TokenRequest {
    #[schema(value_type = GrantType)]
    grant_type: String,
    /// The client identifier. Leave it out with HTTP Basic.
    client_id: Option<String>,
    /// The client secret. Leave it out with HTTP Basic.
    #[schema(value_type = Option<String>, format = Password)]
    client_secret: Option<WireSecret>,
    /// The scopes to ask for, at most 64, separated by spaces. Without it, all that the key has.
    scope: Option<String>,
    /// The resource that the token is for, one of the audiences that the operator allows. It
    /// becomes the token's `aud`; without it and `audience`, that is the issuer. In a form it may
    /// be repeated (RFC 8707).
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "target")]
    resource: Vec<String>,
    /// The audience that the token is for, by the rules of `resource`. Both may be sent.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "target")]
    audience: Vec<String>,
}

/// How to use the token.
#[derive(Serialize, ToSchema)]
pub(super) enum TokenType {
    Bearer,
}

/// An access token and what it is good for.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenAnswer {
    /// The token, a signed JSON Web Token. It is shown this once.
    #[schema(value_type = String, format = Password)]
    access_token: WireSecret,
    token_type: TokenType,
    /// Seconds until the token expires; it never outlives its key.
    expires_in: i64,
    /// The scopes that the token has, separated by spaces.
    scope: String,
}

/// The kind of error, for programs.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "RFC 6749 lists codes that this endpoint has no use for"
)]
pub(super) enum TokenErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    RateLimitExceeded,
    ServerError,
    TemporarilyUnavailable,
}

/// Why no token was made.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenError {
    pub(super) error: TokenErrorCode,
    /// What happened and what to do about it, for developers.
    #[schema(required = false)]
    pub(super) error_description: String,
}

/// A JSON Web Key Set.
#[derive(Serialize, ToSchema)]
pub(super) struct Jwks {
    /// The public keys, the one in use first.
    keys: Vec<Jwk>,
}

/// A public key that tokens are checked with.
#[derive(Serialize, ToSchema)]
struct Jwk {
    /// The key type, `OKP`.
    kty: &'static str,
    /// The curve, `Ed25519`.
    crv: &'static str,
    /// What the key is for, `sig`.
    #[serde(rename = "use")]
    purpose: &'static str,
    /// The signature algorithm, `EdDSA`.
    alg: &'static str,
    /// The key's identifier, as in the header of the tokens it signed.
    kid: String,
    /// The public key, base64url without padding.
    x: String,
}

/// The authorization server's metadata.
#[derive(Serialize, ToSchema)]
pub(super) struct AuthorizationServer {
    /// The issuer, as in the claim `iss` of its tokens.
    #[schema(format = "uri")]
    issuer: String,
    /// Where tokens come from.
    #[schema(format = "uri")]
    token_endpoint: String,
    /// Where the public signing keys are.
    #[schema(format = "uri")]
    jwks_uri: String,
    /// The grants that the token endpoint knows.
    grant_types_supported: Vec<&'static str>,
    /// How a client may prove itself at the token endpoint.
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// The scopes that a token may have.
    scopes_supported: Vec<&'static str>,
    /// The response types of an authorization endpoint; empty, since there is none.
    response_types_supported: Vec<&'static str>,
}

/// Get an access token
///
/// Turns a client key into an access token (RFC 6749 section 4.4). Send the client identifier
/// and secret by HTTP Basic or as members of the body, not both.
#[utoipa::path(
    post,
    path = "/oauth/token",
    tag = "client-keys",
    request_body(
        content(
            (TokenRequest = "application/x-www-form-urlencoded"),
            (TokenRequest = "application/json", example = json!({
                "grant_type": "client_credentials",
                "scope": "create:api-key",
            })),
        ),
        description = "The grant, as a form or as JSON.",
    ),
    responses((status = 200, body = TokenAnswer, description = "An access token.", example = json!({
        "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI0ZjZjOGExMCJ9.c2lnbmF0dXJl",
        "token_type": "Bearer",
        "expires_in": 28800,
        "scope": "create:api-key",
    }))),
)]
pub(super) async fn issue_token(
    State(keyring): State<Arc<Keyring>>,
    grant: Grant,
) -> Result<Response, Failure<TokenEndpoint>> {
    let mut guard = Guard::default();
    let minted = keyring
        .issue_token(
            grant.credentials,
            grant.wish,
            grant.context.origin,
            &mut guard,
        )
        .await;
    grant.context.remember(guard);
    let minted = minted?;
    let answer = TokenAnswer {
        access_token: WireSecret(minted.token),
        token_type: TokenType::Bearer,
        expires_in: i64::from(minted.expires_in_s),
        scope: minted.scopes.to_string(),
    };
    let mut response = super::secret_answer(StatusCode::OK, answer);
    response
        .headers_mut()
        .insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Read the public signing keys
///
/// The keys that access tokens are checked with, as a JSON Web Key Set (RFC 7517).
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "client-keys",
    responses((status = 200, body = Jwks, description = "The public keys, the one in use first.",
        example = json!({"keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": "EdDSA",
            "kid": "0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }]}))),
)]
pub(super) async fn read_jwks(State(keyring): State<Arc<Keyring>>) -> Json<Jwks> {
    let key = keyring.token_key().clone();
    Json(Jwks {
        keys: vec![Jwk {
            kty: "OKP",
            crv: "Ed25519",
            purpose: "sig",
            alg: "EdDSA",
            kid: key.kid,
            x: key.x,
        }],
    })
}

/// Read the authorization server's metadata
///
/// Where tokens come from and what may be asked for (RFC 8414).
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    tag = "client-keys",
    responses((status = 200, body = AuthorizationServer, description = "The metadata.",
        example = json!(metadata("http://127.0.0.1:8080")))),
)]
pub(super) async fn read_authorization_server(
    State(keyring): State<Arc<Keyring>>,
) -> Json<AuthorizationServer> {
    Json(metadata(keyring.token_issuer()))
}

fn metadata(issuer: &str) -> AuthorizationServer {
    AuthorizationServer {
        issuer: issuer.to_owned(),
        token_endpoint: format!("{issuer}{PATH}"),
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        grant_types_supported: vec!["client_credentials"],
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post"],
        scopes_supported: vec!["create:api-key", "read:api-key", "delete:api-key"],
        response_types_supported: Vec::new(),
    }
}

/// A request for a token, with the client's proof from wherever it was sent.
pub(super) struct Grant {
    credentials: Option<ClientCredentials>,
    wish: TokenWish,
    context: Arc<Context>,
}

impl<S: Send + Sync> FromRequest<S> for Grant {
    type Rejection = Failure<TokenEndpoint>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure<TokenEndpoint>> {
        let context = context(request.extensions())?;
        let used_basic = request.headers().contains_key(header::AUTHORIZATION);
        context.used_basic.store(used_basic, Ordering::Relaxed);
        let basic = basic(request.headers())?;
        let bytes = body::whole(&context)?;
        let sent: TokenRequest = if body::has_type(request.headers(), "application/json") {
            body::read_object(bytes)?
        } else if body::has_type(request.headers(), "application/x-www-form-urlencoded") {
            TokenRequest::read_form(bytes)?
        } else {
            return Err(Error::ContentTypeUnknown(
                "application/x-www-form-urlencoded or application/json",
            )
            .into());
        };
        // A member without a value counts as left out (RFC 6749, section 3.2).
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let client_id = given(sent.client_id);
        if let (Some(basic), Some(client_id)) = (&basic, &client_id)
            && basic.client_id != *client_id
        {
            let detail = "client_id must be the one that HTTP Basic names, or be left out";
            return Err(Error::invalid("/client_id", detail).into());
        }
        let client_secret = sent.client_secret.map(|WireSecret(secret)| secret);
        let client_secret = client_secret.filter(|secret| !secret.expose().is_empty());
        let in_body = match (client_id, client_secret) {
            (Some(client_id), Some(client_secret)) => Some(ClientCredentials {
                client_id,
                client_secret,
            }),
            // A bare client_id beside Basic only repeats it.
            (_, None) => None,
            // A secret of nobody's is as wrong as one of somebody else's.
            (None, Some(client_secret)) => Some(ClientCredentials {
                client_id: String::new(),
                client_secret,
            }),
        };
        if basic.is_some() && in_body.is_some() {
            let detail = "send the client's secret by HTTP Basic or in the body, not both";
            return Err(Error::invalid("/client_secret", detail).into());
        }
        let targets = sent.resource.into_iter().chain(sent.audience);
        let wish = TokenWish {
            grant_type: sent.grant_type,
            scope: given(sent.scope),
            targets: targets.filter(|target| !target.is_empty()).collect(),
        };
        Ok(Self {
            credentials: basic.or(in_body),
            wish,
            context,
        })
    }
}

/// Reads whom a token is for; a null is no wish for just anybody.
fn target<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    String::deserialize(deserializer).map(|target| vec![target])
}

impl TokenRequest {
    /// Reads a form. What is repeated is refused, except whom the token is for (RFC 8707, section 2, and
    /// RFC 8693, section 2.1).
    fn read_form(bytes: &[u8]) -> Result<Self, Error> {
        let mut grant_type = None;
        let mut read = Self::default();
        for (name, value) in body::read_form::<Vec<(String, String)>>(bytes)? {
            let place = match name.as_str() {
                "resource" => {
                    read.resource.push(value);
                    continue;
                }
                "audience" => {
                    read.audience.push(value);
                    continue;
                }
                "client_secret" => {
                    let secret = WireSecret(Secret::new(value));
                    if read.client_secret.replace(secret).is_some() {
                        return Err(repeated(&name));
                    }
                    continue;
                }
                "grant_type" => &mut grant_type,
                "client_id" => &mut read.client_id,
                "scope" => &mut read.scope,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(repeated(&name));
            }
        }
        read.grant_type = grant_type
            .ok_or_else(|| Error::invalid("/grant_type", "grant_type is missing: send it"))?;
        Ok(read)
    }
}

fn repeated(name: &str) -> Error {
    let detail = format!("{name} must be sent once, got it twice");
    Error::invalid(format!("/{name}"), detail)
}

/// The client's proof by HTTP Basic; both halves are form-encoded (RFC 6749, section 2.3.1).
pub(super) fn basic(headers: &HeaderMap) -> Result<Option<ClientCredentials>, Error> {
    let Some(text) = headers::single(headers, "Authorization")? else {
        return Ok(None);
    };
    let unreadable =
        || Error::CredentialUnreadable("Authorization must have the form `Basic <base64>`");
    let (scheme, encoded) = text.split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(unreadable());
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| unreadable())?;
    let bytes = Zeroizing::new(bytes);
    let pair = std::str::from_utf8(&bytes).map_err(|_| unreadable())?;
    let (client_id, client_secret) = pair.split_once(':').ok_or_else(unreadable)?;
    let decoded = |text: &str| {
        // As the value of a form: `+` and `%` are decoded, nothing is cut off.
        let escaped = Zeroizing::new(text.replace('&', "%26"));
        let pair = Zeroizing::new(format!("x={}", *escaped));
        let value = form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned());
        value.unwrap_or_default()
    };
    Ok(Some(ClientCredentials {
        client_id: decoded(client_id),
        client_secret: Secret::new(decoded(client_secret)),
    }))
}

impl Contract for TokenEndpoint {
    fn credential(_headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        // The client's proof is read by `Grant`, since it may stand in the body.
        Ok(None)
    }

    fn refuse(error: &Error, context: &Context) -> Response {
        use TokenErrorCode as Code;
        let (status, code, description) = match error {
            Error::CredentialMissing => (
                StatusCode::UNAUTHORIZED,
                Code::InvalidClient,
                "no client was named: send client_id and client_secret".to_owned(),
            ),
            Error::CredentialUnreadable(why) => (
                StatusCode::UNAUTHORIZED,
                Code::InvalidClient,
                (*why).to_owned(),
            ),
            Error::CredentialUnknown
            | Error::TokenExpired
            | Error::OwnerSuspended
            | Error::AddressForbidden => (
                StatusCode::UNAUTHORIZED,
                Code::InvalidClient,
                "client_id and client_secret do not belong to a live client key".to_owned(),
            ),
            Error::GrantUnsupported => (
                StatusCode::BAD_REQUEST,
                Code::UnsupportedGrantType,
                "grant_type must be client_credentials".to_owned(),
            ),
            Error::ScopeUnavailable | Error::ScopeInsufficient { .. } => (
                StatusCode::BAD_REQUEST,
                Code::InvalidScope,
                Error::ScopeUnavailable.to_string(),
            ),
            Error::ScopesTooMany => (
                StatusCode::BAD_REQUEST,
                Code::InvalidScope,
                error.to_string(),
            ),
            Error::TargetUnknown => (
                StatusCode::BAD_REQUEST,
                Code::InvalidTarget,
                error.to_string(),
            ),
            Error::RateLimited { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                Code::RateLimitExceeded,
                format!(
                    "too many requests; try again in {}",
                    seconds(*retry_after_s)
                ),
            ),
            Error::Malformed(_)
            | Error::BodyTooLong(_)
            | Error::ContentTypeUnknown(_)
            | Error::ContentEncoded
            | Error::Invalid(_)
            | Error::NameEmpty
            | Error::NameTooLong { .. }
            | Error::NameUnmatched { .. }
            | Error::NameTaken
            | Error::KeyLimitReached { .. }
            | Error::Taken(_)
            | Error::KeyRetired(_)
            | Error::IdempotencyMismatch
            | Error::NotFound { .. }
            | Error::WiderThanCaller(_)
            | Error::SecretUnknown
            | Error::PathUnknown
            | Error::EventsPruned { .. }
            | Error::MethodUnknown => (
                StatusCode::BAD_REQUEST,
                Code::InvalidRequest,
                error.to_string(),
            ),
            Error::Unavailable { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                Code::TemporarilyUnavailable,
                format!(
                    "the server is not available now; try again in {}",
                    seconds(super::RETRY_AFTER_S)
                ),
            ),
            Error::ConsistencyTimeout { .. }
            | Error::OutcomeUnknown { .. }
            | Error::Internal { .. } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Code::ServerError,
                "the server failed; name the X-Request-Id when you report it".to_owned(),
            ),
        };
        let answer = TokenError {
            error: code,
            error_description: description,
        };
        let mut response = (status, Json(answer)).into_response();
        if status == StatusCode::UNAUTHORIZED && context.used_basic.load(Ordering::Relaxed) {
            let challenge = HeaderValue::from_static("Basic realm=\"keywright\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        super::with_retry_header(response, error)
    }
}
