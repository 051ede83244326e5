//! Credentials: none, wrong, replaced, of another kind, off by one character, and digests.
//! Leaves the order of refusals to the contracts' own files.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Case, refuse};
use crate::support::{Organization, Request, Root, Server, database};

/// One of every kind of secret that is good somewhere.
struct Wallet {
    user: String,
    organization: String,
    named: String,
    client: String,
    token: String,
    standard: String,
    control: String,
    root: String,
    ids: Vec<String>,
}

impl Wallet {
    async fn of(root: &Root, organization: &Organization) -> Self {
        let user = root.user().await;
        let client = root.client_of(organization).await;
        let named = json!({ "kind": "named", "owner_id": organization.id, "name": "wallet" });
        let standard = json!({ "kind": "standard", "owner_id": user.id });
        let control = json!({ "kind": "control", "owner_id": user.id, "scopes": ["keys:read"] });
        let secret = async |body| {
            root.issue(body).await["secret"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        Self {
            token: client.token().await.token,
            client: client.secret,
            named: secret(named).await,
            standard: secret(standard).await,
            control: secret(control).await,
            ids: vec![user.id, user.key_id, client.id, organization.id.clone()],
            user: user.key,
            organization: organization.key.clone(),
            root: root.site.root_key.clone(),
        }
    }

    /// Everything that is good elsewhere, without what is good here.
    fn without(&self, good: &[&str]) -> Vec<(String, String)> {
        let kinds = [
            ("user", &self.user),
            ("organization", &self.organization),
            ("named", &self.named),
            ("client", &self.client),
            ("token", &self.token),
            ("standard", &self.standard),
            ("control", &self.control),
            ("root", &self.root),
        ];
        let others = kinds.into_iter().filter(|(kind, _)| !good.contains(kind));
        let others = others.map(|(kind, secret)| (format!("a {kind} key"), secret.clone()));
        others
            .chain(self.ids.iter().map(|id| ("an id".to_owned(), id.clone())))
            .collect()
    }
}

/// Every secret that differs from this one in one character, at a few places.
fn near_misses(secret: &str) -> Vec<(String, String)> {
    let mut misses = Vec::new();
    for index in [0, secret.len() / 2, secret.len() - 2, secret.len() - 1] {
        let mut bytes = secret.as_bytes().to_vec();
        bytes[index] = match bytes[index] {
            b'4' => b'5',
            _ => b'4',
        };
        misses.push((
            format!("another character at {index}"),
            String::from_utf8(bytes).unwrap(),
        ));
    }
    misses.push((
        "one character less".to_owned(),
        secret[..secret.len() - 1].to_owned(),
    ));
    misses.push(("one character more".to_owned(), format!("{secret}A")));
    if secret.to_ascii_uppercase() != secret {
        misses.push(("upper case".to_owned(), secret.to_ascii_uppercase()));
    }
    misses
}

/// The digest of a key as the database has it, in the ways one would write it.
fn digests(server: &Server, key_id: &str) -> Vec<(String, String)> {
    let digest = database::digest(server.folder(), key_id);
    let hex = digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    vec![
        ("its digest in hex".to_owned(), hex.clone()),
        ("its digest in base64".to_owned(), STANDARD.encode(&digest)),
        (
            "its digest behind a prefix".to_owned(),
            format!("apikey:{hex}"),
        ),
    ]
}

fn oddities() -> Vec<(String, String)> {
    [
        ("a word", "unknown".to_owned()),
        ("a very long one", "a".repeat(12_000)),
        ("three dots", "a.b.c".to_owned()),
        (
            "an unsigned token",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.".to_owned(),
        ),
        ("SQL", "' OR 1=1 --".to_owned()),
    ]
    .map(|(what, secret)| (what.to_owned(), secret))
    .to_vec()
}

/// The cases of a contract whose credential is a bearer token.
fn bearer_cases(request: &Request, good: &str, bad: &[(String, String)]) -> Vec<Case> {
    let case = |what: &str, request| Case::new(what, request, 401, &[]);
    let mut cases: Vec<Case> = bad
        .iter()
        .map(|(what, secret)| case(what, request.clone().bearer(secret)))
        .collect();
    let with = |value: &[u8]| request.clone().with("authorization", value);
    cases.extend([
        case("no credential", request.clone().without("authorization")),
        case("no scheme", with(good.as_bytes())),
        case("another scheme", with(format!("Basic {good}").as_bytes())),
        case(
            "a misspelt scheme",
            with(format!("Bearers {good}").as_bytes()),
        ),
        case("an empty credential", with(b"")),
        case("a scheme alone", with(b"Bearer")),
        case("a scheme and a space", with(b"Bearer ")),
        case("a comma", with(format!("Bearer {good},").as_bytes())),
        case(
            "two credentials in one",
            with(format!("Bearer {good} {good}").as_bytes()),
        ),
        case(
            "two headers",
            request
                .clone()
                .header("authorization", format!("Bearer {good}")),
        ),
        case("bytes beyond ASCII", with(b"Bearer caf\xc3\xa9")),
        case("bytes that are no UTF-8", with(b"Bearer \xff\xfe")),
        case(
            "another header",
            with(b"").without("authorization").header("x-api-key", good),
        ),
    ]);
    cases
}

#[tokio::test]
async fn the_user_contract_refuses_every_other_credential() {
    let server = Server::with(&[("user_key.rate_limit_per_minute", "0")]);
    let root = server.root();
    let organization = root.organization().await;
    let wallet = Wallet::of(&root, &organization).await;
    let mut user = root.user().await;
    let replaced = user.rotated().await;
    let mut bad = wallet.without(&["user"]);
    bad.push(("a replaced key".to_owned(), replaced));
    bad.extend(
        [
            near_misses(&user.key),
            digests(&server, &user.key_id),
            oddities(),
        ]
        .concat(),
    );
    refuse(&server, bearer_cases(&user.request(), &user.key, &bad)).await;
    user.rotate().await.expect(200);
}

#[tokio::test]
async fn the_client_contract_refuses_every_other_credential() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let wallet = Wallet::of(&root, &organization).await;
    let holder = root.client_of(&organization).await.token().await;
    let mut bad = wallet.without(&["token"]);
    let (head, signature) = holder.token.rsplit_once('.').unwrap();
    // The last character of a signature has spare bits: change one in the middle.
    let mut forged = signature.as_bytes().to_vec();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    bad.push((
        "a forged token".to_owned(),
        format!("{head}.{}", String::from_utf8(forged).unwrap()),
    ));
    bad.push((
        "a token without its signature".to_owned(),
        format!("{head}."),
    ));
    bad.extend(oddities());
    let request = holder.request().json(&json!({ "name": "Billing worker" }));
    refuse(&server, bearer_cases(&request, &holder.token, &bad)).await;
    request.send().await.expect(201);
}

#[tokio::test]
async fn the_named_contract_refuses_every_other_credential() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let wallet = Wallet::of(&root, &organization).await;
    let holder = root.named_of(&organization).await;
    let rotated = root
        .named(json!({
            "kind": "named", "owner_id": organization.id, "name": "rotated",
        }))
        .await;
    root.post(&format!("/v1/keys/{}/rotate", rotated.key_id), json!({}))
        .await
        .expect(200);
    let mut bad = wallet.without(&["named", "token"]);
    bad.push(("a replaced key".to_owned(), rotated.key));
    bad.push((
        "a key without its prefix".to_owned(),
        holder.key.replace("apikey:", ""),
    ));
    bad.extend(
        [
            near_misses(&holder.key),
            digests(&server, &holder.key_id),
            oddities(),
        ]
        .concat(),
    );
    let request = holder.request().json(&json!({ "name": "ci-deploy" }));
    refuse(&server, bearer_cases(&request, &holder.key, &bad)).await;
    request.send().await.expect(201);
}

#[tokio::test]
async fn the_control_contract_refuses_every_other_credential() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let wallet = Wallet::of(&root, &organization).await;
    let mut bad = wallet.without(&["control", "root"]);
    bad.extend(
        [
            near_misses(&wallet.control),
            near_misses(&wallet.root),
            oddities(),
        ]
        .concat(),
    );
    let request = root.request("GET", "/v1/keys");
    refuse(&server, bearer_cases(&request, &wallet.root, &bad)).await;
    request.bearer(&wallet.control).send().await.expect(200);
}

#[tokio::test]
async fn the_organization_contract_refuses_every_other_credential() {
    let server = Server::start();
    let root = server.root();
    let mut organization = root.organization().await;
    let wallet = Wallet::of(&root, &root.organization().await).await;
    let replaced = organization.rotated().await;
    let mut bad = wallet.without(&[]);
    bad.push(("a replaced key".to_owned(), replaced));
    let digests = digests(&server, &organization.key_id);
    bad.extend([near_misses(&organization.key), digests, oddities()].concat());
    let request = organization.request();
    let case = |what: &str, request| Case::new(what, request, 401, &[]);
    let mut cases: Vec<Case> = bad
        .iter()
        .map(|(what, secret)| case(what, organization.request_with(secret)))
        .collect();
    let bearer = format!("Bearer {}", organization.key);
    let with = |value: &[u8]| request.clone().with("slashid-api-key", value);
    cases.extend([
        case("no credential", request.clone().without("slashid-api-key")),
        case("an empty credential", with(b"")),
        case(
            "two headers",
            request.clone().header("slashid-api-key", &organization.key),
        ),
        case("bytes that are no UTF-8", with(b"\xff\xfe")),
        case("a scheme before it", with(bearer.as_bytes())),
        case(
            "a bearer token",
            request
                .clone()
                .without("slashid-api-key")
                .bearer(&organization.key),
        ),
    ]);
    refuse(&server, cases).await;
    organization.rotate().await.expect(200);
}

#[tokio::test]
async fn the_token_endpoint_refuses_every_other_credential() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let wallet = Wallet::of(&root, &organization).await;
    let client = root.client_of(&organization).await;
    let mut bad = wallet.without(&[]);
    let digests = digests(&server, &client.key_id);
    bad.extend([near_misses(&client.secret), digests, oddities()].concat());
    let body = |id: &str, secret: &str| json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret });
    let request = server.post("/oauth/token");
    let mut cases = Vec::new();
    for (what, secret) in bad {
        let in_body = request.clone().json(&body(&client.id, &secret));
        cases.push(Case::new(&what, in_body, 401, &[]));
        let basic = request.clone().basic(&client.id, &secret);
        let basic = basic.body(
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials",
        );
        cases.push(Case::new(format!("{what}, by Basic"), basic, 401, &[]));
    }
    for id in [
        organization.id.as_str(),
        "unknown",
        "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
    ] {
        let request = request.clone().json(&body(id, &client.secret));
        cases.push(Case::new(format!("the client {id}"), request, 401, &[]));
    }
    refuse(&server, cases).await;
    client.token_request().send().await.expect(200);
}
