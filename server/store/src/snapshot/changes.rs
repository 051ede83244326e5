//! A snapshot taken further: what each change of rows makes of it.

use std::sync::Arc;

use keywright_model::credits::Credits;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::Kind;

use super::{KeyPlace, KeyRow, OwnerRow, Snapshot, TokenRow};
use crate::Amendment;
use crate::cache::Minted;
use crate::decision::RowChange;

impl Snapshot {
    /// Takes in a change of rows.
    pub fn apply(&mut self, change: &RowChange, now_ms: i64) {
        match change {
            RowChange::InsertKey(new) => self.put_key(
                KeyRow {
                    minted: Minted {
                        key: Arc::new(new.key.clone()),
                        digest: new.digest,
                    },
                    is_current: true,
                },
                now_ms,
            ),
            RowChange::OpenCredits { lineage, credits }
            | RowChange::SetCredits { lineage, credits } => {
                self.put_credits(*lineage, Some(*credits));
            }
            RowChange::DropCredits { lineage } => self.put_credits(*lineage, None),
            RowChange::KeepAnswer { id, answer } => {
                self.kept_answers.insert(*id, Some(answer.clone()));
            }
            RowChange::RevokeToken(token) => {
                let revoked = TokenRow {
                    is_listed: true,
                    is_revoked: true,
                };
                self.tokens.insert(token.id, revoked);
            }
            RowChange::InsertOwner(_)
            | RowChange::AmendOwner { .. }
            | RowChange::DeleteOwner { .. }
            | RowChange::ChargeOwner { .. } => self.apply_to_owner(change),
            _ => self.apply_to_key(change, now_ms),
        }
    }

    fn apply_to_key(&mut self, change: &RowChange, now_ms: i64) {
        match change {
            RowChange::SupersedeKey {
                id,
                successor,
                replaced_at_ms,
                grace_until_ms,
            } => self.change_key(*id, now_ms, |row| {
                let key = Arc::make_mut(&mut row.minted.key);
                key.replaced_by = Some(*successor);
                key.replaced_at_ms = *replaced_at_ms;
                key.grace_until_ms = *grace_until_ms;
                row.is_current = false;
            }),
            RowChange::EndKey { id, at_ms, reason } => self.change_key(*id, now_ms, |row| {
                let key = Arc::make_mut(&mut row.minted.key);
                key.revoked_at_ms = Some(*at_ms);
                key.revocation_reason = Some(*reason);
                row.is_current = false;
            }),
            RowChange::AmendKey(key) => self.change_key(key.id, now_ms, |row| {
                row.minted.key = Arc::clone(key);
            }),
            RowChange::LimitKey { id, rate_limits } => self.change_key(*id, now_ms, |row| {
                let key = Arc::make_mut(&mut row.minted.key);
                key.rate_limits.clone_from(rate_limits);
                key.unreadable.retain(|member| *member != "rate_limits");
            }),
            RowChange::SwitchOffKey { id } => self.change_key(*id, now_ms, |row| {
                Arc::make_mut(&mut row.minted.key).enabled = false;
            }),
            RowChange::RekeyKey { id, digest, .. } => self.change_key(*id, now_ms, |row| {
                row.minted.digest = *digest;
            }),
            RowChange::UseKey { id, usage } => self.change_key(*id, now_ms, |row| {
                let key = Arc::make_mut(&mut row.minted.key);
                key.usage = key.usage.and(*usage);
            }),
            _ => {}
        }
    }

    fn apply_to_owner(&mut self, change: &RowChange) {
        match change {
            RowChange::InsertOwner(owner) => {
                let row = OwnerRow {
                    owner: Arc::clone(owner),
                    is_suspended: owner.suspended,
                };
                self.owners.insert(owner.id, Some(row));
                self.children.insert(owner.id, 0);
                self.key_counts.insert(owner.id, 0);
                self.control_keys.insert(owner.id, Vec::new());
                let siblings = owner.parent_id.and_then(|id| self.children.get_mut(&id));
                if let Some(siblings) = siblings {
                    *siblings += 1;
                }
            }
            RowChange::AmendOwner {
                id,
                amendment,
                at_ms,
            } => self.change_owner(*id, |row| row.amend(amendment, *at_ms)),
            RowChange::DeleteOwner { id, at_ms } => {
                let mut parent_id = None;
                self.change_owner(*id, |row| {
                    let owner = Arc::make_mut(&mut row.owner);
                    owner.suspended = true;
                    owner.deleted_at_ms = Some(*at_ms);
                    owner.updated_at_ms = *at_ms;
                    parent_id = owner.parent_id;
                    row.is_suspended = true;
                });
                if let Some(siblings) = parent_id.and_then(|id| self.children.get_mut(&id)) {
                    *siblings = siblings.saturating_sub(1);
                }
                for row in self.keys.values_mut().flatten() {
                    let key = &mut row.minted.key;
                    if key.owner_id == *id && key.revoked_at_ms.is_none() {
                        *key = Arc::new(key.ended_with_owner(*at_ms));
                    }
                }
            }
            RowChange::ChargeOwner { id, spending } => self.change_owner(*id, |row| {
                Arc::make_mut(&mut row.owner).spending = *spending;
            }),
            _ => {}
        }
    }

    fn change_key(&mut self, id: KeyId, now_ms: i64, change: impl FnOnce(&mut KeyRow)) {
        if let Some(Some(row)) = self.keys.get(&id) {
            let mut row = row.clone();
            change(&mut row);
            self.put_key(row, now_ms);
        }
    }

    fn change_owner(&mut self, id: OwnerId, change: impl FnOnce(&mut OwnerRow)) {
        if let Some(Some(row)) = self.owners.get_mut(&id) {
            change(row);
        }
    }

    /// Puts a key in, and wherever it is looked for. What was not looked for by anybody stays so.
    fn put_key(&mut self, row: KeyRow, now_ms: i64) {
        let key = Arc::clone(&row.minted.key);
        let before = self.keys.get(&key.id).and_then(Option::as_ref);
        let is_new = before.is_none();
        let was_counted = before.is_some_and(|before| is_counted(before, now_ms));
        let left = before.filter(|before| before.is_current);
        let left = left.and_then(|before| KeyPlace::of(&before.minted.key));
        let taken = KeyPlace::of(&key).filter(|_| row.is_current);
        if left != taken {
            self.places.extend(left.map(|place| (place, None)));
            self.places.extend(taken.map(|place| (place, Some(key.id))));
        }
        if let Some(count) = self.key_counts.get_mut(&key.owner_id) {
            *count = (*count + u32::from(is_counted(&row, now_ms)))
                .saturating_sub(u32::from(was_counted));
        }
        if is_new && key.lineage == key.id {
            self.lineages.entry(key.id).or_default();
            self.in_grace.entry(key.id).or_default();
        }
        let lists = [
            self.lineages.get_mut(&key.lineage),
            self.in_grace.get_mut(&key.lineage),
            self.control_keys
                .get_mut(&key.owner_id)
                .filter(|_| key.kind == Kind::Control),
            key.name
                .clone()
                .and_then(|name| self.named.get_mut(&(key.owner_id, name))),
        ];
        for list in lists.into_iter().flatten() {
            if !list.contains(&key.id) {
                list.push(key.id);
            }
        }
        if let Some(last) = self.last_keys.get_mut(&(key.owner_id, key.kind)) {
            *last = (*last).max(Some(key.id));
        }
        self.keys.insert(key.id, Some(row));
    }

    fn put_credits(&mut self, lineage: KeyId, credits: Option<Credits>) {
        self.credits.insert(lineage, credits);
        for row in self.keys.values_mut().flatten() {
            if row.minted.key.lineage == lineage {
                let key = Arc::make_mut(&mut row.minted.key);
                key.credits = credits;
                key.unreadable.retain(|member| *member != "credits");
            }
        }
    }
}

impl OwnerRow {
    /// An owner as its row would be read again after this amendment.
    fn amend(&mut self, amendment: &Amendment, at_ms: i64) {
        let names = amendment.names();
        let owner = Arc::make_mut(&mut self.owner);
        let mends =
            |member: &str| member == "updated_at" || names.split(' ').any(|name| name == member);
        owner.unreadable.retain(|member| !mends(member));
        self.is_suspended = amendment.suspended.unwrap_or(self.is_suspended);
        owner.suspended = self.is_suspended || !owner.unreadable.is_empty();
        let amended = amendment.clone();
        owner.name = amended.name.or(owner.name.take());
        owner.email = amended.email.or(owner.email.take());
        owner.plan = amended.plan.or(owner.plan.take());
        if let Some(rate_limits) = amended.rate_limits {
            owner.rate_limits = rate_limits;
        }
        owner.updated_at_ms = at_ms;
    }
}

/// Whether a key is among those that are counted for its owner.
fn is_counted(row: &KeyRow, now_ms: i64) -> bool {
    let end_ms = row.minted.key.expires_at_ms;
    row.is_current && end_ms.is_none_or(|end_ms| end_ms > now_ms)
}
