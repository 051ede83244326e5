//! Behind Caddy: all stories, and what Caddy passes on of a refusal.
//! Leaves what is true behind each proxy to `stories`.

use serde_json::json;

use super::Scene;
use super::stories::{self, tell_stories};
use crate::support::{Kind, assert_answer};

mod debian {
    use super::*;

    tell_stories!(Kind::Caddy);
}

mod current {
    use super::*;

    tell_stories!(Kind::CaddyCurrent);
}

#[tokio::test]
async fn behind_caddy_a_revoked_key_is_refused_by_the_very_next_request() {
    for kind in [Kind::Caddy, Kind::CaddyCurrent] {
        stories::a_revoked_key_is_refused(kind).await;
    }
}

#[tokio::test]
async fn a_client_without_a_key_gets_the_servers_own_answer() {
    let scene = Scene::start(Kind::Caddy).await;
    assert_answer!(scene.refused("/", &[], "CREDENTIAL_MISSING").await, @r#"
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
async fn behind_caddy_a_client_whose_key_is_too_narrow_learns_which_scope_it_needs() {
    let scene = Scene::start(Kind::Caddy).await;
    let key = scene.key(json!({})).await;
    let headers = [("x-api-key", &*key.secret)];
    let refused = scene
        .refused("/reports/", &headers, "INSUFFICIENT_SCOPE")
        .await;
    assert_answer!(refused, @r#"
    {
      "body": {
        "detail": "this request needs the scope reports:read",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"reports:read\"",
        "x-key-refusal": "INSUFFICIENT_SCOPE",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_429_goes_through_caddy_as_it_is() {
    let scene = Scene::start(Kind::Caddy).await;
    let never = json!({ "name": "never", "limit": 0, "window_seconds": 60 });
    let key = scene.key(json!({ "rate_limits": [never] })).await;
    let headers = [("x-api-key", &*key.secret)];
    assert_answer!(scene.refused("/", &headers, "RATE_LIMITED").await, @r#"
    {
      "body": {
        "detail": "the rate limit is too small for this request, however long it waits",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"never\";r=0;t=60",
        "ratelimit-policy": "\"never\";q=0;w=60",
        "retry-after": "60",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    assert!(!scene.proxy.log().contains(&key.secret));
}

#[tokio::test]
async fn behind_caddy_a_server_that_hangs_holds_nobody() {
    for kind in [Kind::Caddy, Kind::CaddyCurrent] {
        stories::a_server_that_hangs_holds_nobody(kind).await;
    }
}
