//! Clients that are slow on purpose: each holds its connection for a limited time, and holds no other up.

use std::time::Duration;

use super::*;

/// The shortest times that can be set.
const IMPATIENT: [(&str, &str); 1] = [("limits.receive_timeout_s", "1")];

/// Sends a byte now and then until the server has had enough, and returns what it said.
async fn drip(mut stream: TcpStream, bytes: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let dripping = async {
        let mut beats = tokio::time::interval(Duration::from_millis(100));
        let mut said = Vec::new();
        for byte in bytes {
            tokio::select! {
                _ = beats.tick() => if stream.write_all(&[byte]).await.is_err() { break },
                read = stream.read_buf(&mut said) => if read.is_err() || read.is_ok_and(|len| len == 0) { break },
            }
        }
        said
    };
    let said = tokio::time::timeout(PATIENCE, dripping).await;
    said.expect("the server never had enough")
}

fn endless_head() -> impl Iterator<Item = u8> {
    let start = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
    start.iter().copied().chain(std::iter::repeat(b'a'))
}

#[tokio::test]
async fn a_head_that_drips_is_cut_off() {
    let server = Server::with(&IMPATIENT);
    let stream = TcpStream::connect(server.address).await.unwrap();
    let said = drip(stream, endless_head()).await;
    assert_eq!(said, b"");
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_head_that_drips_behind_an_answered_request_is_cut_off() {
    let server = Server::with(&IMPATIENT);
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"ok\n") {
        stream.read_buf(&mut said).await.unwrap();
    }
    assert_eq!(drip(stream, endless_head()).await, b"");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_with_tls_and_without() {
    for server in [Server::with(&IMPATIENT), Server::with_tls(&IMPATIENT)] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, b"");
    }
}

#[tokio::test]
async fn a_body_that_drips_is_refused_and_changes_nothing() {
    let server = Server::with(&IMPATIENT);
    let user = server.root().user().await;
    let head = [
        &format!("Authorization: Bearer {}", server.root_key),
        "Content-Type: application/json",
        "Content-Length: 60000",
    ];
    let target = format!("/v1/keys/{}/revoke", user.key_id);
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = raw::head("POST", &target, &head);
    stream.write_all(&head).await.unwrap();
    let body = b"{}".iter().copied().chain(std::iter::repeat(b' '));
    let said = drip(stream, body).await;
    let answer = server.receive("POST", &target, raw::parse(&said));
    assert_eq!(
        answer.expect(400).string("/detail"),
        "the body broke off: send it again"
    );
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_with_a_request_under_way_is_not() {
    let server = Server::with(&[("limits.idle_timeout_s", "1")]);
    let busy = Busy::hold(&server).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let said = read_to_end(&mut stream).await;
    assert!(said.ends_with(b"ok\n"), "it was closed before its answer");
    // The busy one was there first, and is still.
    busy.finish().await.expect(201);
}

#[tokio::test]
async fn many_slow_bodies_hold_nobody_up() {
    let server = Server::start();
    let mut held = Vec::new();
    for _ in 0..500 {
        held.push(Busy::hold(&server).await);
    }
    assert_eq!(metric(&server, "keywright_requests_in_flight").await, 501);
    assert_serves(&server).await;
    for busy in held {
        busy.finish().await.expect(201);
    }
}

#[tokio::test]
async fn slow_bodies_that_are_large_take_only_so_much_memory_and_leave_room_for_small_ones() {
    let server = Server::start();
    let head = raw::head(
        "POST",
        "/v1/users",
        &["Content-Type: application/json", "Content-Length: 60000"],
    );
    let large = [&head[..], &vec![b' '; 5000]].concat();
    let mut streams = Vec::new();
    for _ in 0..1024 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&large).await.unwrap();
        streams.push(stream);
    }
    let body = format!("{{{}}}", " ".repeat(5000));
    let large = server.root().request("POST", "/v1/users");
    let large = large.body("application/json", body);
    let refused = until("a large body to be refused", async || {
        let answer = large.clone().send().await;
        (answer.status == 503).then_some(answer)
    })
    .await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_serves(&server).await;
    drop(streams);
    until("room for a large body", async || {
        (large.clone().send().await.status == 201).then_some(())
    })
    .await;
}
