//! `GET /user/info`.

use serde_json::{Value, json};

use crate::support::site::Site;
use crate::support::{Clocked, Request, Server, assert_answer};

/// The documented request, ready to be sent or spoilt.
fn info(site: &Site, key: &str) -> Request {
    let request = site.get("/user/info").header("x-exorde-api-version", "v1");
    request.bearer(key)
}

async fn plan(site: &Site, key: &str) -> Value {
    info(site, key).send().await.expect(200).json()["user"]["plan"].take()
}

#[tokio::test]
async fn a_user_reads_its_own_account() {
    let server = Clocked::start().await;
    let body = json!({ "email": "ada@example.com", "plan": "free" });
    let made = server.root().post("/v1/users", body).await.expect(201);
    server.advance_s(90);
    let answer = info(&server, &made.string("/key/secret")).send().await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "status": {
          "cost": 0
        },
        "user": {
          "createdAt": "2026-03-15T12:00:00.000Z",
          "email": "ada@example.com",
          "id": "[id]",
          "plan": {
            "name": "free",
            "remainingMonthlyCredits": 1000,
            "totalMonthlyCredits": 1000
          },
          "updatedAt": "2026-03-15T12:00:00.000Z"
        }
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"user\";r=9;t=1",
        "ratelimit-policy": "\"user\";q=10;w=10",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_eq!(answer.string("/user/id"), made.string("/id"));
    server.finish().await;
}

#[tokio::test]
async fn a_user_without_an_address_has_no_empty_member() {
    let server = Server::start();
    let user = server.root().user().await;
    let answer = info(&server, &user.key).send().await.expect(200).json();
    assert!(answer["user"].get("email").is_none(), "{answer}");
}

#[tokio::test]
async fn a_change_of_the_operator_is_read_at_once() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    info(&server, &user.key).send().await.expect(200);
    server.advance_s(1);
    let target = format!("/v1/users/{}", user.id);
    let change = json!({ "email": "ada@example.com" });
    server.root().patch(&target, change).await.expect(200);
    let answer = info(&server, &user.key).send().await.expect(200);
    assert_eq!(answer.string("/user/email"), "ada@example.com");
    assert_eq!(answer.string("/user/createdAt"), "2026-03-15T12:00:00.000Z");
    assert_eq!(answer.string("/user/updatedAt"), "2026-03-15T12:00:01.000Z");
    server.finish().await;
}

#[tokio::test]
async fn the_account_is_read_with_the_current_key_only() {
    let server = Server::start();
    let mut user = server.root().user().await;
    let replaced = user.rotated().await;
    info(&server, &user.key).send().await.expect(200);
    let organization = server.root().organization().await;
    let unknown = "123e4567-e89b-42d3-a456-426655440000";
    for key in [replaced.as_str(), unknown, "unknown", &organization.key] {
        assert_answer!(info(&server, key).send().await, @r#"
        {
          "body": {
            "error": {
              "code": 401,
              "message": "the key is unknown or was replaced: send the user's current key",
              "requestId": "[request id]"
            },
            "status": {
              "cost": 0
            }
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
    let revoked = server.root().user().await;
    server.root().revoke(&revoked.key_id).await;
    info(&server, &revoked.key).send().await.expect(401);
}

#[tokio::test]
async fn nobody_reads_an_account_without_a_key() {
    let server = Server::start();
    let request = info(&server, "").without("authorization");
    assert_answer!(request.send().await, @r#"
    {
      "body": {
        "error": {
          "code": 401,
          "message": "no key was sent: send `Authorization: Bearer <your key>`",
          "requestId": "[request id]"
        },
        "status": {
          "cost": 0
        }
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
async fn a_suspended_user_reads_nothing() {
    let server = Server::start();
    let user = server.root().user().await;
    info(&server, &user.key).send().await.expect(200);
    server.root().suspend_user(&user).await;
    let answer = info(&server, &user.key).send().await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "error": {
          "code": 403,
          "message": "the user is suspended: ask the operator",
          "requestId": "[request id]",
          "userId": "[user id]"
        },
        "status": {
          "cost": 0
        }
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    assert_eq!(answer.string("/error/userId"), user.id);
}

#[tokio::test]
async fn the_version_is_asked_for_exactly_once() {
    let server = Server::start();
    let user = server.root().user().await;
    let good = info(&server, &user.key);
    for (bad, says) in [
        (
            good.clone().without("x-exorde-api-version"),
            "X-Exorde-Api-Version is missing",
        ),
        (
            good.clone().with("x-exorde-api-version", "v2"),
            "X-Exorde-Api-Version must be v1",
        ),
        (
            good.clone().with("x-exorde-api-version", "V1"),
            "X-Exorde-Api-Version must be v1",
        ),
        (
            good.clone().header("x-exorde-api-version", "v1"),
            "X-Exorde-Api-Version",
        ),
        (good.clone().header("accept", "text/html"), "Accept"),
    ] {
        let answer = bad.send().await.expect(400);
        let message = answer.string("/error/message");
        assert!(message.contains(says), "{message}");
        assert_eq!(answer.string("/error/userId"), user.id);
    }
    // Who nobody knows is told that first.
    let unknown = info(&server, "unknown").without("x-exorde-api-version");
    unknown.send().await.expect(401);
}

#[tokio::test]
async fn reading_and_rotating_share_one_allowance() {
    let server = Clocked::with(json!({
        "user_key": { "rate_limit_per_minute": 1, "rate_limit_burst": 2 },
    }))
    .await;
    let mut user = server.root().user().await;
    info(&server, &user.key).send().await.expect(200);
    user.rotated().await;
    assert_answer!(info(&server, &user.key).send().await, @r#"
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
        "ratelimit": "\"user\";r=0;t=120",
        "ratelimit-policy": "\"user\";q=2;w=120",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn a_mistake_is_taken_from_the_credits_until_the_month_turns() {
    let server = Clocked::with(json!({
        "user_key": { "client_error_credits": 2, "rate_limit_per_minute": 0 },
        "plans": { "free": { "monthly_credits": 3 } },
    }))
    .await;
    let mut user = server.root().user().await;
    let left = |left: i64| {
        json!({
            "name": "free", "totalMonthlyCredits": 3, "remainingMonthlyCredits": left,
        })
    };
    assert_eq!(plan(&server, &user.key).await, left(3));
    for (cost, remaining) in [(2, 1), (1, 0), (0, 0)] {
        let mistake = info(&server, &user.key).without("x-exorde-api-version");
        let answer = mistake.send().await.expect(400).json();
        assert_eq!(answer["status"]["cost"], cost);
        assert_eq!(plan(&server, &user.key).await, left(remaining));
    }
    // Nothing that costs nothing is refused, and a new key has the same credits.
    user.rotated().await;
    assert_eq!(plan(&server, &user.key).await, left(0));
    // From 2026-03-15T12:00:00Z to one millisecond before April.
    server.advance_ms(16 * 86_400_000 + 43_200_000 - 1);
    assert_eq!(plan(&server, &user.key).await, left(0));
    server.advance_ms(1);
    assert_eq!(plan(&server, &user.key).await, left(3));
    server.finish().await;
}

#[tokio::test]
async fn the_mistakes_of_one_user_are_not_taken_from_another() {
    let server = Server::with(&[("user_key.client_error_credits", "7")]);
    let (one, other) = (server.root().user().await, server.root().user().await);
    let mistake = one.request().without("x-exorde-api-version");
    mistake.send().await.expect(400);
    assert_eq!(
        plan(&server, &one.key).await["remainingMonthlyCredits"],
        993
    );
    assert_eq!(
        plan(&server, &other.key).await["remainingMonthlyCredits"],
        1000
    );
}

#[tokio::test]
async fn a_planned_shutdown_is_announced_to_readers_too() {
    let server = Server::with(&[
        ("user_key.v1_deprecated_at", "2021-01-01T00:00:00Z"),
        ("user_key.v1_shutdown_at", "2122-02-02T00:00:00Z"),
    ]);
    let user = server.root().user().await;
    let good = info(&server, &user.key);
    for (request, status) in [
        (good.clone(), 200),
        (good.clone().without("x-exorde-api-version"), 400),
        (good.without("authorization"), 401),
    ] {
        let answer = request.send().await.expect(status);
        assert_eq!(
            answer.json()["status"]["apiDeprecationNotice"],
            json!({
                "message": "Version 1 of this API will be shut down at 2122-02-02T00:00:00.000Z.",
                "shutdownDate": "2122-02-02T00:00:00.000Z",
            })
        );
        assert_eq!(answer.header("deprecation"), Some("@1609459200"));
        let sunset = answer.header("sunset");
        assert_eq!(sunset, Some("Mon, 02 Feb 2122 00:00:00 GMT"));
    }
}

#[tokio::test]
async fn after_the_shutdown_nothing_is_read() {
    let server = Server::with(&[
        ("user_key.v1_deprecated_at", "2021-01-01T00:00:00Z"),
        ("user_key.v1_shutdown_at", "2022-02-02T00:00:00Z"),
    ]);
    let user = server.root().user().await;
    let answer = info(&server, &user.key).send().await.expect(400);
    assert_eq!(
        answer.string("/error/message"),
        "X-Exorde-Api-Version v1 has been shut down: there is no other"
    );
}
