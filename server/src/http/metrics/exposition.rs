//! The text of `/metrics`: each name, its labels and what it says, in the text format of Prometheus.
//! Not here: counting. What is counted is read at each scrape, so nothing is kept twice.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::header;
use axum::response::{IntoResponse, Response};
use keywright_core::keyring::{Keyring, Writes};
use keywright_model::histogram::Reading;
use keywright_store::Refused;
use keywright_store::freshness::Freshness;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::prometheus_text::{self, CONTENT_TYPE};
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::{ANSWERS, DURATIONS, SHED, Shed};
use crate::database;
use crate::http::app::Load;
use crate::http::request_class::RequestClass;

/// All metrics of a server, ready to be written.
pub(crate) struct Exposition(Registry);

impl Exposition {
    pub(crate) fn new(keyring: Arc<Keyring>, load: Load) -> Self {
        let mut registry = Registry::with_prefix("keywright");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version that runs", build);
        registry.register_collector(Box::new(Server { keyring, load }));
        Self(registry)
    }

    /// What is measured now.
    pub(crate) fn scrape(&self) -> Response {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0).expect("writing to a string does not fail");
        ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
    }
}

/// What is read at a scrape.
struct Server {
    keyring: Arc<Keyring>,
    load: Load,
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Collector for Server {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut metrics = Metrics(encoder);
        self.write_requests(&mut metrics)?;
        self.write_commits(&mut metrics)?;
        self.write_room(&mut metrics)?;
        self.write_cache(&mut metrics)
    }
}

impl Server {
    fn write_requests(&self, metrics: &mut Metrics<'_>) -> fmt::Result {
        let (connections, requests) = (self.load)();
        let answers = ANSWERS.iter().enumerate().skip(1);
        let answers =
            answers.map(|(class, counter)| ([("class", format!("{class}xx"))], load(counter)));
        metrics.counters("responses", "Responses by class of status.", answers)?;
        metrics.gauge("connections", "Connections that are open.", connections)?;
        metrics.gauge("requests_in_flight", "Requests in flight.", requests)?;
        let shed = |cause: Shed| load(&SHED[cause as usize]);
        let Refused { reads, writes } = database::refused();
        let shed = [
            ("connections", shed(Shed::Connections)),
            ("streams", shed(Shed::Streams)),
            ("requests", shed(Shed::Requests)),
            ("reads", reads),
            ("writes", writes),
        ];
        metrics.counters(
            "shed",
            "Requests answered 503 at once, by what they would have waited for.",
            shed.map(|(queue, count)| ([("queue", queue)], count)),
        )?;
        let mut durations = metrics.family(
            "request_duration_seconds",
            "Time from a request's head to the end of its answer, unless it was shed.",
            MetricType::Histogram,
        )?;
        for class in RequestClass::all() {
            let reading = DURATIONS[class.index()].read();
            // Most contracts have no operation of most classes.
            if reading.count() > 0 {
                let labels = [
                    ("contract", class.contract()),
                    ("class", class.class.name()),
                ];
                write_histogram(durations.encode_family(&labels)?, &reading, MICROSECONDS)?;
            }
        }
        Ok(())
    }

    fn write_commits(&self, metrics: &mut Metrics<'_>) -> fmt::Result {
        let stats = self.keyring.commit_stats();
        let durations = metrics.family(
            "commit_duration_seconds",
            "Time from the begin of a transaction until it is durable.",
            MetricType::Histogram,
        )?;
        write_histogram(durations, &stats.duration_us.read(), MICROSECONDS)?;
        let batches = metrics.family(
            "commit_batch_size",
            "Changes that were committed in one transaction.",
            MetricType::Histogram,
        )?;
        write_histogram(batches, &stats.batch_len.read(), 1.0)
    }

    fn write_room(&self, metrics: &mut Metrics<'_>) -> fmt::Result {
        let level: u64 = match self.keyring.writes() {
            Writes::All => 0,
            Writes::EndingOnly => 1,
            Writes::None | Writes::ReadOnly => 2,
        };
        metrics.gauge(
            "writes_restricted",
            "0: every change is made; 1: the disk is full, only what ends access is written; 2: not even that.",
            level,
        )?;
        metrics.gauge(
            "reserve_bytes",
            "Disk space kept for changes that end access.",
            self.keyring.reserve_len(),
        )
    }

    fn write_cache(&self, metrics: &mut Metrics<'_>) -> fmt::Result {
        let counts = self.keyring.cache_counts();
        for (name, help, count) in [
            (
                "cache_hits",
                "Look-ups of keys and owners answered from memory.",
                counts.hits,
            ),
            (
                "cache_absent",
                "Look-ups of keys that do not exist answered without the database.",
                counts.absent,
            ),
            (
                "cache_misses",
                "Look-ups that went to the database.",
                counts.misses,
            ),
            (
                "cache_fills",
                "Reads that were kept in memory.",
                counts.fills,
            ),
            (
                "cache_fills_refused",
                "Reads that a change had overtaken, and that were made again.",
                counts.fills_refused,
            ),
            (
                "cache_evictions",
                "Entries that made room for others.",
                counts.evictions,
            ),
        ] {
            ConstCounter::new(count).encode(metrics.family(name, help, MetricType::Counter)?)?;
        }
        metrics.gauge("cache_entries", "Entries in memory.", counts.entries)?;
        metrics.gauge("cache_bytes", "Bytes that they take, about.", counts.bytes)?;
        let followed = self.keyring.freshness();
        metrics.gauge(
            "cache_fresh",
            "1: memory may be answered from; 0: it is too old, and everything is looked up at the primary.",
            u64::from(followed.is_none_or(Freshness::is_fresh)),
        )?;
        metrics.gauge(
            "feed_position",
            "The last event of all servers that the memory of this one has followed.",
            followed.map_or(0, Freshness::applied),
        )
    }
}

/// Durations are counted in microseconds and written in seconds.
const MICROSECONDS: f64 = 1e6;

/// Where metrics are written to.
struct Metrics<'a>(DescriptorEncoder<'a>);

impl Metrics<'_> {
    fn family<'a>(
        &'a mut self,
        name: &'a str,
        help: &str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'a>, fmt::Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }

    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        counts: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut family = self.family(name, help, MetricType::Counter)?;
        for (labels, count) in counts {
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn gauge<N>(&mut self, name: &str, help: &str, value: N) -> fmt::Result
    where
        ConstGauge<N>: EncodeMetric,
    {
        ConstGauge::new(value).encode(self.family(name, help, MetricType::Gauge)?)
    }
}

/// Writes a histogram whose values are divided by `units`.
#[expect(
    clippy::cast_precision_loss,
    reason = "the format has no other numbers: a sum is exact up to 2^53"
)]
fn write_histogram<const N: usize>(
    mut encoder: MetricEncoder<'_>,
    reading: &Reading<N>,
    units: f64,
) -> fmt::Result {
    let bounded = reading.buckets.iter();
    let bounded = bounded.map(|(bound, count)| (*bound as f64 / units, *count));
    let buckets: Vec<(f64, u64)> = bounded.chain([(f64::INFINITY, reading.above)]).collect();
    let sum = reading.sum as f64 / units;
    encoder.encode_histogram::<NoLabelSet>(sum, reading.count(), &buckets, None)
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
