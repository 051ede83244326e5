//! Credits that four servers hand out: never one too many and, for each server that is killed, at most one block fewer.
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
