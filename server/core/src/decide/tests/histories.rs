//! Random histories: after each batch, the rows and a plain model agree on every key.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Kind, RevocationReason, State};
use keywright_store::snapshot::KeyPlace;
use keywright_store::{Amendment, Authority, Change, KeyAmendment, Place, Write, Written};
use uuid::Uuid;

use super::model::{Model, Step, number};
use super::tables::Tables;
use super::{NOW_MS, by_root, key, owner, write};

/// Changes in one history, and in all.
const HISTORY_LEN: usize = 100;
const CHANGES: usize = 100_000;
const BATCH_LEN_MAX: usize = 5;

struct History {
    random: Rng,
    model: Model,
    tables: Tables,
    next: u128,
    /// Keys that no clock may bring back.
    dead: BTreeSet<u128>,
}

#[test]
fn random_histories_agree_with_a_plain_model() {
    let seed = fastrand::u64(..);
    let mut seeds = Rng::with_seed(seed);
    for index in 0..CHANGES / HISTORY_LEN {
        let mut history = History {
            random: seeds.fork(),
            model: Model {
                now_ms: NOW_MS,
                ..Model::default()
            },
            tables: Tables::default(),
            next: 1,
            dead: BTreeSet::new(),
        };
        let mut len = 0;
        while len < HISTORY_LEN {
            len += history.go_on(&format!("history {index} of seed {seed}"));
        }
    }
}

impl History {
    /// Makes a batch, and compares; returns how many changes it had.
    fn go_on(&mut self, name: &str) -> usize {
        self.step_clock();
        let len = self.random.usize(1..=BATCH_LEN_MAX);
        let mut steps: Vec<Step> = Vec::new();
        while steps.len() < len {
            let step = self.step();
            // Now and then two race with one credential.
            if let Step::Rotate { .. } = step
                && self.random.u8(..) < 80
            {
                steps.push(self.again(&step));
            }
            steps.push(step);
        }
        let writes: Vec<Write> = steps.iter().map(|step| self.written(step)).collect();
        let now_ms = self.model.now_ms;
        let outcomes = self.tables.make_all(&writes, now_ms);
        let mut winners: BTreeMap<u128, usize> = BTreeMap::new();
        for (step, outcome) in steps.iter().zip(outcomes) {
            let is_allowed = self.model.take(step);
            assert_eq!(
                outcome.is_ok(),
                is_allowed,
                "{name}: {step:?} came to {outcome:?}"
            );
            if let (Step::Rotate { old, .. }, Ok(Written::Key(_))) = (step, &outcome) {
                *winners.entry(*old).or_default() += 1;
            }
        }
        assert!(
            winners.values().all(|count| *count == 1),
            "{name}: {winners:?}"
        );
        self.compare(name);
        steps.len()
    }

    /// Mostly on, and now and then back.
    fn step_clock(&mut self) {
        self.model.now_ms += match self.random.u8(..) {
            0..120 => 0,
            120..240 => self.random.i64(1..400),
            240..250 => self.random.i64(1000..5000),
            250.. => self.random.i64(-300..0),
        };
    }

    fn step(&mut self) -> Step {
        if self.model.owners.is_empty() {
            return self.add_owner();
        }
        match self.random.u8(0..100) {
            0..4 => self.add_owner(),
            4..30 => self.issue(),
            30..58 => self.rotate(),
            58..66 => Step::RotateOfOwner {
                owner: self.owner(),
                id: self.new_id(),
            },
            66..76 => Step::Revoke {
                caller: self.caller(),
                id: self.key(),
            },
            76..80 => Step::RevokeNamed {
                owner: self.owner(),
                name: self.name(),
            },
            80..92 => Step::Enable {
                id: self.key(),
                is_enabled: self.random.bool(),
            },
            92..98 => Step::Suspend {
                owner: self.owner(),
                is_suspended: self.random.u8(..) < 100,
            },
            _ => Step::DeleteOwner {
                owner: self.owner(),
            },
        }
    }

    fn add_owner(&mut self) -> Step {
        let has_parent = !self.model.owners.is_empty() && self.random.bool();
        let is_taken = !self.model.owners.is_empty() && self.random.u8(..) < 20;
        Step::AddOwner {
            id: if is_taken {
                self.owner()
            } else {
                self.new_id()
            },
            parent: if has_parent { Some(self.owner()) } else { None },
            first: self.new_id(),
        }
    }

    fn issue(&mut self) -> Step {
        let kind = [Kind::Named, Kind::Named, Kind::Standard, Kind::Organization];
        let kind = kind[self.random.usize(..kind.len())];
        let ends = self.random.u8(..) < 100;
        let is_limited = self.random.u8(..) < 60;
        Step::Issue {
            id: self.new_id(),
            owner: self.owner(),
            kind,
            name: (kind == Kind::Named).then(|| self.name()),
            end_ms: ends.then(|| self.model.now_ms + self.random.i64(1..1000)),
            max: is_limited.then(|| self.random.u32(1..6)),
        }
    }

    fn rotate(&mut self) -> Step {
        let old = self.key();
        let kind = self.model.keys[&old].kind;
        let is_alike = self.random.u8(..) < 250;
        let caller = if self.random.bool() {
            Some(old)
        } else {
            self.caller()
        };
        Step::Rotate {
            caller,
            old,
            kind: if is_alike { kind } else { Kind::Client },
            id: self.new_id(),
            grace_ms: if self.random.bool() {
                0
            } else {
                self.random.i64(1..2000)
            },
        }
    }

    /// The same rotation with another new key.
    fn again(&mut self, step: &Step) -> Step {
        let mut again = step.clone();
        if let Step::Rotate { id, .. } = &mut again {
            *id = self.new_id();
        }
        again
    }

    fn compare(&mut self, name: &str) {
        let now_ms = self.model.now_ms;
        let mut places = BTreeSet::new();
        let mut count = 0;
        for row in self.tables.rows() {
            let key = &row.minted.key;
            let id = key.id.0.as_u128();
            let is_live = key.state(now_ms) == State::Live;
            assert_eq!(is_live, self.model.is_live(id), "{name}: {key:?}");
            assert!(!(is_live && self.dead.contains(&id)), "{name}: {key:?}");
            if let Some(place) = KeyPlace::of(key).filter(|_| row.is_current) {
                let place = (number(place.owner_id), place.kind.word(), place.name);
                assert!(
                    places.insert(place),
                    "{name}: two keys in one place, {key:?}"
                );
            }
            if self.model.is_dead_for_good(id) {
                self.dead.insert(id);
            }
            count += 1;
        }
        assert_eq!(count, self.model.keys.len(), "{name}");
    }

    /// One of the newest keys, or any.
    fn key(&mut self) -> u128 {
        let mut ids: Vec<u128> = self.model.keys.keys().copied().collect();
        if self.random.bool() {
            ids.drain(..ids.len().saturating_sub(6));
        }
        ids[self.random.usize(..ids.len())]
    }

    fn caller(&mut self) -> Option<u128> {
        let is_root = self.random.bool();
        (!is_root).then(|| self.key())
    }

    /// One of the newest owners, or any.
    fn owner(&mut self) -> u128 {
        let mut ids: Vec<u128> = self.model.owners.keys().copied().collect();
        if self.random.u8(..) < 200 {
            ids.drain(..ids.len().saturating_sub(2));
        }
        ids[self.random.usize(..ids.len())]
    }

    fn name(&mut self) -> &'static str {
        ["ci", "cd"][self.random.usize(..2)]
    }

    fn new_id(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    /// A step as the keyring would write it.
    fn written(&self, step: &Step) -> Write {
        let owner_id = |owner: u128| OwnerId(Uuid::from_u128(owner));
        let held_by = |caller: Option<u128>| Authority {
            key_id: caller.map(|id| KeyId(Uuid::from_u128(id))),
            owner_ids: caller
                .map(|id| owner_id(self.model.keys[&id].owner))
                .into_iter()
                .collect(),
            ..Authority::default()
        };
        match *step {
            Step::AddOwner { id, parent, first } => by_root(Change::AddOwner {
                owner: owner(id, parent.map(owner_id)),
                first_key: Some(key(first, Kind::Organization, owner_id(id), None)),
            }),
            Step::Issue {
                id,
                owner,
                kind,
                name,
                end_ms,
                max,
            } => {
                let mut new = key(id, kind, owner_id(owner), name);
                new.key.expires_at_ms = end_ms;
                let authority = Authority {
                    keys_max: max,
                    ..Authority::default()
                };
                write(authority, Change::Issue(new))
            }
            Step::Rotate {
                caller,
                old,
                kind,
                id,
                grace_ms,
            } => {
                let change = Change::Replace {
                    place: Place::Of(KeyId(Uuid::from_u128(old))),
                    grace_ms,
                    successor: key(id, kind, owner_id(0), None),
                };
                write(held_by(caller), change)
            }
            Step::RotateOfOwner { owner, id } => {
                let owner_ids = vec![owner_id(owner)];
                let authority = Authority {
                    owner_ids,
                    ..Authority::default()
                };
                let change = Change::Replace {
                    place: Place::OfOwner,
                    grace_ms: 0,
                    successor: key(id, Kind::Organization, owner_id(owner), None),
                };
                write(authority, change)
            }
            Step::Revoke { caller, id } => write(
                held_by(caller),
                Change::Revoke {
                    id: KeyId(Uuid::from_u128(id)),
                    reason: RevocationReason::Unspecified,
                },
            ),
            _ => by_root(ended_or_amended(step)),
        }
    }
}

/// What is left of the steps, all of them the operator's.
fn ended_or_amended(step: &Step) -> Change {
    let owner_id = |owner: u128| OwnerId(Uuid::from_u128(owner));
    match *step {
        Step::RevokeNamed { owner, name } => Change::RevokeNamed {
            owner_id: owner_id(owner),
            name: name.to_owned(),
            reason: RevocationReason::Unspecified,
        },
        Step::Enable { id, is_enabled } => Change::AmendKey {
            id: KeyId(Uuid::from_u128(id)),
            amendment: Box::new(KeyAmendment {
                enabled: Some(is_enabled),
                ..KeyAmendment::default()
            }),
        },
        Step::Suspend {
            owner,
            is_suspended,
        } => Change::AmendOwner {
            id: owner_id(owner),
            amendment: Amendment {
                suspended: Some(is_suspended),
                ..Amendment::default()
            },
        },
        Step::DeleteOwner { owner } => Change::DeleteOwner {
            id: owner_id(owner),
        },
        _ => unreachable!("{step:?} is written elsewhere"),
    }
}
