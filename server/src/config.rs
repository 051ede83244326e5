//! Every setting of the server: its name, default, bounds and meaning, and how the layers make one.
//! Leaves the words for a bad setting to `config::problem` and the command line to `command`.

mod authorize;
mod core;
mod exposure;
mod flags;
mod layers;
mod names;
mod origin;
mod problem;
mod rules;
mod show;
mod value;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use jiff::Timestamp;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use keywright_model::address::Network;
use keywright_store_sqlite::private;

pub use authorize::Authorize;
pub use exposure::{Cors, Expose, Exposure, Listener, Second};
pub use flags::{FileFlags, ServeFlags};
use layers::{Environment, Layers};
use names::Place;
pub use problem::ConfigError;
use value::instant;
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
    /// Threads that serve requests. Without it one fewer than there are cores, and at least one: the thread that
    /// writes works, too, and so do others on the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "usize", range(min = 1, max = 1024))]
    pub threads: Option<usize>,
    /// The certificate under which the server speaks TLS.
    pub tls: Tls,
    /// Whether the first start on an empty database creates a user, an organization and their keys
    /// to try things out with, and prints their credentials once.
    pub demo: bool,
    /// The key that may do everything in the control contract: 32 to 256 visible ASCII characters.
    /// Without one, the first start on an empty database creates one and prints it once.
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

/// Where keys, owners and events are kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The database: `sqlite:` and the name of its file.
    #[schemars(
        regex(pattern = r"^sqlite:.+$"),
        extend("patternErrorMessage" = "must be sqlite: and a file name, for example sqlite:keywright.db")
    )]
    pub url: String,
    /// Connections that read at the same time.
    #[schemars(range(min = 1, max = 64))]
    pub readers: usize,
    /// How long to wait, in milliseconds, while another process holds the database's lock.
    #[schemars(range(min = 1, max = 60_000))]
    pub busy_timeout_ms: u32,
    /// Writes that may wait for the writer; beyond that a request answers 503.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub queue_len_max: usize,
    /// Disk space, in MiB, that is kept in the file `.reserve` beside the database, so that keys can be revoked and
    /// owners be suspended while the disk is full. A disk that has not so much is a warning at the start.
    #[schemars(range(min = 1, max = 1024))]
    pub reserve_mib: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:keywright.db".to_owned(),
            readers: 4,
            busy_timeout_ms: 5_000,
            queue_len_max: 10_000,
            reserve_mib: 4,
        }
    }
}

/// The secret under which keys are digested.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pepper {
    /// The file that holds the pepper. Without one it is the database's file name and `.pepper`,
    /// and is created at the first start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub file: Option<PathBuf>,
    /// The pepper itself, in place of a file: 32 to 256 visible ASCII characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "SecretText")]
    pub value: Option<SecretText>,
}

/// Access tokens: those issued here, and those of others that are trusted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// The issuer that this server's own tokens name, as its clients reach it.
    /// Without one it is `http://`, or `https://` with TLS, and the address that the server listens on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        regex(pattern = r"^https?://[^\s?#]+$"),
        extend("patternErrorMessage" = "must be a URL without query, for example https://keys.example.com")
    )]
    pub issuer: Option<String>,
    /// Whom a token issued here may be for, beside the issuer: what a client may ask for as `resource` or
    /// `audience`. A token that is not for the issuer, too, opens nothing here.
    #[schemars(length(max = 100), inner(length(min = 1, max = 2048)))]
    pub audiences: Vec<String>,
    /// How long a token issued here is good for, in seconds.
    #[schemars(range(min = 1, max = 604_800))]
    pub lifetime_s: u32,
    /// Other issuers whose tokens are accepted.
    #[schemars(length(max = 100))]
    pub issuers: Vec<TrustedIssuer>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            issuer: None,
            audiences: Vec::new(),
            lifetime_s: 28_800,
            issuers: Vec::new(),
        }
    }
}

/// Another issuer whose tokens are accepted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// The token's `iss`, compared character by character.
    #[schemars(length(min = 1, max = 2048))]
    pub issuer: String,
    /// What the token's `aud` must name.
    #[schemars(length(min = 1, max = 2048))]
    pub audience: String,
    /// The file with the issuer's public keys, a JSON Web Key Set.
    #[schemars(with = "String", length(min = 1))]
    pub jwks_file: PathBuf,
    /// The ids of the organizations that its tokens may act for, or `["*"]` for every one that there is.
    #[schemars(
        length(min = 1, max = 10_000),
        extend("missingErrorMessage" = "name the ids of the organizations that its tokens may act for, or write [\"*\"] for every one")
    )]
    pub organizations: Vec<NamedOrganization>,
    /// The claim that names the organization.
    #[serde(default = "TrustedIssuer::organization_claim")]
    #[schemars(length(min = 1, max = 256))]
    pub organization_claim: String,
    /// The claim that holds the scopes.
    #[serde(default = "TrustedIssuer::scope_claim")]
    #[schemars(length(min = 1, max = 256))]
    pub scope_claim: String,
}

impl TrustedIssuer {
    fn organization_claim() -> String {
        "org".to_owned()
    }

    fn scope_claim() -> String {
        "scope".to_owned()
    }
}

/// The `user-key` contract.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserKey {
    /// Requests a minute that one user may make; 0 means no limit.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub rate_limit_per_minute: u32,
    /// Requests that one user may make at once after a rest.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub rate_limit_burst: u32,
    /// Credits that a known caller's request costs when it is answered 400.
    #[schemars(range(min = 0, max = 1000))]
    pub client_error_credits: u16,
    /// The instant (RFC 3339) since which version `v1` is deprecated. Never later than `v1_shutdown_at`.
    #[serde(with = "instant", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub v1_deprecated_at: Option<Timestamp>,
    /// The instant (RFC 3339) from which version `v1` is refused. Until then every answer announces it.
    #[serde(with = "instant", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub v1_shutdown_at: Option<Timestamp>,
}

impl UserKey {
    /// How often one user may call, as the other contracts say it.
    #[must_use]
    pub fn rate(&self) -> RateSettings {
        RateSettings {
            rate_limit_per_minute: self.rate_limit_per_minute,
            rate_limit_burst: self.rate_limit_burst,
        }
    }
}

impl Default for UserKey {
    fn default() -> Self {
        Self {
            rate_limit_per_minute: 60,
            rate_limit_burst: 10,
            client_error_credits: 0,
            v1_deprecated_at: None,
            v1_shutdown_at: None,
        }
    }
}

/// How often one caller may call one contract.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateSettings {
    /// Requests a minute that one caller may make; 0 means no limit.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub rate_limit_per_minute: u32,
    /// Requests that one caller may make at once after a rest.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub rate_limit_burst: u32,
}

impl Default for RateSettings {
    fn default() -> Self {
        Self {
            rate_limit_per_minute: 0,
            rate_limit_burst: 10,
        }
    }
}

/// What a user on this plan gets.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Credits that are there again on the first of each month, 00:00 UTC.
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub monthly_credits: u64,
}

/// Requests that are sent again under the same `Idempotency-Key`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Idempotency {
    /// How long the same header value gets the same answer, in seconds.
    #[schemars(range(min = 1, max = 86_400))]
    pub window_s: u32,
}

impl Default for Idempotency {
    fn default() -> Self {
        Self { window_s: 600 }
    }
}

/// What one server takes on at most.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How long one request may take, in seconds: longer than the 120 of a consistency timeout.
    #[schemars(range(min = 125, max = 3600))]
    pub request_timeout_s: u32,
    /// How long a TLS handshake, the head of a request and its body may each take to arrive, in seconds.
    #[schemars(range(min = 1, max = 120))]
    pub receive_timeout_s: u32,
    /// How long a connection is kept while nothing is asked on it, in seconds: longer than a proxy in
    /// front keeps it.
    #[schemars(range(min = 1, max = 3600))]
    pub idle_timeout_s: u32,
    /// How long a request may wait for its turn to be worked on, in milliseconds. Where more is asked than can
    /// be answered in that time, a share is answered 503, verifications last.
    #[schemars(range(min = 10, max = 60_000))]
    pub wait_max_ms: u32,
    /// Connections that are served at the same time. One more closes some that have been idle for longest;
    /// where none is idle, it is answered 503.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub connections_max: usize,
    /// How long running requests may take to end after SIGTERM, in seconds.
    #[schemars(range(min = 1, max = 29))]
    pub shutdown_grace_s: u32,
    /// Look-ups of unknown credentials a minute that one client address may cause; 0 means no limit.
    /// An IPv6 address counts as its /64.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub unknown_per_minute: u32,
    /// The longest life of a key, in days. With it, no key is issued or changed to live longer, one that a contract
    /// issues without asking for an end gets this one, and keys that are there already keep theirs. Without it,
    /// a key may live for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(min = 1, max = 36_500))]
    pub key_lifetime_max_days: Option<u32>,
    /// Keys that one user or organization may have at a time; 0 means no limit. Those count that are live or
    /// disabled, and neither replaced nor expired. A rotation is never refused, nor is an owner's first key.
    #[schemars(range(min = 0, max = 100_000))]
    pub keys_per_owner: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout_s: 150,
            receive_timeout_s: 20,
            idle_timeout_s: 120,
            wait_max_ms: 700,
            connections_max: 10_000,
            shutdown_grace_s: 25,
            unknown_per_minute: 6000,
            key_lifetime_max_days: None,
            keys_per_owner: 0,
        }
    }
}

/// Keys and owners that are kept in memory.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// Memory that they may take, in MiB.
    #[schemars(range(min = 1, max = 65_536))]
    pub memory_mib: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self { memory_mib: 64 }
    }
}

/// The events, which say who did what.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// Days for which events are kept; older ones are pruned, and are gone unless they were exported before. Without
    /// it all are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "u32",
        range(min = 1, max = 36_500),
        extend("rangeErrorMessage" = "must be 1 to 36500 days, or be left out to keep all events")
    )]
    pub keep_days: Option<u32>,
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

/// What is logged on standard error, and how.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least level that is logged, of everything or by module, for example `info,keywright=debug`.
    #[schemars(length(min = 1, max = 1000))]
    pub filter: String,
    /// `text` for people, `json` for machines: one object a line.
    pub format: LogFormat,
}

impl Log {
    /// The filter as its parser wants it: blanks around the commas, and nothing between two, mean nothing.
    #[must_use]
    pub fn directives(&self) -> String {
        let directives = self.filter.split(',').map(str::trim);
        let directives: Vec<&str> = directives.filter(|word| !word.is_empty()).collect();
        directives.join(",")
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(
    missing_docs,
    reason = "documented variants would turn the schema's plain enum into a oneOf"
)]
pub enum LogFormat {
    Text,
    Json,
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
