//! What one server takes on at most, and what it keeps, in memory and for how long.
//! Leaves whether these settings fit the others to `rules`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// With PostgreSQL: whether the rate limits of keys, owners and contracts are counted in the database, exactly over all
    /// servers that use it, and not by each server for itself. Each use of a key that has a limit then waits for
    /// PostgreSQL, and is answered 503 where that cannot be reached. Every server must have the same.
    pub shared: bool,
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
            shared: false,
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
    /// With PostgreSQL: how long, in milliseconds, a server answers from memory without a sign of life from the primary.
    /// After that it looks everything up there, and answers 503 where it cannot. No server calls a key good for longer
    /// than this after its revocation was answered, whatever fails meanwhile.
    #[schemars(range(min = 1_000, max = 3_600_000))]
    pub max_staleness_ms: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            memory_mib: 64,
            max_staleness_ms: 30_000,
        }
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
