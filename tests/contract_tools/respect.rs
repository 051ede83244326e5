//! Redocly Respect does every operation as a document describes it: its security, its parameters, its own example.
//! Leaves what no document can know, credentials and ids, to the cases of `secrecy`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Verdict, document, node, spoilt};
use crate::secrecy::cases::{Case, World};
use crate::support::Server;
use crate::support::documents::canonical;

/// These examples name an owner, a key or a client that is none of this server's.
const WITHOUT_OWN_EXAMPLE: [&str; 5] = [
    "create_key",
    "self_revoke",
    "introspect_token",
    "issue_token",
    "revoke_token",
];

fn redocly(folder: &Path, words: &[&str]) -> Verdict {
    let mut command = node("@redocly/cli/bin/cli.js");
    Verdict::of(command.args(words).current_dir(folder))
}

/// Does each operation of a document once, in Respect's own way.
async fn respect(contract: &str, document: &Path) -> Verdict {
    let server = Server::start();
    let world = World::new(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let (source, arazzo) = (format!("{contract}.yaml"), "arazzo.yaml");
    std::fs::copy(document, folder.path().join(&source)).unwrap();
    redocly(
        folder.path(),
        &["generate-arazzo", &source, "--output-file", arazzo],
    )
    .passes();
    let path = folder.path().join(arazzo);
    let mut flow: Value = serde_norway::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let workflows = flow["workflows"].as_array_mut().unwrap();
    // Whoever replaces its key with the first request has none for the second.
    workflows.sort_by_key(|workflow| operation_of(&workflow["steps"][0]).starts_with("generate_"));
    for workflow in workflows.iter_mut() {
        let step = &mut workflow["steps"][0];
        let (method, path, operation) = described(contract, &operation_of(step));
        let case = world.case(contract, &method, &path, operation).await;
        fill(step, &path, &case);
    }
    std::fs::write(&path, flow.to_string()).unwrap();
    let there = format!("{contract}={}", server.url(""));
    redocly(folder.path(), &["respect", arazzo, "--server", &there])
}

fn operation_of(step: &Value) -> String {
    let reference = step["operationId"].as_str().unwrap();
    reference.rsplit('.').next().unwrap().to_owned()
}

fn described(contract: &str, id: &str) -> (String, String, &'static Value) {
    let paths = canonical(contract)["paths"].as_object().unwrap();
    let found = paths.iter().find_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods
            .filter(|(_, operation)| operation["operationId"] == id)
            .map(|(method, operation)| (method.clone(), path.clone(), operation))
            .next()
    });
    found.unwrap_or_else(|| panic!("{contract} has no operation {id}"))
}

/// Puts into a step what no document can know.
fn fill(step: &mut Value, path: &str, case: &Case) {
    let mut parameters: Vec<Value> = path
        .split('/')
        .zip(case.target.split('/'))
        .filter(|(name, _)| name.starts_with('{'))
        .map(|(name, value)| parameter("path", name.trim_matches(['{', '}']), value))
        .collect();
    let headers = case.headers.iter();
    parameters.extend(headers.map(|(name, value)| parameter("header", name, value)));
    if !parameters.is_empty() {
        step["parameters"] = parameters.into();
    }
    let body = case.body.as_ref();
    if WITHOUT_OWN_EXAMPLE.contains(&operation_of(step).as_str()) {
        let mut payload = body.unwrap().clone();
        if let Some(values) = basic_of(step) {
            // The client proves itself by Basic here, and so not in the body.
            let members = payload.as_object_mut().unwrap();
            values.insert("username".to_owned(), members.remove("client_id").unwrap());
            values.insert(
                "password".to_owned(),
                members.remove("client_secret").unwrap(),
            );
        }
        step["requestBody"] = json!({ "contentType": "application/json", "payload": payload });
        // One proof is enough, where others would do as well.
        if let Some(schemes) = step.get_mut("x-security").and_then(Value::as_array_mut) {
            schemes.truncate(1);
        }
    }
    let Some(proof) = case.credential() else {
        return;
    };
    let schemes = step.get_mut("x-security").and_then(Value::as_array_mut);
    for scheme in schemes.into_iter().flatten() {
        for value in scheme["values"].as_object_mut().unwrap().values_mut() {
            *value = proof.trim_start_matches("Bearer ").into();
        }
    }
}

fn basic_of(step: &mut Value) -> Option<&mut Map<String, Value>> {
    let values = step.pointer_mut("/x-security/0/values")?.as_object_mut()?;
    values.contains_key("username").then_some(values)
}

fn parameter(place: &str, name: &str, value: &str) -> Value {
    json!({ "in": place, "name": name, "value": value })
}

#[tokio::test(flavor = "multi_thread")]
async fn redocly_respect_does_every_operation_of_user_key() {
    respect("user-key", &document("user-key")).await.passes();
}

#[tokio::test(flavor = "multi_thread")]
async fn redocly_respect_does_every_operation_of_client_keys() {
    respect("client-keys", &document("client-keys"))
        .await
        .passes();
}

#[tokio::test(flavor = "multi_thread")]
async fn redocly_respect_does_every_operation_of_named_keys() {
    respect("named-keys", &document("named-keys"))
        .await
        .passes();
}

#[tokio::test(flavor = "multi_thread")]
async fn redocly_respect_does_every_operation_of_organization_key() {
    respect("organization-key", &document("organization-key"))
        .await
        .passes();
}

#[tokio::test(flavor = "multi_thread")]
async fn redocly_respect_does_every_operation_of_control() {
    respect("control", &document("control")).await.passes();
}

#[tokio::test(flavor = "multi_thread")]
async fn redocly_respect_names_an_answer_that_is_not_what_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let copy = spoilt(folder.path(), "user-key", |document| {
        document["components"]["schemas"]["Status"]["properties"]["cost"]["type"] = json!("string");
    });
    let verdict = respect("user-key", &copy).await;
    verdict.names(&["get-user-info-step", "schema check", "cost"]);
    let copy = spoilt(folder.path(), "named-keys", |document| {
        let list = &mut document["paths"]["/v0/api_keys"]["get"]["responses"];
        let list = list.as_object_mut().unwrap();
        let answer = list.remove("200").unwrap();
        list.insert("202".to_owned(), answer);
    });
    let verdict = respect("named-keys", &copy).await;
    verdict.names(&["get-v0-api_keys-step", "200"]);
}
