//! Writes down what was answered, so that a validator that is not ours can look at it after the tests.
//! Leaves which answers a document describes to `documents`, and the look itself to `cargo xtask test`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex};

use serde_json::{Value, json};

use super::answer::Answer;
use super::documents::Described;
use super::target;

/// How many answers of one operation, status and shape are written down: some tests have thousands alike.
const ALIKE_MAX: usize = 10;

/// The file, and how many answers of each shape are in it. It begins anew with each run.
struct Recorder {
    file: File,
    alike: HashMap<String, usize>,
}

static RECORDER: LazyLock<Mutex<Recorder>> = LazyLock::new(|| {
    let folder = target().join("contract-tools");
    std::fs::create_dir_all(&folder).unwrap();
    Mutex::new(Recorder {
        file: File::create(folder.join("answers.jsonl")).unwrap(),
        alike: HashMap::new(),
    })
});

/// Writes an answer down, one line of JSON, unless there are enough like it.
pub(crate) fn record(described: &Described, answer: &Answer) {
    let headers = answer.headers.iter();
    let headers: Vec<(&str, &str)> = headers
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let body = serde_json::from_slice(&answer.body).ok();
    let shape = format!(
        "{} {} {} {names:?} {}",
        described.contract,
        described.operation,
        described.status,
        body.as_ref().map(shape).unwrap_or_default()
    );
    let mut recorder = RECORDER.lock().unwrap();
    let alike = recorder.alike.entry(shape).or_default();
    *alike += 1;
    if *alike > ALIKE_MAX {
        return;
    }
    let line = json!({
        "contract": described.contract,
        "operation": described.operation,
        "method": described.method,
        "path": described.path,
        "status": described.status,
        "headers": headers,
        "body": answer.text(),
    });
    writeln!(recorder.file, "{line}").unwrap();
}

/// What a body consists of, without its values.
fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(items) => {
            let mut shapes: Vec<String> = items.iter().map(shape).collect();
            shapes.sort();
            shapes.dedup();
            format!("[{}]", shapes.join(" "))
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{name}:{}", shape(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(" "))
        }
    }
}
