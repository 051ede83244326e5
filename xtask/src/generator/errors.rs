//! Owns what progenitor cannot have twice: one error type and one success type per operation.
//! Works on documents that are in 3.0 already.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::JSON;
use crate::document::Pointer;

pub(super) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Gives every operation one error schema, and checks what else progenitor takes for granted.
pub(super) fn merge_errors(document: &mut Value) -> Result<()> {
    let mut schemas = document["components"]["schemas"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let paths = Pointer::default().child("paths");
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            let at = paths.child(path).child(method);
            if let Some(operation) = item.get_mut(method) {
                check_request_body(&at, operation, &schemas)?;
                check_successes(&at, operation)?;
                merge(&at, operation, &mut schemas)?;
            }
        }
    }
    document["components"]["schemas"] = schemas.into();
    Ok(())
}

/// The errors of one operation become one schema; those without a body leave the document.
///
/// A status that the document no longer lists reaches the caller as an unexpected response, with
/// its status and headers.
fn merge(at: &Pointer, operation: &mut Value, schemas: &mut Map<String, Value>) -> Result<()> {
    let name = format!(
        "{}Error",
        pascal(operation["operationId"].as_str().unwrap_or_default())
    );
    let responses = operation["responses"]
        .as_object_mut()
        .with_context(|| format!("{at}: an operation needs responses"))?;
    responses.retain(|status, response| !is_error(status) || response.get("content").is_some());
    let mut distinct: Vec<Value> = Vec::new();
    for (status, response) in responses.iter().filter(|(status, _)| is_error(status)) {
        let schema = response["content"][JSON]["schema"].clone();
        if !distinct.contains(&schema) {
            ensure!(
                schema["$ref"].is_string(),
                "{}: an error's schema needs a name; put it under components/schemas",
                at.child("responses").child(status)
            );
            distinct.push(schema);
        }
    }
    if distinct.len() < 2 {
        return Ok(());
    }
    ensure!(
        !schemas.contains_key(&name),
        "{at}: its merged error needs the name {name}, which components/schemas has already"
    );
    let merged = json!({
        "description": format!("Every error of `{}`.", operation["operationId"].as_str().unwrap_or_default()),
        "oneOf": distinguishable(at, distinct, schemas)?,
    });
    schemas.insert(name.clone(), merged);
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    for (_, response) in responses.filter(|(status, _)| is_error(status)) {
        response["content"][JSON]["schema"] =
            json!({"$ref": format!("#/components/schemas/{name}")});
    }
    Ok(())
}

/// Orders error schemas so that the first that fits a body is the one it was written with.
///
/// The generated enum is decoded by trying its variants in order. So each schema must require a
/// member that none of the schemas after it knows.
fn distinguishable(
    at: &Pointer,
    mut left: Vec<Value>,
    schemas: &Map<String, Value>,
) -> Result<Vec<Value>> {
    let shape_of = |schema: &Value| {
        let name = schema["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next())
            .unwrap_or_default();
        let schema = schemas.get(name).and_then(Value::as_object);
        schema
            .map(shape)
            .with_context(|| format!("{at}: the error schema {name} is no object"))
    };
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let mut first = None;
        for (index, candidate) in left.iter().enumerate() {
            let (required, _) = shape_of(candidate)?;
            let mut stands_out = true;
            for rival in left.iter().filter(|rival| *rival != candidate) {
                let (_, known) = shape_of(rival)?;
                stands_out &= required.iter().any(|member| !known.contains(member));
            }
            if stands_out {
                first = Some(index);
                break;
            }
        }
        let Some(first) = first else {
            bail!(
                "{at}: a client cannot tell these error bodies apart: {}",
                json!(left)
            );
        };
        ordered.push(left.remove(first));
    }
    Ok(ordered)
}

/// progenitor has one success type, and knows successes and errors only.
fn check_successes(at: &Pointer, operation: &Value) -> Result<()> {
    let at = at.child("responses");
    let mut successes: Vec<(&String, &Value)> = Vec::new();
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let at = at.child(status);
        ensure!(
            status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()),
            "{at}: every status is listed by its number, so that a client knows what it got"
        );
        match status.as_bytes()[0] {
            b'2' => successes.push((status, &response["content"][JSON]["schema"])),
            b'4' | b'5' => {}
            _ => bail!("{at}: generated clients know successes and errors only"),
        }
    }
    ensure!(!successes.is_empty(), "{at}: an operation needs a success");
    for pair in successes.windows(2) {
        ensure!(
            pair[0].1 == pair[1].1,
            "{}: generated clients have one success type, and {} has another",
            at.child(pair[1].0),
            pair[0].0
        );
    }
    Ok(())
}

/// progenitor always sends a body where one may be sent, so an optional one must accept `{}`.
fn check_request_body(at: &Pointer, operation: &Value, schemas: &Map<String, Value>) -> Result<()> {
    let Some(body) = operation
        .get("requestBody")
        .filter(|body| body["required"] != true)
    else {
        return Ok(());
    };
    let mut schema = &body["content"][JSON]["schema"];
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        schema = schemas.get(name).unwrap_or(&Value::Null);
    }
    let required = schema.as_object().map(|schema| shape(schema).0);
    ensure!(
        required.is_some_and(|required| required.is_empty()),
        "{}: generated clients always send a body, so an optional one must accept {{}}",
        at.child("requestBody")
    );
    Ok(())
}

fn is_error(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

/// `generate_api_key` as `GenerateApiKey`.
fn pascal(snake: &str) -> String {
    let words = snake.split(['_', '-', '.', ' ']);
    words
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect::<String>()
        })
        .collect()
}

/// The members that a lowered object schema requires, and those it knows.
fn shape(schema: &Map<String, Value>) -> (Vec<&str>, Vec<&str>) {
    let required = schema.get("required").and_then(Value::as_array);
    let required = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let known = properties
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect();
    (required, known)
}
