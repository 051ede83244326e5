//! A server without a socket, with one of everything, and the words by which a request names it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::BodyExt as _;
use keywright::config::{self, Config, Listener};
use keywright::http::app::{self, App};
use keywright::http::request_class::RequestClass;
use keywright::runtime::TokioRuntime;
use keywright_core::decide::Rules;
use keywright_core::keyring::Keyring;
use keywright_core::token::Tokens;
use keywright_model::clock::{Clock, SystemClock};
use keywright_model::secret::{Pepper, Secret};
use keywright_store::{Cached, EVENTS};
use keywright_store_sqlite::Options;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::answer::Answer;

/// The words that stand for a credential.
pub(crate) const CREDENTIALS: [&str; 10] = [
    "$ROOT",
    "$USER",
    "$ORGANIZATION",
    "$NAMED",
    "$CLIENT",
    "$TOKEN",
    "$STANDARD",
    "$CONTROL",
    "$VERIFIER",
    "$BASIC",
];

const ROOT_KEY: &str = "root-key-of-the-fuzz-targets-8Kq2Zt1X";

/// A server, and what its words stand for.
pub(crate) struct World {
    runtime: Runtime,
    inside: Inside,
    /// Requests that this server has answered.
    pub(crate) served: u32,
}

struct Inside {
    app: App,
    keyring: Arc<Keyring>,
    words: BTreeMap<String, String>,
    _folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        // Everything is logged, and nothing is kept of it: how the log is written is tried, too.
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(std::io::sink)
            .init();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime needs nothing");
        let inside = runtime.block_on(Inside::new());
        Self {
            runtime,
            inside,
            served: 0,
        }
    }

    /// Begins again with a new database.
    pub(crate) fn renew(&mut self) {
        self.runtime.block_on(async {
            let closed = self.inside.keyring.close().await;
            closed.expect("nobody else reads its database");
            self.inside = Inside::new().await;
        });
        self.served = 0;
    }

    /// Puts what they stand for in place of the words.
    pub(crate) fn fill(&self, bytes: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((first, behind)) = rest.split_first() {
            let words = self.inside.words.iter().filter(|_| *first == b'$');
            // Of two words that begin alike the longer is meant.
            let word = words
                .filter(|(word, _)| rest.starts_with(word.as_bytes()))
                .max_by_key(|(word, _)| word.len());
            if let Some((word, value)) = word {
                filled.extend_from_slice(value.as_bytes());
                rest = &rest[word.len()..];
            } else {
                filled.push(*first);
                rest = behind;
            }
        }
        filled
    }

    pub(crate) fn serve(&mut self, request: Request<Body>) -> (u16, HeaderMap, Vec<u8>) {
        self.served += 1;
        self.runtime.block_on(self.inside.serve(request))
    }

    /// Takes the new key where one was replaced, so that its word goes on working.
    pub(crate) fn follow(&mut self, method: &str, path: &str, answer: &Answer) {
        if answer.status != 200 || method != "PUT" {
            return;
        }
        let (word, place) = match path {
            "/user/api-key" => ("$USER", "/apikey"),
            "/organizations/api-keys" => ("$ORGANIZATION", "/result/api_key"),
            _ => return,
        };
        let key = answer.string(place);
        self.inside.words.insert(word.to_owned(), key);
    }
}

impl Inside {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let mut config = Config {
            listen: "127.0.0.1:0".to_owned(),
            ..Config::default()
        };
        config.user_key.rate_limit_per_minute = 0;
        config.user_key.client_error_credits = 1;
        config.limits.unknown_per_minute = 0;
        config.proxies.trusted = vec!["10.0.0.0/8".parse().expect("it is a network")];
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = Options {
            readers: 1,
            busy_timeout: Duration::from_secs(5),
            queue_len_max: 100,
            wait_max: Duration::from_mins(1),
            reserve_len: 1 << 20,
            counts_keys: false,
            test_hook: None,
        };
        let url = format!("sqlite:{}", folder.path().join("fuzzed.db").display());
        let database =
            keywright::database::open(&url, options).expect("there is room for a database");
        let pepper = Pepper::new(1, &[7; 32]);
        let own = "http://127.0.0.1:8080".to_owned();
        let no_issuers = config::Tokens::default().token_settings();
        let no_issuers = no_issuers.expect("there is no key set to read");
        let tokens = Tokens::open(database.as_ref(), &pepper.clone().into(), own, &no_issuers);
        let tokens = tokens.expect("the database is new");
        let root = pepper.digest(&Secret::new(ROOT_KEY.to_owned()));
        let store = Cached::start(
            database,
            1 << 20,
            pepper.derive(EVENTS).into(),
            Arc::clone(&clock),
            Arc::new(Rules),
        );
        let store = store.expect("the database is new");
        let settings = config.keyring_settings();
        let keyring = Arc::new(Keyring::new(
            store,
            clock,
            Arc::new(TokioRuntime),
            pepper.into(),
            tokens,
            Some(root),
            settings,
        ));
        let timeout = Duration::from_mins(1);
        let settings = app::Settings {
            request_timeout: timeout,
            receive_timeout: timeout,
            trusted: config.proxies.trusted,
            load: Arc::new(|| (0, 0)),
            expose: config.expose,
            listener: Listener::Main,
            cors_origins: config.cors.origins,
            issuer: config.tokens.issuer,
            speaks_tls: false,
            demo: None,
        };
        let app = App::new(Arc::clone(&keyring), settings);
        let mut inside = Self {
            app: app.expect("the documents say what is secret"),
            keyring,
            words: BTreeMap::from([("$ROOT".to_owned(), ROOT_KEY.to_owned())]),
            _folder: folder,
        };
        inside.furnish().await;
        inside
    }

    /// Makes one of everything.
    async fn furnish(&mut self) {
        let user = self.post("/v1/users", json!({})).await;
        self.name("$USER_ID", &user["id"]);
        self.name("$USER", &user["key"]["secret"]);
        let body = json!({"name": "Example Works"});
        let organization = self.post("/v1/organizations", body).await;
        self.name("$ORGANIZATION_ID", &organization["id"]);
        self.name("$ORGANIZATION", &organization["key"]["secret"]);
        let owner_id = &organization["id"];
        for (word, kind, scopes) in [
            ("$NAMED", "named", json!(["Read", "Write"])),
            (
                "$CLIENT",
                "client",
                json!(["create:api-key", "read:api-key", "delete:api-key"]),
            ),
            ("$STANDARD", "standard", json!(["reports:read"])),
            (
                "$CONTROL",
                "control",
                json!(["keys:read", "keys:write", "owners:read", "events:read"]),
            ),
            ("$VERIFIER", "control", json!(["keys:verify"])),
        ] {
            let body = json!({
                "kind": kind, "owner_id": owner_id, "name": word.trim_start_matches('$'), "scopes": scopes,
            });
            let issued = self.post("/v1/keys", body).await;
            self.name(word, &issued["secret"]);
            self.name(&format!("{word}_ID"), &issued["key"]["id"]);
            if kind == "client" {
                self.name("$CLIENT_ID", &issued["client_id"]);
            }
        }
        let (id, secret) = (&self.words["$CLIENT_ID"], &self.words["$CLIENT"]);
        let basic = STANDARD.encode(format!("{id}:{secret}"));
        let grant = json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        });
        self.words.insert("$BASIC".to_owned(), basic);
        let token = self.post("/oauth/token", grant).await;
        self.name("$TOKEN", &token["access_token"]);
    }

    fn name(&mut self, word: &str, value: &Value) {
        let value = value.as_str().expect("it was answered");
        self.words.insert(word.to_owned(), value.to_owned());
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("authorization", format!("Bearer {ROOT_KEY}"))
            .header("content-type", "application/json");
        // The token endpoint takes the client's credential in the body or in the header, not in both.
        let mut request = request
            .body(Body::from(body.to_string()))
            .expect("it is well formed");
        if path == "/oauth/token" {
            request.headers_mut().remove("authorization");
        }
        let (status, _, body) = self.serve(request).await;
        assert!(status < 300, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("it is JSON")
    }

    async fn serve(&self, request: Request<Body>) -> (u16, HeaderMap, Vec<u8>) {
        let class = RequestClass::of(&request);
        let response = self.app.answer(request, class, [10, 0, 0, 1].into()).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("it is in memory").to_bytes();
        (parts.status.as_u16(), parts.headers, body.to_vec())
    }
}
