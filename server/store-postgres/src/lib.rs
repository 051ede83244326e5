//! PostgreSQL: from a URL to sessions that can be used, what their failures mean, what is read and written over them.
//! Leaves what rows mean to `store`'s rows, and every rule to the core.

mod apply;
mod background;
mod change_settings;
mod channel_binding;
mod connection;
mod copy;
mod engine;
mod error;
mod flight;
mod follow;
mod hold;
mod inspect;
mod load;
mod lookups;
mod migrate;
mod open;
mod refusal;
mod rows;
mod running;
mod session;
mod settings;
mod start_lock;
mod tls;
mod windows;
mod write;

pub use change_settings::change_settings;
pub use connection::{Access, Connector};
pub use copy::{CopiedDatabase, make_schema, tables_left_out};
pub use engine::Postgres;
pub use error::{Stage, error_of};
pub use hold::{Hold, identity, servers};
pub use inspect::Inspection;
pub use lookups::{Limits, Parameter, SharedConnections};
pub use migrate::{MigrateError, migrate};
pub use open::{Opened, ServerOptions, open, refused};
pub use refusal::ConnectError;
pub use session::{Ended, Session};
pub use settings::Options;
