//! Swagger UI, the overview above it, and the documents that it shows.
//! Leaves what a document says to `openapi`, and whom a contract is for to its `Mounted`.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use serde_json::json;
use tokio::sync::OnceCell;
use utoipa_swagger_ui::Config as SwaggerConfig;

use crate::contract::{Mounted, Refusal};
use crate::error::Error;
use crate::first_start::DemoIds;
use crate::keyring::Keyring;
use crate::openapi;

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

/// The overview with Swagger UI at `/docs/`, where `/` leads, and the documents of these contracts.
pub(super) fn router(
    shown: impl Iterator<Item = &'static Mounted>,
    demo: Option<&DemoIds>,
) -> Router<Arc<Keyring>> {
    let mut router = Router::new();
    let mut links = Vec::new();
    for mounted in shown {
        let path = format!("/openapi/{}", mounted.name);
        router = router.merge(documents(mounted, &path));
        links.push((mounted, format!("{path}.json")));
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
        Ok(Some(file)) => (
            [(header::CONTENT_TYPE, file.content_type)],
            file.bytes.into_owned(),
        )
            .into_response(),
        Ok(None) | Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn harden(mut response: Response) -> Response {
    response.headers_mut().extend(HARDENING);
    response
}

/// A contract's document, as JSON and as YAML.
fn documents(mounted: &'static Mounted, path: &str) -> Router<Arc<Keyring>> {
    let json = || Ok(openapi::document(mounted).to_string());
    let yaml = || openapi::to_yaml(&openapi::document(mounted)).map_err(Error::internal);
    Router::new()
        .route(&format!("{path}.json"), written("application/json", json))
        .route(&format!("{path}.yaml"), written("application/yaml", yaml))
}

/// A text that is written once, when it is first asked for: a server that nobody asks has more memory for keys.
fn written(
    media_type: &'static str,
    write: impl Fn() -> Result<String, Error> + Copy + Send + Sync + 'static,
) -> MethodRouter<Arc<Keyring>> {
    let text = Arc::new(OnceCell::new());
    get(move |request: Request| async move {
        let written = text.get_or_try_init(|| async {
            let written = tokio::task::spawn_blocking(write).await;
            written.map_err(Error::internal)?.map(Bytes::from)
        });
        match written.await {
            Ok(text) => ([(header::CONTENT_TYPE, media_type)], text.clone()).into_response(),
            Err(error) => Refusal::at(request.uri().path(), error).into_response(),
        }
    })
}
