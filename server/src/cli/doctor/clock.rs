//! The clocks by which keys end and events are dated.
//! Leaves what else a server needs to `doctor`.

use jiff::{SignedDuration, Timestamp};

use super::Report;
use keywright_model::clock::{Clock, is_plausible};
use keywright_store::Maintenance;

/// How far the clocks of this machine and of a database that has its own may be apart.
const CLOCKS_APART_MAX_MS: u64 = 1000;

/// Holds the clock against the newest event, and this machine's against one that the database has of its own.
pub(super) fn examine_clock(
    report: &mut Report,
    clock: &dyn Clock,
    database: Option<&dyn Maintenance>,
) {
    const SUBJECT: &str = "clock";
    const REMEDY: &str = "set the machine's clock, and keep it right with NTP";
    // The event first: one that happens in between must not look like the future.
    let newest = database.map(Maintenance::newest_event_at_ms).transpose();
    let newest_ms = match newest {
        Ok(newest_ms) => newest_ms.flatten().unwrap_or(i64::MIN),
        Err(error) => {
            return report.fail(SUBJECT, format!("the database does not tell: {error:#}"));
        }
    };
    let own = database.map(Maintenance::now_ms).transpose();
    let own = match own {
        Ok(own_ms) => own_ms.flatten(),
        Err(error) => {
            return report.fail(SUBJECT, format!("the database does not tell: {error:#}"));
        }
    };
    let now_ms = clock.now_ms();
    if let Some(own_ms) = own {
        return examine_two_clocks(report, now_ms, own_ms, newest_ms);
    }
    let now = instant(now_ms);
    if !is_plausible(now_ms) {
        report.fail(SUBJECT, format!("it says {now}; {REMEDY}"));
    } else if now_ms < newest_ms {
        let behind = SignedDuration::from_millis(newest_ms.saturating_sub(now_ms));
        let newest = instant(newest_ms);
        report.fail(
            SUBJECT,
            format!("it says {now}, {behind:#} before the newest event ({newest}); {REMEDY}"),
        );
    } else {
        report.ok(SUBJECT, format!("it says {now}"));
    }
}

/// The database's clock dates the events; this machine's is held against it.
fn examine_two_clocks(report: &mut Report, now_ms: i64, own_ms: i64, newest_ms: i64) {
    const SUBJECT: &str = "clock";
    let between = |one: i64, other: i64| {
        let ms = one.saturating_sub(other).saturating_abs();
        format!("{:#}", SignedDuration::from_millis(ms))
    };
    let (now, own) = (instant(now_ms), instant(own_ms));
    if !is_plausible(own_ms) {
        let remedy = "set the clock of its machine, and keep it right with NTP";
        report.fail(SUBJECT, format!("the database says {own}; {remedy}"));
    } else if own_ms < newest_ms {
        let (behind, newest) = (between(newest_ms, own_ms), instant(newest_ms));
        report.fail(
            SUBJECT,
            format!(
                "the database says {own}, {behind} before the newest event ({newest}); set the clock of its machine, \
                 and of each that may become the primary, and keep them right with NTP"
            ),
        );
    } else if now_ms.abs_diff(own_ms) > CLOCKS_APART_MAX_MS {
        let apart = between(now_ms, own_ms);
        report.warn(
            SUBJECT,
            format!(
                "this machine says {now}, and the database {own}, {apart} apart; keep all clocks right with NTP"
            ),
        );
    } else {
        report.ok(
            SUBJECT,
            format!("the database's, and this machine's, it says {now}"),
        );
    }
}

fn instant(at_ms: i64) -> String {
    match Timestamp::from_millisecond(at_ms) {
        Ok(at) => format!("{at:.0}"),
        Err(_) => format!("{at_ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stopped(i64);

    impl Clock for Stopped {
        fn now_ms(&self) -> i64 {
            self.0
        }
    }

    fn told(now_ms: i64) -> (String, bool) {
        let mut report = Report::default();
        examine_clock(&mut report, &Stopped(now_ms), None);
        (report.to_string(), report.is_healthy())
    }

    #[test]
    fn a_clock_that_was_never_set_fails_with_the_remedy() {
        let remedy = "set the machine's clock, and keep it right with NTP";
        assert_eq!(
            told(0),
            (
                format!("failed   clock          it says 1970-01-01T00:00:00Z; {remedy}"),
                false
            )
        );
        assert!(!told(1_735_689_599_999).1);
        assert!(told(1_735_689_600_000).1);
        assert!(told(4_102_444_799_999).1);
        assert!(!told(4_102_444_800_000).1);
        assert!(!told(i64::MAX).1);
    }
}
