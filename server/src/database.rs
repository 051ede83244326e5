//! The database that a URL names: its scheme says which engine keeps it.
//! Leaves how it is opened to the engine.

use keywright_store::OpenDatabase;
use keywright_store_sqlite::{self as sqlite, Options};

/// Opens the database that `url` names and brings it to the newest schema.
///
/// # Errors
/// When the scheme is unknown, or the database is in use by another server, damaged, or not to be had.
pub fn open(url: &str, options: Options) -> anyhow::Result<Box<dyn OpenDatabase>> {
    match url.split_once(':') {
        Some(("sqlite", path)) => Ok(Box::new(sqlite::open(path.as_ref(), options)?)),
        _ => anyhow::bail!(
            "database.url must start with `sqlite:`, as in `sqlite:keywright.db`, got `{url}`"
        ),
    }
}
