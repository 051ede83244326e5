//! One connection: its handshake, the requests on it, and how it ends.
//! Not here: how many may connect (`connection_limiter`), and what is answered (`app`).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderValue, Request, Response, Version, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep_until};
use tokio_rustls::TlsAcceptor;

use super::admission::Admission;
use super::connection_limiter::Slot;
use super::connection_state::{Action, ConnectionState, Timeouts, Watchdog, now_us};
use super::head::{self, Fault};
use super::observed::{ObservedBody, ObservedStream};
use super::queue_delay::QueueDelayProbe;
use crate::config::Config;
use crate::http::app::{self, App};
use crate::http::metrics::Shed;
use crate::http::request_class::RequestClass;
use crate::http::tls::Identity;
use keywright_api::contract::BODY_LEN_MAX;
use keywright_api::contract::operation::Class;

/// The longest head of a request in HTTP/1.1, how much of a body is read from the socket at once, and from where on
/// no more of an answer is copied for a client that does not read. `head` says how many lines it has at most.
const HEAD_LEN_MAX: usize = 24 * 1024;
/// The longest head of a request in HTTP/2, uncompressed, as RFC 9113 counts it.
const HTTP2_HEAD_LEN_MAX: u32 = 32 * 1024;
/// RFC 9113, section 6.5.2, recommends no less than 100.
const STREAMS_MAX: u32 = 100;
/// Streams that were reset before they were read, and those that were reset for a fault of the
/// client: more of either, and the connection ends (CVE-2023-44487 and its kin).
const RESETS_PENDING_MAX: usize = 20;
const RESETS_FOR_FAULTS_MAX: usize = 1024;
/// A stream has room for the longest body that is read, and the connection for four of these.
const STREAM_WINDOW_LEN: u32 = 64 * 1024;
const CONNECTION_WINDOW_LEN: u32 = 4 * STREAM_WINDOW_LEN;
/// How much of an answer in HTTP/2 is buffered for a client that does not read.
const SEND_BUFFER_LEN_MAX: usize = 24 * 1024;
/// How much ciphertext is buffered for a client that does not read.
const TLS_BUFFER_LEN_MAX: usize = 16 * 1024;
/// A client that has gone without a word is found out by HTTP/2's ping.
const PING_EVERY: Duration = Duration::from_secs(30);
const PONG_WITHIN: Duration = Duration::from_secs(20);
/// How long the body of a request that is shed is read and thrown away.
const DISCARD_WITHIN: Duration = Duration::from_secs(1);
/// The weight of a change's wait, which includes that for the writer: it waits for little else afterwards, so it may wait
/// for longer before it is shed.
const CHANGE_WAIT_WEIGHT: f64 = 5.0 / 6.0;
/// How often a draining connection is checked.
const DRAIN_CHECK_EVERY: Duration = Duration::from_secs(1);

/// What serves connections.
pub(super) struct Host {
    app: App,
    identity: Option<Arc<Identity>>,
    timeouts: Timeouts,
    probe: Arc<QueueDelayProbe>,
    admission: Admission,
    /// How long a browser is told to keep to TLS, if it is told.
    hsts: Option<HeaderValue>,
    /// Permits for requests in HTTP/2, of all connections together.
    streams: Arc<Semaphore>,
    builder: Builder<TokioExecutor>,
}

impl Host {
    pub(super) fn new(
        app: App,
        identity: Option<Arc<Identity>>,
        config: &Config,
        probe: Arc<QueueDelayProbe>,
        streams_max: usize,
    ) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .max_buf_size(HEAD_LEN_MAX)
            .writev(false)
            // The watchdog tells a head from an idle connection, and resets no timer with each request.
            .header_read_timeout(None);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HTTP2_HEAD_LEN_MAX)
            .max_pending_accept_reset_streams(RESETS_PENDING_MAX)
            .max_local_error_reset_streams(RESETS_FOR_FAULTS_MAX)
            .initial_stream_window_size(STREAM_WINDOW_LEN)
            .initial_connection_window_size(CONNECTION_WINDOW_LEN)
            .max_send_buf_size(SEND_BUFFER_LEN_MAX)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PONG_WITHIN);
        Self {
            app,
            identity,
            timeouts: Timeouts::of(&config.limits),
            probe,
            admission: Admission::new(Duration::from_millis(config.limits.wait_max_ms.into())),
            hsts: config.tls.hsts_max_age_s.map(hsts),
            streams: Arc::new(Semaphore::new(streams_max.max(STREAMS_MAX as usize))),
            builder,
        }
    }

    /// Whether connections are encrypted.
    pub(super) fn speaks_tls(&self) -> bool {
        self.identity.is_some()
    }

    /// Serves a connection until it ends.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, slot: Slot) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let Some(identity) = &self.identity else {
            return self.serve_stream(stream, peer, &slot.state).await;
        };
        let handshake = TlsAcceptor::from(identity.current()).accept_with(stream, |session| {
            session.set_buffer_limit(Some(TLS_BUFFER_LEN_MAX));
        });
        tokio::select! {
            accepted = tokio::time::timeout(self.timeouts.receive, handshake) => match accepted {
                Ok(Ok(stream)) => self.serve_stream(stream, peer, &slot.state).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_elapsed) => tracing::debug!("a TLS handshake took too long"),
            },
            () = slot.state.drain_requested() => {}
        }
    }

    async fn serve_stream<S>(
        self: &Arc<Self>,
        stream: S,
        peer: SocketAddr,
        state: &Arc<ConnectionState>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(ObservedStream {
            stream,
            state: Arc::clone(state),
        });
        let service = service_fn(|request| Arc::clone(self).answer(request, peer, state));
        let mut connection = pin!(self.builder.serve_connection(io, service));
        let mut watchdog = Watchdog::new(self.timeouts, Instant::now());
        let mut timer = pin!(sleep_until(Instant::now().into()));
        let mut is_draining = false;
        let mut draining_since = Instant::now();
        loop {
            let action = tokio::select! {
                biased;
                outcome = connection.as_mut() => {
                    if let Err(error) = outcome {
                        tracing::debug!(%error, "a connection broke off");
                    }
                    return;
                }
                () = state.drain_requested(), if !is_draining => Action::Drain,
                () = timer.as_mut() => watchdog.check(state, Instant::now()),
            };
            match action {
                Action::Abort => {
                    return tracing::debug!("a connection took too long, and is cut off");
                }
                Action::Drain if !is_draining => {
                    is_draining = true;
                    draining_since = Instant::now();
                    connection.as_mut().graceful_shutdown();
                    reset(timer.as_mut(), Instant::now() + DRAIN_CHECK_EVERY);
                }
                Action::Keep(_) | Action::Drain if is_draining => {
                    let now = Instant::now();
                    if !state.is_busy() && now >= draining_since + state.drain_grace() {
                        return;
                    }
                    reset(timer.as_mut(), now + DRAIN_CHECK_EVERY);
                }
                Action::Keep(until) => reset(timer.as_mut(), until),
                Action::Drain => {}
            }
        }
    }

    /// Answers one request. What is done before the future is first polled is done while the connection is read; the rest
    /// is queued like any other task.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
        state: &Arc<ConnectionState>,
    ) -> impl Future<Output = Result<Response<ObservedBody>, Infallible>> + use<> {
        let is_http2 = request.version() == Version::HTTP_2;
        let began_us = now_us();
        let mut in_flight = state.begin_request(began_us, is_http2);
        let is_spare = state.is_spare();
        if is_spare {
            state.request_drain();
        }
        let class = RequestClass::of(&request);
        let is_check = class.class == Class::Check;
        let waited = if is_check {
            Duration::ZERO
        } else {
            self.probe.sample(began_us)
        };
        // In HTTP/1, no request is read before the last answer: none is queued here, and connections are counted.
        let read_at = is_http2.then(Instant::now);
        let stream = is_http2.then(|| Arc::clone(&self.streams).try_acquire_owned());
        async move {
            let waited = waited + read_at.map_or(Duration::ZERO, |at| at.elapsed());
            let cause = match &stream {
                _ if is_check => None,
                _ if is_spare => Some(Shed::Connections),
                Some(Err(_)) => Some(Shed::Streams),
                _ => (!self.admits(class, waited)).then_some(Shed::Requests),
            };
            let mut response = match (head::check(&request), cause) {
                (Err(fault), _) => {
                    let answer = match fault {
                        Fault::Line(error) => self.app.refuse_unread(&request, error),
                        Fault::Lines(status) => app::bare(status),
                    };
                    discard(request.into_body()).await;
                    answer
                }
                (Ok(()), Some(cause)) => {
                    let answer = self.app.shed(&request, cause);
                    discard(request.into_body()).await;
                    answer
                }
                // Boxed: a connection without a request takes no memory for an answer.
                (Ok(()), None) => {
                    in_flight.admitted(class);
                    Box::pin(self.app.answer(request, class, peer.ip())).await
                }
            };
            if let Some(hsts) = &self.hsts {
                let hsts = hsts.clone();
                response
                    .headers_mut()
                    .insert(header::STRICT_TRANSPORT_SECURITY, hsts);
            }
            if is_spare && !is_http2 {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            Ok(response.map(|body| ObservedBody::new(body, (in_flight, stream))))
        }
    }

    /// Whether to admit a request that was queued this long.
    fn admits(&self, class: RequestClass, waited: Duration) -> bool {
        let waited = match self.app.wait_ahead(class) {
            Some(ahead) => (waited + ahead).mul_f64(CHANGE_WAIT_WEIGHT),
            None => waited,
        };
        self.admission.admits(waited, class.class == Class::Verify)
    }
}

/// Throws a body away that is small and on its way: a client that is answered before it has said
/// everything may take that for a fault, and lose the answer with the connection.
async fn discard(mut body: Incoming) {
    let discarding = async {
        let mut len = 0;
        while let Some(Ok(frame)) = body.frame().await {
            len += frame.data_ref().map_or(0, Bytes::len);
            if len > BODY_LEN_MAX {
                return;
            }
        }
    };
    if tokio::time::timeout(DISCARD_WITHIN, discarding)
        .await
        .is_err()
    {
        tracing::debug!("the body of a shed request was not read to its end");
    }
}

/// What keeps a browser to TLS for `max_age_s` seconds (RFC 6797).
fn hsts(max_age_s: u32) -> HeaderValue {
    let value = format!("max-age={max_age_s}");
    HeaderValue::from_str(&value).expect("digits may stand in a header")
}

fn reset(timer: Pin<&mut Sleep>, until: Instant) {
    timer.reset(until.into());
}
