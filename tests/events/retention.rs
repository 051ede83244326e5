//! Events that are kept for a time only: what goes, what stays, and what is said about it.

use serde_json::{Value, json};

use super::{end, page, position_of, since};
use crate::support::{Answer, Clocked, assert_answer};

const DAY_S: i64 = 86_400;

/// A server that keeps events for two days, with so many events on the first.
async fn keeping(count: u32) -> Clocked {
    let server = Clocked::with(json!({ "events": { "keep_days": 2 } })).await;
    for _ in 0..count {
        server.root().user().await;
    }
    server
}

async fn ask(server: &Clocked, query: &str) -> Answer {
    server.root().get(&format!("/v1/events?{query}")).await
}

#[tokio::test]
async fn events_are_kept_as_long_as_they_are_to_be_and_the_newest_for_good() {
    let server = keeping(5).await;
    server.advance_s(DAY_S);
    server.root().user().await;
    // An hour after the first look, and still a millisecond before the first are old enough.
    server.advance_ms(DAY_S * 1000 - 1);
    assert_eq!(since(&server, 0).await.len(), 6);
    server.advance_s(3600);
    assert_eq!(server.oldest_after_pruning().await, 6);
    let (events, _) = page(&server, "").await;
    let [kept, pruned] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(position_of(kept), 6);
    let said = ["actor", "action", "outcome", "detail"].map(|member| pruned[member].clone());
    let detail = "5 events up to position 5";
    let expected: [Value; 4] = ["server", "events.pruned", "done", detail].map(Into::into);
    assert_eq!(said, expected);
    assert_eq!(end(&server).await, 7);
    server.finish().await;
}

#[tokio::test]
async fn the_newest_event_stays_however_old_it_is() {
    let server = keeping(3).await;
    server.advance_s(100 * DAY_S);
    assert_eq!(server.oldest_after_pruning().await, 3);
    server.finish().await;
}

#[tokio::test]
async fn all_events_are_kept_where_nothing_else_is_said() {
    let server = Clocked::start().await;
    server.root().user().await;
    server.advance_s(3650 * DAY_S);
    server.root().user().await;
    let (events, _) = page(&server, "").await;
    assert_eq!(events.len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn more_than_a_batch_is_pruned_in_parts_that_are_all_told() {
    const COUNT: u32 = 1001;
    let server = keeping(COUNT).await;
    server.advance_s(3 * DAY_S);
    server.root().user().await;
    assert_eq!(server.oldest_after_pruning().await, 1001);
    server.oldest_is(1002).await;
    let told = page(&server, "action=events.pruned").await.0;
    let details: Vec<&Value> = told.iter().map(|event| &event["detail"]).collect();
    assert_eq!(
        details,
        [
            "1000 events up to position 1000",
            "1 events up to position 1001"
        ]
    );
    server.finish().await;
}

#[tokio::test]
async fn a_place_behind_the_cut_is_gone() {
    let server = keeping(5).await;
    server.advance_s(3 * DAY_S);
    assert_eq!(server.oldest_after_pruning().await, 5);
    let answer = ask(&server, "after=3").await;
    assert_answer!(answer, @r#"
    {
      "body": {
        "detail": "the events up to position 4 were pruned: go on with after=4, or find them in an export",
        "request_id": "[request id]",
        "status": 410,
        "title": "Gone",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 410
    }
    "#);
    for gone in [
        "after=0",
        "cursor=3",
        "order=desc&after=3",
        "order=desc&cursor=4",
        "order=desc&cursor=1",
        "action=key.revoked&after=3",
    ] {
        ask(&server, gone).await.expect(410);
    }
    for kept in [
        "",
        "after=4",
        "cursor=4",
        "order=desc",
        "order=desc&cursor=5",
        "after=400",
    ] {
        ask(&server, kept).await.expect(200);
    }
    server.finish().await;
}
