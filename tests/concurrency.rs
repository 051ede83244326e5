//! Races: of many changes with one credential, or for one name, exactly one is made.
//! Leaves racing retries to `idempotency`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;

use crate::support::{Request, Server};

const FREE: [(&str, &str); 1] = [("user_key.rate_limit_per_minute", "0")];

/// Sends a request many times at once, and counts the statuses.
async fn race(request: Request, times: usize) -> BTreeMap<u16, usize> {
    let mut tasks = JoinSet::new();
    for _ in 0..times {
        tasks.spawn(request.clone().send());
    }
    let mut statuses = BTreeMap::new();
    for answer in tasks.join_all().await {
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_rotations_with_one_user_key_exactly_one_succeeds() {
    let server = Server::with(&FREE);
    let user = server.root().user().await;
    let statuses = race(user.request(), 200).await;
    assert_eq!(statuses, BTreeMap::from([(200, 1), (401, 199)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_rotations_with_one_organization_key_exactly_one_succeeds() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let statuses = race(organization.request(), 200).await;
    assert_eq!(statuses, BTreeMap::from([(200, 1), (401, 199)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_keys_with_one_name_exactly_one_is_made() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let request = holder
        .request()
        .json(&serde_json::json!({ "name": "ci-deploy" }));
    let statuses = race(request, 50).await;
    assert_eq!(statuses, BTreeMap::from([(201, 1), (409, 49)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_rotations_by_the_operator_exactly_one_succeeds() {
    let server = Server::start();
    let user = server.root().user().await;
    let request = server
        .root()
        .request("POST", &format!("/v1/keys/{}/rotate", user.key_id));
    let statuses = race(request, 50).await;
    assert_eq!(statuses, BTreeMap::from([(200, 1), (409, 49)]));
}

/// Rotates from eight sides at once, each with the newest key it knows, and returns all keys.
async fn storm(
    first: String,
    pointer: &'static str,
    request: impl Fn(&str) -> Request + Clone + Send + 'static,
) -> Vec<String> {
    let issued = Arc::new(Mutex::new(vec![first]));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (issued, request) = (Arc::clone(&issued), request.clone());
        tasks.spawn(async move {
            for _ in 0..25 {
                let newest = issued.lock().unwrap().last().unwrap().clone();
                let answer = request(&newest).send().await;
                match answer.status {
                    200 => issued.lock().unwrap().push(answer.string(pointer)),
                    status => assert_eq!(status, 401),
                }
            }
        });
    }
    tasks.join_all().await;
    let issued = issued.lock().unwrap();
    assert!(issued.len() > 8, "hardly a storm: {}", issued.len());
    issued.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_storm_of_rotations_one_user_key_is_left() {
    let server = Server::with(&FREE);
    let user = server.root().user().await;
    let issued = storm(user.key.clone(), "/apikey", move |key| {
        user.request_with(key)
    })
    .await;
    let verdicts = server.root().verdicts(&issued).await;
    let valid: Vec<_> = verdicts
        .iter()
        .filter(|verdict| *verdict == "VALID")
        .collect();
    assert_eq!(valid.len(), 1, "{verdicts:?}");
    assert!(
        verdicts
            .iter()
            .all(|verdict| ["VALID", "REPLACED"].contains(&verdict.as_str()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_storm_of_rotations_one_organization_key_is_left() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let first = organization.key.clone();
    let request = move |key: &str| organization.request_with(key);
    let issued = storm(first, "/result/api_key", request).await;
    let verdicts = server.root().verdicts(&issued).await;
    let valid: Vec<_> = verdicts
        .iter()
        .filter(|verdict| *verdict == "VALID")
        .collect();
    assert_eq!(valid.len(), 1, "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_and_its_child_racing_for_one_key_leave_one() {
    let server = Server::start();
    let parent = server.root().organization().await;
    let child = server.root().organization_below(&parent).await;
    let mut tasks = JoinSet::new();
    for turn in 0..40 {
        let key = if turn % 2 == 0 {
            &parent.key
        } else {
            &child.key
        };
        tasks.spawn(child.request_with(key).send());
    }
    let answers = tasks.join_all().await;
    let issued: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(|answer| answer.string("/result/api_key"))
        .collect();
    assert!(
        issued.len() >= 20,
        "the parent's key never dies: {}",
        issued.len()
    );
    let verdicts = server.root().verdicts(&issued).await;
    assert_eq!(
        verdicts
            .iter()
            .filter(|verdict| *verdict == "VALID")
            .count(),
        1
    );
    assert_eq!(server.root().verdict(&child.key).await, "REPLACED");
}
