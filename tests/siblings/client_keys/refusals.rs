//! Who may not list or delete client keys, and how that is said.

use serde_json::json;

use super::{UNKNOWN, delete, holder, list};
use crate::support::site::Site;
use crate::support::{Answer, Server, TokenHolder, assert_answer};

/// Both operations, with whatever token.
async fn both(site: &Site, holder: &TokenHolder) -> [Answer; 2] {
    [
        list(site, holder, "?limit=0").send().await,
        delete(site, holder, UNKNOWN).send().await,
    ]
}

#[tokio::test]
async fn without_a_good_token_nothing_is_listed_or_deleted() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let named = server.root().named_of(&organization).await;
    let holder = holder(&server).await;
    for request in [
        list(&server, &holder, "?limit=0"),
        delete(&server, &holder, UNKNOWN),
    ] {
        assert_answer!(request.clone().without("authorization").send().await, @r#"
        {
          "body": {
            "code": "invalid_token",
            "detail": "No access token was sent: get one at /oauth/token.",
            "message": "No access token was sent: get one at /oauth/token.",
            "status": 401,
            "title": "Unauthorized",
            "type": "about:blank"
          },
          "headers": {
            "content-type": "application/json",
            "www-authenticate": "Bearer",
            "x-request-id": "[request id]"
          },
          "status": 401
        }
        "#);
        for unknown in ["unknown", &named.key, &organization.key] {
            let answer = request.clone().bearer(unknown).send().await.expect(401);
            assert_eq!(answer.string("/code"), "invalid_token");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"invalid_token\"")
            );
        }
    }
}

#[tokio::test]
async fn a_token_of_a_rotated_client_key_is_refused() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let holder = client.token().await;
    list(&server, &holder, "").send().await.expect(200);
    let target = format!("/v1/keys/{}/rotate", client.key_id);
    server.root().post(&target, json!({})).await.expect(200);
    for answer in both(&server, &holder).await {
        assert_eq!(answer.expect(401).string("/code"), "invalid_token");
    }
}

#[tokio::test]
async fn a_token_needs_the_scope_of_what_it_does() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let create = client.token_for("create:api-key delete:api-key").await;
    assert_answer!(list(&server, &create, "?limit=0").send().await, @r#"
    {
      "body": {
        "code": "insufficient_scope",
        "detail": "The access token needs the scope read:api-key.",
        "message": "The access token needs the scope read:api-key.",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"read:api-key\"",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    let read = client.token_for("create:api-key read:api-key").await;
    let answer = delete(&server, &read, &client.id).send().await.expect(403);
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer error=\"insufficient_scope\", scope=\"delete:api-key\"")
    );
    // One scope is enough for one operation.
    let read = client.token_for("read:api-key").await;
    list(&server, &read, "").send().await.expect(200);
    let deleting = client.token_for("delete:api-key").await;
    delete(&server, &deleting, &client.id)
        .send()
        .await
        .expect(204);
}

#[tokio::test]
async fn a_suspended_organization_lists_and_deletes_nothing() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().client_of(&organization).await.token().await;
    list(&server, &holder, "").send().await.expect(200);
    server.root().suspend(&organization).await;
    for answer in both(&server, &holder).await {
        assert_answer!(answer, @r#"
        {
          "body": {
            "code": "insufficient_scope",
            "detail": "The organization is suspended: ask the operator.",
            "message": "The organization is suspended: ask the operator.",
            "status": 403,
            "title": "Forbidden",
            "type": "about:blank"
          },
          "headers": {
            "content-type": "application/json",
            "x-request-id": "[request id]"
          },
          "status": 403
        }
        "#);
    }
}

#[tokio::test]
async fn a_configured_limit_counts_lists_and_deletes() {
    let server = Server::with(&[
        ("client_keys.rate_limit_per_minute", "1"),
        ("client_keys.rate_limit_burst", "3"),
    ]);
    // The token is the first of the three.
    let holder = holder(&server).await;
    list(&server, &holder, "").send().await.expect(200);
    delete(&server, &holder, UNKNOWN).send().await.expect(404);
    for answer in both(&server, &holder).await {
        let answer = answer.expect(429);
        assert_eq!(answer.string("/code"), "rate_limit_exceeded");
        assert_eq!(answer.header("retry-after"), Some("60"));
    }
}

#[tokio::test]
async fn a_body_that_no_client_key_operation_takes_may_not_be_large() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let holder = client.token().await;
    for request in [
        list(&server, &holder, ""),
        delete(&server, &holder, &client.id),
    ] {
        let large = request.body("application/json", vec![b' '; 65_537]);
        let answer = large.send().await.expect(400);
        assert_eq!(answer.json()["code"], json!("invalid_request"));
    }
    client.token_request().send().await.expect(200);
}
