//! How a caller proves itself at `/oauth/introspect` and `/oauth/revoke`, and what is no request there.
//! Leaves what they do for whom to `introspection` and `revocation`.

use serde_json::{Value, json};

use super::client;
use crate::support::{Answer, Client, Request, Root, Server, assert_answer};

const FORM: &str = "application/x-www-form-urlencoded";
const PATHS: [&str; 2] = ["/oauth/introspect", "/oauth/revoke"];

fn form(server: &Server, path: &str, body: impl Into<String>) -> Request {
    server.post(path).body(FORM, body.into())
}

/// Refuses an answer that is no refusal in OAuth's shape, kept by no cache.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.string("/error"), code);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
}

#[tokio::test]
async fn a_client_proves_itself_in_every_way_that_it_may_at_the_token_endpoint() {
    let server = Server::start();
    let client = client(&server).await;
    let (id, secret) = (&client.id, &client.secret);
    for path in PATHS {
        let token = client.token().await.token;
        for request in [
            client.about(path, &token),
            form(&server, path, format!("token={token}")).basic(id, secret),
            form(&server, path, format!("token={token}&client_id={id}")).basic(id, secret),
            form(
                &server,
                path,
                format!("token={token}&client_id=&client_secret="),
            )
            .basic(id, secret),
            server
                .post(path)
                .basic(id, secret)
                .json(&json!({ "token": token })),
            server.post(path).json(
                &json!({ "token": token, "client_id": id, "client_secret": secret, "what": 1 }),
            ),
            // What is not known is ignored, and a hint may be any.
            form(
                &server,
                path,
                format!("token={token}&x=1&x=2&token_type_hint=refresh_token"),
            )
            .basic(id, secret),
        ] {
            let answer = request.send().await.expect(200);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
}

#[tokio::test]
async fn whoever_proves_nothing_is_told_how_to() {
    let server = Server::start();
    let client = client(&server).await;
    let token = client.token().await.token;
    for path in PATHS {
        let challenge = match path {
            "/oauth/introspect" => "Basic realm=\"keywright\", Bearer",
            _ => "Basic realm=\"keywright\"",
        };
        for request in [
            form(&server, path, format!("token={token}")),
            form(
                &server,
                path,
                format!("token={token}&client_id={}", client.id),
            ),
            form(
                &server,
                path,
                format!("token={token}&client_secret={}", client.secret),
            ),
            form(&server, path, format!("token={token}")).basic(&client.id, "wrong"),
            form(&server, path, format!("token={token}")).basic("nobody", &client.secret),
            form(&server, path, format!("token={token}")).with("authorization", "Basic"),
            form(&server, path, format!("token={token}")).with("authorization", "Basic !"),
        ] {
            let answer = request.send().await;
            assert_refused(&answer, 401, "invalid_client");
            assert_eq!(answer.header("www-authenticate"), Some(challenge));
        }
    }
    assert_eq!(client.introspect(&token).await["active"], true);
}

#[tokio::test]
async fn what_is_no_request_about_a_token_is_refused_and_changes_nothing() {
    let server = Server::start();
    let client = client(&server).await;
    let (id, secret) = (&client.id, &client.secret);
    let proof = format!("client_id={id}&client_secret={secret}");
    let token = client.token().await.token;
    for path in PATHS {
        for (what, request, named) in [
            ("no token", form(&server, path, proof.clone()), "token"),
            (
                "an empty token",
                form(&server, path, format!("token=&{proof}")),
                "token",
            ),
            (
                "a token twice",
                form(
                    &server,
                    path,
                    format!("token={token}&token={token}&{proof}"),
                ),
                "token must be sent once",
            ),
            (
                "a hint twice",
                form(
                    &server,
                    path,
                    format!("token={token}&token_type_hint=a&token_type_hint=a&{proof}"),
                ),
                "token_type_hint must be sent once",
            ),
            (
                "a client twice",
                form(
                    &server,
                    path,
                    format!("token={token}&client_id={id}&{proof}"),
                ),
                "client_id must be sent once",
            ),
            (
                "two proofs",
                client.about(path, &token).basic(id, secret),
                "not both",
            ),
            (
                "two clients",
                form(&server, path, format!("token={token}&client_id=x")).basic(id, secret),
                "client_id",
            ),
            (
                "text",
                client.about(path, &token).body("text/plain", "x"),
                "content type",
            ),
            (
                "an array",
                server.post(path).json(&json!([{ "token": token }])),
                "object",
            ),
            (
                "a number",
                server
                    .post(path)
                    .basic(id, secret)
                    .json(&json!({ "token": 1 })),
                "token",
            ),
            (
                "too much",
                form(&server, path, "a".repeat(1 << 20)),
                "65536",
            ),
        ] {
            let answer = request.send().await;
            assert_refused(&answer, 400, "invalid_request");
            let said = answer.string("/error_description");
            assert!(said.contains(named), "{what}: {said}");
        }
    }
    assert_eq!(client.introspect(&token).await["active"], true);
}

#[tokio::test]
async fn a_control_key_introspects_if_it_may_verify_and_never_revokes() {
    let server = Server::start();
    let root = server.root();
    let client: Client = client(&server).await;
    let token = client.token().await.token;
    let body = format!("token={token}");
    let ask = |holder: &Root, path: &str| holder.request("POST", path).body(FORM, body.clone());
    let may = root.control(&["keys:verify"]).await;
    let answer = ask(&may, "/oauth/introspect").send().await.expect(200);
    assert_eq!(answer.json()["active"], true);
    let may_not = root.control(&["keys:read", "keys:write"]).await;
    assert_answer!(ask(&may_not, "/oauth/introspect").send().await, @r#"
    {
      "body": {
        "error": "insufficient_scope",
        "error_description": "the control key needs the scope keys:verify"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"keys:verify\"",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    for wrong in [token.as_str(), "x", &client.secret] {
        let answer = ask(&may, "/oauth/introspect").bearer(wrong).send().await;
        assert_refused(&answer, 401, "invalid_token");
        let challenge = Some("Bearer error=\"invalid_token\"");
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
    let proof = format!(
        "{body}&client_id={}&client_secret={}",
        client.id, client.secret
    );
    let both = ask(&may, "/oauth/introspect").body(FORM, proof);
    assert_refused(&both.send().await, 400, "invalid_request");
    for holder in [&may, &root] {
        let answer = ask(holder, "/oauth/revoke").send().await;
        assert_refused(&answer, 401, "invalid_client");
    }
    assert_eq!(client.introspect(&token).await["active"], true);
}

#[tokio::test]
async fn a_client_beyond_its_limit_is_told_to_wait() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server
        .root()
        .client(json!({
            "kind": "client", "owner_id": organization.id, "name": "limited",
            "rate_limits": [{ "name": "calls", "limit": 3, "window_seconds": 86400, "burst": 3 }],
        }))
        .await;
    let token = client.token().await.token;
    for path in PATHS {
        let answer = client.about(path, &token).send().await;
        answer.expect(200);
    }
    for path in PATHS {
        let answer = client.about(path, &token).send().await;
        assert_refused(&answer, 429, "rate_limit_exceeded");
        let wait: Value = json!(answer.header("retry-after"));
        assert_ne!(wait, Value::Null);
    }
}

/// What is done to a key or its owner so that it is refused, and what undoes that.
fn ways(key_id: &str, owner: &str) -> [(String, Value, Value); 3] {
    let key = format!("/v1/keys/{key_id}");
    [
        (
            key.clone(),
            json!({ "enabled": false }),
            json!({ "enabled": true }),
        ),
        (
            key,
            json!({ "ip_allow": ["203.0.113.7"] }),
            json!({ "remove": ["ip_allow"] }),
        ),
        (
            owner.to_owned(),
            json!({ "suspended": true }),
            json!({ "suspended": false }),
        ),
    ]
}

#[tokio::test]
async fn who_may_come_in_no_longer_is_refused_by_the_very_next_request() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let (owner, subject) = (
        root.organization().await,
        root.client_of(&organization).await,
    );
    let asking = root.client_of(&owner).await;
    let service = json!({
        "kind": "control", "owner_id": owner.id, "scopes": ["keys:verify"], "reach": "all",
    });
    let service = root.issue(service).await;
    let service_id = service["key"]["id"].as_str().unwrap().to_owned();
    let service = root.holding(&service);
    let token = subject.token().await.token;
    let own = asking.token().await.token;
    let by_service = service.request("POST", "/oauth/introspect");
    let by_service = by_service.json(&json!({ "token": token }));
    let requests = [
        (&asking.key_id, asking.about("/oauth/introspect", &own)),
        (&asking.key_id, asking.about("/oauth/revoke", "x")),
        (&service_id, by_service),
    ];
    for (key_id, request) in requests {
        let owner = format!("/v1/organizations/{}", owner.id);
        for (target, end, resumption) in ways(key_id, &owner) {
            request.clone().send().await.expect(200);
            root.patch(&target, end).await.expect(200);
            request.clone().send().await.expect(401);
            root.patch(&target, resumption).await.expect(200);
            request.clone().send().await.expect(200);
        }
    }
    root.revoke(&asking.key_id).await;
    for path in PATHS {
        asking.about(path, &own).send().await.expect(401);
    }
    root.revoke(&service_id).await;
    let by_service = service.request("POST", "/oauth/introspect");
    let by_service = by_service.json(&json!({ "token": token }));
    by_service.send().await.expect(401);
}
