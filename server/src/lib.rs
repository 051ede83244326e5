//! keywright issues, verifies and retires API keys, and speaks several API-key contracts over one core.
//!
//! Each crate names what it uses in its `Cargo.toml`; the arrows all point downhill:
//!
//! ```text
//! keywright (this one: cli, http, config) → api → core → store → model
//!     └→ store-sqlite → store                        operator → sdk: it meets a server as any client does
//! ```
//!
//! - `keywright-api`: wire formats, one module a contract, and the documents that are emitted; no rules.
//! - `keywright-core`: every rule and every permission, and access tokens; no HTTP, no SQL.
//! - `keywright-store`: what is kept, in domain words, and the memory in front of it; `keywright-store-sqlite`: the engine.
//! - [`http`]: connections, overload, TLS, metrics, the log of requests.
//! - [`database`]: picks the engine by the URL's scheme; no other file of this crate names one.
//! - `keywright-operator`: the commands on a running server; [`cli`]: the command line, and those on a database itself.

pub mod agreed;
pub mod cli;
pub mod config;
pub mod database;
pub mod first_start;
pub mod http;
pub mod log;
pub mod pepper;
pub mod runtime;
