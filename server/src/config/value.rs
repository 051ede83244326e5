//! Values of settings that need a form of their own: secrets, networks and instants.
//! Leaves what they mean to `config`.

use std::io::Read as _;
use std::path::Path;
use std::{borrow::Cow, fmt, fs::File};

use anyhow::{Context as _, ensure};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of a secret's file that are read: one too long for a secret is told by as many.
const FILE_LEN_MAX: usize = 512;

/// A secret of the configuration. Never shown: `Debug` and `Serialize` hide it.
#[derive(Clone, Deserialize)]
pub struct SecretText(String);

impl SecretText {
    /// What stands for a secret wherever a setting is shown.
    pub(super) const HIDDEN: &str = "(hidden)";

    /// How many characters it may have.
    const LEN_MIN: usize = 32;
    const LEN_MAX: usize = 256;

    /// Reads a secret from a file that holds it and nothing else; the end of its line is none of it.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let mut text = Zeroizing::new(String::with_capacity(FILE_LEN_MAX));
        let read = File::open(path).and_then(|file| {
            let len_max = u64::try_from(FILE_LEN_MAX).unwrap_or(u64::MAX);
            file.take(len_max).read_to_string(&mut text)
        });
        read.with_context(|| format!("{shown} cannot be read"))?;
        let secret = text.strip_suffix('\n').unwrap_or(&text);
        let secret = secret.strip_suffix('\r').unwrap_or(secret);
        let (min, max) = (Self::LEN_MIN, Self::LEN_MAX);
        ensure!(
            (min..=max).contains(&secret.len())
                && secret.bytes().all(|byte| byte.is_ascii_graphic()),
            "{shown} must hold one line of {min} to {max} visible ASCII characters without spaces, and nothing else"
        );
        Ok(Self(secret.to_owned()))
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Self::HIDDEN)
    }
}

impl Drop for SecretText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl JsonSchema for SecretText {
    fn schema_name() -> Cow<'static, str> {
        "SecretText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": Self::LEN_MIN,
            "maxLength": Self::LEN_MAX,
            "pattern": "^[!-~]*$",
            "patternErrorMessage": "must be visible ASCII characters without spaces",
            "writeOnly": true
        })
    }
}

/// An organization that a trusted issuer may name, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedOrganization {
    /// Whichever there is: `*`.
    Any,
    /// The one with this id.
    One(Uuid),
}

/// What stands for any organization.
const ANY: &str = "*";

impl Serialize for NamedOrganization {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str(ANY),
            Self::One(id) => serializer.collect_str(id),
        }
    }
}

impl<'de> Deserialize<'de> for NamedOrganization {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            ANY => Ok(Self::Any),
            text => text.parse().map(Self::One).map_err(D::Error::custom),
        }
    }
}

impl JsonSchema for NamedOrganization {
    fn schema_name() -> Cow<'static, str> {
        "NamedOrganization".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^(\*|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
            "patternErrorMessage": "must be the id of an organization, or * for every one"
        })
    }
}

/// Instants as RFC 3339 text.
pub(super) mod instant {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::ref_option,
        reason = "serde hands over a reference to the field"
    )]
    pub(in crate::config) fn serialize<S: Serializer>(
        instant: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match instant {
            Some(instant) => serializer.collect_str(instant),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Some).map_err(D::Error::custom)
    }
}
