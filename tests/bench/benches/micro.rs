//! What the steps of a verification cost by themselves.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use keywright_model::limit::{Arrival, Limit};
use keywright_model::owner::OwnerKind;
use keywright_model::secret::{Pepper, STANDARD_PREFIX, Secret};
use serde::Deserialize;

#[path = "../src/draft.rs"]
mod draft;

fn secrets(criterion: &mut Criterion) {
    let pepper = Pepper::new(1, &[7; 32]);
    let secret = Secret::checksummed(STANDARD_PREFIX);
    criterion.bench_function("digest of a secret", |bencher| {
        bencher.iter(|| pepper.digest(black_box(&secret)));
    });
    criterion.bench_function("checksum of a presented secret", |bencher| {
        bencher.iter(|| black_box(&secret).is_plausible());
    });
    criterion.bench_function("new secret with its checksum", |bencher| {
        bencher.iter(|| Secret::checksummed(black_box(STANDARD_PREFIX)));
    });
    criterion.bench_function("parse: a presented secret", |bencher| {
        bencher.iter(|| Secret::new(black_box(secret.expose()).to_owned()).is_plausible());
    });
    let body = question(&secret);
    criterion.bench_function("parse: the body of a verification", |bencher| {
        bencher.iter(|| serde_json::from_slice::<Question>(black_box(body.as_bytes())));
    });
}

/// The members that the body of a verification may have, as the server reads them.
#[derive(Deserialize)]
#[expect(dead_code, reason = "reading them is what is measured")]
struct Question {
    key: String,
    scopes: Option<Vec<String>>,
    any_scope: Option<Vec<String>>,
    cost: Option<i64>,
    client_ip: Option<String>,
}

fn question(secret: &Secret) -> String {
    format!("{{\"key\":\"{}\"}}", secret.expose())
}

fn limits(criterion: &mut Criterion) {
    let limit = Limit {
        count: 1_000_000,
        window_s: 1,
        burst: 1000,
    };
    let mut arrival = Arrival::default();
    let mut now_ms = 1_700_000_000_000;
    criterion.bench_function("limit: take from a window", |bencher| {
        bencher.iter(|| {
            now_ms += 1;
            limit.take(black_box(&mut arrival), 1, now_ms)
        });
    });
}

fn memory(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room for a database");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be had");
    // A store has chores of its own.
    let _entered = runtime.enter();
    let (store, pepper) = draft::open(folder.path()).expect("a new database can be opened");
    let (_, secret, founding) = draft::owner(OwnerKind::User, None, &pepper);
    let written = runtime.block_on(store.database().write(draft::by_root(founding)));
    written.expect("a new database takes a user");
    let known = pepper.digest(&secret);
    let unknown = pepper.digest(&Secret::checksummed(STANDARD_PREFIX));
    assert!(store.recall(known).is_some(), "a new key is in memory");
    criterion.bench_function("cache: hit", |bencher| {
        bencher.iter(|| store.recall(black_box(known)));
    });
    criterion.bench_function("cache: miss", |bencher| {
        bencher.iter(|| store.recall(black_box(unknown)));
    });
    let closed = runtime.block_on(store.database().close());
    closed.expect("nobody else reads its database");
}

criterion_group! {
    name = steps;
    config = Criterion::default().measurement_time(Duration::from_secs(3));
    targets = secrets, limits, memory
}
criterion_main!(steps);
