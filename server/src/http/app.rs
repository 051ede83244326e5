//! The router of one listener, and the one layer around it: context, timeouts, panics, refusals, log, request id.
//! Not here: envelopes (each contract), documents and Swagger UI (`docs`), what is shed (`serve`).

mod docs;

use std::future::poll_fn;
use std::net::IpAddr;
use std::panic::{self, AssertUnwindSafe};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use tokio::time::error::Elapsed;
use tower::Service as _;

use crate::config::{Expose, Exposure, Listener};
use crate::first_start::DemoIds;
use crate::http::checks::CHECKS;
use crate::http::cors::{Cors, Grant};
use crate::http::metrics::{self, Exposition, Shed};
use crate::http::redaction::Redaction;
use crate::http::request_class::RequestClass;
use keywright_api::contract::operation::{Access, Class};
use keywright_api::contract::{
    CONTRACTS, Context, Cost, Mounted, Received, Refusal, mount, receive, refuse_at, routes,
};
use keywright_api::openapi;
use keywright_api::surface::Surface;
use keywright_core::keyring::Keyring;
use keywright_model::address::{Network, client_address};
use keywright_model::error::Error;
use keywright_model::sparingly::Sparingly;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Under overload, most requests would be logged.
static UNAVAILABLE: Sparingly = Sparingly::new();
/// While nothing can be written, every mistake would be logged.
static UNCHARGED: Sparingly = Sparingly::new();
/// A client with a wrong key is refused all the time; verifications are counted apart, so that a proxy's do not push the
/// rest out of the log.
static REFUSED: Sparingly = Sparingly::new();
static REFUSED_VERIFICATIONS: Sparingly = Sparingly::new();

/// Everything the server serves, and the one layer around it.
pub struct App {
    router: Router,
    keyring: Arc<Keyring>,
    settings: Settings,
    /// What is shared with the web pages of other origins, if anything is.
    cors: Option<Cors>,
    /// What the log may show of requests and answers, if it shows any.
    redaction: Option<Arc<Redaction>>,
}

/// What the configuration says about requests, and what is known of the process.
#[derive(Clone)]
pub struct Settings {
    /// How long a request may take once it is whole.
    pub request_timeout: Duration,
    /// How long a body may take to arrive.
    pub receive_timeout: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted: Vec<Network>,
    /// How many connections are open, and how many requests in flight.
    pub load: Load,
    /// Where each part is served.
    pub expose: Expose,
    /// For which listener this is.
    pub listener: Listener,
    /// The origins whose web pages may call the contracts.
    pub cors_origins: Vec<String>,
    /// The owners of the first start, as long as it lasts.
    pub demo: Option<DemoIds>,
    /// The address that the configuration gives the server, if it does.
    pub issuer: Option<String>,
    /// Whether the listeners speak TLS.
    pub speaks_tls: bool,
}

/// How many connections are open, and how many requests in flight.
pub type Load = Arc<dyn Fn() -> (usize, usize) + Send + Sync>;

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
            router: router(Arc::clone(&keyring), &settings),
            cors: cors(&settings),
            keyring,
            settings,
            redaction: derive_redaction()?.map(Arc::new),
        })
    }

    /// The same for a listener.
    #[must_use]
    pub fn on(&self, listener: Listener) -> Self {
        let settings = Settings {
            listener,
            ..self.settings.clone()
        };
        Self {
            router: router(Arc::clone(&self.keyring), &settings),
            cors: cors(&settings),
            keyring: Arc::clone(&self.keyring),
            settings,
            redaction: self.redaction.clone(),
        }
    }

    /// Answers a request: its context and body, the timeout, panics, refusals, the log.
    ///
    /// Not a layer of the router: there it would be cloned and boxed for each request.
    pub fn answer<B>(
        &self,
        request: Request<B>,
        class: RequestClass,
        peer: IpAddr,
    ) -> impl Future<Output = Response>
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
                received.unwrap_or(Received::Broken),
            ));
            let grant = self.cors.as_ref().and_then(|cors| cors.grant(&parts));
            if let Some(response) = grant.as_deref().and_then(Grant::answer) {
                return finish(response, &context, grant);
            }
            let refuse = refuse_at(parts.uri.path());
            let method = method_name(&parts.method);
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
                response = Box::pin(self.refuse(refusal, class, &context, response)).await;
                if method == "HEAD" {
                    response = without_body(response);
                }
            }
            for (name, value) in context.fields(response.status()) {
                response.headers_mut().insert(name, value);
            }
            response = finish(response, &context, grant);
            let route = response.extensions_mut().remove::<Route>();
            let route = route.as_ref().map(|Route(path)| path.as_str());
            if let (Some(redaction), Some(headers)) = (&self.redaction, headers) {
                let (id, operation) = (context.request_id_text(), (method, route));
                redaction.log_request(&id, operation, &headers, context.body());
                response = Box::pin(redaction.log_answer(&id, operation, response)).await;
            }
            if response.status().is_client_error() {
                log_client_error(class, &context, method, response.status());
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

    /// The answer to a request that is shed.
    pub(crate) fn shed<B>(&self, request: &Request<B>, cause: Shed) -> Response {
        metrics::shed(cause);
        let cause = cause.cause().to_owned();
        self.refuse_unread(request, Error::Unavailable { cause })
    }

    /// The answer to a request of which nothing is done, in its contract's envelope. It is quick: only the path and the id
    /// are read.
    pub(crate) fn refuse_unread<B>(&self, request: &Request<B>, error: Error) -> Response {
        let context = Context::new(request.headers(), None, Received::Broken);
        log_refusal(&context, &error);
        let refusal = Refusal::at(request.uri().path(), error);
        let response = (refusal.refuse)(&refusal.error, &context, &self.keyring);
        let (method, path) = (request.method(), request.uri().path());
        let cors = self.cors.as_ref();
        let grant = cors.and_then(|cors| cors.grant_for(method, path, request.headers()));
        let response = finish(response, &context, grant);
        if request.method() == Method::HEAD {
            return without_body(response);
        }
        response
    }

    /// About how long a change will wait for the writer; `None` for all that does not wait for it.
    pub(crate) fn wait_ahead(&self, class: RequestClass) -> Option<Duration> {
        (class.class == Class::Change).then(|| self.keyring.writes_wait())
    }

    /// The client's address, seen through the proxies that are trusted.
    fn address(&self, headers: &HeaderMap, peer: IpAddr) -> Option<IpAddr> {
        let forwarded = headers.get_all(FORWARDED_FOR).iter();
        let forwarded = forwarded.map(|value| value.to_str().ok());
        client_address(peer, forwarded, &self.settings.trusted)
    }

    /// Notes a refusal, and writes it out as its contract does.
    async fn refuse(
        &self,
        refusal: Refusal,
        class: RequestClass,
        context: &Context,
        from: Response,
    ) -> Response {
        log_refusal(context, &refusal.error);
        self.keyring
            .note_refusal(&context.facts(), &refusal.error, context.origin);
        if class.charges_mistakes && refusal.error.is_mistake() {
            charge(&self.keyring, context).await;
        }
        let mut response = (refusal.refuse)(&refusal.error, context, &self.keyring);
        if let Some(allow) = from.headers().get(header::ALLOW) {
            response.headers_mut().insert(header::ALLOW, allow.clone());
        }
        if let Some(route) = from.extensions().get::<Route>() {
            response.extensions_mut().insert(route.clone());
        }
        response
    }
}

/// Adds what every answer carries, and counts it.
fn finish(mut response: Response, context: &Context, grant: Option<Box<Grant>>) -> Response {
    let request_id = context.request_id.clone();
    response.headers_mut().insert(REQUEST_ID, request_id);
    if let Some(grant) = grant {
        grant.mark(&mut response);
    }
    metrics::count(response.status());
    response
}

/// The output of a future within a time. Most are ready at once: then no timer is set, and the future of a request has
/// no room for one.
async fn within<F: Future>(limit: Duration, mut future: Pin<&mut F>) -> Result<F::Output, Elapsed> {
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Box::pin(tokio::time::timeout(limit, future)).await,
    }
}

/// Reads from the documents what the log may show: whatever the level, so that missing marks are found at every start.
///
/// All documents together take many times the memory of an idle server. They are written on a thread of
/// their own, because what a thread has freed goes back to the system with it.
fn derive_redaction() -> anyhow::Result<Option<Redaction>> {
    let is_enabled = Redaction::is_enabled();
    let derive = || {
        let documents = CONTRACTS
            .iter()
            .map(|mounted| (mounted, openapi::document(mounted)));
        let redaction = Redaction::derive(documents)?;
        Ok(is_enabled.then_some(redaction))
    };
    thread::scope(|scope| scope.spawn(derive).join())
        .unwrap_or_else(|payload| panic::resume_unwind(payload))
}

fn router(keyring: Arc<Keyring>, settings: &Settings) -> Router {
    let is_here = |surface| settings.expose.of(surface).is_on(settings.listener);
    let mut router = Router::new();
    for (surface, operations) in CONTRACTS.iter().flat_map(Mounted::parts) {
        if is_here(surface) {
            let (operations, _) = mount(operations).split_for_parts();
            router = router.merge(operations);
        }
    }
    if is_here(Surface::Docs) {
        let is_somewhere = |(surface, _)| settings.expose.of(surface) != Exposure::Off;
        let shown = CONTRACTS
            .iter()
            .filter(|mounted| mounted.parts().any(is_somewhere));
        let address = docs::Address {
            issuer: settings.issuer.clone(),
            speaks_tls: settings.speaks_tls,
        };
        router = router.merge(docs::router(shown, &address, settings.demo.as_ref()));
    }
    let exposition = Exposition::new(Arc::clone(&keyring), Arc::clone(&settings.load));
    let exposition = Arc::new(exposition);
    for check in CHECKS {
        if check.surface.is_none_or(is_here) {
            router = router.route(check.path, (check.answer)(&exposition));
        }
    }
    let router = router
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

/// What is shared with the web pages of other origins: the contracts that are served here. Their documents are
/// public.
fn cors(settings: &Settings) -> Option<Cors> {
    let is_here = |surface| settings.expose.of(surface).is_on(settings.listener);
    let contracts = CONTRACTS.iter().filter(|mounted| is_here(mounted.surface));
    let prefixes = contracts.flat_map(|mounted| mounted.prefixes.iter().chain(mounted.annexes));
    // An answer there speaks to a proxy, and a yes to a question before the request would be taken for one to the
    // request.
    let kept = CONTRACTS.iter().flat_map(routes::of);
    let kept = kept.filter(|served| matches!(served.operation.access, Access::Subject));
    Cors::new(
        &settings.cors_origins,
        prefixes.copied().collect(),
        kept.map(|served| served.path.as_str()).collect(),
    )
}

async fn name_route(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(Route(route));
    }
    response
}

/// An answer that is a status and nothing more.
pub(crate) fn bare(status: StatusCode) -> Response {
    metrics::count(status);
    status.into_response()
}

/// An answer to HEAD: HTTP/2 would send what it is not asked for.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(len) = body.size_hint().exact() {
        parts.headers.insert(header::CONTENT_LENGTH, len.into());
    }
    Response::from_parts(parts, Body::empty())
}

/// The method as the log shows it: an unknown one is any word that a caller chooses, a key included.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| method == known);
    known.unwrap_or("other")
}

/// Logs a refusal with its request id, for callers who ask about it.
fn log_client_error(
    class: RequestClass,
    context: &Context,
    method: &'static str,
    status: StatusCode,
) {
    let lines = match class.class {
        Class::Verify => &REFUSED_VERIFICATIONS,
        Class::Check | Class::Read | Class::Change => &REFUSED,
    };
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    if let Some(left_out) = lines.next() {
        let server_request_id = context.origin.server_request_id.as_ref();
        tracing::info!(
            request_id = %context.origin.request_id,
            server_request_id = server_request_id.map(tracing::field::display),
            contract = class.contract(),
            method,
            status = status.as_u16(),
            left_out,
            "refused"
        );
    }
}

fn log_refusal(context: &Context, error: &Error) {
    let request_id = &context.origin.request_id;
    let server_request_id = context.origin.server_request_id.as_ref();
    let server_request_id = server_request_id.map(tracing::field::display);
    match error {
        Error::Internal { cause } | Error::OutcomeUnknown { cause } => {
            tracing::error!(%request_id, server_request_id, %cause, "the request failed");
        }
        Error::Unavailable { cause } => {
            if let Some(left_out) = UNAVAILABLE.next() {
                tracing::warn!(%request_id, server_request_id, %cause, left_out, "the request could not be served now");
            }
        }
        _ => {}
    }
}

/// Charges a known caller for its mistake; where that fails, the mistake is free.
async fn charge(keyring: &Keyring, context: &Context) {
    let Some(caller) = context.facts().caller else {
        return;
    };
    match keyring.charge_client_error(caller, context.origin).await {
        Ok(cost) => context.note(Cost(cost)),
        Err(error) => {
            if let Some(left_out) = UNCHARGED.next() {
                tracing::warn!(%error, left_out, "a mistake could not be charged");
            }
        }
    }
}
