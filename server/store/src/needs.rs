//! What must be read before a change can be decided: all that it names.
//! Leaves reading it to the engines.

use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind};
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;

use crate::snapshot::KeyPlace;
use crate::{Change, KeyAmendment, Place, Write};

/// What one change names. The needs of a batch are those of its changes: what one of them leads to is in none.
///
/// With a kept answer go the key that it issued and its owner. Where the caller's key reaches its owner and those
/// below it only, all owners above each one that is named, and above the owner of each key that is, are needed, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The caller's key.
    pub caller: Option<KeyId>,
    /// The caller's access token, or the one that is to end.
    pub tokens: Vec<TokenUse>,
    /// The kept answer.
    pub kept_answer: Option<Digest>,
    /// Keys.
    pub keys: Vec<KeyId>,
    /// A place, and the key that holds it.
    pub place: Option<KeyPlace>,
    /// The name that the keys are to have: the places that they would hold then.
    pub new_name: Option<String>,
    /// The last key of an owner and a kind.
    pub last_key: Option<(OwnerId, Kind)>,
    /// The named keys of an owner and a name.
    pub named: Option<(OwnerId, String)>,
    /// What is needed of the lineages of the keys, of the key in the place, and of the named keys; with it, which
    /// keys of its lineage come behind each of them.
    pub lineages: Option<LineagePart>,
    /// Owners.
    pub owners: Vec<OwnerId>,
    /// An owner with all that stand above it.
    pub line: Option<OwnerId>,
    /// The control keys of an owner, if the caller's is one.
    pub control_keys: Option<OwnerId>,
    /// How many owners stand below one.
    pub children: Option<OwnerId>,
    /// How many keys an owner has, if that matters below a number.
    pub key_count: Option<(OwnerId, u32)>,
    /// Credits of lineages.
    pub credits: Vec<KeyId>,
    /// Credits of the lineages that the keys belong to.
    pub credits_of_keys: bool,
}

/// How much of a lineage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineagePart {
    /// The keys that are in their grace.
    InGrace,
    /// Those, and the ones that are in use.
    Working,
}

impl Needs {
    /// What a change names.
    #[must_use]
    pub fn of(write: &Write) -> Self {
        let authority = &write.authority;
        let mut needs = Self {
            caller: authority.key_id,
            tokens: authority.token.into_iter().collect(),
            kept_answer: write.replay.as_ref().map(|replay| replay.id),
            owners: authority.owner_ids.clone(),
            ..Self::default()
        };
        needs.add(&write.change, authority.keys_max);
        needs
    }

    fn add(&mut self, change: &Change, keys_max: Option<u32>) {
        match change {
            Change::AddOwner { owner, .. } => {
                self.owners.push(owner.id);
                self.line = owner.parent_id;
            }
            Change::AmendOwner { id, amendment } => {
                self.owners.push(*id);
                let stops = amendment.suspended.is_some() || amendment.rate_limits.is_some();
                self.control_keys = stops.then_some(*id);
            }
            Change::DeleteOwner { id } => {
                self.owners.push(*id);
                self.control_keys = Some(*id);
                self.children = Some(*id);
            }
            Change::Issue(new) => {
                let owner_id = new.key.owner_id;
                self.owners.push(owner_id);
                self.place = KeyPlace::of(&new.key);
                self.key_count = keys_max.map(|keys_max| (owner_id, keys_max));
                self.credits
                    .extend(new.key.credits.map(|_| new.key.lineage));
            }
            Change::Replace {
                place,
                grace_ms,
                successor,
            } => self.add_rotation(*place, *grace_ms, &successor.key),
            Change::Charge { id, .. } => self.owners.push(*id),
            Change::Revoke { id, .. } => {
                self.keys.push(*id);
                self.lineages = Some(LineagePart::InGrace);
            }
            Change::RevokeNamed { owner_id, name, .. } => {
                self.named = Some((*owner_id, name.clone()));
                self.lineages = Some(LineagePart::InGrace);
            }
            Change::RevokeToken { token, .. } => self.tokens.push(*token),
            Change::AmendKey { id, amendment } => self.add_amendment(*id, amendment),
            Change::Reserve { lineage, .. } => self.credits.push(*lineage),
            Change::Settle(settlement) => {
                let unspent = settlement.unspent.iter().map(|left| left.lineage);
                self.credits.extend(unspent);
            }
            Change::Rekey(rekeyed) => self.keys.extend(rekeyed.iter().map(|one| one.id)),
            Change::FollowTombstones
            | Change::Note(_)
            | Change::PruneEvents { .. }
            | Change::BeginPepper(_) => {}
        }
    }

    fn add_rotation(&mut self, place: Place, grace_ms: i64, successor: &Key) {
        match place {
            Place::Of(id) => self.keys.push(id),
            Place::OfOwner => {
                self.place = KeyPlace::of(successor);
                self.last_key = Some((successor.owner_id, successor.kind));
            }
        }
        self.lineages = (grace_ms > 0).then_some(LineagePart::InGrace);
    }

    fn add_amendment(&mut self, id: KeyId, amendment: &KeyAmendment) {
        self.keys.push(id);
        self.new_name = amendment.name.clone().flatten();
        self.credits_of_keys = amendment.credits.is_some();
        self.lineages = if amendment.rate_limits.is_some() || amendment.credits.is_some() {
            Some(LineagePart::Working)
        } else {
            (amendment.enabled == Some(false)).then_some(LineagePart::InGrace)
        };
    }
}
