//! PostgreSQL itself, as tests start it.
//! Leaves what is kept in it to the store's own tests.

mod cluster;
