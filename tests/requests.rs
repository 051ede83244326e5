//! What holds for every request: its id, unknown paths, wrong methods, and paths that were not meant.
//! Leaves the documented operations to the file of their contract.

mod logged;

use crate::support::documents::{CONTRACTS, canonical};
use crate::support::{Server, assert_answer, raw};

/// The path of every documented operation, with an id where it varies, and the methods that it takes. `authorize`
/// takes them all.
fn paths() -> Vec<(String, Vec<String>)> {
    let id = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
    let documents = CONTRACTS.iter().map(|contract| canonical(contract));
    let paths = documents.flat_map(|document| document["paths"].as_object().unwrap());
    let paths = paths.filter(|(path, _)| *path != "/v1/authorize");
    let paths = paths.map(|(path, item)| {
        let segments = path.split('/').map(|segment| match segment {
            segment if segment.starts_with('{') => id,
            segment => segment,
        });
        let path = segments.collect::<Vec<_>>().join("/");
        let methods = item.as_object().unwrap().keys();
        (path, methods.map(|method| method.to_uppercase()).collect())
    });
    paths.collect()
}

#[tokio::test]
async fn a_well_formed_request_id_is_echoed_and_any_other_replaced() {
    let server = Server::start();
    let given = "b0658b67-8ea3-46de-a3b8-18c3f5347def";
    for path in [
        "/user/api-key",
        "/api-keys",
        "/v0/api_keys",
        "/organizations/api-keys",
        "/v1/users",
        "/x",
    ] {
        let answer = server.get(path).header("x-request-id", given).send().await;
        assert_eq!(answer.header("x-request-id"), Some(given), "{path}");
        for other in [
            "",
            "1",
            "b0658b67-8ea3-46de-a3b8-18c3f5347deg",
            &"a".repeat(8000),
        ] {
            let answer = server.get(path).header("x-request-id", other).send().await;
            assert_ne!(answer.header("x-request-id"), Some(other), "{path}");
        }
        let twice = server
            .get(path)
            .header("x-request-id", given)
            .header("x-request-id", "1");
        twice.send().await;
    }
}

#[tokio::test]
async fn two_requests_never_share_an_id() {
    let server = Server::start();
    let first = server.get("/v1/keys").send().await;
    let second = server.get("/v1/keys").send().await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn an_unknown_path_is_answered_in_the_shape_of_its_prefix() {
    let server = Server::start();
    assert_answer!(server.get("/user/other").send().await, @r#"
    {
      "body": {
        "error": {
          "code": 404,
          "message": "nothing is served at this path: see /docs/ for what is",
          "requestId": "[request id]"
        },
        "status": {
          "cost": 0
        }
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
    assert_answer!(server.get("/api-keys/other/one").send().await, @r#"
    {
      "body": {
        "code": "not_found",
        "detail": "nothing is served at this path: see /docs/ for what is",
        "message": "nothing is served at this path: see /docs/ for what is",
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
    assert_answer!(server.get("/v0/other").send().await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "UnknownPath",
        "message": "nothing is served at this path: see /docs/ for what is"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
    assert_answer!(server.get("/organizations/other").send().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 404,
            "message": "nothing is served at this path: see /docs/ for what is"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
    assert_answer!(server.get("/other").send().await, @r#"
    {
      "body": {
        "detail": "nothing is served at this path: see /docs/ for what is",
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
async fn a_wrong_method_is_told_the_right_ones() {
    let server = Server::start();
    assert_answer!(server.get("/user/api-key").send().await, @r#"
    {
      "body": {
        "error": {
          "code": 405,
          "message": "this path does not take this method: use one of those in Allow",
          "requestId": "[request id]"
        },
        "status": {
          "cost": 0
        }
      },
      "headers": {
        "allow": "PUT",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 405
    }
    "#);
    assert_answer!(server.request("DELETE", "/api-keys").send().await, @r#"
    {
      "body": {
        "code": "method_not_allowed",
        "detail": "this path does not take this method: use one of those in Allow",
        "message": "this path does not take this method: use one of those in Allow",
        "status": 405,
        "title": "Method Not Allowed",
        "type": "about:blank"
      },
      "headers": {
        "allow": "POST,GET,HEAD",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 405
    }
    "#);
    assert_answer!(server.put("/v0/api_keys").json(&serde_json::json!({})).send().await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "UnknownMethod",
        "message": "this path does not take this method: use one of those in Allow"
      },
      "headers": {
        "allow": "POST,GET,HEAD",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 405
    }
    "#);
    assert_answer!(server.post("/organizations/api-keys").send().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 405,
            "message": "this path does not take this method: use one of those in Allow"
          }
        ]
      },
      "headers": {
        "allow": "PUT",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 405
    }
    "#);
    assert_answer!(server.request("DELETE", "/v1/users").send().await, @r#"
    {
      "body": {
        "detail": "this path does not take this method: use one of those in Allow",
        "request_id": "[request id]",
        "status": 405,
        "title": "Method Not Allowed",
        "type": "about:blank"
      },
      "headers": {
        "allow": "POST,GET,HEAD",
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 405
    }
    "#);
}

#[tokio::test]
async fn below_oauth_an_unknown_path_and_a_wrong_method_are_told_as_oauth_tells_errors() {
    let server = Server::start();
    assert_answer!(server.get("/oauth/other").send().await, @r#"
    {
      "body": {
        "error": "invalid_request",
        "error_description": "nothing is served at this path: see /docs/ for what is"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
    assert_answer!(server.get("/oauth/token").send().await, @r#"
    {
      "body": {
        "error": "invalid_request",
        "error_description": "this path does not take this method: use one of those in Allow"
      },
      "headers": {
        "allow": "POST",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 405
    }
    "#);
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let answer = server.put(path).send().await.expect(405);
        assert_eq!(answer.string("/error"), "invalid_request");
        assert_eq!(answer.header("allow"), Some("POST"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    // A namespace of everybody's (RFC 8615): no contract owns it.
    let registered = server.get("/.well-known/other").send().await.expect(404);
    assert_eq!(
        registered.header("content-type"),
        Some("application/problem+json")
    );
}

#[tokio::test]
async fn every_documented_path_refuses_every_other_method() {
    let server = Server::start();
    let paths = paths();
    assert!(paths.len() >= 25, "{paths:?}");
    for (path, methods) in paths {
        for method in [
            "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE",
        ] {
            if !methods.iter().any(|taken| taken == method) {
                server.request(method, &path).send().await.expect(405);
            }
        }
    }
}

#[tokio::test]
async fn paths_are_never_normalised() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    let token = root.client_of(&organization).await.token().await;
    for (method, path, credential) in [
        (
            "PUT",
            "/user/api-key",
            format!("Authorization: Bearer {}", user.key),
        ),
        (
            "GET",
            "/user/info",
            format!("Authorization: Bearer {}", user.key),
        ),
        (
            "POST",
            "/api-keys",
            format!("Authorization: Bearer {}", token.token),
        ),
        (
            "POST",
            "/v0/api_keys",
            format!("Authorization: Bearer {}", named.key),
        ),
        (
            "GET",
            "/v0/api_keys",
            format!("Authorization: Bearer {}", named.key),
        ),
        (
            "PUT",
            "/organizations/api-keys",
            format!("SlashID-API-Key: {}", organization.key),
        ),
        (
            "GET",
            "/v1/keys",
            format!("Authorization: Bearer {}", server.root_key),
        ),
    ] {
        let owner = format!("SlashID-OrgID: {}", organization.id);
        let headers = [
            &credential,
            owner.as_str(),
            "X-Exorde-Api-Version: v1",
            "Content-Length: 0",
        ];
        let last = path.rsplit('/').next().unwrap();
        let first_segment = path.split('/').nth(1).unwrap();
        for trick in [
            format!("/{path}"),
            path.replace('/', "//"),
            format!("{path}/"),
            format!("{path}/."),
            format!("{path}/x/.."),
            format!("/x/..{path}"),
            format!("/x/%2e%2e{path}"),
            format!("/%2e{path}"),
            format!("{path}%2f"),
            format!("{path}%00"),
            format!("{path};v=1"),
            path.replace(last, &format!("%{:02x}{}", last.as_bytes()[0], &last[1..])),
            path.replacen(first_segment, &first_segment.to_ascii_uppercase(), 1),
        ] {
            let answer = raw::send(&server, method, &trick, &headers, b"").await;
            // Behind `/v1/keys/` stands an id, and these are none.
            let is_bad_id = path == "/v1/keys" && answer.status == 400;
            // Behind `/api-keys/` and `/v0/api_keys/` stands a key, to which nobody posts.
            let is_key = method == "POST" && answer.status == 405;
            assert!(
                answer.status == 404 || is_bad_id || is_key,
                "{method} {trick}: {}",
                answer.status
            );
        }
    }
    let verdicts = root.verdicts(&[user.key, organization.key]).await;
    assert_eq!(verdicts, ["VALID", "VALID"]);
}

#[tokio::test]
async fn the_operators_checks_say_that_all_is_well() {
    let server = Server::start();
    for path in ["/healthz", "/readyz", "/metrics"] {
        server.get(path).send().await.expect(200);
    }
}
