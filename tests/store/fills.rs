//! What a look-up may bring into memory that was under way while a change was made: nothing older.
//! Each test holds a look-up between its read and the memory until the change has been answered.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use keywright_model::key::{HeldKey, State};
use keywright_model::secret::Digest;
use keywright_store::{Amendment, Authority, Change, KeyAmendment, Source};
use keywright_store_sqlite::TestHook;

use super::{NOW_MS, Stage, open_with, successor};
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
