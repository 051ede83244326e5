//! Every refusal, whole.
//! Leaves refusals of the query and of the address to their files.

use serde_json::json;

use super::{ask, plain};
use crate::forward_auth::Key;
use crate::support::{Clocked, Server, assert_answer};

#[tokio::test]
async fn a_request_without_a_key_is_told_how_to_send_one() {
    let server = Server::start();
    assert_answer!(server.get("/v1/authorize").send().await, @r#"
    {
      "body": {
        "detail": "no key was sent: send one as a bearer token or in X-Api-Key",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer",
        "x-key-refusal": "CREDENTIAL_MISSING",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_credential_that_cannot_be_read_is_refused() {
    let server = Server::start();
    let key = plain(&server).await;
    let question = server.get("/v1/authorize");
    let bearer = format!("Bearer {}", key.secret);
    for unreadable in [
        question.clone().header("authorization", "Bearer"),
        question.clone().header("authorization", "Bearer "),
        question
            .clone()
            .header("authorization", format!("{bearer} {bearer}")),
        question.clone().header("authorization", &key.secret),
        question
            .clone()
            .header("authorization", &bearer)
            .header("authorization", &bearer),
        question
            .clone()
            .header("authorization", b"Bearer \xff".as_slice()),
        question.clone().header("x-api-key", ""),
        question
            .clone()
            .header("x-api-key", &key.secret)
            .header("x-api-key", &key.secret),
        question.clone().header("x-api-key", b"\xff".as_slice()),
        question
            .clone()
            .header("authorization", "Bearer")
            .header("x-api-key", &key.secret),
    ] {
        let answer = unreadable.send().await.expect(401);
        assert_eq!(
            answer.header("x-key-refusal"),
            Some("CREDENTIAL_UNREADABLE")
        );
    }
    let unreadable = question.header("authorization", "Basic dXNlcjpwYXNzd29yZA==");
    assert_answer!(unreadable.send().await, @r#"
    {
      "body": {
        "detail": "Authorization must have the form `Bearer <key>`",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-key-refusal": "CREDENTIAL_UNREADABLE",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_key_that_is_unknown_revoked_replaced_or_disabled_is_refused() {
    let server = Server::start();
    let root = server.root();
    let unknown = server.get("/v1/authorize").bearer("unknown");
    assert_answer!(unknown.send().await, @r#"
    {
      "body": {
        "detail": "this key is unknown",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-key-refusal": "NOT_FOUND",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    let key = plain(&server).await;
    root.revoke(&key.id).await;
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": {
        "detail": "this key was revoked",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-key-refusal": "REVOKED",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    let key = plain(&server).await;
    let target = format!("/v1/keys/{}/rotate", key.id);
    root.post(&target, json!({})).await.expect(200);
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": {
        "detail": "another key has taken the place of this one",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-key-refusal": "REPLACED",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    let key = plain(&server).await;
    let target = format!("/v1/keys/{}", key.id);
    root.patch(&target, json!({ "enabled": false }))
        .await
        .expect(200);
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": {
        "detail": "this key is switched off",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-key-refusal": "DISABLED",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    root.patch(&target, json!({ "enabled": true }))
        .await
        .expect(200);
    ask(&server, &key).send().await.expect(204);
}

#[tokio::test]
async fn a_key_is_refused_from_its_expiry_on() {
    let server = Clocked::start().await;
    let key = Key::new(&server, json!({ "expires_at": "2026-03-15T12:00:01Z" })).await;
    server.advance_ms(999);
    ask(&server, &key).send().await.expect(204);
    server.advance_ms(1);
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": {
        "detail": "this key has expired",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-key-refusal": "EXPIRED",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn the_key_of_a_suspended_owner_is_refused() {
    let server = Server::start();
    let key = plain(&server).await;
    let target = format!("/v1/users/{}", key.owner_id);
    let suspend = async |suspended: bool| {
        let body = json!({ "suspended": suspended });
        server.root().patch(&target, body).await.expect(200);
    };
    suspend(true).await;
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": {
        "detail": "the owner of this key is suspended",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-key-refusal": "OWNER_SUSPENDED",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    suspend(false).await;
    ask(&server, &key).send().await.expect(204);
}

#[tokio::test]
async fn a_key_that_lacks_a_scope_is_told_which() {
    let server = Server::start();
    let key = Key::new(&server, json!({ "scopes": ["a", "b"] })).await;
    let demand = |query: &str| {
        let target = format!("/v1/authorize?{query}");
        server.get(&target).bearer(&key.secret).send()
    };
    demand("scope=a").await.expect(204);
    demand("scope=a&scope=b&scope=a").await.expect(204);
    demand("scope=A").await.expect(403);
    assert_answer!(demand("scope=a&scope=c").await, @r#"
    {
      "body": {
        "detail": "this request needs the scope a c",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"a c\"",
        "x-key-refusal": "INSUFFICIENT_SCOPE",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_key_over_its_rate_limit_waits_and_nginx_gets_a_403_for_it() {
    let server = Clocked::start().await;
    let limit = json!({ "name": "hourly", "limit": 1, "window_seconds": 3600 });
    let key = Key::new(&server, json!({ "rate_limits": [limit] })).await;
    ask(&server, &key).send().await.expect(204);
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": {
        "detail": "too many requests; try again in 3600 seconds",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"hourly\";r=0;t=3600",
        "ratelimit-policy": "\"hourly\";q=1;w=3600",
        "retry-after": "3600",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    let of_nginx = server.get("/v1/authorize?nginx=1").bearer(&key.secret);
    assert_answer!(of_nginx.send().await, @r#"
    {
      "body": null,
      "headers": {
        "ratelimit": "\"hourly\";r=0;t=3600",
        "ratelimit-policy": "\"hourly\";q=1;w=3600",
        "retry-after": "3600",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    let narrow = server.get("/v1/authorize?nginx=1&scope=a");
    let narrow = narrow.bearer(&key.secret).send().await.expect(403);
    assert_eq!(narrow.header("x-key-refusal"), Some("INSUFFICIENT_SCOPE"));
    assert_eq!(narrow.header("ratelimit"), None);
    server.advance_s(3599);
    ask(&server, &key).send().await.expect(429);
    server.advance_s(1);
    ask(&server, &key).send().await.expect(204);
    server.finish().await;
}

#[tokio::test]
async fn a_key_without_credits_left_is_refused() {
    let server = Server::start();
    let key = Key::new(&server, json!({ "credits": { "remaining": 1 } })).await;
    ask(&server, &key).send().await.expect(204);
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": {
        "detail": "this key has too few credits left",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-key-refusal": "CREDITS_EXHAUSTED",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_stranger_who_guesses_keys_has_to_wait() {
    let server = Clocked::with(json!({ "limits": { "unknown_per_minute": 1 } })).await;
    let guess = server.get("/v1/authorize").bearer("unknown");
    guess.clone().send().await.expect(401);
    assert_answer!(guess.send().await, @r#"
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
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    let of_nginx = server.get("/v1/authorize?nginx=1").bearer("unknown");
    let answer = of_nginx.send().await.expect(403);
    assert_eq!(answer.header("x-key-refusal"), Some("RATE_LIMITED"));
    assert!(answer.header("retry-after").is_some());
    let policy = answer.header("ratelimit-policy");
    assert_eq!(policy, Some(r#""unknown";q=1;w=60"#));
    // A key that is known does not suffer for it.
    let key = plain(&server).await;
    ask(&server, &key).send().await.expect(204);
    server.finish().await;
}
