//! What a change comes to: the rows that it changes, as plain data, the events, and the answer.
//! Leaves the rules by which it is decided to the core.

use std::sync::Arc;

use keywright_model::credits::Credits;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, RevocationReason, Usage};
use keywright_model::limit::RateLimit;
use keywright_model::owner::{Owner, Spending};
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;

use crate::cache::Touched;
use crate::event::{Event, TouchedId};
use crate::snapshot::{KeptAnswer, NotLoaded, Snapshot};
use crate::{Amendment, NewKey, Write, Written};

/// The rules by which changes are made: an engine is started with them.
pub trait Decide: Send + Sync {
    /// Decides one change on what the changes before it have left behind, and takes it into the snapshot; one that
    /// is not made leaves that as it is.
    ///
    /// # Errors
    /// Why it is not made.
    fn decide<'a>(
        &self,
        snapshot: &mut Snapshot,
        write: &'a Write,
        now_ms: i64,
    ) -> Result<Decision<'a>, Undecided>;
}

/// What a change comes to; [`Decision::new`] alone makes one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision<'a> {
    /// What is answered.
    pub outcome: Written,
    /// What becomes of the rows, in this order.
    pub rows: Vec<RowChange>,
    /// What the events say about it, oldest first.
    pub events: Vec<Event<'a>>,
}

impl<'a> Decision<'a> {
    /// What was decided, where the snapshot has these changes of rows already. What they have touched, and none of the
    /// events tells by its other members, is told by the last.
    #[must_use]
    pub fn new(
        outcome: Written,
        rows: Vec<RowChange>,
        mut events: Vec<Event<'a>>,
        snapshot: &Snapshot,
        now_ms: i64,
    ) -> Self {
        let mut untold = Vec::new();
        for change in &rows {
            snapshot.visit_touched(change, now_ms, |id| {
                if !events.iter().any(|event| event.tells(id)) {
                    untold.push(id);
                }
            });
        }
        match events.last_mut() {
            Some(last) => last.touched = TouchedId::encode(untold),
            None => debug_assert!(untold.is_empty(), "no event tells of {untold:?}"),
        }
        Self {
            outcome,
            rows,
            events,
        }
    }
}

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// A rule forbids it.
    Refused(Error),
    /// The snapshot lacks something: it must be decided on one of its own.
    NotLoaded(NotLoaded),
}

impl From<Error> for Undecided {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<NotLoaded> for Undecided {
    fn from(lacking: NotLoaded) -> Self {
        Self::NotLoaded(lacking)
    }
}

/// What becomes of a row. Where one was to be changed and there is none, something is broken.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange {
    /// A new key, which holds its place.
    InsertKey(Box<NewKey>),
    /// A key gives its place away.
    SupersedeKey {
        /// Which key.
        id: KeyId,
        /// To which other.
        successor: KeyId,
        /// The first instant at which the successor alone is good.
        replaced_at_ms: Option<i64>,
        /// Until when it is good beside the successor, if it is.
        grace_until_ms: Option<i64>,
    },
    /// A key ends for good.
    EndKey {
        /// Which key.
        id: KeyId,
        /// When.
        at_ms: i64,
        /// Why.
        reason: RevocationReason,
    },
    /// A key gets all of what can be changed about one, but for its credits.
    AmendKey(Arc<Key>),
    /// A key gets other windows, and nothing else of it is written.
    LimitKey {
        /// Which key.
        id: KeyId,
        /// Its windows.
        rate_limits: Vec<RateLimit>,
    },
    /// A key is switched off, and nothing else of it is written.
    SwitchOffKey {
        /// Which key.
        id: KeyId,
    },
    /// A key is digested under a newer pepper.
    RekeyKey {
        /// Which key.
        id: KeyId,
        /// Its digest from now on.
        digest: Digest,
        /// The version of the pepper that made it.
        pepper_version: u32,
    },
    /// A key was used; whether it is there is no matter.
    UseKey {
        /// Which key.
        id: KeyId,
        /// How often since the last time, and when last.
        usage: Usage,
    },
    /// A new user or organization.
    InsertOwner(Arc<Owner>),
    /// Some of an owner's properties.
    AmendOwner {
        /// Which owner.
        id: OwnerId,
        /// What changes.
        amendment: Amendment,
        /// When.
        at_ms: i64,
    },
    /// The end of an owner: from then on its keys are judged by its tombstone.
    DeleteOwner {
        /// Which owner.
        id: OwnerId,
        /// When.
        at_ms: i64,
    },
    /// Credits that an owner has spent.
    ChargeOwner {
        /// Which owner.
        id: OwnerId,
        /// All that it has spent in the month.
        spending: Spending,
    },
    /// A lineage gets credits, or others.
    OpenCredits {
        /// Whose credits.
        lineage: KeyId,
        /// What they are.
        credits: Credits,
    },
    /// Other credits are left to a lineage.
    SetCredits {
        /// Whose credits.
        lineage: KeyId,
        /// What they are now.
        credits: Credits,
    },
    /// The credits of a lineage are no longer counted.
    DropCredits {
        /// Whose credits.
        lineage: KeyId,
    },
    /// An answer is kept for a retry.
    KeepAnswer {
        /// Its id.
        id: Digest,
        /// The answer.
        answer: KeptAnswer,
    },
    /// An access token ends before its time.
    RevokeToken(TokenUse),
}

impl Snapshot {
    /// What the memory must know of these changes, as the snapshot has it now that they are made.
    #[must_use]
    pub fn touched<'a>(
        &self,
        changes: impl IntoIterator<Item = &'a RowChange>,
        now_ms: i64,
    ) -> Touched {
        let mut touched = Touched::default();
        let mut keys: Vec<KeyId> = Vec::new();
        let mut owners: Vec<OwnerId> = Vec::new();
        for change in changes {
            self.visit_touched(change, now_ms, |id| match id {
                TouchedId::Key(id) => keys.push(id),
                TouchedId::NewKey(id) => {
                    touched.mints = true;
                    keys.push(id);
                }
                TouchedId::NewDigest(id) => {
                    // It is as new to the memory as that of a new key.
                    touched.mints = true;
                    touched.rekeys = true;
                    keys.push(id);
                }
                TouchedId::Owner(id) => owners.push(id),
                TouchedId::Token { id, expires_at_ms } => {
                    touched.tokens.push(TokenUse { id, expires_at_ms });
                }
                // Only an event says so, where it has too many to name.
                TouchedId::All => {}
            });
        }
        keys.sort_unstable();
        keys.dedup();
        owners.sort_unstable();
        owners.dedup();
        let key = |id: &KeyId| self.keys.get(id).cloned().flatten();
        touched.keys = keys.iter().filter_map(key).map(|row| row.minted).collect();
        let owner = |id: &OwnerId| self.owners.get(id).cloned().flatten();
        touched.owners = owners
            .iter()
            .filter_map(owner)
            .map(|row| row.owner)
            .collect();
        touched
    }

    /// Tells `visit` what a change of rows has touched of what is kept in memory. With other credits these are the keys
    /// of the lineage that work: the others are never asked for theirs.
    ///
    /// Uses of keys, credits that were set aside and what owners have spent are not kept in memory.
    fn visit_touched(&self, change: &RowChange, now_ms: i64, mut visit: impl FnMut(TouchedId)) {
        match change {
            RowChange::InsertKey(new) => visit(TouchedId::NewKey(new.key.id)),
            RowChange::RekeyKey { id, .. } => visit(TouchedId::NewDigest(*id)),
            RowChange::AmendKey(key) => visit(TouchedId::Key(key.id)),
            RowChange::SupersedeKey { id, .. }
            | RowChange::EndKey { id, .. }
            | RowChange::LimitKey { id, .. }
            | RowChange::SwitchOffKey { id } => visit(TouchedId::Key(*id)),
            RowChange::OpenCredits { lineage, .. } | RowChange::DropCredits { lineage } => {
                for minted in self.lineage(*lineage, now_ms).unwrap_or_default() {
                    visit(TouchedId::Key(minted.key.id));
                }
            }
            RowChange::InsertOwner(owner) => visit(TouchedId::Owner(owner.id)),
            RowChange::AmendOwner { id, .. } | RowChange::DeleteOwner { id, .. } => {
                visit(TouchedId::Owner(*id));
            }
            RowChange::RevokeToken(TokenUse { id, expires_at_ms }) => visit(TouchedId::Token {
                id: *id,
                expires_at_ms: *expires_at_ms,
            }),
            RowChange::UseKey { .. }
            | RowChange::ChargeOwner { .. }
            | RowChange::SetCredits { .. }
            | RowChange::KeepAnswer { .. } => {}
        }
    }
}
