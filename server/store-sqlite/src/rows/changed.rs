//! Rows as the rules need them: what a change names, and what belongs to that.
//! Leaves which of it a change needs to `load`.

use std::sync::Arc;

use rusqlite::{
    Connection, OptionalExtension as _, Params, Row, ToSql, named_params, params_from_iter,
};

use super::key::{credits, minted};
use super::owner::owner;
use super::{OF_THIS_NAME, state_condition};
use keywright_model::credits::Credits;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::State;
use keywright_store::rows::{CreditColumn, KEYS, Listed as _, OwnerColumn, UNREVOKED, key_columns};
use keywright_store::snapshot::{KeyPlace, KeyRow, OwnerRow};

/// A key as the rules need it, by its id.
pub(crate) fn read_key_row(connection: &Connection, id: KeyId) -> rusqlite::Result<Option<KeyRow>> {
    Ok(key_rows(connection, "k.id = ?1", [id.0])?.pop())
}

/// The key that holds a place. The kind is written out, or no partial index would serve.
pub(crate) fn find_holder(
    connection: &Connection,
    place: &KeyPlace,
) -> rusqlite::Result<Option<KeyId>> {
    let named = if place.name.is_some() {
        " AND name = ?2"
    } else {
        ""
    };
    let sql = format!(
        "SELECT id FROM keys WHERE owner_id = ?1 AND kind = '{}' AND current{named}",
        place.kind.word()
    );
    let owner_id: &dyn ToSql = &place.owner_id.0;
    let name = place.name.iter().map(|name| name as &dyn ToSql);
    let parameters = params_from_iter([owner_id].into_iter().chain(name));
    let mut statement = connection.prepare_cached(&sql)?;
    let holder = statement.query_row(parameters, |row| row.get(0).map(KeyId));
    holder.optional()
}

/// The keys that a condition lets through, in the order that it asks for.
fn key_rows(
    connection: &Connection,
    condition: &str,
    parameters: impl Params,
) -> rusqlite::Result<Vec<KeyRow>> {
    let sql = format!(
        "SELECT {}, k.current AS current FROM {KEYS} WHERE {condition}",
        key_columns()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(parameters, key_row)?;
    rows.collect()
}

fn key_row(row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    Ok(KeyRow {
        minted: minted(row)?,
        // One of which that cannot be read holds no place.
        is_current: row.get("current").unwrap_or_default(),
    })
}

/// The current or the dying keys of an organization with this name.
pub(crate) fn read_named(
    connection: &Connection,
    owner_id: OwnerId,
    name: &str,
) -> rusqlite::Result<Vec<KeyRow>> {
    let condition = format!("{OF_THIS_NAME} AND {UNREVOKED} ORDER BY k.id");
    let parameters = named_params! { ":owner_id": owner_id.0, ":name": name };
    key_rows(connection, &condition, parameters)
}

/// The keys of a lineage that still have their grace.
pub(crate) fn read_in_grace(
    connection: &Connection,
    lineage: KeyId,
    now_ms: i64,
) -> rusqlite::Result<Vec<KeyRow>> {
    let condition = format!("k.lineage = ?1 AND k.grace_until_ms > ?2 AND {UNREVOKED}");
    key_rows(connection, &condition, (lineage.0, now_ms))
}

/// The keys of a lineage that still work: the newest, and those in their grace.
pub(crate) fn read_lineage(
    connection: &Connection,
    lineage: KeyId,
    now_ms: i64,
) -> rusqlite::Result<Vec<KeyRow>> {
    let condition = format!(
        "(k.id = ?1 OR (k.lineage = ?1 AND k.lineage <> k.id)) AND {UNREVOKED} \
             AND (k.replaced_by IS NULL OR k.grace_until_ms > ?2)"
    );
    key_rows(connection, &condition, (lineage.0, now_ms))
}

/// The control keys of an owner that may be used now or once they are switched on.
pub(crate) fn read_control_keys(
    connection: &Connection,
    owner_id: OwnerId,
    now_ms: i64,
) -> rusqlite::Result<Vec<KeyRow>> {
    let condition = format!(
        "k.kind = 'control' AND k.owner_id = :owner_id AND (({}) OR ({})) ORDER BY k.id",
        state_condition(State::Live),
        state_condition(State::Disabled)
    );
    let parameters = named_params! { ":owner_id": owner_id.0, ":now_ms": now_ms };
    key_rows(connection, &condition, parameters)
}

/// An owner as the rules need it, deleted or not, by its id.
pub(crate) fn read_owner_row(
    connection: &Connection,
    id: OwnerId,
) -> rusqlite::Result<Option<OwnerRow>> {
    let sql = format!("SELECT {} FROM owners o WHERE o.id = ?1", OwnerColumn::SQL);
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row([id.0], |row| {
        Ok(OwnerRow {
            owner: Arc::new(owner(row, 0)?),
            is_suspended: row.get("suspended").unwrap_or(true),
        })
    });
    found.optional()
}

/// The credits of a lineage of keys.
pub(crate) fn read_credits(
    connection: &Connection,
    lineage: KeyId,
) -> rusqlite::Result<Option<Credits>> {
    connection
        .prepare_cached(&format!(
            "SELECT {} FROM credits c WHERE c.lineage = ?1",
            CreditColumn::SQL
        ))?
        .query_row([lineage.0], |row| credits(row, 0))
        .optional()
        .map(Option::flatten)
}

/// The credits that a lineage of keys has before it gets others: of those that cannot be read, when they were set
/// is enough.
pub(crate) fn read_credits_before(
    connection: &Connection,
    lineage: KeyId,
) -> rusqlite::Result<Option<Credits>> {
    if let Ok(credits) = read_credits(connection, lineage) {
        return Ok(credits);
    }
    connection
        .prepare_cached("SELECT CAST(epoch AS integer) AS epoch FROM credits WHERE lineage = ?1")?
        .query_row([lineage.0], |row| {
            Ok(Credits {
                remaining: 0,
                refill: None,
                period: 0,
                epoch: row.get("epoch")?,
            })
        })
        .optional()
}
