//! The log: to standard error, as text or JSON.

use tracing::Level;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer as _, filter};

use crate::config::{Log, LogFormat};

/// Starts to log.
///
/// # Errors
/// When this process logs already.
pub fn start(settings: &Log) -> Result<(), TryInitError> {
    let wanted = EnvFilter::new(settings.directives());
    // Below `info` other crates write out what they read from the wire, and that holds keys.
    let ours = filter::filter_fn(|metadata| {
        *metadata.level() <= Level::INFO || metadata.target().starts_with("keywright")
    });
    let output = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // Where standard error is gone, as with a terminal that was closed, to say so there would be a panic.
        .log_internal_errors(false);
    let output = match settings.format {
        LogFormat::Text => output.with_ansi(is_terminal()).boxed(),
        LogFormat::Json => output.json().boxed(),
    };
    tracing_subscriber::registry()
        .with(output.with_filter(ours).with_filter(wanted))
        .try_init()
}

fn is_terminal() -> bool {
    use std::io::IsTerminal as _;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
