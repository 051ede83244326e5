//! `POST /v0/api_keys` with tokens of issuers that the configuration names.
//! Leaves the server's own tokens to `named_keys` and `tokens`.

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::child::Folder;
use crate::support::issuer::{Issuer, claims};

/// A folder with the settings of a server that trusts an issuer with these keys, for these organizations.
fn trusting(keys: &Value, organizations: &str) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path().join("issuer.json"), keys.to_string()).unwrap();
    let settings = format!(
        r#"
[[tokens.issuers]]
issuer = "https://issuer.example"
audience = "keywright"
jwks_file = "issuer.json"
organization_claim = "tenant"
{organizations}
"#
    );
    std::fs::write(folder.path().join("keywright.toml"), settings).unwrap();
    folder
}

fn on(folder: &Folder) -> Server {
    let mut command = folder.command(&[]);
    command
        .arg("--config")
        .arg(folder.path().join("keywright.toml"));
    Server::run(folder, command)
}

fn server(issuer: &Issuer) -> Server {
    on(&trusting(&issuer.keys(), r#"organizations = ["*"]"#))
}

/// Creates a named key whose name nobody else has taken.
async fn status(server: &Server, token: &str) -> u16 {
    let request = server.post("/v0/api_keys").bearer(token);
    let name = uuid::Uuid::new_v4().to_string();
    request.json(&json!({ "name": name })).send().await.status
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
        ("iss", json!(["https://issuer.example"])),
        (
            "iss",
            json!(["https://issuer.example", "https://other.example"]),
        ),
        ("iss", json!(null)),
        ("aud", json!("other")),
        ("aud", json!(null)),
        ("exp", json!(1_000_000_000)),
        ("exp", json!(1_000_000_000.5)),
        ("exp", json!("4102444800")),
        ("exp", json!([4_102_444_800_i64])),
        ("exp", json!(true)),
        ("exp", json!(null)),
        ("exp", json!(1e300)),
        ("exp", json!(18_446_744_073_709_551_615_u64)),
        ("nbf", json!(4_000_000_000_i64)),
        ("nbf", json!(4_000_000_000.5)),
        ("nbf", json!("0")),
        ("tenant", json!("0190a6f2-2e61-7b90-8c04-91f3a5d7e820")),
        ("tenant", json!([organization.id])),
    ] {
        let mut claims = claims(&organization.id);
        claims[claim] = value.clone();
        let refused = status(&server, &issuer.token(&claims)).await;
        assert_eq!(refused, 401, "{claim} {value}");
    }
    let forged = Issuer::new().token(&claims(&organization.id));
    assert_eq!(status(&server, &forged).await, 401);
    // As many scopes as a key may have are read, and no more.
    for (count, expected) in [(64, 201), (65, 401)] {
        let own = ["create:api-key", "delete:api-key"];
        let scopes = [&own[..], &vec!["read:api-key"; count - own.len()]].concat();
        for scopes in [json!(scopes.join(" ")), json!(scopes)] {
            let mut many = claims(&organization.id);
            many["scope"] = scopes;
            let answered = status(&server, &issuer.token(&many)).await;
            assert_eq!(answered, expected, "{count} scopes");
        }
    }
    let mut narrow = claims(&organization.id);
    narrow["scope"] = json!("read:api-key");
    assert_eq!(status(&server, &issuer.token(&narrow)).await, 403);
}

#[tokio::test]
async fn an_instant_in_a_token_may_have_a_fraction() {
    let issuer = Issuer::new();
    let server = server(&issuer);
    let organization = server.root().organization().await;
    for (claim, value) in [
        ("exp", json!(4_102_444_800.5)),
        ("exp", json!(4_102_444_800.0)),
        ("nbf", json!(1_000_000_000.999)),
        ("nbf", json!(-0.5)),
    ] {
        let mut claims = claims(&organization.id);
        claims[claim] = value.clone();
        let taken = status(&server, &issuer.token(&claims)).await;
        assert_eq!(taken, 201, "{claim} {value}");
    }
}

#[tokio::test]
async fn an_extension_that_is_critical_and_not_known_refuses_a_token() {
    let issuer = Issuer::new();
    let server = server(&issuer);
    let organization = server.root().organization().await;
    let claims = claims(&organization.id).to_string();
    for (member, expected) in [
        (r#""x":1"#, 201),
        (r#""crit":["exp2"],"exp2":1"#, 401),
        (r#""crit":["b64"],"b64":true"#, 401),
        (r#""crit":["alg"]"#, 401),
        (r#""crit":[]"#, 401),
        (r#""crit":"exp2""#, 401),
    ] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"1",{member}}}"#);
        let token = issuer.token_of(&header, &claims);
        assert_eq!(status(&server, &token).await, expected, "{member}");
    }
}

#[tokio::test]
async fn a_token_of_a_type_for_something_else_than_access_is_refused() {
    let issuer = Issuer::new();
    let server = server(&issuer);
    let organization = server.root().organization().await;
    let claims = claims(&organization.id).to_string();
    for (typ, expected) in [
        ("JWT", 201),
        ("jwt", 201),
        ("at+jwt", 201),
        ("AT+JWT", 201),
        ("application/jwt", 201),
        ("application/at+jwt", 201),
        ("dpop+jwt", 401),
        ("logout+jwt", 401),
        ("secevent+jwt", 401),
        ("application/logout+jwt", 401),
        ("JOSE", 401),
        ("jwt ", 401),
        ("", 401),
    ] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"1","typ":"{typ}"}}"#);
        let token = issuer.token_of(&header, &claims);
        assert_eq!(status(&server, &token).await, expected, "{typ}");
    }
    let untyped = issuer.token_of(r#"{"alg":"EdDSA","kid":"1"}"#, &claims);
    assert_eq!(status(&server, &untyped).await, 201);
}

/// A key set of the keys of several issuers, under these names.
fn joint(issuers: &[&Issuer], names: &[Option<&str>]) -> Value {
    let keys = issuers.iter().zip(names).map(|(issuer, name)| {
        let mut key = issuer.keys()["keys"][0].clone();
        key.as_object_mut().unwrap().remove("kid");
        if let Some(name) = name {
            key["kid"] = json!(name);
        }
        key
    });
    json!({ "keys": keys.collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_token_that_names_no_key_is_tried_with_every_one() {
    let (first, second, third) = (Issuer::new(), Issuer::new(), Issuer::new());
    let keys = joint(&[&first, &second, &third], &[Some("1"), Some("2"), None]);
    let server = on(&trusting(&keys, r#"organizations = ["*"]"#));
    let organization = server.root().organization().await;
    let claims = claims(&organization.id).to_string();
    let unnamed = r#"{"alg":"EdDSA"}"#;
    for issuer in [&first, &second, &third] {
        let token = issuer.token_of(unnamed, &claims);
        assert_eq!(status(&server, &token).await, 201);
    }
    let stranger = Issuer::new().token_of(unnamed, &claims);
    assert_eq!(status(&server, &stranger).await, 401);
    // A key that is named is the only one that is tried.
    let header = r#"{"alg":"EdDSA","kid":"1"}"#;
    let token = second.token_of(header, &claims);
    assert_eq!(status(&server, &token).await, 401);
}

#[tokio::test]
async fn two_keys_of_one_name_are_both_tried() {
    let (first, second) = (Issuer::new(), Issuer::new());
    let keys = joint(&[&first, &second], &[Some("1"), Some("1")]);
    let server = on(&trusting(&keys, r#"organizations = ["*"]"#));
    let organization = server.root().organization().await;
    for issuer in [&first, &second] {
        let token = issuer.token(&claims(&organization.id));
        assert_eq!(status(&server, &token).await, 201);
    }
}

#[test]
fn more_keys_than_are_tried_keep_the_server_from_starting() {
    let issuer = Issuer::new();
    let start = |count: usize| {
        let keys = joint(&vec![&issuer; count], &vec![None; count]);
        trusting(&keys, r#"organizations = ["*"]"#)
    };
    on(&start(32)).finish();
    let said = refusal(&start(33));
    assert!(said.contains("holds 33 keys: keep at most 32"), "{said}");
}

#[tokio::test]
async fn an_issuer_that_may_name_one_organization_names_no_other() {
    let issuer = Issuer::new();
    let folder = trusting(&issuer.keys(), r#"organizations = ["*"]"#);
    let server = on(&folder);
    let (one, other) = (
        server.root().organization().await,
        server.root().organization().await,
    );
    let below = server.root().organization_below(&one).await;
    server.finish();
    let settings = folder.path().join("keywright.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace('*', &one.id)).unwrap();
    let server = on(&folder);
    for (organization, expected) in [(&one, 201), (&other, 401), (&below, 401)] {
        let token = issuer.token(&claims(&organization.id));
        assert_eq!(status(&server, &token).await, expected);
    }
}

/// What a server says that must not start.
fn refusal(folder: &Folder) -> String {
    let mut command = folder.command(&[]);
    command
        .arg("--config")
        .arg(folder.path().join("keywright.toml"));
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn which_organizations_an_issuer_may_name_must_be_written_out() {
    let issuer = Issuer::new();
    for organizations in ["", "organizations = []", r#"organizations = ["all"]"#] {
        let said = refusal(&trusting(&issuer.keys(), organizations));
        assert!(said.contains("tokens.issuers[0].organizations"), "{said}");
    }
    let said = refusal(&trusting(&issuer.keys(), ""));
    assert!(said.contains(r#"or write ["*"] for every one"#), "{said}");
}
