//! Whole numbers in bodies, read digit by digit: by way of a float another number could come out.
//! Leaves which of them a rule allows to `keyring`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// More digits than any whole number of 64 bits has.
const DIGITS_MAX: i64 = 20;

/// What a member of a body may be.
pub(super) trait Whole: TryFrom<i128> {
    /// The words for all of them.
    const RANGE: &str;
    /// The words for what is none of them in any way.
    const NOUN: &str;
}

macro_rules! whole {
    ($type:ty, $least:literal, $most:literal, $noun:literal) => {
        impl Whole for $type {
            const RANGE: &str = concat!("a whole number from ", $least, " to ", $most);
            const NOUN: &str = $noun;
        }
    };
}

whole!(
    u32,
    "0",
    "4294967295",
    "a whole number that is not negative"
);
whole!(
    u64,
    "0",
    "18446744073709551615",
    "a whole number that is not negative"
);
whole!(i32, "-2147483648", "2147483647", "a whole number");
whole!(
    i64,
    "-9223372036854775808",
    "9223372036854775807",
    "a whole number"
);

/// Reads a whole number, however JSON writes it: `100`, `100.0` and `1e2` are one (JSON Schema, validation 6.1.1).
pub(super) fn whole<'de, D: Deserializer<'de>, T: Whole>(deserializer: D) -> Result<T, D::Error> {
    let literal = <&RawValue>::deserialize(deserializer)?.get();
    let number = exact(literal).map_err(|unfit| match unfit {
        Unfit::Fraction => T::NOUN,
        Unfit::TooGreat => T::RANGE,
    });
    let number = number.and_then(|number| T::try_from(number).map_err(|_| T::RANGE));
    number.map_err(|wanted| D::Error::custom(format_args!("expected {wanted}")))
}

/// Like `whole`, for a member that may be left out.
pub(super) fn some_whole<'de, D: Deserializer<'de>, T: Whole>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    whole(deserializer).map(Some)
}

/// Reads a whole number out of a query, where it has one spelling: digits, and no zero before them.
pub(super) fn digits<'de, D: Deserializer<'de>, T: Whole>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || (digits.starts_with('0') && digits != "0") {
        return Err(D::Error::custom(
            "expected a whole number, written in digits without a zero before them",
        ));
    }
    let number = text.parse::<i128>().ok();
    let number = number.and_then(|number| T::try_from(number).ok());
    let wanted = || D::Error::custom(format_args!("expected {}", T::RANGE));
    number.map(Some).ok_or_else(wanted)
}

/// Why a literal stands for no whole number of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unfit {
    Fraction,
    TooGreat,
}

/// The whole number that a JSON literal stands for, exactly.
fn exact(literal: &str) -> Result<i128, Unfit> {
    let (sign, literal) = match literal.strip_prefix('-') {
        Some(literal) => (-1, literal),
        None => (1, literal),
    };
    if !literal.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Unfit::Fraction);
    }
    // What nearly everybody writes.
    if let Ok(number) = literal.parse::<u64>() {
        return Ok(sign * i128::from(number));
    }
    let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    // An exponent beyond 64 bits is beyond every other length here, too.
    let extreme = if exponent.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    let exponent: i64 = exponent.parse().unwrap_or(extreme);
    let len = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
    let zeros = len(digits) - len(significant) - len(fraction);
    let zeros = exponent.saturating_add(zeros);
    let Ok(power) = u32::try_from(zeros.min(DIGITS_MAX + 1)) else {
        return Err(Unfit::Fraction);
    };
    if len(significant) + i64::from(power) > DIGITS_MAX {
        return Err(Unfit::TooGreat);
    }
    let number: i128 = significant.parse().map_err(|_| Unfit::TooGreat)?;
    Ok(sign * number * 10_i128.pow(power))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Unfit, exact, some_whole, whole};

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for (literal, number) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0e5", 0),
            ("0e99999999999999999999", 0),
            ("0.0e-99999999999999999999", 0),
            ("7", 7),
            ("-7", -7),
            ("1.0", 1),
            ("1e2", 100),
            ("1E+2", 100),
            ("1.50e1", 15),
            ("1200e-2", 12),
            ("0.001e3", 1),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("9007199254740993", 9_007_199_254_740_993),
            ("18446744073709551615", 18_446_744_073_709_551_615),
            ("1844674407370955161.5e1", 18_446_744_073_709_551_615),
            ("18446744073709551616", 18_446_744_073_709_551_616),
        ] {
            assert_eq!(exact(literal), Ok(number), "{literal}");
        }
        let zeros = format!("1{}e-30000", "0".repeat(30_000));
        assert_eq!(exact(&zeros), Ok(1));
        let zeros = format!("0.{}1e30001", "0".repeat(30_000));
        assert_eq!(exact(&zeros), Ok(1));
    }

    #[test]
    fn what_is_none_says_why() {
        for literal in [
            "1.5",
            "0.1",
            "1e-1",
            "-12e-2",
            "9007199254740992.0000001",
            "1e-99999999999999999999",
            "null",
            "true",
            "\"1\"",
            "[]",
            "{}",
        ] {
            assert_eq!(exact(literal), Err(Unfit::Fraction), "{literal}");
        }
        for literal in [
            "1e400",
            "-1e20000",
            "1e99999999999999999999",
            "1234567890123456789012",
            "1000000000000000000000",
        ] {
            assert_eq!(exact(literal), Err(Unfit::TooGreat), "{literal}");
        }
    }

    #[test]
    fn a_member_takes_what_its_type_holds() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Members {
            #[serde(deserialize_with = "whole")]
            limit: u32,
            #[serde(default, deserialize_with = "some_whole")]
            cost: Option<i64>,
        }

        let read = |text| serde_json::from_str::<Members>(text);
        let members = |limit, cost| Members { limit, cost };
        assert_eq!(read(r#"{"limit":1.0}"#).unwrap(), members(1, None));
        let both = r#"{"limit": 4294967295.0, "cost": -0.0 }"#;
        assert_eq!(read(both).unwrap(), members(u32::MAX, Some(0)));
        for (text, says) in [
            (r#"{"limit":4294967296}"#, "from 0 to 4294967295"),
            (r#"{"limit":-1}"#, "from 0 to 4294967295"),
            (r#"{"limit":1.5}"#, "a whole number that is not negative"),
            (r#"{"limit":null}"#, "a whole number that is not negative"),
            (r#"{"limit":1,"cost":null}"#, "expected a whole number"),
            (
                r#"{"limit":1,"cost":9223372036854775808}"#,
                "9223372036854775807",
            ),
            (r#"{"cost":1}"#, "missing field `limit`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
