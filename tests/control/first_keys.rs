//! Organizations with and without the key that they begin with.

use serde_json::json;

use crate::support::{Server, assert_answer};

#[tokio::test]
async fn an_organization_begins_without_a_key_where_none_is_wanted() {
    let server = Server::start();
    let root = server.root();
    let id = "9f4c1d52-6a3e-4b7f-8c05-d1e2f3a4b5c6";
    let body = json!({ "id": id, "name": "Example Works", "first_key": false });
    assert_answer!(root.post("/v1/organizations", body.clone()).await, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "id": "[id]",
        "name": "Example Works",
        "rate_limits": [],
        "suspended": false,
        "updated_at": "[instant]"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
    let keys = format!("/v1/keys?owner_id={id}");
    assert_eq!(root.get(&keys).await.expect(200).json()["items"], json!([]));
    root.post("/v1/organizations", body).await.expect(409);
    let key = json!({ "kind": "organization", "owner_id": id });
    let key = root.post("/v1/keys", key).await.expect(201);
    assert_eq!(root.verdict(&key.string("/secret")).await, "VALID");
}

#[tokio::test]
async fn an_organization_has_a_key_where_one_is_wanted_in_so_many_words() {
    let server = Server::start();
    let body = json!({ "name": "Example Works", "first_key": true });
    let made = server.root().post("/v1/organizations", body).await;
    let secret = made.expect(201).string("/key/secret");
    assert_eq!(server.root().verdict(&secret).await, "VALID");
}

#[tokio::test]
async fn an_organization_without_a_key_takes_no_retry_key() {
    let server = Server::start();
    let body = json!({ "name": "Example Works", "first_key": false });
    let request = server.root().request("POST", "/v1/organizations");
    let request = request.header("idempotency-key", "once").json(&body);
    let refused = request.send().await.expect(422);
    let violation = refused.json()["errors"][0].clone();
    assert_eq!(violation["pointer"], "/first_key");
    let detail = violation["detail"].as_str().unwrap();
    assert!(detail.contains("send an `id` of your own"), "{detail}");
    let found = server.root().get("/v1/organizations").await.expect(200);
    assert_eq!(found.json()["items"], json!([]));
}
