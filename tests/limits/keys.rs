//! How many keys an owner may have at a time, where the operator limits that.

use serde_json::{Value, json};

use crate::support::{Clocked, Organization, Root, Server, TokenHolder, assert_answer};

async fn limited(limit: u32) -> Clocked {
    Clocked::with(json!({ "limits": { "keys_per_owner": limit } })).await
}

async fn issue(root: &Root, organization: &Organization, more: Value) -> crate::support::Answer {
    let mut body = json!({ "kind": "standard", "owner_id": organization.id });
    let members = body.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    root.post("/v1/keys", body).await
}

/// An organization with its own key, a client key, and no room for another.
async fn full(server: &Clocked) -> (Organization, TokenHolder) {
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    (organization, client.token().await)
}

#[tokio::test]
async fn an_owner_at_its_limit_gets_no_more_keys_from_the_operator() {
    let server = limited(2).await;
    let root = server.root();
    let organization = root.organization().await;
    issue(&root, &organization, json!({})).await.expect(201);
    assert_answer!(issue(&root, &organization, json!({})).await, @r#"
    {
      "body": {
        "detail": "the owner has 2 live keys, and may have no more: delete one that is no longer needed",
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
    // Another owner has its own limit.
    let other = root.organization().await;
    issue(&root, &other, json!({})).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn an_organization_at_its_limit_makes_no_more_client_keys() {
    let server = limited(2).await;
    let (_, token) = full(&server).await;
    assert_answer!(token.create("one too many").await, @r#"
    {
      "body": {
        "code": "key_limit_reached",
        "detail": "The organization has 2 live keys, and may have no more: delete one that is no longer needed.",
        "message": "The organization has 2 live keys, and may have no more: delete one that is no longer needed.",
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
    server.finish().await;
}

#[tokio::test]
async fn an_organization_at_its_limit_makes_no_more_named_keys() {
    let server = limited(2).await;
    let (_, token) = full(&server).await;
    assert_answer!(token.create_named("one-too-many").await, @r#"
    {
      "body": {
        "details": {
          "maximum": 2
        },
        "error_code": "KeyLimitReached",
        "message": "The organization has 2 live keys and may have no more; delete one that is no longer needed"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    server.finish().await;
}

#[tokio::test]
async fn what_is_expired_replaced_or_revoked_does_not_count_and_what_is_disabled_does() {
    let server = limited(3).await;
    let root = server.root();
    let organization = root.organization().await;
    let short = json!({ "expires_at": "2026-03-15T12:00:01Z" });
    issue(&root, &organization, short).await.expect(201);
    let second = issue(&root, &organization, json!({})).await.expect(201);
    let second = second.string("/key/id");
    issue(&root, &organization, json!({})).await.expect(409);
    server.advance_s(1);
    let third = issue(&root, &organization, json!({})).await.expect(201);
    let third = third.string("/key/id");
    let switch_off = json!({ "enabled": false });
    let patched = root.patch(&format!("/v1/keys/{third}"), switch_off).await;
    patched.expect(200);
    issue(&root, &organization, json!({})).await.expect(409);
    // A rotation is never refused, and adds nothing, whatever its grace.
    let rotate = json!({ "grace_seconds": 60 });
    let rotated = root
        .post(&format!("/v1/keys/{second}/rotate"), rotate)
        .await;
    let successor = rotated.expect(200).string("/key/id");
    organization.rotate().await.expect(200);
    issue(&root, &organization, json!({})).await.expect(409);
    root.revoke(&successor).await;
    issue(&root, &organization, json!({})).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn a_new_owner_has_its_first_key_whatever_the_limit() {
    let server = limited(1).await;
    let root = server.root();
    let organization = root.organization().await;
    organization.rotate().await.expect(200);
    let user = root.user().await;
    user.rotate().await.expect(200);
    issue(&root, &organization, json!({})).await.expect(409);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_race_for_the_last_place_one_gets_it() {
    let server = Server::with(&[("limits.keys_per_owner", "2")]);
    let root = server.root();
    let organization = root.organization().await;
    let body = json!({ "kind": "standard", "owner_id": organization.id });
    let request = root.request("POST", "/v1/keys").json(&body);
    let mut race = tokio::task::JoinSet::new();
    for _ in 0..20 {
        race.spawn(request.clone().send());
    }
    let answers = race.join_all().await;
    let made = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(made.count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| [201, 409].contains(&answer.status))
    );
}

#[test]
fn a_limit_out_of_range_is_refused_at_the_start() {
    let folder = crate::support::Folder::new();
    let said = folder.refusal(&[("limits.keys_per_owner", "100001")]);
    assert!(
        said.contains("limits.keys_per_owner must be 0 to 100000, got 100001"),
        "{said}"
    );
}
