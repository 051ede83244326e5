//! A reader that follows the events while they happen.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::{end, page, position_of};
use crate::support::{PATIENCE, Server};

/// Changes that are made while somebody follows.
const TIMES: i64 = 200;

/// What is committed later never stands before what was read already.
#[tokio::test(flavor = "multi_thread")]
async fn who_follows_meets_every_event_once_and_in_order() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let start = end(&server).await;
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let (root, owner_id) = (root.clone(), user.id.clone());
        writers.spawn(async move {
            for _ in 0..TIMES / 8 {
                root.issue(json!({ "kind": "standard", "owner_id": owner_id }))
                    .await;
            }
        });
    }
    let mut met = Vec::new();
    let mut query = format!("limit=3&after={start}");
    let follow = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(1));
        while met.len() < usize::try_from(TIMES).unwrap() {
            let (events, next) = page(&server, &query).await;
            met.extend(events.iter().map(position_of));
            match next {
                Some(cursor) => query = format!("limit=3&cursor={cursor}"),
                None => drop(ticks.tick().await),
            }
        }
    };
    tokio::time::timeout(PATIENCE, follow).await.unwrap();
    let expected: Vec<i64> = (start + 1..=start + TIMES).collect();
    assert_eq!(met, expected);
    writers.join_all().await;
    assert_eq!(page(&server, &query).await, (vec![], None));
}
