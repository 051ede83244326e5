//! A database that fails while the server runs: what each contract answers, and that nothing changed.
//! Leaves a failed start to `durability`. The harm is done from outside, never by a switch inside.

mod clock;
mod descriptors;
mod disk;
mod full;
mod moved;
mod truth;
mod waiting;

use serde_json::{Value, json};

use crate::support::harm::{self, Part, ReadOnly, WriteLock};
use crate::support::{
    Answer, Client, NamedHolder, Organization, Request, Root, Server, TokenHolder, User,
    assert_answer, database,
};

/// Somebody of every kind, who have all been here before the harm.
struct Cast {
    root: Root,
    user: User,
    organization: Organization,
    client: Client,
    token: TokenHolder,
    named: NamedHolder,
}

impl Cast {
    async fn of(server: &Server) -> Self {
        let root = server.root();
        let (user, organization) = (root.user().await, root.organization().await);
        let client = root.client_of(&organization).await;
        let token = client.token().await;
        let named = root.named_of(&organization).await;
        Self {
            root,
            user,
            organization,
            client,
            token,
            named,
        }
    }

    /// The same people in front of the restarted server.
    fn moved_to(&self, server: &Server) -> Self {
        Self {
            root: server.root(),
            user: self.user.at(server),
            organization: self.organization.at(server),
            client: self.client.at(server),
            token: self.token.at(server),
            named: self.named.at(server),
        }
    }

    fn create_client_key(&self) -> Request {
        self.token
            .request()
            .json(&json!({ "name": "Billing worker" }))
    }

    fn create_named_key(&self) -> Request {
        self.named.request().json(&json!({ "name": "ci-deploy" }))
    }

    /// Every operation of the operator that changes something.
    fn control_changes(&self) -> Vec<Request> {
        let mut changes = self.control_grants();
        let (user, organization) = (&self.user, &self.organization);
        let suspension = json!({ "suspended": true });
        changes.extend(self.requests(vec![
            (
                "PATCH",
                format!("/v1/users/{}", user.id),
                suspension.clone(),
            ),
            (
                "PATCH",
                format!("/v1/organizations/{}", organization.id),
                suspension,
            ),
            (
                "POST",
                format!("/v1/keys/{}/revoke", user.key_id),
                json!({}),
            ),
        ]));
        changes
    }

    /// Those of them that do something else than to end access, among them some that also do that.
    fn control_grants(&self) -> Vec<Request> {
        let (user, organization) = (&self.user, &self.organization);
        let key = format!("/v1/keys/{}", user.key_id);
        let owner = format!("/v1/organizations/{}", organization.id);
        self.requests(vec![
            ("POST", "/v1/users".to_owned(), json!({})),
            (
                "POST",
                "/v1/organizations".to_owned(),
                json!({ "name": "Example Mill" }),
            ),
            (
                "POST",
                "/v1/keys".to_owned(),
                json!({ "kind": "standard", "owner_id": user.id }),
            ),
            ("POST", format!("{key}/rotate"), json!({})),
            ("PATCH", key.clone(), json!({ "enabled": true })),
            (
                "PATCH",
                key,
                json!({ "enabled": false, "metadata": { "long": "x" } }),
            ),
            ("PATCH", owner.clone(), json!({ "suspended": false })),
            (
                "PATCH",
                owner,
                json!({ "suspended": true, "name": "Example Mill" }),
            ),
        ])
    }

    fn requests(&self, requests: Vec<(&str, String, Value)>) -> Vec<Request> {
        let requests = requests.into_iter();
        requests
            .map(|(method, target, body)| self.root.request(method, &target).json(&body))
            .collect()
    }

    /// Every operation of the operator that only reads.
    fn control_reads(&self) -> Vec<Request> {
        [
            format!("/v1/users/{}", self.user.id),
            format!("/v1/organizations/{}", self.organization.id),
            format!("/v1/keys?owner_id={}", self.user.id),
            format!("/v1/keys/{}", self.user.key_id),
        ]
        .iter()
        .map(|target| self.root.request("GET", target))
        .collect()
    }

    /// Proves that whoever was refused has lost nothing.
    async fn go_on(mut self) {
        self.user.rotated().await;
        self.organization.rotated().await;
        self.create_client_key().send().await.expect(201);
        self.create_named_key().send().await.expect(201);
    }
}

/// What every mint and every change answers while nothing can be written.
async fn assert_unavailable(server: &Server, cast: &Cast) {
    assert_all_unavailable(server, cast, cast.control_changes()).await;
}

/// What every mint and these changes of the operator answer while they cannot be written.
async fn assert_all_unavailable(server: &Server, cast: &Cast, of_operator: Vec<Request>) {
    let database = server.folder();
    let before = database::state(database);
    assert_answer!(cast.user.rotate().await, @r#"
    {
      "body": null,
      "headers": {
        "retry-after": "1",
        "x-request-id": "[request id]"
      },
      "status": 503
    }
    "#);
    assert_answer!(cast.create_client_key().send().await, @r#"
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
    assert_answer!(cast.create_named_key().send().await, @r#"
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
    assert_answer!(cast.organization.rotate().await, @r#"
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
    for change in of_operator {
        assert_answer!(change.send().await, @r#"
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
    assert_eq!(database::state(database), before);
}

const IMPATIENT: [(&str, &str); 1] = [("database.busy_timeout_ms", "200")];

#[tokio::test]
async fn a_file_size_limit_makes_every_change_unavailable_and_changes_nothing() {
    let server = Server::start();
    let cast = Cast::of(&server).await;
    harm::limit_file_size(server.pid());
    assert_unavailable(&server, &cast).await;
    harm::lift_file_size(server.pid());
    cast.go_on().await;
}

#[tokio::test]
async fn a_read_only_file_makes_every_change_unavailable_and_changes_nothing() {
    let server = Server::start();
    let cast = Cast::of(&server).await;
    let folder = server.folder();
    let harm = [
        ReadOnly::make(&folder.database()),
        ReadOnly::make(&folder.path().join("keywright.db-wal")),
    ];
    assert_unavailable(&server, &cast).await;
    drop(harm);
    cast.go_on().await;
}

#[tokio::test]
async fn a_lock_held_elsewhere_makes_every_change_unavailable_and_changes_nothing() {
    let server = Server::with(&IMPATIENT);
    let cast = Cast::of(&server).await;
    let lock = WriteLock::hold(server.folder());
    assert_unavailable(&server, &cast).await;
    drop(lock);
    cast.go_on().await;
}

#[tokio::test]
async fn keys_are_verified_and_read_while_nothing_can_be_written() {
    let server = Server::with(&IMPATIENT);
    let cast = Cast::of(&server).await;
    let lock = WriteLock::hold(server.folder());
    assert_eq!(cast.root.verdict(&cast.user.key).await, "VALID");
    for read in cast.control_reads() {
        read.send().await.expect(200);
    }
    cast.client.token_request().send().await.expect(200);
    drop(lock);
}

/// A server whose pages of keys and owners have been overwritten while it was down.
async fn damaged() -> (Server, Cast) {
    // With an issuer of its own, the token outlives the restart on another port.
    let settings = [("tokens.issuer", "http://issuer.example")];
    let server = Server::with(&settings);
    let cast = Cast::of(&server).await;
    let folder = server.finish();
    harm::damage(
        &folder.database(),
        &[(Part::Indexes, "keys"), (Part::Rows, "owners")],
    );
    let server = Server::on(&folder, &settings);
    let cast = cast.moved_to(&server);
    (server, cast)
}

#[tokio::test]
async fn a_damaged_database_is_a_fault_of_the_server_in_every_contract() {
    let (_server, cast) = damaged().await;
    let answer: Answer = cast.user.rotate().await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "requestId": "[request id]"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 500
    }
    "#);
    assert_eq!(
        answer.string("/requestId"),
        answer.header("x-request-id").unwrap()
    );
    assert_answer!(cast.create_client_key().send().await, @r#"
    {
      "body": {
        "code": "internal_error",
        "detail": "The server failed; name the X-Request-Id when you report it.",
        "message": "The server failed; name the X-Request-Id when you report it.",
        "status": 500,
        "title": "Internal Server Error",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 500
    }
    "#);
    assert_answer!(cast.client.token_request().send().await, @r#"
    {
      "body": {
        "error": "server_error",
        "error_description": "the server failed; name the X-Request-Id when you report it"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 500
    }
    "#);
    assert_answer!(cast.create_named_key().send().await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "InternalError",
        "message": "The server failed; name the X-Request-Id when you report it"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 500
    }
    "#);
    assert_answer!(cast.organization.rotate().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 500,
            "message": "the server failed; name the X-Request-Id when you report it"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 500
    }
    "#);
}

#[tokio::test]
async fn a_damaged_database_is_a_fault_of_the_server_in_every_operation_of_the_operator() {
    let (_server, cast) = damaged().await;
    let verify = cast
        .root
        .request("POST", "/v1/keys/verify")
        .json(&json!({ "key": cast.user.key }));
    let mut requests = cast.control_changes();
    requests.extend(cast.control_reads());
    requests.push(verify);
    for request in requests {
        assert_answer!(request.send().await, @r#"
        {
          "body": {
            "detail": "the server failed; name the request_id when you report it",
            "request_id": "[request id]",
            "status": 500,
            "title": "Internal Server Error",
            "type": "about:blank"
          },
          "headers": {
            "content-type": "application/problem+json",
            "x-request-id": "[request id]"
          },
          "status": 500
        }
        "#);
    }
}
