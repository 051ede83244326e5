//! New keys in the place of another: never two, never none.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::event::EventAction;
use keywright_model::id::KeyId;
use keywright_model::key::{Key, State};
use keywright_store::snapshot::{KeyPlace, KeyRow};
use keywright_store::{NewKey, Place, RowChange, Written};

use super::{ChangeTransaction, Ruling, no_key, retired, unreadable};

/// At most this many keys of a lineage are in their grace at a time: all of them are changed and ended together.
const IN_GRACE_MAX: usize = 16;

/// What a rotation comes to, and the key that it replaced, if it did.
type Rotated = (Written, Option<KeyId>);

impl ChangeTransaction<'_, '_> {
    /// The old key gives its place to its successor, in one transaction.
    pub(super) fn rotate(
        &mut self,
        place: Place,
        grace_ms: i64,
        successor: &NewKey,
    ) -> Ruling<Rotated> {
        let old = match place {
            Place::Of(id) => {
                let row = self.snapshot.key(id)?;
                Some(row.ok_or_else(|| no_key(id))?.clone())
            }
            Place::OfOwner => self.holder(&successor.key)?,
        };
        let Some(old) = old else {
            return self.fill_place(successor);
        };
        let KeyRow { minted, is_current } = old;
        let old = minted.key;
        if !old.unreadable.is_empty() {
            return Err(unreadable(&old).into());
        }
        self.check_reach_of(old.id, old.owner_id)?;
        if old.form() != successor.key.form() {
            return Ok((Written::Unlike(old), None));
        }
        self.check_target(&old)?;
        let state = old.state(self.now_ms);
        let is_expired = state == State::Expired;
        // The row of a key whose owner was deleted may still hold its place.
        if state == State::Revoked || (is_expired && matches!(place, Place::Of(_))) {
            return Err(retired(&old, self.now_ms).into());
        }
        let until_ms = self.now_ms.saturating_add(grace_ms);
        let until_ms = old
            .expires_at_ms
            .map_or(until_ms, |end_ms| until_ms.min(end_ms));
        let grace_until_ms = (until_ms > self.now_ms).then_some(until_ms);
        if grace_until_ms.is_some()
            && self.snapshot.in_grace(old.lineage, self.now_ms)?.len() >= IN_GRACE_MAX
        {
            let sentence = format!(
                "{IN_GRACE_MAX} keys that this one has replaced are in their grace already: revoke some of them, \
                 or rotate without a grace"
            );
            return Err(Error::Taken(sentence).into());
        }
        // Whoever rotates a key second finds that it has left its place.
        if !is_current {
            return Err(retired(&old, self.now_ms).into());
        }
        let successor = self.successor_of(&old, successor, place, is_expired)?;
        let key_id = successor.key.id;
        self.make(RowChange::SupersedeKey {
            id: old.id,
            successor: key_id,
            replaced_at_ms: Some(until_ms),
            grace_until_ms,
        });
        self.insert_key(successor);
        let event = self.event(EventAction::KeyRotated, old.id.0, old.owner_id);
        self.events.push(event.with(key_id.0));
        let key = Arc::clone(&self.key(key_id)?.key);
        Ok((Written::Key(key), Some(old.id)))
    }

    /// A key in a place that none holds.
    fn fill_place(&mut self, new: &NewKey) -> Ruling<Rotated> {
        let first = self.bounded_by_last(new.clone())?;
        let first = self.bounded_by_caller(first);
        self.check_first(&first.key)?;
        let (id, owner_id) = (first.key.id, first.key.owner_id);
        self.insert_key(first);
        let event = self.event(EventAction::KeyRotated, id.0, owner_id);
        self.events.push(event);
        Ok((Written::Key(Arc::clone(&self.key(id)?.key)), None))
    }

    /// A successor with everything that it takes over, and within the bounds of the caller's key where those count.
    fn successor_of(
        &self,
        old: &Key,
        new: &NewKey,
        place: Place,
        is_expired: bool,
    ) -> Ruling<NewKey> {
        let mut successor = NewKey {
            key: new.key.in_place_of(old),
            ..new.clone()
        };
        if is_expired {
            // Its end has come, and a new key needs another: that of the key which asks, if it has one.
            successor.key.expires_at_ms = new.key.expires_at_ms;
            successor.key.end_is_given = new.key.end_is_given;
            successor = self.bounded_by_caller(successor);
        }
        if matches!(place, Place::OfOwner) && !self.is_caller(old.id) {
            successor = self.bounded_by_caller(successor);
            self.check_first(&successor.key)?;
        }
        Ok(successor)
    }

    /// A new key with the bounds of the one that had its place last: who ends a key does not end its bounds.
    fn bounded_by_last(&self, mut new: NewKey) -> Ruling<NewKey> {
        let last = self.snapshot.last_key(new.key.owner_id, new.key.kind)?;
        if let Some(KeyRow { minted, .. }) = last {
            let last = &minted.key;
            if !last.unreadable.is_empty() {
                return Err(unreadable(last).into());
            }
            new.key.enabled = last.enabled;
            new.key.lineage = last.lineage;
            new.key.credits = last.credits;
            new.key.rate_limits.clone_from(&last.rate_limits);
            new.key.ip_allow.clone_from(&last.ip_allow);
            if last
                .expires_at_ms
                .is_some_and(|end_ms| end_ms > self.now_ms)
            {
                (new.key.expires_at_ms, new.key.end_is_given) =
                    last.end_of_successor(new.key.expires_at_ms);
            }
        }
        Ok(new)
    }

    /// The key that holds the place of its owner's one key of this kind.
    fn holder(&self, new: &Key) -> Ruling<Option<KeyRow>> {
        match KeyPlace::of(new) {
            Some(place) => Ok(self.snapshot.holder(&place)?.cloned()),
            None => Ok(None),
        }
    }
}
