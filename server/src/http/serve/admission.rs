//! Who is turned away where all wait too long, so that those who are let in are answered in time.
//! Leaves how long they wait to `pulse`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The part of the longest wait up to which all is calm.
const CALM: f64 = 0.1;
/// The part of the longest wait that is aimed at. What waits for longer than the longest is turned away all
/// at once, comes back all at once, and waits together again: best that never happens.
const AIM: f64 = 0.75;
/// How long a share is tried, in longest waits: all that waits must have been looked at once meanwhile.
const TRIED_FOR: f64 = 1.33;
/// So many are let in whatever happens: where turning away alone takes too long, nobody would be answered.
const SHARE_MIN: f64 = 0.03;
/// So many in a row at most are let in or turned away: one kind of work after the other goes faster than both by
/// turns.
const RUN_LEN_MAX: u32 = 128;
/// A trial has room for so many runs at least, or it would say nothing of its share.
const RUNS_MIN: u32 = 64;
/// The multiples of this spread evenly between whole numbers (it is the golden ratio's).
const SPREAD: f64 = 0.618_033_988_749_894_9;

/// Lets in as many as can be answered in time, and what is urgent first.
///
/// To turn somebody away takes work, too, so it turns away no more than it must. It does not know what a request
/// takes, but it sees what becomes of a share: where half was let in and all waited twice as long as they
/// should, it tries a quarter next.
pub(super) struct Admission {
    wait_max: Duration,
    /// Whoever has waited for less is let in: there is no crowd.
    calm_max: Duration,
    trial: Mutex<Trial>,
}

/// One share, and what has become of it so far.
struct Trial {
    began: Instant,
    /// Of all, so many should be let in.
    share: f64,
    /// Which is this share of what is urgent, and this of all else.
    urgent_share: f64,
    other_share: f64,
    /// So many in a row are let in or turned away.
    run_len: u32,
    asked: u32,
    urgent: u32,
    admitted: u32,
    /// How long all who asked had waited, in seconds.
    waited_s: f64,
}

impl Trial {
    /// A share of requests of which so many are urgent: these come first. About so many will ask.
    fn of(share: f64, urgent: f64, asked: u32, now: Instant) -> Self {
        let within = |share: f64| share.clamp(SHARE_MIN, 1.0);
        Self {
            began: now,
            share: within(share),
            urgent_share: within(if share < urgent { share / urgent } else { 1.0 }),
            other_share: within(if share < 1.0 {
                (share - urgent) / (1.0 - urgent)
            } else {
                1.0
            }),
            run_len: (asked / RUNS_MIN).clamp(1, RUN_LEN_MAX),
            asked: 0,
            urgent: 0,
            admitted: 0,
            waited_s: 0.0,
        }
    }

    /// Everybody is let in. How many will ask is not known yet.
    fn anew(now: Instant) -> Self {
        Self::of(1.0, 0.0, 0, now)
    }

    /// What to try next, where the wait should be as long as this.
    fn next(&self, aim_s: f64, now: Instant) -> Self {
        if self.asked == 0 {
            return Self::anew(now);
        }
        let asked = f64::from(self.asked);
        let wanted = f64::from(self.admitted) / asked * aim_s / (self.waited_s / asked);
        // Halfway there: the wait of now comes from what was tried a while ago, too.
        let share = (self.share * wanted).sqrt();
        let urgent = f64::from(self.urgent) / asked;
        Self::of(share, urgent, self.asked, now)
    }

    /// Whether the next one is among this share.
    fn draws(&self, share: f64) -> bool {
        (f64::from(self.asked / self.run_len) * SPREAD).fract() < share
    }
}

impl Admission {
    /// Nobody has asked yet.
    pub(super) fn new(wait_max: Duration) -> Self {
        Self {
            wait_max,
            calm_max: wait_max.mul_f64(CALM),
            trial: Mutex::new(Trial::anew(Instant::now())),
        }
    }

    /// Whether to let in somebody who has waited so long.
    pub(super) fn admits(&self, waited: Duration, is_urgent: bool) -> bool {
        self.admits_at(Instant::now, waited, is_urgent)
    }

    /// Where all is calm, nobody needs to know what time it is.
    fn admits_at(&self, now: impl FnOnce() -> Instant, waited: Duration, is_urgent: bool) -> bool {
        if waited < self.calm_max {
            return true;
        }
        let now = now();
        let mut trial = self.trial.lock().unwrap_or_else(PoisonError::into_inner);
        let tried_for = now.saturating_duration_since(trial.began);
        let enough = self.wait_max.mul_f64(TRIED_FOR);
        if tried_for > 2 * enough {
            *trial = Trial::anew(now);
        } else if tried_for > enough {
            *trial = trial.next(self.wait_max.as_secs_f64() * AIM, now);
        }
        let share = match is_urgent {
            _ if waited > self.wait_max => SHARE_MIN,
            true => trial.urgent_share,
            false => trial.other_share,
        };
        let is_admitted = trial.draws(share);
        trial.asked = trial.asked.saturating_add(1);
        trial.urgent += u32::from(is_urgent);
        trial.admitted += u32::from(is_admitted);
        trial.waited_s += waited.as_secs_f64();
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

    /// How long it takes to answer somebody, and to turn somebody away.
    #[derive(Clone, Copy)]
    struct Costs {
        work: Duration,
        refusal: Duration,
    }

    /// What became of a crowd that asks again at once whatever it hears.
    #[derive(Default)]
    struct Outcome {
        asked: [u32; 2],
        /// Those that are not urgent, and those that are.
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

        fn assert_nobody_waited_too_long(&self) {
            assert!(self.longest_wait < WAIT_MAX, "{:?}", self.longest_wait);
        }
    }

    /// Serves a crowd for half a minute of its own time, one after the other. Of ten, so many are urgent.
    fn serve(crowd: usize, urgent: usize, costs: Costs) -> Outcome {
        let admission = Admission::new(WAIT_MAX);
        let began = Instant::now();
        let callers = (0..crowd).map(|caller| (caller % 10 < urgent, began));
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
    fn a_crowd_that_can_be_answered_in_time_is_answered() {
        // Each waits for 490 ms.
        let outcome = serve(3500, 0, COSTS);
        assert_eq!(outcome.refused(), 0);
        assert!(outcome.all_answered() > 200_000);
    }

    #[test]
    fn of_too_large_a_crowd_as_many_are_let_in_as_can_be_answered_in_time() {
        // Whether none is urgent or all are.
        for urgent in [0, 10] {
            let outcome = serve(9000, urgent, COSTS);
            outcome.assert_nobody_waited_too_long();
            // To answer 9000 within 525 ms, 36 of 100 can be let in: 6000 a second, and 11,000 refused.
            assert!(
                outcome.all_answered() > 170_000,
                "{}",
                outcome.all_answered()
            );
            assert!(outcome.refused() < 350_000, "{}", outcome.refused());
        }
    }

    #[test]
    fn what_is_urgent_is_let_in_before_all_else() {
        // To let in all that is urgent and a little more is what can be done.
        let outcome = serve(9000, 3, COSTS);
        outcome.assert_nobody_waited_too_long();
        assert!(outcome.share(1) > 0.9, "{}", outcome.share(1));
        assert!(outcome.share(0) < 0.3, "{}", outcome.share(0));
        // Half of it is more than can be done, and hardly anything else is let in.
        let outcome = serve(9000, 5, COSTS);
        outcome.assert_nobody_waited_too_long();
        assert!(outcome.share(1) > 0.5, "{}", outcome.share(1));
        assert!(outcome.share(0) < 0.15, "{}", outcome.share(0));
    }

    #[test]
    fn where_refusing_everybody_takes_too_long_some_are_answered_all_the_same() {
        let refusal = Duration::from_micros(100);
        let outcome = serve(9000, 0, Costs { refusal, ..COSTS });
        assert!(outcome.longest_wait > WAIT_MAX);
        assert!(outcome.all_answered() > 5000, "{}", outcome.all_answered());
    }

    #[test]
    fn a_slow_server_turns_away_as_a_fast_one_does() {
        // A fifth of a run in a trial: all of them would wait for four seconds.
        let costs = Costs {
            work: Duration::from_millis(20),
            refusal: Duration::from_millis(1),
        };
        let outcome = serve(200, 0, costs);
        outcome.assert_nobody_waited_too_long();
        // To answer 200 within 525 ms, 8 of 100 can be let in: 33 a second.
        assert!(outcome.all_answered() > 600, "{}", outcome.all_answered());
    }

    #[test]
    fn whoever_has_waited_too_long_is_turned_away_urgent_or_not() {
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
    fn the_first_crowd_after_a_start_is_let_in_whenever_it_comes() {
        for later in [WAIT_MAX / 2, WAIT_MAX * 3 / 2, WAIT_MAX * 3] {
            let admission = Admission::new(WAIT_MAX);
            let now = Instant::now() + later;
            assert!((0..1000).all(|_| admission.admits_at(|| now, WAIT_MAX / 2, false)));
        }
    }

    #[test]
    fn a_share_is_forgotten_when_there_was_no_crowd_for_a_while() {
        let admission = Admission::new(WAIT_MAX);
        let began = Instant::now();
        *admission.trial.lock().unwrap() = Trial::of(0.0, 0.0, 0, began);
        let is_admitted =
            |at, count: u32| (0..count).all(|_| admission.admits_at(|| at, WAIT_MAX, false));
        assert!(!is_admitted(began, 10 * RUN_LEN_MAX));
        assert!(is_admitted(began + 3 * WAIT_MAX, 1000));
    }
}
