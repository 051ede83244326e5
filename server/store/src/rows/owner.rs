//! The row of an owner: the columns, and how they are read.
//! Leaves which rows are read to the engines' queries, and which are written to the rules.

use keywright_model::id::OwnerId;
use keywright_model::owner::{Owner, OwnerKind, Spending};
use uuid::Uuid;

use super::columns::{Columns, columns};
use super::text::read_limits;
use super::{Misread, Unreadable, Values};

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

/// An owner, whose columns begin with the one of this number. One of which something cannot be read is as good as
/// suspended.
///
/// # Errors
/// When it has no id that can be read.
pub fn owner(row: &impl Values, first: usize) -> Result<Owner, Misread> {
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
