//! More than the server can take, or hostile clients: slow ones, floods, bombs.
//! Clients that keep to the rules are still answered, and nothing changes that was not answered so.
//! Leaves files and disks that fail to `failures`.

mod bombs;
mod crowds;
mod drain;
mod envelopes;
mod http2;
mod slow;
mod unread;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Answer, PATIENCE, Server, Site, metric, raw, site, until};

/// A request under way: the server has read its head and asked for its body.
struct Busy {
    site: Site,
    stream: TcpStream,
}

const BODY: &[u8] = b"{}";

impl Busy {
    /// A request for a new user.
    async fn hold(site: &Site) -> Self {
        let head = [
            &format!("Authorization: Bearer {}", site.root_key),
            "Content-Type: application/json",
            &format!("Content-Length: {}", BODY.len()),
            "Expect: 100-continue",
        ];
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        let head = raw::head("POST", "/v1/users", &head);
        stream.write_all(&head).await.unwrap();
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        Self {
            site: site.clone(),
            stream,
        }
    }

    /// Sends the rest and returns the answer.
    async fn finish(mut self) -> Answer {
        self.stream.write_all(BODY).await.unwrap();
        let answer = raw::parse(&read_to_end(&mut self.stream).await);
        self.site.receive("POST", "/v1/users", answer)
    }
}

/// Reads until the server closes the connection, properly or by cutting it off.
async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    drop(read.expect("the server never closed the connection"));
    bytes
}

/// Proves that the server serves: it verifies, changes and says that it is well, on new connections.
async fn assert_serves(server: &Server) {
    // Its certificate is there if it speaks TLS.
    let certificate = std::fs::read(server.folder().certificate()).ok();
    let fresh = || match &certificate {
        Some(certificate) => server.by(site::trusting(certificate)),
        None => server.by(site::client()),
    };
    for check in ["/healthz", "/readyz", "/metrics"] {
        fresh().get(check).send().await.expect(200);
    }
    let root = fresh().root();
    let user = root.user().await;
    assert_eq!(root.verdict(&user.key).await, "VALID");
}
