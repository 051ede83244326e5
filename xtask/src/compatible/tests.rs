//! Owns the proof that each rule finds what it is for, and lets the opposite pass.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{RULES, breaks, schema};
use crate::document::{canonical, resolve};

/// A document with one operation, which takes and answers these schemas.
fn document(sent: &Value, answered: &Value) -> Value {
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

fn rules(blessed: &Value, current: &Value) -> Vec<String> {
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

/// What a schema was and is, and the rule that the change breaks where it is sent and where it is answered.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn schema_changes() -> Vec<(Option<&'static str>, Option<&'static str>, Value, Value)> {
    let object = |name: &str, required: bool| {
        let required: &[&str] = if required { &["name"] } else { &[] };
        json!({"type": "object", "required": required, "properties": {name: {"type": "string"}}})
    };
    let of = |schema: &Value| json!({"type": "object", "properties": {"name": schema}});
    let bound = |keyword: &str, bound: i32| json!({"type": "integer", keyword: bound});
    let mut changes = vec![
        (
            Some("request-property-removed"),
            Some("response-required-property-removed"),
            object("name", true),
            json!({"type": "object"}),
        ),
        (
            Some("request-property-removed"),
            Some("response-optional-property-removed"),
            object("name", false),
            json!({"type": "object"}),
        ),
        (
            Some("new-required-request-property"),
            None,
            json!({"type": "object"}),
            object("name", true),
        ),
        (
            Some("request-property-became-required"),
            None,
            object("name", false),
            object("name", true),
        ),
        (
            None,
            Some("response-property-became-optional"),
            object("name", true),
            object("name", false),
        ),
        (None, None, json!({"type": "object"}), object("name", false)),
        (
            Some("request-body-type-changed"),
            Some("response-body-type-changed"),
            json!({"type": "object"}),
            json!({"type": "array"}),
        ),
        (
            Some("request-body-additional-properties-closed"),
            None,
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": false}),
        ),
        (
            None,
            Some("response-body-additional-properties-opened"),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object"}),
        ),
        (
            Some("request-body-composition-changed"),
            Some("response-body-composition-changed"),
            json!({"oneOf": [{}, {}]}),
            json!({"oneOf": [{}]}),
        ),
        (
            Some("request-body-keyword-changed"),
            Some("response-body-keyword-changed"),
            json!({"if": {"type": "string"}}),
            json!({"if": {"type": "null"}}),
        ),
    ];
    let mut member = |sent, answered, before: Value, now: Value| {
        changes.push((sent, answered, of(&before), of(&now)));
    };
    member(
        Some("request-property-became-not-nullable"),
        None,
        json!({"type": ["string", "null"]}),
        json!({"type": "string"}),
    );
    member(
        None,
        Some("response-property-became-nullable"),
        json!({"type": "string"}),
        json!({"type": ["string", "null"]}),
    );
    member(
        Some("request-property-type-changed"),
        None,
        json!({"type": "number"}),
        json!({"type": "integer"}),
    );
    member(
        Some("request-property-type-changed"),
        None,
        json!({}),
        json!({"type": "string"}),
    );
    member(
        None,
        Some("response-property-type-changed"),
        json!({"type": "string"}),
        json!({}),
    );
    member(
        Some("request-property-became-enum"),
        None,
        json!({"type": "string"}),
        json!({"type": "string", "enum": ["a"]}),
    );
    member(
        None,
        Some("response-property-enum-unset"),
        json!({"type": "string", "enum": ["a"]}),
        json!({"type": "string"}),
    );
    member(
        Some("request-property-enum-value-removed"),
        None,
        json!({"enum": ["a", "b"]}),
        json!({"enum": ["b"]}),
    );
    member(
        None,
        Some("response-property-enum-value-added"),
        json!({"const": "a"}),
        json!({"enum": ["a", "b"]}),
    );
    member(
        Some("request-property-default-value-changed"),
        None,
        json!({"default": 1}),
        json!({"default": 2}),
    );
    member(
        Some("request-property-pattern-changed"),
        None,
        json!({}),
        json!({"pattern": "a"}),
    );
    member(
        Some("request-property-pattern-changed"),
        Some("response-property-pattern-changed"),
        json!({"pattern": "a"}),
        json!({"pattern": "b"}),
    );
    member(
        None,
        Some("response-property-format-changed"),
        json!({"format": "int32"}),
        json!({"format": "int64"}),
    );
    member(None, None, json!({}), json!({"format": "password"}));
    member(
        Some("request-property-unique-items-changed"),
        None,
        json!({"type": "array"}),
        json!({"type": "array", "uniqueItems": true}),
    );
    member(
        None,
        Some("response-property-unique-items-changed"),
        json!({"type": "array", "uniqueItems": true}),
        json!({"type": "array"}),
    );
    member(
        Some("request-property-keyword-changed"),
        Some("response-property-keyword-changed"),
        json!({"type": "array", "items": {}}),
        json!({"type": "array"}),
    );
    member(
        Some("request-property-enum-value-removed"),
        None,
        json!({"type": "array", "items": {"enum": ["a", "b"]}}),
        json!({"type": "array", "items": {"enum": ["a"]}}),
    );
    for (keyword, name) in [
        ("maximum", "max"),
        ("exclusiveMaximum", "max"),
        ("maxLength", "max-length"),
        ("maxItems", "max-items"),
        ("maxProperties", "max-properties"),
    ] {
        let rule = |side: &str, change: &str| -> Option<&'static str> {
            Some(format!("{side}-property-{name}-{change}").leak())
        };
        member(
            rule("request", "set"),
            None,
            json!({"type": "integer"}),
            bound(keyword, 9),
        );
        member(
            rule("request", "decreased"),
            None,
            bound(keyword, 9),
            bound(keyword, 8),
        );
        member(
            None,
            rule("response", "increased"),
            bound(keyword, 8),
            bound(keyword, 9),
        );
        member(
            None,
            rule("response", "unset"),
            bound(keyword, 9),
            json!({"type": "integer"}),
        );
    }
    for (keyword, name) in [("minimum", "min"), ("exclusiveMinimum", "min")] {
        let rule = |side: &str, change: &str| -> Option<&'static str> {
            Some(format!("{side}-property-{name}-{change}").leak())
        };
        member(
            rule("request", "set"),
            None,
            json!({"type": "integer"}),
            bound(keyword, 1),
        );
        member(
            rule("request", "increased"),
            None,
            bound(keyword, 1),
            bound(keyword, 2),
        );
        member(
            None,
            rule("response", "decreased"),
            bound(keyword, 2),
            bound(keyword, 1),
        );
        member(
            None,
            rule("response", "unset"),
            bound(keyword, 1),
            json!({"type": "integer"}),
        );
    }
    for (keyword, name) in [
        ("minLength", "min-length"),
        ("minItems", "min-items"),
        ("minProperties", "min-properties"),
    ] {
        let rule = |side: &str, change: &str| -> Option<&'static str> {
            Some(format!("{side}-property-{name}-{change}").leak())
        };
        member(
            rule("request", "increased"),
            None,
            json!({"type": "integer"}),
            bound(keyword, 1),
        );
        member(
            None,
            rule("response", "decreased"),
            bound(keyword, 1),
            json!({"type": "integer"}),
        );
        member(None, None, json!({"type": "integer"}), bound(keyword, 0));
    }
    changes
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
fn each_rule_for_schemas_finds_what_it_is_for_on_its_side_only() {
    let mut seen = BTreeSet::new();
    let none = json!({});
    for (sent, answered, before, now) in schema_changes() {
        let found = rules(&document(&before, &none), &document(&now, &none));
        assert_eq!(found, Vec::from_iter(sent), "sent: {before} {now}");
        let found = rules(&document(&none, &before), &document(&none, &now));
        assert_eq!(found, Vec::from_iter(answered), "answered: {before} {now}");
        seen.extend(sent.into_iter().chain(answered));
    }
    for rule in schema::RULES {
        let is_seen = seen.iter().any(|seen| seen.contains(rule));
        assert!(is_seen, "nothing breaks {rule}");
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
