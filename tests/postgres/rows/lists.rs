//! Lists of keys and owners: what each filter lets through, page by page, part by part.
//! Leaves what a row comes to to the look-ups beside it.

use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, State};
use keywright_model::owner::OwnerKind;
use keywright_store::{KeyFilter, OwnerFilter};

use super::{Both, NOW_MS, id, key};

const STATES: [State; 5] = [
    State::Live,
    State::Disabled,
    State::Expired,
    State::Revoked,
    State::Replaced,
];

fn all_keys() -> KeyFilter {
    KeyFilter {
        owner_id: None,
        kind: None,
        state: None,
        name: None,
        within: None,
        after: None,
        offset: 0,
        now_ms: NOW_MS,
        len_max: 100,
    }
}

fn all_owners(kind: OwnerKind) -> OwnerFilter {
    OwnerFilter {
        kind,
        suspended: None,
        name: None,
        email: None,
        parent_id: None,
        within: None,
        after: None,
        len_max: 100,
    }
}

/// Nothing, and each of some values.
fn or_none<T>(values: impl IntoIterator<Item = T>) -> impl Iterator<Item = Option<T>> {
    [None].into_iter().chain(values.into_iter().map(Some))
}

/// What both engines list.
async fn keys(both: &Both, filter: &KeyFilter) -> Vec<Key> {
    let ours = both.engine.list_keys(filter).await.unwrap();
    let theirs = both.sqlite.database().list_keys(filter.clone()).await;
    let theirs = theirs.unwrap();
    assert_eq!(ours.items, theirs.items, "{filter:?}");
    assert_eq!(ours.is_cut, theirs.is_cut, "{filter:?}");
    ours.items
}

#[tokio::test]
async fn every_filter_of_keys_lets_through_what_it_does_in_sqlite() {
    let both = Both::filled().await;
    let (mut filters, mut found) = (Vec::new(), 0);
    for state in or_none(STATES) {
        for kind in or_none([Kind::Named, Kind::Client, Kind::Standard]) {
            for name in or_none(["build".to_owned()]) {
                for owner_id in or_none([1, 2, 3].map(|number| OwnerId(id(number)))) {
                    filters.push(KeyFilter {
                        state,
                        kind,
                        name: name.clone(),
                        owner_id,
                        ..all_keys()
                    });
                }
            }
        }
        for number in 1..6 {
            filters.push(KeyFilter {
                state,
                within: Some(OwnerId(id(number))),
                ..all_keys()
            });
        }
    }
    for filter in filters {
        let listed = keys(&both, &filter).await;
        for key in &listed {
            let state = filter.state.unwrap_or(key.state(NOW_MS));
            assert_eq!(key.state(NOW_MS), state, "{filter:?}");
        }
        let count = both.engine.count_keys(&filter).await.unwrap();
        assert_eq!(usize::try_from(count).unwrap(), listed.len(), "{filter:?}");
        found += usize::from(!listed.is_empty());
    }
    assert!(found > 40, "{found}");
    let reaching = both.engine.list_reaching_all(NOW_MS - 1).await.unwrap();
    assert_eq!(reaching, [KeyId(id(12)), KeyId(id(13))]);
    let reaching = both.engine.list_reaching_all(NOW_MS).await.unwrap();
    assert_eq!(reaching, [KeyId(id(12))]);
}

#[tokio::test]
async fn pages_of_keys_follow_each_other_by_the_last_key_and_by_an_offset() {
    let both = Both::filled().await;
    let all = keys(&both, &all_keys()).await;
    assert_eq!(all.len(), 13);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let filter = KeyFilter {
            after,
            len_max: 3,
            ..all_keys()
        };
        let page = keys(&both, &filter).await;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let filter = KeyFilter {
        offset: 11,
        ..all_keys()
    };
    assert_eq!(keys(&both, &filter).await, all[11..]);
}

#[tokio::test]
async fn a_long_list_is_read_in_parts_that_lose_nothing() {
    let both = Both::filled().await;
    let many = (100..150).map(|number| key(number, "standard", 1, "name = NULL"));
    both.plant(&many.collect::<String>());
    both.postgres.sql(
        "UPDATE keywright.keys SET metadata = '{\"x\":\"' || repeat('y', 4000) || '\"}' WHERE kind = 'standard'",
    );
    let (mut listed, mut parts, mut after) = (Vec::new(), 0, None);
    loop {
        let filter = KeyFilter {
            after,
            ..all_keys()
        };
        let part = both.engine.list_keys(&filter).await.unwrap();
        after = part.items.last().map(|key| key.id);
        listed.extend(part.items);
        parts += 1;
        if !part.is_cut {
            break;
        }
    }
    assert_eq!(listed.len(), 63);
    assert!((7..12).contains(&parts), "{parts}");
    // The connection has read what was left, and goes on.
    let count = both.engine.count_keys(&all_keys()).await.unwrap();
    assert_eq!(count, 63);
}

#[tokio::test]
async fn every_filter_of_owners_lets_through_what_it_does_in_sqlite() {
    let both = Both::filled().await;
    let owner = |number| Some(OwnerId(id(number)));
    let organizations = || all_owners(OwnerKind::Organization);
    let text = |text: &str| Some(text.to_owned());
    #[rustfmt::skip]
    let filters = [
        (organizations(), vec![1, 2, 4]),
        (all_owners(OwnerKind::User), vec![5]),
        (OwnerFilter { suspended: Some(true), ..organizations() }, vec![2]),
        (OwnerFilter { suspended: Some(false), ..organizations() }, vec![1, 4]),
        (OwnerFilter { name: text("Example Works"), ..organizations() }, vec![1, 4]),
        (OwnerFilter { name: text("example works"), ..organizations() }, vec![]),
        (OwnerFilter { email: text("a@example.com"), ..all_owners(OwnerKind::User) }, vec![5]),
        (OwnerFilter { parent_id: owner(1), ..organizations() }, vec![2]),
        (OwnerFilter { within: owner(2), ..organizations() }, vec![2, 4]),
        (OwnerFilter { within: owner(3), ..organizations() }, vec![4]),
        (OwnerFilter { within: owner(9), ..organizations() }, vec![]),
        (OwnerFilter { after: owner(1), len_max: 1, ..organizations() }, vec![2]),
    ];
    for (filter, expected) in filters {
        let ours = both.engine.list_owners(&filter).await.unwrap();
        let theirs = both.sqlite.database().list_owners(filter.clone()).await;
        assert_eq!(ours.items, theirs.unwrap().items, "{filter:?}");
        let found: Vec<_> = ours.items.iter().map(|owner| owner.id.0).collect();
        let expected: Vec<_> = expected.into_iter().map(id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_text_that_postgresql_cannot_keep_is_found_nowhere() {
    let both = Both::filled().await;
    let name = || Some("build\0".to_owned());
    let filter = KeyFilter {
        name: name(),
        owner_id: Some(OwnerId(id(1))),
        kind: Some(Kind::Named),
        state: Some(State::Live),
        ..all_keys()
    };
    assert_eq!(keys(&both, &filter).await, []);
    let filter = OwnerFilter {
        name: name(),
        ..all_owners(OwnerKind::Organization)
    };
    assert_eq!(both.engine.list_owners(&filter).await.unwrap().items, []);
}
