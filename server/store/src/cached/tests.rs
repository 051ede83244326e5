//! The rule for fills, over an engine that can be behind and can be held up.

mod engine;
mod followed;

use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{join, join3};
use uuid::Uuid;

use super::{Cached, Source};
use crate::cache::tests::{MIB, minted, owner};
use crate::cache::{Cache, Minted, Touched};
use crate::engine::ReadFrom::{self, Any, Primary};
use engine::InMemory;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, TokenId};
use keywright_model::key::{HeldKey, Key, Kind};
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;

const BOTH: [Source; 2] = [Source::Cache, Source::Database];

/// A store that holds key 7 and its owner, and has nothing in memory yet.
fn cold() -> Cached<InMemory> {
    let cache = Arc::new(Cache::new(MIB));
    let engine = InMemory::new(Arc::clone(&cache));
    engine.put(&Touched {
        owners: vec![owner()],
        ..touching(minted(7, None))
    });
    Cached::new(cache, Box::new(engine))
}

fn touching(minted: Minted) -> Touched {
    Touched {
        keys: vec![minted],
        ..Touched::default()
    }
}

fn revocation() -> Touched {
    touching(minted(7, Some(1)))
}

fn mint(number: u8) -> Touched {
    Touched {
        mints: true,
        ..touching(minted(number, None))
    }
}

fn client(number: u8) -> Minted {
    let minted = minted(number, None);
    Minted {
        key: Arc::new(Key {
            kind: Kind::Client,
            ..Key::clone(&minted.key)
        }),
        ..minted
    }
}

fn digest(number: u8) -> Digest {
    Digest([number; 32])
}

fn id(number: u8) -> KeyId {
    KeyId(Uuid::from_u128(number.into()))
}

fn token(number: u128) -> TokenUse {
    TokenUse {
        id: TokenId(Uuid::from_u128(number)),
        expires_at_ms: 10,
    }
}

/// What a look-up comes to that nothing holds up.
fn done<T>(look_up: impl Future<Output = Result<T, Error>>) -> T {
    look_up.now_or_never().unwrap().unwrap()
}

/// Begins a look-up that is held up.
fn begin<F: Future>(look_up: Pin<&mut F>) {
    assert!(look_up.now_or_never().is_none(), "it is not held up");
}

fn is_revoked(found: Option<HeldKey>) -> bool {
    found.unwrap().key.revoked_at_ms.is_some()
}

#[test]
fn what_was_found_once_is_answered_from_memory() {
    let store = cold();
    for _ in 0..2 {
        let found = done(store.find_key_by_digest(digest(7), Source::Cache));
        assert_eq!(found.unwrap().key.id, id(7));
    }
    assert_eq!(store.database().asked(), [Any]);
    assert!(store.recall(digest(7)).is_some());
    assert!(store.recall_key(id(7)).is_some());
    assert!(done(store.find_owner(owner().id)).is_some());
    assert_eq!(store.database().asked(), []);
    done(store.find_key_by_digest(digest(7), Source::Database));
    assert_eq!(store.database().asked(), [Any]);
}

#[test]
fn a_look_up_that_a_change_overtook_is_made_again_and_does_not_undo_it() {
    for source in BOTH {
        let store = cold();
        store.database().hold(Some(Any));
        let mut look_up = pin!(store.find_key_by_digest(digest(7), source));
        begin(look_up.as_mut());
        store.database().change(&revocation());
        store.database().hold(None);
        assert!(is_revoked(done(look_up)));
        assert_eq!(store.database().asked(), [Any, Any]);
        assert!(is_revoked(store.recall(digest(7))));
        assert_eq!(store.counts().fills_refused, 1);
    }
}

#[test]
fn where_two_look_ups_were_too_old_the_primary_is_asked() {
    for source in BOTH {
        let store = cold();
        store.database().fall_behind();
        store.database().change(&revocation());
        let found = done(store.find_key_by_digest(digest(7), source));
        assert!(is_revoked(found));
        assert_eq!(store.database().asked(), [Any, Any, Primary]);
        assert!(is_revoked(store.recall(digest(7))));
    }
}

#[test]
fn a_change_that_overtakes_the_primary_is_not_undone() {
    for source in BOTH {
        let store = cold();
        store.database().fall_behind();
        // Any change of the key: what the standby has is too old then.
        store.database().change(&touching(minted(7, None)));
        store.database().hold(Some(Primary));
        let mut look_up = pin!(store.find_key_by_digest(digest(7), source));
        begin(look_up.as_mut());
        store.database().change(&revocation());
        store.database().hold(None);
        // The answer was true when its caller had asked already.
        assert!(!is_revoked(done(look_up)));
        assert_eq!(store.database().asked(), [Any, Any, Primary]);
        let next = done(store.find_key_by_digest(digest(7), Source::Cache));
        assert!(is_revoked(next));
        assert!(is_revoked(store.recall(digest(7))));
    }
}

#[test]
fn that_there_is_no_such_key_is_answered_only_behind_the_newest_mint() {
    for source in BOTH {
        let store = cold();
        assert!(done(store.find_key_by_digest(digest(9), source)).is_none());
        assert_eq!(store.database().asked(), [Any]);
        store.database().fall_behind();
        store.database().change(&mint(8));
        let new = done(store.find_key_by_digest(digest(8), source));
        assert_eq!(new.unwrap().key.id, id(8));
        assert_eq!(store.database().asked(), [Any, Any, Primary]);
        assert!(done(store.find_key_by_digest(digest(9), source)).is_none());
        assert_eq!(store.database().asked(), [Any, Any, Primary]);
    }
}

#[test]
fn look_ups_of_one_key_at_the_same_time_ask_the_database_once() {
    let store = cold();
    store.database().hold(Some(Any));
    let find = || store.find_key_by_digest(digest(7), Source::Cache);
    let mut all = pin!(join3(find(), find(), find()));
    begin(all.as_mut());
    store.database().hold(None);
    let (first, second, third) = all.now_or_never().unwrap();
    for found in [first, second, third] {
        assert_eq!(found.unwrap().unwrap().key.id, id(7));
    }
    assert_eq!(store.database().asked(), [Any]);
}

#[test]
fn a_look_up_past_memory_joins_none() {
    let store = cold();
    store.database().hold(Some(Any));
    let find = || store.find_key_by_digest(digest(7), Source::Database);
    let mut all = pin!(join(find(), find()));
    begin(all.as_mut());
    assert_eq!(store.database().asked(), [Any, Any]);
}

#[test]
fn a_look_up_at_the_primary_is_joined_by_none() {
    let store = cold();
    store.database().fall_behind();
    store.database().change(&mint(8));
    store.database().hold(Some(Primary));
    let find = || store.find_key_by_digest(digest(9), Source::Cache);
    let (mut first, mut second) = (pin!(find()), pin!(find()));
    for look_up in [&mut first, &mut second] {
        begin(look_up.as_mut());
        assert_eq!(store.database().asked(), [Any, Any, Primary]);
    }
}

#[test]
fn each_that_shares_a_look_up_finds_what_overtook_it() {
    let store = cold();
    store.database().hold(Some(Any));
    let find = || store.find_key_by_digest(digest(7), Source::Cache);
    let mut all = pin!(join3(find(), find(), find()));
    begin(all.as_mut());
    store.database().change(&revocation());
    store.database().hold(None);
    let (first, second, third) = all.now_or_never().unwrap();
    for found in [first, second, third] {
        assert!(is_revoked(found.unwrap()));
    }
}

#[test]
fn a_look_up_goes_on_for_the_others_when_its_first_caller_leaves() {
    let store = cold();
    store.database().hold(Some(Any));
    let mut first = Box::pin(store.find_key_by_digest(digest(7), Source::Cache));
    begin(first.as_mut());
    let mut other = pin!(store.find_key_by_digest(digest(7), Source::Cache));
    begin(other.as_mut());
    drop(first);
    store.database().hold(None);
    assert!(done(other).is_some());
    assert_eq!(store.database().asked(), [Any]);
}

#[test]
fn a_look_up_that_all_have_left_is_joined_by_none() {
    let store = cold();
    store.database().hold(Some(Any));
    let mut first = Box::pin(store.find_key_by_digest(digest(7), Source::Cache));
    begin(first.as_mut());
    drop(first);
    store.database().hold(None);
    assert!(done(store.find_key_by_digest(digest(7), Source::Cache)).is_some());
    assert_eq!(store.database().asked(), [Any, Any]);
}

#[test]
fn a_key_is_found_under_any_of_its_digests_with_the_one_that_it_has() {
    let store = cold();
    let find = |newest, older| {
        let digests = Digests {
            newest: digest(newest),
            older: vec![digest(older)],
        };
        done(store.find_key_by_digests(digests, Source::Cache))
    };
    let (held, stored) = find(8, 7).unwrap();
    assert_eq!((held.key.id, stored), (id(7), digest(7)));
    assert!(find(8, 9).is_none());
}

#[test]
fn a_client_is_a_key_of_that_kind_only() {
    let store = cold();
    assert!(done(store.find_client(id(7), Source::Cache)).is_none());
    assert!(store.recall_key(id(7)).is_some());
    assert!(store.recall_client(id(7)).is_none());
    store.database().change(&touching(client(8)));
    let (held, stored) = done(store.find_client(id(8), Source::Database)).unwrap();
    assert_eq!((held.key.id, stored), (id(8), digest(8)));
    assert!(store.recall_client(id(8)).is_some());
}

#[test]
fn an_owner_that_was_deleted_is_not_found_whatever_the_standby_has() {
    let store = cold();
    assert!(done(store.find_owner(owner().id)).is_some());
    let store = cold();
    store.database().hold(Some(Any));
    let mut look_up = pin!(store.find_owner(owner().id));
    begin(look_up.as_mut());
    store.database().fall_behind();
    let deleted = Owner {
        deleted_at_ms: Some(1),
        ..Owner::clone(&owner())
    };
    store.database().change(&Touched {
        owners: vec![Arc::new(deleted)],
        ..Touched::default()
    });
    store.database().hold(None);
    // The primary has none, and no mint is newer than what it says.
    assert!(done(look_up).is_none());
    assert_eq!(store.database().asked(), [Any, Any, Primary]);
    assert!(done(store.find_owner(owner().id)).is_none());
    assert_eq!(store.database().asked(), []);
}

#[test]
fn the_revocation_of_a_token_is_found_whatever_the_standby_has() {
    let store = cold();
    let (doomed, good) = (token(1), token(2));
    store.database().hold(Some(Any));
    let mut look_up = pin!(store.is_revoked(doomed));
    begin(look_up.as_mut());
    store.database().fall_behind();
    store.database().change(&Touched {
        tokens: vec![doomed],
        ..Touched::default()
    });
    store.database().hold(None);
    assert!(done(look_up));
    let asked: Vec<ReadFrom> = store.database().asked();
    assert_eq!(asked, [Any, Any, Primary]);
    assert_eq!(store.recall_revocation(doomed, 0), Some(true));
    assert_eq!(store.recall_revocation(good, 0), None);
    assert!(!done(store.is_revoked(good)));
    assert_eq!(store.recall_revocation(good, 0), Some(false));
}
