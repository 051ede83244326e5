//! `role`: a key that was asked to do less than both may do less.
//! Leaves keys without a role to `named_keys`.

use serde_json::{Value, json};

use super::holder;
use crate::support::{Answer, NamedHolder, Request, Server, assert_answer};

async fn create(holder: &NamedHolder, role: &Value) -> Answer {
    let body = json!({ "name": "ci-deploy", "role": role });
    holder.request().json(&body).send().await
}

/// A request of whoever holds this key.
fn by(server: &Server, key: &str, method: &str, target: &str) -> Request {
    server.request(method, target).bearer(key)
}

#[tokio::test]
async fn a_key_with_the_role_read_reads_and_changes_nothing() {
    let server = Server::start();
    let made = create(&holder(&server).await, &json!("read")).await;
    let key = made.expect(201).string("/api_key");
    let ask = |method, target| by(&server, &key, method, target).send();
    assert_answer!(ask("GET", "/v0/api_keys/ci-deploy").await, @r#"
    {
      "body": [
        {
          "id": "[id]",
          "name": "ci-deploy",
          "role": "read",
          "scopes": [
            "Read"
          ]
        }
      ],
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    ask("DELETE", "/v0/api_keys/first").await.expect(403);
    ask("DELETE", "/v0/api_keys/ci-deploy").await.expect(403);
    let another = by(&server, &key, "POST", "/v0/api_keys");
    let another = another.json(&json!({ "name": "x", "role": "read" }));
    another.send().await.expect(403);
    let list = ask("GET", "/v0/api_keys").await.expect(200).json();
    assert_eq!(
        (&list[0]["role"], &list[1]["role"]),
        (&json!("write"), &json!("read"))
    );
}

#[tokio::test]
async fn a_key_with_the_role_write_reads_and_writes() {
    let server = Server::start();
    let made = create(&holder(&server).await, &json!("write")).await;
    let key = made.expect(201).string("/api_key");
    let list = by(&server, &key, "GET", "/v0/api_keys").send().await;
    let list = list.expect(200).json();
    assert_eq!(list[1]["role"], "write");
    assert_eq!(list[1]["scopes"], json!(["Read", "Write"]));
    let ended = by(&server, &key, "DELETE", "/v0/api_keys/first");
    ended.send().await.expect(200);
}

#[tokio::test]
async fn a_role_that_is_none_is_refused_and_makes_no_key() {
    let server = Server::start();
    let holder = holder(&server).await;
    assert_answer!(create(&holder, &json!("owner")).await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "InvalidRequestBody",
        "message": "role must be `read` or `write`; a good body looks like {\"name\": \"ci-deploy\"}"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
    for role in [
        json!(null),
        json!(""),
        json!("Read"),
        json!(["read"]),
        json!({ "read": null }),
        json!(0),
        json!(false),
    ] {
        let refused = create(&holder, &role).await.expect(400);
        assert_eq!(
            refused.string("/error_code"),
            "InvalidRequestBody",
            "{role}"
        );
        assert!(
            refused.string("/message").starts_with("role must be "),
            "{role}"
        );
    }
    let twice = r#"{"name":"ci-deploy","role":"read","role":"write"}"#;
    let twice = holder.request().body("application/json", twice);
    let refused = twice.send().await.expect(400);
    assert!(
        refused
            .string("/message")
            .starts_with("role must be sent once")
    );
    let list = by(&server, &holder.key, "GET", "/v0/api_keys").send().await;
    assert_eq!(list.expect(200).json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn no_role_is_given_by_whoever_lacks_a_scope() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    for (name, scopes) in [("reader", json!(["Read"])), ("writer", json!(["Write"]))] {
        let body = json!({
            "kind": "named", "owner_id": organization.id, "name": name, "scopes": scopes,
        });
        let holder = root.named(body).await;
        for role in ["read", "write"] {
            let refused = create(&holder, &json!(role)).await.expect(403);
            let needed = json!({ "required": ["Read", "Write"], "actual": scopes });
            assert_eq!(refused.json()["details"], needed, "{name} {role}");
        }
    }
}

#[tokio::test]
async fn a_key_whose_scopes_no_role_gives_is_listed_with_the_least_that_covers_them() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let reader = root.named_of(&organization).await;
    for (name, scopes) in [("neither", json!([])), ("writer", json!(["Write"]))] {
        root.named(json!({
            "kind": "named", "owner_id": organization.id, "name": name, "scopes": scopes,
        }))
        .await;
    }
    let list = by(&server, &reader.key, "GET", "/v0/api_keys").send().await;
    let list = list.expect(200).json();
    assert_eq!(
        (&list[1]["role"], &list[2]["role"]),
        (&json!("read"), &json!("write"))
    );
}

#[tokio::test]
async fn a_retry_with_another_role_is_another_request() {
    let server = Server::start();
    let request = holder(&server).await.request();
    let request = request.header("idempotency-key", "retry-1");
    let send = |body: Value| request.clone().json(&body).send();
    let made = send(json!({ "name": "ci-deploy", "role": "read" }))
        .await
        .expect(201);
    for other in [
        json!({ "name": "ci-deploy", "role": "write" }),
        json!({ "name": "ci-deploy" }),
    ] {
        let refused = send(other).await.expect(400);
        assert!(refused.string("/message").contains("Idempotency-Key"));
    }
    let again = send(json!({ "name": "ci-deploy", "role": "read" }))
        .await
        .expect(201);
    assert_eq!(again.string("/api_key"), made.string("/api_key"));
}
