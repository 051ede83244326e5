//! `PUT /organizations/api-keys`: every documented answer, whole.
//! Leaves malformed requests to `bad_input`, lost answers to `idempotency`.

use serde_json::json;
use uuid::Uuid;

use crate::support::harm::WriteLock;
use crate::support::{Clocked, Server, assert_answer};

#[tokio::test]
async fn an_organization_replaces_its_key() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let answer = organization.rotate().await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "result": {
          "api_key": "[secret]"
        }
      },
      "headers": {
        "cache-control": "no-store",
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    let key = answer.string("/result/api_key");
    assert_eq!(key.len(), 28);
    let verdicts = server.root().verdicts(&[organization.key, key]).await;
    assert_eq!(verdicts, ["REPLACED", "VALID"]);
}

#[tokio::test]
async fn both_levels_and_every_timeout_in_range_are_honoured() {
    let server = Server::start();
    let mut organization = server.root().organization().await;
    for level in ["local_region", "all_regions"] {
        for timeout in ["1", "30", "120"] {
            let request = organization
                .request()
                .header("slashid-required-consistency", level)
                .header("slashid-required-consistency-timeout", timeout);
            organization.key = request.send().await.expect(200).string("/result/api_key");
        }
    }
}

#[tokio::test]
async fn replaced_organization_key_is_refused_at_once() {
    let server = Server::start();
    let organization = server.root().organization().await;
    organization.rotate().await.expect(200);
    assert_answer!(organization.rotate().await, @r#"
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
}

#[tokio::test]
async fn without_a_key_the_scheme_is_named() {
    let server = Server::start();
    let organization = server.root().organization().await;
    assert_answer!(organization.request().without("slashid-api-key").send().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 401,
            "message": "no key was sent: send the organization's key in SlashID-API-Key"
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
}

#[tokio::test]
async fn an_ancestors_key_acts_for_every_organization_below_it() {
    let server = Server::start();
    let root = server.root();
    let top = root.organization().await;
    let middle = root.organization_below(&top).await;
    let bottom = root.organization_below(&middle).await;
    let answer = bottom.request_with(&top.key).send().await.expect(200);
    bottom.request_with(&middle.key).send().await.expect(200);
    let given = answer.string("/result/api_key");
    let verdicts = root.verdicts(&[top.key, bottom.key, given]).await;
    assert_eq!(verdicts, ["VALID", "REPLACED", "REPLACED"]);
}

#[tokio::test]
async fn a_strangers_key_and_an_unknown_organization_get_one_answer() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let below = root.organization_below(&organization).await;
    let stranger = root.organization().await;
    let foreign = organization.request_with(&stranger.key).send().await;
    assert_answer!(foreign, @r#"
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
    let unknown = stranger
        .request()
        .with("slashid-orgid", Uuid::now_v7().to_string());
    let childs = organization.request_with(&below.key).send().await;
    for answer in [unknown.send().await, childs] {
        assert_eq!(answer.expect(401).json(), foreign.json());
    }
}

#[tokio::test]
async fn an_organization_key_of_a_suspended_organization_is_refused() {
    let server = Server::start();
    let organization = server.root().organization().await;
    server.root().suspend(&organization).await;
    assert_answer!(organization.rotate().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 403,
            "message": "the organization is suspended: ask the operator"
          }
        ]
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
async fn a_suspended_parents_key_is_refused_and_its_childs_is_not() {
    let server = Server::start();
    let root = server.root();
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    root.suspend(&parent).await;
    assert_answer!(child.request_with(&parent.key).send().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 403,
            "message": "the organization is suspended: ask the operator"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    child.rotate().await.expect(200);
}

#[tokio::test]
async fn a_parents_key_is_no_way_around_its_childs_suspension() {
    let server = Server::start();
    let root = server.root();
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    root.suspend(&child).await;
    child.request_with(&parent.key).send().await.expect(403);
}

#[tokio::test]
async fn a_good_key_without_an_organization_is_a_bad_request() {
    let server = Server::start();
    let organization = server.root().organization().await;
    assert_answer!(organization.request().without("slashid-orgid").send().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 400,
            "message": "SlashID-OrgID is missing: send the organization's id"
          }
        ]
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
async fn a_configured_limit_of_organization_keys_is_told_with_the_refusal() {
    let server = Clocked::with(json!({
        "organization_key": { "rate_limit_per_minute": 1, "rate_limit_burst": 1 },
    }))
    .await;
    let mut organization = server.root().organization().await;
    organization.rotated().await;
    assert_answer!(organization.rotate().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 429,
            "message": "too many requests; try again in 60 seconds"
          }
        ]
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

#[tokio::test]
async fn a_timeout_is_answered_and_the_change_is_made_after_all() {
    let server = Server::with(&[("database.busy_timeout_ms", "60000")]);
    let organization = server.root().organization().await;
    let retry_key = Uuid::new_v4().to_string();
    let request = organization
        .request()
        .header("slashid-required-consistency-timeout", "1")
        .header("idempotency-key", &retry_key);
    let lock = WriteLock::hold(server.folder());
    assert_answer!(request.clone().send().await, @r#"
    {
      "body": {
        "errors": [
          {
            "httpcode": 408,
            "message": "the required consistency was not reached within 1 second; the change may still be made"
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 408
    }
    "#);
    drop(lock);
    // The retry waits for the original change, so it needs no other wait here.
    let answer = request
        .with("slashid-required-consistency-timeout", "120")
        .send()
        .await;
    let key = answer.expect(200).string("/result/api_key");
    let verdicts = server.root().verdicts(&[organization.key, key]).await;
    assert_eq!(verdicts, ["REPLACED", "VALID"]);
}
