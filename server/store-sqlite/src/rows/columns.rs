//! The columns that keys, owners and events are read from: one list each, of which the statement and the reading are
//! made; and how what a column holds is written and read.
//! Leaves which rows are read to the queries.

use std::marker::PhantomData;
use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::{FromSql, Type};
use uuid::Uuid;

use crate::unreadable::Unreadable;
use keywright_model::address::{Network, NetworkError};
use keywright_model::credits::{Credits, Period, Refill};
use keywright_model::event::EventRecord;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, Reach, RevocationReason, Usage};
use keywright_model::limit::{Limit, RateLimit};
use keywright_model::metadata::Metadata;
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_model::scope::Scopes;
use keywright_model::secret::Digest;
use keywright_store::cache::Minted;

/// Columns in their order.
pub(super) trait Listed: Copy {
    /// What a statement selects.
    const SQL: &str;
    /// How many there are.
    const LEN: usize;

    /// Where one stands among them.
    fn index(self) -> usize;
}

/// Declares columns, each with its text in a statement.
macro_rules! columns {
    (
        $(#[$doc:meta])*
        $name:ident { $first:ident: $first_sql:literal, $($column:ident: $sql:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) enum $name { $first, $($column),+ }

        impl Listed for $name {
            const SQL: &str = concat!($first_sql, $(", ", $sql),+);
            const LEN: usize = [Self::$first, $(Self::$column),+].len();

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

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
    /// Of `owners o`.
    OwnerColumn {
        Id: "o.id",
        Kind: "o.kind",
        Name: "o.name",
        Email: "o.email",
        Plan: "o.plan",
        ParentId: "o.parent_id",
        Suspended: "o.suspended",
        CreatedAt: "o.created_at_ms",
        UpdatedAt: "o.updated_at_ms",
        CreditsMonth: "o.credits_month",
        CreditsSpent: "o.credits_spent",
        RateLimits: "o.rate_limits",
        DeletedAt: "o.deleted_at_ms",
    }
}

columns! {
    /// Of `events`.
    EventColumn {
        Position: "position",
        At: "at_ms",
        Actor: "actor",
        Action: "action",
        Target: "target",
        Related: "related",
        Owner: "owner",
        Outcome: "outcome",
        Detail: "detail",
        RequestId: "request_id",
        ServerRequestId: "server_request_id",
        Address: "address",
    }
}

/// What stands in a row from one column on.
struct Columns<'row, C> {
    row: &'row Row<'row>,
    first: usize,
    names: PhantomData<C>,
}

impl<'row, C: Listed> Columns<'row, C> {
    fn of(row: &'row Row<'row>, first: usize) -> Self {
        Self {
            row,
            first,
            names: PhantomData,
        }
    }

    fn get<T: FromSql>(&self, column: C) -> rusqlite::Result<T> {
        self.row.get(self.first + column.index())
    }

    /// What is read of a text in place.
    fn parse<T>(
        &self,
        column: C,
        read: impl FnOnce(&str) -> Result<T, Misread>,
    ) -> rusqlite::Result<T> {
        let index = self.first + column.index();
        read(self.row.get_ref(index)?.as_str()?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error))
    }

    fn word<T>(&self, column: C, read: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
        self.parse(column, |word| {
            read(word).ok_or_else(|| format!("`{word}` is not known").into())
        })
    }
}

type Misread = Box<dyn std::error::Error + Send + Sync>;

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

/// An owner; one of which something cannot be read is as good as suspended.
pub(crate) fn owner(row: &Row<'_>, first: usize) -> rusqlite::Result<Owner> {
    use OwnerColumn as C;
    let row = Columns::of(row, first);
    let mut lost = Unreadable::default();
    let owner = Owner {
        id: OwnerId(row.get(C::Id)?),
        kind: lost.or(
            "kind",
            row.word(C::Kind, OwnerKind::from_word),
            OwnerKind::User,
        ),
        name: lost.or_least("name", row.get(C::Name)),
        email: lost.or_least("email", row.get(C::Email)),
        plan: lost.or_least("plan", row.get(C::Plan)),
        parent_id: lost
            .or_least("parent_id", row.get::<Option<Uuid>>(C::ParentId))
            .map(OwnerId),
        suspended: lost.or("suspended", row.get(C::Suspended), true),
        created_at_ms: lost.or_least("created_at", row.get(C::CreatedAt)),
        updated_at_ms: lost.or_least("updated_at", row.get(C::UpdatedAt)),
        spending: Spending {
            month: lost.or_least("credits", row.get(C::CreditsMonth)),
            spent: lost.or_least("credits", row.get(C::CreditsSpent)),
        },
        rate_limits: lost.or_least("rate_limits", row.parse(C::RateLimits, read_limits)),
        deleted_at_ms: lost.or("deleted_at", row.get(C::DeletedAt), Some(0)),
        unreadable: Vec::new(),
    };
    let unreadable = lost.into_members();
    Ok(Owner {
        suspended: owner.suspended || !unreadable.is_empty(),
        unreadable,
        ..owner
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

pub(super) fn event(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    use EventColumn as C;
    let row = Columns::of(row, 0);
    Ok(EventRecord {
        position: row.get(C::Position)?,
        at_ms: row.get(C::At)?,
        actor: row.get(C::Actor)?,
        action: row.get(C::Action)?,
        target_id: row.get(C::Target)?,
        related_id: row.get(C::Related)?,
        owner_id: row.get(C::Owner)?,
        outcome: row.get(C::Outcome)?,
        detail: row.get(C::Detail)?,
        request_id: row.get(C::RequestId)?,
        server_request_id: row.get(C::ServerRequestId)?,
        address: row.get(C::Address)?,
    })
}

/// The windows of a key or an owner as they are stored: `[[name, count, window_s, burst], …]`.
pub(crate) fn write_limits(limits: &[RateLimit]) -> rusqlite::Result<String> {
    let rows: Vec<StoredLimit> = limits
        .iter()
        .map(|RateLimit { name, limit }| (name.clone(), limit.count, limit.window_s, limit.burst))
        .collect();
    serde_json::to_string(&rows)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

type StoredLimit = (String, u64, u32, u64);

fn read_limits(text: &str) -> Result<Vec<RateLimit>, Misread> {
    // What nearly all keys have.
    if text == "[]" {
        return Ok(Vec::new());
    }
    let rows: Vec<StoredLimit> = serde_json::from_str(text)?;
    let limits = rows
        .into_iter()
        .map(|(name, count, window_s, burst)| RateLimit {
            name,
            limit: Limit {
                count,
                window_s,
                burst,
            },
        });
    Ok(limits.collect())
}

/// The networks of a key as they are stored, separated by spaces.
pub(crate) fn write_networks(networks: &[Network]) -> String {
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
