//! The router: mounts the contracts, documents, Swagger UI and health, and wraps them in the shared layers.
//! Leaves envelopes to each contract.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Path, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt as _;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi, Url};

use crate::contract::{CONTRACTS, Context, Mounted, Refusal, receive, refuse_at};
use crate::error::Error;
use crate::keyring::Keyring;
use crate::openapi;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything the server serves.
pub fn router(keyring: Arc<Keyring>, timeout: Duration) -> Router {
    let mut router = Router::new();
    for mounted in CONTRACTS {
        let (operations, _) = (mounted.router)().split_for_parts();
        router = router.merge(operations);
    }
    let url = |mounted: &Mounted| {
        // Swagger UI keeps its configuration for the life of the process, and so are these few bytes.
        Url::new(
            mounted.name,
            format!("/openapi/{}.json", mounted.name).leak(),
        )
    };
    let urls: Vec<Url<'_>> = CONTRACTS.iter().map(url).collect();
    let swagger_config = SwaggerConfig::new(urls)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .persist_authorization(false)
        .validator_url("none");
    let layers = Layers {
        keyring: Arc::clone(&keyring),
        timeout,
    };
    router
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(crate::metrics::scrape))
        .route("/openapi/{file}", get(read_document))
        .merge(SwaggerUi::new("/docs").config(swagger_config))
        .fallback(|request: Request| async move {
            let refuse = refuse_at(request.uri().path());
            Refusal {
                error: Error::PathUnknown,
                refuse,
            }
        })
        .method_not_allowed_fallback(|request: Request| async move {
            let refuse = refuse_at(request.uri().path());
            Refusal {
                error: Error::MethodUnknown,
                refuse,
            }
        })
        .with_state(keyring)
        .layer(middleware::from_fn_with_state(layers, answer))
}

#[derive(Clone)]
struct Layers {
    keyring: Arc<Keyring>,
    timeout: Duration,
}

/// The one layer around everything: the request's context and body, the timeout, panics, refusals, the log.
async fn answer(State(layers): State<Layers>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let retirement = layers.keyring.user_key_retirement();
    let context = Arc::new(Context::new(request.headers(), address, retirement));
    let refuse = refuse_at(request.uri().path());
    let method = request.method().clone();
    // The path as it is routed: what a caller typed may hold a key.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());

    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Arc::clone(&context));
    let handled = async {
        parts.extensions.insert(receive(body).await);
        next.run(Request::from_parts(parts, Body::empty())).await
    };
    let handled = tokio::time::timeout(layers.timeout, AssertUnwindSafe(handled).catch_unwind());
    let mut response = match handled.await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => Refusal {
            error: Error::internal("a panic"),
            refuse,
        }
        .into_response(),
        Err(_elapsed) => {
            let cause = "the request took longer than limits.request_timeout_s".to_owned();
            Refusal {
                error: Error::OutcomeUnknown { cause },
                refuse,
            }
            .into_response()
        }
    };
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        log_refusal(&context, &refusal.error);
        let allow = response.headers().get(header::ALLOW).cloned();
        response = (refusal.refuse)(&refusal.error, &context);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    for (name, value) in context.rate_fields() {
        response.headers_mut().insert(name, value);
    }
    if let Ok(value) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    crate::metrics::count(response.status());
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

async fn ready(State(keyring): State<Arc<Keyring>>) -> Response {
    match keyring.check().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => Refusal {
            error,
            refuse: refuse_at("/readyz"),
        }
        .into_response(),
    }
}

/// A contract's document, as JSON or YAML by its ending.
async fn read_document(Path(file): Path<String>) -> Response {
    let unknown = || Refusal {
        error: Error::PathUnknown,
        refuse: refuse_at("/openapi/"),
    };
    let Some((name, format)) = file.rsplit_once('.') else {
        return unknown().into_response();
    };
    let Some(document) = openapi::document_of(name) else {
        return unknown().into_response();
    };
    match format {
        "json" => axum::Json(document).into_response(),
        "yaml" => match openapi::to_yaml(&document) {
            Ok(yaml) => ([(header::CONTENT_TYPE, "application/yaml")], yaml).into_response(),
            Err(error) => {
                let error = Error::internal(error);
                Refusal {
                    error,
                    refuse: refuse_at("/openapi/"),
                }
                .into_response()
            }
        },
        _ => unknown().into_response(),
    }
}
