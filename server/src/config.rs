//! Every setting of the server: its name, default, bounds and meaning, and how the layers make one.
//! Leaves the words for a bad setting to `config::problem` and the command line to `command`.

mod authorize;
mod bounds;
mod contracts;
mod core;
mod database;
mod exposure;
mod flags;
mod layers;
mod limits;
mod log;
mod names;
mod origin;
mod problem;
mod rules;
mod show;
mod tokens;
mod url;
mod value;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use keywright_model::address::Network;
use keywright_store::private;

pub use authorize::Authorize;
pub use contracts::{Plan, RateSettings, UserKey};
pub use database::{Database, Pepper};
pub use exposure::{Cors, Expose, Exposure, Listener, Second};
pub use flags::ServeFlags;
use layers::{Environment, Layers};
pub use limits::{Cache, Events, Idempotency, Limits};
pub use log::{Log, LogFormat};
use names::Place;
pub use problem::ConfigError;
pub use tokens::{Tokens, TrustedIssuer};
pub use url::without_password;
pub use value::{NamedOrganization, SecretText};

/// Configuration of a keywright server.
///
/// A setting comes from, last wins: its default, the file, the environment
/// (`KEYWRIGHT_<SECTION>__<NAME>`), the command line. Relative paths start at the working directory.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on, `HOST:PORT`. Port 0 picks a free one.
    #[schemars(
        regex(pattern = LISTEN_PATTERN),
        extend("patternErrorMessage" = "must be HOST:PORT with a port of 0 to 65535, for example 127.0.0.1:8080")
    )]
    pub listen: String,
    /// The second listener.
    pub second: Second,
    /// Where each part of the server is served.
    pub expose: Expose,
    /// Web pages of other origins.
    pub cors: Cors,
    /// Threads that serve requests. Without it one fewer than there are cores, and at least one: the threads that
    /// write, or speak with PostgreSQL, work, too, and so do others on the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize", range(min = 1, max = 1024))]
    pub threads: Option<usize>,
    /// The certificate under which the server speaks TLS.
    pub tls: Tls,
    /// Whether the first start on an empty database creates a user, an organization and their keys
    /// to try things out with, and prints their credentials once.
    pub demo: bool,
    /// The key that may do everything in the control contract: 32 to 256 visible ASCII characters.
    /// Without one, the first start on an empty database creates one and prints it once. Servers that share a
    /// PostgreSQL have one root key: each holds the same, or none, and uses that of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SecretText")]
    pub root_key: Option<SecretText>,
    /// The file that holds the root key on its one line, in place of `root_key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub root_key_file: Option<PathBuf>,
    /// Where keys, owners and events are kept.
    pub database: Database,
    /// The secret under which keys are digested. At most one of the two may be set.
    pub pepper: Pepper,
    /// Access tokens: those issued here, and those of others that are trusted.
    pub tokens: Tokens,
    /// The `user-key` contract.
    pub user_key: UserKey,
    /// The `client-keys` contract.
    pub client_keys: RateSettings,
    /// The `named-keys` contract.
    pub named_keys: RateSettings,
    /// The `organization-key` contract.
    pub organization_key: RateSettings,
    /// The `control` contract. Its rate limit does not hold for the root key.
    pub control: RateSettings,
    /// What passes where proxies ask.
    pub authorize: Authorize,
    /// Plans by name. Plans that are named here come beside `free`, the plan of a new user.
    #[schemars(extend("propertyNames" = {
        "pattern": "^[a-z0-9_-]{1,64}$",
        "patternErrorMessage": "a plan's name must be 1 to 64 characters of a-z, 0-9, _ and -"
    }))]
    pub plans: BTreeMap<String, Plan>,
    /// Requests that are sent again under the same `Idempotency-Key`.
    pub idempotency: Idempotency,
    /// What one server takes on at most.
    pub limits: Limits,
    /// Keys and owners that are kept in memory.
    pub cache: Cache,
    /// The events, which say who did what.
    pub events: Events,
    /// Proxies in front of this server.
    pub proxies: Proxies,
    /// What is logged on standard error, and how.
    pub log: Log,
}

/// A host name, an IPv4 address or an IPv6 address in brackets, then a port of 0 to 65535.
const LISTEN_PATTERN: &str = r"^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+):(0|[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$";

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            second: Second::default(),
            expose: Expose::default(),
            cors: Cors::default(),
            threads: None,
            tls: Tls::default(),
            demo: true,
            root_key: None,
            root_key_file: None,
            database: Database::default(),
            pepper: Pepper::default(),
            tokens: Tokens::default(),
            user_key: UserKey::default(),
            client_keys: RateSettings::default(),
            named_keys: RateSettings::default(),
            organization_key: RateSettings::default(),
            control: RateSettings::default(),
            authorize: Authorize::default(),
            plans: BTreeMap::from([(
                "free".to_owned(),
                Plan {
                    monthly_credits: 1000,
                },
            )]),
            idempotency: Idempotency::default(),
            limits: Limits::default(),
            cache: Cache::default(),
            events: Events::default(),
            proxies: Proxies::default(),
            log: Log::default(),
        }
    }
}

/// The certificate under which the server speaks TLS: both files, or neither for plain HTTP.
/// SIGHUP makes a running server read them again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The PEM file with the server's certificate, and behind it those of its issuers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub certificate: Option<PathBuf>,
    /// The PEM file with the certificate's private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub key: Option<PathBuf>,
    /// For how long, in seconds, a browser that was here once asks only by TLS (`Strict-Transport-Security`); 0 makes
    /// it forget. Without it, nothing is said. Behind a proxy that speaks TLS, let the proxy say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(min = 0, max = 63_072_000))]
    pub hsts_max_age_s: Option<u32>,
}

/// Proxies in front of this server.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxies {
    /// The addresses and networks of proxies whose `X-Forwarded-For` is believed, for example
    /// `["10.0.0.0/8"]`. With none, the client is whoever connects.
    #[schemars(length(max = 100))]
    pub trusted: Vec<Network>,
}

/// The settings in force, and where each came from.
#[derive(Debug)]
pub struct Loaded {
    /// The settings in force.
    pub config: Config,
    provenance: origin::Provenance,
}

/// A file with a secret that anybody on the machine may read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("anybody may read {} (mode {mode:o}), which holds a secret: chmod o= {}", path.display(), path.display())]
pub struct Exposed {
    /// The file.
    pub path: PathBuf,
    /// Its mode.
    pub mode: u32,
}

impl Loaded {
    /// The files with secrets of the configuration that anybody may read: the configuration file, and that of the
    /// root key.
    #[must_use]
    pub fn exposed(&self) -> Vec<Exposed> {
        let schema = schema();
        let settings = serde_json::to_value(&self.config).expect("settings are JSON");
        let is_set = |place: &Place| {
            let pointer = format!("/{}", place.to_string().replace('.', "/"));
            settings.pointer(&pointer).is_some_and(Value::is_string)
        };
        let secrets = names::settings(&schema)
            .into_iter()
            .filter(|(place, schema)| names::is_secret(schema) && is_set(place))
            .filter_map(|(place, _)| self.provenance.file(&place));
        let files: BTreeSet<PathBuf> = secrets.chain(self.config.root_key_file.clone()).collect();
        files
            .into_iter()
            .filter_map(|path| {
                let mode = private::readable_by_anybody(&path)?;
                Some(Exposed { path, mode })
            })
            .collect()
    }
}

impl Config {
    /// The root key that is configured: itself, or in its file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no root key.
    pub fn root_key(&self) -> anyhow::Result<Option<SecretText>> {
        match &self.root_key_file {
            Some(path) => SecretText::read(path).map(Some).context("root_key_file"),
            None => Ok(self.root_key.clone()),
        }
    }

    /// Reads the layers, the later over the earlier: defaults, file, environment, command line.
    ///
    /// `environment` are variables of the process; those without the prefix `KEYWRIGHT_` are left alone.
    ///
    /// # Errors
    /// Every problem that was found, if there is one.
    pub fn load(
        flags: &ServeFlags,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Loaded, ConfigError> {
        let environment = Environment::new(environment);
        let file = flags.config.clone().or_else(|| environment.config_file());
        let add_file = |layers: &mut Layers| file.iter().for_each(|path| layers.add_file(path));
        Layers::lay(add_file, environment, flags)
    }
}

/// The JSON Schema of the configuration file, and of all settings wherever they come from.
#[must_use]
pub fn schema() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<Config>()
        .to_value()
}

/// Checks one file by itself, without environment and command line.
///
/// # Errors
/// Every problem that was found, if there is one.
pub fn check(path: &Path) -> Result<(), ConfigError> {
    let add_file = |layers: &mut Layers| layers.add_file(path);
    Layers::lay(add_file, Environment::default(), &ServeFlags::default()).map(drop)
}

/// The variables of this process, as [`Config::load`] wants them.
///
/// `std::env::vars` would panic on any variable that is not Unicode, another program's included.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    })
}
