//! A running server: opens what it needs in the right order, takes connections, and lets go of everything.
//! Not here: how many may connect (`connection_limiter`), what happens on a connection (`connection`), and what is
//! opened at a start (`bootstrap`).

mod admission;
mod bootstrap;
mod connection;
mod connection_limiter;
mod connection_state;
mod descriptors;
mod head;
mod listeners;
mod observed;
mod queue_delay;
mod replaced_secrets;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{Config, Expose, Listener};
use crate::database;
use crate::first_start::{DemoIds, FirstStart};
use crate::http::app::{App, Load, Settings};
use crate::http::metrics;
use crate::http::metrics::Shed;
use crate::http::tls::Identity;
use crate::pepper::Home;
use connection::Host;
use connection_limiter::{Capacity, ConnectionLimiter};
use keywright_api::surface::Surface;
use keywright_core::keyring::Keyring;
use keywright_model::clock::Clock;
use listeners::Bound;
use queue_delay::QueueDelayProbe;

/// A stop takes no longer, whatever hangs.
const STOP_WITHIN: Duration = Duration::from_millis(29_500);
/// How far behind uses and last uses may be in the database.
const SETTLE_EVERY: Duration = Duration::from_secs(5);
/// How often old events are pruned, by the server's clock.
const PRUNE_EVERY_MS: i64 = 3_600_000;
/// How often that clock is read.
const PRUNE_LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long no connection is accepted after the operating system has refused one.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);
/// The answer to a connection for which there is not even a spare slot.
const NO_SLOT: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// A server that takes connections.
pub struct Server {
    address: SocketAddr,
    second_address: Option<SocketAddr>,
    expose: Expose,
    identity: Option<Arc<Identity>>,
    keyring: Arc<Keyring>,
    first_start: FirstStart,
    stop: watch::Sender<bool>,
    connections: Vec<JoinHandle<()>>,
}

impl Server {
    /// Binds the addresses, opens the database, and takes connections in the background.
    ///
    /// # Errors
    /// When an address is taken, or the certificate, database or pepper cannot be used.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let identity = Identity::open(&config.tls)?.map(Arc::new);
        let (main, second) = listeners::bind(&config).await?;
        let (address, second_address) = (main.address, second.as_ref().map(|bound| bound.address));
        let base_url = base_url(identity.is_some(), address);
        let (keyring, first_start) = bootstrap::open(&config, &base_url, clock).await?;
        let bound: Vec<(Bound, Arc<ConnectionLimiter>)> = std::iter::once(main)
            .chain(second)
            .map(|bound| {
                let capacity = Capacity::of(bound.connections_max);
                (bound, Arc::new(ConnectionLimiter::new(capacity)))
            })
            .collect();
        let limiters: Vec<Arc<ConnectionLimiter>> = bound
            .iter()
            .map(|(_, limiter)| Arc::clone(limiter))
            .collect();
        let settings = app_settings(&config, &first_start, Arc::new(move || load(&limiters)));
        let app = App::new(Arc::clone(&keyring), settings)?;
        let probe = QueueDelayProbe::start().context("cannot make a pair of sockets")?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(settle(Arc::clone(&keyring), stopped.clone()));
        let pepper = Home::of(&config)?;
        tokio::spawn(replaced_secrets::take_up(
            Arc::clone(&keyring),
            pepper,
            database::is_shared(&config.database.url),
            stopped.clone(),
        ));
        if keyring.prunes_events() {
            tokio::spawn(prune(Arc::clone(&keyring), stopped.clone()));
        }
        let grace = seconds(config.limits.shutdown_grace_s);
        let connections = bound.into_iter().map(|(bound, limiter)| {
            let host = Arc::new(Host::new(
                app.on(bound.listener),
                identity.clone(),
                &config,
                Arc::clone(&probe),
                bound.connections_max,
            ));
            tokio::spawn(serve(bound.socket, host, limiter, stopped.clone(), grace))
        });
        Ok(Self {
            address,
            second_address,
            connections: connections.collect(),
            expose: config.expose.clone(),
            identity,
            keyring,
            first_start,
            stop,
        })
    }

    /// The address it listens on first of all.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL.
    #[must_use]
    pub fn listening_url(&self) -> String {
        url(self.identity.is_some(), self.address)
    }

    /// Where its second listener listens, as a URL; `None` if there is none.
    #[must_use]
    pub fn second_url(&self) -> Option<String> {
        let address = self.second_address?;
        Some(url(self.identity.is_some(), address))
    }

    /// The address at which clients on this machine find a part of it; `None` if that is served nowhere.
    #[must_use]
    pub fn url_of(&self, surface: Surface) -> Option<String> {
        let exposure = self.expose.of(surface);
        let address = if exposure.is_on(Listener::Main) {
            Some(self.address)
        } else {
            self.second_address
                .filter(|_| exposure.is_on(Listener::Second))
        };
        Some(base_url(self.identity.is_some(), address?))
    }

    /// What was created because the database was empty.
    #[must_use]
    pub fn first_start(&self) -> &FirstStart {
        &self.first_start
    }

    /// The certificate that clients are shown, if connections are encrypted.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_deref()
    }

    /// Takes no more connections, finishes what runs, and lets go of the database.
    ///
    /// # Errors
    /// When the task that takes connections has failed, or not all of the database is in its file.
    pub async fn stop(self) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + STOP_WITHIN;
        self.stop.send_replace(true);
        let outcome = try_join_all(self.connections).await;
        let closed = tokio::time::timeout_at(deadline, self.keyring.close()).await;
        outcome.context("the server ended in a panic")?;
        closed.context("some writes could not be finished: their callers got no answer")??;
        Ok(())
    }
}

/// What is told about requests on either listener.
fn app_settings(config: &Config, first_start: &FirstStart, load: Load) -> Settings {
    Settings {
        request_timeout: seconds(config.limits.request_timeout_s),
        receive_timeout: seconds(config.limits.receive_timeout_s),
        trusted: config.proxies.trusted.clone(),
        load,
        expose: config.expose.clone(),
        listener: Listener::Main,
        cors_origins: config.cors.origins.clone(),
        demo: first_start.demo.as_ref().map(DemoIds::of),
        issuer: config.tokens.issuer.clone(),
        speaks_tls: config.tls.certificate.is_some(),
    }
}

/// How many connections there are on all listeners, and how many requests are in flight on them.
fn load(limiters: &[Arc<ConnectionLimiter>]) -> (usize, usize) {
    let loads = limiters.iter().map(|limiter| limiter.load());
    loads.fold((0, 0), |(connections, requests), more| {
        (connections + more.0, requests + more.1)
    })
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

/// Prunes the events that have been kept long enough: at the start, and every hour from then on.
async fn prune(keyring: Arc<Keyring>, mut stopped: watch::Receiver<bool>) {
    let mut pruned_at_ms = i64::MIN;
    loop {
        let now_ms = keyring.now_ms();
        // A clock that was set back must not keep them for longer.
        let is_recent =
            (pruned_at_ms..pruned_at_ms.saturating_add(PRUNE_EVERY_MS)).contains(&now_ms);
        if !is_recent {
            pruned_at_ms = now_ms;
            tokio::select! {
                outcome = keyring.prune_events() => if let Err(error) = outcome {
                    tracing::error!(%error, "old events were not pruned");
                },
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PRUNE_LOOK_EVERY) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Takes connections until the server stops, and then drains them all.
async fn serve(
    listener: TcpListener,
    host: Arc<Host>,
    limiter: Arc<ConnectionLimiter>,
    mut stopped: watch::Receiver<bool>,
    grace: Duration,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        match accepted {
            Ok((stream, peer)) => match limiter.acquire() {
                Some(slot) => drop(tokio::spawn(Arc::clone(&host).serve(stream, peer, slot))),
                None => turn_away(&stream, &host),
            },
            // The peer has thought better of it.
            Err(error) if !is_shortage(&error) => {
                tracing::debug!(%error, "a connection was gone before it was taken");
            }
            Err(error) => {
                if limiter.reduce() {
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
    limiter.drain_all();
    if tokio::time::timeout(grace, limiter.drained())
        .await
        .is_err()
    {
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

/// Sheds a connection without waiting for anything.
fn turn_away(stream: &TcpStream, host: &Host) {
    metrics::shed(Shed::Connections);
    if !host.speaks_tls()
        && let Err(error) = stream.try_write(NO_SLOT)
    {
        tracing::debug!(%error, "a connection was shed without an answer");
    }
}
