//! Rate limits as arithmetic: the generic cell rate algorithm over nanoseconds.
//! Leaves who is limited, and where the state is kept, to `keyring`.

const NS_PER_MS: i128 = 1_000_000;
const NS_PER_MINUTE: i128 = 60_000_000_000;

/// How many requests a minute pass, and how many of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Requests a minute, at least 1.
    pub per_minute: u32,
    /// Requests that pass in one instant after a rest, at least 1.
    pub burst: u32,
}

/// When the next request would conform: the theoretical arrival time, in Unix nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival(i128);

/// What a request at this instant gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The limit that was asked.
    pub limit: Limit,
    /// Whether the request passes.
    pub passes: bool,
    /// Requests that would still pass in this instant.
    pub remaining: u32,
    /// Whole seconds, rounded up, until the whole burst is back.
    pub reset_s: u32,
    /// Whole seconds, rounded up, until one request passes; 0 if one passes now.
    pub retry_after_s: u32,
}

impl Limit {
    /// Seconds in which the whole burst comes back, rounded up: the window of the policy.
    #[must_use]
    pub fn window_s(self) -> u32 {
        seconds_up(self.interval_ns() * i128::from(self.burst))
    }

    /// Takes one request from the window and says what became of it.
    pub fn take(self, arrival: &mut Arrival, now_ms: i64) -> Rate {
        let instant_ns = i128::from(now_ms) * NS_PER_MS;
        let interval_ns = self.interval_ns();
        let tolerance_ns = interval_ns * i128::from(self.burst);
        // Further ahead than a full window it cannot be, unless the clock was set back: begin anew.
        let is_sane = arrival.0 <= instant_ns + tolerance_ns;
        let due_ns = if is_sane {
            arrival.0.max(instant_ns)
        } else {
            instant_ns
        };
        let passes = due_ns + interval_ns <= instant_ns + tolerance_ns;
        let next_ns = if passes { due_ns + interval_ns } else { due_ns };
        *arrival = Arrival(next_ns);
        let room_ns = instant_ns + tolerance_ns - next_ns;
        Rate {
            limit: self,
            passes,
            remaining: u32::try_from(room_ns / interval_ns).unwrap_or(0),
            reset_s: seconds_up(next_ns - instant_ns),
            retry_after_s: seconds_up((interval_ns - room_ns).max(0)),
        }
    }

    fn interval_ns(self) -> i128 {
        NS_PER_MINUTE / i128::from(self.per_minute.max(1))
    }
}

impl Arrival {
    /// Whether forgetting this state changes nothing: the window is whole again.
    #[must_use]
    pub fn is_rested(self, now_ms: i64) -> bool {
        self.0 <= i128::from(now_ms) * NS_PER_MS
    }
}

fn seconds_up(ns: i128) -> u32 {
    u32::try_from((ns + 999_999_999) / 1_000_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Limit};

    const LIMIT: Limit = Limit {
        per_minute: 60,
        burst: 10,
    };

    #[test]
    fn a_rested_caller_gets_the_burst_and_then_one_a_second() {
        let mut arrival = Arrival::default();
        for left in (0..10).rev() {
            let rate = LIMIT.take(&mut arrival, 1_000_000);
            assert!(rate.passes);
            assert_eq!(rate.remaining, left);
        }
        let refused = LIMIT.take(&mut arrival, 1_000_000);
        assert!(!refused.passes);
        assert_eq!(
            (refused.remaining, refused.retry_after_s, refused.reset_s),
            (0, 1, 10)
        );
        assert!(!LIMIT.take(&mut arrival, 1_000_999).passes);
        assert!(LIMIT.take(&mut arrival, 1_001_000).passes);
        assert!(!LIMIT.take(&mut arrival, 1_001_000).passes);
    }

    #[test]
    fn a_minute_lets_the_burst_and_the_rate_through() {
        let limit = Limit {
            per_minute: 100,
            burst: 10,
        };
        let mut arrival = Arrival::default();
        let passed = (0..60_000)
            .filter(|ms| limit.take(&mut arrival, *ms).passes)
            .count();
        assert_eq!(passed, 109);
        assert!(limit.take(&mut arrival, 60_000).passes);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let mut arrival = Arrival::default();
        assert!(LIMIT.take(&mut arrival, 3_600_000).passes);
        let rate = LIMIT.take(&mut arrival, 0);
        assert!(rate.passes);
        assert_eq!(rate.remaining, 9);
    }

    #[test]
    fn the_window_of_the_policy_is_the_time_the_burst_needs_to_come_back() {
        assert_eq!(LIMIT.window_s(), 10);
        assert_eq!(
            Limit {
                per_minute: 1,
                burst: 1
            }
            .window_s(),
            60
        );
        assert_eq!(
            Limit {
                per_minute: 1_000_000,
                burst: 1
            }
            .window_s(),
            1
        );
    }
}
