//! `POST /oauth/introspect`: who learns what of which token (RFC 7662).
//! Leaves how a caller proves itself to `judging`, and what a revocation does to `revocation`.

use serde_json::{Value, json};

use super::{claims, client};
use crate::support::issuer::{self, Issuer};
use crate::support::{Answer, Client, Clocked, Folder, Root, Server};

/// All that is said of a token that is not good.
fn inactive() -> Value {
    json!({ "active": false })
}

async fn asked(holder: &Root, token: &str) -> Answer {
    let request = holder.request("POST", "/oauth/introspect");
    request.json(&json!({ "token": token })).send().await
}

/// What a service with this control key is told of a token.
async fn told(holder: &Root, token: &str) -> Value {
    asked(holder, token).await.expect(200).json()
}

/// What is said of a token that is as good as when it was minted.
fn whole(token: &str) -> Value {
    let claims = claims(token);
    json!({
        "active": true,
        "scope": claims["scope"],
        "client_id": claims["client_id"],
        "token_type": "Bearer",
        "exp": claims["exp"],
        "iat": claims["iat"],
        "sub": claims["sub"],
        "aud": [claims["aud"]],
        "iss": claims["iss"],
        "jti": claims["jti"],
        "org": claims["org"],
    })
}

#[tokio::test]
async fn a_client_learns_all_of_its_own_token() {
    let server = Server::start();
    let client = client(&server).await;
    for token in [client.token().await, client.token_for("read:api-key").await] {
        let answer = client.about("/oauth/introspect", &token.token).send().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json(), whole(&token.token));
    }
}

#[tokio::test]
async fn a_client_learns_nothing_of_what_is_not_its_own_token() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let asking = root.client_of(&organization).await;
    let neighbour = root.client_of(&organization).await;
    let named = root.named_of(&organization).await;
    let own = asking.token().await.token;
    let (text, signature) = own.rsplit_once('.').unwrap();
    let forged = format!("{text}.{}", signature.chars().rev().collect::<String>());
    for (what, presented) in [
        ("the token of another client", neighbour.token().await.token),
        ("its own secret", asking.secret.clone()),
        ("a named key", named.key),
        ("the organization's key", organization.key),
        ("the root key", root.site.root_key.clone()),
        ("another signature", forged),
        ("no signature", text.to_owned()),
        ("a word", "x".to_owned()),
        ("more than a token can be long", "x".repeat(9000)),
    ] {
        assert_eq!(asking.introspect(&presented).await, inactive(), "{what}");
    }
    assert_eq!(asking.introspect(&own).await, whole(&own));
}

#[tokio::test]
async fn a_token_is_good_until_the_instant_of_its_end() {
    let server = Clocked::with(json!({ "tokens": { "lifetime_s": 60 } })).await;
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let token = client.token().await.token;
    server.advance_ms(59_999);
    assert_eq!(client.introspect(&token).await, whole(&token));
    server.advance_ms(1);
    assert_eq!(client.introspect(&token).await, inactive());
    assert_eq!(told(&server.root(), &token).await, inactive());
    server.finish().await;
}

#[tokio::test]
async fn a_token_is_good_no_longer_than_its_client_and_its_organization() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let (first, second) = (
        root.client_of(&organization).await,
        root.client_of(&organization).await,
    );
    let (ended, left) = (first.token().await.token, second.token().await.token);
    root.revoke(&first.key_id).await;
    assert_eq!(told(&root, &ended).await, inactive());
    assert_eq!(told(&root, &left).await, whole(&left));
    root.suspend(&organization).await;
    assert_eq!(told(&root, &left).await, inactive());
    let target = format!("/v1/organizations/{}", organization.id);
    let resumed = root.patch(&target, json!({ "suspended": false })).await;
    resumed.expect(200);
    assert_eq!(told(&root, &left).await, whole(&left));
}

#[tokio::test]
async fn a_token_has_no_more_scopes_than_its_client_has_left() {
    let server = Server::start();
    let root = server.root();
    let client = client(&server).await;
    let token = client.token().await.token;
    let target = format!("/v1/keys/{}", client.key_id);
    for (scopes, expected) in [
        (json!(["read:api-key"]), json!("read:api-key")),
        (json!([]), Value::Null),
    ] {
        let narrowed = root.patch(&target, json!({ "scopes": scopes })).await;
        narrowed.expect(200);
        let told = client.introspect(&token).await;
        assert_eq!(told["active"], true);
        assert_eq!(told["scope"], expected);
        assert_eq!(told.get("scope").is_some(), !expected.is_null());
    }
}

/// A control key of this organization that may ask whether keys are good.
async fn service_of(root: &Root, owner_id: &str, reach: &str) -> Root {
    let body = json!({
        "kind": "control", "owner_id": owner_id, "scopes": ["keys:verify"], "reach": reach,
    });
    root.holding(&root.issue(body).await)
}

#[tokio::test]
async fn a_service_learns_of_the_tokens_within_its_reach_and_of_no_others() {
    let server = Server::start();
    let root = server.root();
    let above = root.organization().await;
    let below = root.organization_below(&above).await;
    let aside = root.organization().await;
    let mut tokens = Vec::new();
    for organization in [&above, &below, &aside] {
        tokens.push(root.client_of(organization).await.token().await.token);
    }
    let [of_above, of_below, of_aside] = &tokens[..] else {
        unreachable!()
    };
    let service = service_of(&root, &above.id, "owner").await;
    assert_eq!(told(&service, of_above).await, whole(of_above));
    assert_eq!(told(&service, of_below).await, whole(of_below));
    assert_eq!(told(&service, of_aside).await, inactive());
    let wide = service_of(&root, &above.id, "all").await;
    for token in &tokens {
        assert_eq!(told(&wide, token).await, whole(token));
        assert_eq!(told(&root, token).await, whole(token));
    }
    for secret in [&above.key, &root.site.root_key] {
        assert_eq!(told(&root, secret).await, inactive());
    }
}

#[tokio::test]
async fn a_token_that_is_for_another_service_alone_is_told_with_whom_it_is_for() {
    let server = Server::with_file(
        "[tokens]\nissuer = 'https://keys.example.com'\naudiences = ['https://api.example.com', 'billing']\n",
    );
    let client: Client = client(&server).await;
    let minted = async |more: &str| {
        let request = server.post("/oauth/token");
        let body = format!("grant_type=client_credentials{more}");
        let request = request
            .basic(&client.id, &client.secret)
            .body("application/x-www-form-urlencoded", body);
        request.send().await.expect(200).string("/access_token")
    };
    for (more, audience) in [
        (
            "&audience=https://api.example.com",
            json!(["https://api.example.com"]),
        ),
        (
            "&audience=billing&audience=https://api.example.com",
            json!(["https://api.example.com", "billing"]),
        ),
    ] {
        let token = minted(more).await;
        for told in [
            client.introspect(&token).await,
            told(&server.root(), &token).await,
        ] {
            assert_eq!(told["active"], true);
            assert_eq!(told["aud"], audience);
            assert_eq!(told["iss"], "https://keys.example.com");
        }
    }
}

#[tokio::test]
async fn a_token_of_an_issuer_that_is_trusted_is_none_of_ours() {
    let issuer = Issuer::new();
    let folder = Folder::new();
    let keys = folder.path().join("issuer.json");
    std::fs::write(keys, issuer.keys().to_string()).unwrap();
    let file = folder.path().join("keywright.toml");
    let settings = "[[tokens.issuers]]\nissuer = 'https://issuer.example'\naudience = 'keywright'\n\
                    jwks_file = 'issuer.json'\norganization_claim = 'tenant'\norganizations = ['*']\n";
    std::fs::write(&file, settings).unwrap();
    let mut command = folder.command(&[]);
    command.arg("--config").arg(file);
    let server = Server::run(&folder, command);
    let organization = server.root().organization().await;
    let token = issuer.token(&issuer::claims(&organization.id));
    let request = server.post("/v0/api_keys").bearer(&token);
    let request = request.json(&json!({ "name": "x" }));
    request.send().await.expect(201);
    assert_eq!(told(&server.root(), &token).await, inactive());
}
