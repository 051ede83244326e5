//! Which changes of rows share a statement: each is put as far forward as those before it let it.
//! Leaves the statements to `statements`.

use std::collections::HashMap;

use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::key::Kind;
use keywright_model::secret::Digest;
use keywright_store::snapshot::KeyPlace;
use keywright_store::{RowChange, Snapshot};

/// One kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    InsertKey,
    SupersedeKey,
    EndKey,
    AmendKey,
    LimitKey,
    SwitchOffKey,
    RekeyKey,
    UseKey,
    InsertOwner,
    AmendOwner,
    DeleteOwner,
    ChargeOwner,
    OpenCredits,
    SetCredits,
    DropCredits,
    KeepAnswer,
    RevokeToken,
}

/// Changes of one kind, none of which is in another's way.
pub(super) struct Group<'a> {
    pub(super) kind: ChangeKind,
    pub(super) changes: Vec<&'a RowChange>,
}

/// What a change writes, or rests on.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Thing {
    Key(KeyId),
    Owner(OwnerId),
    Place(KeyPlace),
    Credits(KeyId),
    KeptAnswer(Digest),
    Token(TokenId),
}

/// How a change meets a thing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// One statement can do so once.
    Writes,
    /// Others of its kind may do so beside it.
    RestsOn,
}

impl ChangeKind {
    pub(super) fn of(change: &RowChange) -> Self {
        match change {
            RowChange::InsertKey(_) => Self::InsertKey,
            RowChange::SupersedeKey { .. } => Self::SupersedeKey,
            RowChange::EndKey { .. } => Self::EndKey,
            RowChange::AmendKey(_) => Self::AmendKey,
            RowChange::LimitKey { .. } => Self::LimitKey,
            RowChange::SwitchOffKey { .. } => Self::SwitchOffKey,
            RowChange::RekeyKey { .. } => Self::RekeyKey,
            RowChange::UseKey { .. } => Self::UseKey,
            RowChange::InsertOwner(_) => Self::InsertOwner,
            RowChange::AmendOwner { .. } => Self::AmendOwner,
            RowChange::DeleteOwner { .. } => Self::DeleteOwner,
            RowChange::ChargeOwner { .. } => Self::ChargeOwner,
            RowChange::OpenCredits { .. } => Self::OpenCredits,
            RowChange::SetCredits { .. } => Self::SetCredits,
            RowChange::DropCredits { .. } => Self::DropCredits,
            RowChange::KeepAnswer { .. } => Self::KeepAnswer,
            RowChange::RevokeToken(_) => Self::RevokeToken,
        }
    }
}

/// Groups changes so that each comes behind all that it meets, and the statements are as few as that allows.
pub(super) fn group<'a>(changes: &'a [RowChange], after: &Snapshot) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    // The last group that meets a thing.
    let mut last: HashMap<Thing, usize> = HashMap::new();
    // Where those begin that come behind a change which may meet anything.
    let mut begin = 0;
    for change in changes {
        let kind = ChangeKind::of(change);
        let things = things(change, after);
        let meets_all = may_leave_unknown_place(change);
        let mut first = if meets_all { groups.len() } else { begin };
        for (thing, how) in &things {
            if let Some(met) = last.get(thing) {
                let may_share = *how == Use::RestsOn && groups[*met].kind == kind;
                first = first.max(if may_share { *met } else { met + 1 });
            }
        }
        let mut behind = groups.iter().enumerate().skip(first);
        let place = behind.find(|(_, group)| group.kind == kind && !meets_all);
        let index = place.map_or(groups.len(), |(index, _)| index);
        if index == groups.len() {
            let changes = Vec::new();
            groups.push(Group { kind, changes });
        }
        groups[index].changes.push(change);
        if meets_all {
            begin = groups.len();
        }
        for (thing, _) in things {
            let met = last.entry(thing).or_default();
            *met = index.max(*met);
        }
    }
    groups
}

/// Whether a change may give a place away that is known to none any more: a named key that gets another name.
fn may_leave_unknown_place(change: &RowChange) -> bool {
    matches!(change, RowChange::AmendKey(key) if key.kind == Kind::Named)
}

fn things(change: &RowChange, after: &Snapshot) -> Vec<(Thing, Use)> {
    use Use::{RestsOn, Writes};
    let place_of = |id: &KeyId| {
        let row = after.keys.get(id).and_then(Option::as_ref);
        let place = row.and_then(|row| KeyPlace::of(&row.minted.key));
        place.map(|place| (Thing::Place(place), RestsOn))
    };
    match change {
        RowChange::InsertKey(new) => {
            let place = KeyPlace::of(&new.key).map(|place| (Thing::Place(place), RestsOn));
            let rests_on = [
                (Thing::Key(new.key.id), Writes),
                (Thing::Owner(new.key.owner_id), RestsOn),
            ];
            rests_on.into_iter().chain(place).collect()
        }
        RowChange::SupersedeKey { id, .. } | RowChange::EndKey { id, .. } => {
            let written = [(Thing::Key(*id), Writes)];
            written.into_iter().chain(place_of(id)).collect()
        }
        RowChange::AmendKey(key) => vec![(Thing::Key(key.id), Writes)],
        RowChange::LimitKey { id, .. }
        | RowChange::SwitchOffKey { id }
        | RowChange::RekeyKey { id, .. }
        | RowChange::UseKey { id, .. } => vec![(Thing::Key(*id), Writes)],
        RowChange::InsertOwner(owner) => {
            let parent = owner.parent_id.map(|id| (Thing::Owner(id), RestsOn));
            let written = [(Thing::Owner(owner.id), Writes)];
            written.into_iter().chain(parent).collect()
        }
        RowChange::AmendOwner { id, .. }
        | RowChange::DeleteOwner { id, .. }
        | RowChange::ChargeOwner { id, .. } => vec![(Thing::Owner(*id), Writes)],
        RowChange::OpenCredits { lineage, .. } => vec![
            (Thing::Credits(*lineage), Writes),
            (Thing::Key(*lineage), RestsOn),
        ],
        RowChange::SetCredits { lineage, .. } | RowChange::DropCredits { lineage } => {
            vec![(Thing::Credits(*lineage), Writes)]
        }
        RowChange::KeepAnswer { id, answer } => vec![
            (Thing::KeptAnswer(*id), Writes),
            (Thing::Key(answer.key_id), RestsOn),
        ],
        RowChange::RevokeToken(token) => vec![(Thing::Token(token.id), Writes)],
    }
}
