//! keywright issues, verifies and retires API keys, and speaks several API-key contracts over one core.
//!
//! The arrows, which all point downhill:
//!
//! ```text
//! main → serve → app → contract → keyring → store
//!   │      │     openapi → contract   └→ token → store
//!   │      └→ pepper → store
//!   ├→ command → config, log, first_start
//!   ├→ operator → the SDK: it meets the rest as any client does, over HTTP
//!   └→ doctor → config, pepper, store
//! address, clock, error, key, limit, secret: leaves
//! ```
//!
//! - [`contract`]: wire formats, one file a contract; no SQL, no rules.
//! - [`keyring`]: every rule and every permission; no HTTP, no SQL.
//! - [`store`]: SQL; no HTTP, no rules.
//! - [`operator`]: the commands on a running server; nothing of the server's inside.

pub mod address;
pub mod app;
pub mod clock;
pub mod command;
pub mod config;
pub mod contract;
pub mod doctor;
pub mod error;
pub mod first_start;
pub mod key;
pub mod keyring;
pub mod limit;
pub mod log;
pub mod metrics;
pub mod openapi;
pub mod operator;
pub mod pepper;
pub mod secret;
pub mod serve;
pub mod store;
pub mod token;
