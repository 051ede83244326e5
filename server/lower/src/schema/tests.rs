//! Owns the proof that each word of a 3.1 schema gets its 3.0 form, or is refused by its place.

use serde_json::{Value, json};

use super::lower_schema;
use crate::Pointer;

/// Asserts what becomes of a schema.
#[track_caller]
fn assert_schema(schema: &Value, lowered: &Value) {
    assert_eq!(
        &lower_schema(&Pointer::default().child("s"), schema).unwrap(),
        lowered
    );
}

#[track_caller]
fn assert_schema_refused(schema: &Value, message: &str) {
    let error = lower_schema(&Pointer::default().child("s"), schema).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_type_or_null_becomes_nullable() {
    assert_schema(
        &json!({"type": ["object", "null"], "description": "D"}),
        &json!({"type": "object", "description": "D", "nullable": true}),
    );
    assert_schema(
        &json!({"type": ["string", "null"], "enum": ["a", null]}),
        &json!({"type": "string", "enum": ["a", null], "nullable": true}),
    );
}

#[test]
fn a_reference_or_null_becomes_a_nullable_reference() {
    for keyword in ["oneOf", "anyOf"] {
        assert_schema(
            &json!({keyword: [{"$ref": "#/components/schemas/Key"}, {"type": "null"}]}),
            &json!({"allOf": [{"$ref": "#/components/schemas/Key"}], "nullable": true}),
        );
        assert_schema(
            &json!({keyword: [{"type": "null"}, {"type": "string"}, {"type": "integer"}]}),
            &json!({keyword: [{"type": "string"}, {"type": "integer"}], "nullable": true}),
        );
    }
}

#[test]
fn a_reference_with_neighbours_keeps_them() {
    assert_schema(
        &json!({"$ref": "#/components/schemas/Key", "description": "D"}),
        &json!({"allOf": [{"$ref": "#/components/schemas/Key"}], "description": "D"}),
    );
    assert_schema(
        &json!({"$ref": "#/components/schemas/Key"}),
        &json!({"$ref": "#/components/schemas/Key"}),
    );
}

#[test]
fn a_constant_becomes_an_enum_of_one() {
    assert_schema(
        &json!({"const": "v1"}),
        &json!({"type": "string", "enum": ["v1"]}),
    );
    assert_schema(
        &json!({"type": "integer", "const": 1}),
        &json!({"type": "integer", "enum": [1]}),
    );
}

#[test]
fn examples_become_an_example() {
    assert_schema(&json!({"examples": ["a"]}), &json!({"example": "a"}));
    assert_schema(
        &json!({"examples": ["a", "b"]}),
        &json!({"x-examples": ["a", "b"]}),
    );
    assert_schema(
        &json!({"example": "z", "examples": ["a"]}),
        &json!({"example": "z", "x-examples": ["a"]}),
    );
}

#[test]
fn exclusive_bounds_become_flags_and_the_tighter_bound_stays() {
    assert_schema(
        &json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10}),
        &json!({
            "type": "integer",
            "minimum": 0, "exclusiveMinimum": true, "maximum": 10, "exclusiveMaximum": true,
        }),
    );
    assert_schema(
        &json!({"minimum": 5, "exclusiveMinimum": 0, "maximum": 5, "exclusiveMaximum": 10}),
        &json!({"minimum": 5, "maximum": 5}),
    );
    assert_schema(
        &json!({"minimum": 0, "exclusiveMinimum": 0, "maximum": 11, "exclusiveMaximum": 10}),
        &json!({"minimum": 0, "exclusiveMinimum": true, "maximum": 10, "exclusiveMaximum": true}),
    );
}

#[test]
fn bytes_and_free_schemas_get_their_older_names() {
    assert_schema(
        &json!({"type": "string", "contentEncoding": "base64"}),
        &json!({"type": "string", "format": "byte"}),
    );
    assert_schema(
        &json!({"type": "string", "contentMediaType": "application/octet-stream"}),
        &json!({"type": "string", "format": "binary"}),
    );
    assert_schema(
        &json!({"type": "array"}),
        &json!({"type": "array", "items": {}}),
    );
    assert_schema(&json!({"not": true}), &json!({"not": {}}));
    assert_schema(&json!({"$comment": "C"}), &json!({"x-comment": "C"}));
}

#[test]
fn other_members_said_aloud_reach_the_generated_type() {
    assert_schema(
        &json!({"type": "object", "properties": {"a": {}}, "additionalProperties": true}),
        &json!({"type": "object", "properties": {"a": {}}, "additionalProperties": {}}),
    );
    assert_schema(
        &json!({"type": "object", "additionalProperties": {"type": ["string", "null"]}}),
        &json!({"type": "object", "additionalProperties": {"type": "string", "nullable": true}}),
    );
}

#[test]
fn a_schema_is_lowered_to_the_bottom() {
    assert_schema(
        &json!({"properties": {"const": {"items": {"type": ["string", "null"]}}}}),
        &json!({"properties": {"const": {"items": {"type": "string", "nullable": true}}}}),
    );
}

#[test]
fn what_3_0_cannot_say_is_refused_by_its_place() {
    for keyword in [
        "if",
        "patternProperties",
        "prefixItems",
        "propertyNames",
        "unevaluatedProperties",
        "$defs",
        "$dynamicRef",
        "contains",
        "dependentRequired",
        "discriminator",
    ] {
        assert_schema_refused(
            &json!({"properties": {"a/b": {keyword: {}}}}),
            &format!(
                "/s/properties/a~1b/{keyword}: `{keyword}` has no form in OpenAPI 3.0 that a generated client keeps"
            ),
        );
    }
    assert_schema_refused(
        &json!({"type": ["string", "integer"]}),
        r#"/s/type: OpenAPI 3.0 knows one type per schema besides null, got ["string","integer"]"#,
    );
    assert_schema_refused(
        &json!({"type": "null"}),
        "/s/type: OpenAPI 3.0 knows no type that is only null",
    );
    assert_schema_refused(
        &json!({"const": null}),
        "/s/const: a null constant has no 3.0 form",
    );
    assert_schema_refused(
        &json!({"type": "string", "nullable": true}),
        "/s/nullable: OpenAPI 3.1 has no such keyword; write type: [T, 'null']",
    );
    assert_schema_refused(
        &json!({"type": "string", "contentMediaType": "text/html"}),
        "/s/contentMediaType: OpenAPI 3.0 cannot say what a string contains",
    );
    assert_schema_refused(&json!("text"), "/s: an object belongs here");
}
