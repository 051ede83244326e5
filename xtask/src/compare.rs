//! Owns the structural comparison of two documents: what counts as a difference, and its words.
//! Leaves loading and references to `document`.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::document::{Pointer, Reading};

/// Members that mean the same when they are absent.
const IMPLIED: [(&str, bool); 4] = [
    ("allowEmptyValue", false),
    ("deprecated", false),
    ("required", false),
    ("uniqueItems", false),
];

/// Arrays whose order has no meaning.
const SETS: [&str; 5] = ["enum", "required", "security", "tags", "type"];

/// The names of the two sides, as the messages give them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides {
    pub(crate) left: &'static str,
    pub(crate) right: &'static str,
}

/// One place where two documents disagree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) at: Pointer,
    pub(crate) what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// Every difference between two documents, in the order of their places.
pub(crate) fn differences(sides: Sides, left: &Value, right: &Value) -> Vec<Difference> {
    let mut comparison = Comparison {
        sides,
        found: Vec::new(),
    };
    comparison.values(&Pointer::default(), Reading::Keywords, None, left, right);
    comparison.found
}

struct Comparison {
    sides: Sides,
    found: Vec<Difference>,
}

impl Comparison {
    /// Compares two values; `keyword` is the document's own word that they stand under, if any.
    fn values(
        &mut self,
        at: &Pointer,
        reading: Reading,
        keyword: Option<&str>,
        left: &Value,
        right: &Value,
    ) {
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => self.objects(at, reading, left, right),
            (Value::Array(left), Value::Array(right)) => match keyword {
                Some("parameters") => self.keyed(at, reading, parameter_key, left, right),
                Some("tags") if left.iter().chain(right).all(Value::is_object) => {
                    self.keyed(at, reading, tag_key, left, right);
                }
                Some(word) if SETS.contains(&word) => self.sets(at, left, right),
                _ => self.lists(at, reading, left, right),
            },
            _ if same_scalar(left, right) => {}
            _ => self.add(
                at,
                format!(
                    "{} has {left}, {} has {right}",
                    self.sides.left, self.sides.right
                ),
            ),
        }
    }

    fn objects(
        &mut self,
        at: &Pointer,
        reading: Reading,
        left: &Map<String, Value>,
        right: &Map<String, Value>,
    ) {
        let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for key in keys {
            let at = at.child(key);
            let implied = |value: &Value| {
                reading == Reading::Keywords
                    && IMPLIED
                        .iter()
                        .any(|(word, default)| word == key && value == default)
            };
            match (left.get(key), right.get(key)) {
                (Some(left), Some(right)) => {
                    let keyword = (reading == Reading::Keywords).then_some(key.as_str());
                    let reading = reading.under(key, left);
                    // `enum` holds literals, but its own order has no meaning.
                    self.values(&at, reading, keyword, left, right);
                }
                (Some(value), None) if !implied(value) => self.only_left(&at, None),
                (None, Some(value)) if !implied(value) => self.only_right(&at, None),
                _ => {}
            }
        }
    }

    fn lists(&mut self, at: &Pointer, reading: Reading, left: &[Value], right: &[Value]) {
        for index in 0..left.len().max(right.len()) {
            let at = at.element(index);
            match (left.get(index), right.get(index)) {
                (Some(left), Some(right)) => self.values(&at, reading, None, left, right),
                (Some(value), None) => self.only_left(&at, Some(&value.to_string())),
                (None, value) => self.only_right(&at, value.map(ToString::to_string).as_deref()),
            }
        }
    }

    /// Compares two lists without their order, element by whole element.
    fn sets(&mut self, at: &Pointer, left: &[Value], right: &[Value]) {
        let mut right: Vec<(usize, Value)> = right.iter().map(unordered).enumerate().collect();
        for (index, value) in left.iter().map(unordered).enumerate() {
            match right.iter().position(|(_, other)| same(&value, other)) {
                Some(found) => drop(right.swap_remove(found)),
                None => self.only_left(&at.element(index), Some(&value.to_string())),
            }
        }
        right.sort_by_key(|(index, _)| *index);
        for (index, value) in right {
            self.only_right(&at.element(index), Some(&value.to_string()));
        }
    }

    /// Compares two lists whose elements carry their own name.
    fn keyed(
        &mut self,
        at: &Pointer,
        reading: Reading,
        key: fn(&Value) -> String,
        left: &[Value],
        right: &[Value],
    ) {
        let mut right: Vec<(usize, &Value)> = right.iter().enumerate().collect();
        for (index, value) in left.iter().enumerate() {
            let at = at.element(index);
            match right.iter().position(|(_, other)| key(other) == key(value)) {
                Some(found) => {
                    let (_, other) = right.remove(found);
                    self.values(&at, reading, None, value, other);
                }
                None => self.only_left(&at, Some(&key(value))),
            }
        }
        for (index, value) in right {
            self.only_right(&at.element(index), Some(&key(value)));
        }
    }

    fn only_left(&mut self, at: &Pointer, what: Option<&str>) {
        self.only(at, what, self.sides.left, self.sides.right);
    }

    fn only_right(&mut self, at: &Pointer, what: Option<&str>) {
        self.only(at, what, self.sides.right, self.sides.left);
    }

    fn only(&mut self, at: &Pointer, what: Option<&str>, there: &str, missing: &str) {
        let what = what.map(|what| format!("{what}: ")).unwrap_or_default();
        self.add(at, format!("{what}in {there}, not in {missing}"));
    }

    fn add(&mut self, at: &Pointer, what: String) {
        self.found.push(Difference {
            at: at.clone(),
            what,
        });
    }
}

fn parameter_key(parameter: &Value) -> String {
    let word = |key| parameter[key].as_str().unwrap_or("?").to_owned();
    format!("{} parameter {}", word("in"), word("name"))
}

fn tag_key(tag: &Value) -> String {
    format!("tag {}", tag["name"].as_str().unwrap_or("?"))
}

/// The scopes of a security requirement in a fixed order; anything else as it is.
fn unordered(value: &Value) -> Value {
    let Value::Object(requirement) = value else {
        return value.clone();
    };
    let sorted = |scopes: &Value| match scopes {
        Value::Array(scopes) => {
            let mut scopes = scopes.clone();
            scopes.sort_by_key(ToString::to_string);
            Value::Array(scopes)
        }
        other => other.clone(),
    };
    requirement
        .iter()
        .map(|(scheme, scopes)| (scheme.clone(), sorted(scopes)))
        .collect::<Map<_, _>>()
        .into()
}

/// Whether two JSON values are equal, with numbers by value and not by spelling.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => same_scalar(left, right),
    }
}

fn same_scalar(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64()))
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests;
