//! One connection: its handshake, the requests on it, and how it ends.
//! Leaves who may connect at all to `places`, and what is answered to `app`.

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
use super::head::{self, Fault};
use super::observed::{Observed, Watched};
use super::place::{Fate, Patience, Place, Watch, now_us};
use super::places::Held;
use super::pulse::Pulse;
use crate::config::Config;
use crate::http::app::{self, App};
use crate::http::metrics::Shed;
use crate::http::request_class::{Class, RequestClass};
use crate::http::tls::Identity;
use keywright_api::contract::BODY_LEN_MAX;

/// The longest head of a request in HTTP/1.1, how much of a body is taken from the socket at once, and from where on
/// no more of an answer is copied for a client that does not read. `head` says how many lines it has at most.
const HEAD_LEN_MAX: usize = 24 * 1024;
/// The longest head of a request in HTTP/2, uncompressed, as RFC 9113 counts it.
const HTTP2_HEAD_LEN_MAX: u32 = 32 * 1024;
/// RFC 9113, section 6.5.2, recommends no less than 100.
const STREAMS_MAX: u32 = 100;
/// Streams that were reset before they were looked at, and those that were reset for a fault of the
/// client: more of either, and the connection ends (CVE-2023-44487 and its kin).
const RESETS_PENDING_MAX: usize = 20;
const RESETS_FOR_FAULTS_MAX: usize = 1024;
/// A stream has room for the longest body that is read, and the connection for four of these.
const STREAM_WINDOW_LEN: u32 = 64 * 1024;
const CONNECTION_WINDOW_LEN: u32 = 4 * STREAM_WINDOW_LEN;
/// Of an answer in HTTP/2, so much is kept ready for a client that does not read.
const SEND_BUFFER_LEN_MAX: usize = 24 * 1024;
/// Of what is encrypted, so much is kept for a client that does not read.
const TLS_BUFFER_LEN_MAX: usize = 16 * 1024;
/// A client that has gone without a word is found out by HTTP/2's ping.
const PING_EVERY: Duration = Duration::from_secs(30);
const PONG_WITHIN: Duration = Duration::from_secs(20);
/// How long the body of a request that is turned away is waited for.
const DRAIN_WITHIN: Duration = Duration::from_secs(1);
/// Of what a change has waited, and will wait for its turn, so much counts: it has little else to wait for, and what
/// waits does not come back to be refused again.
const CHANGES_COUNT: f64 = 5.0 / 6.0;
/// How long a connection that was told to leave may have nothing under way before it is cut off.
const LINGER: Duration = Duration::from_secs(1);

/// What serves connections.
pub(super) struct Host {
    app: App,
    identity: Option<Arc<Identity>>,
    patience: Patience,
    pulse: Arc<Pulse>,
    admission: Admission,
    /// How long a browser is told to keep to TLS, if it is told.
    hsts: Option<HeaderValue>,
    /// Room for requests in HTTP/2, of all connections together.
    streams: Arc<Semaphore>,
    builder: Builder<TokioExecutor>,
}

impl Host {
    pub(super) fn new(
        app: App,
        identity: Option<Arc<Identity>>,
        config: &Config,
        pulse: Arc<Pulse>,
        streams_max: usize,
    ) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .max_buf_size(HEAD_LEN_MAX)
            .writev(false)
            // Ours sees the head and an idle connection apart, and moves no timer with each request.
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
            patience: Patience::of(&config.limits),
            pulse,
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
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, held: Held) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let Some(identity) = &self.identity else {
            return self.converse(stream, peer, &held.place).await;
        };
        let handshake = TlsAcceptor::from(identity.current()).accept_with(stream, |session| {
            session.set_buffer_limit(Some(TLS_BUFFER_LEN_MAX));
        });
        tokio::select! {
            shaken = tokio::time::timeout(self.patience.receive, handshake) => match shaken {
                Ok(Ok(stream)) => self.converse(stream, peer, &held.place).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_elapsed) => tracing::debug!("a TLS handshake took too long"),
            },
            () = held.place.sent_off() => {}
        }
    }

    async fn converse<S>(self: &Arc<Self>, stream: S, peer: SocketAddr, place: &Arc<Place>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(Observed {
            stream,
            place: Arc::clone(place),
        });
        let service = service_fn(|request| Arc::clone(self).answer(request, peer, place));
        let mut connection = pin!(self.builder.serve_connection(io, service));
        let mut watch = Watch::new(self.patience, Instant::now());
        let mut timer = pin!(sleep_until(Instant::now().into()));
        let mut is_leaving = false;
        let mut left_at = Instant::now();
        loop {
            let fate = tokio::select! {
                biased;
                outcome = connection.as_mut() => {
                    if let Err(error) = outcome {
                        tracing::debug!(%error, "a connection broke off");
                    }
                    return;
                }
                () = place.sent_off(), if !is_leaving => Fate::Leaves,
                () = timer.as_mut() => watch.look(place, Instant::now()),
            };
            match fate {
                Fate::Ends => return tracing::debug!("a connection took too long, and is cut off"),
                Fate::Leaves if !is_leaving => {
                    is_leaving = true;
                    left_at = Instant::now();
                    connection.as_mut().graceful_shutdown();
                    reset(timer.as_mut(), Instant::now() + LINGER);
                }
                Fate::Stays(_) | Fate::Leaves if is_leaving => {
                    let now = Instant::now();
                    if !place.is_busy() && now >= left_at + place.farewell() {
                        return;
                    }
                    reset(timer.as_mut(), now + LINGER);
                }
                Fate::Stays(until) => reset(timer.as_mut(), until),
                Fate::Leaves => {}
            }
        }
    }

    /// Answers one request. What is done here, before the future is first polled, is done while the
    /// connection is read; everything else waits with all that there is to do.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
        place: &Arc<Place>,
    ) -> impl Future<Output = Result<Response<Watched>, Infallible>> + use<> {
        let is_http2 = request.version() == Version::HTTP_2;
        let began_us = now_us();
        let mut under_way = place.begin(began_us, is_http2);
        let is_spare = place.is_spare();
        if is_spare {
            place.send_off();
        }
        let class = RequestClass::of(&request);
        let is_check = class.class == Class::Check;
        let waited = if is_check {
            Duration::ZERO
        } else {
            self.pulse.look(began_us)
        };
        // In HTTP/1, nothing is read before the last answer: nobody waits here, and connections are counted.
        let called_at = is_http2.then(Instant::now);
        let stream = is_http2.then(|| Arc::clone(&self.streams).try_acquire_owned());
        async move {
            let waited = waited + called_at.map_or(Duration::ZERO, |at| at.elapsed());
            let waited = match self.app.wait_ahead(class) {
                Some(ahead) => (waited + ahead).mul_f64(CHANGES_COUNT),
                None => waited,
            };
            let is_crowded = stream.as_ref().is_some_and(Result::is_err);
            let cause = match () {
                () if is_check => None,
                () if is_spare => Some(Shed::Connections),
                () if is_crowded => Some(Shed::Streams),
                () if !self.admission.admits(waited, class.class == Class::Verify) => {
                    Some(Shed::Turns)
                }
                () => None,
            };
            let mut response = match (head::check(&request), cause) {
                (Err(fault), _) => {
                    let answer = match fault {
                        Fault::Line(error) => self.app.refuse_unread(&request, error),
                        Fault::Lines(status) => app::bare(status),
                    };
                    drain(request.into_body()).await;
                    answer
                }
                (Ok(()), Some(cause)) => {
                    let answer = self.app.turn_away(&request, cause);
                    drain(request.into_body()).await;
                    answer
                }
                // Boxed: a connection without a request takes no memory for an answer.
                (Ok(()), None) => {
                    under_way.is_of(class);
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
            Ok(response.map(|body| Watched::new(body, (under_way, stream))))
        }
    }
}

/// Throws a body away that is small and on its way: a client that is answered before it has said
/// everything may take that for a fault, and lose the answer with the connection.
async fn drain(mut body: Incoming) {
    let draining = async {
        let mut len = 0;
        while let Some(Ok(frame)) = body.frame().await {
            len += frame.data_ref().map_or(0, Bytes::len);
            if len > BODY_LEN_MAX {
                return;
            }
        }
    };
    if tokio::time::timeout(DRAIN_WITHIN, draining).await.is_err() {
        tracing::debug!("a client that was turned away had much to say");
    }
}

/// What keeps a browser to TLS for so many seconds (RFC 6797).
fn hsts(max_age_s: u32) -> HeaderValue {
    let value = format!("max-age={max_age_s}");
    HeaderValue::from_str(&value).expect("digits may stand in a header")
}

fn reset(timer: Pin<&mut Sleep>, until: Instant) {
    timer.reset(until.into());
}
