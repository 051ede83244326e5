//! What was decided, written: each change of a row is a statement, in the order of the decisions.
//! Leaves what is decided to the rules, and the transaction to `write`.

use rusqlite::{CachedStatement, Connection, Params, named_params, params};

use super::{rows, tombstones};
use keywright_model::credits::Credits;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::Key;
use keywright_model::owner::Owner;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use keywright_store::snapshot::KeptAnswer;
use keywright_store::{Amendment, NewKey, RowChange};

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
            (id.0, rows::write_limits(rate_limits)?),
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

/// Changes one row, neither none nor more.
fn one(mut statement: CachedStatement<'_>, values: impl Params) -> rusqlite::Result<()> {
    match statement.execute(values)? {
        1 => Ok(()),
        rows => Err(rusqlite::Error::StatementChangedRows(rows)),
    }
}

const INSERT_KEY: &str = "INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
         pepper_version, enabled, created_at_ms, expires_at_ms, lineage, rate_limits, ip_allow, reach, end_given)
     VALUES (:id, :kind, :owner_id, :name, :hint, :scopes, :metadata, :digest,
         :pepper_version, :enabled, :created_at_ms, :expires_at_ms, :lineage, :rate_limits, :ip_allow, :reach,
         :end_given)";

fn insert_key(statement: CachedStatement<'_>, new: &NewKey) -> rusqlite::Result<()> {
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
            ":rate_limits": rows::write_limits(&key.rate_limits)?,
            ":ip_allow": rows::write_networks(&key.ip_allow),
            ":reach": key.reach.word(),
            ":end_given": key.end_is_given,
        },
    )
}

const AMEND_KEY: &str = "UPDATE keys SET enabled = ?2, name = ?3, scopes = ?4, expires_at_ms = ?5,
         rate_limits = ?6, ip_allow = ?7, metadata = ?8, reach = ?9, end_given = ?10
     WHERE id = ?1";

fn amend_key(statement: CachedStatement<'_>, key: &Key) -> rusqlite::Result<()> {
    one(
        statement,
        params![
            key.id.0,
            key.enabled,
            key.name,
            key.scopes.to_string(),
            key.expires_at_ms,
            rows::write_limits(&key.rate_limits)?,
            rows::write_networks(&key.ip_allow),
            key.metadata.as_str(),
            key.reach.word(),
            key.end_is_given,
        ],
    )
}

const INSERT_OWNER: &str = "INSERT INTO owners (id, kind, name, email, plan, parent_id, suspended,
         rate_limits, created_at_ms, updated_at_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

fn insert_owner(statement: CachedStatement<'_>, owner: &Owner) -> rusqlite::Result<()> {
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
            rows::write_limits(&owner.rate_limits)?,
            owner.created_at_ms,
            owner.updated_at_ms,
        ],
    )
}

/// What is not amended stays as it is in the row, whether it can be read or not.
const AMEND_OWNER: &str =
    "UPDATE owners SET suspended = coalesce(?2, suspended), name = coalesce(?3, name),
         email = coalesce(?4, email), plan = coalesce(?5, plan),
         rate_limits = coalesce(?6, rate_limits), updated_at_ms = ?7
     WHERE id = ?1 AND deleted_at_ms IS NULL";

fn amend_owner(
    statement: CachedStatement<'_>,
    id: OwnerId,
    amendment: &Amendment,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let limits = amendment.rate_limits.as_deref().map(rows::write_limits);
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

const OPEN_CREDITS: &str =
    "INSERT INTO credits (lineage, remaining, refill_amount, refill_every, period, epoch)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (lineage) DO UPDATE SET remaining = excluded.remaining,
         refill_amount = excluded.refill_amount, refill_every = excluded.refill_every,
         period = excluded.period, epoch = excluded.epoch";

fn open_credits(
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
