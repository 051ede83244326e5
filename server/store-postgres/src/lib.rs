//! PostgreSQL: from a URL to sessions that can be used, what their failures mean, and what is read over them.
//! Leaves what rows mean to `store`'s rows, and every rule to the core.

mod channel_binding;
mod connection;
mod engine;
mod error;
mod lookups;
mod migrate;
mod refusal;
mod rows;
mod session;
mod settings;
mod tls;

pub use connection::{Access, Connector};
pub use engine::Postgres;
pub use error::{Stage, error_of};
pub use lookups::{Limits, Parameter, SharedConnections};
pub use migrate::{MigrateError, migrate};
pub use refusal::ConnectError;
pub use session::{Ended, Session};
pub use settings::Options;
