//! The rules without files: one by one, and in random histories against a plain model of who is live.

mod histories;
mod model;
mod tables;
mod told;

use keywright_model::credits::{Period, Refill};
use keywright_model::error::Error;
use keywright_model::event::{Actor, EventAction};
use keywright_model::id::{KeyId, OwnerId, RequestId, TokenId};
use keywright_model::key::{Key, Kind, Reach, RevocationReason, State};
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_model::principal::TokenUse;
use keywright_model::scope::Scopes;
use keywright_model::secret::Digest;
use keywright_store::{
    Amendment, Authority, Change, KeyAmendment, NewCredits, NewKey, NewReplay, Place, Rekeyed,
    Settlement, Trail, Write, Written,
};
use uuid::Uuid;

use tables::Tables;

const NOW_MS: i64 = 1_773_576_000_000;

fn owner(number: u128, parent_id: Option<OwnerId>) -> Owner {
    Owner {
        id: OwnerId(Uuid::from_u128(number)),
        kind: OwnerKind::Organization,
        name: Some("Example Works".to_owned()),
        email: None,
        plan: None,
        parent_id,
        suspended: false,
        rate_limits: Vec::new(),
        spending: Spending::default(),
        created_at_ms: NOW_MS,
        updated_at_ms: NOW_MS,
        deleted_at_ms: None,
        unreadable: Vec::new(),
    }
}

fn key(number: u128, kind: Kind, owner_id: OwnerId, name: Option<&str>) -> NewKey {
    let id = KeyId(Uuid::from_u128(number));
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(id.0.as_bytes());
    NewKey {
        key: Key {
            name: name.map(str::to_owned),
            ..Key::draft(id, kind, owner_id, "kw_...abcd".to_owned(), NOW_MS)
        },
        digest: Digest(digest),
        pepper_version: 1,
    }
}

fn write(authority: Authority, change: Change) -> Write {
    Write {
        authority,
        change,
        trail: Trail {
            actor: Actor::Root,
            request_id: RequestId(Uuid::nil()),
            server_request_id: None,
            address: None,
        },
        replay: None,
    }
}

fn by_root(change: Change) -> Write {
    write(Authority::default(), change)
}

fn held_by(key: &NewKey) -> Authority {
    Authority {
        key_id: Some(key.key.id),
        ..Authority::default()
    }
}

fn replace(old: &NewKey, grace_ms: i64, successor: &NewKey) -> Change {
    Change::Replace {
        place: Place::Of(old.key.id),
        grace_ms,
        successor: successor.clone(),
    }
}

fn revoke(key: &NewKey) -> Change {
    Change::Revoke {
        id: key.key.id,
        reason: RevocationReason::KeyCompromise,
    }
}

fn amend(key: &NewKey, amendment: KeyAmendment) -> Change {
    Change::AmendKey {
        id: key.key.id,
        amendment: Box::new(amendment),
    }
}

/// Tables with an organization, its key, and a standard key of it.
fn stage() -> (Tables, NewKey, NewKey) {
    let mut tables = Tables::default();
    let owner = owner(1, None);
    let first = key(2, Kind::Organization, owner.id, None);
    let standard = key(3, Kind::Standard, owner.id, None);
    let change = Change::AddOwner {
        owner,
        first_key: Some(first.clone()),
    };
    tables.make(&by_root(change), NOW_MS).unwrap();
    let change = Change::Issue(standard.clone());
    tables.make(&by_root(change), NOW_MS).unwrap();
    (tables, first, standard)
}

fn state(tables: &Tables, key: &NewKey, now_ms: i64) -> State {
    tables.key(key.key.id).unwrap().minted.key.state(now_ms)
}

#[test]
fn of_two_rotations_with_one_credential_one_is_made() {
    let (mut tables, _, old) = stage();
    let successors = [4, 5].map(|number| key(number, Kind::Standard, old.key.owner_id, None));
    let race = successors
        .each_ref()
        .map(|new| write(held_by(&old), replace(&old, 0, new)));
    let outcomes = tables.make_all(&race, NOW_MS);
    assert!(matches!(outcomes[0], Ok(Written::Key(_))), "{outcomes:?}");
    assert_eq!(outcomes[1].as_ref().unwrap_err(), &Error::CredentialUnknown);
    assert_eq!(state(&tables, &old, NOW_MS), State::Replaced);
    assert!(tables.key(successors[1].key.id).is_none());
    // In its grace the old key may ask once more, and has left its place all the same.
    let race = [6, 7].map(|number| key(number, Kind::Standard, old.key.owner_id, None));
    let race = race.map(|new| write(held_by(&successors[0]), replace(&successors[0], 1000, &new)));
    let outcomes = tables.make_all(&race, NOW_MS);
    assert!(matches!(outcomes[0], Ok(Written::Key(_))), "{outcomes:?}");
    assert!(
        matches!(outcomes[1], Err(Error::KeyRetired(_))),
        "{outcomes:?}"
    );
}

#[test]
fn who_ends_a_key_ends_those_before_it_in_their_grace_and_says_so() {
    let (mut tables, _, first) = stage();
    let [second, third] =
        [4, 5].map(|number| key(number, Kind::Standard, first.key.owner_id, None));
    let rotations = [
        replace(&first, 2000, &second),
        replace(&second, 1000, &third),
    ];
    for change in rotations {
        tables.make(&by_root(change), NOW_MS).unwrap();
    }
    // The one in the middle ends the one before it, and leaves the one behind it.
    let told = tables.make_and_tell(&by_root(revoke(&second)), NOW_MS + 1);
    let target = |key: &NewKey| Some(key.key.id.0);
    assert_eq!(
        told,
        [
            (EventAction::KeyRevoked, target(&second), None),
            (EventAction::KeyRevoked, target(&first), target(&second)),
        ]
    );
    assert_eq!(state(&tables, &first, NOW_MS + 1), State::Revoked);
    assert_eq!(state(&tables, &third, NOW_MS + 1), State::Live);
    // A second time changes nothing, and nothing is said.
    assert!(
        tables
            .make_and_tell(&by_root(revoke(&second)), NOW_MS + 2)
            .is_empty()
    );
}

#[test]
fn a_key_that_is_not_the_newest_does_not_end_what_comes_behind_it() {
    let (mut tables, _, first) = stage();
    let [second, third, fourth] =
        [4, 5, 6].map(|number| key(number, Kind::Standard, first.key.owner_id, None));
    for change in [
        replace(&first, 5000, &second),
        replace(&second, 0, &third),
        replace(&third, 5000, &fourth),
    ] {
        tables.make(&by_root(change), NOW_MS).unwrap();
    }
    tables.make(&by_root(revoke(&first)), NOW_MS).unwrap();
    assert_eq!(state(&tables, &third, NOW_MS), State::Live);
    let off = KeyAmendment {
        enabled: Some(false),
        ..KeyAmendment::default()
    };
    tables.make(&by_root(amend(&fourth, off)), NOW_MS).unwrap();
    assert_eq!(state(&tables, &third, NOW_MS), State::Disabled);
}

#[test]
fn no_more_than_sixteen_keys_of_a_lineage_have_a_grace() {
    let (mut tables, _, mut newest) = stage();
    for number in 10..26 {
        let next = key(number, Kind::Standard, newest.key.owner_id, None);
        let change = replace(&newest, 1000, &next);
        tables.make(&by_root(change), NOW_MS).unwrap();
        newest = next;
    }
    let next = key(30, Kind::Standard, newest.key.owner_id, None);
    let refused = tables.make(&by_root(replace(&newest, 1000, &next)), NOW_MS);
    assert!(matches!(refused, Err(Error::Taken(_))), "{refused:?}");
    tables
        .make(&by_root(replace(&newest, 0, &next)), NOW_MS)
        .unwrap();
}

#[test]
fn an_expired_key_keeps_its_name_until_another_wants_it() {
    let (mut tables, first, _) = stage();
    let owner_id = first.key.owner_id;
    let mut expiring = key(4, Kind::Named, owner_id, Some("ci"));
    expiring.key.expires_at_ms = Some(NOW_MS + 10);
    let next = key(5, Kind::Named, owner_id, Some("ci"));
    let change = Change::Issue(expiring.clone());
    tables.make(&by_root(change), NOW_MS).unwrap();
    let change = by_root(Change::Issue(next.clone()));
    assert_eq!(
        tables.make(&change, NOW_MS + 9).unwrap_err(),
        Error::NameTaken
    );
    tables.make(&change, NOW_MS + 10).unwrap();
    let displaced = tables.key(expiring.key.id).unwrap().minted.key;
    assert_eq!(
        (displaced.replaced_by, displaced.replaced_at_ms),
        (Some(next.key.id), Some(NOW_MS + 10))
    );
    // A rename takes a name in the same way, and not that of a live key.
    let other = key(6, Kind::Named, owner_id, Some("cd"));
    let change = Change::Issue(other.clone());
    tables.make(&by_root(change), NOW_MS + 10).unwrap();
    let rename = |name: &str| {
        let name = Some(Some(name.to_owned()));
        let amendment = KeyAmendment {
            name,
            ..KeyAmendment::default()
        };
        by_root(amend(&other, amendment))
    };
    let refused = tables.make(&rename("ci"), NOW_MS + 10);
    assert_eq!(refused.unwrap_err(), Error::NameTaken);
    tables.make(&rename("free"), NOW_MS + 10).unwrap();
    let change = Change::Issue(key(7, Kind::Named, owner_id, Some("cd")));
    tables.make(&by_root(change), NOW_MS + 10).unwrap();
}

#[test]
fn the_rows_of_credits_follow_each_other_within_one_batch() {
    let (mut tables, _, first) = stage();
    let credits = |remaining| KeyAmendment {
        credits: Some(Some(NewCredits {
            remaining,
            refill: Some(Refill {
                amount: 5000,
                every: Period::Day,
            }),
        })),
        ..KeyAmendment::default()
    };
    let lineage = first.key.id;
    let reserve = || by_root(Change::Reserve { lineage, needed: 1 });
    let batch = [
        by_root(amend(&first, credits(1000))),
        reserve(),
        by_root(amend(&first, credits(300))),
        reserve(),
    ];
    let outcomes = tables.make_all(&batch, NOW_MS);
    let reserved = |index: usize| match &outcomes[index] {
        Ok(Written::Reserved(Some(reserved))) => *reserved,
        other => panic!("{other:?}"),
    };
    let (early, late) = (reserved(1), reserved(3));
    assert_eq!((early.amount, early.beyond), (10, 990));
    assert_eq!((late.amount, late.beyond), (3, 297));
    assert!(late.epoch > early.epoch);
    // What is left of the early ones has been set anew since; of the late ones it comes back.
    let settlement = Settlement {
        unspent: vec![early, late],
        ..Settlement::default()
    };
    tables
        .make(&by_root(Change::Settle(settlement)), NOW_MS)
        .unwrap();
    let left = tables.key(first.key.id).unwrap().minted.key.credits;
    assert_eq!(left.unwrap().remaining, 300);
}

#[test]
fn a_key_gets_a_new_digest_unless_it_has_another_or_was_revoked() {
    let (mut tables, _, key) = stage();
    let rekeyed = |from, to| {
        by_root(Change::Rekey(vec![Rekeyed {
            id: key.key.id,
            from,
            to: Digest([to; 32]),
            pepper_version: 2,
        }]))
    };
    let digest = |tables: &Tables| tables.key(key.key.id).unwrap().minted.digest;
    tables.make(&rekeyed(Digest([7; 32]), 8), NOW_MS).unwrap();
    assert_eq!(digest(&tables), key.digest);
    tables.make(&rekeyed(key.digest, 8), NOW_MS).unwrap();
    assert_eq!(digest(&tables), Digest([8; 32]));
    let revocation = Change::Revoke {
        id: key.key.id,
        reason: RevocationReason::Unspecified,
    };
    tables.make(&by_root(revocation), NOW_MS).unwrap();
    tables.make(&rekeyed(Digest([8; 32]), 9), NOW_MS).unwrap();
    assert_eq!(digest(&tables), Digest([8; 32]));
}

#[test]
fn credits_that_were_taken_away_do_not_come_back_to_others_of_the_same_batch() {
    let (mut tables, _, first) = stage();
    let lineage = first.key.id;
    let give = |remaining: Option<i64>| KeyAmendment {
        credits: Some(remaining.map(|remaining| NewCredits {
            remaining,
            refill: None,
        })),
        ..KeyAmendment::default()
    };
    let batch = [
        by_root(amend(&first, give(Some(1000)))),
        by_root(Change::Reserve { lineage, needed: 7 }),
        by_root(amend(&first, give(None))),
        by_root(amend(&first, give(Some(5)))),
    ];
    let outcomes = tables.make_all(&batch, NOW_MS);
    let Ok(Written::Reserved(Some(early))) = outcomes[1] else {
        panic!("{outcomes:?}");
    };
    let settlement = Settlement {
        unspent: vec![early],
        ..Settlement::default()
    };
    tables
        .make(&by_root(Change::Settle(settlement)), NOW_MS)
        .unwrap();
    let left = tables.key(lineage).unwrap().minted.key.credits;
    assert_eq!(left.unwrap().remaining, 5);
}

#[test]
fn a_kept_answer_is_told_again_and_to_nobody_who_may_not_have_it() {
    let (mut tables, _, old) = stage();
    let successor = key(4, Kind::Standard, old.key.owner_id, None);
    let rotation = |fingerprint: u8, serves_replaced_key| Write {
        replay: Some(NewReplay {
            id: Digest([9; 32]),
            fingerprint: [fingerprint; 32],
            sealed_secret: vec![1, 2, 3],
            serves_replaced_key,
            expires_at_ms: NOW_MS + 1000,
        }),
        ..write(held_by(&old), replace(&old, 0, &successor))
    };
    tables.make(&rotation(1, true), NOW_MS).unwrap();
    let again = tables.make(&rotation(1, true), NOW_MS).unwrap();
    assert!(matches!(again, Written::Replay(_)), "{again:?}");
    let refused = [
        (rotation(1, false), NOW_MS, Error::CredentialUnknown),
        (rotation(2, true), NOW_MS, Error::CredentialUnknown),
        (rotation(1, true), NOW_MS + 1000, Error::CredentialUnknown),
    ];
    for (write, now_ms, error) in refused {
        assert_eq!(tables.make(&write, now_ms).unwrap_err(), error);
    }
    let mut by_root = rotation(2, true);
    by_root.authority = Authority::default();
    let refused = tables.make(&by_root, NOW_MS);
    assert_eq!(refused.unwrap_err(), Error::IdempotencyMismatch);
}

#[test]
fn a_bounded_key_reaches_its_owner_and_those_below_and_no_other() {
    let (mut tables, first, _) = stage();
    let top = first.key.owner_id;
    let mut control = key(4, Kind::Control, top, None);
    control.key.scopes = Scopes::read("keys:write owners:write").unwrap();
    control.key.reach = Reach::Owner;
    let change = Change::Issue(control.clone());
    tables.make(&by_root(change), NOW_MS).unwrap();
    let add = |number, parent_id| Change::AddOwner {
        owner: owner(number, parent_id),
        first_key: Some(key(
            number + 1,
            Kind::Organization,
            OwnerId(Uuid::from_u128(number)),
            None,
        )),
    };
    let mut parent_id = top;
    for number in [10, 20, 30] {
        let change = add(number, Some(parent_id));
        tables
            .make(&write(held_by(&control), change), NOW_MS)
            .unwrap();
        parent_id = OwnerId(Uuid::from_u128(number));
    }
    tables.make(&by_root(add(40, None)), NOW_MS).unwrap();
    let suspend = |number| Change::AmendOwner {
        id: OwnerId(Uuid::from_u128(number)),
        amendment: Amendment {
            suspended: Some(true),
            ..Amendment::default()
        },
    };
    tables
        .make(&write(held_by(&control), suspend(30)), NOW_MS)
        .unwrap();
    let refused = tables.make(&write(held_by(&control), suspend(40)), NOW_MS);
    assert!(matches!(
        refused,
        Err(Error::NotFound { noun: "owner", .. })
    ));
    let delete = Change::DeleteOwner {
        id: OwnerId(Uuid::from_u128(20)),
    };
    let refused = tables.make(&by_root(delete), NOW_MS);
    assert!(matches!(refused, Err(Error::Taken(_))), "{refused:?}");
}

#[test]
fn organizations_stand_no_deeper_than_thirty_two() {
    let (mut tables, first, _) = stage();
    let mut parent_id = first.key.owner_id;
    let mut add = |number| {
        let owner = owner(number, Some(parent_id));
        parent_id = owner.id;
        let first_key = Some(key(number + 1, Kind::Organization, owner.id, None));
        tables.make(&by_root(Change::AddOwner { owner, first_key }), NOW_MS)
    };
    for depth in 2..=32 {
        add(depth * 10).unwrap();
    }
    assert!(matches!(add(400), Err(Error::Invalid(_))));
}

#[test]
fn a_token_that_was_ended_authorizes_nothing_and_is_told_once() {
    let (mut tables, first, _) = stage();
    let client = key(4, Kind::Client, first.key.owner_id, None);
    let issue = by_root(Change::Issue(client.clone()));
    tables.make(&issue, NOW_MS).unwrap();
    let token = TokenUse {
        id: TokenId(Uuid::from_u128(50)),
        expires_at_ms: NOW_MS + 10,
    };
    let end = by_root(Change::RevokeToken {
        token,
        client_id: client.key.id,
        owner_id: client.key.owner_id,
    });
    let authority = Authority {
        token: Some(token),
        ..Authority::default()
    };
    let note = write(authority, Change::Note(Vec::new()));
    tables.make(&note, NOW_MS).unwrap();
    assert_eq!(tables.make_and_tell(&end, NOW_MS).len(), 1);
    assert!(tables.make_and_tell(&end, NOW_MS).is_empty());
    let refused = tables.make(&note, NOW_MS);
    assert_eq!(refused.unwrap_err(), Error::CredentialUnknown);
    let refused = tables.make(&note, NOW_MS + 10);
    assert_eq!(refused.unwrap_err(), Error::TokenExpired);
}
