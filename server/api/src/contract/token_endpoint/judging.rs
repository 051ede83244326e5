//! What becomes of tokens: whether one is good (RFC 7662), and its end before its time (RFC 7009).
//! Leaves who may know or end which to the keyring.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::TokenType;
use super::client::{Proof, basic, read_body};
use super::refusal::{BASIC_CHALLENGE, TokenErrorCode, Words, answer, words};
use crate::contract::operation::{ClientProof, ClientProofOr, Identifies};
use crate::contract::{
    Context, Contract, Failure, Json, WireSecret, body, context, headers, with_bearer_challenge,
};
use keywright_core::keyring::{
    CallerFacts, ClientCredentials, IntrospectToken, Keyring, TokenState,
};
use keywright_model::error::Error;
use keywright_model::secret::Secret;

/// How the endpoints for tokens that are there say no.
pub(in crate::contract) struct JudgingEndpoint;

/// Where a token is judged.
pub(super) const INTROSPECTION_PATH: &str = "/oauth/introspect";
/// Where a token is ended.
pub(super) const REVOCATION_PATH: &str = "/oauth/revoke";

/// How a caller proves itself where a control key is good, too.
const BOTH_CHALLENGES: HeaderValue = HeaderValue::from_static("Basic realm=\"keywright\", Bearer");

const NO_STORE: (header::HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// A token, with the proof of who sends it.
#[derive(Deserialize, ToSchema)]
struct PresentedToken {
    /// The token. Anything else is no token, an API key too.
    #[schema(value_type = String, format = Password, min_length = 1)]
    token: WireSecret,
    /// What kind of token the sender takes it for. There is one kind only, so nothing depends on it.
    #[serde(rename = "token_type_hint")]
    _token_type_hint: Option<String>,
    /// The client identifier. Leave it out with HTTP Basic.
    client_id: Option<String>,
    /// The client secret. Leave it out with HTTP Basic.
    #[schema(value_type = Option<String>, format = Password)]
    client_secret: Option<WireSecret>,
}

/// Whether a token is good, and if so for what. A token that is not good has no other member.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Introspection {
    /// Whether the token is good now, and the caller may know it.
    active: bool,
    /// The scopes that the token still has, separated by spaces. Left out when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The client that the token was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<TokenType>,
    /// When the token expires, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// When the token was issued, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    /// Whom the token speaks for: the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<Uuid>,
    /// Whom the token is for. A service that is not among them must refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Vec<String>>,
    /// Who issued the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    /// The token's identifier. It is no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<Uuid>,
    /// The organization that the token acts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<Uuid>,
}

/// Ask whether an access token is good
///
/// Tells whether an access token of this server is good now (RFC 7662): not expired, not revoked, its
/// client key live, its organization not suspended. A client may ask about its own tokens, by its
/// identifier and secret as at `/oauth/token`. A service may ask about all tokens within its reach,
/// by a control key with the scope `keys:verify` as a bearer token. Whatever else is presented is not
/// active, and nothing more is said of it.
#[utoipa::path(
    post,
    path = INTROSPECTION_PATH,
    tag = "client-keys",
    request_body(
        content(
            (PresentedToken = "application/x-www-form-urlencoded"),
            (PresentedToken = "application/json", example = json!({
                "token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI0ZjZjOGExMCJ9.c2lnbmF0dXJl",
            })),
        ),
        description = "The token, as a form or as JSON.",
    ),
    responses((status = 200, body = Introspection, description = "What the token is good for, or that it is not.",
        example = json!({
            "active": true,
            "scope": "create:api-key",
            "client_id": "4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94",
            "token_type": "Bearer",
            "exp": 1_790_028_800,
            "iat": 1_790_000_000,
            "sub": "4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94",
            "aud": ["http://127.0.0.1:8080"],
            "iss": "http://127.0.0.1:8080",
            "jti": "7d0c3d4e-4c4b-4c53-9a0f-3d1f0c7f6a11",
            "org": "0190a6f2-2d5c-7e1a-b4c3-9f8e7d6c5b40",
        }))),
)]
pub(in crate::contract) async fn introspect_token(
    State(keyring): State<Arc<Keyring>>,
    Introspected { sender, sent }: Introspected,
) -> Result<Response, Failure<JudgingEndpoint>> {
    let mut facts = CallerFacts::default();
    let state = match sender {
        Sender::Client(client) => {
            keyring
                .introspect_own_token(client, &sent.token, sent.context.origin, &mut facts)
                .await
        }
        Sender::Service(key) => {
            let permit = keyring.permit(Some(key), None, sent.context.origin, &mut facts);
            match permit.await {
                Ok(permit) => keyring.introspect_token(&permit, &sent.token).await,
                Err(error) => Err(error),
            }
        }
    };
    sent.context.remember(facts);
    let answer = state?.map_or_else(Introspection::default, Introspection::from);
    Ok(([NO_STORE], Json(answer)).into_response())
}

/// Revoke an access token
///
/// Ends an access token of the client that asks, for good and at once (RFC 7009). The client proves
/// itself as at `/oauth/token`. Whatever else is presented, a token of another client too, is answered
/// the same and nothing changes. Deleting a client key ends all its tokens together.
#[utoipa::path(
    post,
    path = REVOCATION_PATH,
    tag = "client-keys",
    request_body(
        content(
            (PresentedToken = "application/x-www-form-urlencoded"),
            (PresentedToken = "application/json", example = json!({
                "token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI0ZjZjOGExMCJ9.c2lnbmF0dXJl",
            })),
        ),
        description = "The token, as a form or as JSON.",
    ),
    responses((status = 200, description = "If it was a token of this client, it is good no longer. There is no body.")),
)]
pub(in crate::contract) async fn revoke_token(
    State(keyring): State<Arc<Keyring>>,
    Revoked { client, sent }: Revoked,
) -> Result<Response, Failure<JudgingEndpoint>> {
    let mut facts = CallerFacts::default();
    let outcome = keyring
        .revoke_token(client, &sent.token, sent.context.origin, &mut facts)
        .await;
    sent.context.remember(facts);
    outcome?;
    Ok((StatusCode::OK, [NO_STORE]).into_response())
}

impl From<TokenState> for Introspection {
    fn from(TokenState { issued, scopes }: TokenState) -> Self {
        let scope = scopes.to_string();
        Self {
            active: true,
            scope: Some(scope).filter(|scope| !scope.is_empty()),
            client_id: Some(issued.client_id.0),
            token_type: Some(TokenType::Bearer),
            exp: Some(issued.expires_at_s),
            iat: Some(issued.issued_at_s),
            sub: Some(issued.client_id.0),
            aud: Some(issued.audience.into_names()),
            iss: Some(issued.issuer),
            jti: Some(issued.token.id.0),
            org: Some(issued.organization_id.0),
        }
    }
}

/// A token to judge, and who sends it.
pub(in crate::contract) struct Introspected {
    sender: Sender,
    sent: Sent,
}

/// Noted of a request whose sender may be a service.
#[derive(Clone, Copy)]
enum Asked {
    /// It may be a client, too.
    Either,
    /// It has sent a bearer token.
    Service,
}

enum Sender {
    /// A client with its proof, if it has sent one.
    Client(Option<ClientCredentials>),
    /// A service with its control key.
    Service(Secret),
}

impl Identifies for Introspected {
    type By = ClientProofOr<IntrospectToken>;
}

impl<S: Send + Sync> FromRequest<S> for Introspected {
    type Rejection = Failure<JudgingEndpoint>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        let context = context(request.extensions())?;
        context.note(Asked::Either);
        if !headers::has_bearer(request.headers()) {
            let basic = basic(request.headers())?;
            let (sent, proof) = Sent::read(request.headers(), context)?;
            let sender = Sender::Client(proof.beside(basic)?);
            return Ok(Self { sender, sent });
        }
        context.note(Asked::Service);
        let key = headers::bearer(request.headers())?.ok_or(Error::CredentialMissing)?;
        let (sent, proof) = Sent::read(request.headers(), context)?;
        if !proof.is_empty() {
            let detail = "send a control key, or a client's identifier and secret, not both";
            return Err(Error::invalid("/client_id", detail).into());
        }
        let sender = Sender::Service(key);
        Ok(Self { sender, sent })
    }
}

/// A token to end, and the client that sends it.
pub(in crate::contract) struct Revoked {
    client: Option<ClientCredentials>,
    sent: Sent,
}

impl Identifies for Revoked {
    type By = ClientProof;
}

impl<S: Send + Sync> FromRequest<S> for Revoked {
    type Rejection = Failure<JudgingEndpoint>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        let context = context(request.extensions())?;
        let basic = basic(request.headers())?;
        let (sent, proof) = Sent::read(request.headers(), context)?;
        let client = proof.beside(basic)?;
        Ok(Self { client, sent })
    }
}

/// A token that was sent.
struct Sent {
    token: Secret,
    context: Arc<Context>,
}

impl Sent {
    /// What the body holds: the token, and what proof is beside it.
    fn read(headers: &HeaderMap, context: Arc<Context>) -> Result<(Self, Proof), Error> {
        let sent: PresentedToken = read_body(headers, body::whole(&context)?, body::read_form)?;
        let WireSecret(token) = sent.token;
        if token.expose().is_empty() {
            return Err(Error::invalid("/token", "token is missing: send it"));
        }
        let proof = Proof::new(sent.client_id, sent.client_secret);
        Ok((Self { token, context }, proof))
    }
}

impl Contract for JudgingEndpoint {
    fn credential(_headers: &HeaderMap) -> Result<Option<Secret>, Error> {
        // The proof of who sends a token may stand in the body, so it is read with it.
        Ok(None)
    }

    fn refuse(error: &Error, context: &Context, _keyring: &Keyring) -> Response {
        let asked = context.noted::<Asked>();
        let is_bearer = matches!(asked, Some(Asked::Service));
        let mut response = match bearer_words(error).filter(|_| is_bearer) {
            Some(words) => with_bearer_challenge(answer(words, error), error),
            None => answer(words(error), error),
        };
        let is_challenge = response.status() == StatusCode::UNAUTHORIZED;
        let headers = response.headers_mut();
        if is_challenge && !headers.contains_key(header::WWW_AUTHENTICATE) {
            let challenge = match asked {
                Some(Asked::Service) => HeaderValue::from_static("Bearer error=\"invalid_token\""),
                Some(Asked::Either) => BOTH_CHALLENGES,
                None => BASIC_CHALLENGE,
            };
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        let (name, value) = NO_STORE;
        headers.insert(name, value);
        response
    }
}

/// What there is to say to a service with a bearer token: whatever is wrong with that is a 401 (RFC 7662,
/// section 2.3), also what it lacks.
fn bearer_words(error: &Error) -> Option<Words> {
    let (code, description) = match error {
        Error::CredentialUnreadable(why) => (TokenErrorCode::InvalidToken, (*why).to_owned()),
        Error::CredentialMissing
        | Error::CredentialUnknown
        | Error::TokenExpired
        | Error::OwnerSuspended => (
            TokenErrorCode::InvalidToken,
            "the control key is unknown, or no longer valid".to_owned(),
        ),
        Error::AddressForbidden => (TokenErrorCode::InvalidToken, error.to_string()),
        Error::ScopeInsufficient { .. } => (
            TokenErrorCode::InsufficientScope,
            "the control key needs the scope keys:verify".to_owned(),
        ),
        _ => return None,
    };
    Some((StatusCode::UNAUTHORIZED, code, description))
}
