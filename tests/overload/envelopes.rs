//! What is said where there is no room: in each contract's own shape, with `Retry-After`, and changing nothing.

use super::*;
use crate::support::{Request, assert_answer, database, site};

/// A change in each contract, from a client that has no connection yet.
struct Changes {
    user: Request,
    client: Request,
    token: Request,
    introspection: Request,
    revocation: Request,
    named: Request,
    organization: Request,
    control: Request,
    authorize: Request,
}

impl Changes {
    async fn of(server: &Server) -> Self {
        let root = server.root();
        let user = root.user().await;
        let organization = root.organization().await;
        let client = root.client_of(&organization).await;
        let token = client.token().await;
        let named = root.named_of(&organization).await;
        let (_, standard) = root.standard_of(&user.id).await;
        Self {
            client: token.request().json(&json!({ "name": "Billing worker" })),
            token: client.token_request(),
            introspection: client.about("/oauth/introspect", &token.token),
            revocation: client.about("/oauth/revoke", &client.token().await.token),
            named: named.request().json(&json!({ "name": "ci-deploy" })),
            organization: organization.request(),
            control: root.request("POST", "/v1/users").json(&json!({})),
            authorize: server.get("/v1/authorize").bearer(&standard),
            user: user.request(),
        }
    }

    fn all(&self) -> [Request; 9] {
        [
            &self.authorize,
            &self.user,
            &self.client,
            &self.token,
            &self.introspection,
            &self.revocation,
            &self.named,
            &self.organization,
            &self.control,
        ]
        .map(Request::clone)
    }
}

#[tokio::test]
async fn without_a_place_every_contract_says_so_in_its_shape_and_nothing_changes() {
    let server = Server::with(&[("limits.connections_max", "2")]);
    let changes = Changes::of(&server).await;
    let held = [Busy::hold(&server).await, Busy::hold(&server).await];
    let before = database::state(server.folder());
    assert_documented_contracts_are_unavailable(&changes).await;
    assert_control_is_unavailable(&changes).await;
    assert_eq!(database::state(server.folder()), before);
    for busy in held {
        busy.finish().await.expect(201);
    }
    for change in changes.all() {
        let answer = fresh(&change).await;
        assert!(answer.status < 300, "{}", answer.text());
    }
}

async fn assert_documented_contracts_are_unavailable(changes: &Changes) {
    assert_answer!(fresh(&changes.user).await, @r#"
    {
      "body": null,
      "headers": {
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
    assert_answer!(fresh(&changes.client).await, @r#"
    {
      "body": {
        "code": "temporarily_unavailable",
        "detail": "The server is not available now; try again in 1 second.",
        "message": "The server is not available now; try again in 1 second.",
        "status": 503,
        "title": "Service Unavailable",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
    assert_answer!(fresh(&changes.token).await, @r#"
    {
      "body": {
        "error": "temporarily_unavailable",
        "error_description": "the server is not available now; try again in 1 second"
      },
      "headers": {
        "content-type": "application/json",
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
    for request in [&changes.introspection, &changes.revocation] {
        let answer = fresh(request).await.expect(503);
        assert_eq!(answer.string("/error"), "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_answer!(fresh(&changes.named).await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "ServiceUnavailable",
        "message": "The server is not available now; try again in 1 second"
      },
      "headers": {
        "content-type": "application/json",
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
    assert_answer!(fresh(&changes.organization).await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 503,
            "message": "the server is not available now; try again in 1 second"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
}

async fn assert_control_is_unavailable(changes: &Changes) {
    assert_answer!(fresh(&changes.control).await, @r#"
    {
      "body": {
        "detail": "the server is not available now; try again in 1 second",
        "request_id": "[request id]",
        "status": 503,
        "title": "Service Unavailable",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
    assert_answer!(fresh(&changes.authorize).await, @r#"
    {
      "body": {
        "detail": "the server is not available now; try again in 1 second",
        "request_id": "[request id]",
        "status": 503,
        "title": "Service Unavailable",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
}

/// Sends from a client without connections, so that it needs a place.
async fn fresh(request: &Request) -> Answer {
    request.clone().by(site::client()).send().await
}
