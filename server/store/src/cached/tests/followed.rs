//! A server that shares its database: where it looks, and what it confirms.

use super::*;
use crate::freshness::Freshness;

/// A store like `cold`, whose memory other servers change as well.
fn followed() -> (Cached<InMemory>, Arc<Freshness>) {
    let store = cold();
    let freshness = Arc::new(Freshness::default());
    store.cache.follow(Arc::clone(&freshness));
    freshness.believe(i64::MAX);
    freshness.renew(i64::MAX);
    (store, freshness)
}

#[test]
fn past_memory_the_primary_is_read_at_once() {
    let (store, _) = followed();
    done(store.find_key_by_digest(digest(7), Source::Database));
    assert_eq!(store.database().asked(), [Primary]);
    done(store.find_key_by_digest(digest(8), Source::Cache));
    assert_eq!(store.database().asked(), [Any]);
}

#[test]
fn while_memory_is_too_old_every_look_up_is_at_the_primary_and_joined_by_none() {
    let (store, freshness) = followed();
    done(store.find_key_by_digest(digest(7), Source::Cache));
    store.database().asked();
    freshness.renew(0);
    assert!(store.recall(digest(7)).is_none());
    assert!(store.recall_key(id(7)).is_none());
    for _ in 0..2 {
        assert!(done(store.find_key_by_digest(digest(7), Source::Cache)).is_some());
        assert!(done(store.find_client(id(7), Source::Cache)).is_none());
        assert!(done(store.find_owner(owner().id)).is_some());
        assert!(!done(store.is_revoked(token(1))));
    }
    assert_eq!(store.database().asked(), [Primary; 8]);
    store.database().hold(Some(Primary));
    let find = || store.find_key_by_digest(digest(7), Source::Cache);
    let mut all = pin!(join(find(), find()));
    begin(all.as_mut());
    assert_eq!(store.database().asked(), [Primary; 2]);
}

#[test]
fn a_look_up_that_was_sent_off_before_memory_began_anew_is_joined_by_none_and_made_again() {
    let (store, _) = followed();
    store.database().hold(Some(Any));
    let find = || store.find_key_by_digest(digest(7), Source::Cache);
    let mut first = pin!(find());
    begin(first.as_mut());
    store.cache.begin_anew(0);
    let mut second = pin!(find());
    begin(second.as_mut());
    assert_eq!(store.database().asked(), [Any, Any]);
    store.database().hold(None);
    assert!(done(second).is_some());
    assert!(done(first).is_some());
    assert_eq!(store.database().asked(), [Any], "the first is made again");
}

#[test]
fn an_answer_is_confirmed_while_what_it_rests_on_may_be_believed() {
    let (store, freshness) = followed();
    let began = store.standing();
    assert!(began.is_some());
    assert_eq!(store.confirm(began), Ok(()));
    freshness.end();
    let refused = store.confirm(began).unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused}");
    // This one is of the primary alone.
    freshness.believe(i64::MAX);
    assert_eq!(store.confirm(store.standing()), Ok(()));
    let alone = cold();
    assert_eq!(alone.standing(), None);
    assert_eq!(alone.confirm(None), Ok(()));
}
