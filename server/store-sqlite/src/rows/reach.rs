//! Who stands below whom, and the control keys that reach all.
//! Leaves what follows from that to `change`.

use std::sync::Arc;

use rusqlite::Connection;

use super::{KEY_COLUMNS, KEYS, minted, state_condition};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, State};

/// An owner, `:within`, and all that stand below it, deleted ones, too.
pub(super) const WITHIN: &str = "(WITH RECURSIVE below (id) AS (
        SELECT :within
        UNION
        SELECT child.id FROM below JOIN owners child ON child.parent_id = below.id
    )
    SELECT id FROM below)";

/// How many owners stand above one, and it: 1 for one that stands below nobody. No more than `depth_max` are counted.
pub(crate) fn depth(connection: &Connection, id: OwnerId, depth_max: u32) -> rusqlite::Result<u32> {
    connection
        .prepare_cached(
            "WITH RECURSIVE above (id, depth) AS (
                 SELECT ?1, 1
                 UNION ALL
                 SELECT o.parent_id, depth + 1 FROM above JOIN owners o ON o.id = above.id
                 WHERE o.parent_id IS NOT NULL AND depth < ?2
             )
             SELECT max(depth) FROM above",
        )?
        .query_row((id.0, depth_max), |row| row.get(0))
}

/// Whether `ancestor` is `id` itself or stands anywhere above it.
pub(crate) fn is_ancestor(
    connection: &Connection,
    ancestor: OwnerId,
    id: OwnerId,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "WITH RECURSIVE above (id) AS (
                 SELECT ?1
                 UNION
                 SELECT o.parent_id FROM above JOIN owners o ON o.id = above.id
                 WHERE o.parent_id IS NOT NULL
             )
             SELECT EXISTS (SELECT 1 FROM above WHERE id = ?2)",
        )?
        .query_row((id.0, ancestor.0), |row| row.get(0))
}

/// The live control keys that reach all owners, in the order of their ids.
pub(crate) fn list_reaching_all(
    connection: &Connection,
    now_ms: i64,
) -> rusqlite::Result<Vec<KeyId>> {
    let live = state_condition(State::Live);
    let sql = format!("SELECT k.id FROM {KEYS} WHERE k.reach = 'all' AND {live} ORDER BY k.id");
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map(&[(":now_ms", &now_ms)], |row| row.get(0).map(KeyId))?;
    rows.collect()
}

/// The first control key of an owner, one that may be used now or once it is switched on, of which this holds.
pub(crate) fn find_control_key(
    connection: &Connection,
    owner_id: OwnerId,
    now_ms: i64,
    holds: impl Fn(&Key) -> bool,
) -> rusqlite::Result<Option<Arc<Key>>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM {KEYS}
         WHERE k.kind = 'control' AND k.owner_id = :owner_id AND (({}) OR ({}))
         ORDER BY k.id",
        state_condition(State::Live),
        state_condition(State::Disabled)
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = rusqlite::named_params! { ":owner_id": owner_id.0, ":now_ms": now_ms };
    for found in statement.query_map(parameters, minted)? {
        let key = found?.key;
        if holds(&key) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}
