//! A writer that stands still: whoever would wait for it too long is refused at once, and nobody else is.

use serde_json::json;
use tokio::task::JoinSet;

use super::{Cast, assert_unavailable};
use crate::support::harm::WriteLock;
use crate::support::{Server, until};

#[tokio::test]
async fn writes_that_would_wait_too_long_are_unavailable_and_those_that_waited_before_are_made() {
    // The lock is waited for longer than the test takes: it is the line that refuses.
    let server = Server::with(&[
        ("database.busy_timeout_ms", "60000"),
        ("limits.wait_max_ms", "10"),
    ]);
    let cast = Cast::of(&server).await;
    let lock = WriteLock::hold(&server.folder().database());
    let mut writes = JoinSet::new();
    until("a write to be refused", async || {
        let write = cast.root.request("POST", "/v1/users");
        writes.spawn(write.json(&json!({})).send());
        writes
            .try_join_next()
            .map(|answer| answer.unwrap().expect(503))
    })
    .await;
    // Not the end of the busy timeout.
    let metrics = server.get("/metrics").send().await.expect(200).text();
    let nobody = "keywright_shed_total{queue=\"writes\"} 0\n";
    assert!(
        !metrics.contains(nobody),
        "the line refused nobody: {metrics}"
    );
    assert_unavailable(&server, &cast).await;
    assert_eq!(cast.root.verdict(&cast.user.key).await, "VALID");
    for read in cast.control_reads() {
        read.send().await.expect(200);
    }
    for (check, status) in [("/healthz", 200), ("/metrics", 200), ("/readyz", 503)] {
        server.get(check).send().await.expect(status);
    }
    drop(lock);
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
    cast.go_on().await;
}
