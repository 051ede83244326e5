//! Which requests are shed when all wait too long, so that those that are admitted are answered in time.
//! Adaptive admission control with priorities: as in DAGOR (Zhou et al. 2018, doi:10.1145/3267809.3267823), queueing
//! delay is the sign of overload, and an admission ratio follows it.
//! Not here: measuring that delay (`queue_delay`), and the classes of requests (`request_class`).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The part of the longest wait up to which nothing is shed.
const TOLERATED_PART: f64 = 0.1;
/// The part of the longest wait that is the target. At the longest wait itself nearly all would be shed at once, retry
/// at once, and be queued together again.
const TARGET_PART: f64 = 0.75;
/// How long a ratio is kept, in longest waits: all that was queued before must have been read meanwhile.
const INTERVAL_LEN: f64 = 1.33;
/// The least ratio. Where shedding alone takes too long, no request would be answered without it.
const RATIO_MIN: f64 = 0.03;
/// The most requests in a row that are admitted or shed: the processor does runs of one kind faster than both mixed.
const RUN_LEN_MAX: u32 = 128;
/// The least runs in an interval, or what becomes of it would say nothing of its ratio.
const RUNS_MIN: u32 = 64;
/// The fractional parts of its multiples spread evenly between 0 and 1 (it is the golden ratio's).
const SPREAD: f64 = 0.618_033_988_749_894_9;

/// Admits as many requests as can be answered in time, those of priority first.
///
/// To shed a request takes work, too, so no more are shed than must be. What a request costs is not known, but what
/// becomes of a ratio is: where half was admitted and the delay was twice the target, the next ratio goes towards a
/// quarter.
pub(super) struct Admission {
    wait_max: Duration,
    /// Below this delay there is no overload.
    tolerated: Duration,
    interval: Mutex<Interval>,
}

/// A ratio for a while, and what has become of it so far.
struct Interval {
    began: Instant,
    /// The target share of all requests that are admitted.
    ratio: f64,
    /// The share of those of priority, and the share of all others.
    priority_ratio: f64,
    other_ratio: f64,
    run_len: u32,
    asked: u32,
    asked_with_priority: u32,
    admitted: u32,
    /// The sum of all delays, in seconds.
    waited_s: f64,
}

impl Interval {
    /// An interval of this ratio, where this share of about `asked` requests has priority.
    fn of(ratio: f64, priority: f64, asked: u32, now: Instant) -> Self {
        let within = |ratio: f64| ratio.clamp(RATIO_MIN, 1.0);
        Self {
            began: now,
            ratio: within(ratio),
            priority_ratio: within(if ratio < priority {
                ratio / priority
            } else {
                1.0
            }),
            other_ratio: within(if ratio < 1.0 {
                (ratio - priority) / (1.0 - priority)
            } else {
                1.0
            }),
            run_len: (asked / RUNS_MIN).clamp(1, RUN_LEN_MAX),
            asked: 0,
            asked_with_priority: 0,
            admitted: 0,
            waited_s: 0.0,
        }
    }

    /// All requests are admitted; how many will come is not known yet.
    fn anew(now: Instant) -> Self {
        Self::of(1.0, 0.0, 0, now)
    }

    /// The interval after this one, for this target delay.
    fn next(&self, target_s: f64, now: Instant) -> Self {
        if self.asked == 0 {
            return Self::anew(now);
        }
        let asked = f64::from(self.asked);
        let wanted = f64::from(self.admitted) / asked * target_s / (self.waited_s / asked);
        // The geometric mean damps it: today's delay comes from earlier ratios, too.
        let ratio = (self.ratio * wanted).sqrt();
        let priority = f64::from(self.asked_with_priority) / asked;
        Self::of(ratio, priority, self.asked, now)
    }

    /// Whether the next request is within this ratio.
    fn draws(&self, ratio: f64) -> bool {
        (f64::from(self.asked / self.run_len) * SPREAD).fract() < ratio
    }
}

impl Admission {
    pub(super) fn new(wait_max: Duration) -> Self {
        Self {
            wait_max,
            tolerated: wait_max.mul_f64(TOLERATED_PART),
            interval: Mutex::new(Interval::anew(Instant::now())),
        }
    }

    /// Whether to admit a request that was queued this long.
    pub(super) fn admits(&self, waited: Duration, has_priority: bool) -> bool {
        self.admits_at(Instant::now, waited, has_priority)
    }

    /// The clock is read under overload only.
    fn admits_at(
        &self,
        now: impl FnOnce() -> Instant,
        waited: Duration,
        has_priority: bool,
    ) -> bool {
        if waited < self.tolerated {
            return true;
        }
        let now = now();
        let mut interval = self.interval.lock().unwrap_or_else(PoisonError::into_inner);
        let lasts = now.saturating_duration_since(interval.began);
        let enough = self.wait_max.mul_f64(INTERVAL_LEN);
        if lasts > 2 * enough {
            *interval = Interval::anew(now);
        } else if lasts > enough {
            *interval = interval.next(self.wait_max.as_secs_f64() * TARGET_PART, now);
        }
        let ratio = match has_priority {
            _ if waited > self.wait_max => RATIO_MIN,
            true => interval.priority_ratio,
            false => interval.other_ratio,
        };
        let is_admitted = interval.draws(ratio);
        interval.asked = interval.asked.saturating_add(1);
        interval.asked_with_priority += u32::from(has_priority);
        interval.admitted += u32::from(is_admitted);
        interval.waited_s += waited.as_secs_f64();
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    const WAIT_MAX: Duration = Duration::from_millis(700);
    const COSTS: Costs = Costs {
        work: Duration::from_micros(140),
        refusal: Duration::from_micros(17),
    };

    /// How long it takes to answer a request, and to shed one.
    #[derive(Clone, Copy)]
    struct Costs {
        work: Duration,
        refusal: Duration,
    }

    /// What became of clients that each ask again at once, whatever the answer.
    #[derive(Default)]
    struct Outcome {
        asked: [u32; 2],
        /// Those without priority, and those with it.
        answered: [u32; 2],
        /// In the second half of the time.
        longest_wait: Duration,
    }

    impl Outcome {
        fn all_answered(&self) -> u32 {
            self.answered.iter().sum()
        }

        fn refused(&self) -> u32 {
            self.asked.iter().sum::<u32>() - self.all_answered()
        }

        fn share(&self, urgent: usize) -> f64 {
            f64::from(self.answered[urgent]) / f64::from(self.asked[urgent])
        }

        fn assert_none_waited_too_long(&self) {
            assert!(self.longest_wait < WAIT_MAX, "{:?}", self.longest_wait);
        }
    }

    /// Serves this many clients for half a minute of their own time, one after the other; of ten, `urgent` have
    /// priority.
    fn serve(clients: usize, urgent: usize, costs: Costs) -> Outcome {
        let admission = Admission::new(WAIT_MAX);
        let began = Instant::now();
        let callers = (0..clients).map(|caller| (caller % 10 < urgent, began));
        let mut waiting: VecDeque<(bool, Instant)> = callers.collect();
        let mut outcome = Outcome::default();
        let mut now = began;
        while now - began < Duration::from_secs(30) {
            let (is_urgent, since) = waiting.pop_front().unwrap();
            outcome.asked[usize::from(is_urgent)] += 1;
            if admission.admits_at(|| now, now - since, is_urgent) {
                outcome.answered[usize::from(is_urgent)] += 1;
                if now - began > Duration::from_secs(15) {
                    outcome.longest_wait = outcome.longest_wait.max(now - since);
                }
                now += costs.work;
            } else {
                now += costs.refusal;
            }
            waiting.push_back((is_urgent, now));
        }
        outcome
    }

    #[test]
    fn what_can_be_answered_in_time_is_not_shed() {
        // Each waits for 490 ms.
        let outcome = serve(3500, 0, COSTS);
        assert_eq!(outcome.refused(), 0);
        assert!(outcome.all_answered() > 200_000);
    }

    #[test]
    fn under_overload_as_many_are_admitted_as_can_be_answered_in_time() {
        // Whether none has priority or all have.
        for urgent in [0, 10] {
            let outcome = serve(9000, urgent, COSTS);
            outcome.assert_none_waited_too_long();
            // To answer 9000 within 525 ms, 36 of 100 can be admitted: 6000 a second, and 11,000 refused.
            assert!(
                outcome.all_answered() > 170_000,
                "{}",
                outcome.all_answered()
            );
            assert!(outcome.refused() < 350_000, "{}", outcome.refused());
        }
    }

    #[test]
    fn requests_of_priority_are_admitted_first() {
        // There is room for all that have priority and a few more.
        let outcome = serve(9000, 3, COSTS);
        outcome.assert_none_waited_too_long();
        assert!(outcome.share(1) > 0.9, "{}", outcome.share(1));
        assert!(outcome.share(0) < 0.3, "{}", outcome.share(0));
        // There is room for a part of those of priority, and hardly any other is admitted.
        let outcome = serve(9000, 5, COSTS);
        outcome.assert_none_waited_too_long();
        assert!(outcome.share(1) > 0.5, "{}", outcome.share(1));
        assert!(outcome.share(0) < 0.15, "{}", outcome.share(0));
    }

    #[test]
    fn where_shedding_all_takes_too_long_some_are_answered_all_the_same() {
        let refusal = Duration::from_micros(100);
        let outcome = serve(9000, 0, Costs { refusal, ..COSTS });
        assert!(outcome.longest_wait > WAIT_MAX);
        assert!(outcome.all_answered() > 5000, "{}", outcome.all_answered());
    }

    #[test]
    fn a_slow_server_sheds_as_a_fast_one_does() {
        // A fifth of a run in an interval: all of them would wait for four seconds.
        let costs = Costs {
            work: Duration::from_millis(20),
            refusal: Duration::from_millis(1),
        };
        let outcome = serve(200, 0, costs);
        outcome.assert_none_waited_too_long();
        // To answer 200 within 525 ms, 8 of 100 can be admitted: 33 a second.
        assert!(outcome.all_answered() > 600, "{}", outcome.all_answered());
    }

    #[test]
    fn what_has_waited_too_long_is_shed_whatever_its_priority() {
        let admission = Admission::new(WAIT_MAX);
        let now = Instant::now();
        for is_urgent in [false, true] {
            let asked = (0..100 * RUN_LEN_MAX)
                .filter(|_| admission.admits_at(|| now, 2 * WAIT_MAX, is_urgent));
            assert!(asked.count() < 1000);
        }
        assert!((0..1000).all(|_| admission.admits_at(|| now, WAIT_MAX / 20, false)));
    }

    #[test]
    fn the_first_overload_after_a_start_is_admitted_whenever_it_comes() {
        for later in [WAIT_MAX / 2, WAIT_MAX * 3 / 2, WAIT_MAX * 3] {
            let admission = Admission::new(WAIT_MAX);
            let now = Instant::now() + later;
            assert!((0..1000).all(|_| admission.admits_at(|| now, WAIT_MAX / 2, false)));
        }
    }

    #[test]
    fn a_ratio_is_forgotten_when_there_was_no_overload_for_a_while() {
        let admission = Admission::new(WAIT_MAX);
        let began = Instant::now();
        *admission.interval.lock().unwrap() = Interval::of(0.0, 0.0, 0, began);
        let is_admitted =
            |at, count: u32| (0..count).all(|_| admission.admits_at(|| at, WAIT_MAX, false));
        assert!(!is_admitted(began, 10 * RUN_LEN_MAX));
        assert!(is_admitted(began + 3 * WAIT_MAX, 1000));
    }
}
