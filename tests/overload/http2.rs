//! HTTP/2 frames that no library would send: floods, bombs, and streams beyond the limit.
//! Frames and header blocks are written by hand after RFC 9113 and RFC 7541.

use std::collections::BTreeMap;

use tokio::io::{ReadHalf, WriteHalf};

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame as it is sent or was received.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            flags,
            stream,
            payload: payload.into(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let len = u32::try_from(self.payload.len()).unwrap().to_be_bytes();
        let head = [
            &len[1..],
            &[self.kind, self.flags],
            &self.stream.to_be_bytes(),
        ]
        .concat();
        [head, self.payload.clone()].concat()
    }

    /// The error code of a frame that ends a stream or the connection.
    fn code(&self) -> u32 {
        let start = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[start..start + 4].try_into().unwrap())
    }
}

/// The header block of a `GET` or `POST`: three fields of the static table, and two names of it.
fn block(is_post: bool, path: &str, authority: &str) -> Vec<u8> {
    let mut block = vec![if is_post { 0x83 } else { 0x82 }, 0x86];
    for (name, value) in [(0x04, path), (0x01, authority)] {
        block.extend([name, u8::try_from(value.len()).unwrap()]);
        block.extend(value.as_bytes());
    }
    block
}

/// A connection on which frames are sent as they are.
struct Connection {
    reader: ReadHalf<TcpStream>,
    writer: WriteHalf<TcpStream>,
}

impl Connection {
    async fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let (reader, writer) = tokio::io::split(stream);
        let mut connection = Self { reader, writer };
        connection.writer.write_all(PREFACE).await.unwrap();
        connection.send(&[Frame::new(SETTINGS, 0, 0, [])]).await;
        connection
    }

    async fn send(&mut self, frames: &[Frame]) {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        // The server may have closed: what it said before shows why.
        self.writer.write_all(&bytes).await.ok();
    }

    async fn next(&mut self) -> Option<Frame> {
        read(&mut self.reader).await
    }

    /// Reads until a frame of this kind comes.
    async fn next_of(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    /// Sends frames for one stream after another until the server has ended the connection or all are
    /// sent; returns the reason that the server gave, if it gave one.
    async fn flood(mut self, frames: impl Fn(u32) -> Vec<Frame>, times: u32) -> Option<u32> {
        let writer = &mut self.writer;
        let pouring = async {
            for time in 0..times {
                let bytes: Vec<u8> = frames(2 * time + 1).iter().flat_map(Frame::bytes).collect();
                if writer.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            writer.shutdown().await.ok();
        };
        let mut reader = self.reader;
        let listening = async {
            let mut reason = None;
            while let Some(frame) = read(&mut reader).await {
                if frame.kind == GOAWAY {
                    reason = Some(frame.code());
                }
            }
            reason
        };
        tokio::join!(pouring, listening).1
    }
}

/// The next frame; `None` where the connection has ended.
async fn read(reader: &mut ReadHalf<TcpStream>) -> Option<Frame> {
    let read = async {
        let mut head = [0; 9];
        reader.read_exact(&mut head).await.ok()?;
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(len).unwrap()];
        reader.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        Some(Frame::new(head[3], head[4], stream, payload))
    };
    let read = tokio::time::timeout(PATIENCE, read).await;
    read.expect("the server says nothing and does not close")
}

/// What opens a connection of a client that takes as much as anybody likes to send, with a first request.
pub(super) fn greeting(server: &Server) -> Vec<u8> {
    const LARGEST_WINDOW: u32 = (1 << 31) - 1;
    let window = LARGEST_WINDOW.to_be_bytes();
    let settings = [&[0, 4], &window[..]].concat();
    let more = (LARGEST_WINDOW - 65_535).to_be_bytes();
    let frames = [
        Frame::new(SETTINGS, 0, 0, settings),
        Frame::new(WINDOW_UPDATE, 0, 0, more),
        get(server, 1),
    ];
    let frames = frames.iter().flat_map(Frame::bytes);
    PREFACE.iter().copied().chain(frames).collect()
}

/// A second request on such a connection, by whoever holds this key.
pub(super) fn get_as(server: &Server, path: &str, key: Option<&str>) -> Vec<u8> {
    let mut block = block(false, path, &server.address.to_string());
    if let Some(key) = key {
        let credential = format!("Bearer {key}");
        // A length of 127 or more takes a second byte (RFC 7541, section 5.1).
        let beyond = credential.len().checked_sub(127).unwrap();
        block.extend([0x0f, 8, 127, u8::try_from(beyond).unwrap()]);
        block.extend(credential.as_bytes());
    }
    Frame::new(HEADERS, END_STREAM | END_HEADERS, 3, block).bytes()
}

fn get(server: &Server, stream: u32) -> Frame {
    let block = block(false, "/healthz", &server.address.to_string());
    Frame::new(HEADERS, END_STREAM | END_HEADERS, stream, block)
}

/// A request for a new user whose body is still to come.
fn post(server: &Server, stream: u32) -> Frame {
    let mut block = block(true, "/v1/users", &server.address.to_string());
    // `authorization` and `content-type` have the indices 23 and 31 of the static table.
    let credential = format!("Bearer {}", server.root_key);
    for (name, value) in [
        ([0x0f, 8], credential.as_str()),
        ([0x0f, 16], "application/json"),
    ] {
        block.extend(name);
        block.push(u8::try_from(value.len()).unwrap());
        block.extend(value.as_bytes());
    }
    Frame::new(HEADERS, END_HEADERS, stream, block)
}

#[tokio::test]
async fn http_2_is_spoken_without_tls_to_clients_that_know() {
    let server = Server::start();
    let client = crate::support::site::client().http2_prior_knowledge();
    let site = server.by(client);
    let user = site.root().user().await;
    assert_eq!(site.root().verdict(&user.key).await, "VALID");
}

#[tokio::test]
async fn a_hundred_streams_are_served_at_once_and_one_more_is_refused() {
    let server = Server::start();
    let mut connection = Connection::open(&server).await;
    let settings = connection.next_of(SETTINGS).await.unwrap();
    let told: BTreeMap<u16, u32> = settings
        .payload
        .chunks(6)
        .map(|pair| {
            let value = u32::from_be_bytes(pair[2..].try_into().unwrap());
            (u16::from_be_bytes([pair[0], pair[1]]), value)
        })
        .collect();
    assert_eq!(told.get(&3), Some(&100), "{told:?}");
    let streams: Vec<u32> = (0..101).map(|index| 2 * index + 1).collect();
    let frames: Vec<Frame> = streams
        .iter()
        .map(|stream| post(&server, *stream))
        .collect();
    connection.send(&frames).await;
    let refused = connection.next_of(RST_STREAM).await.unwrap();
    assert_eq!((refused.stream, refused.code()), (201, REFUSED_STREAM));
    until("all streams to be under way", async || {
        (metric(&server, "keywright_requests_in_flight").await == 101).then_some(())
    })
    .await;
    let bodies = streams[..100]
        .iter()
        .map(|stream| Frame::new(DATA, END_STREAM, *stream, BODY))
        .collect::<Vec<_>>();
    connection.send(&bodies).await;
    for _ in 0..100 {
        // 201, as RFC 7541 has it: the static table has no such status, so that its digits stand there.
        let answer = connection.next_of(HEADERS).await.unwrap();
        assert!(streams.contains(&answer.stream));
    }
    assert_serves(&server).await;
}

#[tokio::test]
async fn beyond_as_many_streams_as_connections_requests_are_refused_and_checks_are_not() {
    // A hundred streams are a connection's due, whatever the limit.
    let server = Server::with(&[("limits.connections_max", "100")]);
    let mut connection = Connection::open(&server).await;
    let streams: Vec<u32> = (0..100).map(|index| 2 * index + 1).collect();
    let posts: Vec<Frame> = streams
        .iter()
        .map(|stream| post(&server, *stream))
        .collect();
    connection.send(&posts).await;
    until("all streams to be under way", async || {
        (metric(&server, "keywright_requests_in_flight").await == 101).then_some(())
    })
    .await;
    let client = || crate::support::site::client().http2_prior_knowledge();
    let second = server.by(client());
    let refused = second.root().get("/v1/users").await.expect(503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    second.get("/readyz").send().await.expect(200);
    assert_eq!(
        metric(&server, "keywright_shed_total{queue=\"streams\"}").await,
        1
    );
    assert_serves(&server).await;
    drop(connection);
    until("the streams to be gone", async || {
        (second.root().get("/v1/users").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn rapid_resets_end_the_connection_and_nothing_else() {
    let server = Server::start();
    let connection = Connection::open(&server).await;
    let cancel = 8_u32.to_be_bytes();
    let frames = |stream| {
        let reset = Frame::new(RST_STREAM, 0, stream, cancel);
        vec![get(&server, stream), reset]
    };
    let reason = connection.flood(frames, 1_000_000).await;
    assert_eq!(reason, Some(ENHANCE_YOUR_CALM));
    assert_serves(&server).await;
}

#[tokio::test]
async fn resets_that_the_client_provokes_end_the_connection_and_nothing_else() {
    let server = Server::start();
    let connection = Connection::open(&server).await;
    // A stream that depends on itself is a fault of the stream, which the server resets.
    let frames = |stream: u32| {
        let itself = [&stream.to_be_bytes()[..], &[0]].concat();
        vec![
            post(&server, stream),
            Frame::new(PRIORITY, 0, stream, itself),
        ]
    };
    let reason = connection.flood(frames, 1_000_000).await;
    assert_eq!(reason, Some(ENHANCE_YOUR_CALM));
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_head_continued_without_end_ends_the_connection_and_nothing_else() {
    let server = Server::start();
    let mut connection = Connection::open(&server).await;
    let Frame {
        stream, payload, ..
    } = get(&server, 1);
    let begun = Frame::new(HEADERS, END_STREAM, stream, payload);
    connection.send(&[begun]).await;
    // One more field, never indexed, of ten bytes; and never the flag that would end them.
    let field = [&[0x10, 4][..], b"x-no", &[3], b"end"].concat();
    let more = |_| vec![Frame::new(CONTINUATION, 0, 1, field.clone())];
    let reason = connection.flood(more, 1_000_000).await;
    assert_eq!(reason, Some(ENHANCE_YOUR_CALM));
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_head_that_unpacks_to_far_more_ends_the_connection_and_nothing_else() {
    let server = Server::start();
    let mut connection = Connection::open(&server).await;
    let mut bomb = get(&server, 1);
    // A field of 4,000 bytes, which the table keeps (6.2.1), and then its index, a byte each: 32 MB.
    let len = [0x7f, 0xa1, 0x1e];
    let field = [&[0x40, 1][..], b"x", &len, &[b'a'; 4000]].concat();
    bomb.payload.extend(field);
    bomb.payload.extend([0xbe; 8000]);
    connection.send(&[bomb]).await;
    let farewell = connection.next_of(GOAWAY).await.unwrap();
    assert_eq!(farewell.code(), ENHANCE_YOUR_CALM);
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_head_is_read_up_to_32_kib() {
    let server = Server::start();
    let client = crate::support::site::client().http2_prior_knowledge();
    let client = client.build().unwrap();
    for (len, expected) in [(30 * 1024, 200), (33 * 1024, 431)] {
        let request = client.get(server.url("/healthz"));
        let answer = request.header("x-long", "a".repeat(len)).send().await;
        assert_eq!(answer.unwrap().status().as_u16(), expected);
    }
}

#[tokio::test]
async fn an_idle_connection_is_told_to_go_away_whatever_it_says_between_requests() {
    let server = Server::with(&[("limits.idle_timeout_s", "1")]);
    let mut connection = Connection::open(&server).await;
    connection.send(&[get(&server, 1)]).await;
    let ping = Frame::new(PING, 0, 0, [0; 8]);
    let chatting = async {
        connection.send(std::slice::from_ref(&ping)).await;
        while let Some(frame) = connection.next().await {
            match frame.kind {
                GOAWAY => return Some(frame.code()),
                // The server asks, too, and would take silence for the end.
                PING if frame.flags == 0 => {
                    let flags = ACK;
                    connection.send(&[Frame { flags, ..frame }]).await;
                }
                PING => connection.send(std::slice::from_ref(&ping)).await,
                _ => {}
            }
        }
        None
    };
    let told = tokio::time::timeout(PATIENCE, chatting).await;
    assert_eq!(told.expect("it is kept for ever"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_have_waited_too_long_for_a_turn_are_refused_and_checks_are_not() {
    let server = Server::with(&[("limits.wait_max_ms", "10"), ("log.filter", "info")]);
    let user = server.root().user().await;
    let client = crate::support::site::client()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let mut statuses = BTreeMap::new();
    until("a request to be refused", async || {
        let mut burst = tokio::task::JoinSet::new();
        for _ in 0..2000 {
            let request = client
                .post(server.url("/v1/keys/verify"))
                .bearer_auth(&server.root_key)
                .json(&json!({ "key": user.key }));
            burst.spawn(request.send());
        }
        for answer in burst.join_all().await {
            let answer = answer.unwrap();
            if answer.status() == 503 {
                assert_eq!(answer.headers()["retry-after"], "1");
            }
            *statuses.entry(answer.status().as_u16()).or_insert(0) += 1;
        }
        statuses.contains_key(&503).then_some(())
    })
    .await;
    assert!(
        statuses.keys().all(|status| [200, 503].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(
        metric(&server, "keywright_shed_total{queue=\"requests\"}").await,
        statuses[&503],
        "whoever was refused was not looked at"
    );
    assert_serves(&server).await;
}
