//! The arithmetic of rate limits: it tells the truth about itself, and lets no more through than the limit.

#![no_main]

use keywright_model::limit::{Arrival, Limit};
use libfuzzer_sys::fuzz_target;

/// The most that a limit counts, takes or lets through at once.
const MOST: u64 = 1 << 31;

/// A limit and what happens to it, as the bytes tell.
struct Story<'a> {
    count: u32,
    window_s: u32,
    burst: u32,
    begin_ms: u64,
    steps: &'a [[u8; STEP_LEN]],
}

const STEP_LEN: usize = 9;

impl<'a> Story<'a> {
    fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let mut number = || {
            let (number, rest) = bytes.split_first_chunk()?;
            bytes = rest;
            Some(u32::from_be_bytes(*number))
        };
        Some(Self {
            count: number()?,
            window_s: number()?,
            burst: number()?,
            begin_ms: (u64::from(number()?) << 32) | u64::from(number()?),
            steps: bytes.as_chunks().0,
        })
    }
}

/// One use of the limit.
struct Step {
    wait_ms: u32,
    cost: u32,
    gives_back: bool,
}

impl Step {
    fn read([a, b, c, d, e, f, g, h, flag]: [u8; STEP_LEN]) -> Self {
        Self {
            wait_ms: u32::from_be_bytes([a, b, c, d]),
            cost: u32::from_be_bytes([e, f, g, h]),
            gives_back: flag & 1 == 1,
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(story) = Story::read(bytes) else {
        return;
    };
    let limit = Limit {
        count: u64::from(story.count).min(MOST),
        window_s: story.window_s.max(1),
        burst: u64::from(story.burst).clamp(1, MOST),
    };
    // Any instant that a clock can tell from the year 1 to 9999.
    let begin_ms = (story.begin_ms % 253_402_300_800_000).cast_signed();
    let mut now_ms = begin_ms;
    let mut arrival = Arrival::default();
    let mut passed: u128 = 0;
    for step in story.steps.iter().copied().map(Step::read) {
        now_ms += i64::from(step.wait_ms);
        let cost = u64::from(step.cost).min(MOST);
        let before = arrival;
        let rate = limit.take(&mut arrival, cost, now_ms);
        assert!(rate.remaining <= limit.burst, "{rate:?}");
        if !rate.passes {
            assert!(limit.count == 0 || cost > 0, "nothing is refused: {rate:?}");
            if let Some(wait_s) = rate.retry_after_s {
                let later_ms = now_ms + i64::from(wait_s) * 1000;
                let later = limit.ask(arrival, cost, later_ms).0;
                // A wait too long for its type is told as the longest.
                let is_told = wait_s < u32::MAX;
                assert!(later.passes || !is_told, "the wait was too short: {rate:?}");
            } else {
                assert!(limit.count == 0 || cost > limit.burst, "{rate:?}");
            }
            continue;
        }
        if step.gives_back {
            let returned = limit.give_back(arrival, cost);
            let (again, _) = limit.ask(returned, cost, now_ms);
            assert!(again.passes, "what was given back is not there: {again:?}");
            arrival = returned;
            continue;
        }
        passed += u128::from(cost);
        check_the_rest(limit, arrival, now_ms);
        let elapsed_ms = u128::try_from(now_ms - begin_ms).expect("time goes forward");
        let window_ms = u128::from(limit.window_s) * 1000;
        // Two a second are what rounding may give away, as `Arrival` says.
        let rounding = 2 * (elapsed_ms / 1000 + 1);
        let allowed = u128::from(limit.burst)
            + (u128::from(limit.count) * elapsed_ms).div_ceil(window_ms)
            + rounding;
        assert!(passed <= allowed, "{passed} of {allowed} after {before:?}");
    }
});

/// What the answer says is left passes now, and one more does not.
fn check_the_rest(limit: Limit, arrival: Arrival, now_ms: i64) {
    let told = limit.ask(arrival, 0, now_ms).0;
    if told.remaining > 0 {
        assert!(limit.ask(arrival, told.remaining, now_ms).0.passes);
    }
    assert!(!limit.ask(arrival, told.remaining + 1, now_ms).0.passes);
    let rested_ms = now_ms + i64::from(told.reset_s) * 1000;
    // A rest too long for its type is told as the longest.
    assert!(arrival.is_rested(rested_ms) || told.reset_s == u32::MAX);
}
