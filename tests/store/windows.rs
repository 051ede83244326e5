//! Windows that servers share, at the engine: batches decide as one after the other would, and rows come and go.
//! Leaves what servers make of them to `postgres`.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use keywright_model::error::Error;
use keywright_model::limit::{Arrival, Joint, Limit};
use keywright_store::windows::{SharedWindows, WindowAnswer, WindowId, WindowOrder};
use uuid::Uuid;

use super::{NOW_MS, Stage};
use crate::support::until;

const LIMIT: Limit = Limit {
    count: 1,
    window_s: 2_592_000,
    burst: 10,
};

fn windows(stage: &Stage) -> &dyn SharedWindows {
    stage.store.database().shared_windows().unwrap()
}

fn order(ids: impl IntoIterator<Item = u128>, cost: u64) -> WindowOrder {
    let ids = ids.into_iter();
    WindowOrder {
        windows: ids
            .map(|id| (WindowId(Uuid::from_u128(id)), LIMIT))
            .collect(),
        gives_back: 0,
        cost,
    }
}

/// What an order comes to where nothing is kept but the states, and nobody else is there.
fn alone(states: &mut BTreeMap<WindowId, Arrival>, order: &WindowOrder) -> WindowAnswer {
    let mut arrivals = Vec::new();
    for (id, limit) in &order.windows {
        let state = states.entry(*id).or_default();
        if order.gives_back > 0 {
            *state = limit.give_back(*state, order.gives_back);
        }
        arrivals.push((*limit, *state));
    }
    let joint = Joint::ask(arrivals, order.cost, NOW_MS);
    if joint.passes && order.cost > 0 {
        for ((id, _), (_, next)) in order.windows.iter().zip(&joint.each) {
            states.insert(*id, *next);
        }
    }
    WindowAnswer {
        passes: joint.passes,
        rates: joint.each.into_iter().map(|(rate, _)| rate).collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_are_carried_out_together_come_to_what_they_would_one_by_one() {
    let stage = Stage::postgres();
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut states = BTreeMap::new();
    let (mut passed, mut refused) = (0, 0);
    for round in 0..60 {
        let orders: Vec<WindowOrder> = (0..random.usize(1..40))
            .map(|_| {
                let mut ids: Vec<u128> = (0..12).collect();
                random.shuffle(&mut ids);
                ids.truncate(random.usize(1..4));
                let mut order = order(ids, random.u64(0..4));
                order.gives_back = u64::from(random.u8(..5) == 0) * random.u64(1..6);
                for (id, limit) in &mut order.windows {
                    limit.burst = 5 + u64::try_from(id.0.as_u128()).unwrap();
                }
                order
            })
            .collect();
        let expected: Vec<WindowAnswer> = orders
            .iter()
            .map(|order| alone(&mut states, order))
            .collect();
        // They are given in this order, and wait while those before them are under way.
        let answers = orders.into_iter().map(|order| windows(&stage).order(order));
        let answers: Result<Vec<WindowAnswer>, Error> =
            join_all(answers).await.into_iter().collect();
        assert_eq!(answers.unwrap(), expected, "seed {seed}, round {round}");
        passed += expected.iter().filter(|answer| answer.passes).count();
        refused += expected.iter().filter(|answer| !answer.passes).count();
    }
    assert!(
        passed > 50 && refused > 50,
        "seed {seed}: {passed}, {refused}"
    );
}

#[tokio::test]
async fn windows_that_are_whole_again_are_deleted() {
    let stage = Stage::postgres();
    assert!(windows(&stage).order(order([0], 1)).await.unwrap().passes);
    // A row is made for each, and nothing is taken.
    for first in [1, 2049] {
        windows(&stage)
            .order(order(first..first + 2048, 0))
            .await
            .unwrap();
    }
    until("one row to be left", async || {
        (stage.number("SELECT count(*) FROM rate_windows") == 1).then_some(())
    })
    .await;
    let left = windows(&stage).order(order([0, 1], 0)).await.unwrap();
    let left: Vec<u64> = left.rates.iter().map(|rate| rate.remaining).collect();
    assert_eq!(left, [9, 10]);
}

#[tokio::test]
async fn a_row_that_another_keeps_refuses_after_a_while_and_nothing_is_taken() {
    let stage = Stage::postgres();
    assert!(windows(&stage).order(order([1], 1)).await.unwrap().passes);
    let other = stage.database.as_ref().unwrap().connect();
    let hold = "BEGIN; SELECT FROM rate_windows FOR UPDATE";
    other.batch_execute(hold).await.unwrap();
    let refused = windows(&stage).order(order([1], 1)).await;
    assert!(
        matches!(refused, Err(Error::Unavailable { .. })),
        "{refused:?}"
    );
    other.batch_execute("ROLLBACK").await.unwrap();
    let passed = windows(&stage).order(order([1], 1)).await.unwrap();
    assert_eq!((passed.passes, passed.rates[0].remaining), (true, 8));
}

#[tokio::test]
async fn a_session_that_was_ended_is_replaced() {
    let stage = Stage::postgres();
    assert!(windows(&stage).order(order([1], 1)).await.unwrap().passes);
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'keywright' AND datname = current_database()";
    stage.number(end);
    let left = until("windows to be asked again", async || {
        windows(&stage).order(order([1], 0)).await.ok()
    })
    .await;
    assert_eq!(left.rates[0].remaining, 9);
}

#[tokio::test]
async fn a_file_shares_no_windows() {
    assert!(Stage::sqlite().store.database().shared_windows().is_none());
}
