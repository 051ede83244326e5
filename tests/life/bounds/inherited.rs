//! Keys that tenants make are bounded by those that make them, and stay so however they are replaced.
//! Leaves what a control key may not do to `bounds`.

use serde_json::{Value, json};

use super::*;

/// The bounds of a tenant's key that makes others.
fn tenants() -> Value {
    json!({
        "expires_at": "2100-01-01T00:00:00.000Z",
        "ip_allow": ["127.0.0.0/8"],
        "rate_limits": [{ "name": "calls", "limit": 100, "window_seconds": 60, "burst": 100 }],
    })
}

fn assert_bounded(key: &Value) {
    for (member, bound) in tenants().as_object().unwrap() {
        assert_eq!(&key[member], bound, "{member} of {key}");
    }
}

async fn found(root: &Root, id: &str) -> Value {
    root.get(&format!("/v1/keys/{id}")).await.expect(200).json()
}

#[tokio::test]
async fn the_keys_that_tenants_make_have_the_bounds_of_the_key_that_makes_them() {
    let server = Server::start();
    let root = server.root();
    let own = root.organization().await;
    let with = |kind: &str, more: &Value| {
        let mut wish = json!({ "kind": kind, "owner_id": own.id, "name": "first" });
        wish.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        wish
    };
    let named = root.named(with("named", &tenants())).await;
    let made = named.create("second").await.expect(201);
    assert_bounded(&found(&root, &made.string("/id")).await);
    let client = root.client(with("client", &tenants())).await;
    let token = client.token().await;
    let made = server
        .post("/api-keys")
        .bearer(&token.token)
        .json(&json!({ "name": "x" }));
    let made = made.send().await.expect(201);
    assert_bounded(&found(&root, &made.string("/clientId")).await);
    let made = server
        .post("/v0/api_keys")
        .bearer(&token.token)
        .json(&json!({ "name": "third" }));
    let made = made.send().await.expect(201);
    assert_bounded(&found(&root, &made.string("/id")).await);
    // To end a key is no making: whoever may delete ends those without bounds, too.
    root.named(with("named", &json!({ "name": "free" }))).await;
    let delete = server.request("DELETE", "/v0/api_keys/free");
    delete.bearer(&named.key).send().await.expect(200);
    // Whose uses are counted hands out none.
    let credits = json!({ "name": "fourth", "credits": { "remaining": 5 } });
    let named = root.named(with("named", &credits)).await;
    let token = root.client(with("client", &credits)).await.token().await;
    let before = database::state(server.folder());
    let refused = named.create("fifth").await.expect(403);
    assert_eq!(refused.string("/error_code"), "InsufficientPermissions");
    for path in ["/api-keys", "/v0/api_keys"] {
        let request = server.post(path).bearer(&token.token);
        request
            .json(&json!({ "name": "fifth" }))
            .send()
            .await
            .expect(403);
    }
    assert_eq!(database::state(server.folder()), before);
    server.finish().search();
}

#[tokio::test]
async fn a_key_that_its_holder_replaces_keeps_its_bounds() {
    let server = Server::start();
    let root = server.root();
    let parent = root.organization().await;
    let (mut own, mut user) = (root.organization_below(&parent).await, root.user().await);
    let mut patch = tenants();
    patch["credits"] = json!({ "remaining": 7 });
    for id in [&own.key_id, &user.key_id] {
        root.patch(&format!("/v1/keys/{id}"), patch.clone())
            .await
            .expect(200);
    }
    let current = async |owner_id: &str, kind: &str| {
        let target = format!("/v1/keys?owner_id={owner_id}&kind={kind}&state=live");
        root.get(&target).await.expect(200).json()["items"][0].take()
    };
    user.rotated().await;
    own.rotated().await;
    for key in [
        current(&user.id, "user").await,
        current(&own.id, "organization").await,
    ] {
        assert_bounded(&key);
        assert_eq!(key["credits"]["remaining"], 7);
    }
    // The key above takes the place of it, and the bounds stay.
    own.request_with(&parent.key).send().await.expect(200);
    let key = current(&own.id, "organization").await;
    assert_bounded(&key);
    // Where there is none, a new one has those of the last, whoever ended that,
    root.revoke(key["id"].as_str().unwrap()).await;
    own.request_with(&parent.key).send().await.expect(200);
    let key = current(&own.id, "organization").await;
    assert_bounded(&key);
    assert_eq!(key["credits"]["remaining"], 7);
    // and those of the key that makes it, which must not be tighter.
    root.revoke(key["id"].as_str().unwrap()).await;
    let target = format!("/v1/keys/{}", parent.key_id);
    root.patch(&target, tenants()).await.expect(200);
    own.request_with(&parent.key).send().await.expect(200);
    let key = current(&own.id, "organization").await;
    assert_bounded(&key);
    // And where what is to be counted is the maker's, none is made.
    root.revoke(key["id"].as_str().unwrap()).await;
    let credits = json!({ "credits": { "remaining": 1 } });
    root.patch(&target, credits).await.expect(200);
    own.request_with(&parent.key).send().await.expect(403);
    server.finish().search();
}

#[tokio::test]
async fn the_key_of_an_organization_gets_no_wider_by_the_one_above_it() {
    let server = Server::start();
    let root = server.root();
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    let target = format!("/v1/keys/{}", parent.key_id);
    root.patch(&target, tenants()).await.expect(200);
    let current = async || {
        let target = format!(
            "/v1/keys?owner_id={}&kind=organization&state=live",
            child.id
        );
        root.get(&target).await.expect(200).json()["items"][0].take()
    };
    assert_eq!(current().await["ip_allow"], json!([]));
    child.request_with(&parent.key).send().await.expect(200);
    let key = current().await;
    assert_bounded(&key);
    // What it has beyond that is not handed out.
    let elsewhere = json!({ "ip_allow": ["192.0.2.0/24"] });
    let target = format!("/v1/keys/{}", key["id"].as_str().unwrap());
    root.patch(&target, elsewhere).await.expect(200);
    let before = database::state(server.folder());
    child.request_with(&parent.key).send().await.expect(403);
    assert_eq!(database::state(server.folder()), before);
    server.finish().search();
}

#[tokio::test]
async fn a_control_key_does_not_loosen_what_limits_its_own_owner() {
    let server = Server::start();
    let root = server.root();
    let own = root.organization().await;
    let child = root.organization_below(&own).await;
    let wish = json!({ "kind": "control", "owner_id": own.id, "scopes": ["owners:write"] });
    let holder = root.holding(&root.issue(wish).await);
    let limits = json!([{ "name": "all", "limit": 1000, "window_seconds": 60 }]);
    let (itself, below) = [&own, &child]
        .map(|owner| format!("/v1/organizations/{}", owner.id))
        .into();
    root.patch(&itself, json!({ "rate_limits": limits }))
        .await
        .expect(200);
    for patch in [
        json!({ "rate_limits": [{ "name": "all", "limit": 9, "window_seconds": 60 }] }),
        json!({ "remove": ["rate_limits"] }),
    ] {
        let refused = holder.patch(&itself, patch).await.expect(403);
        assert_eq!(refused.string("/errors/0/pointer"), "/rate_limits");
    }
    let found = root.get(&itself).await.expect(200).json();
    assert_eq!(found["rate_limits"][0]["limit"], 1000);
    holder
        .patch(&itself, json!({ "name": "Renamed Works" }))
        .await
        .expect(200);
    holder
        .patch(&below, json!({ "rate_limits": limits }))
        .await
        .expect(200);
    server.finish().search();
}

#[tokio::test]
async fn an_owner_of_a_wider_control_key_is_not_stopped_by_a_narrower_one() {
    let server = Server::start();
    let root = server.root();
    let own = root.organization().await;
    let child = root.organization_below(&own).await;
    let control = |owner_id: &str, scopes: &[&str]| {
        let wish = json!({ "kind": "control", "owner_id": owner_id, "scopes": scopes });
        async { root.issue(wish).await }
    };
    let holder = root.holding(&control(&own.id, &["owners:write"]).await);
    let wider = control(&child.id, &["owners:write", "keys:read"]).await;
    let target = format!("/v1/organizations/{}", child.id);
    let none = json!([{ "name": "all", "limit": 0, "window_seconds": 60, "burst": 1 }]);
    let before = database::state(server.folder());
    for patch in [
        json!({ "suspended": true }),
        json!({ "suspended": false }),
        json!({ "rate_limits": none }),
    ] {
        holder.patch(&target, patch).await.expect(403);
    }
    let refused = holder.request("DELETE", &target).send().await.expect(403);
    let id = wider["key"]["id"].as_str().unwrap();
    assert!(refused.string("/detail").contains(id), "{}", refused.text());
    assert_eq!(database::state(server.folder()), before);
    root.revoke(id).await;
    holder.request("DELETE", &target).send().await.expect(204);
    server.finish().search();
}
