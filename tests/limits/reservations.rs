//! What is left of credits after a clean end and after a power cut: some are set aside in memory.
//! Leaves how they are spent while the server runs to `credits`.

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::credits::left;
use super::{CLIENTS, Key, at_once, counters, per_minute, valid_of};
use crate::support::database::number;
use crate::support::harm::WriteLock;
use crate::support::{Server, raw, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_end_gives_back_what_was_set_aside() {
    let server = Server::start();
    let key = Key::with(&server, json!({ "credits": { "remaining": 100_000 } })).await;
    assert_eq!(valid_of(vec![key.question(json!({})); CLIENTS]).await, 64);
    assert_eq!(left(&key).await, 99_936);
    let server = Server::on(&server.finish(), &[]);
    let key = key.at(&server);
    assert_eq!(left(&key).await, 99_936);
    let verdict = key.judged(json!({ "cost": 36 })).await;
    assert_eq!(verdict["credits"]["remaining"], 99_900);
    let server = Server::on(&server.finish(), &[]);
    assert_eq!(left(&key.at(&server)).await, 99_900);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_end_gives_back_to_the_family_whose_key_was_rotated() {
    let server = Server::start();
    let old = Key::with(&server, json!({ "credits": { "remaining": 5_000 } })).await;
    assert_eq!(old.code(1).await, "VALID");
    let (_, new) = old.rotated(3_600).await;
    assert_eq!(new.code(2).await, "VALID");
    let server = Server::on(&server.finish(), &[]);
    for key in [old, new] {
        assert_eq!(left(&key.at(&server)).await, 4_997);
    }
}

/// A power cut takes what was set aside and not spent: one block, a hundredth of what was left.
#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_a_hundredth_at_most_and_gives_nothing_back() {
    let server = Server::start();
    let key = Key::with(&server, json!({ "credits": { "remaining": 10_000 } })).await;
    let mut spent = 0;
    for _ in 0..4 {
        spent += valid_of(vec![key.question(json!({})); CLIENTS]).await;
    }
    assert_eq!(spent, 256);
    let server = Server::on(&server.kill(), &[]);
    let key = key.at(&server);
    let left = left(&key).await;
    assert!(
        (10_000 - 256 - 100..=10_000 - 256).contains(&left),
        "{left}"
    );
    let verdict = key.judged(json!({})).await;
    assert_eq!(verdict["credits"]["remaining"], left - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_the_power_goes_no_more_is_spent_than_was_granted() {
    let mut server = Server::start();
    let mut key = Key::with(&server, json!({ "credits": { "remaining": 400 } })).await;
    let mut spent = 0;
    for _ in 0..3 {
        spent += valid_of(vec![key.question(json!({})); CLIENTS]).await;
        server = Server::on(&server.kill(), &[]);
        key = key.at(&server);
    }
    assert_eq!(spent, 3 * CLIENTS, "there were enough for all");
    loop {
        let valid = valid_of(vec![key.question(json!({})); CLIENTS]).await;
        spent += valid;
        if valid == 0 {
            break;
        }
    }
    // Three power cuts, and four set aside at most at each.
    assert!((400 - 12..=400).contains(&spent), "{spent}");
    assert_eq!(left(&key).await, 0);
}

/// What a change sets is not touched by what had been set aside of the credits before it.
#[tokio::test(flavor = "multi_thread")]
async fn credits_that_are_set_anew_in_the_middle_of_a_storm_lose_and_gain_nothing() {
    let server = Server::start();
    let key = Key::with(&server, json!({ "credits": { "remaining": 1_000_000 } })).await;
    for _ in 0..4 {
        let storm = tokio::spawn(valid_of(vec![key.question(json!({})); 2 * CLIENTS]));
        key.patch(json!({ "credits": { "remaining": 500_000 } }))
            .await;
        let valid = i64::try_from(storm.await.unwrap()).unwrap();
        assert_eq!(valid, 128);
        let left = left(&key).await;
        assert!((500_000 - valid..=500_000).contains(&left), "{left}");
        let server_left = key.judged(json!({ "cost": 0 })).await;
        assert_eq!(server_left["credits"]["remaining"], left);
    }
    let before = left(&key).await;
    let server = Server::on(&server.finish(), &[]);
    assert_eq!(left(&key.at(&server)).await, before);
}

#[tokio::test]
async fn what_was_set_aside_of_earlier_credits_is_not_given_back() {
    let server = Server::start();
    let set = Key::with(&server, json!({ "credits": { "remaining": 100_000 } })).await;
    let removed = Key::with(&server, json!({ "credits": { "remaining": 100_000 } })).await;
    for key in [&set, &removed] {
        assert_eq!(key.code(1).await, "VALID");
    }
    removed.patch(json!({ "remove": ["credits"] })).await;
    for key in [&set, &removed] {
        key.patch(json!({ "credits": { "remaining": 5 } })).await;
    }
    let server = Server::on(&server.finish(), &[]);
    for key in [set, removed] {
        assert_eq!(left(&key.at(&server)).await, 5);
    }
}

/// Credits are set aside for whoever comes next, not for the caller that was first and has left.
#[tokio::test]
async fn a_caller_that_leaves_takes_nothing_with_it_that_was_set_aside() {
    let server = Server::with(&[("database.busy_timeout_ms", "60000")]);
    let key = Key::with(&server, json!({ "credits": { "remaining": 100_000 } })).await;
    let authorization = format!("Authorization: Bearer {}", key.secret);
    let head = raw::head("GET", "/v1/authorize", &[&authorization]);
    let lock = WriteLock::hold(server.folder());
    let look_ups = async || {
        let counters = counters(&server).await;
        counters["hits_total"] + counters["misses_total"]
    };
    let before = look_ups().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&head).await.unwrap();
    until("the key to be looked up", async || {
        (look_ups().await > before).then_some(())
    })
    .await;
    drop(stream);
    // The server answers another request meanwhile, so it has seen that one go.
    server.get("/healthz").send().await.expect(200);
    drop(lock);
    let spent = until("what was set aside to be there again", async || {
        let spent = 100_000 - left(&key).await;
        (0..=1).contains(&spent).then_some(spent)
    })
    .await;
    let verdict = key.judged(json!({})).await;
    assert_eq!(verdict["credits"]["remaining"], 100_000 - spent - 1);
}

/// Within two rounds of writing down what is counted in memory, ten seconds, it is given back.
#[tokio::test]
async fn what_was_set_aside_for_a_key_that_rests_survives_a_power_cut() {
    let server = Server::start();
    let key = Key::with(&server, json!({ "credits": { "remaining": 100_000 } })).await;
    assert_eq!(key.code(1).await, "VALID");
    let remaining = "SELECT remaining FROM credits";
    let database = server.folder();
    assert_eq!(number(database, remaining), 99_000, "a block is set aside");
    until("the rest to be given back", async || {
        (number(database, remaining) == 99_999).then_some(())
    })
    .await;
    let server = Server::on(&server.kill(), &[]);
    assert_eq!(left(&key.at(&server)).await, 99_999);
}

/// Whoever goes on asking for a key that has nothing left costs no write.
#[tokio::test]
async fn while_nobody_can_write_exhausted_keys_are_refused_at_once() {
    let server = Server::with(&[("database.busy_timeout_ms", "60000")]);
    let members = json!({
        "credits": { "remaining": 3 },
        "rate_limits": [per_minute("calls", 60, 10)],
    });
    let key = Key::with(&server, members).await;
    assert_eq!(key.code(3).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    let lock = WriteLock::hold(server.folder());
    for (cost, code) in [
        (1, "CREDITS_EXHAUSTED"),
        (7, "CREDITS_EXHAUSTED"),
        (8, "RATE_LIMITED"),
        (0, "VALID"),
    ] {
        let verdict = key.judged(json!({ "cost": cost })).await;
        assert_eq!(verdict["code"], code);
        assert_eq!(verdict["credits"], json!({ "remaining": 0 }));
    }
    drop(lock);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_aside_for_many_keys_goes_back_to_each() {
    let server = Server::start();
    let owner = server.root().user().await;
    let mut keys = Vec::new();
    for index in 0..20 {
        let members = json!({ "credits": { "remaining": 1_000 + index } });
        keys.push(Key::of(&server, &owner.id, members).await);
    }
    let questions = keys.iter().map(|key| key.question(json!({ "cost": 3 })));
    at_once(questions).await;
    let server = Server::on(&server.finish(), &[]);
    for (index, key) in (0..).zip(keys) {
        assert_eq!(left(&key.at(&server)).await, 997 + index);
    }
}
