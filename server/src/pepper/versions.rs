//! Several peppers: how a file holds them, and how a database knows them again.
//! Leaves where the file lies to the module above.

use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use keywright_model::secret::Pepper;

/// The setting by which a database knows the newest pepper again.
pub const CHECK: &str = "pepper_check";
/// The setting by which it knows all of them, once there were several.
pub const VERSIONS: &str = "pepper_versions";
/// The first line of a file with several.
const HEADING: &str = "keywright peppers";
/// The version of a text by itself.
const FIRST: u32 = 1;

/// The texts of peppers by their versions, oldest first.
pub struct Texts<'t>(Vec<(u32, &'t str)>);

impl<'t> Texts<'t> {
    /// Reads what a file holds: the text of version 1, or a heading and a line `VERSION TEXT` for each.
    ///
    /// # Errors
    /// When a line has another form, or a version stands twice or before an older one.
    pub fn read(text: &'t str) -> anyhow::Result<Self> {
        let Some(lines) = text
            .strip_prefix(HEADING)
            .and_then(|rest| rest.strip_prefix('\n'))
        else {
            return Ok(Self(vec![(FIRST, text)]));
        };
        let mut texts: Vec<(u32, &str)> = Vec::new();
        for (index, line) in lines.lines().enumerate() {
            let number = index + 2;
            let read = line.split_once(' ').and_then(|(version, text)| {
                let version = version.parse().ok().filter(|version| *version > 0)?;
                Some((version, text.trim()))
            });
            let (version, text) = read
                .with_context(|| format!("line {number} must be a version, a blank and a text"))?;
            let last = texts.last().map_or(0, |(last, _)| *last);
            ensure!(
                version > last,
                "line {number}: versions must grow, but {version} follows {last}"
            );
            texts.push((version, text));
        }
        ensure!(!texts.is_empty(), "there is no version in it");
        Ok(Self(texts))
    }

    /// What a file with these and a newer one holds, and its version.
    ///
    /// # Errors
    /// When one of them cannot stand on a line.
    pub fn with(&self, text: &str) -> anyhow::Result<(Zeroizing<String>, u32)> {
        let version = self.newest().map_or(0, |(newest, _)| newest) + 1;
        let mut file = Zeroizing::new(format!("{HEADING}\n"));
        for (version, text) in self.0.iter().copied().chain([(version, text)]) {
            let stands_on_a_line = !text.contains(char::is_control) && text == text.trim();
            ensure!(
                stands_on_a_line,
                "version {version} has more than one line, and cannot stand beside another"
            );
            writeln!(file, "{version} {text}").context("a text in memory takes what is written")?;
        }
        let len = file.trim_end().len();
        file.truncate(len);
        Ok((file, version))
    }

    /// What a file with only the versions from this one on holds.
    #[must_use]
    pub fn since(&self, version: u32) -> Zeroizing<String> {
        let mut file = Zeroizing::new(HEADING.to_owned());
        for (version, text) in self.iter().filter(|(other, _)| *other >= version) {
            file.push('\n');
            file.push_str(&version.to_string());
            file.push(' ');
            file.push_str(text);
        }
        file
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &'t str)> {
        self.0.iter().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The newest one.
    #[must_use]
    pub fn newest(&self) -> Option<(u32, &'t str)> {
        self.0.last().copied()
    }

    /// The one of a version.
    #[must_use]
    pub fn of(&self, version: u32) -> Option<&'t str> {
        self.iter()
            .find(|(other, _)| *other == version)
            .map(|(_, text)| text)
    }
}

/// The peppers that a database uses, as it knows them again; at least one, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known(Vec<KnownVersion>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownVersion {
    /// Its version.
    pub version: u32,
    check: Vec<u8>,
    /// Since when it is used, Unix milliseconds; `None` from the beginning.
    pub since_ms: Option<i64>,
}

impl Known {
    /// Reads the settings of a database; `None` if no server has ever used it.
    ///
    /// # Errors
    /// When a setting cannot be read, or was damaged.
    pub fn read(
        setting: impl Fn(&str) -> anyhow::Result<Option<Vec<u8>>>,
    ) -> anyhow::Result<Option<Self>> {
        let Some(check) = setting(CHECK)? else {
            return Ok(None);
        };
        let Some(versions) = setting(VERSIONS)? else {
            return Ok(Some(Self::from(check)));
        };
        let versions: Vec<KnownVersion> =
            serde_json::from_slice(&versions).context("the setting pepper_versions is damaged")?;
        let is_whole = versions.last().is_some_and(|newest| newest.check == check)
            && versions.is_sorted_by(|one, next| one.version < next.version);
        ensure!(is_whole, "the setting pepper_versions is damaged");
        Ok(Some(Self(versions)))
    }

    /// One that is used from the beginning.
    #[must_use]
    pub fn only(pepper: &Pepper) -> Self {
        Self(vec![KnownVersion {
            version: pepper.version,
            check: check(pepper),
            since_ms: None,
        }])
    }

    /// These, with a newer one.
    #[must_use]
    pub fn with(mut self, pepper: &Pepper, since_ms: i64) -> Self {
        self.0.push(KnownVersion {
            version: pepper.version,
            check: check(pepper),
            since_ms: Some(since_ms),
        });
        self
    }

    /// These, without the oldest.
    #[must_use]
    pub fn without_oldest(mut self) -> Self {
        self.0.remove(0);
        self
    }

    /// The settings that say so. The first version by itself needs none but the check, as ever.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Vec<u8>)> {
        let newest = self.0.last().map(|newest| newest.check.clone());
        let check = (CHECK, newest.unwrap_or_default());
        if matches!(self.0.as_slice(), [only] if only.version == FIRST) {
            return vec![check];
        }
        let versions = serde_json::to_vec(&self.0);
        let versions = versions.expect("numbers and bytes can always be written");
        // The check goes last: without it the database is a new one.
        vec![(VERSIONS, versions), check]
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[KnownVersion] {
        &self.0
    }

    /// Their versions.
    pub fn versions(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|known| known.version)
    }

    /// The version of the newest.
    #[must_use]
    pub fn newest(&self) -> u32 {
        self.versions().last().unwrap_or(FIRST)
    }

    /// Whether this is the pepper of its version.
    #[must_use]
    pub fn knows(&self, pepper: &Pepper) -> bool {
        let mut known = self.0.iter();
        known.any(|known| known.version == pepper.version && known.check == check(pepper))
    }
}

impl From<Vec<u8>> for Known {
    /// The first version, by its check.
    fn from(check: Vec<u8>) -> Self {
        Self(vec![KnownVersion {
            version: FIRST,
            check,
            since_ms: None,
        }])
    }
}

fn check(pepper: &Pepper) -> Vec<u8> {
    pepper.mac(&[b"check"]).0.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_by_itself_is_version_1_for_ever() {
        for text in [
            "one text",
            "keywright peppers",
            "keywright peppers of mine\nmore",
        ] {
            let texts = Texts::read(text).unwrap();
            assert_eq!(texts.iter().collect::<Vec<_>>(), [(1, text)]);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (file, version) = Texts::read("first text").unwrap().with("second").unwrap();
        assert_eq!(version, 2);
        assert_eq!(*file, "keywright peppers\n1 first text\n2 second");
        let texts = Texts::read(&file).unwrap();
        assert_eq!(texts.count(), 2);
        assert_eq!(texts.newest(), Some((2, "second")));
        assert_eq!((texts.of(1), texts.of(3)), (Some("first text"), None));
        let (_, version) = texts.with("third").unwrap();
        assert_eq!(version, 3);
    }

    #[test]
    fn a_file_of_another_form_is_refused_with_its_line() {
        for (text, said) in [
            ("keywright peppers\n", "no version"),
            ("keywright peppers\nfirst", "line 2 must be"),
            ("keywright peppers\n0 text", "line 2 must be"),
            ("keywright peppers\n1 a\n1 b", "line 3: versions must grow"),
            ("keywright peppers\n2 a\n1 b", "line 3: versions must grow"),
        ] {
            let refusal = Texts::read(text).err().unwrap().to_string();
            assert!(refusal.contains(said), "{refusal}");
        }
        assert!(Texts::read("two\nlines").unwrap().with("second").is_err());
    }

    #[test]
    fn a_database_knows_its_peppers_again() {
        let [first, second] =
            [(1, 7), (2, 8)].map(|(version, byte)| Pepper::new(version, &[byte; 32]));
        let known = Known::only(&first);
        assert_eq!(known, Known::from(check(&first)));
        assert_eq!(known.settings(), [(CHECK, check(&first))]);
        let both = known.with(&second, 5);
        let settings = both.settings();
        let setting = |name: &str| {
            let found = settings.iter().find(|(other, _)| *other == name);
            Ok(found.map(|(_, value)| value.clone()))
        };
        let read = Known::read(setting).unwrap().unwrap();
        assert_eq!(read, both);
        assert_eq!(read.newest(), 2);
        assert!(read.knows(&first) && read.knows(&second));
        assert!(!read.knows(&Pepper::new(2, &[7; 32])));
        // A keywright that knows of one pepper only must not take the first for it.
        assert_ne!(setting(CHECK).unwrap(), Some(check(&first)));
    }
}
