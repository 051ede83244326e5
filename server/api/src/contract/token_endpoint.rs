//! The way to an access token: the token endpoint. Part of `client-keys`.
//! Leaves how a client proves itself to `client`, refusals to `refusal`, what becomes of tokens to `judging`, and
//! where all of it is found to `metadata`.

mod client;
pub(super) mod judging;
pub(super) mod metadata;
pub(super) mod refusal;

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::operation::{ClientProof, Identifies};
use super::{Context, Failure, Refuse, WireSecret, body, context, is_below};
use crate::contract::Contract as _;
use keywright_core::keyring::{CallerFacts, ClientCredentials, Keyring, TokenWish};
use keywright_model::error::Error;
use keywright_model::secret::Secret;

pub(super) use client::basic;
use client::{Proof, read_body};
use refusal::{TokenEndpoint, UsedBasic};

/// Where it is.
pub(super) const PATH: &str = "/oauth/token";

/// Below it, errors are OAuth's, even where nothing is served: that is where its clients look for `error`.
const PREFIX: &str = "/oauth/";

/// How OAuth says no, if the path is below its own.
pub(super) fn refuse_at(path: &str) -> Option<Refuse> {
    is_below(path, PREFIX).then_some(TokenEndpoint::refuse as Refuse)
}

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

/// Get an access token
///
/// Turns a client key into an access token (RFC 6749 section 4.4). Send the client identifier
/// and secret by HTTP Basic or as members of the body, not both.
#[utoipa::path(
    post,
    path = PATH,
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
    let mut facts = CallerFacts::default();
    let minted = keyring
        .issue_token(
            grant.credentials,
            grant.wish,
            grant.context.origin,
            &mut facts,
        )
        .await;
    grant.context.remember(facts);
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

/// A request for a token, with the client's proof from wherever it was sent.
pub(super) struct Grant {
    credentials: Option<ClientCredentials>,
    wish: TokenWish,
    context: Arc<Context>,
}

impl Identifies for Grant {
    type By = ClientProof;
}

impl<S: Send + Sync> FromRequest<S> for Grant {
    type Rejection = Failure<TokenEndpoint>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure<TokenEndpoint>> {
        let context = context(request.extensions())?;
        if request.headers().contains_key(header::AUTHORIZATION) {
            context.note(UsedBasic);
        }
        let basic = basic(request.headers())?;
        let sent: TokenRequest = read_body(
            request.headers(),
            body::whole(&context)?,
            TokenRequest::read_form,
        )?;
        let proof = Proof::new(sent.client_id, sent.client_secret);
        let credentials = proof.beside(basic)?;
        let targets = sent.resource.into_iter().chain(sent.audience);
        let wish = TokenWish {
            grant_type: sent.grant_type,
            scope: sent.scope.filter(|scope| !scope.is_empty()),
            targets: targets.filter(|target| !target.is_empty()).collect(),
        };
        Ok(Self {
            credentials,
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
