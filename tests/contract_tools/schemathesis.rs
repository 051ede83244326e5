//! Schemathesis makes requests from the documents, keeping and breaking them, and judges the answers.
//! Leaves the rules that no schema can say, with a reason each, to its hooks.

use std::path::Path;

use serde_json::json;

use super::{Verdict, document, python, settings, spoilt};
use crate::support::documents::CONTRACTS;
use crate::support::{ROOT_KEY, Server};

/// How many examples of each operation are made in one run.
const EXAMPLES: u32 = 30;
/// The seed of the tests, so that two runs of them are the same run.
const SEED: u64 = 1;

/// What is limited by default would answer nothing but that; the limits have tests of their own.
const SETTINGS: [(&str, &str); 2] = [
    ("user_key.rate_limit_per_minute", "0"),
    ("limits.unknown_per_minute", "0"),
];

/// One run on a server, with the cases it made.
fn run(server: &Server, document: &Path, seed: u64, options: &[&str]) -> (Verdict, u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = python();
    command
        .args([
            "-c",
            "from schemathesis.cli import schemathesis; schemathesis()",
        ])
        .arg("--config-file")
        .arg(settings().join("schemathesis.toml"))
        .arg("run")
        .arg(document)
        .args(["--url", &server.url(""), "--no-color"])
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--seed", &seed.to_string()])
        .args(options)
        .env("KEYWRIGHT_URL", server.url(""))
        .env("KEYWRIGHT_ROOT", ROOT_KEY)
        .current_dir(folder.path());
    let verdict = Verdict::of(&mut command);
    let made = verdict.said.lines().find_map(|line| {
        let (count, _) = line.trim().split_once(" generated")?;
        count.parse().ok()
    });
    let made = made.unwrap_or_else(|| panic!("no cases were made: {}", verdict.said));
    (verdict, made)
}

/// The share of all documented things of a kind that the requests have met, as TraceCov counts them.
fn covered(said: &str, kind: &str) -> String {
    let line = said.lines().find(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(kind) && line.trim().ends_with('%')
    });
    let line = line.unwrap_or_else(|| panic!("no coverage of {kind} in: {said}"));
    line.split_whitespace().last().unwrap().to_owned()
}

/// Runs once, or with `HTTP_CASES` on ever new seeds until all contracts together had as many cases.
fn finds_nothing(contract: &str) {
    let server = Server::with(&SETTINGS);
    let wanted = std::env::var("HTTP_CASES").ok();
    let wanted: Option<u64> = wanted.map(|cases| cases.parse().unwrap());
    let first = wanted.map_or(SEED, |_| fastrand::u32(..).into());
    let wanted = wanted.unwrap_or(1).div_ceil(CONTRACTS.len() as u64);
    let (mut made, mut seed) = (0, first);
    while made < wanted {
        let examples = EXAMPLES.to_string();
        let (verdict, cases) = run(
            &server,
            &document(contract),
            seed,
            &["--max-examples", &examples],
        );
        let said = verdict.passes();
        for kind in ["Operations", "Keywords"] {
            assert_eq!(covered(&said, kind), "100.0%", "{kind}: {said}");
        }
        (made, seed) = (made + cases, seed + 1);
    }
    let last = seed - 1;
    println!("{contract}: {made} cases, from the seeds {first} to {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_in_user_key() {
    finds_nothing("user-key");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_in_client_keys() {
    finds_nothing("client-keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_in_named_keys() {
    finds_nothing("named-keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_in_organization_key() {
    finds_nothing("organization-key");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_in_control() {
    finds_nothing("control");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_names_an_answer_that_is_not_what_the_document_says() {
    let server = Server::with(&SETTINGS);
    let folder = tempfile::tempdir().unwrap();
    let brief = ["--max-examples", "1", "--phases", "coverage"];
    let copy = spoilt(folder.path(), "user-key", |document| {
        document["components"]["schemas"]["Status"]["properties"]["cost"]["type"] = json!("string");
    });
    let (verdict, _) = run(&server, &copy, SEED, &brief);
    verdict.names(&["PUT /user/api-key", "Response violates schema", "cost"]);

    let copy = spoilt(folder.path(), "named-keys", |document| {
        let responses = &mut document["paths"]["/v0/api_keys"]["post"]["responses"];
        responses.as_object_mut().unwrap().remove("201");
    });
    let (verdict, _) = run(&server, &copy, SEED, &brief);
    verdict.names(&["POST /v0/api_keys", "Undocumented status code", "201"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_names_what_is_taken_and_refused_against_the_document() {
    let server = Server::with(&SETTINGS);
    let folder = tempfile::tempdir().unwrap();
    let brief = ["--max-examples", "5", "--phases", "coverage"];
    let copy = spoilt(folder.path(), "control", |document| {
        let wish = &mut document["components"]["schemas"]["Verification"]["properties"];
        wish["key"]["maxLength"] = json!(10);
        wish["nickname"] = json!({"type": "string"});
    });
    let only = ["--include-path", "/v1/keys/verify"];
    let (verdict, _) = run(&server, &copy, SEED, &[&brief[..], &only].concat());
    verdict.names(&[
        "POST /v1/keys/verify",
        "Schema-violating request accepted",
        "Schema-valid request rejected",
        "nickname is not known here",
    ]);
}
