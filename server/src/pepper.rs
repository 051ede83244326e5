//! The pepper's home: a file beside the database or the configuration, and a check that it is the right one.
//! Leaves what is made with it to `secret`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::database;
use keywright_model::secret::{Pepper, fingerprint, random};
use keywright_store::OpenDatabase;
use keywright_store::private;

const VERSION: u32 = 1;
/// The setting by which a database knows the pepper that it was made with.
pub const CHECK: &str = "pepper_check";
const TEXT_LEN_MIN: usize = 32;

/// Where the pepper comes from.
#[derive(Debug)]
pub enum Home {
    /// The configuration or the environment gives its text.
    Given(Zeroizing<String>),
    /// A file holds its text; it is created with the database.
    File(PathBuf),
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
            Some(path) => Ok(Self::File(path.clone())),
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
            None => bail!("set pepper.file or KEYWRIGHT_PEPPER: this database keeps no pepper"),
        }
    }

    /// Takes the pepper from its home, and makes sure that it is the one the database was made with.
    ///
    /// # Errors
    /// When it is missing, too short, or another one.
    pub fn open(&self, database: &dyn OpenDatabase) -> anyhow::Result<Pepper> {
        let known = database.setting(CHECK)?;
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
        let pepper = self.made_of(&text)?;
        match known {
            None => {
                self.flush()?;
                database.keep_setting(CHECK, &check(&pepper))?;
            }
            Some(known) => self.ensure_known(&pepper, &known)?,
        }
        Ok(pepper)
    }

    /// The pepper and its text, if it is the one by which a database knows it. Creates none.
    ///
    /// # Errors
    /// When it is missing, too short, or another one.
    pub fn recall(&self, known: &[u8]) -> anyhow::Result<(Pepper, Zeroizing<String>)> {
        let text = match self {
            Self::Given(text) => text.clone(),
            Self::File(path) => {
                ensure!(path.exists(), missing(path));
                read(path)?
            }
        };
        let pepper = self.made_of(&text)?;
        self.ensure_known(&pepper, known)?;
        Ok((pepper, text))
    }

    fn made_of(&self, text: &str) -> anyhow::Result<Pepper> {
        ensure!(
            text.len() >= TEXT_LEN_MIN,
            "the pepper ({}) must have at least {TEXT_LEN_MIN} characters, got {}",
            self.name(),
            text.len()
        );
        let digest = Zeroizing::new(fingerprint(&[b"pepper", text.as_bytes()]));
        Ok(Pepper::new(VERSION, &digest))
    }

    fn ensure_known(&self, pepper: &Pepper, known: &[u8]) -> anyhow::Result<()> {
        ensure!(
            known == check(pepper),
            "this is not the pepper that the database was made with ({}): no key would verify. \
             Use the pepper that belongs to this database",
            self.name()
        );
        Ok(())
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

/// What a database keeps to know the pepper again.
fn check(pepper: &Pepper) -> [u8; 32] {
    pepper.mac(&[b"check"]).0
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
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in random::<32>().iter() {
        write!(text, "{byte:02x}")?;
    }
    keep(path, &text)?;
    Ok(text)
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
