//! What serde complains of, in words that name the place and the remedy and repeat nothing that may be a secret.
//! Leaves reading to `body`.

use keywright_model::error::Error;
use keywright_model::nearest::nearest;
use keywright_model::secret::repeated;

pub(super) fn not_json(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let detail = format!("the body is not valid JSON at line {line}, column {column}");
    Error::malformed("", detail)
}

/// Says what is wrong with good JSON without repeating what was sent.
pub(super) fn read_error(place: &str, error: &serde_json::Error) -> Error {
    let message = error.to_string();
    if message.starts_with("recursion limit exceeded") {
        return Error::malformed("", "the body is nested too deep: 127 levels are read");
    }
    // A lone surrogate is seen only by who reads the text; an enum given a number says "expected value".
    if !error.is_data() && !message.starts_with("expected value") {
        return not_json(error);
    }
    // These are about a member of what the path leads to. Of an unknown one the path has the name.
    let is_whole = message.starts_with("missing field") || message.starts_with("duplicate field");
    if let Some(name) = quoted(&message).filter(|_| is_whole) {
        return Error::invalid(format!("{place}/{name}"), complaint(name, &message));
    }
    if message.starts_with("unknown field") {
        let (parent, name) = place.rsplit_once('/').unwrap_or_default();
        let name = unescaped(name);
        let shown = escaped(repeated(&name));
        return Error::invalid(format!("{parent}/{shown}"), complaint(&name, &message));
    }
    let name = place.trim_start_matches('/');
    let name = if name.is_empty() { "the body" } else { name };
    Error::invalid(place, complaint(name, &message))
}

/// A sentence that names what is wrong and what would be right, out of serde's words.
pub(super) fn complaint(name: &str, message: &str) -> String {
    // What was sent may stand in the message, too, but never behind what was expected.
    let expected = message
        .rsplit_once("expected ")
        .map_or("", |(_, rest)| rest);
    let expected = expected.split(" at line").next().unwrap_or_default();
    if message.starts_with("missing field") {
        return format!("{name} is missing: send it");
    } else if message.starts_with("duplicate field") {
        return format!("{name} must be sent once, got it twice");
    } else if message.starts_with("unknown field") {
        return unknown(name, expected);
    }
    let wanted = match expected {
        "a sequence" => "an array",
        "a map" => "an object",
        "a boolean" => "true or false",
        "u32" | "i32" | "u64" => "a whole number that is not negative",
        "i64" => "a whole number",
        "value" => "one of the values that the document lists",
        "" if message.contains("`true`") => "true or false",
        "" if message.contains("UUID") => "a UUID with its four hyphens",
        "" if ["digit", "integer", "number"]
            .iter()
            .any(|word| message.contains(word)) =>
        {
            "a whole number"
        }
        "" => "another value",
        words => words,
    };
    format!("{name} must be {wanted}")
}

/// A sentence about a member or parameter that does not exist, with the one that was probably meant.
fn unknown(name: &str, expected: &str) -> String {
    let known = expected.split('`').skip(1).step_by(2).map(str::to_owned);
    let meant = nearest(name, known);
    let name = repeated(name);
    match meant {
        Some(meant) => format!("{name} is not known here: {meant} was probably meant"),
        None if expected.is_empty() => format!("{name} is not known here: leave it out"),
        None => format!("{name} is not known here: leave it out, or use {expected}"),
    }
}

/// The field that a message is about. Other messages quote, too, but what was sent.
pub(super) fn field(message: &str) -> Option<&str> {
    ["missing field", "duplicate field", "unknown field"]
        .iter()
        .any(|start| message.starts_with(start))
        .then(|| quoted(message))?
}

/// The first word that a message quotes.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// A path into the body as RFC 6901 writes it.
pub(super) fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escaped(key)),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

/// A name as it stands in a pointer (RFC 6901, section 3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name that stands in a pointer.
fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}
