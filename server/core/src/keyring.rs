//! Every operation and every permission: who may do what, in which order, and when.
//! Leaves wire formats to `contract`, and what is kept to `store`.

mod credits;
mod demo;
mod door;
mod events;
mod ids;
mod introspection;
mod issue;
mod keys;
mod lookup;
mod meter;
mod operation;
mod owners;
mod parts;
mod permit;
mod reach;
mod refusals;
mod replaced_secrets;
mod retention;
mod self_revoke;
mod self_service;
mod tokens;
mod unknown_keys;
mod validate;
mod verify;
mod windows;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use uuid::Uuid;

use crate::runtime::Runtime;
use crate::token::{PublicKey, Tokens};
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::event::Actor;
use keywright_model::id::RequestId;
use keywright_model::key::CredentialKind;
use keywright_model::limit::Limit;
use keywright_model::peppers::{Digests, Peppers};
use keywright_model::secret::{Digest, Pepper};
use keywright_store::freshness::Freshness;
use keywright_store::{Cached, Trail, Write, command};

use ids::Ids;
use lookup::Rekeys;
use meter::Meter;
use refusals::Refusals;
use unknown_keys::UnknownKeyLimiter;
use windows::Windows;

pub use credits::UserCredits;
pub use demo::Demo;
pub use door::{Admission, Ask};
pub use events::EventQuery;
pub use introspection::TokenState;
pub use issue::{Consistency, Issued};
pub use keys::{KeyPatch, KeyQuery, NewKeyWish};
pub use keywright_store::{Amendment, CommitStats, Counts, LeftUndone, NewCredits, Source, Writes};
pub use operation::*;
pub use owners::{NewOrganization, NewUser, OwnerQuery};
pub use parts::{End, Listed};
pub use permit::{CallerFacts, Permit};
pub use reach::ReachingAll;
pub use self_revoke::Ended;
pub use tokens::{ClientCredentials, TokenWish};
pub use validate::NAMED_PATTERN;
pub use verify::Question;

/// The core: everything the server can do, for every caller and every contract.
pub struct Keyring {
    store: Arc<Cached>,
    clock: Arc<dyn Clock>,
    runtime: Arc<dyn Runtime>,
    peppers: RwLock<Arc<Peppers>>,
    rekeys: Rekeys,
    /// Of the oldest pepper in use: an answer that was kept is found as long as it is.
    replay_pepper: Pepper,
    tokens: Tokens,
    root: RwLock<Option<Digest>>,
    settings: Settings,
    windows: Windows,
    /// Whether those count that all servers of the database share, and not `windows`.
    shares_windows: AtomicBool,
    unknown_keys: UnknownKeyLimiter,
    meter: Arc<Meter>,
    ids: Ids,
    refusals: Arc<Refusals>,
}

/// What the configuration says about rules.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The limit of each contract, if it has one.
    pub limits: BTreeMap<Limited, Limit>,
    /// Whether windows of rate limits are counted in the database, for all servers together.
    pub shares_windows: bool,
    /// How long an answer is kept for a retry, in milliseconds.
    pub retry_window_ms: i64,
    /// The plan to end `v1` of `user-key`, if there is one.
    pub user_key_retirement: Option<Retirement>,
    /// Credits that a user is charged for a mistake in `user-key`.
    pub client_error_credits: u16,
    /// Credits that each plan allows in a month.
    pub monthly_credits: BTreeMap<String, i64>,
    /// Look-ups of unknown credentials that one address may cause in a minute; 0 means no limit.
    pub unknown_per_minute: u32,
    /// The longest life of a key that is issued or changed, in milliseconds; `None` for any.
    pub key_lifetime_max_ms: Option<i64>,
    /// The most keys that an owner may have, if there is a limit.
    pub keys_per_owner: Option<u32>,
    /// How long events are kept, in milliseconds; `None` means for good.
    pub events_kept_ms: Option<i64>,
    /// What passes where proxies ask.
    pub authorize: AuthorizeSettings,
}

/// The plan to end a version of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// When it became deprecated, Unix milliseconds.
    pub deprecated_at_ms: Option<i64>,
    /// The first instant at which it is gone, Unix milliseconds.
    pub shutdown_at_ms: i64,
    /// Whether that has passed.
    pub is_over: bool,
}

/// What passes where proxies ask.
#[derive(Clone, Debug)]
pub struct AuthorizeSettings {
    /// The kinds of credentials that may pass.
    pub kinds: Vec<CredentialKind>,
    /// Whom an access token must be for: one of these.
    pub audiences: Vec<String>,
}

impl Keyring {
    /// A keyring over a store; `root` is the digest of the root key, if there is one.
    #[must_use]
    pub fn new(
        store: Arc<Cached>,
        clock: Arc<dyn Clock>,
        runtime: Arc<dyn Runtime>,
        peppers: Peppers,
        tokens: Tokens,
        root: Option<Digest>,
        settings: Settings,
    ) -> Self {
        let oldest = peppers.iter().next_back();
        let meter = Meter::new(store.freshness().is_some());
        Self {
            replay_pepper: oldest.unwrap_or(peppers.newest()).derive("replays"),
            rekeys: Rekeys::default(),
            unknown_keys: UnknownKeyLimiter::new(settings.unknown_per_minute),
            shares_windows: AtomicBool::new(settings.shares_windows),
            store,
            clock,
            runtime,
            peppers: RwLock::new(Arc::new(peppers)),
            tokens,
            root: RwLock::new(root),
            settings,
            windows: Windows::new(),
            meter: Arc::new(meter),
            ids: Ids::default(),
            refusals: Arc::default(),
        }
    }

    /// The same with another key for answers that are kept for retries: that of a pepper which is no longer in use.
    #[must_use]
    pub fn keeping_answers_with(mut self, replay_pepper: Pepper) -> Self {
        self.replay_pepper = replay_pepper;
        self
    }

    fn is_root(&self, digests: &Digests) -> bool {
        let root = self.root.read().unwrap_or_else(PoisonError::into_inner);
        root.is_some_and(|root| digests.match_one(&root))
    }

    /// The time, Unix milliseconds: that of the database, where several servers share it.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        let shared = self.store.now_ms();
        shared.unwrap_or_else(|| self.clock.now_ms())
    }

    /// The plan to end `v1` of `user-key`, if there is one.
    #[must_use]
    pub fn user_key_retirement(&self) -> Option<Retirement> {
        let is_over = |plan: Retirement| plan.shutdown_at_ms <= self.now_ms();
        let plan = self.settings.user_key_retirement;
        plan.map(|plan| Retirement {
            is_over: is_over(plan),
            ..plan
        })
    }

    /// The name under which tokens are issued: the address that clients use.
    #[must_use]
    pub fn token_issuer(&self) -> Arc<str> {
        self.tokens.issuer()
    }

    /// The keys with which others check our tokens, the one in use first.
    #[must_use]
    pub fn token_keys(&self) -> Vec<PublicKey> {
        self.tokens.public_keys(self.now_ms())
    }

    /// Whether the database answers, and which changes it makes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&self) -> Result<Writes, Error> {
        self.store.database().check().await
    }

    /// Which changes are made now, as far as is known.
    #[must_use]
    pub fn writes(&self) -> Writes {
        self.store.database().writes()
    }

    /// How many bytes on the disk are kept for changes that end access.
    #[must_use]
    pub fn reserve_len(&self) -> u64 {
        self.store.database().reserve_len()
    }

    /// Waits until all that can be seen now is on the disk: "it has ended already" must not be taken back.
    ///
    /// # Errors
    /// When that cannot be waited for.
    async fn wait_until_durable(&self) -> Result<(), Error> {
        let nothing = command::Note {
            notices: Vec::new(),
        };
        self.store.run(Write::of_server(nothing)).await.map(drop)
    }

    /// Writes down what was gathered in memory since the last time: uses of keys, new digests, refusals of the minutes
    /// that are over; with `everything`, those of the current one and credits that are still being handed out.
    ///
    /// # Errors
    /// When the database cannot be written; nothing is lost then.
    pub async fn settle(&self, everything: bool) -> Result<(), Error> {
        let uses = self.settle_uses(everything).await;
        let rekeys = self.settle_rekeys().await;
        uses.and(rekeys).and(self.settle_refusals(everything).await)
    }

    /// Finishes what was accepted, and lets go of the database.
    ///
    /// # Errors
    /// When a part of it is left outside its file.
    pub async fn close(&self) -> Result<(), LeftUndone> {
        if let Err(error) = self.settle(true).await {
            tracing::warn!(%error, "what was counted in memory could not be written");
        }
        self.store.database().close().await
    }

    /// How long a change waits for its turn now, about.
    #[must_use]
    pub fn writes_wait(&self) -> Duration {
        self.store.database().writes_wait()
    }

    /// What the engine has measured of its commits.
    #[must_use]
    pub fn commit_stats(&self) -> &CommitStats {
        self.store.database().commit_stats()
    }

    /// How fresh the memory is where other servers change the database, too.
    #[must_use]
    pub fn freshness(&self) -> Option<&Freshness> {
        self.store.freshness()
    }

    /// What the memory in front of the database has done so far.
    #[must_use]
    pub fn cache_counts(&self) -> Counts {
        self.store.counts()
    }
}

/// A request as the events will remember it.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// Its id, which its caller may have chosen.
    pub request_id: RequestId,
    /// The id that the server has given it: no other request has the same.
    pub server_request_id: Option<RequestId>,
    /// The address it came from.
    pub address: Option<std::net::IpAddr>,
}

impl Origin {
    /// Of what the server does by itself: there is no request.
    const fn of_server() -> Self {
        Self {
            request_id: RequestId(Uuid::nil()),
            server_request_id: None,
            address: None,
        }
    }

    /// What the events say about something that this request brought.
    fn trail(self, actor: Actor) -> Trail {
        Trail {
            actor,
            request_id: self.request_id,
            server_request_id: self.server_request_id,
            address: self.address,
        }
    }
}
