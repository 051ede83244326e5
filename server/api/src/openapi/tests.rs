use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::plain::speak_plainly;
use super::{document, operations};
use crate::contract::operation::Class;
use crate::contract::{CONTRACTS, routes};

/// Every value of a document with its pointer, except what lies in an example.
fn walk<'a>(at: &str, value: &'a Value, visit: &mut dyn FnMut(&str, &'a Value)) {
    visit(at, value);
    match value {
        Value::Object(object) => {
            let members = object.iter();
            for (key, member) in members.filter(|(key, _)| !key.starts_with("example")) {
                let key = key.replace('~', "~0").replace('/', "~1");
                walk(&format!("{at}/{key}"), member, visit);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk(&format!("{at}/{index}"), element, visit);
            }
        }
        _ => {}
    }
}

fn each_operation(mut check: impl FnMut(&str, &Map<String, Value>)) {
    for mounted in CONTRACTS {
        let mut document = document(mounted);
        assert!(
            operations(&mut document).next().is_some(),
            "{}",
            mounted.name
        );
        for operation in operations(&mut document) {
            let id = operation["operationId"].as_str().unwrap();
            check(&format!("{} {id}", mounted.name), operation);
        }
    }
}

#[test]
fn no_two_operations_of_all_contracts_share_an_id() {
    let mut ids = BTreeSet::new();
    each_operation(|_, operation| {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
    });
}

#[test]
fn every_operation_may_fail_and_be_unavailable() {
    each_operation(|id, operation| {
        for status in ["500", "503"] {
            assert!(
                operation["responses"].get(status).is_some(),
                "{id}: {status}"
            );
        }
    });
}

#[test]
fn every_answer_is_described_and_names_its_request() {
    each_operation(|id, operation| {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let description = response["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty(), "{id}: {status}");
            assert_eq!(
                response["headers"]["X-Request-Id"]["required"], true,
                "{id}: {status}"
            );
        }
    });
}

#[test]
fn null_is_a_type_at_the_listed_places_only() {
    for mounted in CONTRACTS {
        let document = document(mounted);
        let mut found = Vec::new();
        walk("", &document, &mut |at, value| {
            let types = value
                .as_array()
                .is_some_and(|types| types.contains(&json!("null")));
            if types || value.get("type") == Some(&json!("null")) {
                found.push(at.trim_end_matches("/type").to_owned());
            }
        });
        assert_eq!(found, (mounted.decoration)().nullable, "{}", mounted.name);
    }
}

#[test]
fn every_listed_pointer_leads_to_a_schema() {
    for mounted in CONTRACTS {
        let decoration = (mounted.decoration)();
        let document = document(mounted);
        for pointer in decoration.nullable.iter().chain(decoration.open) {
            let schema = document.pointer(pointer).expect(pointer);
            assert!(schema.get("type").is_some(), "{}: {pointer}", mounted.name);
        }
    }
}

#[test]
fn every_schema_is_referred_to_and_every_reference_leads_to_one() {
    for mounted in CONTRACTS {
        let document = document(mounted);
        let mut referred = BTreeSet::new();
        walk("", &document, &mut |_, value| {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                referred.insert(reference);
            }
        });
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let there: Vec<String> = schemas
            .keys()
            .map(|name| format!("#/components/schemas/{name}"))
            .collect();
        assert_eq!(
            referred,
            there.iter().map(String::as_str).collect(),
            "{}",
            mounted.name
        );
    }
}

#[test]
fn every_example_is_valid_against_its_schema() {
    for mounted in CONTRACTS {
        let document = document(mounted);
        let mut count = 0;
        walk("", &document, &mut |at, value| {
            let Some(schema) = value.get("schema") else {
                return;
            };
            let mut whole = schema.clone();
            whole["components"] = document["components"].clone();
            let validator = jsonschema::options()
                .should_validate_formats(true)
                .build(&whole)
                .unwrap();
            let named = value.get("examples").and_then(Value::as_object);
            let named = named
                .into_iter()
                .flat_map(Map::values)
                .map(|example| &example["value"]);
            for example in value.get("example").into_iter().chain(named) {
                validator
                    .validate(example)
                    .unwrap_or_else(|error| panic!("{}: {at}: {error}", mounted.name));
                count += 1;
            }
        });
        assert!(count > 10, "{}: {count}", mounted.name);
    }
}

#[test]
fn a_member_that_may_be_missing_is_not_null() {
    let mut document = json!({
        "a": {"type": ["string", "null"], "description": "One\nparagraph."},
        "b": {"oneOf": [{"$ref": "#/B"}, {"type": "null"}]},
        "c": {"type": ["object", "null"]},
        "example": {"type": ["string", "null"], "description": "Two\nlines."},
    });
    speak_plainly(&mut document, &["/c"]);
    assert_eq!(
        document,
        json!({
            "a": {"type": "string", "description": "One paragraph."},
            "b": {"$ref": "#/B"},
            "c": {"type": ["object", "null"]},
            "example": {"type": ["string", "null"], "description": "Two\nlines."},
        })
    );
}

#[test]
fn a_reference_is_not_freed_of_what_stands_beside_it() {
    let mut document = json!({"oneOf": [{"$ref": "#/B"}, {"type": "null"}], "description": "Why."});
    speak_plainly(&mut document, &[]);
    assert_eq!(
        document,
        json!({"oneOf": [{"$ref": "#/B"}], "description": "Why."})
    );
}

/// The operations of the canonical document: method, path and id of each.
fn canonical(name: &str) -> Vec<(String, String, String)> {
    let path = format!("{}/../../openapi/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let document: Value = serde_norway::from_str(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut found = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                found.push((method.to_uppercase(), path.clone(), id.to_owned()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_operation_of_a_canonical_document_is_declared_once() {
    for mounted in CONTRACTS {
        let declared = routes::of(mounted).map(|served| {
            let method = served.method.to_string();
            (method, served.path.clone(), served.id.clone())
        });
        let mut declared: Vec<_> = declared.collect();
        declared.sort();
        assert_eq!(declared, canonical(mounted.name), "{}", mounted.name);
    }
}

#[test]
fn each_declared_operation_is_found_by_its_method_and_path() {
    for served in CONTRACTS.iter().flat_map(routes::of) {
        let path = served.path.replace(['{', '}'], "");
        let place = routes::at(&path).expect(&path);
        let found = place.operation(&served.method).expect(&path);
        assert!(std::ptr::eq(found, served.operation), "{}", served.id);
        assert_eq!(
            place.class(&served.method),
            served.operation.class,
            "{}",
            served.id
        );
    }
}

#[test]
fn what_changes_nothing_is_not_declared_a_change_and_the_other_way_round() {
    // These change nothing and have a body: they are the whole list.
    let sent = [
        "verify_key",
        "verify_keys",
        "issue_token",
        "introspect_token",
    ];
    for served in CONTRACTS.iter().flat_map(routes::of) {
        let is_change = !served.method.is_safe() && !sent.contains(&served.id.as_str());
        assert_eq!(
            served.operation.class == Class::Change,
            is_change,
            "{}",
            served.id
        );
    }
}

#[test]
fn no_answer_holds_a_secret_that_is_not_declared() {
    for mounted in CONTRACTS {
        let document = document(mounted);
        for served in routes::of(mounted) {
            let method = served.method.as_str().to_ascii_lowercase();
            let answers = &document["paths"][&served.path][method]["responses"];
            let answers = answers.as_object().unwrap().iter();
            let successes = answers.filter(|(status, _)| status.starts_with('2'));
            let mut holds_secret = false;
            for (_, answer) in successes {
                holds_secret |= has_mark(&document, &answer["content"]);
            }
            assert_eq!(
                served.operation.answers_secret, holds_secret,
                "{}",
                served.id
            );
        }
    }
}

fn has_mark(document: &Value, value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let target = reference.and_then(|at| document.pointer(at.trim_start_matches('#')));
            value["format"] == "password"
                || target.is_some_and(|target| has_mark(document, target))
                || members.values().any(|member| has_mark(document, member))
        }
        Value::Array(elements) => elements.iter().any(|element| has_mark(document, element)),
        _ => false,
    }
}
