//! Keys: made, read, listed.
//! Leaves their changes to `changes` and verdicts to `verify`.

use serde_json::{Value, json};

use crate::support::{Root, Server, assert_answer};

pub(super) async fn standard(root: &Root) -> Value {
    let user = root.user().await;
    root.issue(json!({
        "kind": "standard",
        "owner_id": user.id,
        "name": "nightly export",
        "scopes": ["reports:read"],
        "metadata": { "team": "books" },
    }))
    .await
}

pub(super) fn path(issued: &Value) -> String {
    format!("/v1/keys/{}", issued["key"]["id"].as_str().unwrap())
}

pub(super) fn secret(issued: &Value) -> &str {
    issued["secret"].as_str().unwrap()
}

#[tokio::test]
async fn a_standard_key_is_made_with_all_its_properties() {
    let server = Server::start();
    let user = server.root().user().await;
    let body = json!({
        "kind": "standard",
        "owner_id": user.id,
        "name": "nightly export",
        "prefix": "acme",
        "scopes": ["reports:read"],
        "expires_at": "2122-01-15T09:30:00Z",
        "metadata": { "team": "books" },
    });
    let answer = server.root().post("/v1/keys", body).await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "key": {
          "created_at": "[instant]",
          "enabled": true,
          "expires_at": "2122-01-15T09:30:00.000Z",
          "hint": "[hint]",
          "id": "[id]",
          "ip_allow": [],
          "kind": "standard",
          "metadata": {
            "team": "books"
          },
          "name": "nightly export",
          "owner_id": "[owner id]",
          "rate_limits": [],
          "scopes": [
            "reports:read"
          ],
          "state": "live",
          "uses": 0
        },
        "secret": "[secret]"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
    let secret = answer.string("/secret");
    assert!(secret.starts_with("acme_"), "{secret}");
    assert!(
        answer
            .string("/key/hint")
            .ends_with(&secret[secret.len() - 4..])
    );
}

#[tokio::test]
async fn every_kind_has_its_documented_form_and_default_scopes() {
    let server = Server::start();
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    for (kind, owner, name, start, len, scopes) in [
        (
            "client",
            &organization.id,
            Some("c"),
            "kws_",
            53,
            json!(["create:api-key", "delete:api-key", "read:api-key"]),
        ),
        (
            "named",
            &organization.id,
            Some("n"),
            "apikey:",
            135,
            json!(["Read", "Write"]),
        ),
        ("standard", &user.id, None, "kw_", 52, json!([])),
        ("control", &user.id, None, "kwc_", 53, json!([])),
    ] {
        let made = root
            .issue(json!({ "kind": kind, "owner_id": owner, "name": name.unwrap_or("x") }))
            .await;
        assert!(secret(&made).starts_with(start), "{kind}");
        assert_eq!(secret(&made).len(), len, "{kind}");
        let mut given: Vec<String> = serde_json::from_value(made["key"]["scopes"].clone()).unwrap();
        given.sort();
        assert_eq!(json!(given), scopes, "{kind}");
        assert_eq!(made.get("client_id").is_some(), kind == "client");
    }
}

#[tokio::test]
async fn an_owner_has_one_live_key_of_its_own_kind() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let body = json!({ "kind": "user", "owner_id": user.id });
    assert_answer!(root.post("/v1/keys", body.clone()).await, @r#"
    {
      "body": {
        "detail": "this owner has its one live key of kind 'user' already: rotate or revoke that key",
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
    root.revoke(&user.key_id).await;
    root.post("/v1/keys", body).await.expect(201);
    let organization = root.organization().await;
    let body = json!({ "kind": "organization", "owner_id": organization.id });
    root.post("/v1/keys", body.clone()).await.expect(409);
    root.revoke(&organization.key_id).await;
    root.post("/v1/keys", body).await.expect(201);
}

#[tokio::test]
async fn a_named_keys_name_is_taken_only_once() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let body = json!({ "kind": "named", "owner_id": organization.id, "name": "ci" });
    server.root().issue(body.clone()).await;
    server.root().post("/v1/keys", body).await.expect(409);
}

#[tokio::test]
async fn a_key_needs_an_owner_that_exists() {
    let server = Server::start();
    let body = json!({ "kind": "standard", "owner_id": "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10" });
    assert_answer!(server.root().post("/v1/keys", body).await, @r#"
    {
      "body": {
        "detail": "owner '0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10' does not exist",
        "request_id": "[request id]",
        "status": 404,
        "title": "Not Found",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
}

#[tokio::test]
async fn a_control_key_mints_no_wider_than_itself() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let minter = root.control(&["keys:write", "keys:read"]).await;
    let body =
        |scopes: &[&str]| json!({ "kind": "control", "owner_id": user.id, "scopes": scopes });
    minter
        .post("/v1/keys", body(&["keys:read"]))
        .await
        .expect(201);
    assert_answer!(minter.post("/v1/keys", body(&["keys:read", "owners:write"])).await, @r#"
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
}

#[tokio::test]
async fn a_key_is_read_without_its_secret() {
    let server = Server::start();
    let made = standard(&server.root()).await;
    let answer = server.root().get(&path(&made)).await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "enabled": true,
        "hint": "[hint]",
        "id": "[id]",
        "ip_allow": [],
        "kind": "standard",
        "metadata": {
          "team": "books"
        },
        "name": "nightly export",
        "owner_id": "[owner id]",
        "rate_limits": [],
        "scopes": [
          "reports:read"
        ],
        "state": "live",
        "uses": 0
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_eq!(answer.json(), made["key"]);
}

#[tokio::test]
async fn an_unknown_key_is_not_found_by_any_operation() {
    let server = Server::start();
    let path = "/v1/keys/0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01";
    assert_answer!(server.root().get(path).await, @r#"
    {
      "body": {
        "detail": "key '0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01' does not exist",
        "request_id": "[request id]",
        "status": 404,
        "title": "Not Found",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
    server
        .root()
        .post(&format!("{path}/rotate"), json!({}))
        .await
        .expect(404);
    server
        .root()
        .post(&format!("{path}/revoke"), json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_oldest_first() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let mut made = vec![user.key_id.clone()];
    for _ in 0..6 {
        let key = root
            .issue(json!({ "kind": "standard", "owner_id": user.id }))
            .await;
        made.push(key["key"]["id"].as_str().unwrap().to_owned());
    }
    let mut listed = Vec::new();
    let mut target = format!("/v1/keys?owner_id={}&limit=3", user.id);
    loop {
        let page = root.get(&target).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        listed.extend(
            items
                .iter()
                .map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        assert_eq!(items.len(), 3);
        target = format!("/v1/keys?owner_id={}&limit=3&cursor={cursor}", user.id);
    }
    assert_eq!(listed, made);
}

#[tokio::test]
async fn a_list_shows_only_what_matches_every_filter() {
    let server = Server::start();
    let root = server.root();
    let made = standard(&root).await;
    let owner = made["key"]["owner_id"].as_str().unwrap();
    let list = async |filter: &str| {
        root.get(&format!("/v1/keys?owner_id={owner}&{filter}"))
            .await
            .expect(200)
            .json()["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(list("kind=standard").await, 1);
    assert_eq!(list("kind=user").await, 1);
    assert_eq!(list("kind=named").await, 0);
    assert_eq!(list("name=nightly%20export").await, 1);
    assert_eq!(list("name=nightly").await, 0);
    assert_eq!(list("state=live").await, 2);
    root.revoke(made["key"]["id"].as_str().unwrap()).await;
    assert_eq!(list("state=live").await, 1);
    assert_eq!(list("state=revoked&kind=standard").await, 1);
    assert_answer!(root.get("/v1/keys?owner_id=0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10").await, @r#"
    {
      "body": {
        "items": []
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
}
