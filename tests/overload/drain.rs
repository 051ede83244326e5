//! An orderly end: what is under way is finished in every protocol, and what is idle does not hold it up.
//! Leaves the same in plain HTTP/1.1 to `durability`.

use std::sync::Arc;

use reqwest::Version;
use tokio::sync::Notify;

use super::*;
use crate::support::site;

/// What a client speaks.
#[derive(Clone, Copy, Debug)]
struct Speech {
    has_tls: bool,
    version: Version,
}

impl Speech {
    fn client(self, server: &Server) -> reqwest::ClientBuilder {
        let client = if self.has_tls {
            site::trusting(&std::fs::read(server.folder().certificate()).unwrap())
        } else {
            site::client()
        };
        match (self.has_tls, self.version) {
            (_, Version::HTTP_11) => client.http1_only(),
            (true, _) => client,
            (false, _) => client.http2_prior_knowledge(),
        }
    }
}

/// A request is under way, one connection is idle, and then the server is told to end.
async fn drain(speech: Speech) {
    let mut server = if speech.has_tls {
        Server::with_tls(&[])
    } else {
        Server::start()
    };
    let go_on = Arc::new(Notify::new());
    let (told, client) = (Arc::clone(&go_on), speech.client(&server));
    let body = futures_util::stream::once(async move {
        told.notified().await;
        Ok::<_, std::io::Error>("{}")
    });
    let request = client
        .build()
        .unwrap()
        .post(server.url("/v1/users"))
        .bearer_auth(&server.root_key)
        .header("content-type", "application/json")
        .body(reqwest::Body::wrap_stream(body));
    let under_way = tokio::spawn(request.send());
    until("the request to be under way", async || {
        // The one who asks is under way, too.
        (metric(&server, "keywright_requests_in_flight").await == 2).then_some(())
    })
    .await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let connections = if speech.has_tls { 2 } else { 3 };
    until("the idle connection to be taken", async || {
        (metric(&server, "keywright_connections").await >= connections).then_some(())
    })
    .await;
    server.terminate();
    assert_eq!(read_to_end(&mut idle).await, b"", "{speech:?}");
    until("new connections to be refused", async || {
        TcpStream::connect(server.address)
            .await
            .is_err()
            .then_some(())
    })
    .await;
    go_on.notify_one();
    let answer = under_way.await.unwrap().unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (201, speech.version)
    );
    let made: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    server
        .secrets
        .add(made.pointer("/key/secret").unwrap().as_str().unwrap());
    assert!(server.wait().success(), "{speech:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_request_is_finished_in_every_protocol_and_an_idle_connection_closed_at_once() {
    for has_tls in [false, true] {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            drain(Speech { has_tls, version }).await;
        }
    }
}

#[tokio::test]
async fn a_head_that_has_only_begun_does_not_hold_an_end_up() {
    let mut server = Server::start();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    until("the connection to be taken", async || {
        (metric(&server, "keywright_connections").await == 2).then_some(())
    })
    .await;
    server.terminate();
    assert!(server.wait().success());
    assert!(!server.folder().log().contains("limits.shutdown_grace_s"));
}

/// Nothing holds an end up for longer than it may: the body never comes.
#[tokio::test]
async fn an_end_waits_for_a_request_no_longer_than_its_grace() {
    let mut server = Server::with(&[("limits.shutdown_grace_s", "1")]);
    let busy = Busy::hold(&server).await;
    server.terminate();
    assert!(server.wait().success());
    drop(busy);
    assert!(server.folder().log().contains("limits.shutdown_grace_s"));
}

/// Whoever reads slowly gets all of the answer: it is on its way until the last byte is taken.
#[tokio::test]
async fn an_answer_that_is_read_slowly_is_sent_to_its_end() {
    let mut server = Server::start();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(server.address).await.unwrap();
    let request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: here\r\n\r\n";
    slow.write_all(request).await.unwrap();
    let mut answer = vec![0; 1024];
    slow.read_exact(&mut answer).await.unwrap();
    // One that has nothing under way and never will: it is cut off when its time to leave is over.
    let mut torn = TcpStream::connect(server.address).await.unwrap();
    torn.write_all(b"GET /healthz HT").await.unwrap();
    until("both to be taken", async || {
        (metric(&server, "keywright_connections").await >= 3).then_some(())
    })
    .await;
    server.terminate();
    assert_eq!(read_to_end(&mut torn).await, b"");
    slow.read_to_end(&mut answer).await.unwrap();
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = answer.split_at(head.unwrap() + 4);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let len = format!("content-length: {}\r\n", body.len());
    assert!(head.contains(&len), "of {head} {} bytes came", body.len());
    assert!(body.len() > 500_000);
    assert!(server.wait().success());
}
