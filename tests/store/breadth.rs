//! What a control key may hand out is decided by what it and the other key have at the very commit,
//! whatever they had when the caller was let in.

use keywright_model::error::Error;
use keywright_model::key::{Kind, Reach, RevocationReason};
use keywright_model::scope::{Scope, Scopes};
use keywright_store::{Authority, Change, KeyAmendment, NewKey};

use super::engines::on_every_engine;
use super::{Stage, held_by, successor};

/// A control key with these scopes that reaches all, written by root.
async fn control(stage: &Stage, scopes: &str) -> NewKey {
    let (owner_id, _) = stage.organization().await;
    let (_, mut new) = stage.key(Kind::Control, owner_id, None);
    new.key.scopes = Scopes::read(scopes).unwrap();
    new.key.reach = Reach::All;
    let change = Change::Issue(new.clone());
    stage.write(Authority::default(), change).await.unwrap();
    new
}

fn amend(key: &NewKey, amendment: KeyAmendment) -> Change {
    Change::AmendKey {
        id: key.key.id,
        amendment: Box::new(amendment),
    }
}

fn given(scopes: &str) -> KeyAmendment {
    KeyAmendment {
        scopes: Some(Scopes::read(scopes).unwrap()),
        ..KeyAmendment::default()
    }
}

fn insufficient() -> Error {
    Error::ScopeInsufficient {
        required: vec![Scope::known("keys:write"), Scope::known("owners:write")],
        actual: vec![Scope::known("keys:write")],
    }
}

async fn a_key_that_was_widened_meanwhile_is_neither_rotated_nor_changed(stage: Stage) {
    let caller = control(&stage, "keys:write").await;
    let other = control(&stage, "keys:write").await;
    let widen = amend(&other, given("keys:write owners:write"));
    stage.write(Authority::default(), widen).await.unwrap();
    let (_, rotate) = successor(&stage, &other);
    let switch_off = KeyAmendment {
        enabled: Some(false),
        ..KeyAmendment::default()
    };
    for change in [
        rotate.clone(),
        amend(&other, switch_off),
        amend(&other, given("")),
    ] {
        let refused = stage.write(held_by(&caller), change).await;
        assert_eq!(refused.unwrap_err(), insufficient());
    }
    let narrow = amend(&other, given("keys:write"));
    stage.write(Authority::default(), narrow).await.unwrap();
    stage.write(held_by(&caller), rotate).await.unwrap();
}

async fn a_caller_that_was_narrowed_meanwhile_hands_out_what_is_left(stage: Stage) {
    let caller = control(&stage, "keys:write owners:write").await;
    let other = control(&stage, "").await;
    let narrow = amend(&caller, given("keys:write"));
    stage.write(Authority::default(), narrow).await.unwrap();
    let wish = |scopes| {
        let (_, mut new) = stage.key(Kind::Control, caller.key.owner_id, None);
        new.key.scopes = Scopes::read(scopes).unwrap();
        Change::Issue(new)
    };
    let both = "keys:write owners:write";
    for change in [wish(both), amend(&other, given(both))] {
        let refused = stage.write(held_by(&caller), change).await;
        assert_eq!(refused.unwrap_err(), insufficient());
    }
    for change in [wish("keys:write"), amend(&other, given("keys:write"))] {
        stage.write(held_by(&caller), change).await.unwrap();
    }
}

async fn a_caller_that_was_bound_meanwhile_makes_nothing_unbound_and_reaches_no_further(
    stage: Stage,
) {
    let caller = control(&stage, "keys:write").await;
    let other = control(&stage, "").await;
    let bound = KeyAmendment {
        ip_allow: Some(vec!["127.0.0.1".parse().unwrap()]),
        expires_at_ms: Some(Some(i64::MAX)),
        ..KeyAmendment::default()
    };
    let bind = amend(&caller, bound);
    stage.write(Authority::default(), bind).await.unwrap();
    let (_, mut unbound) = stage.key(Kind::Control, caller.key.owner_id, None);
    unbound.key.scopes = Scopes::default();
    let (_, rotate) = successor(&stage, &other);
    let revoke = Change::Revoke {
        id: other.key.id,
        reason: RevocationReason::Unspecified,
    };
    for change in [Change::Issue(unbound), rotate, revoke.clone()] {
        let refused = stage.write(held_by(&caller), change).await;
        let error = refused.unwrap_err();
        assert!(matches!(error, Error::WiderThanCaller(_)), "{error}");
    }
    let narrowed = KeyAmendment {
        reach: Some(Reach::Owner),
        ..KeyAmendment::default()
    };
    let narrow = amend(&caller, narrowed);
    stage.write(Authority::default(), narrow).await.unwrap();
    let refused = stage.write(held_by(&caller), revoke).await;
    assert!(matches!(refused, Err(Error::NotFound { noun: "key", .. })));
}

on_every_engine! {
    a_key_that_was_widened_meanwhile_is_neither_rotated_nor_changed,
    a_caller_that_was_narrowed_meanwhile_hands_out_what_is_left,
    a_caller_that_was_bound_meanwhile_makes_nothing_unbound_and_reaches_no_further,
}
