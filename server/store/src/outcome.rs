//! What a change came to.
//! Leaves how that is answered to the caller.

use std::sync::Arc;

use super::change::Reservation;
use keywright_model::key::Key;
use keywright_model::owner::Owner;

/// What a change came to.
#[derive(Clone, Debug)]
pub enum Written {
    /// The owner as it now is.
    Owner(Owner),
    /// The key as it now is: the one that was issued, or the one that was revoked.
    Key(Arc<Key>),
    /// The credits that were charged: as many as were left, if that was less.
    Charged(i64),
    /// Credits that may be handed out from memory; an amount of 0 if fewer were left than needed, and
    /// `None` if they are no longer counted.
    Reserved(Option<Reservation>),
    /// What was to be noted is.
    Noted,
    /// The rows of some keys have followed the tombstones of their owners; no more, if all have.
    Followed {
        /// Whether there may be more.
        has_more: bool,
    },
    /// Events were pruned, or there were none to prune.
    Pruned {
        /// How many.
        count: i64,
        /// Whether there may be more.
        has_more: bool,
    },
    /// Nothing changed: an earlier change with the same `Idempotency-Key` was answered already.
    Replay(Box<Replayed>),
    /// Nothing changed: the key to replace is this one, and its successor was of another form.
    Unlike(Arc<Key>),
}

impl Written {
    /// Whether everything is as it was before: such a change need not be committed.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        match self {
            Self::Replay(_) | Self::Unlike(_) => true,
            Self::Reserved(reserved) => reserved.is_none_or(|reserved| reserved.amount == 0),
            Self::Followed { has_more } => !has_more,
            Self::Pruned { count, .. } => *count == 0,
            Self::Owner(_) | Self::Key(_) | Self::Charged(_) | Self::Noted => false,
        }
    }
}

/// The answer of an earlier change.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The key that was issued then, as it now is.
    pub key: Key,
    /// Its owner as it now is.
    pub owner: Owner,
    /// Its secret, sealed.
    pub sealed_secret: Vec<u8>,
}
