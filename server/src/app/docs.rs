//! Swagger UI and the documents that it shows.
//! Leaves what a document says to `openapi`.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::OnceCell;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi, Url};

use crate::contract::{Mounted, Refusal};
use crate::error::Error;
use crate::keyring::Keyring;
use crate::openapi;

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
pub(super) fn router(shown: impl Iterator<Item = &'static Mounted>) -> Router<Arc<Keyring>> {
    let mut router = Router::new().route("/", get(|| async { Redirect::to("/docs/") }));
    let mut urls = Vec::new();
    for mounted in shown {
        let path = format!("/openapi/{}", mounted.name);
        router = router.merge(documents(mounted, &path));
        // Swagger UI keeps its configuration for the life of the process, and so are these few bytes.
        urls.push(Url::new(mounted.name, format!("{path}.json").leak()));
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
