//! The load balancer of the documentation, in front of servers that fail: what it sends to another, and what never.
//! Leaves what four good servers answer to `several`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::SETTINGS;
use crate::support::{Proxy, ROOT_KEY, Server, Site, until};

/// Requests of a test, of which each server gets half.
const REQUESTS: usize = 8;
const READY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A server that says it is ready, and ends the connection of every other request that it has read.
struct Failing {
    address: SocketAddr,
    asked: Arc<Asked>,
    listening: JoinHandle<()>,
}

/// What it was asked.
#[derive(Default)]
struct Asked {
    whether_ready: AtomicUsize,
    changes: AtomicUsize,
}

impl Failing {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<Asked>::default());
        let counted = Arc::clone(&asked);
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(fail(stream, Arc::clone(&counted)));
            }
        });
        Self {
            address,
            asked,
            listening,
        }
    }
}

async fn fail(mut stream: TcpStream, asked: Arc<Asked>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
    if head.starts_with(b"GET /readyz") {
        asked.whether_ready.fetch_add(1, Ordering::SeqCst);
        stream.write_all(READY).await.ok();
    } else {
        asked.changes.fetch_add(1, Ordering::SeqCst);
    }
}

/// How many of some requests, sent one after the other, are answered by a server.
async fn succeed(site: &Site) -> usize {
    let mut count = 0;
    for _ in 0..REQUESTS {
        let request = site.root().request("POST", "/v1/users").json(&json!({}));
        if let Some(answer) = request.relay().await {
            answer.expect(201);
            count += 1;
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_a_server_broke_off_is_sent_to_no_other() {
    let server = Server::with(&SETTINGS);
    let failing = Failing::start().await;
    let proxy = Proxy::balancing(&[failing.address, server.address]).await;
    let site = Site::new(proxy.address(), ROOT_KEY, server.folder().secrets());
    let answers = succeed(&site).await;
    // Also where the method says that a request may be sent twice: with the key that it replaces, it may not.
    let user = server.root().user().await;
    let mut rotations = Vec::new();
    for _ in 0..2 {
        let request = user.at(&site).request();
        rotations.push(request.relay().await.map(|answer| answer.status));
    }
    rotations.sort_unstable();
    assert_eq!(rotations, [None, Some(200)]);
    let broken_off = failing.asked.changes.load(Ordering::SeqCst);
    assert_eq!((answers, broken_off), (REQUESTS / 2, REQUESTS / 2 + 1));
    // One user was made at the server itself.
    let users = server.root().get("/v1/users?limit=100").await.expect(200);
    let users = users.json()["items"].as_array().unwrap().len();
    assert_eq!(users, REQUESTS / 2 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_passed_by_and_no_client_sees_it() {
    let server = Server::with(&SETTINGS);
    let gone = Failing::start().await;
    let proxy = Proxy::balancing(&[gone.address, server.address]).await;
    until("the proxy to have found both ready", async || {
        let asked = gone.asked.whether_ready.load(Ordering::SeqCst);
        (asked > 0).then_some(())
    })
    .await;
    gone.listening.abort();
    // Its listener is closed then, and connections are refused.
    gone.listening.await.unwrap_err();
    let site = Site::new(proxy.address(), ROOT_KEY, server.folder().secrets());
    assert_eq!(succeed(&site).await, REQUESTS);
}
