//! Credits that come back: at midnight and on the first of the month, by the clock that was passed in.
//! Leaves how they are spent to `credits`.

use serde_json::json;

use super::Key;
use super::credits::{left, refilled};
use crate::support::Clocked;

/// From 2026-03-15T12:00:00Z, where the clock begins, to the next midnight and the next month.
pub(super) const TO_MIDNIGHT_MS: i64 = 43_200_000;
pub(super) const TO_APRIL_MS: i64 = 16 * 86_400_000 + 43_200_000;
const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn credits_are_full_again_at_midnight_and_not_a_millisecond_before() {
    let server = Clocked::start().await;
    let key = Key::with(&server, refilled(2, 3, "day")).await;
    assert_eq!(key.code(2).await, "VALID");
    server.advance_ms(TO_MIDNIGHT_MS - 1);
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    assert_eq!(left(&key).await, 0);
    server.advance_ms(1);
    assert_eq!(left(&key).await, 3);
    let verdict = key.judged(json!({})).await;
    assert_eq!(verdict["credits"], json!({ "remaining": 2 }));
    assert_eq!(key.code(2).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    server.advance_ms(DAY_MS);
    assert_eq!(key.code(3).await, "VALID");
    server.finish().await;
}

#[tokio::test]
async fn credits_are_full_again_on_the_first_of_the_month_and_not_a_millisecond_before() {
    let server = Clocked::start().await;
    let key = Key::with(&server, refilled(1, 2, "month")).await;
    assert_eq!(key.code(1).await, "VALID");
    server.advance_ms(TO_APRIL_MS - 1);
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    server.advance_ms(1);
    assert_eq!(key.code(2).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    // April has 30 days.
    server.advance_ms(30 * DAY_MS - 1);
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    server.advance_ms(1);
    assert_eq!(key.code(2).await, "VALID");
    server.finish().await;
}

/// A refill sets what is left; it neither adds to it nor comes once for each period that nobody used.
#[tokio::test]
async fn a_refill_takes_the_place_of_what_was_left() {
    let server = Clocked::start().await;
    let key = Key::with(&server, refilled(1_000, 10, "day")).await;
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(left(&key).await, 999);
    server.advance_ms(TO_MIDNIGHT_MS + 5 * DAY_MS);
    assert_eq!(left(&key).await, 10);
    let verdict = key.judged(json!({ "cost": 11 })).await;
    assert_eq!(verdict["code"], "CREDITS_EXHAUSTED");
    assert_eq!(verdict["credits"]["remaining"], 10);
    assert_eq!(key.code(10).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    server.finish().await;
}

/// Of a thousand, ten are set aside at the first use, and nine of them are left: they end with their day.
#[tokio::test]
async fn what_was_set_aside_the_day_before_is_not_spent_beside_the_refill() {
    let server = Clocked::start().await;
    for change in [json!({}), refilled(1_000, 5, "day")] {
        let key = Key::with(&server, refilled(1_000, 5, "day")).await;
        key.patch(change).await;
        assert_eq!(key.code(1).await, "VALID");
        server.advance_ms(DAY_MS);
        for (cost, left) in [(3, 2), (2, 0)] {
            let verdict = key.judged(json!({ "cost": cost })).await;
            assert_eq!(verdict["credits"], json!({ "remaining": left }));
        }
        assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_over_midnight_gives_nothing_twice() {
    let server = Clocked::start().await;
    let key = Key::with(&server, refilled(5, 5, "day")).await;
    server.advance_ms(TO_MIDNIGHT_MS);
    assert_eq!(key.code(4).await, "VALID");
    server.advance_ms(-1);
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    assert_eq!(left(&key).await, 0);
    server.advance_ms(1);
    assert_eq!(key.code(1).await, "CREDITS_EXHAUSTED");
    server.advance_ms(DAY_MS);
    assert_eq!(left(&key).await, 5);
    server.finish().await;
}
