//! Heads of requests that one who stands in front may read otherwise than this server.
//! Leaves what the library refuses by itself to `overload`.

use reqwest::header::{HeaderName, HeaderValue};

use crate::support::{Server, raw, site};

/// Sends a head of these lines and nothing else.
async fn send(server: &Server, lines: &[&str]) -> crate::support::Answer {
    let head = format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"));
    raw::parse(&raw::exchange(server, head.as_bytes()).await)
}

#[tokio::test]
async fn a_request_without_exactly_one_host_is_refused_in_its_contracts_shape() {
    let server = Server::start();
    let address = server.address.to_string();
    let absolute = format!("GET http://{address}/user/info HTTP/1.1");
    for lines in [
        &["GET /user/info HTTP/1.1"][..],
        &["GET /user/info HTTP/1.1", "Host: a", "Host: b"],
        &["GET /user/info HTTP/1.1", "Host: a", "Host: a"],
        &["GET /user/info HTTP/1.1", "Host: a/b"],
        &["GET /user/info HTTP/1.1", "Host: user@a"],
        &["GET /user/info HTTP/1.0", "Host: a", "Host: a"],
        &[absolute.as_str()],
        &[absolute.as_str(), "Host: a"],
    ] {
        let answer = send(&server, lines).await;
        let answer = server.receive("GET", "/user/info", answer).expect(400);
        let message = answer.string("/error/message");
        assert!(message.contains("Host must"), "{lines:?}: {message}");
    }
}

#[tokio::test]
async fn a_request_with_one_host_is_answered() {
    let server = Server::start();
    let address = server.address.to_string();
    let absolute = format!("GET http://{address}/healthz HTTP/1.1");
    let same = format!("Host: {address}");
    for lines in [
        &["GET /healthz HTTP/1.1", "Host: a"][..],
        &["GET /healthz HTTP/1.1", "Host: [::1]:8080"],
        &["GET /healthz HTTP/1.0"],
        &["GET /healthz HTTP/1.0", "Host: a"],
        &[absolute.as_str(), same.as_str()],
    ] {
        send(&server, lines).await.expect(200);
    }
}

#[tokio::test]
async fn a_body_that_is_coded_in_another_way_than_in_chunks_is_refused() {
    let server = Server::start();
    for coding in ["gzip, chunked", "gzip,chunked", "chunked, chunked"] {
        let line = format!("Transfer-Encoding: {coding}");
        let head = [
            "POST /v1/keys HTTP/1.1",
            "Host: a",
            &line,
            "Connection: close",
        ];
        let request = format!("{}\r\n\r\n0\r\n\r\n", head.join("\r\n"));
        let answer = raw::parse(&raw::exchange(&server, request.as_bytes()).await);
        assert_eq!(answer.status, 400, "{coding}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_same_number_of_lines_is_read_over_both_versions_of_http() {
    let server = Server::start();
    let send = async |client: reqwest::ClientBuilder, count: usize| {
        let client = client.build().unwrap();
        let mut request = client.get(server.url("/healthz"));
        for number in 0..count {
            let name = HeaderName::from_bytes(format!("x-{number}").as_bytes()).unwrap();
            request = request.header(name, HeaderValue::from_static("y"));
        }
        request.send().await.unwrap().status().as_u16()
    };
    let http1 = || site::client().http1_only();
    let http2 = || site::client().http2_prior_knowledge();
    // Each client sends two lines of its own, `Host` or what stands for it, and `Accept`.
    for client in [http1, http2] {
        assert_eq!(send(client(), 98).await, 200);
        assert_eq!(send(client(), 99).await, 431);
        assert_eq!(send(client(), 110).await, 431);
    }
}
