//! `keywright settings show` and `change`: what all servers of a database agree on, beside those that run.
//! Leaves what that is to `agreed`, and taking up a change to the running servers.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::agreed::{ISSUER, Own, SHARED_LIMITS, issuer_in, root_in, shared_limits_in, shown};
use crate::cli::offline;
use crate::config::{Config, without_password};
use crate::database;
use crate::pepper::{Known, ROOT_DIGEST};
use keywright_model::peppers::Peppers;
use keywright_model::secret::{Digest, Secret};
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, Output, note};
use keywright_store::{SettingsChange, Signers};

/// What the help of `change` says beyond the flags.
const CHANGE_HELP: &str = "\
What happens:
  The new value is that of the configuration which the flags and the environment give to this very command. It is
  written into the database, and every running server uses it within a second: no restart is needed, and the value
  before it is no longer used by any. Then set it in the configuration of each server, too: one that is configured with
  another value does not start. A server without a root key in its configuration uses the database's.

Examples:
  KEYWRIGHT_TOKENS__ISSUER=https://keys.example.com keywright settings change tokens.issuer --config keywright.toml
  KEYWRIGHT_ROOT_KEY=$NEW keywright settings change root_key --config keywright.toml
  KEYWRIGHT_LIMITS__SHARED=true keywright settings change limits.shared --config keywright.toml

Exit codes:
  0   done, or already so
  1   the database cannot be reached or written
  2   the command line or the configuration is wrong
  5   the pepper is missing or another one";

/// What can be done with the settings that all servers of a database agree on.
#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Show what the servers of the database agree on, and whether this configuration agrees.
    ///
    /// Ends with 10 if it does not. Secrets are shown as fingerprints.
    #[command(after_long_help = "Example:\n  keywright settings show --config keywright.toml")]
    Show(SettingsFlags),
    /// Change a setting for all servers of the database, to what this configuration says.
    #[command(after_long_help = CHANGE_HELP)]
    Change {
        /// The setting.
        #[arg(value_enum)]
        setting: Setting,
        #[command(flatten)]
        flags: SettingsFlags,
    },
}

/// A setting that all servers of a database agree on, and that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Setting {
    /// The issuer that tokens name
    #[value(name = "tokens.issuer")]
    Issuer,
    /// The root key
    #[value(name = "root_key")]
    RootKey,
    /// Whether rate limits are counted for all servers together
    #[value(name = "limits.shared")]
    SharedLimits,
}

/// Whose settings.
#[derive(Debug, Args)]
pub struct SettingsFlags {
    #[command(flatten)]
    file: FileFlags,
    #[command(flatten)]
    output: Output,
}

/// What the servers agree on.
#[derive(Debug, Serialize)]
struct Shown {
    settings: Vec<Compared>,
}

/// A setting as the database and as this configuration have it.
#[derive(Debug, Serialize)]
struct Compared {
    setting: &'static str,
    /// `None` until a server has brought one.
    database: Option<String>,
    /// `None` where it is not set.
    configuration: Option<String>,
    agrees: bool,
}

impl Card for Shown {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let settings = self.settings.iter();
        let fact = |compared: &Compared| {
            let database = compared.database.as_deref().unwrap_or("not agreed on yet");
            let ours = compared.configuration.as_deref().unwrap_or("not set");
            let verdict = if compared.agrees {
                String::new()
            } else {
                format!(", and this configuration differs: {ours}")
            };
            (compared.setting, format!("{database}{verdict}"))
        };
        settings.map(fact).collect()
    }
}

/// A change that was made.
#[derive(Debug, Serialize)]
struct Changed {
    setting: &'static str,
    before: Option<String>,
    now: String,
}

impl Changed {
    /// What the events say of it.
    fn detail(&self) -> String {
        let before = self.before.as_deref().unwrap_or("not set");
        format!("{}: {}; before: {before}", self.setting, self.now)
    }
}

impl Card for Changed {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let before = self.before.as_deref().unwrap_or("none");
        vec![
            ("setting", self.setting.to_owned()),
            ("before", before.to_owned()),
            ("now", self.now.clone()),
        ]
    }
}

impl SettingsCommand {
    /// Does what is asked, prints what it came to, and says in the exit code how that went.
    ///
    /// `environment` as [`Config::load`] takes it.
    #[must_use]
    pub fn run(&self, environment: impl Iterator<Item = (String, String)>) -> ExitCode {
        match self.attempt(environment) {
            Ok(code) => code,
            Err(failure) => failure.report(),
        }
    }

    fn attempt(
        &self,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<ExitCode, Failure> {
        match self {
            Self::Show(flags) => {
                let shown = show(&flags.load(environment)?)?;
                flags.output.show(&shown)?;
                let agrees = shown.settings.iter().all(|compared| compared.agrees);
                Ok(ExitCode::from(if agrees {
                    0
                } else {
                    Exit::NotWhole as u8
                }))
            }
            Self::Change { setting, flags } => {
                let changed = change(*setting, &flags.load(environment)?)?;
                note(
                    "running servers use it within a second; set it in the configuration of each, too, before its next \
                     start",
                );
                flags.output.show(&changed)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl SettingsFlags {
    /// The configuration, if its database is one on which servers agree.
    fn load(&self, environment: impl Iterator<Item = (String, String)>) -> Result<Config, Failure> {
        let config = offline::load(&self.file, environment)?;
        if database::is_shared(&config.database.url) {
            return Ok(config);
        }
        Err(Failure::new(
            Exit::Invalid,
            format!(
                "one server alone uses {}",
                without_password(&config.database.url)
            ),
            "change that server's configuration, and restart it",
        ))
    }
}

/// Why the settings of a database could not be looked at or changed.
struct Told(Failure);

impl From<Failure> for Told {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl From<anyhow::Error> for Told {
    fn from(error: anyhow::Error) -> Self {
        let help = "database.url must name the database of the servers, and PostgreSQL must run";
        Self(Failure::unexpected(format!("{error:#}"), help))
    }
}

impl From<Told> for Failure {
    fn from(Told(failure): Told) -> Self {
        failure
    }
}

fn show(config: &Config) -> Result<Shown, Told> {
    let own = Own::of_any(config)?;
    database::change_agreed(config, |settings| {
        let known = known_in(settings)?;
        let recalled = offline::home(config)?.recall(&known);
        let peppers = recalled.as_ref().ok().map(|(peppers, _)| peppers);
        let issuer = read(settings, ISSUER)?.map(issuer_in).transpose()?;
        let root = read(settings, ROOT_DIGEST)?.map(root_in).transpose()?;
        let shared = read(settings, SHARED_LIMITS)?;
        let shared = shared.map(|shared| shared_limits_in(&shared)).transpose()?;
        let digests = peppers
            .zip(own.root_key.as_ref())
            .map(|(peppers, key)| peppers.digests(key));
        let versions: Vec<String> = known.versions().map(|one| one.to_string()).collect();
        let versions = format!("version {}", versions.join(", "));
        Ok(Shown {
            settings: vec![
                Compared {
                    setting: "tokens.issuer",
                    agrees: own.issuer.is_some()
                        && issuer
                            .as_ref()
                            .is_none_or(|one| own.issuer.as_ref() == Some(one)),
                    database: issuer,
                    configuration: own.issuer,
                },
                Compared {
                    setting: "root_key",
                    agrees: match (&digests, &root) {
                        (Some(digests), Some(root)) => digests.match_one(root),
                        // One that cannot be compared, for want of the pepper, is told beside that.
                        _ => own.root_key.is_none() || root.is_none(),
                    },
                    database: root.as_ref().map(fingerprint),
                    configuration: digests.map(|digests| fingerprint(&digests.newest)),
                },
                Compared {
                    setting: "limits.shared",
                    agrees: shared.is_none_or(|shared| shared == own.shared_limits),
                    database: shared.map(|shared| shared.to_string()),
                    configuration: Some(own.shared_limits.to_string()),
                },
                Compared {
                    setting: "pepper",
                    agrees: recalled.is_ok(),
                    database: Some(versions),
                    configuration: Some(match &recalled {
                        Ok(_) => "the same".to_owned(),
                        Err(error) => format!("{error:#}"),
                    }),
                },
            ],
        })
    })
}

fn change(setting: Setting, config: &Config) -> Result<Changed, Told> {
    let own = Own::of_any(config)?;
    database::change_agreed(config, |settings| {
        // Whoever changes what the servers agree on has their pepper.
        let peppers = peppers_of(settings, config)?;
        let (changed, is_new) = match setting {
            Setting::Issuer => change_issuer(settings, own.issuer)?,
            Setting::SharedLimits => change_shared_limits(settings, own.shared_limits)?,
            Setting::RootKey => change_root_key(settings, &peppers, own.root_key)?,
        };
        if is_new {
            tell(settings, &peppers, &changed)?;
        }
        Ok(changed)
    })
}

/// Puts another issuer in the place of the one before, and says whether it is another.
fn change_issuer(
    settings: &dyn SettingsChange,
    issuer: Option<String>,
) -> Result<(Changed, bool), Told> {
    let issuer = issuer.ok_or_else(|| {
        Failure::usage(
            "this configuration sets no tokens.issuer",
            "set it to the new one, in the file or as KEYWRIGHT_TOKENS__ISSUER",
        )
    })?;
    let before = read(settings, ISSUER)?.map(issuer_in).transpose()?;
    put(settings, ISSUER, issuer.as_bytes())?;
    let is_new = before.as_ref() != Some(&issuer);
    let changed = Changed {
        setting: "tokens.issuer",
        before,
        now: issuer,
    };
    Ok((changed, is_new))
}

/// The same of whether rate limits are counted together.
fn change_shared_limits(
    settings: &dyn SettingsChange,
    shared: bool,
) -> Result<(Changed, bool), Told> {
    let before = read(settings, SHARED_LIMITS)?;
    let before = before.map(|before| shared_limits_in(&before)).transpose()?;
    put(settings, SHARED_LIMITS, shared.to_string().as_bytes())?;
    let changed = Changed {
        setting: "limits.shared",
        before: before.map(|before| before.to_string()),
        now: shared.to_string(),
    };
    Ok((changed, before != Some(shared)))
}

/// The same of the root key. Under a newer pepper the same key has another digest.
fn change_root_key(
    settings: &dyn SettingsChange,
    peppers: &Peppers,
    root_key: Option<Secret>,
) -> Result<(Changed, bool), Told> {
    let root_key = root_key.ok_or_else(|| {
        Failure::usage(
            "this configuration holds no root key",
            "name the file of the new one with root_key_file, or set KEYWRIGHT_ROOT_KEY",
        )
    })?;
    let digests = peppers.digests(&root_key);
    let before = read(settings, ROOT_DIGEST)?.map(root_in).transpose()?;
    put(settings, ROOT_DIGEST, &digests.newest.0)?;
    let changed = Changed {
        setting: "root_key",
        before: before.as_ref().map(fingerprint),
        now: fingerprint(&digests.newest),
    };
    let is_new = before.is_none_or(|before| !digests.match_one(&before));
    Ok((changed, is_new))
}

/// Lets the events say what was changed.
fn tell(settings: &dyn SettingsChange, peppers: &Peppers, changed: &Changed) -> Result<(), Told> {
    let signers = Signers::of(peppers, |name| read(settings, name))?;
    let signers =
        signers.map_err(|what| Failure::unexpected(what, "`keywright events verify` says more"))?;
    let told = settings.append_event(changed.detail(), signers.newest());
    Ok(told.map_err(anyhow::Error::from)?)
}

fn read(settings: &dyn SettingsChange, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
    Ok(settings.setting(name)?)
}

fn put(settings: &dyn SettingsChange, name: &str, value: &[u8]) -> anyhow::Result<()> {
    Ok(settings.change_setting(name, value)?)
}

fn known_in(settings: &dyn SettingsChange) -> Result<Known, Failure> {
    let known = Known::read(|name| settings.setting(name).map_err(anyhow::Error::from))?;
    known.ok_or_else(|| {
        let what = "no server has agreed with this database on anything yet";
        Failure::new(Exit::Invalid, what, "start a server on it first")
    })
}

fn peppers_of(settings: &dyn SettingsChange, config: &Config) -> Result<Peppers, Failure> {
    let recalled = offline::home(config)?.recall(&known_in(settings)?);
    let (peppers, _) = recalled.map_err(|error| {
        let help = "say where the pepper is with --config, pepper.file or KEYWRIGHT_PEPPER, as for the servers";
        Failure::new(Exit::Invalid, format!("{error:#}"), help)
    })?;
    Ok(peppers)
}

fn fingerprint(digest: &Digest) -> String {
    format!("fingerprint {}", shown(digest))
}
