//! What a deletion, and many racing ones, leave in the log.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{done, end, said_since, since};
use crate::support::{Clocked, Request, Server};

async fn race(request: Request, times: usize) {
    let mut tasks = JoinSet::new();
    for _ in 0..times {
        tasks.spawn(request.clone().send());
    }
    tasks.join_all().await;
}

fn actions(events: &[Value]) -> Vec<&str> {
    let actions = events.iter().map(|event| event["action"].as_str());
    actions.map(Option::unwrap).collect()
}

#[tokio::test]
async fn a_deletion_is_one_event_however_many_keys_it_ends() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    for _ in 0..4 {
        let body = json!({ "kind": "standard", "owner_id": user.id });
        root.issue(body).await;
    }
    let start = end(&server).await;
    let request = root.request("DELETE", &format!("/v1/users/{}", user.id));
    let answer = request.send().await.expect(204);
    let gone = json!({ "target_id": user.id, "owner_id": user.id });
    let expected = vec![done("root", "owner.deleted", &answer, gone)];
    assert_eq!(said_since(&server, start).await, expected);
    // Nor do their rows, which follow, have anything to tell.
    let target = format!("/v1/keys/{}/revoke", user.key_id);
    root.post(&target, json!({})).await.expect(200);
    assert_eq!(said_since(&server, start).await, expected);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_revocations_are_told_once() {
    let server = Server::start();
    let root = server.root();
    // How close a race is run is a matter of luck.
    for _ in 0..10 {
        let user = root.user().await;
        let start = end(&server).await;
        let target = format!("/v1/keys/{}/revoke", user.key_id);
        race(root.request("POST", &target), 20).await;
        let events = since(&server, start).await;
        assert_eq!(actions(&events), ["key.revoked"]);
        assert_eq!(events[0]["target_id"], json!(user.key_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_deletions_are_told_once() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let body = json!({ "kind": "standard", "owner_id": user.id });
    root.issue(body).await;
    let start = end(&server).await;
    race(
        root.request("DELETE", &format!("/v1/users/{}", user.id)),
        50,
    )
    .await;
    let events = since(&server, start).await;
    assert_eq!(actions(&events), ["owner.deleted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_changes_stand_one_behind_the_other() {
    const TIMES: usize = 100;
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let start = end(&server).await;
    let body = json!({ "kind": "standard", "owner_id": user.id });
    race(root.request("POST", "/v1/keys").json(&body), TIMES).await;
    let events = since(&server, start).await;
    assert_eq!(actions(&events), ["key.issued"; TIMES]);
    let positions: Vec<i64> = events.iter().map(super::position_of).collect();
    let expected: Vec<i64> = (start + 1..).take(TIMES).collect();
    assert_eq!(positions, expected);
    let told = |member: &str| {
        let values = events.iter().map(|event| event[member].to_string());
        values.collect::<BTreeSet<_>>().len()
    };
    assert_eq!((told("target_id"), told("request_id")), (TIMES, TIMES));
    let at: Vec<&str> = events
        .iter()
        .map(|event| event["at"].as_str().unwrap())
        .collect();
    assert!(at.is_sorted(), "{at:?}");
}
