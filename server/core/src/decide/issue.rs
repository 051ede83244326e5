//! New keys in a place of their own.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::event::EventAction;
use keywright_model::key::{Key, Kind};
use keywright_store::snapshot::KeyPlace;
use keywright_store::{NewKey, RowChange, Written};

use super::{ChangeTransaction, Ruling, no_owner};

impl ChangeTransaction<'_, '_> {
    pub(super) fn issue(&mut self, new: &NewKey) -> Ruling<Written> {
        let owner_id = new.key.owner_id;
        self.check_reach(owner_id)?;
        self.check_wish(&new.key)?;
        // Between the look at the owner and this commit it may have gone.
        if self.snapshot.owner(owner_id)?.is_none() {
            return Err(no_owner(owner_id).into());
        }
        if let Some(limit) = self.write.authority.keys_max
            && self.snapshot.key_count(owner_id)? >= limit
        {
            return Err(Error::KeyLimitReached { limit }.into());
        }
        let displaced = self.displaced_by(&new.key)?;
        let credits = new.key.credits;
        let credits = credits.map(|credits| self.opened(new.key.lineage, credits));
        let credits = credits.transpose()?;
        self.rows_of_displaced(displaced);
        self.insert_key(new.clone());
        if let Some(credits) = credits {
            self.make(credits);
        }
        let event = self.event(EventAction::KeyIssued, new.key.id.0, owner_id);
        self.events.push(event);
        Ok(Written::Key(Arc::clone(&self.key(new.key.id)?.key)))
    }

    /// The expired key that keeps the place, or the name, which this one wants: it keeps it only until then.
    ///
    /// # Errors
    /// When another holds it that has not expired.
    pub(super) fn displaced_by(&self, wants: &Key) -> Ruling<Option<RowChange>> {
        let Some(place) = KeyPlace::of(wants) else {
            return Ok(None);
        };
        let Some(holder) = self.snapshot.holder(&place)? else {
            return Ok(None);
        };
        let holder = &holder.minted.key;
        if holder.id == wants.id {
            return Ok(None);
        }
        if holder
            .expires_at_ms
            .is_some_and(|end_ms| end_ms <= self.now_ms)
        {
            return Ok(Some(RowChange::SupersedeKey {
                id: holder.id,
                successor: wants.id,
                replaced_at_ms: holder.expires_at_ms,
                grace_until_ms: None,
            }));
        }
        let taken = match wants.kind {
            Kind::Named => Error::NameTaken,
            kind => Error::Taken(format!(
                "this owner has its one live key of kind '{}' already: rotate or revoke that key",
                kind.word()
            )),
        };
        Err(taken.into())
    }

    pub(super) fn rows_of_displaced(&mut self, displaced: Option<RowChange>) {
        if let Some(displaced) = displaced {
            self.make(displaced);
        }
    }
}
