//! `keywright signing-keys rotate`: another key for access tokens, in a database that a server may be using.
//! Leaves what a rotation is to `core`, and taking it up to the running server.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::offline;
use crate::database::Location;
use keywright_core::token::signing_keys::{
    FIRST_SIGNING_KEY, LIFETIME_MAX, Rotation, SIGNING_KEYS, Settings, lifetime_max_s, rotate,
};
use keywright_model::instant;
use keywright_model::peppers::Peppers;
use keywright_operator::FileFlags;
use keywright_operator::failure::{Exit, Failure};
use keywright_operator::output::{Card, Output, note};
use keywright_store::SettingsChange;

/// What the help says beyond the flags.
pub const HELP: &str = "\
What happens:
  A new key is published at /.well-known/jwks.json at once, and signs once all who keep that set have
  read it again: after 5 minutes and 10 seconds. The key before it is checked against until its last token is over. A
  running server takes this up within a second; none needs a restart.
  --now is for a key that has leaked: the new key signs at once, and every other is dropped with all its
  tokens, which are refused from then on. A service that checks tokens by the set alone may accept them for 5 minutes more.

Examples:
  keywright signing-keys rotate --database sqlite:/var/lib/keywright/keys.db
  keywright signing-keys rotate --config keywright.toml --now

Exit codes:
  0   done
  1   the database cannot be written
  2   the command line or the configuration is wrong
  3   there is no such database
  5   the last rotation is not over, the pepper is missing or another one, or the database is of a newer keywright";

/// What can be done with the keys that access tokens are signed with.
#[derive(Debug, Subcommand)]
pub enum SigningKeysCommand {
    /// Replace the key that access tokens are signed with; no token fails for it.
    #[command(after_long_help = HELP)]
    Rotate(RotateFlags),
}

/// How to rotate.
#[derive(Debug, Args)]
pub struct RotateFlags {
    #[command(flatten)]
    file: FileFlags,
    /// Let the new key sign at once, and drop every other with all its tokens.
    #[arg(long = "now")]
    at_once: bool,
    #[command(flatten)]
    output: Output,
}

/// A rotation that was made.
#[derive(Debug, Serialize)]
struct Rotated {
    kid: String,
    signs_from: String,
    kept: Vec<KeptKey>,
    dropped: Vec<String>,
}

#[derive(Debug, Serialize)]
struct KeptKey {
    kid: String,
    ends_at: String,
}

impl From<Rotation> for Rotated {
    fn from(rotation: Rotation) -> Self {
        let kept = rotation.kept.into_iter().map(|(kid, ends_at_ms)| KeptKey {
            kid,
            ends_at: instant::format(ends_at_ms),
        });
        Self {
            kid: rotation.kid,
            signs_from: instant::format(rotation.signs_from_ms),
            kept: kept.collect(),
            dropped: rotation.dropped,
        }
    }
}

impl Card for Rotated {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("new key", self.kid.clone()),
            ("signs from", self.signs_from.clone()),
        ];
        let kept = self.kept.iter();
        facts.extend(kept.map(|key| ("kept", format!("{} until {}", key.kid, key.ends_at))));
        facts.extend(self.dropped.iter().map(|kid| ("dropped", kid.clone())));
        facts
    }
}

impl SigningKeysCommand {
    /// Does what is asked, prints what it came to, and says in the exit code how that went.
    ///
    /// `environment` as [`Config::load`](crate::config::Config::load) takes it.
    #[must_use]
    pub fn run(&self, environment: impl Iterator<Item = (String, String)>) -> ExitCode {
        let Self::Rotate(flags) = self;
        let attempt = || {
            let rotated = flags.rotate(environment)?;
            if flags.at_once {
                note(
                    "a running server refuses all tokens of before within a second; clients get new ones at \
                     /oauth/token",
                );
            }
            flags.output.show(&rotated)
        };
        match attempt() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }
}

impl RotateFlags {
    fn rotate(
        &self,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Rotated, Failure> {
        let config = offline::load(&self.file, environment)?;
        let home = offline::home(&config)?;
        let location = Location::of(&config);
        let found = location.look(|database| {
            let (peppers, _) = offline::pepper_of(database, &location.shown(), &home)?;
            let now_ms = offline::now_ms(database).map_err(anyhow::Error::from)?;
            Ok::<_, Failure>((peppers, now_ms))
        })?;
        let (peppers, now_ms) = found.ok_or_else(|| offline::no_database(location))?;
        let lifetime_s = config.tokens.lifetime_s;
        let rotation = location
            .change_settings(|settings| self.rotate_in(settings, &peppers, lifetime_s, now_ms))?;
        Ok(rotation.into())
    }

    fn rotate_in(
        &self,
        settings: &dyn SettingsChange,
        peppers: &Peppers,
        lifetime_s: u32,
        now_ms: i64,
    ) -> Result<Rotation, Failure> {
        let read = |name| settings.setting(name).map_err(anyhow::Error::from);
        let (all, first) = (read(SIGNING_KEYS)?, read(FIRST_SIGNING_KEY)?);
        let lifetime_s = lifetime_max_s(read(LIFETIME_MAX)?.as_deref(), lifetime_s);
        let before = Settings {
            all: all.as_deref(),
            first: first.as_deref(),
        };
        let rotation = rotate(before, peppers, lifetime_s, self.at_once, now_ms);
        let rotation = rotation.map_err(|error| {
            let help =
                "wait until it signs; --now replaces every key at once, and drops their tokens";
            Failure::new(Exit::Invalid, format!("{error:#}"), help)
        })?;
        let changed = settings.change_setting(SIGNING_KEYS, &rotation.setting);
        // An earlier keywright must not sign with a key that was replaced.
        let changed = changed.and_then(|()| settings.drop_setting(FIRST_SIGNING_KEY));
        changed.map_err(anyhow::Error::from)?;
        Ok(rotation)
    }
}
