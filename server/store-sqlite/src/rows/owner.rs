//! The row of an owner: the columns, how they are read, and how an owner is written.
//! Leaves which rows are read to the queries, and which are written to the rules.

use rusqlite::{CachedStatement, Row, params};
use uuid::Uuid;

use super::columns::{Columns, columns, one, read_limits, write_limits};
use crate::unreadable::Unreadable;
use keywright_model::id::OwnerId;
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_store::Amendment;

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
