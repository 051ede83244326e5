//! What utoipa writes otherwise than our documents do.
//! Leaves what they say to `openapi` and the contracts.

use serde_json::{Value, json};

/// Members that hold examples or values, not words of OpenAPI.
const LITERALS: [&str; 5] = ["default", "enum", "example", "examples", "value"];

/// Writes a document as ours are written: a description is one paragraph, a member without a value is left
/// out and not null (except at the pointers in `nullable`), and a reference stands alone.
pub(super) fn speak_plainly(document: &mut Value, nullable: &[&str]) {
    speak_plainly_at("", document, nullable);
}

fn speak_plainly_at(at: &str, value: &mut Value, nullable: &[&str]) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            for (key, member) in object {
                if !LITERALS.contains(&key.as_str()) {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    speak_plainly_at(&format!("{at}/{key}"), member, nullable);
                }
            }
            if !nullable.contains(&at) {
                leave_out_null(value);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter_mut().enumerate() {
                speak_plainly_at(&format!("{at}/{index}"), element, nullable);
            }
        }
        _ => {}
    }
}

/// Takes null out of the types that a schema allows.
fn leave_out_null(schema: &mut Value) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.retain(|choice| *choice != json!({"type": "null"}));
        if let [only] = choices.as_slice() {
            // What stands beside a lone choice would be lost: it stays, and the comparison names it.
            let only = only.clone();
            if schema.as_object().is_some_and(|schema| schema.len() == 1) {
                *schema = only;
            }
        }
    }
}
