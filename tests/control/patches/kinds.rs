//! What a patch means for keys that have a contract of their own: names, scopes, the switch.

use serde_json::{Value, json};

use crate::support::{Clocked, NamedHolder, Organization, Root};

async fn patch(root: &Root, key_id: &str, patch: Value) -> u16 {
    let target = format!("/v1/keys/{key_id}");
    root.patch(&target, patch).await.status
}

async fn named(root: &Root, organization: &Organization, name: &str) -> NamedHolder {
    let body = json!({ "kind": "named", "owner_id": organization.id, "name": name });
    root.named(body).await
}

#[tokio::test]
async fn a_named_key_is_found_by_the_name_that_it_was_given_last() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let holder = named(&root, &organization, "first").await;
    let rename = json!({ "name": "second" });
    assert_eq!(patch(&root, &holder.key_id, rename).await, 200);
    let find = |name: &str| {
        let request = server.get(&format!("/v0/api_keys/{name}"));
        request.bearer(&holder.key)
    };
    find("second").send().await.expect(200);
    find("first").send().await.expect(404);
    // The old name is free again, the new one is taken.
    holder.create("second").await.expect(409);
    holder.create("first").await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn a_named_key_does_not_get_a_name_that_another_has() {
    let server = Clocked::start().await;
    let root = server.root();
    let (organization, other) = (root.organization().await, root.organization().await);
    let first = named(&root, &organization, "first").await;
    let second = named(&root, &organization, "second").await;
    let elsewhere = named(&root, &other, "third").await;
    let rename = |name: &str| json!({ "name": name });
    let target = format!("/v1/keys/{}", first.key_id);
    let answer = root.patch(&target, rename("second")).await.expect(409);
    assert_eq!(
        answer.string("/detail"),
        "a live key has this name already: choose another, or revoke that key"
    );
    let both = json!({ "name": "second", "metadata": { "is": "changed" } });
    assert_eq!(patch(&root, &first.key_id, both).await, 409);
    let read = root.get(&target).await.expect(200).json();
    assert_eq!(
        (&read["name"], &read["metadata"]),
        (&json!("first"), &json!({}))
    );
    assert_eq!(patch(&root, &first.key_id, rename("first")).await, 200);
    // A name is taken within one organization, in its very letters, by a key that is not revoked.
    assert_eq!(patch(&root, &elsewhere.key_id, rename("first")).await, 200);
    assert_eq!(patch(&root, &first.key_id, rename("Second")).await, 200);
    root.revoke(&second.key_id).await;
    assert_eq!(patch(&root, &first.key_id, rename("second")).await, 200);
    server.finish().await;
}

#[tokio::test]
async fn the_name_of_an_expired_named_key_can_be_given_to_another() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let body = json!({
        "kind": "named",
        "owner_id": organization.id,
        "name": "old",
        "expires_at": "2026-03-15T12:00:10Z",
    });
    let old = root.named(body).await;
    let holder = named(&root, &organization, "new").await;
    let rename = json!({ "name": "old" });
    server.advance_ms(9_999);
    assert_eq!(patch(&root, &holder.key_id, rename.clone()).await, 409);
    server.advance_ms(1);
    assert_eq!(patch(&root, &holder.key_id, rename).await, 200);
    let found = server.get("/v0/api_keys/old").bearer(&holder.key);
    let found = found.send().await.expect(200).json();
    assert_eq!(found[0]["id"], json!(holder.key_id));
    let expired = format!("/v1/keys/{}", old.key_id);
    let expired = root.get(&expired).await.expect(200);
    assert_eq!(expired.string("/name"), "old", "it keeps its own");
    server.finish().await;
}

#[tokio::test]
async fn the_names_of_client_keys_need_not_differ() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let twin = root.client_of(&organization).await;
    for client in [&client, &twin] {
        let rename = json!({ "name": " both 🔑 " });
        assert_eq!(patch(&root, &client.key_id, rename).await, 200);
    }
    let token = client.token_for("read:api-key").await;
    let listed = server.get("/api-keys").bearer(&token.token).send().await;
    let listed = listed.expect(200).json();
    for index in 0..2 {
        assert_eq!(listed["apiKeys"][index]["name"], json!(" both 🔑 "));
    }
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_is_switched_off_opens_nothing_in_its_contract() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    let named = root.named_of(&organization).await;
    let info = server.get("/user/info").bearer(&user.key);
    let info = info.header("x-exorde-api-version", "v1");
    let cases = [
        (&user.key_id, info, 200),
        (&organization.key_id, organization.request(), 200),
        (&client.key_id, client.token_request(), 200),
        (
            &client.key_id,
            server.get("/api-keys").bearer(&token.token),
            200,
        ),
        (
            &named.key_id,
            server.get("/v0/api_keys").bearer(&named.key),
            200,
        ),
    ];
    for (key_id, request, status) in cases {
        assert_eq!(patch(&root, key_id, json!({ "enabled": false })).await, 200);
        request.clone().send().await.expect(401);
        assert_eq!(patch(&root, key_id, json!({ "enabled": true })).await, 200);
        request.send().await.expect(status);
    }
    server.finish().await;
}

#[tokio::test]
async fn scopes_that_are_taken_away_are_gone_at_once() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    named.create("second").await.expect(201);
    let scopes = json!({ "scopes": ["Read"] });
    assert_eq!(patch(&root, &named.key_id, scopes).await, 200);
    named.create("third").await.expect(403);
    let list = server.get("/v0/api_keys").bearer(&named.key);
    list.send().await.expect(200);

    let client = root.client_of(&organization).await;
    let token = client.token().await;
    token.create("second").await.expect(201);
    let scopes = json!({ "scopes": ["read:api-key"] });
    assert_eq!(patch(&root, &client.key_id, scopes).await, 200);
    token.create("third").await.expect(403);
    let list = server.get("/api-keys").bearer(&token.token);
    list.send().await.expect(200);
    // What the key is given back, its tokens have again.
    let scopes = json!({ "scopes": ["create:api-key"] });
    assert_eq!(patch(&root, &client.key_id, scopes).await, 200);
    token.create("third").await.expect(201);
    server.finish().await;
}
