//! The operator's commands: the real binary against a real server, its words and its exit codes.
//! Leaves the rules behind the answers to `control`.

mod doctor;
mod events;
mod help;
mod keys;
mod owners;
mod pipes;
mod refusals;
mod terminal;
mod verify;
