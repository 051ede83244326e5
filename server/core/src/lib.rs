//! Every rule and every permission: who may do what, in which order, and when.
//! Leaves wire formats to `keywright-api`, and what is kept to `keywright-store`.

pub mod decide;
pub mod keyring;
pub mod token;
