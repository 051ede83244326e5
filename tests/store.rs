//! The store's story, told once for every engine: what it keeps, what it refuses, what it remembers.
//! Leaves damage and power cuts to `failures` and `durability`.

mod breadth;
mod engines;
mod faults;
mod fills;
mod following;
mod lists;
mod serving;
mod sessions;
mod tokens;
mod upkeep;
mod windows;

use std::sync::Arc;
use std::time::Duration;

use engines::{on_every_engine, open_postgres};
use keywright_core::decide::Rules;
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::event::Actor;
use keywright_model::id::{KeyId, OwnerId, RequestId};
use keywright_model::key::{Key, Kind, RevocationReason, State};
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_model::scope::Scopes;
use keywright_model::secret::{Pepper, Secret};
use keywright_store::{
    Amendment, Authority, Cached, Change, EVENTS, KeyAmendment, NewKey, NewReplay, OpenDatabase,
    Place, Source, Trail, Write, Written,
};
use keywright_store_sqlite::{Options, TestHook};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::postgres::Database;

/// A store of one engine, with what the story needs to make keys.
struct Stage {
    store: Arc<Cached>,
    pepper: Pepper,
    url: String,
    folder: TempDir,
    /// Where it is, unless in the folder.
    database: Option<Database>,
}

const NOW_MS: i64 = 1_773_576_000_000;

/// A clock that has stopped.
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }

    fn is_simulated(&self) -> bool {
        true
    }
}

impl Stage {
    /// A file.
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("story.db").display());
        Self::of(url, folder, None)
    }

    /// A database of a PostgreSQL.
    fn postgres() -> Self {
        let database = Database::empty();
        Self::of(database.url(), tempfile::tempdir().unwrap(), Some(database))
    }

    fn of(url: String, folder: TempDir, database: Option<Database>) -> Self {
        let pepper = Pepper::new(1, &[7; 32]);
        Self {
            store: open(&url, &pepper),
            pepper,
            url,
            folder,
            database,
        }
    }

    /// What a statement about the tables answers.
    fn number(&self, statement: &str) -> i64 {
        if let Some(database) = &self.database {
            return database.sql(statement).parse().unwrap();
        }
        let path = self.url.strip_prefix("sqlite:").unwrap();
        let connection = crate::support::database::open(path.as_ref());
        let number = connection.query_row(statement, [], |row| row.get(0));
        number.unwrap()
    }

    fn key(&self, kind: Kind, owner_id: OwnerId, name: Option<&str>) -> (Secret, NewKey) {
        let secret = Secret::checksummed("kw");
        let id = KeyId(Uuid::now_v7());
        let key = Key {
            name: name.map(str::to_owned),
            scopes: Scopes::read("Read Write").unwrap(),
            ..Key::draft(id, kind, owner_id, secret.hint(), NOW_MS)
        };
        let digest = self.pepper.digest(&secret);
        (
            secret,
            NewKey {
                key,
                digest,
                pepper_version: 1,
            },
        )
    }

    async fn write(&self, authority: Authority, change: Change) -> Result<Written, Error> {
        self.write_with(authority, change, None).await
    }

    async fn write_with(
        &self,
        authority: Authority,
        change: Change,
        replay: Option<NewReplay>,
    ) -> Result<Written, Error> {
        let trail = Trail {
            actor: Actor::Root,
            request_id: RequestId(Uuid::now_v7()),
            server_request_id: None,
            address: None,
        };
        self.store
            .database()
            .write(Write {
                authority,
                change,
                trail,
                replay,
            })
            .await
    }

    async fn organization(&self) -> (OwnerId, NewKey) {
        let owner = Owner {
            id: OwnerId(Uuid::now_v7()),
            kind: OwnerKind::Organization,
            name: Some("Example Works".to_owned()),
            email: None,
            plan: None,
            parent_id: None,
            suspended: false,
            rate_limits: Vec::new(),
            created_at_ms: NOW_MS,
            updated_at_ms: NOW_MS,
            deleted_at_ms: None,
            unreadable: Vec::new(),
            spending: Spending::default(),
        };
        let (_, first_key) = self.key(Kind::Organization, owner.id, None);
        let id = owner.id;
        let change = Change::AddOwner {
            owner,
            first_key: Some(first_key.clone()),
        };
        self.write(Authority::default(), change).await.unwrap();
        (id, first_key)
    }

    async fn state(&self, id: KeyId) -> State {
        self.store
            .database()
            .read_key(id)
            .await
            .unwrap()
            .unwrap()
            .state(NOW_MS)
    }
}

fn open(url: &str, pepper: &Pepper) -> Arc<Cached> {
    open_with(url, pepper, None)
}

fn open_with(url: &str, pepper: &Pepper, test_hook: Option<TestHook>) -> Arc<Cached> {
    let signers = pepper.derive(EVENTS).into();
    let opened = open_database(url, test_hook);
    Cached::start(opened, 1 << 20, signers, Arc::new(Still), Arc::new(Rules)).unwrap()
}

fn open_database(url: &str, test_hook: Option<TestHook>) -> Box<dyn OpenDatabase> {
    if url.starts_with("postgres:") {
        return open_postgres(url);
    }
    let options = Options {
        readers: 2,
        busy_timeout: Duration::from_secs(5),
        queue_len_max: 1000,
        wait_max: Duration::from_mins(1),
        reserve_len: 1 << 20,
        counts_keys: false,
        test_hook,
    };
    keywright::database::open(url, options).unwrap()
}

fn held_by(key: &NewKey) -> Authority {
    Authority {
        key_id: Some(key.key.id),
        owner_ids: vec![key.key.owner_id],
        ..Authority::default()
    }
}

fn successor(stage: &Stage, old: &NewKey) -> (NewKey, Change) {
    let (_, new) = stage.key(old.key.kind, old.key.owner_id, None);
    let change = Change::Replace {
        place: Place::Of(old.key.id),
        grace_ms: 0,
        successor: new.clone(),
    };
    (new, change)
}

async fn what_was_written_is_found_by_digest_and_by_id_also_after_a_restart(stage: Stage) {
    let (owner_id, first) = stage.organization().await;
    let (_, named) = stage.key(Kind::Named, owner_id, Some("ci"));
    stage
        .write(Authority::default(), Change::Issue(named.clone()))
        .await
        .unwrap();
    stage.store.database().close().await.unwrap();
    drop(stage.store);
    let store = open(&stage.url, &stage.pepper);
    for new in [&first, &named] {
        let by_digest = store.find_key_by_digest(new.digest, Source::Cache).await;
        let by_digest = by_digest.unwrap().unwrap();
        let by_id = store
            .database()
            .read_key(new.key.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (by_digest.key.id, by_digest.owner.id),
            (new.key.id, owner_id)
        );
        assert_eq!(by_id.name, new.key.name);
    }
    assert!(
        store
            .database()
            .read_key(KeyId(Uuid::now_v7()))
            .await
            .unwrap()
            .is_none()
    );
    store.database().close().await.unwrap();
    drop(stage.folder);
}

async fn a_name_is_held_by_one_live_key_at_a_time(stage: Stage) {
    let (owner_id, _) = stage.organization().await;
    let (_, first) = stage.key(Kind::Named, owner_id, Some("ci"));
    let (_, second) = stage.key(Kind::Named, owner_id, Some("ci"));
    stage
        .write(Authority::default(), Change::Issue(first.clone()))
        .await
        .unwrap();
    let refused = stage
        .write(Authority::default(), Change::Issue(second.clone()))
        .await;
    assert_eq!(refused.unwrap_err(), Error::NameTaken);
    let revoke = Change::Revoke {
        id: first.key.id,
        reason: RevocationReason::from_word("superseded").unwrap(),
    };
    stage.write(Authority::default(), revoke).await.unwrap();
    stage
        .write(Authority::default(), Change::Issue(second))
        .await
        .unwrap();
}

async fn a_replaced_key_authorizes_nothing_more(stage: Stage) {
    let (_, first) = stage.organization().await;
    let (second, change) = successor(&stage, &first);
    stage.write(held_by(&first), change).await.unwrap();
    let (_, change) = successor(&stage, &second);
    let refused = stage.write(held_by(&first), change).await;
    assert_eq!(refused.unwrap_err(), Error::CredentialUnknown);
    assert_eq!(stage.state(second.key.id).await, State::Live);
    assert_eq!(stage.state(first.key.id).await, State::Replaced);
}

async fn a_suspended_owner_authorizes_nothing(stage: Stage) {
    let (owner_id, first) = stage.organization().await;
    let amendment = Amendment {
        suspended: Some(true),
        ..Amendment::default()
    };
    let change = Change::AmendOwner {
        id: owner_id,
        amendment,
    };
    stage.write(Authority::default(), change).await.unwrap();
    let (_, change) = successor(&stage, &first);
    let refused = stage.write(held_by(&first), change).await;
    assert_eq!(refused.unwrap_err(), Error::OwnerSuspended);
    assert_eq!(stage.state(first.key.id).await, State::Live);
}

async fn one_refused_write_does_not_fail_its_neighbours(stage: Stage) {
    let (owner_id, _) = stage.organization().await;
    let names = ["a", "b", "a", "c", "a"];
    let keys: Vec<NewKey> = names
        .iter()
        .map(|name| stage.key(Kind::Named, owner_id, Some(name)).1)
        .collect();
    let writes = keys
        .iter()
        .map(|key| stage.write(Authority::default(), Change::Issue(key.clone())));
    let mut made = Vec::new();
    for (name, outcome) in names.iter().zip(futures(writes).await) {
        match outcome {
            Ok(_) => made.push(*name),
            Err(error) => assert_eq!(error, Error::NameTaken),
        }
    }
    made.sort_unstable();
    assert_eq!(made, ["a", "b", "c"]);
}

async fn a_write_that_rests_on_another_of_its_batch_is_made_all_the_same(stage: Stage) {
    let (_, first) = stage.organization().await;
    let (second, rotate) = successor(&stage, &first);
    let (third, rotate_again) = successor(&stage, &second);
    let switch_off = Change::AmendKey {
        id: second.key.id,
        amendment: Box::new(KeyAmendment {
            enabled: Some(false),
            ..KeyAmendment::default()
        }),
    };
    let revoke = Change::Revoke {
        id: third.key.id,
        reason: RevocationReason::Superseded,
    };
    // What is named behind the first of them is not there when the batch begins.
    let changes = [rotate, switch_off, rotate_again, revoke];
    let writes = changes
        .into_iter()
        .map(|change| stage.write(Authority::default(), change));
    for outcome in futures(writes).await {
        outcome.unwrap();
    }
    let made = stage
        .store
        .database()
        .read_key(third.key.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!made.enabled, "a rotation switches nothing on");
    assert_eq!(stage.state(second.key.id).await, State::Replaced);
    assert_eq!(stage.state(third.key.id).await, State::Revoked);
}

/// Polls all of them together, so that they wait for the writer in one batch.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, outcome) in &mut all {
            if outcome.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *outcome = Some(ready);
            }
        }
        if all.iter().all(|(_, outcome)| outcome.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    all.into_iter().filter_map(|(_, outcome)| outcome).collect()
}

async fn a_repeated_change_is_answered_and_not_made_again(stage: Stage) {
    let (owner_id, _) = stage.organization().await;
    let replay = |fingerprint: u8| NewReplay {
        id: stage.pepper.mac(&[b"caller", b"retry-1"]),
        fingerprint: [fingerprint; 32],
        sealed_secret: vec![1, 2, 3],
        serves_replaced_key: false,
        expires_at_ms: NOW_MS + 1000,
    };
    let issue = || Change::Issue(stage.key(Kind::Named, owner_id, Some("ci")).1);
    let first = stage
        .write_with(Authority::default(), issue(), Some(replay(1)))
        .await
        .unwrap();
    let Written::Key(made) = first else {
        panic!("{first:?}")
    };
    let again = stage
        .write_with(Authority::default(), issue(), Some(replay(1)))
        .await
        .unwrap();
    let Written::Replay(replayed) = again else {
        panic!("{again:?}")
    };
    assert_eq!(replayed.key.id, made.id);
    assert_eq!(replayed.sealed_secret, [1, 2, 3]);
    let other = stage
        .write_with(Authority::default(), issue(), Some(replay(2)))
        .await;
    assert_eq!(other.unwrap_err(), Error::IdempotencyMismatch);
}

async fn every_change_has_an_event_and_positions_have_no_gaps(stage: Stage) {
    let (_, mut newest) = stage.organization().await;
    for _ in 0..5 {
        let (next, change) = successor(&stage, &newest);
        stage.write(held_by(&newest), change).await.unwrap();
        newest = next;
    }
    stage.store.database().close().await.unwrap();
    let read = |statement: &str| stage.number(statement);
    let head = read("SELECT max(position) FROM events");
    assert!(head >= 6, "{head}");
    assert_eq!(read("SELECT count(*) FROM events"), head);
    assert_eq!(read("SELECT min(position) FROM events"), 1);
    assert_eq!(read("SELECT count(DISTINCT mac) FROM events"), head);
}

on_every_engine! {
    what_was_written_is_found_by_digest_and_by_id_also_after_a_restart,
    a_name_is_held_by_one_live_key_at_a_time,
    a_replaced_key_authorizes_nothing_more,
    a_suspended_owner_authorizes_nothing,
    one_refused_write_does_not_fail_its_neighbours,
    a_write_that_rests_on_another_of_its_batch_is_made_all_the_same,
    a_repeated_change_is_answered_and_not_made_again,
    every_change_has_an_event_and_positions_have_no_gaps,
}
