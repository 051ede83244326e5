//! The operations beside the four, each in its contract's own style: reading, listing, deleting.
//! Leaves the four themselves to their own files and bodies that are not read to `bad_input`.

mod client_keys;
mod named_keys;
mod user_key;

use serde_json::{Value, json};

use crate::support::Answer;

/// A whole answer with one word of it replaced, for comparing answers that differ in nothing else.
pub(crate) fn whole_without(answer: &Answer, word: &str) -> Value {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    json!({
        "status": answer.status,
        "headers": headers,
        "body": answer.text().replace(word, "[word]"),
    })
}
