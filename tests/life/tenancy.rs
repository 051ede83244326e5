//! What belongs to another organization, and what belonged to a deleted one, is answered like what never was.
//! Leaves the same about organizations that are there to `siblings` and `organization_key`.

use serde_json::json;

use super::holder::{Holder, Kind, Stage};
use crate::siblings::whole_without;
use crate::support::{Answer, assert_answer};

const UNKNOWN: &str = "4f6c8a10-93b7-4e52-8d1f-2a7be05c6d94";

impl Holder {
    async fn owner_is_deleted(&self) {
        let request = self.root().request("DELETE", &self.owner());
        request.send().await.expect(204);
    }

    async fn owner_is_suspended(&self) {
        let body = json!({ "suspended": true });
        self.root().patch(&self.owner(), body).await.expect(200);
    }

    /// Replaces the key of an organization with the key that is held.
    async fn rotates(&self, organization_id: &str) -> Answer {
        let request = self.site.put("/organizations/api-keys");
        let request = request.header("slashid-api-key", &self.secret);
        let request = request.header("slashid-orgid", organization_id);
        request.send().await
    }

    async fn calls(&self, method: &str, target: &str, credential: &str) -> Answer {
        let request = self.site.request(method, target).bearer(credential);
        request.send().await
    }
}

#[tokio::test]
async fn a_client_key_of_a_deleted_organization_does_not_exist() {
    let stage = Stage::start().await;
    let caller = stage.holder(Kind::Client).await;
    let gone = stage.holder(Kind::Client).await;
    let delete = async |id: &str| {
        let target = format!("/api-keys/{id}");
        let answer = caller.calls("DELETE", &target, &caller.token).await;
        whole_without(&answer.expect(404), id)
    };
    let unknown = delete(UNKNOWN).await;
    assert_eq!(delete(&gone.key_id).await, unknown);
    gone.owner_is_deleted().await;
    assert_eq!(delete(&gone.key_id).await, unknown);
    let listed = caller.calls("GET", "/api-keys", &caller.token).await;
    let listed = listed.expect(200).json();
    assert_eq!(listed["meta"]["total"], 1);
    assert_eq!(listed["apiKeys"][0]["clientId"], json!(caller.key_id));
    stage.finish().await;
}

#[tokio::test]
async fn a_named_key_of_a_deleted_organization_does_not_exist() {
    let stage = Stage::start().await;
    let caller = stage.holder(Kind::Named).await;
    let gone = stage.issued(Kind::Named, json!({ "name": "gone" })).await;
    let all = async |name: &str| {
        let target = format!("/v0/api_keys/{name}");
        let mut whole = Vec::new();
        for method in ["GET", "DELETE"] {
            let answer = caller.calls(method, &target, &caller.secret).await;
            whole.push(whole_without(&answer.expect(404), name));
        }
        whole
    };
    let unknown = all("nobodys").await;
    assert_eq!(all("gone").await, unknown);
    gone.owner_is_deleted().await;
    assert_eq!(all("gone").await, unknown);
    let listed = caller.calls("GET", "/v0/api_keys", &caller.secret).await;
    let listed = listed.expect(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["id"], json!(caller.key_id));
    stage.finish().await;
}

#[tokio::test]
async fn an_organization_that_is_deleted_is_unknown_to_the_one_above_it_and_to_strangers() {
    let stage = Stage::start().await;
    let parent = stage.holder(Kind::Parent).await;
    let stranger = stage.holder(Kind::Organization).await;
    let unknown = parent.rotates(UNKNOWN).await;
    assert_answer!(unknown, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 401,
            "message": "send a live key of this organization, or of one above it, in SlashID-API-Key"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "SlashID-API-Key",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    let unknown = whole_without(&unknown, UNKNOWN);
    parent.rotates(&parent.child_id).await.expect(200);
    let target = format!("/v1/organizations/{}", parent.child_id);
    let request = stage.root().request("DELETE", &target);
    request.send().await.expect(204);
    for caller in [&parent, &stranger] {
        let answer = caller.rotates(&parent.child_id).await;
        assert_eq!(whole_without(&answer, &parent.child_id), unknown);
    }
    // The one above goes on, until it is deleted, too.
    let answer = parent.rotates(&parent.owner_id).await.expect(200);
    let parent = Holder {
        secret: answer.string("/result/api_key"),
        ..parent
    };
    parent.owner_is_deleted().await;
    for id in [&parent.owner_id, &parent.child_id, UNKNOWN] {
        let answer = parent.rotates(id).await;
        assert_eq!(whole_without(&answer, id), unknown);
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_stranger_is_not_told_that_an_organization_is_suspended() {
    let stage = Stage::start().await;
    let stranger = stage.holder(Kind::Organization).await;
    let suspended = stage.holder(Kind::Organization).await;
    suspended.owner_is_suspended().await;
    suspended.rotates(&suspended.owner_id).await.expect(403);
    let unknown = stranger.rotates(UNKNOWN).await.expect(401);
    let answer = stranger.rotates(&suspended.owner_id).await;
    assert_eq!(
        whole_without(&answer, &suspended.owner_id),
        whole_without(&unknown, UNKNOWN)
    );
    stage.finish().await;
}

#[tokio::test]
async fn the_credentials_of_a_deleted_owner_are_answered_like_unknown_ones() {
    let stage = Stage::start().await;
    let no_key = format!("apikey:{}", "a".repeat(128));
    for (kind, method, target) in [
        (Kind::User, "GET", "/user/info"),
        (Kind::User, "PUT", "/user/api-key"),
        (Kind::Named, "GET", "/v0/api_keys"),
        (Kind::Named, "GET", "/v0/api_keys/first"),
        (Kind::Named, "DELETE", "/v0/api_keys/first"),
        (Kind::Client, "GET", "/api-keys"),
        (Kind::Client, "GET", "/v0/api_keys"),
        (Kind::Issuer, "GET", "/v0/api_keys"),
        (Kind::Control, "GET", "/v1/keys"),
    ] {
        let gone = stage.holder(kind).await;
        gone.owner_is_deleted().await;
        let (credential, unknown) = match kind {
            Kind::Client => (&gone.token, "unknown".to_owned()),
            Kind::Issuer => (&gone.secret, stage.issuers_token(UNKNOWN)),
            Kind::Named => (&gone.secret, no_key.clone()),
            _ => (&gone.secret, "unknown".to_owned()),
        };
        let answer = gone.calls(method, target, credential).await.expect(401);
        let unknown = gone.calls(method, target, &unknown).await;
        let request_id = |answer: &Answer| answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(
            whole_without(&answer, &request_id(&answer)),
            whole_without(&unknown, &request_id(&unknown)),
            "{kind:?} {target}"
        );
    }
    stage.finish().await;
}
