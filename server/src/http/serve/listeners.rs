//! Binds the addresses that the server listens on, each with its share of the connections that there may be.
//! Not here: accepting connections (`serve`).

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use tokio::net::{TcpListener, TcpSocket};

use super::descriptors;
use crate::config::{Config, Listener};

/// Connections that the operating system keeps until they are taken; it knows a limit of its own.
const BACKLOG_LEN: u32 = 4096;
/// How much of an answer that a client does not read the operating system buffers; it takes as much again for itself,
/// and by default megabytes.
const SEND_BUFFER_LEN: u32 = 32 * 1024;

/// A listener that is bound.
pub(super) struct Bound {
    /// Which of the two it is.
    pub(super) listener: Listener,
    pub(super) socket: TcpListener,
    pub(super) address: SocketAddr,
    /// Connections that are served on it at the same time.
    pub(super) connections_max: usize,
}

/// Binds the main listener, and the second where there is one.
///
/// # Errors
/// When an address is taken, or both are the same.
pub(super) async fn bind(config: &Config) -> anyhow::Result<(Bound, Option<Bound>)> {
    let wanted = config.limits.connections_max;
    let Some(name) = &config.second.listen else {
        return Ok((
            main(config, descriptors::connections_max(wanted)).await?,
            None,
        ));
    };
    let second_wanted = config.second.connections_max;
    let all = descriptors::connections_max(wanted + second_wanted);
    let second_max = (all * second_wanted / (wanted + second_wanted)).max(1);
    let main = main(config, all.saturating_sub(second_max).max(1)).await?;
    let refused = || format!("cannot listen on {name}: choose another address in second.listen");
    for address in tokio::net::lookup_host(name).await.with_context(refused)? {
        if is_taken_by(main.address, address) {
            bail!(
                "second.listen, {name}, is the address that the main listener has, {}: choose another port",
                main.address
            );
        }
    }
    let socket = listen(name).await.with_context(refused)?;
    let second = Bound {
        listener: Listener::Second,
        address: socket.local_addr()?,
        socket,
        connections_max: second_max,
    };
    Ok((main, Some(second)))
}

async fn main(config: &Config, connections_max: usize) -> anyhow::Result<Bound> {
    let name = &config.listen;
    let socket = listen(name).await;
    let socket = socket.with_context(|| {
        format!("cannot listen on {name}: choose another address with --listen")
    })?;
    Ok(Bound {
        listener: Listener::Main,
        address: socket.local_addr()?,
        socket,
        connections_max,
    })
}

/// Whether a listener on `wanted` could not be reached because another has its address, or all of the machine's.
fn is_taken_by(held: SocketAddr, wanted: SocketAddr) -> bool {
    let is_one_host = held.ip().to_canonical() == wanted.ip().to_canonical()
        || held.ip().is_unspecified()
        || wanted.ip().is_unspecified();
    held.port() == wanted.port() && is_one_host
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
    socket.set_send_buffer_size(SEND_BUFFER_LEN)?;
    socket.bind(address)?;
    socket.listen(BACKLOG_LEN)
}
