//! Asked directly, without a proxy: what passes, and what the answer says of it.
//! Leaves kinds, refusals, the query and the client's address to the files below.

mod addresses;
mod headers;
mod kinds;
mod queries;
mod refusals;

use serde_json::{Value, json};

use super::Key;
use crate::support::{Clocked, Request, Server, Site, assert_answer, raw};

/// The question, by the key as a bearer token.
fn ask(site: &Site, key: &Key) -> Request {
    site.get("/v1/authorize").bearer(&key.secret)
}

/// A key without any member of its own.
async fn plain(site: &Site) -> Key {
    Key::new(site, json!({})).await
}

#[tokio::test]
async fn a_key_that_may_be_used_passes_and_says_whose_it_is() {
    let server = Server::start();
    let key = Key::new(&server, json!({ "scopes": ["b", "a"] })).await;
    let answer = ask(&server, &key).send().await;
    assert_eq!(answer.header("x-key-id"), Some(&*key.id));
    assert_eq!(answer.header("x-key-owner"), Some(&*key.owner_id));
    assert_answer!(answer, @r#"
    {
      "body": null,
      "headers": {
        "cache-control": "no-store",
        "x-key-id": "[id]",
        "x-key-kind": "standard",
        "x-key-owner": "[owner id]",
        "x-key-scopes": "b a",
        "x-request-id": "[request id]"
      },
      "status": 204
    }
    "#);
}

#[tokio::test]
async fn a_key_without_scopes_says_so_with_an_empty_header() {
    let server = Server::start();
    let key = plain(&server).await;
    let answer = ask(&server, &key).send().await.expect(204);
    assert_eq!(answer.header("x-key-scopes"), Some(""));
}

#[tokio::test]
async fn a_key_with_rate_limits_says_what_is_left_of_the_scarcest() {
    let server = Clocked::start().await;
    let limits = json!([
        { "name": "daily", "limit": 100, "window_seconds": 86_400 },
        { "name": "hourly", "limit": 4, "window_seconds": 3600 },
    ]);
    let key = Key::new(&server, json!({ "rate_limits": limits })).await;
    assert_answer!(ask(&server, &key).send().await, @r#"
    {
      "body": null,
      "headers": {
        "cache-control": "no-store",
        "ratelimit": "\"hourly\";r=3;t=900",
        "ratelimit-policy": "\"hourly\";q=4;w=3600",
        "x-key-id": "[id]",
        "x-key-kind": "standard",
        "x-key-owner": "[owner id]",
        "x-key-scopes": "",
        "x-request-id": "[request id]"
      },
      "status": 204
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn a_key_in_its_grace_says_when_it_ends() {
    let server = Clocked::start().await;
    let key = plain(&server).await;
    let target = format!("/v1/keys/{}/rotate", key.id);
    let grace = json!({ "grace_seconds": 60 });
    server.root().post(&target, grace).await.expect(200);
    let answer = ask(&server, &key).send().await.expect(204);
    let end = Some("2026-03-15T12:01:00.000Z");
    assert_eq!(answer.header("x-key-expires-at"), end);
    server.advance_s(60);
    let answer = ask(&server, &key).send().await.expect(401);
    assert_eq!(answer.header("x-key-expires-at"), None);
    server.finish().await;
}

#[tokio::test]
async fn any_method_on_any_path_below_is_answered_the_same() {
    let server = Server::start();
    let key = plain(&server).await;
    let credential = format!("X-Api-Key: {}", key.secret);
    for method in [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE",
    ] {
        for path in [
            "",
            "/",
            "/orders/7",
            "/v1/keys",
            "//",
            "/../keys",
            "/%2e%2e/%00%ff",
            "/a;b=c@d:e",
        ] {
            let target = format!("/v1/authorize{path}");
            let answer = raw::send(&server, method, &target, &[&credential], b"").await;
            let answer = answer.expect(204);
            assert_eq!(
                answer.header("x-key-id"),
                Some(&*key.id),
                "{method} {target}"
            );
            let answer = raw::send(&server, method, &target, &[], b"")
                .await
                .expect(401);
            let refusal = answer.header("x-key-refusal");
            assert_eq!(refusal, Some("CREDENTIAL_MISSING"), "{method} {target}");
            assert_eq!(
                answer.body.is_empty(),
                method == "HEAD",
                "{method} {target}"
            );
        }
    }
    for other in [
        "/v1/authorized",
        "/v1/Authorize",
        "//v1/authorize",
        "/v1//authorize",
    ] {
        raw::send(&server, "GET", other, &[&credential], b"")
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn a_body_is_nobodys_business() {
    let server = Server::start();
    let key = plain(&server).await;
    for (content_type, body) in [
        ("application/json", b"{".to_vec()),
        ("text/plain", vec![b'a'; 1024 * 1024]),
    ] {
        let question = server.post("/v1/authorize").bearer(&key.secret);
        question.body(content_type, body).send().await.expect(204);
    }
}

#[tokio::test]
async fn what_passes_is_counted_and_what_is_refused_is_not() {
    let server = Clocked::start().await;
    let key = Key::new(&server, json!({ "scopes": ["a"] })).await;
    for query in ["", "?scope=a", "?cost=3", "?cost=0", "?scope=b"] {
        let target = format!("/v1/authorize{query}");
        server.get(&target).bearer(&key.secret).send().await;
    }
    let read = async || -> Value {
        let target = format!("/v1/keys/{}", key.id);
        server.root().get(&target).await.expect(200).json()
    };
    let uses = crate::support::until("the uses to be written down", async || {
        server.advance_s(10);
        read().await["uses"].as_i64().filter(|uses| *uses > 0)
    });
    assert_eq!(uses.await, 3);
    server.finish().await;
}

#[tokio::test]
async fn below_the_path_of_envoy_a_yes_is_a_200_and_all_else_the_same() {
    let server = Server::start();
    let key = Key::new(&server, json!({ "scopes": ["a"] })).await;
    let question = server.post("/v1/authorize/envoy/orders/7?page=2");
    assert_answer!(question.bearer(&key.secret).send().await, @r#"
    {
      "body": null,
      "headers": {
        "cache-control": "no-store",
        "x-key-id": "[id]",
        "x-key-kind": "standard",
        "x-key-owner": "[owner id]",
        "x-key-scopes": "a",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
}
