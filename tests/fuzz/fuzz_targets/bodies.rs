//! JSON, forms and query strings: read as their plain readers do, and refused without repeating what was sent.

#![no_main]

use keywright_api::contract::fuzz;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a refusal must not say: the value of a member.
const PLANTED: char = '§';

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only reading it matters")]
struct Wanted {
    name: Option<String>,
    limit: Option<u32>,
    signed: Option<i64>,
    flag: Option<bool>,
    kind: Option<Kind>,
    id: Option<uuid::Uuid>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Standard,
    Control,
}

/// The same with what a query cannot hold.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only reading it matters")]
struct Nested {
    inner: Option<Box<Nested>>,
    list: Option<Vec<Nested>>,
    names: Option<Vec<String>>,
    kind: Option<Kind>,
    cost: Option<i64>,
    metadata: Option<Map<String, Value>>,
}

fuzz_target!(|bytes: &[u8]| {
    check_json(bytes);
    check_form(bytes);
});

fn check_json(bytes: &[u8]) {
    let read = fuzz::read_object::<Map<String, Value>>(bytes);
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(expected)) => assert_eq!(read, Ok(expected)),
        Ok(_) => assert!(read.is_err(), "something else than an object is read"),
        Err(error) => assert!(read.is_err(), "{error}, and yet it is read"),
    }
    match read {
        Ok(members) => {
            if has_planted_name(&Value::Object(members)) {
                return;
            }
        }
        Err(error) => {
            assert!(!error.to_string().contains(PLANTED), "{error}");
            return;
        }
    }
    if let Err(error) = fuzz::read_object::<Wanted>(bytes) {
        assert!(!error.to_string().contains(PLANTED), "{error}");
    }
    if let Err(error) = fuzz::read_object::<Nested>(bytes) {
        assert!(!error.to_string().contains(PLANTED), "{error}");
    }
}

/// Whether the name of a member holds what only values should: a place is told by its names.
fn has_planted_name(value: &Value) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(name, member)| name.contains(PLANTED) || has_planted_name(member)),
        Value::Array(items) => items.iter().any(has_planted_name),
        _ => false,
    }
}

fn check_form(bytes: &[u8]) {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(bytes).into_owned().collect();
    let Ok(text) = std::str::from_utf8(bytes) else {
        assert!(fuzz::read_form::<Vec<(String, String)>>(bytes).is_err());
        return;
    };
    assert_eq!(fuzz::read_query(text), Ok(pairs.clone()));
    assert_eq!(fuzz::read_form(bytes), Ok(pairs.clone()));
    let is_named = pairs.iter().any(|(name, _)| name.contains(PLANTED));
    for read in [
        fuzz::read_query::<Wanted>(text),
        fuzz::read_form::<Wanted>(bytes),
    ] {
        match read {
            Ok(_) => {
                let mut names: Vec<&String> = pairs.iter().map(|(name, _)| name).collect();
                names.sort();
                assert!(names.windows(2).all(|two| two[0] != two[1]), "{names:?}");
            }
            Err(error) => assert!(is_named || !error.to_string().contains(PLANTED), "{error}"),
        }
    }
}
