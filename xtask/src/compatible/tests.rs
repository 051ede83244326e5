//! Owns the proof that each rule around schemas finds what it is for, and lets the opposite pass.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{RULES, breaks};
use crate::document::{canonical, resolve};

/// A document with one operation, which takes and answers these schemas.
pub(super) fn document(sent: &Value, answered: &Value) -> Value {
    json!({
        "paths": {"/keys": {"post": {
            "operationId": "create_key",
            "security": [{"key": []}],
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}}],
            "requestBody": {
                "required": false,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/KeyInput"}}},
            },
            "responses": {
                "200": {
                    "description": "Fine.",
                    "headers": {
                        "X-Request-Id": {"required": true, "schema": {"type": "string"}},
                        "Retry-After": {"schema": {"type": "integer", "minimum": 0}},
                    },
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Key"}},
                        "text/csv": {"schema": {}},
                    },
                },
                "204": {"description": "Nothing."},
                "404": {"description": "Gone."},
            },
        }}},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"KeyInput": sent, "Key": answered},
        },
    })
}

fn plain() -> Value {
    document(&json!({"type": "object"}), &json!({"type": "object"}))
}

fn lines(blessed: &Value, current: &Value) -> Vec<String> {
    let found = breaks(blessed, current);
    found.iter().map(ToString::to_string).collect()
}

pub(super) fn rules(blessed: &Value, current: &Value) -> Vec<String> {
    let found = breaks(blessed, current).into_iter();
    found.map(|found| found.rule).collect()
}

/// What is not a schema, changed at this pointer: the rule that it breaks.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn changes() -> Vec<(&'static str, &'static str, Value)> {
    const OPERATION: &str = "/paths/~1keys/post";
    let media = || json!({"application/json": {"schema": {}}, "text/plain": {"schema": {}}});
    let parameter = |more: Value| {
        let mut parameter =
            json!({"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}});
        for (key, value) in more.as_object().unwrap() {
            parameter[key] = value.clone();
        }
        json!([parameter])
    };
    let at = |rest: &'static str| -> &'static str { format!("{OPERATION}{rest}").leak() };
    vec![
        (
            "api-operation-id-removed",
            at("/operationId"),
            json!("make_key"),
        ),
        ("api-path-removed-without-deprecation", "/paths", json!({})),
        (
            "api-removed-without-deprecation",
            "/paths/~1keys",
            json!({}),
        ),
        (
            "api-security-removed",
            at("/security"),
            json!([{"other": []}]),
        ),
        (
            "api-security-scope-added",
            at("/security"),
            json!([{"key": ["write"]}]),
        ),
        (
            "api-security-component-changed",
            "/components/securitySchemes/key/scheme",
            json!("basic"),
        ),
        (
            "api-security-component-removed",
            "/components/securitySchemes",
            json!({}),
        ),
        (
            "new-required-request-parameter",
            at("/parameters"),
            json!([
                {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}},
                {"name": "region", "in": "query", "required": true, "schema": {}},
            ]),
        ),
        (
            "request-parameter-became-required",
            at("/parameters"),
            parameter(json!({"required": true})),
        ),
        ("request-parameter-removed", at("/parameters"), json!([])),
        (
            "request-parameter-style-changed",
            at("/parameters"),
            parameter(json!({"explode": false})),
        ),
        (
            "request-parameter-max-decreased",
            at("/parameters"),
            parameter(json!({"schema": {"type": "integer", "maximum": 9}})),
        ),
        (
            "request-body-became-required",
            at("/requestBody/required"),
            json!(true),
        ),
        (
            "request-body-media-type-removed",
            at("/requestBody/content"),
            json!({}),
        ),
        ("request-body-removed", at("/requestBody"), Value::Null),
        (
            "required-response-header-removed",
            at("/responses/200/headers"),
            json!({
                "Retry-After": {"schema": {"type": "integer", "minimum": 0}},
            }),
        ),
        (
            "optional-response-header-removed",
            at("/responses/200/headers"),
            json!({
                "X-Request-Id": {"required": true, "schema": {"type": "string"}},
            }),
        ),
        (
            "response-header-became-optional",
            at("/responses/200/headers/X-Request-Id/required"),
            json!(false),
        ),
        (
            "response-header-min-unset",
            at("/responses/200/headers/Retry-After/schema"),
            json!({"type": "integer"}),
        ),
        ("response-body-added", at("/responses/204/content"), media()),
        (
            "response-body-removed",
            at("/responses/200/content"),
            json!({}),
        ),
        (
            "response-media-type-added",
            at("/responses/200/content/text~1plain"),
            json!({"schema": {}}),
        ),
        (
            "response-media-type-removed",
            at("/responses/200/content/text~1csv"),
            Value::Null,
        ),
        (
            "response-non-success-status-removed",
            at("/responses/404"),
            Value::Null,
        ),
        (
            "response-success-status-removed",
            at("/responses/204"),
            Value::Null,
        ),
        (
            "response-success-status-added",
            at("/responses/201"),
            json!({"description": "New."}),
        ),
        ("webhooks-changed", "/webhooks", json!({"called": {}})),
    ]
}

#[test]
fn each_rule_around_schemas_finds_what_it_is_for() {
    let mut seen = BTreeSet::new();
    for (rule, at, value) in changes() {
        let mut current = plain();
        let (parent, name) = at.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/");
        let parent = current.pointer_mut(parent).expect(at);
        if value.is_null() {
            parent.as_object_mut().unwrap().remove(&name);
        } else {
            parent[&name] = value;
        }
        assert_eq!(rules(&plain(), &current), [rule], "{at}");
        seen.insert(rule);
    }
    // The two that need another beginning.
    let mut bodiless = plain();
    bodiless["paths"]["/keys"]["post"]
        .as_object_mut()
        .unwrap()
        .remove("requestBody");
    let mut required = plain();
    required["paths"]["/keys"]["post"]["requestBody"]["required"] = json!(true);
    assert_eq!(rules(&bodiless, &required), ["request-body-added-required"]);
    assert_eq!(rules(&bodiless, &plain()), [""; 0]);
    seen.insert("request-body-added-required");
    let mut more = plain();
    more["components"]["schemas"]["Lost"] = json!({});
    assert_eq!(rules(&more, &plain()), ["api-schema-removed"]);
    assert_eq!(rules(&plain(), &more), [""; 0]);
    seen.insert("api-schema-removed");
    for rule in RULES {
        assert!(seen.contains(rule), "nothing breaks {rule}");
    }
}

#[test]
fn what_widens_requests_and_tells_more_passes() {
    let mut current = document(
        &json!({"type": "object", "properties": {"name": {"type": "string"}}}),
        &json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}),
    );
    let operation = &mut current["paths"]["/keys"]["post"];
    operation["security"] = json!([{"key": []}, {}]);
    operation["summary"] = json!("Other words.");
    operation["responses"]["409"] = json!({"description": "Taken."});
    operation["responses"]["200"]["headers"]["Sunset"] = json!({"schema": {"type": "string"}});
    operation["parameters"][0]["schema"]["maximum"] = json!(100);
    operation["parameters"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "offset", "in": "query", "schema": {"type": "integer"}}));
    current["paths"]["/other"] = json!({"get": {}});
    assert_eq!(lines(&plain(), &current), [""; 0]);
}

#[test]
fn a_break_is_told_in_a_sentence_with_its_place_and_whom_it_breaks() {
    let kind = |values: Value| {
        json!({"type": "object", "required": ["kind"],
            "properties": {"kind": {"type": "string", "enum": values}}})
    };
    let blessed = document(&kind(json!(["a", "b"])), &kind(json!(["a", "b"])));
    let mut current = document(&kind(json!(["a"])), &json!({"type": "object"}));
    current["components"]["schemas"]["KeyInput"]["required"] = json!(["kind", "owner"]);
    current["components"]["schemas"]["KeyInput"]["properties"]["owner"] = json!({});
    current["paths"]["/keys"]["post"]["responses"]
        .as_object_mut()
        .unwrap()
        .remove("404");
    assert_eq!(
        lines(&blessed, &current),
        [
            "/components/schemas/KeyInput/properties/kind/enum/b: request-property-enum-value-removed: \
             whoever sends `kind` as before may be refused or understood otherwise: \"b\" is refused (in create_key)",
            "/components/schemas/KeyInput/properties/owner: new-required-request-property: \
             whoever leaves `owner` out is refused: it must be sent (in create_key)",
            "/components/schemas/Key/properties/kind: response-required-property-removed: \
             clients that read `kind`, which was always there, no longer find it (in create_key)",
            "/paths/~1keys/post/responses/404: response-non-success-status-removed: \
             clients that handle 404 do not know what comes instead (in create_key)",
        ]
    );
}

#[test]
fn a_schema_in_many_operations_is_told_of_once_and_one_in_circles_ends() {
    let circle = |required: Value| {
        json!({"type": "object", "required": required,
            "properties": {"parent": {"$ref": "#/components/schemas/Key"}}})
    };
    let mut blessed = document(&json!({}), &circle(json!(["parent"])));
    let mut current = document(&json!({}), &circle(json!([])));
    for document in [&mut blessed, &mut current] {
        let mut other = document["paths"]["/keys"].clone();
        other["post"]["operationId"] = json!("rotate_key");
        document["paths"]["/rotate"] = other;
    }
    assert_eq!(
        lines(&blessed, &current),
        [
            "/components/schemas/Key/properties/parent: response-property-became-optional: \
             clients that count on `parent` may not find it: it may be left out (in create_key and 1 more)"
        ]
    );
}

#[test]
fn a_break_of_a_real_document_is_found_and_an_added_optional_member_passes() {
    let blessed = resolve(&canonical("control").unwrap()).document;
    let at = |name: &str| format!("/components/schemas/{name}");
    let broken = |plant: &dyn Fn(&mut Value)| {
        let mut current = blessed.clone();
        plant(&mut current);
        let found = breaks(&blessed, &current);
        let mut rules: Vec<String> = found.into_iter().map(|found| found.rule).collect();
        rules.dedup();
        rules
    };
    let remove = |document: &mut Value, parent: &str, name: &str| {
        let parent = document.pointer_mut(parent).unwrap().as_object_mut();
        parent.unwrap().remove(name).unwrap();
    };
    assert_eq!(
        broken(&|document| remove(document, &(at("Verdict") + "/properties"), "code")),
        ["response-required-property-removed"]
    );
    assert_eq!(
        broken(&|document| {
            let wish = document.pointer_mut(&at("KeyInput")).unwrap();
            wish["properties"]["region"] = json!({"type": "string"});
            wish["required"]
                .as_array_mut()
                .unwrap()
                .push(json!("region"));
        }),
        ["new-required-request-property"]
    );
    assert_eq!(
        broken(&|document| {
            let words = document.pointer_mut(&(at("RefillPeriod") + "/enum"));
            words.unwrap().as_array_mut().unwrap().pop();
        }),
        ["request-property-enum-value-removed"]
    );
    assert_eq!(
        broken(&|document| remove(document, "/paths/~1v1~1keys/post/responses", "409")),
        ["response-non-success-status-removed"]
    );
    assert_eq!(
        broken(&|document| {
            for name in ["KeyInput", "Key"] {
                let schema = document.pointer_mut(&at(name)).unwrap();
                schema["properties"]["region"] = json!({"type": "string"});
            }
        }),
        [""; 0]
    );
}
