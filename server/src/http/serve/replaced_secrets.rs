//! Secrets of the server that commands have replaced beside it: looked for every second, and used from then on.
//! Leaves what a newer pepper or another signing key changes to the keyring.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::sync::watch;

use crate::agreed::{self, ISSUER, SHARED_LIMITS};
use crate::pepper::{Home, Known, ROOT_DIGEST};
use keywright_core::keyring::Keyring;
use keywright_model::secret::Pepper;
use keywright_store::DIGESTS_MAX;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);

/// What a file was like when it was last looked into.
#[derive(PartialEq, Eq)]
struct Stamp([i64; 5]);

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self([
            file.ino().cast_signed(),
            file.size().cast_signed(),
            file.mtime(),
            file.mtime_nsec(),
            file.ctime(),
        ])
    }
}

/// Takes up what was replaced until the server stops.
pub(super) async fn take_up(
    keyring: Arc<Keyring>,
    home: Home,
    is_shared: bool,
    mut stopped: watch::Receiver<bool>,
) {
    let mut has_failed = false;
    let mut seen = None;
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        let mut outcome = take_up_once(&keyring, &home, &mut seen).await;
        if is_shared {
            outcome = outcome.and(take_up_agreed(&keyring).await);
        }
        if let Err(error) = &outcome
            && !has_failed
        {
            // It is tried again every second, and told once.
            tracing::error!("replaced secrets are not taken up: {error:#}");
        }
        has_failed = outcome.is_err();
    }
}

/// Takes up what was changed for all servers of the database.
async fn take_up_agreed(keyring: &Keyring) -> anyhow::Result<()> {
    if let Some(issuer) = keyring.read_setting(ISSUER).await? {
        let issuer = agreed::issuer_in(issuer)?;
        if keyring.take_up_issuer(&issuer) {
            tracing::warn!(
                issuer,
                "tokens.issuer was changed for all servers of this database: this one names the new issuer from now on; \
                 set it in its configuration, too, or it will not start again"
            );
        }
    }
    if let Some(shared) = keyring.read_setting(SHARED_LIMITS).await? {
        let shared = agreed::shared_limits_in(&shared)?;
        if keyring.take_up_shared_windows(shared) {
            tracing::warn!(
                shared,
                "limits.shared was changed for all servers of this database: this one counts rate limits in other windows \
                 from now on; set it in its configuration, too, or it will not start again"
            );
        }
    }
    if let Some(root) = keyring.read_setting(ROOT_DIGEST).await? {
        let root = agreed::root_in(root)?;
        if keyring.take_up_root(root) {
            tracing::warn!(
                fingerprint = agreed::shown(&root),
                "the root key was changed for all servers of this database: the one before it is refused from now on; \
                 where this server's configuration holds one, set the new one, or it will not start again"
            );
        }
    }
    Ok(())
}

async fn take_up_once(
    keyring: &Keyring,
    home: &Home,
    seen: &mut Option<Stamp>,
) -> anyhow::Result<()> {
    let signing_keys = keyring.take_up_signing_keys().await;
    if signing_keys.context("the token signing keys stay as they were")? {
        tracing::info!("the token signing keys were rotated");
    }
    let Home::File(path) = home else {
        return Ok(());
    };
    // A file that is away for a moment, or for good, is told at the next start.
    let stamp = path.metadata().ok().map(|file| Stamp::of(&file));
    if stamp.is_none() || stamp == *seen {
        return Ok(());
    }
    while let Some(next) = home.next(keyring.pepper_version())? {
        begin(keyring, next).await?;
    }
    *seen = stamp;
    Ok(())
}

/// Begins to use a newer pepper.
///
/// # Errors
/// When too many are in use, or the database cannot be written.
pub(super) async fn begin(keyring: &Keyring, pepper: Pepper) -> anyhow::Result<()> {
    let mut settings = Vec::new();
    for name in [crate::pepper::CHECK, crate::pepper::VERSIONS] {
        settings.push((name, keyring.read_setting(name).await?));
    }
    let setting = |name: &str| {
        let found = settings.iter().find(|(other, _)| *other == name);
        Ok(found.and_then(|(_, value)| value.clone()))
    };
    let known = Known::read(setting)?.context("the database knows no pepper")?;
    ensure!(
        known.all().len() < DIGESTS_MAX,
        "{DIGESTS_MAX} versions of the pepper are in use: no more can be"
    );
    let version = pepper.version;
    let known = if known.knows(&pepper) {
        known
    } else {
        known.with(&pepper, keyring.now_ms())
    };
    keyring.begin_pepper(pepper, known.settings()).await?;
    tracing::info!(version, "a newer version of the pepper is in use");
    Ok(())
}
