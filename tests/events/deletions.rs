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
async fn a_deletion_tells_of_each_key_that_it_ends_and_of_the_owner() {
    let server = Clocked::start().await;
    let root = server.root();
    let (user, other) = (root.user().await, root.user().await);
    let body = |owner_id: &str| json!({ "kind": "standard", "owner_id": owner_id });
    let mut live = vec![user.key_id.clone()];
    let mut ended = Vec::new();
    for index in 0..4 {
        let made = root.issue(body(&user.id)).await;
        let id = made["key"]["id"].as_str().unwrap().to_owned();
        if index % 2 == 0 {
            live.push(id);
        } else {
            root.revoke(&id).await;
            ended.push(id);
        }
    }
    root.issue(body(&other.id)).await;
    let start = end(&server).await;
    let request = root.request("DELETE", &format!("/v1/users/{}", user.id));
    let answer = request.send().await.expect(204);
    let mut expected: Vec<Value> = live
        .iter()
        .map(|id| {
            let more = json!({
                "target_id": id, "owner_id": user.id, "detail": "cessation_of_operation",
            });
            done("root", "key.revoked", &answer, more)
        })
        .collect();
    let gone = json!({ "target_id": user.id, "owner_id": user.id });
    expected.push(done("root", "owner.deleted", &answer, gone));
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
    assert_eq!(
        actions(&events),
        ["key.revoked", "key.revoked", "owner.deleted"]
    );
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
