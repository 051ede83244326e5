//! `FastCGI` behind nginx: `fastcgi_pass` has directives of its own.
//! Leaves `proxy_pass` to the stories.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::with_location;
use crate::forward_auth::Key;
use crate::support::{Proxy, Server};

type Params = BTreeMap<String, String>;

/// The kinds of records that are met here (`FastCGI` 1.0, section 8).
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;

/// An application that answers one request, and tells what it was given of it.
async fn application() -> (SocketAddr, JoinHandle<Params>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut sent = Vec::new();
        loop {
            match read_record(&mut stream).await {
                (PARAMS, content) => sent.extend(content),
                (STDIN, content) if content.is_empty() => break,
                _ => {}
            }
        }
        let answer = b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nok";
        write_record(&mut stream, STDOUT, answer).await;
        write_record(&mut stream, STDOUT, b"").await;
        write_record(&mut stream, END_REQUEST, &[0; 8]).await;
        params(&sent)
    });
    (address, task)
}

async fn read_record(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 8];
    stream.read_exact(&mut head).await.unwrap();
    let content_len = usize::from(u16::from_be_bytes([head[4], head[5]]));
    let mut content = vec![0; content_len + usize::from(head[6])];
    stream.read_exact(&mut content).await.unwrap();
    content.truncate(content_len);
    (head[1], content)
}

async fn write_record(stream: &mut TcpStream, kind: u8, content: &[u8]) {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = [1, kind, 0, 1, high, low, 0, 0];
    stream.write_all(&[&head, content].concat()).await.unwrap();
}

/// Names and values: two lengths, then two texts; a length of 128 or more has four bytes.
fn params(mut bytes: &[u8]) -> Params {
    fn take<'a>(bytes: &mut &'a [u8], len: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(len);
        *bytes = rest;
        taken
    }
    fn take_len(bytes: &mut &[u8]) -> usize {
        if bytes[0] < 128 {
            return usize::from(take(bytes, 1)[0]);
        }
        let len: [u8; 4] = take(bytes, 4).try_into().unwrap();
        usize::try_from(u32::from_be_bytes(len) & 0x7fff_ffff).unwrap()
    }
    let mut params = Params::new();
    while !bytes.is_empty() {
        let (name_len, value_len) = (take_len(&mut bytes), take_len(&mut bytes));
        let name = String::from_utf8(take(&mut bytes, name_len).to_vec()).unwrap();
        let value = String::from_utf8(take(&mut bytes, value_len).to_vec()).unwrap();
        assert_eq!(
            params.insert(name.clone(), value),
            None,
            "{name} was sent twice"
        );
    }
    params
}

#[tokio::test]
async fn an_application_by_fastcgi_gets_the_identity_and_not_the_key() {
    for kind in super::BOTH {
        let server = Server::start();
        let key = Key::new(&server, json!({ "scopes": ["a", "b"] })).await;
        let (address, task) = application().await;
        let change = |page: &str| with_location(page, "nginx fastcgi");
        let proxy = Proxy::changed(kind, server.address, address, change).await;
        let bearer = key.bearer();
        let headers = [
            ("X-Key-Id", "forged"),
            ("X-Key-Scopes", "forged"),
            ("X-Key-Kind", "forged"),
            ("X-Key-Expires-At", "forged"),
            ("X_Key_Id", "forged"),
            ("X.Key.Id", "forged"),
            ("authorization", &bearer),
            ("x-api-key", "beside"),
            ("x-other", "passes"),
        ];
        proxy.send("GET", "/orders", &headers).await.expect(200);
        let seen = task.await.unwrap();
        let like = |start: &str| -> Vec<(&str, &str)> {
            let like = seen.iter().filter(|(name, _)| name.starts_with(start));
            like.map(|(name, value)| (&**name, &**value)).collect()
        };
        let expected = [
            ("HTTP_X_KEY_ID", &*key.id),
            ("HTTP_X_KEY_KIND", "standard"),
            ("HTTP_X_KEY_OWNER", &*key.owner_id),
            ("HTTP_X_KEY_SCOPES", "a b"),
        ];
        assert_eq!(like("HTTP_X_KEY"), expected);
        assert_eq!(like("HTTP_X_OTHER"), [("HTTP_X_OTHER", "passes")]);
        assert_eq!(like("HTTP_AUTHORIZATION"), []);
        assert_eq!(like("HTTP_X_API_KEY"), []);
        assert_eq!(seen["REQUEST_METHOD"], "GET");
    }
}
