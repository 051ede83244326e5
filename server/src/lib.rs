//! keywright issues, verifies and retires API keys, and speaks several API-key contracts over one core.
//!
//! The arrows, which all point downhill:
//!
//! ```text
//! main → serve → app → contract → keyring → store
//!   │      │     │ openapi → contract └→ token → store
//!   │      │     └→ redaction, cors
//!   │      └→ pepper → store, tls → config
//!   ├→ command → config, log, first_start; signals → tls
//!   ├→ operator → the SDK: it meets the rest as any client does, over HTTP
//!   ├→ audit, backup → config, pepper, store; the words and the exit codes are operator's
//!   └→ doctor → config, pepper, store, tls
//! address, bounds, clock, error, instant, key, limit, metadata, nearest, private, secret: leaves
//! ```
//!
//! - [`contract`]: wire formats, one file a contract; no SQL, no rules.
//! - [`keyring`]: every rule and every permission; no HTTP, no SQL.
//! - [`store`]: SQL; no HTTP, no rules.
//! - [`audit`], [`backup`]: the commands on a database's file; no HTTP, no SQL.
//! - [`operator`]: the commands on a running server; nothing of the server's inside.

pub mod address;
pub mod app;
pub mod audit;
pub mod backup;
pub mod bounds;
pub mod clock;
pub mod command;
pub mod config;
pub mod contract;
pub mod cors;
pub mod doctor;
pub mod error;
pub mod first_start;
pub mod instant;
pub mod key;
pub mod keyring;
pub mod limit;
pub mod log;
pub mod metadata;
pub mod metrics;
pub mod nearest;
pub mod openapi;
pub mod operator;
pub mod pepper;
pub mod private;
pub mod redaction;
pub mod secret;
pub mod serve;
pub mod signals;
pub mod store;
pub mod tls;
pub mod token;
pub mod watch;
