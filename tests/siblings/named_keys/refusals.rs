//! Who may not list, read or delete named keys, and how that is said.

use serde_json::json;

use super::{all, delete, holder, list, names, narrow, read};
use crate::support::{Server, assert_answer};

#[tokio::test]
async fn without_a_good_credential_nothing_is_told() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let rotated = server.root().named_of(&organization).await;
    let target = format!("/v1/keys/{}/rotate", rotated.key_id);
    server.root().post(&target, json!({})).await.expect(200);
    for request in all(&server, "") {
        assert_answer!(request.without("authorization").send().await, @r#"
        {
          "body": {
            "details": null,
            "error_code": "AuthenticationFailed",
            "message": "Unauthorized API key"
          },
          "headers": {
            "content-type": "application/json",
            "www-authenticate": "Bearer",
            "x-request-id": "[request id]"
          },
          "status": 401
        }
        "#);
    }
    for key in [
        "apikey:unknown",
        &rotated.key,
        &client.secret,
        &organization.key,
    ] {
        for request in all(&server, key) {
            assert_answer!(request.send().await, @r#"
            {
              "body": {
                "details": null,
                "error_code": "AuthenticationFailed",
                "message": "Unauthorized API key"
              },
              "headers": {
                "content-type": "application/json",
                "www-authenticate": "Bearer error=\"invalid_token\"",
                "x-request-id": "[request id]"
              },
              "status": 401
            }
            "#);
        }
    }
}

#[tokio::test]
async fn who_may_only_read_deletes_nothing_and_who_may_only_write_reads_nothing() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let reader = narrow(&server, &organization, &["Read"]).await;
    let writer = narrow(&server, &organization, &["Write"]).await;
    assert_answer!(delete(&server, &reader.key, "Read").send().await, @r#"
    {
      "body": {
        "details": {
          "actual": [
            "Read"
          ],
          "required": [
            "Write"
          ]
        },
        "error_code": "InsufficientPermissions",
        "message": "This operation needs Write; the credential has Read"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"Write\"",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    for request in [
        list(&server, &writer.key),
        read(&server, &writer.key, "Read"),
    ] {
        let answer = request.send().await.expect(403);
        let details = json!({ "required": ["Read"], "actual": ["Write"] });
        assert_eq!(answer.json()["details"], details);
    }
    list(&server, &reader.key).send().await.expect(200);
    read(&server, &reader.key, "Write").send().await.expect(200);
    delete(&server, &writer.key, "Read")
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn an_access_token_may_do_what_its_scopes_mean() {
    let server = Server::start();
    let organization = server.root().organization().await;
    server.root().named_of(&organization).await;
    let client = server.root().client_of(&organization).await;
    let reader = client.token_for("read:api-key").await.token;
    read(&server, &reader, "first").send().await.expect(200);
    let listed = list(&server, &reader).send().await.expect(200);
    assert_eq!(names(&listed), ["first"]);
    let refused = delete(&server, &reader, "first").send().await.expect(403);
    let details = json!({ "required": ["Write"], "actual": ["Read"] });
    assert_eq!(refused.json()["details"], details);
    let writer = client.token_for("create:api-key delete:api-key").await;
    list(&server, &writer.token).send().await.expect(403);
    let half = client.token_for("create:api-key").await.token;
    delete(&server, &half, "first").send().await.expect(403);
    delete(&server, &writer.token, "first")
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn a_suspended_organization_is_told_nothing_and_deletes_nothing() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    list(&server, &holder.key).send().await.expect(200);
    server.root().suspend(&organization).await;
    for request in all(&server, &holder.key) {
        assert_answer!(request.send().await, @r#"
        {
          "body": {
            "details": {
              "actual": [],
              "required": []
            },
            "error_code": "InsufficientPermissions",
            "message": "The organization is suspended; ask the operator"
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
async fn a_configured_limit_counts_every_operation() {
    let server = Server::with(&[
        ("named_keys.rate_limit_per_minute", "1"),
        ("named_keys.rate_limit_burst", "3"),
    ]);
    let holder = holder(&server).await;
    list(&server, &holder.key).send().await.expect(200);
    read(&server, &holder.key, "ci-deploy")
        .send()
        .await
        .expect(404);
    delete(&server, &holder.key, "ci-deploy")
        .send()
        .await
        .expect(404);
    for request in all(&server, &holder.key) {
        let answer = request.send().await.expect(429);
        assert_eq!(answer.string("/error_code"), "RateLimited");
        assert_eq!(answer.header("retry-after"), Some("60"));
    }
}

#[tokio::test]
async fn a_body_that_no_named_key_operation_takes_may_not_be_large() {
    let server = Server::start();
    let holder = holder(&server).await;
    holder.create("ci-deploy").await.expect(201);
    for request in all(&server, &holder.key) {
        let large = request.body("application/json", vec![b' '; 65_537]);
        let answer = large.send().await.expect(400);
        assert_eq!(answer.json()["error_code"], json!("InvalidRequestBody"));
    }
    read(&server, &holder.key, "ci-deploy")
        .send()
        .await
        .expect(200);
}
