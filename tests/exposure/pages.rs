//! The pages into which people type keys: what a browser may do with them.
//! Leaves whether they still work to `swagger_ui`.

use crate::support::{Folder, Server};

#[tokio::test]
async fn the_pages_let_a_browser_load_what_is_here_and_nothing_else() {
    let server = Server::start();
    for path in [
        "/",
        "/docs/",
        "/docs/index.html",
        "/docs/keywright.js",
        "/docs/keywright.css",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
        "/openapi/control.json",
        "/openapi/control.yaml",
    ] {
        let answer = server.get(path).send_beside_the_documents().await;
        let header = |name| {
            answer
                .header(name)
                .unwrap_or_else(|| panic!("{path} lacks {name}"))
        };
        let policy = header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|found| found == rule),
                "{path}: {policy}"
            );
        }
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
    }
    let contract = server.root().get("/v1/keys").await.expect(200);
    assert_eq!(contract.header("content-security-policy"), None);
}

const HSTS: &str = "strict-transport-security";

#[tokio::test]
async fn a_browser_is_told_to_keep_to_tls_where_the_operator_says_so() {
    let server = Server::with_tls(&[("tls.hsts_max_age_s", "63072000")]);
    for path in ["/healthz", "/v1/keys", "/user/info", "/nothing"] {
        let answer = server.get(path).send().await;
        assert_eq!(answer.header(HSTS), Some("max-age=63072000"), "{path}");
    }
    let forgetting = Server::with_tls(&[("tls.hsts_max_age_s", "0")]);
    let answer = forgetting.get("/healthz").send().await;
    assert_eq!(answer.header(HSTS), Some("max-age=0"));
    for silent in [Server::with_tls(&[]), Server::start()] {
        assert_eq!(silent.get("/healthz").send().await.header(HSTS), None);
    }
}

#[test]
fn keeping_a_browser_to_tls_needs_tls() {
    let said = Folder::new().refusal(&[("tls.hsts_max_age_s", "60")]);
    assert!(
        said.contains("tls.hsts_max_age_s needs tls.certificate"),
        "{said}"
    );
    let said = Folder::new().refusal(&[("tls.hsts_max_age_s", "63072001")]);
    assert!(
        said.contains("tls.hsts_max_age_s must be 0 to 63072000"),
        "{said}"
    );
}
