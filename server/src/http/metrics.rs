//! What the server counts about itself while it answers.
//! Why by atomics of our own: the histograms of the metrics library take a lock, and each verification would.
//! Not here: names, labels and text, which `exposition` writes with that library.

mod exposition;

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use keywright_model::histogram::{DURATION_BOUNDS_US, Durations};

use crate::http::request_class::RequestClass;

pub(crate) use exposition::Exposition;

/// Answers by the first digit of their status.
static ANSWERS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

/// Requests and connections that were turned away, by what was short.
static SHED: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

/// How long requests took, by `RequestClass::index`.
static DURATIONS: [Durations; RequestClass::COUNT] =
    [const { Durations::new(DURATION_BOUNDS_US) }; RequestClass::COUNT];

/// What was short when somebody was turned away before anything was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shed {
    /// Places for connections.
    Connections,
    /// Room for requests in HTTP/2.
    Streams,
    /// Time to begin with a request.
    Turns,
}

impl Shed {
    /// What is short, in words.
    pub(crate) fn cause(self) -> &'static str {
        match self {
            Self::Connections => "there are as many connections as limits.connections_max",
            Self::Streams => "there are as many requests in HTTP/2 as limits.connections_max",
            Self::Turns => "all requests together would wait longer than limits.wait_max_ms",
        }
    }
}

/// Counts somebody who was turned away.
pub(crate) fn shed(cause: Shed) {
    SHED[cause as usize].fetch_add(1, Ordering::Relaxed);
}

/// Counts an answer.
pub(crate) fn count(status: StatusCode) {
    if let Some(counter) = ANSWERS.get(usize::from(status.as_u16() / 100)) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts a request that was let in and is over.
pub(crate) fn observe_request(class: RequestClass, took_us: u64) {
    DURATIONS[class.index()].observe(took_us);
}
