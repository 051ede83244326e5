//! How much passes: 64 clients at once, by the clock that was passed in.
//! Leaves what the answers say about it to `told`.

use serde_json::json;

use super::{CLIENTS, Key, at_once, per_minute, valid_of};
use crate::support::{Clocked, Request, Server};

/// How many of 64 requests at the same instant get this status, however the others are refused.
async fn through(request: &Request, status: u16) -> usize {
    let answers = at_once(vec![request.clone(); CLIENTS]).await;
    let passed = answers.iter().filter(|answer| answer.status == status);
    let refused = answers.iter().filter(|answer| answer.status == 429);
    let (passed, refused) = (passed.count(), refused.count());
    assert_eq!(passed + refused, CLIENTS, "nothing but 429 refuses");
    passed
}

/// What passes at once, and what passes in the minute after it, if 64 clients try again and again.
async fn minute(server: &Clocked, mut tries: impl AsyncFnMut() -> usize) -> (usize, usize) {
    let at_once = tries().await;
    assert_eq!(tries().await, 0, "the burst is gone");
    let mut later = 0;
    for _ in 0..9 {
        // No more than the burst comes back in between, so nothing is lost.
        server.advance_s(6);
        later += tries().await;
    }
    server.advance_ms(5_999);
    later += tries().await;
    (at_once, later)
}

#[tokio::test(flavor = "multi_thread")]
async fn verifications_get_the_burst_at_once_and_the_limit_in_a_minute() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 100, 10)] });
    let key = Key::with(&server, limits).await;
    let tries = async || valid_of(vec![key.question(json!({})); CLIENTS]).await;
    assert_eq!(minute(&server, tries).await, (10, 99));
    server.advance_ms(1);
    assert_eq!(valid_of(vec![key.question(json!({})); CLIENTS]).await, 1);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authorizations_get_the_burst_at_once_and_the_limit_in_a_minute() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 100, 10)] });
    let key = Key::with(&server, limits).await;
    let tries = async || through(&key.authorize(""), 204).await;
    assert_eq!(minute(&server, tries).await, (10, 99));
    server.advance_ms(1);
    assert_eq!(through(&key.authorize(""), 204).await, 1);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_contract_get_the_burst_at_once_and_the_limit_in_a_minute() {
    let server = Clocked::start().await;
    let organization = server.root().organization().await;
    let holder = server
        .root()
        .named(json!({
            "kind": "named", "owner_id": organization.id, "name": "first",
            "rate_limits": [per_minute("calls", 100, 10)],
        }))
        .await;
    let list = server.get("/v0/api_keys").bearer(&holder.key);
    let tries = async || through(&list, 200).await;
    assert_eq!(minute(&server, tries).await, (10, 99));
    server.advance_ms(1);
    assert_eq!(through(&list, 200).await, 1);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_use_a_key_takes_from_the_same_window() {
    let server = Clocked::start().await;
    let organization = server.root().organization().await;
    let members = json!({
        "kind": "named", "name": "first", "rate_limits": [per_minute("calls", 100, 10)],
    });
    let key = Key::of(&server, &organization.id, members).await;
    let list = server.get("/v0/api_keys").bearer(&key.secret);
    let requests = [key.question(json!({})), key.authorize(""), list];
    let answers = at_once(requests.into_iter().cycle().take(3 * CLIENTS)).await;
    let passed = answers.iter().filter(|answer| match answer.status {
        200 => answer.text().starts_with('[') || answer.json()["valid"] == true,
        status => status == 204,
    });
    assert_eq!(passed.count(), 10);
    server.finish().await;
}

#[tokio::test]
async fn a_use_takes_its_cost_and_a_use_of_nothing_takes_nothing() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 100, 10)] });
    let key = Key::with(&server, limits).await;
    let mut left = Vec::new();
    for cost in [0, 1, 0, 4, 5, 0] {
        let verdict = key.judged(json!({ "cost": cost })).await;
        assert_eq!(verdict["code"], "VALID");
        left.push(verdict["rate_limit"]["remaining"].as_i64().unwrap());
    }
    assert_eq!(left, [10, 9, 9, 5, 0, 0]);
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    key.authorize("?cost=1").send().await.expect(429);
    server.advance_ms(600);
    key.authorize("?cost=2").send().await.expect(429);
    key.authorize("?cost=1").send().await.expect(204);
    server.finish().await;
}

#[tokio::test]
async fn a_refused_use_takes_nothing_however_often_it_is_tried() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 60, 10)] });
    let key = Key::with(&server, limits).await;
    assert_eq!(key.code(9).await, "VALID");
    for _ in 0..20 {
        assert_eq!(key.code(2).await, "RATE_LIMITED");
        key.authorize("?cost=2").send().await.expect(429);
    }
    assert_eq!(key.code(1).await, "VALID");
    server.finish().await;
}

#[tokio::test]
async fn only_what_is_found_valid_takes() {
    let server = Clocked::with(json!({ "proxies": { "trusted": ["127.0.0.1"] } })).await;
    let members = json!({
        "scopes": ["a"],
        "ip_allow": ["192.0.2.0/24"],
        "rate_limits": [per_minute("calls", 60, 10)],
    });
    let key = Key::with(&server, members).await;
    let here = json!({ "client_ip": "192.0.2.1" });
    for (question, code) in [
        (json!({}), "FORBIDDEN_IP"),
        (json!({ "client_ip": "192.0.3.0" }), "FORBIDDEN_IP"),
        (
            json!({ "client_ip": "192.0.2.1", "scopes": ["b"] }),
            "INSUFFICIENT_SCOPE",
        ),
        (
            json!({ "client_ip": "192.0.2.1", "any_scope": ["b"] }),
            "INSUFFICIENT_SCOPE",
        ),
    ] {
        assert_eq!(key.judged(question).await["code"], code);
    }
    let asked = |query: &str, from: &str| key.authorize(query).header("x-forwarded-for", from);
    asked("", "192.0.3.0").send().await.expect(403);
    asked("?scope=b", "192.0.2.1").send().await.expect(403);
    key.patch(json!({ "enabled": false })).await;
    assert_eq!(key.judged(here.clone()).await["code"], "DISABLED");
    asked("", "192.0.2.1").send().await.expect(401);
    key.patch(json!({ "enabled": true })).await;
    let owner = format!("/v1/users/{}", key.owner_id);
    for suspended in [true, false] {
        let root = server.root();
        let patch = json!({ "suspended": suspended });
        root.patch(&owner, patch).await.expect(200);
        if suspended {
            assert_eq!(key.judged(here.clone()).await["code"], "OWNER_SUSPENDED");
        }
    }
    let verdict = key.judged(here).await;
    assert_eq!(verdict["code"], "VALID");
    assert_eq!(verdict["rate_limit"]["remaining"], 9, "the first that took");
    server.finish().await;
}

#[tokio::test]
async fn a_batch_takes_key_by_key_as_if_they_came_one_after_the_other() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 60, 3)] });
    let (first, second) = (
        Key::with(&server, limits.clone()).await,
        Key::with(&server, limits).await,
    );
    let asked = |key: &Key, cost: i64| json!({ "key": key.secret, "cost": cost });
    let requests = json!({ "requests": [
        asked(&first, 2), asked(&second, 3), asked(&first, 2), asked(&first, 1),
        asked(&first, 0), asked(&second, 1), asked(&first, 4),
    ] });
    let target = "/v1/keys/verify-batch";
    let answer = server.root().post(target, requests).await.expect(200);
    let body = answer.json();
    let verdicts = body["results"].as_array().unwrap().iter();
    let verdicts = verdicts.map(|verdict| verdict["code"].as_str().unwrap());
    assert_eq!(
        verdicts.collect::<Vec<_>>(),
        [
            "VALID",
            "VALID",
            "RATE_LIMITED",
            "VALID",
            "VALID",
            "RATE_LIMITED",
            "RATE_LIMITED"
        ]
    );
    server.finish().await;
}

#[tokio::test]
async fn a_batch_with_one_bad_request_takes_nothing_at_all() {
    let server = Clocked::start().await;
    let limits = json!({
        "rate_limits": [per_minute("calls", 60, 3)],
        "credits": { "remaining": 10 },
    });
    let key = Key::with(&server, limits).await;
    let requests = json!({ "requests": [
        { "key": key.secret }, { "key": key.secret, "cost": -1 },
    ] });
    let target = "/v1/keys/verify-batch";
    let answer = server.root().post(target, requests).await.expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/requests/1/cost");
    let verdict = key.judged(json!({ "cost": 0 })).await;
    assert_eq!(verdict["rate_limit"]["remaining"], 3);
    assert_eq!(verdict["credits"]["remaining"], 10);
    server.finish().await;
}

#[tokio::test]
async fn windows_begin_rested_when_the_server_starts() {
    let server = Server::start();
    let limit = json!({ "name": "calls", "limit": 1, "window_seconds": 2_592_000 });
    let key = Key::with(&server, json!({ "rate_limits": [limit] })).await;
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    let server = Server::on(&server.finish(), &[]);
    let key = key.at(&server);
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(key.code(1).await, "RATE_LIMITED");
}
