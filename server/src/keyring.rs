//! Every operation and every permission: who may do what, in which order, and when.
//! Leaves wire formats to `contract`, and what is kept to `store`.

mod control;
mod credits;
mod demo;
mod input;
mod issue;
mod operation;
mod own;
mod permit;
mod tokens;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::config::{Config, RateSettings};
use crate::error::Error;
use crate::key::{OwnerId, RequestId};
use crate::limit::{Arrival, Limit, Rate};
use crate::secret::{Digest, Pepper};
use crate::store::Store;
use crate::token::{PublicKey, Tokens};

pub use crate::store::Amendment;
pub use control::{KeyQuery, NewKeyWish, NewOrganization, NewUser, Page, Question};
pub use credits::UserCredits;
pub use demo::Demo;
pub use input::NAMED_PATTERN;
pub use issue::{Consistency, Issued};
pub use operation::*;
pub use own::Listing;
pub use permit::{Guard, Permit};
pub use tokens::{ClientCredentials, TokenWish};

/// The core: everything the server can do, whoever asks in whichever contract.
pub struct Keyring {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    pepper: Pepper,
    replay_pepper: Pepper,
    tokens: Tokens,
    root: Digest,
    settings: Settings,
    arrivals: Mutex<HashMap<(Limited, OwnerId), Arrival>>,
}

/// What the configuration says about rules.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The limit of each contract, if it has one.
    pub limits: BTreeMap<Limited, Limit>,
    /// How long an answer is kept for a retry, in milliseconds.
    pub retry_window_ms: i64,
    /// The plan to end `v1` of `user-key`, if there is one.
    pub user_key_retirement: Option<Retirement>,
    /// Credits that a user is charged for a mistake in `user-key`.
    pub client_error_credits: u16,
    /// Credits that each plan allows in a month.
    pub monthly_credits: BTreeMap<String, i64>,
}

/// The plan to end a version of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// When it became deprecated, Unix milliseconds.
    pub deprecated_at_ms: Option<i64>,
    /// The first instant at which it is gone, Unix milliseconds.
    pub shutdown_at_ms: i64,
}

impl Settings {
    /// Takes the rules out of the configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let rates = [
            (Limited::UserKey, config.user_key.rate()),
            (Limited::ClientKeys, config.client_keys.clone()),
            (Limited::NamedKeys, config.named_keys.clone()),
            (Limited::OrganizationKey, config.organization_key.clone()),
            (Limited::Control, config.control.clone()),
        ];
        let limits = rates
            .into_iter()
            .filter(|(_, rate)| rate.rate_limit_per_minute > 0);
        let limit = |rate: RateSettings| Limit {
            per_minute: rate.rate_limit_per_minute,
            burst: rate.rate_limit_burst,
        };
        Self {
            limits: limits.map(|(name, rate)| (name, limit(rate))).collect(),
            retry_window_ms: i64::from(config.idempotency.window_s) * 1000,
            user_key_retirement: config.user_key.v1_shutdown_at.map(|at| Retirement {
                deprecated_at_ms: config
                    .user_key
                    .v1_deprecated_at
                    .map(jiff::Timestamp::as_millisecond),
                shutdown_at_ms: at.as_millisecond(),
            }),
            client_error_credits: config.user_key.client_error_credits,
            monthly_credits: config
                .plans
                .iter()
                .map(|(name, plan)| {
                    (
                        name.clone(),
                        i64::try_from(plan.monthly_credits).unwrap_or(i64::MAX),
                    )
                })
                .collect(),
        }
    }
}

impl Keyring {
    /// A keyring over a store; `root` is the digest of the root key.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        pepper: Pepper,
        tokens: Tokens,
        root: Digest,
        settings: Settings,
    ) -> Self {
        Self {
            replay_pepper: pepper.derive("replays"),
            store,
            clock,
            pepper,
            tokens,
            root,
            settings,
            arrivals: Mutex::default(),
        }
    }

    /// The time, Unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The plan to end `v1` of `user-key`, if there is one.
    #[must_use]
    pub fn user_key_retirement(&self) -> Option<Retirement> {
        self.settings.user_key_retirement
    }

    /// The name under which tokens are issued: the address that clients use.
    #[must_use]
    pub fn token_issuer(&self) -> &str {
        self.tokens.issuer()
    }

    /// The key with which others check our tokens.
    #[must_use]
    pub fn token_key(&self) -> &PublicKey {
        self.tokens.public_key()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&self) -> Result<(), Error> {
        self.store.check().await
    }

    /// Finishes what was accepted, and lets go of the database.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Takes one request from the caller's window, if its contract has a limit.
    fn take(&self, limited: Limited, owner_id: OwnerId) -> Option<Rate> {
        /// From so many callers on, those whose window is whole again are forgotten now and then.
        const CALLERS_MANY: usize = 1 << 16;
        let limit = self.settings.limits.get(&limited)?;
        let now_ms = self.now_ms();
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if arrivals.len() >= CALLERS_MANY && arrivals.len().is_power_of_two() {
            arrivals.retain(|_, arrival| !arrival.is_rested(now_ms));
        }
        let arrival = arrivals.entry((limited, owner_id)).or_default();
        Some(limit.take(arrival, now_ms))
    }
}

/// A request as the events will remember it.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// Its id.
    pub request_id: RequestId,
    /// The address it came from.
    pub address: Option<std::net::IpAddr>,
}
