//! A rate limit that is reached, in the words of each contract: a key's own one, and that of strangers.
//! Leaves verdicts and authorizations to `told`.

use serde_json::{Value, json};

use super::strangers::{exhaust, of_each_contract, patient};
use super::told::headers;
use super::{Key, per_minute};
use crate::support::{Answer, Clocked, Request, assert_answer};

fn info(server: &Clocked, key: &str) -> Request {
    let request = server.get("/user/info").bearer(key);
    request.header("x-exorde-api-version", "v1")
}

/// Limits a key to one use a minute, uses it, and answers what the next use is told.
async fn second(server: &Clocked, key_id: &str, request: Request) -> Answer {
    let patch = json!({ "rate_limits": [per_minute("calls", 1, 1)] });
    let target = format!("/v1/keys/{key_id}");
    server.root().patch(&target, patch).await.expect(200);
    let first = request.clone().send().await;
    assert!(first.status < 300, "{}", first.text());
    request.send().await
}

#[tokio::test]
async fn every_contract_tells_of_a_keys_own_limit_in_its_own_envelope() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let asked = info(&server, &user.key);
    assert_answer!(second(&server, &user.key_id, asked).await, @r#"
    {
      "body": {
        "error": {
          "code": 429,
          "message": "too many requests: try again in 60 seconds",
          "requestId": "[request id]",
          "userId": "[user id]"
        },
        "status": {
          "cost": 0
        }
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);

    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await.token;
    let list = server.get("/api-keys").bearer(&token);
    assert_answer!(second(&server, &client.key_id, list).await, @r#"
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
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    assert_answer!(client.token_request().send().await, @r#"
    {
      "body": {
        "error": "rate_limit_exceeded",
        "error_description": "too many requests; try again in 60 seconds"
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);

    let named = root.named_of(&organization).await;
    let list = server.get("/v0/api_keys").bearer(&named.key);
    assert_answer!(second(&server, &named.key_id, list).await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "RateLimited",
        "message": "Too many requests; try again in 60 seconds"
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn an_organizations_and_a_control_keys_own_limit_is_told_likewise() {
    let server = Clocked::start().await;
    let root = server.root();
    let mut organization = root.organization().await;
    let target = format!("/v1/keys/{}", organization.key_id);
    let patch = json!({ "rate_limits": [per_minute("calls", 1, 1)] });
    root.patch(&target, patch).await.expect(200);
    organization.rotated().await;
    assert_answer!(organization.rotate().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 429,
            "message": "too many requests; try again in 60 seconds"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);

    let scopes = json!({ "kind": "control", "scopes": ["keys:verify", "keys:read"] });
    let control = Key::with(&server, scopes).await;
    let list = server.get("/v1/keys").bearer(&control.secret);
    assert_answer!(second(&server, &control.id, list).await, @r#"
    {
      "body": {
        "detail": "too many requests; try again in 60 seconds",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn of_a_contracts_window_and_the_keys_own_the_tighter_one_is_told() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let ask = async || info(&server, &user.key).send().await;
    // The contract's own window: 60 a minute, 10 at once.
    let answer = ask().await.expect(200);
    assert_eq!(
        headers(&answer)[..2],
        [Some("\"user\";r=9;t=1"), Some("\"user\";q=10;w=10"),]
    );
    let patch = json!({ "rate_limits": [per_minute("calls", 2, 2)] });
    let target = format!("/v1/keys/{}", user.key_id);
    server.root().patch(&target, patch).await.expect(200);
    let answer = ask().await.expect(200);
    assert_eq!(
        headers(&answer)[..2],
        [Some("\"calls\";r=1;t=30"), Some("\"calls\";q=2;w=60"),]
    );
    ask().await.expect(200);
    let refused = ask().await.expect(429);
    let told = [
        Some("\"calls\";r=0;t=60"),
        Some("\"calls\";q=2;w=60"),
        Some("30"),
    ];
    assert_eq!(headers(&refused), told);
    // The refused one took nothing from the contract's window either: three have.
    let wide: Value = json!({ "remove": ["rate_limits"] });
    server.root().patch(&target, wide).await.expect(200);
    let answer = ask().await.expect(200);
    assert_eq!(headers(&answer)[0], Some("\"user\";r=6;t=4"));
    server.finish().await;
}

/// What each contract tells a stranger who has been wrong too often.
async fn told_to_strangers(server: &Clocked) -> [Answer; 5] {
    exhaust(server, "192.0.2.1").await;
    let mut answers = Vec::new();
    for request in of_each_contract(server).await {
        let request = request.header("x-forwarded-for", "192.0.2.1");
        answers.push(request.send().await);
    }
    answers.try_into().unwrap()
}

#[tokio::test]
async fn users_and_clients_that_nobody_knows_are_told_to_wait_in_their_envelopes() {
    let server = patient(1).await;
    let [user, token, ..] = told_to_strangers(&server).await;
    assert_answer!(user, @r#"
    {
      "body": {
        "error": {
          "code": 429,
          "message": "too many requests: try again in 60 seconds",
          "requestId": "[request id]"
        },
        "status": {
          "cost": 0
        }
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"unknown\";r=0;t=60",
        "ratelimit-policy": "\"unknown\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    assert_answer!(token, @r#"
    {
      "body": {
        "error": "rate_limit_exceeded",
        "error_description": "too many requests; try again in 60 seconds"
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"unknown\";r=0;t=60",
        "ratelimit-policy": "\"unknown\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn other_strangers_are_told_to_wait_in_their_envelopes_likewise() {
    let server = patient(1).await;
    let [.., named, organization, control] = told_to_strangers(&server).await;
    assert_answer!(named, @r#"
    {
      "body": {
        "details": null,
        "error_code": "RateLimited",
        "message": "Too many requests; try again in 60 seconds"
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"unknown\";r=0;t=60",
        "ratelimit-policy": "\"unknown\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    assert_answer!(organization, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 429,
            "message": "too many requests; try again in 60 seconds"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"unknown\";r=0;t=60",
        "ratelimit-policy": "\"unknown\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    assert_answer!(control, @r#"
    {
      "body": {
        "detail": "too many requests; try again in 60 seconds",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"unknown\";r=0;t=60",
        "ratelimit-policy": "\"unknown\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}
