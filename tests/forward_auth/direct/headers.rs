//! In which header the key is looked for, and what is left to the application behind the proxy.
//! Leaves what a key is good for to the file above.

use serde_json::json;

use super::{ask, plain};
use crate::forward_auth::Key;
use crate::support::{Clocked, Server, assert_answer};

#[tokio::test]
async fn a_bearer_token_goes_before_the_header_and_another_scheme_is_somebody_elses() {
    let server = Server::start();
    let (first, second) = (plain(&server).await, plain(&server).await);
    let both = ask(&server, &first).header("x-api-key", &second.secret);
    let answer = both.send().await.expect(204);
    assert_eq!(answer.header("x-key-id"), Some(&*first.id));
    let basic = server.get("/v1/authorize").basic("user", "password");
    let answer = basic
        .clone()
        .header("x-api-key", &second.secret)
        .send()
        .await;
    assert_eq!(answer.expect(204).header("x-key-id"), Some(&*second.id));
    basic.send().await.expect(401);
    let bad = server.get("/v1/authorize").bearer("unknown");
    let bad = bad.header("x-api-key", &second.secret);
    bad.send().await.expect(401);
}

#[tokio::test]
async fn with_header_x_api_key_authorization_is_the_applications_own() {
    let server = Server::start();
    let key = plain(&server).await;
    let question = server.get("/v1/authorize?header=x-api-key");
    let question = question.header("x-api-key", &key.secret);
    for own in ["Bearer app.jwt.token", "Bearer", "Basic dXNlcjpwYXNz", "x"] {
        let with_own = question.clone().header("authorization", own);
        let answer = with_own.send().await.expect(204);
        assert_eq!(answer.header("x-key-id"), Some(&*key.id), "{own}");
    }
    let beside = server
        .get("/v1/authorize")
        .header("x-api-key", &key.secret)
        .bearer("app.jwt.token");
    let answer = beside.send().await.expect(401);
    assert_eq!(answer.header("x-key-refusal"), Some("NOT_FOUND"));
}

#[tokio::test]
async fn with_header_x_api_key_a_bearer_token_proves_nothing() {
    let server = Server::start();
    let key = plain(&server).await;
    let question = server.get("/v1/authorize?header=x-api-key");
    assert_answer!(question.bearer(&key.secret).send().await, @r#"
    {
      "body": {
        "detail": "no key was sent: send one in X-Api-Key",
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
async fn an_applications_own_token_is_no_unknown_key_of_its_address() {
    let server = Clocked::with(json!({ "limits": { "unknown_per_minute": 1 } })).await;
    let keys = [plain(&server).await, plain(&server).await];
    for _ in 0..5 {
        for key in &keys {
            let question = server.get("/v1/authorize?header=x-api-key");
            let question = question.header("x-api-key", &key.secret);
            question.bearer("app.jwt.token").send().await.expect(204);
        }
    }
    // One look-up of something unknown is free, so nothing was counted before it.
    let guess = server.get("/v1/authorize").bearer("unknown");
    guess.send().await.expect(401);
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_for_nginx_says_everything_in_its_headers_and_has_no_body() {
    let server = Server::start();
    let never = json!({ "name": "never", "limit": 0, "window_seconds": 60 });
    let limited = Key::new(&server, json!({ "rate_limits": [never] })).await;
    let question = server.get("/v1/authorize?nginx=1");
    let refused = question.clone().bearer(&limited.secret).send().await;
    assert_answer!(refused, @r#"
    {
      "body": null,
      "headers": {
        "ratelimit": "\"never\";r=0;t=60",
        "ratelimit-policy": "\"never\";q=0;w=60",
        "retry-after": "60",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    let missing = question.send().await;
    assert_eq!(missing.header("content-length"), Some("0"));
    assert_answer!(missing, @r#"
    {
      "body": null,
      "headers": {
        "www-authenticate": "Bearer",
        "x-key-refusal": "CREDENTIAL_MISSING",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}
