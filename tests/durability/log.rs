//! The write-ahead log under readers that overlap without end: it does not grow without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Server, database, until};

/// From here on it is begun anew by force: SQLite alone would let it grow.
const LONG: u64 = 8 << 20;
/// What it is cut to when it begins anew, and a little more.
const SHORT: u64 = 7 << 20;
/// Nearly all that a key may have.
const METADATA_LEN: usize = 4000;

/// Reads in such a way that at every instant somebody reads what was there a little before.
fn overlap(path: &std::path::Path, is_over: &AtomicBool) {
    let mut connections = [database::open(path), database::open(path)];
    let begin = "BEGIN; SELECT position FROM head";
    connections[1].execute_batch(begin).unwrap();
    while !is_over.load(Ordering::SeqCst) {
        connections[0].execute_batch(begin).unwrap();
        connections[1].execute_batch("COMMIT").unwrap();
        connections.swap(0, 1);
        std::thread::sleep(Duration::from_millis(60));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_begins_anew_although_readers_overlap_without_end() {
    let server = Server::with(&[("log.filter", "info")]);
    let root = server.root();
    let user = root.user().await;
    let database = server.folder().database();
    let is_over = Arc::new(AtomicBool::default());
    let (path, until_then) = (database.clone(), Arc::clone(&is_over));
    let reader = std::thread::spawn(move || overlap(&path, &until_then));
    let log = server.folder().path().join("keywright.db-wal");
    let longest = Arc::new(AtomicU64::default());
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let (root, is_over) = (root.clone(), Arc::clone(&is_over));
        let body = json!({
            "kind": "standard", "owner_id": user.id, "metadata": { "long": "x".repeat(METADATA_LEN) },
        });
        tasks.spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                root.issue(body.clone()).await;
            }
        });
    }
    until("the log to be long, and then short", async || {
        let len = log.metadata().unwrap().len();
        let longest = longest.fetch_max(len, Ordering::SeqCst);
        (longest >= LONG && len <= SHORT).then_some(())
    })
    .await;
    is_over.store(true, Ordering::SeqCst);
    tasks.join_all().await;
    reader.join().unwrap();
}
