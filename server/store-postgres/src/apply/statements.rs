//! The statements that write changes of one kind, each with a row of `unnest` for every change.
//! Leaves which changes share one to `groups`, and in which order they are sent to `apply`.

use std::sync::LazyLock;

use keywright_model::key::Key;
use keywright_store::rows::{write_limits, write_networks};
use keywright_store::{NewKey, RowChange};

use super::events::APPEND;
use super::groups::ChangeKind;
use crate::flight::Parameter;

/// A statement with its values.
type Filled<'a> = (&'static str, Vec<Parameter<'a>>);

const INSERT_KEY: &str = "INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest, pepper_version, \
         enabled, created_at_ms, expires_at_ms, lineage, rate_limits, ip_allow, reach, end_given) \
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], \
         $8::bytea[], $9::bigint[], $10::boolean[], $11::bigint[], $12::bigint[], $13::uuid[], $14::text[], \
         $15::text[], $16::text[], $17::boolean[])";
static SUPERSEDE_KEY: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE keys k SET current = false, replaced_by = w.successor, replaced_at_ms = w.replaced_at_ms,
             grace_until_ms = w.grace_until_ms
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
             w (id, successor, replaced_at_ms, grace_until_ms)
         WHERE k.id = w.id AND k.current",
    )
});
static END_KEY: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE keys k SET current = false, revoked_at_ms = w.at_ms, revocation_reason = w.reason
         FROM unnest($1::uuid[], $2::bigint[], $3::text[]) w (id, at_ms, reason)
         WHERE k.id = w.id AND k.revoked_at_ms IS NULL",
    )
});
static AMEND_KEY: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE keys k SET enabled = w.enabled, name = w.name, scopes = w.scopes, expires_at_ms = w.expires_at_ms,
             rate_limits = w.rate_limits, ip_allow = w.ip_allow, metadata = w.metadata, reach = w.reach,
             end_given = w.end_given
         FROM unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[],
             $8::text[], $9::text[], $10::boolean[])
             w (id, enabled, name, scopes, expires_at_ms, rate_limits, ip_allow, metadata, reach, end_given)
         WHERE k.id = w.id",
    )
});
static LIMIT_KEY: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE keys k SET rate_limits = w.rate_limits FROM unnest($1::uuid[], $2::text[]) w (id, rate_limits)
         WHERE k.id = w.id",
    )
});
static SWITCH_OFF_KEY: LazyLock<String> = LazyLock::new(|| {
    each("UPDATE keys k SET enabled = false FROM unnest($1::uuid[]) w (id) WHERE k.id = w.id")
});
static REKEY_KEY: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE keys k SET digest = w.digest, pepper_version = w.pepper_version
         FROM unnest($1::uuid[], $2::bytea[], $3::bigint[]) w (id, digest, pepper_version)
         WHERE k.id = w.id",
    )
});
/// Whether the keys are there is no matter.
const USE_KEY: &str = "UPDATE keys k SET uses = k.uses + w.uses, \
         last_used_at_ms = greatest(k.last_used_at_ms, w.last_used_at_ms) \
     FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) w (id, uses, last_used_at_ms) WHERE k.id = w.id";
const INSERT_OWNER: &str = "INSERT INTO owners (id, kind, name, email, plan, parent_id, suspended, rate_limits, \
         created_at_ms, updated_at_ms) \
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::boolean[], \
         $8::text[], $9::bigint[], $10::bigint[])";
/// What is not amended stays as it is in the row, whether it can be read or not.
static AMEND_OWNER: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE owners o SET suspended = coalesce(w.suspended, o.suspended), name = coalesce(w.name, o.name),
             email = coalesce(w.email, o.email), plan = coalesce(w.plan, o.plan),
             rate_limits = coalesce(w.rate_limits, o.rate_limits), updated_at_ms = w.at_ms
         FROM unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
             w (id, suspended, name, email, plan, rate_limits, at_ms)
         WHERE o.id = w.id AND o.deleted_at_ms IS NULL",
    )
});
static DELETE_OWNER: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE owners o SET deleted_at_ms = w.at_ms, updated_at_ms = w.at_ms, suspended = true
         FROM unnest($1::uuid[], $2::bigint[]) w (id, at_ms) WHERE o.id = w.id AND o.deleted_at_ms IS NULL",
    )
});
const SET_TOMBSTONES: &str = "INSERT INTO tombstones (owner_id) SELECT unnest($1::uuid[])";
static CHARGE_OWNER: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE owners o SET credits_month = w.month, credits_spent = w.spent
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) w (id, month, spent) WHERE o.id = w.id",
    )
});
const OPEN_CREDITS: &str = "INSERT INTO credits (lineage, remaining, refill_amount, refill_every, period, epoch) \
     SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[]) \
     ON CONFLICT (lineage) DO UPDATE SET remaining = excluded.remaining, refill_amount = excluded.refill_amount, \
         refill_every = excluded.refill_every, period = excluded.period, epoch = excluded.epoch";
static SET_CREDITS: LazyLock<String> = LazyLock::new(|| {
    each(
        "UPDATE credits c SET remaining = w.remaining, period = w.period
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) w (lineage, remaining, period)
         WHERE c.lineage = w.lineage",
    )
});
const DROP_CREDITS: &str = "DELETE FROM credits WHERE lineage = ANY($1)";
/// An answer whose time is over may lie there until it is forgotten.
static KEEP_ANSWER: LazyLock<String> = LazyLock::new(|| {
    each(
        "INSERT INTO replays AS r (id, fingerprint, sealed_secret, key_id, replaced_key_id, expires_at_ms)
         SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::uuid[], $5::uuid[], $6::bigint[])
         ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint,
             sealed_secret = excluded.sealed_secret, key_id = excluded.key_id,
             replaced_key_id = excluded.replaced_key_id, expires_at_ms = excluded.expires_at_ms
         WHERE r.expires_at_ms <= current_setting('keywright.now_ms')::bigint",
    )
});
const REVOKE_TOKEN: &str =
    "INSERT INTO revoked_tokens (id, expires_at_ms) SELECT * FROM unnest($1::uuid[], $2::bigint[])";

/// All of them, to be prepared.
pub(crate) fn all() -> Vec<&'static str> {
    vec![
        INSERT_KEY,
        &SUPERSEDE_KEY,
        &END_KEY,
        &AMEND_KEY,
        &LIMIT_KEY,
        &SWITCH_OFF_KEY,
        &REKEY_KEY,
        USE_KEY,
        INSERT_OWNER,
        &AMEND_OWNER,
        &DELETE_OWNER,
        SET_TOMBSTONES,
        &CHARGE_OWNER,
        OPEN_CREDITS,
        &SET_CREDITS,
        DROP_CREDITS,
        &KEEP_ANSWER,
        REVOKE_TOKEN,
        APPEND,
    ]
}

/// A statement that fails where it has not changed one row for each id, by a division by zero: nothing else but an
/// error would end the transaction before the COMMIT that is on its way already.
fn each(statement: &str) -> String {
    format!(
        "WITH changed AS ({statement} RETURNING 1)
         SELECT 1 / (count(*) = cardinality($1))::integer FROM changed"
    )
}

/// The marks of owners whose keys' rows have to follow.
pub(super) fn set_tombstones<'a>(changes: &[&'a RowChange]) -> Filled<'a> {
    let ids = changes.iter().filter_map(|change| match change {
        RowChange::DeleteOwner { id, .. } => Some(id.0),
        _ => None,
    });
    (SET_TOMBSTONES, vec![Box::new(ids.collect::<Vec<_>>())])
}

/// Values by column of those changes that are of one form; all are.
macro_rules! columns {
    ($changes:expr, $form:pat => [$($value:expr),+ $(,)?]) => {
        vec![$({
            let mut column = Vec::with_capacity($changes.len());
            for change in $changes {
                #[allow(unused_variables, reason = "each column is of some members")]
                if let $form = *change {
                    column.push($value);
                }
            }
            Box::new(column) as Parameter<'_>
        }),+]
    };
}

impl ChangeKind {
    /// What writes changes of this kind.
    pub(super) fn statement<'a>(self, changes: &[&'a RowChange]) -> Result<Filled<'a>, String> {
        Ok(match self {
            Self::InsertKey => (INSERT_KEY, insert_keys(changes)?),
            Self::AmendKey => (&AMEND_KEY, amend_keys(changes)?),
            Self::LimitKey => (&LIMIT_KEY, limit_keys(changes)?),
            Self::InsertOwner | Self::AmendOwner | Self::DeleteOwner | Self::ChargeOwner => {
                return self.statement_of_owners(changes);
            }
            Self::OpenCredits | Self::SetCredits | Self::DropCredits => {
                self.statement_of_credits(changes)
            }
            Self::SupersedeKey => (
                &SUPERSEDE_KEY,
                columns!(changes, RowChange::SupersedeKey { id, successor, replaced_at_ms, grace_until_ms } => [
                    id.0, successor.0, *replaced_at_ms, *grace_until_ms,
                ]),
            ),
            Self::EndKey => (
                &END_KEY,
                columns!(changes, RowChange::EndKey { id, at_ms, reason } => [id.0, *at_ms, reason.word()]),
            ),
            Self::SwitchOffKey => (
                &SWITCH_OFF_KEY,
                columns!(changes, RowChange::SwitchOffKey { id } => [id.0]),
            ),
            Self::RekeyKey => (
                &REKEY_KEY,
                columns!(changes, RowChange::RekeyKey { id, digest, pepper_version } => [
                    id.0, digest.0.as_slice(), i64::from(*pepper_version),
                ]),
            ),
            Self::UseKey => (
                USE_KEY,
                columns!(changes, RowChange::UseKey { id, usage } => [id.0, usage.count, usage.last_at_ms]),
            ),
            Self::KeepAnswer => (
                &KEEP_ANSWER,
                columns!(changes, RowChange::KeepAnswer { id, answer } => [
                    id.0.as_slice(),
                    answer.fingerprint.as_slice(),
                    answer.sealed_secret.as_slice(),
                    answer.key_id.0,
                    answer.replaced_key_id.map(|id| id.0),
                    answer.expires_at_ms,
                ]),
            ),
            Self::RevokeToken => (
                REVOKE_TOKEN,
                columns!(changes, RowChange::RevokeToken(token) => [token.id.0, token.expires_at_ms]),
            ),
        })
    }

    fn statement_of_owners<'a>(self, changes: &[&'a RowChange]) -> Result<Filled<'a>, String> {
        Ok(match self {
            Self::InsertOwner => (INSERT_OWNER, insert_owners(changes)?),
            Self::AmendOwner => (&AMEND_OWNER, amend_owners(changes)?),
            Self::DeleteOwner => (
                &DELETE_OWNER,
                columns!(changes, RowChange::DeleteOwner { id, at_ms } => [id.0, *at_ms]),
            ),
            _ => (
                &CHARGE_OWNER,
                columns!(changes, RowChange::ChargeOwner { id, spending } => [
                    id.0, spending.month, spending.spent,
                ]),
            ),
        })
    }

    fn statement_of_credits<'a>(self, changes: &[&'a RowChange]) -> Filled<'a> {
        match self {
            Self::OpenCredits => (
                OPEN_CREDITS,
                columns!(changes, RowChange::OpenCredits { lineage, credits } => [
                    lineage.0,
                    credits.remaining,
                    credits.refill.map(|refill| refill.amount),
                    credits.refill.map(|refill| refill.every.word()),
                    credits.period,
                    credits.epoch,
                ]),
            ),
            Self::SetCredits => (
                &SET_CREDITS,
                columns!(changes, RowChange::SetCredits { lineage, credits } => [
                    lineage.0, credits.remaining, credits.period,
                ]),
            ),
            _ => (
                DROP_CREDITS,
                columns!(changes, RowChange::DropCredits { lineage } => [lineage.0]),
            ),
        }
    }
}

fn insert_keys<'a>(changes: &[&'a RowChange]) -> Result<Vec<Parameter<'a>>, String> {
    let new = changes.iter().filter_map(|change| match change {
        RowChange::InsertKey(new) => Some(new.as_ref()),
        _ => None,
    });
    let new: Vec<&'a NewKey> = new.collect();
    let keys: Vec<&'a Key> = new.iter().map(|new| &new.key).collect();
    Ok(vec![
        of(&keys, |key| key.id.0),
        of(&keys, |key| key.kind.word()),
        of(&keys, |key| key.owner_id.0),
        of(&keys, |key| key.name.as_deref()),
        of(&keys, |key| key.hint.as_str()),
        of(&keys, |key| key.scopes.to_string()),
        of(&keys, |key| key.metadata.as_str()),
        of(&new, |new| new.digest.0.as_slice()),
        of(&new, |new| i64::from(new.pepper_version)),
        of(&keys, |key| key.enabled),
        of(&keys, |key| key.created_at_ms),
        of(&keys, |key| key.expires_at_ms),
        of(&keys, |key| key.lineage.0),
        limits(&keys)?,
        of(&keys, |key| write_networks(&key.ip_allow)),
        of(&keys, |key| key.reach.word()),
        of(&keys, |key| key.end_is_given),
    ])
}

fn amend_keys<'a>(changes: &[&'a RowChange]) -> Result<Vec<Parameter<'a>>, String> {
    let keys = changes.iter().filter_map(|change| match change {
        RowChange::AmendKey(key) => Some(key.as_ref()),
        _ => None,
    });
    let keys: Vec<&'a Key> = keys.collect();
    Ok(vec![
        of(&keys, |key| key.id.0),
        of(&keys, |key| key.enabled),
        of(&keys, |key| key.name.as_deref()),
        of(&keys, |key| key.scopes.to_string()),
        of(&keys, |key| key.expires_at_ms),
        limits(&keys)?,
        of(&keys, |key| write_networks(&key.ip_allow)),
        of(&keys, |key| key.metadata.as_str()),
        of(&keys, |key| key.reach.word()),
        of(&keys, |key| key.end_is_given),
    ])
}

fn limit_keys<'a>(changes: &[&'a RowChange]) -> Result<Vec<Parameter<'a>>, String> {
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for change in changes {
        if let RowChange::LimitKey { id, rate_limits } = change {
            ids.push(id.0);
            texts.push(write_limits(rate_limits).map_err(|error| error.to_string())?);
        }
    }
    Ok(vec![Box::new(ids), Box::new(texts)])
}

fn insert_owners<'a>(changes: &[&'a RowChange]) -> Result<Vec<Parameter<'a>>, String> {
    let mut texts = Vec::new();
    for change in changes {
        if let RowChange::InsertOwner(owner) = change {
            texts.push(write_limits(&owner.rate_limits).map_err(|error| error.to_string())?);
        }
    }
    let mut values = columns!(changes, RowChange::InsertOwner(owner) => [
        owner.id.0,
        owner.kind.word(),
        owner.name.as_deref(),
        owner.email.as_deref(),
        owner.plan.as_deref(),
        owner.parent_id.map(|id| id.0),
        owner.suspended,
        owner.created_at_ms,
        owner.updated_at_ms,
    ]);
    values.insert(7, Box::new(texts));
    Ok(values)
}

fn amend_owners<'a>(changes: &[&'a RowChange]) -> Result<Vec<Parameter<'a>>, String> {
    let mut texts: Vec<Option<String>> = Vec::new();
    for change in changes {
        if let RowChange::AmendOwner { amendment, .. } = change {
            let limits = amendment.rate_limits.as_deref().map(write_limits);
            texts.push(limits.transpose().map_err(|error| error.to_string())?);
        }
    }
    let mut values = columns!(changes, RowChange::AmendOwner { id, amendment, at_ms } => [
        id.0,
        amendment.suspended,
        amendment.name.as_deref(),
        amendment.email.as_deref(),
        amendment.plan.as_deref(),
        *at_ms,
    ]);
    values.insert(5, Box::new(texts));
    Ok(values)
}

fn limits(keys: &[&Key]) -> Result<Parameter<'static>, String> {
    let texts = keys.iter().map(|key| write_limits(&key.rate_limits));
    let texts: Result<Vec<String>, _> = texts.collect();
    Ok(Box::new(texts.map_err(|error| error.to_string())?))
}

/// A column.
fn of<'a, T: ?Sized, V>(rows: &[&'a T], value: impl Fn(&'a T) -> V) -> Parameter<'a>
where
    Vec<V>: tokio_postgres::types::ToSql + Send + Sync + 'a,
{
    Box::new(rows.iter().map(|row| value(row)).collect::<Vec<V>>())
}
