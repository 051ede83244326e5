//! What verdicts and authorizations say about rate limits: every number, and what waiting brings.
//! Leaves how much passes to `windows`, and the other contracts to `envelopes`.

use serde_json::json;

use super::{Key, per_minute};
use crate::support::{Answer, Clocked, Server, assert_answer};

#[tokio::test]
async fn every_number_of_a_verdict_is_true() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 100, 10)] });
    let key = Key::with(&server, limits).await;
    // One comes back every 600 ms: whole seconds, rounded up, until all are back.
    for (cost, remaining, reset_seconds) in [(0, 10, 0), (1, 9, 1), (1, 8, 2), (3, 5, 3), (5, 0, 6)]
    {
        let verdict = key.judged(json!({ "cost": cost })).await;
        assert_eq!(
            verdict["rate_limit"],
            json!({
                "name": "calls", "limit": 100, "window_seconds": 60, "burst": 10,
                "remaining": remaining, "reset_seconds": reset_seconds,
            })
        );
    }
    for (ms, cost, remaining, reset_seconds, retry_after) in [
        (0, 1, 0, 6, 1),
        (0, 2, 0, 6, 2),
        (0, 10, 0, 6, 6),
        (599, 1, 0, 6, 1),
        (401, 2, 1, 5, 1),
        (1_000, 10, 3, 4, 4),
    ] {
        server.advance_ms(ms);
        let verdict = key.judged(json!({ "cost": cost })).await;
        assert_eq!(verdict["code"], "RATE_LIMITED");
        assert_eq!(
            verdict["rate_limit"],
            json!({
                "name": "calls", "limit": 100, "window_seconds": 60, "burst": 10,
                "remaining": remaining, "reset_seconds": reset_seconds,
                "retry_after_seconds": retry_after,
            })
        );
    }
    server.advance_s(4);
    assert_eq!(key.rate().await["remaining"], 10);
    assert_eq!(key.rate().await["reset_seconds"], 0);
    server.finish().await;
}

/// For windows that do and do not part evenly: a use passes after the seconds it was told to wait, and it
/// would not have passed a second before.
#[tokio::test]
async fn who_waits_as_long_as_told_passes_and_who_waits_a_second_less_does_not() {
    let server = Clocked::start().await;
    for (limit, window_seconds, burst, cost) in [
        (1, 60, 1, 1),
        (7, 60, 5, 3),
        (100, 60, 10, 7),
        (3, 3_600, 2, 2),
        (1_000, 86_400, 50, 49),
    ] {
        let limit = json!({
            "name": "a", "limit": limit, "window_seconds": window_seconds, "burst": burst,
        });
        let key = Key::with(&server, json!({ "rate_limits": [limit] })).await;
        assert_eq!(key.code(burst).await, "VALID");
        let refused = key.judged(json!({ "cost": cost })).await;
        let wait_s = refused["rate_limit"]["retry_after_seconds"]
            .as_i64()
            .unwrap();
        server.advance_ms((wait_s - 1) * 1_000);
        let refused = key.judged(json!({ "cost": cost })).await;
        assert_eq!(refused["code"], "RATE_LIMITED", "{limit}");
        assert_eq!(refused["rate_limit"]["retry_after_seconds"], 1);
        server.advance_ms(1_000);
        assert_eq!(key.code(cost).await, "VALID", "{limit}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_use_passes_in_the_very_millisecond_in_which_it_may() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 7, 7)] });
    let key = Key::with(&server, limits).await;
    assert_eq!(key.code(7).await, "VALID");
    // One comes back every 8571 3/7 ms.
    for ms in [8_572, 8_571, 8_572, 8_571, 8_572, 8_571, 8_571] {
        server.advance_ms(ms - 1);
        assert_eq!(key.code(1).await, "RATE_LIMITED");
        server.advance_ms(1);
        assert_eq!(key.code(1).await, "VALID");
    }
    server.finish().await;
}

/// The three headers of an answer, where they are.
pub(super) fn headers(answer: &Answer) -> [Option<&str>; 3] {
    ["ratelimit", "ratelimit-policy", "retry-after"].map(|name| answer.header(name))
}

#[tokio::test]
async fn an_authorization_tells_in_headers_what_a_verification_tells_in_its_body() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 100, 10)] });
    let key = Key::with(&server, limits).await;
    for (cost, state) in [(1, "\"calls\";r=9;t=1"), (4, "\"calls\";r=5;t=3")] {
        let passed = key.authorize(&format!("?cost={cost}")).send().await;
        let told = [Some(state), Some("\"calls\";q=10;w=6"), None];
        assert_eq!(headers(&passed.expect(204)), told);
    }
    let refused = key.authorize("?cost=6").send().await.expect(429);
    let told = [
        Some("\"calls\";r=5;t=3"),
        Some("\"calls\";q=10;w=6"),
        Some("1"),
    ];
    assert_eq!(headers(&refused), told);
    let verdict = key.judged(json!({ "cost": 6 })).await;
    assert_eq!(
        verdict["rate_limit"],
        json!({
            "name": "calls", "limit": 100, "window_seconds": 60, "burst": 10,
            "remaining": 5, "reset_seconds": 3, "retry_after_seconds": 1,
        })
    );
    server.finish().await;
}

#[tokio::test]
async fn a_refused_authorization_says_what_refused_it_and_how_long_to_wait() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 1, 1)] });
    let key = Key::with(&server, limits).await;
    key.authorize("").send().await.expect(204);
    let refused = key.authorize("").send().await;
    assert_eq!(refused.header("x-key-refusal"), Some("RATE_LIMITED"));
    assert_answer!(refused, @r#"
    {
      "body": {
        "detail": "too many requests; try again in 60 seconds",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    let for_nginx = key.authorize("?nginx=1").send().await;
    assert_eq!(for_nginx.header("x-key-refusal"), Some("RATE_LIMITED"));
    assert_answer!(for_nginx, @r#"
    {
      "body": null,
      "headers": {
        "ratelimit": "\"calls\";r=0;t=60",
        "ratelimit-policy": "\"calls\";q=1;w=60",
        "retry-after": "60",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 403
    }
    "#);
    server.finish().await;
}

/// What no waiting brings is told with the length of the window: an answer 429 has to name some time.
#[tokio::test]
async fn an_authorization_that_can_never_pass_is_told_so() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 100, 10)] });
    let key = Key::with(&server, limits).await;
    let refused = key.authorize("?cost=11").send().await;
    assert_eq!(refused.header("x-key-refusal"), Some("RATE_LIMITED"));
    assert_answer!(refused, @r#"
    {
      "body": {
        "detail": "the rate limit is too small for this request, however long it waits",
        "request_id": "[request id]",
        "status": 429,
        "title": "Too Many Requests",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "ratelimit": "\"calls\";r=10;t=0",
        "ratelimit-policy": "\"calls\";q=10;w=6",
        "retry-after": "60",
        "x-key-refusal": "RATE_LIMITED",
        "x-request-id": "[request id]"
      },
      "status": 429
    }
    "#);
    let closed = json!({ "rate_limits": [per_minute("closed", 0, 10)] });
    let key = Key::with(&server, closed).await;
    let refused = key.authorize("").send().await.expect(429);
    let told = [
        Some("\"closed\";r=0;t=60"),
        Some("\"closed\";q=0;w=60"),
        Some("60"),
    ];
    assert_eq!(headers(&refused), told, "nothing is the quota");
    server.finish().await;
}

#[tokio::test]
async fn where_there_is_no_limit_nothing_is_said_about_one() {
    let server = Server::with(&[("authorize.kinds", r#"["named"]"#)]);
    let organization = server.root().organization().await;
    let members = json!({ "kind": "named", "name": "first" });
    let key = Key::of(&server, &organization.id, members).await;
    assert_eq!(key.judged(json!({})).await.get("rate_limit"), None);
    let answer = key.authorize("").send().await.expect(204);
    assert_eq!(headers(&answer), [None; 3]);
    let list = server.get("/v0/api_keys").bearer(&key.secret);
    assert_eq!(headers(&list.send().await.expect(200)), [None; 3]);
}
