//! `PUT /user/api-key`: every documented answer, whole.
//! Leaves malformed requests to `bad_input` and faults of the database to `failures`.

use serde_json::json;

use crate::support::{Clocked, Server, assert_answer};

#[tokio::test]
async fn a_user_replaces_the_key_with_the_current_one() {
    let server = Server::start();
    let user = server.root().user().await;
    let answer = user.rotate().await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "apikey": "[secret]",
        "status": {
          "cost": 0
        }
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "ratelimit": "\"user\";r=9;t=1",
        "ratelimit-policy": "\"user\";q=10;w=10",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    let key = answer.string("/apikey");
    let uuid = uuid::Uuid::parse_str(&key).unwrap();
    assert_eq!((uuid.get_version_num(), uuid.to_string()), (4, key.clone()));
    let verdicts = server.root().verdicts(&[user.key, key]).await;
    assert_eq!(verdicts, ["REPLACED", "VALID"]);
}

#[tokio::test]
async fn the_first_key_of_a_user_has_the_documented_form() {
    let server = Server::start();
    let user = server.root().user().await;
    assert_eq!(
        uuid::Uuid::parse_str(&user.key).unwrap().get_version_num(),
        4
    );
}

#[tokio::test]
async fn replaced_user_key_is_refused_at_once() {
    let server = Server::start();
    let user = server.root().user().await;
    user.rotate().await.expect(200);
    assert_answer!(user.rotate().await, @r#"
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

#[tokio::test]
async fn a_user_without_a_key_is_told_how_to_send_one() {
    let server = Server::start();
    let request = server
        .put("/user/api-key")
        .header("x-exorde-api-version", "v1");
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
async fn a_suspended_user_is_known_and_refused() {
    let server = Server::start();
    let user = server.root().user().await;
    server.root().suspend_user(&user).await;
    let answer = user.rotate().await;
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
async fn a_user_whose_suspension_ended_keeps_the_key() {
    let server = Server::start();
    let user = server.root().user().await;
    server.root().suspend_user(&user).await;
    let target = format!("/v1/users/{}", user.id);
    server
        .root()
        .patch(&target, json!({ "suspended": false }))
        .await
        .expect(200);
    user.rotate().await.expect(200);
}

#[tokio::test]
async fn a_revoked_user_key_is_refused() {
    let server = Server::start();
    let user = server.root().user().await;
    server.root().revoke(&user.key_id).await;
    user.rotate().await.expect(401);
}

#[tokio::test]
async fn a_request_without_the_version_is_refused_and_tells_who_called() {
    let server = Server::start();
    let user = server.root().user().await;
    let answer = user.request().without("x-exorde-api-version").send().await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "error": {
          "code": 400,
          "message": "X-Exorde-Api-Version is missing: send `X-Exorde-Api-Version: v1`",
          "requestId": "[request id]",
          "userId": "[user id]"
        },
        "status": {
          "cost": 0
        }
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"user\";r=9;t=1",
        "ratelimit-policy": "\"user\";q=10;w=10",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
    assert_eq!(answer.string("/error/userId"), user.id);
    assert_eq!(
        answer.string("/error/requestId"),
        answer.header("x-request-id").unwrap()
    );
}

#[tokio::test]
async fn who_calls_more_often_than_the_limit_allows_is_told_when_to_come_back() {
    let server = Clocked::with(json!({
        "user_key": { "rate_limit_per_minute": 1, "rate_limit_burst": 1 },
    }))
    .await;
    let mut user = server.root().user().await;
    user.rotated().await;
    let answer = user.rotate().await;
    assert_answer!(answer, @r#"
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
        "ratelimit": "\"user\";r=0;t=60",
        "ratelimit-policy": "\"user\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
    server.finish().await;
}

#[tokio::test]
async fn one_user_does_not_use_up_another_users_allowance() {
    let server = Server::with(&[
        ("user_key.rate_limit_per_minute", "1"),
        ("user_key.rate_limit_burst", "1"),
    ]);
    for _ in 0..3 {
        server.root().user().await.rotate().await.expect(200);
    }
}

#[tokio::test]
async fn without_a_limit_nothing_is_said_of_one() {
    let server = Server::with(&[("user_key.rate_limit_per_minute", "0")]);
    let user = server.root().user().await;
    let answer = user.rotate().await.expect(200);
    assert_eq!(
        (
            answer.header("ratelimit"),
            answer.header("ratelimit-policy")
        ),
        (None, None)
    );
}

const SHUTDOWN: [(&str, &str); 2] = [
    ("user_key.v1_deprecated_at", "2021-01-01T00:00:00Z"),
    ("user_key.v1_shutdown_at", "2122-02-02T00:00:00Z"),
];

#[tokio::test]
async fn a_planned_shutdown_is_announced_in_the_body_and_in_headers() {
    let server = Server::with(&SHUTDOWN);
    let user = server.root().user().await;
    assert_answer!(user.rotate().await, @r#"
    {
      "body": {
        "apikey": "[secret]",
        "status": {
          "apiDeprecationNotice": {
            "message": "Version 1 of this API will be shut down at 2122-02-02T00:00:00.000Z.",
            "shutdownDate": "2122-02-02T00:00:00.000Z"
          },
          "cost": 0
        }
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "deprecation": "@1609459200",
        "ratelimit": "\"user\";r=9;t=1",
        "ratelimit-policy": "\"user\";q=10;w=10",
        "sunset": "Mon, 02 Feb 2122 00:00:00 GMT",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn a_refusal_announces_the_planned_shutdown_too() {
    let server = Server::with(&SHUTDOWN);
    let user = server.root().user().await;
    assert_answer!(user.request_with("unknown").send().await, @r#"
    {
      "body": {
        "error": {
          "code": 401,
          "message": "the key is unknown or was replaced: send the user's current key",
          "requestId": "[request id]"
        },
        "status": {
          "apiDeprecationNotice": {
            "message": "Version 1 of this API will be shut down at 2122-02-02T00:00:00.000Z.",
            "shutdownDate": "2122-02-02T00:00:00.000Z"
          },
          "cost": 0
        }
      },
      "headers": {
        "content-type": "application/json",
        "deprecation": "@1609459200",
        "sunset": "Mon, 02 Feb 2122 00:00:00 GMT",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    let answer = user
        .request()
        .with("x-exorde-api-version", "v2")
        .send()
        .await
        .expect(400);
    assert_eq!(
        answer.string("/status/apiDeprecationNotice/shutdownDate"),
        "2122-02-02T00:00:00.000Z"
    );
    assert_eq!(
        answer.header("sunset"),
        Some("Mon, 02 Feb 2122 00:00:00 GMT")
    );
}

#[tokio::test]
async fn after_its_shutdown_the_version_is_unknown() {
    let server = Server::with(&[
        ("user_key.v1_deprecated_at", "2021-01-01T00:00:00Z"),
        ("user_key.v1_shutdown_at", "2022-02-02T00:00:00Z"),
    ]);
    let user = server.root().user().await;
    assert_answer!(user.rotate().await, @r#"
    {
      "body": {
        "error": {
          "code": 400,
          "message": "X-Exorde-Api-Version v1 has been shut down: there is no other",
          "requestId": "[request id]",
          "userId": "[user id]"
        },
        "status": {
          "apiDeprecationNotice": {
            "message": "Version 1 of this API was shut down at 2022-02-02T00:00:00.000Z.",
            "shutdownDate": "2022-02-02T00:00:00.000Z"
          },
          "cost": 0
        }
      },
      "headers": {
        "content-type": "application/json",
        "deprecation": "@1609459200",
        "ratelimit": "\"user\";r=9;t=1",
        "ratelimit-policy": "\"user\";q=10;w=10",
        "sunset": "Wed, 02 Feb 2022 00:00:00 GMT",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}

#[tokio::test]
async fn a_known_callers_mistake_costs_what_is_configured_and_never_more_than_is_left() {
    let server = Server::with_file(
        "[user_key]\nclient_error_credits = 2\n\n[plans.free]\nmonthly_credits = 3\n",
    );
    let mut user = server.root().user().await;
    let mut costs = Vec::new();
    for _ in 0..3 {
        let answer = user
            .request()
            .with("x-exorde-api-version", "v9")
            .send()
            .await
            .expect(400);
        costs.push(answer.json()["status"]["cost"].as_i64().unwrap());
    }
    assert_eq!(costs, [2, 1, 0]);
    user.rotated().await;
}

#[tokio::test]
async fn an_unknown_callers_mistake_costs_nothing() {
    let server = Server::with(&[("user_key.client_error_credits", "2")]);
    let user = server.root().user().await;
    let request = user.request_with("unknown").without("x-exorde-api-version");
    let answer = request.send().await.expect(401);
    assert_eq!(answer.json()["status"]["cost"], 0);
}
