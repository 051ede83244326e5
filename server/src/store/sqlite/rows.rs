//! Rows and nouns: the columns, the queries that read them, and the engine's errors.
//! Leaves changes to `write`.

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, ToSql, params_from_iter};
use uuid::Uuid;

use crate::error::Error;
use crate::key::{
    HeldKey, Key, KeyId, Kind, Owner, OwnerId, OwnerKind, RevocationReason, Scopes, Spending, State,
};
use crate::secret::Digest;
use crate::store::KeyFilter;

const OWNER_COLUMNS: &str = "o.id, o.kind, o.name, o.email, o.plan, o.parent_id, o.suspended, \
     o.created_at_ms, o.updated_at_ms, o.credits_month, o.credits_spent";
const OWNER_COLUMNS_LEN: usize = 11;
const KEY_COLUMNS: &str = "k.id, k.kind, k.owner_id, k.name, k.hint, k.scopes, k.metadata, \
     k.enabled, k.created_at_ms, k.expires_at_ms, k.replaced_at_ms, k.replaced_by, \
     k.revoked_at_ms, k.revocation_reason, k.grace_until_ms, k.digest";
const DIGEST_COLUMN: usize = 15;
const KEY_COLUMNS_LEN: usize = 16;

/// A key with its owner and digest, by the digest.
pub(super) fn find_key_by_digest(
    connection: &Connection,
    digest: Digest,
) -> rusqlite::Result<Option<(HeldKey, Digest)>> {
    find(connection, "k.digest = ?1", &digest.0.as_slice())
}

/// A key with its owner and digest, by its id.
pub(super) fn find_key(
    connection: &Connection,
    id: KeyId,
) -> rusqlite::Result<Option<(HeldKey, Digest)>> {
    find(connection, "k.id = ?1", &id.0)
}

/// An owner, by its id.
pub(super) fn find_owner(connection: &Connection, id: OwnerId) -> rusqlite::Result<Option<Owner>> {
    connection
        .prepare_cached(&format!(
            "SELECT {OWNER_COLUMNS} FROM owners o WHERE o.id = ?1"
        ))?
        .query_row([id.0], |row| owner(row, 0))
        .optional()
}

/// A page of keys in the order of their ids.
pub(super) fn list_keys(connection: &Connection, filter: &KeyFilter) -> rusqlite::Result<Vec<Key>> {
    let (conditions, mut values) = conditions(filter);
    values.push((":len_max", Box::new(filter.len_max)));
    values.push((":offset", Box::new(filter.offset)));
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM keys k WHERE {conditions} \
         ORDER BY k.id LIMIT :len_max OFFSET :offset"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(named(&values).as_slice(), key)?;
    rows.collect()
}

/// How many keys there are, whatever the page.
pub(super) fn count_keys(connection: &Connection, filter: &KeyFilter) -> rusqlite::Result<i64> {
    let (conditions, values) = conditions(filter);
    connection
        .prepare_cached(&format!("SELECT count(*) FROM keys k WHERE {conditions}"))?
        .query_row(named(&values).as_slice(), |row| row.get(0))
}

type Values = Vec<(&'static str, Box<dyn ToSql>)>;

/// What a filter asks for, as a condition and the values in it.
fn conditions(filter: &KeyFilter) -> (String, Values) {
    let mut conditions = vec!["true"];
    let mut values: Values = Vec::new();
    if let Some(owner_id) = filter.owner_id {
        conditions.push("k.owner_id = :owner_id");
        values.push((":owner_id", Box::new(owner_id.0)));
    }
    if let Some(kind) = filter.kind {
        conditions.push("k.kind = :kind");
        values.push((":kind", Box::new(kind.word())));
    }
    if let Some(name) = &filter.name {
        conditions.push("k.name = :name");
        values.push((":name", Box::new(name.clone())));
    }
    if let Some(after) = filter.after {
        conditions.push("k.id > :after");
        values.push((":after", Box::new(after.0)));
    }
    if let Some(state) = filter.state {
        conditions.push(state_condition(state));
        if state != State::Revoked {
            values.push((":now_ms", Box::new(filter.now_ms)));
        }
    }
    (conditions.join(" AND "), values)
}

fn named(values: &Values) -> Vec<(&str, &dyn ToSql)> {
    values
        .iter()
        .map(|(name, value)| (*name, value.as_ref()))
        .collect()
}

/// What `Key::state` says, as a condition on the row.
fn state_condition(state: State) -> &'static str {
    match state {
        State::Revoked => "k.revoked_at_ms IS NOT NULL",
        State::Replaced => {
            "k.revoked_at_ms IS NULL AND k.replaced_by IS NOT NULL \
             AND coalesce(k.grace_until_ms <= :now_ms, true)"
        }
        State::Expired => {
            "k.revoked_at_ms IS NULL \
             AND (k.replaced_by IS NULL OR coalesce(k.grace_until_ms > :now_ms, false)) \
             AND k.expires_at_ms <= :now_ms"
        }
        State::Disabled => {
            "k.revoked_at_ms IS NULL \
             AND (k.replaced_by IS NULL OR coalesce(k.grace_until_ms > :now_ms, false)) \
             AND coalesce(k.expires_at_ms > :now_ms, true) AND NOT k.enabled"
        }
        State::Live => {
            "k.revoked_at_ms IS NULL \
             AND (k.replaced_by IS NULL OR coalesce(k.grace_until_ms > :now_ms, false)) \
             AND coalesce(k.expires_at_ms > :now_ms, true) AND k.enabled"
        }
    }
}

fn find(
    connection: &Connection,
    condition: &str,
    value: &dyn ToSql,
) -> rusqlite::Result<Option<(HeldKey, Digest)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {KEY_COLUMNS}, {OWNER_COLUMNS} \
             FROM keys k JOIN owners o ON o.id = k.owner_id WHERE {condition}"
        ))?
        .query_row(params_from_iter([value]), |row| {
            let held = HeldKey {
                key: key(row)?,
                owner: owner(row, KEY_COLUMNS_LEN)?,
            };
            Ok((held, Digest(row.get(DIGEST_COLUMN)?)))
        })
        .optional()
}

fn owner(row: &Row<'_>, first: usize) -> rusqlite::Result<Owner> {
    const { assert!(OWNER_COLUMNS_LEN == 11, "one line below for each column") };
    Ok(Owner {
        id: OwnerId(row.get(first)?),
        kind: word(row, first + 1, OwnerKind::from_word)?,
        name: row.get(first + 2)?,
        email: row.get(first + 3)?,
        plan: row.get(first + 4)?,
        parent_id: row.get::<_, Option<Uuid>>(first + 5)?.map(OwnerId),
        suspended: row.get(first + 6)?,
        created_at_ms: row.get(first + 7)?,
        updated_at_ms: row.get(first + 8)?,
        spending: Spending {
            month: row.get(first + 9)?,
            spent: row.get(first + 10)?,
        },
    })
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    let reason: Option<String> = row.get(13)?;
    Ok(Key {
        id: KeyId(row.get(0)?),
        kind: word(row, 1, Kind::from_word)?,
        owner_id: OwnerId(row.get(2)?),
        name: row.get(3)?,
        hint: row.get(4)?,
        scopes: Scopes::parse(&row.get::<_, String>(5)?),
        metadata: serde_json::from_str(&row.get::<_, String>(6)?)
            .map_err(|error| unreadable(6, error))?,
        enabled: row.get(7)?,
        created_at_ms: row.get(8)?,
        expires_at_ms: row.get(9)?,
        replaced_at_ms: row.get(10)?,
        replaced_by: row.get::<_, Option<Uuid>>(11)?.map(KeyId),
        grace_until_ms: row.get(14)?,
        revoked_at_ms: row.get(12)?,
        revocation_reason: reason.as_deref().and_then(RevocationReason::from_word),
    })
}

fn word<T>(row: &Row<'_>, column: usize, read: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    read(&word).ok_or_else(|| unreadable(column, format!("`{word}` is not known")))
}

fn unreadable(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
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
