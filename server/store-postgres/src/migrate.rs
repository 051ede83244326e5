//! The schema: made, brought to the newest version, and refused where it is another's or a newer keywright's.
//! Leaves what stands in it to `rows`.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as PgError};

use crate::connection::{Access, Connector};
use crate::error::words;
use crate::refusal::ConnectError;

/// The steps, oldest first; the table `migrations` names those that were taken.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/1_keys.sql"),
    include_str!("../migrations/2_servers.sql"),
    include_str!("../migrations/3_windows.sql"),
];

/// Held by the one who brings the schema to the newest version, while all others wait.
pub(crate) const LOCK: i64 = 0x6b77_6d69_6772;

/// Neither the wait for the lock nor a step of the way may run out of time.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";

/// How many tables are called `migrations`, and what all tables in our schema are called.
pub(crate) const FOREIGN_TABLES: &str = "SELECT count(*) FILTER (WHERE relname = 'migrations'), \
         coalesce(left(string_agg(quote_ident(relname), ', ' ORDER BY relname COLLATE \"C\"), 200), '') \
     FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace('keywright') AND relkind IN ('r', 'p', 'v', 'm', 'f')";

/// How many steps there are.
pub(crate) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// There is no session.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A newer keywright has made it.
    #[error(
        "the schema of this database is of version {found}, and this keywright knows versions up to {known}: a newer \
         keywright has been here; use that one, or name another database"
    )]
    Newer {
        /// The version that was found.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// No keywright has made one.
    #[error(
        "no keywright has used this database yet: start a server on it first, or correct the URL"
    )]
    Absent,
    /// Something else has tables in it.
    #[error(
        "the schema `keywright` of this database holds tables of another product ({tables}): name another database in the \
         URL, one that is empty"
    )]
    Foreign {
        /// Some of their names.
        tables: String,
    },
    /// The user must not make it.
    #[error(
        "the user may not make keywright's tables ({0}): let it own the database, or GRANT CREATE ON DATABASE … TO it; a \
         schema `keywright` that is there already must be its own"
    )]
    Denied(String),
    /// A statement failed.
    #[error("the schema cannot be brought to the newest version: {0}")]
    Failed(String),
}

/// Makes the schema, or brings it to the newest version: in one transaction, one server at a time.
///
/// # Errors
/// When it cannot be used as it is, or cannot be changed: then nothing was.
pub async fn migrate(connector: &Connector) -> Result<(), MigrateError> {
    // A transaction that is not committed ends with its session.
    let session = connector.connect(Access::ReadWrite).await?;
    let client = session.client();
    run(client, BEGIN).await?;
    // By itself: what comes behind it must see what the one before has committed.
    run(client, &format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    let found = version(client).await?;
    let known = known();
    if found > known {
        return Err(MigrateError::Newer { found, known });
    }
    for (number, migration) in (1..).zip(MIGRATIONS) {
        if number > found {
            run(client, migration).await?;
            let taken = "INSERT INTO migrations (number, at_ms) \
                 VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)";
            client.execute(taken, &[&number]).await.map_err(failed)?;
        }
    }
    run(client, "COMMIT").await
}

/// Makes sure that a keywright has made the schema, and no newer one. Changes nothing.
///
/// # Errors
/// When it is not there, or cannot be used.
pub(crate) async fn check(client: &Client) -> Result<(), MigrateError> {
    let row = client.query_one(FOREIGN_TABLES, &[]).await;
    let row = row.map_err(failed)?;
    let (is_ours, tables): (i64, String) = (row.get(0), row.get(1));
    if tables.is_empty() {
        return Err(MigrateError::Absent);
    }
    if is_ours == 0 {
        return Err(MigrateError::Foreign { tables });
    }
    let found = newest(client, tables).await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(MigrateError::Newer { found, known });
    }
    Ok(())
}

/// How many steps were taken: none where the schema is empty, or not there; then it is there afterwards.
async fn version(client: &Client) -> Result<i64, MigrateError> {
    let row = client.query_one(FOREIGN_TABLES, &[]).await;
    let row = row.map_err(failed)?;
    let (is_ours, tables): (i64, String) = (row.get(0), row.get(1));
    if tables.is_empty() {
        // Named only where it is missing: to whom it was given may not be allowed to make one.
        let is_there = "SELECT to_regnamespace('keywright') IS NOT NULL";
        let is_there = client.query_one(is_there, &[]).await.map_err(failed)?;
        if !is_there.get::<_, bool>(0) {
            run(client, "CREATE SCHEMA keywright").await?;
        }
        run(
            client,
            "CREATE TABLE migrations (number bigint NOT NULL PRIMARY KEY, at_ms bigint NOT NULL)",
        )
        .await?;
        return Ok(0);
    }
    if is_ours == 0 {
        return Err(MigrateError::Foreign { tables });
    }
    newest(client, tables).await
}

/// The last step that was taken, if the table that says it is ours.
async fn newest(client: &Client, tables: String) -> Result<i64, MigrateError> {
    let newest = "SELECT coalesce(max(number), 0), min(at_ms) FROM migrations";
    match client.query_one(newest, &[]).await {
        Ok(row) => row.try_get(0).map_err(|_| MigrateError::Foreign { tables }),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_COLUMN) => {
            Err(MigrateError::Foreign { tables })
        }
        Err(error) => Err(failed(error)),
    }
}

async fn run(client: &Client, text: &str) -> Result<(), MigrateError> {
    client.batch_execute(text).await.map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn failed(error: PgError) -> MigrateError {
    // In a schema that it may not use at all, the user finds nothing.
    let denied = [
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::UNDEFINED_TABLE,
    ];
    if error.code().is_some_and(|code| denied.contains(code)) {
        return MigrateError::Denied(words(&error));
    }
    MigrateError::Failed(words(&error))
}
