//! Deletions that race: with each other, and with what is made for the owner meanwhile.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Answer, Request, Server};

/// Sends all at once, and returns the answers in any order.
async fn race(requests: impl IntoIterator<Item = Request>) -> Vec<Answer> {
    let mut tasks = JoinSet::new();
    for request in requests {
        tasks.spawn(request.send());
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_deletions_exactly_one_deletes() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let request = root.request("DELETE", &format!("/v1/users/{}", user.id));
    let mut statuses = BTreeMap::new();
    for answer in race(std::iter::repeat_n(request, 50)).await {
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    assert_eq!(statuses, BTreeMap::from([(204, 1), (404, 49)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_that_was_made_during_the_deletion_outlives_it() {
    let server = Server::start();
    let root = server.root();
    for _ in 0..5 {
        let user = root.user().await;
        let body = json!({ "kind": "standard", "owner_id": user.id });
        let create = root.request("POST", "/v1/keys").json(&body);
        let delete = root.request("DELETE", &format!("/v1/users/{}", user.id));
        let mut requests = vec![create; 20];
        requests.insert(10, delete);
        let mut secrets = vec![user.key];
        for answer in race(requests).await {
            match answer.status {
                201 => secrets.push(answer.string("/secret")),
                204 | 404 => {}
                status => panic!("{status}: {}", answer.text()),
            }
        }
        for verdict in root.verdicts(&secrets).await {
            assert_eq!(verdict, "REVOKED");
        }
        let target = format!("/v1/keys?state=live&owner_id={}", user.id);
        let live = root.get(&target).await.expect(200).json();
        assert_eq!(live, json!({ "items": [] }));
    }
}

/// Either the parent was there first and stays, or it is gone and nothing stands below it.
#[tokio::test(flavor = "multi_thread")]
async fn no_organization_is_left_below_one_that_was_deleted() {
    let server = Server::start();
    let root = server.root();
    for _ in 0..10 {
        let parent = root.organization().await;
        let body = json!({ "name": "Example Branch", "parent_id": parent.id });
        let create = root.request("POST", "/v1/organizations").json(&body);
        let target = format!("/v1/organizations/{}", parent.id);
        let delete = root.request("DELETE", &target);
        let (made, deleted) = tokio::join!(create.send(), delete.send());
        assert!(
            [(201, 409), (422, 204)].contains(&(made.status, deleted.status)),
            "{} {}",
            made.text(),
            deleted.text()
        );
        let parent_status = root.get(&target).await.status;
        assert_eq!(parent_status == 200, made.status == 201);
    }
}
