//! Web pages of other origins: which may call what.

use serde_json::json;

use crate::support::{Answer, Folder, Request, Server, Site};

const ORIGIN: &str = "https://app.example.com";
const OTHERS: [&str; 7] = [
    "https://other.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://APP.example.com",
    "null",
    "*",
];

fn sharing() -> Server {
    let origins = format!(r#"["http://localhost:5173", "{ORIGIN}"]"#);
    Server::with(&[("cors.origins", &origins)])
}

/// The question that a browser asks before a request with a key.
fn preflight(site: &Site, path: &str, origin: &str) -> Request {
    site.request("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "PUT")
        .header(
            "access-control-request-headers",
            "authorization,x-exorde-api-version",
        )
}

/// What of an answer speaks to other origins.
fn grants(answer: &Answer) -> Vec<(String, String)> {
    let named = answer.headers.iter();
    let grants = named.filter(|(name, _)| name.as_str().starts_with("access-control-"));
    let mut grants: Vec<_> = grants
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    grants.sort();
    grants
}

#[tokio::test]
async fn a_named_origin_is_told_that_it_may_call_a_contract() {
    let server = sharing();
    for path in [
        "/user/api-key",
        "/api-keys",
        "/oauth/token",
        "/oauth/introspect",
        "/oauth/revoke",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/v0/api_keys",
        "/organizations/api-keys",
        "/v1/keys",
    ] {
        let answer = preflight(&server, path, ORIGIN)
            .send_beside_the_documents()
            .await;
        assert_eq!(answer.status, 204, "{path}");
        let expected = [
            (
                "access-control-allow-headers",
                "authorization,x-exorde-api-version",
            ),
            (
                "access-control-allow-methods",
                "GET, POST, PUT, PATCH, DELETE",
            ),
            ("access-control-allow-origin", ORIGIN),
            ("access-control-max-age", "600"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(grants(&answer), expected, "{path}");
        assert!(
            answer
                .headers
                .get_all("vary")
                .iter()
                .any(|value| value == "Origin")
        );
    }
}

#[tokio::test]
async fn a_page_of_a_named_origin_may_read_successes_and_refusals() {
    let server = sharing();
    let user = server.root().user().await;
    let success = user
        .request()
        .header("origin", ORIGIN)
        .send()
        .await
        .expect(200);
    let refusal = user
        .request()
        .header("origin", ORIGIN)
        .send()
        .await
        .expect(401);
    let unknown = server.get("/user/x").header("origin", ORIGIN).send().await;
    for answer in [success, refusal, unknown] {
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(answer.header("vary"), Some("Origin"));
        let readable = answer.header("access-control-expose-headers").unwrap();
        assert!(readable.contains("X-Request-Id"), "{readable}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn any_other_origin_is_told_nothing() {
    let server = sharing();
    let user = server.root().user().await;
    for origin in OTHERS {
        let answer = preflight(&server, "/user/api-key", origin)
            .send()
            .await
            .expect(405);
        assert_eq!(grants(&answer), [], "{origin}");
        let answer = server
            .get("/user/info")
            .bearer(&user.key)
            .header("origin", origin);
        let answer = answer
            .header("x-exorde-api-version", "v1")
            .send()
            .await
            .expect(200);
        assert_eq!(grants(&answer), [], "{origin}");
        // A cache must not hand to one what another was told.
        assert_eq!(answer.header("vary"), Some("Origin"), "{origin}");
    }
    let twice = preflight(&server, "/user/api-key", ORIGIN).header("origin", ORIGIN);
    assert_eq!(grants(&twice.send().await.expect(405)), []);
}

#[tokio::test]
async fn a_yes_to_a_question_is_never_a_yes_of_authorize() {
    let server = sharing();
    let user = server.root().user().await;
    for path in [
        "/v1/authorize",
        "/v1/authorize/",
        "/v1/authorize/x",
        "/v1/authorize/envoy",
    ] {
        let answer = preflight(&server, path, ORIGIN).send().await.expect(401);
        assert_eq!(grants(&answer), [], "{path}");
        let request = server.get(path).bearer(&user.key).header("origin", ORIGIN);
        assert_eq!(grants(&request.send().await), [], "{path}");
    }
}

#[tokio::test]
async fn what_is_no_contract_is_shared_with_nobody() {
    let server = sharing();
    for path in ["/docs/", "/healthz", "/readyz", "/metrics"] {
        let request = server.get(path).header("origin", ORIGIN);
        assert_eq!(grants(&request.send().await.expect(200)), [], "{path}");
        let answer = preflight(&server, path, ORIGIN)
            .send_beside_the_documents()
            .await;
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(grants(&answer), [], "{path}");
    }
}

#[tokio::test]
async fn a_contract_that_is_not_served_here_is_shared_with_nobody() {
    let origins = json!([ORIGIN]).to_string();
    let server = Server::with(&[("cors.origins", &origins), ("expose.user_key", "off")]);
    let answer = preflight(&server, "/user/api-key", ORIGIN);
    let answer = answer.send_beside_the_documents().await;
    assert_eq!(answer.status, 404);
    assert_eq!(grants(&answer), []);
}

#[tokio::test]
async fn without_the_setting_nothing_is_shared_with_anybody() {
    let server = Server::start();
    let answer = preflight(&server, "/user/api-key", ORIGIN)
        .send()
        .await
        .expect(405);
    assert_eq!(grants(&answer), []);
    let answer = server
        .root()
        .request("GET", "/v1/keys")
        .header("origin", ORIGIN);
    let answer = answer.send().await.expect(200);
    assert_eq!(grants(&answer), []);
    assert_eq!(answer.header("vary"), None);
}

#[test]
fn an_origin_that_no_browser_sends_is_refused() {
    for origin in [
        "*",
        "null",
        "app.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://App.example.com",
        "https://*.example.com",
        "https://user@app.example.com",
        "https://app.example.com:",
        "https://app.example.com:443",
        "http://app.example.com:80",
        "ftp://app.example.com",
        "",
    ] {
        let origins = json!([origin]).to_string();
        let said = Folder::new().refusal(&[("cors.origins", &origins)]);
        assert!(said.contains("cors.origins[0] must"), "{origin}: {said}");
    }
}
