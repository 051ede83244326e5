//! Rate limits and credits, as they are given to keys and owners and as they are answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::contract::body::{Object, given};
use crate::contract::number::{some_whole, whole};
use keywright_core::keyring;
use keywright_model::limit::Limit;
use keywright_model::{credits, limit};

/// How often something may be used. After a rest, `burst` uses pass at once; `limit` more pass in
/// each window, evenly spread. Windows begin rested when the server starts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimitInput {
    /// What to call the limit.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9_-]+$")]
    name: String,
    /// How much passes in each window in the long run. In the first window after a rest up to
    /// `limit` and `burst` together pass: nearly twice `limit` if `burst` is left out. With 0,
    /// nothing ever passes.
    #[schema(value_type = i64, minimum = 0, maximum = 2_147_483_648_i64)]
    #[serde(deserialize_with = "whole")]
    limit: u64,
    /// How long a window is, up to 30 days.
    #[schema(value_type = i32, minimum = 1, maximum = 2_592_000)]
    #[serde(deserialize_with = "whole")]
    window_seconds: u32,
    /// How much passes at once after a rest; as much as `limit` when left out, and at least 1. A
    /// use that costs more than this never passes.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 2_147_483_648_i64)]
    #[serde(default, deserialize_with = "some_whole")]
    burst: Option<u64>,
}

/// How often something may be used. After a rest, `burst` uses pass at once; `limit` more pass in
/// each window, evenly spread.
#[derive(Serialize, ToSchema)]
pub(super) struct RateLimit {
    /// What the limit is called.
    name: String,
    /// How much passes in each window in the long run. In the first window after a rest up to
    /// `limit` and `burst` together pass.
    #[schema(value_type = i64)]
    limit: u64,
    /// How long a window is.
    #[schema(value_type = i32)]
    window_seconds: u32,
    /// How much passes at once after a rest.
    #[schema(value_type = i64)]
    burst: u64,
}

/// What may be spent with a key before it is refused. Each verification or authorization that
/// finds the key valid takes its `cost`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreditsInput {
    /// How much may be spent from now on.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    #[serde(deserialize_with = "whole")]
    remaining: i64,
    #[schema(value_type = Option<RefillInput>)]
    #[serde(default, deserialize_with = "given")]
    refill: Option<Object<RefillInput>>,
}

/// What may still be spent with a key.
#[derive(Serialize, ToSchema)]
pub(super) struct Credits {
    /// How much is left.
    remaining: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refill: Option<Refill>,
}

/// When credits are full again, and what full is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefillInput {
    /// What is left right after each refill, whatever was left before.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    #[serde(deserialize_with = "whole")]
    amount: i64,
    every: RefillPeriod,
}

/// When credits are full again, and what full is.
#[derive(Serialize, ToSchema)]
struct Refill {
    /// What is left right after each refill, whatever was left before.
    amount: i64,
    every: RefillPeriod,
}

wire_enum! {
    /// How often credits are refilled, at 00:00 UTC of each day or of the first day of each month.
    #[serde(rename_all = "snake_case")]
    RefillPeriod of credits::Period { Day, Month }
}

/// The domain's rate limits of those that were sent.
pub(super) fn read(limits: Vec<Object<RateLimitInput>>) -> Vec<limit::RateLimit> {
    limits.into_iter().map(|limit| limit.0.into()).collect()
}

/// Rate limits as they are answered.
pub(super) fn show(limits: &[limit::RateLimit]) -> Vec<RateLimit> {
    limits.iter().map(Into::into).collect()
}

impl From<RateLimitInput> for limit::RateLimit {
    fn from(wire: RateLimitInput) -> Self {
        Self {
            name: wire.name,
            limit: Limit {
                count: wire.limit,
                window_s: wire.window_seconds,
                burst: wire.burst.unwrap_or(wire.limit.max(1)),
            },
        }
    }
}

impl From<&limit::RateLimit> for RateLimit {
    fn from(domain: &limit::RateLimit) -> Self {
        Self {
            name: domain.name.clone(),
            limit: domain.limit.count,
            window_seconds: domain.limit.window_s,
            burst: domain.limit.burst,
        }
    }
}

impl From<CreditsInput> for keyring::NewCredits {
    fn from(wire: CreditsInput) -> Self {
        Self {
            remaining: wire.remaining,
            refill: wire.refill.map(|Object(refill)| credits::Refill {
                amount: refill.amount,
                every: refill.every.into(),
            }),
        }
    }
}

impl From<credits::Credits> for Credits {
    fn from(domain: credits::Credits) -> Self {
        Self {
            remaining: domain.remaining,
            refill: domain.refill.map(|refill| Refill {
                amount: refill.amount,
                every: refill.every.into(),
            }),
        }
    }
}
