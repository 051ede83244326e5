//! Answers kept for callers that repeat a request with the same `Idempotency-Key`: who may fetch one, and their end.
//! Leaves what a repeated change is answered to the rules.

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::rows;
use keywright_model::id::KeyId;
use keywright_model::key::State;
use keywright_model::secret::Digest;

/// Whether a key that was replaced may still fetch the answer of the very rotation that replaced it.
pub(super) fn serves(
    connection: &Connection,
    id: Digest,
    replaced: KeyId,
    now_ms: i64,
) -> rusqlite::Result<bool> {
    let successor: Option<Uuid> = connection
        .prepare_cached(
            "SELECT key_id FROM replays
             WHERE id = ?1 AND replaced_key_id = ?2 AND expires_at_ms > ?3",
        )?
        .query_row((id.0, replaced.0, now_ms), |row| row.get(0))
        .optional()?;
    let Some(successor) = successor else {
        return Ok(false);
    };
    let found = rows::read_key(connection, KeyId(successor))?;
    Ok(found.is_some_and(|minted| minted.key.state(now_ms) == State::Live))
}

/// Forgets the answers whose time is over.
pub(super) fn forget(connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM replays WHERE expires_at_ms <= ?1")?
        .execute([now_ms])
        .map(drop)
}
