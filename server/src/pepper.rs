//! The peppers' home: a file beside the database or the configuration, and a check that they are the right ones.
//! Leaves what is in the file to `versions`, and what is made with a pepper to `secret`.

mod versions;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::database;
use keywright_model::peppers::Peppers;
use keywright_model::secret::{Pepper, fingerprint, random};
use keywright_store::OpenDatabase;
use keywright_store::private;

pub use versions::{CHECK, Known, Texts, VERSIONS};

/// The setting that holds the digest of the root key that a first start has made.
pub const ROOT_DIGEST: &str = "root_key_digest";
/// The setting that holds the key of answers kept for retries, once the pepper that it came from is retired.
pub const REPLAY_KEY: &str = "replay_key";
/// What that key is derived for.
const REPLAYS: &str = "replays";
const TEXT_LEN_MIN: usize = 32;

/// Where the pepper comes from.
#[derive(Debug)]
pub enum Home {
    /// The configuration or the environment gives its text.
    Given(Zeroizing<String>),
    /// A file holds its text; it is created with the database.
    File(PathBuf),
}

/// What a start finds.
pub struct Opened {
    /// The peppers that the database uses.
    pub peppers: Peppers,
    /// A newer one that it does not use yet.
    pub next: Option<Pepper>,
}

impl Home {
    /// The home that the settings name, or else the file beside the database.
    ///
    /// # Errors
    /// When they name none and the database is not a file.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        if let Some(value) = &config.pepper.value {
            return Ok(Self::Given(Zeroizing::new(value.expose().to_owned())));
        }
        match &config.pepper.file {
            Some(path) => {
                // Servers that share a database share its peppers: none of them makes one of its own.
                let is_made = database::file(&config.database.url).is_some() || path.exists();
                ensure!(
                    is_made,
                    "the pepper {} is not there, and with this database no start makes one: put it there, as in \
                     `openssl rand -hex 32`, the same for every server",
                    path.display()
                );
                Ok(Self::File(path.clone()))
            }
            None => Self::beside(&config.database.url),
        }
    }

    /// The file beside the database that `url` names.
    ///
    /// # Errors
    /// When the database is not a file.
    pub fn beside(url: &str) -> anyhow::Result<Self> {
        match database::file(url) {
            Some(path) => Ok(Self::File(path.with_added_extension("pepper"))),
            None => bail!(
                "set pepper.file or KEYWRIGHT_PEPPER, to the same at every server: this database keeps no pepper. A new one \
                 is made with `openssl rand -hex 32`"
            ),
        }
    }

    /// Takes the peppers from their home, and makes sure that they are the ones that the database uses.
    ///
    /// # Errors
    /// When one is missing, too short, or another one.
    pub fn open(&self, database: &dyn OpenDatabase) -> anyhow::Result<Opened> {
        let known = Known::read(|name| database.setting(name).map_err(anyhow::Error::from))?;
        let text = match self {
            Self::Given(text) => text.clone(),
            Self::File(path) if path.exists() => {
                if known.is_none() {
                    tracing::warn!(
                        pepper = %path.display(),
                        "there is a pepper, but the database is new: if you have restored a backup, \
                         {} may be missing",
                        database.part_left_behind()
                    );
                }
                if let Some(mode) = private::readable_by_others(path) {
                    let pepper = path.display();
                    tracing::warn!(
                        "others may read the pepper (mode {mode:o}): chmod 600 {pepper}"
                    );
                }
                read(path)?
            }
            Self::File(path) => {
                ensure!(known.is_none(), missing(path));
                create(path)?
            }
        };
        let texts = self.texts(&text)?;
        let known = match known {
            Some(known) => known,
            None => self.keep(database, &texts)?,
        };
        Ok(Opened {
            peppers: self.known(&texts, &known)?,
            next: behind(&texts, known.newest()),
        })
    }

    /// Has a new database know its pepper, and answers how it knows it: another server may have been faster.
    fn keep(&self, database: &dyn OpenDatabase, texts: &Texts<'_>) -> anyhow::Result<Known> {
        let newest = self.newest(texts)?;
        self.flush()?;
        // A server that is killed between the two is told the same at the next start.
        for (name, value) in Known::only(&newest).settings() {
            database.keep_setting(name, &value)?;
        }
        let kept = Known::read(|name| database.setting(name).map_err(anyhow::Error::from))?;
        kept.context("the pepper was kept, and the database does not know it")
    }

    /// The peppers by which a database knows them, and their text. Creates none.
    ///
    /// # Errors
    /// When one is missing, too short, or another one.
    pub fn recall(&self, known: &Known) -> anyhow::Result<(Peppers, Zeroizing<String>)> {
        let text = self.text()?;
        let peppers = self.known(&self.texts(&text)?, known)?;
        Ok((peppers, text))
    }

    /// The pepper that follows a version, if its home has one.
    ///
    /// # Errors
    /// When the home cannot be read.
    pub fn next(&self, version: u32) -> anyhow::Result<Option<Pepper>> {
        let text = self.text()?;
        Ok(behind(&self.texts(&text)?, version))
    }

    fn text(&self) -> anyhow::Result<Zeroizing<String>> {
        match self {
            Self::Given(text) => Ok(text.clone()),
            Self::File(path) => {
                ensure!(path.exists(), missing(path));
                read(path)
            }
        }
    }

    fn texts<'t>(&self, text: &'t str) -> anyhow::Result<Texts<'t>> {
        let texts = Texts::read(text).with_context(|| format!("the pepper ({})", self.name()))?;
        for text in texts.iter().map(|(_, text)| text) {
            ensure!(
                text.len() >= TEXT_LEN_MIN,
                "the pepper ({}) must have at least {TEXT_LEN_MIN} characters, got {}",
                self.name(),
                text.len()
            );
        }
        Ok(texts)
    }

    fn newest(&self, texts: &Texts<'_>) -> anyhow::Result<Pepper> {
        let (version, text) = texts
            .newest()
            .with_context(|| format!("{} is empty", self.name()))?;
        Ok(pepper(version, text))
    }

    fn known(&self, texts: &Texts<'_>, known: &Known) -> anyhow::Result<Peppers> {
        let mut peppers: Option<Peppers> = None;
        for version in known.versions() {
            let text = texts.of(version).with_context(|| {
                format!(
                    "version {version} of the pepper is missing ({}): keys that are digested under it would not \
                     verify. Put it back from your backup of the pepper",
                    self.name()
                )
            })?;
            let next = pepper(version, text);
            ensure!(
                known.knows(&next),
                "this is not the pepper that the database was made with ({}): no key would verify. \
                 Use the pepper that belongs to this database",
                self.name()
            );
            peppers = Some(match peppers {
                None => Peppers::from(next),
                Some(older) => older.with(next),
            });
        }
        peppers.context("the database knows no pepper")
    }

    /// Makes sure that the file survives a power cut. The process that wrote it may have been killed before.
    fn flush(&self) -> anyhow::Result<()> {
        let Self::File(path) = self else {
            return Ok(());
        };
        let attempt = || {
            File::open(path)?.sync_all()?;
            File::open(folder_of(path))?.sync_all()
        };
        let outcome = match attempt() {
            // What cannot be written need not be flushed.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ReadOnlyFilesystem | ErrorKind::InvalidInput
                ) =>
            {
                Ok(())
            }
            outcome => outcome,
        };
        outcome.with_context(|| format!("cannot flush the pepper file {}", path.display()))
    }

    fn name(&self) -> String {
        match self {
            Self::Given(_) => "given by the configuration".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// The key of answers that are kept for retries: that of the oldest pepper in use, or of one that was retired.
///
/// # Errors
/// When the setting that holds it cannot be read or unsealed.
pub fn replay_key(
    peppers: &Peppers,
    setting: impl Fn(&str) -> anyhow::Result<Option<Vec<u8>>>,
) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let Some(sealed) = setting(REPLAY_KEY)? else {
        let oldest = peppers.iter().next_back().unwrap_or(peppers.newest());
        return Ok(oldest.derive_bytes(REPLAYS));
    };
    let key = peppers.unseal(REPLAY_KEY, &sealed);
    let key = key.context("the key of kept answers was sealed with another pepper")?;
    Ok(Zeroizing::new(key.as_slice().try_into()?))
}

/// The pepper that follows a version.
fn behind(texts: &Texts<'_>, version: u32) -> Option<Pepper> {
    let mut newer = texts.iter().filter(|(other, _)| *other > version);
    newer.next().map(|(version, text)| pepper(version, text))
}

fn pepper(version: u32, text: &str) -> Pepper {
    let digest = Zeroizing::new(fingerprint(&[b"pepper", text.as_bytes()]));
    Pepper::new(version, &digest)
}

fn missing(path: &Path) -> String {
    format!(
        "the pepper file {} is missing: without it no key of this database verifies. \
         Put it back from your backup, or set KEYWRIGHT_PEPPER to its content",
        path.display()
    )
}

fn read(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the pepper file {}", path.display()))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn create(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = random_text();
    keep(path, &text)?;
    Ok(text)
}

/// The text of a new pepper.
#[must_use]
pub fn random_text() -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in random::<32>().iter() {
        write!(text, "{byte:02x}").expect("a text in memory takes what is written");
    }
    text
}

/// Writes a pepper durably, readable by the owner of the process only, before any key rests on it.
///
/// # Errors
/// When it cannot be written.
pub fn keep(path: &Path, text: &str) -> anyhow::Result<()> {
    let draft = path.with_added_extension("new");
    let attempt = || -> anyhow::Result<()> {
        let mut file = private::draft(&draft)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        // Root may well write what another user serves.
        if let Ok(before) = path.metadata()
            && before.uid() != file.metadata()?.uid()
        {
            fchown(&file, Some(before.uid()), Some(before.gid()))?;
        }
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        File::open(folder_of(path))?.sync_all()?;
        Ok(())
    };
    attempt().with_context(|| format!("cannot create the pepper file {}", path.display()))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
