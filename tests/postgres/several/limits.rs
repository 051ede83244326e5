//! Rate limits that servers count together (`limits.shared`): exact, told alike, given back, and never guessed.
//! Leaves limits that each server counts for itself to `limits`, and rows of windows to `store`.

use std::sync::Arc;

use keywright_postgres_cluster::Stop;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::agree::{command, settings, with};
use super::{SERVERS, SETTINGS, Several};
use crate::support::engine::Engine;
use crate::support::postgres::Postgres;
use crate::support::{Clocked, Folder, Request, Root, Server, User, until};

/// Of each window in a test nothing comes back while it runs.
const MONTH_S: i64 = 2_592_000;
const SHARED: (&str, &str) = ("limits.shared", "true");

async fn several() -> Several {
    Several::with(&[SETTINGS.as_slice(), &[SHARED]].concat()).await
}

/// A limit of so many at once, of which one comes back in a month.
fn at_once(name: &str, burst: usize) -> Value {
    json!({ "name": name, "limit": 1, "window_seconds": MONTH_S, "burst": burst })
}

/// A key of a new user with these members, and its secret.
async fn key(root: &Root, members: Value) -> (User, String) {
    let owner = root.user().await;
    let secret = key_of(root, &owner.id, members).await;
    (owner, secret)
}

async fn key_of(root: &Root, owner_id: &str, mut members: Value) -> String {
    let mut wish = json!({ "kind": "standard", "owner_id": owner_id });
    wish.as_object_mut()
        .unwrap()
        .append(members.as_object_mut().unwrap());
    let issued = root.issue(wish).await;
    issued["secret"].as_str().unwrap().to_owned()
}

fn question(root: &Root, secret: &str, cost: i64) -> Request {
    let request = root.request("POST", "/v1/keys/verify");
    request.json(&json!({ "key": secret, "cost": cost }))
}

async fn verdict(root: &Root, secret: &str, cost: i64) -> Value {
    let answer = question(root, secret, cost).send().await;
    answer.expect(200).json()
}

/// How many of these pass, and how many are refused by a limit.
async fn passed(requests: impl Iterator<Item = Request>) -> (usize, usize) {
    let mut tasks = JoinSet::new();
    for request in requests {
        tasks.spawn(request.send());
    }
    let (mut passed, mut limited) = (0, 0);
    for answer in tasks.join_all().await {
        match answer.status {
            204 => passed += 1,
            429 => limited += 1,
            200 => match answer.string("/code").as_str() {
                "VALID" => passed += 1,
                "RATE_LIMITED" => limited += 1,
                other => panic!("a verdict of {other}"),
            },
            status => panic!("{status}"),
        }
    }
    (passed, limited)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_four_servers_together_exactly_the_burst_passes() {
    let several = several().await;
    let (owner, first) = key(
        &several.root(),
        json!({ "rate_limits": [at_once("own", 50)] }),
    )
    .await;
    let second = key_of(&several.root(), &owner.id, json!({})).await;
    let target = format!("/v1/users/{}", owner.id);
    let patch = json!({ "rate_limits": [at_once("all", 90)] });
    several.root().patch(&target, patch).await.expect(200);
    until("every server to know the limit of the owner", async || {
        for server in &several.servers {
            let told = verdict(&server.root(), &second, 0).await;
            if told["rate_limit"]["name"] != "all" {
                return None;
            }
        }
        Some(())
    })
    .await;
    // Both ways to use a key, at all servers.
    let uses = |secret: &str, count: usize| {
        let secret = secret.to_owned();
        let several = &several;
        (0..count).map(move |number| {
            let server = &several.site;
            if (number / SERVERS).is_multiple_of(2) {
                return question(&server.root(), &secret, 1);
            }
            server.get("/v1/authorize").bearer(&secret)
        })
    };
    // More than the burst of the first key, and then more than is left of their owner's.
    assert_eq!(passed(uses(&first, 200)).await, (50, 150));
    assert_eq!(passed(uses(&second, 200)).await, (40, 160));
    for server in &several.servers {
        assert_eq!(
            verdict(&server.root(), &first, 1).await["code"],
            "RATE_LIMITED"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_contract_are_counted_over_all_servers() {
    let settings = [
        SHARED,
        ("log.filter", "info"),
        ("named_keys.rate_limit_per_minute", "1"),
        ("named_keys.rate_limit_burst", "10"),
    ];
    let several = Several::with(&settings).await;
    let organization = several.root().organization().await;
    let holder = several.root().named_of(&organization).await;
    let mut tasks = JoinSet::new();
    for _ in 0..60 {
        let list = several.site.get("/v0/api_keys").bearer(&holder.key);
        tasks.spawn(list.send());
    }
    let answers = tasks.join_all().await;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    // One may come back within the minute.
    assert!((10..=11).contains(&passed), "{passed}");
    assert_eq!(passed + refused, 60);
}

#[tokio::test]
async fn each_server_tells_what_is_left_at_all() {
    let several = several().await;
    let (_, secret) = key(
        &several.root(),
        json!({ "rate_limits": [at_once("own", 9)] }),
    )
    .await;
    for left in (1..9).rev() {
        if left % 2 == 0 {
            let told = verdict(&several.root(), &secret, 1).await;
            assert_eq!(told["rate_limit"]["remaining"], left);
        } else {
            let request = several.site.get("/v1/authorize").bearer(&secret);
            let answer = request.send().await.expect(204);
            let state = answer.header("ratelimit").unwrap();
            assert!(
                state.starts_with(&format!("\"own\";r={left};t=")),
                "{state}"
            );
        }
    }
    for server in &several.servers {
        let told = verdict(&server.root(), &secret, 2).await;
        assert_eq!(told["code"], "RATE_LIMITED");
        assert_eq!(told["rate_limit"]["remaining"], 1);
        let wait_s = told["rate_limit"]["retry_after_seconds"].as_i64().unwrap();
        assert!((1..=MONTH_S).contains(&wait_s), "{wait_s}");
    }
}

#[tokio::test]
async fn what_a_use_without_credits_has_taken_is_given_back() {
    let several = several().await;
    let members = json!({ "rate_limits": [at_once("own", 10)], "credits": { "remaining": 3 } });
    let (_, secret) = key(&several.root(), members).await;
    let mut used = 0;
    for _ in 0..3 * SERVERS {
        let told = verdict(&several.root(), &secret, 1).await;
        match told["code"].as_str().unwrap() {
            "VALID" => used += 1,
            code => assert_eq!(code, "CREDITS_EXHAUSTED"),
        }
        assert_eq!(told["rate_limit"]["remaining"], 10 - used);
    }
    assert_eq!(used, 3);
}

#[tokio::test]
async fn without_postgresql_no_use_that_has_a_limit_is_admitted() {
    let postgres = Postgres::start();
    let (folder, url) = (Folder::new(), postgres.url());
    let server = Server::on(&folder, &with(&url, &[SHARED]));
    let root = server.root();
    let (_, limited) = key(&root, json!({ "rate_limits": [at_once("own", 3)] })).await;
    let (_, free) = key(&root, json!({})).await;
    for secret in [&limited, &free] {
        assert_eq!(verdict(&root, secret, 1).await["code"], "VALID");
    }
    let asked = async |cost| question(&root, &limited, cost).send().await;
    let back = async || {
        until("windows to be asked again", async || {
            (asked(0).await.status == 200).then_some(())
        })
        .await;
        verdict(&root, &limited, 0).await["rate_limit"]["remaining"].clone()
    };

    postgres.primary().stop(Stop::Fast).unwrap();
    for cost in [0, 1] {
        let refused = asked(cost).await.expect(503);
        assert!(refused.header("retry-after").is_some());
    }
    let at_door = server.get("/v1/authorize").bearer(&limited);
    at_door.send().await.expect(503);
    assert_eq!(verdict(&root, &free, 1).await["code"], "VALID");
    postgres.primary().start().unwrap();
    assert_eq!(back().await, 2, "a clean restart keeps the counts");

    // It takes what is sent, and says nothing.
    postgres.primary().pause().unwrap();
    asked(1).await.expect(503);
    assert_eq!(verdict(&root, &free, 1).await["code"], "VALID");
    postgres.primary().resume().unwrap();
    let left = back().await.as_u64().unwrap();
    assert!(
        left <= 2,
        "nothing comes back of what may be counted: {left}"
    );

    postgres.primary().stop(Stop::Immediate).unwrap();
    asked(1).await.expect(503);
    postgres.primary().start().unwrap();
    assert_eq!(back().await, 3, "a crash begins windows rested");
}

#[tokio::test]
async fn servers_that_run_begin_to_share_windows_within_a_second() {
    let postgres = Postgres::start();
    let (folder, url) = (Folder::new(), postgres.url());
    let servers = [(); 2].map(|()| Server::with(&settings(&url)));
    let [first, second] = [0, 1].map(|index: usize| servers[index].root());
    let (_, secret) = key(&first, json!({ "rate_limits": [at_once("own", 1000)] })).await;
    let left = async |root: &Root, cost| {
        let told = verdict(root, &secret, cost).await;
        told["rate_limit"]["remaining"].as_i64().unwrap()
    };
    assert_eq!(
        (left(&first, 400).await, left(&second, 0).await),
        (600, 1000)
    );

    let refused = with(&url, &[SHARED, ("log.filter", "error")]);
    let (code, said) = command(&folder, &refused, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("limits.shared is true here, and false at the servers"),
        "{said}"
    );
    let (code, said) = command(
        &folder,
        &with(&url, &[SHARED]),
        &["settings", "show", "--table"],
    );
    assert_eq!(code, 10, "{said}");
    let change = ["settings", "change", "limits.shared", "--json"];
    let (code, said) = command(&folder, &with(&url, &[SHARED]), &change);
    assert_eq!(code, 0, "{said}");

    // A use at the one is told by the other.
    until("both to count together", async || {
        let of_first = left(&first, 1).await;
        (left(&second, 0).await == of_first).then_some(())
    })
    .await;
    let of_second = left(&second, 1).await;
    assert_eq!(left(&first, 0).await, of_second);
    let log = servers[0].folder().log();
    assert!(
        log.contains("limits.shared was changed for all servers"),
        "{log}"
    );
    drop(Server::with(&with(&url, &[SHARED])));
    let said = Folder::new().refusal(&settings(&url));
    assert!(
        said.contains("limits.shared is false here, and true at the servers"),
        "{said}"
    );
}

#[test]
fn a_database_of_one_server_shares_nothing() {
    let said = Folder::of(Engine::Sqlite).refusal(&[SHARED]);
    for words in [
        "limits.shared is true",
        "one server alone",
        "remove limits.shared",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

/// A server, and a key with two windows whose owner has another one.
async fn limited(engine: Engine, shared: bool) -> (Clocked, String) {
    let server = Clocked::of(engine, json!({ "limits": { "shared": shared } })).await;
    let root = server.root();
    let limit = |name: &str, limit: i64, window_seconds: i64, burst: i64| json!({ "name": name, "limit": limit, "window_seconds": window_seconds, "burst": burst });
    let members = json!({
        "rate_limits": [limit("even", 100, 60, 10), limit("odd", 7, 60, 5)],
        "credits": { "remaining": 50 },
    });
    let (owner, secret) = key(&root, members).await;
    let patch = json!({ "rate_limits": [limit("all", 1000, 86_400, 40)] });
    let target = format!("/v1/users/{}", owner.id);
    root.patch(&target, patch).await.expect(200);
    (server, secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn shared_windows_decide_as_those_in_memory_do() {
    let (alone, shared) = (
        limited(Engine::Sqlite, false).await,
        limited(Engine::Postgres, true).await,
    );
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut codes = std::collections::BTreeSet::new();
    for step in 0..300 {
        let ms = match random.u8(..10) {
            0 => random.i64(-20_000..0),
            1..5 => 0,
            5..9 => random.i64(0..3_000),
            _ => random.i64(0..600_000),
        };
        let cost = *random.choice(&[0, 1, 1, 1, 2, 5, 11]).unwrap();
        let mut told = Vec::new();
        for (server, secret) in [&alone, &shared] {
            server.advance_ms(ms);
            let mut verdict = verdict(&server.root(), secret, cost).await;
            verdict["key"] = Value::Null;
            told.push(verdict);
        }
        assert_eq!(told[0], told[1], "seed {seed}, step {step}");
        codes.insert(told[0]["code"].as_str().unwrap().to_owned());
    }
    let all = ["CREDITS_EXHAUSTED", "RATE_LIMITED", "VALID"];
    assert!(codes.iter().eq(all), "seed {seed}: {codes:?}");
    alone.0.finish().await;
    shared.0.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_holds_no_window_up() {
    let several = Arc::new(several().await);
    let (_, secret) = key(
        &several.root(),
        json!({ "rate_limits": [at_once("own", 500)] }),
    )
    .await;
    let mut tasks = JoinSet::new();
    for client in 0..40 {
        let (several, secret) = (Arc::clone(&several), secret.clone());
        tasks.spawn(async move {
            let mut valid = 0;
            for _ in 0..20 {
                let request = question(&several.root(), &secret, 1);
                if client == 0 {
                    several.servers[0].signal("KILL");
                }
                // The dead one answers nothing, and who waited for it may be told so.
                let Some(answer) = request.relay().await else {
                    continue;
                };
                if answer.status == 200 && answer.string("/code") == "VALID" {
                    valid += 1;
                }
            }
            valid
        });
    }
    let valid: usize = tasks.join_all().await.into_iter().sum();
    assert!(valid <= 500, "{valid}");
    let root = several.servers[1].root();
    let left = until("the windows to be asked", async || {
        let answer = question(&root, &secret, 0).send().await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    let left = left["rate_limit"]["remaining"].as_u64().unwrap();
    // What the dead server took, and did not say, is counted.
    assert!(valid as u64 + left <= 500, "{valid} and {left}");
}
