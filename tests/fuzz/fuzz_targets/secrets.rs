//! Secrets as they are presented: formats, checksums, hints, and what is sealed.

#![no_main]

use keywright_model::secret::{Pepper, Secret};
use libfuzzer_sys::fuzz_target;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fuzz_target!(|bytes: &[u8]| {
    let pepper = Pepper::new(1, &[7; 32]);
    let text = String::from_utf8_lossy(bytes).into_owned();
    let secret = Secret::new(text.clone());
    assert_eq!(secret.is_plausible(), modelled(&text), "{text:?}");
    check_hint(&secret);
    assert_eq!(format!("{secret:?}"), "Secret(..)");

    // The same text has the same digest, and a longer one another.
    let digest = pepper.digest(&secret);
    assert!(digest.matches(&pepper.digest(&Secret::new(text.clone()))));
    assert!(!digest.matches(&pepper.digest(&Secret::new(text + "x"))));

    let sealed = pepper.seal("fuzz", bytes);
    let opened = pepper.unseal("fuzz", &sealed);
    assert_eq!(opened.as_deref().map(Vec::as_slice), Some(bytes));
    assert!(pepper.unseal("fuzz", bytes).is_none(), "anything opens");
});

/// Whether a secret is worth a look-up, computed another way: the checksum as a number.
fn modelled(text: &str) -> bool {
    if text.is_empty() || text.len() > 4096 {
        return false;
    }
    if !["kw_", "kwc_", "kws_"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return true;
    }
    let tail = text.rsplit('_').next().unwrap_or_default();
    if tail.len() != 49 || !tail.bytes().all(|byte| DIGITS.contains(&byte)) {
        return false;
    }
    let (body, sum) = text.split_at(text.len() - 6);
    let value = sum.bytes().fold(0_u64, |value, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte);
        value * 62 + digit.unwrap_or_default() as u64
    });
    value == u64::from(crc32fast::hash(body.as_bytes()))
}

/// A hint shows a prefix and the last four characters of more, and never all of it.
fn check_hint(secret: &Secret) {
    let (text, hint) = (secret.expose(), secret.hint());
    // Where the dots of the hint are cannot be told from the hint if the secret has dots of its own.
    let is_shown = hint.match_indices("...").any(|(dots, _)| {
        let (prefix, last) = (&hint[..dots], &hint[dots + 3..]);
        let is_part = last.is_empty() || prefix.len() + last.len() < text.len();
        let is_short = last.is_empty() || last.chars().count() == 4;
        is_part && is_short && text.starts_with(prefix) && text.ends_with(last)
    });
    assert!(is_shown, "{hint} stands for {text}");
}
