//! What all servers of one database agree on: kept in it by the first, and compared by each at its start.
//! Leaves the peppers to `pepper`, the signing keys to `core`, and changing what is agreed on to `cli::settings`.

use anyhow::{Context as _, bail, ensure};

use crate::config::Config;
use crate::database;
use crate::pepper::ROOT_DIGEST;
use keywright_model::peppers::Peppers;
use keywright_model::secret::{CONTROL_PREFIX, Digest, Secret, fingerprint};
use keywright_store::OpenDatabase;

/// The setting that holds the issuer that all servers name in their tokens.
pub const ISSUER: &str = "token_issuer";

/// The setting that says whether all servers count rate limits together.
pub const SHARED_LIMITS: &str = "shared_limits";

/// What this server brings to the agreement.
pub struct Own {
    /// The issuer, where the configuration names one.
    pub issuer: Option<String>,
    /// The root key, where the configuration holds one.
    pub root_key: Option<Secret>,
    /// Whether rate limits are counted in the database.
    pub shared_limits: bool,
}

impl Own {
    /// That of a configuration, before anything is opened.
    ///
    /// # Errors
    /// When the database may have several servers and a setting that they share is missing, or it has one and is to be
    /// shared, or the file of the root key cannot be used.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let own = Self::of_any(config)?;
        ensure!(
            own.issuer.is_some() || !database::is_shared(&config.database.url),
            "tokens.issuer is not set, and with this database there may be several servers, whose tokens name one issuer: \
             set the address under which clients reach them all, as in tokens.issuer = \"https://keys.example.com\" or \
             KEYWRIGHT_TOKENS__ISSUER=https://keys.example.com"
        );
        ensure!(
            !own.shared_limits || database::is_shared(&config.database.url),
            "limits.shared is true, and this database has one server alone, which counts every limit exactly as it is: \
             remove limits.shared, or name a PostgreSQL in database.url"
        );
        Ok(own)
    }

    /// The same, where nothing need be set.
    ///
    /// # Errors
    /// When the file of the root key cannot be used.
    pub fn of_any(config: &Config) -> anyhow::Result<Self> {
        let issuer = config.tokens.issuer.as_deref();
        let root_key = config.root_key()?;
        Ok(Self {
            issuer: issuer.map(|issuer| issuer.trim_end_matches('/').to_owned()),
            root_key: root_key.map(|root_key| Secret::new(root_key.expose().to_owned())),
            shared_limits: config.limits.shared,
        })
    }

    /// The issuer to name in tokens; `base_url` where the only server of a database has none configured.
    ///
    /// # Errors
    /// When the other servers of the database name another.
    pub fn agree_on_issuer(
        &self,
        database: &dyn OpenDatabase,
        base_url: &str,
    ) -> anyhow::Result<String> {
        let Some(own) = &self.issuer else {
            return Ok(base_url.trim_end_matches('/').to_owned());
        };
        if database.is_shared() {
            let agreed = issuer_in(database.keep_setting(ISSUER, own.as_bytes())?)?;
            ensure!(
                agreed == *own,
                "tokens.issuer is {own} here, and {agreed} at the servers of this database: those who check tokens would \
                 refuse one of the two. Set tokens.issuer = \"{agreed}\" here; or change it for all servers, with \
                 `keywright settings change tokens.issuer` and this configuration"
            );
        }
        Ok(own.clone())
    }

    /// Makes sure that rate limits are counted as all servers of the database count them.
    ///
    /// # Errors
    /// When the other servers of the database count otherwise.
    pub fn agree_on_shared_limits(&self, database: &dyn OpenDatabase) -> anyhow::Result<()> {
        if !database.is_shared() {
            return Ok(());
        }
        let own = self.shared_limits;
        let kept = database.keep_setting(SHARED_LIMITS, own.to_string().as_bytes())?;
        let agreed = shared_limits_in(&kept)?;
        ensure!(
            agreed == own,
            "limits.shared is {own} here, and {agreed} at the servers of this database: a limit that some count together \
             and others alone would be none. Set limits.shared = {agreed} here; or change it for all servers, with \
             `keywright settings change limits.shared` and this configuration"
        );
        Ok(())
    }

    /// The digest of the root key: the configuration's, or that of one made at the first start, which is then to be
    /// told once. A database that is in use gets no other: a reader of the log must not get all power from a start that
    /// lacks its configuration.
    ///
    /// # Errors
    /// When the servers of the database have another root key.
    pub fn agree_on_root_key(
        &self,
        database: &dyn OpenDatabase,
        peppers: &Peppers,
        is_empty: bool,
    ) -> anyhow::Result<(Option<Digest>, Option<Secret>)> {
        if let Some(own) = &self.root_key {
            let digests = peppers.digests(own);
            if !database.is_shared() {
                // A root key that was printed once must not come back when the configured one goes.
                database.drop_setting(ROOT_DIGEST)?;
                return Ok((Some(digests.newest), None));
            }
            let agreed = root_in(database.keep_setting(ROOT_DIGEST, &digests.newest.0)?)?;
            ensure!(
                digests.match_one(&agreed),
                "the root key that is configured here (fingerprint {}) is not that of this database's servers (fingerprint \
                 {}): each would refuse the other's. Configure theirs, or none: the database knows it by its digest; or \
                 change it for all servers, with `keywright settings change root_key` and this configuration",
                shown(&digests.newest),
                shown(&agreed)
            );
            return Ok((Some(agreed), None));
        }
        if let Some(known) = database.setting(ROOT_DIGEST)? {
            return Ok((Some(root_in(known)?), None));
        }
        if !is_empty {
            tracing::warn!(
                "there is no root key: this database is in use, and only the first start on an empty one makes a root \
                 key; set root_key_file or KEYWRIGHT_ROOT_KEY, and restart. Keys are verified meanwhile"
            );
            return Ok((None, None));
        }
        let root_key = Secret::checksummed(CONTROL_PREFIX);
        let digest = peppers.newest().digest(&root_key);
        let agreed = root_in(database.keep_setting(ROOT_DIGEST, &digest.0)?)?;
        // What another server has made, that one tells.
        Ok((Some(agreed), (agreed == digest).then_some(root_key)))
    }
}

/// The issuer that a setting holds.
///
/// # Errors
/// When it is damaged.
pub fn issuer_in(setting: Vec<u8>) -> anyhow::Result<String> {
    String::from_utf8(setting).context("the setting token_issuer is damaged")
}

/// Whether rate limits are counted in the database, as a setting says.
///
/// # Errors
/// When it is damaged.
pub fn shared_limits_in(setting: &[u8]) -> anyhow::Result<bool> {
    match setting {
        b"true" => Ok(true),
        b"false" => Ok(false),
        _ => bail!("the setting {SHARED_LIMITS} is damaged"),
    }
}

/// The digest of the root key that a setting holds.
///
/// # Errors
/// When it is damaged.
pub fn root_in(setting: Vec<u8>) -> anyhow::Result<Digest> {
    let bytes = setting.try_into().ok();
    bytes
        .map(Digest)
        .context("the digest of the root key is damaged")
}

/// By what people tell one secret from another, without learning anything of it: the beginning of a hash of its digest.
#[must_use]
pub fn shown(digest: &Digest) -> String {
    let [first, second, third, fourth, ..] = fingerprint(&[b"shown", &digest.0]);
    format!("{first:02x}{second:02x}{third:02x}{fourth:02x}")
}
