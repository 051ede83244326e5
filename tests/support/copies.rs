//! Many keys at once: copies of one, written into a database beside the server.

use std::path::Path;

use rusqlite::Connection;
use uuid::Uuid;

/// Gives the owner of this key so many more like it, which nobody has the secrets of.
pub(crate) fn copy_key(database: &Path, key_id: &str, count: usize) {
    let id = Uuid::parse_str(key_id).unwrap();
    let connection = Connection::open(database).unwrap();
    connection.busy_timeout(super::PATIENCE).unwrap();
    let copied = connection
        .execute(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)
             INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
                 pepper_version, created_at_ms, lineage)
             SELECT randomblob(16), kind, owner_id, 'copy-' || n, hint, scopes, metadata,
                 randomblob(32), pepper_version, created_at_ms, id
             FROM keys CROSS JOIN n WHERE id = ?1",
            (id, i64::try_from(count).unwrap()),
        )
        .unwrap();
    assert_eq!(copied, count);
}
