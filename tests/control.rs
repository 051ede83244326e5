//! The operator's contract under `/v1`: every documented answer, whole.
//! Leaves malformed requests to `bad_input`.

mod batch;
mod changes;
mod deletions;
mod first_keys;
mod keys;
mod lists;
mod options;
mod owner_limits;
mod owners;
mod patches;
mod rotations;
mod verify;

use serde_json::{Value, json};

use crate::support::{Clocked, Root, Server, assert_answer};

#[tokio::test]
async fn without_a_key_the_scheme_is_named_and_no_error() {
    let server = Server::start();
    assert_answer!(server.post("/v1/users").json(&json!({})).send().await, @r#"
    {
      "body": {
        "detail": "no key was sent: send the root key or a control key as a bearer token",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn an_unknown_control_key_is_refused() {
    let server = Server::start();
    assert_answer!(server.get("/v1/keys").bearer("unknown").send().await, @r#"
    {
      "body": {
        "detail": "send the root key or a live control key as a bearer token",
        "request_id": "[request id]",
        "status": 401,
        "title": "Unauthorized",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"invalid_token\"",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_control_key_without_the_scope_is_told_which_it_lacks() {
    let server = Server::start();
    let reader = server.root().control(&["keys:read"]).await;
    assert_answer!(reader.post("/v1/users", json!({})).await, @r#"
    {
      "body": {
        "detail": "this operation needs the scope owners:write",
        "request_id": "[request id]",
        "status": 403,
        "title": "Forbidden",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"owners:write\"",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
}

/// Every operation, with the scope that it needs, on owners and a key that are there.
async fn operations(root: &Root) -> Vec<(&'static str, &'static str, String, Value)> {
    let (user, organization) = (root.user().await, root.organization().await);
    let (user_path, organization_path) = (
        format!("/v1/users/{}", user.id),
        format!("/v1/organizations/{}", organization.id),
    );
    let key_path = format!("/v1/keys/{}", user.key_id);
    let (gone_user, gone_organization) = (
        format!("/v1/users/{}", root.user().await.id),
        format!("/v1/organizations/{}", root.organization().await.id),
    );
    vec![
        ("owners:write", "POST", "/v1/users".to_owned(), json!({})),
        (
            "owners:write",
            "POST",
            "/v1/organizations".to_owned(),
            json!({ "name": "x" }),
        ),
        ("owners:write", "PATCH", user_path.clone(), json!({})),
        (
            "owners:write",
            "PATCH",
            organization_path.clone(),
            json!({}),
        ),
        ("owners:write", "DELETE", gone_user, json!({})),
        ("owners:write", "DELETE", gone_organization, json!({})),
        ("owners:read", "GET", user_path, json!({})),
        ("owners:read", "GET", organization_path, json!({})),
        ("owners:read", "GET", "/v1/users".to_owned(), json!({})),
        (
            "owners:read",
            "GET",
            "/v1/organizations".to_owned(),
            json!({}),
        ),
        (
            "keys:write",
            "POST",
            "/v1/keys".to_owned(),
            json!({ "kind": "standard", "owner_id": user.id }),
        ),
        ("keys:write", "PATCH", key_path.clone(), json!({})),
        (
            "keys:write",
            "POST",
            format!("{key_path}/rotate"),
            json!({}),
        ),
        (
            "keys:write",
            "POST",
            format!("{key_path}/revoke"),
            json!({}),
        ),
        ("keys:read", "GET", key_path, json!({})),
        ("keys:read", "GET", "/v1/keys".to_owned(), json!({})),
        (
            "keys:verify",
            "POST",
            "/v1/keys/verify".to_owned(),
            json!({ "key": "x" }),
        ),
        (
            "keys:verify",
            "POST",
            "/v1/keys/verify-batch".to_owned(),
            json!({ "requests": [{ "key": "x" }] }),
        ),
        ("events:read", "GET", "/v1/events".to_owned(), json!({})),
    ]
}

#[tokio::test]
async fn a_control_key_opens_exactly_what_its_scope_says() {
    let server = Server::start();
    let root = server.root();
    let operations = operations(&root).await;
    let all = [
        "keys:verify",
        "keys:read",
        "keys:write",
        "owners:read",
        "owners:write",
        "events:read",
    ];
    for scope in all {
        let holder = root.control(&[scope]).await;
        let others: Vec<&str> = all.into_iter().filter(|other| *other != scope).collect();
        let lacking = root.control(&others).await;
        for (needed, method, path, body) in &operations {
            let request = |caller: &crate::support::ControlHolder| match *method {
                "GET" => caller.request(method, path),
                _ => caller.request(method, path).json(body),
            };
            if *needed == scope {
                request(&lacking).send().await.expect(403);
                let status = request(&holder).send().await.status;
                assert!(
                    status < 400,
                    "{scope} does not open {method} {path}: {status}"
                );
            } else {
                request(&holder).send().await.expect(403);
            }
        }
    }
}

#[tokio::test]
async fn a_configured_limit_of_control_is_told_with_the_refusal() {
    let server = Clocked::with(json!({
        "control": { "rate_limit_per_minute": 1, "rate_limit_burst": 1 },
    }))
    .await;
    let reader = server.root().control(&["keys:read"]).await;
    reader.get("/v1/keys").await.expect(200);
    assert_answer!(reader.get("/v1/keys").await.expect(429), @r#"
    {
      "body": {
        "detail": "too many requests; try again in 60 seconds",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"control\";r=0;t=60",
        "ratelimit-policy": "\"control\";q=1;w=60",
        "retry-after": "60",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    server.finish().await;
}
