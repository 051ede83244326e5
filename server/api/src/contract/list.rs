//! Lists on the wire: written a part at a time, each only when the client has taken the one before.
//! Leaves what stands in them, and in which order, to the keyring.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::zeroizing::INITIAL_CAPACITY;
use keywright_core::keyring::{End, Listed};
use keywright_model::error::Error;

/// A piece of an answer goes out when it has this many bytes, or is the last; most are no longer than twice that.
const PIECE_LEN_MIN: usize = 8 * 1024;

/// At most this many lists go on at once: what is read and not yet written takes more memory than what waits to be sent. The
/// beginning of a list waits in the line of the readers alone, which says no in time.
static TURNS: Semaphore = Semaphore::const_new(16);

/// An answer that holds a list: what `head` opens, the items as `show` has them, and what `close` makes of the end.
///
/// One that is short is written at once. Of a longer one no more is kept than a piece: who does not read it takes
/// no memory, and no read of the database waits for it. What fails in the middle breaks the connection off, or the
/// stream in HTTP/2, so that nobody takes what there is for all.
pub(super) async fn answer<T: Send + 'static, W: Serialize + 'static>(
    head: &str,
    parts: impl Stream<Item = Result<Listed<T>, Error>> + Send + 'static,
    show: impl Fn(T) -> W + Send + 'static,
    close: impl Fn(End) -> Result<String, Error> + Send + 'static,
) -> Result<Response, Error> {
    let mut writer = Writer {
        parts: parts.boxed(),
        show,
        close,
        has_items: false,
        is_closed: false,
    };
    let mut first = Vec::with_capacity(INITIAL_CAPACITY);
    first.extend_from_slice(head.as_bytes());
    let first = writer.write(first).await?;
    let body = if writer.is_closed {
        Body::from(first)
    } else {
        let rest = stream::try_unfold(writer, Writer::next);
        Body::from_stream(stream::iter([Ok(first)]).chain(rest))
    };
    let mut response = Response::new(body);
    let media_type = HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    Ok(response)
}

/// Closes a list, and the object around it with what else is in that.
pub(super) fn close(more: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string(more).map_err(Error::internal)?;
    let members = text.strip_prefix('{').unwrap_or_default();
    let comma = if members == "}" { "" } else { "," };
    Ok(format!("]{comma}{members}"))
}

/// The rest of an answer.
struct Writer<T, S, C> {
    parts: BoxStream<'static, Result<Listed<T>, Error>>,
    show: S,
    close: C,
    has_items: bool,
    is_closed: bool,
}

impl<T, W, S, C> Writer<T, S, C>
where
    W: Serialize,
    S: Fn(T) -> W,
    C: Fn(End) -> Result<String, Error>,
{
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        if self.is_closed {
            return Ok(None);
        }
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let written = self.write(Vec::with_capacity(2 * PIECE_LEN_MIN)).await;
        let piece = written.inspect_err(|error| {
            tracing::warn!(%error, "a list broke off in the middle");
        })?;
        Ok(Some((piece, self)))
    }

    /// Writes the next piece behind what is there.
    async fn write(&mut self, mut piece: Vec<u8>) -> Result<Bytes, Error> {
        while !self.is_closed && piece.len() < PIECE_LEN_MIN {
            let part = self.parts.next().await;
            let part = part.ok_or_else(|| Error::internal("a list had no end"))??;
            for item in part.items {
                if std::mem::replace(&mut self.has_items, true) {
                    piece.push(b',');
                }
                serde_json::to_writer(&mut piece, &(self.show)(item)).map_err(Error::internal)?;
            }
            if let Some(end) = part.end {
                piece.extend_from_slice((self.close)(end)?.as_bytes());
                self.is_closed = true;
            }
        }
        piece.shrink_to_fit();
        Ok(piece.into())
    }
}
