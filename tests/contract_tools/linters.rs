//! Redocly's linter and Spectral on the documents, as they are written and as they are served; Redocly between both.
//! Leaves which of their rules are off, and why, to their settings.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Verdict, document, node, settings, spoilt};
use crate::support::Server;
use crate::support::child::bare_command;
use crate::support::documents::CONTRACTS;

/// Redocly finds its exceptions by names beside its settings, so all of it is copied into one folder.
fn redocly(documents: &[PathBuf]) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let exceptions = ["redocly.yaml", ".redocly.lint-ignore.yaml"];
    let exceptions = exceptions.map(|name| settings().join("redocly").join(name));
    let names: Vec<PathBuf> = documents
        .iter()
        .chain(&exceptions)
        .map(|path| {
            let name = PathBuf::from(path.file_name().unwrap());
            std::fs::copy(path, folder.path().join(&name)).unwrap();
            name
        })
        .collect();
    let mut command = node("@redocly/cli/bin/cli.js");
    command
        .arg("lint")
        .args(&names[..documents.len()])
        .current_dir(folder.path());
    Verdict::of(&mut command)
}

fn spectral(documents: &[PathBuf]) -> Verdict {
    let mut command = node("@stoplight/spectral-cli/dist/index.js");
    command
        .arg("lint")
        .args(documents)
        .arg("--ruleset")
        .arg(settings().join("spectral.yaml"))
        .args(["--fail-severity", "hint"]);
    Verdict::of(&mut command)
}

fn written() -> Vec<PathBuf> {
    CONTRACTS.map(document).to_vec()
}

/// The documents as a server hands them out, in YAML and in JSON.
async fn served(folder: &Path) -> Vec<PathBuf> {
    let server = Server::start();
    let mut paths = Vec::new();
    for contract in CONTRACTS {
        for format in ["yaml", "json"] {
            let name = format!("{contract}.{format}");
            let answer = server.get(&format!("/openapi/{name}")).send().await;
            let path = folder.join(name);
            std::fs::write(&path, answer.expect(200).body).unwrap();
            paths.push(path);
        }
    }
    paths
}

#[tokio::test]
async fn redocly_finds_nothing_in_a_document_as_written_and_as_served() {
    redocly(&written()).passes();
    let folder = tempfile::tempdir().unwrap();
    redocly(&served(folder.path()).await).passes();
}

#[tokio::test]
async fn spectral_finds_nothing_in_a_document_as_written_and_as_served() {
    spectral(&written()).passes();
    let folder = tempfile::tempdir().unwrap();
    spectral(&served(folder.path()).await).passes();
}

/// Compares a document as it is written with another, and is content if nobody who has the first must know.
fn redocly_diff(written: &Path, other: &Path) -> Verdict {
    let mut command = node("@redocly/cli/bin/cli.js");
    command.arg("diff").args([written, other]);
    Verdict::of(command.args(["--fail-on", "minor"]))
}

#[test]
fn redocly_sees_no_difference_between_a_document_as_written_and_as_emitted() {
    let folder = tempfile::tempdir().unwrap();
    for contract in CONTRACTS {
        let output = bare_command(folder.path())
            .args(["openapi", contract])
            .output()
            .unwrap();
        let emitted = folder.path().join(format!("{contract}.json"));
        std::fs::write(&emitted, output.stdout).unwrap();
        redocly_diff(&document(contract), &emitted).passes();
    }
}

#[test]
fn redocly_names_a_member_that_is_there_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let copy = spoilt(folder.path(), "control", |document| {
        let verdict = &mut document["components"]["schemas"]["Verdict"]["properties"];
        verdict.as_object_mut().unwrap().remove("valid");
    });
    let verdict = redocly_diff(&document("control"), &copy);
    verdict.names(&[
        "POST /v1/keys/verify",
        "Property `valid` of `Verdict` was removed",
    ]);
}

#[test]
fn redocly_names_an_example_that_breaks_its_schema_and_a_response_without_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let copy = spoilt(folder.path(), "named-keys", |document| {
        let example =
            &mut document["components"]["responses"]["ApiKey"]["content"]["application/json"];
        example["example"]["id"] = json!(7);
    });
    redocly(&[copy]).names(&["no-invalid-media-type-examples", "id"]);
    let copy = spoilt(folder.path(), "organization-key", |document| {
        let put = &mut document["paths"]["/organizations/api-keys"]["put"]["responses"];
        put.as_object_mut()
            .unwrap()
            .retain(|status, _| !status.starts_with('4'));
    });
    redocly(&[copy]).names(&["operation-4xx-response", "~1organizations~1api-keys/put"]);
}

#[test]
fn spectral_names_a_tag_that_is_nowhere_and_an_operation_without_a_description() {
    let folder = tempfile::tempdir().unwrap();
    let copy = spoilt(folder.path(), "named-keys", |document| {
        let list = &mut document["paths"]["/v0/api_keys"]["get"];
        list["tags"] = json!(["lost"]);
        list.as_object_mut().unwrap().remove("description");
    });
    spectral(&[copy]).names(&["operation-tag-defined", "operation-description"]);
}
