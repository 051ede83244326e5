//! How often a key may still be used, where that is counted, and how credits come back.

use crate::clock::DAY_MS;

words! {
    /// How often credits are filled up again.
    Period {
        /// At 00:00 UTC.
        Day = "day",
        /// On the first of the month at 00:00 UTC.
        Month = "month",
    }
}

impl Period {
    /// The number of the period that an instant lies in, in UTC.
    #[must_use]
    pub fn of(self, at_ms: i64) -> i64 {
        match self {
            Self::Day => at_ms.div_euclid(DAY_MS),
            Self::Month => {
                let instant = jiff::Timestamp::from_millisecond(at_ms);
                let instant = instant.unwrap_or(jiff::Timestamp::MAX);
                let date = instant.to_zoned(jiff::tz::TimeZone::UTC).date();
                i64::from(date.year()) * 12 + i64::from(date.month())
            }
        }
    }
}

/// What a key may still be used for, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credits {
    /// How many are left.
    pub remaining: i64,
    /// How they come back, if they do.
    pub refill: Option<Refill>,
    /// The period for which `remaining` counts; 0 if they do not come back.
    pub period: i64,
    /// Counts how often they were set anew by hand.
    pub epoch: i64,
}

impl Credits {
    /// The credits as they are at this instant: filled up again where a period has ended.
    #[must_use]
    pub fn at(self, now_ms: i64) -> Self {
        match self.refill {
            Some(refill) if refill.every.of(now_ms) > self.period => Self {
                remaining: refill.amount,
                period: refill.every.of(now_ms),
                ..self
            },
            Some(_) | None => self,
        }
    }
}

/// How credits come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refill {
    /// How many there are at the start of each period.
    pub amount: i64,
    /// When that is.
    pub every: Period,
}
