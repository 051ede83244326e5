//! `POST /oauth/revoke`: the end of a token before its time (RFC 7009).
//! Leaves how a client proves itself to `judging`.

use serde_json::{Value, json};

use super::{claims, client};
use crate::support::{
    Client, Clocked, Request, Server, Site, TokenHolder, assert_answer, database, until,
};

/// One request for each operation that takes a token.
fn uses(site: &Site, token: &TokenHolder) -> Vec<Request> {
    let body = json!({ "name": "x" });
    vec![
        token.at(site).request().json(&body),
        site.get("/api-keys").bearer(&token.token),
        site.request("DELETE", &format!("/api-keys/{}", uuid::Uuid::nil()))
            .bearer(&token.token),
        site.post("/v0/api_keys").bearer(&token.token).json(&body),
        site.get("/v0/api_keys").bearer(&token.token),
        site.get("/v0/api_keys/x").bearer(&token.token),
        site.request("DELETE", "/v0/api_keys/x")
            .bearer(&token.token),
    ]
}

async fn assert_dead(site: &Site, client: &Client, token: &TokenHolder) {
    for request in uses(site, token) {
        request.send().await.expect(401);
    }
    let told = client.at(site).introspect(&token.token).await;
    assert_eq!(told, json!({ "active": false }));
}

async fn assert_good(site: &Site, client: &Client, token: &TokenHolder) {
    let list = site.get("/v0/api_keys").bearer(&token.token);
    list.send().await.expect(200);
    let list = site.get("/api-keys").bearer(&token.token);
    list.send().await.expect(200);
    let told = client.at(site).introspect(&token.token).await;
    assert_eq!(told["active"], true);
}

#[tokio::test]
async fn a_revoked_token_is_refused_everywhere_at_once_and_after_a_restart() {
    let server = Server::start();
    let client = client(&server).await;
    let (doomed, other) = (client.token().await, client.token().await);
    // Both are in memory by now.
    for token in [&doomed, &other] {
        assert_good(&server, &client, token).await;
    }
    assert_answer!(client.revoke_token(&doomed.token).await, @r#"
    {
      "body": null,
      "headers": {
        "cache-control": "no-store",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_dead(&server, &client, &doomed).await;
    assert_good(&server, &client, &other).await;
    let folder = server.finish();
    let server = Server::on(&folder, &[]);
    // A token names the server that minted it, which has another address now; that is nobody's concern here.
    for request in uses(&server, &doomed) {
        request.send().await.expect(401);
    }
    let told = client.at(&server).introspect(&doomed.token).await;
    assert_eq!(told, json!({ "active": false }));
    assert_good(&server, &client, &other).await;
    server.kill();
}

#[tokio::test]
async fn a_token_that_no_one_has_used_yet_can_be_revoked() {
    let server = Server::start();
    let client = client(&server).await;
    let token = client.token().await;
    client.revoke_token(&token.token).await;
    assert_dead(&server, &client, &token).await;
}

#[tokio::test]
async fn a_token_that_is_for_another_service_alone_can_be_revoked() {
    let server = Server::with_file("[tokens]\naudiences = ['https://api.example.com']\n");
    let client = client(&server).await;
    let request = server.post("/oauth/token").json(&json!({
        "grant_type": "client_credentials", "client_id": client.id, "client_secret": client.secret,
        "audience": "https://api.example.com",
    }));
    let token = request.send().await.expect(200).string("/access_token");
    assert_eq!(client.introspect(&token).await["active"], true);
    client.revoke_token(&token).await;
    assert_eq!(client.introspect(&token).await["active"], false);
}

/// All that the events say, and where they end.
async fn events(site: &Site) -> Vec<Value> {
    let page = site.root().get("/v1/events?limit=100").await.expect(200);
    page.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_is_no_token_of_the_client_is_answered_the_same_and_nothing_changes() {
    let server = Clocked::with(json!({ "tokens": { "lifetime_s": 60 } })).await;
    let root = server.root();
    let organization = root.organization().await;
    let (client, neighbour) = (
        root.client_of(&organization).await,
        root.client_of(&organization).await,
    );
    let named = root.named_of(&organization).await;
    let over = client.token().await.token;
    server.advance_s(60);
    let (own, foreign) = (client.token().await, neighbour.token().await);
    let before = events(&server).await;
    for presented in [
        &over,
        &foreign.token,
        &named.key,
        &organization.key,
        &client.secret,
        &neighbour.secret,
        "x",
    ] {
        client.revoke_token(presented).await;
    }
    assert_eq!(events(&server).await, before);
    assert_good(&server, &client, &own).await;
    assert_good(&server, &neighbour, &foreign).await;
    assert_eq!(root.verdict(&named.key).await, "VALID");
    assert_eq!(root.verdict(&organization.key).await, "VALID");
    server.finish().await;
}

#[tokio::test]
async fn the_events_tell_of_a_revocation_once() {
    let server = Clocked::start().await;
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let token = client.token().await.token;
    let before = events(&server).await.len();
    let answer = client.revoke_token(&token).await;
    client.revoke_token(&token).await;
    let said = events(&server).await.split_off(before);
    let [event] = &said[..] else {
        panic!("one event expected: {said:?}")
    };
    for (member, expected) in [
        ("action", json!("token.revoked")),
        ("outcome", json!("done")),
        ("actor", json!(format!("key:{}", client.key_id))),
        ("target_id", json!(client.key_id)),
        ("related_id", claims(&token)["jti"].clone()),
        ("owner_id", json!(organization.id)),
        ("request_id", json!(answer.header("x-request-id"))),
    ] {
        assert_eq!(event[member], expected, "{member}");
    }
    let filtered = server.root().get("/v1/events?action=token.revoked").await;
    assert_eq!(filtered.expect(200).json()["items"], json!(said));
    server.finish().await;
}

/// How many revocations the database keeps.
fn kept(server: &Clocked) -> i64 {
    database::number(server.folder(), "SELECT count(*) FROM revoked_tokens")
}

/// Changes go on, and with one of them what has ended is forgotten.
async fn forgotten(server: &Clocked) {
    until("the revocation to be forgotten", async || {
        server.root().user().await;
        (kept(server) == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_revocation_is_kept_until_its_token_would_have_ended_and_no_longer() {
    let server = Clocked::with(json!({ "tokens": { "lifetime_s": 60 } })).await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    client.revoke_token(&token.token).await;
    server.advance_ms(59_999);
    root.user().await;
    assert_eq!(kept(&server), 1);
    assert_dead(&server, &client, &token).await;
    server.advance_ms(1);
    forgotten(&server).await;
    assert_dead(&server, &client, &token).await;
    server.finish().await;
}

#[tokio::test]
async fn a_start_forgets_the_revocations_of_tokens_that_have_ended() {
    let server = Clocked::with(json!({ "tokens": { "lifetime_s": 60 } })).await;
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    client.revoke_token(&client.token().await.token).await;
    assert_eq!(kept(&server), 1);
    server.advance_s(60);
    let server = server.again().await;
    assert_eq!(kept(&server), 0);
    server.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_brings_no_revoked_token_back() {
    let server = Clocked::with(json!({ "tokens": { "lifetime_s": 60 } })).await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    client.revoke_token(&token.token).await;
    server.advance_s(60);
    forgotten(&server).await;
    server.advance_s(-30);
    assert_dead(&server, &client, &token).await;
    let server = server.again().await;
    let client = client.at(&server);
    assert_dead(&server, &client, &token).await;
    // One that was minted since ends later than what was forgotten.
    let other = client.token().await;
    assert_good(&server, &client, &other).await;
    server.finish().await;
}
