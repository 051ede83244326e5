//! Keys that change: rotated, revoked.
//! Leaves how they are made and read to `keys`, and their end by time to `time`.

use serde_json::json;

use super::keys::{path, secret, standard};
use crate::support::{Server, assert_answer};

#[tokio::test]
async fn a_rotated_key_hands_over_what_it_had_and_dies_at_once() {
    let server = Server::start();
    let root = server.root();
    let old = standard(&root).await;
    let answer = root
        .request("POST", &format!("{}/rotate", path(&old)))
        .send()
        .await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "key": {
          "created_at": "[instant]",
          "enabled": true,
          "hint": "[hint]",
          "id": "[id]",
          "ip_allow": [],
          "kind": "standard",
          "metadata": {
            "team": "books"
          },
          "name": "nightly export",
          "owner_id": "[owner id]",
          "rate_limits": [],
          "scopes": [
            "reports:read"
          ],
          "state": "live",
          "uses": 0
        },
        "secret": "[secret]"
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    let new = answer.json();
    let verdicts = root
        .verdicts(&[secret(&old).to_owned(), secret(&new).to_owned()])
        .await;
    assert_eq!(verdicts, ["REPLACED", "VALID"]);
    let read = root.get(&path(&old)).await.expect(200).json();
    assert_eq!(
        (&read["state"], &read["replaced_by"]),
        (&json!("replaced"), &new["key"]["id"])
    );
}

#[tokio::test]
async fn a_grace_lets_both_keys_work() {
    let server = Server::start();
    let root = server.root();
    let old = standard(&root).await;
    let target = format!("{}/rotate", path(&old));
    let new = root
        .post(&target, json!({ "grace_seconds": 3600 }))
        .await
        .expect(200)
        .json();
    let verdicts = root
        .verdicts(&[secret(&old).to_owned(), secret(&new).to_owned()])
        .await;
    assert_eq!(verdicts, ["VALID", "VALID"]);
    let refused = root.post(&target, json!({})).await.expect(409);
    let successor = new["key"]["id"].as_str().unwrap();
    assert_eq!(
        refused.string("/detail"),
        format!("key '{successor}' has taken the place of this one: change or rotate that one")
    );
    let target = format!("/v1/keys/{successor}/rotate");
    root.post(&target, json!({})).await.expect(200);
}

#[tokio::test]
async fn a_user_and_an_organization_whose_key_is_lost_get_a_new_one_from_the_operator() {
    let server = Server::start();
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    for (key_id, old) in [
        (user.key_id, user.key),
        (organization.key_id, organization.key),
    ] {
        let target = format!("/v1/keys/{key_id}/rotate");
        let new = root
            .post(&target, json!({}))
            .await
            .expect(200)
            .string("/secret");
        assert_eq!(root.verdicts(&[old, new]).await, ["REPLACED", "VALID"]);
    }
}

#[tokio::test]
async fn a_retired_key_cannot_be_rotated() {
    let server = Server::start();
    let root = server.root();
    let made = standard(&root).await;
    root.revoke(made["key"]["id"].as_str().unwrap()).await;
    assert_answer!(root.post(&format!("{}/rotate", path(&made)), json!({})).await, @r#"
    {
      "body": {
        "detail": "the key was revoked: issue a new one",
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
}

#[tokio::test]
async fn a_revocation_is_final_and_says_the_same_again() {
    let server = Server::start();
    let root = server.root();
    let made = standard(&root).await;
    let target = format!("{}/revoke", path(&made));
    let answer = root
        .post(&target, json!({ "reason": "key_compromise" }))
        .await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "created_at": "[instant]",
        "enabled": true,
        "hint": "[hint]",
        "id": "[id]",
        "ip_allow": [],
        "kind": "standard",
        "metadata": {
          "team": "books"
        },
        "name": "nightly export",
        "owner_id": "[owner id]",
        "rate_limits": [],
        "revocation_reason": "key_compromise",
        "revoked_at": "[instant]",
        "scopes": [
          "reports:read"
        ],
        "state": "revoked",
        "uses": 0
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    assert_eq!(root.verdict(secret(&made)).await, "REVOKED");
    let again = root
        .post(&target, json!({ "reason": "superseded" }))
        .await
        .expect(200);
    assert_eq!(again.json(), answer.json());
}

#[tokio::test]
async fn a_revocation_without_a_reason_is_unspecified() {
    let server = Server::start();
    let made = standard(&server.root()).await;
    let request = server
        .root()
        .request("POST", &format!("{}/revoke", path(&made)));
    assert_eq!(
        request
            .send()
            .await
            .expect(200)
            .string("/revocation_reason"),
        "unspecified"
    );
}
