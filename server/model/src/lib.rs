//! The nouns of keywright and their arithmetic: keys, owners, scopes, limits, secrets, addresses, errors.
//! No I/O, nothing asynchronous: leaves what is kept to `keywright-store`, and what is allowed to `keywright-core`.

pub mod address;
pub mod bounds;
pub mod clock;
pub mod error;
pub mod histogram;
pub mod instant;
pub mod key;
pub mod limit;
pub mod metadata;
pub mod nearest;
pub mod secret;
pub mod sparingly;
