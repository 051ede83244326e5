//! The nouns of keywright and their arithmetic: keys, owners, scopes, limits, secrets, addresses, errors.
//! No I/O, nothing asynchronous: leaves what is kept to `keywright-store`, and what is allowed to `keywright-core`.

#[macro_use]
mod word;

pub mod address;
pub mod bounds;
pub mod clock;
pub mod credits;
pub mod error;
pub mod event;
pub mod histogram;
pub mod id;
pub mod instant;
pub mod key;
pub mod limit;
pub mod metadata;
pub mod nearest;
pub mod owner;
pub mod peppers;
pub mod principal;
pub mod retry;
pub mod scope;
pub mod secret;
pub mod sparingly;
pub mod verdict;
