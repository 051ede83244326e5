//! Access tokens that were revoked before their end: a row each, until that end.
//! Leaves what a revocation needs to `change`, and what is kept of it in memory to `cache`.

use rusqlite::Connection;

use crate::key::{TokenId, TokenUse};
use crate::store::cache::Read;

/// Rows that are forgotten in one transaction: those who wait for it wait no longer than for so many. It is
/// more than one transaction can add.
const FORGOTTEN_MAX: u32 = 1000;

/// Revokes a token; `false` if it was revoked already.
pub(super) fn revoke(connection: &Connection, token: TokenUse) -> rusqlite::Result<bool> {
    let rows = connection
        .prepare_cached(
            "INSERT INTO revoked_tokens (id, expires_at_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute((token.id.0, token.expires_at_ms))?;
    Ok(rows == 1)
}

/// Whether a token was revoked, and the position at which that is read.
pub(super) fn find(connection: &Connection, id: TokenId) -> rusqlite::Result<Read<()>> {
    connection
        .prepare_cached(
            "SELECT position, EXISTS (SELECT 1 FROM revoked_tokens WHERE id = ?1) FROM head",
        )?
        .query_row([id.0], |row| {
            let is_revoked: bool = row.get(1)?;
            Ok(Read {
                position: row.get(0)?,
                found: is_revoked.then_some(()),
            })
        })
}

/// The instant from which on no token that was revoked would be good anyway; what cannot be read stands for none.
pub(super) fn last_end(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT max(expires_at_ms) FROM revoked_tokens";
    connection.query_row(sql, [], |row| {
        Ok(row
            .get::<_, Option<i64>>(0)
            .map_or(i64::MAX, |end| end.unwrap_or(i64::MIN)))
    })
}

/// Forgets tokens that have ended by now.
pub(super) fn forget(connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM revoked_tokens WHERE rowid IN
                 (SELECT rowid FROM revoked_tokens WHERE expires_at_ms <= ?1 LIMIT ?2)",
        )?
        .execute((now_ms, FORGOTTEN_MAX))
        .map(drop)
}
