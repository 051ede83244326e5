//! `POST /api-keys`: every documented answer, whole.
//! Leaves tokens to `tokens` and malformed requests to `bad_input`.

use serde_json::json;

use crate::support::{Clocked, Server, assert_answer};

#[tokio::test]
async fn a_token_creates_a_client_key_that_gets_tokens_itself() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    let answer = holder.create("Billing worker").await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "clientId": "[id]",
        "clientSecret": "[secret]",
        "name": "Billing worker"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
    let (id, secret) = (answer.string("/clientId"), answer.string("/clientSecret"));
    uuid::Uuid::parse_str(&id).unwrap();
    let token = server.post("/oauth/token").json(&json!({
        "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
    }));
    let token = token.send().await.expect(200).string("/access_token");
    let again = server
        .post("/api-keys")
        .bearer(&token)
        .json(&json!({ "name": "Next" }));
    again.send().await.expect(201);
}

#[tokio::test]
async fn two_client_keys_may_have_one_name() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    let first = holder
        .create("Billing worker")
        .await
        .expect(201)
        .string("/clientId");
    let second = holder
        .create("Billing worker")
        .await
        .expect(201)
        .string("/clientId");
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_new_client_key_gets_the_scopes_of_its_token_and_never_more() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let narrow = client.token_for("create:api-key").await;
    let made = narrow.create("Narrow").await.expect(201);
    let wanting_more = server.post("/oauth/token").json(&json!({
        "grant_type": "client_credentials",
        "client_id": made.string("/clientId"),
        "client_secret": made.string("/clientSecret"),
        "scope": "create:api-key read:api-key",
    }));
    wanting_more.send().await.expect(400);
    let all = server.post("/oauth/token").json(&json!({
        "grant_type": "client_credentials",
        "client_id": made.string("/clientId"),
        "client_secret": made.string("/clientSecret"),
    }));
    assert_eq!(
        all.send().await.expect(200).string("/scope"),
        "create:api-key"
    );
}

#[tokio::test]
async fn without_a_token_the_scheme_is_named_and_no_error() {
    let server = Server::start();
    let request = server
        .post("/api-keys")
        .json(&json!({ "name": "Billing worker" }));
    assert_answer!(request.send().await, @r#"
    {
      "body": {
        "code": "invalid_token",
        "detail": "No access token was sent: get one at /oauth/token.",
        "message": "No access token was sent: get one at /oauth/token.",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn an_unknown_token_is_refused() {
    let server = Server::start();
    let request = server
        .post("/api-keys")
        .bearer("unknown")
        .json(&json!({ "name": "x" }));
    assert_answer!(request.send().await, @r#"
    {
      "body": {
        "code": "invalid_token",
        "detail": "The access token is unknown or was revoked, or its client key is no longer valid.",
        "message": "The access token is unknown or was revoked, or its client key is no longer valid.",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_token_of_a_revoked_client_key_is_refused_at_once() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let holder = client.token().await;
    holder.create("before").await.expect(201);
    server.root().revoke(&client.key_id).await;
    assert_answer!(holder.create("after").await, @r#"
    {
      "body": {
        "code": "invalid_token",
        "detail": "The access token is unknown or was revoked, or its client key is no longer valid.",
        "message": "The access token is unknown or was revoked, or its client key is no longer valid.",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_token_that_is_too_narrow_is_told_what_it_lacks() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let holder = client.token_for("read:api-key").await;
    assert_answer!(holder.create("Billing worker").await, @r#"
    {
      "body": {
        "code": "insufficient_scope",
        "detail": "The access token needs the scope create:api-key.",
        "message": "The access token needs the scope create:api-key.",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"create:api-key\"",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_token_of_a_suspended_organization_is_refused() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    server.root().suspend(&organization).await;
    assert_answer!(holder.create("Billing worker").await, @r#"
    {
      "body": {
        "code": "insufficient_scope",
        "detail": "The organization is suspended: ask the operator.",
        "message": "The organization is suspended: ask the operator.",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_name_that_breaks_a_rule_is_pointed_at() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    assert_answer!(holder.create("").await, @r#"
    {
      "body": {
        "code": "invalid_request",
        "detail": "name must have 1 to 100 characters, got 0",
        "errors": [
          {
            "detail": "name must have 1 to 100 characters, got 0",
            "pointer": "/name"
          }
        ],
        "message": "name must have 1 to 100 characters, got 0",
        "status": 400,
        "title": "Bad Request",
        "type": "about:blank"
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
async fn a_refusal_is_judged_in_the_documented_order() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let narrow = client.token_for("read:api-key").await;
    server
        .post("/api-keys")
        .bearer("unknown")
        .body("text/plain", "[")
        .send()
        .await
        .expect(401);
    narrow
        .request()
        .body("text/plain", "[")
        .send()
        .await
        .expect(403);
    client
        .token()
        .await
        .request()
        .body("text/plain", "[")
        .send()
        .await
        .expect(400);
}

#[tokio::test]
async fn a_configured_limit_of_client_keys_is_told_with_the_refusal() {
    let server = Clocked::with(json!({
        "client_keys": { "rate_limit_per_minute": 1, "rate_limit_burst": 2 },
    }))
    .await;
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    holder.create("first").await;
    holder.create("second").await;
    assert_answer!(holder.create("third").await, @r#"
    {
      "body": {
        "code": "rate_limit_exceeded",
        "detail": "Too many requests; try again in 60 seconds.",
        "message": "Too many requests; try again in 60 seconds.",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"organization\";r=0;t=120",
        "ratelimit-policy": "\"organization\";q=2;w=120",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn a_name_is_kept_exactly_as_it_was_sent() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    for name in [
        " padded ",
        "line\n",
        "\u{85}",
        "\u{1F511}",
        "a.b",
        "tab\tinside",
    ] {
        assert_eq!(holder.create(name).await.expect(201).string("/name"), name);
    }
}
