//! Who is turned away where all wait too long, so that those who are let in are answered in time.
//! Leaves how long they wait to `pulse`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whoever has waited for less than this part of the longest wait is let in: there is no crowd.
const CALM: f64 = 0.1;
/// The part of the longest wait that is aimed at. What waits for longer than the longest is turned away all
/// at once, comes back all at once, and waits together again: best that never happens.
const AIM: f64 = 0.75;
/// How long a share is tried, in longest waits: all that waits must have been looked at once meanwhile.
const TRIED_FOR: f64 = 1.33;
/// So many are let in whatever happens: where turning away alone takes too long, nobody would be answered.
const SHARE_MIN: f64 = 0.03;
/// So many in a row are let in or turned away: one kind of work after the other goes faster than both by turns.
const RUN_LEN: u32 = 128;
/// The multiples of this spread evenly between whole numbers (it is the golden ratio's).
const SPREAD: f64 = 0.618_033_988_749_894_9;

/// Lets in as many as can be answered in time.
///
/// To turn somebody away takes work, too, so it turns away no more than it must. It does not know what a request
/// takes, but it sees what becomes of a share: where half was let in and all waited twice as long as they
/// should, it tries a quarter next.
pub(super) struct Admission {
    wait_max: Duration,
    trial: Mutex<Trial>,
}

/// One share, and what has become of it so far.
struct Trial {
    began: Instant,
    share: f64,
    asked: u32,
    admitted: u32,
    /// How long all who asked had waited, in seconds.
    waited_s: f64,
}

impl Trial {
    fn of(share: f64, now: Instant) -> Self {
        Self {
            began: now,
            share,
            asked: 0,
            admitted: 0,
            waited_s: 0.0,
        }
    }

    /// Whether the next one is among this share.
    fn draws(&self, share: f64) -> bool {
        (f64::from(self.asked / RUN_LEN) * SPREAD).fract() < share
    }

    /// The share to try next, where the wait should be as long as this.
    fn better_share(&self, aim_s: f64) -> f64 {
        let asked = f64::from(self.asked.max(1));
        let admitted = f64::from(self.admitted) / asked;
        let wanted = admitted * aim_s * asked / self.waited_s;
        // Halfway there: the wait of now comes from what was tried a while ago, too.
        (self.share * wanted).sqrt().clamp(SHARE_MIN, 1.0)
    }
}

impl Admission {
    /// Nobody has asked yet.
    pub(super) fn new(wait_max: Duration) -> Self {
        Self {
            wait_max,
            trial: Mutex::new(Trial::of(1.0, Instant::now())),
        }
    }

    /// Whether to let in somebody who has waited so long. What is urgent is turned away only when it has waited
    /// longer than anybody may.
    pub(super) fn admits(&self, waited: Duration, is_urgent: bool) -> bool {
        self.admits_at(Instant::now(), waited, is_urgent)
    }

    fn admits_at(&self, now: Instant, waited: Duration, is_urgent: bool) -> bool {
        if waited < self.wait_max.mul_f64(CALM) {
            return true;
        }
        let mut trial = self.trial.lock().unwrap_or_else(PoisonError::into_inner);
        let tried_for = now.saturating_duration_since(trial.began);
        let enough = self.wait_max.mul_f64(TRIED_FOR);
        if tried_for > 2 * enough {
            *trial = Trial::of(1.0, now);
        } else if tried_for > enough {
            let aim_s = self.wait_max.as_secs_f64() * AIM;
            *trial = Trial::of(trial.better_share(aim_s), now);
        }
        let share = match waited > self.wait_max {
            true => SHARE_MIN,
            false if is_urgent => 1.0,
            false => trial.share,
        };
        let is_admitted = trial.draws(share);
        trial.asked = trial.asked.saturating_add(1);
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
    const WORK: Duration = Duration::from_micros(140);
    const REFUSAL: Duration = Duration::from_micros(17);

    /// What became of a crowd that asks again at once whatever it hears.
    struct Outcome {
        answered: usize,
        refused: usize,
        /// In the second half of the time.
        longest_wait: Duration,
    }

    /// Serves a crowd for half a minute of its own time, one after the other.
    fn serve(crowd: usize, refusal: Duration) -> Outcome {
        let admission = Admission::new(WAIT_MAX);
        let began = Instant::now();
        let mut waiting: VecDeque<Instant> = vec![began; crowd].into();
        let mut outcome = Outcome {
            answered: 0,
            refused: 0,
            longest_wait: Duration::ZERO,
        };
        let mut now = began;
        while now - began < Duration::from_secs(30) {
            let waited = now - waiting.pop_front().unwrap();
            if admission.admits_at(now, waited, false) {
                now += WORK;
                outcome.answered += 1;
                if now - began > Duration::from_secs(15) {
                    outcome.longest_wait = outcome.longest_wait.max(waited);
                }
            } else {
                now += refusal;
                outcome.refused += 1;
            }
            waiting.push_back(now);
        }
        outcome
    }

    #[test]
    fn a_crowd_that_can_be_answered_in_time_is_answered() {
        // Each waits for 490 ms.
        let outcome = serve(3500, REFUSAL);
        assert_eq!(outcome.refused, 0);
        assert!(outcome.answered > 200_000, "{}", outcome.answered);
    }

    #[test]
    fn of_too_large_a_crowd_as_many_are_let_in_as_can_be_answered_in_time() {
        let outcome = serve(9000, REFUSAL);
        assert!(outcome.longest_wait < WAIT_MAX);
        // To answer 9000 within 525 ms, 36 of 100 can be let in: 6000 a second, and 11,000 refused.
        assert!(outcome.answered > 170_000, "{}", outcome.answered);
        assert!(outcome.refused < 330_000, "{}", outcome.refused);
    }

    #[test]
    fn where_refusing_everybody_takes_too_long_some_are_answered_all_the_same() {
        let outcome = serve(9000, Duration::from_micros(100));
        assert!(outcome.longest_wait > WAIT_MAX);
        assert!(outcome.answered > 5000, "{}", outcome.answered);
    }

    #[test]
    fn what_is_urgent_is_turned_away_only_when_it_has_waited_too_long() {
        let admission = Admission::new(WAIT_MAX);
        admission.trial.lock().unwrap().share = SHARE_MIN;
        let now = Instant::now();
        let admitted = |waited, is_urgent| {
            let asked = 0..100 * RUN_LEN;
            let asked = asked.filter(|_| admission.admits_at(now, waited, is_urgent));
            asked.count() / usize::try_from(RUN_LEN).unwrap()
        };
        assert_eq!(admitted(WAIT_MAX, true), 100);
        assert!(admitted(WAIT_MAX, false) < 10);
        assert!(admitted(2 * WAIT_MAX, true) < 10);
        assert_eq!(admitted(WAIT_MAX / 20, false), 100);
    }

    #[test]
    fn a_share_is_forgotten_when_there_was_no_crowd_for_a_while() {
        let admission = Admission::new(WAIT_MAX);
        admission.trial.lock().unwrap().share = SHARE_MIN;
        let later = Instant::now() + 3 * WAIT_MAX;
        assert!((0..1000).all(|_| admission.admits_at(later, WAIT_MAX, false)));
    }
}
