//! Behind Envoy: all stories, and how long it keeps a connection to the server.
//! Leaves what is true behind each proxy to `stories`.

use std::process::Command;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::Scene;
use super::stories::{self, tell_stories};
use crate::support::proxy::{page_block, put};
use crate::support::{Kind, PATIENCE, Proxy, Upstream, child};

tell_stories!(Kind::Envoy);

#[tokio::test]
async fn behind_envoy_a_revoked_key_is_refused_by_the_very_next_request() {
    stories::a_revoked_key_is_refused(Kind::Envoy).await;
}

#[tokio::test]
async fn behind_envoy_a_server_that_hangs_holds_nobody() {
    stories::a_server_that_hangs_holds_nobody(Kind::Envoy).await;
}

#[tokio::test]
async fn several_lines_of_x_api_key_are_one_unknown_key() {
    let scene = Scene::start(Kind::Envoy).await;
    let key = scene.key(json!({})).await;
    let twice = [("x-api-key", &*key.secret), ("x-api-key", &*key.secret)];
    scene.refused("/", &twice, "NOT_FOUND").await.expect(401);
}

/// What stands on the page before the seconds for which Envoy keeps an idle connection to the server.
const IDLE: &str = "idle_timeout: ";

/// Those seconds.
fn idle_s() -> u32 {
    let page = page_block("yaml envoy");
    let (_, behind) = page.split_once(IDLE).expect("a time for idle connections");
    let (seconds, _) = behind.split_once('s').unwrap();
    seconds.parse().unwrap()
}

#[tokio::test]
async fn an_idle_connection_to_the_server_is_ended_by_envoy() {
    let asked = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let application = Upstream::start().await;
    // One second, or the test would take the page's minute.
    let change = |page: &str| put(page, &format!("{IDLE}{}s", idle_s()), &format!("{IDLE}1s"));
    let address = asked.local_addr().unwrap();
    let proxy = Proxy::changed(Kind::Envoy, address, application.address, change).await;
    let says_yes_and_waits = async {
        let (mut connection, _) = asked.accept().await.unwrap();
        let mut question = Vec::new();
        while !question.ends_with(b"\r\n\r\n") {
            question.push(connection.read_u8().await.unwrap());
        }
        let yes = b"HTTP/1.1 200 OK\r\nx-key-id: 1\r\ncontent-length: 0\r\n\r\n";
        connection.write_all(yes).await.unwrap();
        let end = timeout(PATIENCE, connection.read(&mut [0])).await;
        let end = end.expect("Envoy keeps a connection that nobody uses");
        assert_eq!(end.unwrap(), 0);
    };
    let key = [("x-api-key", "a-key")];
    let (answer, ()) = tokio::join!(proxy.send("GET", "/", &key), says_yes_and_waits);
    answer.expect(200);
}

#[test]
fn envoy_ends_an_idle_connection_before_the_server_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut show: Command = child::bare_command(folder.path());
    let shown = show.args(["config", "show"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let line = shown
        .lines()
        .find_map(|line| line.strip_prefix("limits.idle_timeout_s = "));
    let servers: u32 = line.unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(idle_s() < servers, "{} s, and {servers} s", idle_s());
}
