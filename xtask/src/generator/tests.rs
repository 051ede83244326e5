//! Owns the proof that documents and operations are lowered whole, or refused by the place.

use serde_json::{Value, json};

use super::lower;

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
