//! Requests and answers of HTTP/1.1 as bytes, for programs that must not take long themselves.
//! Leaves what is asked, and how often, to the others.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer that takes longer counts as none.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a server.
///
/// # Errors
/// When there is none within the time.
pub(crate) async fn connect(address: &str) -> anyhow::Result<TcpStream> {
    let connecting = TcpStream::connect(address);
    let stream = tokio::time::timeout(PATIENCE, connecting).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What is looked at of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) closes: bool,
    pub(crate) says_when: bool,
    /// Where its body begins in what was read.
    pub(crate) body_at: usize,
}

/// Reads one answer, whose body must have a length.
///
/// # Errors
/// When the connection breaks off before the answer is whole.
pub(crate) async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<Answer> {
    buffer.clear();
    loop {
        if let Some(end) = find(buffer, b"\r\n\r\n") {
            let (head, _) = buffer.split_at(end);
            let status = head.get(9..12).unwrap_or_default();
            let body_len: usize = text(field(head, b"\r\ncontent-length: "))
                .parse()
                .unwrap_or(0);
            let answer = Answer {
                status: text(status).parse().context("the answer has no status")?,
                closes: field(head, b"\r\nconnection: ") == b"close",
                says_when: find(head, b"\r\nretry-after: ").is_some(),
                body_at: end + 4,
            };
            while buffer.len() < end + 4 + body_len {
                ensure!(stream.read_buf(buffer).await? > 0, "the body broke off");
            }
            return Ok(answer);
        }
        ensure!(
            stream.read_buf(buffer).await? > 0,
            "the connection broke off"
        );
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|here| here == wanted)
}

/// The value of a header, which the server writes in lower case; nothing if it is not there.
fn field<'a>(head: &'a [u8], name: &[u8]) -> &'a [u8] {
    let Some(start) = find(head, name) else {
        return &[];
    };
    let rest = &head[start + name.len()..];
    &rest[..find(rest, b"\r").unwrap_or(rest.len())]
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A connection on which one request follows the other.
pub(crate) struct Asking {
    address: String,
    authorization: String,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Asking {
    /// A connection to a server, for the bearer of a key.
    ///
    /// # Errors
    /// When there is none within the time.
    pub(crate) async fn connect(address: &str, key: &str) -> anyhow::Result<Self> {
        Ok(Self {
            address: address.to_owned(),
            authorization: format!("authorization: Bearer {key}\r\n"),
            stream: connect(address).await?,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Posts some JSON, and reads the status and the body of the answer.
    ///
    /// # Errors
    /// When there is no whole answer within the time.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> anyhow::Result<(u16, &str)> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\n{}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.authorization,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let reading = read(&mut self.stream, &mut self.buffer);
        let answer = tokio::time::timeout(PATIENCE, reading)
            .await
            .context("no answer in 10 s")??;
        if answer.closes {
            self.stream = connect(&self.address).await?;
        }
        let body = self.buffer.get(answer.body_at..).unwrap_or_default();
        Ok((answer.status, std::str::from_utf8(body)?))
    }
}
