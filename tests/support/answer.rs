//! An HTTP answer as a value: what tests assert on, and its redacted whole for inline snapshots.
//! Leaves whether the answer is allowed at all to `documents`.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// The headers that say something; the others belong to the transport.
const HEADERS: [&str; 18] = [
    "allow",
    "cache-control",
    "content-type",
    "deprecation",
    "pragma",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "sunset",
    "www-authenticate",
    "x-request-id",
    "location",
    "x-key-id",
    "x-key-owner",
    "x-key-scopes",
    "x-key-kind",
    "x-key-expires-at",
    "x-key-refusal",
];

/// A whole answer that the documents allow.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header's value, if it was sent exactly once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().expect("headers are visible ASCII");
        assert!(values.next().is_none(), "{name} was sent more than once");
        Some(value)
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The string at a JSON pointer of the body.
    pub(crate) fn string(&self, pointer: &str) -> String {
        let body = self.json();
        let found = body.pointer(pointer).and_then(Value::as_str);
        found
            .unwrap_or_else(|| panic!("no string at {pointer} in {body}"))
            .to_owned()
    }

    /// This answer, if it has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Status, headers that say something and body, with what is random replaced by its kind.
    pub(crate) fn whole(&self) -> Value {
        let mut headers = serde_json::Map::new();
        for name in HEADERS {
            let values: Vec<&str> = self
                .headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .collect();
            if !values.is_empty() {
                headers.insert(name.to_owned(), values.join(" | ").into());
            }
        }
        let is_html = self.header("content-type") == Some("text/html");
        let body = if self.body.is_empty() {
            Value::Null
        } else if is_html {
            self.text().into()
        } else {
            self.json()
        };
        json!({ "status": self.status, "headers": headers, "body": body })
    }

    /// The rules by which `assert_answer!` replaces what is random.
    pub(crate) fn redactions() -> insta::Settings {
        let mut settings = insta::Settings::clone_current();
        settings.set_sort_maps(true);
        for (selector, shown) in [
            (".headers[\"x-request-id\"]", "[request id]"),
            (".headers[\"x-key-id\"]", "[id]"),
            (".headers[\"x-key-owner\"]", "[owner id]"),
            (".headers[\"x-key-expires-at\"]", "[instant]"),
            (".**.requestId", "[request id]"),
            (".**.request_id", "[request id]"),
            (".**.userId", "[user id]"),
            (".**.apikey", "[secret]"),
            (".**.api_key", "[secret]"),
            (".**.clientSecret", "[secret]"),
            (".**.secret", "[secret]"),
            (".**.access_token", "[token]"),
            (".**.clientId", "[id]"),
            (".**.client_id", "[id]"),
            (".**.id", "[id]"),
            (".**.owner_id", "[owner id]"),
            (".**.parent_id", "[owner id]"),
            (".**.replaced_by", "[id]"),
            (".**.hint", "[hint]"),
            (".**.created_at", "[instant]"),
            (".**.updated_at", "[instant]"),
            (".**.revoked_at", "[instant]"),
            (".**.replaced_at", "[instant]"),
            (".**.next_cursor", "[cursor]"),
        ] {
            settings.add_redaction(selector, shown);
        }
        settings
    }
}

/// Asserts on a whole answer, inline, with ids, times and secrets replaced by their kind.
macro_rules! assert_answer {
    ($answer:expr, @$whole:literal) => {{
        let answer: &$crate::support::Answer = &$answer;
        // One assertion may meet several answers that must be alike.
        insta::allow_duplicates! {
            $crate::support::Answer::redactions()
                .bind(|| insta::assert_json_snapshot!(answer.whole(), @$whole));
        }
    }};
}
pub(crate) use assert_answer;
