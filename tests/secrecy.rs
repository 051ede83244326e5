//! No secret that a client sends, wherever it puts it, is in the log, the database, the metrics or a refusal.
//! Leaves secrets that the server itself gives out to `support::secrets`, which every test has searched for.

pub(crate) mod cases;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use keywright_model::secret::fingerprint;
use serde_json::{Value, json};

use crate::support::documents::{CONTRACTS, canonical};
use crate::support::{Request, Server, raw};
use cases::{Case, World};

/// A secret that is planted; each is another one, of one of the forms that keys have.
fn plant(number: usize) -> String {
    let unique = format!("{number:04}{UNIQUE}");
    match number % FORMS {
        0 => format!("kw_planted{unique}{unique}"),
        1 => format!("apikey:planted{unique}{unique}{unique}"),
        2 => format!("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.{unique}{unique}{unique}"),
        3 => checksummed(&format!("acme_{unique}{}", &unique[..15])),
        // As `openssl rand -hex 32` makes a root key.
        4 => fingerprint(&[unique.as_bytes()])
            .map(|byte| format!("{byte:02x}"))
            .concat(),
        _ => STANDARD.encode([b"\xfb\xef\xff", &unique.as_bytes()[..17]].concat()),
    }
}

const FORMS: usize = 6;
/// What most of them have in common.
const UNIQUE: &str = "Zt1Xw6Bn3Vc7Qm9Lk2Rt5Hd8";

/// A key with the checksum that every prefix promises: the CRC-32 in base 62.
fn checksummed(body: &str) -> String {
    let divide = |rest: u32| (rest >> 1) ^ (0xEDB8_8320 * (rest & 1));
    let add = |rest: u32, byte: u8| (0..8).fold(rest ^ u32::from(byte), |rest, _| divide(rest));
    let sum = !body.bytes().fold(!0, add);
    let digits = (0..6).rev().map(|place| sum / 62_u32.pow(place) % 62);
    let digits = digits.map(|digit| match digit {
        0..10 => char::from_digit(digit, 10),
        10..36 => char::from_digit(digit, 36).map(|letter| letter.to_ascii_uppercase()),
        _ => char::from_digit(digit - 26, 36),
    });
    body.chars().chain(digits.flatten()).collect()
}

/// Sends secrets to one operation, each in another place.
struct Planter<'a> {
    server: &'a Server,
    contract: &'a str,
    case: Case,
    planted: usize,
}

impl Planter<'_> {
    /// A new secret, which will be searched for.
    fn secret(&mut self) -> String {
        self.planted += 1;
        let secret = plant(self.planted);
        self.server.secrets.add(&secret);
        secret
    }

    /// The operation's own request, without its body.
    fn bare(&self, target: &str) -> Request {
        let request = self.server.request(&self.case.method, target);
        let headers = self.case.headers.iter();
        headers.fold(request, |request, (name, value)| request.with(name, value))
    }

    fn good(&self) -> Request {
        self.case.prove(self.bare(&self.case.target))
    }

    /// Sends a request, whose answer must not repeat what was planted in it.
    async fn send(&mut self, place: &str, secret: &str, request: Request) {
        let answer = request.send().await;
        let text = format!("{:?} {}", answer.headers, answer.text());
        assert!(
            !self.tells(&text),
            "{} {} repeats what stands in {place} ({secret}): {text}",
            self.case.method,
            self.case.target
        );
        self.case.follow(&answer);
    }

    /// Whether an answer holds anything that was planted. What the server has given out may stand there.
    fn tells(&self, text: &str) -> bool {
        let is_opaque = |number: &usize| [4, 5].contains(&(number % FORMS));
        let mut opaque = (1..=self.planted).filter(is_opaque).map(plant);
        text.contains(UNIQUE) || opaque.any(|secret| text.contains(&secret))
    }

    async fn plant_credentials(&mut self) {
        for header in [
            "authorization",
            "x-api-key",
            "slashid-api-key",
            "cookie",
            "proxy-authorization",
        ] {
            for form in [
                "",
                "Bearer ",
                "bearer  ",
                "Token ",
                "Digest username=",
                "Basic ",
                "Bearer x ",
            ] {
                let secret = self.secret();
                let request = self
                    .bare(&self.case.target)
                    .with(header, format!("{form}{secret}"));
                self.send(header, &secret, request).await;
            }
        }
        for pair in ["{}:x", "client:{}", "{}"] {
            let secret = self.secret();
            let pair = STANDARD.encode(pair.replace("{}", &secret));
            let request = self.bare(&self.case.target);
            let request = request.with("authorization", format!("Basic {pair}"));
            self.send("Basic", &secret, request).await;
        }
        let secret = self.secret();
        let broken = [b"Bearer ", secret.as_bytes(), b"\xff"].concat();
        let request = self.bare(&self.case.target).with("authorization", broken);
        self.send("a credential that is no text", &secret, request)
            .await;
        let secret = self.secret();
        let twice = self
            .good()
            .header("authorization", format!("Bearer {secret}"));
        self.send("a second credential", &secret, twice).await;
    }

    async fn plant_headers(&mut self) {
        for header in [
            "idempotency-key",
            "x-request-id",
            "x-forwarded-for",
            "referer",
            "user-agent",
            "content-type",
            "accept",
            "cache-control",
            "x-secret",
        ] {
            let secret = self.secret();
            let request = self.good();
            let request = match &self.case.body {
                Some(body) => request.json(body),
                None => request,
            };
            self.send(header, &secret, request.with(header, &secret))
                .await;
        }
    }

    async fn plant_target(&mut self) {
        let target = self.case.target.clone();
        for query in [
            "key={}",
            "api_key={}",
            "access_token={}",
            "{}=1",
            "{}",
            "cursor={}",
            "limit={}",
        ] {
            let secret = self.secret();
            let written = secret.replace('+', "%2B").replace('/', "%2f");
            let query = query.replace("{}", &written);
            let request = self.case.prove(self.bare(&format!("{target}?{query}")));
            self.send("the query", &secret, request).await;
        }
        let path = target;
        let (above, _) = path.rsplit_once('/').unwrap();
        for place in [
            format!("{above}/{{}}"),
            format!("{path}/{{}}"),
            format!("/{{}}{path}"),
        ] {
            for is_known in [false, true] {
                let secret = self.secret();
                let written = secret.replace('/', "%2F").replace('+', "%2b");
                let request = self.bare(&place.replace("{}", &written));
                let request = if is_known {
                    self.case.prove(request)
                } else {
                    request
                };
                self.send("the path", &secret, request).await;
            }
        }
    }

    async fn plant_bodies(&mut self) {
        for (media, body) in [
            ("application/json", r#"{"key": "{}"#),
            ("application/json", r#"{"{}"#),
            ("application/json", r#""{}""#),
            ("application/json", r#"["{}"]"#),
            ("application/json", "{}"),
            ("application/json", r#"{"undescribed": "{}"}"#),
            ("application/json", r#"{"{}": 1}"#),
            ("application/json", r#"{"name": {"inner": "{}"}}"#),
            (
                "application/json",
                r#"{"name": ["{}"], "kind": ["{}"], "requests": ["{}"]}"#,
            ),
            ("application/json", r#"{"kind": "{}"}"#),
            (
                "application/json",
                r#"{"owner_id": "{}", "parent_id": "{}", "id": "{}"}"#,
            ),
            (
                "application/json",
                r#"{"expires_at": "{}", "cost": "{}", "enabled": "{}"}"#,
            ),
            ("application/json", r#"{"grant_type": "{}"}"#),
            (
                "application/json",
                r#"{"grant_type": "client_credentials", "client_secret": "{}"}"#,
            ),
            ("application/x-www-form-urlencoded", "client_secret={}"),
            (
                "application/x-www-form-urlencoded",
                "grant_type=client_credentials&client_secret={}",
            ),
            (
                "application/x-www-form-urlencoded",
                "grant_type=client_credentials&{}=1&{}=1",
            ),
            ("application/x-www-form-urlencoded", "grant_type={}"),
            ("text/plain", "{}"),
            ("multipart/form-data; boundary=x", "--x\r\n\r\n{}\r\n--x--"),
        ] {
            let secret = self.secret();
            let body = body.replace("{}", &secret);
            let request = self.good().body(media, body);
            self.send("the body", &secret, request).await;
        }
        // Members that are described as secrets, in a body that is right in everything else.
        for member in marked_members(self.contract, &self.case.described) {
            let mut body = self.case.body.clone().expect("a case with all of the body");
            let secret = self.secret();
            let place = body.pointer_mut(&member);
            *place.unwrap_or_else(|| panic!("the case lacks {member}")) = json!(secret);
            self.send(&member, &secret, self.good().json(&body)).await;
        }
    }

    async fn plant_what_is_no_http(&mut self) {
        for line in [
            "{}",
            "{}: x",
            "Authorization {}",
            ": {}",
            "Content-Length: {}",
        ] {
            let secret = self.secret();
            let head = raw::head(
                &self.case.method,
                &self.case.target,
                &[&line.replace("{}", &secret)],
            );
            let answer = raw::exchange(self.server, &head).await;
            assert!(!self.tells(&String::from_utf8_lossy(&answer)), "{line}");
        }
        let secret = self.secret();
        let head = raw::head(&secret, "/", &[]);
        raw::exchange(self.server, &head).await;
    }
}

/// Pointers to the members of an operation's JSON body that its document marks as secrets.
fn marked_members(contract: &str, operation: &Value) -> Vec<String> {
    fn walk(document: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = document.pointer(reference.trim_start_matches('#'));
            return walk(document, target.unwrap(), at, found);
        }
        if schema["format"] == "password" {
            found.push(at.to_owned());
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            walk(document, member, &format!("{at}/{name}"), found);
        }
        if let Some(items) = schema.get("items") {
            walk(document, items, &format!("{at}/0"), found);
        }
    }

    let mut found = Vec::new();
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    walk(canonical(contract), schema, "", &mut found);
    found
}

/// Does everything to every operation of a document, with a server that logs all it may.
async fn plant_everywhere(contract: &str) {
    let server = Server::start();
    let mut sent = 0;
    let mut marked = 0;
    for (path, item) in canonical(contract)["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let world = World::new(&server).await;
            let case = world.case(contract, method, path, operation).await;
            marked += marked_members(contract, operation).len();
            let mut planter = Planter {
                server: &server,
                contract,
                case,
                planted: sent,
            };
            planter.plant_credentials().await;
            planter.plant_headers().await;
            planter.plant_target().await;
            planter.plant_bodies().await;
            planter.plant_what_is_no_http().await;
            sent = planter.planted;
            let world = World::new(&server).await;
            planter.case = world.case(contract, method, path, operation).await;
            let request = planter.good();
            let request = match &planter.case.body {
                Some(body) => request.json(body),
                None => request,
            };
            let answer = request.send().await;
            assert!(
                answer.status < 300,
                "the case of {method} {path} is no good: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
    assert!(sent >= 60, "only {sent} secrets were planted");
    // The contracts that take a secret in a body are these two.
    assert_eq!(marked > 0, ["client-keys", "control"].contains(&contract));
    let metrics = server.get("/metrics").send().await;
    assert_eq!(server.secrets.first_in(&metrics.body), None);
    // What the log holds so far, for the words around; the search at the end is of all that is left behind.
    let log = server.folder().log();
    if let Some(place) = server.secrets.first_in(log.as_bytes()) {
        let line = log[..place].lines().next_back().unwrap_or_default();
        panic!("a secret is in the log behind: {line}");
    }
    server.finish().search();
    assert!(
        log.contains("received") && log.contains("answering"),
        "nothing was logged in which a secret might have been"
    );
}

#[tokio::test]
async fn no_secret_sent_to_user_key_is_found_anywhere() {
    plant_everywhere("user-key").await;
}

#[tokio::test]
async fn no_secret_sent_to_client_keys_is_found_anywhere() {
    plant_everywhere("client-keys").await;
}

#[tokio::test]
async fn no_secret_sent_to_named_keys_is_found_anywhere() {
    plant_everywhere("named-keys").await;
}

#[tokio::test]
async fn no_secret_sent_to_organization_key_is_found_anywhere() {
    plant_everywhere("organization-key").await;
}

#[tokio::test]
async fn no_secret_sent_to_control_is_found_anywhere() {
    plant_everywhere("control").await;
}

#[test]
fn a_key_that_is_planted_has_the_checksum_of_a_real_one() {
    let real = keywright_model::secret::Secret::checksummed("acme");
    let (body, _) = real.expose().split_at(real.expose().len() - 6);
    assert_eq!(checksummed(body), real.expose());
    assert_eq!(plant(3).len(), "acme_".len() + 49);
}

#[test]
fn every_contract_is_walked() {
    let walked = include_str!("secrecy.rs");
    for contract in CONTRACTS {
        let call = format!("plant_everywhere(\"{contract}\").await");
        assert!(walked.contains(&call), "{contract} is left out");
    }
}

#[tokio::test]
async fn at_trace_a_secret_is_a_placeholder_and_its_neighbour_is_visible() {
    let server = Server::start();
    let body = json!({"key": plant(0), "scopes": ["neighbour:read"], "undescribed": "unseen"});
    let root = server.root();
    root.post("/v1/keys/verify", body).await.expect(422);
    root.user().await;
    let log = server.finish().log();
    let line = |needle: &str| {
        let found = log.lines().find(|line| line.contains(needle));
        found.unwrap_or_else(|| panic!("no line has {needle}:\n{log}"))
    };
    let received = line("neighbour:read");
    assert!(received.contains("received"), "{received}");
    assert!(received.contains(r#""key":"[secret]""#), "{received}");
    assert!(
        received.contains(r#""authorization":"[secret]""#),
        "{received}"
    );
    let answered = line(r#""secret":"[secret]""#);
    assert!(answered.contains("answering"), "{answered}");
    assert!(answered.contains(r#""suspended":false"#), "{answered}");
    assert!(!log.contains("unseen"));
}

#[tokio::test]
async fn above_trace_no_request_is_shown() {
    let server = Server::with(&[("log.filter", "debug")]);
    let body = json!({"key": plant(0), "scopes": ["neighbour:read"]});
    let verdict = server.root().post("/v1/keys/verify", body).await;
    verdict.expect(200);
    let log = server.finish().log();
    assert!(log.contains("answered"), "{log}");
    assert!(!log.contains("neighbour:read"), "{log}");
}
