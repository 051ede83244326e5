//! Lists of events, and what is said of those that are no longer kept.
//! Leaves how they are appended and proved to the writer.

use keywright_model::error::Error;
use keywright_model::event::{EventAction, EventOutcome};
use keywright_model::id::OwnerId;
use keywright_store::EventFilter;

use super::{Both, NOW_MS, id};

/// An event at a position, with more of it set.
pub(super) fn event(position: i64, more: &str) -> String {
    let more = if more.is_empty() {
        "detail = NULL"
    } else {
        more
    };
    format!(
        "INSERT INTO events (position, at_ms, actor, action, target, owner, outcome, request_id, mac)
             VALUES ({position}, {NOW_MS}, 'root', 'key.issued', '{}', '{}', 'done', '{}', '\\x00');
         UPDATE events SET {more} WHERE position = {position};",
        id(11),
        id(1),
        id(77)
    )
}

fn events() -> String {
    [
        event(1, ""),
        event(2, &format!("actor = 'key:{}', address = '192.0.2.7'", id(12))),
        event(3, &format!("related = target, target = '{}', action = 'key.rotated'", id(15))),
        event(4, &format!("owner = '{}', server_request_id = '{}'", id(2), id(78))),
        event(5, "outcome = 'denied', action = 'access.unknown', target = NULL, owner = NULL, detail = 'ü 3'"),
        event(6, &format!("owner = '{}', action = 'of a later server'", id(4))),
    ]
    .concat()
}

fn all() -> EventFilter {
    EventFilter {
        len_max: 100,
        ..EventFilter::default()
    }
}

#[tokio::test]
async fn every_filter_of_events_lets_through_what_it_does_in_sqlite() {
    let both = Both::filled().await;
    both.plant(&events());
    #[rustfmt::skip]
    let filters = [
        (all(), vec![1, 2, 3, 4, 5, 6]),
        (EventFilter { is_descending: true, ..all() }, vec![6, 5, 4, 3, 2, 1]),
        (EventFilter { is_descending: true, before: Some(5), len_max: 2, ..all() }, vec![4, 3]),
        (EventFilter { after: Some(2), len_max: 2, ..all() }, vec![3, 4]),
        (EventFilter { after: Some(6), ..all() }, vec![]),
        (EventFilter { actor: Some("root".to_owned()), ..all() }, vec![1, 3, 4, 5, 6]),
        (EventFilter { actor: Some("root\0".to_owned()), ..all() }, vec![]),
        (EventFilter { action: Some(EventAction::KeyRotated), ..all() }, vec![3]),
        (EventFilter { outcome: Some(EventOutcome::Denied), ..all() }, vec![5]),
        (EventFilter { target_id: Some(id(11)), ..all() }, vec![1, 2, 3, 4, 6]),
        (EventFilter { target_id: Some(id(15)), ..all() }, vec![3]),
        (EventFilter { owner_id: Some(id(2)), ..all() }, vec![4]),
        (EventFilter { within: Some(OwnerId(id(2))), ..all() }, vec![4, 6]),
        (EventFilter { within: Some(OwnerId(id(1))), after: Some(1), ..all() }, vec![2, 3, 4, 6]),
    ];
    for (filter, positions) in filters {
        let ours = both.engine.list_events(&filter).await.unwrap();
        let theirs = both.sqlite.database().list_events(filter.clone()).await;
        let theirs = theirs.unwrap();
        assert_eq!(ours.items, theirs.items, "{filter:?}");
        assert_eq!(ours.is_cut, theirs.is_cut, "{filter:?}");
        let found: Vec<_> = ours.items.iter().map(|event| event.position).collect();
        assert_eq!(found, positions, "{filter:?}");
    }
}

#[tokio::test]
async fn a_list_that_would_begin_or_end_among_pruned_events_says_where_they_begin() {
    let both = Both::filled().await;
    both.plant(&events());
    both.plant("DELETE FROM events WHERE position <= 3; INSERT INTO events_checkpoint VALUES (1, 3, '\\x', '\\x');");
    let pruned = Err(Error::EventsPruned { position: 3 });
    #[rustfmt::skip]
    let filters = [
        (all(), Ok(vec![4, 5, 6])),
        (EventFilter { after: Some(3), ..all() }, Ok(vec![4, 5, 6])),
        (EventFilter { after: Some(2), ..all() }, pruned.clone()),
        (EventFilter { before: Some(3), is_descending: true, ..all() }, pruned.clone()),
        (EventFilter { before: Some(4), is_descending: true, ..all() }, Ok(vec![])),
        // Also where nothing is found.
        (EventFilter { after: Some(2), owner_id: Some(id(9)), ..all() }, pruned),
    ];
    for (filter, expected) in filters {
        let ours = both.engine.list_events(&filter).await;
        let theirs = both.sqlite.database().list_events(filter.clone()).await;
        for listed in [ours, theirs] {
            let positions =
                listed.map(|part| part.items.iter().map(|event| event.position).collect());
            assert_eq!(positions, expected, "{filter:?}");
        }
    }
}
