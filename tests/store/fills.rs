//! What a look-up may bring into memory that was under way while a change was made: nothing older.
//! Each test holds a look-up between its read and the memory until the change has been answered.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use keywright_model::key::{HeldKey, State};
use keywright_model::secret::Digest;
use keywright_store::{Amendment, Authority, Change, KeyAmendment, Source};
use keywright_store_sqlite::TestHook;

use super::{NOW_MS, NewKey, Stage, open_with, successor};
use crate::support::PATIENCE;

/// Where look-ups wait between their read and the memory, until they are let through.
pub(super) struct Gate {
    is_open: Arc<(Mutex<bool>, Condvar)>,
    pub(super) arrivals: Receiver<()>,
}

/// A store whose look-ups wait at a gate; it begins open.
pub(super) fn gated() -> (Stage, Gate) {
    let mut stage = Stage::sqlite();
    let (gate, test_hook) = gate();
    // The first store still holds the lock of its file: this one has a file of its own.
    stage.url = format!("sqlite:{}", stage.folder.path().join("gated.db").display());
    stage.store = open_with(&stage.url, &stage.pepper, Some(test_hook));
    (stage, gate)
}

/// The same, with a key that is in the database and not in memory.
async fn gated_and_cold() -> (Stage, Gate, NewKey) {
    let mut stage = Stage::sqlite();
    let (_, key) = stage.organization().await;
    stage.store.close().await.unwrap();
    // Something to hold its place, so that the lock is let go.
    stage.store = Stage::sqlite().store;
    let (gate, test_hook) = gate();
    stage.store = open_with(&stage.url, &stage.pepper, Some(test_hook));
    (stage, gate, key)
}

fn gate() -> (Gate, TestHook) {
    let is_open = Arc::new((Mutex::new(true), Condvar::new()));
    let (arrive, arrivals): (Sender<()>, _) = channel();
    let arrive = Mutex::new(arrive);
    let gate = Arc::clone(&is_open);
    let test_hook = Arc::new(move || {
        let (is_open, changed) = &*gate;
        let guard = is_open.lock().unwrap();
        if !*guard {
            arrive.lock().unwrap().send(()).unwrap();
            let (guard, wait) = changed
                .wait_timeout_while(guard, PATIENCE, |is_open| !*is_open)
                .unwrap();
            assert!(!wait.timed_out());
            drop(guard);
        }
    });
    (Gate { is_open, arrivals }, test_hook)
}

impl Gate {
    pub(super) fn set(&self, to: bool) {
        *self.is_open.0.lock().unwrap() = to;
        self.is_open.1.notify_all();
    }

    /// Looks a digest up in the database, makes a change while the look-up has read and nothing else, and
    /// then lets it go on; what it found, and what the memory says afterwards.
    async fn overtake(
        &self,
        stage: &Stage,
        digest: Digest,
        change: Change,
    ) -> [Option<HeldKey>; 2] {
        self.set(false);
        let store = Arc::clone(&stage.store);
        let lookup =
            tokio::spawn(async move { store.find_key_by_digest(digest, Source::Database).await });
        self.arrivals.recv_timeout(PATIENCE).unwrap();
        stage.write(Authority::default(), change).await.unwrap();
        self.set(true);
        let found = lookup.await.unwrap().unwrap();
        let later = stage.store.find_key_by_digest(digest, Source::Cache).await;
        [found, later.unwrap()]
    }
}

fn states(found: [Option<HeldKey>; 2]) -> [State; 2] {
    found.map(|held| held.unwrap().key.state(NOW_MS))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_a_revocation_overtook_finds_the_key_revoked() {
    let (stage, gate) = gated();
    let (_, key) = stage.organization().await;
    let change = Change::Revoke {
        id: key.key.id,
        reason: keywright_model::key::RevocationReason::KeyCompromise,
    };
    let found = gate.overtake(&stage, key.digest, change).await;
    assert_eq!(states(found), [State::Revoked, State::Revoked]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_a_rotation_overtook_finds_the_key_replaced() {
    let (stage, gate) = gated();
    let (_, key) = stage.organization().await;
    let (_, change) = successor(&stage, &key);
    let found = gate.overtake(&stage, key.digest, change).await;
    assert_eq!(states(found), [State::Replaced, State::Replaced]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_a_switch_overtook_finds_the_key_disabled() {
    let (stage, gate) = gated();
    let (_, key) = stage.organization().await;
    let amendment = KeyAmendment {
        enabled: Some(false),
        ..KeyAmendment::default()
    };
    let change = Change::AmendKey {
        id: key.key.id,
        amendment: Box::new(amendment),
    };
    let found = gate.overtake(&stage, key.digest, change).await;
    assert_eq!(states(found), [State::Disabled, State::Disabled]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_a_suspension_overtook_finds_the_owner_suspended() {
    let (stage, gate) = gated();
    let (owner_id, key) = stage.organization().await;
    let change = Change::AmendOwner {
        id: owner_id,
        amendment: Amendment {
            suspended: Some(true),
            ..Amendment::default()
        },
    };
    let found = gate.overtake(&stage, key.digest, change).await;
    assert!(
        found
            .iter()
            .all(|held| held.as_ref().unwrap().owner.suspended)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_a_mint_overtook_finds_the_key() {
    let (stage, gate) = gated();
    let (owner_id, _) = stage.organization().await;
    let (_, key) = stage.key(keywright_model::key::Kind::Named, owner_id, Some("ci"));
    let change = Change::Issue(key.clone());
    let found = gate.overtake(&stage, key.digest, change).await;
    assert_eq!(states(found), [State::Live, State::Live]);
}

/// Look-ups of one key, each at its first wait; the database has been asked for them once, and its answer
/// waits at the gate.
macro_rules! look_up_together {
    ($stage:expr, $gate:expr, $digest:expr) => {{
        let find = || $stage.store.find_key_by_digest($digest, Source::Cache);
        let (first, second, third) = (find(), find(), find());
        let mut all = Box::pin(async move { tokio::join!(first, second, third) });
        tokio::select! {
            biased;
            _ = &mut all => panic!("the gate is open"),
            () = std::future::ready(()) => {}
        }
        $gate.arrivals.recv_timeout(PATIENCE).unwrap();
        all
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn look_ups_of_one_key_at_the_same_time_ask_the_database_once() {
    let (stage, gate, key) = gated_and_cold().await;
    gate.set(false);
    let all = look_up_together!(stage, gate, key.digest);
    gate.set(true);
    let (first, second, third) = all.await;
    for found in [first, second, third] {
        assert_eq!(found.unwrap().unwrap().key.id, key.key.id);
    }
    assert!(gate.arrivals.try_recv().is_err(), "it was asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn look_ups_that_share_a_read_find_the_key_revoked_if_that_overtook_it() {
    let (stage, gate, key) = gated_and_cold().await;
    gate.set(false);
    let all = look_up_together!(stage, gate, key.digest);
    let change = Change::Revoke {
        id: key.key.id,
        reason: keywright_model::key::RevocationReason::KeyCompromise,
    };
    stage.write(Authority::default(), change).await.unwrap();
    gate.set(true);
    let (first, second, third) = all.await;
    for found in [first, second, third] {
        assert_eq!(found.unwrap().unwrap().key.state(NOW_MS), State::Revoked);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_goes_on_for_the_others_when_whoever_began_it_leaves() {
    let (stage, gate, key) = gated_and_cold().await;
    gate.set(false);
    let all = look_up_together!(stage, gate, key.digest);
    let other = stage.store.find_key_by_digest(key.digest, Source::Cache);
    let mut other = Box::pin(other);
    tokio::select! {
        biased;
        _ = &mut other => panic!("the gate is open"),
        () = std::future::ready(()) => {}
    }
    drop(all);
    gate.set(true);
    assert_eq!(other.await.unwrap().unwrap().key.id, key.key.id);
    assert!(gate.arrivals.try_recv().is_err(), "it was asked again");
}
