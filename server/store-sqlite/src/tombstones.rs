//! Owners that were deleted: their keys are judged by the tombstone, and the rows follow in batches.
//! Leaves what a tombstone means for a key to `rows` and `cache`.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::write::Writer;
use keywright_model::error::Error;
use keywright_model::id::OwnerId;
use keywright_model::key::RevocationReason;
use keywright_store::{Change, Write, Written};

/// Rows that follow in one change: another write waits for this many at most.
const BATCH_LEN: u32 = 200;
/// How long rows wait where they could not be written.
const RETRY: Duration = Duration::from_secs(5);

/// Marks an owner as one whose keys' rows have to follow.
pub(super) fn set(connection: &Connection, owner_id: OwnerId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO tombstones (owner_id) VALUES (?1)")?
        .execute([owner_id.0])
        .map(drop)
}

/// Lets the rows of some keys say what their owner's tombstone does; whether there may be more of them.
pub(super) fn follow(connection: &Connection) -> rusqlite::Result<bool> {
    let next: Option<(Uuid, Vec<u8>)> = connection
        .prepare_cached("SELECT owner_id, last_key_id FROM tombstones LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((owner_id, last_key_id)) = next else {
        return Ok(false);
    };
    let last: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT max(id) FROM (SELECT id FROM keys WHERE owner_id = ?1 AND id > ?2
                 ORDER BY id LIMIT ?3)",
        )?
        .query_row((owner_id, &last_key_id, BATCH_LEN), |row| row.get(0))?;
    let Some(last) = last else {
        connection
            .prepare_cached("DELETE FROM tombstones WHERE owner_id = ?1")?
            .execute([owner_id])?;
        return Ok(true);
    };
    connection
        .prepare_cached(
            "UPDATE keys SET current = false, revocation_reason = ?4, revoked_at_ms =
                 (SELECT deleted_at_ms FROM owners WHERE owners.id = ?1)
             WHERE owner_id = ?1 AND id > ?2 AND id <= ?3 AND revoked_at_ms IS NULL",
        )?
        .execute((
            owner_id,
            &last_key_id,
            &last,
            RevocationReason::CessationOfOperation.word(),
        ))?;
    connection
        .prepare_cached("UPDATE tombstones SET last_key_id = ?2 WHERE owner_id = ?1")?
        .execute((owner_id, &last))?;
    Ok(true)
}

/// Lets all rows follow: those that a start finds behind, and those of each owner that is deleted from then on.
pub(super) async fn keep_following(writer: Arc<Writer>) {
    loop {
        match writer
            .write(Write::of_server(Change::FollowTombstones))
            .await
        {
            Ok(Written::Followed { has_more: true }) => {}
            Ok(_) => writer.owner_deleted().await,
            Err(error) => {
                if !matches!(error, Error::Unavailable { .. }) {
                    tracing::warn!(%error, "rows of keys could not follow their owners' end");
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}
