//! What all contracts share: the list of them, their extractors, and the way an error finds its envelope.
//! Leaves wire names, statuses and words to each contract's file.

mod body;
mod client_keys;
mod context;
mod control;
mod document;
mod extract;
#[doc(hidden)]
pub mod fuzz;
mod headers;
mod list;
mod metadata;
mod named_keys;
mod number;
pub mod operation;
mod organization_key;
mod refusal;
pub mod routes;
mod token_endpoint;
mod user_key;
mod wire;
mod zeroizing;

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;

use crate::openapi::Decoration;
use crate::surface::Surface;
use keywright_core::keyring::Keyring;
use keywright_model::error::Error;
use keywright_model::secret::Secret;

use body::Json;
pub use body::{BODY_LEN_MAX, Received, receive};
use context::context;
pub use context::{Context, Cost};
use extract::NoQuery;
pub use extract::{Caller, FilteringCaller, Id, Query, Segment};
use operation::Declared;
pub use refusal::{Failure, Refusal};
use refusal::{
    RETRY_AFTER_S, coarse_status_of, status_of, with_bearer_challenge, with_retry_header,
    with_shared_headers,
};
use wire::{WireId, WireInstant, instant, seconds};
use zeroizing::{WireSecret, secret_answer};

/// One contract: where it carries a credential, and how it says no.
pub trait Contract: Send + Sync + 'static {
    /// Whether successes and mistakes say, too, what is left of the caller's window.
    const SHOWS_RATE: bool = false;

    /// Whether successes say, too, when the caller's key ends because it was replaced.
    const SHOWS_GRACE: bool = false;

    /// Whether a query is refused where the operation has none; the providers' contracts ignore it.
    const REFUSES_QUERIES: bool = false;

    /// The credential of a request; `None` if there is none.
    ///
    /// # Errors
    /// `CredentialUnreadable`.
    fn credential(headers: &HeaderMap) -> Result<Option<Secret>, Error>;

    /// The answer to an error, in the contract's envelope.
    fn refuse(error: &Error, context: &Context, keyring: &Keyring) -> Response;
}

/// Writes the answer to an error, in a contract's envelope.
pub type Refuse = fn(&Error, &Context, &Keyring) -> Response;

/// A contract as the server mounts it.
pub struct Mounted {
    /// Its name: of its document, and of its module in the SDK.
    pub name: &'static str,
    /// Whom it is for, in a sentence without an end; for the overview of the pages.
    pub for_whom: &'static str,
    /// Paths below these are its own, even where nothing is served.
    pub prefixes: &'static [&'static str],
    /// How it says no.
    pub refuse: Refuse,
    /// Other paths of its, where nothing but what is served is its own.
    pub annexes: &'static [&'static str],
    /// By which name the configuration says where it is served.
    pub surface: Surface,
    /// Its operations.
    pub operations: &'static [Declared],
    /// Those of its operations that the configuration places by themselves.
    pub apart: &'static [Part],
    /// What its document says beyond its operations.
    pub decoration: fn() -> Decoration,
}

/// Operations and what the document says of them.
pub type Operations = OpenApiRouter<Arc<Keyring>>;

/// Operations that are served in the same place, and the name by which the configuration says where.
pub type Part = (Surface, &'static [Declared]);

/// Mounts operations and documents them.
#[must_use]
pub fn mount(operations: impl IntoIterator<Item = &'static Declared>) -> Operations {
    let operations = operations.into_iter();
    operations.fold(Operations::new(), |router, operation| {
        operation.mount(router)
    })
}

impl Mounted {
    /// Its parts, each with the name by which the configuration places it.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        std::iter::once((self.surface, self.operations)).chain(self.apart.iter().copied())
    }

    /// All its operations.
    pub fn declared(&self) -> impl Iterator<Item = &'static Declared> {
        self.parts().flat_map(|(_, operations)| operations)
    }

    /// Whether a path is its own, even where nothing is served.
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| is_below(path, prefix))
    }
}

/// Whether a path is the prefix or lies below it.
#[must_use]
pub fn is_below(path: &str, prefix: &str) -> bool {
    let behind = path.strip_prefix(prefix);
    behind.is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}

/// The contracts, in the order in which people see them.
///
/// Not a `const`: each crate that names one compiles all handlers behind it once more.
pub static CONTRACTS: &[Mounted] = &[
    control::MOUNTED,
    user_key::MOUNTED,
    client_keys::MOUNTED,
    named_keys::MOUNTED,
    organization_key::MOUNTED,
];

/// How the contract that owns a path says no, or OAuth; elsewhere, problems as `control` writes them.
#[must_use]
pub fn refuse_at(path: &str) -> Refuse {
    let owner = CONTRACTS.iter().find(|mounted| mounted.owns(path));
    let own = owner.map(|mounted| mounted.refuse);
    own.or_else(|| routes::at(path)?.refuse())
        .or_else(|| token_endpoint::refuse_at(path))
        .unwrap_or(control::MOUNTED.refuse)
}
