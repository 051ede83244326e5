//! Where the endpoints are, and the keys that tokens are signed with.
//! Leaves the endpoints themselves to the files beside it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::PATH;
use super::judging::{INTROSPECTION_PATH, REVOCATION_PATH};
use crate::contract::Json;
use keywright_core::keyring::Keyring;
use keywright_core::token::signing_keys::KEY_SET_MAX_AGE_S;

/// How a client may prove itself at each of the endpoints.
const CLIENT_AUTH_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// A JSON Web Key Set.
#[derive(Serialize, ToSchema)]
pub(in crate::contract) struct Jwks {
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
pub(in crate::contract) struct AuthorizationServer {
    /// The issuer, as in the claim `iss` of its tokens.
    #[schema(format = "uri")]
    issuer: String,
    /// Where tokens come from.
    #[schema(format = "uri")]
    token_endpoint: String,
    /// Where a token is judged (RFC 7662).
    #[schema(format = "uri")]
    introspection_endpoint: String,
    /// Where a token is ended (RFC 7009).
    #[schema(format = "uri")]
    revocation_endpoint: String,
    /// Where the public signing keys are.
    #[schema(format = "uri")]
    jwks_uri: String,
    /// The grants that the token endpoint knows.
    grant_types_supported: Vec<&'static str>,
    /// How a client may prove itself at the token endpoint.
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How a caller may prove itself at the introspection endpoint; `Bearer` stands for a control key.
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How a client may prove itself at the revocation endpoint.
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// The scopes that a token may have.
    scopes_supported: Vec<&'static str>,
    /// The response types of an authorization endpoint; empty, since there is none.
    response_types_supported: Vec<&'static str>,
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
pub(in crate::contract) async fn read_jwks(
    State(keyring): State<Arc<Keyring>>,
) -> impl IntoResponse {
    let keys = keyring.token_keys().into_iter().map(|key| Jwk {
        kty: "OKP",
        crv: "Ed25519",
        purpose: "sig",
        alg: "EdDSA",
        kid: key.kid,
        x: key.x,
    });
    let keys = keys.collect();
    // A new key signs once this has passed: all who keep the set know it by then.
    let max_age = format!("public, max-age={KEY_SET_MAX_AGE_S}");
    ([(header::CACHE_CONTROL, max_age)], Json(Jwks { keys }))
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
pub(in crate::contract) async fn read_authorization_server(
    State(keyring): State<Arc<Keyring>>,
) -> Json<AuthorizationServer> {
    Json(metadata(&keyring.token_issuer()))
}

/// Read the authorization server's metadata where OpenID Connect looks for it
///
/// The same as at `/.well-known/oauth-authorization-server` (RFC 8414 section 5), for clients that look
/// here first. There is no OpenID provider behind it: no person logs in, and there are no ID tokens.
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    tag = "client-keys",
    responses((status = 200, body = AuthorizationServer, description = "The metadata.",
        example = json!(metadata("http://127.0.0.1:8080")))),
)]
pub(in crate::contract) async fn read_openid_configuration(
    state: State<Arc<Keyring>>,
) -> Json<AuthorizationServer> {
    read_authorization_server(state).await
}

fn metadata(issuer: &str) -> AuthorizationServer {
    AuthorizationServer {
        issuer: issuer.to_owned(),
        token_endpoint: format!("{issuer}{PATH}"),
        introspection_endpoint: format!("{issuer}{INTROSPECTION_PATH}"),
        revocation_endpoint: format!("{issuer}{REVOCATION_PATH}"),
        jwks_uri: format!("{issuer}/.well-known/jwks.json"),
        grant_types_supported: vec!["client_credentials"],
        token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS.to_vec(),
        introspection_endpoint_auth_methods_supported: [&CLIENT_AUTH_METHODS[..], &["Bearer"]]
            .concat(),
        revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS.to_vec(),
        scopes_supported: vec!["create:api-key", "read:api-key", "delete:api-key"],
        response_types_supported: Vec::new(),
    }
}
