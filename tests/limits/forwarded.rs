//! Where a request comes from: the peer, or what the proxies say that are trusted.
//! Leaves addresses that a verification is told to `addresses`.

use serde_json::{Value, json};

use super::Key;
use crate::support::{Answer, Clocked, Request, assert_answer, raw};

/// A server behind proxies at 127.0.0.1, where the tests connect from, and in 10.0.0.0/8.
async fn behind_proxies() -> Clocked {
    Clocked::with(json!({
        "proxies": { "trusted": ["127.0.0.0/8", "10.0.0.0/8"] },
        "authorize": { "kinds": ["standard", "control"] },
    }))
    .await
}

/// Whether a request with these header lines passes for a key that is bound to `192.0.2.1`.
async fn passes(key: &Key, lines: &[&str]) -> bool {
    let mut request = key.authorize("");
    for line in lines {
        request = request.header("x-forwarded-for", line);
    }
    let answer = request.send().await;
    if answer.status == 204 {
        return true;
    }
    assert_eq!(answer.header("x-key-refusal"), Some("FORBIDDEN_IP"));
    assert_eq!(answer.status, 403);
    false
}

#[tokio::test]
async fn without_trusted_proxies_the_peer_is_the_client_whatever_it_says() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({ "ip_allow": ["192.0.2.1"] })).await;
    for lines in [
        &[][..],
        &["192.0.2.1"],
        &["nonsense"],
        &["127.0.0.1, 192.0.2.1"],
    ] {
        assert!(!passes(&key, lines).await, "{lines:?}");
    }
    key.patch(json!({ "ip_allow": ["127.0.0.1"] })).await;
    for lines in [&[][..], &["192.0.2.1"], &["nonsense"]] {
        assert!(passes(&key, lines).await, "{lines:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_and_what_its_client_claims_is_not() {
    let server = behind_proxies().await;
    let key = Key::with(&server, json!({ "ip_allow": ["192.0.2.1"] })).await;
    for (lines, expected) in [
        (&["192.0.2.1"][..], true),
        (&["192.0.2.1, 10.0.0.2"], true),
        (&["192.0.2.1", "10.0.0.3, 10.0.0.2"], true),
        (&["::ffff:192.0.2.1"], true),
        (&["192.0.2.1:49152"], true),
        (&["198.51.100.1, nonsense, 192.0.2.1, 10.0.0.2"], true),
        // The client put the address that is let in at the left of its own.
        (&["192.0.2.1, 198.51.100.1"], false),
        (&["192.0.2.1", "198.51.100.1"], false),
        (&["192.0.2.1, 198.51.100.1, 10.0.0.2"], false),
        (
            &["198.51.100.1", "192.0.2.1, 198.51.100.1", "10.0.0.2"],
            false,
        ),
        // Without the header, the proxy itself asks.
        (&[], false),
    ] {
        assert_eq!(passes(&key, lines).await, expected, "{lines:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn an_entry_that_is_no_address_leaves_the_client_unknown_and_refused() {
    let server = behind_proxies().await;
    let everywhere = json!({ "ip_allow": ["0.0.0.0/0", "::/0"] });
    let key = Key::with(&server, everywhere).await;
    for line in [
        "",
        "unknown",
        "192.0.2.1,",
        "192.0.2.1, , 10.0.0.2",
        "192.0.2.1, 10.0.0.2 10.0.0.3",
        "192.0.2.01",
        "\"192.0.2.1\"",
        "for=192.0.2.1",
    ] {
        assert!(!passes(&key, &[line]).await, "{line}");
        assert!(!passes(&key, &["192.0.2.1", line]).await, "{line}");
    }
    assert!(passes(&key, &["192.0.2.1"]).await);
    assert!(passes(&key, &[]).await);
    // A key that may be used from anywhere needs no address.
    key.patch(json!({ "remove": ["ip_allow"] })).await;
    assert!(passes(&key, &["unknown"]).await);
    server.finish().await;
}

#[tokio::test]
async fn a_header_that_is_no_text_leaves_the_client_unknown() {
    let server = behind_proxies().await;
    let key = Key::with(&server, json!({ "ip_allow": ["0.0.0.0/0"] })).await;
    let ask = async |line: &[u8]| {
        let head = format!(
            "GET /v1/authorize HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {}\r\nX-Forwarded-For: ",
            key.secret
        );
        let bytes = [head.as_bytes(), line, b"\r\n\r\n"].concat();
        let answer = raw::parse(&raw::exchange(&server, &bytes).await);
        server.receive("GET", "/v1/authorize", answer).status
    };
    assert_eq!(ask(b"192.0.2.1\xff").await, 403);
    assert_eq!(ask(b"\xff, 192.0.2.1").await, 403);
    assert_eq!(ask(b"192.0.2.1").await, 204);
    server.finish().await;
}

/// The same request from an address where the key is let in, and from one where it is not.
async fn from_both(request: Request) -> (u16, Answer) {
    let here = request.clone().header("x-forwarded-for", "192.0.2.1");
    let elsewhere = request.header("x-forwarded-for", "192.0.2.1, 192.0.2.2");
    let refused = elsewhere.send().await;
    (here.send().await.status, refused)
}

async fn bind(server: &Clocked, key_id: &str) {
    let target = format!("/v1/keys/{key_id}");
    let patch = json!({ "ip_allow": ["192.0.2.1"] });
    server.root().patch(&target, patch).await.expect(200);
}

#[tokio::test]
async fn every_contract_refuses_a_key_from_elsewhere_in_its_own_envelope() {
    let server = behind_proxies().await;
    let root = server.root();
    let user = root.user().await;
    bind(&server, &user.key_id).await;
    let (status, refused) = from_both(user.request()).await;
    assert_eq!(status, 200);
    assert_answer!(refused, @r#"
    {
      "body": {
        "error": {
          "code": 403,
          "message": "the key may not be used from this address",
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

    let organization = root.organization().await;
    bind(&server, &organization.key_id).await;
    let (status, refused) = from_both(organization.request()).await;
    assert_eq!(status, 200);
    assert_answer!(refused, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 403,
            "message": "the key may not be used from this address"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);

    let named = root.named_of(&organization).await;
    bind(&server, &named.key_id).await;
    let (status, refused) = from_both(named.request().json(&json!({ "name": "new" }))).await;
    assert_eq!(status, 201);
    assert_answer!(refused, @r#"
    {
      "body": {
        "details": {
          "actual": [],
          "required": []
        },
        "error_code": "InsufficientPermissions",
        "message": "The key may not be used from this address"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn a_client_key_and_its_tokens_are_refused_from_elsewhere() {
    let server = behind_proxies().await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    bind(&server, &client.key_id).await;
    let (status, refused) = from_both(token.request().json(&json!({ "name": "new" }))).await;
    assert_eq!(status, 201);
    assert_answer!(refused, @r#"
    {
      "body": {
        "code": "insufficient_scope",
        "detail": "The key may not be used from this address.",
        "message": "The key may not be used from this address.",
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
    // The other contract that takes the token says so in its own words.
    let list = server.get("/v0/api_keys").bearer(&token.token);
    let (status, refused) = from_both(list).await;
    assert_eq!(status, 200);
    assert_eq!(
        refused.expect(403).string("/error_code"),
        "InsufficientPermissions"
    );
    let (status, refused) = from_both(client.token_request()).await;
    assert_eq!(status, 200);
    assert_answer!(refused, @r#"
    {
      "body": {
        "error": "invalid_client",
        "error_description": "client_id and client_secret do not belong to a live client key"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn a_control_key_is_refused_from_elsewhere() {
    let server = behind_proxies().await;
    let members = json!({
        "kind": "control", "scopes": ["keys:read"], "ip_allow": ["192.0.2.1"],
    });
    let key = Key::with(&server, members).await;
    let list = server.get("/v1/keys").bearer(&key.secret);
    let (status, refused) = from_both(list).await;
    assert_eq!(status, 200);
    assert_answer!(refused, @r#"
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
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    let (status, refused) = from_both(key.authorize("")).await;
    assert_eq!(status, 204);
    assert_eq!(refused.header("x-key-refusal"), Some("FORBIDDEN_IP"));
    assert_answer!(refused, @r#"
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
    server.finish().await;
}

/// Whoever is refused is not told whether the rest of the request was right.
#[tokio::test]
async fn an_address_is_judged_before_scopes_limits_and_input() {
    let server = behind_proxies().await;
    let organization = server.root().organization().await;
    let members: Value = json!({
        "kind": "named", "name": "narrow", "scopes": ["Read"],
        "rate_limits": [{ "name": "closed", "limit": 0, "window_seconds": 60 }],
        "ip_allow": ["192.0.2.1"],
    });
    let key = Key::of(&server, &organization.id, members).await;
    let list = server.get("/v0/api_keys").bearer(&key.secret);
    let create = server.post("/v0/api_keys").bearer(&key.secret);
    let create = create.body("application/json", "no JSON");
    for request in [list.clone(), create] {
        let answer = request.header("x-forwarded-for", "192.0.2.2").send().await;
        let answer = answer.expect(403);
        assert_eq!(
            answer.string("/message"),
            "The key may not be used from this address"
        );
    }
    list.header("x-forwarded-for", "192.0.2.1")
        .send()
        .await
        .expect(429);
    server.finish().await;
}
