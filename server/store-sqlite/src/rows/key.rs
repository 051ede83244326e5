//! The row of a key and of its credits: how it is read from SQLite, and how it is written.
//! Leaves the columns to `store`'s rows, which rows are read to the queries, and which are written to the rules.

use rusqlite::{CachedStatement, Row, named_params, params};

use super::columns::{Stored, misread, one, write_limits};
use keywright_model::credits::Credits;
use keywright_model::id::KeyId;
use keywright_model::key::Key;
use keywright_store::NewKey;
use keywright_store::cache::Minted;
use keywright_store::rows::{self, write_networks};

pub(crate) fn minted(row: &Row<'_>) -> rusqlite::Result<Minted> {
    rows::minted(&Stored(row)).map_err(misread)
}

pub(super) fn credits(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Credits>> {
    rows::credits(&Stored(row), first).map_err(misread)
}

pub(crate) const INSERT_KEY: &str = "INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
         pepper_version, enabled, created_at_ms, expires_at_ms, lineage, rate_limits, ip_allow, reach, end_given)
     VALUES (:id, :kind, :owner_id, :name, :hint, :scopes, :metadata, :digest,
         :pepper_version, :enabled, :created_at_ms, :expires_at_ms, :lineage, :rate_limits, :ip_allow, :reach,
         :end_given)";

pub(crate) fn insert_key(statement: CachedStatement<'_>, new: &NewKey) -> rusqlite::Result<()> {
    let key = &new.key;
    one(
        statement,
        named_params! {
            ":id": key.id.0,
            ":kind": key.kind.word(),
            ":owner_id": key.owner_id.0,
            ":name": key.name,
            ":hint": key.hint,
            ":scopes": key.scopes.to_string(),
            ":metadata": key.metadata.as_str(),
            ":digest": new.digest.0.as_slice(),
            ":pepper_version": new.pepper_version,
            ":enabled": key.enabled,
            ":created_at_ms": key.created_at_ms,
            ":expires_at_ms": key.expires_at_ms,
            ":lineage": key.lineage.0,
            ":rate_limits": write_limits(&key.rate_limits)?,
            ":ip_allow": write_networks(&key.ip_allow),
            ":reach": key.reach.word(),
            ":end_given": key.end_is_given,
        },
    )
}

pub(crate) const AMEND_KEY: &str =
    "UPDATE keys SET enabled = ?2, name = ?3, scopes = ?4, expires_at_ms = ?5,
         rate_limits = ?6, ip_allow = ?7, metadata = ?8, reach = ?9, end_given = ?10
     WHERE id = ?1";

pub(crate) fn amend_key(statement: CachedStatement<'_>, key: &Key) -> rusqlite::Result<()> {
    one(
        statement,
        params![
            key.id.0,
            key.enabled,
            key.name,
            key.scopes.to_string(),
            key.expires_at_ms,
            write_limits(&key.rate_limits)?,
            write_networks(&key.ip_allow),
            key.metadata.as_str(),
            key.reach.word(),
            key.end_is_given,
        ],
    )
}

pub(crate) const OPEN_CREDITS: &str =
    "INSERT INTO credits (lineage, remaining, refill_amount, refill_every, period, epoch)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (lineage) DO UPDATE SET remaining = excluded.remaining,
         refill_amount = excluded.refill_amount, refill_every = excluded.refill_every,
         period = excluded.period, epoch = excluded.epoch";

pub(crate) fn open_credits(
    statement: CachedStatement<'_>,
    lineage: KeyId,
    credits: &Credits,
) -> rusqlite::Result<()> {
    one(
        statement,
        (
            lineage.0,
            credits.remaining,
            credits.refill.map(|refill| refill.amount),
            credits.refill.map(|refill| refill.every.word()),
            credits.period,
            credits.epoch,
        ),
    )
}
