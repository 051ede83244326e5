//! Bodies and query strings: received once for all contracts, read by each.

use std::marker::PhantomData;

use axum::body::{Body as Stream, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;

use super::{Contract, Failure};
use crate::error::Error;

/// The longest body that is read, in bytes.
pub const BODY_LEN_MAX: usize = 64 * 1024;
/// A longer body is taken in and thrown away up to here, so that its sender reads the answer.
const DRAINED_LEN_MAX: usize = 8 * 1024 * 1024;

/// The body of a request, before anybody has looked at it.
#[derive(Clone, Debug)]
pub enum Received {
    /// All of it.
    Whole(Bytes),
    /// It is longer than [`BODY_LEN_MAX`].
    TooLong,
    /// It broke off.
    Broken,
}

/// Takes a body off the wire.
pub async fn receive(mut stream: Stream) -> Received {
    let mut whole = Vec::new();
    let mut len = 0;
    while let Some(frame) = stream.frame().await {
        let Ok(frame) = frame else {
            return Received::Broken;
        };
        let Some(chunk) = frame.data_ref() else {
            continue;
        };
        len += chunk.len();
        if len > DRAINED_LEN_MAX {
            break;
        }
        if len <= BODY_LEN_MAX {
            whole.extend_from_slice(chunk);
        }
    }
    if len > BODY_LEN_MAX {
        Received::TooLong
    } else {
        Received::Whole(whole.into())
    }
}

/// A JSON object in the body.
pub(super) struct Body<C, T>(pub T, PhantomData<C>);

impl<C: Contract, T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<C, T> {
    type Rejection = Failure<C>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure<C>> {
        let bytes = whole(&request)?;
        require_json(request.headers())?;
        Ok(Self(read_object(&bytes)?, PhantomData))
    }
}

/// A JSON object in the body, or no body at all.
pub(super) struct OptionalBody<C, T>(pub T, PhantomData<C>);

impl<C: Contract, T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S>
    for OptionalBody<C, T>
{
    type Rejection = Failure<C>;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure<C>> {
        let bytes = whole(&request)?;
        if bytes.is_empty() {
            return Ok(Self(T::default(), PhantomData));
        }
        require_json(request.headers())?;
        Ok(Self(read_object(&bytes)?, PhantomData))
    }
}

/// The whole body.
pub(super) fn whole(request: &Request) -> Result<Bytes, Error> {
    match request.extensions().get() {
        Some(Received::Whole(bytes)) => Ok(bytes.clone()),
        Some(Received::TooLong) => Err(Error::BodyTooLong(BODY_LEN_MAX)),
        Some(Received::Broken) => Err(Error::malformed("", "the body broke off: send it again")),
        None => Err(Error::internal("a request came without its body")),
    }
}

/// Whether the content type is this one, parameters aside.
pub(super) fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let only = values.next().filter(|_| values.next().is_none());
    let essence = only.and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
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
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| read_error(&pointer(error.path()), error.inner()))?;
    deserializer.end().map_err(|error| read_error("", &error))?;
    Ok(value)
}

/// Reads a query string; a parameter that is unknown or repeated is refused, never ignored.
pub(super) fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let pairs = serde_urlencoded::Deserializer::new(form_pairs(query));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let place = error.path().to_string();
        let detail = format!("{place}: {}", error.inner());
        Error::malformed(place, detail)
    })
}

/// Reads a form; a member that is repeated is refused.
pub(super) fn read_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::malformed("", "the body must be a form in UTF-8"))?;
    let pairs = serde_urlencoded::Deserializer::new(form_pairs(text));
    T::deserialize(pairs).map_err(|error| {
        let message = error.to_string();
        let word = message.split('`').nth(1).unwrap_or_default();
        if message.starts_with("missing field") {
            Error::invalid(format!("/{word}"), format!("{word} is missing: send it"))
        } else if message.starts_with("duplicate field") {
            Error::malformed(
                format!("/{word}"),
                format!("{word} must be sent once, got it twice"),
            )
        } else {
            Error::malformed("", "the body must be a form of name=value pairs")
        }
    })
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

fn require_json(headers: &HeaderMap) -> Result<(), Error> {
    if has_type(headers, "application/json") {
        return Ok(());
    }
    Err(Error::ContentTypeUnknown("application/json"))
}

/// Says what is wrong with the JSON without repeating what was sent.
fn read_error(place: &str, error: &serde_json::Error) -> Error {
    if !error.is_data() {
        let (line, column) = (error.line(), error.column());
        let detail = format!("the body is not valid JSON at line {line}, column {column}");
        return Error::malformed("", detail);
    }
    let message = error.to_string();
    let word = message.split('`').nth(1).unwrap_or_default();
    let name = place
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("the body");
    let expected = message.split_once("expected ").map_or("", |(_, rest)| rest);
    let expected = expected.split(" at line").next().unwrap_or_default();
    if message.starts_with("missing field") {
        Error::invalid(
            format!("{place}/{word}"),
            format!("{word} is missing: send it"),
        )
    } else if message.starts_with("duplicate field") {
        Error::malformed(
            format!("{place}/{word}"),
            format!("{word} must be sent once, got it twice"),
        )
    } else if expected.is_empty() {
        Error::invalid(place, format!("{name} has a value that is not allowed"))
    } else {
        Error::invalid(place, format!("{name} must be {expected}"))
    }
}

/// A path into the body as RFC 6901 writes it.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::read_object;
    use crate::error::{Error, Violation};

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading it is tested")]
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
