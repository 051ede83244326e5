//! How often a contract may be called, and what a plan gives.
//! Leaves whether these settings fit the others to `rules`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::instant;

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
