//! Ids of new keys and owners. They begin with the time: lists are in the order of their ids.
//! Leaves the ids that callers choose to `owners`.

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use uuid::{ContextV7, Timestamp, Uuid};

use super::Keyring;

/// Puts ids of one millisecond in order, also where the clock was set back.
#[derive(Default)]
pub(super) struct Ids(Mutex<AssertUnwindSafe<ContextV7>>);

impl Ids {
    fn next(&self, now_ms: i64) -> Uuid {
        let seconds = u64::try_from(now_ms.div_euclid(1000)).unwrap_or(0);
        let milliseconds = u32::try_from(now_ms.rem_euclid(1000)).unwrap_or(0);
        let nanoseconds = milliseconds * 1_000_000;
        Uuid::new_v7(Timestamp::from_unix(&self.0, seconds, nanoseconds))
    }
}

impl Keyring {
    /// An id that nothing has yet. Where several servers share a database, it begins with its time, whatever the clock of
    /// this one says.
    pub(super) fn new_id(&self) -> Uuid {
        self.store
            .now_ms()
            .map_or_else(Uuid::now_v7, |now_ms| self.ids.next(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_order_within_a_millisecond_and_where_the_clock_is_set_back() {
        let ids = Ids::default();
        let times = [
            1_773_576_000_001,
            1_773_576_000_001,
            1_773_576_000_000,
            1_773_576_000_002,
        ];
        let made = times.map(|now_ms| ids.next(now_ms));
        assert!(made.is_sorted(), "{made:?}");
        let (seconds, nanoseconds) = made[3].get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanoseconds), (1_773_576_000, 2_000_000));
    }
}
