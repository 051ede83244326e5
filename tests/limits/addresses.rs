//! Where a key may be used from: the list as it is given and kept, and verdicts on a client's address.
//! Leaves the address that the server itself sees to `forwarded`.

use serde_json::{Value, json};

use super::Key;
use crate::support::{Clocked, assert_answer};

async fn from(key: &Key, address: &str) -> bool {
    let verdict = key.judged(json!({ "client_ip": address })).await;
    let code = &verdict["code"];
    assert!(code == "VALID" || code == "FORBIDDEN_IP", "{verdict}");
    verdict["valid"] == true
}

#[tokio::test]
async fn a_network_holds_its_first_and_last_address_and_none_beside_them() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    for (network, [before, first, last, after]) in [
        (
            "192.0.2.0/24",
            ["192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
        ),
        (
            "192.0.2.8/29",
            ["192.0.2.7", "192.0.2.8", "192.0.2.15", "192.0.2.16"],
        ),
        (
            "192.0.2.6/31",
            ["192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8"],
        ),
        (
            "192.0.2.7",
            ["192.0.2.6", "192.0.2.7", "192.0.2.7", "192.0.2.8"],
        ),
        (
            "128.0.0.0/1",
            ["127.255.255.255", "128.0.0.0", "255.255.255.255", "::1"],
        ),
        (
            "2001:db8::/32",
            [
                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db8::",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db9::",
            ],
        ),
        (
            "2001:db8::10/127",
            [
                "2001:db8::f",
                "2001:db8::10",
                "2001:db8::11",
                "2001:db8::12",
            ],
        ),
        (
            "2001:db8::1",
            ["2001:db8::", "2001:db8::1", "2001:db8::1", "2001:db8::2"],
        ),
    ] {
        key.patch(json!({ "ip_allow": [network] })).await;
        for (address, is_in) in [(before, false), (first, true), (last, true), (after, false)] {
            assert_eq!(from(&key, address).await, is_in, "{address} in {network}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn one_network_of_several_is_enough() {
    let server = Clocked::start().await;
    let list = json!({ "ip_allow": ["192.0.2.0/24", "203.0.113.9", "2001:db8::/64"] });
    let key = Key::with(&server, list).await;
    for (address, is_in) in [
        ("192.0.2.200", true),
        ("203.0.113.9", true),
        ("2001:db8::ffff", true),
        ("203.0.113.10", false),
        ("2001:db8:0:1::", false),
        ("::192.0.2.1", false),
    ] {
        assert_eq!(from(&key, address).await, is_in, "{address}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_mapped_address_is_an_ipv4_address_on_both_sides() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({ "ip_allow": ["192.0.2.0/24"] })).await;
    assert!(from(&key, "::ffff:192.0.2.1").await);
    assert!(from(&key, "::FFFF:C000:0201").await);
    assert!(!from(&key, "::ffff:192.0.3.1").await);
    let patched = key
        .patch(json!({ "ip_allow": ["::ffff:192.0.2.0/120"] }))
        .await;
    assert_eq!(patched["ip_allow"], json!(["192.0.2.0/24"]));
    assert!(from(&key, "192.0.2.1").await);
    key.patch(json!({ "ip_allow": ["::/0"] })).await;
    assert!(from(&key, "2001:db8::1").await);
    assert!(!from(&key, "::ffff:192.0.2.1").await);
    assert!(!from(&key, "192.0.2.1").await);
    server.finish().await;
}

#[tokio::test]
async fn without_an_address_a_bound_key_is_refused_and_a_free_one_is_not() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({ "ip_allow": ["0.0.0.0/0", "::/0"] })).await;
    assert_answer!(key.question(json!({})).send().await, @r#"
    {
      "body": {
        "code": "FORBIDDEN_IP",
        "key": {
          "id": "[id]",
          "kind": "standard",
          "metadata": {},
          "owner_id": "[owner id]",
          "scopes": []
        },
        "valid": false
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert!(from(&key, "198.51.100.1").await);
    let patched = key.patch(json!({ "remove": ["ip_allow"] })).await;
    assert_eq!(patched["ip_allow"], json!([]));
    assert_eq!(key.code(1).await, "VALID");
    server.finish().await;
}

#[tokio::test]
async fn the_first_reason_in_the_order_of_codes_is_told() {
    let server = Clocked::start().await;
    let members = json!({
        "ip_allow": ["192.0.2.1"],
        "rate_limits": [{ "name": "closed", "limit": 0, "window_seconds": 1 }],
        "credits": { "remaining": 0 },
    });
    let key = Key::with(&server, members).await;
    let code = async |question: Value| key.judged(question).await["code"].take();
    let elsewhere = json!({ "client_ip": "192.0.2.2", "scopes": ["a"] });
    let narrow = json!({ "client_ip": "192.0.2.1", "scopes": ["a"] });
    let here = json!({ "client_ip": "192.0.2.1" });
    assert_eq!(code(elsewhere.clone()).await, "FORBIDDEN_IP");
    assert_eq!(code(narrow.clone()).await, "INSUFFICIENT_SCOPE");
    assert_eq!(code(here.clone()).await, "RATE_LIMITED");
    key.patch(json!({ "remove": ["rate_limits"] })).await;
    assert_eq!(code(here.clone()).await, "CREDITS_EXHAUSTED");
    let target = format!("/v1/users/{}", key.owner_id);
    let patch = json!({ "suspended": true });
    server.root().patch(&target, patch).await.expect(200);
    assert_eq!(code(elsewhere.clone()).await, "OWNER_SUSPENDED");
    key.patch(json!({ "enabled": false })).await;
    assert_eq!(code(elsewhere.clone()).await, "DISABLED");
    key.patch(json!({ "expires_at": "2026-03-15T12:00:01Z" }))
        .await;
    server.advance_s(1);
    assert_eq!(code(elsewhere.clone()).await, "EXPIRED");
    server.root().revoke(&key.id).await;
    assert_eq!(code(elsewhere).await, "REVOKED");
    server.finish().await;
}

#[tokio::test]
async fn a_list_is_answered_in_one_way_of_writing_and_without_repetitions() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    assert_eq!(key.read().await["ip_allow"], json!([]));
    let patched = key
        .patch(json!({ "ip_allow": [
            "2001:DB8:0:0::1/128", "192.0.2.7/32", "192.0.2.7", "10.0.0.0/8", "2001:0db8::/32",
        ] }))
        .await;
    let written = json!(["2001:db8::1", "192.0.2.7", "10.0.0.0/8", "2001:db8::/32"]);
    assert_eq!(patched["ip_allow"], written);
    assert_eq!(key.read().await["ip_allow"], written);
    let (answer, _) = key.rotated(0).await;
    assert_eq!(answer["key"]["ip_allow"], written);
    server.finish().await;
}

#[tokio::test]
async fn a_network_with_an_address_in_it_is_refused_with_the_one_that_was_meant() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let body = json!({
        "kind": "standard", "owner_id": user.id,
        "ip_allow": ["10.1.2.3/8", "192.0.2.0/24", "2001:db8::1/64", "example.com"],
    });
    assert_answer!(server.root().post("/v1/keys", body).await, @r#"
    {
      "body": {
        "detail": "'10.1.2.3/8' must have zeros behind its prefix: 10.0.0.0/8 was probably meant; '2001:db8::1/64' must have zeros behind its prefix: 2001:db8::/64 was probably meant; 'example.com' must be an IP address or a network, for example 192.0.2.7 or 2001:db8::/32",
        "errors": [
          {
            "detail": "'10.1.2.3/8' must have zeros behind its prefix: 10.0.0.0/8 was probably meant",
            "pointer": "/ip_allow/0"
          },
          {
            "detail": "'2001:db8::1/64' must have zeros behind its prefix: 2001:db8::/64 was probably meant",
            "pointer": "/ip_allow/2"
          },
          {
            "detail": "'example.com' must be an IP address or a network, for example 192.0.2.7 or 2001:db8::/32",
            "pointer": "/ip_allow/3"
          }
        ],
        "request_id": "[request id]",
        "status": 422,
        "title": "Unprocessable Content",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 422
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_network_is_refused_and_changes_nothing() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({ "ip_allow": ["192.0.2.1"] })).await;
    for bad in [
        "192.0.2.0/33",
        "192.0.2.0/",
        "192.0.2.0/024",
        "192.0.2.0/255.255.255.0",
        "192.0.2.01",
        "192.0.2",
        "2001:db8::/129",
        "[2001:db8::1]",
        "fe80::1%eth0",
        "192.0.2.1:443",
        "*",
        " 192.0.2.1",
        "::ffff:192.0.2.1/120",
    ] {
        let patch = json!({ "ip_allow": ["10.0.0.0/8", bad] });
        let answer = server.root().patch(&key.target(), patch).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/ip_allow/1", "{bad}");
        assert!(answer.string("/errors/0/detail").contains(bad), "{bad}");
    }
    assert_eq!(key.read().await["ip_allow"], json!(["192.0.2.1"]));
    server.finish().await;
}

#[tokio::test]
async fn sixty_four_networks_may_be_given_and_no_more() {
    let server = Clocked::start().await;
    let list = |len: u8| -> Value {
        let networks = (0..len).map(|number| format!("192.0.2.{number}"));
        networks.collect()
    };
    let key = Key::with(&server, json!({ "ip_allow": list(64) })).await;
    assert!(from(&key, "192.0.2.63").await);
    let patch = json!({ "ip_allow": list(65) });
    let answer = server.root().patch(&key.target(), patch).await.expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/ip_allow");
    server.finish().await;
}

#[tokio::test]
async fn an_address_of_a_client_may_have_a_port() {
    let server = Clocked::start().await;
    let list = json!(["192.0.2.0/24", "2001:db8::/32"]);
    let key = Key::with(&server, json!({ "ip_allow": list })).await;
    for (address, is_allowed) in [
        ("192.0.2.1:0", true),
        ("192.0.2.1:65535", true),
        ("203.0.113.1:80", false),
        ("2001:db8::7", true),
        ("[2001:db8::7]", true),
        ("[2001:db8::7]:443", true),
        ("[2001:db8:0:0:0:0:255.255.255.255]:65535", true),
        ("[::ffff:192.0.2.1]:80", true),
        ("[2001:db9::7]:443", false),
        // Without brackets the last group is one of the address.
        ("2001:db8::7:443", true),
    ] {
        assert_eq!(from(&key, address).await, is_allowed, "{address}");
    }
    server.finish().await;
}

#[tokio::test]
async fn an_address_of_a_client_must_be_one() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    for bad in [
        "",
        "::ffff:192.0.2.1/128",
        "192.0.2.1:",
        "192.0.2.1:65536",
        "192.0.2.1:+80",
        " 192.0.2.1",
        "192.0.2.1 ",
        "192.0.2.01",
        "[192.0.2.1]:80",
        "[::1",
        "[::1]80",
        "::1]:80",
        "localhost",
        "localhost:80",
    ] {
        let answer = key.question(json!({ "client_ip": bad })).send().await;
        let answer = answer.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/client_ip", "{bad}");
    }
    let batch = json!({ "requests": [
        { "key": key.secret }, { "key": key.secret, "client_ip": "localhost" },
    ] });
    let target = "/v1/keys/verify-batch";
    let answer = server.root().post(target, batch).await.expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/requests/1/client_ip");
    server.finish().await;
}
