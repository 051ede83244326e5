//! Rate limits as arithmetic: the generic cell rate algorithm over attoseconds.
//! Leaves who is limited, and where the state is kept, to `keyring`.

const AS_PER_MS: i128 = 1_000_000_000_000_000;
const AS_PER_S: i128 = 1000 * AS_PER_MS;
/// How far a clock may be set back without giving a used window its burst again.
const SLACK: i128 = 10 * AS_PER_S;

/// How much passes in a window, and how much of it at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What passes in each window, 0 to 2^31; of 0, nothing ever passes.
    pub count: u64,
    /// The length of the window in seconds, at least 1.
    pub window_s: u32,
    /// What passes in one instant after a rest, 1 to 2^31.
    pub burst: u64,
}

/// When the next request would conform: the theoretical arrival time, in Unix attoseconds.
///
/// So fine that rounding lets at most two more through in a second, even of 2^31.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival(i128);

/// What a request at this instant gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The limit that was asked.
    pub limit: Limit,
    /// Whether the request passes.
    pub passes: bool,
    /// What would still pass in this instant.
    pub remaining: u64,
    /// Whole seconds, rounded up, until the whole burst is back; the window's length if it never is.
    pub reset_s: u32,
    /// Whole seconds, rounded up, until the same request passes.
    /// `None` if it passes now, and if no waiting helps: the limit is 0, or the cost is over the burst.
    pub retry_after_s: Option<u32>,
}

/// What several windows say to one cost, which is taken from all of them or from none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joint {
    /// Whether every one of them lets it pass.
    pub passes: bool,
    /// What each says, in their order, and its state once the cost is taken.
    pub each: Vec<(Rate, Arrival)>,
}

impl Joint {
    /// Asks windows, by their limits and states, for a cost.
    #[must_use]
    pub fn ask(
        windows: impl IntoIterator<Item = (Limit, Arrival)>,
        cost: u64,
        now_ms: i64,
    ) -> Self {
        let windows = windows.into_iter();
        let each: Vec<(Rate, Arrival)> = windows
            .map(|(limit, arrival)| limit.ask(arrival, cost, now_ms))
            .collect();
        let passes = each.iter().all(|(rate, _)| rate.passes);
        Self { passes, each }
    }
}

impl Limit {
    /// Seconds in which the whole burst comes back, rounded up; the window's length if it never does.
    #[must_use]
    pub fn rest_s(self) -> u32 {
        self.interval()
            .map_or(self.window_s, |interval| seconds_up(self.depth(interval)))
    }

    /// Whether it never lets more through than `other` would.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        let in_the_same_time =
            |limit: Self, others: Self| u128::from(limit.count) * u128::from(others.window_s);
        let is_slower = in_the_same_time(self, other) <= in_the_same_time(other, self);
        // Where nothing ever passes, the burst does not matter.
        self.count == 0 || (is_slower && self.burst <= other.burst)
    }

    /// Takes `cost` from the window, or nothing, and says what became of it.
    pub fn take(self, arrival: &mut Arrival, cost: u64, now_ms: i64) -> Rate {
        let (rate, next) = self.ask(*arrival, cost, now_ms);
        *arrival = next;
        rate
    }

    /// What taking `cost` would say, and the state that it would leave.
    ///
    /// A cost of 0 takes nothing, and so passes wherever anything ever does.
    #[must_use]
    pub fn ask(self, arrival: Arrival, cost: u64, now_ms: i64) -> (Rate, Arrival) {
        let Some(interval) = self.interval() else {
            return (self.closed(), arrival);
        };
        let instant = i128::from(now_ms) * AS_PER_MS;
        let end = instant + self.depth(interval);
        // Much further ahead than a full window it cannot be, unless the clock was set back or the limit
        // was another: begin anew. A clock that is corrected by a little gives nothing away.
        let is_sane = arrival.0 <= end + SLACK;
        let due = if is_sane {
            arrival.0.max(instant)
        } else {
            instant
        };
        let price = interval.saturating_mul(i128::from(cost));
        let passes = cost == 0 || price <= end - due;
        let next = if passes { due + price } else { due };
        let room = end - next;
        let retry_after_s = (!passes && cost <= self.burst).then(|| seconds_up(price - room));
        let rate = Rate {
            limit: self,
            passes,
            remaining: u64::try_from(room.max(0) / interval).unwrap_or(u64::MAX),
            reset_s: seconds_up(next - instant),
            retry_after_s,
        };
        (rate, Arrival(next))
    }

    /// The state as if `cost` had not been taken.
    #[must_use]
    pub fn give_back(self, arrival: Arrival, cost: u64) -> Arrival {
        let price = self
            .interval()
            .unwrap_or(0)
            .saturating_mul(i128::from(cost));
        Arrival(arrival.0.saturating_sub(price))
    }

    /// What everybody gets where nothing ever passes.
    fn closed(self) -> Rate {
        Rate {
            limit: self,
            passes: false,
            remaining: 0,
            reset_s: self.window_s,
            retry_after_s: None,
        }
    }

    /// The time that one takes to come back; `None` if it never does.
    fn interval(self) -> Option<i128> {
        let window = i128::from(self.window_s) * AS_PER_S;
        Some(window.checked_div(i128::from(self.count))?.max(1))
    }

    /// The time that the whole burst takes to come back.
    fn depth(self, interval: i128) -> i128 {
        interval * i128::from(self.burst)
    }
}

impl Arrival {
    /// Its milliseconds, and the attoseconds beyond them, 0 to 10^15 - 1: as an engine keeps it.
    #[must_use]
    pub fn parts(self) -> (i64, i64) {
        let ms = i64::try_from(self.0.div_euclid(AS_PER_MS)).unwrap_or(i64::MAX);
        let attoseconds = i64::try_from(self.0.rem_euclid(AS_PER_MS)).unwrap_or_default();
        (ms, attoseconds)
    }

    /// The state of which these are the parts.
    #[must_use]
    pub fn of_parts(ms: i64, attoseconds: i64) -> Self {
        Self(i128::from(ms) * AS_PER_MS + i128::from(attoseconds))
    }

    /// Whether forgetting this state changes nothing: the window is whole again.
    #[must_use]
    pub fn is_rested(self, now_ms: i64) -> bool {
        self.0 <= i128::from(now_ms) * AS_PER_MS
    }
}

fn seconds_up(span: i128) -> u32 {
    u32::try_from((span + AS_PER_S - 1) / AS_PER_S).unwrap_or(u32::MAX)
}

/// One of the windows that limit a key, or all keys of an owner together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Its name, unique among those of its key or owner.
    pub name: String,
    /// How much passes, and how fast.
    pub limit: Limit,
}

/// What is left of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRate {
    /// The window's name.
    pub name: String,
    /// What is left.
    pub rate: Rate,
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Joint, Limit};

    const LIMIT: Limit = limit(60, 60, 10);
    const MOST: u64 = 1 << 31;

    const fn limit(count: u64, window_s: u32, burst: u64) -> Limit {
        Limit {
            count,
            window_s,
            burst,
        }
    }

    #[test]
    fn a_limit_lies_within_another_if_it_never_lets_more_through() {
        let own = limit(60, 60, 10);
        for (other, is_within) in [
            (own, true),
            (limit(1, 1, 10), true),
            (limit(120, 120, 10), true),
            (limit(60, 59, 10), false),
            (limit(61, 60, 10), false),
            (limit(60, 60, 11), false),
            (limit(1, 2_592_000, 1), true),
            (limit(0, 1, 1 << 31), true),
        ] {
            assert_eq!(other.is_within(own), is_within, "{other:?}");
        }
        assert!(!own.is_within(limit(0, 60, 10)));
    }

    #[test]
    fn a_rested_caller_gets_the_burst_and_then_one_a_second() {
        let mut arrival = Arrival::default();
        for left in (0..10).rev() {
            let rate = LIMIT.take(&mut arrival, 1, 1_000_000);
            assert!(rate.passes);
            assert_eq!((rate.remaining, rate.retry_after_s), (left, None));
        }
        let refused = LIMIT.take(&mut arrival, 1, 1_000_000);
        assert!(!refused.passes);
        assert_eq!(
            (refused.remaining, refused.retry_after_s, refused.reset_s),
            (0, Some(1), 10)
        );
        assert!(!LIMIT.take(&mut arrival, 1, 1_000_999).passes);
        assert!(LIMIT.take(&mut arrival, 1, 1_001_000).passes);
        assert!(!LIMIT.take(&mut arrival, 1, 1_001_000).passes);
    }

    #[test]
    fn a_minute_lets_the_burst_and_the_rate_through() {
        let limit = limit(100, 60, 10);
        let mut arrival = Arrival::default();
        let at_once = (0..20).filter(|_| limit.take(&mut arrival, 1, 0).passes);
        assert_eq!(at_once.count(), 10);
        let later = (1..60_000).filter(|ms| limit.take(&mut arrival, 1, *ms).passes);
        assert_eq!(later.count(), 99);
        assert!(limit.take(&mut arrival, 1, 60_000).passes);
    }

    #[test]
    fn the_highest_limit_is_exact_to_the_last_one() {
        let limit = limit(MOST, 1, MOST);
        let mut arrival = Arrival::default();
        assert!(limit.take(&mut arrival, MOST - 1, 0).passes);
        assert!(!limit.take(&mut arrival, 2, 0).passes);
        assert!(limit.take(&mut arrival, 1, 0).passes);
        assert_eq!(limit.take(&mut arrival, 0, 500).remaining, MOST / 2);
        let whole = limit.take(&mut arrival, MOST, 1000);
        assert!(whole.passes);
        assert_eq!((whole.remaining, whole.reset_s), (0, 1));
    }

    #[test]
    fn the_slowest_limit_counts_like_any_other() {
        const MONTH_S: u32 = 2_592_000;
        let limit = limit(1, MONTH_S, MOST);
        let mut arrival = Arrival::default();
        assert!(limit.take(&mut arrival, MOST, 0).passes);
        let refused = limit.take(&mut arrival, 1, 0);
        assert_eq!(refused.retry_after_s, Some(MONTH_S));
        assert_eq!(refused.reset_s, u32::MAX, "what is beyond counting");
        let month_ms = i64::from(MONTH_S) * 1000;
        assert!(!limit.take(&mut arrival, 1, month_ms - 1).passes);
        assert!(limit.take(&mut arrival, 1, month_ms).passes);
    }

    #[test]
    fn a_dear_request_waits_for_all_of_its_cost() {
        let mut arrival = Arrival::default();
        let taken = LIMIT.take(&mut arrival, 7, 0);
        assert_eq!((taken.passes, taken.remaining), (true, 3));
        let refused = LIMIT.take(&mut arrival, 5, 0);
        assert_eq!(
            (refused.passes, refused.remaining, refused.retry_after_s),
            (false, 3, Some(2)),
            "what is left stays"
        );
        assert!(!LIMIT.take(&mut arrival, 5, 1999).passes);
        assert!(LIMIT.take(&mut arrival, 5, 2000).passes);
    }

    #[test]
    fn a_cost_over_the_burst_never_passes_and_the_burst_itself_does() {
        for cost in [11, MOST + 1, u64::MAX] {
            let rate = LIMIT.take(&mut Arrival::default(), cost, 0);
            assert_eq!(
                (rate.passes, rate.remaining, rate.retry_after_s),
                (false, 10, None),
                "{cost}"
            );
        }
        let rate = LIMIT.take(&mut Arrival::default(), 10, 0);
        assert_eq!((rate.passes, rate.remaining), (true, 0));
    }

    #[test]
    fn a_cost_of_nothing_takes_nothing_and_passes_an_empty_window() {
        let mut arrival = Arrival::default();
        assert!(LIMIT.take(&mut arrival, 10, 0).passes);
        let before = arrival;
        let rate = LIMIT.take(&mut arrival, 0, 0);
        assert_eq!(
            (rate.passes, rate.remaining, rate.retry_after_s),
            (true, 0, None)
        );
        assert_eq!(arrival, before);
    }

    #[test]
    fn a_limit_of_nothing_lets_nothing_pass_however_long_one_waits() {
        let closed = limit(0, 30, 1);
        let mut arrival = Arrival::default();
        for (cost, now_ms) in [(1, 0), (0, 0), (1, i64::MAX)] {
            let rate = closed.take(&mut arrival, cost, now_ms);
            assert_eq!(
                (rate.passes, rate.remaining, rate.retry_after_s),
                (false, 0, None)
            );
            assert_eq!(rate.reset_s, 30);
        }
        assert_eq!(arrival, Arrival::default());
        assert_eq!(closed.rest_s(), 30);
    }

    #[test]
    fn asking_leaves_the_state_to_the_caller() {
        let (rate, next) = LIMIT.ask(Arrival::default(), 4, 5000);
        let mut taken = Arrival::default();
        assert_eq!(LIMIT.take(&mut taken, 4, 5000), rate);
        assert_eq!(next, taken);
        assert!(!next.is_rested(8999));
        assert!(next.is_rested(9000));
    }

    #[test]
    fn one_window_that_refuses_refuses_for_all() {
        let mut narrow = Arrival::default();
        assert!(limit(60, 60, 1).take(&mut narrow, 1, 0).passes);
        let windows = [(LIMIT, Arrival::default()), (limit(60, 60, 1), narrow)];
        let joint = Joint::ask(windows, 1, 0);
        let passes: Vec<bool> = joint.each.iter().map(|(rate, _)| rate.passes).collect();
        assert_eq!((joint.passes, passes), (false, vec![true, false]));
        assert!(Joint::ask(windows, 1, 1000).passes);
        assert!(Joint::ask([], 1, 0).passes);
    }

    #[test]
    fn a_state_is_the_same_once_it_was_kept_in_parts() {
        let mut far = Arrival::default();
        assert!(
            limit(1, 2_592_000, MOST)
                .take(&mut far, MOST, 1 << 41)
                .passes
        );
        for arrival in [
            Arrival::default(),
            far,
            LIMIT.give_back(Arrival::default(), 3),
            Arrival(i128::from(i64::MAX) + 7),
        ] {
            let (ms, attoseconds) = arrival.parts();
            assert!((0..1_000_000_000_000_000).contains(&attoseconds));
            assert_eq!(Arrival::of_parts(ms, attoseconds), arrival);
        }
    }

    #[test]
    fn a_clock_corrected_by_a_little_gives_nothing_away() {
        let mut arrival = Arrival::default();
        assert!(LIMIT.take(&mut arrival, 10, 100_000).passes);
        for back_ms in [1, 10_000] {
            let rate = LIMIT.take(&mut arrival, 1, 100_000 - back_ms);
            assert!(!rate.passes, "{back_ms} ms back");
            assert_eq!(rate.remaining, 0);
        }
        assert!(LIMIT.take(&mut arrival, 0, 99_999).passes);
        assert!(LIMIT.take(&mut arrival, 1, 101_000).passes);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let mut arrival = Arrival::default();
        assert!(LIMIT.take(&mut arrival, 1, 3_600_000).passes);
        let rate = LIMIT.take(&mut arrival, 1, 0);
        assert!(rate.passes);
        assert_eq!(rate.remaining, 9);
    }

    #[test]
    fn a_burst_comes_back_in_the_time_of_as_many_requests() {
        assert_eq!(LIMIT.rest_s(), 10);
        assert_eq!(limit(1, 60, 1).rest_s(), 60);
        assert_eq!(limit(1_000_000, 60, 1).rest_s(), 1);
        assert_eq!(limit(MOST, 1, MOST).rest_s(), 1);
    }
}
