//! Secrets: their formats, checksums, digests and sealing.
//! Leaves where a pepper lives to `pepper`, and what a digest is looked up in to `store`.

use aws_lc_rs::{aead, constant_time, digest, hmac, rand};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LEN: usize = 43;
const CHECKSUM_LEN: usize = 6;
const HINT_LEN: usize = 4;
/// The most characters of a prefix of one's own choice.
pub const PREFIX_LEN_MAX: usize = 16;
/// Digits of a root key out of `openssl rand -hex 32`.
const HEXADECIMAL_LEN: usize = 64;

/// The prefixes that promise a checksum: standard keys, control keys and client secrets.
pub const STANDARD_PREFIX: &str = "kw";
/// The prefix of control and root keys.
pub const CONTROL_PREFIX: &str = "kwc";
/// The prefix of client secrets.
pub const CLIENT_PREFIX: &str = "kws";
/// The prefix of named keys, with its separator.
pub const NAMED_PREFIX: &str = "apikey:";
/// Random characters behind the prefix of a named key.
pub const NAMED_LEN: usize = 128;
/// What stands for a secret wherever one is not shown.
pub const HIDDEN: &str = "[secret]";
/// What is shorter is no key of an organization, which has 28 characters.
const BASE64_LEN_MIN: usize = 20;
/// The longest secret that is looked at, in bytes.
pub const SECRET_LEN_MAX: usize = 4096;

/// A secret in the clear, wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret as it is presented.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself, for the one answer that carries it, or for a digest.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A lower-case random UUID (version 4).
    #[must_use]
    pub fn uuid() -> Self {
        let bytes = random::<16>();
        let id = uuid::Builder::from_random_bytes(*bytes).into_uuid();
        Self::new(id.to_string())
    }

    /// `apikey:` and 128 random alphanumerics.
    #[must_use]
    pub fn named() -> Self {
        let mut text = String::with_capacity(NAMED_PREFIX.len() + NAMED_LEN);
        text.push_str(NAMED_PREFIX);
        push_random(&mut text, NAMED_LEN);
        Self::new(text)
    }

    /// The base64 form of 20 random bytes: 28 characters.
    #[must_use]
    pub fn organization() -> Self {
        Self::new(STANDARD.encode(random::<20>().as_slice()))
    }

    /// `<prefix>_`, 43 random alphanumerics, and 6 that are the CRC-32 of all before.
    #[must_use]
    pub fn checksummed(prefix: &str) -> Self {
        let mut text = String::with_capacity(prefix.len() + 1 + RANDOM_LEN + CHECKSUM_LEN);
        text.push_str(prefix);
        text.push('_');
        push_random(&mut text, RANDOM_LEN);
        let sum = checksum(text.as_bytes());
        text.extend(sum.map(char::from));
        Self::new(text)
    }

    /// Whether a look-up could find it: of sane length, and its checksum fits if it promises one.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        let text = self.expose();
        if text.is_empty() || text.len() > SECRET_LEN_MAX {
            return false;
        }
        let promises_checksum = text.split_once('_').is_some_and(|(prefix, _)| {
            [STANDARD_PREFIX, CONTROL_PREFIX, CLIENT_PREFIX].contains(&prefix)
        });
        !promises_checksum || has_checksum(text)
    }

    /// What may be shown of it: its prefix, if it has one, and its last four characters, if it has more.
    #[must_use]
    pub fn hint(&self) -> String {
        let text = self.expose();
        let prefix_len = if text.starts_with(NAMED_PREFIX) {
            NAMED_PREFIX.len()
        } else {
            let tail_len = 1 + RANDOM_LEN + CHECKSUM_LEN;
            text.len()
                .checked_sub(tail_len)
                .filter(|_| has_checksum(text))
                .map_or(0, |len| len + 1)
        };
        let (prefix, random) = text.split_at(prefix_len);
        let shown = random.char_indices().rev().nth(HINT_LEN - 1);
        let last = shown
            .filter(|(start, _)| *start > 0)
            .map_or("", |(start, _)| &random[start..]);
        format!("{prefix}...{last}")
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// What is stored of a secret: its HMAC-SHA-256 under a pepper.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Its bytes as numbers: evenly spread, and foreseen by nobody without the pepper.
    #[must_use]
    pub fn words(&self) -> [u64; 4] {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(self.0.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        words
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Digest(..)")
    }
}

/// The server's own secret: without it, the database is no use for guessing.
#[derive(Clone)]
pub struct Pepper {
    /// Stands in the row of each key whose digest was made with it.
    pub version: u32,
    key: hmac::Key,
}

impl Pepper {
    /// A pepper of this version from its 32 bytes.
    #[must_use]
    pub fn new(version: u32, bytes: &[u8; 32]) -> Self {
        Self {
            version,
            key: hmac::Key::new(hmac::HMAC_SHA256, bytes),
        }
    }

    /// The digest under which a secret is stored and looked up.
    #[must_use]
    pub fn digest(&self, secret: &Secret) -> Digest {
        self.mac(&[b"key", secret.expose().as_bytes()])
    }

    /// A key for another purpose, which tells nothing of the pepper or of other purposes.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self::new(self.version, &self.derive_bytes(purpose))
    }

    /// The bytes of such a key, to be kept sealed under another pepper.
    #[must_use]
    pub fn derive_bytes(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.mac(&[b"derive", purpose.as_bytes()]).0)
    }

    /// A MAC over parts, each with its length, so that no two lists of parts are alike.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        Digest(bytes)
    }

    /// Encrypts `text` for `purpose`; only the same pepper and purpose open it.
    #[must_use]
    pub fn seal(&self, purpose: &str, text: &[u8]) -> Vec<u8> {
        let mut sealed = text.to_vec();
        let nonce = self
            .sealing_key(purpose)
            .seal_in_place_append_tag(aead::Aad::empty(), &mut sealed)
            .expect("sealing fails only for texts of many gigabytes");
        sealed.extend_from_slice(nonce.as_ref());
        sealed
    }

    /// Decrypts what [`Pepper::seal`] made; `None` if it was made with another pepper or purpose.
    #[must_use]
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let text_len = sealed.len().checked_sub(aead::NONCE_LEN)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(&sealed[text_len..]).ok()?;
        let mut text = Zeroizing::new(sealed[..text_len].to_vec());
        let opened_len = self
            .sealing_key(purpose)
            .open_in_place(nonce, aead::Aad::empty(), &mut text)
            .ok()?
            .len();
        text.truncate(opened_len);
        Some(text)
    }

    fn sealing_key(&self, purpose: &str) -> aead::RandomizedNonceKey {
        let key = Zeroizing::new(self.mac(&[b"seal", purpose.as_bytes()]).0);
        aead::RandomizedNonceKey::new(&aead::AES_256_GCM, key.as_slice())
            .expect("a digest has the length of an AES-256 key")
    }
}

impl std::fmt::Debug for Pepper {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pepper")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Random bytes from the operating system's generator, wiped when dropped.
#[must_use]
pub fn random<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(bytes.as_mut_slice()).expect("the operating system provides randomness");
    bytes
}

/// The SHA-256 of parts, each with its length: a fingerprint for comparing requests.
#[must_use]
pub fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

/// A text as a refusal repeats it to who sent it; what looks like a secret in the wrong place is hidden.
///
/// Refusals end up in logs, and not only in ours. A user's key is a UUID as every id is: that cannot be told.
#[must_use]
pub fn repeated(text: &str) -> &str {
    // In a list, or behind the name of a scheme, it is as much of a secret.
    let mut words =
        text.split(|character: char| character.is_whitespace() || ",;\"'".contains(character));
    if words.any(looks_secret) || holds_secret(text) {
        HIDDEN
    } else {
        text
    }
}

fn looks_secret(word: &str) -> bool {
    let is_ours = [STANDARD_PREFIX, CONTROL_PREFIX, CLIENT_PREFIX]
        .iter()
        .any(|prefix| {
            word.split_once('_')
                .is_some_and(|(first, _)| first == *prefix)
        });
    // An access token, and the key of an organization.
    let is_token = word.starts_with("eyJ");
    let is_of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let is_base64 = word.len() >= BASE64_LEN_MIN
        && word.contains(['+', '/', '='])
        && word.bytes().all(is_of_base64);
    is_ours || is_token || is_base64 || word.starts_with(NAMED_PREFIX)
}

/// Whether a key stands anywhere in a text, whatever is around it: one with a prefix of somebody's choice, which its
/// checksum gives away, or as many hexadecimal digits as a root key has.
fn holds_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut runs = bytes.split(|byte| !byte.is_ascii_hexdigit());
    runs.any(is_root_key)
        || text
            .match_indices('_')
            .any(|(at, _)| is_amid_key(bytes, at))
}

/// Whether hexadecimal digits in a row may hold a random root key: a name of one letter, repeated, is none.
fn is_root_key(digits: &[u8]) -> bool {
    const DISTINCT_MIN: u32 = 8;
    let value = |digit: &u8| (*digit as char).to_digit(16).unwrap_or_default();
    let seen = digits
        .iter()
        .fold(0_u16, |seen, digit| seen | 1 << value(digit));
    digits.len() >= HEXADECIMAL_LEN && seen.count_ones() >= DISTINCT_MIN
}

/// Whether the `_` at this place separates the prefix of a key from the rest of it.
fn is_amid_key(bytes: &[u8], at: usize) -> bool {
    let end = at + 1 + RANDOM_LEN + CHECKSUM_LEN;
    let Some(tail) = bytes.get(at + 1..end) else {
        return false;
    };
    if !tail.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    // Where a prefix begins cannot be seen: digits or letters of something else may stand before it.
    let before = bytes[at.saturating_sub(PREFIX_LEN_MAX)..at].iter().rev();
    let before = before.take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let sum = &tail[RANDOM_LEN..];
    (1..=before.count()).any(|len| checksum(&bytes[at - len..end - CHECKSUM_LEN]) == *sum)
}

fn push_random(text: &mut String, len: usize) {
    // 248 is the largest multiple of 62 in a byte: what lies above would favour some characters.
    const FAIR: u8 = 248;
    let end = text.len() + len;
    while text.len() < end {
        let bytes = random::<64>();
        let fair = bytes.iter().filter(|byte| **byte < FAIR);
        let characters = fair.map(|byte| char::from(ALPHANUMERIC[usize::from(byte % 62)]));
        text.extend(characters.take(end - text.len()));
    }
}

fn has_checksum(text: &str) -> bool {
    let Some((prefix, tail)) = text.rsplit_once('_') else {
        return false;
    };
    let is_alphanumeric = tail.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if prefix.is_empty() || tail.len() != RANDOM_LEN + CHECKSUM_LEN || !is_alphanumeric {
        return false;
    }
    let (body, sum) = text.split_at(text.len() - CHECKSUM_LEN);
    checksum(body.as_bytes()) == sum.as_bytes()
}

fn checksum(text: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut rest = crc32fast::hash(text);
    let mut characters = [0; CHECKSUM_LEN];
    for character in characters.iter_mut().rev() {
        *character = ALPHANUMERIC[(rest % 62) as usize];
        rest /= 62;
    }
    characters
}

#[cfg(test)]
mod tests {
    use super::{Pepper, Secret, repeated};

    #[test]
    fn every_format_has_its_documented_shape() {
        let uuid = uuid::Uuid::parse_str(Secret::uuid().expose()).unwrap();
        assert_eq!(uuid.get_version_num(), 4);
        let named = Secret::named();
        let (prefix, tail) = named.expose().split_at(7);
        assert_eq!((prefix, tail.len()), ("apikey:", 128));
        assert!(tail.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(Secret::organization().expose().len(), 28);
        let ours = Secret::checksummed("kwc");
        assert_eq!(ours.expose().len(), "kwc_".len() + 49);
    }

    #[test]
    fn a_typo_in_one_of_our_keys_is_seen_without_a_look_up() {
        let secret = Secret::checksummed("kw");
        assert!(secret.is_plausible());
        for index in 3..secret.expose().len() {
            let mut bytes = secret.expose().as_bytes().to_vec();
            bytes[index] = if bytes[index] == b'a' { b'b' } else { b'a' };
            let typo = Secret::new(String::from_utf8(bytes).unwrap());
            assert!(!typo.is_plausible(), "a typo at {index} passes");
        }
    }

    #[test]
    fn other_formats_need_no_checksum() {
        assert!(Secret::uuid().is_plausible());
        assert!(Secret::organization().is_plausible());
        assert!(!Secret::new(String::new()).is_plausible());
        assert!(!Secret::new("a".repeat(5000)).is_plausible());
    }

    #[test]
    fn a_hint_shows_the_prefix_and_the_last_four() {
        let secret = Secret::checksummed("kws");
        let last = &secret.expose()[secret.expose().len() - 4..];
        assert_eq!(secret.hint(), format!("kws_...{last}"));
        assert!(Secret::uuid().hint().starts_with("..."));
        assert!(Secret::named().hint().starts_with("apikey:..."));
        let hint = |text: &str| Secret::new(text.to_owned()).hint();
        assert_eq!(hint(""), "...");
        assert_eq!(hint("abc"), "...");
        assert_eq!(hint("abcd"), "...");
        assert_eq!(hint("abcde"), "...bcde");
        assert_eq!(hint("apikey:ab"), "apikey:...");
        assert_eq!(hint("äöüß€"), "...öüß€");
    }

    #[test]
    fn a_seal_opens_only_with_its_pepper_and_purpose() {
        let pepper = Pepper::new(1, &[7; 32]);
        let sealed = pepper.seal("tokens", b"private");
        assert_eq!(
            pepper.unseal("tokens", &sealed).unwrap().as_slice(),
            b"private"
        );
        assert!(pepper.unseal("replays", &sealed).is_none());
        assert!(Pepper::new(1, &[8; 32]).unseal("tokens", &sealed).is_none());
        assert!(pepper.unseal("tokens", &sealed[1..]).is_none());
    }

    #[test]
    fn what_looks_like_a_secret_is_not_repeated() {
        for secret in [
            Secret::checksummed("kw"),
            Secret::checksummed("kws"),
            Secret::named(),
            Secret::organization(),
            Secret::new("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln".to_owned()),
        ] {
            let text = secret.expose();
            assert_eq!(repeated(text), "[secret]", "{text}");
        }
        let acme = Secret::checksummed("acme");
        let acme = acme.expose();
        let longest = Secret::checksummed("a123456789012345");
        let root = "0123456789abcdef".repeat(4);
        for text in [
            acme.to_owned(),
            longest.expose().to_owned(),
            Secret::checksummed("a").expose().to_owned(),
            format!("/v1/keys/{acme}?limit=1"),
            format!("key={acme}&x=1"),
            format!("%20{acme}"),
            format!("my_{acme}_"),
            format!("{acme}x"),
            root.clone(),
            root.to_uppercase(),
            format!("x={root}&y"),
            format!("https://example.com/{root}/x"),
            format!("%20{root}"),
        ] {
            assert_eq!(repeated(&text), "[secret]", "{text}");
        }
        // One character off, and one digit fewer, it is no key that anybody has.
        let typo = if acme.ends_with('0') { '1' } else { '0' };
        let typo = format!("{}{typo}", &acme[..acme.len() - 1]);
        for text in [
            typo.as_str(),
            &acme[..acme.len() - 1],
            &root[1..],
            "sha1_of_0123456789abcdef0123456789abcdef01234567",
            "a_name_that_has_many_underscores_and_goes_on_and_on_for_a_while",
            "________________________________________________________________",
            "",
            "ci-deploy",
            "kwh_meter",
            "::ffff:192.0.2.7/120",
            "a=b",
            "limits",
        ] {
            assert_eq!(repeated(text), text);
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::new("kw_very_secret".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
