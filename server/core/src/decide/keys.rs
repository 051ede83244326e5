//! Changes of keys that are there: their properties, and their end.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::event::EventAction;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, RevocationReason, State};
use keywright_model::secret::repeated;
use keywright_store::event::Event;
use keywright_store::snapshot::KeyPlace;
use keywright_store::{KeyAmendment, Rekeyed, RowChange, Written};

use super::{ChangeTransaction, Ruling, retired, unreadable};

impl ChangeTransaction<'_, '_> {
    /// Lets keys be digested under a newer pepper. One that has another digest by now, or was revoked, stays.
    pub(super) fn rekey(&mut self, rekeyed: &[Rekeyed]) -> Ruling<Written> {
        let mut count = 0;
        for one in rekeyed {
            let row = self.snapshot.key(one.id)?;
            let is_meant = row.is_some_and(|row| {
                row.minted.digest == one.from && row.minted.key.revoked_at_ms.is_none()
            });
            if is_meant {
                count += 1;
                self.make(RowChange::RekeyKey {
                    id: one.id,
                    digest: one.to,
                    pepper_version: one.pepper_version,
                });
            }
        }
        if let Some(one) = rekeyed.first().filter(|_| count > 0) {
            let (now_ms, trail) = (self.now_ms, &self.write.trail);
            let event = Event::rekeyed(count, one.pepper_version, now_ms, trail);
            self.events.push(event);
        }
        Ok(Written::Noted)
    }

    /// Ends a key, and those before it in its lineage that still have their grace: who has a successor ended
    /// means that nobody goes on in its place.
    pub(super) fn revoke(&mut self, id: KeyId, reason: RevocationReason) -> Ruling<Written> {
        let before = self.check_revocation(id)?;
        self.end_all(id, before, reason)
    }

    /// Ends every key of this name that still works: the current one, and those in their grace.
    pub(super) fn revoke_named(
        &mut self,
        owner_id: OwnerId,
        name: &str,
        reason: RevocationReason,
    ) -> Ruling<Written> {
        let named = self.snapshot.named(owner_id, name)?.into_iter();
        let live = named.filter(|minted| minted.key.state(self.now_ms) == State::Live);
        let live: Vec<KeyId> = live.map(|minted| minted.key.id).collect();
        // All of them are looked at before the first ends.
        for id in &live {
            self.check_revocation(*id)?;
        }
        let mut outcome = None;
        for id in live {
            // With the one before it may have ended, too.
            if self.key(id)?.key.state(self.now_ms) == State::Live {
                outcome = Some(self.revoke(id, reason)?);
            }
        }
        let nothing = || Error::NotFound {
            noun: "named key",
            id: repeated(name).to_owned(),
        };
        Ok(outcome.ok_or_else(nothing)?)
    }

    /// Makes sure that a key, and those that end with it, may be ended; returns the latter.
    fn check_revocation(&self, id: KeyId) -> Ruling<Vec<Arc<Key>>> {
        let key = self.key(id)?.key;
        self.check_reach_of(id, key.owner_id)?;
        let before = if key.revoked_at_ms.is_none() {
            self.predecessors(&key)?
        } else {
            Vec::new()
        };
        for key in [&key].into_iter().chain(&before) {
            self.check_target(key)?;
        }
        Ok(before)
    }

    fn end_all(
        &mut self,
        id: KeyId,
        before: Vec<Arc<Key>>,
        reason: RevocationReason,
    ) -> Ruling<Written> {
        self.end(id, reason, None)?;
        for key in before {
            self.end(key.id, reason, key.replaced_by)?;
        }
        Ok(Written::Key(self.key(id)?.key))
    }

    /// Ends a key; one that has ended already stays as it is, and nothing is said about it. The events name
    /// the successor with which it ends, if that is why.
    fn end(&mut self, id: KeyId, reason: RevocationReason, successor: Option<KeyId>) -> Ruling {
        let key = self.key(id)?.key;
        if key.revoked_at_ms.is_some() {
            return Ok(());
        }
        let at_ms = self.now_ms;
        self.make(RowChange::EndKey { id, at_ms, reason });
        let event = self.event(EventAction::KeyRevoked, id.0, key.owner_id);
        let mut event = event.saying(reason.word());
        event.related = successor.map(|successor| successor.0);
        self.events.push(event);
        Ok(())
    }

    pub(super) fn amend_key(&mut self, id: KeyId, amendment: &KeyAmendment) -> Ruling<Written> {
        let old = self.key(id)?.key;
        self.check_reach_of(id, old.owner_id)?;
        if !matches!(old.state(self.now_ms), State::Live | State::Disabled) {
            return Err(retired(&old, self.now_ms).into());
        }
        if !amendment.covers(&old.unreadable) {
            return Err(unreadable(&old).into());
        }
        let key = amendment.applied_to(&old);
        self.check_amendment(&old, &key, amendment)?;
        // A key in its grace has left its place, and with it its name.
        let moves = KeyPlace::of(&key) != KeyPlace::of(&old) && key.replaced_by.is_none();
        let displaced = if moves {
            self.displaced_by(&key)?
        } else {
            None
        };
        let credits = amendment.credits;
        let credits = credits.map(|credits| self.reopened(key.lineage, credits));
        let credits = credits.transpose()?;
        let limited = self.limited_with(&key, amendment)?;
        let switched_off = if amendment.enabled == Some(false) {
            self.predecessors(&key)?
        } else {
            Vec::new()
        };
        self.rows_of_displaced(displaced);
        self.make(RowChange::AmendKey(Arc::new(key)));
        for change in credits.into_iter().chain(limited) {
            self.make(change);
        }
        for before in switched_off.into_iter().filter(|before| before.enabled) {
            self.switch_off(&before, id);
        }
        let event = self.event(EventAction::KeyChanged, id.0, old.owner_id);
        self.events.push(event.saying(amendment.names()));
        Ok(Written::Key(self.key(id)?.key))
    }

    /// What is changed is no wider than the caller's key, and what it becomes is not either.
    fn check_amendment(&self, old: &Key, new: &Key, amendment: &KeyAmendment) -> Ruling {
        self.check_target(old)?;
        self.check_wish(new)?;
        if amendment.credits.is_some() {
            self.check_credits_change(new)?;
        }
        // What is changed of its relatives with it is looked at, too.
        let mut relatives = Vec::new();
        if amendment.rate_limits.is_some() || amendment.credits.is_some() {
            let lineage = self.snapshot.lineage(old.lineage, self.now_ms)?.into_iter();
            relatives.extend(lineage.map(|minted| Arc::clone(&minted.key)));
        } else if amendment.enabled == Some(false) {
            relatives = self.predecessors(old)?;
        }
        for relative in relatives {
            self.check_target(&relative)?;
        }
        Ok(())
    }

    /// A key that lives on beside its successor shares its windows.
    fn limited_with(&self, key: &Key, amendment: &KeyAmendment) -> Ruling<Vec<RowChange>> {
        let Some(rate_limits) = &amendment.rate_limits else {
            return Ok(Vec::new());
        };
        let lineage = self.snapshot.lineage(key.lineage, self.now_ms)?.into_iter();
        let relatives = lineage.filter(|minted| minted.key.id != key.id);
        let limited = relatives.map(|minted| RowChange::LimitKey {
            id: minted.key.id,
            rate_limits: rate_limits.clone(),
        });
        Ok(limited.collect())
    }

    /// Switches off one of those before a key that still have their grace: who switches a key off means whoever holds
    /// it. Each of them is switched on by itself.
    fn switch_off(&mut self, before: &Key, with: KeyId) {
        let id = before.id;
        self.make(RowChange::SwitchOffKey { id });
        let event = self.event(EventAction::KeyChanged, id.0, before.owner_id);
        self.events.push(event.saying("enabled").with(with.0));
    }

    /// The keys of its lineage that still work and stand before a key, whatever became of those between them; those
    /// that end first before the others.
    fn predecessors(&self, key: &Key) -> Ruling<Vec<Arc<Key>>> {
        let in_grace = self.snapshot.in_grace(key.lineage, self.now_ms)?;
        let in_grace = in_grace.into_iter().map(|minted| Arc::clone(&minted.key));
        let mut found: Vec<Arc<Key>> = in_grace.collect();
        // It and those behind it; few, as a rule none, for the newest of a lineage is what is asked for.
        let mut behind = Some(key.id);
        while let Some(id) = behind {
            found.retain(|other| other.id != id);
            behind = self.snapshot.successor(id, key.lineage)?;
        }
        found.sort_by_key(|other| (other.grace_until_ms, other.id));
        Ok(found)
    }
}
