//! Documents as YAML that readers of version 1.1, of whom there are many, take for the same as those of 1.2.
//! Leaves everything else about YAML to its library.

use serde_json::{Map, Value};

/// The parts of a document in the order in which people read them.
const ORDER: [&str; 6] = ["openapi", "info", "servers", "tags", "paths", "components"];

/// Writes a document, its parts in reading order.
pub(super) fn write(document: &Value) -> Result<String, serde_norway::Error> {
    let mut left = document.as_object().cloned().unwrap_or_default();
    let mut text = String::new();
    for part in ORDER {
        if let Some((part, value)) = left.remove_entry(part) {
            text += &serde_norway::to_string(&Map::from_iter([(part, value)]))?;
        }
    }
    if !left.is_empty() {
        text += &serde_norway::to_string(&left)?;
    }
    let mut written = String::with_capacity(text.len() + text.len() / 64);
    // Lines that are indented more than this belong to a text of several lines and are no values of their own.
    let mut block = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let is_text = line.is_empty() || block.is_some_and(|block| indent > block);
        let (before, value) = line.split_at(if is_text { line.len() } else { value_at(line) });
        if !is_text {
            let begins_text = ["|", "|-", "|+", ">", ">-", ">+"].contains(&value);
            block = begins_text.then_some(indent);
        }
        written.push_str(before);
        if is_another_in_1_1(value) {
            written.push('\'');
            written.push_str(value);
            written.push('\'');
        } else {
            written.push_str(value);
        }
        written.push('\n');
    }
    Ok(written)
}

/// Where the value of a line begins, behind dashes and the name of a member.
fn value_at(line: &str) -> usize {
    let mut at = line.len() - line.trim_start().len();
    while line[at..].starts_with("- ") {
        at += 2;
    }
    let is_quoted = line[at..].starts_with(['\'', '"']);
    let name = line[at..].find(": ").filter(|_| !is_quoted);
    name.map_or(at, |name| at + name + 2)
}

/// Whether a plain value is a text in YAML 1.2, which is what was written, and something else in 1.1: a date, an
/// instant, a number in base 60 or with underscores, a truth.
fn is_another_in_1_1(value: &str) -> bool {
    const TRUTHS: [&str; 6] = ["y", "n", "yes", "no", "on", "off"];
    let starts = value.strip_prefix(['+', '-']).unwrap_or(value);
    if !starts.starts_with(|first: char| first.is_ascii_digit()) {
        return value == "=" || TRUTHS.iter().any(|truth| value.eq_ignore_ascii_case(truth));
    }
    let is_date = value.len() >= 8
        && value.as_bytes()[4] == b'-'
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.+TtZz ".contains(&byte));
    let is_number = starts
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"_:.".contains(&byte));
    is_date || (is_number && starts.contains(['_', ':']))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::write;

    #[test]
    fn a_document_begins_with_what_it_is_and_ends_with_its_components() {
        let document = json!({
            "components": {"schemas": {}}, "info": {"title": "T"}, "openapi": "3.1.0", "paths": {}, "x-more": 1,
        });
        let text = write(&document).unwrap();
        let parts: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(parts, ["openapi", "info", "paths", "components", "x-more"]);
        let read: serde_json::Value = serde_norway::from_str(&text).unwrap();
        assert_eq!(read, document);
    }

    #[test]
    fn what_readers_of_yaml_1_1_take_for_something_else_is_quoted() {
        let document = json!({
            "instant": "2026-01-15T09:30:00.000Z",
            "list": ["2026-01-15", {"time": "12:30:45"}, "1_000", "yes", "=", "9h"],
            "id": "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
            "count": 12,
            "share": 0.5,
            "address": "203.0.113.7",
            "text": "date: 2026-01-15\n2026-01-15",
        });
        let text = write(&document).unwrap();
        for line in [
            "instant: '2026-01-15T09:30:00.000Z'",
            "- '2026-01-15'",
            "- time: '12:30:45'",
            "- '1_000'",
            "- '='",
            "- 9h",
            "id: 0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
            "count: 12",
            "share: 0.5",
            "address: 203.0.113.7",
            "  date: 2026-01-15",
        ] {
            assert!(
                text.lines().any(|written| written == line),
                "{line}\n{text}"
            );
        }
        assert!(
            text.contains("- 'yes'\n") || text.contains("- \"yes\"\n"),
            "{text}"
        );
        let read: serde_json::Value = serde_norway::from_str(&text).unwrap();
        assert_eq!(read, document);
    }
}
