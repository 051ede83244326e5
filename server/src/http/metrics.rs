//! What the server counts about itself, in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use keywright_core::keyring::{Counts, Keyring, Writes};
use keywright_store_sqlite::Refused;

/// Answers by the first digit of their status.
static ANSWERS: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

/// Requests and connections that were turned away, by what was short.
static SHED: [AtomicU64; 3] = [const { AtomicU64::new(0) }; 3];

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

/// All counters; `connections` and `requests` are those under way.
pub(crate) fn scrape(keyring: &Keyring, (connections, requests): (usize, usize)) -> Response {
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
    write_load(&mut text, connections, requests);
    write_room(&mut text, keyring);
    write_cache(&mut text, keyring.cache_counts());
    let media_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (media_type, text).into_response()
}

fn write_load(text: &mut String, connections: usize, requests: usize) {
    let [connections_shed, streams_shed, turns_shed] =
        [Shed::Connections, Shed::Streams, Shed::Turns]
            .map(|cause| SHED[cause as usize].load(Ordering::Relaxed));
    let Refused { reads, writes } = keywright_store_sqlite::refused();
    write!(
        text,
        "# HELP keywright_connections Connections that are open.\n\
         # TYPE keywright_connections gauge\n\
         keywright_connections {connections}\n\
         # HELP keywright_requests_in_flight Requests that are under way.\n\
         # TYPE keywright_requests_in_flight gauge\n\
         keywright_requests_in_flight {requests}\n\
         # HELP keywright_shed_total Requests answered 503 at once, by what they would have waited for.\n\
         # TYPE keywright_shed_total counter\n\
         keywright_shed_total{{queue=\"connections\"}} {connections_shed}\n\
         keywright_shed_total{{queue=\"streams\"}} {streams_shed}\n\
         keywright_shed_total{{queue=\"turns\"}} {turns_shed}\n\
         keywright_shed_total{{queue=\"reads\"}} {reads}\n\
         keywright_shed_total{{queue=\"writes\"}} {writes}\n"
    )
    .expect("writing to a string does not fail");
}

fn write_room(text: &mut String, keyring: &Keyring) {
    let level = match keyring.writes() {
        Writes::All => 0,
        Writes::EndingOnly => 1,
        Writes::None => 2,
    };
    let reserve_len = keyring.reserve_len();
    write!(
        text,
        "# HELP keywright_writes_restricted 0: every change is made; 1: the disk is full, only what ends access is \
         written; 2: not even that.\n\
         # TYPE keywright_writes_restricted gauge\n\
         keywright_writes_restricted {level}\n\
         # HELP keywright_reserve_bytes Disk space kept for changes that end access.\n\
         # TYPE keywright_reserve_bytes gauge\n\
         keywright_reserve_bytes {reserve_len}\n"
    )
    .expect("writing to a string does not fail");
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
            "absent_total",
            "counter",
            "Look-ups of keys that do not exist answered without the database.",
            counts.absent,
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
