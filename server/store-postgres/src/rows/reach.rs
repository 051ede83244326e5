//! Who stands below whom, and the control keys that reach all.
//! Leaves what follows from that to the rules.

use std::sync::LazyLock;

use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::State;
use keywright_store::rows::{KEYS, in_state};
use tokio_postgres::Row;

use super::get;

/// Whether `$2` is the owner `$1` itself or stands anywhere above it.
pub(super) const IS_ANCESTOR: &str = "WITH RECURSIVE above (id) AS (
         SELECT $1::uuid
         UNION
         SELECT o.parent_id FROM above JOIN owners o ON o.id = above.id
         WHERE o.parent_id IS NOT NULL
     )
     SELECT EXISTS (SELECT FROM above WHERE id = $2)";

/// The live control keys that reach all owners at the instant `$1`, in the order of their ids.
pub(crate) static REACHING_ALL: LazyLock<String> = LazyLock::new(|| {
    let live = in_state(State::Live, "$1");
    format!("SELECT k.id FROM {KEYS} WHERE k.reach = 'all' AND {live} ORDER BY k.id")
});

/// An owner, `?`, and all that stand below it, deleted ones, too.
pub(super) const WITHIN: &str = "(WITH RECURSIVE below (id) AS (
         SELECT ?::uuid
         UNION
         SELECT child.id FROM below JOIN owners child ON child.parent_id = below.id
     )
     SELECT id FROM below)";

pub(crate) fn list_reaching_all(rows: &[Row]) -> Result<Vec<KeyId>, Error> {
    rows.iter().map(|row| get(row, 0).map(KeyId)).collect()
}
