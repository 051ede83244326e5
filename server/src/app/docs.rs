//! Swagger UI and the documents that it shows.
//! Leaves what a document says to `openapi`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use serde::Deserialize;
use tokio::sync::OnceCell;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi, Url};

use crate::contract::{Mounted, Refusal};
use crate::error::Error;
use crate::keyring::Keyring;
use crate::openapi::{self, Version};

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

/// What a browser may do with these pages, into which people type keys: load what comes from here, ask nobody else,
/// be a frame in nobody's page, take nothing for what it does not say it is, and tell nobody where it has been.
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

/// Swagger UI at `/docs/`, where `/` leads, and the documents of these contracts.
pub(super) fn router(
    shown: impl Iterator<Item = &'static Mounted>,
    address: &Address,
) -> Router<Arc<Keyring>> {
    let mut router = Router::new().route("/", get(|| async { Redirect::to("/docs/") }));
    let mut urls = Vec::new();
    for mounted in shown {
        let path = format!("/openapi/{}", mounted.name);
        router = router.merge(documents(mounted, &path, address));
        // A page sends its requests to where it came from, whatever the server is called.
        let url = format!("{path}.json?servers=relative");
        // Swagger UI keeps its configuration for the life of the process, and so are these few bytes.
        urls.push(Url::new(mounted.name, url.leak()));
    }
    let config = SwaggerConfig::new(urls)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .validator_url("none");
    router
        .merge(SwaggerUi::new("/docs").config(config))
        .layer(middleware::map_response(harden))
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

/// A text that is written once for each version, when it is first asked for: a server that nobody asks has more
/// memory for keys.
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
            let Query(wish) = wish.map_err(|_| unknown_wish())?;
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
            Ok(text) => (said_to_all(media_type), text).into_response(),
            Err(error) => Refusal::at(uri.path(), error).into_response(),
        }
    })
}

/// What goes with a document: any page may read what anybody may, and no cache keeps what depends on who asked where.
fn said_to_all(media_type: &'static str) -> [(HeaderName, HeaderValue); 3] {
    let value = HeaderValue::from_static;
    [
        (header::CONTENT_TYPE, value(media_type)),
        (header::CACHE_CONTROL, value("no-store")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, value("*")),
    ]
}

fn unknown_wish() -> Error {
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
