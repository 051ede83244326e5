//! The life of a key: where it is good, until when, and for what; and whose it is.
//! Leaves what one contract says about it to that contract's file, and restarts to `durability`.

mod bounds;
mod ended;
mod holder;
mod longest;
mod minting;
mod path;
mod paths;
mod reach;
mod scopes;
mod tenancy;
mod time;
