//! The keys that tokens are signed with: sealed in one setting, published before they sign, kept as long as their tokens.
//! Leaves what a token says to `token`, and when a running server reads the setting again to the keyring.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, ensure};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Claims, PublicKey};
use keywright_model::peppers::Peppers;
use keywright_model::secret::{Pepper, fingerprint};

/// The setting that holds all signing keys, since there can be several.
pub const SIGNING_KEYS: &str = "token_signing_keys";
/// The setting that holds the only one, before the first rotation.
pub const FIRST_SIGNING_KEY: &str = "token_signing_key";
/// The setting that holds the longest lifetime of a token that a server of this database was ever set to.
pub const LIFETIME_MAX: &str = "token_lifetime_max_s";
/// How long a client may keep the key set, in seconds.
pub const KEY_SET_MAX_AGE_S: u32 = 300;

const PURPOSE: &str = "token signing key";
/// Until each server has read the setting again, and published what is in it.
const TAKE_UP_MS: i64 = 10_000;
/// How much longer than its last token a key is kept: clocks differ.
const LEEWAY_MS: i64 = 60_000;

/// One signing key as the setting keeps it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// PKCS #8.
    document: Vec<u8>,
    /// The first instant at which it signs, Unix milliseconds.
    signs_from_ms: i64,
    /// The first instant at which no token of it is good any more; `None` while no other key follows it.
    ends_at_ms: Option<i64>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.document.zeroize();
    }
}

/// A key that is ready to sign.
pub(super) struct SigningKey {
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    pub(super) public: PublicKey,
    signs_from_ms: i64,
    ends_at_ms: Option<i64>,
}

/// All signing keys, and what was read with them.
pub(super) struct SigningKeys {
    /// The setting that they come from.
    setting: Vec<u8>,
    /// Those that sign first stand first.
    keys: Vec<SigningKey>,
    /// Signatures that were good, by the digest of the token: checking one is the dear part. They go with the keys,
    /// so that nothing is remembered of a key that was dropped.
    remembered: Mutex<HashMap<[u8; 32], Claims>>,
}

impl SigningKeys {
    /// Reads a setting: that of all keys or, if `is_first`, that of the only one.
    pub(super) fn read(setting: &[u8], is_first: bool, peppers: &Peppers) -> anyhow::Result<Self> {
        let kept = unseal(setting, is_first, peppers)?;
        let keys = kept.iter().map(SigningKey::read);
        Ok(Self {
            setting: setting.to_owned(),
            keys: keys.collect::<anyhow::Result<_>>()?,
            remembered: Mutex::default(),
        })
    }

    /// Whether they come from this very setting.
    pub(super) fn are_of(&self, setting: &[u8]) -> bool {
        self.setting == setting
    }

    /// The key that signs now.
    pub(super) fn signing(&self, now_ms: i64) -> Option<&SigningKey> {
        let mut signing = self.keys.iter().rev();
        let found = signing.find(|key| key.signs_from_ms <= now_ms);
        // A clock that was set back must not leave the server without a key.
        found.or_else(|| self.keys.first())
    }

    /// The key of this name, if tokens of it may still be good.
    pub(super) fn named(&self, kid: &str, now_ms: i64) -> Option<&SigningKey> {
        let mut good = self.good(now_ms);
        good.find(|key| key.public.kid == kid)
    }

    /// The keys that others are to know, the one in use first.
    pub(super) fn published(&self, now_ms: i64) -> Vec<PublicKey> {
        let signing = self.signing(now_ms).into_iter();
        let in_use = signing.clone().map(|key| key.public.kid.as_str()).next();
        let others = self
            .good(now_ms)
            .filter(|key| in_use != Some(&key.public.kid));
        signing
            .chain(others)
            .map(|key| key.public.clone())
            .collect()
    }

    fn good(&self, now_ms: i64) -> impl Iterator<Item = &SigningKey> {
        let is_good = move |key: &&SigningKey| key.ends_at_ms.is_none_or(|end_ms| now_ms < end_ms);
        self.keys.iter().filter(is_good)
    }

    pub(super) fn remembered(&self) -> MutexGuard<'_, HashMap<[u8; 32], Claims>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl SigningKey {
    fn read(kept: &Kept) -> anyhow::Result<Self> {
        let public = public_of(kept)?;
        Ok(Self {
            encoding: EncodingKey::from_ed_der(&kept.document),
            decoding: DecodingKey::from_ed_der(&public),
            public: PublicKey {
                kid: kid_of(&public),
                x: URL_SAFE_NO_PAD.encode(&public),
            },
            signs_from_ms: kept.signs_from_ms,
            ends_at_ms: kept.ends_at_ms,
        })
    }
}

/// The sealed key of a database that has none yet.
pub(super) fn first(pepper: &Pepper) -> anyhow::Result<Vec<u8>> {
    let document = Ed25519KeyPair::generate()?.to_pkcs8()?;
    Ok(pepper.seal(PURPOSE, document.as_ref()))
}

/// What a rotation leads to.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// What the setting of all signing keys is to hold.
    pub setting: Vec<u8>,
    /// The name of the new key.
    pub kid: String,
    /// The first instant at which it signs, Unix milliseconds.
    pub signs_from_ms: i64,
    /// The keys before it that tokens are still checked with, and when each ends.
    pub kept: Vec<(String, i64)>,
    /// The keys that are dropped with all their tokens.
    pub dropped: Vec<String>,
}

/// The settings that signing keys lie in, as they are before a rotation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'a> {
    /// That of all keys.
    pub all: Option<&'a [u8]>,
    /// That of the only one, before the first rotation.
    pub first: Option<&'a [u8]>,
}

/// Adds a key. It signs once every client that keeps the key set has read it again; those before it are kept until
/// their last token is over, which lives `lifetime_s` at most.
///
/// With `at_once` it signs now, and all others are dropped.
///
/// # Errors
/// When the keys that are there cannot be unsealed, or the last rotation is not yet over.
pub fn rotate(
    settings: Settings<'_>,
    peppers: &Peppers,
    lifetime_s: u32,
    at_once: bool,
    now_ms: i64,
) -> anyhow::Result<Rotation> {
    let kept = match settings {
        Settings { all: Some(all), .. } => unseal(all, false, peppers)?,
        Settings {
            first: Some(first), ..
        } => unseal(first, true, peppers)?,
        Settings { .. } => Vec::new(),
    };
    let is_good = |key: &Kept| key.ends_at_ms.is_none_or(|end_ms| now_ms < end_ms);
    let mut keys: Vec<Kept> = kept.into_iter().filter(is_good).collect();
    let mut dropped = Vec::new();
    let mut signs_from_ms = now_ms;
    if at_once {
        for key in std::mem::take(&mut keys) {
            dropped.push(kid_of(&public_of(&key)?));
        }
    } else {
        let next = keys.iter().find(|key| key.signs_from_ms > now_ms);
        let wait_s = next.map_or(0, |next| (next.signs_from_ms - now_ms) / 1000 + 1);
        ensure!(
            wait_s == 0,
            "a rotation is under way: its key signs in {wait_s} seconds"
        );
        signs_from_ms += i64::from(KEY_SET_MAX_AGE_S) * 1000 + TAKE_UP_MS;
        let ends_at_ms = signs_from_ms + i64::from(lifetime_s) * 1000 + LEEWAY_MS;
        for key in &mut keys {
            key.ends_at_ms.get_or_insert(ends_at_ms);
        }
    }
    let kept = keys
        .iter()
        .map(|key| Ok((kid_of(&public_of(key)?), key.ends_at_ms.unwrap_or(i64::MAX))));
    let kept = kept.collect::<anyhow::Result<_>>()?;
    let new = Kept {
        document: Ed25519KeyPair::generate()?.to_pkcs8()?.as_ref().to_vec(),
        signs_from_ms,
        ends_at_ms: None,
    };
    let kid = kid_of(&public_of(&new)?);
    keys.push(new);
    Ok(Rotation {
        setting: seal(&keys, peppers.newest())?,
        kid,
        signs_from_ms,
        kept,
        dropped,
    })
}

/// The settings of signing keys, sealed under the newest pepper: each that is there, by its name.
///
/// # Errors
/// When one cannot be unsealed.
pub fn reseal(
    settings: Settings<'_>,
    peppers: &Peppers,
) -> anyhow::Result<Vec<(&'static str, Vec<u8>)>> {
    let settings = [
        (SIGNING_KEYS, settings.all),
        (FIRST_SIGNING_KEY, settings.first),
    ];
    let resealed = settings.into_iter().filter_map(|(name, setting)| {
        let text = peppers
            .unseal(PURPOSE, setting?)
            .context("the token signing keys in the database were sealed with another pepper");
        Some(text.map(|text| (name, peppers.newest().seal(PURPOSE, &text))))
    });
    resealed.collect()
}

/// The longest lifetime of a token, of what a setting says and what the configuration says.
#[must_use]
pub fn lifetime_max_s(setting: Option<&[u8]>, configured_s: u32) -> u32 {
    let known = setting.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    known.map_or(0, u32::from_be_bytes).max(configured_s)
}

fn unseal(setting: &[u8], is_first: bool, peppers: &Peppers) -> anyhow::Result<Vec<Kept>> {
    let text = peppers
        .unseal(PURPOSE, setting)
        .context("the token signing keys in the database were sealed with another pepper")?;
    if is_first {
        return Ok(vec![Kept {
            document: text.to_vec(),
            signs_from_ms: i64::MIN,
            ends_at_ms: None,
        }]);
    }
    let keys: Vec<Kept> =
        serde_json::from_slice(&text).context("the token signing keys cannot be read")?;
    ensure!(!keys.is_empty(), "there is no token signing key");
    Ok(keys)
}

fn seal(keys: &[Kept], pepper: &Pepper) -> anyhow::Result<Vec<u8>> {
    let text = Zeroizing::new(serde_json::to_vec(keys)?);
    Ok(pepper.seal(PURPOSE, &text))
}

fn public_of(kept: &Kept) -> anyhow::Result<Vec<u8>> {
    let pair = Ed25519KeyPair::from_pkcs8(&kept.document)?;
    Ok(pair.public_key().as_ref().to_vec())
}

fn kid_of(public: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&fingerprint(&[public])[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_773_576_000_000;
    const LIFETIME_S: u32 = 600;
    const SIGNS_AFTER_MS: i64 = 310_000;

    fn pepper() -> Peppers {
        Peppers::from(Pepper::new(1, &[7; 32]))
    }

    fn kids(keys: &SigningKeys, now_ms: i64) -> Vec<String> {
        let published = keys.published(now_ms).into_iter();
        published.map(|key| key.kid).collect()
    }

    fn begun(at_once: bool) -> (SigningKeys, Rotation, SigningKeys) {
        let first = first(pepper().newest()).unwrap();
        let before = SigningKeys::read(&first, true, &pepper()).unwrap();
        let settings = Settings {
            first: Some(&first),
            ..Settings::default()
        };
        let rotation = rotate(settings, &pepper(), LIFETIME_S, at_once, NOW_MS).unwrap();
        let after = SigningKeys::read(&rotation.setting, false, &pepper()).unwrap();
        (before, rotation, after)
    }

    #[test]
    fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_last_token_is_over() {
        let (before, rotation, after) = begun(false);
        let old = kids(&before, NOW_MS).remove(0);
        let new = rotation.kid;
        let signs_from_ms = NOW_MS + SIGNS_AFTER_MS;
        let ends_at_ms = signs_from_ms + 600_000 + 60_000;
        assert_eq!(rotation.signs_from_ms, signs_from_ms);
        assert_eq!(rotation.kept, [(old.clone(), ends_at_ms)]);
        assert_eq!(kids(&after, NOW_MS), [old.clone(), new.clone()]);
        assert_eq!(
            kids(&after, signs_from_ms - 1),
            [old.clone(), new.clone()],
            "the one in use stands first"
        );
        assert_eq!(kids(&after, signs_from_ms), [new.clone(), old.clone()]);
        assert!(after.named(&old, ends_at_ms - 1).is_some());
        assert!(after.named(&old, ends_at_ms).is_none());
        assert_eq!(kids(&after, ends_at_ms), std::slice::from_ref(&new));
        // A clock that was set back before the first key.
        assert_eq!(kids(&after, 0), [old, new]);
    }

    #[test]
    fn at_once_nothing_is_left_of_the_old_key() {
        let (before, rotation, after) = begun(true);
        let old = kids(&before, NOW_MS);
        assert_eq!(rotation.signs_from_ms, NOW_MS);
        assert_eq!(rotation.dropped, old);
        assert_eq!(kids(&after, NOW_MS), [rotation.kid]);
        assert!(after.named(&old[0], NOW_MS).is_none());
    }

    #[test]
    fn a_second_rotation_waits_until_the_first_key_signs_unless_it_is_at_once() {
        let (_, rotation, _) = begun(false);
        let settings = Settings {
            all: Some(&rotation.setting),
            ..Settings::default()
        };
        let again = |at_once, now_ms| rotate(settings, &pepper(), LIFETIME_S, at_once, now_ms);
        let refusal = again(false, NOW_MS + 1000).unwrap_err().to_string();
        assert_eq!(
            refusal,
            "a rotation is under way: its key signs in 310 seconds"
        );
        let at_once = again(true, NOW_MS + 1000).unwrap();
        assert_eq!(at_once.dropped.len(), 2);
        let next = again(false, rotation.signs_from_ms).unwrap();
        assert_eq!(next.kept.len(), 2);
        assert_eq!(
            next.kept[0], rotation.kept[0],
            "an end that was set once stays"
        );
        // By then the first one has ended, and is forgotten.
        let late = again(false, rotation.kept[0].1).unwrap();
        assert_eq!(late.kept.len(), 1);
    }

    #[test]
    fn another_pepper_unseals_nothing() {
        let (_, rotation, _) = begun(false);
        let other = Peppers::from(Pepper::new(1, &[8; 32]));
        assert!(SigningKeys::read(&rotation.setting, false, &other).is_err());
    }

    #[test]
    fn the_longest_lifetime_only_grows() {
        assert_eq!(lifetime_max_s(None, 60), 60);
        assert_eq!(lifetime_max_s(Some(&90_u32.to_be_bytes()), 60), 90);
        assert_eq!(lifetime_max_s(Some(&30_u32.to_be_bytes()), 60), 60);
        assert_eq!(lifetime_max_s(Some(b"damaged"), 60), 60);
    }
}
