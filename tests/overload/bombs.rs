//! Heads that are too much: too many lines, too long ones, and such as never end.

use super::*;

/// Sends a head and returns the status of the answer; `None` if there was none.
async fn status(server: &Server, head: Vec<u8>) -> Option<u16> {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // The server may close while much of it is still to come.
    stream.write_all(&head).await.ok();
    let said = read_to_end(&mut stream).await;
    (!said.is_empty()).then(|| raw::parse(&said).status)
}

#[tokio::test]
async fn a_hundred_lines_are_read_and_one_more_is_too_much() {
    let server = Server::start();
    // Two lines are there already.
    for (lines, expected) in [(98, 200), (99, 431), (20_000, 431)] {
        let lines = vec!["X-Line: a"; lines];
        let head = raw::head("GET", "/healthz", &lines);
        assert_eq!(status(&server, head).await, Some(expected));
    }
}

#[tokio::test]
async fn a_head_is_read_up_to_24_kib() {
    let server = Server::start();
    for (len, expected) in [(16 * 1024, 200), (23 * 1024, 200), (33 * 1024, 431)] {
        let line = format!("X-Long: {}", "a".repeat(len));
        let head = raw::head("GET", "/healthz", &[&line]);
        assert_eq!(status(&server, head).await, Some(expected));
    }
}

#[tokio::test]
async fn a_head_that_never_ends_is_not_read_for_ever() {
    let server = Server::start();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let start = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Endless: ";
    stream.write_all(start).await.unwrap();
    let pouring = async {
        let block = vec![b'a'; 16 * 1024];
        let mut poured = 0_usize;
        while stream.write_all(&block).await.is_ok() {
            poured += block.len();
        }
        poured
    };
    let poured = tokio::time::timeout(PATIENCE, pouring).await;
    assert!(poured.is_ok(), "the server reads for ever");
    assert_serves(&server).await;
}
