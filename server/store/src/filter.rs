//! What a list is asked for, and the part of it that is answered.
//! Leaves the meaning of each filter to the engine's queries.

use keywright_model::event::{EventAction, EventOutcome};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Kind, State};
use keywright_model::owner::OwnerKind;

/// The first of what a filter lets through.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// At most as many as were asked for, and no more than fit into some kilobytes, but one at least.
    pub items: Vec<T>,
    /// Whether there may be more.
    pub is_cut: bool,
}

/// Which users or organizations to list.
#[derive(Clone, Debug)]
pub struct OwnerFilter {
    /// Of this kind only.
    pub kind: OwnerKind,
    /// Suspended or active ones only.
    pub suspended: Option<bool>,
    /// With exactly this name only.
    pub name: Option<String>,
    /// With exactly this address only.
    pub email: Option<String>,
    /// Directly below this organization only.
    pub parent_id: Option<OwnerId>,
    /// This owner and those below it only.
    pub within: Option<OwnerId>,
    /// Behind this owner only.
    pub after: Option<OwnerId>,
    /// The most items of a page.
    pub len_max: u32,
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// By this actor only, as the events write it.
    pub actor: Option<String>,
    /// Of this action only.
    pub action: Option<EventAction>,
    /// With this outcome only.
    pub outcome: Option<EventOutcome>,
    /// About this key or owner only.
    pub target_id: Option<uuid::Uuid>,
    /// That concern this owner only.
    pub owner_id: Option<uuid::Uuid>,
    /// That concern this owner or those below it only.
    pub within: Option<OwnerId>,
    /// Behind this position only.
    pub after: Option<i64>,
    /// Before this position only.
    pub before: Option<i64>,
    /// Newest first.
    pub is_descending: bool,
    /// The most items of a page.
    pub len_max: u32,
}

/// Which keys to list.
#[derive(Clone, Debug)]
pub struct KeyFilter {
    /// Of this owner only.
    pub owner_id: Option<OwnerId>,
    /// Of this kind only.
    pub kind: Option<Kind>,
    /// In this state only, at the instant `now_ms`.
    pub state: Option<State>,
    /// With exactly this name only.
    pub name: Option<String>,
    /// Of this owner and those below it only.
    pub within: Option<OwnerId>,
    /// Behind this key only.
    pub after: Option<KeyId>,
    /// How many of them are left out first.
    pub offset: u32,
    /// The instant for which states are worked out, Unix milliseconds.
    pub now_ms: i64,
    /// The most items of a page.
    pub len_max: u32,
}
