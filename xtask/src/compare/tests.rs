//! Owns the proof that no kind of difference is overlooked, in either direction.

use serde_json::{Value, json};

use super::{Sides, differences};

const SIDES: Sides = Sides {
    left: "openapi/",
    right: "the server",
};

fn lines(left: &Value, right: &Value) -> Vec<String> {
    let found = differences(SIDES, left, right);
    found.iter().map(ToString::to_string).collect()
}

/// Asserts one difference, and its mirror image with the sides exchanged.
#[track_caller]
fn assert_both_ways(left: &Value, right: &Value, there: &str, back: &str) {
    assert_eq!(lines(left, right), [there]);
    assert_eq!(lines(right, left), [back]);
    assert_eq!(lines(left, left), [""; 0]);
}

fn operation(operation: &Value) -> Value {
    json!({"paths": {"/user/api-key": {"put": operation}}})
}

fn schema(schema: &Value) -> Value {
    json!({"components": {"schemas": {"Name": schema}}})
}

#[test]
fn a_missing_status_is_named_by_its_pointer() {
    assert_both_ways(
        &operation(&json!({"responses": {"200": {}, "429": {}}})),
        &operation(&json!({"responses": {"200": {}}})),
        "/paths/~1user~1api-key/put/responses/429: in openapi/, not in the server",
        "/paths/~1user~1api-key/put/responses/429: in the server, not in openapi/",
    );
}

#[test]
fn a_missing_path_and_a_missing_method_are_found() {
    assert_both_ways(
        &json!({"paths": {"/a": {}, "/b": {}}}),
        &json!({"paths": {"/a": {}}}),
        "/paths/~1b: in openapi/, not in the server",
        "/paths/~1b: in the server, not in openapi/",
    );
    assert_both_ways(
        &json!({"paths": {"/a": {"get": {}, "put": {}}}}),
        &json!({"paths": {"/a": {"get": {}}}}),
        "/paths/~1a/put: in openapi/, not in the server",
        "/paths/~1a/put: in the server, not in openapi/",
    );
}

#[test]
fn another_bound_shows_both_sides() {
    assert_both_ways(
        &schema(&json!({"maxLength": 100})),
        &schema(&json!({"maxLength": 101})),
        "/components/schemas/Name/maxLength: openapi/ has 100, the server has 101",
        "/components/schemas/Name/maxLength: openapi/ has 101, the server has 100",
    );
}

#[test]
fn another_pattern_shows_both_sides() {
    assert_both_ways(
        &schema(&json!({"pattern": r"\S+"})),
        &schema(&json!({"pattern": r"^\S+$"})),
        r#"/components/schemas/Name/pattern: openapi/ has "\\S+", the server has "^\\S+$""#,
        r#"/components/schemas/Name/pattern: openapi/ has "^\\S+$", the server has "\\S+""#,
    );
}

#[test]
fn a_renamed_field_is_found_on_both_sides() {
    assert_eq!(
        lines(
            &schema(&json!({"properties": {"apikey": {}}, "required": ["apikey"]})),
            &schema(&json!({"properties": {"api_key": {}}, "required": ["api_key"]})),
        ),
        [
            "/components/schemas/Name/properties/api_key: in the server, not in openapi/",
            "/components/schemas/Name/properties/apikey: in openapi/, not in the server",
            r#"/components/schemas/Name/required/0: "apikey": in openapi/, not in the server"#,
            r#"/components/schemas/Name/required/0: "api_key": in the server, not in openapi/"#,
        ]
    );
}

#[test]
fn an_inline_schema_is_not_a_reference() {
    assert_eq!(
        lines(
            &schema(&json!({"items": {"$ref": "#/components/schemas/A"}})),
            &schema(&json!({"items": {"type": "string"}})),
        ),
        [
            "/components/schemas/Name/items/$ref: in openapi/, not in the server",
            "/components/schemas/Name/items/type: in the server, not in openapi/",
        ]
    );
}

#[test]
fn a_reference_to_another_schema_is_found_by_name() {
    assert_both_ways(
        &schema(&json!({"$ref": "#/components/schemas/A"})),
        &schema(&json!({"$ref": "#/components/schemas/B"})),
        r##"/components/schemas/Name/$ref: openapi/ has "#/components/schemas/A", the server has "#/components/schemas/B""##,
        r##"/components/schemas/Name/$ref: openapi/ has "#/components/schemas/B", the server has "#/components/schemas/A""##,
    );
}

#[test]
fn parameters_match_by_place_and_name_whatever_their_order() {
    let one = json!({"in": "header", "name": "One", "schema": {"maximum": 1}});
    let two = json!({"in": "query", "name": "Two"});
    let other = json!({"in": "header", "name": "One", "schema": {"maximum": 2}});
    assert_eq!(
        lines(
            &operation(&json!({"parameters": [one, two]})),
            &operation(&json!({"parameters": [two, one]})),
        ),
        [""; 0]
    );
    assert_both_ways(
        &operation(&json!({"parameters": [two, one]})),
        &operation(&json!({"parameters": [two, other]})),
        "/paths/~1user~1api-key/put/parameters/1/schema/maximum: openapi/ has 1, the server has 2",
        "/paths/~1user~1api-key/put/parameters/1/schema/maximum: openapi/ has 2, the server has 1",
    );
    assert_both_ways(
        &operation(&json!({"parameters": [two, one]})),
        &operation(&json!({"parameters": [two]})),
        "/paths/~1user~1api-key/put/parameters/1: header parameter One: in openapi/, not in the server",
        "/paths/~1user~1api-key/put/parameters/1: header parameter One: in the server, not in openapi/",
    );
}

#[test]
fn a_parameter_twice_is_not_the_same_as_once() {
    let one = json!({"in": "header", "name": "One"});
    assert_both_ways(
        &operation(&json!({"parameters": [one, one]})),
        &operation(&json!({"parameters": [one]})),
        "/paths/~1user~1api-key/put/parameters/1: header parameter One: in openapi/, not in the server",
        "/paths/~1user~1api-key/put/parameters/1: header parameter One: in the server, not in openapi/",
    );
}

#[test]
fn required_enum_type_tags_and_security_have_no_order() {
    let left = json!({
        "required": ["a", "b"], "enum": ["x", 1], "type": ["string", "null"],
        "tags": ["t", "u"], "security": [{"k": ["r", "w"]}, {}],
    });
    let right = json!({
        "required": ["b", "a"], "enum": [1, "x"], "type": ["null", "string"],
        "tags": ["u", "t"], "security": [{}, {"k": ["w", "r"]}],
    });
    assert_eq!(lines(&operation(&left), &operation(&right)), [""; 0]);
}

#[test]
fn one_enum_value_or_scope_too_many_is_found() {
    assert_both_ways(
        &schema(&json!({"enum": ["v1", "v2"]})),
        &schema(&json!({"enum": ["v1"]})),
        r#"/components/schemas/Name/enum/1: "v2": in openapi/, not in the server"#,
        r#"/components/schemas/Name/enum/1: "v2": in the server, not in openapi/"#,
    );
    assert_eq!(
        lines(
            &operation(&json!({"security": [{"k": ["r"]}]})),
            &operation(&json!({"security": [{"k": ["r", "w"]}]})),
        ),
        [
            r#"/paths/~1user~1api-key/put/security/0: {"k":["r"]}: in openapi/, not in the server"#,
            r#"/paths/~1user~1api-key/put/security/0: {"k":["r","w"]}: in the server, not in openapi/"#,
        ]
    );
}

#[test]
fn other_lists_and_examples_keep_their_order() {
    assert_eq!(
        lines(
            &schema(&json!({"example": {"required": ["a", "b"]}})),
            &schema(&json!({"example": {"required": ["b", "a"]}})),
        )
        .len(),
        2
    );
    assert_eq!(
        lines(&json!({"servers": [1, 2]}), &json!({"servers": [2, 1]})).len(),
        2
    );
}

#[test]
fn a_property_may_be_called_like_a_keyword() {
    let left = schema(&json!({"properties": {"required": {"type": "boolean"}, "enum": {}}}));
    let right = schema(&json!({"properties": {"required": {"type": "string"}, "enum": {}}}));
    assert_both_ways(
        &left,
        &right,
        r#"/components/schemas/Name/properties/required/type: openapi/ has "boolean", the server has "string""#,
        r#"/components/schemas/Name/properties/required/type: openapi/ has "string", the server has "boolean""#,
    );
}

#[test]
fn headers_content_types_examples_and_words_count() {
    for (left, right, pointer) in [
        (
            json!({"headers": {"X": {}}}),
            json!({"headers": {}}),
            "headers/X",
        ),
        (
            json!({"content": {"a/b": {}}}),
            json!({"content": {}}),
            "content/a~1b",
        ),
        (
            json!({"examples": {"A": {}}}),
            json!({"examples": {}}),
            "examples/A",
        ),
        (json!({"x-ours": 1}), json!({}), "x-ours"),
        (json!({"description": "a"}), json!({}), "description"),
        (json!({"deprecated": true}), json!({}), "deprecated"),
        (json!({"required": true}), json!({}), "required"),
    ] {
        assert_both_ways(
            &operation(&left),
            &operation(&right),
            &format!("/paths/~1user~1api-key/put/{pointer}: in openapi/, not in the server"),
            &format!("/paths/~1user~1api-key/put/{pointer}: in the server, not in openapi/"),
        );
    }
}

#[test]
fn an_implied_false_may_be_left_out() {
    assert_eq!(
        lines(
            &json!({"components": {"x": {"required": false, "deprecated": false}}}),
            &json!({"components": {"x": {}}}),
        ),
        [""; 0]
    );
    assert_eq!(
        lines(
            &schema(&json!({"default": {"required": false}})),
            &schema(&json!({"default": {}}))
        )
        .len(),
        1
    );
}

#[test]
fn numbers_are_equal_by_value_and_null_is_not_absence() {
    assert_eq!(
        lines(
            &schema(&json!({"minimum": 1})),
            &schema(&json!({"minimum": 1.0}))
        ),
        [""; 0]
    );
    assert_both_ways(
        &schema(&json!({"default": null})),
        &schema(&json!({})),
        "/components/schemas/Name/default: in openapi/, not in the server",
        "/components/schemas/Name/default: in the server, not in openapi/",
    );
}

#[test]
fn tags_with_words_match_by_name() {
    assert_both_ways(
        &json!({"tags": [{"name": "b", "description": "B"}, {"name": "a"}]}),
        &json!({"tags": [{"name": "a"}, {"name": "b", "description": "C"}]}),
        r#"/tags/0/description: openapi/ has "B", the server has "C""#,
        r#"/tags/1/description: openapi/ has "C", the server has "B""#,
    );
}
