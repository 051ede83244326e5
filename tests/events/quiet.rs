//! What leaves no event, and what no event ever holds.

use serde_json::json;

use super::{end, said_since, since};
use crate::support::child::Folder;
use crate::support::{Clocked, Server};

#[tokio::test]
async fn who_only_looks_leaves_no_event() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let client = root.client_of(&organization).await;
    let (_, standard) = root.standard_of(&user.id).await;
    let start = end(&server).await;
    for target in [
        "/v1/users".to_owned(),
        "/v1/organizations".to_owned(),
        "/v1/keys".to_owned(),
        "/v1/events".to_owned(),
        format!("/v1/users/{}", user.id),
        format!("/v1/organizations/{}", organization.id),
        format!("/v1/keys/{}", user.key_id),
    ] {
        root.get(&target).await.expect(200);
    }
    assert_eq!(root.verdict(&user.key).await, "VALID");
    assert_eq!(root.verdict("unknown").await, "NOT_FOUND");
    let body = json!({ "requests": [{ "key": user.key }, { "key": "unknown" }] });
    let batch = root.post("/v1/keys/verify-batch", body).await;
    batch.expect(200);
    let authorize = server.get("/v1/authorize").bearer(&standard);
    authorize.send().await.expect(204);
    let token = client.token().await;
    let list = server.get("/api-keys").bearer(&token.token);
    list.send().await.expect(200);
    let info = server.get("/user/info").bearer(&user.key);
    let info = info.header("x-exorde-api-version", "v1");
    info.send().await.expect(200);
    assert_eq!(said_since(&server, start).await, [json!(null); 0]);
    server.finish().await;
}

#[tokio::test]
async fn a_change_that_does_not_happen_leaves_no_event() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, parent) = (root.user().await, root.organization().await);
    root.organization_below(&parent).await;
    let (first, second) = (root.named_of(&parent).await, parent.clone());
    let dead = root.user().await;
    root.revoke(&dead.key_id).await;
    let start = end(&server).await;
    let unknown = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
    let user_path = format!("/v1/users/{}", user.id);
    let key = |id: &str| format!("/v1/keys/{id}");
    for (method, target, body, status) in [
        (
            "POST",
            "/v1/users".to_owned(),
            json!({ "id": user.id }),
            409,
        ),
        ("POST", "/v1/users".to_owned(), json!({ "plan": "A" }), 422),
        ("PATCH", user_path.clone(), json!({}), 200),
        ("PATCH", user_path, json!({ "plan": "" }), 422),
        (
            "PATCH",
            format!("/v1/users/{unknown}"),
            json!({ "suspended": true }),
            404,
        ),
        ("DELETE", format!("/v1/users/{unknown}"), json!({}), 404),
        (
            "DELETE",
            format!("/v1/organizations/{}", parent.id),
            json!({}),
            409,
        ),
        (
            "POST",
            "/v1/keys".to_owned(),
            json!({ "kind": "named", "owner_id": second.id, "name": "first" }),
            409,
        ),
        ("PATCH", key(&first.key_id), json!({}), 200),
        ("PATCH", key(&first.key_id), json!({ "name": "a.b" }), 422),
        ("PATCH", key(&dead.key_id), json!({ "name": "x" }), 409),
        ("PATCH", key(unknown), json!({ "name": "x" }), 404),
        ("POST", key(&dead.key_id) + "/rotate", json!({}), 409),
        ("POST", key(&dead.key_id) + "/revoke", json!({}), 200),
        ("POST", key(unknown) + "/revoke", json!({}), 404),
    ] {
        let request = root.request(method, &target).json(&body);
        request.send().await.expect(status);
    }
    // Somebody known who is told to come again later is not refused for good.
    first.create("first").await.expect(409);
    assert_eq!(said_since(&server, start).await, [json!(null); 0]);
    server.finish().await;
}

#[tokio::test]
async fn a_retry_is_told_once() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let start = end(&server).await;
    let body = json!({ "kind": "standard", "owner_id": user.id });
    for _ in 0..3 {
        let request = root.request("POST", "/v1/keys").json(&body);
        let request = request.header("idempotency-key", "retry-1");
        request.send().await.expect(201);
    }
    let events = since(&server, start).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["action"], json!("key.issued"));
    server.finish().await;
}

/// A little of everything, with every kind of credential.
async fn bustle(server: &Server) {
    let root = server.root();
    let (mut user, organization) = (root.user().await, root.organization().await);
    let child = root.organization_below(&organization).await;
    let client = root.client_of(&organization).await;
    let named = root.named_of(&organization).await;
    let control = root.control(&["keys:write"]).await;
    let token = client.token().await;
    token.create("by token").await.expect(201);
    named.create("by-key").await.expect(201);
    user.rotated().await;
    organization.rotate().await.expect(200);
    let body = json!({ "kind": "standard", "owner_id": user.id, "scopes": ["a"] });
    let standard = root.issue(body).await;
    let secret = standard["secret"].as_str().unwrap();
    let target = format!("/v1/keys/{}", standard["key"]["id"].as_str().unwrap());
    control.get(&target).await.expect(403);
    let patch = json!({ "name": "x", "metadata": { "about": "no secret" } });
    control.patch(&target, patch).await.expect(200);
    let rotated = control.post(&format!("{target}/rotate"), json!({})).await;
    rotated.expect(200);
    let authorize = server.get("/v1/authorize?scope=b");
    authorize.bearer(secret).send().await.expect(401);
    server
        .get("/v1/keys")
        .bearer(secret)
        .send()
        .await
        .expect(401);
    root.suspend_user(&user).await;
    user.rotate().await.expect(403);
    let request = root.request("DELETE", &format!("/v1/organizations/{}", child.id));
    request.send().await.expect(204);
    token.create_named("by-token").await.expect(201);
}

#[tokio::test]
async fn no_event_holds_a_secret() {
    let server = Server::start();
    bustle(&server).await;
    let events = since(&server, 0).await;
    assert!(events.len() > 15, "hardly a bustle: {}", events.len());
    assert!(server.secrets.len() > 12);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.json");
    std::fs::write(file, json!(events).to_string()).unwrap();
    assert_eq!(server.secrets.found_in(folder.path()), [""; 0]);
}

#[tokio::test]
async fn events_outlive_the_server() {
    let server = Server::start();
    bustle(&server).await;
    // What was counted is told when the server stops.
    let server = Server::on(&server.finish(), &[]);
    let before = since(&server, 0).await;
    let server = Server::on(&server.finish(), &[]);
    assert_eq!(since(&server, 0).await, before);
    server.root().user().await;
    let after = since(&server, 0).await;
    assert_eq!(after.len(), before.len() + 1);
    let positions: Vec<i64> = after.iter().map(super::position_of).collect();
    let expected: Vec<i64> = (1..).take(after.len()).collect();
    assert_eq!(positions, expected);
}

/// What the server does by itself comes from no request and no address.
#[tokio::test]
async fn the_demo_is_told_as_the_servers_own() {
    let folder = Folder::new();
    let mut command = folder.command(&[]);
    command.env_remove("KEYWRIGHT_NO_DEMO");
    let server = Server::run(&folder, command);
    let mut said = said_since(&server, 0).await;
    let keys = server.root().get("/v1/keys").await.expect(200).json();
    for event in &mut said {
        let members = event.as_object_mut().unwrap();
        members.remove("target_id").unwrap();
        members.remove("owner_id").unwrap();
        members.remove("related_id");
    }
    let event = |action: &str| {
        json!({
            "actor": "server",
            "action": action,
            "outcome": "done",
            "request_id": "00000000-0000-0000-0000-000000000000",
        })
    };
    let owners = ["owner.created"; 2].map(event);
    let others = ["key.issued"; 2].map(event);
    assert_eq!(said, [owners, others].concat());
    assert_eq!(keys["items"].as_array().unwrap().len(), 4);
}
