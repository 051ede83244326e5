//! The row of a key and of its credits: the columns, how they are read, and what a state means for a row.
//! Leaves which rows are read to the engines' queries, and which are written to the rules.

use std::sync::Arc;

use keywright_model::credits::{Credits, Period, Refill};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, Reach, RevocationReason, State, Usage};
use keywright_model::secret::Digest;
use uuid::Uuid;

use super::columns::{Columns, Listed as _, columns};
use super::text::{read_limits, read_metadata, read_networks, read_scopes};
use super::{Misread, Unreadable, Values};
use crate::cache::Minted;

/// Keys with their credits, and their owners, whose tombstone counts before their rows have followed. They are
/// joined so that an engine begins with the keys, whose indexes give the order.
pub const KEYS: &str =
    "keys k LEFT JOIN owners o ON o.id = k.owner_id LEFT JOIN credits c ON c.lineage = k.lineage";
/// A key that has not ended for good.
pub const UNREVOKED: &str = "k.revoked_at_ms IS NULL AND o.deleted_at_ms IS NULL";

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
        RevocationReason: "CASE WHEN k.revoked_at_ms IS NULL AND o.deleted_at_ms IS NOT NULL \
             THEN 'cessation_of_operation' ELSE k.revocation_reason END",
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
pub const OWNER_BEHIND_KEY: usize = KeyColumn::LEN + CreditColumn::LEN;

/// What selects a key, as [`minted`] reads it.
#[must_use]
pub fn key_columns() -> String {
    format!("{}, {}", KeyColumn::SQL, CreditColumn::SQL)
}

/// What `Key::state` says, as a condition on the row; `now_ms` stands for the instant.
#[must_use]
pub fn in_state(state: State, now_ms: &str) -> String {
    let goes_on =
        format!("(k.replaced_by IS NULL OR coalesce(k.grace_until_ms > {now_ms}, false))");
    let lasts = format!("coalesce(k.expires_at_ms > {now_ms}, true)");
    let rest = match state {
        State::Revoked => {
            return "(k.revoked_at_ms IS NOT NULL OR o.deleted_at_ms IS NOT NULL)".to_owned();
        }
        State::Replaced => {
            format!("k.replaced_by IS NOT NULL AND coalesce(k.grace_until_ms <= {now_ms}, true)")
        }
        State::Expired => format!("{goes_on} AND k.expires_at_ms <= {now_ms}"),
        State::Disabled => format!("{goes_on} AND {lasts} AND NOT k.enabled"),
        State::Live => format!("{goes_on} AND {lasts} AND k.enabled"),
    };
    format!("{UNREVOKED} AND {rest}")
}

/// A key with its digest.
///
/// # Errors
/// When it has no id that can be read.
pub fn minted(row: &impl Values) -> Result<Minted, Misread> {
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
pub fn counted_key(
    row: &impl Values,
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
    let is_whole = key.unreadable.is_empty() && owner_deleted_at_ms.is_none();
    is_whole.then(|| Key {
        usage,
        credits,
        ..Key::clone(&key)
    })
}

/// A key; one of which something cannot be read is as good as disabled.
///
/// # Errors
/// When it has no id that can be read.
pub fn key(row: &impl Values) -> Result<Key, Misread> {
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

/// Credits, whose columns begin with the one of this number; `None` if they are not counted.
///
/// # Errors
/// When something of them cannot be read.
pub fn credits(row: &impl Values, first: usize) -> Result<Option<Credits>, Misread> {
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
