//! Owns the proof that each word of 3.1 gets its 3.0 form, or is refused by its place.

use serde_json::{Value, json};

use super::lower;
use super::schema::lower_schema;
use crate::document::Pointer;

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

/// A document with one operation that answers as given.
fn document(responses: &Value) -> Value {
    let object = |required: &str| json!({"type": "object", "required": [required], "properties": {required: {}}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a/b": {"put": {"operationId": "generate_api_key", "responses": responses}}},
        "components": {"schemas": {"Key": object("key"), "Error": object("error"), "Fault": object("fault")}},
    })
}

fn body(name: &str) -> Value {
    content("application/json", name)
}

fn content(kind: &str, name: &str) -> Value {
    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
    json!({"description": "D", "content": {kind: {"schema": schema}}})
}

/// Lowers the document's one operation.
fn operation(document: &Value) -> Value {
    lower(document).unwrap()["paths"]["/a/b"]["put"].clone()
}

#[track_caller]
fn assert_refused(document: &Value, message: &str) {
    let error = lower(document).unwrap_err();
    assert_eq!(error.root_cause().to_string(), message);
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

#[test]
fn the_licence_identifier_and_the_version_are_lowered() {
    let mut document = document(&json!({"200": body("Key")}));
    document["info"]["license"] = json!({"name": "MIT", "identifier": "MIT"});
    document["info"]["summary"] = json!("S");
    let lowered = lower(&document).unwrap();
    assert_eq!(lowered["openapi"], "3.0.3");
    assert_eq!(
        lowered["info"],
        json!({"title": "T", "version": "1", "x-summary": "S", "license": {"name": "MIT", "x-identifier": "MIT"}})
    );
}

#[test]
fn parts_of_a_document_without_a_3_0_form_are_refused() {
    for (pointer, keyword) in [
        ("", "webhooks"),
        ("/components", "pathItems"),
        ("/paths/~1a~1b/put", "callbacks"),
        ("/paths/~1a~1b/put", "servers"),
        ("/paths/~1a~1b/put/responses/200", "links"),
        (
            "/paths/~1a~1b/put/responses/200/content/application~1json",
            "encoding",
        ),
    ] {
        let mut document = document(&json!({"200": body("Key")}));
        document.pointer_mut(pointer).unwrap()[keyword] = json!({});
        assert_refused(
            &document,
            &format!(
                "{pointer}/{keyword}: `{keyword}` has no form in OpenAPI 3.0 that a generated client keeps"
            ),
        );
    }
    let mut document = document(&json!({"200": body("Key")}));
    document["jsonSchemaDialect"] = json!("https://example.com/dialect");
    assert_refused(
        &document,
        "/jsonSchemaDialect: schemas in another dialect than OpenAPI's own cannot be read",
    );
}

#[test]
fn several_error_schemas_become_one_and_the_bodyless_is_left_out() {
    let lowered = lower(&document(&json!({
        "200": body("Key"), "400": body("Error"), "401": body("Error"), "500": body("Fault"),
        "503": {"description": "No body"},
    })))
    .unwrap();
    let merged = json!({"$ref": "#/components/schemas/GenerateApiKeyError"});
    let responses = &lowered["paths"]["/a/b"]["put"]["responses"];
    for status in ["400", "401", "500"] {
        assert_eq!(
            responses[status]["content"]["application/json"]["schema"],
            merged
        );
    }
    assert_eq!(responses.get("503"), None);
    assert_eq!(
        lowered["components"]["schemas"]["GenerateApiKeyError"]["oneOf"],
        json!([{"$ref": "#/components/schemas/Error"}, {"$ref": "#/components/schemas/Fault"}])
    );
}

#[test]
fn one_error_schema_is_used_as_it_is() {
    let lowered = lower(&document(
        &json!({"200": body("Key"), "400": body("Error"), "500": body("Error")}),
    ))
    .unwrap();
    assert_eq!(
        lowered["components"]["schemas"].get("GenerateApiKeyError"),
        None
    );
    assert_eq!(
        lowered["paths"]["/a/b"]["put"]["responses"]["500"]["content"]["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/Error"})
    );
}

#[test]
fn an_error_that_fits_another_body_too_comes_after_it() {
    let mut document =
        document(&json!({"200": body("Key"), "400": body("Error"), "500": body("Fault")}));
    // A fault has `error` as well: whoever tried `Error` first would take a fault for one.
    document["components"]["schemas"]["Fault"]["properties"]["error"] = json!({});
    let lowered = lower(&document).unwrap();
    assert_eq!(
        lowered["components"]["schemas"]["GenerateApiKeyError"]["oneOf"],
        json!([{"$ref": "#/components/schemas/Fault"}, {"$ref": "#/components/schemas/Error"}])
    );
    document["components"]["schemas"]["Fault"]["required"] = json!([]);
    assert_refused(
        &document,
        "/paths/~1a~1b/put: a client cannot tell these error bodies apart: \
         [{\"$ref\":\"#/components/schemas/Error\"},{\"$ref\":\"#/components/schemas/Fault\"}]",
    );
}

#[test]
fn a_merged_error_never_takes_a_name_that_is_in_use() {
    let mut document =
        document(&json!({"200": body("Key"), "400": body("Error"), "500": body("Fault")}));
    document["components"]["schemas"]["GenerateApiKeyError"] = json!({});
    assert_refused(
        &document,
        "/paths/~1a~1b/put: its merged error needs the name GenerateApiKeyError, \
         which components/schemas has already",
    );
}

#[test]
fn any_kind_of_json_is_read_as_json() {
    let lowered = operation(&document(&json!({
        "200": body("Key"), "400": content("application/problem+json", "Error"),
    })));
    assert_eq!(
        lowered["responses"]["400"]["content"],
        body("Error")["content"]
    );
    assert_refused(
        &document(&json!({"200": content("text/html", "Key")})),
        "/paths/~1a~1b/put/responses/200/content: none of these content types can be generated; \
         one of [\"application/json\"] is needed",
    );
}

#[test]
fn of_several_request_content_types_json_stays_if_all_say_the_same() {
    let mut document = document(&json!({"200": body("Key")}));
    let form = "application/x-www-form-urlencoded";
    let schema = json!({"schema": {"$ref": "#/components/schemas/Key"}});
    let request = json!({"required": true, "content": {form: schema, "application/json": schema}});
    document["paths"]["/a/b"]["put"]["requestBody"] = request;
    let kept = json!({"application/json": schema});
    assert_eq!(operation(&document)["requestBody"]["content"], kept);

    document["paths"]["/a/b"]["put"]["requestBody"]["content"][form] =
        json!({"schema": {"type": "object"}});
    assert_refused(
        &document,
        "/paths/~1a~1b/put/requestBody/content/application~1x-www-form-urlencoded: generated clients \
         use one content type, and the schema here is not that of application/json",
    );
}

#[test]
fn an_optional_body_must_accept_an_empty_object() {
    let mut document = document(&json!({"200": body("Key")}));
    document["paths"]["/a/b"]["put"]["requestBody"] = json!({"content": body("Key")["content"]});
    assert_refused(
        &document,
        "/paths/~1a~1b/put/requestBody: generated clients always send a body, so an optional one must accept {}",
    );
    document["components"]["schemas"]["Key"]["required"] = json!([]);
    lower(&document).unwrap();
}

#[test]
fn statuses_that_a_client_would_not_know_are_refused() {
    for (status, why) in [
        (
            "default",
            "every status is listed by its number, so that a client knows what it got",
        ),
        (
            "4XX",
            "every status is listed by its number, so that a client knows what it got",
        ),
        ("302", "generated clients know successes and errors only"),
    ] {
        assert_refused(
            &document(&json!({"200": body("Key"), status: {"description": "D"}})),
            &format!("/paths/~1a~1b/put/responses/{status}: {why}"),
        );
    }
    assert_refused(
        &document(&json!({"200": body("Key"), "201": body("Error")})),
        "/paths/~1a~1b/put/responses/201: generated clients have one success type, and 200 has another",
    );
    assert_refused(
        &document(&json!({"400": body("Error")})),
        "/paths/~1a~1b/put/responses: an operation needs a success",
    );
}

#[test]
fn parameters_keep_everything_and_say_their_style() {
    let mut document = document(&json!({"200": body("Key")}));
    document["paths"]["/a/b"]["put"]["parameters"] = json!([
        {"name": "A", "in": "header", "required": true, "schema": {"type": ["string", "null"]}},
        {"name": "b", "in": "query", "schema": {"type": "string"}, "example": "x"},
    ]);
    assert_eq!(
        operation(&document)["parameters"],
        json!([
            {"name": "A", "in": "header", "required": true, "style": "simple",
             "schema": {"type": "string", "nullable": true}},
            {"name": "b", "in": "query", "style": "form", "schema": {"type": "string"}, "example": "x"},
        ])
    );
    document["paths"]["/a/b"]["put"]["parameters"][1]["name"] = json!("A");
    assert_refused(
        &document,
        "/paths/~1a~1b/put/parameters/1: two parameters of one operation share the name \"A\", \
         which a generated client cannot tell apart",
    );
    document["paths"]["/a/b"]["put"]["parameters"] =
        json!([{"name": "A", "in": "cookie", "schema": {}}]);
    assert_refused(
        &document,
        "/paths/~1a~1b/put/parameters/0: generated clients send no cookies",
    );
}
