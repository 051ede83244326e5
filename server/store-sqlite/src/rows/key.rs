//! The row of a key and of its credits: the columns, how they are read, and how a key is written.
//! Leaves which rows are read to the queries, and which are written to the rules.

use std::sync::Arc;

use rusqlite::{CachedStatement, Row, named_params, params};
use uuid::Uuid;

use super::columns::{Columns, Listed as _, Misread, columns, one, read_limits, write_limits};
use crate::unreadable::Unreadable;
use keywright_model::address::{Network, NetworkError};
use keywright_model::credits::{Credits, Period, Refill};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, Reach, RevocationReason, Usage};
use keywright_model::metadata::Metadata;
use keywright_model::scope::Scopes;
use keywright_model::secret::Digest;
use keywright_store::NewKey;
use keywright_store::cache::Minted;

columns! {
    /// Of `keys k`, joined with their owners and followed by [`CreditColumn`]: an owner's tombstone counts before its
    /// keys have followed.
    KeyColumn {
        Id: "k.id",
        Kind: "k.kind",
        OwnerId: "k.owner_id",
        Name: "k.name",
        Hint: "k.hint",
        Scopes: "k.scopes",
        Reach: "k.reach",
        Metadata: "k.metadata",
        Enabled: "k.enabled",
        CreatedAt: "k.created_at_ms",
        ExpiresAt: "k.expires_at_ms",
        EndIsGiven: "k.end_given",
        ReplacedAt: "k.replaced_at_ms",
        ReplacedBy: "k.replaced_by",
        RevokedAt: "coalesce(k.revoked_at_ms, o.deleted_at_ms)",
        RevocationReason: "iif(k.revoked_at_ms IS NULL AND o.deleted_at_ms IS NOT NULL, \
             'cessation_of_operation', k.revocation_reason)",
        GraceUntil: "k.grace_until_ms",
        Lineage: "k.lineage",
        RateLimits: "k.rate_limits",
        IpAllow: "k.ip_allow",
        Uses: "k.uses",
        LastUsedAt: "k.last_used_at_ms",
        Digest: "k.digest",
    }
}

columns! {
    /// Of `credits c`.
    CreditColumn {
        Remaining: "c.remaining",
        RefillAmount: "c.refill_amount",
        RefillEvery: "c.refill_every",
        Period: "c.period",
        Epoch: "c.epoch",
    }
}

columns! {
    /// Of the same rows, followed by [`CreditColumn`]: what is counted of a key, and whether it ends with its owner.
    CountedColumn {
        Id: "k.id",
        Uses: "k.uses",
        LastUsedAt: "k.last_used_at_ms",
        OwnerDeletedAt: "o.deleted_at_ms",
    }
}

/// Where the columns of an owner begin behind those of its key.
pub(super) const OWNER_BEHIND_KEY: usize = KeyColumn::LEN + CreditColumn::LEN;

/// What selects a key, as [`minted`] reads it.
pub(super) fn key_columns() -> String {
    format!("{}, {}", KeyColumn::SQL, CreditColumn::SQL)
}

pub(crate) fn minted(row: &Row<'_>) -> rusqlite::Result<Minted> {
    Ok(Minted {
        key: Arc::new(key(row)?),
        // A key that says so has none: nobody presents a secret with this one.
        digest: Digest(
            Columns::of(row, 0)
                .get(KeyColumn::Digest)
                .unwrap_or_default(),
        ),
    })
}

/// A key that memory has, with what is counted of it; `None` if it has it not, or not all that the row would say.
pub(super) fn counted_key(
    row: &Row<'_>,
    recall: impl FnOnce(KeyId) -> Option<Arc<Key>>,
) -> Option<Key> {
    use CountedColumn as C;
    let credits = credits(row, C::LEN).ok()?;
    let row = Columns::of(row, 0);
    let owner_deleted_at_ms: Option<i64> = row.get(C::OwnerDeletedAt).ok()?;
    let usage = Usage {
        count: row.get(C::Uses).ok()?,
        last_at_ms: row.get(C::LastUsedAt).ok()?,
    };
    let key = recall(KeyId(row.get(C::Id).ok()?))?;
    // A key that is over is not told of what becomes of its lineage.
    let is_over = key.replaced_by.is_some() || key.revoked_at_ms.is_some();
    let is_whole = key.unreadable.is_empty() && owner_deleted_at_ms.is_none();
    (is_whole && !is_over).then(|| Key {
        usage,
        credits,
        ..Key::clone(&key)
    })
}

/// A key; one of which something cannot be read is as good as disabled.
pub(super) fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    use KeyColumn as C;
    let credits = credits(row, C::LEN);
    let row = Columns::of(row, 0);
    let mut lost = Unreadable::default();
    let reason: Option<String> = lost.or_least("revocation_reason", row.get(C::RevocationReason));
    let key = Key {
        id: KeyId(row.get(C::Id)?),
        kind: lost.or("kind", row.word(C::Kind, Kind::from_word), Kind::Standard),
        owner_id: OwnerId(lost.or_least("owner_id", row.get(C::OwnerId))),
        name: lost.or_least("name", row.get(C::Name)),
        hint: lost.or_least("hint", row.get(C::Hint)),
        scopes: lost.or_least("scopes", row.parse(C::Scopes, read_scopes)),
        reach: lost.or("reach", row.word(C::Reach, Reach::from_word), Reach::Owner),
        metadata: lost.or_least("metadata", row.parse(C::Metadata, read_metadata)),
        enabled: lost.or_least("enabled", row.get(C::Enabled)),
        created_at_ms: lost.or_least("created_at", row.get(C::CreatedAt)),
        expires_at_ms: lost.or_least("expires_at", row.get(C::ExpiresAt)),
        // What is not known to be given was chosen, and stays.
        end_is_given: row.get(C::EndIsGiven).unwrap_or_default(),
        replaced_at_ms: lost.or_least("replaced_at", row.get(C::ReplacedAt)),
        replaced_by: lost
            .or_least("replaced_by", row.get::<Option<Uuid>>(C::ReplacedBy))
            .map(KeyId),
        revoked_at_ms: lost.or("revoked_at", row.get(C::RevokedAt), Some(0)),
        revocation_reason: reason.as_deref().and_then(RevocationReason::from_word),
        grace_until_ms: lost.or_least("grace", row.get(C::GraceUntil)),
        lineage: KeyId(lost.or_least("lineage", row.get(C::Lineage))),
        rate_limits: lost.or_least("rate_limits", row.parse(C::RateLimits, read_limits)),
        ip_allow: lost.or_least("ip_allow", row.parse(C::IpAllow, read_networks)),
        usage: Usage {
            count: lost.or_least("uses", row.get(C::Uses)),
            last_at_ms: lost.or_least("last_used_at", row.get(C::LastUsedAt)),
        },
        credits: lost.or_least("credits", credits),
        unreadable: Vec::new(),
    };
    lost.or_least("digest", row.get::<[u8; 32]>(C::Digest));
    Ok(Key {
        unreadable: lost.into_members(),
        ..key
    })
}

pub(super) fn credits(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Credits>> {
    use CreditColumn as C;
    let row = Columns::of(row, first);
    let Some(remaining) = row.get(C::Remaining)? else {
        return Ok(None);
    };
    let refill = match row.get(C::RefillAmount)? {
        None => None,
        Some(amount) => Some(Refill {
            amount,
            every: row.word(C::RefillEvery, Period::from_word)?,
        }),
    };
    Ok(Some(Credits {
        remaining,
        refill,
        period: row.get(C::Period)?,
        epoch: row.get(C::Epoch)?,
    }))
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

/// The networks of a key as they are stored, separated by spaces.
fn write_networks(networks: &[Network]) -> String {
    let texts: Vec<String> = networks.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

fn read_networks(text: &str) -> Result<Vec<Network>, Misread> {
    let networks = text.split_ascii_whitespace().map(str::parse);
    let networks: Result<_, NetworkError> = networks.collect();
    Ok(networks?)
}

fn read_scopes(text: &str) -> Result<Scopes, Misread> {
    Scopes::read(text).ok_or_else(|| "there are more scopes than a key may have".into())
}

fn read_metadata(text: &str) -> Result<Metadata, Misread> {
    Ok(Metadata::recall(text)?)
}
