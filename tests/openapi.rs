//! The documents that the server hands out.
//! Leaves whether they are the canonical ones to `cargo xtask openapi`.

mod told;

use std::process::Command;

use serde_json::{Value, json};

use crate::support::child::bare_command;
use crate::support::documents::{CONTRACTS, canonical};
use crate::support::{Server, assert_answer, target};

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
            .get(&format!("/openapi/{contract}.json?servers=relative"))
            .send()
            .await
            .expect(200);
        assert_eq!(json.header("content-type"), Some("application/json"));
        assert_eq!(json.json(), printed(contract, &[]), "{contract}");
        let yaml = server
            .get(&format!("/openapi/{contract}.yaml?servers=relative"))
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

/// Where a document says that the server is, and where its tokens come from.
fn addresses(document: &Value) -> [&Value; 2] {
    let flow = "/components/securitySchemes/access_token/flows/clientCredentials/tokenUrl";
    [&document["servers"], document.pointer(flow).unwrap()]
}

#[tokio::test]
async fn a_document_names_the_address_that_was_asked_and_any_page_may_read_it() {
    let server = Server::start();
    for host in ["keys.example.com:8443", "[::1]:80"] {
        for extension in ["json", "yaml"] {
            let request = server.get(&format!("/openapi/client-keys.{extension}"));
            let answer = request.header("host", host).send().await.expect(200);
            let document: Value = serde_norway::from_slice(&answer.body).unwrap();
            assert_eq!(
                addresses(&document),
                [
                    &json!([{ "url": format!("http://{host}") }]),
                    &json!(format!("http://{host}/oauth/token"))
                ]
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        }
    }
    let asked = server.request("OPTIONS", "/openapi/control.json");
    let asked = asked.header("origin", "https://editor.example.com");
    let asked = asked.header("access-control-request-method", "GET");
    let refused = asked.send_beside_the_documents().await.expect(405);
    assert_eq!(refused.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_document_names_the_configured_address_whatever_was_asked() {
    let server = Server::with(&[("tokens.issuer", "https://keys.example.com/base/")]);
    let answer = server.get("/openapi/client-keys.json").send().await;
    assert_eq!(
        addresses(&answer.expect(200).json()),
        [
            &json!([{ "url": "https://keys.example.com/base" }]),
            &json!("https://keys.example.com/base/oauth/token")
        ]
    );
    let relative = server.get("/openapi/client-keys.json?servers=relative");
    assert_eq!(
        addresses(&relative.send().await.expect(200).json()),
        [&json!([{ "url": "/" }]), &json!("/oauth/token")]
    );
}

#[tokio::test]
async fn a_document_that_is_wanted_in_another_way_is_refused() {
    let server = Server::start();
    for query in [
        "servers=absolute",
        "servers=",
        "server=relative",
        "version=2.0",
        "version=3.0&version=3.1",
    ] {
        let answer = server
            .get(&format!("/openapi/control.json?{query}"))
            .send_beside_the_documents()
            .await;
        assert!(
            answer.expect(400).string("/detail").contains("must be"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_document_is_there_in_openapi_3_0_with_all_its_operations_and_content_types() {
    let server = Server::start();
    for contract in CONTRACTS {
        let get = async |query: &str| {
            let json = server.get(&format!("/openapi/{contract}.json{query}"));
            let json = json.send().await.expect(200).json();
            let yaml = server.get(&format!("/openapi/{contract}.yaml{query}"));
            let yaml: Value =
                serde_norway::from_slice(&yaml.send().await.expect(200).body).unwrap();
            assert_eq!(json, yaml, "{contract}");
            json
        };
        let (own, lowered) = (get("?version=3.1").await, get("?version=3.0").await);
        assert_eq!(own, get("").await, "{contract}");
        assert_eq!(lowered["openapi"], "3.0.3", "{contract}");
        assert_eq!(lowered["servers"], own["servers"], "{contract}");
        assert_eq!(operations(&lowered), operations(&own), "{contract}");
        assert_eq!(media_types(&lowered), media_types(&own), "{contract}");
        let read = serde_json::from_value::<openapiv3::OpenAPI>(lowered.clone());
        read.unwrap_or_else(|error| panic!("{contract}: {error}"));
        assert!(!lowered.to_string().contains(r#""null""#), "{contract}");
    }
}

/// Fails unless `PyYAML` reads the second file as JSON reads the first.
const READS_THE_SAME: &str = "
import json, sys, yaml
with open(sys.argv[1]) as j, open(sys.argv[2]) as y:
    if json.load(j) != yaml.safe_load(y):
        sys.exit('the YAML is another document')
";

#[tokio::test]
async fn a_reader_of_yaml_1_1_takes_the_yaml_for_the_json() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    for contract in CONTRACTS {
        let mut python = Command::new("python3");
        python.args(["-c", READS_THE_SAME]);
        python.env("PYTHONPATH", target().join("tools/python"));
        for extension in ["json", "yaml"] {
            let path = format!("/openapi/{contract}.{extension}");
            let answer = server.get(&path).send().await.expect(200);
            let file = folder.path().join(format!("{contract}.{extension}"));
            std::fs::write(&file, &answer.body).unwrap();
            python.arg(file);
        }
        let output = python
            .output()
            .expect("python3 is here: run `cargo xtask setup`");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{contract}: {said}");
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

/// The content types of all bodies, in the order of their places.
fn media_types(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![&document["paths"]];
    while let Some(value) = left.pop() {
        if let Some(content) = value.get("content").and_then(Value::as_object) {
            found.extend(content.keys().cloned());
        }
        match value {
            Value::Object(members) => left.extend(members.values()),
            Value::Array(elements) => left.extend(elements),
            _ => {}
        }
    }
    found
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
