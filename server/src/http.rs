//! What listens: connections, overload, TLS, the router over the contracts, metrics and the log of requests.
//! Leaves what an operation does to the contracts.

pub mod app;
mod checks;
pub mod cors;
pub mod metrics;
pub mod redaction;
pub mod request_class;
pub mod serve;
pub mod signals;
pub mod tls;
