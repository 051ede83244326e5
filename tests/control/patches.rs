//! `PATCH /v1/keys/{id}`: what changes, and what stays.
//! Leaves values that break a rule to `bad_input`, and what the events say to `events`.

mod kinds;
mod races;
mod refusals;

use serde_json::{Value, json};

use super::keys::{path, secret};
use crate::support::{Clocked, Root, assert_answer};

/// A key with a value in every member that a patch can change.
async fn full(root: &Root) -> Value {
    let user = root.user().await;
    root.issue(json!({
        "kind": "standard",
        "owner_id": user.id,
        "name": "nightly export",
        "scopes": ["reports:read"],
        "expires_at": "2026-04-01T00:00:00Z",
        "rate_limits": [{ "name": "day", "limit": 5000, "window_seconds": 86400 }],
        "credits": { "remaining": 100, "refill": { "amount": 500, "every": "month" } },
        "ip_allow": ["203.0.113.0/24"],
        "metadata": { "team": "books" },
    }))
    .await
}

/// The key as it is read now.
async fn read(root: &Root, issued: &Value) -> Value {
    root.get(&path(issued)).await.expect(200).json()
}

#[tokio::test]
async fn a_patch_answers_the_whole_key() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    let patch = json!({ "enabled": false, "remove": ["expires_at"] });
    assert_answer!(root.patch(&path(&made), patch).await, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "credits": {
          "refill": {
            "amount": 500,
            "every": "month"
          },
          "remaining": 100
        },
        "enabled": false,
        "hint": "[hint]",
        "id": "[id]",
        "ip_allow": [
          "203.0.113.0/24"
        ],
        "kind": "standard",
        "metadata": {
          "team": "books"
        },
        "name": "nightly export",
        "owner_id": "[owner id]",
        "rate_limits": [
          {
            "burst": 5000,
            "limit": 5000,
            "name": "day",
            "window_seconds": 86400
          }
        ],
        "scopes": [
          "reports:read"
        ],
        "state": "disabled",
        "uses": 0
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    server.finish().await;
}

/// Every member, a value for it, and what is answered then.
fn members() -> [(&'static str, Value, Value); 13] {
    let same = |member, value: Value| (member, value.clone(), value);
    let limit = |burst| json!([{ "name": "b", "limit": 9, "window_seconds": 2, "burst": burst }]);
    let refill = json!({ "remaining": 7, "refill": { "amount": 1, "every": "day" } });
    [
        same("name", json!("hourly export")),
        same("name", json!("nightly export")),
        same("scopes", json!(["reports:write", "a"])),
        same("scopes", json!([])),
        (
            "expires_at",
            json!("2026-03-15T14:00:00+01:00"),
            json!("2026-03-15T13:00:00.000Z"),
        ),
        same("rate_limits", limit(3)),
        (
            "rate_limits",
            json!([{ "name": "b", "limit": 9, "window_seconds": 2 }]),
            limit(9),
        ),
        same("credits", json!({ "remaining": 0 })),
        same("credits", refill),
        (
            "ip_allow",
            json!(["::ffff:192.0.2.7", "2001:DB8::/32"]),
            json!(["192.0.2.7", "2001:db8::/32"]),
        ),
        same("metadata", json!({ "owner": ["films", null] })),
        same("metadata", json!({})),
        same("enabled", json!(true)),
    ]
}

#[tokio::test]
async fn a_member_that_is_sent_alone_changes_alone() {
    let server = Clocked::start().await;
    let root = server.root();
    for (member, sent, answered) in members() {
        let made = full(&root).await;
        let mut expected = made["key"].clone();
        expected[member] = answered;
        let mut patch = json!({});
        patch[member] = sent;
        server.advance_s(1);
        let answer = root.patch(&path(&made), patch.clone()).await;
        assert_eq!(answer.expect(200).json(), expected, "{patch}");
        assert_eq!(read(&root, &made).await, expected, "{patch}");
        // And in a list, which is read in another way.
        let owner = made["key"]["owner_id"].as_str().unwrap();
        let list = format!("/v1/keys?kind=standard&owner_id={owner}");
        let listed = root.get(&list).await.expect(200).json();
        assert_eq!(listed["items"], json!([expected]), "{patch}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_member_that_is_removed_is_gone_and_no_other() {
    let server = Clocked::start().await;
    let root = server.root();
    for remove in [
        json!(["name"]),
        json!(["expires_at"]),
        json!(["credits"]),
        json!(["credits", "name"]),
        json!(["ip_allow"]),
        json!(["rate_limits"]),
        json!(["name", "rate_limits", "expires_at", "ip_allow", "credits"]),
        json!([]),
    ] {
        let made = full(&root).await;
        let mut expected = made["key"].clone();
        for member in remove.as_array().unwrap() {
            let member = member.as_str().unwrap();
            // A list is always answered.
            if expected[member].is_array() {
                expected[member] = json!([]);
            } else {
                expected.as_object_mut().unwrap().remove(member);
            }
        }
        let patch = json!({ "remove": remove });
        // What is gone already stays gone.
        for _ in 0..2 {
            let answer = root.patch(&path(&made), patch.clone()).await;
            assert_eq!(answer.expect(200).json(), expected, "{remove}");
            assert_eq!(read(&root, &made).await, expected, "{remove}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn all_members_change_at_once() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    let patch = json!({
        "enabled": false,
        "name": "hourly export",
        "scopes": ["reports:write"],
        "expires_at": "2026-05-01T00:00:00.000Z",
        "rate_limits": [{ "name": "b", "limit": 9, "window_seconds": 2, "burst": 3 }],
        "credits": { "remaining": 1 },
        "ip_allow": ["192.0.2.7"],
        "metadata": { "team": "films" },
    });
    let mut expected = made["key"].clone();
    let members = expected.as_object_mut().unwrap();
    members.extend(patch.as_object().unwrap().clone());
    members.insert("state".to_owned(), json!("disabled"));
    let answer = root.patch(&path(&made), patch).await;
    assert_eq!(answer.expect(200).json(), expected);
    assert_eq!(read(&root, &made).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn an_empty_patch_answers_the_key_as_it_is() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    let answer = root.patch(&path(&made), json!({})).await;
    assert_eq!(answer.expect(200).json(), made["key"]);
    let answer = root.patch(&path(&made), json!({ "remove": [] })).await;
    assert_eq!(answer.expect(200).json(), made["key"]);
    server.finish().await;
}

#[tokio::test]
async fn a_key_is_switched_off_and_on_again() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let body = json!({ "kind": "standard", "owner_id": user.id });
    let made = root.issue(body).await;
    let listed = async |state: &str| {
        let target = format!("/v1/keys?kind=standard&state={state}");
        let page = root.get(&target).await.expect(200).json();
        page["items"].as_array().unwrap().len()
    };
    for _ in 0..2 {
        for (enabled, state, verdict) in [
            (false, "disabled", "DISABLED"),
            (false, "disabled", "DISABLED"),
            (true, "live", "VALID"),
            (true, "live", "VALID"),
        ] {
            let patch = json!({ "enabled": enabled });
            let key = root.patch(&path(&made), patch).await.expect(200).json();
            assert_eq!(
                (&key["enabled"], &key["state"]),
                (&json!(enabled), &json!(state))
            );
            assert_eq!(root.verdict(secret(&made)).await, verdict);
            assert_eq!(listed("disabled").await, usize::from(!enabled));
            assert_eq!(listed("live").await, usize::from(enabled));
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_key_lives_until_the_end_that_it_was_given_last() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    root.patch(&path(&made), json!({ "remove": ["ip_allow"] }))
        .await
        .expect(200);
    let ends = async |patch: Value| {
        root.patch(&path(&made), patch).await.expect(200);
    };
    ends(json!({ "expires_at": "2026-03-15T12:00:10Z" })).await;
    server.advance_ms(9_999);
    assert_eq!(root.verdict(secret(&made)).await, "VALID");
    ends(json!({ "expires_at": "2026-03-15T12:00:20Z" })).await;
    server.advance_s(10);
    assert_eq!(root.verdict(secret(&made)).await, "VALID");
    ends(json!({ "remove": ["expires_at"] })).await;
    server.advance_s(20);
    assert_eq!(root.verdict(secret(&made)).await, "VALID");
    ends(json!({ "expires_at": "2026-03-15T12:00:40Z" })).await;
    assert_eq!(root.verdict(secret(&made)).await, "VALID", "39.999 s");
    server.advance_ms(1);
    assert_eq!(root.verdict(secret(&made)).await, "EXPIRED");
    server.finish().await;
}

#[tokio::test]
async fn what_a_verifier_sees_is_what_was_patched_last() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    let verify = json!({ "key": secret(&made), "client_ip": "203.0.113.7", "cost": 0 });
    for (name, scope) in [("first", "a"), ("second", "b")] {
        let patch = json!({ "name": name, "scopes": [scope], "metadata": { "is": name } });
        root.patch(&path(&made), patch).await.expect(200);
        let verdict = root.post("/v1/keys/verify", verify.clone()).await;
        let key = verdict.expect(200).json()["key"].clone();
        assert_eq!(
            json!([key["name"], key["scopes"], key["metadata"]]),
            json!([name, [scope], { "is": name }])
        );
    }
    server.finish().await;
}
