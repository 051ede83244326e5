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

/// Requests and connections that were shed, by the queue that was full.
static SHED: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

/// How long requests took, by `RequestClass::index`.
static DURATIONS: [Durations; RequestClass::COUNT] =
    [const { Durations::new(DURATION_BOUNDS_US) }; RequestClass::COUNT];

/// Which queue was full when a request or connection was shed, before anything of it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shed {
    /// All slots for connections are in use.
    Connections,
    /// All permits for requests in HTTP/2 are in use.
    Streams,
    /// Requests wait too long before they are read.
    Requests,
}

impl Shed {
    /// The cause in words, with the setting that it is measured by.
    pub(crate) fn cause(self) -> &'static str {
        match self {
            Self::Connections => "there are as many connections as limits.connections_max",
            Self::Streams => "there are as many requests in HTTP/2 as limits.connections_max",
            Self::Requests => "all requests together would wait longer than limits.wait_max_ms",
        }
    }
}

/// Counts a request or connection that was shed.
pub(crate) fn shed(cause: Shed) {
    SHED[cause as usize].fetch_add(1, Ordering::Relaxed);
}

/// Counts an answer.
pub(crate) fn count(status: StatusCode) {
    if let Some(counter) = ANSWERS.get(usize::from(status.as_u16() / 100)) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts a request that was not shed and is over.
pub(crate) fn observe_request(class: RequestClass, took_us: u64) {
    DURATIONS[class.index()].observe(took_us);
}
