//! How the list of events is walked, in both directions, and followed as it grows.

use serde_json::{Value, json};

use super::{end, page, position_of};
use crate::support::site::Site;
use crate::support::{Clocked, User};

/// Makes so many events, one a millisecond, and returns the user that they are about.
async fn happen(server: &Clocked, count: u32) -> User {
    let user = server.root().user().await;
    let target = format!("/v1/users/{}", user.id);
    for number in 1..count {
        server.advance_ms(1);
        let patch = json!({ "plan": format!("plan-{number}") });
        server.root().patch(&target, patch).await.expect(200);
    }
    user
}

fn positions(events: &[Value]) -> Vec<i64> {
    events.iter().map(position_of).collect()
}

fn range(first: i64, last: i64) -> Vec<i64> {
    (first..=last).collect()
}

/// The positions on each page until one has no cursor.
async fn walk(site: &Site, query: &str) -> Vec<Vec<i64>> {
    let (events, mut next) = page(site, query).await;
    let mut pages = vec![positions(&events)];
    while let Some(cursor) = next {
        let (events, behind) = page(site, &format!("{query}&cursor={cursor}")).await;
        pages.push(positions(&events));
        assert!(pages.len() < 100, "{query} has no end");
        next = behind;
    }
    pages
}

#[tokio::test]
async fn a_walk_from_the_oldest_meets_every_event_once_and_ends_with_an_empty_page() {
    let server = Clocked::start().await;
    happen(&server, 45).await;
    for (limit, full) in [(1, 45), (7, 6), (9, 5), (44, 1), (45, 1), (100, 0)] {
        for order in ["", "&order=asc"] {
            let pages = walk(&server, &format!("limit={limit}{order}")).await;
            assert_eq!(pages.concat(), range(1, 45), "with limit {limit}");
            let lens: Vec<usize> = pages.iter().map(Vec::len).collect();
            assert!(lens[..full].iter().all(|len| *len == limit), "{lens:?}");
            assert_eq!(*lens.last().unwrap(), 0, "{lens:?}");
            assert_eq!(lens.len(), 45_usize.div_ceil(limit) + 1, "{lens:?}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_walk_from_the_newest_meets_every_event_once_and_ends_without_a_cursor() {
    let server = Clocked::start().await;
    happen(&server, 45).await;
    let mut expected = range(1, 45);
    expected.reverse();
    for limit in [1, 7, 9, 44, 45, 100] {
        let pages = walk(&server, &format!("order=desc&limit={limit}")).await;
        assert_eq!(pages.concat(), expected, "with limit {limit}");
        assert_eq!(pages.len(), 45_usize.div_ceil(limit), "with limit {limit}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_page_has_twenty_events_when_no_limit_is_sent() {
    let server = Clocked::start().await;
    happen(&server, 21).await;
    let (events, _) = page(&server, "").await;
    assert_eq!(positions(&events), range(1, 20));
    let (events, cursor) = page(&server, "order=desc").await;
    let mut newest = positions(&events);
    newest.reverse();
    assert_eq!(newest, range(2, 21));
    let cursor = cursor.expect("one is left");
    let (events, cursor) = page(&server, &format!("order=desc&cursor={cursor}")).await;
    assert_eq!((positions(&events), cursor), (vec![1], None));
    server.finish().await;
}

#[tokio::test]
async fn what_happens_later_is_found_behind_the_last_cursor() {
    let server = Clocked::start().await;
    happen(&server, 3).await;
    let (events, cursor) = page(&server, "limit=100").await;
    assert_eq!(positions(&events), range(1, 3));
    let mut cursor = cursor.unwrap();
    for (count, expected) in [(2, range(4, 5)), (1, range(6, 6)), (3, range(7, 9))] {
        let behind = format!("limit=100&cursor={cursor}");
        // Nothing has happened yet: no event, and nothing to go on from but what one had.
        for _ in 0..2 {
            assert_eq!(page(&server, &behind).await, (vec![], None));
        }
        happen(&server, count).await;
        let (events, next) = page(&server, &behind).await;
        assert_eq!(positions(&events), expected);
        // The same cursor gives the same again.
        assert_eq!(page(&server, &behind).await, (events, next.clone()));
        cursor = next.unwrap();
    }
    server.finish().await;
}

#[tokio::test]
async fn what_happens_during_a_walk_from_the_newest_shifts_nothing() {
    let server = Clocked::start().await;
    happen(&server, 6).await;
    let (events, cursor) = page(&server, "order=desc&limit=2").await;
    assert_eq!(positions(&events), [6, 5]);
    happen(&server, 5).await;
    let query = format!("order=desc&limit=2&cursor={}", cursor.unwrap());
    let (events, cursor) = page(&server, &query).await;
    assert_eq!(positions(&events), [4, 3]);
    let query = format!("order=desc&limit=2&cursor={}", cursor.unwrap());
    let (events, cursor) = page(&server, &query).await;
    assert_eq!((positions(&events), cursor), (vec![2, 1], None));
    server.finish().await;
}

#[tokio::test]
async fn after_is_exclusive_in_both_directions() {
    let server = Clocked::start().await;
    happen(&server, 5).await;
    for (after, expected) in [
        (0, range(1, 5)),
        (1, range(2, 5)),
        (4, range(5, 5)),
        (5, vec![]),
        (6, vec![]),
        (i64::MAX, vec![]),
    ] {
        let walked = walk(&server, &format!("limit=2&after={after}")).await;
        assert_eq!(walked.concat(), expected, "after {after}");
        let walked = walk(&server, &format!("limit=2&order=desc&after={after}")).await;
        let mut expected = expected;
        expected.reverse();
        assert_eq!(walked.concat(), expected, "after {after}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_filtered_walk_meets_every_match_once() {
    let server = Clocked::start().await;
    let wanted = happen(&server, 12).await;
    happen(&server, 7).await;
    let target = format!("/v1/users/{}", wanted.id);
    for suspended in [true, false, true] {
        let patch = json!({ "suspended": suspended });
        server.root().patch(&target, patch).await.expect(200);
    }
    let expected = [range(2, 12), range(20, 22)].concat();
    let filter = format!("action=owner.changed&owner_id={}", wanted.id);
    for limit in [1, 3, 14, 100] {
        let walked = walk(&server, &format!("{filter}&limit={limit}")).await;
        assert_eq!(walked.concat(), expected, "with limit {limit}");
        let walked = walk(&server, &format!("{filter}&limit={limit}&order=desc")).await;
        let newest_first: Vec<i64> = expected.iter().rev().copied().collect();
        assert_eq!(walked.concat(), newest_first, "with limit {limit}");
    }
    server.finish().await;
}

/// A follower that asks for one kind of event does not lose its place to the others.
#[tokio::test]
async fn a_filtered_tail_goes_on_past_what_it_does_not_want() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let query = "action=key.revoked";
    assert_eq!(page(&server, query).await, (vec![], None));
    root.revoke(&user.key_id).await;
    let (events, cursor) = page(&server, query).await;
    assert_eq!(positions(&events), [2]);
    let behind = format!("{query}&cursor={}", cursor.unwrap());
    happen(&server, 5).await;
    assert_eq!(page(&server, &behind).await, (vec![], None));
    let other = root.user().await;
    root.revoke(&other.key_id).await;
    let (events, _) = page(&server, &behind).await;
    assert_eq!(positions(&events), [end(&server).await]);
    server.finish().await;
}

#[tokio::test]
async fn before_the_first_event_there_is_nothing_and_nothing_was_pruned() {
    let server = Clocked::start().await;
    happen(&server, 2).await;
    assert_eq!(page(&server, "order=desc&cursor=0").await, (vec![], None));
    server.finish().await;
}

#[tokio::test]
async fn a_cursor_that_is_spelt_otherwise_is_no_cursor() {
    let server = Clocked::start().await;
    happen(&server, 2).await;
    for cursor in ["01", "%2B1", &"0".repeat(601)] {
        let target = format!("/v1/events?cursor={cursor}");
        let refused = server.root().get(&target).await.expect(400);
        assert!(refused.string("/detail").contains("cursor"), "{cursor}");
    }
    server.finish().await;
}

#[tokio::test]
async fn an_event_says_when_it_happened() {
    let server = Clocked::start().await;
    happen(&server, 3).await;
    let (events, _) = page(&server, "").await;
    let at: Vec<&str> = events
        .iter()
        .map(|event| event["at"].as_str().unwrap())
        .collect();
    assert_eq!(
        at,
        [
            "2026-03-15T12:00:00.000Z",
            "2026-03-15T12:00:00.001Z",
            "2026-03-15T12:00:00.002Z"
        ]
    );
    server.finish().await;
}
