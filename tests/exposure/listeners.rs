//! What is served on which of the two listeners.

use std::net::TcpListener;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::second;
use crate::support::documents::check_unserved;
use crate::support::{Folder, Server, Site, metric, until};

/// Every part by the name of its setting, with a request to each of its places.
const PARTS: [(&str, &[(&str, &str)]); 8] = [
    (
        "user_key",
        &[("PUT", "/user/api-key"), ("GET", "/user/info")],
    ),
    (
        "client_keys",
        &[
            ("POST", "/api-keys"),
            ("POST", "/oauth/token"),
            ("POST", "/oauth/introspect"),
            ("POST", "/oauth/revoke"),
            ("GET", "/.well-known/jwks.json"),
            ("GET", "/.well-known/oauth-authorization-server"),
            ("GET", "/.well-known/openid-configuration"),
        ],
    ),
    (
        "named_keys",
        &[("GET", "/v0/api_keys"), ("DELETE", "/v0/api_keys/x")],
    ),
    ("organization_key", &[("PUT", "/organizations/api-keys")]),
    (
        "control",
        &[
            ("GET", "/v1/keys"),
            ("POST", "/v1/keys/verify"),
            ("GET", "/v1/events"),
        ],
    ),
    (
        "authorize",
        &[
            ("GET", "/v1/authorize"),
            ("POST", "/v1/authorize/x"),
            ("GET", "/v1/authorize/envoy"),
        ],
    ),
    (
        "docs",
        &[
            ("GET", "/"),
            ("GET", "/docs/"),
            ("GET", "/docs/swagger-ui-bundle.js"),
            ("GET", "/openapi/control.json"),
        ],
    ),
    ("metrics", &[("GET", "/metrics")]),
];

/// Checks for each part whether it is served, and that whatever happens the server says how it is.
async fn assert_served(site: &Site, is_served: impl Fn(&str) -> bool) {
    for (part, requests) in PARTS {
        for (method, path) in requests {
            let answer = site.request(method, path).send_beside_the_documents().await;
            if is_served(part) {
                assert_ne!(answer.status, 404, "{method} {path}");
            } else {
                check_unserved(path, &answer);
            }
        }
    }
    for path in ["/healthz", "/readyz"] {
        site.get(path).send().await.expect(200);
    }
}

/// A server with one part in another place than the main listener.
fn exposing(part: &str, exposure: &str) -> Server {
    let setting = format!("expose.{part}");
    // A second listener with nothing to serve is refused.
    let other = if part == "metrics" { "docs" } else { "metrics" };
    let other = format!("expose.{other}");
    Server::with(&[
        ("second.listen", "127.0.0.1:0"),
        (setting.as_str(), exposure),
        (other.as_str(), "both"),
    ])
}

#[tokio::test]
async fn by_default_everything_is_on_the_one_listener() {
    let server = Server::start();
    assert_served(&server, |_| true).await;
    assert!(!server.stdout().contains("second"), "{}", server.stdout());
}

#[tokio::test]
async fn each_part_that_is_bound_to_the_second_listener_is_served_there_alone() {
    for (part, _) in PARTS {
        let server = exposing(part, "second");
        let other = if part == "metrics" { "docs" } else { "metrics" };
        assert_served(&server, |served| served != part).await;
        let second = second(&server).await;
        assert_served(&second, |served| [part, other].contains(&served)).await;
    }
}

#[tokio::test]
async fn each_part_that_is_switched_off_is_served_nowhere() {
    for (part, _) in PARTS {
        let server = exposing(part, "off");
        let other = if part == "metrics" { "docs" } else { "metrics" };
        assert_served(&server, |served| served != part).await;
        assert_served(&second(&server).await, |served| served == other).await;
    }
}

#[tokio::test]
async fn what_is_bound_to_both_is_the_same_on_both() {
    let server = exposing("control", "both");
    let second = second(&server).await;
    let user = server.root().user().await;
    assert_eq!(second.root().verdict(&user.key).await, "VALID");
    second.root().revoke(&user.key_id).await;
    assert_eq!(server.root().verdict(&user.key).await, "REVOKED");
}

#[tokio::test]
async fn the_pages_show_the_documents_of_what_is_served_somewhere() {
    let server = Server::with(&[
        ("second.listen", "127.0.0.1:0"),
        ("expose.docs", "second"),
        ("expose.named_keys", "off"),
    ]);
    let second = second(&server).await;
    let list = second.get("/docs/").send().await.expect(200).text();
    assert!(list.contains("/openapi/user-key.json"), "{list}");
    assert!(!list.contains("/openapi/named-keys.json"), "{list}");
    // Swagger UI's own list of documents, which names those of somebody else.
    second
        .get("/docs/swagger-initializer.js")
        .send()
        .await
        .expect(404);
    second
        .get("/openapi/user-key.yaml")
        .send()
        .await
        .expect(200);
    second
        .get("/openapi/named-keys.yaml")
        .send()
        .await
        .expect(404);
}

/// A request that stays under way, because its body never comes.
async fn occupy(site: &Site) -> TcpStream {
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    let head = b"POST /v1/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
    stream.write_all(head).await.unwrap();
    stream
}

#[tokio::test]
async fn each_listener_has_connections_of_its_own() {
    let server = Server::with(&[
        ("second.listen", "127.0.0.1:0"),
        ("second.connections_max", "1"),
        ("expose.control", "both"),
        ("limits.connections_max", "1"),
    ]);
    let second = second(&server).await;
    // Each request on a connection of its own.
    let lone = |site: &Site| site.by(crate::support::site::client().pool_max_idle_per_host(0));
    let busy = occupy(&server).await;
    until("the request to be under way", async || {
        let requests = metric(&server, "keywright_requests_in_flight").await;
        // The other one asks.
        (requests == 2).then_some(())
    })
    .await;
    let root = format!("Bearer {}", server.root_key);
    let ask = async |site: &Site| {
        let request = lone(site).get("/v1/keys").with("authorization", &root);
        request.send().await.status
    };
    assert_eq!(ask(&server).await, 503);
    assert_eq!(ask(&second).await, 200);
    drop(busy);
    let busy = occupy(&second).await;
    until("the second to be busy and the first no more", async || {
        (ask(&second).await == 503 && ask(&server).await == 200).then_some(())
    })
    .await;
    drop(busy);
}

#[tokio::test]
async fn both_listeners_speak_tls_or_neither() {
    let server = Server::with_tls(&[("second.listen", "127.0.0.1:0"), ("expose.control", "both")]);
    let certificate = std::fs::read(server.folder().certificate()).unwrap();
    let second = second(&server).await.over_tls(&certificate);
    assert!(
        server
            .stdout()
            .contains("the second listener is on https://")
    );
    second.root().user().await;
}

#[test]
fn a_server_with_two_listeners_ends_as_well_as_with_one() {
    let server = exposing("control", "second");
    let folder = server.finish();
    assert!(folder.log().contains("stopping"));
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

#[test]
fn two_listeners_on_one_address_are_refused() {
    for (main, second) in [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),
        ("127.0.0.1", "localhost"),
        ("localhost", "LOCALHOST"),
    ] {
        let port = free_port();
        let folder = Folder::new();
        let said = folder.refusal(&[
            ("listen", &format!("{main}:{port}")),
            ("second.listen", &format!("{second}:{port}")),
            ("expose.control", "second"),
        ]);
        assert!(
            said.contains("second.listen") && said.contains("choose another port"),
            "{said}"
        );
        assert!(!folder.database().exists(), "{main} {second}");
    }
}

#[test]
fn a_second_address_that_another_has_is_refused_by_its_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = Folder::new().refusal(&[("second.listen", &address), ("expose.control", "second")]);
    assert!(said.contains(&address), "{said}");
    assert!(
        said.contains("choose another address in second.listen"),
        "{said}"
    );
}

#[test]
fn what_is_exposed_where_nothing_listens_is_refused() {
    for (settings, expected) in [
        (
            &[("expose.control", "second")][..],
            "expose.control names the second listener, and there is none: set second.listen",
        ),
        (
            &[("expose.docs", "both")],
            "expose.docs names the second listener, and there is none: set second.listen",
        ),
        (
            &[("second.listen", "127.0.0.1:0")],
            "second.listen has nothing to serve: write for example expose.control",
        ),
        (
            &[("expose.control", "private")],
            "expose.control must be main or second or both or off",
        ),
        (
            &[("second.listen", "8081"), ("expose.control", "second")],
            "second.listen must be HOST:PORT",
        ),
        (
            &[("second.connections_max", "0")],
            "second.connections_max must be",
        ),
        (
            &[("second.connections_max", "1000001")],
            "second.connections_max must be",
        ),
    ] {
        let said = Folder::new().refusal(settings);
        assert!(said.contains(expected), "{expected}: {said}");
    }
}
