//! Changes of users and organizations.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::event::EventAction;
use keywright_model::id::OwnerId;
use keywright_model::owner::{Owner, OwnerKind};
use keywright_store::{Amendment, NewKey, RowChange, Undecided, Written};

use super::bounds::no_parent;
use super::{ChangeTransaction, Ruling, no_owner};

/// How deep organizations stand below one another at most: who reaches one is looked for along its line.
const DEPTH_MAX: u32 = 32;

impl ChangeTransaction<'_, '_> {
    pub(super) fn add_owner(
        &mut self,
        owner: &Owner,
        first_key: Option<&NewKey>,
    ) -> Ruling<Written> {
        self.check_reach_of_new(owner)?;
        if let Some(parent_id) = owner.parent_id {
            let parent = self.snapshot.owner(parent_id)?;
            if parent.is_none_or(|parent| parent.kind != OwnerKind::Organization) {
                return Err(no_parent(parent_id).into());
            }
            if self.depth(parent_id)? >= DEPTH_MAX {
                let detail = format!(
                    "parent_id must have fewer than {DEPTH_MAX} organizations in its line, itself and those above it: \
                     choose one further up"
                );
                return Err(Error::invalid("/parent_id", detail).into());
            }
        }
        if self.snapshot.owner_row(owner.id)?.is_some() {
            let sentence = format!("id '{}' is taken: choose another or leave it out", owner.id);
            return Err(Error::Taken(sentence).into());
        }
        self.make(RowChange::InsertOwner(Arc::new(owner.clone())));
        let mut event = self.event(EventAction::OwnerCreated, owner.id.0, owner.id);
        if let Some(first_key) = first_key {
            self.insert_key(first_key.clone());
            event = event.with(first_key.key.id.0);
        }
        self.events.push(event);
        Ok(Written::Owner(owner.clone()))
    }

    pub(super) fn amend_owner(&mut self, id: OwnerId, amendment: &Amendment) -> Ruling<Written> {
        self.check_reach(id)?;
        if amendment.suspended.is_some() || amendment.rate_limits.is_some() {
            self.check_may_stop(id)?;
        }
        self.check_own_bounds(id, amendment)?;
        self.owner(id)?;
        self.make(RowChange::AmendOwner {
            id,
            amendment: amendment.clone(),
            at_ms: self.now_ms,
        });
        let event = self.event(EventAction::OwnerChanged, id.0, id);
        self.events.push(event.saying(amendment.names()));
        Ok(Written::Owner(self.owner(id)?))
    }

    /// The owner goes, and all its keys with it: its tombstone ends them at once, and their rows follow.
    pub(super) fn delete_owner(&mut self, id: OwnerId) -> Ruling<Written> {
        self.check_reach(id)?;
        self.owner(id)?;
        self.check_may_stop(id)?;
        if self.snapshot.children(id)? > 0 {
            let sentence = "the organization has others below it: delete those first";
            return Err(Error::Taken(sentence.to_owned()).into());
        }
        let at_ms = self.now_ms;
        self.make(RowChange::DeleteOwner { id, at_ms });
        let event = self.event(EventAction::OwnerDeleted, id.0, id);
        self.events.push(event);
        let gone = self.snapshot.owner_row(id)?;
        let gone = gone.ok_or_else(|| no_owner(id))?;
        Ok(Written::Owner(Owner::clone(&gone.owner)))
    }

    /// An owner that must be there.
    fn owner(&self, id: OwnerId) -> Result<Owner, Undecided> {
        let found = self.snapshot.owner(id)?;
        Ok(Owner::clone(found.ok_or_else(|| no_owner(id))?))
    }

    /// How many owners stand above one, and it: 1 for one that stands below nobody. No more than the most are counted.
    fn depth(&self, id: OwnerId) -> Ruling<u32> {
        let mut depth = 1;
        let mut above = self.snapshot.owner_row(id)?;
        while depth < DEPTH_MAX
            && let Some(parent_id) = above.and_then(|row| row.owner.parent_id)
        {
            depth += 1;
            above = self.snapshot.owner_row(parent_id)?;
        }
        Ok(depth)
    }
}
