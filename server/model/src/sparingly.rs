//! Lines of the log of which a few a second are enough.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A kind of line that comes with every request when all is not well: a few of it are written a second.
pub struct Sparingly(Mutex<Option<Second>>);

struct Second {
    began: Instant,
    written: u32,
    left_out: u64,
}

impl Sparingly {
    /// Enough to see what is wrong, too few to hold anything up.
    const A_SECOND: u32 = 10;

    /// Nothing was written yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it stands in a static")]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether to write a line now; if so, how many were left out before it.
    pub fn next(&self) -> Option<u64> {
        let now = Instant::now();
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = second.get_or_insert_with(|| Second {
            began: now,
            written: 0,
            left_out: 0,
        });
        if now.duration_since(second.began) >= Duration::from_secs(1) {
            (second.began, second.written) = (now, 0);
        }
        if second.written == Self::A_SECOND {
            second.left_out += 1;
            return None;
        }
        second.written += 1;
        Some(std::mem::take(&mut second.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_lines_in_a_second_the_first_are_written_and_the_others_counted() {
        let lines = Sparingly::new();
        for _ in 0..Sparingly::A_SECOND {
            assert_eq!(lines.next(), Some(0));
        }
        assert_eq!(lines.next(), None);
        assert_eq!(lines.next(), None);
        lines.0.lock().unwrap().as_mut().unwrap().began -= Duration::from_secs(1);
        assert_eq!(lines.next(), Some(2));
        assert_eq!(lines.next(), Some(0));
    }
}
