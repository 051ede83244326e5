//! What changes with time alone: expiry, grace, rate windows, credits and a version's shutdown.
//! Leaves the window of `Idempotency-Key` to `idempotency`.

use serde_json::json;

use crate::support::{Clocked, User, assert_answer};

#[tokio::test]
async fn an_expired_token_gets_exactly_the_documented_example() {
    let server = Clocked::with(json!({ "tokens": { "lifetime_s": 60 } })).await;
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    server.advance_s(59);
    holder.create("in time").await.expect(201);
    server.advance_s(1);
    let answer = holder.create("too late").await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "code": "invalid_token",
        "detail": "The access token expired.",
        "message": "The access token expired.",
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
    assert_eq!(answer.string("/code"), "invalid_token");
    assert_eq!(answer.string("/message"), "The access token expired.");
    holder.create_named("too-late").await.expect(401);
    server.finish().await;
}

#[tokio::test]
async fn a_key_works_until_the_instant_of_its_expiry() {
    let server = Clocked::start().await;
    let organization = server.root().organization().await;
    let holder = server
        .root()
        .named(json!({
            "kind": "named",
            "owner_id": organization.id,
            "name": "short",
            "expires_at": "2026-03-15T12:00:10.500Z",
        }))
        .await;
    server.advance_ms(10_499);
    holder.create("in-time").await.expect(201);
    assert_eq!(server.root().verdict(&holder.key).await, "VALID");
    server.advance_ms(1);
    holder.create("too-late").await.expect(401);
    assert_eq!(server.root().verdict(&holder.key).await, "EXPIRED");
    let target = format!("/v1/keys/{}", holder.key_id);
    assert_answer!(server.root().get(&target).await, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "enabled": true,
        "expires_at": "2026-03-15T12:00:10.500Z",
        "hint": "[hint]",
        "id": "[id]",
        "ip_allow": [],
        "kind": "named",
        "last_used_at": "2026-03-15T12:00:00.000Z",
        "metadata": {},
        "name": "short",
        "owner_id": "[owner id]",
        "rate_limits": [],
        "scopes": [
          "Read",
          "Write"
        ],
        "state": "expired",
        "uses": 1
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    let listed = server
        .root()
        .get("/v1/keys?state=expired")
        .await
        .expect(200)
        .json();
    assert_eq!(listed["items"][0]["id"], json!(holder.key_id));
    server.finish().await;
}

#[tokio::test]
async fn a_name_is_free_again_once_its_key_has_expired() {
    let server = Clocked::start().await;
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    server
        .root()
        .issue(json!({
            "kind": "named",
            "owner_id": organization.id,
            "name": "ci-deploy",
            "expires_at": "2026-03-15T12:01:00Z",
        }))
        .await;
    holder.create("ci-deploy").await.expect(409);
    server.advance_s(60);
    holder.create("ci-deploy").await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn the_tokens_of_an_expired_client_key_are_refused() {
    let server = Clocked::start().await;
    let organization = server.root().organization().await;
    let client = server
        .root()
        .client(json!({
            "kind": "client",
            "owner_id": organization.id,
            "name": "short",
            "expires_at": "2026-03-15T12:01:00Z",
        }))
        .await;
    let holder = client.token().await;
    server.advance_ms(59_999);
    holder.create("in time").await.expect(201);
    server.advance_ms(1);
    let answer = holder.create("too late").await.expect(401);
    assert_eq!(answer.string("/code"), "invalid_token");
    client.token_request().send().await.expect(401);
    server.finish().await;
}

#[tokio::test]
async fn an_expiry_must_lie_in_the_future() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let body = |at: &str| json!({ "kind": "standard", "owner_id": user.id, "expires_at": at });
    let answer = server
        .root()
        .post("/v1/keys", body("2026-03-15T12:00:00.000Z"))
        .await
        .expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/expires_at");
    server
        .root()
        .post("/v1/keys", body("2026-03-15T12:00:00.001Z"))
        .await
        .expect(201);
    server.finish().await;
}

#[tokio::test]
async fn a_rotated_key_dies_at_the_exact_end_of_its_grace() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let body = json!({ "kind": "standard", "owner_id": user.id });
    let old = server.root().issue(body).await;
    let secret = old["secret"].as_str().unwrap();
    let target = format!("/v1/keys/{}/rotate", old["key"]["id"].as_str().unwrap());
    let grace = json!({ "grace_seconds": 60 });
    let new = server.root().post(&target, grace).await.expect(200);
    server.advance_ms(59_999);
    assert_eq!(server.root().verdict(secret).await, "VALID");
    server.advance_ms(1);
    assert_eq!(server.root().verdict(secret).await, "REPLACED");
    assert_eq!(server.root().verdict(&new.string("/secret")).await, "VALID");
    server.finish().await;
}

#[tokio::test]
async fn a_grace_is_refused_where_one_key_is_valid_at_every_instant() {
    let server = Clocked::start().await;
    let (user, organization) = (
        server.root().user().await,
        server.root().organization().await,
    );
    for key_id in [user.key_id, organization.key_id] {
        let target = format!("/v1/keys/{key_id}/rotate");
        let grace = json!({ "grace_seconds": 1 });
        let answer = server.root().post(&target, grace).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/grace_seconds");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_burst_passes_and_then_one_request_a_second() {
    let server = Clocked::start().await;
    let mut user = server.root().user().await;
    for left in (0..10).rev() {
        let answer = user.rotate().await.expect(200);
        let spent = 10 - left;
        let expected = format!("\"user\";r={left};t={spent}");
        assert_eq!(answer.header("ratelimit"), Some(expected.as_str()));
        assert_eq!(
            answer.header("ratelimit-policy"),
            Some("\"user\";q=10;w=10")
        );
        user.key = answer.string("/apikey");
    }
    let refused = user.rotate().await.expect(429);
    assert_eq!(refused.header("ratelimit"), Some("\"user\";r=0;t=10"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    server.advance_ms(999);
    user.rotate().await.expect(429);
    server.advance_ms(1);
    user.rotated().await;
    user.rotate().await.expect(429);
    server.advance_s(10);
    for _ in 0..10 {
        user.rotated().await;
    }
    user.rotate().await.expect(429);
    server.finish().await;
}

#[tokio::test]
async fn a_bad_request_of_a_known_user_counts_and_says_what_is_left() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let answer = user
        .request()
        .without("x-exorde-api-version")
        .send()
        .await
        .expect(400);
    assert_eq!(answer.header("ratelimit"), Some("\"user\";r=9;t=1"));
    server.finish().await;
}

async fn cost(user: &User) -> i64 {
    let answer = user
        .request()
        .with("x-exorde-api-version", "v9")
        .send()
        .await
        .expect(400);
    answer.json()["status"]["cost"].as_i64().unwrap()
}

#[tokio::test]
async fn credits_come_back_on_the_first_of_the_month() {
    let server = Clocked::with(json!({
        "user_key": { "client_error_credits": 1, "rate_limit_per_minute": 0 },
        "plans": { "free": { "monthly_credits": 1 } },
    }))
    .await;
    let user = server.root().user().await;
    assert_eq!((cost(&user).await, cost(&user).await), (1, 0));
    // From 2026-03-15T12:00:00Z to one millisecond before April.
    server.advance_ms(16 * 86_400_000 + 43_200_000 - 1);
    assert_eq!(cost(&user).await, 0);
    server.advance_ms(1);
    assert_eq!((cost(&user).await, cost(&user).await), (1, 0));
    server.finish().await;
}

#[tokio::test]
async fn a_version_works_until_the_instant_of_its_shutdown() {
    let server = Clocked::with(json!({
        "user_key": {
            "rate_limit_per_minute": 0,
            "v1_deprecated_at": "2026-01-01T00:00:00Z",
            "v1_shutdown_at": "2026-03-15T12:00:10Z",
        },
    }))
    .await;
    let mut user = server.root().user().await;
    server.advance_ms(9_999);
    user.rotated().await;
    server.advance_ms(1);
    let answer = user.rotate().await.expect(400);
    assert!(
        answer
            .string("/error/message")
            .contains("X-Exorde-Api-Version"),
        "{}",
        answer.text()
    );
    server.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_brings_no_replaced_key_to_life() {
    let server = Clocked::start().await;
    let mut user = server.root().user().await;
    let replaced = user.rotated().await;
    server.advance_s(-3600);
    assert_eq!(server.root().verdict(&replaced).await, "REPLACED");
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
    server.finish().await;
}
