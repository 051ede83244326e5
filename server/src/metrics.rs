//! What the server counts about itself, in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::keyring::{Counts, Keyring};

/// Answers by the first digit of their status.
static ANSWERS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

/// Counts an answer.
pub(crate) fn count(status: StatusCode) {
    if let Some(counter) = ANSWERS.get(usize::from(status.as_u16() / 100)) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// All counters.
pub(crate) async fn scrape(State(keyring): State<Arc<Keyring>>) -> Response {
    let mut text = String::from(
        "# HELP keywright_responses_total Responses by class of status.\n\
         # TYPE keywright_responses_total counter\n",
    );
    for (class, counter) in ANSWERS.iter().enumerate().skip(1) {
        let count = counter.load(Ordering::Relaxed);
        writeln!(
            text,
            "keywright_responses_total{{class=\"{class}xx\"}} {count}"
        )
        .expect("writing to a string does not fail");
    }
    write_cache(&mut text, keyring.cache_counts());
    let media_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (media_type, text).into_response()
}

fn write_cache(text: &mut String, counts: Counts) {
    let metrics = [
        (
            "hits_total",
            "counter",
            "Look-ups of keys and owners answered from memory.",
            counts.hits,
        ),
        (
            "misses_total",
            "counter",
            "Look-ups that went to the database.",
            counts.misses,
        ),
        (
            "fills_total",
            "counter",
            "Reads that were kept in memory.",
            counts.fills,
        ),
        (
            "fills_refused_total",
            "counter",
            "Reads that a change had overtaken, and that were made again.",
            counts.fills_refused,
        ),
        (
            "evictions_total",
            "counter",
            "Entries that made room for others.",
            counts.evictions,
        ),
        ("entries", "gauge", "Entries in memory.", counts.entries),
        (
            "bytes",
            "gauge",
            "Bytes that they take, about.",
            counts.bytes,
        ),
    ];
    for (name, kind, help, value) in metrics {
        write!(
            text,
            "# HELP keywright_cache_{name} {help}\n# TYPE keywright_cache_{name} {kind}\n\
             keywright_cache_{name} {value}\n"
        )
        .expect("writing to a string does not fail");
    }
}
