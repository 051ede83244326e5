//! More connections than slots: idle ones are drained, and where none is idle the rest is shed at once.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::*;

/// Another process that holds many connections open: each has been answered once, and is idle since.
struct Crowd {
    holder: Child,
    until_closed: Option<ChildStdin>,
}

impl Crowd {
    fn gather(site: &Site, count: usize) -> Self {
        const PROGRAM: &str = "
import resource, socket, sys
port, size = int(sys.argv[1]), int(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = []
for _ in range(size):
    connection = socket.create_connection(('127.0.0.1', port), timeout=60)
    connection.sendall(b'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n')
    answer = b''
    while not answer.endswith(b'ok\\n'):
        more = connection.recv(65536)
        assert more, 'closed without an answer'
        answer += more
    held.append(connection)
print('held', flush=True)
sys.stdin.read()
";
        let mut holder = Command::new("python3")
            .args(["-c", PROGRAM])
            .arg(site.address.port().to_string())
            .arg(count.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 holds the connections: run `cargo xtask setup`");
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(
            line, "held\n",
            "{count} connections must be possible: see ulimit -Hn"
        );
        let until_closed = holder.stdin.take();
        Self {
            holder,
            until_closed,
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        drop(self.until_closed.take());
        self.holder.wait().unwrap();
    }
}

#[tokio::test]
async fn ten_thousand_idle_connections_do_not_stop_the_service() {
    let server = Server::with(&[("log.filter", "info")]);
    let crowd = Crowd::gather(&server, 10_000);
    assert_serves(&server).await;
    drop(crowd);
    assert_serves(&server).await;
}

#[tokio::test]
async fn more_idle_connections_than_places_do_not_stop_the_service() {
    let server = Server::with(&[("limits.connections_max", "100")]);
    let busy = Busy::hold(&server).await;
    let crowd = Crowd::gather(&server, 1000);
    assert_serves(&server).await;
    until("most of the crowd to be closed", async || {
        (metric(&server, "keywright_connections").await <= 112).then_some(())
    })
    .await;
    busy.finish().await.expect(201);
    drop(crowd);
}

#[tokio::test]
async fn where_all_places_are_busy_checks_are_answered_and_everybody_else_is_told_to_come_back() {
    let server = Server::with(&[("limits.connections_max", "4")]);
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(Busy::hold(&server).await);
    }
    for check in ["/healthz", "/readyz", "/metrics"] {
        let request = raw::head("GET", check, &[]);
        let answer = raw::parse(&raw::exchange(&server, &request).await);
        server.receive("GET", check, answer).expect(200);
    }
    let before = metric(&server, "keywright_shed_total{queue=\"connections\"}").await;
    // Not asked for, but told: the connection is not kept.
    let request = b"GET /v1/users HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let answer = raw::parse(&read_to_end(&mut stream).await);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    server.receive("GET", "/v1/users", answer).expect(503);
    let after = metric(&server, "keywright_shed_total{queue=\"connections\"}").await;
    assert_eq!(after, before + 1);
    let metrics = server.get("/metrics").send().await.expect(200).text();
    let timed = "keywright_request_duration_seconds_count{contract=\"control\",class=\"read\"}";
    assert!(!metrics.contains(timed), "what was shed is not timed");
    for busy in held {
        busy.finish().await.expect(201);
    }
    assert_serves(&server).await;
}

#[tokio::test]
async fn where_spare_places_are_busy_too_a_connection_is_refused_in_a_word() {
    let server = Server::with(&[("limits.connections_max", "1")]);
    // One place, and eight spare ones; whoever has one is asked for nothing but its name.
    let mut held = vec![Busy::hold(&server).await];
    let mut spare = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = raw::head(
            "GET",
            "/healthz",
            &["Content-Length: 1", "Expect: 100-continue"],
        );
        stream.write_all(&request).await.unwrap();
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        spare.push(stream);
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let said = read_to_end(&mut stream).await;
    let answer = raw::parse(&said);
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("1"))
    );
    drop(spare);
    held.pop().unwrap().finish().await.expect(201);
    until("a place", async || {
        let answer = server.get("/v1/users").bearer(&server.root_key).send();
        (answer.await.status == 200).then_some(())
    })
    .await;
    assert_serves(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_connections_leaves_the_service_standing() {
    let server = Server::with(&[("limits.connections_max", "50"), ("log.filter", "info")]);
    let user = server.root().user().await;
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let address = server.address;
        flood.spawn(async move {
            for _ in 0..1000 {
                // Some are reset, as is right.
                if let Ok(mut stream) = TcpStream::connect(address).await {
                    stream.write_all(b"GET /healthz").await.ok();
                }
            }
        });
    }
    // While it lasts, an answer may be that there is no room, and a connection may make room for another.
    while !flood.is_empty() {
        let body = json!({ "key": user.key });
        let request = server.root().request("POST", "/v1/keys/verify").json(&body);
        if let Ok(answer) = request.try_send().await {
            assert!([200, 503].contains(&answer.status), "{}", answer.text());
        }
        while let Some(done) = flood.try_join_next() {
            done.unwrap();
        }
    }
    assert_serves(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_would_wait_too_long_is_answered_in_part_and_checks_are_whatever_waits() {
    let server = Server::with(&[("limits.wait_max_ms", "10"), ("log.filter", "info")]);
    let user = server.root().user().await;
    let client = crate::support::site::client().build().unwrap();
    let (mut answered, mut refused) = (0, 0);
    until("some to be answered and some refused", async || {
        let mut burst = tokio::task::JoinSet::new();
        // Each on a connection of its own: HTTP/1.1 asks nothing more before it is answered.
        for _ in 0..300 {
            let request = client
                .post(server.url("/v1/keys/verify"))
                .bearer_auth(&server.root_key)
                .json(&json!({ "key": user.key }));
            burst.spawn(request.send());
        }
        for check in ["/healthz", "/metrics", "/healthz", "/readyz"].repeat(5) {
            server.get(check).send().await.expect(200);
        }
        for answer in burst.join_all().await {
            let answer = answer.unwrap();
            match answer.status().as_u16() {
                200 => answered += 1,
                503 => {
                    assert_eq!(answer.headers()["retry-after"], "1");
                    refused += 1;
                }
                other => panic!("{other} is no answer to a crowd"),
            }
        }
        (answered > 0 && refused > 0).then_some(())
    })
    .await;
    assert_eq!(
        metric(&server, "keywright_shed_total{queue=\"requests\"}").await,
        refused,
        "all that were refused were not looked at"
    );
    assert_serves(&server).await;
}
