//! The row of an owner: how it is read from SQLite, and how it is written.
//! Leaves the columns to `store`'s rows, which rows are read to the queries, and which are written to the rules.

use rusqlite::{CachedStatement, Row, params};

use super::columns::{Stored, misread, one, write_limits};
use keywright_model::id::OwnerId;
use keywright_model::owner::Owner;
use keywright_store::{Amendment, rows};

pub(crate) fn owner(row: &Row<'_>, first: usize) -> rusqlite::Result<Owner> {
    rows::owner(&Stored(row), first).map_err(misread)
}

pub(crate) const INSERT_OWNER: &str =
    "INSERT INTO owners (id, kind, name, email, plan, parent_id, suspended,
         rate_limits, created_at_ms, updated_at_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

pub(crate) fn insert_owner(statement: CachedStatement<'_>, owner: &Owner) -> rusqlite::Result<()> {
    one(
        statement,
        params![
            owner.id.0,
            owner.kind.word(),
            owner.name,
            owner.email,
            owner.plan,
            owner.parent_id.map(|id| id.0),
            owner.suspended,
            write_limits(&owner.rate_limits)?,
            owner.created_at_ms,
            owner.updated_at_ms,
        ],
    )
}

/// What is not amended stays as it is in the row, whether it can be read or not.
pub(crate) const AMEND_OWNER: &str =
    "UPDATE owners SET suspended = coalesce(?2, suspended), name = coalesce(?3, name),
         email = coalesce(?4, email), plan = coalesce(?5, plan),
         rate_limits = coalesce(?6, rate_limits), updated_at_ms = ?7
     WHERE id = ?1 AND deleted_at_ms IS NULL";

pub(crate) fn amend_owner(
    statement: CachedStatement<'_>,
    id: OwnerId,
    amendment: &Amendment,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let limits = amendment.rate_limits.as_deref().map(write_limits);
    one(
        statement,
        params![
            id.0,
            amendment.suspended,
            amendment.name,
            amendment.email,
            amendment.plan,
            limits.transpose()?,
            at_ms,
        ],
    )
}
