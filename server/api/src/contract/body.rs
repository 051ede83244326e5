//! Bodies and query strings: received once for all contracts, read by each.
//! Leaves the words for what cannot be read to `complaint`.

mod complaint;
#[cfg(test)]
mod tests;

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
use keywright_model::secret::repeated;

use complaint::{complaint, field, not_json, pointer, read_error};

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
