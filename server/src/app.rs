//! The router: mounts the contracts, documents, Swagger UI and health, and wraps them in the shared layers.
//! Leaves envelopes to each contract.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::FutureExt as _;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi, Url};

use crate::address::{Network, client_address};
use crate::contract::{CONTRACTS, Context, Mounted, Received, Refusal, receive};
use crate::error::Error;
use crate::keyring::Keyring;
use crate::{metrics, openapi};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Everything the server serves.
///
/// # Errors
/// When a document cannot be written, which no document of ours provokes.
pub fn router(
    keyring: Arc<Keyring>,
    timeout: Duration,
    trusted: Vec<Network>,
) -> anyhow::Result<Router> {
    let mut router = Router::new();
    let mut urls = Vec::new();
    for mounted in CONTRACTS {
        let (operations, _) = (mounted.router)().split_for_parts();
        let path = format!("/openapi/{}", mounted.name);
        router = router.merge(operations).merge(documents(mounted, &path)?);
        // Swagger UI keeps its configuration for the life of the process, and so are these few bytes.
        urls.push(Url::new(mounted.name, format!("{path}.json").leak()));
    }
    let swagger_config = SwaggerConfig::new(urls)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .validator_url("none");
    let layers = Layers {
        keyring: Arc::clone(&keyring),
        timeout,
        trusted: trusted.into(),
    };
    Ok(router
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::scrape))
        .merge(SwaggerUi::new("/docs").config(swagger_config))
        .fallback(|request: Request| async move {
            Refusal::at(request.uri().path(), Error::PathUnknown)
        })
        .method_not_allowed_fallback(|request: Request| async move {
            Refusal::at(request.uri().path(), Error::MethodUnknown)
        })
        .with_state(keyring)
        .layer(middleware::from_fn_with_state(layers, answer)))
}

/// A contract's document, written once, as JSON and as YAML.
fn documents(mounted: &Mounted, path: &str) -> anyhow::Result<Router<Arc<Keyring>>> {
    let document = openapi::document(mounted);
    let serve = |media_type: &'static str, text: String| {
        let text = Bytes::from(text);
        get(move || async move { ([(header::CONTENT_TYPE, media_type)], text) })
    };
    let json = serve("application/json", document.to_string());
    let yaml = serve("application/yaml", openapi::to_yaml(&document)?);
    Ok(Router::new()
        .route(&format!("{path}.json"), json)
        .route(&format!("{path}.yaml"), yaml))
}

#[derive(Clone)]
struct Layers {
    keyring: Arc<Keyring>,
    timeout: Duration,
    /// Proxies whose word about their client's address is taken.
    trusted: Arc<[Network]>,
}

/// The one layer around everything: the request's context and body, the timeout, panics, refusals, the log.
async fn answer(State(layers): State<Layers>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.and_then(|peer| {
        let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
        let forwarded = forwarded.map(|value| value.to_str().ok());
        client_address(peer.0.ip(), forwarded, &layers.trusted)
    });
    let retirement = layers.keyring.user_key_retirement();
    let context = Arc::new(Context::new(request.headers(), address, retirement));
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    // The path as it is routed: what a caller typed may hold a key.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());

    let (mut parts, body) = request.into_parts();
    let received = tokio::time::timeout(layers.timeout, receive(body)).await;
    parts
        .extensions
        .insert(received.unwrap_or(Received::Broken));
    parts.extensions.insert(Arc::clone(&context));
    let handled = next.run(Request::from_parts(parts, Body::empty()));
    let handled = tokio::time::timeout(layers.timeout, AssertUnwindSafe(handled).catch_unwind());
    let mut response = match handled.await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => Refusal::at(&path, Error::internal("a panic")).into_response(),
        Err(_elapsed) => {
            let cause = "the request took longer than limits.request_timeout_s".to_owned();
            Refusal::at(&path, Error::OutcomeUnknown { cause }).into_response()
        }
    };
    if response.status() == StatusCode::NOT_FOUND {
        // Only the files of Swagger UI say so by themselves.
        response = Refusal::at(&path, Error::PathUnknown).into_response();
    }
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        log_refusal(&context, &refusal.error);
        note_refusal(&layers.keyring, &context, &refusal.error).await;
        if refusal.charges {
            charge(&layers.keyring, &context).await;
        }
        let allow = response.headers().get(header::ALLOW).cloned();
        response = (refusal.refuse)(&refusal.error, &context);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    for (name, value) in context.fields(response.status()) {
        response.headers_mut().insert(name, value);
    }
    if let Ok(value) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    metrics::count(response.status());
    tracing::debug!(
        request_id = %context.origin.request_id,
        %method,
        route = route.as_deref().unwrap_or("none"),
        status = response.status().as_u16(),
        took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

fn log_refusal(context: &Context, error: &Error) {
    let request_id = &context.origin.request_id;
    match error {
        Error::Internal { cause } | Error::OutcomeUnknown { cause } => {
            tracing::error!(%request_id, %cause, "the request failed");
        }
        Error::Unavailable { cause } => {
            tracing::warn!(%request_id, %cause, "the request could not be served now");
        }
        _ => {}
    }
}

/// Tells the audit log; a refusal stands whether that can be written or not.
async fn note_refusal(keyring: &Keyring, context: &Context, error: &Error) {
    let guard = context.guard();
    let noted = keyring.note_refusal(&guard, error, context.origin);
    if let Err(error) = noted.await {
        let request_id = &context.origin.request_id;
        tracing::warn!(%request_id, %error, "a refusal could not be noted");
    }
}

/// Charges a known caller for its mistake; where that fails, the mistake is free.
async fn charge(keyring: &Keyring, context: &Context) {
    let Some(caller) = context.guard().caller else {
        return;
    };
    match keyring.charge_client_error(caller, context.origin).await {
        Ok(cost) => context.cost.store(cost, Ordering::Relaxed),
        Err(error) => tracing::warn!(%error, "a mistake could not be charged"),
    }
}

async fn ready(State(keyring): State<Arc<Keyring>>) -> Response {
    match keyring.check().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => Refusal::at("/readyz", error).into_response(),
    }
}
