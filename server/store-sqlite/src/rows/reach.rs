//! Who stands below whom, and the control keys that reach all.
//! Leaves what follows from that to the rules.

use rusqlite::Connection;

use super::state_condition;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::State;
use keywright_store::rows::KEYS;

/// An owner, `:within`, and all that stand below it, deleted ones, too.
pub(super) const WITHIN: &str = "(WITH RECURSIVE below (id) AS (
        SELECT :within
        UNION
        SELECT child.id FROM below JOIN owners child ON child.parent_id = below.id
    )
    SELECT id FROM below)";

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
