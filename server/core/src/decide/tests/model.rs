//! Who is live, told plainly and without the rules: what each change must come to.

use std::collections::BTreeMap;

use keywright_model::id::OwnerId;
use keywright_model::key::Kind;

/// What is known of a key.
#[derive(Clone, Debug)]
pub(super) struct ModelKey {
    pub(super) owner: u128,
    pub(super) kind: Kind,
    pub(super) name: Option<&'static str>,
    pub(super) is_enabled: bool,
    pub(super) end_ms: Option<i64>,
    pub(super) is_revoked: bool,
    pub(super) place: HeldPlace,
    /// The first key of its lineage.
    pub(super) lineage: u128,
    /// The key that took its place from it.
    pub(super) after: Option<u128>,
}

/// Whether a key has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldPlace {
    /// It has.
    Held,
    /// Another has it.
    Left,
    /// Another has it, and it goes on beside that until then.
    Grace(i64),
}

/// What is known of an owner.
#[derive(Clone, Debug)]
pub(super) struct ModelOwner {
    pub(super) parent: Option<u128>,
    pub(super) is_suspended: bool,
    pub(super) is_deleted: bool,
}

/// What a caller and its server have agreed on so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) keys: BTreeMap<u128, ModelKey>,
    pub(super) owners: BTreeMap<u128, ModelOwner>,
    pub(super) now_ms: i64,
}

/// A change, by numbers.
#[derive(Clone, Debug)]
pub(super) enum Step {
    AddOwner {
        id: u128,
        parent: Option<u128>,
        first: u128,
    },
    Issue {
        id: u128,
        owner: u128,
        kind: Kind,
        name: Option<&'static str>,
        end_ms: Option<i64>,
        max: Option<u32>,
    },
    Rotate {
        caller: Option<u128>,
        old: u128,
        kind: Kind,
        id: u128,
        grace_ms: i64,
    },
    RotateOfOwner {
        owner: u128,
        id: u128,
    },
    Revoke {
        caller: Option<u128>,
        id: u128,
    },
    RevokeNamed {
        owner: u128,
        name: &'static str,
    },
    Enable {
        id: u128,
        is_enabled: bool,
    },
    Suspend {
        owner: u128,
        is_suspended: bool,
    },
    DeleteOwner {
        owner: u128,
    },
}

impl Model {
    pub(super) fn is_live(&self, id: u128) -> bool {
        let key = &self.keys[&id];
        self.goes_on(key) && key.is_enabled && !self.is_over(key)
    }

    /// Whether a key has ended so that no clock brings it back.
    pub(super) fn is_dead_for_good(&self, id: u128) -> bool {
        let key = &self.keys[&id];
        self.is_ended(key) || key.place == HeldPlace::Left
    }

    /// Takes a step, if it is allowed; says whether it was.
    pub(super) fn take(&mut self, step: &Step) -> bool {
        match *step {
            Step::AddOwner { id, parent, first } => self.add_owner(id, parent, first),
            Step::Issue {
                id,
                owner,
                kind,
                name,
                end_ms,
                max,
            } => {
                let key = ModelKey {
                    owner,
                    kind,
                    name,
                    is_enabled: true,
                    end_ms,
                    is_revoked: false,
                    place: HeldPlace::Held,
                    lineage: id,
                    after: None,
                };
                self.issue(id, key, max)
            }
            Step::Rotate {
                caller,
                old,
                kind,
                id,
                grace_ms,
            } => self.admits(caller) && self.rotate(old, kind, id, grace_ms),
            Step::RotateOfOwner { owner, id } => self.rotate_of_owner(owner, id),
            Step::Revoke { caller, id } => self.admits(caller) && self.revoke(id),
            Step::RevokeNamed { owner, name } => {
                let is_named = |key: &ModelKey| key.owner == owner && key.name == Some(name);
                let named = self.keys.iter().filter(|(_, key)| is_named(key));
                let named: Vec<u128> = named.map(|(id, _)| *id).collect();
                let live = named.into_iter().filter(|id| self.is_live(*id));
                let live: Vec<u128> = live.collect();
                for id in &live {
                    self.revoke(*id);
                }
                !live.is_empty()
            }
            Step::Enable { id, is_enabled } => self.enable(id, is_enabled),
            Step::Suspend {
                owner,
                is_suspended,
            } => self.owner_mut(owner, |owner| {
                owner.is_suspended = is_suspended;
            }),
            Step::DeleteOwner { owner } => {
                let mut below = self.owners.values();
                if below.any(|below| below.parent == Some(owner) && !below.is_deleted) {
                    return false;
                }
                self.owner_mut(owner, |owner| {
                    owner.is_deleted = true;
                    owner.is_suspended = true;
                })
            }
        }
    }

    fn add_owner(&mut self, id: u128, parent: Option<u128>, first: u128) -> bool {
        if parent.is_some_and(|parent| {
            self.owners
                .get(&parent)
                .is_none_or(|owner| owner.is_deleted)
        }) || self.owners.contains_key(&id)
        {
            return false;
        }
        let owner = ModelOwner {
            parent,
            is_suspended: false,
            is_deleted: false,
        };
        self.owners.insert(id, owner);
        let key = ModelKey {
            owner: id,
            kind: Kind::Organization,
            name: None,
            is_enabled: true,
            end_ms: None,
            is_revoked: false,
            place: HeldPlace::Held,
            lineage: first,
            after: None,
        };
        self.keys.insert(first, key);
        true
    }

    fn issue(&mut self, id: u128, key: ModelKey, max: Option<u32>) -> bool {
        let owner = key.owner;
        if self.owners.get(&owner).is_none_or(|owner| owner.is_deleted) {
            return false;
        }
        let counted =
            |key: &&ModelKey| key.owner == owner && Self::holds_place(key) && !self.is_over(key);
        let count = self.keys.values().filter(counted).count();
        if max.is_some_and(|max| count >= max as usize) {
            return false;
        }
        if let Some(holder) = self.holder(owner, key.kind, key.name) {
            if !self.is_over(&self.keys[&holder]) {
                return false;
            }
            self.give_place(holder, HeldPlace::Left, id);
        }
        self.keys.insert(id, key);
        true
    }

    fn rotate(&mut self, old: u128, kind: Kind, id: u128, grace_ms: i64) -> bool {
        let before = self.keys[&old].clone();
        if before.kind != kind {
            // It is told of what form it is, and nothing changes.
            return true;
        }
        if self.is_ended(&before) || !Self::holds_place(&before) || self.is_over(&before) {
            return false;
        }
        let until_ms = self.now_ms + grace_ms;
        let until_ms = before
            .end_ms
            .map_or(until_ms, |end_ms| end_ms.min(until_ms));
        let grace = (until_ms > self.now_ms).then_some(until_ms);
        let line = self.before(old);
        let in_grace = line.iter().filter(|id| self.is_in_grace(&self.keys[*id]));
        if grace.is_some() && in_grace.count() >= 16 {
            return false;
        }
        let place = grace.map_or(HeldPlace::Left, HeldPlace::Grace);
        self.give_place(old, place, id);
        self.keys.insert(id, before);
        true
    }

    fn rotate_of_owner(&mut self, owner: u128, id: u128) -> bool {
        let found = self.owners.get(&owner);
        if found.is_none_or(|owner| owner.is_deleted || owner.is_suspended) {
            return false;
        }
        let of_owner = |key: &ModelKey| key.owner == owner && key.kind == Kind::Organization;
        let holder = self.holder(owner, Kind::Organization, None);
        let mut lasts = self.keys.iter().rev();
        let last = lasts.find(|(_, key)| of_owner(key)).map(|(id, _)| *id);
        let before = holder.or(last).expect("an organization begins with a key");
        let key = self.keys[&before].clone();
        let end_ms = key.end_ms.filter(|end_ms| *end_ms > self.now_ms);
        if let Some(holder) = holder {
            self.give_place(holder, HeldPlace::Left, id);
        }
        let key = ModelKey {
            end_ms,
            is_revoked: false,
            place: HeldPlace::Held,
            after: None,
            ..key
        };
        self.keys.insert(id, key);
        true
    }

    fn revoke(&mut self, id: u128) -> bool {
        if self.is_ended(&self.keys[&id]) {
            return true;
        }
        for before in self.before(id) {
            if self.is_in_grace(&self.keys[&before]) {
                self.key_mut(before).is_revoked = true;
            }
        }
        self.key_mut(id).is_revoked = true;
        true
    }

    fn enable(&mut self, id: u128, is_enabled: bool) -> bool {
        let key = &self.keys[&id];
        if !self.goes_on(key) || self.is_over(key) {
            return false;
        }
        for before in self.before(id) {
            if !is_enabled && self.is_in_grace(&self.keys[&before]) {
                self.key_mut(before).is_enabled = false;
            }
        }
        self.key_mut(id).is_enabled = is_enabled;
        true
    }

    fn admits(&self, caller: Option<u128>) -> bool {
        caller.is_none_or(|caller| {
            self.is_live(caller) && !self.owners[&self.keys[&caller].owner].is_suspended
        })
    }

    /// The keys of its lineage that neither are a key nor come behind it.
    fn before(&self, id: u128) -> Vec<u128> {
        let behind: Vec<u128> = std::iter::successors(Some(id), |id| self.keys[id].after).collect();
        let lineage = self.keys[&id].lineage;
        let others = self.keys.iter().filter(|(_, key)| key.lineage == lineage);
        let others = others.map(|(other, _)| *other);
        others.filter(|other| !behind.contains(other)).collect()
    }

    fn give_place(&mut self, from: u128, place: HeldPlace, to: u128) {
        let from = self.key_mut(from);
        (from.place, from.after) = (place, Some(to));
    }

    fn holder(&self, owner: u128, kind: Kind, name: Option<&str>) -> Option<u128> {
        if kind == Kind::Standard {
            return None;
        }
        let mut keys = self.keys.iter();
        let holder = keys.find(|(_, key)| {
            (key.owner, key.kind, key.name) == (owner, kind, name) && Self::holds_place(key)
        });
        holder.map(|(id, _)| *id)
    }

    fn holds_place(key: &ModelKey) -> bool {
        !key.is_revoked && key.place == HeldPlace::Held
    }

    fn is_ended(&self, key: &ModelKey) -> bool {
        key.is_revoked || self.owners[&key.owner].is_deleted
    }

    fn is_in_grace(&self, key: &ModelKey) -> bool {
        let has_grace = matches!(key.place, HeldPlace::Grace(end_ms) if end_ms > self.now_ms);
        has_grace && !self.is_ended(key)
    }

    fn goes_on(&self, key: &ModelKey) -> bool {
        !self.is_ended(key) && (key.place == HeldPlace::Held || self.is_in_grace(key))
    }

    fn is_over(&self, key: &ModelKey) -> bool {
        key.end_ms.is_some_and(|end_ms| end_ms <= self.now_ms)
    }

    fn key_mut(&mut self, id: u128) -> &mut ModelKey {
        self.keys.get_mut(&id).expect("it was found before")
    }

    fn owner_mut(&mut self, id: u128, change: impl FnOnce(&mut ModelOwner)) -> bool {
        let owner = self.owners.get_mut(&id).filter(|owner| !owner.is_deleted);
        owner.map(change).is_some()
    }
}

/// An owner's number.
pub(super) fn number(id: OwnerId) -> u128 {
    id.0.as_u128()
}
