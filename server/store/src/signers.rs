//! What signs the events: a key for each pepper, each from its own event on.
//! Leaves what a MAC covers to `event`, and the settings that say where a key begins to the engines.

use serde::{Deserialize, Serialize};

use keywright_model::peppers::Peppers;
use keywright_model::secret::{Digest, Pepper};

use crate::event::{EVENTS, Head};

/// The setting that holds the keys of peppers that were retired, sealed under the newest.
pub const RETIRED: &str = "retired_signers";

const MAC_LEN: usize = 32;

/// The key of a pepper that is no longer in use.
#[derive(Serialize, Deserialize)]
struct Retired {
    version: u32,
    key: [u8; 32],
}

/// The keys that sign events, at least one.
#[derive(Clone, Debug)]
pub struct Signers {
    first: Signer,
    /// Those that came later, oldest first.
    later: Vec<Signer>,
}

#[derive(Clone, Debug)]
struct Signer {
    key: Pepper,
    /// The last event that it has not signed. It stands under a MAC of this key, so that an older one
    /// can change nothing of what was before.
    begins_behind: Head,
}

/// A newer pepper that is about to be used.
#[derive(Clone, Debug)]
pub struct PepperStart {
    /// What signs the events from then on.
    pub signer: Pepper,
    /// The settings that say so, beside where it begins.
    pub settings: Vec<(&'static str, Vec<u8>)>,
}

impl From<Pepper> for Signers {
    /// The only one that there ever was.
    fn from(key: Pepper) -> Self {
        let begins_behind = Head::default();
        Self {
            first: Signer { key, begins_behind },
            later: Vec::new(),
        }
    }
}

impl Signers {
    /// Those of peppers, as the settings say where each begins.
    ///
    /// # Errors
    /// When a setting cannot be read; inside, what is wrong with one.
    pub fn of<E>(
        peppers: &Peppers,
        setting: impl Fn(&str) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Result<Self, String>, E> {
        let Some(retired) = unseal(setting(RETIRED)?.as_deref(), peppers) else {
            let what = "the keys of retired peppers cannot be unsealed: they were changed";
            return Ok(Err(what.to_owned()));
        };
        let retired = retired.iter().map(|one| Pepper::new(one.version, &one.key));
        let in_use = peppers.iter().rev().map(|pepper| pepper.derive(EVENTS));
        let mut signers: Option<Self> = None;
        for key in retired.chain(in_use) {
            let Some(signers) = &mut signers else {
                signers = Some(Self::from(key));
                continue;
            };
            let found = setting(&name_of(key.version))?;
            let Some(begins_behind) = found.and_then(|found| read(&found, &key)) else {
                let version = key.version;
                return Ok(Err(format!(
                    "where the events of pepper version {version} begin does not bear out its seal: it was changed"
                )));
            };
            signers.begin(key, begins_behind);
        }
        Ok(signers.ok_or_else(|| "there is no pepper".to_owned()))
    }

    /// Takes in a newer one.
    pub fn begin(&mut self, key: Pepper, begins_behind: Head) {
        self.later.push(Signer { key, begins_behind });
    }

    /// The one that signs now.
    #[must_use]
    pub fn newest(&self) -> &Pepper {
        &self.later.last().unwrap_or(&self.first).key
    }

    /// The one that has signed the event at a position.
    #[must_use]
    pub fn at(&self, position: i64) -> &Pepper {
        let mut later = self.later.iter().rev();
        let found = later.find(|signer| signer.begins_behind.position < position);
        &found.unwrap_or(&self.first).key
    }

    /// Those that were there when the event at a position was pruned, or later.
    pub fn since(&self, position: i64) -> impl Iterator<Item = &Pepper> {
        let oldest = self.at(position).version;
        let all = std::iter::once(&self.first).chain(&self.later);
        all.map(|signer| &signer.key)
            .filter(move |key| key.version >= oldest)
    }

    /// Whether a walk that has come to this head may go on: where a key begins, the head must be the one that it
    /// begins behind.
    #[must_use]
    pub fn meet(&self, head: &Head) -> bool {
        let mut later = self.later.iter();
        later.all(|signer| {
            signer.begins_behind.position != head.position || signer.begins_behind == *head
        })
    }

    /// The position that events must reach at least.
    #[must_use]
    pub fn furthest(&self) -> i64 {
        self.later
            .last()
            .map_or(0, |signer| signer.begins_behind.position)
    }
}

/// What the setting of retired keys is to hold once a pepper is retired, too: sealed under the newest. `None` if what it
/// holds cannot be unsealed.
#[must_use]
pub fn retire(setting: Option<&[u8]>, peppers: &Peppers, pepper: &Pepper) -> Option<Vec<u8>> {
    let mut retired = unseal(setting, peppers)?;
    retired.push(Retired {
        version: pepper.version,
        key: *pepper.derive_bytes(EVENTS),
    });
    let text = zeroize::Zeroizing::new(serde_json::to_vec(&retired).ok()?);
    Some(peppers.newest().seal(RETIRED, &text))
}

fn unseal(setting: Option<&[u8]>, peppers: &Peppers) -> Option<Vec<Retired>> {
    let Some(setting) = setting else {
        return Some(Vec::new());
    };
    let text = peppers.unseal(RETIRED, setting)?;
    serde_json::from_slice(&text).ok()
}

/// The setting that says behind which event the key of a pepper begins.
#[must_use]
pub fn name_of(version: u32) -> String {
    format!("events_begin_{version}")
}

/// What that setting holds.
#[must_use]
pub fn write(begins_behind: &Head, key: &Pepper) -> Vec<u8> {
    let mut text = seal(begins_behind, key).0.to_vec();
    text.extend_from_slice(begins_behind.to_string().as_bytes());
    text
}

/// Where the setting says that a key begins, if it was written with that key.
#[must_use]
pub fn read(setting: &[u8], key: &Pepper) -> Option<Head> {
    let (found, text) = setting.split_at_checked(MAC_LEN)?;
    let head: Head = std::str::from_utf8(text).ok()?.parse().ok()?;
    let found = Digest(found.try_into().ok()?);
    found.matches(&seal(&head, key)).then_some(head)
}

fn seal(head: &Head, key: &Pepper) -> Digest {
    key.mac(&[b"begin", &head.position.to_be_bytes(), &head.mac])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peppers() -> Peppers {
        let first = Pepper::new(1, &[7; 32]);
        Peppers::from(first).with(Pepper::new(2, &[8; 32]))
    }

    fn head(position: i64) -> Head {
        Head {
            position,
            mac: vec![5; 32],
        }
    }

    fn signers(setting: Option<&[u8]>) -> Result<Signers, String> {
        let read = |name: &str| {
            let is_asked = name == "events_begin_2";
            Ok::<_, String>(setting.filter(|_| is_asked).map(<[u8]>::to_vec))
        };
        Signers::of(&peppers(), read).unwrap()
    }

    #[test]
    fn each_key_signs_from_its_own_event_on() {
        let key = Pepper::new(2, &[8; 32]).derive(EVENTS);
        let signers = signers(Some(&write(&head(9), &key))).unwrap();
        assert_eq!(signers.at(9).version, 1);
        assert_eq!(signers.at(10).version, 2);
        assert_eq!(signers.newest().version, 2);
        assert_eq!(signers.furthest(), 9);
        let versions =
            |position| -> Vec<u32> { signers.since(position).map(|key| key.version).collect() };
        assert_eq!(versions(9), [1, 2]);
        assert_eq!(versions(10), [2]);
        assert!(signers.meet(&head(9)) && signers.meet(&head(8)));
        let other = Head {
            position: 9,
            mac: vec![6; 32],
        };
        assert!(!signers.meet(&other));
    }

    #[test]
    fn a_retired_key_goes_on_proving_what_it_has_signed() {
        let both = peppers();
        let first = both.of(1).unwrap();
        let key = Pepper::new(2, &[8; 32]).derive(EVENTS);
        let retired = retire(None, &both, first).unwrap();
        let begin = write(&head(9), &key);
        let setting = |name: &str| {
            let value = match name {
                RETIRED => &retired,
                "events_begin_2" => &begin,
                _ => return Ok::<_, String>(None),
            };
            Ok(Some(value.clone()))
        };
        let newest = Peppers::from(Pepper::new(2, &[8; 32]));
        let signers = Signers::of(&newest, setting).unwrap().unwrap();
        let mac = |key: &Pepper| key.mac(&[b"any"]);
        assert_eq!(mac(signers.at(9)), mac(&first.derive(EVENTS)));
        assert_eq!(mac(signers.at(10)), mac(&key));
        let other = Peppers::from(Pepper::new(2, &[9; 32]));
        assert!(Signers::of(&other, setting).unwrap().is_err());
    }

    #[test]
    fn who_has_the_older_key_only_cannot_say_where_the_newer_begins() {
        let older = Pepper::new(1, &[7; 32]).derive(EVENTS);
        for forged in [None, Some(write(&head(3), &older)), Some(vec![0; 40])] {
            let refusal = signers(forged.as_deref()).unwrap_err();
            assert!(refusal.contains("pepper version 2"), "{refusal}");
        }
    }
}
