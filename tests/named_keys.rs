//! `POST /v0/api_keys`: every documented answer, whole.
//! Leaves malformed requests to `bad_input` and races to `concurrency`.

mod configuration;
mod roles;
mod trusted_issuers;

use serde_json::json;

use crate::support::{Clocked, NamedHolder, Server, Site, assert_answer};

async fn holder(site: &Site) -> NamedHolder {
    let organization = site.root().organization().await;
    site.root().named_of(&organization).await
}

#[tokio::test]
async fn a_named_key_creates_another_that_can_do_the_same() {
    let server = Server::start();
    let answer = holder(&server).await.create("ci-deploy").await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "api_key": "[secret]",
        "id": "[id]",
        "name": "ci-deploy"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
    let key = answer.string("/api_key");
    let random = key.strip_prefix("apikey:").unwrap();
    assert_eq!(random.len(), 128);
    assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let id = uuid::Uuid::parse_str(&answer.string("/id")).unwrap();
    assert_eq!(id.get_version_num(), 7);
    let next = server
        .post("/v0/api_keys")
        .bearer(&key)
        .json(&json!({ "name": "next" }));
    next.send().await.expect(201);
}

#[tokio::test]
async fn a_name_that_is_taken_is_the_documented_conflict() {
    let server = Server::start();
    let holder = holder(&server).await;
    holder.create("ci-deploy").await.expect(201);
    let answer = holder.create("ci-deploy").await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "details": null,
        "error_code": "DuplicateName",
        "message": "An entity with this name already exists"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 409
    }
    "#);
    let documented = json!({
        "message": "An entity with this name already exists",
        "error_code": "DuplicateName",
        "details": null,
    });
    assert_eq!(answer.json(), documented);
}

#[tokio::test]
async fn a_name_in_another_case_is_another_name() {
    let server = Server::start();
    let holder = holder(&server).await;
    holder.create("ci-deploy").await.expect(201);
    holder.create("CI-deploy").await.expect(201);
}

#[tokio::test]
async fn a_name_is_free_again_once_its_key_is_revoked() {
    let server = Server::start();
    let holder = holder(&server).await;
    let id = holder.create("ci-deploy").await.expect(201).string("/id");
    server.root().revoke(&id).await;
    holder.create("ci-deploy").await.expect(201);
}

#[tokio::test]
async fn two_organizations_may_use_one_name() {
    let server = Server::start();
    holder(&server).await.create("ci-deploy").await.expect(201);
    holder(&server).await.create("ci-deploy").await.expect(201);
}

#[tokio::test]
async fn an_access_token_with_all_scopes_creates_a_named_key() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let token = server.root().client_of(&organization).await.token().await;
    token.create_named("ci-deploy").await.expect(201);
}

#[tokio::test]
async fn an_access_token_that_cannot_read_and_write_is_too_narrow() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    client
        .token_for("create:api-key")
        .await
        .create_named("x")
        .await
        .expect(403);
    client
        .token_for("create:api-key delete:api-key")
        .await
        .create_named("x")
        .await
        .expect(403);
    client
        .token_for("read:api-key")
        .await
        .create_named("x")
        .await
        .expect(403);
}

#[tokio::test]
async fn a_key_that_may_only_read_is_told_what_it_lacks() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let body = json!({
        "kind": "named", "owner_id": organization.id, "name": "reader", "scopes": ["Read"],
    });
    assert_answer!(server.root().named(body).await.create("ci-deploy").await, @r#"
    {
      "body": {
        "details": {
          "actual": [
            "Read"
          ],
          "required": [
            "Read",
            "Write"
          ]
        },
        "error_code": "InsufficientPermissions",
        "message": "This operation needs Read and Write; the credential has Read"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"Read Write\"",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn without_a_credential_the_scheme_is_named_and_no_error() {
    let server = Server::start();
    let request = server
        .post("/v0/api_keys")
        .json(&json!({ "name": "ci-deploy" }));
    assert_answer!(request.send().await, @r#"
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

#[tokio::test]
async fn an_unknown_named_key_is_refused() {
    let server = Server::start();
    let request = server
        .post("/v0/api_keys")
        .bearer("apikey:unknown")
        .json(&json!({}));
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

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let server = Server::start();
    let holder = holder(&server).await;
    holder.create("before").await.expect(201);
    server.root().revoke(&holder.key_id).await;
    holder.create("after").await.expect(401);
}

#[tokio::test]
async fn a_named_key_of_a_suspended_organization_is_refused() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    server.root().suspend(&organization).await;
    assert_answer!(holder.create("ci-deploy").await, @r#"
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

#[tokio::test]
async fn a_body_without_a_name_reads_well() {
    let server = Server::start();
    let answer = holder(&server)
        .await
        .request()
        .json(&json!({}))
        .send()
        .await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "details": null,
        "error_code": "InvalidRequestBody",
        "message": "name is missing: send it; a good body looks like {\"name\": \"ci-deploy\"}"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn an_empty_name_has_its_own_code() {
    let server = Server::start();
    assert_answer!(holder(&server).await.create("").await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "EmptyName",
        "message": "The name is empty; send 1 to 100 characters"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn a_name_that_is_too_long_is_measured() {
    let server = Server::start();
    let name = "a".repeat(101);
    let answer = holder(&server).await.create(&name).await.expect(400);
    assert_eq!(answer.string("/error_code"), "TooLongName");
    assert_eq!(
        answer.json()["details"],
        json!({ "name": name, "length": 101, "maximum": 100 })
    );
}

#[tokio::test]
async fn a_name_with_another_character_is_shown_the_pattern() {
    let server = Server::start();
    assert_answer!(holder(&server).await.create("ci.deploy").await, @r#"
    {
      "body": {
        "details": {
          "name": "ci.deploy",
          "pattern": "^[a-zA-Z0-9_-]+$",
          "pattern_description": "ASCII letters, digits, underscores and hyphens"
        },
        "error_code": "NameDoesNotMatchPattern",
        "message": "The name may hold ASCII letters, digits, underscores and hyphens only"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn a_configured_limit_of_named_keys_is_told_with_the_refusal() {
    let server = Clocked::with(json!({
        "named_keys": { "rate_limit_per_minute": 1, "rate_limit_burst": 1 },
    }))
    .await;
    let holder = holder(&server).await;
    holder.create("one").await.expect(201);
    assert_answer!(holder.create("two").await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "RateLimited",
        "message": "Too many requests; try again in 60 seconds"
      },
      "headers": {
        "content-type": "application/json",
        "ratelimit": "\"organization\";r=0;t=60",
        "ratelimit-policy": "\"organization\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}
