//! One integration binary: a real server, real databases, real clients.
//! Leaves what a single function computes to the unit tests beside it.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod backup;
mod bad_input;
mod client_keys;
mod command_line;
mod concurrency;
mod contract_tools;
mod control;
mod durability;
mod engines;
mod events;
mod exposure;
mod failures;
mod first_start;
mod forward_auth;
mod idempotency;
mod life;
mod limits;
mod metrics;
mod moving;
mod named_keys;
mod oauth_clients;
mod openapi;
mod organization_key;
mod overload;
mod postgres;
mod readme;
mod requests;
mod rotation;
mod samples;
mod sdk;
mod secrecy;
mod siblings;
mod signals;
mod soak;
mod store;
mod stored;
mod support;
mod swagger_ui;
mod time;
mod timing;
mod tls;
mod tokens;
mod upgrading;
mod user_key;
mod written;
