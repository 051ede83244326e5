//! The signals that a running server handles: those that end it, the one that renews its certificate, and the others.
//! Not here: how a server stops (`serve`), and reading the certificate (`tls`).

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::progress::SIGXFSZ;
use crate::http::tls::Identity;

/// Signals that no longer do what they do by default, which for each of them is to end the process at once.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Without a handler it would leave a core dump, with every key in use.
    quit: Signal,
    hangup: Signal,
    user_1: Signal,
    user_2: Signal,
    /// With a handler, writes past a file-size limit fail as errors.
    _file_size_exceeded: Signal,
}

impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// When the operating system does not let them be caught.
    pub fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
            _file_size_exceeded: signal(SignalKind::from_raw(SIGXFSZ))?,
        })
    }

    /// Handles signals until one ends the server, and returns its name.
    pub async fn until_end(&mut self, identity: Option<&Identity>) -> &'static str {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.quit.recv() => return "SIGQUIT",
                _ = self.hangup.recv() => renew(identity),
                _ = self.user_1.recv() => ignore("SIGUSR1"),
                _ = self.user_2.recv() => ignore("SIGUSR2"),
            }
        }
    }
}

/// Takes the certificate's files again.
fn renew(identity: Option<&Identity>) {
    match identity.map(Identity::reload) {
        Some(Ok(())) => tracing::info!("the certificate was read again: new connections get it"),
        Some(Err(error)) => tracing::error!("the certificate stays as it was: {error:#}"),
        None => tracing::warn!(
            "SIGHUP renews the certificate, and there is none (tls.certificate): nothing was done"
        ),
    }
}

fn ignore(name: &str) {
    tracing::warn!("{name} means nothing to this server: nothing was done");
}
