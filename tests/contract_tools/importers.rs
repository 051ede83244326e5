//! HTTP workbenches that import the documents as a server hands them out, and know from that where to send requests.
//! Leaves what else they make of a document to them.

use std::path::{Path, PathBuf};

use super::{Verdict, installed, node, settings};
use crate::support::Server;
use crate::support::documents::{CONTRACTS, canonical};

const WORKBENCHES: [&str; 3] = ["postman", "bruno", "insomnia"];

fn import(documents: &[PathBuf]) -> Verdict {
    let mut command = node(settings().join("importers.cjs").to_str().unwrap());
    command.env("NODE_PATH", installed("node").join("node_modules"));
    Verdict::of(command.args(documents))
}

async fn served(server: &Server, query: &str, folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for contract in CONTRACTS {
        let answer = server.get(&format!("/openapi/{contract}.json{query}"));
        let path = folder.join(format!("{contract}.json"));
        std::fs::write(&path, answer.send().await.expect(200).body).unwrap();
        paths.push(path);
    }
    paths
}

/// What the workbenches are to say of the documents, if they would send their requests to this address.
fn expected(base: [&str; 3]) -> Vec<String> {
    let counts = CONTRACTS.map(|contract| {
        let paths = canonical(contract)["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|path| path.as_object().unwrap().values());
        operations
            .filter(|operation| operation.get("operationId").is_some())
            .count()
    });
    let lines = counts.iter().flat_map(|count| {
        WORKBENCHES
            .iter()
            .zip(base)
            .map(move |(name, base)| format!("{name}: {count} requests to {base}"))
    });
    lines.collect()
}

fn lines(said: &str) -> Vec<&str> {
    let is_result = |line: &&str| {
        WORKBENCHES
            .iter()
            .any(|name| line.starts_with(&format!("{name}: ")))
    };
    said.lines().filter(is_result).collect()
}

#[tokio::test]
async fn postman_bruno_and_insomnia_import_every_operation_and_the_servers_address() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let base = server.url("");
    for query in ["", "?version=3.0"] {
        let documents = served(&server, query, folder.path()).await;
        let said = import(&documents).passes();
        assert_eq!(lines(&said), expected([&base; 3]), "{query}: {said}");
    }
}

#[tokio::test]
async fn they_do_not_know_where_to_send_requests_from_a_document_without_an_address() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let documents = served(&server, "?servers=relative", folder.path()).await;
    let said = import(&documents).passes();
    assert_eq!(lines(&said), expected(["/", "", "http://"]), "{said}");
}
