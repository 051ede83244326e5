//! `GET /api-keys` and `DELETE /api-keys/{clientId}`.

mod refusals;

use serde_json::json;

use super::whole_without;
use crate::support::site::Site;
use crate::support::{Clocked, Request, Server, TokenHolder, assert_answer};

const UNKNOWN: &str = "4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94";

fn list(site: &Site, holder: &TokenHolder, query: &str) -> Request {
    let target = format!("/api-keys{query}");
    site.get(&target).bearer(&holder.token)
}

fn delete(site: &Site, holder: &TokenHolder, client_id: &str) -> Request {
    let target = format!("/api-keys/{client_id}");
    site.request("DELETE", &target).bearer(&holder.token)
}

/// A holder of a token of a new organization's first client key.
async fn holder(site: &Site) -> TokenHolder {
    let organization = site.root().organization().await;
    site.root().client_of(&organization).await.token().await
}

async fn names(site: &Site, holder: &TokenHolder) -> Vec<String> {
    let answer = list(site, holder, "?limit=100").send().await.expect(200);
    let body = answer.json();
    let keys = body["apiKeys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_organization_lists_its_client_keys_oldest_first() {
    let server = Server::start();
    let holder = holder(&server).await;
    let made = holder.create("Billing worker").await.expect(201);
    let answer = list(&server, &holder, "").send().await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "apiKeys": [
          {
            "clientId": "[id]",
            "name": "client of the tests"
          },
          {
            "clientId": "[id]",
            "name": "Billing worker"
          }
        ],
        "count": 2,
        "meta": {
          "limit": 10,
          "offset": 0,
          "total": 2
        }
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_eq!(
        answer.string("/apiKeys/1/clientId"),
        made.string("/clientId")
    );
}

#[tokio::test]
async fn a_list_has_ten_keys_unless_more_are_asked_for() {
    let server = Server::start();
    let holder = holder(&server).await;
    let mut ids = vec![];
    for number in 1..=11 {
        let made = holder.create(&format!("key {number}")).await.expect(201);
        ids.push(made.string("/clientId"));
    }
    for (query, count, limit, offset) in [
        ("", 10, 10, 0),
        ("?", 10, 10, 0),
        ("?offset=10", 2, 10, 10),
        ("?limit=1", 1, 1, 0),
        ("?limit=100", 12, 100, 0),
        ("?limit=7", 7, 7, 0),
        ("?limit=7&offset=7", 5, 7, 7),
        ("?offset=12", 0, 10, 12),
        ("?offset=2147483647&limit=100", 0, 100, 2_147_483_647),
    ] {
        let body = list(&server, &holder, query)
            .send()
            .await
            .expect(200)
            .json();
        let meta = json!({ "total": 12, "limit": limit, "offset": offset });
        assert_eq!((&body["count"], &body["meta"]), (&json!(count), &meta));
        let keys = body["apiKeys"].as_array().unwrap();
        assert_eq!(keys.len(), count, "{query}");
        // The first key of all is the caller's own.
        for (key, position) in keys.iter().zip(offset..).skip(usize::from(offset == 0)) {
            let place = usize::try_from(position).unwrap() - 1;
            assert_eq!(key["clientId"], json!(ids[place]), "{query}");
        }
    }
}

#[tokio::test]
async fn a_part_that_cannot_be_is_refused() {
    let server = Server::start();
    let holder = holder(&server).await;
    assert_answer!(list(&server, &holder, "?limit=101").send().await, @r#"
    {
      "body": {
        "code": "invalid_request",
        "detail": "limit must be 1 to 100, got 101",
        "errors": [
          {
            "detail": "limit must be 1 to 100, got 101",
            "pointer": ""
          }
        ],
        "message": "limit must be 1 to 100, got 101",
        "status": 400,
        "title": "Bad Request",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
    for (query, says) in [
        ("?limit=0", "limit must be 1 to 100, got 0"),
        ("?limit=-1", "limit must be 1 to 100, got -1"),
        ("?limit=2147483648", "limit must be"),
        ("?limit=", "limit must be"),
        ("?limit=ten", "limit must be"),
        ("?limit=1.5", "limit must be"),
        ("?offset=-1", "offset must be 0 or more, got -1"),
        ("?offset=2147483648", "offset must be"),
        ("?offset=x", "offset must be"),
        ("?limit=1&limit=1", "limit must be sent once"),
        ("?offset=1&limit=1&offset=2", "offset must be sent once"),
        ("?page=2", "page is not known here"),
        ("?Limit=2", "Limit is not known here"),
    ] {
        let answer = list(&server, &holder, query).send().await.expect(400);
        let message = answer.string("/message");
        assert!(message.contains(says), "{query}: {message}");
        assert_eq!(answer.string("/code"), "invalid_request");
        assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn a_list_has_live_client_keys_of_one_organization_only() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let holder = root.client_of(&organization).await.token().await;
    let child = root.organization_below(&organization).await;
    root.client_of(&child).await;
    root.named_of(&organization).await;
    let body = json!({
        "kind": "client",
        "owner_id": organization.id,
        "name": "short",
        "expires_at": "2026-03-15T12:00:10Z",
    });
    root.client(body).await;
    let revoked = holder.create("revoked").await.expect(201);
    root.revoke(&revoked.string("/clientId")).await;
    let deleted = holder
        .create("deleted")
        .await
        .expect(201)
        .string("/clientId");
    delete(&server, &holder, &deleted).send().await.expect(204);
    holder.create("kept").await.expect(201);
    let first = "client of the tests";
    assert_eq!(names(&server, &holder).await, [first, "short", "kept"]);
    server.advance_s(10);
    assert_eq!(names(&server, &holder).await, [first, "kept"]);
    let body = list(&server, &holder, "").send().await.json();
    assert_eq!(body["meta"]["total"], 2);
    server.finish().await;
}

#[tokio::test]
async fn a_client_key_is_deleted() {
    let server = Server::start();
    let holder = holder(&server).await;
    let made = holder.create("Billing worker").await.expect(201);
    let id = made.string("/clientId");
    assert_answer!(delete(&server, &holder, &id).send().await, @r#"
    {
      "body": null,
      "headers": {
        "x-request-id": "[request id]"
      },
      "status": 204
    }
    "#);
    let target = format!("/v1/keys/{id}");
    let key = server.root().get(&target).await.expect(200);
    assert_eq!(key.string("/state"), "revoked");
}

#[tokio::test]
async fn a_client_key_is_named_in_capitals_too() {
    let server = Server::start();
    let holder = holder(&server).await;
    let made = holder.create("Billing worker").await.expect(201);
    let id = made.string("/clientId").to_uppercase();
    delete(&server, &holder, &id).send().await.expect(204);
}

#[tokio::test]
async fn every_token_of_a_deleted_client_key_is_dead_at_once() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let (all, narrow) = (client.token().await, client.token_for("read:api-key").await);
    all.create("its child").await.expect(201);
    list(&server, &narrow, "").send().await.expect(200);
    let other = server.root().client_of(&organization).await.token().await;
    delete(&server, &other, &client.id).send().await.expect(204);
    for token in [&all, &narrow] {
        let answer = list(&server, token, "").send().await.expect(401);
        assert_eq!(answer.string("/code"), "invalid_token");
    }
    all.create("after").await.expect(401);
    all.create_named("after").await.expect(401);
    delete(&server, &all, UNKNOWN).send().await.expect(401);
    client.token_request().send().await.expect(401);
    // What it made is not its own.
    let left = names(&server, &other).await;
    assert_eq!(left, ["its child", "client of the tests"]);
}

#[tokio::test]
async fn a_client_key_may_delete_itself() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let holder = client.token().await;
    delete(&server, &holder, &client.id)
        .send()
        .await
        .expect(204);
    delete(&server, &holder, &client.id)
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn whatever_is_no_live_client_key_of_the_caller_does_not_exist() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let caller = client.token().await;
    assert_answer!(delete(&server, &caller, UNKNOWN).send().await, @r#"
    {
      "body": {
        "code": "not_found",
        "detail": "client key '4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94' does not exist",
        "message": "client key '4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94' does not exist",
        "status": 404,
        "title": "Not Found",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
    let unknown = delete(&server, &caller, UNKNOWN).send().await;
    let unknown = whole_without(&unknown, UNKNOWN);
    let stranger = root.client_of(&root.organization().await).await;
    let child = root.organization_below(&organization).await;
    let revoked = caller.create("x").await.expect(201).string("/clientId");
    root.revoke(&revoked).await;
    let deleted = caller.create("x").await.expect(201).string("/clientId");
    delete(&server, &caller, &deleted).send().await.expect(204);
    for id in [
        stranger.id.as_str(),
        &root.client_of(&child).await.id,
        &revoked,
        &deleted,
        &root.named_of(&organization).await.key_id,
        &organization.key_id,
        &organization.id,
        "unknown-one",
    ] {
        let answer = delete(&server, &caller, id).send().await;
        assert_eq!(whole_without(&answer, id), unknown, "{id}");
    }
    stranger.token_request().send().await.expect(200);
    let key = root.get(&format!("/v1/keys/{}", organization.key_id)).await;
    assert_eq!(key.string("/state"), "live");
}

async fn assert_names_no_key(forms: &[fn(&str) -> String]) {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let other = server.root().client_of(&organization).await.token().await;
    for form in forms {
        let id = form(&client.id);
        let answer = delete(&server, &other, &id).send().await;
        assert_eq!(answer.status, 404, "{id}");
        assert_eq!(answer.string("/code"), "not_found");
    }
    client.token_request().send().await.expect(200);
}

#[tokio::test]
async fn what_is_no_identifier_names_no_key() {
    assert_names_no_key(&[
        |id| format!("{id}%20"),
        |id| format!("{id}%00"),
        |id| format!("%20{id}"),
        |id| id.chars().skip(1).collect(),
        |_| "%FF".to_owned(),
        |_| "%F0%9F%94%91".to_owned(),
        |_| "a".repeat(1000),
        |_| String::new(),
    ])
    .await;
}

#[tokio::test]
async fn an_identifier_in_another_form_names_no_key() {
    assert_names_no_key(&[
        |id| id.replace('-', ""),
        |id| format!("%7B{id}%7D"),
        |id| format!("urn:uuid:{id}"),
    ])
    .await;
}

#[tokio::test]
async fn deletes_of_client_keys_at_once_do_not_disturb_each_other() {
    let server = Server::start();
    let holder = holder(&server).await;
    let id = holder.create("x").await.expect(201).string("/clientId");
    let calls = (0..8).map(|_| tokio::spawn(delete(&server, &holder, &id).send()));
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap().status);
    }
    statuses.sort_unstable();
    assert!(
        statuses.contains(&204) && statuses.iter().all(|status| [204, 404].contains(status)),
        "{statuses:?}"
    );
}
