//! What a key may be given when it is made: limits, credits, addresses, an end, metadata.
//! Leaves what they do to `verify` and its like, and values that break a rule to `bad_input`.

use serde_json::{Value, json};

use crate::support::{Clocked, Server, assert_answer};

/// A standard key with all there is.
fn wish(owner_id: &str) -> Value {
    json!({
        "kind": "standard",
        "owner_id": owner_id,
        "name": "nightly export",
        "prefix": "acme",
        "scopes": ["reports:read", "reports:write"],
        "expires_at": "2026-04-01T02:00:00.5+02:00",
        "rate_limits": [
            { "name": "second", "limit": 10, "window_seconds": 1, "burst": 3 },
            { "name": "day", "limit": 5000, "window_seconds": 86400 },
        ],
        "credits": { "remaining": 100, "refill": { "amount": 500, "every": "month" } },
        "ip_allow": ["203.0.113.0/24", "2001:DB8:0::1", "::ffff:192.0.2.7"],
        "metadata": { "team": "books", "nested": { "list": [1, null, "🔑"] } },
    })
}

#[tokio::test]
async fn a_key_has_all_that_it_was_given() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let answer = root.post("/v1/keys", wish(&user.id)).await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "key": {
          "created_at": "[instant]",
          "credits": {
            "refill": {
              "amount": 500,
              "every": "month"
            },
            "remaining": 100
          },
          "enabled": true,
          "expires_at": "2026-04-01T00:00:00.500Z",
          "hint": "[hint]",
          "id": "[id]",
          "ip_allow": [
            "203.0.113.0/24",
            "2001:db8::1",
            "192.0.2.7"
          ],
          "kind": "standard",
          "metadata": {
            "nested": {
              "list": [
                1,
                null,
                "🔑"
              ]
            },
            "team": "books"
          },
          "name": "nightly export",
          "owner_id": "[owner id]",
          "rate_limits": [
            {
              "burst": 3,
              "limit": 10,
              "name": "second",
              "window_seconds": 1
            },
            {
              "burst": 5000,
              "limit": 5000,
              "name": "day",
              "window_seconds": 86400
            }
          ],
          "scopes": [
            "reports:read",
            "reports:write"
          ],
          "state": "live",
          "uses": 0
        },
        "secret": "[secret]"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
    let made = answer.json();
    let target = format!("/v1/keys/{}", answer.string("/key/id"));
    let read = root.get(&target).await.expect(200);
    assert_eq!(read.json(), made["key"]);
    let list = format!("/v1/keys?kind=standard&owner_id={}", user.id);
    let listed = root.get(&list).await.expect(200).json();
    assert_eq!(listed, json!({ "items": [made["key"]] }));
    server.finish().await;
}

#[tokio::test]
async fn what_a_key_was_given_outlives_the_server() {
    let server = Server::start();
    let user = server.root().user().await;
    let mut body = wish(&user.id);
    body["expires_at"] = json!("2122-01-15T09:30:00Z");
    let made = server.root().issue(body).await;
    let server = Server::on(&server.finish(), &[]);
    let target = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
    let read = server.root().get(&target).await.expect(200).json();
    assert_eq!(read, made["key"]);
}

#[tokio::test]
async fn a_key_that_was_given_nothing_has_empty_lists_and_no_credits() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let bare = json!({ "kind": "standard", "owner_id": user.id });
    let mut empty = bare.clone();
    for member in ["rate_limits", "ip_allow", "scopes"] {
        empty[member] = json!([]);
    }
    empty["metadata"] = json!({});
    for body in [bare, empty] {
        let made = root.issue(body).await;
        let key = made["key"].as_object().unwrap();
        for member in ["rate_limits", "ip_allow", "scopes"] {
            assert_eq!(key[member], json!([]), "{member}");
        }
        assert_eq!(key["metadata"], json!({}));
        for member in ["credits", "expires_at", "name", "last_used_at"] {
            assert!(!key.contains_key(member), "{member}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn keys_of_every_kind_take_the_same_options() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    root.revoke(&user.key_id).await;
    root.revoke(&organization.key_id).await;
    let limits = json!([{ "name": "a", "limit": 1, "window_seconds": 60, "burst": 2 }]);
    for (kind, owner_id) in [
        ("user", &user.id),
        ("organization", &organization.id),
        ("client", &organization.id),
        ("named", &organization.id),
        ("standard", &organization.id),
        ("control", &user.id),
    ] {
        let body = json!({
            "kind": kind,
            "owner_id": owner_id,
            "name": "ci",
            "expires_at": "2026-03-15T12:00:00.001Z",
            "rate_limits": limits,
            "credits": { "remaining": 0 },
            "ip_allow": ["192.0.2.7"],
            "metadata": { "team": "books" },
        });
        let made = root.issue(body).await;
        let key = &made["key"];
        assert_eq!(
            json!([
                key["kind"],
                key["expires_at"],
                key["rate_limits"],
                key["credits"],
                key["ip_allow"],
                key["metadata"]
            ]),
            json!([
                kind,
                "2026-03-15T12:00:00.001Z",
                limits,
                { "remaining": 0 },
                ["192.0.2.7"],
                { "team": "books" }
            ])
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn networks_are_answered_in_one_form_and_once() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    for (sent, answered) in [
        (json!(["192.0.2.7/32"]), json!(["192.0.2.7"])),
        (json!(["2001:db8::1/128"]), json!(["2001:db8::1"])),
        (json!(["2001:0DB8:0:0::/32"]), json!(["2001:db8::/32"])),
        (json!(["::ffff:192.0.2.0/120"]), json!(["192.0.2.0/24"])),
        (json!(["0.0.0.0/0", "::/0"]), json!(["0.0.0.0/0", "::/0"])),
        (
            json!(["10.0.0.0/8", "192.0.2.7", "::ffff:192.0.2.7", "10.0.0.0/8"]),
            json!(["10.0.0.0/8", "192.0.2.7"]),
        ),
    ] {
        let body = json!({ "kind": "standard", "owner_id": user.id, "ip_allow": sent });
        let made = root.issue(body).await;
        assert_eq!(made["key"]["ip_allow"], answered, "{sent}");
        let target = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
        let patched = root.patch(&target, json!({ "ip_allow": sent })).await;
        assert_eq!(patched.expect(200).json(), made["key"]);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_rotation_hands_over_all_that_the_key_was_given() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let made = root.issue(wish(&user.id)).await;
    let target = format!("/v1/keys/{}/rotate", made["key"]["id"].as_str().unwrap());
    server.advance_s(1);
    let new = root.post(&target, json!({})).await.expect(200).json();
    let mut expected = made["key"].clone();
    for member in ["id", "hint", "created_at"] {
        assert_ne!(new["key"][member], expected[member], "{member}");
        expected[member] = new["key"][member].clone();
    }
    assert_eq!(new["key"], expected);
    server.finish().await;
}

/// The options belong to what a retry must repeat.
#[tokio::test]
async fn a_retry_with_another_option_is_no_retry() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let send = async |body: &Value| {
        let request = root.request("POST", "/v1/keys").json(body);
        request.header("idempotency-key", "retry-1").send().await
    };
    let body = wish(&user.id);
    let first = send(&body).await.expect(201).json();
    assert_eq!(send(&body).await.expect(201).json(), first);
    for (member, other) in [
        ("rate_limits", json!([])),
        (
            "rate_limits",
            json!([
                { "name": "second", "limit": 10, "window_seconds": 1, "burst": 4 },
                { "name": "day", "limit": 5000, "window_seconds": 86400 },
            ]),
        ),
        ("credits", json!({ "remaining": 100 })),
        (
            "credits",
            json!({ "remaining": 100, "refill": { "amount": 500, "every": "day" } }),
        ),
        ("ip_allow", json!(["203.0.113.0/24"])),
        ("metadata", json!({ "team": "films" })),
        ("expires_at", json!("2026-04-01T00:00:00.501Z")),
    ] {
        let mut changed = body.clone();
        changed[member] = other;
        send(&changed).await.expect(422);
        changed.as_object_mut().unwrap().remove(member);
        send(&changed).await.expect(422);
    }
    let list = format!("/v1/keys?kind=standard&owner_id={}", user.id);
    let listed = root.get(&list).await.expect(200).json();
    assert_eq!(listed, json!({ "items": [first["key"]] }));
    server.finish().await;
}
