//! Bodies and query strings: received once for all contracts, read by each.

use std::fmt;
use std::marker::PhantomData;

use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::wiped::{ROOM, Wiped};
use super::{Context, Contract, Failure, Refusal, context};
use keywright_model::error::Error;
use keywright_model::nearest::nearest;
use keywright_model::secret::repeated;

/// The longest body that is read, in bytes.
pub const BODY_LEN_MAX: usize = 64 * 1024;
/// A longer body is taken in and thrown away up to here, so that its sender reads the answer.
const DRAINED_LEN_MAX: usize = 8 * 1024 * 1024;

/// A longer body counts as large, and only so many of these are taken in at once: clients that send them
/// slowly on purpose take no more memory than this.
const SMALL_LEN_MAX: usize = 4 * 1024;
const LARGE_BODIES_MAX: usize = 1024;

static LARGE_BODIES: Semaphore = Semaphore::const_new(LARGE_BODIES_MAX);

/// The body of a request, before anybody has looked at it; wiped when dropped, for it may hold secrets.
pub enum Received {
    /// All of it.
    Whole(Zeroizing<Vec<u8>>),
    /// It is longer than [`BODY_LEN_MAX`].
    TooLong,
    /// It broke off.
    Broken,
    /// There was no room for it.
    Crowded,
}

impl Received {
    /// The bytes, if they are all there.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::TooLong | Self::Broken | Self::Crowded => None,
        }
    }
}

/// Takes a body off the wire.
pub async fn receive<B: HttpBody<Data: AsRef<[u8]>> + Unpin>(stream: &mut B) -> Received {
    let expected = stream.size_hint().exact().map(usize::try_from);
    let expected = expected.and_then(Result::ok).unwrap_or(usize::MAX);
    let mut whole = Wiped::with_capacity(expected.min(SMALL_LEN_MAX));
    let mut len = 0;
    let mut room = None;
    while let Some(frame) = stream.frame().await {
        let Ok(frame) = frame else {
            return Received::Broken;
        };
        let Some(chunk) = frame.data_ref() else {
            continue;
        };
        len += chunk.as_ref().len();
        if len > DRAINED_LEN_MAX {
            break;
        }
        if len > SMALL_LEN_MAX && room.is_none() {
            let Ok(found) = LARGE_BODIES.try_acquire() else {
                return Received::Crowded;
            };
            room = Some(found);
        }
        if len <= BODY_LEN_MAX {
            whole.extend(chunk.as_ref());
        }
    }
    if len > BODY_LEN_MAX {
        Received::TooLong
    } else {
        Received::Whole(whole.into_inner())
    }
}

/// A JSON object in the body.
pub(super) struct Body<C, T>(pub T, PhantomData<C>);

impl<C: Contract, T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<C, T> {
    type Rejection = Failure<C>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure<C>> {
        let context = context(request.extensions())?;
        let bytes = whole(&context)?;
        require_json(request.headers())?;
        Ok(Self(read_object(bytes)?, PhantomData))
    }
}

/// A JSON object in the body, or no body at all; null is none, and many a generated client sends it for none.
pub(super) struct OptionalBody<C, T>(pub T, PhantomData<C>);

impl<C: Contract, T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S>
    for OptionalBody<C, T>
{
    type Rejection = Failure<C>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure<C>> {
        let context = context(request.extensions())?;
        let bytes = whole(&context)?;
        if bytes.is_empty() {
            return Ok(Self(T::default(), PhantomData));
        }
        require_json(request.headers())?;
        if bytes.trim_ascii() == b"null" {
            return Ok(Self(T::default(), PhantomData));
        }
        Ok(Self(read_object(bytes)?, PhantomData))
    }
}

/// An answer in JSON.
///
/// Not axum's own: that writes every name and quote through a buffer that counts who holds it, which takes
/// twice the work.
pub(super) struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut text = Vec::with_capacity(ROOM);
        match serde_json::to_writer(&mut text, &self.0) {
            Ok(()) => {
                let mut response = Response::new(text.into());
                let media_type = HeaderValue::from_static("application/json");
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, media_type);
                response
            }
            Err(error) => Refusal::at("", Error::internal(error)).into_response(),
        }
    }
}

/// An object inside the body; serde would take an array for one there, too.
#[derive(Debug)]
pub(super) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// Reads a member that may be left out, but not be null: serde takes a null for one that was left out, and
/// so for the wish for nothing in particular.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a word out of a list; serde would take an object for one, too.
pub(super) fn given_word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let word = String::deserialize(deserializer)?;
    T::deserialize(word.into_deserializer()).map(Some)
}

/// The whole body.
pub(super) fn whole(context: &Context) -> Result<&[u8], Error> {
    match &context.received {
        Received::Whole(bytes) => Ok(bytes),
        Received::TooLong => Err(Error::BodyTooLong(BODY_LEN_MAX)),
        Received::Broken => Err(Error::malformed("", "the body broke off: send it again")),
        Received::Crowded => Err(Error::Unavailable {
            cause: format!("{LARGE_BODIES_MAX} large bodies are being received"),
        }),
    }
}

/// Whether the content type is this one, parameters aside.
pub(super) fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let only = values.next().filter(|_| values.next().is_none());
    only.is_some_and(|value| {
        let essence = || value.to_str().ok()?.split(';').next();
        // Nearly everybody writes just this.
        value == wanted || essence().is_some_and(|it| it.trim().eq_ignore_ascii_case(wanted))
    })
}

/// Reads a JSON object; serde would take an array for one, too.
pub(super) fn read_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::malformed("", "the body must be JSON in UTF-8"))?;
    match text
        .trim_start_matches([' ', '\t', '\r', '\n'])
        .chars()
        .next()
    {
        Some('{') => {}
        Some('\u{feff}') => {
            let detail =
                "the body begins with a byte order mark: leave it out (RFC 8259, section 8.1)";
            return Err(Error::malformed("", detail));
        }
        None => {
            return Err(Error::malformed(
                "",
                "the body is missing: send a JSON object",
            ));
        }
        Some(_) => {
            return Err(Error::malformed(
                "",
                "the body must be a JSON object, as in {\"…\": …}",
            ));
        }
    }
    if let Ok(read) = serde_json::from_str(text) {
        return Ok(read);
    }
    // Read again, slowly, to say why not. Whether it is JSON comes first; what is in it is another question.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(&error))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| read_error(&pointer(error.path()), error.inner()))
}

/// Reads a query string; a parameter that is unknown or repeated is refused, never ignored.
pub(super) fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    read_pairs(query.as_bytes()).map_err(|(name, complaint)| Error::malformed(name, complaint))
}

/// Reads a form; a member that is repeated is refused.
pub(super) fn read_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    std::str::from_utf8(bytes)
        .map_err(|_| Error::malformed("", "the body must be a form in UTF-8"))?;
    read_pairs(bytes).map_err(|(name, complaint)| Error::invalid(format!("/{name}"), complaint))
}

/// Reads names and values; what is wrong comes with the name that it is about.
fn read_pairs<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, (String, String)> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(bytes));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let place = error.path().to_string();
        let message = error.inner().to_string();
        let name = field(&message).unwrap_or(&place);
        (repeated(name).to_owned(), complaint(name, &message))
    })
}

fn require_json(headers: &HeaderMap) -> Result<(), Error> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Error::ContentEncoded);
    }
    if has_type(headers, "application/json") {
        return Ok(());
    }
    Err(Error::ContentTypeUnknown("application/json"))
}

fn not_json(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let detail = format!("the body is not valid JSON at line {line}, column {column}");
    Error::malformed("", detail)
}

/// Says what is wrong with good JSON without repeating what was sent.
fn read_error(place: &str, error: &serde_json::Error) -> Error {
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
fn complaint(name: &str, message: &str) -> String {
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
fn field(message: &str) -> Option<&str> {
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
fn pointer(path: &serde_path_to_error::Path) -> String {
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Object, given, given_word, read_form, read_object, read_query};
    use keywright_model::error::{Error, Violation};

    #[derive(Debug, Deserialize)]
    struct Named {
        name: String,
    }

    fn violation(body: &[u8]) -> Violation {
        match read_object::<Named>(body).unwrap_err() {
            Error::Malformed(violation) => violation,
            Error::Invalid(violations) => violations[0].clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_without_what_was_sent() {
        assert_eq!(
            violation(b"{}"),
            Violation::new("/name", "name is missing: send it")
        );
        assert_eq!(
            violation(br#"{"name": 12}"#),
            Violation::new("/name", "name must be a string")
        );
        let twice = violation(br#"{"name": "a", "name": "b"}"#);
        assert_eq!(
            twice,
            Violation::new("/name", "name must be sent once, got it twice")
        );
    }

    #[test]
    fn an_array_is_no_object_wherever_it_stands() {
        #[derive(Debug, Deserialize)]
        struct Holder {
            inner: Vec<Object<Named>>,
        }

        let read = |body: &[u8]| read_object::<Holder>(body);
        let inner = read(br#"{"inner": [{"name": "a"}]}"#).unwrap().inner;
        assert_eq!(inner[0].0.name, "a");
        for (body, place) in [
            (br#"{"inner": [["a"]]}"#.as_slice(), "/inner/0"),
            (br#"{"inner": [{"name": 1}]}"#, "/inner/0/name"),
            (br#"{"inner": [{}]}"#, "/inner/0/name"),
        ] {
            let Err(Error::Invalid(violations)) = read(body) else {
                panic!("{place} is read");
            };
            assert_eq!(violations[0].place, place);
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place_and_no_secret_is_repeated() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only reading it is tested")]
        struct Wish {
            #[serde(default, deserialize_with = "given")]
            scopes: Option<Vec<String>>,
            #[serde(default, deserialize_with = "given_word")]
            role: Option<Role>,
        }

        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Role {
            Read,
        }

        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only reading it is tested")]
        struct Holder {
            inner: Vec<Object<Wish>>,
        }

        for (wish, place, detail) in [
            (
                r#"{"scope": ["a"]}"#,
                "/scope",
                "scope is not known here: scopes was probably meant",
            ),
            (
                r#"{"a/b~c": 1}"#,
                "/a~1b~0c",
                "a/b~c is not known here: leave it out, or use `scopes` or `role`",
            ),
            (
                r#"{"kw_5dRk2ZbN8xTq0WvYc7LmHs4JpGf9AeUi": 1}"#,
                "/[secret]",
                "[secret] is not known here: leave it out, or use `scopes` or `role`",
            ),
            (
                r#"{"x`, expected one of `y": 1}"#,
                "/x`, expected one of `y",
                "x`, expected one of `y is not known here: leave it out, or use `scopes` or `role`",
            ),
            (
                r#"{"scopes": null}"#,
                "/scopes",
                "inner/0/scopes must be an array",
            ),
            (
                r#"{"role": null}"#,
                "/role",
                "inner/0/role must be a string",
            ),
            (
                r#"{"role": {"read": null}}"#,
                "/role",
                "inner/0/role must be a string",
            ),
            (
                r#"{"role": "Read"}"#,
                "/role",
                "inner/0/role must be `read`",
            ),
        ] {
            let body = format!("{{\"inner\": [{wish}]}}");
            let Err(Error::Invalid(violations)) = read_object::<Holder>(body.as_bytes()) else {
                panic!("{wish} is read");
            };
            let expected = Violation::new(format!("/inner/0{place}"), detail);
            assert_eq!(violations, [expected], "{wish}");
        }
        for good in ["{}", r#"{"scopes": [], "role": "read"}"#] {
            assert!(read_object::<Wish>(good.as_bytes()).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_query_is_named_by_its_parameter() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only reading it is tested")]
        struct Filter {
            suspended: Option<bool>,
            limit: Option<u32>,
        }

        let complaint = |query| match read_query::<Filter>(query).unwrap_err() {
            Error::Malformed(violation) => violation,
            other => panic!("{other:?}"),
        };
        for (query, name, detail) in [
            (
                "suspended=1",
                "suspended",
                "suspended must be true or false",
            ),
            ("limit=x", "limit", "limit must be a whole number"),
            ("limit=", "limit", "limit must be a whole number"),
            (
                "limit=1&limit=2",
                "limit",
                "limit must be sent once, got it twice",
            ),
        ] {
            assert_eq!(complaint(query), Violation::new(name, detail));
        }
        let detail = "limits is not known here: limit was probably meant";
        assert_eq!(complaint("limits=1"), Violation::new("limits", detail));
        let detail = "page is not known here: leave it out, or use `suspended` or `limit`";
        assert_eq!(complaint("page=1"), Violation::new("page", detail));
    }

    #[test]
    fn a_value_is_never_taken_for_the_name_of_its_parameter() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Kind {
            Standard,
        }

        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only reading it is tested")]
        struct Filter {
            kind: Kind,
        }

        let sent = "kind=planted+field";
        let detail = "kind must be `standard`";
        let Err(Error::Malformed(violation)) = read_query::<Filter>(sent) else {
            panic!("it is read");
        };
        assert_eq!(violation, Violation::new("kind", detail));
        let Err(Error::Invalid(violations)) = read_form::<Filter>(sent.as_bytes()) else {
            panic!("it is read");
        };
        assert_eq!(violations, [Violation::new("/kind", detail)]);
    }

    #[test]
    fn only_a_whole_object_in_utf_8_is_read() {
        let deep = format!("{{\"x\":{}", "[".repeat(30_000));
        let bodies: [&[u8]; 8] = [
            b"",
            b"[]",
            br#"["x"]"#,
            b"null",
            br#"{"name": "x""#,
            b"{\"name\": \"\xff\"}",
            br#"{"name": "x"} x"#,
            deep.as_bytes(),
        ];
        for body in bodies {
            assert!(read_object::<Named>(body).is_err(), "{body:?} is read");
        }
        assert!(read_object::<Named>(br#" {"name": "x", "other": [1]} "#).is_ok());
    }
}
