//! The router: mounts the contracts, documents, Swagger UI and health, and wraps them in the one shared layer.
//! Leaves envelopes to each contract.

use std::future::poll_fn;
use std::net::IpAddr;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use futures_util::FutureExt as _;
use tokio::sync::OnceCell;
use tokio::time::error::Elapsed;
use tower::Service as _;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi, Url};

use crate::address::{Network, client_address};
use crate::contract::{
    CONTRACTS, Context, Mounted, Received, Refusal, TOKEN_PATH, receive, refuse_at,
};
use crate::error::Error;
use crate::keyring::Keyring;
use crate::log::Sparingly;
use crate::metrics::{self, Shed};
use crate::openapi;
use crate::redaction::Redaction;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// With too much to do, this would be said of most requests.
static UNAVAILABLE: Sparingly = Sparingly::new();

/// Paths that say how the server is. They are answered however much there is to do.
const CHECKS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Paths that say whether a key is good.
const VERIFICATIONS: [&str; 3] = ["/v1/keys/verify", "/v1/keys/verify-batch", "/v1/authorize"];
/// What is below this does so, too.
const AUTHORIZATIONS: &str = "/v1/authorize/";

/// Everything the server serves, and the one layer around it.
pub struct App {
    router: Router,
    keyring: Arc<Keyring>,
    settings: Settings,
    /// What the log may show of requests and answers, if it shows any.
    redaction: Option<Redaction>,
}

/// What is told about requests from outside.
pub struct Settings {
    /// How long a request may take once it is whole.
    pub request_timeout: Duration,
    /// How long a body may take to arrive.
    pub receive_timeout: Duration,
    /// Proxies whose word about their client's address is taken.
    pub trusted: Vec<Network>,
    /// How many connections there are, and requests under way.
    pub load: Load,
}

type Load = Arc<dyn Fn() -> (usize, usize) + Send + Sync>;

/// The route of a request as its contract writes it, on its way to the log: what a caller typed may hold a key.
#[derive(Clone)]
struct Route(MatchedPath);

impl App {
    /// Puts together what is served.
    ///
    /// # Errors
    /// When a document does not say what of it is secret, which no document of ours provokes.
    pub fn new(keyring: Arc<Keyring>, settings: Settings) -> anyhow::Result<Self> {
        Ok(Self {
            router: router(Arc::clone(&keyring), Arc::clone(&settings.load)),
            keyring,
            settings,
            redaction: derive_redaction()?,
        })
    }

    /// Answers a request: its context and body, the timeout, panics, refusals, the log.
    ///
    /// Not a layer of the router: there it would be cloned and boxed for each request.
    pub fn answer<B>(&self, request: Request<B>, peer: IpAddr) -> impl Future<Output = Response>
    where
        B: HttpBody<Data: AsRef<[u8]>> + Unpin,
    {
        let (mut parts, mut body) = request.into_parts();
        // The future of an `async fn` would have room for all of this twice.
        async move {
            // Only the log wants to know it.
            let started = tracing::enabled!(tracing::Level::DEBUG).then(Instant::now);
            let received = within(self.settings.receive_timeout, pin!(receive(&mut body))).await;
            let context = Arc::new(Context::new(
                &parts.headers,
                self.address(&parts.headers, peer),
                self.keyring.user_key_retirement(),
                received.unwrap_or(Received::Broken),
            ));
            let refuse = refuse_at(parts.uri.path());
            let method = shown(&parts.method);
            let headers = self.redaction.as_ref();
            let headers = headers.map(|_| Box::new(parts.headers.clone()));
            parts.extensions.insert(Arc::clone(&context));
            let request = Request::from_parts(parts, Body::empty());
            let handled = {
                // It ends here: nothing of an operation that was given up may be in the way of its refusal.
                let handled = AssertUnwindSafe(self.router.clone().call(request));
                let handled = pin!(handled.catch_unwind());
                within(self.settings.request_timeout, handled).await
            };
            let mut response = match handled {
                Ok(Ok(Ok(response))) => response,
                Ok(Err(_panic)) => Refusal::by(refuse, Error::internal("a panic")).into_response(),
                Err(_elapsed) => {
                    let cause = "the request took longer than limits.request_timeout_s".to_owned();
                    Refusal::by(refuse, Error::OutcomeUnknown { cause }).into_response()
                }
            };
            if response.status() == StatusCode::NOT_FOUND {
                // Only the files of Swagger UI say so by themselves.
                response = Refusal::by(refuse, Error::PathUnknown).into_response();
            }
            if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
                // Rare, and too big to be a part of every answer in the making.
                response = Box::pin(self.refuse(refusal, &context, response)).await;
                if method == "HEAD" {
                    response = without_body(response);
                }
            }
            for (name, value) in context.fields(response.status()) {
                response.headers_mut().insert(name, value);
            }
            let request_id = context.request_id.clone();
            response.headers_mut().insert(REQUEST_ID, request_id);
            metrics::count(response.status());
            let route = response.extensions_mut().remove::<Route>();
            let route = route.as_ref().map(|Route(path)| path.as_str());
            if let (Some(redaction), Some(headers)) = (&self.redaction, headers) {
                let (id, operation) = (context.request_id_text(), (method, route));
                redaction.tell_request(&id, operation, &headers, context.body());
                response = Box::pin(redaction.tell_answer(&id, operation, response)).await;
            }
            tracing::debug!(
                request_id = %context.origin.request_id,
                method,
                route = route.unwrap_or("none"),
                status = response.status().as_u16(),
                took_us = started.map(|at| u64::try_from(at.elapsed().as_micros()).unwrap_or(u64::MAX)),
                "answered"
            );
            response
        }
    }

    /// The answer to a request that there is no room for, in its contract's shape: quick, because nothing but
    /// its path and id is looked at.
    pub(crate) fn turn_away<B>(&self, request: &Request<B>, cause: Shed) -> Response {
        metrics::shed(cause);
        let retirement = self.keyring.user_key_retirement();
        let context = Context::new(request.headers(), None, retirement, Received::Broken);
        let error = Error::Unavailable {
            cause: cause.cause().to_owned(),
        };
        log_refusal(&context, &error);
        let refusal = Refusal::of_operation_at(request.uri().path(), error);
        let mut response = (refusal.refuse)(&refusal.error, &context);
        let request_id = context.request_id.clone();
        response.headers_mut().insert(REQUEST_ID, request_id);
        metrics::count(response.status());
        if request.method() == Method::HEAD {
            return without_body(response);
        }
        response
    }

    /// How long a change will wait for its turn once it has been looked at, about; `None` for what changes nothing.
    pub(crate) fn wait_ahead<B>(&self, request: &Request<B>) -> Option<Duration> {
        let path = request.uri().path();
        let changes = !request.method().is_safe() && !is_verification(path) && path != TOKEN_PATH;
        changes.then(|| self.keyring.writes_wait())
    }

    /// The client's address, seen through the proxies that are trusted.
    fn address(&self, headers: &HeaderMap, peer: IpAddr) -> Option<IpAddr> {
        let forwarded = headers.get_all(FORWARDED_FOR).iter();
        let forwarded = forwarded.map(|value| value.to_str().ok());
        client_address(peer, forwarded, &self.settings.trusted)
    }

    /// Notes a refusal, and writes it out as its contract does.
    async fn refuse(&self, refusal: Refusal, context: &Context, from: Response) -> Response {
        log_refusal(context, &refusal.error);
        note_refusal(&self.keyring, context, &refusal.error).await;
        if refusal.charges {
            charge(&self.keyring, context).await;
        }
        let mut response = (refusal.refuse)(&refusal.error, context);
        if let Some(allow) = from.headers().get(header::ALLOW) {
            response.headers_mut().insert(header::ALLOW, allow.clone());
        }
        if let Some(route) = from.extensions().get::<Route>() {
            response.extensions_mut().insert(route.clone());
        }
        response
    }
}

/// What comes of something within a time. Most of what is waited for is there at once: then no timer is set,
/// and the future of a request has no room for one.
async fn within<F: Future>(limit: Duration, mut future: Pin<&mut F>) -> Result<F::Output, Elapsed> {
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Box::pin(tokio::time::timeout(limit, future)).await,
    }
}

/// Whether a path says how the server is.
#[must_use]
pub fn is_check(path: &str) -> bool {
    CHECKS.contains(&path)
}

/// Whether a path is asked for whether a key is good: others wait for the answer.
#[must_use]
pub fn is_verification(path: &str) -> bool {
    VERIFICATIONS.contains(&path) || path.starts_with(AUTHORIZATIONS)
}

/// Learns what the log may show: in any case, so that marks that have been lost are found at every start.
///
/// All documents together take many times the memory of an idle server. They are written on a thread of
/// their own, because what a thread has freed goes back to the system with it.
fn derive_redaction() -> anyhow::Result<Option<Redaction>> {
    let is_wanted = Redaction::is_wanted();
    let derive = || {
        let documents = CONTRACTS
            .iter()
            .map(|mounted| (mounted.name, openapi::document(mounted)));
        let redaction = Redaction::derive(documents)?;
        Ok(is_wanted.then_some(redaction))
    };
    thread::scope(|scope| scope.spawn(derive).join())
        .unwrap_or_else(|payload| panic::resume_unwind(payload))
}

fn router(keyring: Arc<Keyring>, load: Load) -> Router {
    let mut router = Router::new();
    let mut urls = Vec::new();
    for mounted in CONTRACTS {
        let (operations, _) = (mounted.router)().split_for_parts();
        let path = format!("/openapi/{}", mounted.name);
        router = router.merge(operations).merge(documents(mounted, &path));
        // Swagger UI keeps its configuration for the life of the process, and so are these few bytes.
        urls.push(Url::new(mounted.name, format!("{path}.json").leak()));
    }
    let swagger_config = SwaggerConfig::new(urls)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .validator_url("none");
    let scrape =
        |State(keyring): State<Arc<Keyring>>| async move { metrics::scrape(&keyring, load()) };
    let router = router
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .merge(SwaggerUi::new("/docs").config(swagger_config))
        .fallback(|request: Request| async move {
            Refusal::at(request.uri().path(), Error::PathUnknown)
        })
        .method_not_allowed_fallback(|request: Request| async move {
            Refusal::at(request.uri().path(), Error::MethodUnknown)
        })
        .with_state(keyring);
    // Only the log wants to know it, and only then.
    if tracing::enabled!(tracing::Level::DEBUG) {
        router.layer(middleware::from_fn(name_route))
    } else {
        router
    }
}

async fn name_route(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(Route(route));
    }
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

/// An answer to HEAD: HTTP/2 would send what it is not asked for.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(len) = body.size_hint().exact() {
        parts.headers.insert(header::CONTENT_LENGTH, len.into());
    }
    Response::from_parts(parts, Body::empty())
}

/// The method as the log shows it: one that nobody serves is any word that a caller likes, a key included.
fn shown(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| method == known);
    known.unwrap_or("other")
}

fn log_refusal(context: &Context, error: &Error) {
    let request_id = &context.origin.request_id;
    match error {
        Error::Internal { cause } | Error::OutcomeUnknown { cause } => {
            tracing::error!(%request_id, %cause, "the request failed");
        }
        Error::Unavailable { cause } => {
            if let Some(left_out) = UNAVAILABLE.next() {
                tracing::warn!(%request_id, %cause, left_out, "the request could not be served now");
            }
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
