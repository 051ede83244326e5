//! What an engine does to its database by itself: old events are pruned, and a newer pepper begins to sign.
//! Leaves when it is asked to, to the servers' tests.

use std::sync::Arc;

use keywright_core::decide::Rules;
use keywright_model::error::Error;
use keywright_model::key::Kind;
use keywright_model::peppers::Peppers;
use keywright_model::secret::Pepper;
use keywright_store::{
    Authority, Cached, Change, EVENTS, EventFilter, PepperStart, Signers, Source, Written,
};

use super::engines::on_every_engine;
use super::{NOW_MS, Stage, Still, open_database};

impl Stage {
    async fn prune(&self) -> Result<(i64, bool), Error> {
        let before_ms = NOW_MS + 1;
        let change = Change::PruneEvents { before_ms };
        match self.write(Authority::default(), change).await? {
            Written::Pruned { count, has_more } => Ok((count, has_more)),
            other => panic!("{other:?}"),
        }
    }

    async fn begin(&self, pepper: &Pepper) {
        let start = PepperStart {
            signer: pepper.derive(EVENTS),
            settings: vec![("of_the_test", vec![pepper.version.try_into().unwrap()])],
        };
        let begun = self.write(Authority::default(), Change::BeginPepper(Box::new(start)));
        assert!(matches!(begun.await.unwrap(), Written::Noted));
    }

    /// The actions of the events behind a position.
    async fn actions(&self, after: i64) -> Result<Vec<String>, Error> {
        let filter = EventFilter {
            actor: None,
            action: None,
            outcome: None,
            target_id: None,
            owner_id: None,
            within: None,
            after: Some(after),
            before: None,
            is_descending: false,
            len_max: 100,
        };
        let part = self.store.database().list_events(filter).await?;
        let actions = part.items.iter().map(|event| event.action.clone());
        Ok(actions.collect())
    }

    /// The same database in another process, which has these peppers.
    async fn restart(self, peppers: &Peppers) -> Self {
        self.store.database().close().await.unwrap();
        let Self {
            store,
            pepper,
            url,
            folder,
            database,
        } = self;
        drop(store);
        let opened = open_database(&url, None);
        let signers = Signers::of(peppers, |name| opened.setting(name));
        let signers = signers.unwrap().unwrap();
        let store = Cached::start(opened, 1 << 20, signers, Arc::new(Still), Arc::new(Rules));
        Self {
            store: store.unwrap(),
            pepper,
            url,
            folder,
            database,
        }
    }
}

async fn old_events_are_pruned_and_the_newest_stays(stage: Stage) {
    for _ in 0..3 {
        stage.organization().await;
    }
    let newest = stage.number("SELECT max(position) FROM events");
    assert_eq!(stage.prune().await.unwrap(), (newest - 1, false));
    let gone = stage.actions(0).await.unwrap_err();
    assert!(matches!(gone, Error::EventsPruned { .. }), "{gone:?}");
    let left = stage.actions(newest - 1).await.unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(left[1], "events.pruned");
    // That one has become the newest.
    assert_eq!(stage.prune().await.unwrap().0, 1);
    stage.organization().await;
    let (lowest, highest) = (
        stage.number("SELECT min(position) FROM events"),
        stage.number("SELECT max(position) FROM events"),
    );
    assert_eq!(
        stage.number("SELECT count(*) FROM events"),
        highest - lowest + 1
    );
}

async fn many_events_are_pruned_in_batches(stage: Stage) {
    let (owner_id, _) = stage.organization().await;
    let issue = |number: usize| {
        let (_, key) = stage.key(Kind::Named, owner_id, Some(&format!("key {number}")));
        stage.write(Authority::default(), Change::Issue(key))
    };
    for numbers in [0..600, 600..1200] {
        for outcome in super::futures(numbers.map(issue)).await {
            outcome.unwrap();
        }
    }
    let newest = stage.number("SELECT max(position) FROM events");
    assert_eq!(stage.prune().await.unwrap(), (1000, true));
    let (count, has_more) = stage.prune().await.unwrap();
    assert_eq!((count, has_more), (newest + 1 - 1000 - 1, false));
}

async fn events_are_signed_by_a_newer_pepper_from_its_begin_on(stage: Stage) {
    let (_, before) = stage.organization().await;
    let peppers = Peppers::from(stage.pepper.clone()).with(Pepper::new(2, &[8; 32]));
    let newer = peppers.newest().clone();
    stage.begin(&newer).await;
    let (_, behind) = stage.organization().await;
    // Once more, as after an outcome that nobody knows: it stays where it began.
    stage.begin(&newer).await;
    stage.organization().await;
    let stage = stage.restart(&peppers).await;
    let setting = stage.store.database().read_setting("of_the_test").await;
    assert_eq!(setting.unwrap().unwrap(), [2]);
    stage.organization().await;
    for key in [&before, &behind] {
        let found = stage.store.find_key_by_digest(key.digest, Source::Cache);
        assert!(found.await.unwrap().is_some());
    }
    // Each event bears out the MAC of the pepper of its time, or none would be pruned.
    let newest = stage.number("SELECT max(position) FROM events");
    assert_eq!(stage.prune().await.unwrap(), (newest - 1, false));
    stage.organization().await;
    let last = stage.number("SELECT max(position) FROM events");
    assert_eq!(stage.prune().await.unwrap(), (last - newest, false));
}

on_every_engine! {
    old_events_are_pruned_and_the_newest_stays,
    many_events_are_pruned_in_batches,
    events_are_signed_by_a_newer_pepper_from_its_begin_on,
}

mod tampered {
    use super::*;

    /// Has a change of the tables beside the server refuse the pruning; what the refusal must say.
    async fn refuses(change: &str, said: &str) {
        let stage = Stage::postgres();
        for _ in 0..4 {
            stage.organization().await;
        }
        if change.contains("events_checkpoint") {
            stage.prune().await.unwrap();
            stage.organization().await;
        }
        let changed =
            format!("WITH changed AS ({change} RETURNING 1) SELECT count(*) FROM changed");
        assert_eq!(stage.number(&changed), 1);
        let before = stage.number("SELECT count(*) FROM events");
        let refused = stage.prune().await.unwrap_err();
        assert!(format!("{refused:?}").contains(said), "{refused:?}");
        assert_eq!(stage.number("SELECT count(*) FROM events"), before);
        // It is evidence; changes go on.
        stage.organization().await;
    }

    #[tokio::test]
    async fn events_that_were_changed_are_not_pruned() {
        let change = "UPDATE events SET actor = 'nobody' WHERE position = 2";
        refuses(change, "not whole at position 2").await;
    }

    #[tokio::test]
    async fn events_of_which_one_is_missing_are_not_pruned() {
        let change = "DELETE FROM events WHERE position = 2";
        refuses(change, "not whole at position 2").await;
    }

    #[tokio::test]
    async fn nothing_is_pruned_behind_a_checkpoint_that_was_changed() {
        let change = "UPDATE events_checkpoint SET position = position + 1";
        refuses(change, "the checkpoint").await;
    }
}
