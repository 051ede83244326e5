//! The write-ahead log under readers that overlap without end: it does not grow without end.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Server, database, until};

/// From here on it is begun anew by force: SQLite alone would let it grow.
const LONG: u64 = 16 << 20;
/// What it is cut to when it begins anew, and a little more.
const SHORT: u64 = 13 << 20;
/// Nearly all that a key may have.
const METADATA_LEN: usize = 4000;
/// The locks within the log's index: of who writes, and of who merges the log into the database.
const LOCKS: [u64; 2] = [120, 121];

/// Who reads, and sees when the server waits for readers.
struct Readers {
    database: PathBuf,
    /// The log's index, by its number.
    index: u64,
    server: u32,
}

impl Readers {
    fn of(server: &Server) -> Self {
        let index = server.folder().path().join("keywright.db-shm");
        Self {
            database: server.folder().database(),
            index: index.metadata().unwrap().ino(),
            server: server.pid(),
        }
    }

    /// Reads in such a way that at every instant somebody reads what was there a little before: each goes once
    /// there is something newer, and the next has begun to read that. So SQLite by itself never finds the log
    /// unread. While the server waits for readers there is nothing newer, and each goes once the next has begun.
    fn overlap(&self, is_over: &AtomicBool) {
        let mut connections = [0, 1].map(|_| database::open(&self.database));
        let mut seen = begin(&connections[1]);
        while !is_over.load(Ordering::SeqCst) {
            let position = begin(&connections[0]);
            if position > seen || self.is_waited_for() {
                connections.swap(0, 1);
                seen = position;
            }
            connections[0].execute_batch("COMMIT").unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether the server keeps everybody from writing while it merges the log, which it does to begin it anew.
    fn is_waited_for(&self) -> bool {
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        let held: Vec<_> = locks.lines().filter_map(|line| self.held(line)).collect();
        let is_held = |lock| held.iter().any(|range| range.contains(lock));
        LOCKS.iter().all(is_held)
    }

    /// The locks that the server holds in the index, of a line about them.
    fn held(&self, line: &str) -> Option<std::ops::RangeInclusive<u64>> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, "WRITE", process, file, first, last] = fields[..] else {
            return None;
        };
        let is_servers = process.parse() == Ok(self.server);
        let is_index = file.rsplit(':').next()?.parse() == Ok(self.index);
        let range = first.parse().ok()?..=last.parse().ok()?;
        (is_servers && is_index).then_some(range)
    }
}

/// Begins to read, and tells what is read.
fn begin(connection: &Connection) -> i64 {
    connection.execute_batch("BEGIN").unwrap();
    let query = "SELECT position FROM head";
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_begins_anew_although_readers_overlap_without_end() {
    let server = Server::with(&[("log.filter", "info")]);
    let root = server.root();
    let user = root.user().await;
    let is_over = Arc::new(AtomicBool::default());
    let (readers, until_then) = (Readers::of(&server), Arc::clone(&is_over));
    let reader = std::thread::spawn(move || readers.overlap(&until_then));
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
