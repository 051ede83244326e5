//! Reads what a client sends with one of the parsers, for a test that counts the instructions of just that.
//!
//! `read_inputs PARSER LENGTH` makes an input of about LENGTH bytes, and prints whether it could be read.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::ExitCode;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use keywright_api::contract::fuzz;
use keywright_model::address::{Network, client_address};
use keywright_model::scope::Scopes;
use keywright_model::secret::{Pepper, Secret, repeated};
use serde_json::Value;

/// What is counted: it must stay a function of its own.
#[inline(never)]
fn counted_read(parser: &str, text: &str, sent: &HeaderMap) -> Option<bool> {
    Some(match parser {
        "bearer" => fuzz::bearer(sent).is_ok(),
        "api_key" => fuzz::api_key(sent).is_ok(),
        "basic" => fuzz::basic(sent).is_ok(),
        "retry_key" => fuzz::retry_key(sent).is_ok(),
        "accept" => fuzz::accepts_json(sent),
        "object" | "array" | "nested" | "digits" | "escapes" => {
            fuzz::read_object::<BTreeMap<String, Value>>(text.as_bytes()).is_ok()
        }
        "names" => fuzz::read_object::<BTreeMap<String, Vec<String>>>(text.as_bytes()).is_ok(),
        "broken" => fuzz::read_object::<BTreeMap<String, Vec<u8>>>(text.as_bytes()).is_ok(),
        "query" => fuzz::read_query::<Vec<(String, String)>>(text).is_ok(),
        "form" => fuzz::read_form::<Vec<(String, String)>>(text.as_bytes()).is_ok(),
        "scopes" => Scopes::read(text).is_some(),
        "repeated" => repeated(text) == text,
        "secret" => Secret::new(text.to_owned()).is_plausible(),
        "digest" => {
            let pepper = Pepper::new(1, &[7; 32]);
            pepper.digest(&Secret::new(text.to_owned())).0 != [0; 32]
        }
        "network" => text.parse::<Network>().is_ok(),
        "forwarded" => {
            let trusted: Vec<Network> = "10.0.0.0/8".parse().into_iter().collect();
            let lines = [Some(text)].into_iter();
            client_address([10, 0, 0, 1].into(), lines, &trusted).is_some()
        }
        _ => return None,
    })
}

/// `len` bytes of elements, numbered, with a comma between any two.
fn list(len: usize, element: impl Fn(usize) -> String) -> String {
    let size = element(1_000_000).len() + 1;
    let elements: Vec<String> = (1_000_000..).take(len / size).map(element).collect();
    elements.join(",")
}

/// An input of about `len` bytes.
fn input(parser: &str, len: usize) -> String {
    match parser {
        "object" => format!("{{{}}}", list(len, |index| format!("\"{index}\":1"))),
        "array" => format!("{{\"a\":[{}]}}", list(len, |index| index.to_string())),
        "nested" => format!(
            "{{\"a\":[{}]}}",
            list(len, |index| format!("[[[{index}]]]"))
        ),
        "names" | "broken" => {
            let names = list(len, |index| format!("\"{index}\""));
            format!("{{\"a\":[{names}]}}")
        }
        "digits" => format!("{{\"a\":{}}}", "1".repeat(len)),
        "escapes" => format!("{{\"a\":\"{}\"}}", "\\u0041".repeat(len / 6)),
        "query" | "form" => list(len, |index| format!("{index}=%41")).replace(',', "&"),
        "scopes" | "repeated" => list(len, |index| index.to_string()).replace(',', " "),
        "forwarded" => list(len, |_| "10.20.30.40".to_owned()),
        "accept" => list(len, |index| format!("text/{index};q=0.5")),
        "basic" => format!(
            "Basic {}",
            STANDARD.encode(format!("a:{}", "%41".repeat(len / 4)))
        ),
        "bearer" => format!("Bearer {}", "a".repeat(len)),
        _ => "a".repeat(len),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [parser, len] = &arguments[..] else {
        return ExitCode::FAILURE;
    };
    let Ok(len) = len.parse() else {
        return ExitCode::FAILURE;
    };
    let text = input(parser, len);
    let mut sent = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&text) {
        for name in [
            header::AUTHORIZATION,
            header::ACCEPT,
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("idempotency-key"),
        ] {
            sent.insert(name, value.clone());
        }
    }
    match counted_read(black_box(parser), black_box(&text), black_box(&sent)) {
        Some(is_read) => println!("{is_read}"),
        None => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}
