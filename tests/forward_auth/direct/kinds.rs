//! Which kinds of keys pass, and which access tokens.
//! Leaves what a key of the right kind is good for to the file above.

use serde_json::json;

use crate::forward_auth::Key;
use crate::support::proxy::page_block;
use crate::support::{Answer, Client, Clocked, Server, Site, assert_answer};

const API: &str = "https://api.example.com";
const KINDS: [&str; 6] = [
    "standard",
    "user",
    "organization",
    "client",
    "named",
    "control",
];

/// A key of each kind, in the order of [`KINDS`].
async fn one_of_each(site: &Site) -> [String; 6] {
    let root = site.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let control = json!({ "kind": "control", "owner_id": user.id });
    let control = root.issue(control).await;
    [
        root.standard_of(&user.id).await.1,
        user.key,
        organization.key.clone(),
        root.client_of(&organization).await.secret,
        root.named_of(&organization).await.key,
        control["secret"].as_str().unwrap().to_owned(),
    ]
}

async fn ask(site: &Site, query: &str, credential: &str) -> Answer {
    let target = format!("/v1/authorize{query}");
    site.get(&target).bearer(credential).send().await
}

/// What is said of each key: the kind that passed, or the refusal.
async fn told(site: &Site, query: &str, keys: &[String]) -> Vec<String> {
    let mut told = Vec::new();
    for key in keys {
        let answer = ask(site, query, key).await;
        let said = answer.header("x-key-kind");
        let said = said.or(answer.header("x-key-refusal")).unwrap().to_owned();
        told.push(said);
        let by_header = site.get(&format!("/v1/authorize{query}"));
        let by_header = by_header.header("x-api-key", key).send().await;
        assert_eq!(by_header.status, answer.status);
    }
    told
}

/// A server where tokens for the API pass, too.
fn with_tokens() -> Server {
    Server::with_file(&format!(
        "[tokens]\naudiences = ['{API}', 'billing']\n\
         [authorize]\nkinds = ['standard', 'token']\naudiences = ['{API}']\n"
    ))
}

async fn token(site: &Site, client: &Client, audience: &str) -> String {
    let request = site
        .post("/oauth/token")
        .basic(&client.id, &client.secret)
        .body(
            "application/x-www-form-urlencoded",
            format!("grant_type=client_credentials&scope=read:api-key{audience}"),
        );
    request.send().await.expect(200).string("/access_token")
}

#[tokio::test]
async fn standard_keys_pass_and_no_others_unless_the_configuration_says_so() {
    let server = Server::start();
    let keys = one_of_each(&server).await;
    let no = "FORBIDDEN_KIND";
    let expected = ["standard", no, no, no, no, no];
    assert_eq!(told(&server, "", &keys).await, expected);
    assert_answer!(ask(&server, "", &keys[5]).await, @r#"
    {
      "body": {
        "detail": "a key of the kind control may not be used here; the kinds that may: standard",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-key-refusal": "FORBIDDEN_KIND",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn each_kind_that_the_configuration_names_passes_and_says_what_it_is() {
    let kinds = serde_json::to_string(&KINDS).unwrap();
    let server = Server::with(&[("authorize.kinds", &kinds)]);
    let keys = one_of_each(&server).await;
    assert_eq!(told(&server, "", &keys).await, KINDS);
    let root = ask(&server, "", &server.root_key).await.expect(401);
    assert_eq!(root.header("x-key-refusal"), Some("NOT_FOUND"));
}

#[tokio::test]
async fn the_query_narrows_the_kinds_and_never_widens_them() {
    let server = Server::with(&[("authorize.kinds", r#"["standard", "named"]"#)]);
    let keys = one_of_each(&server).await;
    let no = "FORBIDDEN_KIND";
    let only = ["standard", no, no, no, no, no];
    assert_eq!(told(&server, "?kind=standard", &keys).await, only);
    let only = [no, no, no, no, "named", no];
    assert_eq!(told(&server, "?kind=named", &keys).await, only);
    let only = [no; 6];
    assert_eq!(told(&server, "?kind=control", &keys).await, only);
    assert_eq!(told(&server, "?kind=token", &keys).await, only);
}

#[tokio::test]
async fn a_kind_that_cannot_be_read_is_refused() {
    let server = Server::start();
    let key = Key::new(&server, json!({})).await;
    for query in [
        "kind=",
        "kind=Standard",
        "kind=admin",
        "kind=standard&kind=standard",
        "kind=standard,named",
        "header=",
        "header=authorization",
        "header=X-Api-Key",
        "header=x-api-key&header=x-api-key",
    ] {
        for path in ["", "/envoy", "/orders/7"] {
            let query = format!("{path}?{query}");
            let answer = ask(&server, &query, &key.secret).await;
            assert_eq!(answer.status, 400, "{query}");
        }
    }
}

#[tokio::test]
async fn a_key_of_another_kind_pays_nothing_and_a_dead_one_is_refused_as_dead() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let body = json!({
        "kind": "control", "owner_id": user.id, "credits": { "remaining": 1 },
    });
    let made = root.issue(body).await;
    let secret = made["secret"].as_str().unwrap();
    for _ in 0..3 {
        ask(&server, "", secret).await.expect(403);
    }
    let question = json!({ "key": secret, "cost": 0 });
    let verdict = root.post("/v1/keys/verify", question).await.expect(200);
    assert_eq!(verdict.json()["credits"]["remaining"], 1);
    root.revoke(made["key"]["id"].as_str().unwrap()).await;
    let answer = ask(&server, "", secret).await.expect(401);
    assert_eq!(answer.header("x-key-refusal"), Some("REVOKED"));
    server.finish().await;
}

#[tokio::test]
async fn a_token_that_its_client_has_revoked_passes_no_more() {
    let server = with_tokens();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let audience = format!("&resource={API}");
    let revoked = token(&server, &client, &audience).await;
    let other = token(&server, &client, &audience).await;
    ask(&server, "", &revoked).await.expect(204);
    let request = server
        .post("/oauth/revoke")
        .basic(&client.id, &client.secret);
    let request = request.body(
        "application/x-www-form-urlencoded",
        format!("token={revoked}"),
    );
    request.send().await.expect(200);
    let refused = ask(&server, "", &revoked).await.expect(401);
    assert_eq!(refused.header("x-key-refusal"), Some("REVOKED"));
    ask(&server, "", &other).await.expect(204);
}

#[tokio::test]
async fn a_token_for_one_of_the_audiences_passes_as_narrow_as_it_is() {
    let server = with_tokens();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let meant = token(&server, &client, &format!("&resource={API}")).await;
    let answer = ask(&server, "?scope=read:api-key", &meant).await;
    assert_eq!(answer.header("x-key-id"), Some(&*client.id));
    assert_answer!(answer, @r#"
    {
      "body": null,
      "headers": {
        "cache-control": "no-store",
        "x-key-id": "[id]",
        "x-key-kind": "token",
        "x-key-owner": "[owner id]",
        "x-key-scopes": "read:api-key",
        "x-request-id": "[request id]"
      },
      "status": 204
    }
    "#);
    let both = token(
        &server,
        &client,
        &format!("&resource={API}&resource=billing"),
    )
    .await;
    ask(&server, "?kind=token", &both).await.expect(204);
    let wider = ask(&server, "?scope=create:api-key", &meant).await;
    assert_eq!(
        wider.expect(403).header("x-key-refusal"),
        Some("INSUFFICIENT_SCOPE")
    );
    let narrowed = ask(&server, "?kind=standard", &meant).await;
    assert_eq!(
        narrowed.expect(401).header("x-key-refusal"),
        Some("NOT_FOUND")
    );
}

#[tokio::test]
async fn the_configuration_of_the_page_lets_standard_keys_and_tokens_pass() {
    let server = Server::with_file(&page_block("toml kinds"));
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let meant = token(&server, &client, &format!("&resource={API}")).await;
    ask(&server, "", &meant).await.expect(204);
    let expected = ["standard", "FORBIDDEN_KIND"];
    let keys = one_of_each(&server).await;
    assert_eq!(told(&server, "", &keys[..2]).await, expected);
}

#[tokio::test]
async fn a_token_for_others_or_of_nobody_does_not_pass_and_one_for_the_api_opens_no_contract() {
    let server = with_tokens();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let own = token(&server, &client, "").await;
    let billing = token(&server, &client, "&resource=billing").await;
    let meant = token(&server, &client, &format!("&resource={API}")).await;
    let (head, signature) = meant.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for other in [own.clone(), billing, forged] {
        let answer = ask(&server, "", &other).await.expect(401);
        assert_eq!(answer.header("x-key-refusal"), Some("NOT_FOUND"));
    }
    let list = |token: &str| server.get("/api-keys").bearer(token);
    list(&own).send().await.expect(200);
    list(&meant).send().await.expect(401);
    // Whichever was asked about first: what is remembered of a token is no answer to another question.
    ask(&server, "", &meant).await.expect(204);
    list(&meant).send().await.expect(401);
    ask(&server, "", &own).await.expect(401);
}

#[tokio::test]
async fn a_token_is_not_looked_at_where_none_may_pass() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let token = client.token().await.token;
    for query in ["", "?kind=token"] {
        let answer = ask(&server, query, &token).await.expect(401);
        assert_eq!(answer.header("x-key-refusal"), Some("NOT_FOUND"));
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_its_key_and_its_owner() {
    let settings = json!({
        "tokens": { "audiences": [API], "lifetime_s": 60 },
        "authorize": { "kinds": ["token"], "audiences": [API] },
    });
    let server = Clocked::with(settings).await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let resource = format!("&resource={API}");
    let code = async |token: &str| {
        let answer = ask(&server, "", token).await;
        let code = answer.header("x-key-refusal").unwrap_or("VALID").to_owned();
        (answer.status, code)
    };
    let said = |status: u16, code: &str| (status, code.to_owned());
    let first = token(&server, &client, &resource).await;
    assert_eq!(code(&first).await, said(204, "VALID"));
    server.advance_s(59);
    let second = token(&server, &client, &resource).await;
    server.advance_s(1);
    assert_eq!(code(&first).await, said(401, "EXPIRED"));
    assert_eq!(code(&second).await, said(204, "VALID"));
    root.suspend(&organization).await;
    assert_eq!(code(&second).await, said(403, "OWNER_SUSPENDED"));
    let target = format!("/v1/organizations/{}", organization.id);
    root.patch(&target, json!({ "suspended": false }))
        .await
        .expect(200);
    assert_eq!(code(&second).await, said(204, "VALID"));
    root.revoke(&client.id).await;
    assert_eq!(code(&second).await, said(401, "REVOKED"));
    server.finish().await;
}

#[tokio::test]
async fn a_token_pays_with_the_limits_of_its_key() {
    let server = with_tokens();
    let root = server.root();
    let organization = root.organization().await;
    let once = json!({ "name": "hourly", "limit": 1, "window_seconds": 3600 });
    let client = root
        .client(json!({
            "kind": "client", "owner_id": organization.id, "name": "x", "credits": { "remaining": 2 },
        }))
        .await;
    let resource = format!("&resource={API}");
    let meant = token(&server, &client, &resource).await;
    ask(&server, "?cost=2", &meant).await.expect(204);
    let answer = ask(&server, "", &meant).await.expect(403);
    assert_eq!(answer.header("x-key-refusal"), Some("CREDITS_EXHAUSTED"));
    let bound = json!({
        "kind": "client", "owner_id": organization.id, "name": "y", "ip_allow": ["192.0.2.0/24", "127.0.0.1"],
    });
    let bound = root.client(bound).await;
    let meant = token(&server, &bound, &resource).await;
    ask(&server, "", &meant).await.expect(204);
    let target = format!("/v1/keys/{}", bound.id);
    root.patch(&target, json!({ "rate_limits": [once] }))
        .await
        .expect(200);
    ask(&server, "", &meant).await.expect(204);
    ask(&server, "", &meant).await.expect(429);
    root.patch(&target, json!({ "ip_allow": ["192.0.2.0/24"] }))
        .await
        .expect(200);
    ask(&server, "", &meant).await.expect(403);
}
