//! What `/metrics` says, parsed as a scraper does: its text, its histograms, and its table in the documentation.
//! Leaves what each counter counts to the tests of what is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::json;

use crate::support::{Server, site::Site, until, workspace};

/// What one scrape says.
#[derive(Debug, Default)]
struct Scrape {
    /// The kind of each metric, by its name.
    kinds: BTreeMap<String, String>,
    /// Each value, by name and labels as they are written.
    values: BTreeMap<String, f64>,
}

impl Scrape {
    async fn of(site: &Site) -> Self {
        let answer = site.get("/metrics").send().await.expect(200);
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; version=0.0.4; charset=utf-8")
        );
        Self::parse(&answer.text())
    }

    /// Reads the text, and refuses what breaks the format: a sample before its metric is declared, a second
    /// declaration, a second sample of the same labels, a value that is no number.
    fn parse(text: &str) -> Self {
        let mut scrape = Self::default();
        let mut helped = BTreeSet::new();
        let mut current = String::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').unwrap();
                assert!(words.ends_with('.') && !words.ends_with(".."), "{line}");
                assert!(helped.insert(name.to_owned()), "{line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert!(helped.contains(name), "{line}");
                let known = scrape.kinds.insert(name.to_owned(), kind.to_owned());
                assert_eq!(known, None, "{line}");
                name.clone_into(&mut current);
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let rest = series.strip_prefix(&current).expect(line);
                let suffix = rest.split('{').next().unwrap();
                let is_histogram = scrape.kinds[&current] == "histogram";
                let suffixes: &[&str] = if is_histogram {
                    &["_bucket", "_sum", "_count"]
                } else {
                    &[""]
                };
                assert!(suffixes.contains(&suffix), "{line}");
                let value = value.parse().expect(line);
                let known = scrape.values.insert(series.to_owned(), value);
                assert_eq!(known, None, "{line}");
            }
        }
        scrape
    }

    /// A value; 0 for a series that has not begun.
    fn get(&self, series: &str) -> f64 {
        self.values.get(series).copied().unwrap_or_default()
    }

    /// How many requests of a contract and class have been timed.
    fn timed(&self, contract: &str, class: &str) -> f64 {
        self.get(&format!(
            "keywright_request_duration_seconds_count{{contract=\"{contract}\",class=\"{class}\"}}"
        ))
    }

    /// The series of a histogram, each with what it counts up to its bounds, in their order.
    fn buckets(&self, name: &str) -> BTreeMap<String, Vec<(f64, f64)>> {
        let mut histograms = BTreeMap::<String, Vec<(f64, f64)>>::new();
        for (series, value) in &self.values {
            let Some(labels) = series.strip_prefix(&format!("{name}_bucket{{")) else {
                continue;
            };
            let labels = labels.strip_suffix("\"}").unwrap();
            let (labels, bound) = labels.rsplit_once("le=\"").unwrap();
            let labels = labels.trim_end_matches(',').to_owned();
            let bound = bound.parse().unwrap();
            histograms.entry(labels).or_default().push((bound, *value));
        }
        for buckets in histograms.values_mut() {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        histograms
    }
}

#[tokio::test]
async fn each_metric_is_in_the_table_of_the_documentation_and_nothing_else_is() {
    let page = workspace().join("server/docs/metrics.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows = rows.map(|row| {
        let mut cells = row.split('|');
        let name = cells.next().unwrap().split(['{', '`']).next().unwrap();
        (name.to_owned(), cells.next().unwrap().trim().to_owned())
    });
    let server = Server::start();
    assert_eq!(Scrape::of(&server).await.kinds, rows.collect());
}

#[tokio::test]
async fn the_version_that_runs_is_told() {
    let server = Server::start();
    let version = env!("CARGO_PKG_VERSION");
    let series = format!("keywright_build_info{{version=\"{version}\"}}");
    assert!((Scrape::of(&server).await.get(&series) - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn requests_are_timed_by_contract_and_class_and_nothing_that_a_caller_chooses_is_a_label() {
    let server = Server::start();
    let root = server.root();
    let mut user = root.user().await;
    user.rotated().await;
    root.verdict(&user.key).await;
    root.get("/v1/users").await.expect(200);
    server.get("/healthz").send().await.expect(200);
    server.get("/v1/authorize/a?b").send().await.expect(401);
    server.get("/no/such-path").send().await.expect(404);
    let expected = [
        ("none", "check"),
        ("none", "read"),
        ("control", "verify"),
        ("control", "read"),
        ("control", "change"),
        ("user-key", "change"),
    ];
    let scrape = until("all requests to be timed", async || {
        let scrape = Scrape::of(&server).await;
        let is_timed = |(contract, class): &(&str, &str)| scrape.timed(contract, class) > 0.0;
        expected.iter().all(is_timed).then_some(scrape)
    })
    .await;
    // A user is made, its key is rotated; a key is verified, and a credential that is missing.
    assert_eq!(
        [
            scrape.timed("control", "change"),
            scrape.timed("user-key", "change"),
            scrape.timed("control", "verify"),
        ]
        .map(|count| format!("{count}")),
        ["1", "1", "2"]
    );
    let labels: BTreeSet<String> = scrape
        .buckets("keywright_request_duration_seconds")
        .into_keys()
        .collect();
    let expected =
        expected.map(|(contract, class)| format!("contract=\"{contract}\",class=\"{class}\""));
    assert_eq!(labels, expected.into());
}

#[tokio::test]
async fn commits_are_timed_and_their_changes_counted() {
    let server = Server::start();
    let before = Scrape::of(&server).await;
    for _ in 0..5 {
        server.root().user().await;
    }
    let after = Scrape::of(&server).await;
    let more = |series: &str| after.get(series) - before.get(series);
    assert!(more("keywright_commit_duration_seconds_count") >= 5.0);
    assert!(more("keywright_commit_duration_seconds_sum") > 0.0);
    assert!(more("keywright_commit_batch_size_sum") >= 5.0);
    // Nobody waits for the next, so each change had a transaction of its own.
    assert!(more("keywright_commit_batch_size_bucket{le=\"1\"}") >= 5.0);
}

#[tokio::test]
async fn a_change_that_is_refused_is_no_commit() {
    let server = Server::start();
    let owner = server.root().user().await;
    let before = Scrape::of(&server).await;
    let user = json!({ "id": owner.id });
    server.root().post("/v1/users", user).await.expect(409);
    let after = Scrape::of(&server).await;
    let count = |scrape: &Scrape| scrape.get("keywright_commit_batch_size_bucket{le=\"+Inf\"}");
    assert!((count(&after) - count(&before)).abs() < f64::EPSILON);
}

#[tokio::test]
async fn histograms_count_up_to_their_bounds_and_all_is_below_infinity() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    for _ in 0..20 {
        root.verdict(&user.key).await;
    }
    let scrape = Scrape::of(&server).await;
    for name in [
        "keywright_request_duration_seconds",
        "keywright_commit_duration_seconds",
        "keywright_commit_batch_size",
    ] {
        let histograms = scrape.buckets(name);
        assert!(!histograms.is_empty(), "{name}");
        for (labels, buckets) in histograms {
            assert!(buckets.is_sorted_by_key(|(_, count)| *count), "{name}");
            let (bound, count) = *buckets.last().unwrap();
            assert!(bound.is_infinite(), "{name}");
            let series = match labels.as_str() {
                "" => format!("{name}_count"),
                labels => format!("{name}_count{{{labels}}}"),
            };
            assert!(
                (scrape.get(&series) - count).abs() < f64::EPSILON,
                "{series}"
            );
        }
    }
}
