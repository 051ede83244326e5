//! Owns the way from OpenAPI 3.1 down to the 3.0.3 that progenitor reads: documents and operations.
//! Leaves schemas to `lower::schema`, merged error types to `lower::errors`.
//!
//! Every member of the document is kept, given its 3.0 form, or refused by its place. What a Rust
//! client has no use for (response headers, security, servers) is kept in the 3.0.3 document.

mod errors;
mod schema;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::document::Pointer;
use errors::merge_errors;
use schema::lower_schema;

/// The dialect that every OpenAPI 3.1 document has unless it names another.
const BASE_DIALECT: &str = "https://spec.openapis.org/oas/3.1/dialect/base";

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Lowers a document whose references lead to schemas only.
///
/// # Errors
/// Names the place of whatever has no form in 3.0.3, or none that progenitor reads.
pub(crate) fn lower(document: &Value) -> Result<Value> {
    let root = Pointer::default();
    let mut lowered = members(&root, document, |key, value, at| match key {
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
    })?;
    merge_errors(&mut lowered)?;
    Ok(lowered)
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
        "content" => kept(key, lower_content(at, value, &[JSON, FORM])?),
        _ => other(key, value, at),
    })
}

fn lower_response(at: &Pointer, response: &Value) -> Result<Value> {
    members(at, response, |key, value, at| match key {
        "description" => kept(key, value.clone()),
        "headers" => kept(key, each(at, value, lower_parameter)?),
        "content" if object(at, value)?.is_empty() => Ok(None),
        "content" => kept(key, lower_content(at, value, &[JSON])?),
        _ => other(key, value, at),
    })
}

/// Lowers a body to the one content type that a generated client reads or sends.
///
/// Generated clients decode by status and never look at the content type, so any kind of JSON may
/// be called `application/json`. Other content types may only say the same thing over again.
fn lower_content(at: &Pointer, content: &Value, usable: &[&str]) -> Result<Value> {
    let content = object(at, content)?;
    let is_json =
        |name: &str| name == JSON || (name.starts_with("application/") && name.ends_with("+json"));
    let chosen = usable.iter().find_map(|wanted| {
        content
            .iter()
            .find(|(name, _)| name == wanted)
            .or_else(|| {
                content
                    .iter()
                    .find(|(name, _)| *wanted == JSON && is_json(name))
            })
            .map(|(name, media)| (*wanted, name, media))
    });
    let Some((wanted, chosen_name, media)) = chosen else {
        bail!("{at}: none of these content types can be generated; one of {usable:?} is needed");
    };
    for (name, other) in content {
        ensure!(
            other["schema"] == media["schema"],
            "{}: generated clients use one content type, and the schema here is not that of {chosen_name}",
            at.child(name)
        );
    }
    let at = at.child(chosen_name);
    ensure!(media["schema"].is_object(), "{at}: a body needs a schema");
    let lowered = members(&at, media, |key, value, at| match key {
        "schema" => kept(key, lower_schema(at, value)?),
        "example" | "examples" => kept(key, value.clone()),
        _ => other(key, value, at),
    })?;
    Ok(json!({ wanted: lowered }))
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
