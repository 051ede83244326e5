//! `POST /v1/keys/verify`: always 200, whatever the verdict.
//! Leaves expiry to `time`.

use serde_json::{Value, json};

use crate::support::{Server, assert_answer};

async fn code(server: &Server, body: Value) -> String {
    let answer = server
        .root()
        .post("/v1/keys/verify", body)
        .await
        .expect(200);
    assert_eq!(
        answer.json()["valid"],
        json!(answer.string("/code") == "VALID")
    );
    answer.string("/code")
}

#[tokio::test]
async fn a_live_key_is_valid_and_says_whose_it_is() {
    let server = Server::start();
    let user = server.root().user().await;
    let made = server
        .root()
        .issue(json!({
            "kind": "standard",
            "owner_id": user.id,
            "name": "nightly export",
            "scopes": ["reports:read"],
            "metadata": { "team": ["books", 1, null] },
        }))
        .await;
    let body = json!({ "key": made["secret"], "scopes": ["reports:read"] });
    assert_answer!(server.root().post("/v1/keys/verify", body).await, @r#"
    {
      "body": {
        "code": "VALID",
        "key": {
          "id": "[id]",
          "kind": "standard",
          "metadata": {
            "team": [
              "books",
              1,
              null
            ]
          },
          "name": "nightly export",
          "owner_id": "[owner id]",
          "scopes": [
            "reports:read"
          ]
        },
        "valid": true
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn an_unknown_key_is_not_found_and_nothing_else() {
    let server = Server::start();
    assert_answer!(server.root().post("/v1/keys/verify", json!({ "key": "unknown" })).await, @r#"
    {
      "body": {
        "code": "NOT_FOUND",
        "valid": false
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn every_kind_of_key_can_be_verified() {
    let server = Server::start();
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let client = root.client_of(&organization).await;
    let named = root.named_of(&organization).await;
    let token = client.token().await.token;
    let keys = [user.key, organization.key, client.secret, named.key, token];
    let verdicts = root.verdicts(&keys).await;
    assert_eq!(
        verdicts,
        ["VALID", "VALID", "VALID", "VALID", "NOT_FOUND"],
        "tokens are no keys"
    );
}

#[tokio::test]
async fn a_revoked_key_is_revoked() {
    let server = Server::start();
    let user = server.root().user().await;
    server.root().revoke(&user.key_id).await;
    assert_eq!(code(&server, json!({ "key": user.key })).await, "REVOKED");
}

#[tokio::test]
async fn the_key_of_a_suspended_owner_is_not_valid() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    root.suspend_user(&user).await;
    assert_eq!(
        code(&server, json!({ "key": user.key })).await,
        "OWNER_SUSPENDED"
    );
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    root.suspend(&parent).await;
    assert_eq!(
        code(&server, json!({ "key": parent.key })).await,
        "OWNER_SUSPENDED"
    );
    assert_eq!(code(&server, json!({ "key": child.key })).await, "VALID");
}

#[tokio::test]
async fn a_key_must_have_all_of_the_scopes_and_any_of_the_others() {
    let server = Server::start();
    let user = server.root().user().await;
    let made = server
        .root()
        .issue(json!({
            "kind": "standard", "owner_id": user.id, "scopes": ["a", "b"],
        }))
        .await;
    let key = &made["secret"];
    for (scopes, any_scope, expected) in [
        (json!(["a"]), json!(null), "VALID"),
        (json!(["a", "b"]), json!(null), "VALID"),
        (json!(["a", "c"]), json!(null), "INSUFFICIENT_SCOPE"),
        (json!(null), json!(["c", "b"]), "VALID"),
        (json!(null), json!(["c", "d"]), "INSUFFICIENT_SCOPE"),
        (json!(["a"]), json!(["c"]), "INSUFFICIENT_SCOPE"),
        (json!(["A"]), json!(null), "INSUFFICIENT_SCOPE"),
    ] {
        let mut body = json!({ "key": key });
        for (name, wanted) in [("scopes", scopes), ("any_scope", any_scope)] {
            if !wanted.is_null() {
                body[name] = wanted;
            }
        }
        assert_eq!(code(&server, body.clone()).await, expected, "{body}");
    }
}

#[tokio::test]
async fn a_verdict_is_never_about_the_caller() {
    let server = Server::start();
    let verifier = server.root().control(&["keys:verify"]).await;
    let body = json!({ "key": "unknown" });
    let answer = verifier
        .post("/v1/keys/verify", body.clone())
        .await
        .expect(200);
    assert_eq!(answer.string("/code"), "NOT_FOUND");
    server
        .post("/v1/keys/verify")
        .bearer("unknown")
        .json(&body)
        .send()
        .await
        .expect(401);
}

/// Each was once answered as if no scope had been asked for.
#[tokio::test]
async fn a_scope_that_is_asked_for_in_a_way_that_is_not_understood_is_never_there() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let asked = json!({ "key": user.key, "scope": ["admin"] });
    assert_answer!(root.post("/v1/keys/verify", asked).await, @r#"
    {
      "body": {
        "detail": "scope is not known here: scopes was probably meant",
        "errors": [
          {
            "detail": "scope is not known here: scopes was probably meant",
            "pointer": "/scope"
          }
        ],
        "request_id": "[request id]",
        "status": 422,
        "title": "Unprocessable Content",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 422
    }
    "#);
    for (member, wanted) in [
        ("any_scopes", json!(["admin"])),
        ("Scopes", json!(["admin"])),
        ("scopes", json!(null)),
        ("any_scope", json!(null)),
        ("any_scope", json!([])),
    ] {
        let mut asked = json!({ "key": user.key });
        asked[member] = wanted;
        root.post("/v1/keys/verify", asked.clone())
            .await
            .expect(422);
        let batch = json!({ "requests": [asked] });
        root.post("/v1/keys/verify-batch", batch).await.expect(422);
    }
    let asked = json!({ "key": user.key });
    for query in ["?scope=admin", "?scopes=admin&scopes=x"] {
        let target = format!("/v1/keys/verify{query}");
        root.post(&target, asked.clone()).await.expect(400);
    }
    root.post("/v1/keys/verify?", asked).await.expect(200);
}
