//! The documents that the server hands out.
//! Leaves whether they are the canonical ones to `cargo xtask openapi`.

use serde_json::Value;

use crate::support::child::bare_command;
use crate::support::documents::{CONTRACTS, canonical};
use crate::support::{Server, assert_answer};

fn printed(contract: &str, format: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = bare_command(folder.path())
        .args(["openapi", contract])
        .args(format)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // YAML includes JSON.
    if format.is_empty() {
        serde_json::from_slice(&output.stdout).unwrap()
    } else {
        serde_norway::from_slice(&output.stdout).unwrap()
    }
}

#[tokio::test]
async fn the_server_hands_out_what_it_prints() {
    let server = Server::start();
    for contract in CONTRACTS {
        let json = server
            .get(&format!("/openapi/{contract}.json"))
            .send()
            .await
            .expect(200);
        assert_eq!(json.header("content-type"), Some("application/json"));
        assert_eq!(json.json(), printed(contract, &[]), "{contract}");
        let yaml = server
            .get(&format!("/openapi/{contract}.yaml"))
            .send()
            .await
            .expect(200);
        let media = yaml.header("content-type").unwrap();
        assert!(media.contains("yaml"), "{media}");
        let yaml: Value = serde_norway::from_slice(&yaml.body).unwrap();
        assert_eq!(yaml, json.json(), "{contract}");
        assert_eq!(printed(contract, &["--format", "yaml"]), yaml, "{contract}");
    }
}

#[tokio::test]
async fn a_document_that_is_handed_out_has_the_canonical_operations() {
    let server = Server::start();
    for contract in CONTRACTS {
        let emitted = server
            .get(&format!("/openapi/{contract}.json"))
            .send()
            .await
            .json();
        assert_eq!(
            operations(&emitted),
            operations(canonical(contract)),
            "{contract}"
        );
    }
}

#[tokio::test]
async fn an_unknown_contract_has_no_document() {
    let server = Server::start();
    assert_answer!(server.get("/openapi/other.json").send().await, @r#"
    {
      "body": {
        "detail": "nothing is served at this path: see /docs/ for what is",
        "request_id": "[request id]",
        "status": 404,
        "title": "Not Found",
        "type": "about:blank"
      },
      "headers": {
        "content-type": "application/problem+json",
        "x-request-id": "[request id]"
      },
      "status": 404
    }
    "#);
    server.get("/openapi/user-key.xml").send().await.expect(404);
    server.get("/openapi/user-key").send().await.expect(404);
}

#[test]
fn an_unknown_contract_cannot_be_printed_and_the_known_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = bare_command(folder.path())
        .args(["openapi", "other"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    for contract in CONTRACTS {
        assert!(said.contains(contract), "{said}");
    }
}

#[test]
fn printing_a_document_needs_no_database_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    bare_command(folder.path())
        .args(["openapi", "user-key"])
        .output()
        .unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Each operation with its statuses.
fn operations(document: &Value) -> Vec<String> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let mut statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
            statuses.sort_unstable();
            let id = operation["operationId"].as_str().unwrap();
            operations.push(format!("{method} {path} {id} {}", statuses.join(" ")));
        }
    }
    operations.sort();
    operations
}
