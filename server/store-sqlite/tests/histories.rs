//! Random histories through files: what is made in batches comes to what the same changes come to one by one.
//! Leaves what each change must come to to the rules' own tests.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "histories/changes.rs"]
mod changes;
#[path = "histories/told.rs"]
mod told;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use fastrand::Rng;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use keywright_core::decide::Rules;
use keywright_model::clock::Clock;
use keywright_model::credits::Credits;
use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::{HeldKey, Key, Usage};
use keywright_model::owner::{Owner, Spending};
use keywright_model::secret::Pepper;
use keywright_store::{Cached, Change, KeyFilter, Source, Write, Written};
use keywright_store_sqlite::Options;
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;
use uuid::Uuid;

use changes::{Changes, NOW_MS};
use told::Kept;

const HISTORIES: usize = 12;
const BATCHES: usize = 12;
/// Fewer than `join_all` polls in an order of its own.
const BATCH_LEN_MAX: usize = 24;
/// Each database has MACs of its own.
const MAC: &str = "mac";

/// A clock that is moved by hand, and that can hold up a transaction at its beginning.
#[derive(Default)]
struct HeldClock {
    state: Mutex<ClockState>,
    changed: Condvar,
}

#[derive(Default)]
struct ClockState {
    now_ms: i64,
    is_held: bool,
    is_asked: bool,
}

impl Clock for HeldClock {
    fn now_ms(&self) -> i64 {
        let mut state = self.state.lock().unwrap();
        while state.is_held {
            state.is_asked = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap();
        }
        state.now_ms
    }
}

impl HeldClock {
    fn set(&self, now_ms: i64) {
        self.state.lock().unwrap().now_ms = now_ms;
    }

    fn hold(&self) {
        let mut state = self.state.lock().unwrap();
        (state.is_held, state.is_asked) = (true, false);
    }

    fn wait_until_asked(&self) {
        let mut state = self.state.lock().unwrap();
        while !state.is_asked {
            state = self.changed.wait(state).unwrap();
        }
    }

    fn release(&self) {
        self.state.lock().unwrap().is_held = false;
        self.changed.notify_all();
    }
}

/// A database, with its clock.
struct Database {
    store: Arc<Cached>,
    clock: Arc<HeldClock>,
    path: PathBuf,
}

impl Database {
    fn open(folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        let options = Options {
            readers: 1,
            busy_timeout: Duration::from_secs(5),
            queue_len_max: 100,
            wait_max: Duration::from_mins(1),
            reserve_len: 1 << 20,
            counts_keys: true,
            test_hook: None,
        };
        let clock = Arc::new(HeldClock::default());
        clock.set(NOW_MS);
        let opened = keywright_store_sqlite::open(&path, options).unwrap();
        let pepper = Pepper::new(1, &[7; 32]);
        let told = Arc::clone(&clock) as Arc<dyn Clock>;
        let store = Cached::start(
            Box::new(opened),
            1 << 20,
            pepper.into(),
            told,
            Arc::new(Rules),
        );
        Self {
            store: store.unwrap(),
            clock,
            path,
        }
    }

    async fn make_one_by_one(&self, writes: &[Write]) -> Vec<Result<Written, Error>> {
        let mut outcomes = Vec::new();
        for write in writes {
            outcomes.push(self.store.database().write(write.clone()).await);
        }
        outcomes
    }

    /// Makes all of them in one transaction: they wait together behind one that is held up.
    async fn make_together(&self, writes: &[Write]) -> Vec<Result<Written, Error>> {
        self.clock.hold();
        let nothing = Change::Reserve {
            lineage: KeyId(Uuid::nil()),
            needed: 1,
        };
        let mut first = self.store.database().write(Write::of_server(nothing));
        assert!((&mut first).now_or_never().is_none());
        self.clock.wait_until_asked();
        let mut all = join_all(
            writes
                .iter()
                .map(|write| self.store.database().write(write.clone())),
        );
        assert!((&mut all).now_or_never().is_none());
        self.clock.release();
        let first = first.await;
        assert!(matches!(first, Ok(Written::Reserved(None))), "{first:?}");
        all.await
    }

    /// Lets the rows of keys whose owners were deleted say so.
    async fn follow_tombstones(&self) {
        loop {
            let write = Write::of_server(Change::FollowTombstones);
            match self.store.database().write(write).await.unwrap() {
                Written::Followed { has_more: true } => {}
                _ => return,
            }
        }
    }

    /// All rows, but for what depends on when it was committed: what is over is forgotten by the next commit.
    fn rows(&self, now_ms: i64) -> Vec<String> {
        let connection = Connection::open(&self.path).unwrap();
        let lasting = format!("expires_at_ms > {now_ms}");
        let tables = [
            ("owners", "true"),
            ("keys", "true"),
            ("credits", "true"),
            ("replays", &lasting),
            ("revoked_tokens", &lasting),
            ("events", "true"),
        ];
        let rows = tables.map(|(table, condition)| rows_of(&connection, table, condition));
        rows.concat()
    }
}

fn rows_of(connection: &Connection, table: &str, condition: &str) -> Vec<String> {
    let statement = format!("SELECT * FROM {table} WHERE {condition} ORDER BY 1");
    let mut statement = connection.prepare(&statement).unwrap();
    let columns = statement.column_names();
    let mut columns: Vec<String> = columns.map(str::to_owned).collect();
    columns.retain(|column| column != MAC);
    let rows = statement.query_map([], |row| {
        let mut members = vec![table.to_owned()];
        for column in &columns {
            let value: Value = row.get(column.as_str())?;
            members.push(format!("{column}={value:?}"));
        }
        Ok(members.join(" "))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// An outcome in words. What rotates a key asks only whether it is of the same form, and that from memory, where its
/// uses may be older.
fn told(outcome: &Result<Written, Error>) -> String {
    match outcome {
        Ok(Written::Unlike(key)) => format!("unlike {}", key.id),
        outcome => format!("{outcome:?}"),
    }
}

/// What may be answered from memory: all but what is counted elsewhere, and what a key that is over shares with its
/// lineage.
fn remembered(held: &HeldKey, now_ms: i64) -> (Key, Owner) {
    let mut key = Key::clone(&held.key);
    key.usage = Usage::default();
    key.credits = key.credits.map(|credits| Credits {
        remaining: 0,
        period: 0,
        ..credits
    });
    let has_grace = key.grace_until_ms.is_some_and(|end_ms| end_ms > now_ms);
    if key.revoked_at_ms.is_some() || (key.replaced_by.is_some() && !has_grace) {
        key.credits = None;
        key.rate_limits.clear();
    }
    let owner = Owner {
        spending: Spending::default(),
        ..Owner::clone(&held.owner)
    };
    (key, owner)
}

async fn compare_memory(database: &Database, changes: &Changes, name: &str) {
    for digests in changes.digests() {
        let mut all = Vec::new();
        for digest in digests {
            let mut found = Vec::new();
            for source in [Source::Cache, Source::Database] {
                let held = database.store.find_key_by_digest(digest, source).await;
                let held = held.unwrap();
                found.push(held.map(|held| remembered(&held, changes.now_ms())));
            }
            all.push((found.remove(0), found.remove(0)));
        }
        // Where a key has a newer digest, no server asks the memory for the older ones.
        let is_there = all.iter().any(|(_, stored)| stored.is_some());
        all.retain(|(_, stored)| stored.is_some() || !is_there);
        for (known, stored) in all {
            assert_eq!(known, stored, "{name}: memory and the database differ");
        }
    }
}

/// A list says of each key what its row says, from wherever it has it.
async fn compare_lists(database: &Database, now_ms: i64, name: &str) {
    let mut filter = KeyFilter {
        owner_id: None,
        kind: None,
        state: None,
        name: None,
        within: None,
        after: None,
        offset: 0,
        now_ms,
        len_max: 7,
    };
    loop {
        let part = database.store.database().list_keys(filter.clone()).await;
        let part = part.unwrap();
        filter.after = part.items.last().map(|key| key.id);
        for listed in part.items {
            let stored = database.store.database().read_key(listed.id).await;
            assert_eq!(
                Some(listed),
                stored.unwrap(),
                "{name}: a list and its rows differ"
            );
        }
        if !part.is_cut {
            return;
        }
    }
}

async fn compare(folder: &TempDir, seed: u64) {
    let name = format!("history of seed {seed}");
    let batched = Database::open(folder.path(), &format!("{seed}-batched.db"));
    let single = Database::open(folder.path(), &format!("{seed}-single.db"));
    let mut changes = Changes::new(Rng::with_seed(seed));
    let mut batch_lens = Rng::with_seed(seed);
    let mut kept = [&batched, &single].map(|database| Kept::read(&database.path));
    for _ in 0..BATCHES {
        changes.step_clock();
        for database in [&batched, &single] {
            database.clock.set(changes.now_ms());
        }
        let writes = changes.batch(batch_lens.usize(1..=BATCH_LEN_MAX));
        let together = batched.make_together(&writes).await;
        let one_by_one = single.make_one_by_one(&writes).await;
        for ((write, together), one_by_one) in writes.iter().zip(&together).zip(&one_by_one) {
            let (together, one_by_one) = (told(together), told(one_by_one));
            assert_eq!(together, one_by_one, "{name}: {write:?}");
        }
        for outcome in one_by_one.into_iter().flatten() {
            changes.learn(&outcome);
        }
        compare_memory(&batched, &changes, &name).await;
        compare_lists(&batched, changes.now_ms(), &name).await;
        for (kept, database) in kept.iter_mut().zip([&batched, &single]) {
            kept.go_on(&database.path, changes.now_ms(), &name);
        }
    }
    for database in [&batched, &single] {
        database.follow_tombstones().await;
        compare_memory(database, &changes, &name).await;
        database.store.database().close().await.unwrap();
    }
    let now_ms = changes.now_ms();
    let (together, one_by_one) = (batched.rows(now_ms), single.rows(now_ms));
    for (together, one_by_one) in together.iter().zip(&one_by_one) {
        assert_eq!(together, one_by_one, "{name}");
    }
    assert_eq!(together.len(), one_by_one.len(), "{name}");
}

#[tokio::test]
async fn a_batch_comes_to_what_its_changes_come_to_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..HISTORIES {
        compare(&folder, fastrand::u64(..)).await;
    }
}
