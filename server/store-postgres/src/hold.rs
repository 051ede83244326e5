//! A database that is held against servers: none uses it, and none that starts goes on until it is let go of.
//! Leaves what is done meanwhile to the commands.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::connection::Access;
use crate::inspect::{Link, get};
use crate::migrate::LOCK;
use crate::settings::Options;

const PAUSE: Duration = Duration::from_millis(50);

/// A server has sessions under its name for as long as it runs.
const SERVERS: &str = "SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'keywright'";
const LEASES: &str = "SELECT count(*) FROM servers";
const IDENTITY: &str = "SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database
     WHERE datname = current_database()";

/// A database that no server uses. Dropped, it can be used again.
pub struct Hold {
    _link: Link,
}

impl Hold {
    /// Holds the database that a URL names; `None` if a server uses it, or another command holds it.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn take(url: &str, options: &Options, patience: Duration) -> anyhow::Result<Option<Self>> {
        let link = Link::open(url, options, Access::ReadWrite, "")?;
        // A server that starts brings the schema to the newest version first, and waits for this lock.
        let lock = format!("SELECT pg_try_advisory_lock({LOCK})");
        let until = Instant::now() + patience;
        loop {
            let rows = link.ask(&lock, Vec::new())?;
            if rows.first().map_or(Ok(false), |row| get(row, 0))? {
                break;
            }
            if Instant::now() > until {
                return Ok(None);
            }
            sleep(PAUSE);
        }
        // A session that has ended may be told of for a moment longer.
        loop {
            let rows = link.ask(SERVERS, Vec::new())?;
            let servers: i64 = rows.first().map_or(Ok(0), |row| get(row, 0))?;
            if servers == 0 {
                return Ok(Some(Self { _link: link }));
            }
            if Instant::now() > until {
                return Ok(None);
            }
            sleep(PAUSE);
        }
    }
}

/// How many servers use the database that a URL names: those that hold a lease.
///
/// # Errors
/// When it cannot be reached.
pub fn servers(url: &str, options: &Options) -> anyhow::Result<i64> {
    let link = Link::open(url, options, Access::ReadWrite, "")?;
    let rows = link.ask(LEASES, Vec::new())?;
    Ok(rows.first().map_or(Ok(0), |row| get(row, 0))?)
}

/// What tells a database from all others: two that have the same are one.
///
/// # Errors
/// When it cannot be reached.
pub fn identity(url: &str, options: &Options) -> anyhow::Result<String> {
    let link = Link::open(url, options, Access::ReadOnly, "")?;
    let rows = link.ask(IDENTITY, Vec::new())?;
    Ok(rows.first().map_or(Ok(String::new()), |row| get(row, 0))?)
}
