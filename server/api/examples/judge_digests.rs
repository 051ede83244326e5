//! Compares two digests, or digests a secret, for a test that counts the instructions of just that.
//!
//! `judge_digests matches HEX HEX` and `judge_digests digest SECRET`; each prints what it found.

use std::hint::black_box;
use std::process::ExitCode;

use keywright_model::secret::{Digest, Pepper, Secret};

/// What is counted: it must stay a function of its own.
#[inline(never)]
fn judged_matches(one: &Digest, other: &Digest) -> bool {
    black_box(one).matches(black_box(other))
}

/// What is counted: it must stay a function of its own.
#[inline(never)]
fn judged_digest(pepper: &Pepper, secret: &Secret) -> Digest {
    black_box(pepper).digest(black_box(secret))
}

fn read(hex: &str) -> Option<Digest> {
    let byte = |index: usize| u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    Some(Digest(bytes?.try_into().ok()?))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["matches", one, other] => {
            let (Some(one), Some(other)) = (read(one), read(other)) else {
                return ExitCode::FAILURE;
            };
            println!("{}", judged_matches(&one, &other));
        }
        ["digest", secret] => {
            let secret = Secret::new(secret.to_owned());
            let pepper = Pepper::new(1, &[7; 32]);
            // Once before, so that nothing is counted that happens only the first time.
            let expected = pepper.digest(&secret);
            println!("{}", judged_digest(&pepper, &secret) == expected);
        }
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}
