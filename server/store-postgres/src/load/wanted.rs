//! What the changes of a batch need, as sets: each id once, whichever change names it.
//! Leaves what a single change needs to `store::needs`.

use std::collections::{BTreeMap, BTreeSet};

use keywright_model::id::OwnerId;
use keywright_model::key::Kind;
use keywright_store::snapshot::KeyPlace;
use keywright_store::{Change, LineagePart, Needs, Snapshot, Write};
use uuid::Uuid;

use super::statements::Load;
use crate::flight::{Parameter, Step};

/// A batch adds and ends no more than this: what is counted up to a limit is counted so much further, so that what a
/// batch takes away again shows.
const BATCH_SLACK: i64 = 1000;

/// What a batch needs.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(super) needs: Vec<Needs>,
    /// Lineages whose credits are given something back, and asked for nothing.
    pub(super) settled: BTreeSet<Uuid>,
    pub(super) keys: BTreeSet<Uuid>,
    pub(super) kept_answers: BTreeSet<Vec<u8>>,
    user_keys: BTreeSet<Uuid>,
    organization_keys: BTreeSet<Uuid>,
    named: BTreeSet<(Uuid, String)>,
    renamed: BTreeSet<(Uuid, String)>,
    last_keys: BTreeSet<(Uuid, &'static str)>,
    pub(super) control_keys: BTreeSet<Uuid>,
    pub(super) in_grace: BTreeSet<Uuid>,
    pub(super) working: BTreeSet<Uuid>,
    pub(super) owners: BTreeSet<Uuid>,
    children: BTreeSet<Uuid>,
    key_counts: BTreeMap<Uuid, i64>,
    pub(super) credits: BTreeSet<Uuid>,
    credits_of_keys: BTreeSet<Uuid>,
    tokens: BTreeMap<Uuid, i64>,
}

impl Wanted {
    /// What these changes need.
    pub(crate) fn of<'a>(writes: impl Iterator<Item = &'a Write>) -> Self {
        let mut wanted = Self::default();
        for write in writes {
            let needs = Needs::of(write);
            wanted.add(&needs);
            if matches!(write.change, Change::Settle(_)) {
                let lineages = needs.credits.iter().map(|lineage| lineage.0);
                wanted.settled.extend(lineages);
            }
            wanted.needs.push(needs);
        }
        wanted
    }

    fn add(&mut self, needs: &Needs) {
        self.keys.extend(needs.caller.map(|id| id.0));
        self.keys.extend(needs.keys.iter().map(|id| id.0));
        let tokens = needs.tokens.iter();
        self.tokens
            .extend(tokens.map(|token| (token.id.0, token.expires_at_ms)));
        let kept_answer = needs.kept_answer.iter();
        self.kept_answers
            .extend(kept_answer.map(|id| id.0.to_vec()));
        self.owners.extend(needs.owners.iter().map(|id| id.0));
        self.owners.extend(needs.line.map(|id| id.0));
        self.add_places(needs);
        let ids = needs.keys.iter().map(|id| id.0);
        match needs.lineages {
            Some(LineagePart::InGrace) => self.in_grace.extend(ids),
            Some(LineagePart::Working) => self.working.extend(ids),
            None => {}
        }
        // Only who is a control key asks for the others.
        let control_keys = needs.control_keys.filter(|_| needs.caller.is_some());
        self.control_keys.extend(control_keys.map(|id| id.0));
        self.children.extend(needs.children.map(|id| id.0));
        if let Some((owner_id, limit)) = needs.key_count {
            let limit = i64::from(limit) + BATCH_SLACK;
            let counted = self.key_counts.entry(owner_id.0).or_default();
            *counted = limit.max(*counted);
        }
        self.credits.extend(needs.credits.iter().map(|id| id.0));
        if needs.credits_of_keys {
            let ids = needs.keys.iter().map(|id| id.0);
            self.credits_of_keys.extend(ids);
        }
    }

    /// Places and names, with the owners of what holds them.
    fn add_places(&mut self, needs: &Needs) {
        if let Some(KeyPlace {
            owner_id,
            kind,
            name,
        }) = &needs.place
        {
            self.owners.insert(owner_id.0);
            match (kind, name) {
                (Kind::User, _) => drop(self.user_keys.insert(owner_id.0)),
                (Kind::Organization, _) => drop(self.organization_keys.insert(owner_id.0)),
                (_, Some(name)) => drop(self.named.insert((owner_id.0, name.clone()))),
                (_, None) => {}
            }
        }
        if let Some((OwnerId(owner_id), kind)) = needs.last_key {
            self.last_keys.insert((owner_id, kind.word()));
        }
        if let Some((OwnerId(owner_id), name)) = &needs.named {
            self.owners.insert(*owner_id);
            self.named.insert((*owner_id, name.clone()));
        }
        if let Some(name) = &needs.new_name {
            let renamed = needs.keys.iter().map(|id| (id.0, name.clone()));
            self.renamed.extend(renamed);
        }
    }

    /// The lineages of the keys that were found by their place or their name.
    pub(super) fn behind(&self, snapshot: &Snapshot) -> Self {
        let mut behind = Self::default();
        for needs in &self.needs {
            let Some(part) = needs.lineages else { continue };
            let holder = needs.place.as_ref();
            let holder = holder.and_then(|place| snapshot.places.get(place).copied().flatten());
            let named = needs
                .named
                .as_ref()
                .and_then(|named| snapshot.named.get(named));
            let named = named.into_iter().flatten().copied();
            let found = holder.into_iter().chain(named).map(|id| id.0);
            match part {
                LineagePart::InGrace => behind.in_grace.extend(found),
                LineagePart::Working => behind.working.extend(found),
            }
        }
        behind
    }

    /// The statements, with their values. Those with nothing to look for are left out.
    pub(super) fn loads(&self) -> Vec<(Load, Step<'_>)> {
        let mut loads = Vec::new();
        let mut add = |load: Load, is_wanted: bool, values: Vec<Parameter<'static>>| {
            if is_wanted {
                loads.push((load, Step::Query(load.statement(), values)));
            }
        };
        let sets = [
            (Load::Keys, &self.keys),
            (Load::UserKeys, &self.user_keys),
            (Load::OrganizationKeys, &self.organization_keys),
            (Load::ControlKeys, &self.control_keys),
            (Load::InGrace, &self.in_grace),
            (Load::Working, &self.working),
        ];
        for (load, set) in sets {
            add(load, !set.is_empty(), vec![array(set)]);
        }
        let kept: Vec<Vec<u8>> = self.kept_answers.iter().cloned().collect();
        for load in [Load::KeptAnswers, Load::KeysOfKeptAnswers] {
            add(load, !kept.is_empty(), vec![Box::new(kept.clone())]);
        }
        for (load, pairs) in [(Load::Named, &self.named), (Load::Renamed, &self.renamed)] {
            // PostgreSQL keeps no text with a NUL in it, and takes none.
            let pairs = pairs.iter().filter(|(_, name)| !name.contains('\0'));
            let (ids, names): (Vec<Uuid>, Vec<String>) = pairs.cloned().unzip();
            add(load, !ids.is_empty(), vec![Box::new(ids), Box::new(names)]);
        }
        let (ids, kinds): (Vec<Uuid>, Vec<&'static str>) = self.last_keys.iter().copied().unzip();
        add(
            Load::LastKeys,
            !ids.is_empty(),
            vec![Box::new(ids), Box::new(kinds)],
        );
        let behind: BTreeSet<Uuid> = self.in_grace.union(&self.working).copied().collect();
        add(Load::Successors, !behind.is_empty(), vec![array(&behind)]);
        let has_owners = !(self.owners.is_empty() && self.keys.is_empty() && kept.is_empty());
        let values: Vec<Parameter<'static>> =
            vec![array(&self.owners), array(&self.keys), Box::new(kept)];
        add(Load::Owners, has_owners, values);
        let values: Vec<Parameter<'static>> = vec![array(&self.children), Box::new(BATCH_SLACK)];
        add(Load::Children, !self.children.is_empty(), values);
        for (load, pairs) in [
            (Load::KeyCounts, &self.key_counts),
            (Load::Tokens, &self.tokens),
        ] {
            let (ids, numbers): (Vec<Uuid>, Vec<i64>) =
                pairs.iter().map(|(id, number)| (*id, *number)).unzip();
            add(
                load,
                !ids.is_empty(),
                vec![Box::new(ids), Box::new(numbers)],
            );
        }
        let has_credits = !(self.credits.is_empty() && self.credits_of_keys.is_empty());
        let values: Vec<Parameter<'static>> =
            vec![array(&self.credits), array(&self.credits_of_keys)];
        add(Load::Credits, has_credits, values);
        loads
    }
}

fn array(ids: &BTreeSet<Uuid>) -> Parameter<'static> {
    Box::new(ids.iter().copied().collect::<Vec<_>>())
}
