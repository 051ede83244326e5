//! The contracts over one core, and the documents that describe them.
//! Leaves every rule to `keywright-core`, and connections, overload and the log to the server.

pub mod contract;
pub mod openapi;
pub mod surface;
