//! Ends of keys: by the bearer of the secret, and of what goes on beside a successor that is ended.
//! Leaves ends by an operator to `control`, and when an end is noticed to `paths`.

use serde_json::{Value, json};

use super::holder::{Holder, Kind, Stage};
use crate::support::{Answer, Clocked, Request, Server, assert_answer, database};

fn end(server: &Clocked, secret: &str) -> Request {
    let request = server.post("/v1/keys/self-revoke");
    request.json(&json!({ "key": secret }))
}

/// The newest events about a key, oldest first, without what differs each time.
async fn events(server: &Clocked, key_id: &str) -> Vec<Value> {
    let target = format!("/v1/events?target_id={key_id}&action=key.revoked");
    let page = server.root().get(&target).await.expect(200).json();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|event| {
            json!([
                event["actor"],
                event["target_id"],
                event["related_id"],
                event["detail"]
            ])
        })
        .collect()
}

/// Everything that may have a successor beside which it goes on, after a rotation with a grace.
async fn rotated(stage: &Stage, kind: Kind) -> (Holder, Holder) {
    let old = stage.holder(kind).await;
    let new = old.rotated(3600).await;
    (old, new)
}

#[tokio::test]
async fn whoever_presents_a_key_of_any_kind_ends_it() {
    let stage = Stage::start().await;
    for kind in [
        Kind::User,
        Kind::Organization,
        Kind::Named,
        Kind::Client,
        Kind::Standard,
        Kind::Control,
    ] {
        let holder = stage.used(kind).await;
        let ended = end(&stage, &holder.secret).send().await.expect(200).json();
        let expected = json!({
            "id": holder.key_id, "kind": kind.word(), "revoked_at": "2026-03-15T12:00:00.000Z",
        });
        assert_eq!(ended, expected);
        assert_eq!(stage.root().verdict(&holder.secret).await, "REVOKED");
        let actor = format!("key:{}", holder.key_id);
        let told = json!([actor, holder.key_id, null, "unspecified"]);
        assert_eq!(
            events(&stage, &holder.key_id).await,
            std::slice::from_ref(&told)
        );
        // A second time changes nothing.
        let again = end(&stage, &holder.secret).send().await.expect(200).json();
        assert_eq!(again, expected);
        assert_eq!(events(&stage, &holder.key_id).await, [told]);
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_key_that_serves_for_nothing_else_can_be_ended_all_the_same() {
    let stage = Stage::start().await;
    let elsewhere = stage
        .issued(Kind::Standard, json!({ "ip_allow": ["192.0.2.1"] }))
        .await;
    let closed = json!({ "rate_limits": [{ "name": "a", "limit": 0, "window_seconds": 1 }] });
    let closed = stage.issued(Kind::Named, closed).await;
    let disabled = stage.holder(Kind::Client).await;
    disabled.amend(json!({ "enabled": false })).await;
    let suspended = stage.holder(Kind::Control).await;
    let target = suspended.owner();
    let patch = json!({ "suspended": true });
    stage.root().patch(&target, patch).await.expect(200);
    for holder in [elsewhere, closed, disabled, suspended] {
        end(&stage, &holder.secret).send().await.expect(200);
        assert_eq!(stage.root().verdict(&holder.secret).await, "REVOKED");
    }
    // One that was replaced ends, and its successor goes on.
    let old = stage.holder(Kind::Standard).await;
    let new = old.rotated(0).await;
    end(&stage, &old.secret).send().await.expect(200);
    assert_eq!(stage.root().verdict(&old.secret).await, "REVOKED");
    assert_eq!(stage.root().verdict(&new.secret).await, "VALID");
    stage.finish().await;
}

#[tokio::test]
async fn what_is_no_key_cannot_be_ended() {
    let server = Server::start();
    let root = server.root();
    let client = root.client_of(&root.organization().await).await;
    let token = client.token().await.token;
    let before = database::state(server.folder());
    let end = async |secret: &str| -> Answer {
        let request = server.post("/v1/keys/self-revoke");
        request.json(&json!({ "key": secret })).send().await
    };
    for unknown in ["nobodys-key", "kw_without_its_checksum", &token, &client.id] {
        assert_answer!(end(unknown).await, @r#"
        {
          "body": {
            "detail": "no key has this secret: send the whole of it, as it was issued; access tokens are not keys",
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
    assert_answer!(end(&root.site.root_key).await, @r#"
    {
      "body": {
        "detail": "key must not be the root key, which nothing but a start with another ends: set root_key or root_key_file anew",
        "errors": [
          {
            "detail": "key must not be the root key, which nothing but a start with another ends: set root_key or root_key_file anew",
            "pointer": "/key"
          }
        ],
        "request_id": "[request id]",
        "status": 422,
        "title": "Unprocessable Content",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 422
    }
    "#);
    for wrong in ["", &"a".repeat(4097)] {
        let answer = end(wrong).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/key");
    }
    assert_eq!(database::state(server.folder()), before);
    server.finish().search();
}

#[tokio::test]
async fn unknown_keys_that_are_to_be_ended_count_as_those_of_any_stranger() {
    let server = Server::with(&[("limits.unknown_per_minute", "2")]);
    let root = server.root();
    let made = root
        .issue(json!({ "kind": "standard", "owner_id": root.user().await.id }))
        .await;
    let end = async |secret: &str| {
        let request = server.post("/v1/keys/self-revoke");
        request.json(&json!({ "key": secret })).send().await
    };
    for _ in 0..2 {
        end("nobodys-key").await.expect(404);
    }
    let refused = end("nobodys-key").await.expect(429);
    assert!(
        refused
            .header("ratelimit")
            .is_some_and(|told| told.starts_with("\"unknown\""))
    );
    // A key that is known is ended all the same, while the server has it in memory.
    end(made["secret"].as_str().unwrap()).await.expect(200);
    server.finish().search();
}

#[tokio::test]
async fn who_ends_a_successor_ends_what_goes_on_beside_it() {
    let stage = Stage::start().await;
    let root = stage.root();
    for kind in Kind::ISSUED {
        let (oldest, old) = rotated(&stage, kind).await;
        let new = old.rotated(3600).await;
        for holder in [&oldest, &old, &new] {
            assert_eq!(root.verdict(&holder.secret).await, "VALID");
        }
        let body = json!({ "reason": "key_compromise" });
        root.post(&format!("{}/revoke", new.key()), body)
            .await
            .expect(200);
        for (holder, successor) in [(&oldest, Some(&old)), (&old, Some(&new)), (&new, None)] {
            assert_eq!(root.verdict(&holder.secret).await, "REVOKED", "{kind:?}");
            let related = successor.map(|successor| &successor.key_id);
            let told = json!(["root", holder.key_id, related, "key_compromise"]);
            assert!(
                events(&stage, &holder.key_id).await.contains(&told),
                "{told}"
            );
        }
    }
    // It is the same whoever ends it: a tenant, or the holder. What comes behind goes on.
    let (old, new) = rotated(&stage, Kind::Client).await;
    let delete = stage.request("DELETE", &format!("/api-keys/{}", new.key_id));
    delete.bearer(&new.token).send().await.expect(204);
    assert_eq!(root.verdict(&old.secret).await, "REVOKED");
    old.token_request().send().await.expect(401);
    let (oldest, old) = rotated(&stage, Kind::Standard).await;
    let new = old.rotated(3600).await;
    end(&stage, &old.secret).send().await.expect(200);
    assert_eq!(root.verdict(&oldest.secret).await, "REVOKED");
    assert_eq!(root.verdict(&new.secret).await, "VALID");
    stage.finish().await;
}

#[tokio::test]
async fn an_end_reaches_across_keys_that_had_no_grace() {
    let stage = Stage::start().await;
    let root = stage.root();
    for kind in Kind::ISSUED {
        for graces in [[3600, 0, 0], [3600, 0, 3600], [3600, 60, 0], [3600, 60, 60]] {
            let oldest = stage.holder(kind).await;
            let mut line = vec![oldest];
            for grace_s in graces {
                let next = line.last().unwrap().rotated(grace_s).await;
                line.push(next);
            }
            // The short graces are over.
            stage.advance_s(61);
            let (oldest, newest) = (&line[0], line.last().unwrap());
            assert_eq!(root.verdict(&oldest.secret).await, "VALID");
            end(&stage, &newest.secret).send().await.expect(200);
            for holder in &line {
                let verdict = root.verdict(&holder.secret).await;
                assert!(
                    ["REVOKED", "REPLACED"].contains(&verdict.as_str()),
                    "{verdict}"
                );
            }
            assert_eq!(root.verdict(&oldest.secret).await, "REVOKED");
        }
    }
    stage.finish().await;
}

#[tokio::test]
async fn who_switches_a_key_off_switches_off_what_goes_on_before_it() {
    let stage = Stage::start().await;
    let root = stage.root();
    let (oldest, old) = rotated(&stage, Kind::Standard).await;
    let between = old.rotated(0).await;
    let new = between.rotated(3600).await;
    between.amend(json!({ "enabled": false })).await;
    let verdicts = async || {
        let secrets = [&oldest, &between, &new].map(|holder| holder.secret.clone());
        root.verdicts(&secrets).await
    };
    assert_eq!(verdicts().await, ["DISABLED", "DISABLED", "VALID"]);
    // On again is each by itself: one may have been switched off for a reason of its own.
    between.amend(json!({ "enabled": true })).await;
    assert_eq!(verdicts().await, ["DISABLED", "VALID", "VALID"]);
    new.amend(json!({ "enabled": false })).await;
    assert_eq!(verdicts().await, ["DISABLED"; 3]);
    stage.finish().await;
}

#[tokio::test]
async fn no_more_than_16_keys_of_a_line_have_their_grace_at_a_time() {
    let stage = Stage::start().await;
    let mut newest = stage.holder(Kind::Standard).await;
    for _ in 0..16 {
        newest = newest.rotated(60).await;
    }
    let rotate = async |grace_s: u32| {
        let body = json!({ "grace_seconds": grace_s });
        stage
            .root()
            .post(&format!("{}/rotate", newest.key()), body)
            .await
    };
    let refused = rotate(60).await.expect(409);
    assert!(
        refused.string("/detail").contains("16 keys"),
        "{}",
        refused.text()
    );
    assert_eq!(stage.root().verdict(&newest.secret).await, "VALID");
    stage.advance_s(60);
    rotate(60).await.expect(200);
    stage.finish().await;
}
