//! Owns the proof that each rule for schemas finds what it is for, on its side only.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::RULES;
use crate::compatible::tests::{document, rules};

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
    for rule in RULES {
        let is_seen = seen.iter().any(|seen| seen.contains(rule));
        assert!(is_seen, "nothing breaks {rule}");
    }
}
