//! Owns what progenitor cannot have: several content types for one body, and several error types for one operation.
//! Leaves the way down to OpenAPI 3.0 to `keywright-lower`, merged error types to `generator::errors`.

mod errors;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::document::Pointer;
use errors::{METHODS, merge_errors};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Lowers a document whose references lead to schemas only to what progenitor reads. What a Rust client has no use
/// for (response headers, security, servers) is kept.
///
/// # Errors
/// Names the place of whatever has no form in 3.0.3, or none that progenitor reads.
pub(crate) fn lower(document: &Value) -> Result<Value> {
    let mut lowered = keywright_lower::lower(document)?;
    let paths = Pointer::default().child("paths");
    for (path, item) in lowered["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            let at = paths.child(path).child(method);
            if let Some(operation) = item.get_mut(method) {
                one_content_type(&at, operation)?;
            }
        }
    }
    merge_errors(&mut lowered)?;
    Ok(lowered)
}

/// Brings every body of an operation to one content type.
fn one_content_type(at: &Pointer, operation: &mut Value) -> Result<()> {
    if let Some(content) = operation.pointer_mut("/requestBody/content") {
        let at = at.child("requestBody").child("content");
        *content = reduce(&at, content, &[JSON, FORM])?;
    }
    let responses = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        if let Some(content) = response.get_mut("content") {
            let at = at.child("responses").child(status).child("content");
            *content = reduce(&at, content, &[JSON])?;
        }
    }
    Ok(())
}

/// Reduces a body to the one content type that a generated client reads or sends.
///
/// Generated clients decode by status and never look at the content type, so any kind of JSON may
/// be called `application/json`. Other content types may only say the same thing over again.
fn reduce(at: &Pointer, content: &Value, usable: &[&str]) -> Result<Value> {
    let content = content
        .as_object()
        .with_context(|| format!("{at}: an object belongs here"))?;
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
    Ok(json!({ wanted: media }))
}
