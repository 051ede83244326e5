//! Whose windows there are: several of a key, those of its owner that its keys share, and their heirs.
//! Leaves the arithmetic of one window to `windows`.

use serde_json::{Value, json};

use super::{CLIENTS, Key, at_once, per_minute, valid_of};
use crate::support::{Clocked, Organization};

fn name(verdict: &Value) -> &str {
    verdict["rate_limit"]["name"].as_str().unwrap()
}

fn remaining(verdict: &Value) -> i64 {
    verdict["rate_limit"]["remaining"].as_i64().unwrap()
}

/// A new organization whose keys share these limits.
async fn organization_with(server: &Clocked, rate_limits: Value) -> Organization {
    let organization = server.root().organization().await;
    let target = format!("/v1/organizations/{}", organization.id);
    let patch = json!({ "rate_limits": rate_limits });
    let patched = server
        .root()
        .patch(&target, patch.clone())
        .await
        .expect(200);
    assert_eq!(patched.json()["rate_limits"], patch["rate_limits"]);
    organization
}

#[tokio::test]
async fn of_several_limits_all_hold_and_the_tightest_is_named() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [
        { "name": "second", "limit": 2, "window_seconds": 1 },
        { "name": "hour", "limit": 3, "window_seconds": 3_600 },
    ] });
    let key = Key::with(&server, limits).await;
    let first = key.judged(json!({})).await;
    assert_eq!((name(&first), remaining(&first)), ("second", 1));
    assert_eq!(key.code(1).await, "VALID");
    let refused = key.judged(json!({})).await;
    assert_eq!((name(&refused), remaining(&refused)), ("second", 0));
    server.advance_s(1);
    let third = key.judged(json!({})).await;
    assert_eq!((name(&third), remaining(&third)), ("hour", 0));
    let refused = key.judged(json!({})).await;
    assert_eq!(refused["code"], "RATE_LIMITED");
    assert_eq!(name(&refused), "hour", "the second has room");
    // Three an hour are one every 1200 s, and one second of them is over.
    assert_eq!(refused["rate_limit"]["retry_after_seconds"], 1_199);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_takes_from_all_windows_or_from_none() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("wide", 1_000, 1_000)] });
    let owner = server.root().post("/v1/users", limits).await.expect(201);
    let owner_id = owner.string("/id");
    let limits =
        json!({ "rate_limits": [per_minute("middle", 100, 100), per_minute("narrow", 5, 5)] });
    let key = Key::of(&server, &owner_id, limits).await;
    assert_eq!(valid_of(vec![key.question(json!({})); CLIENTS]).await, 5);
    // Without the narrow one, the next speaks: it has lost what passed, and no more.
    key.patch(json!({ "rate_limits": [per_minute("middle", 100, 100)] }))
        .await;
    let rate = key.rate().await;
    assert_eq!(
        (&rate["name"], &rate["remaining"]),
        (&json!("middle"), &json!(95))
    );
    key.patch(json!({ "remove": ["rate_limits"] })).await;
    let rate = key.rate().await;
    assert_eq!(
        (&rate["name"], &rate["remaining"]),
        (&json!("wide"), &json!(995))
    );
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_an_owner_share_its_window_and_have_their_own_each() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("all", 100, 10)] });
    let owner = server.root().post("/v1/users", limits).await.expect(201);
    let owner_id = owner.string("/id");
    let own = json!({ "rate_limits": [per_minute("all", 100, 6)] });
    let (first, second) = (
        Key::of(&server, &owner_id, own.clone()).await,
        Key::of(&server, &owner_id, own).await,
    );
    let both = [first.question(json!({})), second.question(json!({}))];
    assert_eq!(valid_of(both.into_iter().cycle().take(CLIENTS)).await, 10);
    let stranger = Key::with(
        &server,
        json!({ "rate_limits": [per_minute("all", 100, 6)] }),
    )
    .await;
    assert_eq!(
        valid_of(vec![stranger.question(json!({})); CLIENTS]).await,
        6
    );
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_window_counts_every_contract_and_every_verdict() {
    let server = Clocked::start().await;
    let organization = organization_with(&server, json!([per_minute("all", 100, 10)])).await;
    let named = server.root().named_of(&organization).await;
    let client = server.root().client_of(&organization).await;
    let token = client.token().await;
    let standard = Key::of(&server, &organization.id, json!({})).await;
    let answers = at_once(
        [
            server.get("/v0/api_keys").bearer(&named.key),
            server.get("/api-keys").bearer(&token.token),
            client.token_request(),
            standard.authorize(""),
        ]
        .into_iter()
        .cycle()
        .take(CLIENTS),
    )
    .await;
    let passed = answers.iter().filter(|answer| answer.status < 300);
    assert_eq!(passed.count(), 9, "the first token was the tenth");
    assert_eq!(standard.code(1).await, "RATE_LIMITED");
    organization.rotate().await.expect(429);
    server.finish().await;
}

#[tokio::test]
async fn a_successor_shares_the_windows_of_its_predecessor() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 60, 10)] });
    let old = Key::with(&server, limits).await;
    assert_eq!(old.code(4).await, "VALID");
    let (answer, new) = old.rotated(3_600).await;
    assert_eq!(
        answer["key"]["rate_limits"],
        json!([per_minute("calls", 60, 10)])
    );
    assert_eq!(new.code(4).await, "VALID");
    let refused = old.judged(json!({ "cost": 3 })).await;
    assert_eq!(refused["code"], "RATE_LIMITED");
    assert_eq!(remaining(&refused), 2);
    let (_, newest) = new.rotated(0).await;
    assert_eq!(newest.code(2).await, "VALID");
    assert_eq!(newest.code(1).await, "RATE_LIMITED");
    server.finish().await;
}

#[tokio::test]
async fn a_user_cannot_rotate_itself_out_of_its_keys_window() {
    let server = Clocked::with(json!({ "user_key": { "rate_limit_per_minute": 0 } })).await;
    let mut user = server.root().user().await;
    let target = format!("/v1/keys/{}", user.key_id);
    let patch = json!({ "rate_limits": [per_minute("calls", 60, 3)] });
    server.root().patch(&target, patch).await.expect(200);
    for _ in 0..3 {
        user.rotated().await;
    }
    let refused = user.rotate().await.expect(429);
    assert_eq!(refused.header("ratelimit"), Some("\"calls\";r=0;t=3"));
    server.advance_s(1);
    user.rotated().await;
    user.rotate().await.expect(429);
    server.finish().await;
}

#[tokio::test]
async fn a_changed_limit_holds_at_once_and_forgets_nothing() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 60, 10)] });
    let key = Key::with(&server, limits).await;
    assert_eq!(key.code(10).await, "VALID");
    // Ten seconds are owed; a burst of 15 seconds has room for five more.
    let wider = json!([per_minute("calls", 60, 15)]);
    let patched = key.patch(json!({ "rate_limits": wider })).await;
    assert_eq!(patched["rate_limits"], wider);
    assert_eq!(key.code(6).await, "RATE_LIMITED");
    assert_eq!(key.code(5).await, "VALID");
    key.patch(json!({ "name": "other" })).await;
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    key.patch(json!({ "remove": ["rate_limits"] })).await;
    let verdict = key.judged(json!({ "cost": 1_000_000 })).await;
    assert_eq!(verdict["code"], "VALID");
    assert_eq!(verdict.get("rate_limit"), None);
    server.finish().await;
}

#[tokio::test]
async fn a_limit_that_becomes_narrower_than_what_is_owed_locks_nobody_out() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 1, 100)] });
    let key = Key::with(&server, limits).await;
    assert_eq!(key.code(100).await, "VALID");
    key.patch(json!({ "rate_limits": [per_minute("calls", 60, 10)] }))
        .await;
    let verdict = key.judged(json!({ "cost": 10 })).await;
    assert_eq!(verdict["code"], "VALID");
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    server.finish().await;
}

#[tokio::test]
async fn a_changed_limit_of_an_owner_holds_at_once_for_its_keys() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    assert_eq!(key.judged(json!({})).await.get("rate_limit"), None);
    let target = format!("/v1/users/{}", key.owner_id);
    let limits = json!({ "rate_limits": [per_minute("all", 60, 2)] });
    let root = server.root();
    let patched = root.patch(&target, limits.clone()).await.expect(200).json();
    assert_eq!(patched["rate_limits"], limits["rate_limits"]);
    let read = root.get(&target).await.expect(200).json();
    assert_eq!(read["rate_limits"], limits["rate_limits"]);
    assert_eq!(key.code(2).await, "VALID");
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    let none = json!({ "remove": ["rate_limits"] });
    root.patch(&target, none).await.expect(200);
    assert_eq!(key.code(1).await, "VALID");
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_by_the_owners_window_takes_nothing_from_the_keys() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("all", 60, 2)] });
    let owner = server.root().post("/v1/users", limits).await.expect(201);
    let owner_id = owner.string("/id");
    let own = json!({ "rate_limits": [per_minute("own", 60, 10)] });
    let key = Key::of(&server, &owner_id, own).await;
    let refused = key.judged(json!({ "cost": 3 })).await;
    assert_eq!((name(&refused), remaining(&refused)), ("all", 2));
    assert_eq!(refused["rate_limit"].get("retry_after_seconds"), None);
    let target = format!("/v1/users/{owner_id}");
    let none = json!({ "remove": ["rate_limits"] });
    server.root().patch(&target, none).await.expect(200);
    assert_eq!(key.rate().await["remaining"], 10);
    server.finish().await;
}

#[tokio::test]
async fn windows_begin_rested_when_the_clock_is_set_back() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 60, 10)] });
    let key = Key::with(&server, limits).await;
    assert_eq!(key.code(10).await, "VALID");
    server.advance_s(-3_600);
    assert_eq!(key.code(10).await, "VALID");
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    server.finish().await;
}
