//! What the events tell of a change, held against the rows that it has changed: who follows them misses nothing.

use std::sync::Arc;

use keywright_model::credits::Credits;
use keywright_model::id::{KeyId, TokenId};
use keywright_model::key::{Key, Kind, Usage};
use keywright_model::limit::{Limit, RateLimit};
use keywright_model::owner::{Owner, Spending};
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use keywright_store::event::{Event, TouchedId};
use keywright_store::snapshot::KeyRow;
use keywright_store::{Amendment, Change, KeyAmendment, NewCredits, NewKey, Rekeyed};
use uuid::Uuid;

use super::tables::Tables;
use super::{NOW_MS, amend, by_root, key, replace, revoke, stage};

/// All that some events tell.
pub(super) fn told_by(events: &[Event<'_>]) -> Vec<TouchedId> {
    let mut told = Vec::new();
    for event in events {
        let members = TouchedId::of_members(event.action, event.target, event.related);
        told.extend(members.into_iter().flatten());
        told.extend(TouchedId::decode(&event.touched).unwrap());
    }
    told
}

/// Proves that all is told that differs in what is kept in memory.
pub(super) fn assert_told(before: &Tables, after: &Tables, told: &[TouchedId], now_ms: i64) {
    let assert = |id: TouchedId| {
        let is_told = told.iter().any(|told| told.covers(id));
        assert!(is_told, "{id:?} was touched, and the events tell {told:?}");
    };
    for (id, row) in &after.keys {
        match before.keys.get(id) {
            None => assert(TouchedId::NewKey(*id)),
            Some(old) if old.minted.digest != row.minted.digest => {
                assert(TouchedId::NewDigest(*id));
            }
            Some(old) if differ(old, row) => assert(TouchedId::Key(*id)),
            Some(_) => {}
        }
    }
    for (id, owner) in &after.owners {
        if before.owners.get(id).map(remembered) != Some(remembered(owner)) {
            assert(TouchedId::Owner(*id));
        }
    }
    for lineage in before.credits.keys().chain(after.credits.keys()) {
        if counted(before, *lineage) != counted(after, *lineage) {
            let keys = after.rows().map(|row| row.minted.key);
            let of_lineage = keys.filter(|key| key.lineage == *lineage && works(key, now_ms));
            of_lineage.for_each(|key| assert(TouchedId::Key(key.id)));
        }
    }
    for id in &after.tokens {
        let is_it =
            |told: &TouchedId| matches!(told, TouchedId::Token { id: told, .. } if told == id);
        assert!(before.tokens.contains(id) || told.iter().any(is_it));
    }
}

/// Whether the rows of a key differ in more than how often it was used.
fn differ(old: &KeyRow, new: &KeyRow) -> bool {
    let unused = |row: &KeyRow| Key {
        usage: Usage::default(),
        ..Key::clone(&row.minted.key)
    };
    let is_same = Arc::ptr_eq(&old.minted.key, &new.minted.key);
    old.is_current != new.is_current || (!is_same && unused(old) != unused(new))
}

/// An owner, but for what it has spent.
fn remembered(owner: &Owner) -> Owner {
    Owner {
        spending: Spending::default(),
        ..owner.clone()
    }
}

/// Credits, but for how many are left.
fn counted(tables: &Tables, lineage: KeyId) -> Option<Credits> {
    let credits = tables.credits.get(&lineage);
    credits.map(|credits| Credits {
        remaining: 0,
        period: 0,
        ..*credits
    })
}

fn works(key: &Key, now_ms: i64) -> bool {
    let has_grace = key.grace_until_ms.is_some_and(|end_ms| end_ms > now_ms);
    key.revoked_at_ms.is_none() && (key.replaced_by.is_none() || has_grace)
}

fn touched(tables: &mut Tables, change: Change, now_ms: i64) -> Vec<TouchedId> {
    tables.make(&by_root(change), now_ms).unwrap();
    std::mem::take(&mut tables.touched)
}

/// A standard key that has replaced two others, which still have their grace.
fn lineage(tables: &mut Tables, first: &NewKey) -> [NewKey; 2] {
    let later = [4, 5].map(|number| key(number, Kind::Standard, first.key.owner_id, None));
    let [second, third] = &later;
    for change in [replace(first, 9000, second), replace(second, 9000, third)] {
        assert_eq!(touched(tables, change, NOW_MS), []);
    }
    later
}

#[test]
fn what_is_made_or_ended_is_told_by_the_other_members() {
    let (mut tables, organization, first) = stage();
    assert_eq!(tables.touched, []);
    let [_, third] = lineage(&mut tables, &first);
    assert_eq!(touched(&mut tables, revoke(&third), NOW_MS), []);
    let id = organization.key.owner_id;
    let amendment = Amendment {
        suspended: Some(true),
        ..Amendment::default()
    };
    let change = Change::AmendOwner { id, amendment };
    assert_eq!(touched(&mut tables, change, NOW_MS), []);
    let change = Change::DeleteOwner { id };
    assert_eq!(touched(&mut tables, change, NOW_MS), []);
}

#[test]
fn relatives_that_are_changed_with_a_key_are_told() {
    let (mut tables, _, first) = stage();
    let [second, third] = lineage(&mut tables, &first);
    let relatives = [&first, &second].map(|key| TouchedId::Key(key.key.id));
    let limits = KeyAmendment {
        rate_limits: Some(vec![RateLimit {
            name: "each".to_owned(),
            limit: Limit {
                count: 5,
                window_s: 60,
                burst: 5,
            },
        }]),
        ..KeyAmendment::default()
    };
    let credits = KeyAmendment {
        credits: Some(Some(NewCredits {
            remaining: 5,
            refill: None,
        })),
        ..KeyAmendment::default()
    };
    for amendment in [limits, credits] {
        let change = amend(&third, amendment);
        assert_eq!(touched(&mut tables, change, NOW_MS), relatives);
    }
    // Each of those that are switched off with it has an event of its own.
    let off = KeyAmendment {
        enabled: Some(false),
        ..KeyAmendment::default()
    };
    assert_eq!(touched(&mut tables, amend(&third, off), NOW_MS), []);
}

#[test]
fn an_expired_key_whose_name_another_takes_is_told() {
    let (mut tables, first, _) = stage();
    let [mut old, mut next, other] = [(4, "ci"), (5, "ci"), (6, "cd")]
        .map(|(number, name)| key(number, Kind::Named, first.key.owner_id, Some(name)));
    old.key.expires_at_ms = Some(NOW_MS + 10);
    next.key.expires_at_ms = Some(NOW_MS + 20);
    for new in [&old, &other] {
        let change = Change::Issue(new.clone());
        assert_eq!(touched(&mut tables, change, NOW_MS), []);
    }
    let told = touched(&mut tables, Change::Issue(next.clone()), NOW_MS + 10);
    assert_eq!(told, [TouchedId::Key(old.key.id)]);
    let rename = KeyAmendment {
        name: Some(Some("ci".to_owned())),
        ..KeyAmendment::default()
    };
    let told = touched(&mut tables, amend(&other, rename), NOW_MS + 20);
    assert_eq!(told, [TouchedId::Key(next.key.id)]);
}

#[test]
fn new_digests_are_told_and_more_than_can_be_named_are_all() {
    let (mut tables, first, _) = stage();
    let rekeyed = |new: &NewKey| Rekeyed {
        id: new.key.id,
        from: new.digest,
        to: Digest([9; 32]),
        pepper_version: 2,
    };
    let change = Change::Rekey(vec![rekeyed(&first)]);
    let told = touched(&mut tables, change, NOW_MS);
    assert_eq!(told, [TouchedId::NewDigest(first.key.id)]);
    let many = (100..613).map(|number| key(number, Kind::Standard, first.key.owner_id, None));
    let many: Vec<NewKey> = many.collect();
    for new in &many {
        let change = Change::Issue(new.clone());
        assert_eq!(touched(&mut tables, change, NOW_MS), []);
    }
    let change = Change::Rekey(many.iter().map(rekeyed).collect());
    assert_eq!(touched(&mut tables, change, NOW_MS), [TouchedId::All]);
}

#[test]
fn a_token_is_told_with_its_end() {
    let (mut tables, first, _) = stage();
    let token = TokenUse {
        id: TokenId(Uuid::from_u128(50)),
        expires_at_ms: NOW_MS + 10,
    };
    let change = Change::RevokeToken {
        token,
        client_id: first.key.id,
        owner_id: first.key.owner_id,
    };
    let TokenUse { id, expires_at_ms } = token;
    let told = touched(&mut tables, change, NOW_MS);
    assert_eq!(told, [TouchedId::Token { id, expires_at_ms }]);
}
