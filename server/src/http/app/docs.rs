//! Swagger UI, the overview above it, and the documents that it shows.
//! Not here: what a document says (`openapi`), and whom a contract is for (its `Mounted`).

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OnceCell;
use utoipa_swagger_ui::Config as SwaggerConfig;

use crate::first_start::DemoIds;
use keywright_api::contract::{Mounted, Refusal};
use keywright_api::openapi::{self, Version};
use keywright_core::keyring::Keyring;
use keywright_model::error::Error;

/// Where this server is reached.
#[derive(Clone)]
pub(super) struct Address {
    /// What the configuration says.
    pub(super) issuer: Option<String>,
    /// Whether it speaks TLS, for a server that is not told its name.
    pub(super) speaks_tls: bool,
}

/// How a document is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default)]
    version: Version,
    servers: Option<Servers>,
}

/// Which address a document shall have instead of the server's own.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Servers {
    /// None: what is reached is what the document came from.
    Relative,
}

const INDEX: &str = include_str!("docs/index.html");
const SCRIPT: &str = include_str!("docs/keywright.js");
const STYLE: &str = include_str!("docs/keywright.css");

/// What to do first. A page into which people type keys says what becomes of them.
const LEAD: &str = "<p><strong>Start with <code>control</code>:</strong> press <em>Authorize</em>, paste the root key \
     into <code>control_key</code>, and try any operation. A reload forgets the key.</p>";
const LEAD_WITHOUT_CONTROL: &str = "<p>Press <em>Authorize</em>, paste a key, and try any operation. A reload forgets \
     the key.</p>";

/// The examples of the documents that stand for a user and for an organization.
const USER_EXAMPLE: &str = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
const ORGANIZATION_EXAMPLES: [&str; 2] = [
    "0190a6f2-2e61-7b90-8c04-91f3a5d7e820",
    "af5fbd30-7ce7-4548-8b30-4cd59cb2aba1",
];

/// What a browser may do with these pages, into which people type keys: load and ask nothing but this
/// server, be no frame in another page, guess no media type, and send no referrer.
const HARDENING: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
             connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
];

/// The overview with Swagger UI at `/docs/`, where `/` leads, and the documents of these contracts.
pub(super) fn router(
    shown: impl Iterator<Item = &'static Mounted>,
    address: &Address,
    demo: Option<&DemoIds>,
) -> Router<Arc<Keyring>> {
    let mut router = Router::new();
    let mut links = Vec::new();
    for mounted in shown {
        let path = format!("/openapi/{}", mounted.name);
        router = router.merge(documents(mounted, &path, address));
        // A page sends its requests to where it came from, whatever the server is called.
        links.push((mounted, format!("{path}.json?servers=relative")));
    }
    let index = Bytes::from(index(&links, demo));
    let index = get(|| async move { page("text/html; charset=utf-8", index) });
    let script = get(|| async { page("text/javascript; charset=utf-8", SCRIPT) });
    let style = get(|| async { page("text/css; charset=utf-8", STYLE) });
    router
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .route("/docs", get(|| async { Redirect::to("/docs/") }))
        .route("/docs/", index.clone())
        .route("/docs/index.html", index)
        .route("/docs/keywright.js", script)
        .route("/docs/keywright.css", style)
        .route("/docs/{*file}", get(swagger_file))
        .layer(middleware::map_response(harden))
}

/// The page, with a line for each contract, in the order in which the selection has them.
fn index(links: &[(&Mounted, String)], demo: Option<&DemoIds>) -> String {
    let mut contracts = String::new();
    for (mounted, document) in links {
        let Mounted { name, for_whom, .. } = mounted;
        writeln!(
            contracts,
            "        <li><a href=\"./?urls.primaryName={name}\" data-name=\"{name}\" \
             data-document=\"{document}\">{name}</a>: {for_whom}</li>"
        )
        .expect("a String takes any text");
    }
    let begins_with_control = links
        .first()
        .is_some_and(|(mounted, _)| mounted.name == "control");
    let ids = demo.map_or_else(
        || json!({}),
        |demo| {
            json!({
                USER_EXAMPLE: demo.user,
                ORGANIZATION_EXAMPLES[0]: demo.organization,
                ORGANIZATION_EXAMPLES[1]: demo.organization,
            })
        },
    );
    INDEX
        .replace(
            "{{lead}}",
            if begins_with_control {
                LEAD
            } else {
                LEAD_WITHOUT_CONTROL
            },
        )
        .replace("{{ids}}", &ids.to_string())
        .replace("{{client_id}}", demo.map_or("", |demo| &demo.client))
        .replace("{{contracts}}", &contracts)
}

fn page(media_type: &'static str, text: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, media_type)], text).into_response()
}

/// One of the files that Swagger UI consists of, but for its own list of documents: `keywright.js` has ours.
async fn swagger_file(Path(file): Path<String>) -> Response {
    if file == "swagger-initializer.js" {
        return StatusCode::NOT_FOUND.into_response();
    }
    match utoipa_swagger_ui::serve(&file, Arc::new(SwaggerConfig::default())) {
        // Borrowed from the program: a client that does not read it holds no copy.
        Ok(Some(file)) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        Ok(None) | Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn harden(mut response: Response) -> Response {
    response.headers_mut().extend(HARDENING);
    response
}

/// A contract's document, as JSON and as YAML.
fn documents(mounted: &'static Mounted, path: &str, address: &Address) -> Router<Arc<Keyring>> {
    let json = |version| openapi::json_to_serve(mounted, version);
    let yaml = |version| openapi::yaml_to_serve(mounted, version);
    let route = |extension| format!("{path}.{extension}");
    Router::new()
        .route(&route("json"), written("application/json", json, address))
        .route(&route("yaml"), written("application/yaml", yaml, address))
}

/// A document that is rendered at its first request and kept: a server that is not asked for it saves the memory.
fn written(
    media_type: &'static str,
    write: impl Fn(Version) -> anyhow::Result<String> + Copy + Send + Sync + 'static,
    address: &Address,
) -> MethodRouter<Arc<Keyring>> {
    let texts = Arc::new([OnceCell::new(), OnceCell::new()]);
    let address = address.clone();
    get(move |uri: Uri, headers: HeaderMap| async move {
        let answer = async {
            let wish = Query::<Wish>::try_from_uri(&uri);
            let Query(wish) = wish.map_err(|_| unknown_parameter())?;
            let written = texts[wish.version as usize].get_or_try_init(|| async {
                let written = tokio::task::spawn_blocking(move || write(wish.version)).await;
                written.map_err(Error::internal)?.map_err(Error::internal)
            });
            let address = match wish.servers {
                None => address.of(&uri, &headers),
                Some(Servers::Relative) => None,
            };
            Ok(openapi::at(written.await?, address.as_deref()))
        };
        match answer.await {
            Ok(text) => (public_headers(media_type), text).into_response(),
            Err(error) => Refusal::at(uri.path(), error).into_response(),
        }
    })
}

/// What goes with a document: any page may read what anybody may, and no cache keeps what depends on who asked where.
fn public_headers(media_type: &'static str) -> [(HeaderName, HeaderValue); 3] {
    let value = HeaderValue::from_static;
    [
        (header::CONTENT_TYPE, value(media_type)),
        (header::CACHE_CONTROL, value("no-store")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, value("*")),
    ]
}

fn unknown_parameter() -> Error {
    let detail = "version must be 3.0 or 3.1 and servers must be relative: send each once or leave it out, \
                  and nothing else";
    Error::malformed("version", detail)
}

impl Address {
    /// The server's address as this request has it, or as the configuration has it; `None` if it can stand in no
    /// document.
    fn of(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        if let Some(issuer) = &self.issuer {
            let issuer = issuer.trim_end_matches('/');
            return Some(issuer.to_owned()).filter(|issuer| openapi::is_plain(issuer));
        }
        let host = headers.get(header::HOST);
        let asked = host.and_then(|host| host.to_str().ok()?.parse().ok());
        let host: Authority = asked.or_else(|| uri.authority().cloned())?;
        let scheme = if self.speaks_tls { "https" } else { "http" };
        let is_host = openapi::is_plain(host.as_str()) && !host.as_str().contains('@');
        is_host.then(|| format!("{scheme}://{host}"))
    }
}
