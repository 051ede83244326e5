//! Owns the way from OpenAPI 3.1 down to 3.0.3: documents and operations.
//! Leaves schemas to `schema`, and what a generator cannot have to its caller.
//!
//! Every member of the document is kept, given its 3.0 form, or refused by its place.

mod pointer;
mod schema;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

pub use pointer::Pointer;
use schema::lower_schema;

/// The dialect that every OpenAPI 3.1 document has unless it names another.
const BASE_DIALECT: &str = "https://spec.openapis.org/oas/3.1/dialect/base";

/// Lowers a document whose references lead to schemas only.
///
/// # Errors
/// Names the place of whatever has no form in 3.0.3, or none that a generated client keeps.
pub fn lower(document: &Value) -> Result<Value> {
    let root = Pointer::default();
    members(&root, document, |key, value, at| match key {
        "openapi" => {
            let version = value.as_str().unwrap_or_default();
            ensure!(
                version.starts_with("3.1."),
                "{at}: this reads OpenAPI 3.1, got {value}"
            );
            Ok(Some((key.into(), "3.0.3".into())))
        }
        "info" => kept(key, lower_info(at, value)?),
        "jsonSchemaDialect" if value == BASE_DIALECT => Ok(None),
        "jsonSchemaDialect" => {
            bail!("{at}: schemas in another dialect than OpenAPI's own cannot be read")
        }
        "servers" | "tags" | "security" | "externalDocs" => kept(key, value.clone()),
        "paths" => kept(key, each(at, value, lower_path_item)?),
        "components" => kept(key, lower_components(at, value)?),
        _ => other(key, value, at),
    })
}

fn lower_info(at: &Pointer, info: &Value) -> Result<Value> {
    members(at, info, |key, value, at| match key {
        "title" | "version" | "description" | "termsOfService" | "contact" => {
            kept(key, value.clone())
        }
        "summary" => kept("x-summary", value.clone()),
        "license" => kept(
            key,
            members(at, value, |key, value, at| match key {
                "name" | "url" => kept(key, value.clone()),
                "identifier" => kept("x-identifier", value.clone()),
                _ => other(key, value, at),
            })?,
        ),
        _ => other(key, value, at),
    })
}

fn lower_components(at: &Pointer, components: &Value) -> Result<Value> {
    members(at, components, |key, value, at| match key {
        "schemas" => kept(key, each(at, value, lower_schema)?),
        "securitySchemes" => {
            for (name, scheme) in object(at, value)? {
                let at = at.child(name);
                ensure!(
                    scheme["type"] != "mutualTLS",
                    "{at}: OpenAPI 3.0 knows no mutualTLS"
                );
            }
            kept(key, value.clone())
        }
        _ => other(key, value, at),
    })
}

fn lower_path_item(at: &Pointer, item: &Value) -> Result<Value> {
    members(at, item, |key, value, at| match key {
        "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace" => kept(
            key,
            lower_operation(at, value).with_context(|| at.to_string())?,
        ),
        "summary" | "description" => kept(key, value.clone()),
        "parameters" => kept(key, lower_parameters(at, value)?),
        _ => other(key, value, at),
    })
}

fn lower_operation(at: &Pointer, operation: &Value) -> Result<Value> {
    ensure!(
        operation["operationId"].is_string(),
        "{at}: an operation needs an operationId"
    );
    members(at, operation, |key, value, at| match key {
        "operationId" | "tags" | "summary" | "description" | "deprecated" | "externalDocs"
        | "security" => kept(key, value.clone()),
        "parameters" => kept(key, lower_parameters(at, value)?),
        "requestBody" => kept(key, lower_request_body(at, value)?),
        "responses" => kept(key, each(at, value, lower_response)?),
        _ => other(key, value, at),
    })
}

fn lower_parameters(at: &Pointer, parameters: &Value) -> Result<Value> {
    let mut names = Vec::new();
    let mut lowered = Vec::new();
    for (index, parameter) in parameters.as_array().into_iter().flatten().enumerate() {
        let at = at.element(index);
        ensure!(
            !names.contains(&&parameter["name"]),
            "{at}: two parameters of one operation share the name {}, which a generated client cannot tell apart",
            parameter["name"]
        );
        names.push(&parameter["name"]);
        ensure!(
            parameter["in"] != "cookie",
            "{at}: generated clients send no cookies"
        );
        lowered.push(lower_parameter(&at, parameter)?);
    }
    Ok(lowered.into())
}

/// Lowers a parameter, or a response header, which is a parameter without `name` and `in`.
///
/// The style that 3.1 implies is written out, since the generator asks for it.
fn lower_parameter(at: &Pointer, parameter: &Value) -> Result<Value> {
    let mut lowered = members(at, parameter, |key, value, at| match key {
        "name" | "in" | "description" | "required" | "deprecated" | "style" | "explode"
        | "example" | "examples" => kept(key, value.clone()),
        "schema" => kept(key, lower_schema(at, value)?),
        _ => other(key, value, at),
    })?;
    if lowered.get("style").is_none() {
        lowered["style"] = if lowered["in"] == "query" {
            "form"
        } else {
            "simple"
        }
        .into();
    }
    Ok(lowered)
}

fn lower_request_body(at: &Pointer, body: &Value) -> Result<Value> {
    members(at, body, |key, value, at| match key {
        "description" | "required" => kept(key, value.clone()),
        "content" => kept(key, each(at, value, lower_media)?),
        _ => other(key, value, at),
    })
}

fn lower_response(at: &Pointer, response: &Value) -> Result<Value> {
    members(at, response, |key, value, at| match key {
        "description" => kept(key, value.clone()),
        "headers" => kept(key, each(at, value, lower_parameter)?),
        "content" if object(at, value)?.is_empty() => Ok(None),
        "content" => kept(key, each(at, value, lower_media)?),
        _ => other(key, value, at),
    })
}

fn lower_media(at: &Pointer, media: &Value) -> Result<Value> {
    members(at, media, |key, value, at| match key {
        "schema" => kept(key, lower_schema(at, value)?),
        "example" | "examples" => kept(key, value.clone()),
        _ => other(key, value, at),
    })
}

/// What becomes of one member: its new name and value, or nothing when 3.0 says it by silence.
type Member = Result<Option<(String, Value)>>;

/// Lowers an object member by member.
fn members(
    at: &Pointer,
    value: &Value,
    mut lower: impl FnMut(&str, &Value, &Pointer) -> Member,
) -> Result<Value> {
    let mut lowered = Map::new();
    for (key, value) in object(at, value)? {
        lowered.extend(lower(key, value, &at.child(key))?);
    }
    Ok(lowered.into())
}

/// Lowers every value of a map of names.
fn each(
    at: &Pointer,
    value: &Value,
    lower: fn(&Pointer, &Value) -> Result<Value>,
) -> Result<Value> {
    members(at, value, |name, value, at| kept(name, lower(at, value)?))
}

fn object<'a>(at: &Pointer, value: &'a Value) -> Result<&'a Map<String, Value>> {
    value
        .as_object()
        .with_context(|| format!("{at}: an object belongs here"))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is one arm of a match whose other arms can fail"
)]
fn kept(key: &str, value: Value) -> Member {
    Ok(Some((key.to_owned(), value)))
}

/// Keeps an extension and refuses everything else.
fn other(key: &str, value: &Value, at: &Pointer) -> Member {
    ensure!(
        key.starts_with("x-"),
        "{at}: `{key}` has no form in OpenAPI 3.0 that a generated client keeps"
    );
    kept(key, value.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lower;

    #[test]
    fn every_content_type_is_kept_under_its_name() {
        let schema = json!({"type": ["string", "null"]});
        let lowered = json!({"type": "string", "nullable": true});
        let document = |version: &str, schema: &serde_json::Value| {
            json!({
                "openapi": version,
                "info": {"title": "T", "version": "1"},
                "paths": {"/a": {"get": {"operationId": "read", "responses": {
                    "200": {"description": "D", "content": {
                        "application/json": {"schema": schema},
                        "application/problem+json": {"schema": schema},
                        "text/plain": {"schema": schema},
                    }},
                    "503": {"description": "Without a body."},
                }}}},
            })
        };
        let found = lower(&document("3.1.0", &schema)).unwrap();
        assert_eq!(found, document("3.0.3", &lowered));
    }

    #[test]
    fn another_version_than_3_1_is_refused() {
        let document = json!({"openapi": "3.2.0"});
        let error = lower(&document).unwrap_err().to_string();
        assert_eq!(error, "/openapi: this reads OpenAPI 3.1, got \"3.2.0\"");
    }
}
