//! What is stored can be read back, and what is read is what was sent.
//! Leaves what a value is good for to the contracts.

mod instants;
mod metadata;
mod numbers;
mod tokens;
mod unreadable;
