//! The queries that read one key or owner, the conditions that queries share, and the engine's errors.
//! Leaves columns and their meaning to `store`'s rows, lists to `lists`, and changes to `apply`.

mod changed;
mod columns;
mod key;
mod lists;
mod owner;
mod reach;

use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, ToSql, params_from_iter};
use uuid::Uuid;

pub(super) use changed::{
    find_holder, read_control_keys, read_credits, read_credits_before, read_in_grace, read_key_row,
    read_lineage, read_named, read_owner_row,
};
pub(super) use columns::{Stored, one, write_limits};
pub(super) use key::{
    AMEND_KEY, INSERT_KEY, OPEN_CREDITS, amend_key, insert_key, minted, open_credits,
};
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::State;
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::secret::Digest;
use keywright_store::DIGESTS_MAX;
use keywright_store::cache::{Minted, Read};
use keywright_store::rows::{
    KEYS, Listed as _, OWNER_BEHIND_KEY, OwnerColumn, in_state, key_columns,
};
pub(super) use lists::{count_keys, list_events, list_keys, list_owners};
pub(super) use owner::{AMEND_OWNER, INSERT_OWNER, amend_owner, insert_owner, owner};
pub(super) use reach::{is_ancestor, list_reaching_all};

/// The current named key of this name and those in their grace, by the indexes of both.
const OF_THIS_NAME: &str = "k.id IN (
        SELECT id FROM keys
        WHERE owner_id = :owner_id AND name = :name AND kind = 'named' AND current
        UNION
        SELECT id FROM keys
        WHERE owner_id = :owner_id AND name = :name AND kind = 'named' AND grace_until_ms IS NOT NULL
    )";

/// A key with its owner and digest, by the digest, and the position of the database.
pub(super) fn find_key_by_digest(
    connection: &Connection,
    digest: Digest,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    find(connection, "k.digest = ?1", &digest.0.as_slice())
}

/// The same by one of several digests; of one moment, so that a change of the digest is not missed.
pub(super) fn find_key_by_digests(
    connection: &Connection,
    digests: &Digests,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    let all: Vec<Digest> = digests.iter().copied().collect();
    let at = |index: usize| all.get(index).unwrap_or(&digests.newest).0;
    let values: [[u8; 32]; DIGESTS_MAX] = std::array::from_fn(at);
    find_by(
        connection,
        "k.digest IN (?1, ?2, ?3, ?4)",
        values.iter().map(<[u8; 32]>::as_slice),
    )
}

/// A key with its owner and digest, by its id, and the position of the database.
pub(super) fn find_key(
    connection: &Connection,
    id: KeyId,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    find(connection, "k.id = ?1", &id.0)
}

/// A key and its digest, by its id.
pub(super) fn read_key(connection: &Connection, id: KeyId) -> rusqlite::Result<Option<Minted>> {
    connection
        .prepare_cached(&key_by_id())?
        .query_row([id.0], minted)
        .optional()
}

/// What reads all keys, and where each stands.
pub(super) fn every_key() -> String {
    format!("SELECT {}, k.rowid AS rowid FROM {KEYS}", key_columns())
}

/// What reads all owners, and where each stands.
pub(super) fn every_owner() -> String {
    format!(
        "SELECT {}, o.rowid AS rowid FROM owners o",
        OwnerColumn::SQL
    )
}

/// What reads a key.
pub(super) fn key_by_id() -> String {
    format!("SELECT {} FROM {KEYS} WHERE k.id = ?1", key_columns())
}

/// Some digests behind the last one, in their order.
pub(super) fn list_digests(
    connection: &Connection,
    last: &[u8],
    len_max: u32,
) -> rusqlite::Result<Vec<Digest>> {
    connection
        .prepare_cached(
            "SELECT digest FROM keys WHERE digest > ?1 AND length(digest) = 32
             ORDER BY digest LIMIT ?2",
        )?
        .query_map((last, len_max), |row| row.get(0).map(Digest))?
        .collect()
}

/// An owner that was not deleted, by its id.
pub(super) fn read_owner(connection: &Connection, id: OwnerId) -> rusqlite::Result<Option<Owner>> {
    find_owner(connection, id).map(|read| read.found.map(Arc::unwrap_or_clone))
}

/// An owner that was not deleted, by its id, and the position of the database.
pub(super) fn find_owner(
    connection: &Connection,
    id: OwnerId,
) -> rusqlite::Result<Read<Arc<Owner>>> {
    connection
        .prepare_cached(&format!(
            "SELECT {}, h.position FROM head h \
             LEFT JOIN owners o ON o.id = ?1 AND o.deleted_at_ms IS NULL",
            OwnerColumn::SQL
        ))?
        .query_row([id.0], |row| {
            Ok(Read {
                found: is_there(row)?
                    .then(|| owner(row, 0).map(Arc::new))
                    .transpose()?,
                position: row.get("position")?,
            })
        })
}

fn find(
    connection: &Connection,
    condition: &str,
    value: &dyn ToSql,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    find_by(connection, condition, [value])
}

fn find_by(
    connection: &Connection,
    condition: &str,
    values: impl IntoIterator<Item: ToSql>,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {}, {}, h.position FROM head h \
             LEFT JOIN keys k ON {condition} \
             LEFT JOIN owners o ON o.id = k.owner_id LEFT JOIN credits c ON c.lineage = k.lineage",
            key_columns(),
            OwnerColumn::SQL
        ))?
        .query_row(params_from_iter(values), |row| {
            let found = if is_there(row)? {
                Some((minted(row)?, Arc::new(owner(row, OWNER_BEHIND_KEY)?)))
            } else {
                None
            };
            Ok(Read {
                found,
                position: row.get("position")?,
            })
        })
}

/// Whether the row holds more than the position: its first column is an id.
fn is_there(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get::<_, Option<Uuid>>(0)?.is_some())
}

/// What `Key::state` says, as a condition on the row.
fn state_condition(state: State) -> String {
    in_state(state, ":now_ms")
}

/// What an error of a statement means: the database cannot be used now, or something is broken.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(super) fn fault(error: rusqlite::Error) -> Error {
    let cause = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ReadOnly
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory,
        ) => Error::Unavailable { cause },
        _ => Error::Internal { cause },
    }
}
