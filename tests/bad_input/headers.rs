//! Headers that several contracts share: `Idempotency-Key`, and those that are far too long.
//! Leaves each contract's own headers to its file.

use serde_json::json;

use super::{Case, refuse};
use crate::support::{Request, Server, raw};

/// One good mint of every contract.
async fn mints(server: &Server) -> Vec<(&'static str, Request)> {
    let root = server.root();
    let organization = root.organization().await;
    let token = root.client_of(&organization).await.token().await;
    let named = root.named_of(&organization).await;
    let user = root.user().await;
    vec![
        ("user-key", user.request()),
        (
            "client-keys",
            token.request().json(&json!({ "name": "Billing worker" })),
        ),
        (
            "named-keys",
            named.request().json(&json!({ "name": "ci-deploy" })),
        ),
        ("organization-key", organization.request()),
        (
            "control",
            root.request("POST", "/v1/users").json(&json!({})),
        ),
    ]
}

#[tokio::test]
async fn an_idempotency_key_is_one_to_255_visible_characters_sent_once() {
    let server = Server::with(&[("user_key.rate_limit_per_minute", "0")]);
    let mut cases = Vec::new();
    for (contract, mint) in mints(&server).await {
        let too_long = "a".repeat(256);
        for (what, value, remedy) in [
            ("empty", b"".as_slice(), "255"),
            ("256 characters", too_long.as_bytes(), "255"),
            ("a space inside", b"a b", "visible ASCII"),
            ("beyond ASCII", b"caf\xc3\xa9", "visible ASCII"),
            ("no UTF-8", b"\xff", "visible ASCII"),
            ("a tab inside", b"a\tb", "visible ASCII"),
        ] {
            let request = mint.clone().header("idempotency-key", value);
            let says = ["Idempotency-Key", remedy];
            cases.push(Case::new(
                format!("{contract}: {what}"),
                request,
                400,
                &says,
            ));
        }
        let twice = mint
            .header("idempotency-key", "a")
            .header("idempotency-key", "b");
        cases.push(Case::new(
            format!("{contract}: repeated"),
            twice,
            400,
            &["Idempotency-Key", "once"],
        ));
    }
    refuse(&server, cases).await;
    for (contract, mint) in mints(&server).await {
        let longest = mint.header("idempotency-key", "a".repeat(255)).send().await;
        assert!(longest.status < 300, "{contract}: {}", longest.text());
    }
}

#[tokio::test]
async fn headers_of_12_kib_are_read_and_answered_in_the_contracts_shape() {
    let server = Server::start();
    for (contract, mint) in mints(&server).await {
        let answer = mint.header("x-unknown", "a".repeat(12 * 1024)).send().await;
        assert!(answer.status < 300, "{contract}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_authorization_scheme_is_read_in_any_case() {
    let server = Server::start();
    let user = server.root().user().await;
    let lower = user
        .request()
        .with("authorization", format!("bearer {}", user.key));
    lower.send().await.expect(200);
}

#[tokio::test]
async fn a_control_character_in_a_header_is_no_http_and_changes_nothing() {
    let server = Server::start();
    let user = server.root().user().await;
    let credential = format!("Authorization: Bearer {}", user.key);
    for odd in [
        "X-Exorde-Api-Version: v1\u{0}",
        "X-Exorde-Api-Version: v1\u{1}",
        "No colon here",
    ] {
        let head = raw::head("PUT", "/user/api-key", &[&credential, odd]);
        let answer = raw::exchange(&server, &head).await;
        assert!(
            answer.starts_with(b"HTTP/1.1 400 "),
            "{odd:?}: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}
