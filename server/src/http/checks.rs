//! What says how the server is: a list of paths, each answered whatever the load.
//! Not here: what is counted, which is for `metrics`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use crate::http::metrics::Exposition;
use keywright_api::contract::Refusal;
use keywright_api::surface::Surface;
use keywright_core::keyring::{Keyring, Writes};

/// What `/readyz` says of writes while the disk is full.
const ENDING_ONLY: &str = "the disk is full, so keys, tokens and owners can be ended and nothing else is changed: make room";
const NO_WRITES: &str = "the disk is full and so is the reserve, so nothing is changed: make room";
const READ_ONLY: &str = "PostgreSQL takes none, so nothing is changed: take default_transaction_read_only back, or see which \
                         of its servers is the primary";

/// A question about the server.
pub(crate) struct Check {
    pub(crate) path: &'static str,
    /// By which name the configuration says where it is served; without one, it is everywhere.
    pub(crate) surface: Option<Surface>,
    pub(crate) answer: fn(&Arc<Exposition>) -> MethodRouter<Arc<Keyring>>,
}

/// All of them.
pub(crate) const CHECKS: [Check; 3] = [
    Check {
        path: "/healthz",
        surface: None,
        answer: |_| get(|| async { "ok\n" }),
    },
    Check {
        path: "/readyz",
        surface: None,
        answer: |_| get(ready),
    },
    Check {
        path: "/metrics",
        surface: Some(Surface::Metrics),
        answer: |exposition| {
            let exposition = Arc::clone(exposition);
            get(async move || exposition.scrape())
        },
    },
];

/// Whether a path is one of theirs.
pub(crate) fn is_one(path: &str) -> bool {
    CHECKS.iter().any(|check| check.path == path)
}

async fn ready(State(keyring): State<Arc<Keyring>>) -> Response {
    match keyring.check().await {
        Ok(Writes::ReadOnly) => format!("ready\nwrites: {READ_ONLY}\n").into_response(),
        Ok(Writes::All) => "ready\n".into_response(),
        Ok(Writes::EndingOnly) => format!("ready\nwrites: {ENDING_ONLY}\n").into_response(),
        Ok(Writes::None) => format!("ready\nwrites: {NO_WRITES}\n").into_response(),
        Err(error) => Refusal::at("/readyz", error).into_response(),
    }
}
