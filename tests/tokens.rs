//! `POST /oauth/token`, the public keys and the metadata: every documented answer, whole.
//! Leaves the life of a token to `time` and malformed requests to `bad_input`.

mod audiences;
mod introspection;
mod judging;
mod revocation;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{Client, Clocked, Server, Site, assert_answer};

async fn client(site: &Site) -> Client {
    let organization = site.root().organization().await;
    site.root().client_of(&organization).await
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_form_gets_a_token() {
    let server = Server::start();
    assert_answer!(client(&server).await.token_request().send().await, @r#"
    {
      "body": {
        "access_token": "[token]",
        "expires_in": 28800,
        "scope": "create:api-key read:api-key delete:api-key",
        "token_type": "Bearer"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "pragma": "no-cache",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn json_gets_a_token() {
    let server = Server::start();
    let client = client(&server).await;
    let request = server.post("/oauth/token").json(&json!({
        "grant_type": "client_credentials", "client_id": client.id, "client_secret": client.secret,
    }));
    request.send().await.expect(200);
}

#[tokio::test]
async fn basic_authentication_gets_a_token() {
    let server = Server::start();
    let client = client(&server).await;
    let request = server
        .post("/oauth/token")
        .basic(&client.id, &client.secret)
        .body(
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials",
        );
    request.send().await.expect(200);
}

#[tokio::test]
async fn a_token_is_asked_for_with_as_many_scopes_as_a_key_may_have_and_no_more() {
    let server = Server::start();
    let client = client(&server).await;
    for (count, expected) in [(64, 200), (65, 400)] {
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": client.id,
            "client_secret": client.secret,
            "scope": "read:api-key ".repeat(count).trim_end(),
        });
        let answer = server.post("/oauth/token").json(&body).send().await;
        let answer = answer.expect(expected);
        if expected == 400 {
            assert_eq!(answer.string("/error"), "invalid_scope");
        }
    }
}

#[tokio::test]
async fn a_token_has_the_scopes_that_were_asked_for_and_the_life_that_is_configured() {
    let server = Server::with(&[("tokens.lifetime_s", "60")]);
    let request = server.post("/oauth/token");
    let client = client(&server).await;
    let answer = request.json(&json!({
        "grant_type": "client_credentials",
        "client_id": client.id,
        "client_secret": client.secret,
        "scope": "read:api-key",
    }));
    let answer = answer.send().await.expect(200);
    assert_eq!(answer.string("/scope"), "read:api-key");
    assert_eq!(answer.json()["expires_in"], 60);
    let claims = claims(&answer.string("/access_token"));
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        60
    );
}

#[tokio::test]
async fn a_token_can_be_checked_with_the_published_key_alone() {
    let server = Server::start();
    let token = client(&server).await.token().await.token;
    let keys = server
        .get("/.well-known/jwks.json")
        .send()
        .await
        .expect(200);
    let header = jsonwebtoken::decode_header(&token).unwrap();
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.json()).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
    let metadata = server
        .get("/.well-known/oauth-authorization-server")
        .send()
        .await
        .expect(200);
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    rules.set_issuer(&[metadata.string("/issuer")]);
    rules.validate_aud = false;
    jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap();
}

#[tokio::test]
async fn the_public_keys_are_published_and_nothing_else_of_them() {
    let server = Server::start();
    let answer = server
        .get("/.well-known/jwks.json")
        .send()
        .await
        .expect(200)
        .json();
    let key = answer["keys"][0].as_object().unwrap();
    let mut members: Vec<&str> = key.keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
    );
    assert_eq!(
        URL_SAFE_NO_PAD
            .decode(key["x"].as_str().unwrap())
            .unwrap()
            .len(),
        32
    );
}

#[tokio::test]
async fn the_metadata_leads_to_every_endpoint_wherever_it_is_looked_for() {
    let server = Server::start();
    let answer = server
        .get("/.well-known/oauth-authorization-server")
        .send()
        .await
        .expect(200);
    let here = server.issuer_url("");
    assert_eq!(
        answer.json(),
        json!({
            "issuer": here,
            "token_endpoint": server.issuer_url("/oauth/token"),
            "introspection_endpoint": server.issuer_url("/oauth/introspect"),
            "revocation_endpoint": server.issuer_url("/oauth/revoke"),
            "jwks_uri": server.issuer_url("/.well-known/jwks.json"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "introspection_endpoint_auth_methods_supported":
                ["client_secret_basic", "client_secret_post", "Bearer"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["create:api-key", "read:api-key", "delete:api-key"],
            "response_types_supported": [],
        })
    );
    let other = server.get("/.well-known/openid-configuration").send().await;
    assert_eq!(other.expect(200).json(), answer.json());
}

#[tokio::test]
async fn another_grant_is_refused() {
    let server = Server::start();
    let client = client(&server).await;
    let request = server.post("/oauth/token").json(&json!({
        "grant_type": "password", "client_id": client.id, "client_secret": client.secret,
    }));
    assert_answer!(request.send().await, @r#"
    {
      "body": {
        "error": "unsupported_grant_type",
        "error_description": "grant_type must be client_credentials"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn a_scope_that_the_key_lacks_is_refused() {
    let server = Server::start();
    let client = client(&server).await;
    let request = server.post("/oauth/token").json(&json!({
        "grant_type": "client_credentials",
        "client_id": client.id,
        "client_secret": client.secret,
        "scope": "keys:write",
    }));
    assert_answer!(request.send().await, @r#"
    {
      "body": {
        "error": "invalid_scope",
        "error_description": "the scope is unknown, or the client key does not have it"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn a_wrong_secret_in_the_body_is_refused_without_a_scheme() {
    let server = Server::start();
    let client = client(&server).await;
    let request = server.post("/oauth/token").json(&json!({
        "grant_type": "client_credentials", "client_id": client.id, "client_secret": "wrong",
    }));
    assert_answer!(request.send().await, @r#"
    {
      "body": {
        "error": "invalid_client",
        "error_description": "client_id and client_secret do not belong to a live client key"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_wrong_secret_in_basic_authentication_is_refused_with_its_scheme() {
    let server = Server::start();
    let client = client(&server).await;
    let request = server.post("/oauth/token").basic(&client.id, "wrong").body(
        "application/x-www-form-urlencoded",
        "grant_type=client_credentials",
    );
    assert_answer!(request.send().await, @r#"
    {
      "body": {
        "error": "invalid_client",
        "error_description": "client_id and client_secret do not belong to a live client key"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Basic realm=\"keywright\"",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_client_may_not_prove_itself_twice() {
    let server = Server::start();
    let client = client(&server).await;
    let request = client.token_request().basic(&client.id, &client.secret);
    let answer = request.send().await.expect(400);
    assert_eq!(answer.string("/error"), "invalid_request");
}

#[tokio::test]
async fn a_revoked_client_key_gets_no_token() {
    let server = Server::start();
    let client = client(&server).await;
    server.root().revoke(&client.key_id).await;
    let answer = client.token_request().send().await.expect(401);
    assert_eq!(answer.string("/error"), "invalid_client");
}

#[tokio::test]
async fn other_kinds_of_key_are_no_client_secret() {
    let server = Server::start();
    let client = client(&server).await;
    let organization = server.root().organization().await;
    let named = server.root().named_of(&organization).await;
    let user = server.root().user().await;
    for (id, secret) in [
        (&client.id, &named.key),
        (&named.key_id, &named.key),
        (&user.key_id, &user.key),
        (&organization.key_id, &organization.key),
    ] {
        let request = server.post("/oauth/token").json(&json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        }));
        request.send().await.expect(401);
    }
}

#[tokio::test]
async fn a_configured_limit_holds_for_tokens_too() {
    let server = Clocked::with(json!({
        "client_keys": { "rate_limit_per_minute": 1, "rate_limit_burst": 1 },
    }))
    .await;
    let client = client(&server).await;
    client.token_request().send().await.expect(200);
    assert_answer!(client.token_request().send().await.expect(429), @r#"
    {
      "body": {
        "error": "rate_limit_exceeded",
        "error_description": "too many requests; try again in 60 seconds"
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"organization\";r=0;t=60",
        "ratelimit-policy": "\"organization\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}
