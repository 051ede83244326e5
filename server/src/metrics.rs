//! What the server counts about itself, in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Answers by the first digit of their status.
static ANSWERS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

/// Counts an answer.
pub(crate) fn count(status: StatusCode) {
    if let Some(counter) = ANSWERS.get(usize::from(status.as_u16() / 100)) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// All counters.
pub(crate) async fn scrape() -> Response {
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
    let media_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (media_type, text).into_response()
}
