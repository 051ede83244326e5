use std::sync::Arc;

use uuid::Uuid;

use super::{Cache, FoundKey, Minted, Read, Touched};
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::key::{Key, Kind};
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;

pub(crate) const MIB: u64 = 1 << 20;

pub(crate) fn owner() -> Arc<Owner> {
    Arc::new(Owner {
        id: OwnerId(Uuid::from_u128(1)),
        kind: OwnerKind::User,
        name: None,
        email: None,
        plan: None,
        parent_id: None,
        suspended: false,
        rate_limits: Vec::new(),
        spending: Spending::default(),
        created_at_ms: 0,
        updated_at_ms: 0,
        deleted_at_ms: None,
        unreadable: Vec::new(),
    })
}

pub(crate) fn minted(number: u8, revoked_at_ms: Option<i64>) -> Minted {
    let id = KeyId(Uuid::from_u128(number.into()));
    let owner_id = OwnerId(Uuid::from_u128(1));
    Minted {
        key: Arc::new(Key {
            revoked_at_ms,
            ..Key::draft(id, Kind::Standard, owner_id, "kw_...abcd".to_owned(), 0)
        }),
        digest: Digest([number; 32]),
    }
}

fn read(position: i64, minted: Minted) -> Read<FoundKey> {
    Read {
        position,
        found: Some((minted, owner())),
    }
}

fn change(minted: Minted) -> Touched {
    Touched {
        keys: vec![minted],
        ..Touched::default()
    }
}

#[test]
fn a_read_from_before_a_revocation_is_neither_kept_nor_used() {
    let cache = Cache::new(MIB);
    cache.apply(8, &change(minted(7, Some(1))));
    assert!(!cache.admit(&read(7, minted(7, None)), 0));
    assert!(cache.admit(&read(8, minted(7, Some(1))), 0));
    assert_eq!(
        cache.recall(Digest([7; 32])).unwrap().key.revoked_at_ms,
        Some(1)
    );
    assert_eq!(cache.counts().fills_refused, 1);
}

#[test]
fn a_change_overwrites_what_was_kept() {
    let cache = Cache::new(MIB);
    assert!(cache.admit(&read(3, minted(7, None)), 0));
    cache.apply(4, &change(minted(7, Some(1))));
    assert_eq!(
        cache.recall(Digest([7; 32])).unwrap().key.revoked_at_ms,
        Some(1)
    );
    let (held, _) = cache.recall_by_id(KeyId(Uuid::from_u128(7))).unwrap();
    assert_eq!(held.key.revoked_at_ms, Some(1));
}

#[test]
fn what_has_ended_for_good_stays_so_whatever_comes_later() {
    let cache = Cache::new(MIB);
    assert!(cache.admit(&read(3, minted(7, None)), 0));
    cache.apply(4, &change(minted(7, Some(1))));
    cache.apply(5, &change(minted(7, None)));
    assert_eq!(
        cache.recall(Digest([7; 32])).unwrap().key.revoked_at_ms,
        Some(1)
    );
}

#[test]
fn that_there_is_none_is_true_only_behind_the_newest_mint() {
    let absent = |position| Read::<FoundKey> {
        position,
        found: None,
    };
    let cache = Cache::new(MIB);
    assert!(cache.admit(&absent(0), 0));
    cache.apply(
        9,
        &Touched {
            mints: true,
            ..change(minted(7, None))
        },
    );
    assert!(!cache.admit(&absent(8), 0));
    assert!(cache.admit(&absent(9), 0));
}

#[test]
fn after_an_unknown_outcome_neither_the_entry_nor_an_older_read_is_left() {
    let cache = Cache::new(MIB);
    assert!(cache.admit(&read(3, minted(7, None)), 0));
    cache.forget(4, &change(minted(7, Some(1))));
    assert!(cache.recall(Digest([7; 32])).is_none());
    assert!(!cache.admit(&read(3, minted(7, None)), 0));
    assert!(cache.admit(&read(4, minted(7, Some(1))), 0));
}

#[test]
fn a_suspension_counts_for_a_key_that_was_read_before_it() {
    let cache = Cache::new(MIB);
    let suspended = Owner {
        suspended: true,
        ..Owner::clone(&owner())
    };
    cache.apply(
        5,
        &Touched {
            owners: vec![Arc::new(suspended)],
            ..Touched::default()
        },
    );
    assert!(!cache.admit(&read(4, minted(7, None)), 0));
    assert!(cache.recall_owner(owner().id).unwrap().suspended);
}

#[test]
fn it_grows_no_further_than_it_may() {
    let cache = Cache::new(MIB);
    for number in 0..20_000_u32 {
        let mut one = minted(7, None);
        let id = KeyId(Uuid::from_u128(number.into()));
        one.key = Arc::new(Key {
            id,
            ..Key::clone(&one.key)
        });
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&number.to_be_bytes());
        one.digest = Digest(digest);
        assert!(cache.admit(&read(0, one), 0));
    }
    let counts = cache.counts();
    assert!(counts.bytes <= MIB, "{counts:?}");
    assert!(counts.evictions > 15_000, "{counts:?}");
    assert!(counts.entries > 500, "{counts:?}");
}

fn token(number: u128) -> TokenUse {
    TokenUse {
        id: TokenId(Uuid::from_u128(number)),
        expires_at_ms: 10,
    }
}

fn revocation(token: TokenUse) -> Touched {
    Touched {
        tokens: vec![token],
        ..Touched::default()
    }
}

/// What was read of a token that was not revoked then.
fn unrevoked(position: i64) -> Read<()> {
    Read {
        position,
        found: None,
    }
}

#[test]
fn a_token_is_looked_up_only_while_one_that_was_revoked_could_be_good() {
    let cache = Cache::new(MIB);
    assert_eq!(cache.recall_revocation(token(1), 0), Some(false));
    cache.apply(1, &revocation(token(2)));
    assert_eq!(cache.recall_revocation(token(2), 9), Some(true));
    assert_eq!(cache.recall_revocation(token(1), 9), None);
    assert_eq!(cache.recall_revocation(token(1), 10), Some(false));
    cache.clear(1);
    for number in [1, 2] {
        assert_eq!(cache.recall_revocation(token(number), 10), None);
    }
}

#[test]
fn a_read_from_before_the_revocation_of_a_token_is_neither_kept_nor_used() {
    let cache = Cache::new(MIB);
    let id = token(7).id;
    cache.apply(4, &revocation(token(7)));
    assert!(!cache.admit_revocation(id, &unrevoked(3), 0));
    assert_eq!(cache.recall_revocation(token(7), 0), Some(true));
    // The outcome of this one is not known.
    cache.forget(4, &revocation(token(7)));
    assert!(!cache.admit_revocation(id, &unrevoked(3), 0));
    assert_eq!(cache.recall_revocation(token(7), 0), None);
    assert!(cache.admit_revocation(id, &unrevoked(4), 0));
    assert_eq!(cache.recall_revocation(token(7), 0), Some(false));
}

#[test]
fn what_is_known_of_tokens_takes_no_more_memory_than_it_may() {
    let cache = Cache::new(MIB);
    for number in 0..100_000 {
        cache.apply(1, &revocation(token(number)));
    }
    let counts = cache.counts();
    assert!(counts.bytes <= MIB, "{counts:?}");
    assert!(counts.evictions > 90_000, "{counts:?}");
    assert!(counts.entries > 500, "{counts:?}");
}
