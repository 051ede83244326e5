//! `POST /v1/keys/verify-batch`: the verdicts on many keys, each as if it had been asked for alone.
//! Leaves what each verdict means to `verify`.

mod refusals;

use serde_json::{Value, json};

use crate::support::{Answer, Clocked, Root, assert_answer};

/// Asks for verdicts on all of these at once.
async fn ask(root: &Root, requests: &[Value]) -> Answer {
    let body = json!({ "requests": requests });
    root.post("/v1/keys/verify-batch", body).await
}

/// The codes of a batch that was answered.
fn codes(answer: &Answer) -> Vec<String> {
    let results = answer.json()["results"].clone();
    let results = results.as_array().unwrap().iter();
    results
        .map(|verdict| verdict["code"].as_str().unwrap().to_owned())
        .collect()
}

/// A standard key of a new user: its id and its secret.
async fn key(root: &Root, more: Value) -> (String, String) {
    let user = root.user().await;
    let mut body = json!({ "kind": "standard", "owner_id": user.id });
    let members = body.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    let made = root.issue(body).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["key"]["id"]), text(&made["secret"]))
}

fn limit(count: u32) -> Value {
    json!([{ "name": "minute", "limit": count, "window_seconds": 60 }])
}

#[tokio::test]
async fn verdicts_come_whole_and_in_the_order_of_the_requests() {
    let server = Clocked::start().await;
    let root = server.root();
    let limited = json!({
        "scopes": ["reports:read"],
        "rate_limits": limit(2),
        "credits": { "remaining": 5 },
    });
    let (_, secret) = key(&root, limited).await;
    let answer = ask(
        &root,
        &[
            json!({ "key": "unknown" }),
            json!({ "key": secret, "scopes": ["reports:read"], "cost": 2 }),
            json!({ "key": secret, "scopes": ["reports:write"] }),
            json!({ "key": secret }),
        ],
    )
    .await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "results": [
          {
            "code": "NOT_FOUND",
            "valid": false
          },
          {
            "code": "VALID",
            "credits": {
              "remaining": 3
            },
            "key": {
              "id": "[id]",
              "kind": "standard",
              "metadata": {},
              "owner_id": "[owner id]",
              "scopes": [
                "reports:read"
              ]
            },
            "rate_limit": {
              "burst": 2,
              "limit": 2,
              "name": "minute",
              "remaining": 0,
              "reset_seconds": 60,
              "window_seconds": 60
            },
            "valid": true
          },
          {
            "code": "INSUFFICIENT_SCOPE",
            "key": {
              "id": "[id]",
              "kind": "standard",
              "metadata": {},
              "owner_id": "[owner id]",
              "scopes": [
                "reports:read"
              ]
            },
            "valid": false
          },
          {
            "code": "RATE_LIMITED",
            "credits": {
              "remaining": 3
            },
            "key": {
              "id": "[id]",
              "kind": "standard",
              "metadata": {},
              "owner_id": "[owner id]",
              "scopes": [
                "reports:read"
              ]
            },
            "rate_limit": {
              "burst": 2,
              "limit": 2,
              "name": "minute",
              "remaining": 0,
              "reset_seconds": 60,
              "retry_after_seconds": 30,
              "window_seconds": 60
            },
            "valid": false
          }
        ]
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    server.finish().await;
}

/// A secret for every verdict that there is, with the address it is used from.
async fn one_of_each(server: &Clocked) -> Vec<(&'static str, Value)> {
    let root = server.root();
    let (_, valid) = key(&root, json!({})).await;
    let (id, revoked) = key(&root, json!({})).await;
    root.revoke(&id).await;
    let (id, replaced) = key(&root, json!({})).await;
    let target = format!("/v1/keys/{id}/rotate");
    root.post(&target, json!({})).await.expect(200);
    let end = json!({ "expires_at": "2026-03-15T12:00:01Z" });
    let (_, expired) = key(&root, end).await;
    server.advance_s(1);
    let (id, disabled) = key(&root, json!({})).await;
    let target = format!("/v1/keys/{id}");
    let off = json!({ "enabled": false });
    root.patch(&target, off).await.expect(200);
    let suspended = root.user().await;
    root.suspend_user(&suspended).await;
    let (_, elsewhere) = key(&root, json!({ "ip_allow": ["192.0.2.0/24"] })).await;
    let (_, narrow) = key(&root, json!({ "scopes": ["a"] })).await;
    let (_, limited) = key(&root, json!({ "rate_limits": limit(0) })).await;
    let (_, spent) = key(&root, json!({ "credits": { "remaining": 0 } })).await;
    vec![
        ("VALID", json!({ "key": valid })),
        ("NOT_FOUND", json!({ "key": "unknown" })),
        ("REVOKED", json!({ "key": revoked })),
        ("REPLACED", json!({ "key": replaced })),
        ("EXPIRED", json!({ "key": expired })),
        ("DISABLED", json!({ "key": disabled })),
        ("OWNER_SUSPENDED", json!({ "key": suspended.key })),
        (
            "FORBIDDEN_IP",
            json!({ "key": elsewhere, "client_ip": "203.0.113.7" }),
        ),
        (
            "INSUFFICIENT_SCOPE",
            json!({ "key": narrow, "scopes": ["b"] }),
        ),
        ("RATE_LIMITED", json!({ "key": limited })),
        ("CREDITS_EXHAUSTED", json!({ "key": spent })),
    ]
}

#[tokio::test]
async fn every_verdict_is_that_of_the_question_alone() {
    let server = Clocked::start().await;
    let root = server.root();
    let (expected, requests): (Vec<_>, Vec<_>) = one_of_each(&server).await.into_iter().unzip();
    let answer = ask(&root, &requests).await.expect(200);
    assert_eq!(codes(&answer), expected);
    for (index, request) in requests.into_iter().enumerate() {
        let alone = root.post("/v1/keys/verify", request).await.expect(200);
        assert_eq!(answer.json()["results"][index], alone.json());
    }
    server.finish().await;
}

#[tokio::test]
async fn a_batch_has_one_question_at_least_and_a_hundred_at_most() {
    let server = Clocked::start().await;
    let root = server.root();
    let (_, secret) = key(&root, json!({})).await;
    for (count, status) in [(0, 422), (1, 200), (100, 200), (101, 422)] {
        let answer = ask(&root, &vec![json!({ "key": secret }); count]).await;
        let answer = answer.expect(status);
        if status == 200 {
            assert_eq!(codes(&answer), vec!["VALID"; count]);
        } else {
            let errors = &answer.json()["errors"];
            let detail = format!("requests must have 1 to 100 elements, got {count}");
            assert_eq!(
                *errors,
                json!([{ "pointer": "/requests", "detail": detail }])
            );
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_is_asked_about_several_times_is_used_as_often() {
    let server = Clocked::start().await;
    let root = server.root();
    let (id, limited) = key(&root, json!({ "rate_limits": limit(3) })).await;
    let answer = ask(&root, &vec![json!({ "key": limited }); 5]).await;
    let expected = ["VALID", "VALID", "VALID", "RATE_LIMITED", "RATE_LIMITED"];
    assert_eq!(codes(&answer.expect(200)), expected);
    let read = root.get(&format!("/v1/keys/{id}")).await.expect(200);
    assert_eq!(read.json()["uses"], json!(3));

    let (_, counted) = key(&root, json!({ "credits": { "remaining": 5 } })).await;
    let costs = [2, 0, 4, 2, 1, 1, 0];
    let requests = costs.map(|cost| json!({ "key": counted, "cost": cost }));
    let answer = ask(&root, &requests).await.expect(200).json();
    let said = answer["results"].as_array().unwrap().iter();
    let said: Vec<(&str, i64)> = said
        .map(|verdict| {
            let left = verdict["credits"]["remaining"].as_i64().unwrap();
            (verdict["code"].as_str().unwrap(), left)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("VALID", 3),
            ("VALID", 3),
            ("CREDITS_EXHAUSTED", 3),
            ("VALID", 1),
            ("VALID", 0),
            ("CREDITS_EXHAUSTED", 0),
            ("VALID", 0),
        ]
    );
    server.finish().await;
}

#[tokio::test]
async fn the_keys_of_one_owner_share_its_limit_within_a_batch() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let target = format!("/v1/users/{}", user.id);
    let limits = json!({ "rate_limits": limit(2) });
    root.patch(&target, limits).await.expect(200);
    let body = json!({ "kind": "standard", "owner_id": user.id });
    let other = root.issue(body).await;
    let (own, other) = (
        json!({ "key": user.key }),
        json!({ "key": other["secret"] }),
    );
    let answer = ask(&root, &[own.clone(), other.clone(), own, other]).await;
    assert_eq!(
        codes(&answer.expect(200)),
        ["VALID", "VALID", "RATE_LIMITED", "RATE_LIMITED"]
    );
    server.finish().await;
}

#[tokio::test]
async fn a_key_must_have_all_scopes_and_one_of_the_others_in_every_combination() {
    let server = Clocked::start().await;
    let root = server.root();
    let (_, secret) = key(&root, json!({ "scopes": ["a", "b"] })).await;
    let all_of = [
        (json!(null), true),
        (json!([]), true),
        (json!(["a"]), true),
        (json!(["b", "a", "a"]), true),
        (json!(["c"]), false),
        (json!(["a", "c"]), false),
        (json!(["A"]), false),
    ];
    let one_of = [
        (json!(null), true),
        (json!(["a"]), true),
        (json!(["c", "b"]), true),
        (json!(["a", "b"]), true),
        (json!(["c"]), false),
        (json!(["c", "B"]), false),
    ];
    let (mut requests, mut expected) = (Vec::new(), Vec::new());
    for (scopes, has_all) in &all_of {
        for (any_scope, has_one) in &one_of {
            let mut request = json!({ "key": secret });
            for (member, wanted) in [("scopes", scopes), ("any_scope", any_scope)] {
                if !wanted.is_null() {
                    request[member] = wanted.clone();
                }
            }
            requests.push(request);
            expected.push(if *has_all && *has_one {
                "VALID"
            } else {
                "INSUFFICIENT_SCOPE"
            });
        }
    }
    let answer = ask(&root, &requests).await.expect(200);
    assert_eq!(codes(&answer), expected);
    for (request, expected) in requests.into_iter().zip(expected) {
        let alone = root.post("/v1/keys/verify", request.clone()).await;
        assert_eq!(alone.expect(200).string("/code"), expected, "{request}");
    }
    server.finish().await;
}
