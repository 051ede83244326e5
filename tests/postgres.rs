//! PostgreSQL itself: what becomes of a URL, and what connections do when it fails.
//! Leaves what is kept in it to the store's own tests.

mod agree;
mod cluster;
mod connecting;
mod lookups;
mod rows;
mod schema;
mod several;
