//! PostgreSQL: from a URL to sessions that can be used, and what their failures mean.
//! Leaves what is read and written over them to the engine.

mod channel_binding;
mod connection;
mod error;
mod lookups;
mod refusal;
mod session;
mod settings;
mod tls;

pub use connection::{Access, Connector};
pub use error::{Stage, error_of};
pub use lookups::{Limits, SharedConnections};
pub use refusal::ConnectError;
pub use session::{Ended, Session};
pub use settings::Options;
