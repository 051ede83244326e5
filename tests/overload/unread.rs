//! Clients that ask for the largest answers and read none of them: each holds a few kilobytes, and holds no other up.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::*;
use crate::support::Folder;
use crate::support::database::{self, copy_key};

const CROWD_LEN: usize = 1000;
const NAMED_LEN: usize = 50_000;
/// Nobody is turned away for having waited, and the log looks into no answer.
const PATIENT: [(&str, &str); 2] = [("limits.wait_max_ms", "60000"), ("log.filter", "info")];
const BUNDLE: &str = "/docs/swagger-ui-bundle.js";
const NAMED: &str = "/v0/api_keys";

/// A connection whose socket takes in next to nothing that is not read.
async fn narrow(site: &Site) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(site.address).await.unwrap()
}

/// The memory that the server takes, in bytes.
fn resident(server: &Server) -> u64 {
    let path = format!("/proc/{}/status", server.pid());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kib * 1024
}

/// A thousand connections send what makes them idle, and then ask for what they do not read: what that costs.
async fn assert_costs_little<S: AsyncRead + AsyncWrite + Unpin>(
    server: &Server,
    connect: impl AsyncFn() -> S,
    idle: &[u8],
    asks: &[u8],
) {
    let mut crowd = Vec::new();
    for _ in 0..CROWD_LEN {
        let mut stream = connect().await;
        stream.write_all(idle).await.unwrap();
        stream.flush().await.unwrap();
        // One read is enough: whoever answers has written all of such a short answer.
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        crowd.push(stream);
    }
    assert_serves(server).await;
    let before = resident(server);
    for stream in &mut crowd {
        stream.write_all(asks).await.unwrap();
        stream.flush().await.unwrap();
    }
    until("all of them to be answered in part", async || {
        let under_way = metric(server, "keywright_requests_in_flight").await;
        (under_way > u64::try_from(CROWD_LEN).unwrap()).then_some(())
    })
    .await;
    // Behind all of them in line.
    assert_serves(server).await;
    let more = resident(server).saturating_sub(before);
    assert!(
        more < 64 << 20,
        "{CROWD_LEN} unread answers cost {more} bytes"
    );
    drop(crowd);
    assert_serves(server).await;
}

/// A server with an organization that has so many named keys, and one of these. It starts like this.
async fn with_many_named_keys(start: fn(&Folder) -> Server) -> (Server, String) {
    let folder = Folder::new();
    let server = Server::on(&folder, &PATIENT);
    let root = server.root();
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    let key = named.key.clone();
    let folder = server.finish();
    copy_key(&folder, &named.key_id, NAMED_LEN - 1);
    (start(&folder), key)
}

fn plain(folder: &Folder) -> Server {
    Server::on(folder, &PATIENT)
}

fn encrypted(folder: &Folder) -> Server {
    folder.certify();
    Server::on_tls(folder, &PATIENT)
}

/// What a client asks for in HTTP/1.1 on a connection that it keeps.
fn asking(target: &str, more: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_unread_answers_cost_less_than_64_mib_in_http_1() {
    let (server, key) = with_many_named_keys(plain).await;
    for asks in [
        asking(BUNDLE, ""),
        asking(NAMED, &format!("Authorization: Bearer {key}\r\n")),
    ] {
        let connect = async || narrow(&server).await;
        assert_costs_little(&server, connect, &asking("/healthz", ""), &asks).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_unread_answers_cost_less_than_64_mib_under_tls() {
    let (server, key) = with_many_named_keys(encrypted).await;
    let mut trusted = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(server.folder().certificate()).unwrap();
    trusted.add(certificate).unwrap();
    let client = ClientConfig::builder()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(client));
    for asks in [
        asking(BUNDLE, ""),
        asking(NAMED, &format!("Authorization: Bearer {key}\r\n")),
    ] {
        let connect = async || {
            let name = "localhost".try_into().unwrap();
            let stream = narrow(&server).await;
            connector.connect(name, stream).await.unwrap()
        };
        assert_costs_little(&server, connect, &asking("/healthz", ""), &asks).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_unread_answers_cost_less_than_64_mib_in_http_2() {
    let (server, key) = with_many_named_keys(plain).await;
    let idle = http2::greeting(&server);
    for asks in [
        http2::get_as(&server, BUNDLE, None),
        http2::get_as(&server, NAMED, Some(&key)),
    ] {
        assert_costs_little(&server, async || narrow(&server).await, &idle, &asks).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_keys_is_whole_and_in_the_order_of_their_ids() {
    let (server, key) = with_many_named_keys(plain).await;
    let answer = server.get(NAMED).bearer(&key).send().await.expect(200);
    let listed = answer.json();
    let ids = listed.as_array().unwrap().iter();
    let ids: Vec<&str> = ids.map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), NAMED_LEN);
    assert!(ids.is_sorted());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), NAMED_LEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_in_the_middle_breaks_off_and_does_not_look_whole() {
    let (server, key) = with_many_named_keys(plain).await;
    let credential = format!("Authorization: Bearer {key}");
    let mut stream = narrow(&server).await;
    let asks = raw::head("GET", NAMED, &[&credential]);
    stream.write_all(&asks).await.unwrap();
    stream.peek(&mut [0]).await.unwrap();
    database::take_away(server.folder(), "keys");
    let said = read_to_end(&mut stream).await;
    assert!(said.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(!said.ends_with(b"0\r\n\r\n"), "it looks whole");
}

#[tokio::test]
async fn a_long_list_without_its_body_is_answered_to_head() {
    let (server, key) = with_many_named_keys(plain).await;
    let credential = format!("Authorization: Bearer {key}");
    let asks = raw::head("HEAD", NAMED, &[&credential, "Connection: close"]);
    let answer = raw::parse(&raw::exchange(&server, &asks).await);
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}
