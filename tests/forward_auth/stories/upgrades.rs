//! Connections that are upgraded (`WebSocket`).
//! Leaves what is refused before that to `refusals`.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::forward_auth::Key;
use crate::support::{Kind, PATIENCE, Proxy, Server};

/// Reads to the end of a head.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8();
        let byte = tokio::time::timeout(PATIENCE, byte).await.unwrap();
        match byte {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// An application that opens one WebSocket, sends back the first four bytes, and tells the head that it got.
async fn application() -> (std::net::SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_head(&mut stream).await;
        let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        let mut sent = [0; 4];
        stream.read_exact(&mut sent).await.unwrap();
        stream.write_all(&sent).await.unwrap();
        stream.flush().await.unwrap();
        // It stays open until the client leaves.
        assert!(stream.read_u8().await.is_err());
        head
    });
    (address, task)
}

fn opening(key: &str) -> String {
    format!(
        "GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         X-Key-Id: forged\r\nX-Api-Key: {key}\r\n\r\n"
    )
}

pub(in crate::forward_auth) async fn a_web_socket_opens_for_a_key_and_for_nobody_else(kind: Kind) {
    let server = Server::start();
    let key = Key::new(&server, json!({})).await;
    let (address, task) = application().await;
    let proxy = Proxy::start(kind, server.address, address).await;
    let mut refused = proxy.connect().await;
    let unknown = opening("unknown");
    refused.write_all(unknown.as_bytes()).await.unwrap();
    let answer = read_head(&mut refused).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    drop(refused);
    let mut stream = proxy.connect().await;
    let known = opening(&key.secret);
    stream.write_all(known.as_bytes()).await.unwrap();
    let answer = read_head(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    stream.write_all(b"ping").await.unwrap();
    let mut echoed = [0; 4];
    let echo = stream.read_exact(&mut echoed);
    tokio::time::timeout(PATIENCE, echo).await.unwrap().unwrap();
    assert_eq!(&echoed, b"ping");
    drop(stream);
    let head = tokio::time::timeout(PATIENCE, task).await.unwrap();
    let head = head.unwrap().to_ascii_lowercase();
    assert!(
        head.contains(&format!("\r\nx-key-id: {}\r\n", key.id)),
        "{head}"
    );
    assert!(!head.contains("forged"), "{head}");
    assert!(!head.contains(&key.secret.to_ascii_lowercase()), "{head}");
}
