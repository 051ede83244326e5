//! Answers kept for callers that repeat a request with the same `Idempotency-Key`.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::change::check_authority;
use super::rows;
use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::State;
use keywright_model::secret::Digest;
use keywright_store::{NewReplay, Replayed, Write, Written};

/// An earlier answer to the same `Idempotency-Key`, if the caller may still have it.
pub(super) fn find(
    connection: &Connection,
    write: &Write,
    replay: &NewReplay,
    now_ms: i64,
) -> rusqlite::Result<Option<Result<Written, Error>>> {
    let found = connection
        .prepare_cached(
            "SELECT fingerprint, sealed_secret, key_id, replaced_key_id FROM replays
             WHERE id = ?1 AND expires_at_ms > ?2",
        )?
        .query_row((replay.id.0, now_ms), |row| {
            let fingerprint: [u8; 32] = row.get(0)?;
            let sealed_secret: Vec<u8> = row.get(1)?;
            let key_id = KeyId(row.get(2)?);
            let replaced_key_id: Option<Uuid> = row.get(3)?;
            Ok((
                fingerprint,
                sealed_secret,
                key_id,
                replaced_key_id.map(KeyId),
            ))
        })
        .optional()?;
    let Some((fingerprint, sealed_secret, key_id, replaced_key_id)) = found else {
        return Ok(None);
    };
    let Some((minted, owner)) = rows::find_key(connection, key_id)?.found else {
        return Ok(None);
    };
    let is_same = fingerprint == replay.fingerprint;
    let is_live = minted.key.state(now_ms) == State::Live;
    let mut authority = write.authority.clone();
    if is_same && is_live && replay.serves_replaced_key && authority.key_id == replaced_key_id {
        // The rotation that is asked for again has retired the caller's own key: that must not stop
        // it. For anything else that key is as dead as any.
        authority.key_id = None;
    }
    if let Err(refusal) = check_authority(connection, &authority, now_ms)? {
        return Ok(Some(Err(refusal)));
    }
    if !is_same {
        return Ok(Some(Err(Error::IdempotencyMismatch)));
    }
    if !is_live {
        let sentence = "the key that this Idempotency-Key issued is no longer live: send a new one";
        return Ok(Some(Err(Error::KeyRetired(sentence.to_owned()))));
    }
    Ok(Some(Ok(Written::Replay(Box::new(Replayed {
        key: Arc::unwrap_or_clone(minted.key),
        owner: Arc::unwrap_or_clone(owner),
        sealed_secret,
    })))))
}

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

/// Keeps an answer.
pub(super) fn keep(
    connection: &Connection,
    replay: &NewReplay,
    key_id: KeyId,
    replaced_key_id: Option<KeyId>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO replays
                 (id, fingerprint, sealed_secret, key_id, replaced_key_id, expires_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            replay.id.0,
            replay.fingerprint,
            &replay.sealed_secret,
            key_id.0,
            replaced_key_id.map(|id| id.0),
            replay.expires_at_ms,
        ))
        .map(drop)
}
