//! Users and organizations: made, read, changed.
//! Leaves what suspension does to a key to that key's contract.

use serde_json::json;
use uuid::Uuid;

use crate::support::{Server, assert_answer};

#[tokio::test]
async fn a_user_is_made_with_a_first_key() {
    let server = Server::start();
    let body = json!({ "email": "ada@example.com", "plan": "free" });
    let answer = server.root().post("/v1/users", body).await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "email": "ada@example.com",
        "id": "[id]",
        "key": {
          "id": "[id]",
          "secret": "[secret]"
        },
        "plan": "free",
        "rate_limits": [],
        "suspended": false,
        "updated_at": "[instant]"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
    assert_eq!(
        Uuid::parse_str(&answer.string("/id"))
            .unwrap()
            .get_version_num(),
        7
    );
    assert_eq!(
        server.root().verdict(&answer.string("/key/secret")).await,
        "VALID"
    );
}

#[tokio::test]
async fn a_user_without_any_member_gets_the_free_plan_and_no_empty_members() {
    let server = Server::start();
    assert_answer!(server.root().post("/v1/users", json!({})).await, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "id": "[id]",
        "key": {
          "id": "[id]",
          "secret": "[secret]"
        },
        "plan": "free",
        "rate_limits": [],
        "suspended": false,
        "updated_at": "[instant]"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
}

#[tokio::test]
async fn instants_have_milliseconds_and_end_in_z() {
    let server = Server::start();
    let made = server
        .root()
        .post("/v1/users", json!({}))
        .await
        .expect(201)
        .string("/created_at");
    assert_eq!(
        (made.len(), made.as_bytes()[19], made.as_bytes()[23]),
        (24, b'.', b'Z'),
        "{made}"
    );
}

#[tokio::test]
async fn a_given_id_is_kept_and_taken_only_once() {
    let server = Server::start();
    let id = "9f4c1d52-6a3e-4b7f-8c05-d1e2f3a4b5c6";
    let first = server
        .root()
        .post("/v1/users", json!({ "id": id }))
        .await
        .expect(201);
    assert_eq!(first.string("/id"), id);
    assert_answer!(server.root().post("/v1/users", json!({ "id": id })).await, @r#"
    {
      "body": {
        "detail": "id '9f4c1d52-6a3e-4b7f-8c05-d1e2f3a4b5c6' is taken: choose another or leave it out",
        "request_id": "[request id]",
        "status": 409,
        "title": "Conflict",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 409
    }
    "#);
    let organization = json!({ "id": id, "name": "Example Works" });
    server
        .root()
        .post("/v1/organizations", organization)
        .await
        .expect(409);
}

#[tokio::test]
async fn a_user_is_read_as_it_was_made() {
    let server = Server::start();
    let made = server
        .root()
        .post("/v1/users", json!({ "email": "ada@example.com" }))
        .await;
    let answer = server
        .root()
        .get(&format!("/v1/users/{}", made.string("/id")))
        .await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "email": "ada@example.com",
        "id": "[id]",
        "plan": "free",
        "rate_limits": [],
        "suspended": false,
        "updated_at": "[instant]"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    let mut expected = made.json();
    expected.as_object_mut().unwrap().remove("key");
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn an_unknown_user_is_not_found() {
    let server = Server::start();
    assert_answer!(server.root().get("/v1/users/0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10").await, @r#"
    {
      "body": {
        "detail": "user '0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10' does not exist",
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
async fn an_organization_is_no_user_and_a_user_no_organization() {
    let server = Server::start();
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    root.get(&format!("/v1/users/{}", organization.id))
        .await
        .expect(404);
    root.get(&format!("/v1/organizations/{}", user.id))
        .await
        .expect(404);
    let patch = json!({ "suspended": true });
    root.patch(&format!("/v1/users/{}", organization.id), patch.clone())
        .await
        .expect(404);
    root.patch(&format!("/v1/organizations/{}", user.id), patch)
        .await
        .expect(404);
}

#[tokio::test]
async fn a_change_to_a_user_leaves_what_it_does_not_name() {
    let server = Server::start();
    let made = server
        .root()
        .post("/v1/users", json!({ "email": "ada@example.com" }))
        .await;
    let target = format!("/v1/users/{}", made.string("/id"));
    let changed = server
        .root()
        .patch(&target, json!({ "suspended": true }))
        .await;
    assert_answer!(changed, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "email": "ada@example.com",
        "id": "[id]",
        "plan": "free",
        "rate_limits": [],
        "suspended": true,
        "updated_at": "[instant]"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_eq!(server.root().get(&target).await.json(), changed.json());
    let changed = server
        .root()
        .patch(&target, json!({ "plan": "gold", "email": "b@example.com" }))
        .await;
    let changed = changed.expect(200);
    assert_eq!(
        (
            changed.string("/plan"),
            changed.string("/email"),
            &changed.json()["suspended"]
        ),
        ("gold".to_owned(), "b@example.com".to_owned(), &json!(true))
    );
}

#[tokio::test]
async fn an_unknown_owner_cannot_be_changed() {
    let server = Server::start();
    let id = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
    let patch = json!({ "suspended": true });
    server
        .root()
        .patch(&format!("/v1/users/{id}"), patch.clone())
        .await
        .expect(404);
    server
        .root()
        .patch(&format!("/v1/organizations/{id}"), patch)
        .await
        .expect(404);
}

#[tokio::test]
async fn an_organization_is_made_with_its_key() {
    let server = Server::start();
    let answer = server
        .root()
        .post("/v1/organizations", json!({ "name": "Example Works" }))
        .await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "id": "[id]",
        "key": {
          "id": "[id]",
          "secret": "[secret]"
        },
        "name": "Example Works",
        "rate_limits": [],
        "suspended": false,
        "updated_at": "[instant]"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 201
    }
    "#);
    assert_eq!(
        server.root().verdict(&answer.string("/key/secret")).await,
        "VALID"
    );
}

#[tokio::test]
async fn an_organization_below_another_names_it() {
    let server = Server::start();
    let parent = server.root().organization().await;
    let child = server.root().organization_below(&parent).await;
    let answer = server
        .root()
        .get(&format!("/v1/organizations/{}", child.id))
        .await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "id": "[id]",
        "name": "Example Branch",
        "parent_id": "[owner id]",
        "rate_limits": [],
        "suspended": false,
        "updated_at": "[instant]"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_eq!(answer.string("/parent_id"), parent.id);
}

#[tokio::test]
async fn an_organization_cannot_be_put_below_nothing_or_below_a_user() {
    let server = Server::start();
    let user = server.root().user().await;
    for parent in [&user.id, "0190a6f2-2e61-7b90-8c04-91f3a5d7e820"] {
        let body = json!({ "name": "Example Branch", "parent_id": parent });
        let answer = server
            .root()
            .post("/v1/organizations", body)
            .await
            .expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/parent_id");
    }
}

#[tokio::test]
async fn organizations_stand_32_deep_and_no_deeper() {
    let server = Server::start();
    let root = server.root();
    let mut lowest = root.organization().await;
    for _ in 1..32 {
        lowest = root.organization_below(&lowest).await;
    }
    let body = json!({ "name": "Example Branch", "parent_id": lowest.id });
    let answer = root.post("/v1/organizations", body).await.expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/parent_id");
}

#[tokio::test]
async fn an_organization_changes_its_name() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let target = format!("/v1/organizations/{}", organization.id);
    assert_answer!(server.root().patch(&target, json!({ "name": "Example Mill" })).await, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "id": "[id]",
        "name": "Example Mill",
        "rate_limits": [],
        "suspended": false,
        "updated_at": "[instant]"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
}
