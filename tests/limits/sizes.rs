//! The smallest and the largest limits and costs, and what is just past them.
//! Leaves limits of a common size to `windows`.

use serde_json::{Value, json};

use super::{Key, per_minute};
use crate::support::Clocked;

const MOST: i64 = 1 << 31;

#[tokio::test]
async fn a_limit_of_nothing_lets_nothing_pass_however_long_one_waits() {
    let server = Clocked::start().await;
    let limit = json!({ "name": "closed", "limit": 0, "window_seconds": 60 });
    let key = Key::with(&server, json!({ "rate_limits": [limit] })).await;
    assert_eq!(
        key.read().await["rate_limits"],
        json!([{ "name": "closed", "limit": 0, "window_seconds": 60, "burst": 1 }])
    );
    for _ in 0..2 {
        for cost in [0, 1] {
            let verdict = key.judged(json!({ "cost": cost })).await;
            assert_eq!(verdict["code"], "RATE_LIMITED");
            assert_eq!(
                verdict["rate_limit"],
                json!({
                    "name": "closed", "limit": 0, "window_seconds": 60, "burst": 1,
                    "remaining": 0, "reset_seconds": 60,
                })
            );
        }
        key.authorize("").send().await.expect(429);
        server.advance_s(100 * 86_400);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_limit_of_one_lets_one_pass_in_each_window() {
    let server = Clocked::start().await;
    let limit = json!({ "name": "one", "limit": 1, "window_seconds": 2_592_000 });
    let key = Key::with(&server, json!({ "rate_limits": [limit] })).await;
    assert_eq!(key.code(1).await, "VALID");
    let refused = key.judged(json!({})).await;
    assert_eq!(
        refused["rate_limit"],
        json!({
            "name": "one", "limit": 1, "window_seconds": 2_592_000, "burst": 1,
            "remaining": 0, "reset_seconds": 2_592_000, "retry_after_seconds": 2_592_000,
        })
    );
    server.advance_ms(2_592_000_000 - 1);
    let refused = key.judged(json!({})).await;
    assert_eq!(refused["rate_limit"]["retry_after_seconds"], 1);
    server.advance_ms(1);
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    server.finish().await;
}

/// The highest limit is exact to the last one, though the highest cost must be taken 2147 times for it.
#[tokio::test]
async fn the_highest_limit_is_exact_to_the_last_one() {
    let server = Clocked::start().await;
    let limit = json!({ "name": "most", "limit": MOST, "window_seconds": 1 });
    let key = Key::with(&server, json!({ "rate_limits": [limit] })).await;
    let asked = json!({ "key": key.secret, "cost": 1_000_000 });
    let mut taken = 0;
    for len in [vec![100; 21], vec![47]].concat() {
        let requests = json!({ "requests": vec![asked.clone(); len] });
        let answer = server.root().post("/v1/keys/verify-batch", requests).await;
        let results = answer.expect(200).json()["results"].take();
        for verdict in results.as_array().unwrap() {
            taken += 1_000_000;
            assert_eq!(verdict["code"], "VALID");
            assert_eq!(verdict["rate_limit"]["remaining"], MOST - taken);
        }
    }
    assert_eq!(
        key.rate().await,
        json!({
            "name": "most", "limit": MOST, "window_seconds": 1, "burst": MOST,
            "remaining": 483_648, "reset_seconds": 1,
        })
    );
    let refused = key.judged(json!({ "cost": 483_649 })).await;
    assert_eq!(refused["code"], "RATE_LIMITED");
    assert_eq!(refused["rate_limit"]["retry_after_seconds"], 1);
    assert_eq!(key.code(483_648).await, "VALID");
    assert_eq!(key.code(1).await, "RATE_LIMITED");
    server.advance_ms(500);
    assert_eq!(key.rate().await["remaining"], MOST / 2);
    server.advance_ms(500);
    assert_eq!(key.rate().await["remaining"], MOST);
    server.finish().await;
}

#[tokio::test]
async fn a_cost_of_the_whole_burst_passes_and_one_more_never_does() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 100, 10)] });
    let key = Key::with(&server, limits).await;
    for _ in 0..2 {
        let refused = key.judged(json!({ "cost": 11 })).await;
        assert_eq!(refused["code"], "RATE_LIMITED");
        assert_eq!(
            refused["rate_limit"],
            json!({
                "name": "calls", "limit": 100, "window_seconds": 60, "burst": 10,
                "remaining": 10, "reset_seconds": 0,
            }),
            "no waiting helps, and nothing was taken"
        );
        server.advance_s(86_400);
    }
    key.authorize("?cost=11").send().await.expect(429);
    let all = key.judged(json!({ "cost": 10 })).await;
    assert_eq!(all["code"], "VALID");
    assert_eq!(all["rate_limit"]["remaining"], 0);
    server.finish().await;
}

#[tokio::test]
async fn a_burst_may_be_more_than_the_limit() {
    let server = Clocked::start().await;
    let limits = json!({ "rate_limits": [per_minute("calls", 1, 3)] });
    let key = Key::with(&server, limits).await;
    assert_eq!(key.code(3).await, "VALID");
    let refused = key.judged(json!({ "cost": 2 })).await;
    assert_eq!(
        refused["rate_limit"],
        json!({
            "name": "calls", "limit": 1, "window_seconds": 60, "burst": 3,
            "remaining": 0, "reset_seconds": 180, "retry_after_seconds": 120,
        })
    );
    server.finish().await;
}

/// The pointers of what breaks a rule when a key is made with these limits.
async fn broken(server: &Clocked, limits: Value) -> Vec<String> {
    let user = server.root().user().await;
    let body = json!({ "kind": "standard", "owner_id": user.id, "rate_limits": limits });
    let answer = server.root().post("/v1/keys", body.clone()).await;
    if answer.status == 201 {
        return Vec::new();
    }
    // A patch keeps the same rules.
    let key = Key::of(server, &user.id, json!({})).await;
    let patch = json!({ "rate_limits": body["rate_limits"] });
    let patched = server.root().patch(&key.target(), patch).await.expect(422);
    let answer = answer.expect(422);
    assert_eq!(patched.json()["errors"], answer.json()["errors"]);
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap().iter();
    let pointers = errors.map(|error| error["pointer"].as_str().unwrap().to_owned());
    pointers.collect()
}

#[tokio::test]
async fn a_limit_just_past_its_bounds_is_refused_and_one_at_them_is_not() {
    let server = Clocked::start().await;
    let limit = |limit: i64, window: i64, burst: i64| json!([{ "name": "a", "limit": limit, "window_seconds": window, "burst": burst }]);
    for good in [limit(0, 1, 1), limit(MOST, 2_592_000, MOST)] {
        assert_eq!(broken(&server, good).await, [""; 0]);
    }
    for (bad, member) in [
        (limit(-1, 1, 1), "limit"),
        (limit(MOST + 1, 1, 1), "limit"),
        (limit(1, 0, 1), "window_seconds"),
        (limit(1, 2_592_001, 1), "window_seconds"),
        (limit(1, 1, 0), "burst"),
        (limit(1, 1, MOST + 1), "burst"),
    ] {
        let pointers = broken(&server, bad).await;
        assert_eq!(pointers, [format!("/rate_limits/0/{member}")]);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_name_of_a_limit_keeps_its_rule_and_stands_once() {
    let server = Clocked::start().await;
    let named = |name: &str| json!({ "name": name, "limit": 1, "window_seconds": 1 });
    let (longest, longer) = ("a".repeat(64), "a".repeat(65));
    for good in ["a", "0", "_-", longest.as_str()] {
        assert_eq!(
            broken(&server, json!([named(good)])).await,
            [""; 0],
            "{good}"
        );
    }
    for bad in ["", "A", "a b", "a.b", "ä", longer.as_str()] {
        let pointers = broken(&server, json!([named(bad)])).await;
        assert_eq!(pointers, ["/rate_limits/0/name"], "{bad}");
    }
    let twice = json!([named("a"), named("b"), named("a")]);
    assert_eq!(broken(&server, twice).await, ["/rate_limits/2/name"]);
    server.finish().await;
}

#[tokio::test]
async fn sixteen_limits_all_hold_and_seventeen_are_refused() {
    let server = Clocked::start().await;
    let limits = |len: i64| -> Value {
        // The last is the narrowest.
        let limits = (0..len).map(|index| per_minute(&format!("l{index}"), 60, 20 - index));
        limits.collect()
    };
    assert_eq!(broken(&server, limits(17)).await, ["/rate_limits"]);
    let key = Key::with(&server, json!({ "rate_limits": limits(16) })).await;
    assert_eq!(key.code(5).await, "VALID");
    let refused = key.judged(json!({})).await;
    assert_eq!(refused["code"], "RATE_LIMITED");
    assert_eq!(refused["rate_limit"]["name"], "l15");
    server.finish().await;
}

#[tokio::test]
async fn a_cost_just_past_its_bounds_is_refused() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    for cost in [-1, 1_000_001] {
        let answer = key
            .question(json!({ "cost": cost }))
            .send()
            .await
            .expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/cost");
        let query = format!("?cost={cost}");
        let answer = key.authorize(&query).send().await.expect(400);
        assert!(
            answer.string("/detail").contains("cost"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(key.code(0).await, "VALID");
    // The query of an authorization may be the caller's own: nobody goes free by it.
    key.authorize("?cost=0").send().await.expect(400);
    for cost in [1, 1_000_000] {
        assert_eq!(key.code(cost).await, "VALID");
        let query = format!("?cost={cost}");
        key.authorize(&query).send().await.expect(204);
    }
    server.finish().await;
}
