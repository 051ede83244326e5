//! Which address a key is used from, as the server sees it.
//! Leaves real proxies to `nginx` and `caddy`.

use serde_json::json;

use crate::forward_auth::Key;
use crate::support::{Request, Server, Site, assert_answer};

async fn bound_to(site: &Site, networks: &[&str]) -> Key {
    Key::new(site, json!({ "ip_allow": networks })).await
}

/// The question with these lines of `X-Forwarded-For`.
fn forwarded(site: &Site, key: &Key, lines: &[&str]) -> Request {
    let question = site.get("/v1/authorize").bearer(&key.secret);
    lines.iter().fold(question, |question, line| {
        question.header("x-forwarded-for", line)
    })
}

#[tokio::test]
async fn a_key_is_refused_from_any_other_address() {
    let server = Server::start();
    let here = bound_to(&server, &["192.0.2.1", "127.0.0.0/8"]).await;
    forwarded(&server, &here, &[]).send().await.expect(204);
    let there = bound_to(&server, &["192.0.2.1"]).await;
    assert_answer!(forwarded(&server, &there, &[]).send().await, @r#"
    {
      "body": {
        "detail": "this key may not be used from this address",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-key-refusal": "FORBIDDEN_IP",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn what_a_client_writes_itself_is_not_believed() {
    let server = Server::start();
    let here = bound_to(&server, &["127.0.0.1"]).await;
    let there = bound_to(&server, &["192.0.2.1"]).await;
    for lines in [&["192.0.2.1"][..], &["192.0.2.1, 127.0.0.1"], &["nonsense"]] {
        forwarded(&server, &here, lines).send().await.expect(204);
        forwarded(&server, &there, lines).send().await.expect(403);
    }
}

#[tokio::test]
async fn behind_trusted_proxies_the_first_address_that_is_none_of_theirs_counts() {
    let trusted = r#"["127.0.0.1", "10.0.0.0/8"]"#;
    let server = Server::with(&[("proxies.trusted", trusted)]);
    let key = bound_to(&server, &["192.0.2.0/24", "2001:db8::/32"]).await;
    let free = Key::new(&server, json!({})).await;
    for (lines, status) in [
        (&["192.0.2.7"][..], 204),
        (&["192.0.2.7, 10.1.2.3"], 204),
        (&["203.0.113.9, 192.0.2.7, 10.1.2.3"], 204),
        (&["nonsense, 192.0.2.7"], 204),
        (&["203.0.113.9", "192.0.2.7"], 204),
        (&["2001:db8::7"], 204),
        (&["::ffff:192.0.2.7"], 204),
        (&["192.0.2.7, 203.0.113.9"], 403),
        (&["192.0.2.7", "203.0.113.9"], 403),
        (&["192.0.2.7, nonsense"], 403),
        (&["192.0.2.7,"], 403),
        (&["10.1.2.3"], 403),
        (&[], 403),
    ] {
        let answer = forwarded(&server, &key, lines).send().await;
        assert_eq!(answer.status, status, "{lines:?}");
        // Where it comes from matters only to a key that is bound.
        forwarded(&server, &free, lines).send().await.expect(204);
    }
}
