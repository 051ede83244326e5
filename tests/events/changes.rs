//! Every kind of change leaves its events, and no others.

use serde_json::{Value, json};

use super::{done, end, said_since};
use crate::support::{Answer, Clocked, Root};

async fn issued(root: &Root, body: Value) -> (String, Answer) {
    let answer = root.post("/v1/keys", body).await.expect(201);
    (answer.string("/key/id"), answer)
}

#[tokio::test]
async fn an_owner_is_created_with_its_first_key() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.post("/v1/users", json!({})).await.expect(201);
    let body = json!({ "name": "Example Works" });
    let organization = root.post("/v1/organizations", body).await.expect(201);
    let body = json!({ "name": "Example Branch", "parent_id": organization.string("/id") });
    let child = root.post("/v1/organizations", body).await.expect(201);
    let expected = [user, organization, child].map(|made| {
        let ids = json!({
            "target_id": made.string("/id"),
            "related_id": made.string("/key/id"),
            "owner_id": made.string("/id"),
        });
        done("root", "owner.created", &made, ids)
    });
    assert_eq!(said_since(&server, 0).await, expected);
    let start = end(&server).await;
    let body = json!({ "name": "Example Branch", "first_key": false });
    let made = root.post("/v1/organizations", body).await.expect(201);
    let id = made.string("/id");
    let expected = done(
        "root",
        "owner.created",
        &made,
        json!({ "target_id": id, "owner_id": id }),
    );
    assert_eq!(said_since(&server, start).await, [expected]);
    server.finish().await;
}

#[tokio::test]
async fn a_changed_owner_is_told_with_what_changed() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let start = end(&server).await;
    let limits = json!([{ "name": "a", "limit": 1, "window_seconds": 1 }]);
    let mut expected = Vec::new();
    for (path, id, patch, detail) in [
        ("users", &user.id, json!({ "suspended": true }), "suspended"),
        ("users", &user.id, json!({ "plan": "gold" }), "plan"),
        (
            "users",
            &user.id,
            json!({ "rate_limits": limits, "email": "a@b", "plan": "free", "suspended": false }),
            "suspended email plan rate_limits",
        ),
        (
            "organizations",
            &organization.id,
            json!({ "name": "Example Mill", "remove": ["rate_limits"] }),
            "name rate_limits",
        ),
    ] {
        let answer = root.patch(&format!("/v1/{path}/{id}"), patch).await;
        let more = json!({ "target_id": id, "owner_id": id, "detail": detail });
        expected.push(done("root", "owner.changed", &answer.expect(200), more));
    }
    assert_eq!(said_since(&server, start).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_the_operator_issues_is_told_with_its_owner() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let start = end(&server).await;
    let mut expected = Vec::new();
    for (kind, owner_id) in [
        ("client", &organization.id),
        ("named", &organization.id),
        ("standard", &user.id),
        ("control", &user.id),
    ] {
        let body = json!({ "kind": kind, "owner_id": owner_id, "name": "x" });
        let (id, answer) = issued(&root, body).await;
        let more = json!({ "target_id": id, "owner_id": owner_id });
        expected.push(done("root", "key.issued", &answer, more));
    }
    assert_eq!(said_since(&server, start).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_a_holder_issues_is_told_with_the_holder() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    let named = root.named_of(&organization).await;
    let start = end(&server).await;
    let by_token = token.create("by token").await.expect(201);
    let named_by_token = token.create_named("by-token").await.expect(201);
    let by_key = named.create("by-key").await.expect(201);
    let token = format!("token:{}", client.key_id);
    let key = format!("key:{}", named.key_id);
    let more = |target: String| json!({ "target_id": target, "owner_id": organization.id });
    assert_eq!(
        said_since(&server, start).await,
        [
            done(
                &token,
                "key.issued",
                &by_token,
                more(by_token.string("/clientId"))
            ),
            done(
                &token,
                "key.issued",
                &named_by_token,
                more(named_by_token.string("/id"))
            ),
            done(&key, "key.issued", &by_key, more(by_key.string("/id"))),
        ]
    );
    server.finish().await;
}

#[tokio::test]
async fn a_changed_key_is_told_with_what_changed() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let body = json!({ "kind": "standard", "owner_id": user.id });
    let (id, _) = issued(&root, body).await;
    let holder = root.control(&["keys:write", "keys:read"]).await;
    let list = root.get("/v1/keys?kind=control").await.expect(200);
    let actor = format!("key:{}", list.string("/items/0/id"));
    let start = end(&server).await;
    let mut expected = Vec::new();
    for (patch, detail) in [
        (json!({ "enabled": false }), "enabled"),
        (json!({ "name": "x" }), "name"),
        (json!({ "scopes": [] }), "scopes"),
        (
            json!({ "expires_at": "2026-05-01T00:00:00Z" }),
            "expires_at",
        ),
        (json!({ "remove": ["rate_limits"] }), "rate_limits"),
        (json!({ "credits": { "remaining": 1 } }), "credits"),
        (json!({ "remove": ["ip_allow"] }), "ip_allow"),
        (json!({ "metadata": {} }), "metadata"),
        (
            json!({ "remove": ["credits", "name"], "metadata": {}, "enabled": true }),
            "enabled name credits metadata",
        ),
    ] {
        let answer = holder.patch(&format!("/v1/keys/{id}"), patch).await;
        let more = json!({ "target_id": id, "owner_id": user.id, "detail": detail });
        expected.push(done(&actor, "key.changed", &answer.expect(200), more));
    }
    assert_eq!(said_since(&server, start).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn a_rotation_names_the_old_key_and_the_new_one() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let start = end(&server).await;
    let target = format!("/v1/keys/{}/rotate", user.key_id);
    let by_root = root.post(&target, json!({})).await.expect(200);
    let second = by_root.string("/key/id");
    let key = by_root.string("/secret");
    let by_user = user.request_with(&key).send().await.expect(200);
    let by_organization = organization.rotate().await.expect(200);
    let of = async |owner_id: &str| {
        let target = format!("/v1/keys?state=live&owner_id={owner_id}");
        let keys = root.get(&target).await.expect(200);
        keys.string("/items/0/id")
    };
    let (third, successor) = (of(&user.id).await, of(&organization.id).await);
    let rotated = |actor: &str, answer: &Answer, [old, new, owner]: [&str; 3]| {
        let more = json!({ "target_id": old, "related_id": new, "owner_id": owner });
        done(actor, "key.rotated", answer, more)
    };
    assert_eq!(
        said_since(&server, start).await,
        [
            rotated("root", &by_root, [&user.key_id, &second, &user.id]),
            rotated(
                &format!("key:{second}"),
                &by_user,
                [&second, &third, &user.id]
            ),
            rotated(
                &format!("key:{}", organization.key_id),
                &by_organization,
                [&organization.key_id, &successor, &organization.id]
            ),
        ]
    );
    server.finish().await;
}

/// A parent may give its child a key where there is none: then the new key is all there is to name.
#[tokio::test]
async fn a_rotation_of_an_empty_place_names_the_new_key_only() {
    let server = Clocked::start().await;
    let root = server.root();
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    let actor = format!("key:{}", parent.key_id);
    let live = format!("/v1/keys?state=live&owner_id={}", child.id);
    let start = end(&server).await;
    let first = child.request_with(&parent.key).send().await.expect(200);
    let second = root.get(&live).await.expect(200).string("/items/0/id");
    let more = json!({ "target_id": child.key_id, "related_id": second, "owner_id": child.id });
    let expected = done(&actor, "key.rotated", &first, more);
    assert_eq!(said_since(&server, start).await, [expected]);
    root.revoke(&second).await;
    let start = end(&server).await;
    let again = child.request_with(&parent.key).send().await.expect(200);
    let third = root.get(&live).await.expect(200).string("/items/0/id");
    let more = json!({ "target_id": third, "owner_id": child.id });
    let expected = done(&actor, "key.rotated", &again, more);
    assert_eq!(said_since(&server, start).await, [expected]);
    server.finish().await;
}

#[tokio::test]
async fn a_revocation_is_told_with_its_reason() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    let other = root.client_of(&organization).await;
    let named = root.named_of(&organization).await;
    let start = end(&server).await;
    let target = format!("/v1/keys/{}/revoke", user.key_id);
    let reason = json!({ "reason": "key_compromise" });
    let by_root = root.post(&target, reason).await.expect(200);
    let target = format!("/api-keys/{}", other.id);
    let request = server.request("DELETE", &target).bearer(&token.token);
    let by_token = request.send().await.expect(204);
    let request = server.request("DELETE", "/v0/api_keys/first");
    let by_key = request.bearer(&named.key).send().await.expect(200);
    let revoked = |actor: &str, answer: &Answer, [key, owner, reason]: [&str; 3]| {
        let more = json!({ "target_id": key, "owner_id": owner, "detail": reason });
        done(actor, "key.revoked", answer, more)
    };
    assert_eq!(
        said_since(&server, start).await,
        [
            revoked("root", &by_root, [&user.key_id, &user.id, "key_compromise"]),
            revoked(
                &format!("token:{}", client.key_id),
                &by_token,
                [&other.key_id, &organization.id, "unspecified"]
            ),
            revoked(
                &format!("key:{}", named.key_id),
                &by_key,
                [&named.key_id, &organization.id, "unspecified"]
            ),
        ]
    );
    server.finish().await;
}
