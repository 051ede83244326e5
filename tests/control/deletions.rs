//! Users and organizations that are deleted, and what becomes of their keys.
//! Leaves what the events say about it to `events`.

mod races;
mod tombstones;

use serde_json::{Value, json};

use crate::support::{Answer, Clocked, Root, assert_answer};

async fn delete(root: &Root, target: &str) -> Answer {
    root.request("DELETE", target).send().await
}

/// A key of the owner, of a kind that any owner may have.
async fn standard(root: &Root, owner_id: &str, more: Value) -> (String, String) {
    let mut body = json!({ "kind": "standard", "owner_id": owner_id });
    let members = body.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    let made = root.issue(body).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["key"]["id"]), text(&made["secret"]))
}

#[tokio::test]
async fn a_deleted_user_is_gone() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, other) = (root.user().await, root.user().await);
    let target = format!("/v1/users/{}", user.id);
    assert_answer!(delete(&root, &target).await, @r#"
    {
      "body": null,
      "headers": {
        "x-request-id": "[request id]"
      },
      "status": 204
    }
    "#);
    let sentence = format!("user '{}' does not exist", user.id);
    let patch = json!({ "suspended": false });
    for answer in [
        root.get(&target).await,
        root.patch(&target, patch).await,
        root.patch(&target, json!({})).await,
        delete(&root, &target).await,
    ] {
        assert_eq!(answer.expect(404).string("/detail"), sentence);
    }
    let left = root.get("/v1/users").await.expect(200).json();
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["id"], json!(other.id));
    server.finish().await;
}

#[tokio::test]
async fn a_deleted_organization_is_gone() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let target = format!("/v1/organizations/{}", organization.id);
    assert_answer!(delete(&root, &target).await, @r#"
    {
      "body": null,
      "headers": {
        "x-request-id": "[request id]"
      },
      "status": 204
    }
    "#);
    let sentence = format!("organization '{}' does not exist", organization.id);
    for answer in [
        root.get(&target).await,
        root.patch(&target, json!({ "name": "Example Mill" })).await,
        delete(&root, &target).await,
    ] {
        assert_eq!(answer.expect(404).string("/detail"), sentence);
    }
    let left = root.get("/v1/organizations").await.expect(200).json();
    assert_eq!(left, json!({ "items": [] }));
    server.finish().await;
}

#[tokio::test]
async fn every_key_of_a_deleted_owner_is_revoked_whatever_its_state() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let live = standard(&root, &user.id, json!({})).await;
    let off = standard(&root, &user.id, json!({})).await;
    let path = format!("/v1/keys/{}", off.0);
    let switched = root.patch(&path, json!({ "enabled": false })).await;
    switched.expect(200);
    let short = json!({ "expires_at": "2026-03-15T12:00:01Z" });
    let expired = standard(&root, &user.id, short).await;
    let replaced = standard(&root, &user.id, json!({})).await;
    let graced = standard(&root, &user.id, json!({})).await;
    for (old, grace_s) in [(&replaced, 0), (&graced, 3600)] {
        let target = format!("/v1/keys/{}/rotate", old.0);
        let grace = json!({ "grace_seconds": grace_s });
        root.post(&target, grace).await.expect(200);
    }
    let revoked = standard(&root, &user.id, json!({})).await;
    let target = format!("/v1/keys/{}/revoke", revoked.0);
    let reason = json!({ "reason": "key_compromise" });
    root.post(&target, reason).await.expect(200);
    server.advance_s(5);
    let target = format!("/v1/users/{}", user.id);
    delete(&root, &target).await.expect(204);

    let list = format!("/v1/keys?owner_id={}", user.id);
    let keys = root.get(&list).await.expect(200).json();
    let keys = keys["items"].as_array().unwrap();
    assert_eq!(keys.len(), 9, "the user's own, six, and two successors");
    for key in keys {
        let (at, reason) = if key["id"] == json!(revoked.0) {
            ("2026-03-15T12:00:00.000Z", "key_compromise")
        } else {
            ("2026-03-15T12:00:05.000Z", "cessation_of_operation")
        };
        assert_eq!(
            (&key["state"], &key["revoked_at"], &key["revocation_reason"]),
            (&json!("revoked"), &json!(at), &json!(reason))
        );
    }
    let secrets = [user.key, live.1, off.1, expired.1, replaced.1, graced.1];
    let verdicts = root.verdicts(&secrets).await;
    assert_eq!(verdicts, ["REVOKED"; 6]);
    server.finish().await;
}

#[tokio::test]
async fn no_contract_takes_a_credential_of_a_deleted_owner() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    let client = root.client_of(&organization).await;
    let named = root.named_of(&organization).await;
    let token = client.token().await;
    let (_, standard) = standard(&root, &user.id, json!({})).await;
    for target in [
        format!("/v1/users/{}", user.id),
        format!("/v1/organizations/{}", organization.id),
        format!("/v1/organizations/{}", child.id),
    ] {
        delete(&root, &target).await.expect(204);
    }
    let authorize = server.get("/v1/authorize").bearer(&standard);
    for (what, request) in [
        ("the user's key", user.request()),
        ("the organization's key", organization.request()),
        (
            "a parent's key for the child",
            child.request_with(&parent.key),
        ),
        ("the child's key", child.request()),
        ("a client's secret", client.token_request()),
        ("a token", token.request().json(&json!({ "name": "x" }))),
        ("a named key", named.request().json(&json!({ "name": "x" }))),
        ("a standard key", authorize),
    ] {
        let status = request.send().await.status;
        assert_eq!(status, 401, "{what}");
    }
    // Its parent, which stays, goes on as before.
    parent.rotate().await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn the_id_of_a_deleted_owner_is_never_free_again() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    for target in [
        format!("/v1/users/{}", user.id),
        format!("/v1/organizations/{}", organization.id),
    ] {
        delete(&root, &target).await.expect(204);
    }
    for id in [&user.id, &organization.id] {
        let taken = format!("id '{id}' is taken: choose another or leave it out");
        let answer = root.post("/v1/users", json!({ "id": id })).await;
        assert_eq!(answer.expect(409).string("/detail"), taken);
        let body = json!({ "id": id, "name": "Example Works" });
        let answer = root.post("/v1/organizations", body).await;
        assert_eq!(answer.expect(409).string("/detail"), taken);
    }
    server.finish().await;
}

#[tokio::test]
async fn nothing_is_made_for_an_owner_that_was_deleted() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let target = format!("/v1/organizations/{}", organization.id);
    delete(&root, &target).await.expect(204);
    for kind in ["organization", "client", "named", "standard", "control"] {
        let body = json!({ "kind": kind, "owner_id": organization.id, "name": "x" });
        let answer = root.post("/v1/keys", body).await.expect(404);
        let sentence = format!("owner '{}' does not exist", organization.id);
        assert_eq!(answer.string("/detail"), sentence);
    }
    let target = format!("/v1/keys/{}/rotate", organization.key_id);
    root.post(&target, json!({})).await.expect(409);
    let target = format!("/v1/keys/{}", organization.key_id);
    let patch = json!({ "name": "x" });
    root.patch(&target, patch).await.expect(409);
    let body = json!({ "name": "Example Branch", "parent_id": organization.id });
    let answer = root.post("/v1/organizations", body).await.expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/parent_id");
    server.finish().await;
}

#[tokio::test]
async fn an_organization_goes_only_after_those_below_it() {
    let server = Clocked::start().await;
    let root = server.root();
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    let target = format!("/v1/organizations/{}", parent.id);
    let before = root.get(&target).await.expect(200).json();
    assert_answer!(delete(&root, &target).await, @r#"
    {
      "body": {
        "detail": "the organization has others below it: delete those first",
        "request_id": "[request id]",
        "status": 409,
        "title": "Conflict",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 409
    }
    "#);
    assert_eq!(root.get(&target).await.expect(200).json(), before);
    assert_eq!(root.verdict(&parent.key).await, "VALID");
    let below = format!("/v1/organizations/{}", child.id);
    delete(&root, &below).await.expect(204);
    assert_eq!(root.verdict(&parent.key).await, "VALID");
    delete(&root, &target).await.expect(204);
    assert_eq!(root.verdict(&parent.key).await, "REVOKED");
    server.finish().await;
}

#[tokio::test]
async fn a_suspended_owner_can_be_deleted() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    root.suspend_user(&user).await;
    root.suspend(&organization).await;
    for (target, key) in [
        (format!("/v1/users/{}", user.id), &user.key),
        (
            format!("/v1/organizations/{}", organization.id),
            &organization.key,
        ),
    ] {
        delete(&root, &target).await.expect(204);
        assert_eq!(root.verdict(key).await, "REVOKED");
    }
    let listed = root.get("/v1/users?suspended=true").await;
    assert_eq!(listed.expect(200).json(), json!({ "items": [] }));
    server.finish().await;
}

#[tokio::test]
async fn only_what_the_path_names_is_deleted() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let unknown = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
    for target in [
        format!("/v1/users/{}", organization.id),
        format!("/v1/organizations/{}", user.id),
        format!("/v1/users/{unknown}"),
        format!("/v1/organizations/{unknown}"),
    ] {
        delete(&root, &target).await.expect(404);
    }
    let verdicts = root.verdicts(&[user.key, organization.key]).await;
    assert_eq!(verdicts, ["VALID", "VALID"]);
    server.finish().await;
}

#[tokio::test]
async fn a_retry_of_the_creation_does_not_bring_a_deleted_owner_back() {
    let server = Clocked::start().await;
    let root = server.root();
    let create = || {
        let request = root.request("POST", "/v1/users").json(&json!({}));
        request.header("idempotency-key", "retry-1")
    };
    let id = create().send().await.expect(201).string("/id");
    delete(&root, &format!("/v1/users/{id}")).await.expect(204);
    assert_answer!(create().send().await, @r#"
    {
      "body": {
        "detail": "the key that this Idempotency-Key issued is no longer live: send a new one",
        "request_id": "[request id]",
        "status": 409,
        "title": "Conflict",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 409
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn who_deletes_the_owner_of_its_own_key_has_none_afterwards() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let body = json!({ "kind": "control", "owner_id": user.id, "scopes": ["owners:write"] });
    let key = root.issue(body).await["secret"].clone();
    let target = format!("/v1/users/{}", user.id);
    let request = server.request("DELETE", &target);
    let request = request.bearer(key.as_str().unwrap());
    request.clone().send().await.expect(204);
    request.send().await.expect(401);
    root.get(&target).await.expect(404);
    server.finish().await;
}

#[tokio::test]
async fn all_the_keys_of_an_owner_with_many_end_at_once() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    for _ in 0..120 {
        standard(&root, &organization.id, json!({})).await;
    }
    let target = format!("/v1/organizations/{}", organization.id);
    delete(&root, &target).await.expect(204);
    for (state, count) in [("live", 0), ("revoked", 121)] {
        let mut target = format!(
            "/v1/keys?owner_id={}&limit=100&state={state}",
            organization.id
        );
        let mut found = 0;
        loop {
            let page = root.get(&target).await.expect(200).json();
            found += page["items"].as_array().unwrap().len();
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            target = format!(
                "/v1/keys?owner_id={}&limit=100&state={state}&cursor={cursor}",
                organization.id
            );
        }
        assert_eq!(found, count, "{state}");
    }
    server.finish().await;
}
