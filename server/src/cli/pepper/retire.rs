//! `keywright pepper retire`: the end of the oldest version, once nothing needs it.
//! Leaves what is sealed anew to those who keep it.

use std::path::Path;

use serde::Serialize;

use crate::cli::offline;
use crate::config::Config;
use crate::database::Location;
use crate::pepper::{self, Home, Known, REPLAY_KEY, ROOT_DIGEST, Texts, VERSIONS, replay_key};
use keywright_core::token::signing_keys::{FIRST_SIGNING_KEY, SIGNING_KEYS, Settings, reseal};
use keywright_model::peppers::Peppers;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::Card;
use keywright_store::{SettingsChange, signers};

/// A version that is no longer used.
#[derive(Debug, Serialize)]
pub(super) struct RetiredVersion {
    pub(super) version: u32,
    file: String,
    pub(super) former_file: String,
}

impl Card for RetiredVersion {
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("retired", self.version.to_string()),
            ("file", self.file.clone()),
            ("former file", self.former_file.clone()),
        ]
    }
}

/// Retires the oldest version, or finishes a retirement that was killed.
pub(super) fn retire(config: &Config) -> Result<RetiredVersion, Failure> {
    let home = offline::home(config)?;
    let Home::File(path) = &home else {
        let help = "a pepper that the configuration gives has one version only";
        return Err(Failure::new(
            Exit::Invalid,
            "there is no older version",
            help,
        ));
    };
    let location = Location::of(config);
    let url = location.shown();
    if location.inspect()?.is_none() {
        return Err(offline::no_database(location));
    }
    let hold = location.hold()?.ok_or_else(|| {
        let help = "stop every server that uses it first: it is a matter of seconds";
        Failure::new(Exit::Invalid, format!("a server uses {url}"), help)
    })?;
    let found = location.look(|database| {
        let known = offline::known_of(database, &url)?;
        let (peppers, text) = offline::pepper_of(database, &url, &home)?;
        let counts = offline::now_ms(database).and_then(|now_ms| database.count_digests(now_ms));
        let counts = counts.map_err(anyhow::Error::from)?;
        Ok::<_, Failure>((known, peppers, text, counts))
    })?;
    let (known, peppers, text, counts) = found.ok_or_else(|| offline::no_database(location))?;
    let texts = Texts::read(&text)?;
    let oldest = known.versions().next().unwrap_or(1);
    // What a command that was killed has left: the database no longer uses it, and the file still has it.
    let left = texts
        .iter()
        .map(|(version, _)| version)
        .find(|version| *version < oldest);
    let version = left.unwrap_or(oldest);
    if left.is_none() {
        if known.all().len() < 2 {
            let help = "`keywright pepper add` begins to use a newer one";
            let what = "one version of the pepper is in use, and it cannot be retired";
            return Err(Failure::new(Exit::Invalid, what, help));
        }
        let count = counts.iter().find(|count| count.version == version);
        check_unused(
            version,
            count.map_or((0, 0), |count| (count.live, count.disabled)),
        )?;
        location.change_settings(|settings| {
            let has_root_key = config.root_key()?.is_some();
            retire_in(settings, known, &peppers, has_root_key)
        })?;
    }
    let former = path.with_added_extension(format!("retired-{version}"));
    rewrite(path, &former, &texts, version)?;
    drop(hold);
    Ok(RetiredVersion {
        version,
        file: path.display().to_string(),
        former_file: former.display().to_string(),
    })
}

fn check_unused(version: u32, (live, disabled): (i64, i64)) -> Result<(), Failure> {
    if live + disabled == 0 {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Invalid,
        format!(
            "version {version} is still needed: {live} live and {disabled} disabled keys are digested under it"
        ),
        "each gets a new digest after it was presented; rotate or revoke those that nobody presents",
    ))
}

/// Seals anew what was sealed under the oldest version, and forgets that.
fn retire_in(
    settings: &dyn SettingsChange,
    known: Known,
    peppers: &Peppers,
    has_root_key: bool,
) -> Result<(), Failure> {
    let read = |name: &str| settings.setting(name).map_err(anyhow::Error::from);
    let put = |name: &str, value: &[u8]| {
        let put = settings.change_setting(name, value);
        put.map_err(anyhow::Error::from)
    };
    let drop = |name: &str| settings.drop_setting(name).map_err(anyhow::Error::from);
    if read(ROOT_DIGEST)?.is_some() && !has_root_key {
        return Err(Failure::new(
            Exit::Invalid,
            "the root key that the first start has printed is digested under an older version",
            "set another, as root_key_file or KEYWRIGHT_ROOT_KEY, and run this again",
        ));
    }
    let oldest = known
        .versions()
        .next()
        .and_then(|version| peppers.of(version));
    let oldest = oldest.ok_or_else(|| anyhow::anyhow!("the oldest pepper has gone"))?;
    let retired = signers::retire(read(signers::RETIRED)?.as_deref(), peppers, oldest);
    let retired = retired.ok_or_else(|| {
        anyhow::anyhow!("the keys of retired peppers cannot be unsealed: they were changed")
    })?;
    put(signers::RETIRED, &retired)?;
    let replays = replay_key(peppers, read)?;
    put(
        REPLAY_KEY,
        &peppers.newest().seal(REPLAY_KEY, replays.as_slice()),
    )?;
    let (all, first) = (read(SIGNING_KEYS)?, read(FIRST_SIGNING_KEY)?);
    let before = Settings {
        all: all.as_deref(),
        first: first.as_deref(),
    };
    for (name, setting) in reseal(before, peppers)? {
        put(name, &setting)?;
    }
    drop(ROOT_DIGEST)?;
    drop(VERSIONS)?;
    for (name, value) in known.without_oldest().settings() {
        put(name, &value)?;
    }
    Ok(())
}

/// Takes a version out of the file; what that was is kept beside it first.
fn rewrite(path: &Path, former: &Path, texts: &Texts<'_>, version: u32) -> Result<(), Failure> {
    if !former.exists() {
        pepper::keep(former, &texts.since(0))?;
    }
    pepper::keep(path, &texts.since(version + 1))?;
    Ok(())
}
