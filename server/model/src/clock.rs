//! The time, passed in, so that a test can move it.
//! Leaves what time means for a key to `key` and `limit`.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// 2025-01-01: keywright is younger.
const NOW_MS_MIN: i64 = 1_735_689_600_000;
/// 2100-01-01
const NOW_MS_MAX: i64 = 4_102_444_800_000;

/// Whether a clock that was ever set can say this.
pub fn is_plausible(now_ms: i64) -> bool {
    (NOW_MS_MIN..NOW_MS_MAX).contains(&now_ms)
}

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Unix milliseconds, UTC.
    fn now_ms(&self) -> i64;

    /// Whether it is moved by a test. A database that has a clock of its own then takes this one in its place.
    fn is_simulated(&self) -> bool {
        false
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }
}
