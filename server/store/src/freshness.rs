//! Until when what a server has in memory may be answered, by a clock that also runs while the machine sleeps.
//! Leaves how far that goes to `region`, and telling it here to the engine.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use rustix::time::{ClockId, clock_gettime};

/// What a server that shares its database knows of the age of its memory.
#[derive(Debug)]
pub struct Freshness {
    fresh_until_ms: AtomicI64,
    believed_until_ms: AtomicI64,
    /// How often memory was found fresh.
    renewals: AtomicU64,
    /// How often all of it was found to be worth nothing.
    ends: AtomicU64,
    applied: AtomicI64,
    /// What is added to the milliseconds since the start of the machine for the primary's time.
    clock_offset_ms: AtomicI64,
}

/// No clock was told yet.
const UNKNOWN_MS: i64 = i64::MIN;
/// The primary's clock is taken to have been set if it is this far ahead of what was told last: an answer may have been
/// under way for a while, and seems ahead by that.
const CLOCK_SET_MS: i64 = 1_000;

/// How things stood when an answer was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    is_fresh: bool,
    /// Until when what it rests on may be believed.
    until_ms: i64,
    renewals: u64,
    ends: u64,
}

/// Milliseconds since the machine was started. Unlike the clock behind `std::time::Instant`, it does not stand still
/// while the machine sleeps.
#[must_use]
pub fn boot_time_ms() -> i64 {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    let time = clock_gettime(clock);
    time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

impl Default for Freshness {
    /// That of a server which knows nothing yet.
    fn default() -> Self {
        Self {
            fresh_until_ms: AtomicI64::new(i64::MIN),
            believed_until_ms: AtomicI64::new(i64::MIN),
            renewals: AtomicU64::new(0),
            ends: AtomicU64::new(0),
            applied: AtomicI64::new(0),
            clock_offset_ms: AtomicI64::new(UNKNOWN_MS),
        }
    }
}

impl Freshness {
    /// Whether memory may be answered from now.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        boot_time_ms() < self.fresh_until_ms.load(Ordering::SeqCst)
    }

    /// How things stand now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing_at(boot_time_ms())
    }

    /// Whether an answer that was begun then may be given now.
    #[must_use]
    pub fn holds(&self, began: Standing) -> bool {
        self.holds_at(began, boot_time_ms())
    }

    fn standing_at(&self, now_ms: i64) -> Standing {
        // In the order in which they are told: what is believed here is never younger than its count.
        let ends = self.ends.load(Ordering::SeqCst);
        let renewals = self.renewals.load(Ordering::SeqCst);
        let fresh_until_ms = self.fresh_until_ms.load(Ordering::SeqCst);
        let is_fresh = now_ms < fresh_until_ms;
        Standing {
            is_fresh,
            until_ms: if is_fresh {
                fresh_until_ms
            } else {
                self.believed_until_ms.load(Ordering::SeqCst)
            },
            renewals,
            ends,
        }
    }

    /// By what was known when it was begun: what has been learned since says nothing of what it rests on. Where memory was
    /// too old then, it must have been so all the time: all of the answer is the primary's.
    fn holds_at(&self, began: Standing, now_ms: i64) -> bool {
        let is_of_one = began.is_fresh || began.renewals == self.renewals.load(Ordering::SeqCst);
        is_of_one && began.ends == self.ends.load(Ordering::SeqCst) && now_ms < began.until_ms
    }

    /// Takes in until when memory may be answered from.
    pub fn renew(&self, until_ms: i64) {
        self.renewals.fetch_add(1, Ordering::SeqCst);
        self.fresh_until_ms.store(until_ms, Ordering::SeqCst);
    }

    /// Takes in until when the primary may be believed.
    pub fn believe(&self, until_ms: i64) {
        self.believed_until_ms.store(until_ms, Ordering::SeqCst);
    }

    /// Takes in that nothing may be answered.
    pub fn end(&self) {
        self.ends.fetch_add(1, Ordering::SeqCst);
        self.fresh_until_ms.store(i64::MIN, Ordering::SeqCst);
        self.believed_until_ms.store(i64::MIN, Ordering::SeqCst);
    }

    /// Takes in the time of the primary, Unix milliseconds, as it was told in answer to what was sent at an instant.
    pub fn tell_clock(&self, primary_ms: i64, sent_at_ms: i64) {
        let told = primary_ms.saturating_sub(sent_at_ms);
        let known = self.clock_offset_ms.load(Ordering::Relaxed);
        let is_set = told > known.saturating_add(CLOCK_SET_MS);
        if known == UNKNOWN_MS || told < known || is_set {
            self.clock_offset_ms.store(told, Ordering::Relaxed);
        }
    }

    /// The time of the primary, Unix milliseconds, if it was told. All servers end keys by this one, whatever their own
    /// clocks say.
    #[must_use]
    pub fn now_ms(&self) -> Option<i64> {
        let offset_ms = self.clock_offset_ms.load(Ordering::Relaxed);
        (offset_ms != UNKNOWN_MS).then(|| boot_time_ms().saturating_add(offset_ms))
    }

    /// Takes in how far the events were applied.
    pub fn note_applied(&self, position: i64) {
        self.applied.store(position, Ordering::Relaxed);
    }

    /// How far the events were applied.
    #[must_use]
    pub fn applied(&self) -> i64 {
        self.applied.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_memory_is_given_while_that_was_known_to_be_fresh_as_it_was_begun() {
        let freshness = Freshness::default();
        freshness.believe(200);
        freshness.renew(100);
        let began = freshness.standing_at(99);
        assert!(freshness.holds_at(began, 99));
        // Memory is fresh again, but this may be of before.
        freshness.renew(300);
        assert!(!freshness.holds_at(began, 100));
        assert!(freshness.holds_at(freshness.standing_at(100), 299));
    }

    #[test]
    fn an_answer_that_was_begun_before_all_was_found_to_be_worth_nothing_is_not_given() {
        let freshness = Freshness::default();
        freshness.believe(200);
        freshness.renew(100);
        let began = freshness.standing_at(1);
        freshness.end();
        assert!(!freshness.holds_at(began, 2));
        assert!(!freshness.holds_at(freshness.standing_at(2), 2));
    }

    #[test]
    fn the_time_is_that_of_the_primary_and_does_not_jump_with_slow_answers() {
        let freshness = Freshness::default();
        assert_eq!(freshness.now_ms(), None);
        let offset = || freshness.clock_offset_ms.load(Ordering::Relaxed);
        freshness.tell_clock(5_000_300, 100);
        assert_eq!(offset(), 5_000_200);
        freshness.tell_clock(5_001_250, 1_100);
        assert_eq!(offset(), 5_000_150, "a quicker answer tells it better");
        freshness.tell_clock(5_002_850, 2_100);
        assert_eq!(offset(), 5_000_150);
        freshness.tell_clock(9_000_000, 3_000);
        assert_eq!(offset(), 8_997_000, "it was set");
        assert!(freshness.now_ms().unwrap() > 8_997_000);
    }

    #[test]
    fn an_answer_of_the_primary_is_given_while_that_is_believed_and_memory_was_never_fresh() {
        let freshness = Freshness::default();
        let nothing = freshness.standing_at(0);
        assert!(!freshness.holds_at(nothing, 0));
        freshness.believe(200);
        let began = freshness.standing_at(0);
        assert!(freshness.holds_at(began, 199));
        assert!(!freshness.holds_at(began, 200));
        // For a moment memory was fresh, and something of it may be in the answer.
        freshness.renew(1);
        assert!(!freshness.holds_at(began, 2));
    }
}
