//! Access tokens that were revoked before their end: a row each, until that end.
//! Leaves what a revocation needs to the rules, and what is kept of it in memory to `cache`.

use rusqlite::Connection;

use keywright_model::principal::TokenUse;
use keywright_store::cache::Read;
use keywright_store::snapshot::TokenRow;

/// Rows that are forgotten in one transaction: those who wait for it wait no longer than for so many. It is
/// more than one transaction can add.
const FORGOTTEN_MAX: u32 = 1000;

/// What is known of a token, for a change that rests on it or ends it.
pub(super) fn read(connection: &Connection, token: TokenUse) -> rusqlite::Result<TokenRow> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE id = ?1) AS is_listed,
                 EXISTS (SELECT 1 FROM forgotten_tokens WHERE expires_at_ms >= ?2) AS is_forgotten",
        )?
        .query_row((token.id.0, token.expires_at_ms), |row| {
            let (is_listed, is_forgotten) = (row.get("is_listed")?, row.get("is_forgotten")?);
            Ok(TokenRow {
                is_listed,
                is_revoked: is_listed || is_forgotten,
            })
        })
}

/// Whether a token was revoked, and the position at which that is read. One whose revocation may be forgotten
/// has ended, and counts as revoked.
pub(super) fn find(connection: &Connection, token: TokenUse) -> rusqlite::Result<Read<()>> {
    connection
        .prepare_cached(
            "SELECT position, EXISTS (SELECT 1 FROM revoked_tokens WHERE id = ?1)
                 OR EXISTS (SELECT 1 FROM forgotten_tokens WHERE expires_at_ms >= ?2) FROM head",
        )?
        .query_row((token.id.0, token.expires_at_ms), |row| {
            let is_revoked: bool = row.get(1)?;
            Ok(Read {
                position: row.get(0)?,
                found: is_revoked.then_some(()),
            })
        })
}

/// The instant from which on no token that was revoked would be good anyway; what cannot be read stands for none.
pub(super) fn last_end(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT max(expires_at_ms) FROM (SELECT expires_at_ms FROM revoked_tokens
                   UNION ALL SELECT expires_at_ms FROM forgotten_tokens)";
    connection.query_row(sql, [], |row| {
        let read: rusqlite::Result<Option<i64>> = row.get(0);
        Ok(read.map_or(i64::MAX, |end| end.unwrap_or(i64::MIN)))
    })
}

/// Forgets tokens that have ended by now, those that ended first before the others.
pub(super) fn forget(connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    // Where there is none, which is nearly always, nothing is written.
    let noted = connection
        .prepare_cached(
            "INSERT INTO forgotten_tokens (one, expires_at_ms)
                 SELECT 1, last FROM (SELECT max(expires_at_ms) AS last FROM
                     (SELECT expires_at_ms FROM revoked_tokens WHERE expires_at_ms <= ?1
                      ORDER BY expires_at_ms LIMIT ?2)) WHERE last IS NOT NULL
             ON CONFLICT DO UPDATE SET expires_at_ms = max(expires_at_ms, excluded.expires_at_ms)",
        )?
        .execute((now_ms, FORGOTTEN_MAX))?;
    if noted == 0 {
        return Ok(());
    }
    connection
        .prepare_cached(
            "DELETE FROM revoked_tokens WHERE rowid IN
                 (SELECT rowid FROM revoked_tokens WHERE expires_at_ms <= ?1
                  ORDER BY expires_at_ms LIMIT ?2)",
        )?
        .execute((now_ms, FORGOTTEN_MAX))
        .map(drop)
}
