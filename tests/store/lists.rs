//! What is listed, and in which order; and which owners stand above which.
//! Leaves what a filter lets through to the contracts.

use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::Kind;
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_store::{Authority, Change, KeyFilter};
use uuid::Uuid;

use super::engines::on_every_engine;
use super::{NOW_MS, Stage};

async fn a_list_is_in_the_order_of_ids_and_goes_on_behind_a_key(stage: Stage) {
    let (owner_id, first) = stage.organization().await;
    let mut ids = vec![first.key.id];
    for name in ["a", "b", "c"] {
        let (_, new) = stage.key(Kind::Named, owner_id, Some(name));
        ids.push(new.key.id);
        stage
            .write(Authority::default(), Change::Issue(new))
            .await
            .unwrap();
    }
    let filter = |after: Option<KeyId>, len_max: u32| KeyFilter {
        owner_id: Some(owner_id),
        kind: None,
        state: None,
        name: None,
        within: None,
        after,
        offset: 0,
        now_ms: NOW_MS,
        len_max,
    };
    let list = async |after, len_max| -> Vec<KeyId> {
        let keys = stage
            .store
            .database()
            .list_keys(filter(after, len_max))
            .await
            .unwrap();
        keys.items.iter().map(|key| key.id).collect()
    };
    assert_eq!(list(None, 2).await, ids[..2]);
    assert_eq!(list(Some(ids[1]), 10).await, ids[2..]);
}

async fn an_ancestor_is_seen_through_every_level(stage: Stage) {
    let mut ids = vec![stage.organization().await.0];
    for _ in 0..3 {
        let owner = Owner {
            id: OwnerId(Uuid::now_v7()),
            kind: OwnerKind::Organization,
            name: Some("Example Branch".to_owned()),
            email: None,
            plan: None,
            parent_id: ids.last().copied(),
            suspended: false,
            rate_limits: Vec::new(),
            created_at_ms: NOW_MS,
            updated_at_ms: NOW_MS,
            deleted_at_ms: None,
            unreadable: Vec::new(),
            spending: Spending::default(),
        };
        ids.push(owner.id);
        let (_, first_key) = stage.key(Kind::Organization, owner.id, None);
        let first_key = Some(first_key);
        stage
            .write(Authority::default(), Change::AddOwner { owner, first_key })
            .await
            .unwrap();
    }
    let above = async |ancestor, id| {
        stage
            .store
            .database()
            .is_ancestor(ancestor, id)
            .await
            .unwrap()
    };
    assert!(above(ids[0], ids[3]).await);
    assert!(above(ids[2], ids[2]).await);
    assert!(!above(ids[3], ids[0]).await);
    let stranger = stage.organization().await.0;
    assert!(!above(stranger, ids[3]).await);
}

on_every_engine! {
    a_list_is_in_the_order_of_ids_and_goes_on_behind_a_key,
    an_ancestor_is_seen_through_every_level,
}
