//! Batches that are refused as a whole, and take nothing.

use serde_json::{Value, json};

use super::{ask, codes, key, limit};
use crate::support::{Clocked, assert_answer};

/// Members that break a rule, and where the refusal points below the question.
fn broken() -> Vec<(&'static str, Value, &'static str)> {
    let many: Vec<String> = (0..65).map(|index| format!("s{index}")).collect();
    vec![
        ("key", json!(""), "/key"),
        ("key", json!("k".repeat(4097)), "/key"),
        ("key", json!(1), "/key"),
        ("key", json!(null), "/key"),
        ("scopes", json!(null), "/scopes"),
        ("any_scope", json!(null), "/any_scope"),
        ("scope", json!(["a"]), "/scope"),
        ("scopes", json!("a"), "/scopes"),
        ("scopes", json!(["a", "a b"]), "/scopes/1"),
        ("scopes", json!(["a", 1]), "/scopes/1"),
        ("scopes", json!(many), "/scopes"),
        ("any_scope", json!(["", "a"]), "/any_scope/0"),
        ("any_scope", json!(many), "/any_scope"),
        ("any_scope", json!([]), "/any_scope"),
        ("cost", json!(-1), "/cost"),
        ("cost", json!(1_000_001), "/cost"),
        ("cost", json!(1.5), "/cost"),
        ("cost", json!("1"), "/cost"),
        ("client_ip", json!(""), "/client_ip"),
        ("client_ip", json!("localhost"), "/client_ip"),
        ("client_ip", json!("192.0.2.7:65536"), "/client_ip"),
        ("client_ip", json!("192.0.2.0/24"), "/client_ip"),
        ("client_ip", json!(7), "/client_ip"),
    ]
}

#[tokio::test]
async fn a_question_that_breaks_a_rule_is_pointed_at_and_nothing_is_taken() {
    let server = Clocked::start().await;
    let root = server.root();
    let limited = json!({ "rate_limits": limit(1), "credits": { "remaining": 1 } });
    let (id, secret) = key(&root, limited).await;
    let good = json!({ "key": secret });
    for (member, value, below) in broken() {
        let mut bad = good.clone();
        bad[member] = value.clone();
        let alone = root.post("/v1/keys/verify", bad.clone()).await.expect(422);
        assert_eq!(alone.string("/errors/0/pointer"), below, "{value:.60}");
        let requests = [good.clone(), good.clone(), bad, good.clone()];
        let answer = ask(&root, &requests).await.expect(422);
        let pointer = format!("/requests/2{below}");
        assert_eq!(answer.string("/errors/0/pointer"), pointer, "{value:.60}");
        assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
    }
    let read = root.get(&format!("/v1/keys/{id}")).await.expect(200).json();
    assert_eq!(
        (&read["uses"], &read["credits"]),
        (&json!(0), &json!({ "remaining": 1 }))
    );
    let answer = ask(&root, &[good.clone(), good]).await.expect(200);
    assert_eq!(codes(&answer), ["VALID", "RATE_LIMITED"]);
    server.finish().await;
}

#[tokio::test]
async fn every_question_that_breaks_a_rule_is_named() {
    let server = Clocked::start().await;
    let requests = [
        json!({ "key": "x", "cost": -1 }),
        json!({ "key": "x" }),
        json!({ "key": "x", "client_ip": "here" }),
    ];
    assert_answer!(ask(&server.root(), &requests).await, @r#"
    {
      "body": {
        "detail": "cost must be 0 to 1000000, got -1; client_ip must be an IPv4 or IPv6 address, with or without a port, for example 192.0.2.7 or [2001:db8::7]:443",
        "errors": [
          {
            "detail": "cost must be 0 to 1000000, got -1",
            "pointer": "/requests/0/cost"
          },
          {
            "detail": "client_ip must be an IPv4 or IPv6 address, with or without a port, for example 192.0.2.7 or [2001:db8::7]:443",
            "pointer": "/requests/2/client_ip"
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
    server.finish().await;
}

#[tokio::test]
async fn a_batch_that_is_no_list_of_questions_is_refused() {
    let server = Clocked::start().await;
    let root = server.root();
    for (body, pointer) in [
        (json!({}), "/requests"),
        (json!({ "requests": null }), "/requests"),
        (json!({ "requests": "x" }), "/requests"),
        (json!({ "requests": { "key": "x" } }), "/requests"),
        (json!({ "requests": ["x"] }), "/requests/0"),
        (
            json!({ "requests": [["x", null, null, null, null]] }),
            "/requests/0",
        ),
        (
            json!({ "requests": [{ "key": "x" }, {}] }),
            "/requests/1/key",
        ),
        (json!({ "key": "x" }), "/key"),
    ] {
        let answer = root.post("/v1/keys/verify-batch", body.clone()).await;
        let answer = answer.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), pointer, "{body}");
    }
    server.finish().await;
}

#[tokio::test]
async fn members_at_their_limits_are_fine() {
    let server = Clocked::start().await;
    let root = server.root();
    let (_, secret) = key(&root, json!({})).await;
    let scopes: Vec<String> = (0..64).map(|index| format!("s{index}")).collect();
    let wide = json!({ "scopes": scopes });
    let (_, wide) = key(&root, wide).await;
    let requests = [
        json!({ "key": "k".repeat(4096) }),
        json!({ "key": secret, "cost": 0, "client_ip": "::" }),
        json!({ "key": secret, "cost": 1_000_000, "client_ip": "192.0.2.7" }),
        json!({ "key": secret, "client_ip": "2001:0db8:0000:0000:0000:0000:192.100.200.210" }),
        json!({ "key": wide, "scopes": scopes, "any_scope": scopes }),
        json!({ "key": secret, "scopes": ["a".repeat(100)] }),
    ];
    let expected = [
        "NOT_FOUND",
        "VALID",
        "VALID",
        "VALID",
        "VALID",
        "INSUFFICIENT_SCOPE",
    ];
    let answer = ask(&root, &requests).await.expect(200);
    assert_eq!(codes(&answer), expected);
    server.finish().await;
}

#[tokio::test]
async fn a_batch_of_more_than_64_kibibytes_is_not_read() {
    const BODY_LEN_MAX: usize = 64 * 1024;
    let server = Clocked::start().await;
    let root = server.root();
    let (_, secret) = key(&root, json!({ "rate_limits": limit(1) })).await;
    let body = |len: usize| {
        let rest = format!(r#"{{"requests":[{{"key":"{secret}"}},{{"key":"x"}}]"#);
        let padding = " ".repeat(len - rest.len() - 1);
        format!("{rest}{padding}}}")
    };
    let send = async |len: usize| {
        let request = root.request("POST", "/v1/keys/verify-batch");
        let request = request.body("application/json", body(len));
        request.send().await
    };
    send(BODY_LEN_MAX + 1).await.expect(413);
    let answer = send(BODY_LEN_MAX).await.expect(200);
    assert_eq!(codes(&answer), ["VALID", "NOT_FOUND"]);
    server.finish().await;
}

#[tokio::test]
async fn a_batch_is_answered_only_to_who_may_verify() {
    let server = Clocked::start().await;
    let root = server.root();
    let body = json!({ "requests": [{ "key": "unknown" }] });
    let verifier = root.control(&["keys:verify"]).await;
    let answer = verifier.post("/v1/keys/verify-batch", body.clone()).await;
    assert_eq!(codes(&answer.expect(200)), ["NOT_FOUND"]);
    let writer = root.control(&["keys:read", "keys:write"]).await;
    let answer = writer.post("/v1/keys/verify-batch", body.clone()).await;
    assert_eq!(
        answer.expect(403).string("/detail"),
        "this operation needs the scope keys:verify"
    );
    let stranger = server.post("/v1/keys/verify-batch").bearer("unknown");
    stranger.json(&body).send().await.expect(401);
    server.finish().await;
}
