//! An owner's tombstone ends its keys at once, on every way to them; their rows follow when they can.

use super::*;
use crate::support::database::copy_key;
use crate::support::{Folder, Server, database, until};

/// An organization with a key of every kind that it may have, and a token.
struct Estate {
    id: String,
    key_ids: Vec<String>,
    secrets: Vec<String>,
    client: crate::support::Client,
    token: String,
}

async fn estate(root: &Root) -> Estate {
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let named = root.named_of(&organization).await;
    let (standard_id, standard) = standard(root, &organization.id, json!({})).await;
    let control =
        json!({ "kind": "control", "owner_id": organization.id, "scopes": ["keys:read"] });
    let control = root.issue(control).await;
    let text = |pointer: &str| {
        control
            .pointer(pointer)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    Estate {
        id: organization.id.clone(),
        key_ids: vec![
            organization.key_id.clone(),
            client.key_id.clone(),
            named.key_id.clone(),
            standard_id,
            text("/key/id"),
        ],
        secrets: vec![
            organization.key.clone(),
            client.secret.clone(),
            named.key.clone(),
            standard,
            text("/secret"),
        ],
        token: client.token().await.token.clone(),
        client,
    }
}

/// Nothing of what it owned is good for anything, and all of it ended at the same instant.
async fn assert_ended(server: &Server, estate: &Estate) {
    let root = server.root();
    let verdicts = root.verdicts(&estate.secrets).await;
    assert_eq!(verdicts, ["REVOKED"; 5]);
    for secret in &estate.secrets {
        let authorize = server.get("/v1/authorize").bearer(secret);
        authorize.send().await.expect(401);
    }
    let control = server.get("/v1/keys").bearer(&estate.secrets[4]);
    control.send().await.expect(401);
    let create = server.post("/api-keys").bearer(&estate.token);
    create
        .json(&json!({ "name": "x" }))
        .send()
        .await
        .expect(401);
    let named = server.get("/v0/api_keys").bearer(&estate.token);
    named.send().await.expect(401);
    estate
        .client
        .at(server)
        .token_request()
        .send()
        .await
        .expect(401);
    let mut ends = std::collections::BTreeSet::new();
    for id in &estate.key_ids {
        let path = format!("/v1/keys/{id}");
        let key = root.get(&path).await.expect(200).json();
        let told = (&key["state"], &key["revocation_reason"]);
        assert_eq!(told, (&json!("revoked"), &json!("cessation_of_operation")));
        ends.insert(key["revoked_at"].to_string());
        root.patch(&path, json!({ "enabled": false }))
            .await
            .expect(409);
        root.post(&format!("{path}/rotate"), json!({}))
            .await
            .expect(409);
        // Its end is final: another one changes neither its reason nor its time.
        let reason = json!({ "reason": "key_compromise" });
        let again = root.post(&format!("{path}/revoke"), reason).await;
        assert_eq!(again.expect(200).json(), key);
    }
    assert_eq!(ends.len(), 1, "{ends:?}");
    for (state, count) in [("live", 0), ("disabled", 0), ("expired", 0), ("revoked", 5)] {
        let list = format!("/v1/keys?owner_id={}&state={state}", estate.id);
        let page = root.get(&list).await.expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{state}");
    }
    let body = json!({ "id": estate.id, "name": "Example Works" });
    root.post("/v1/organizations", body).await.expect(409);
}

#[tokio::test]
async fn keys_of_a_deleted_owner_are_revoked_at_once_and_after_a_restart() {
    let folder = Folder::new();
    let server = Server::on(&folder, &[]);
    let estate = estate(&server.root()).await;
    // They are in memory, and stay there.
    assert_eq!(server.root().verdicts(&estate.secrets).await, ["VALID"; 5]);
    let target = format!("/v1/organizations/{}", estate.id);
    delete(&server.root(), &target).await.expect(204);
    assert_ended(&server, &estate).await;
    // However it ends, and however far the rows have followed.
    let folder = server.kill();
    let server = Server::on(&folder, &[]);
    assert_ended(&server, &estate).await;
}

#[tokio::test]
async fn keys_whose_rows_have_not_followed_their_owner_are_revoked_all_the_same() {
    let folder = Folder::new();
    let server = Server::on(&folder, &[]);
    let estate = estate(&server.root()).await;
    let folder = server.finish();
    // As the deletion leaves it, but for the work list: so the rows never follow.
    let sql = "UPDATE owners SET deleted_at_ms = 1773576000000, suspended = true WHERE id = ?1";
    database::change_one(&folder, sql, &estate.id);
    let server = Server::on(&folder, &[]);
    assert_ended(&server, &estate).await;
    let unrevoked = "SELECT count(*) FROM keys WHERE revoked_at_ms IS NULL";
    assert!(database::number(&folder, unrevoked) >= 5, "they followed");
}

#[tokio::test]
async fn the_rows_of_keys_follow_their_owner_and_a_restart_goes_on_with_it() {
    let folder = Folder::new();
    let server = Server::on(&folder, &[]);
    let root = server.root();
    let (first, second) = (root.organization().await, root.organization().await);
    for organization in [&first, &second] {
        for _ in 0..3 {
            standard(&root, &organization.id, json!({})).await;
        }
    }
    delete(&root, &format!("/v1/organizations/{}", first.id))
        .await
        .expect(204);
    let rest = "SELECT count(*) FROM tombstones";
    until("the rows to follow", async || {
        (database::number(&folder, rest) == 0).then_some(())
    })
    .await;
    let left = "SELECT count(*) FROM keys k JOIN owners o ON o.id = k.owner_id WHERE o.deleted_at_ms IS NOT NULL
        AND (k.revoked_at_ms IS DISTINCT FROM o.deleted_at_ms OR k.current
            OR k.revocation_reason IS DISTINCT FROM 'cessation_of_operation')";
    assert_eq!(database::number(&folder, left), 0);
    let folder = server.finish();
    // One that was deleted just before the end.
    for sql in [
        "UPDATE owners SET deleted_at_ms = 1773576000000, suspended = true WHERE id = ?1",
        "INSERT INTO tombstones (owner_id) VALUES (?1)",
    ] {
        database::change_one(&folder, sql, &second.id);
    }
    let _server = Server::on(&folder, &[]);
    until("the rows to follow", async || {
        (database::number(&folder, rest) == 0).then_some(())
    })
    .await;
    assert_eq!(database::number(&folder, left), 0);
}

#[tokio::test]
async fn the_end_of_an_owner_is_one_small_change_however_many_keys_it_has() {
    let folder = Folder::new();
    let server = Server::on(&folder, &[]);
    let root = server.root();
    let organization = root.organization().await;
    let (key_id, secret) = standard(&root, &organization.id, json!({})).await;
    let secrets = [organization.key.clone(), secret];
    assert_eq!(root.verdicts(&secrets).await, ["VALID"; 2]);
    copy_key(&folder, &key_id, 50_000);
    // Whatever would write the row of even one of them fails.
    database::hold_keys(&folder);
    let target = format!("/v1/organizations/{}", organization.id);
    delete(&root, &target).await.expect(204);
    assert_eq!(root.verdicts(&secrets).await, ["REVOKED"; 2]);
    let live = "SELECT count(*) FROM keys WHERE revoked_at_ms IS NULL";
    assert!(database::number(&folder, live) > 50_000);
    database::release_keys(&folder);
    let behind = "SELECT count(*) FROM keys JOIN owners ON owners.id = owner_id
         WHERE deleted_at_ms IS NOT NULL AND revoked_at_ms IS NULL";
    until("the rows to follow", async || {
        (database::number(&folder, behind) == 0).then_some(())
    })
    .await;
}
