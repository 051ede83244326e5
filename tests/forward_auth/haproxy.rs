//! Behind `HAProxy`: all stories, and a script that fails.
//! Leaves what is true behind each proxy to `stories`.

use serde_json::json;

use super::Key;
use super::stories::{self, tell_stories};
use crate::support::{Kind, Proxy, Server, Upstream};

tell_stories!(Kind::Haproxy);

#[tokio::test]
async fn behind_haproxy_a_revoked_key_is_refused_by_the_very_next_request() {
    stories::a_revoked_key_is_refused(Kind::Haproxy).await;
}

#[tokio::test]
async fn behind_haproxy_a_server_that_hangs_holds_nobody() {
    stories::a_server_that_hangs_holds_nobody(Kind::Haproxy).await;
}

#[tokio::test]
async fn nothing_passes_behind_a_script_that_fails() {
    let (server, application) = (Server::start(), Upstream::start().await);
    let key = Key::new(&server, json!({})).await;
    let change = |page: &str| page.replace("local url = txn", "error('broken')\nlocal url = txn");
    let proxy = Proxy::changed(Kind::Haproxy, server.address, application.address, change).await;
    let headers = [("x-api-key", &*key.secret)];
    proxy.send("GET", "/", &headers).await.expect(503);
    assert_eq!(application.take_seen(), []);
    assert!(proxy.log().contains("broken"), "{}", proxy.log());
}
