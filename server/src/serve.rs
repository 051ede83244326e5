//! A running server: opens what it needs in the right order, takes connections, and lets go of everything.
//! Leaves who may connect to `places`, and each connection to `connection`.

mod admission;
mod connection;
mod descriptors;
mod observed;
mod opening;
mod place;
mod places;
mod pulse;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{App, Settings};
use crate::clock::Clock;
use crate::config::Config;
use crate::first_start::FirstStart;
use crate::keyring::Keyring;
use crate::metrics;
use crate::metrics::Shed;
use crate::tls::Identity;
use connection::Host;
use place::Patience;
use places::{Places, Sizes};
use pulse::Pulse;

/// A stop takes no longer, whatever hangs.
const STOP_WITHIN: Duration = Duration::from_millis(29_500);
/// How far behind uses and last uses may be in the database.
const SETTLE_EVERY: Duration = Duration::from_secs(5);
/// Where the operating system has no room for a connection, it is asked again after so long.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);
/// Connections that the operating system keeps until they are taken; it knows a limit of its own.
const BACKLOG_LEN: u32 = 4096;
/// What a connection hears for which there is not even a spare place.
const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// A server that takes connections.
pub struct Server {
    address: SocketAddr,
    identity: Option<Arc<Identity>>,
    keyring: Arc<Keyring>,
    first_start: FirstStart,
    stop: watch::Sender<bool>,
    connections: JoinHandle<()>,
}

impl Server {
    /// Binds the address, opens the database, and takes connections in the background.
    ///
    /// # Errors
    /// When the address is taken, or the certificate, database or pepper cannot be used.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let identity = Identity::open(&config.tls)?.map(Arc::new);
        let listener = listen(&config.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: choose another address with --listen",
                config.listen
            )
        })?;
        let address = listener.local_addr()?;
        let base_url = base_url(identity.is_some(), address);
        let (keyring, first_start) = opening::open(&config, &base_url, clock).await?;
        let connections_max = descriptors::connections_max(config.limits.connections_max);
        let places = Arc::new(Places::new(Sizes::of(connections_max)));
        let crowd = Arc::clone(&places);
        let settings = Settings {
            request_timeout: seconds(config.limits.request_timeout_s),
            receive_timeout: seconds(config.limits.receive_timeout_s),
            trusted: config.proxies.trusted.clone(),
            load: Arc::new(move || crowd.load()),
        };
        let app = App::new(Arc::clone(&keyring), settings)?;
        let patience = Patience {
            receive: seconds(config.limits.receive_timeout_s),
            idle: seconds(config.limits.idle_timeout_s),
            // Longer than any request may take, during which nothing need be read or written.
            stalled: seconds(config.limits.request_timeout_s + 10),
            // As long as that, and as long again as an answer may lie unread.
            request: seconds(config.limits.request_timeout_s + 10 + config.limits.idle_timeout_s),
        };
        let wait_max = Duration::from_millis(config.limits.wait_max_ms.into());
        let pulse = Pulse::start().context("cannot make a pair of sockets")?;
        let host = Host::new(
            app,
            identity.clone(),
            patience,
            pulse,
            wait_max,
            connections_max,
        );
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(settle(Arc::clone(&keyring), stopped.clone()));
        let grace = seconds(config.limits.shutdown_grace_s);
        let serving = serve(listener, Arc::new(host), places, stopped, grace);
        Ok(Self {
            address,
            identity,
            keyring,
            first_start,
            stop,
            connections: tokio::spawn(serving),
        })
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL.
    #[must_use]
    pub fn listening_url(&self) -> String {
        url(self.identity.is_some(), self.address)
    }

    /// The address that clients on this machine use.
    #[must_use]
    pub fn base_url(&self) -> String {
        base_url(self.identity.is_some(), self.address)
    }

    /// What was created because the database was empty.
    #[must_use]
    pub fn first_start(&self) -> &FirstStart {
        &self.first_start
    }

    /// The certificate that clients are shown, if connections are encrypted.
    #[must_use]
    pub fn identity(&self) -> Option<&Arc<Identity>> {
        self.identity.as_ref()
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

/// Listens on the first address of that name that can be had.
async fn listen(name: &str) -> io::Result<TcpListener> {
    let mut refusal = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in tokio::net::lookup_host(name).await? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG_LEN)
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

/// A URL that works from this machine: the unspecified address stands for all, the loopback one among them.
fn base_url(speaks_tls: bool, mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    url(speaks_tls, address)
}

fn url(speaks_tls: bool, address: SocketAddr) -> String {
    let scheme = if speaks_tls { "https" } else { "http" };
    format!("{scheme}://{address}")
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

/// Takes connections until the server stops, and sees them all off.
async fn serve(
    listener: TcpListener,
    host: Arc<Host>,
    places: Arc<Places>,
    mut stopped: watch::Receiver<bool>,
    grace: Duration,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        match accepted {
            Ok((stream, peer)) => match places.take() {
                Some(held) => drop(tokio::spawn(Arc::clone(&host).serve(stream, peer, held))),
                None => turn_away(&stream, &host),
            },
            // The peer has thought better of it.
            Err(error) if !is_shortage(&error) => {
                tracing::debug!(%error, "a connection was gone before it was taken");
            }
            Err(error) => {
                if places.shrink() {
                    tracing::warn!(
                        %error,
                        "cannot take so many connections: for a minute fewer are served, and those \
                         that are idle make room; raise the limit on open files"
                    );
                }
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
    drop(listener);
    places.send_all_off();
    if tokio::time::timeout(grace, places.empty()).await.is_err() {
        tracing::warn!("some requests did not end within limits.shutdown_grace_s");
    }
}

/// Whether the operating system lacks something that other connections have.
fn is_shortage(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    code.is_some_and(|code| {
        [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM].contains(&code)
    })
}

/// Says no to a connection without waiting for anything.
fn turn_away(stream: &TcpStream, host: &Host) {
    metrics::shed(Shed::Connections);
    if !host.speaks_tls()
        && let Err(error) = stream.try_write(NO_PLACE)
    {
        tracing::debug!(%error, "a connection was turned away without a word");
    }
}
