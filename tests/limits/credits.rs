//! Credits: what is left counts down by cost, and ends exactly at nothing.
//! Leaves when it comes back to `refills`, and what a restart keeps of it to `reservations`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::refills::{TO_APRIL_MS, TO_MIDNIGHT_MS};
use super::{CLIENTS, Key, per_minute, valid_of};
use crate::support::Clocked;

fn credits(remaining: i64) -> Value {
    json!({ "credits": { "remaining": remaining } })
}

pub(super) fn refilled(remaining: i64, amount: i64, every: &str) -> Value {
    let refill = json!({ "amount": amount, "every": every });
    json!({ "credits": { "remaining": remaining, "refill": refill } })
}

pub(super) async fn left(key: &Key) -> i64 {
    key.read().await["credits"]["remaining"].as_i64().unwrap()
}

#[tokio::test]
async fn what_is_left_counts_down_by_the_cost_of_each_use() {
    let server = Clocked::start().await;
    let key = Key::with(&server, credits(1_000)).await;
    assert_eq!(key.read().await["credits"], json!({ "remaining": 1_000 }));
    let mut expected = 1_000;
    for cost in [1, 0, 99, 400, 500] {
        expected -= cost;
        let verdict = key.judged(json!({ "cost": cost })).await;
        assert_eq!(verdict["code"], "VALID");
        assert_eq!(verdict["credits"], json!({ "remaining": expected }));
        assert_eq!(left(&key).await, expected);
    }
    let refused = key.judged(json!({})).await;
    assert_eq!(refused["code"], "CREDITS_EXHAUSTED");
    assert_eq!(refused["credits"], json!({ "remaining": 0 }));
    assert_eq!(key.code(0).await, "VALID", "it only asks");
    server.finish().await;
}

#[tokio::test]
async fn a_cost_over_what_is_left_takes_nothing_and_a_smaller_one_passes() {
    let server = Clocked::start().await;
    let key = Key::with(&server, credits(10)).await;
    assert_eq!(key.code(4).await, "VALID");
    for _ in 0..3 {
        let refused = key.judged(json!({ "cost": 7 })).await;
        assert_eq!(refused["code"], "CREDITS_EXHAUSTED");
        assert_eq!(refused["credits"], json!({ "remaining": 6 }));
    }
    assert_eq!(key.code(6).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_spend_exactly_what_was_granted() {
    let server = Clocked::start().await;
    // Few enough to be set aside one by one, and so many that they are set aside in blocks.
    for granted in [50, 200, 301] {
        let key = Key::with(&server, credits(granted)).await;
        let mut spent = 0;
        while spent < granted {
            let valid = valid_of(vec![key.question(json!({})); CLIENTS]).await;
            let expected = (granted - spent).min(64);
            assert_eq!(valid, usize::try_from(expected).unwrap(), "{granted}");
            spent += expected;
            assert_eq!(left(&key).await, granted - spent);
        }
        assert_eq!(valid_of(vec![key.question(json!({})); CLIENTS]).await, 0);
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_with_different_costs_spend_what_is_gone_and_no_more() {
    let server = Clocked::start().await;
    let key = Key::with(&server, credits(500)).await;
    let mut tasks = JoinSet::new();
    for cost in [1, 7, 20, 3].into_iter().cycle().take(4 * CLIENTS) {
        let question = key.question(json!({ "cost": cost }));
        tasks.spawn(async move { (cost, question.send().await.expect(200).json()) });
    }
    let mut spent = 0;
    for (cost, verdict) in tasks.join_all().await {
        spent += if verdict["valid"] == true { cost } else { 0 };
    }
    assert!(
        (481..=500).contains(&spent),
        "the smallest still pass: {spent}"
    );
    assert_eq!(left(&key).await, 500 - spent);
    assert_eq!(key.code(500 - spent + 1).await, "CREDITS_EXHAUSTED");
    assert_eq!(key.code(500 - spent).await, "VALID");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_of_one_lineage_spend_the_same_credits() {
    let server = Clocked::start().await;
    let old = Key::with(&server, credits(100)).await;
    assert_eq!(old.code(10).await, "VALID");
    let (_, new) = old.rotated(3_600).await;
    let both = [old.question(json!({})), new.question(json!({}))];
    let requests = both.into_iter().cycle().take(3 * CLIENTS);
    assert_eq!(valid_of(requests).await, 90);
    for key in [&old, &new] {
        assert_eq!(left(key).await, 0);
        assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_rotation_carries_what_is_left() {
    let server = Clocked::start().await;
    let old = Key::with(&server, refilled(10_000, 500, "month")).await;
    assert_eq!(old.code(1_234).await, "VALID");
    let (answer, new) = old.rotated(0).await;
    let refill = json!({ "amount": 500, "every": "month" });
    let expected = json!({ "remaining": 8_766, "refill": refill });
    assert_eq!(answer["key"]["credits"], expected);
    assert_eq!(new.read().await["credits"], expected);
    let verdict = new.judged(json!({})).await;
    assert_eq!(verdict["credits"]["remaining"], 8_765);
    server.advance_ms(TO_APRIL_MS);
    assert_eq!(left(&new).await, 500);
    server.finish().await;
}

#[tokio::test]
async fn a_change_sets_credits_anew() {
    let server = Clocked::start().await;
    let key = Key::with(&server, credits(1_000)).await;
    assert_eq!(key.code(1).await, "VALID");
    let patched = key.patch(credits(5)).await;
    assert_eq!(patched["credits"], json!({ "remaining": 5 }));
    assert_eq!(left(&key).await, 5);
    assert_eq!(key.code(5).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    let patched = key.patch(refilled(7, 3, "day")).await;
    let refill = json!({ "amount": 3, "every": "day" });
    assert_eq!(
        patched["credits"],
        json!({ "remaining": 7, "refill": refill })
    );
    assert_eq!(key.code(7).await, "VALID");
    // Another change leaves them as they are.
    let patched = key.patch(json!({ "name": "other" })).await;
    assert_eq!(patched["credits"]["remaining"], 0);
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    server.advance_ms(TO_MIDNIGHT_MS);
    assert_eq!(left(&key).await, 3);
    server.finish().await;
}

#[tokio::test]
async fn credits_that_are_taken_away_are_no_longer_counted() {
    let server = Clocked::start().await;
    let key = Key::with(&server, credits(1)).await;
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    let patched = key.patch(json!({ "remove": ["credits"] })).await;
    assert_eq!(patched.get("credits"), None);
    assert_eq!(key.read().await.get("credits"), None);
    let verdict = key.judged(json!({ "cost": 1_000_000 })).await;
    assert_eq!(verdict["code"], "VALID");
    assert_eq!(verdict.get("credits"), None);
    server.finish().await;
}

/// Of a thousand, some are set aside in memory at the first use: they go with the others.
#[tokio::test]
async fn credits_that_were_taken_away_do_not_come_back_with_new_ones() {
    let server = Clocked::start().await;
    let key = Key::with(&server, credits(1_000)).await;
    for granted in [2, 3] {
        assert_eq!(key.code(1).await, "VALID");
        key.patch(json!({ "remove": ["credits"] })).await;
        assert_eq!(key.code(1).await, "VALID");
        key.patch(credits(granted)).await;
        assert_eq!(left(&key).await, granted);
        assert_eq!(key.code(granted).await, "VALID");
        assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
        key.patch(credits(1_000)).await;
    }
    server.finish().await;
}

/// While both keys of a rotation work, a change of the successor's credits is one of its predecessor's, too.
#[tokio::test]
async fn a_change_of_credits_holds_for_both_keys_of_a_rotation() {
    let server = Clocked::start().await;
    let old = Key::with(&server, json!({})).await;
    assert_eq!(old.code(1).await, "VALID");
    let (_, new) = old.rotated(3_600).await;
    new.patch(credits(3)).await;
    let verdict = old.judged(json!({})).await;
    assert_eq!(verdict["credits"], json!({ "remaining": 2 }));
    new.patch(refilled(9, 9, "day")).await;
    let verdict = old.judged(json!({})).await;
    assert_eq!(verdict["credits"], json!({ "remaining": 8 }));
    assert_eq!(left(&old).await, 8);
    assert_eq!(new.code(8).await, "VALID");
    assert_eq!(old.code(1).await, "CREDITS_EXHAUSTED");
    new.patch(json!({ "remove": ["credits"] })).await;
    let verdict = old.judged(json!({})).await;
    assert_eq!(verdict["code"], "VALID");
    assert_eq!(verdict.get("credits"), None);
    server.finish().await;
}

#[tokio::test]
async fn an_authorization_spends_and_is_refused_without_a_wait() {
    let server = Clocked::start().await;
    let key = Key::with(&server, credits(3)).await;
    key.authorize("?cost=2").send().await.expect(204);
    let refused = key.authorize("?cost=2").send().await.expect(403);
    assert_eq!(refused.header("x-key-refusal"), Some("CREDITS_EXHAUSTED"));
    assert_eq!(refused.header("retry-after"), None);
    assert_eq!(left(&key).await, 1);
    key.authorize("").send().await.expect(204);
    key.authorize("").send().await.expect(403);
    server.finish().await;
}

#[tokio::test]
async fn calls_of_a_contract_spend_no_credits() {
    let server = Clocked::start().await;
    let organization = server.root().organization().await;
    let members = json!({ "kind": "named", "name": "first", "credits": { "remaining": 1 } });
    let key = Key::of(&server, &organization.id, members).await;
    let list = server.get("/v0/api_keys").bearer(&key.secret);
    for _ in 0..3 {
        list.clone().send().await.expect(200);
    }
    assert_eq!(left(&key).await, 1);
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    list.send().await.expect(200);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_without_credits_takes_nothing_from_windows_either() {
    let server = Clocked::start().await;
    let members = json!({
        "credits": { "remaining": 5 },
        "rate_limits": [per_minute("calls", 60, 100)],
    });
    let key = Key::with(&server, members).await;
    assert_eq!(valid_of(vec![key.question(json!({})); CLIENTS]).await, 5);
    assert_eq!(key.rate().await["remaining"], 95);
    key.authorize("?cost=1").send().await.expect(403);
    let refused = key.judged(json!({})).await;
    assert_eq!(refused["code"], "CREDITS_EXHAUSTED");
    assert_eq!(
        refused["rate_limit"],
        json!({
            "name": "calls", "limit": 60, "window_seconds": 60, "burst": 100,
            "remaining": 95, "reset_seconds": 5,
        })
    );
    server.finish().await;
}

#[tokio::test]
async fn a_use_over_its_rate_spends_no_credits() {
    let server = Clocked::start().await;
    let members = json!({
        "credits": { "remaining": 100 },
        "rate_limits": [per_minute("calls", 60, 2)],
    });
    let key = Key::with(&server, members).await;
    assert_eq!(key.code(2).await, "VALID");
    let refused = key.judged(json!({})).await;
    assert_eq!(refused["code"], "RATE_LIMITED");
    assert_eq!(refused["credits"], json!({ "remaining": 98 }));
    assert_eq!(left(&key).await, 98);
    server.finish().await;
}

#[tokio::test]
async fn credits_just_past_their_bounds_are_refused() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let key = Key::of(&server, &user.id, json!({})).await;
    for (bad, pointer) in [
        (credits(-1), "/credits/remaining"),
        (credits(1_000_000_000_001), "/credits/remaining"),
        (refilled(0, 0, "day"), "/credits/refill/amount"),
        (
            refilled(0, 1_000_000_000_001, "month"),
            "/credits/refill/amount",
        ),
    ] {
        let root = server.root();
        let answer = root.patch(&key.target(), bad.clone()).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), pointer);
        let new = super::merged(json!({ "kind": "standard", "owner_id": user.id }), bad);
        let answer = root.post("/v1/keys", new).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), pointer);
    }
    let both = json!({ "credits": { "remaining": 1 }, "remove": ["credits"] });
    server.root().patch(&key.target(), both).await.expect(422);
    assert_eq!(key.read().await.get("credits"), None, "nothing was changed");
    let most = Key::with(
        &server,
        refilled(1_000_000_000_000, 1_000_000_000_000, "day"),
    )
    .await;
    let verdict = most.judged(json!({ "cost": 1_000_000 })).await;
    assert_eq!(verdict["credits"]["remaining"], 999_999_000_000_i64);
    server.finish().await;
}
