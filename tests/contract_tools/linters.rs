//! Redocly's linter and Spectral on the documents, as they are written and as they are served; Redocly between both.
//! Leaves which of their rules are off, and why, to their settings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Verdict, document, node, settings, spoilt};
use crate::support::child::bare_command;
use crate::support::documents::{CONTRACTS, canonical};
use crate::support::{Server, workspace};

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

/// Joins documents into one with the options that openapi/README.md names.
fn redocly_join(documents: &[PathBuf], joined: &Path) -> Verdict {
    let readme = std::fs::read_to_string(workspace().join("openapi/README.md")).unwrap();
    let options = readme
        .lines()
        .find_map(|line| line.trim().strip_prefix("npx @redocly/cli join *.json "))
        .expect("openapi/README.md says how documents are joined");
    let mut command = node("@redocly/cli/bin/cli.js");
    command.arg("join").args(documents).args(options.split(' '));
    Verdict::of(command.arg("--output").arg(joined))
}

#[tokio::test]
async fn redocly_joins_all_documents_into_one_that_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let mut documents = served(folder.path()).await;
    documents.retain(|path| path.extension().is_some_and(|format| format == "json"));
    // The exceptions of this one hold for all: they go by the file's name.
    let path = folder.path().join("client-keys.yaml");
    redocly_join(&documents, &path).passes();
    redocly(std::slice::from_ref(&path)).passes();
    let joined = serde_norway::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let apart: BTreeSet<&str> = CONTRACTS
        .iter()
        .flat_map(|contract| operation_ids(canonical(contract)))
        .collect();
    let joined: BTreeSet<&str> = operation_ids(&joined).collect();
    assert_eq!(joined, apart);
}

fn operation_ids(document: &Value) -> impl Iterator<Item = &str> {
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    operations.filter_map(|operation| operation["operationId"].as_str())
}

#[test]
fn redocly_names_an_operation_that_stands_in_two_documents() {
    let folder = tempfile::tempdir().unwrap();
    let copy = spoilt(folder.path(), "named-keys", |document| {
        document["paths"]["/v0/api_keys"]["post"]["operationId"] = json!("create_client_key");
    });
    let documents = [document("client-keys"), copy];
    let verdict = redocly_join(&documents, &folder.path().join("joined.yaml"));
    verdict.names(&["operationIds", "create_client_key"]);
}
