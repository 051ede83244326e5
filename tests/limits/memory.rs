//! The memory in front of the database: what the operator sees of it, and that it is never seen otherwise.
//! Leaves its consistency under races to `store`.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Key, at_once, counters, per_minute, valid_of};
use crate::support::site::Site;
use crate::support::{Clocked, Server, until};

impl Key {
    /// One that nobody has issued.
    fn unknown(&self) -> Self {
        Self {
            secret: "unknown".to_owned(),
            ..self.clone()
        }
    }
}

/// By how much a counter moves while something happens.
async fn moved(site: &Site, name: &str, happens: impl Future) -> i64 {
    let before = counters(site).await[name];
    happens.await;
    counters(site).await[name] - before
}

#[tokio::test]
async fn a_new_key_is_in_memory_and_every_look_up_is_counted() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    assert_eq!(moved(&server, "hits_total", key.code(1)).await, 1);
    assert_eq!(moved(&server, "misses_total", key.code(1)).await, 0);
    assert_eq!(
        moved(&server, "hits_total", key.authorize("").send()).await,
        1
    );
    assert_eq!(
        moved(&server, "misses_total", key.authorize("").send()).await,
        0
    );
    let fresh = key.unknown().question(json!({}));
    let fresh = fresh.header("cache-control", "no-cache");
    assert_eq!(moved(&server, "misses_total", fresh.send()).await, 1);
    let counters = counters(&server).await;
    // The user, its first key and this one, the keys under two names.
    assert_eq!(counters["entries"], 5);
    assert!((2_560..20_000).contains(&counters["bytes"]));
    assert_eq!(counters["evictions_total"], 0);
    assert_eq!(counters["fills_refused_total"], 0);
    server.finish().await;
}

#[tokio::test]
async fn the_bloom_filter_knows_that_a_key_is_not_there() {
    let server = Clocked::start().await;
    let unknown = Key::with(&server, json!({})).await.unknown();
    // Until all digests were read, the database is asked.
    until("the Bloom filter", async || {
        let absent = moved(&server, "absent_total", unknown.code(1)).await;
        (absent == 1).then_some(())
    })
    .await;
    assert_eq!(moved(&server, "misses_total", unknown.code(1)).await, 0);
    let asked = unknown.authorize("").send();
    assert_eq!(moved(&server, "absent_total", asked).await, 1);
    server.finish().await;
}

#[tokio::test]
async fn after_a_restart_the_first_look_up_fills_the_memory() {
    let server = Server::start();
    let key = Key::with(&server, json!({})).await;
    let server = Server::on(&server.finish(), &[]);
    let key = key.at(&server);
    assert_eq!(counters(&server).await["entries"], 0);
    assert_eq!(moved(&server, "fills_total", key.code(1)).await, 1);
    assert_eq!(moved(&server, "misses_total", key.code(1)).await, 0);
    assert_eq!(counters(&server).await["entries"], 3);
}

#[tokio::test]
async fn a_verification_without_cache_reads_the_database_and_says_the_same() {
    let server = Clocked::start().await;
    let members = json!({
        "name": "nightly export", "scopes": ["a"], "metadata": { "team": "books" },
        "rate_limits": [per_minute("calls", 60, 10)], "credits": { "remaining": 100 },
    });
    let key = Key::with(&server, members).await;
    let fresh = |cost: i64| {
        let question = key.question(json!({ "cost": cost }));
        question.header("cache-control", "no-cache")
    };
    let asked = fresh(0).send().await.expect(200).json();
    assert_eq!(asked, key.judged(json!({ "cost": 0 })).await);
    assert_eq!(asked["code"], "VALID");
    assert_eq!(moved(&server, "misses_total", fresh(0).send()).await, 1);
    assert_eq!(moved(&server, "hits_total", fresh(0).send()).await, 0);
    // It takes like any other.
    let taken = fresh(3).send().await.expect(200).json();
    assert_eq!(taken["rate_limit"]["remaining"], 7);
    assert_eq!(taken["credits"]["remaining"], 97);
    assert_eq!(key.rate().await["remaining"], 7);
    for other in ["no-store", "max-age=0", "No-Cache"] {
        let question = key.question(json!({ "cost": 0 }));
        let misses = moved(
            &server,
            "misses_total",
            question.header("cache-control", other).send(),
        );
        assert_eq!(misses.await, i64::from(other == "No-Cache"), "{other}");
    }
    let batch = json!({ "requests": vec![json!({ "key": key.secret, "cost": 0 }); 3] });
    let request = server.root().request("POST", "/v1/keys/verify-batch");
    let request = request.json(&batch).header("cache-control", "no-cache");
    assert_eq!(moved(&server, "misses_total", request.send()).await, 3);
    server.finish().await;
}

/// A server with the smallest memory, and more keys than fit into it.
async fn crowd(server: &Clocked) -> Vec<Key> {
    let owner = server.root().user().await;
    let requests = (0..400).map(|number| {
        server.root().request("POST", "/v1/keys").json(&json!({
            "kind": "standard", "owner_id": owner.id, "name": number.to_string(),
            "metadata": { "number": number, "filler": "x".repeat(1_500) },
        }))
    });
    let made = at_once(requests).await.into_iter();
    made.map(|answer| Key::issued(server, &answer.expect(201).json()))
        .collect()
}

async fn small() -> Clocked {
    // However slow look-ups are, none is turned away for having waited.
    let patient = json!({ "wait_max_ms": 60_000 });
    Clocked::with(json!({ "cache": { "memory_mib": 1 }, "limits": patient })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_more_keys_than_fit_every_verdict_is_right() {
    let server = small().await;
    let keys = crowd(&server).await;
    let names: BTreeMap<&str, &Key> = keys.iter().map(|key| (key.id.as_str(), key)).collect();
    for _ in 0..2 {
        let answers = at_once(keys.iter().map(|key| key.question(json!({})))).await;
        let mut seen = Vec::new();
        for answer in answers {
            let verdict = answer.expect(200).json();
            assert_eq!(verdict["code"], "VALID");
            let id = verdict["key"]["id"].as_str().unwrap();
            assert_eq!(verdict["key"]["owner_id"], names[id].owner_id);
            let number = verdict["key"]["metadata"]["number"].to_string();
            assert_eq!(verdict["key"]["name"], number);
            seen.push(id.to_owned());
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), keys.len(), "every key was judged as itself");
    }
    let counters = counters(&server).await;
    assert!(counters["evictions_total"] > 0, "{counters:?}");
    assert!(counters["bytes"] <= 1 << 20, "{counters:?}");
    assert!(counters["fills_total"] > 0, "{counters:?}");
    for key in &keys {
        // What is being written down just then is a moment behind.
        until("both uses", async || {
            (key.read().await["uses"] == 2).then_some(())
        })
        .await;
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_more_keys_than_fit_every_change_holds_at_once() {
    let server = small().await;
    let keys = crowd(&server).await;
    let code =
        |number: usize| ["DISABLED", "RATE_LIMITED", "CREDITS_EXHAUSTED", "VALID"][number % 4];
    for (number, key) in keys.iter().step_by(5).enumerate() {
        let change = match number % 4 {
            0 => json!({ "enabled": false }),
            1 => json!({ "rate_limits": [per_minute("calls", 0, 1)] }),
            2 => json!({ "credits": { "remaining": 0 } }),
            _ => json!({ "metadata": { "number": "changed" } }),
        };
        key.patch(change).await;
        assert_eq!(key.code(1).await, code(number));
    }
    // The others push each of them out.
    let others = keys.iter().map(|key| key.question(json!({ "cost": 0 })));
    at_once(others).await;
    for (number, key) in keys.iter().step_by(5).enumerate() {
        let verdict = key.judged(json!({})).await;
        assert_eq!(verdict["code"], code(number));
        if number % 4 == 3 {
            let changed = json!({ "number": "changed" });
            assert_eq!(verdict["key"]["metadata"], changed);
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn the_largest_key_is_in_memory_however_small_that_is() {
    let server = small().await;
    let names = |letter: char| {
        let numbered = (10..74).map(|number| format!("{number}{}", letter.to_string().repeat(98)));
        numbered.collect::<Vec<_>>()
    };
    let limits: Vec<_> = (10..26)
        .map(|number| per_minute(&format!("{number}{}", "l".repeat(62)), 1_000, 1_000))
        .collect();
    let networks: Vec<_> = (10..74)
        .map(|number| format!("2001:db8:{number}::/48"))
        .collect();
    let key = Key::with(
        &server,
        json!({
            "name": "\u{1F511}".repeat(100),
            "scopes": names('s'),
            "rate_limits": limits,
            "ip_allow": networks,
            "metadata": { "filler": "x".repeat(4_096 - r#"{"filler":""}"#.len()) },
        }),
    )
    .await;
    let server = server.again().await;
    let key = key.at(&server);
    let question = || key.question(json!({ "client_ip": "2001:db8:11::1" }));
    assert_eq!(moved(&server, "misses_total", question().send()).await, 1);
    assert_eq!(valid_of(vec![question()]).await, 1);
    assert_eq!(moved(&server, "misses_total", question().send()).await, 0);
    let counters = counters(&server).await;
    assert_eq!(counters["evictions_total"], 0, "{counters:?}");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_hold_for_a_key_that_is_read_from_the_database_each_time() {
    let server = small().await;
    let members = json!({
        "rate_limits": [per_minute("calls", 100, 10)],
        "credits": { "remaining": 1_000 },
    });
    let key = Key::with(&server, members).await;
    let question = key.question(json!({})).header("cache-control", "no-cache");
    assert_eq!(valid_of(vec![question.clone(); 64]).await, 10);
    assert_eq!(moved(&server, "misses_total", question.send()).await, 1);
    assert_eq!(key.read().await["credits"]["remaining"], 990);
    assert_eq!(key.read().await["uses"], 10);
    server.finish().await;
}
