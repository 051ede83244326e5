//! The timeline of a primary: PostgreSQL counts one further whenever a standby takes over.
//! Leaves what is compared by it to `barriers`.

use tokio_postgres::Client;

/// The name of the file that is written now begins with it; what the control file says is older until a checkpoint ends.
const TIMELINE: &str = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// A timeline. A session with a primary never gets to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeline(String);

impl Timeline {
    /// That of the primary at the other end.
    pub(super) async fn of(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let row = client.query_one(TIMELINE, &[]).await?;
        row.try_get(0).map(Self)
    }
}

#[cfg(test)]
impl Timeline {
    pub(super) fn numbered(number: u32) -> Self {
        Self(format!("{number:08X}"))
    }
}
