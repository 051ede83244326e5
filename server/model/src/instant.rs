//! Instants as text: RFC 3339 to the letter, and in one form when they are written.
//! Leaves what time it is to `clock`.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::DateTimePrinter;

const MINUTE_MS: i64 = 60_000;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
const TO_MILLISECOND: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
const TO_SECOND: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
/// 9999-12-31T23:59:59.999Z: later ones have no form in RFC 3339.
const LAST_MS: i64 = 253_402_300_799_999;

/// A text that is no instant of RFC 3339, section 5.6, or one after the year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an instant with its zone, as in 2030-01-31T12:00:00Z")]
pub struct InstantError;

/// Reads an instant into Unix milliseconds; what is finer is cut off.
///
/// A leap second may end the last day of a June or December in UTC, and counts as the last millisecond
/// before it.
///
/// # Errors
/// When the text is no `date-time`, whose `T` and `Z` may be small letters.
pub fn parse(text: &str) -> Result<i64, InstantError> {
    let at_ms = read(text).ok_or(InstantError)?;
    Some(at_ms)
        .filter(|at_ms| *at_ms <= LAST_MS)
        .ok_or(InstantError)
}

/// Writes an instant in UTC, to the millisecond.
#[must_use]
pub fn format(at_ms: i64) -> String {
    written(at_ms, &TO_MILLISECOND)
}

/// Writes an instant in UTC, to the second.
#[must_use]
pub fn format_to_second(at_ms: i64) -> String {
    written(at_ms, &TO_SECOND)
}

fn written(at_ms: i64, printer: &DateTimePrinter) -> String {
    let mut text = printer.datetime_to_string(&civil(at_ms));
    text.push('Z');
    text
}

fn read(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let date = Date::new(
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    );
    let midnight = date.ok()?.to_datetime(Time::midnight());
    let (time, rest) = rest.strip_prefix(['T', 't'])?.split_at_checked(8)?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_ms, offset) = match rest.strip_prefix('.') {
        Some(rest) => fraction(rest)?,
        None => (0, rest),
    };
    let minute_ms = midnight.duration_since(EPOCH).as_secs() * 1000
        + (hour * 60 + minute - offset_minutes(offset)?) * MINUTE_MS;
    if second < 60 {
        return Some(minute_ms + second * 1000 + fraction_ms);
    }
    let last = civil(minute_ms);
    let ends_half_year = [(6, 30), (12, 31)].contains(&(last.month(), last.day()));
    (ends_half_year && (last.hour(), last.minute()) == (23, 59))
        .then_some(minute_ms + MINUTE_MS - 1)
}

/// The milliseconds of some digits behind a point, and what follows them.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(len);
    let ms = format!("{digits:0<3}");
    Some((number(&ms[..3])?, rest)).filter(|_| len > 0)
}

/// How many minutes local time is ahead of UTC.
fn offset_minutes(text: &str) -> Option<i64> {
    let ahead = match text.split_at_checked(1)? {
        ("Z" | "z", "") => return Some(0),
        ("+", _) => 1,
        ("-", _) => -1,
        _ => return None,
    };
    let [hour, minute] = numbers(&text[1..], ':', [2, 2])?;
    (hour <= 23 && minute <= 59).then_some(ahead * (hour * 60 + minute))
}

/// Numbers of so many digits each, with a separator between them.
fn numbers<const N: usize>(text: &str, separator: char, lens: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (found, len) in found.iter_mut().zip(lens) {
        *found = number(parts.next().filter(|part| part.len() == len)?)?;
    }
    parts.next().is_none().then_some(found)
}

fn number(digits: &str) -> Option<i64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

fn civil(at_ms: i64) -> DateTime {
    EPOCH.saturating_add(SignedDuration::from_millis(at_ms))
}

#[cfg(test)]
mod tests {
    use super::{LAST_MS, format, format_to_second, parse};

    #[test]
    fn what_rfc_3339_allows_is_an_instant() {
        for (text, written) in [
            ("2030-01-31T12:00:00Z", "2030-01-31T12:00:00.000Z"),
            ("2030-01-31t12:00:00z", "2030-01-31T12:00:00.000Z"),
            ("2030-01-31T12:00:00.5Z", "2030-01-31T12:00:00.500Z"),
            (
                "2030-01-31T12:00:00.1239999999999999Z",
                "2030-01-31T12:00:00.123Z",
            ),
            ("2030-01-31T12:00:00+23:59", "2030-01-30T12:01:00.000Z"),
            ("2030-01-31T12:00:00-23:59", "2030-02-01T11:59:00.000Z"),
            ("2030-01-31T12:00:00-00:00", "2030-01-31T12:00:00.000Z"),
            ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
            ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
            ("2016-12-31T15:59:60.25-08:00", "2016-12-31T23:59:59.999Z"),
            ("2030-07-01T01:59:60+02:00", "2030-06-30T23:59:59.999Z"),
            ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999Z"),
        ] {
            let at_ms = parse(text).expect(text);
            assert_eq!(format(at_ms), written, "{text}");
            assert_eq!(parse(written), Ok(at_ms));
        }
        assert_eq!(parse("9999-12-31T23:59:59.999Z"), Ok(LAST_MS));
        assert_eq!(format_to_second(LAST_MS), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn nothing_else_is_an_instant() {
        for text in [
            "",
            "tomorrow",
            "2030-01-31",
            "2030-01-31T12:00Z",
            "2030-01-31T12:00:00",
            "2030-01-31 12:00:00Z",
            "2030-01-31T12Z",
            "20300131T120000Z",
            "2030-01-31T12:00:00,5Z",
            "2030-01-31T12:00:00.Z",
            "2030-01-31T12:00:00+00",
            "2030-01-31T12:00:00+0000",
            "2030-01-31T12:00:00+24:00",
            "2030-01-31T12:00:00+01:60",
            "2030-01-31T12:00:00+01:00:00",
            "2030-01-31T12:00:00ZZ",
            "2030-01-31T12:00:00Z[UTC]",
            "2030-01-31T12:00:00+01:00[Europe/Paris]",
            " 2030-01-31T12:00:00Z",
            "2030-01-31T12:00:00Z\n",
            "2030-01-31T24:00:00Z",
            "2030-01-31T12:60:00Z",
            "2030-01-31T12:00:61Z",
            "2030-01-31T12:00:60Z",
            "2030-01-31T23:59:60Z",
            "2016-12-31T22:59:60Z",
            "2016-12-31T23:59:60-01:00",
            "2030-02-29T00:00:00Z",
            "2030-13-01T00:00:00Z",
            "2030-00-01T00:00:00Z",
            "2030-04-31T00:00:00Z",
            "+030-01-31T12:00:00Z",
            "-030-01-31T12:00:00Z",
            "02030-01-31T12:00:00Z",
            "+002030-01-31T12:00:00Z",
            "2030-1-31T12:00:00Z",
            "2030-01-31T12:00:0éZ",
            "２030-01-31T12:00:00Z",
            "9999-12-31T23:59:59-00:01",
            "10000-01-01T00:00:00Z",
        ] {
            assert!(parse(text).is_err(), "{text} is read");
        }
    }
}
