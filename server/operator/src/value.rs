//! How values are written on the command line and in tables: limits, refills, instants, spans of time.
//! Leaves most bounds to the server, which says them better.

use std::fmt::Display;
use std::num::NonZeroU64;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{Span, SpanRelativeTo, Timestamp};
use keywright_sdk::control::types::{
    CreditsInput, RateLimit, RateLimitInput, Refill, RefillInput, RemovableOwnerMember,
};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::failure::Failure;
use super::output::list;
use keywright_model::metadata::Metadata;

const RATE_LIMIT_FORM: &str = "write NAME=LIMIT/WINDOW, as in requests=100/1m, \
                               or with a burst: requests=100/1m,burst=10";
const REFILL_FORM: &str = "write AMOUNT/day or AMOUNT/month, as in 1000/day";
const SPAN_FORM: &str = "write a number and its unit, as in 90s, 15m, 12h or 30d";
const INSTANT_FORM: &str = "write an instant with its offset from UTC, as in 2030-01-31T12:00:00Z";
/// Longer than any window or grace; expiry may be further away.
const SPAN_MAX_S: i64 = 100 * 366 * 86_400;

/// The rate limits of a new key or owner.
#[derive(Debug, Args)]
pub struct RateLimits {
    /// Rate limit: its name, how much passes in each window in the long run, and how much at once after a rest
    /// (`burst`; as much as the limit when left out). In the first window after a rest up to LIMIT and BURST together
    /// pass: 100/1m lets nearly 200 through in that minute, 100/1m,burst=10 at most 110. May be given several times;
    /// all of them hold.
    #[arg(
        long = "rate-limit",
        value_name = "NAME=LIMIT/WINDOW[,burst=BURST]",
        value_parser = rate_limit
    )]
    pub(super) limits: Vec<RateLimitInput>,
}

/// The rate limits that take the place of those of a key or an owner.
#[derive(Debug, Args)]
pub struct OtherRateLimits {
    #[command(flatten)]
    given: RateLimits,
    /// Take all rate limits away.
    #[arg(long, conflicts_with = "limits")]
    no_rate_limits: bool,
}

impl OtherRateLimits {
    /// Those that take their place, and whether they are taken away; neither leaves them as they are.
    pub(super) fn into_parts(self) -> (Vec<RateLimitInput>, bool) {
        (self.given.limits, self.no_rate_limits)
    }

    /// The same, as the patch of an owner wants it.
    pub(super) fn into_owner_parts(
        self,
    ) -> (Vec<RateLimitInput>, Option<Vec<RemovableOwnerMember>>) {
        let (limits, are_removed) = self.into_parts();
        let remove = are_removed.then(|| vec![RemovableOwnerMember::RateLimits]);
        (limits, remove)
    }
}

/// What may be spent with a key.
#[derive(Debug, Args)]
pub(super) struct CreditSettings {
    /// Credits that may be spent with the key from now on.
    #[arg(long, value_name = "COUNT")]
    credits: Option<i64>,
    /// Credits that are there again each day or month, from 00:00 UTC on. Without it there is no refill.
    #[arg(long, value_name = "AMOUNT/PERIOD", requires = "credits", value_parser = refill)]
    refill: Option<RefillInput>,
}

impl CreditSettings {
    pub(super) fn into_credits(self) -> Option<CreditsInput> {
        let Self { credits, refill } = self;
        credits.map(|remaining| CreditsInput { remaining, refill })
    }
}

/// When a key stops working by itself.
#[derive(Debug, Args)]
pub(super) struct Expiry {
    /// When the key stops working, RFC 3339.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    expires: Option<DateTime<Utc>>,
    /// In what time the key stops working, as in 12h or 30d.
    #[arg(long, value_name = "SPAN", conflicts_with = "expires", value_parser = seconds)]
    expires_in: Option<i64>,
}

impl Expiry {
    pub(super) fn at(&self) -> Option<DateTime<Utc>> {
        let in_time = || {
            let now_s = Timestamp::now().as_second();
            DateTime::from_timestamp_secs(now_s.saturating_add(self.expires_in?))
        };
        self.expires.or_else(in_time)
    }
}

/// The items that take the place of a list: `None` leaves it, an empty one empties it.
pub(super) fn replacement<T>(given: Vec<T>, none: bool) -> Option<Vec<T>> {
    (none || !given.is_empty()).then_some(given)
}

/// A patch that changes something; one that does not is a mistake on the command line.
pub(super) fn some_change<T: Serialize>(patch: T) -> Result<T, Failure> {
    match serde_json::to_value(&patch) {
        Ok(Value::Object(members)) if members.is_empty() => Err(Failure::usage(
            "there is nothing to change",
            "give what to change; `--help` lists the options",
        )),
        _ => Ok(patch),
    }
}

/// Texts as the type that a request wants.
pub(super) fn typed<T: FromStr<Err: Display>>(texts: Vec<String>) -> Result<Vec<T>, Failure> {
    texts
        .into_iter()
        .map(|text| {
            text.parse()
                .map_err(|error| Failure::usage(format!("{text:?}: {error}"), "see `--help`"))
        })
        .collect()
}

/// A text that one of the documented types takes, kept as text.
pub(super) fn checked<T: FromStr<Err: Display>>(text: &str) -> Result<String, String> {
    let checked = text.parse::<T>().map_err(|error| error.to_string());
    checked.map(|_| text.to_owned())
}

/// One of a few documented words.
pub(super) fn choice<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}

/// An id.
pub(super) fn id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| {
        "an id is a UUID; `keywright organizations list`, `users list` and `keys list` show them".to_owned()
    })
}

/// `NAME=LIMIT/WINDOW`, and perhaps `,burst=BURST` behind it.
pub(super) fn rate_limit(text: &str) -> Result<RateLimitInput, String> {
    let parts = || {
        let (name, rest) = text.split_once('=')?;
        let (rate, burst) = match rest.split_once(',') {
            Some((rate, burst)) => (rate, Some(burst.strip_prefix("burst=")?)),
            None => (rest, None),
        };
        let (limit, window) = rate.split_once('/')?;
        Some((name, limit, window, burst))
    };
    let (name, limit, window, burst) = parts().ok_or(RATE_LIMIT_FORM)?;
    let window = seconds(window)?;
    Ok(RateLimitInput {
        name: name
            .parse()
            .map_err(|error| format!("the name {name:?} is {error}"))?,
        limit: limit
            .parse()
            .map_err(|_| format!("the limit {limit:?} is no whole number"))?,
        window_seconds: u32::try_from(window)
            .ok()
            .and_then(|seconds| seconds.try_into().ok())
            .ok_or("the window must be 1s to 30d")?,
        burst: match burst {
            Some(burst) => {
                Some(positive(burst).ok_or("the burst must be a whole number, at least 1")?)
            }
            None => None,
        },
    })
}

/// Rate limits as they would be written on the command line.
pub(super) fn rate_limits_text(limits: &[RateLimit]) -> String {
    list(limits.iter().map(rate_limit_text))
}

fn rate_limit_text(limit: &RateLimit) -> String {
    let RateLimit {
        name,
        limit,
        window_seconds,
        burst,
    } = limit;
    let window = span_text(i64::from(*window_seconds));
    let burst = if burst == limit {
        String::new()
    } else {
        format!(",burst={burst}")
    };
    format!("{name}={limit}/{window}{burst}")
}

/// `AMOUNT/day` or `AMOUNT/month`.
pub(super) fn refill(text: &str) -> Result<RefillInput, String> {
    let (amount, every) = text.split_once('/').ok_or(REFILL_FORM)?;
    Ok(RefillInput {
        amount: positive(amount).ok_or("the amount must be a whole number, at least 1")?,
        every: every.parse().map_err(|_| REFILL_FORM)?,
    })
}

/// Credits in one cell.
pub(super) fn credits_text(remaining: i64, refill: Option<&Refill>) -> String {
    match refill {
        Some(Refill { amount, every }) => format!("{remaining}, {amount}/{every}"),
        None => remaining.to_string(),
    }
}

/// A span of time in whole seconds, 0 or more; a day has 24 hours.
pub(super) fn seconds(text: &str) -> Result<i64, String> {
    let span: Span = text.parse().map_err(|_| SPAN_FORM)?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| "months and years differ in length: say how many days")?;
    match duration.as_secs() {
        _ if duration.subsec_nanos() != 0 => Err("must be whole seconds".to_owned()),
        seconds @ 0..=SPAN_MAX_S => Ok(seconds),
        _ => Err(SPAN_FORM.to_owned()),
    }
}

/// A grace, in seconds.
pub(super) fn grace(text: &str) -> Result<i32, String> {
    i32::try_from(seconds(text)?).map_err(|_| "a grace may be 30d at most".to_owned())
}

/// Seconds in the largest unit that leaves no rest.
pub(super) fn span_text(seconds: i64) -> String {
    for (unit, unit_seconds) in [("d", 86_400), ("h", 3600), ("m", 60)] {
        if seconds != 0 && seconds % unit_seconds == 0 {
            return format!("{}{unit}", seconds / unit_seconds);
        }
    }
    format!("{seconds}s")
}

/// An instant with its offset from UTC.
pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let at_ms = keywright_model::instant::parse(text).ok();
    let instant = at_ms.and_then(DateTime::from_timestamp_millis);
    instant.ok_or_else(|| INSTANT_FORM.to_owned())
}

/// A JSON object.
pub(super) fn metadata(text: &str) -> Result<Map<String, Value>, String> {
    let wrong = |error| format!("write a JSON object, as in {{\"team\": \"billing\"}}: {error}");
    let members = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    // The server would say no to some of it, and what sends it would make another thing of that.
    Metadata::read(text).map_err(|error| wrong(error.to_string()))?;
    Ok(members)
}

/// A whole number of 1 or more that fits the wire.
fn positive(text: &str) -> Option<NonZeroU64> {
    let number = text.parse().ok();
    number.filter(|number: &NonZeroU64| i64::try_from(number.get()).is_ok())
}

#[cfg(test)]
mod tests {
    use keywright_sdk::control::types::{KeyInputScopesItem, KeyKind};

    use super::*;

    /// A limit as the server answers it once it was given.
    fn answered(text: &str) -> RateLimit {
        let limit = rate_limit(text).unwrap();
        let count = limit.limit;
        let burst = limit.burst.map(|burst| i64::try_from(burst.get()).unwrap());
        RateLimit {
            name: limit.name.to_string(),
            limit: count,
            window_seconds: i32::try_from(limit.window_seconds.get()).unwrap(),
            burst: burst.unwrap_or(count.max(1)),
        }
    }

    #[test]
    fn a_rate_limit_is_written_as_it_is_read() {
        for text in [
            "requests=100/1m",
            "requests=100/1m,burst=10",
            "a-b_9=0/1s,burst=1",
            "all=2147483648/30d",
            "odd=7/90s",
        ] {
            assert_eq!(rate_limit_text(&answered(text)), text);
        }
        for (text, short) in [
            ("requests=100/60s", "requests=100/1m"),
            ("requests=100/1m,burst=100", "requests=100/1m"),
            ("requests=5/1h 30m", "requests=5/90m"),
        ] {
            assert_eq!(rate_limit_text(&answered(text)), short);
        }
    }

    #[test]
    fn a_rate_limit_of_another_form_is_refused_with_the_form() {
        for text in [
            "",
            "requests",
            "requests=100",
            "100/1m",
            "requests=100/1m,10",
            "requests=100/1m,peak=10",
        ] {
            assert_eq!(rate_limit(text).unwrap_err(), RATE_LIMIT_FORM, "{text}");
        }
        for (text, part) in [
            ("requests=many/1m", "\"many\" is no whole number"),
            ("requests=100/0s", "the window must be"),
            ("requests=100/minute", "as in 90s"),
            ("requests=100/1m,burst=0", "at least 1"),
            ("requests=100/1m,burst=-1", "at least 1"),
            ("Requests=100/1m", "the name \"Requests\""),
        ] {
            let refusal = rate_limit(text).unwrap_err();
            assert!(refusal.contains(part), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_refill_names_an_amount_and_a_period() {
        for text in ["1000/day", "1/month"] {
            let RefillInput { amount, every } = refill(text).unwrap();
            let amount = i64::try_from(amount.get()).unwrap();
            let shown = credits_text(7, Some(&Refill { amount, every }));
            assert_eq!(shown, format!("7, {text}"));
        }
        for text in ["1000", "1000/week", "1000/"] {
            assert_eq!(refill(text).unwrap_err(), REFILL_FORM, "{text}");
        }
        for text in ["all/day", "0/day", "-1/day", "9223372036854775808/day"] {
            assert!(refill(text).unwrap_err().contains("whole number"), "{text}");
        }
    }

    #[test]
    fn a_span_is_read_in_seconds_and_a_day_has_24_hours() {
        for (text, read) in [
            ("0s", 0),
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5400),
            ("30d", 2_592_000),
            ("2w", 1_209_600),
            ("PT1H", 3600),
        ] {
            assert_eq!(seconds(text), Ok(read), "{text}");
        }
    }

    #[test]
    fn a_span_without_unit_backwards_or_of_no_fixed_length_is_refused() {
        for text in ["", "90", "-1h", "1h ago", "soon", "1000y"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert!(seconds("1mo").unwrap_err().contains("how many days"));
        assert!(seconds("1500ms").unwrap_err().contains("whole seconds"));
    }

    #[test]
    fn an_instant_needs_its_offset() {
        let read = |text| instant(text).map(|at| super::super::output::instant(&at));
        assert_eq!(
            read("2030-01-31T12:00:00Z").unwrap(),
            "2030-01-31T12:00:00Z"
        );
        assert_eq!(
            read("2030-01-31T12:00:00+02:00").unwrap(),
            "2030-01-31T10:00:00Z"
        );
        assert_eq!(read("2030-01-31T12:00:00").unwrap_err(), INSTANT_FORM);
        assert_eq!(read("tomorrow").unwrap_err(), INSTANT_FORM);
    }

    #[test]
    fn an_expiry_in_some_time_counts_from_now() {
        let expiry = Expiry {
            expires: None,
            expires_in: Some(3600),
        };
        let in_s = expiry.at().unwrap().timestamp() - Timestamp::now().as_second();
        assert!((3590..=3600).contains(&in_s), "{in_s}");
    }

    #[test]
    fn metadata_is_an_object() {
        assert_eq!(metadata(r#"{"a": 1}"#).unwrap()["a"], 1);
        for text in [
            "",
            "[]",
            "1",
            "{",
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"$serde_json::private::RawValue":"1"}}"#,
        ] {
            assert!(
                metadata(text).unwrap_err().contains("JSON object"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_is_checked_by_the_type_that_wants_it() {
        assert_eq!(
            checked::<KeyInputScopesItem>("reports:read"),
            Ok("reports:read".to_owned())
        );
        assert!(checked::<KeyInputScopesItem>("two words").is_err());
        assert!(typed::<KeyKind>(vec!["standard".to_owned()]).is_ok());
        assert!(typed::<KeyKind>(vec!["other".to_owned()]).is_err());
    }
}
