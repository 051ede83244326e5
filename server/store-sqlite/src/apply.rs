//! What was decided, written: each change of a row is a statement, in the order of the decisions.
//! Leaves what is decided to the rules, and the transaction to `write`.

use rusqlite::{CachedStatement, Connection};

use super::rows::{
    AMEND_KEY, AMEND_OWNER, INSERT_KEY, INSERT_OWNER, OPEN_CREDITS, amend_key, amend_owner,
    insert_key, insert_owner, one, open_credits, write_limits,
};
use super::tombstones;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use keywright_store::RowChange;
use keywright_store::snapshot::KeptAnswer;

/// Writes one change.
///
/// # Errors
/// Also where there is no such row, or one that must not be there: what was decided rests on something else then.
pub(super) fn apply(connection: &Connection, change: &RowChange) -> rusqlite::Result<()> {
    let prepare = |sql| connection.prepare_cached(sql);
    match change {
        RowChange::InsertKey(new) => insert_key(prepare(INSERT_KEY)?, new),
        RowChange::SupersedeKey {
            id,
            successor,
            replaced_at_ms,
            grace_until_ms,
        } => one(
            prepare(
                "UPDATE keys SET current = false, replaced_by = ?2, replaced_at_ms = ?3, grace_until_ms = ?4
                 WHERE id = ?1 AND current",
            )?,
            (id.0, successor.0, replaced_at_ms, grace_until_ms),
        ),
        RowChange::EndKey { id, at_ms, reason } => one(
            prepare(
                "UPDATE keys SET current = false, revoked_at_ms = ?2, revocation_reason = ?3
                 WHERE id = ?1 AND revoked_at_ms IS NULL",
            )?,
            (id.0, at_ms, reason.word()),
        ),
        RowChange::AmendKey(key) => amend_key(prepare(AMEND_KEY)?, key),
        RowChange::LimitKey { id, rate_limits } => one(
            prepare("UPDATE keys SET rate_limits = ?2 WHERE id = ?1")?,
            (id.0, write_limits(rate_limits)?),
        ),
        RowChange::SwitchOffKey { id } => one(
            prepare("UPDATE keys SET enabled = false WHERE id = ?1")?,
            [id.0],
        ),
        RowChange::RekeyKey {
            id,
            digest,
            pepper_version,
        } => one(
            prepare("UPDATE keys SET digest = ?2, pepper_version = ?3 WHERE id = ?1")?,
            (id.0, digest.0.as_slice(), pepper_version),
        ),
        RowChange::UseKey { id, usage } => prepare(
            "UPDATE keys SET uses = uses + ?2, last_used_at_ms = max(coalesce(last_used_at_ms, ?3), ?3)
             WHERE id = ?1",
        )?
        .execute((id.0, usage.count, usage.last_at_ms))
        .map(drop),
        RowChange::InsertOwner(_)
        | RowChange::AmendOwner { .. }
        | RowChange::DeleteOwner { .. }
        | RowChange::ChargeOwner { .. } => apply_to_owner(connection, change),
        RowChange::OpenCredits { lineage, credits } => {
            open_credits(prepare(OPEN_CREDITS)?, *lineage, credits)
        }
        RowChange::SetCredits { lineage, credits } => one(
            prepare("UPDATE credits SET remaining = ?2, period = ?3 WHERE lineage = ?1")?,
            (lineage.0, credits.remaining, credits.period),
        ),
        RowChange::DropCredits { lineage } => prepare("DELETE FROM credits WHERE lineage = ?1")?
            .execute([lineage.0])
            .map(drop),
        RowChange::KeepAnswer { id, answer } => keep_answer(prepare(KEEP_ANSWER)?, *id, answer),
        RowChange::RevokeToken(TokenUse { id, expires_at_ms }) => one(
            prepare("INSERT INTO revoked_tokens (id, expires_at_ms) VALUES (?1, ?2)")?,
            (id.0, expires_at_ms),
        ),
    }
}

fn apply_to_owner(connection: &Connection, change: &RowChange) -> rusqlite::Result<()> {
    let prepare = |sql| connection.prepare_cached(sql);
    match change {
        RowChange::InsertOwner(owner) => insert_owner(prepare(INSERT_OWNER)?, owner),
        RowChange::AmendOwner {
            id,
            amendment,
            at_ms,
        } => amend_owner(prepare(AMEND_OWNER)?, *id, amendment, *at_ms),
        RowChange::DeleteOwner { id, at_ms } => {
            one(
                prepare(
                    "UPDATE owners SET deleted_at_ms = ?2, updated_at_ms = ?2, suspended = true
                     WHERE id = ?1 AND deleted_at_ms IS NULL",
                )?,
                (id.0, at_ms),
            )?;
            tombstones::set(connection, *id)
        }
        RowChange::ChargeOwner { id, spending } => one(
            prepare("UPDATE owners SET credits_month = ?2, credits_spent = ?3 WHERE id = ?1")?,
            (id.0, spending.month, spending.spent),
        ),
        _ => Ok(()),
    }
}

const KEEP_ANSWER: &str =
    "INSERT INTO replays (id, fingerprint, sealed_secret, key_id, replaced_key_id, expires_at_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

fn keep_answer(
    statement: CachedStatement<'_>,
    id: Digest,
    answer: &KeptAnswer,
) -> rusqlite::Result<()> {
    one(
        statement,
        (
            id.0,
            answer.fingerprint,
            &answer.sealed_secret,
            answer.key_id.0,
            answer.replaced_key_id.map(|id| id.0),
            answer.expires_at_ms,
        ),
    )
}
