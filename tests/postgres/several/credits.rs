//! Credits that several servers hand out: never one too many, none stranded and, for each server that is killed, at most one
//! block fewer.
//! Leaves the blocks of one server to `limits`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use super::{SERVERS, Several, answered};
use crate::support::{Root, Server, until};

const CREDITS: usize = 1000;
const CLIENTS: usize = 64;
/// What a server sets aside at a time: a hundredth of what is left.
const BLOCK: usize = 10;
/// Refusals in a row after which a client believes that there are none left. If it is alone, requests go to one server
/// after the other, and each has refused it twice.
const REFUSALS: usize = 2 * SERVERS;

/// Uses a key until it is refused. A request that no server has answered was one for nothing.
async fn use_up(root: Root, secret: String, valid: Arc<AtomicUsize>) {
    let mut refusals = 0;
    while refusals < REFUSALS {
        let request = root.request("POST", "/v1/keys/verify");
        let request = request.json(&json!({ "key": secret }));
        let Some(answer) = request.relay().await else {
            continue;
        };
        // A server that is short of time may say so, and has spent nothing then.
        if answer.status == 503 {
            continue;
        }
        match answer.expect(200).string("/code").as_str() {
            "VALID" => {
                valid.fetch_add(1, Ordering::SeqCst);
                refusals = 0;
            }
            "CREDITS_EXHAUSTED" => refusals += 1,
            other => panic!("a verdict of {other}"),
        }
    }
}

/// How many uses succeed, of all that clients try; `act` is called once some have.
async fn succeed(several: &Several, act: impl FnOnce(&Several)) -> usize {
    let root = several.root();
    let owner = root.user().await;
    let wish = json!({
        "kind": "standard", "owner_id": owner.id, "credits": { "remaining": CREDITS },
    });
    let issued = root.issue(wish).await;
    let secret = issued["secret"].as_str().unwrap();
    let valid = Arc::<AtomicUsize>::default();
    let client = || use_up(root.clone(), secret.to_owned(), Arc::clone(&valid));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client());
    }
    until("some uses", async || {
        (valid.load(Ordering::SeqCst) >= CREDITS / 3).then_some(())
    })
    .await;
    act(several);
    clients.join_all().await;
    // Among others, a client may not have come to each server.
    client().await;
    valid.load(Ordering::SeqCst)
}

/// Each of some servers has had its share of the uses.
async fn assert_shared(servers: &[Server]) {
    for server in servers {
        let share = answered(server, "control", "verify").await;
        assert!(share >= CREDITS / SERVERS / 2, "{share}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_credits_exactly_a_thousand_are_used_over_four_servers() {
    let several = Several::start().await;
    assert_eq!(succeed(&several, |_| ()).await, CREDITS);
    assert_shared(&several.servers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_takes_one_block_with_it_at_most() {
    let several = Several::start().await;
    let kill = |several: &Several| several.servers[0].signal("KILL");
    let used = succeed(&several, kill).await;
    assert!(used <= CREDITS, "{used}");
    // What it had answered and the client has not heard of is of that block, too.
    assert!(used + BLOCK >= CREDITS, "{used}");
    assert_shared(&several.servers[1..]).await;
}

/// What a server says of a use that costs this much.
async fn use_of(server: &Server, secret: &str, cost: i64) -> String {
    let body = json!({ "key": secret, "cost": cost });
    let answer = server.root().post("/v1/keys/verify", body).await;
    answer.expect(200).string("/code")
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_that_are_too_few_at_one_server_are_found_by_another() {
    const EXHAUSTED: &str = "CREDITS_EXHAUSTED";
    let several = Several::start().await;
    let (one, other) = (&several.servers[0], &several.servers[1]);
    let owner = one.root().user().await;
    let wish = json!({
        "kind": "standard", "owner_id": owner.id, "credits": { "remaining": CREDITS },
    });
    let issued = one.root().issue(wish).await;
    let secret = issued["secret"].as_str().unwrap();
    // One holds nine of its block, and four are with nobody.
    assert_eq!(use_of(one, secret, 1).await, "VALID");
    assert_eq!(use_of(other, secret, 986).await, "VALID");
    assert_eq!(use_of(other, secret, 12).await, EXHAUSTED);
    until("the rest to be found", async || {
        // Both are asked all the time, the one that holds the rest for more than that.
        assert_eq!(use_of(one, secret, 14).await, EXHAUSTED);
        (use_of(other, secret, 12).await == "VALID").then_some(())
    })
    .await;
    until("the last one to be found", async || {
        (use_of(one, secret, 1).await == "VALID").then_some(())
    })
    .await;
    for server in [one, other, one, other] {
        assert_eq!(use_of(server, secret, 1).await, EXHAUSTED);
    }
}
