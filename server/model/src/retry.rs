//! What a caller sends so that a repeated request is answered like the first.

use std::collections::BTreeSet;
use std::fmt;

use uuid::{Uuid, Variant};
use zeroize::Zeroize as _;

/// The places of the two digits of a version 4 UUID that are not random, counted without hyphens.
const VERSION_DIGIT: usize = 12;
const VARIANT_DIGIT: usize = 16;
/// A version 4 UUID with fewer different digits among its random ones was made by no generator.
const DIFFERENT_DIGITS_MIN: usize = 7;

/// An `Idempotency-Key` as a caller sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct RetryKey(pub String);

impl RetryKey {
    /// Whether nobody guesses it: a version 4 UUID whose random digits are not a few that repeat, as in one that
    /// somebody typed. Of random ones, less than one in 700 million is taken for such.
    #[must_use]
    pub fn is_unguessable(&self) -> bool {
        let Ok(uuid) = Uuid::parse_str(&self.0) else {
            return false;
        };
        if uuid.get_version_num() != 4 || uuid.get_variant() != Variant::RFC4122 {
            return false;
        }
        let mut digits = [0; uuid::fmt::Simple::LENGTH];
        let digits = uuid.simple().encode_lower(&mut digits).bytes();
        let random = digits
            .enumerate()
            .filter(|(index, _)| ![VERSION_DIGIT, VARIANT_DIGIT].contains(index));
        let different: BTreeSet<u8> = random.map(|(_, digit)| digit).collect();
        different.len() >= DIFFERENT_DIGITS_MIN
    }
}

impl Drop for RetryKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for RetryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RetryKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::RetryKey;

    #[test]
    fn only_a_random_uuid_is_an_unguessable_retry_key() {
        let is_unguessable = |text: &str| RetryKey(text.to_owned()).is_unguessable();
        for text in [
            "3b0c7f0e-52a8-4d4e-9d55-7f6d8d2f1a11",
            "3B0C7F0E-52A8-4D4E-9D55-7F6D8D2F1A11",
            // Seven different digits: 0 to 6.
            "00000000-0000-4000-8000-000000123456",
        ] {
            assert!(is_unguessable(text), "{text}");
        }
        for text in [
            // Six: the digits of the version and the variant are nobody's choice.
            "00000000-0000-4000-8000-000000012345",
            "00000000-0000-4000-b000-000000012345",
            "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa",
            "12121212-3434-4565-8656-121212343434",
            // Of another version, or another variant.
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "3b0c7f0e-52a8-4d4e-cd55-7f6d8d2f1a11",
            "abcdefghijklmnopqrstuv",
            "aaaaaaaaaaaaaaaaaaaaaa",
            "monthly-rotation-2026-11",
            "retry number 1 of this rotation",
            "",
        ] {
            assert!(!is_unguessable(text), "{text}");
        }
    }
}
