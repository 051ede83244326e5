//! The log: to standard error, as text or JSON.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::Level;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer as _, filter};

use crate::config::{Log, LogFormat};

/// Starts to log.
///
/// # Errors
/// When this process logs already.
pub fn start(settings: &Log) -> Result<(), TryInitError> {
    let wanted = EnvFilter::new(settings.directives());
    // Below `info` other crates write out what they read from the wire, and that holds keys.
    let ours = filter::filter_fn(|metadata| {
        *metadata.level() <= Level::INFO || metadata.target().starts_with("keywright")
    });
    let output = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // Where standard error is gone, as with a terminal that was closed, to say so there would be a panic.
        .log_internal_errors(false);
    let output = match settings.format {
        LogFormat::Text => output.with_ansi(is_terminal()).boxed(),
        LogFormat::Json => output.json().boxed(),
    };
    tracing_subscriber::registry()
        .with(output.with_filter(ours).with_filter(wanted))
        .try_init()
}

/// A kind of line that comes with every request when all is not well: so many of it are written a second.
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

fn is_terminal() -> bool {
    use std::io::IsTerminal as _;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
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
