//! Patches that are refused, and change nothing.

use serde_json::{Value, json};

use super::{full, read};
use crate::control::keys::{path, secret, standard};
use crate::support::{Clocked, ControlHolder, Root, assert_answer};

const TAKEN: &str = "key 'SUCCESSOR' has taken the place of this one: change or rotate that one";

#[tokio::test]
async fn a_key_that_is_retired_is_not_changed_any_more() {
    let server = Clocked::start().await;
    let root = server.root();
    let (revoked, replaced) = (full(&root).await, full(&root).await);
    let (expired, graced) = (full(&root).await, full(&root).await);
    root.revoke(revoked["key"]["id"].as_str().unwrap()).await;
    for (key, grace_s) in [(&replaced, 0), (&graced, 10)] {
        let rotate = format!("{}/rotate", path(key));
        let grace = json!({ "grace_seconds": grace_s });
        root.post(&rotate, grace).await.expect(200);
    }
    let end = json!({ "expires_at": "2026-03-15T12:00:10Z" });
    root.patch(&path(&expired), end).await.expect(200);
    let note = json!({ "metadata": { "is": "changed" } });
    server.advance_ms(9_999);
    for key in [&expired, &graced] {
        root.patch(&path(key), note.clone()).await.expect(200);
    }
    server.advance_ms(1);
    for (key, detail) in [
        (&revoked, "the key was revoked: issue a new one"),
        (&replaced, TAKEN),
        (&expired, "the key has expired: issue a new one"),
        (&graced, TAKEN),
    ] {
        let before = read(&root, key).await;
        let successor = before["replaced_by"].as_str().unwrap_or_default();
        let detail = detail.replace("SUCCESSOR", successor);
        for patch in [
            &note,
            &json!({ "enabled": true }),
            &json!({ "expires_at": "2026-05-01T00:00:00Z" }),
            &json!({ "remove": ["expires_at"] }),
        ] {
            let refused = root.patch(&path(key), patch.clone()).await.expect(409);
            assert_eq!(refused.string("/detail"), detail);
        }
        assert_eq!(read(&root, key).await, before);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_is_switched_off_can_be_changed() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = standard(&root).await;
    root.patch(&path(&made), json!({ "enabled": false }))
        .await
        .expect(200);
    let patch = json!({ "name": "hourly export" });
    let changed = root.patch(&path(&made), patch).await.expect(200);
    assert_eq!(changed.string("/name"), "hourly export");
    assert_eq!(root.verdict(secret(&made)).await, "DISABLED");
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_not_changed() {
    let server = Clocked::start().await;
    let target = "/v1/keys/0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01";
    for patch in [json!({}), json!({ "enabled": false })] {
        let answer = server.root().patch(target, patch).await.expect(404);
        assert_eq!(
            answer.string("/detail"),
            "key '0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01' does not exist"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn a_member_is_not_sent_and_removed_at_once() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    for (member, value) in [
        ("name", json!("hourly export")),
        ("expires_at", json!("2026-05-01T00:00:00Z")),
        ("credits", json!({ "remaining": 1 })),
        ("ip_allow", json!(["192.0.2.7"])),
        (
            "rate_limits",
            json!([{ "name": "a", "limit": 1, "window_seconds": 1 }]),
        ),
    ] {
        let mut patch = json!({ "remove": [member], "metadata": {} });
        patch[member] = value;
        let answer = root.patch(&path(&made), patch).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/remove");
        let words = format!("{member} is sent and removed at once: do one of them");
        assert_eq!(answer.string("/detail"), words);
    }
    assert_eq!(read(&root, &made).await, made["key"]);
    server.finish().await;
}

/// Many a client sends its lists unasked, and would open the key to anybody.
#[tokio::test]
async fn an_empty_list_that_restricts_is_refused_and_names_remove() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    for member in ["ip_allow", "rate_limits"] {
        let mut patch = json!({ "enabled": false });
        patch[member] = json!([]);
        let refused = root.patch(&path(&made), patch).await.expect(422);
        assert_eq!(refused.string("/errors/0/pointer"), format!("/{member}"));
        let says = "is empty: leave it out, or name it in remove to take it away";
        assert_eq!(refused.string("/detail"), format!("{member} {says}"));
    }
    assert_eq!(read(&root, &made).await, made["key"]);
    server.finish().await;
}

#[tokio::test]
async fn what_breaks_a_rule_takes_the_rest_of_the_patch_with_it() {
    let server = Clocked::start().await;
    let root = server.root();
    let made = full(&root).await;
    for (member, value, pointer) in [
        ("name", json!(""), "/name"),
        ("scopes", json!(["a b"]), "/scopes/0"),
        ("expires_at", json!("2026-03-15T12:00:00Z"), "/expires_at"),
        (
            "rate_limits",
            json!([{ "name": "a", "limit": 1, "window_seconds": 0 }]),
            "/rate_limits/0/window_seconds",
        ),
        ("credits", json!({ "remaining": -1 }), "/credits/remaining"),
        ("ip_allow", json!(["192.0.2.7/24"]), "/ip_allow/0"),
        ("metadata", json!({ "x": "x".repeat(4096) }), "/metadata"),
        ("remove", json!(["scopes"]), "/remove/0"),
    ] {
        // Everything else in it would be fine.
        let mut patch = json!({
            "enabled": false,
            "name": "hourly export",
            "scopes": [],
            "rate_limits": [{ "name": "b", "limit": 1, "window_seconds": 1 }],
            "ip_allow": ["192.0.2.7"],
            "metadata": {},
        });
        patch[member] = value;
        let answer = root.patch(&path(&made), patch).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), pointer);
        assert_eq!(read(&root, &made).await, made["key"], "{member}");
    }
    server.finish().await;
}

async fn control(root: &Root, scopes: Value) -> Value {
    let user = root.user().await;
    root.issue(json!({ "kind": "control", "owner_id": user.id, "scopes": scopes }))
        .await
}

#[tokio::test]
async fn a_control_key_gives_no_more_than_it_has() {
    let server = Clocked::start().await;
    let root = server.root();
    let narrow = control(&root, json!(["keys:read"])).await;
    let holder: ControlHolder = root.control(&["keys:write", "keys:read"]).await;
    let wide = json!({ "scopes": ["keys:read", "owners:write"] });
    assert_answer!(holder.patch(&path(&narrow), wide.clone()).await, @r#"
    {
      "body": {
        "detail": "this operation needs the scope keys:read owners:write",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"keys:read owners:write\"",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    assert_eq!(read(&root, &narrow).await, narrow["key"]);
    let fitting = json!({ "scopes": ["keys:read", "keys:write"] });
    holder.patch(&path(&narrow), fitting).await.expect(200);
    // Root may.
    root.patch(&path(&narrow), wide).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_control_key_changes_none_that_is_wider_than_itself() {
    let server = Clocked::start().await;
    let root = server.root();
    let wide = control(&root, json!(["keys:read", "owners:write"])).await;
    let holder: ControlHolder = root.control(&["keys:write", "keys:read"]).await;
    for patch in [
        json!({ "enabled": false }),
        json!({ "scopes": [] }),
        json!({ "ip_allow": ["192.0.2.7"] }),
        json!({ "metadata": {} }),
    ] {
        holder.patch(&path(&wide), patch).await.expect(403);
    }
    assert_eq!(read(&root, &wide).await, wide["key"]);
    // Keys of other kinds have scopes of another world.
    let made = standard(&root).await;
    let scopes = json!({ "scopes": ["owners:write"] });
    holder.patch(&path(&made), scopes).await.expect(200);
    server.finish().await;
}
