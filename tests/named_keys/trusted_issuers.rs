//! `POST /v0/api_keys` with tokens of issuers that the configuration names.
//! Leaves the server's own tokens to `named_keys` and `tokens`.

use serde_json::json;

use crate::support::Server;
use crate::support::child::Folder;
use crate::support::issuer::{Issuer, claims};

const SETTINGS: &str = r#"
[[tokens.issuers]]
issuer = "https://issuer.example"
audience = "keywright"
jwks_file = "issuer.json"
organization_claim = "tenant"
"#;

fn server(issuer: &Issuer) -> Server {
    let folder = Folder::new();
    std::fs::write(folder.path().join("issuer.json"), issuer.keys().to_string()).unwrap();
    let file = folder.path().join("keywright.toml");
    std::fs::write(&file, SETTINGS).unwrap();
    let mut command = folder.command(&[]);
    command.arg("--config").arg(file);
    Server::run(&folder, command)
}

async fn status(server: &Server, token: &str) -> u16 {
    let request = server.post("/v0/api_keys").bearer(token);
    request
        .json(&json!({ "name": "ci-deploy" }))
        .send()
        .await
        .status
}

#[tokio::test]
async fn a_token_of_a_trusted_issuer_creates_a_named_key() {
    let issuer = Issuer::new();
    let server = server(&issuer);
    let organization = server.root().organization().await;
    assert_eq!(
        status(&server, &issuer.token(&claims(&organization.id))).await,
        201
    );
}

#[tokio::test]
async fn a_token_that_fails_one_check_is_refused() {
    let issuer = Issuer::new();
    let server = server(&issuer);
    let organization = server.root().organization().await;
    for (claim, value) in [
        ("iss", json!("https://other.example")),
        ("aud", json!("other")),
        ("exp", json!(1_000_000_000)),
        ("nbf", json!(4_000_000_000_i64)),
        ("tenant", json!("0190a6f2-2e61-7b90-8c04-91f3a5d7e820")),
    ] {
        let mut claims = claims(&organization.id);
        claims[claim] = value;
        assert_eq!(
            status(&server, &issuer.token(&claims)).await,
            401,
            "{claim}"
        );
    }
    let forged = Issuer::new().token(&claims(&organization.id));
    assert_eq!(status(&server, &forged).await, 401);
    let mut narrow = claims(&organization.id);
    narrow["scope"] = json!("read:api-key");
    assert_eq!(status(&server, &issuer.token(&narrow)).await, 403);
}
