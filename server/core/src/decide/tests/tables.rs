//! The smallest engine: rows in plain maps, loaded by what changes need, and written by what was decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use keywright_model::credits::Credits;
use keywright_model::error::Error;
use keywright_model::event::EventAction;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::key::{Key, Kind, State};
use keywright_model::owner::Owner;
use keywright_model::secret::Digest;
use keywright_store::cache::Minted;
use keywright_store::event::TouchedId;
use keywright_store::snapshot::{KeptAnswer, KeyPlace, KeyRow, OwnerRow, TokenRow};
use keywright_store::{Decide as _, Needs, RowChange, Snapshot, Undecided, Write, Written};
use uuid::Uuid;

use super::told::{assert_told, told_by};
use crate::decide::Rules;

/// What an event says, as far as a test asks: what, of whom, and with whom.
pub(super) type Told = (EventAction, Option<Uuid>, Option<Uuid>);

/// All rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    position: i64,
    pub(super) keys: BTreeMap<KeyId, KeyRow>,
    pub(super) owners: BTreeMap<OwnerId, Owner>,
    pub(super) credits: BTreeMap<KeyId, Credits>,
    answers: Vec<(Digest, KeptAnswer)>,
    pub(super) tokens: Vec<TokenId>,
    told: Vec<Told>,
    /// What the events of the newest change say beside that.
    pub(super) touched: Vec<TouchedId>,
}

impl Tables {
    /// Makes one change, alone.
    pub(super) fn make(&mut self, write: &Write, now_ms: i64) -> Result<Written, Error> {
        let mut outcomes = self.make_all(std::slice::from_ref(write), now_ms);
        outcomes.remove(0)
    }

    /// Makes one change that must not be refused, and returns what the events say about it.
    pub(super) fn make_and_tell(&mut self, write: &Write, now_ms: i64) -> Vec<Told> {
        let before = self.told.len();
        self.make(write, now_ms).unwrap();
        self.told.split_off(before)
    }

    /// Makes changes as one batch; what leads to another of it is made alone.
    pub(super) fn make_all(
        &mut self,
        writes: &[Write],
        now_ms: i64,
    ) -> Vec<Result<Written, Error>> {
        let mut snapshot = self.load(writes, now_ms);
        let mut outcomes = Vec::new();
        for write in writes {
            let mut before = snapshot.clone();
            let decided = match Rules.decide(&mut snapshot, write, now_ms) {
                Err(Undecided::NotLoaded(_)) => {
                    snapshot = self.load(writes, now_ms);
                    before = snapshot.clone();
                    Rules.decide(&mut snapshot, write, now_ms)
                }
                decided => decided,
            };
            outcomes.push(match decided {
                Ok(decision) => {
                    let before = self.clone();
                    for change in &decision.rows {
                        self.apply(change);
                    }
                    assert_told(&before, self, &told_by(&decision.events), now_ms);
                    let touched = decision.events.iter();
                    let touched = touched.map(|event| TouchedId::decode(&event.touched));
                    self.touched = touched.flat_map(Option::unwrap).collect();
                    self.position += i64::try_from(decision.events.len()).unwrap();
                    let told = decision.events.iter();
                    self.told
                        .extend(told.map(|event| (event.action, event.target, event.related)));
                    Ok(decision.outcome)
                }
                Err(Undecided::Refused(error)) => {
                    assert_eq!(snapshot, before, "a refusal changed something: {error}");
                    Err(error)
                }
                Err(Undecided::NotLoaded(lacking)) => panic!("{lacking:?} for {write:?}"),
            });
        }
        // What the decisions have seen last is what is in the rows.
        for (id, row) in &snapshot.keys {
            assert_eq!(row.as_ref(), self.key(*id).as_ref());
        }
        for (id, row) in &snapshot.owners {
            let owner = row.as_ref().map(|row| row.owner.as_ref());
            assert_eq!(owner, self.owners.get(id));
        }
        outcomes
    }

    /// A key as its row, its owner's tombstone and its credits say.
    pub(super) fn key(&self, id: KeyId) -> Option<KeyRow> {
        let mut row = self.keys.get(&id)?.clone();
        let deleted_at_ms = self.owners[&row.minted.key.owner_id].deleted_at_ms;
        let key = &mut row.minted.key;
        let credits = self.credits.get(&key.lineage).copied();
        if key.credits != credits {
            Arc::make_mut(key).credits = credits;
        }
        if let Some(at_ms) = deleted_at_ms.filter(|_| key.revoked_at_ms.is_none()) {
            *key = Arc::new(key.ended_with_owner(at_ms));
        }
        Some(row)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = KeyRow> {
        self.keys.keys().filter_map(|id| self.key(*id))
    }

    fn load(&self, writes: &[Write], now_ms: i64) -> Snapshot {
        let mut snapshot = Snapshot {
            position: self.position,
            ..Snapshot::default()
        };
        for write in writes {
            self.load_named(&mut snapshot, &Needs::of(write), now_ms);
        }
        snapshot
    }

    fn load_named(&self, snapshot: &mut Snapshot, needs: &Needs, now_ms: i64) {
        let mut ids: Vec<KeyId> = needs.keys.clone();
        let mut owner_ids = needs.owners.clone();
        owner_ids.extend(needs.line);
        if let Some(place) = &needs.place {
            ids.extend(self.load_place(snapshot, place.clone()));
        }
        if let Some((owner_id, name)) = &needs.named {
            let named = self.ids(|key| {
                key.kind == Kind::Named
                    && key.owner_id == *owner_id
                    && key.name.as_ref() == Some(name)
            });
            ids.extend(&named);
            snapshot.named.insert((*owner_id, name.clone()), named);
        }
        for id in &ids {
            self.load_lineage(snapshot, *id, needs, now_ms);
        }
        ids.extend(needs.caller);
        if let Some((owner_id, kind)) = needs.last_key {
            let of_kind = self.ids(|key| key.owner_id == owner_id && key.kind == kind);
            let last = of_kind.last().copied();
            ids.extend(last);
            snapshot.last_keys.insert((owner_id, kind), last);
        }
        if let Some(owner_id) = needs.control_keys {
            let control = self.ids(|key| key.owner_id == owner_id && key.kind == Kind::Control);
            ids.extend(&control);
            snapshot.control_keys.insert(owner_id, control);
        }
        if let Some(id) = needs.kept_answer {
            let kept = self.answers.iter().find(|(kept, _)| *kept == id);
            let kept = kept.map(|(_, answer)| answer.clone());
            ids.extend(kept.as_ref().map(|kept| kept.key_id));
            snapshot.kept_answers.insert(id, kept);
        }
        for id in ids {
            owner_ids.extend(self.keys.get(&id).map(|row| row.minted.key.owner_id));
            snapshot.keys.insert(id, self.key(id));
        }
        self.load_owners(snapshot, owner_ids);
        self.load_counts(snapshot, needs, now_ms);
    }

    fn load_place(&self, snapshot: &mut Snapshot, place: KeyPlace) -> Option<KeyId> {
        let mut holders = self.keys.values().filter(|row| row.is_current);
        let holder = holders.find(|row| KeyPlace::of(&row.minted.key).as_ref() == Some(&place));
        let holder = holder.map(|row| row.minted.key.id);
        snapshot.places.insert(place, holder);
        snapshot.keys.extend(holder.map(|id| (id, self.key(id))));
        holder
    }

    fn load_lineage(&self, snapshot: &mut Snapshot, id: KeyId, needs: &Needs, now_ms: i64) {
        let Some(key) = self.key(id).map(|row| row.minted.key) else {
            return;
        };
        if let Some(name) = &needs.new_name {
            let mut named = Key::clone(&key);
            named.name = Some(name.clone());
            if let Some(place) = KeyPlace::of(&named) {
                self.load_place(snapshot, place);
            }
        }
        let credits = self.credits.get(&key.lineage).copied();
        snapshot.credits.insert(key.lineage, credits);
        if needs.lineages.is_some() {
            let lineage = self.ids(|other| {
                let works = !matches!(other.state(now_ms), State::Revoked | State::Replaced);
                other.lineage == key.lineage && works
            });
            for id in &lineage {
                snapshot.keys.insert(*id, self.key(*id));
            }
            snapshot.lineages.insert(key.lineage, lineage);
            let mut next = key.replaced_by;
            while let Some(id) = next {
                let behind = self.key(id).map(|row| row.minted.key);
                let behind = behind.filter(|behind| behind.lineage == key.lineage);
                next = behind.and_then(|behind| behind.replaced_by);
                snapshot.successors.insert((id, key.lineage), next);
            }
        }
    }

    fn load_owners(&self, snapshot: &mut Snapshot, ids: Vec<OwnerId>) {
        for id in ids {
            let mut next = Some(id);
            while let Some(id) = next {
                let owner = self.owners.get(&id);
                next = owner.and_then(|owner| owner.parent_id);
                let row = owner.map(|owner| OwnerRow {
                    owner: Arc::new(owner.clone()),
                    is_suspended: owner.suspended,
                });
                snapshot.owners.insert(id, row);
            }
        }
    }

    fn load_counts(&self, snapshot: &mut Snapshot, needs: &Needs, now_ms: i64) {
        for lineage in &needs.credits {
            let credits = self.credits.get(lineage).copied();
            snapshot.credits.insert(*lineage, credits);
        }
        for token in &needs.tokens {
            let is_listed = self.tokens.contains(&token.id);
            let row = TokenRow {
                is_listed,
                is_revoked: is_listed,
            };
            snapshot.tokens.insert(token.id, row);
        }
        if let Some(id) = needs.children {
            let mut owners: Vec<&Owner> = self.owners.values().collect();
            owners.retain(|owner| owner.parent_id == Some(id) && owner.deleted_at_ms.is_none());
            let count = u32::try_from(owners.len()).unwrap();
            snapshot.children.insert(id, count);
        }
        if let Some((owner_id, _)) = needs.key_count {
            let is_counted = |row: &&KeyRow| {
                let key = &row.minted.key;
                let is_over = key.expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms);
                key.owner_id == owner_id && row.is_current && !is_over
            };
            let count = self.keys.values().filter(is_counted).count();
            let count = u32::try_from(count).unwrap();
            snapshot.key_counts.insert(owner_id, count);
        }
    }

    fn ids(&self, is_wanted: impl Fn(&Key) -> bool) -> Vec<KeyId> {
        let keys = self.rows().map(|row| row.minted.key);
        let wanted = keys.filter(|key| is_wanted(key));
        wanted.map(|key| key.id).collect()
    }

    fn apply(&mut self, change: &RowChange) {
        match change {
            RowChange::InsertKey(new) => {
                let key = Arc::new(new.key.clone());
                let digest = new.digest;
                let row = KeyRow {
                    minted: Minted { key, digest },
                    is_current: true,
                };
                assert!(self.keys.insert(new.key.id, row).is_none());
            }
            RowChange::SupersedeKey {
                id,
                successor,
                replaced_at_ms,
                grace_until_ms,
            } => {
                let row = self.keys.get_mut(id).unwrap();
                assert!(std::mem::take(&mut row.is_current));
                let key = Arc::make_mut(&mut row.minted.key);
                key.replaced_by = Some(*successor);
                (key.replaced_at_ms, key.grace_until_ms) = (*replaced_at_ms, *grace_until_ms);
            }
            RowChange::EndKey { id, at_ms, reason } => {
                let row = self.keys.get_mut(id).unwrap();
                row.is_current = false;
                let key = Arc::make_mut(&mut row.minted.key);
                assert_eq!(key.revoked_at_ms.replace(*at_ms), None);
                key.revocation_reason = Some(*reason);
            }
            RowChange::AmendKey(amended) => self.stored(amended.id).clone_from(amended),
            RowChange::LimitKey { id, rate_limits } => {
                self.stored(*id).rate_limits.clone_from(rate_limits);
            }
            RowChange::SwitchOffKey { id } => self.stored(*id).enabled = false,
            RowChange::RekeyKey { id, digest, .. } => {
                self.keys.get_mut(id).unwrap().minted.digest = *digest;
            }
            RowChange::UseKey { id, usage } => {
                let key = self.stored(*id);
                key.usage = key.usage.and(*usage);
            }
            RowChange::OpenCredits { lineage, credits }
            | RowChange::SetCredits { lineage, credits } => {
                self.credits.insert(*lineage, *credits);
            }
            RowChange::DropCredits { lineage } => {
                self.credits.remove(lineage);
            }
            RowChange::KeepAnswer { id, answer } => self.answers.push((*id, answer.clone())),
            RowChange::RevokeToken(token) => self.tokens.push(token.id),
            _ => self.apply_to_owner(change),
        }
    }

    fn apply_to_owner(&mut self, change: &RowChange) {
        match change {
            RowChange::InsertOwner(owner) => {
                let before = self.owners.insert(owner.id, Owner::clone(owner));
                assert!(before.is_none());
            }
            RowChange::AmendOwner {
                id,
                amendment,
                at_ms,
            } => {
                let owner = self.owners.get_mut(id).unwrap();
                owner.suspended = amendment.suspended.unwrap_or(owner.suspended);
                owner.updated_at_ms = *at_ms;
            }
            RowChange::DeleteOwner { id, at_ms } => {
                let owner = self.owners.get_mut(id).unwrap();
                owner.suspended = true;
                owner.updated_at_ms = *at_ms;
                assert_eq!(owner.deleted_at_ms.replace(*at_ms), None);
            }
            RowChange::ChargeOwner { id, spending } => {
                self.owners.get_mut(id).unwrap().spending = *spending;
            }
            _ => unreachable!("{change:?} is applied elsewhere"),
        }
    }

    fn stored(&mut self, id: KeyId) -> &mut Key {
        Arc::make_mut(&mut self.keys.get_mut(&id).unwrap().minted.key)
    }
}
