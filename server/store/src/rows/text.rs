//! What is stored as a text: limits, networks, scopes, metadata.
//! Leaves the columns that hold them to `key` and `owner`.

use keywright_model::address::{Network, NetworkError};
use keywright_model::limit::{Limit, RateLimit};
use keywright_model::metadata::Metadata;
use keywright_model::scope::Scopes;

use super::Misread;

type StoredLimit = (String, u64, u32, u64);

/// The windows of a key or an owner as they are stored: `[[name, count, window_s, burst], …]`.
///
/// # Errors
/// Never, as far as is known.
pub fn write_limits(limits: &[RateLimit]) -> Result<String, Misread> {
    let rows: Vec<StoredLimit> = limits
        .iter()
        .map(|RateLimit { name, limit }| (name.clone(), limit.count, limit.window_s, limit.burst))
        .collect();
    Ok(serde_json::to_string(&rows)?)
}

pub(super) fn read_limits(text: &str) -> Result<Vec<RateLimit>, Misread> {
    // What nearly all keys have.
    if text == "[]" {
        return Ok(Vec::new());
    }
    let rows: Vec<StoredLimit> = serde_json::from_str(text)?;
    let limits = rows
        .into_iter()
        .map(|(name, count, window_s, burst)| RateLimit {
            name,
            limit: Limit {
                count,
                window_s,
                burst,
            },
        });
    Ok(limits.collect())
}

/// The networks of a key as they are stored, separated by spaces.
#[must_use]
pub fn write_networks(networks: &[Network]) -> String {
    let texts: Vec<String> = networks.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

pub(super) fn read_networks(text: &str) -> Result<Vec<Network>, Misread> {
    let networks = text.split_ascii_whitespace().map(str::parse);
    let networks: Result<_, NetworkError> = networks.collect();
    Ok(networks?)
}

pub(super) fn read_scopes(text: &str) -> Result<Scopes, Misread> {
    Scopes::read(text).ok_or_else(|| "there are more scopes than a key may have".into())
}

pub(super) fn read_metadata(text: &str) -> Result<Metadata, Misread> {
    Ok(Metadata::recall(text)?)
}
