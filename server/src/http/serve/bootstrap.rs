//! Opens what a start needs, in the right order: database, pepper, tokens, keyring; makes what the first start makes.
//! Not here: listeners (`listeners`), and what is printed about a first start (`first_start`).

use std::sync::Arc;

use crate::agreed::Own;
use crate::config::Config;
use crate::first_start::FirstStart;
use crate::http::serve::replaced_secrets;
use crate::pepper::{self, Home, Opened};
use crate::runtime::TokioRuntime;
use keywright_core::decide::Rules;
use keywright_core::keyring::{Keyring, ReachingAll};
use keywright_model::clock::{Clock, is_plausible};
use keywright_model::instant;
use keywright_model::secret::Pepper;
use keywright_store::{Cached, Signers};

use crate::database;
use keywright_core::token::Tokens;

/// Opens everything that is kept.
///
/// # Errors
/// When the database or the pepper cannot be used.
pub(super) async fn open(
    config: &Config,
    base_url: &str,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<(Arc<Keyring>, FirstStart)> {
    warn_of_unset_clock(clock.as_ref());
    // What is missing or cannot be read is told before anything is kept for good.
    let own = Own::of(config)?;
    let token_settings = config.tokens.token_settings()?;
    let home = Home::of(config)?;
    let database = database::open(&config.database.url, database::options(config))?;
    let start = database.lock_start()?;
    let Opened { peppers, next } = home.open(database.as_ref())?;
    let issuer = own.agree_on_issuer(database.as_ref(), base_url)?;
    own.agree_on_shared_limits(database.as_ref())?;
    let tokens = Tokens::open(database.as_ref(), &peppers, issuer, &token_settings)?;
    let is_empty = database.is_empty()?;
    let (root, root_key) = own.agree_on_root_key(database.as_ref(), &peppers, is_empty)?;
    let signers = Signers::of(&peppers, |name| database.setting(name))?;
    let signers = signers.map_err(anyhow::Error::msg)?;
    let replays = pepper::replay_key(&peppers, |name| {
        database.setting(name).map_err(anyhow::Error::from)
    })?;
    let cache_bytes = u64::from(config.cache.memory_mib) << 20;
    let rules = Arc::new(Rules);
    let store = Cached::start(database, cache_bytes, signers, Arc::clone(&clock), rules)?;
    let keyring = Keyring::new(
        store,
        clock,
        Arc::new(TokioRuntime),
        peppers,
        tokens,
        root,
        config.keyring_settings(),
    );
    let keyring = keyring.keeping_answers_with(Pepper::new(1, &replays));
    if let Some(next) = next {
        replaced_secrets::begin(&keyring, next).await?;
    }
    let demo = if is_empty && config.demo {
        start.check().await?;
        Some(keyring.create_demo().await?)
    } else {
        None
    };
    drop(start);
    warn_of_unlimited_reach(&keyring).await;
    Ok((Arc::new(keyring), FirstStart { root_key, demo }))
}

/// Keys end by the clock, and events are dated by it: a wrong one is reported before either happens.
fn warn_of_unset_clock(clock: &dyn Clock) {
    let now_ms = clock.now_ms();
    if !is_plausible(now_ms) {
        tracing::warn!(
            now = instant::format(now_ms),
            "the machine's clock seems never to have been set: keys end by it; set it, and keep it right with NTP"
        );
    }
}

/// Names the control keys that act on every owner, for as long as there are any: those from before keys had a
/// reach do.
async fn warn_of_unlimited_reach(keyring: &Keyring) {
    match keyring.reaching_all().await {
        Ok(ReachingAll { count: 0, .. }) => {}
        Ok(ReachingAll { some, count }) => {
            let ids: Vec<String> = some.iter().map(ToString::to_string).collect();
            tracing::warn!(
                count,
                ids = ids.join(" "),
                "control keys of reach `all` act on every owner: narrow each that need not with \
                 `keywright keys update ID --reach owner`"
            );
        }
        // A warning is all that is lost: no access depends on it.
        Err(error) => tracing::warn!(%error, "the control keys of reach `all` could not be listed"),
    }
}
