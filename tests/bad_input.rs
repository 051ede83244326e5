//! Bad input, table by table: each case is answered in its contract's own shape, names the field and
//! the remedy, and changes nothing.
//! Leaves the whole of a typical refusal to the contracts' own files.

mod bodies;
mod client_keys;
mod control;
mod control_life;
mod credentials;
mod headers;
mod named_keys;
mod organization_key;
mod user_key;
mod wishes;

use serde_json::Value;

use crate::support::{Answer, Request, Server, database};

/// One bad request, and what its refusal says.
struct Case {
    what: String,
    request: Request,
    status: u16,
    says: Vec<String>,
}

impl Case {
    fn new(what: impl Into<String>, request: Request, status: u16, says: &[&str]) -> Self {
        let says = says.iter().map(|word| (*word).to_owned()).collect();
        Self {
            what: what.into(),
            request,
            status,
            says,
        }
    }
}

/// Sends each case and looks at what it says, and at the database before and after.
async fn refuse(server: &Server, cases: Vec<Case>) {
    let mut faults = Vec::new();
    for case in cases {
        let before = database::state(server.folder());
        let answer = case.request.send().await;
        let what = case.what;
        if answer.status != case.status {
            faults.push(format!("{what}: {} {}", answer.status, answer.text()));
            continue;
        }
        // Prose may say `content type` for the header `Content-Type`.
        let message = message(&answer).replace('-', " ");
        for word in case.says {
            if !message
                .to_lowercase()
                .contains(&word.replace('-', " ").to_lowercase())
            {
                faults.push(format!("{what}: `{message}` does not say `{word}`"));
            }
        }
        if database::state(server.folder()) != before {
            faults.push(format!("{what}: something changed"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What an answer says, in whichever contract's shape: its sentence, and what it points at.
fn message(answer: &Answer) -> String {
    let body = answer.json();
    let sentence = [
        "/error/message",
        "/message",
        "/errors/0/message",
        "/detail",
        "/error_description",
    ]
    .iter()
    .find_map(|pointer| body.pointer(pointer).and_then(Value::as_str))
    .unwrap_or_else(|| panic!("nothing is said in {body}"));
    let pointers = body["errors"].as_array().into_iter().flatten();
    let pointers = pointers.filter_map(|error| error["pointer"].as_str());
    [sentence]
        .into_iter()
        .chain(pointers)
        .collect::<Vec<_>>()
        .join(" ")
}
