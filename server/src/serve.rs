//! A running server: opens what it needs in the right order, takes connections, and lets go of everything.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::first_start::FirstStart;
use crate::keyring::{Keyring, Settings};
use crate::pepper::Home;
use crate::secret::{CONTROL_PREFIX, Digest, Pepper, Secret};
use crate::store::{self, Opened, Options};
use crate::token::Tokens;

/// A stop takes no longer, whatever hangs.
const STOP_WITHIN: Duration = Duration::from_millis(29_500);
/// How far behind uses and last uses may be in the database.
const SETTLE_EVERY: Duration = Duration::from_secs(5);
/// More lines than fit into the 16 KiB of headers that are answered in a contract's shape.
const HEADERS_MAX: usize = 4096;
const ROOT_DIGEST: &str = "root_key_digest";

/// A server that takes connections.
pub struct Server {
    address: SocketAddr,
    keyring: Arc<Keyring>,
    first_start: FirstStart,
    stop: watch::Sender<bool>,
    connections: JoinHandle<()>,
}

impl Server {
    /// Binds the address, opens the database, and takes connections in the background.
    ///
    /// # Errors
    /// When the address is taken, or the database or pepper cannot be used.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(&config.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: choose another address with --listen",
                config.listen
            )
        })?;
        let address = listener.local_addr()?;
        let (keyring, first_start) = open(&config, &base_url(address), clock).await?;
        let timeout = Duration::from_secs(u64::from(config.limits.request_timeout_s));
        let trusted = config.proxies.trusted.clone();
        let router = app::router(Arc::clone(&keyring), timeout, trusted)?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(settle(Arc::clone(&keyring), stopped.clone()));
        let connections = tokio::spawn(accept(listener, router, stopped, Limits::of(&config)));
        Ok(Self {
            address,
            keyring,
            first_start,
            stop,
            connections,
        })
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that clients on this machine use.
    #[must_use]
    pub fn base_url(&self) -> String {
        base_url(self.address)
    }

    /// What was created because the database was empty.
    #[must_use]
    pub fn first_start(&self) -> &FirstStart {
        &self.first_start
    }

    /// Takes no more connections, finishes what runs, and lets go of the database.
    ///
    /// # Errors
    /// When the task that takes connections has failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + STOP_WITHIN;
        self.stop.send_replace(true);
        let outcome = self.connections.await;
        if tokio::time::timeout_at(deadline, self.keyring.close())
            .await
            .is_err()
        {
            tracing::warn!("some writes could not be finished: their callers got no answer");
        }
        outcome.context("the server ended in a panic")
    }
}

#[derive(Clone, Copy)]
struct Limits {
    connections_max: usize,
    idle: Duration,
    grace: Duration,
}

impl Limits {
    fn of(config: &Config) -> Self {
        Self {
            connections_max: config.limits.connections_max,
            // Longer than any request may take, during which nothing need be read.
            idle: Duration::from_secs(u64::from(config.limits.request_timeout_s) + 10),
            grace: Duration::from_secs(u64::from(config.limits.shutdown_grace_s)),
        }
    }
}

/// A URL that works from this machine: the unspecified address stands for all, the loopback one among them.
fn base_url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}

async fn open(
    config: &Config,
    base_url: &str,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<(Arc<Keyring>, FirstStart)> {
    let options = Options {
        readers: config.database.readers,
        busy_timeout: Duration::from_millis(u64::from(config.database.busy_timeout_ms)),
        queue_len_max: config.database.queue_len_max,
        cache_bytes: u64::from(config.cache.memory_mib) << 20,
        interlude: None,
    };
    let database = store::open(&config.database.url, options)?;
    let pepper = Home::of(config)?.open(database.as_ref())?;
    let tokens = Tokens::open(
        database.as_ref(),
        &pepper,
        config
            .tokens
            .issuer
            .clone()
            .unwrap_or_else(|| base_url.to_owned())
            .trim_end_matches('/')
            .to_owned(),
        config.tokens.lifetime_s,
        &config.tokens.issuers,
    )?;
    let is_empty = database.is_empty()?;
    let (root, root_key) = root_digest(config, database.as_ref(), &pepper)?;
    let store = database.start(&pepper, Arc::clone(&clock))?;
    let keyring = Keyring::new(store, clock, pepper, tokens, root, Settings::of(config));
    let demo = if is_empty && config.demo {
        Some(keyring.create_demo().await?)
    } else {
        None
    };
    Ok((Arc::new(keyring), FirstStart { root_key, demo }))
}

/// The digest of the root key: the configuration's, or that of one made at the first start.
fn root_digest(
    config: &Config,
    database: &dyn Opened,
    pepper: &Pepper,
) -> anyhow::Result<(Digest, Option<Secret>)> {
    if let Some(root_key) = &config.root_key {
        // A root key that was printed once must not come back when the configured one goes.
        database.drop_setting(ROOT_DIGEST)?;
        let root_key = Secret::new(root_key.expose().to_owned());
        return Ok((pepper.digest(&root_key), None));
    }
    if let Some(known) = database.setting(ROOT_DIGEST)? {
        let bytes = known
            .try_into()
            .ok()
            .context("the digest of the root key is damaged")?;
        return Ok((Digest(bytes), None));
    }
    let root_key = Secret::checksummed(CONTROL_PREFIX);
    let digest = pepper.digest(&root_key);
    database.keep_setting(ROOT_DIGEST, &digest.0)?;
    Ok((digest, Some(root_key)))
}

/// Writes down now and then what was counted in memory.
async fn settle(keyring: Arc<Keyring>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SETTLE_EVERY) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        if let Err(error) = keyring.settle(false).await {
            tracing::warn!(%error, "what was counted in memory could not be written");
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    limits: Limits,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .max_headers(HEADERS_MAX)
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle);
    builder.http2().timer(TokioTimer::new());
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections_max));
    loop {
        // Beyond the limit, connections wait in the operating system's queue.
        let place = Arc::clone(&places).acquire_owned();
        let next = async { (place.await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            next = next => next,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or the peer has gone: neither is a reason to stop.
                tracing::warn!(%error, "cannot take a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection = builder
            .serve_connection(io(stream, limits.idle), service(router.clone(), peer))
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.grace, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end within limits.shutdown_grace_s");
    }
}

/// A connection from which nothing is read for `idle` is cut: one that never says what it wants must not
/// hold its place.
fn io(stream: TcpStream, idle: Duration) -> TokioIo<Pin<Box<TimeoutStream<TcpStream>>>> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_read_timeout(Some(idle));
    TokioIo::new(Box::pin(stream))
}

/// The router as one connection sees it, with the address of its peer.
fn service(
    router: Router,
    peer: SocketAddr,
) -> TowerToHyperService<
    impl tower::Service<
        Request<hyper::body::Incoming>,
        Response = axum::response::Response,
        Error = std::convert::Infallible,
        Future: Send,
    > + Clone
    + Send,
> {
    TowerToHyperService::new(
        router.map_request(move |request: Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        }),
    )
}
