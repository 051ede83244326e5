//! Who owns keys: users and organizations.

use crate::id::OwnerId;
use crate::limit::RateLimit;

words! {
    /// Who can own keys.
    OwnerKind {
        /// A person.
        User = "user",
        /// An organization.
        Organization = "organization",
    }
}

/// A user or an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its id, given or ours.
    pub id: OwnerId,
    /// Whether it is a user or an organization.
    pub kind: OwnerKind,
    /// An organization's name.
    pub name: Option<String>,
    /// A user's address.
    pub email: Option<String>,
    /// A user's plan.
    pub plan: Option<String>,
    /// The organization above an organization.
    pub parent_id: Option<OwnerId>,
    /// Whether its keys are refused.
    pub suspended: bool,
    /// Windows that all its keys share.
    pub rate_limits: Vec<RateLimit>,
    /// The credits it has spent.
    pub spending: Spending,
    /// When it was created, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it last changed, Unix milliseconds.
    pub updated_at_ms: i64,
    /// When it was deleted, Unix milliseconds.
    pub deleted_at_ms: Option<i64>,
    /// Members whose stored value can no longer be read. While there are any, it counts as suspended.
    pub unreadable: Vec<&'static str>,
}

/// Credits that were spent in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// The month, counted as year * 12 + month.
    pub month: i64,
    /// How many were spent in it.
    pub spent: i64,
}

impl Spending {
    /// What was spent in this month; a new one begins with nothing.
    #[must_use]
    pub fn in_month(self, month: i64) -> i64 {
        if self.month == month { self.spent } else { 0 }
    }
}
