//! Owns the lowering of one JSON Schema of OpenAPI 3.1 to a schema object of 3.0.3.
//! Leaves everything around schemas to the crate's root.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{Member, Pointer, each, kept, members, object, other};

/// Lowers one schema and all below it.
pub(super) fn lower_schema(at: &Pointer, schema: &Value) -> Result<Value> {
    match schema {
        Value::Bool(true) => return Ok(json!({})),
        Value::Bool(false) => return Ok(json!({"not": {}})),
        _ => {}
    }
    let schema = &reference_apart(&without_null_branches(at, schema)?);
    let mut lowered = members(at, schema, |key, value, at| {
        lower_keyword(schema, key, value, at)
    })?;
    if let Some(value) = schema.get("const") {
        ensure!(
            schema.get("enum").is_none(),
            "{at}/const: `enum` beside it leaves no 3.0 form"
        );
        lowered["enum"] = json!([value]);
        if schema.get("type").is_none() {
            lowered["type"] = type_of(value)
                .with_context(|| format!("{at}/const: a null constant has no 3.0 form"))?
                .into();
        }
    }
    lower_bounds(at, schema, &mut lowered)?;
    if lowered["type"] == "array" && lowered.get("items").is_none() {
        lowered["items"] = json!({});
    }
    if lowered["nullable"] == true {
        let said = ["type", "allOf", "oneOf", "anyOf"]
            .iter()
            .any(|key| lowered.get(key).is_some());
        ensure!(said, "{at}: OpenAPI 3.0 needs a type beside a null");
    }
    Ok(lowered)
}

fn lower_keyword(schema: &Value, key: &str, value: &Value, at: &Pointer) -> Member {
    match key {
        "$ref" | "title" | "description" | "default" | "format" | "pattern" | "enum"
        | "required" | "multipleOf" | "minLength" | "maxLength" | "minItems" | "maxItems"
        | "minProperties" | "maxProperties" | "externalDocs" | "example" | "nullable" => {
            kept(key, value.clone())
        }
        "uniqueItems" | "readOnly" | "writeOnly" | "deprecated" if value == false => Ok(None),
        "uniqueItems" | "readOnly" | "writeOnly" | "deprecated" => kept(key, value.clone()),
        "type" => lower_type(key, value, at),
        "properties" => kept(key, each(at, value, lower_schema)?),
        // Said aloud, "any other members" is part of the type; the generator skips a mere `true`.
        "additionalProperties" if value == true && schema.get("properties").is_some() => {
            kept(key, json!({}))
        }
        "additionalProperties" if value.is_boolean() => kept(key, value.clone()),
        "items" | "not" | "additionalProperties" => kept(key, lower_schema(at, value)?),
        "allOf" | "anyOf" | "oneOf" => {
            let branches = value
                .as_array()
                .with_context(|| format!("{at}: a list belongs here"))?;
            let lowered: Result<Vec<Value>> = branches
                .iter()
                .enumerate()
                .map(|(index, branch)| lower_schema(&at.element(index), branch))
                .collect();
            kept(key, lowered?.into())
        }
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "const" => Ok(None), // by the caller
        "examples" => {
            let examples = value
                .as_array()
                .with_context(|| format!("{at}: a list belongs here"))?;
            match &examples[..] {
                [] => Ok(None),
                [only] if schema.get("example").is_none() => kept("example", only.clone()),
                _ => kept("x-examples", value.clone()),
            }
        }
        "contentEncoding" if value == "base64" && schema.get("format").is_none() => {
            kept("format", "byte".into())
        }
        "contentMediaType"
            if schema.get("contentEncoding").is_none() && schema.get("format").is_none() =>
        {
            ensure!(
                value == "application/octet-stream",
                "{at}: OpenAPI 3.0 cannot say what a string contains"
            );
            kept("format", "binary".into())
        }
        "$comment" => kept("x-comment", value.clone()),
        _ => other(key, value, at),
    }
}

fn lower_type(key: &str, value: &Value, at: &Pointer) -> Member {
    let single = match value {
        Value::Array(types) => {
            let rest: Vec<&Value> = types.iter().filter(|name| *name != "null").collect();
            let [single] = rest[..] else {
                bail!("{at}: OpenAPI 3.0 knows one type per schema besides null, got {value}");
            };
            single
        }
        single => single,
    };
    ensure!(
        single != "null",
        "{at}: OpenAPI 3.0 knows no type that is only null"
    );
    kept(key, single.clone())
}

/// Turns "or null", in any of its 3.1 spellings, into `nullable`.
fn without_null_branches(at: &Pointer, schema: &Value) -> Result<Value> {
    let mut schema = object(at, schema)?.clone();
    ensure!(
        !schema.contains_key("nullable"),
        "{at}/nullable: OpenAPI 3.1 has no such keyword; write type: [T, 'null']"
    );
    let mut nullable = schema
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|types| types.iter().any(|name| name == "null"));
    for keyword in ["oneOf", "anyOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(keyword) else {
            continue;
        };
        let count = branches.len();
        branches.retain(|branch| *branch != json!({"type": "null"}));
        if branches.len() == count {
            continue;
        }
        nullable = true;
        ensure!(
            !branches.is_empty(),
            "{at}/{keyword}: OpenAPI 3.0 knows no type that is only null"
        );
        if branches.len() == 1 {
            let only = schema.remove(keyword).expect("the keyword was just read");
            ensure!(
                !schema.contains_key("allOf"),
                "{at}/{keyword}: `allOf` beside it leaves no 3.0 form"
            );
            schema.insert("allOf".into(), only);
        }
    }
    if nullable {
        schema.insert("nullable".into(), true.into());
    }
    Ok(schema.into())
}

/// Gives a reference that has neighbours (3.0 would ignore them) a place of its own.
fn reference_apart(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(object) = schema.as_object_mut().filter(|object| object.len() > 1) else {
        return schema;
    };
    if let Some(reference) = object.remove("$ref") {
        let reference = json!({ "$ref": reference });
        match object.get_mut("allOf") {
            Some(Value::Array(branches)) => branches.push(reference),
            _ => drop(object.insert("allOf".into(), json!([reference]))),
        }
    }
    schema
}

/// Turns the numeric exclusive bounds of 3.1 into the flags of 3.0; of two bounds the tighter stays.
fn lower_bounds(at: &Pointer, schema: &Value, lowered: &mut Value) -> Result<()> {
    for (plain, exclusive, sign) in [
        ("minimum", "exclusiveMinimum", 1.0),
        ("maximum", "exclusiveMaximum", -1.0),
    ] {
        let inclusive = bound(at, schema, plain)?;
        match bound(at, schema, exclusive)? {
            Some(beyond) if inclusive.is_none_or(|inclusive| sign * inclusive <= sign * beyond) => {
                lowered[plain] = schema[exclusive].clone();
                lowered[exclusive] = true.into();
            }
            _ if inclusive.is_some() => lowered[plain] = schema[plain].clone(),
            _ => {}
        }
    }
    Ok(())
}

fn bound(at: &Pointer, schema: &Value, key: &str) -> Result<Option<f64>> {
    let read = |value: &Value| {
        value
            .as_f64()
            .with_context(|| format!("{at}/{key}: a number belongs here"))
    };
    schema.get(key).map(read).transpose()
}

fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}

#[cfg(test)]
mod tests;
