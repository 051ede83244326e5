//! Behind nginx: all stories, and what nginx makes of a refusal.
//! Leaves what is true behind each proxy to `stories`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use super::stories::{self, tell_stories};
use super::{Key, Scene, identity};
use crate::support::proxy::{page_block, put};
use crate::support::{Kind, Proxy, Server, Upstream, assert_answer};

mod fastcgi;
mod grpc;

mod debian {
    use super::*;

    tell_stories!(Kind::Nginx);
}

mod current {
    use super::*;

    tell_stories!(Kind::NginxCurrent);
}

const BOTH: [Kind; 2] = [Kind::Nginx, Kind::NginxCurrent];

/// The page's configuration with another of its blocks in the place of `location /`.
fn with_location(page: &str, block: &str) -> String {
    let start = page.find("    location / {").unwrap();
    let end = start + page[start..].find("\n    }\n").unwrap() + "\n    }\n".len();
    format!("{}{}{}", &page[..start], page_block(block), &page[end..])
}

#[tokio::test]
async fn behind_nginx_a_server_that_hangs_holds_nobody() {
    for kind in BOTH {
        stories::a_server_that_hangs_holds_nobody(kind).await;
    }
}

#[tokio::test]
async fn a_key_in_x_api_key_stands_beside_the_applications_own_authorization() {
    let (server, application) = (Server::start(), Upstream::start().await);
    let key = Key::new(&server, json!({})).await;
    let change = |page: &str| {
        let page = put(page, "?nginx=1", "?nginx=1&header=x-api-key");
        put(&page, "    proxy_set_header Authorization     \"\";\n", "")
    };
    let proxy = Proxy::changed(Kind::Nginx, server.address, application.address, change).await;
    let own = ("authorization", "Bearer app.jwt.token");
    let headers = [("x-api-key", &*key.secret), own];
    proxy.send("GET", "/", &headers).await.expect(200);
    let mut expected = key.identity("");
    expected["authorization"] = "Bearer app.jwt.token".into();
    assert_eq!(identity(&application.take_one()), expected);
    let bearer = key.bearer();
    let alone = [("authorization", bearer.as_str())];
    proxy.send("GET", "/", &alone).await.expect(401);
    assert_eq!(application.take_seen(), []);
}

#[tokio::test]
async fn behind_nginx_a_revoked_key_is_refused_by_the_very_next_request() {
    for kind in BOTH {
        stories::a_revoked_key_is_refused(kind).await;
    }
}

#[tokio::test]
async fn a_client_without_a_key_gets_a_page_of_nginx_with_the_challenge() {
    let scene = Scene::start(Kind::Nginx).await;
    assert_answer!(scene.refused("/", &[], "CREDENTIAL_MISSING").await, @r#"
    {
      "body": "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      "headers": {
        "content-type": "text/html",
        "www-authenticate": "Bearer",
        "x-key-refusal": "CREDENTIAL_MISSING"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn behind_nginx_a_client_whose_key_is_too_narrow_learns_which_scope_it_needs() {
    let scene = Scene::start(Kind::Nginx).await;
    let key = scene.key(json!({})).await;
    let headers = [("x-api-key", &*key.secret)];
    let refused = scene
        .refused("/reports/", &headers, "INSUFFICIENT_SCOPE")
        .await;
    assert_answer!(refused, @r#"
    {
      "body": "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      "headers": {
        "content-type": "text/html",
        "www-authenticate": "Bearer error=\"insufficient_scope\", scope=\"reports:read\"",
        "x-key-refusal": "INSUFFICIENT_SCOPE"
      },
      "status": 403
    }
    "#);
}

#[tokio::test]
async fn a_429_goes_through_nginx_as_a_403_and_is_a_429_again() {
    let scene = Scene::start(Kind::Nginx).await;
    let never = json!({ "name": "never", "limit": 0, "window_seconds": 60 });
    let key = scene.key(json!({ "rate_limits": [never] })).await;
    let direct = scene
        .server
        .get("/v1/authorize?nginx=1")
        .bearer(&key.secret);
    let direct = direct.send().await.expect(403);
    assert_eq!(direct.header("x-key-refusal"), Some("RATE_LIMITED"));
    let headers = [("x-api-key", &*key.secret)];
    assert_answer!(scene.refused("/", &headers, "RATE_LIMITED").await, @r#"
    {
      "body": "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      "headers": {
        "content-type": "text/html",
        "ratelimit": "\"never\";r=0;t=60",
        "ratelimit-policy": "\"never\";q=0;w=60",
        "retry-after": "60",
        "x-key-refusal": "RATE_LIMITED"
      },
      "status": 429
    }
    "#);
}

#[tokio::test]
async fn the_question_is_not_for_clients_to_ask() {
    let scene = Scene::start(Kind::Nginx).await;
    let key = scene.key(json!({})).await;
    let headers = [("x-api-key", &*key.secret)];
    for target in ["/_keywright", "/_keywright&cost=0", "/_keywright%26cost=0"] {
        scene.proxy.send("GET", target, &headers).await.expect(404);
    }
    assert_eq!(scene.application.take_seen(), []);
    assert!(!scene.proxy.log().contains(&key.secret));
}

#[tokio::test]
async fn a_body_that_a_location_takes_is_no_matter_of_the_question() {
    let (server, application) = (Server::start(), Upstream::start().await);
    let key = Key::new(&server, json!({})).await;
    let location = "location / {\n";
    let larger = format!("{location}client_max_body_size 3m;\n");
    let change = |page: &str| put(page, location, &larger);
    let proxy = Proxy::changed(Kind::Nginx, server.address, application.address, change).await;
    let headers = [("x-api-key", &*key.secret)];
    let body = vec![b'a'; 3 * 1024 * 1024];
    proxy.post("/", &headers, body.clone()).await.expect(200);
    assert!(application.take_one().body == body);
}

/// Passes connections on to a server, and counts them.
async fn counted(server: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (
        listener.local_addr().unwrap(),
        Arc::new(AtomicUsize::new(0)),
    );
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let mut far = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut near, &mut far).await.ok() });
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_flood_of_refusals_is_no_flood_of_connections() {
    for kind in BOTH {
        let (server, application) = (Server::start(), Upstream::start().await);
        let (asked, connections) = counted(server.address).await;
        let proxy = Proxy::start(kind, asked, application.address).await;
        for _ in 0..20 {
            proxy.send("GET", "/", &[]).await.expect(401);
            let unknown = [("x-api-key", "unknown")];
            proxy.send("GET", "/reports", &unknown).await.expect(401);
        }
        assert_eq!(connections.load(Ordering::SeqCst), 1, "{kind:?}");
    }
}
