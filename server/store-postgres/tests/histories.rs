//! Random histories in PostgreSQL: what is made in batches comes to what the same changes come to one by one.
//! Leaves the changes to those of the other engine, and what each must come to to the rules' own tests.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../../store-sqlite/tests/histories/changes.rs"]
mod changes;

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
use keywright_postgres_cluster::{Cluster, Programs};
use keywright_store::{Cached, Change, Source, Write, Written};
use keywright_store_postgres::{Options, ServerOptions};
use uuid::Uuid;

use changes::{Changes, NOW_MS};

const HISTORIES: usize = 8;
const BATCHES: usize = 12;
/// Fewer than `join_all` polls in an order of its own.
const BATCH_LEN_MAX: usize = 24;

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

    fn is_simulated(&self) -> bool {
        true
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
struct Database<'c> {
    cluster: &'c Cluster,
    name: String,
    store: Arc<Cached>,
    clock: Arc<HeldClock>,
}

impl<'c> Database<'c> {
    fn open(cluster: &'c Cluster) -> Self {
        let name = format!("histories_{}", Uuid::new_v4().simple());
        cluster.primary().create_database(&name).unwrap();
        let options = ServerOptions {
            connection: Options {
                ca_file: None,
                connect_timeout: Duration::from_secs(5),
                statement_timeout: Duration::from_secs(5),
            },
            readers: 1,
            queue_len_max: 100,
            wait_max: Duration::from_mins(1),
            max_staleness: Duration::from_secs(30),
        };
        let clock = Arc::new(HeldClock::default());
        clock.set(NOW_MS);
        let url = cluster.primary().url(&name);
        let opened = keywright_store_postgres::open(&url, options).unwrap();
        let store = Cached::start(
            Box::new(opened),
            1 << 20,
            Pepper::new(1, &[7; 32]).into(),
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::new(Rules),
        );
        Self {
            cluster,
            name,
            store: store.unwrap(),
            clock,
        }
    }

    async fn make_one_by_one(&self, writes: &[Write]) -> Vec<Result<Written, Error>> {
        let mut outcomes = Vec::new();
        for write in writes {
            outcomes.push(self.store.database().write(write.clone()).await);
        }
        outcomes
    }

    /// Makes all of them in as few transactions as it takes: they wait together behind one that is held up.
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

    /// All rows, but for what depends on when it was committed: what is over is forgotten now and then. Each database
    /// has MACs of its own.
    fn rows(&self, now_ms: i64) -> Vec<String> {
        let lasting = format!("expires_at_ms > {now_ms}");
        let tables = [
            ("owners", "true", "id"),
            ("keys", "true", "id"),
            ("credits", "true", "lineage"),
            ("replays", &lasting, "id"),
            ("revoked_tokens", &lasting, "id"),
            ("events", "true", "position"),
        ];
        let rows = tables.map(|(table, condition, order)| {
            let statement = format!(
                "SELECT '{table} ' || (to_jsonb(t) - 'mac')::text FROM keywright.{table} t WHERE {condition} ORDER BY {order}"
            );
            let rows = self.cluster.primary().sql(&self.name, &statement);
            let rows = rows.unwrap();
            rows.lines().map(str::to_owned).collect::<Vec<_>>()
        });
        rows.concat()
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

async fn compare_memory(database: &Database<'_>, changes: &Changes, name: &str) {
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

async fn compare(cluster: &Cluster, seed: u64) {
    let name = format!("history of seed {seed}");
    let (batched, single) = (Database::open(cluster), Database::open(cluster));
    let mut changes = Changes::new(Rng::with_seed(seed));
    let mut batch_lens = Rng::with_seed(seed);
    for _ in 0..BATCHES {
        changes.step_clock();
        for database in [&batched, &single] {
            database.clock.set(changes.now_ms());
        }
        let writes = changes.batch(batch_lens.usize(1..=BATCH_LEN_MAX));
        let together = batched.make_together(&writes).await;
        let one_by_one = single.make_one_by_one(&writes).await;
        for ((write, together), one_by_one) in writes.iter().zip(&together).zip(&one_by_one) {
            let (together, one_by_one) = (format!("{together:?}"), format!("{one_by_one:?}"));
            assert_eq!(together, one_by_one, "{name}: {write:?}");
        }
        for outcome in one_by_one.into_iter().flatten() {
            changes.learn(&outcome);
        }
        compare_memory(&batched, &changes, &name).await;
    }
    for database in [&batched, &single] {
        database.follow_tombstones().await;
        compare_memory(database, &changes, &name).await;
        database.store.database().close().await.unwrap();
    }
    let now_ms = changes.now_ms();
    let (together, one_by_one) = (batched.rows(now_ms), single.rows(now_ms));
    assert!(together.len() > BATCHES, "{together:?}");
    for (together, one_by_one) in together.iter().zip(&one_by_one) {
        assert_eq!(together, one_by_one, "{name}");
    }
    assert_eq!(together.len(), one_by_one.len(), "{name}");
}

#[tokio::test]
async fn a_batch_comes_to_what_its_changes_come_to_one_by_one() {
    let programs = Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`");
    let cluster = Cluster::start(&programs).unwrap();
    for _ in 0..HISTORIES {
        compare(&cluster, fastrand::u64(..)).await;
    }
}
