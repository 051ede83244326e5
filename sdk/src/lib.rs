//! Typed clients for the five contracts of a keywright server.
//!
//! One module per contract, each with a `Client` generated from the contract's OpenAPI document and
//! a `client` function that makes one from a base URL and a credential:
//!
//! ```no_run
//! use keywright_sdk::{Error, named_keys};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = named_keys::client("https://keys.example.com", "apikey:…")?;
//! match client.create_named_key().body_map(|key| key.name("ci-deploy")).send().await {
//!     Ok(key) => println!("{} is {}", key.name, key.id),
//!     Err(Error::ErrorResponse(refusal)) if refusal.error_code == "DuplicateName" => {
//!         println!("there is one already");
//!     }
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - **Answers** are [`ResponseValue`]s: they deref to the typed body, and carry `status()` and
//!   `headers()` (`X-Request-Id`, `Retry-After`, `RateLimit` …).
//! - **Documented errors** are [`Error::ErrorResponse`] with the contract's own error type. An error
//!   without a body, such as a 503 of [`user_key`], is [`Error::UnexpectedResponse`].
//! - **Secrets** are [`Secret`]s, which `Debug` does not show. Credentials do not show either. One
//!   thing does: [`Error::InvalidResponsePayload`] shows an answer that no document describes.
//! - **Proxies** are those that the environment names (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`,
//!   `NO_PROXY`), never for a server on this machine. One for plain `http` reads the credential.
//! - **Arguments** are checked before anything is sent: a name that breaks its documented pattern is
//!   [`Error::InvalidRequest`].
//!
//! # Verifying keys in a service
//!
//! ```no_run
//! use keywright_sdk::control::{self, types::VerificationScopesItem};
//!
//! # async fn example(control_key: &str, presented: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let client = control::verifier("http://127.0.0.1:8080", control_key)?;
//! let scopes: Vec<VerificationScopesItem> = vec!["reports:read".parse()?];
//! let verdict = client
//!     .verify_key()
//!     .body_map(|question| question.key(presented).scopes(scopes))
//!     .send()
//!     .await?;
//! if !verdict.valid {
//!     println!("refused: {}", verdict.code);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The control key needs the scope `keys:verify` and no other. Keep no verdict: a revoked key is refused from the next
//! question on, and a kept "valid" would outlive it.
//!
//! # Time limits
//!
//! A call gives up after [`TIMEOUT`] (30 seconds), connecting and reading the answer included, with
//! [`Error::CommunicationError`]. A client of [`control::verifier`] gives up after [`VERIFICATION_TIMEOUT`] (1 second), one
//! of [`organization_key`] after [`ORGANIZATION_KEY_TIMEOUT`] (150 seconds), since that contract lets a caller wait. The
//! `client_with` functions take another limit in [`Options`]. Nothing is tried again by itself: a change that was given up
//! may have been made, so repeat it with the same `Idempotency-Key`.
//!
//! # Bringing your own HTTP client
//!
//! The `client` functions send the credential and follow no redirects: a credential must not wander. For another
//! TLS setup, a proxy or a pool that is shared, build a [`reqwest::Client`] with the contract's `headers` as default
//! headers; its time limit is yours to set:
//!
//! ```no_run
//! use keywright_sdk::{reqwest, user_key};
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let http = reqwest::Client::builder()
//!     .default_headers(user_key::headers("123e4567-e89b-42d3-a456-426655440000")?)
//!     .build()?;
//! let client = user_key::Client::new_with_client("https://keys.example.com", http);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `rustls` (on by default): https with the machine's own root certificates.

#![deny(missing_docs)]

// Generated code names the types of this crate by the crate's public name.
extern crate self as keywright_sdk;

mod connect;
mod contracts;
mod generated;
mod options;
mod secret;

pub use progenitor_client::{Error, ResponseValue};
pub use reqwest;

pub use connect::BuildError;
pub use contracts::{client_keys, control, named_keys, organization_key, user_key};
pub use options::{ORGANIZATION_KEY_TIMEOUT, Options, TIMEOUT, VERIFICATION_TIMEOUT};
pub use secret::Secret;
