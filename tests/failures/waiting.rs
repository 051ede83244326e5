//! A writer that stands still: a change that would wait for it too long is refused at once (backpressure), no other is.

use serde_json::json;
use tokio::task::JoinSet;

use super::{Cast, assert_unavailable};
use crate::support::harm::WriteLock;
use crate::support::{Answer, Request, Server, metric, until};

fn write(cast: &Cast) -> Request {
    cast.root.request("POST", "/v1/users").json(&json!({}))
}

/// Writes that wait, one of which has done so for long enough that the next is refused.
async fn stand_in_line(cast: &Cast) -> JoinSet<Answer> {
    let mut writes = JoinSet::new();
    until("a write to be refused", async || {
        writes.spawn(write(cast).send());
        writes
            .try_join_next()
            .map(|answer| answer.unwrap().expect(503))
    })
    .await;
    writes
}

async fn assert_made_or_unavailable(writes: JoinSet<Answer>) {
    let statuses: Vec<u16> = writes
        .join_all()
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    assert!(statuses.contains(&201), "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [201, 503].contains(status)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn writes_that_would_wait_too_long_are_unavailable_and_those_that_waited_before_are_made() {
    // The lock is waited for longer than the test takes: it is the line that refuses.
    let server = Server::with(&[
        ("database.busy_timeout_ms", "60000"),
        ("limits.wait_max_ms", "10"),
    ]);
    let cast = Cast::of(&server).await;
    let lock = WriteLock::hold(server.folder());
    let writes = stand_in_line(&cast).await;
    // Not the end of the busy timeout.
    let refused = metric(&server, "keywright_shed_total{queue=\"writes\"}").await;
    assert!(refused > 0, "the queue refused none");
    assert_unavailable(&server, &cast).await;
    assert_eq!(cast.root.verdict(&cast.user.key).await, "VALID");
    for read in cast.control_reads() {
        read.send().await.expect(200);
    }
    for (check, status) in [("/healthz", 200), ("/metrics", 200), ("/readyz", 503)] {
        server.get(check).send().await.expect(status);
    }
    drop(lock);
    assert_made_or_unavailable(writes).await;
    cast.go_on().await;
}

#[tokio::test]
async fn changes_that_would_wait_too_long_are_turned_away_unseen_and_what_changes_nothing_is_not() {
    let server = Server::with(&[("database.busy_timeout_ms", "60000")]);
    let cast = Cast::of(&server).await;
    let lock = WriteLock::hold(server.folder());
    let turned_away = async || metric(&server, "keywright_shed_total{queue=\"requests\"}").await;
    let writes = stand_in_line(&cast).await;
    until("a write to be turned away unseen", async || {
        // One after the other, they are no crowd by themselves.
        for _ in 0..10 {
            write(&cast).send().await.expect(503);
        }
        (turned_away().await > 0).then_some(())
    })
    .await;
    let before = turned_away().await;
    // More than are let in, or turned away, in a row.
    for _ in 0..300 {
        cast.client.token_request().send().await.expect(200);
        assert_eq!(cast.root.verdict(&cast.user.key).await, "VALID");
    }
    assert_eq!(turned_away().await, before);
    drop(lock);
    assert_made_or_unavailable(writes).await;
    cast.go_on().await;
}
