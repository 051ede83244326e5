//! Secrets on the wire: the type of a member that is one, and buffers that are wiped when they are done with.

use std::io;

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::Refusal;
use keywright_model::error::Error;
use keywright_model::secret::Secret;

/// The first room of a buffer whose length is not known, in bytes: most answers fit.
pub(super) const INITIAL_CAPACITY: usize = 512;

/// A member that is a secret. Its schema says so, too: `format = Password`.
pub(super) struct WireSecret(pub(super) Secret);

impl From<&str> for WireSecret {
    fn from(text: &str) -> Self {
        Self(Secret::new(text.to_owned()))
    }
}

impl Serialize for WireSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for WireSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// Bytes that are wiped when the last who holds them lets go, and whenever they move to a larger place.
#[derive(Default)]
pub(super) struct ZeroizingBuffer(Zeroizing<Vec<u8>>);

impl ZeroizingBuffer {
    pub(super) fn with_capacity(len: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(len)))
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        let len = self.0.len() + bytes.len();
        if len > self.0.capacity() {
            // `Vec` would leave the old place as it is.
            let room = len.max(2 * self.0.capacity()).max(INITIAL_CAPACITY);
            let old = std::mem::replace(self, Self::with_capacity(room));
            self.0.extend_from_slice(&old.0);
        }
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn into_inner(self) -> Zeroizing<Vec<u8>> {
        self.0
    }

    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self.0)
    }
}

impl io::Write for ZeroizingBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An answer that carries a secret: kept by no cache, and wiped when it has been sent.
pub(super) fn secret_answer(status: StatusCode, body: impl Serialize) -> Response {
    let mut text = ZeroizingBuffer::default();
    if let Err(error) = serde_json::to_writer(&mut text, &body) {
        return Refusal::at("", Error::internal(error)).into_response();
    }
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "application/json"),
    ];
    (status, headers, text.into_bytes()).into_response()
}

#[cfg(test)]
mod tests {
    use super::ZeroizingBuffer;

    #[test]
    fn a_buffer_that_outgrows_its_place_keeps_all_that_was_written() {
        let mut wiped = ZeroizingBuffer::with_capacity(3);
        let mut expected = Vec::new();
        for length in 0..100 {
            let piece = vec![b'a' + length % 26; usize::from(length)];
            wiped.extend(&piece);
            expected.extend_from_slice(&piece);
        }
        assert_eq!(wiped.into_bytes(), expected);
    }
}
