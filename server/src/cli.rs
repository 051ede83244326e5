//! The command line: the commands on a running server, and those on a database itself.
//! Leaves what a server does with a request to the server.

pub mod backup;
pub mod command;
pub mod copy;
pub mod doctor;
mod offline;
pub mod pepper;
pub mod progress;
pub mod settings;
pub mod signing_keys;
pub mod undone;
pub mod verify_events;
