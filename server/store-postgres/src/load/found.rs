//! What the answers of a flight tell, put into a snapshot; what was looked for and not found is put in, too.
//! Leaves which rows were looked for to `wanted`.

use std::collections::HashMap;
use std::sync::Arc;

use keywright_model::credits::Credits;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::key::{Key, Kind};
use keywright_model::secret::Digest;
use keywright_store::Snapshot;
use keywright_store::rows::{self, CreditColumn, OWNER_BEHIND_KEY, Values as _};
use keywright_store::snapshot::{KeptAnswer, KeyPlace, KeyRow, OwnerRow, TokenRow};
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;
use uuid::Uuid;

use super::statements::Load;
use super::wanted::Wanted;
use crate::rows::Stored;

type Outcome<T = ()> = Result<T, String>;

/// A snapshot that is being filled.
pub(super) struct Loader {
    pub(super) snapshot: Snapshot,
    now_ms: i64,
    /// Credits by their lineage; with those that cannot be read, when they were set.
    credits: HashMap<KeyId, Outcome<Option<Credits>>>,
    epochs: HashMap<KeyId, i64>,
    /// The keys that were found as the last of their owner and kind.
    last_keys: Vec<KeyId>,
    /// The keys that were found by an owner and a name.
    named: Vec<KeyId>,
}

impl Loader {
    /// An empty snapshot at this position.
    pub(super) fn new(position: i64, now_ms: i64) -> Self {
        let snapshot = Snapshot {
            position,
            ..Snapshot::default()
        };
        Self {
            snapshot,
            now_ms,
            credits: HashMap::new(),
            epochs: HashMap::new(),
            last_keys: Vec::new(),
            named: Vec::new(),
        }
    }

    /// Takes in the rows of one statement.
    pub(super) fn take(&mut self, load: Load, rows: &[Row]) -> Outcome {
        match load {
            Load::KeptAnswers => rows.iter().try_for_each(|row| self.take_kept_answer(row)),
            Load::Owners => rows.iter().try_for_each(|row| self.take_owner(row)),
            Load::Successors => rows.iter().try_for_each(|row| self.take_successor(row)),
            Load::Credits => rows.iter().try_for_each(|row| self.take_credits(row)),
            Load::Tokens => rows.iter().try_for_each(|row| self.take_token(row)),
            Load::Children => rows.iter().try_for_each(|row| {
                let (id, count) = counted(row)?;
                self.snapshot.children.insert(id, count);
                Ok(())
            }),
            Load::KeyCounts => rows.iter().try_for_each(|row| {
                let (id, count) = counted(row)?;
                self.snapshot.key_counts.insert(id, count);
                Ok(())
            }),
            _ => rows.iter().try_for_each(|row| self.take_key(load, row)),
        }
    }

    fn take_key(&mut self, load: Load, row: &Row) -> Outcome {
        let stored = Stored(row);
        let minted = rows::minted(&stored).map_err(|error| error.to_string())?;
        // One of which that cannot be read holds no place.
        let is_current = stored.boolean(OWNER_BEHIND_KEY).ok().flatten();
        let is_current = is_current.unwrap_or_default();
        let key = Arc::clone(&minted.key);
        let snapshot = &mut self.snapshot;
        match load {
            Load::LastKeys => self.last_keys.push(key.id),
            Load::Named => self.named.push(key.id),
            Load::InGrace => put(snapshot.in_grace.entry(key.lineage).or_default(), key.id),
            Load::Working => put(snapshot.lineages.entry(key.lineage).or_default(), key.id),
            Load::ControlKeys => put(
                snapshot.control_keys.entry(key.owner_id).or_default(),
                key.id,
            ),
            _ => {}
        }
        if is_current && let Some(place) = KeyPlace::of(&key) {
            snapshot.places.insert(place, Some(key.id));
        }
        snapshot
            .keys
            .insert(key.id, Some(KeyRow { minted, is_current }));
        Ok(())
    }

    fn take_owner(&mut self, row: &Row) -> Outcome {
        let stored = Stored(row);
        let owner = rows::owner(&stored, 0).map_err(|error| error.to_string())?;
        let suspended = <rows::OwnerColumn as rows::Listed>::index(rows::OwnerColumn::Suspended);
        let is_suspended = stored.boolean(suspended).ok().flatten().unwrap_or(true);
        let (id, owner) = (owner.id, Arc::new(owner));
        let row = OwnerRow {
            owner,
            is_suspended,
        };
        self.snapshot.owners.insert(id, Some(row));
        Ok(())
    }

    fn take_kept_answer(&mut self, row: &Row) -> Outcome {
        let id = Digest(bytes(row, 0)?);
        let replaced_key_id: Option<Uuid> = get(row, 4)?;
        let answer = KeptAnswer {
            fingerprint: bytes(row, 1)?,
            sealed_secret: get(row, 2)?,
            key_id: KeyId(get(row, 3)?),
            replaced_key_id: replaced_key_id.map(KeyId),
            expires_at_ms: get(row, 5)?,
        };
        let lasts = answer.expires_at_ms > self.now_ms;
        let answer = lasts.then_some(answer);
        self.snapshot.kept_answers.insert(id, answer);
        Ok(())
    }

    fn take_successor(&mut self, row: &Row) -> Outcome {
        let (lineage, id) = (KeyId(get(row, 0)?), KeyId(get(row, 1)?));
        let successor: Option<Uuid> = get(row, 2)?;
        let successors = &mut self.snapshot.successors;
        successors.insert((id, lineage), successor.map(KeyId));
        Ok(())
    }

    fn take_credits(&mut self, row: &Row) -> Outcome {
        let lineage = KeyId(get(row, 0)?);
        let credits = rows::credits(&Stored(row), 1).map_err(|error| error.to_string());
        let epoch = 1 + <CreditColumn as rows::Listed>::index(CreditColumn::Epoch);
        self.epochs.insert(lineage, get(row, epoch)?);
        self.credits.insert(lineage, credits);
        Ok(())
    }

    fn take_token(&mut self, row: &Row) -> Outcome {
        let (is_listed, is_forgotten): (bool, bool) = (get(row, 1)?, get(row, 2)?);
        let token = TokenRow {
            is_listed,
            is_revoked: is_listed || is_forgotten,
        };
        self.snapshot.tokens.insert(TokenId(get(row, 0)?), token);
        Ok(())
    }

    /// Puts in what was looked for and not found, and what several statements tell together.
    pub(super) fn settle(&mut self, wanted: &Wanted) -> Outcome {
        for id in &wanted.keys {
            self.snapshot.keys.entry(KeyId(*id)).or_insert(None);
        }
        for id in &wanted.kept_answers {
            let id: [u8; 32] = id.as_slice().try_into().map_err(|_| "no digest")?;
            let kept = self.snapshot.kept_answers.entry(Digest(id)).or_insert(None);
            if let Some(kept) = kept {
                self.snapshot.keys.entry(kept.key_id).or_insert(None);
            }
        }
        for id in &wanted.owners {
            self.snapshot.owners.entry(OwnerId(*id)).or_insert(None);
        }
        for id in &wanted.control_keys {
            let control_keys = &mut self.snapshot.control_keys;
            control_keys
                .entry(OwnerId(*id))
                .or_default()
                .sort_unstable();
        }
        self.settle_places(wanted);
        self.settle_lineages(wanted);
        self.settle_credits(wanted)
    }

    fn settle_places(&mut self, wanted: &Wanted) {
        for needs in &wanted.needs {
            let renamed = needs.new_name.iter().flat_map(|name| {
                let keys = needs.keys.iter().filter_map(|id| self.key(*id));
                keys.filter_map(|key| {
                    KeyPlace::of(&Key {
                        name: Some(name.clone()),
                        ..Key::clone(&key)
                    })
                })
            });
            let places: Vec<KeyPlace> = needs.place.iter().cloned().chain(renamed).collect();
            for place in places {
                self.snapshot.places.entry(place).or_insert(None);
            }
            if let Some((owner_id, kind)) = needs.last_key {
                let last = self.last_key(owner_id, kind);
                self.snapshot.last_keys.insert((owner_id, kind), last);
            }
            if let Some((owner_id, name)) = &needs.named {
                let named = self.named_of(*owner_id, name);
                let place = (*owner_id, name.clone());
                self.snapshot.named.insert(place, named);
            }
        }
    }

    fn last_key(&self, owner_id: OwnerId, kind: Kind) -> Option<KeyId> {
        let mut found = self.last_keys.iter();
        let is_it = |id: &&KeyId| {
            let key = self.key(**id);
            key.is_some_and(|key| key.owner_id == owner_id && key.kind == kind)
        };
        found.find(is_it).copied()
    }

    fn named_of(&self, owner_id: OwnerId, name: &str) -> Vec<KeyId> {
        let keys = self.named.iter().filter_map(|id| self.key(*id));
        let mut named: Vec<KeyId> = keys
            .filter(|key| key.owner_id == owner_id && key.name.as_deref() == Some(name))
            .filter(|key| key.revoked_at_ms.is_none())
            .map(|key| key.id)
            .collect();
        named.sort_unstable();
        named
    }

    /// The lineages of keys that were found, even where none of them works.
    pub(super) fn settle_lineages(&mut self, wanted: &Wanted) {
        for (ids, is_whole) in [(&wanted.in_grace, false), (&wanted.working, true)] {
            for id in ids {
                let Some(key) = self.key(KeyId(*id)) else {
                    continue;
                };
                let lists = if is_whole {
                    &mut self.snapshot.lineages
                } else {
                    &mut self.snapshot.in_grace
                };
                lists.entry(key.lineage).or_default();
            }
        }
    }

    /// Credits that cannot be read are a fault, but for a settlement, which gives what it has back to the others, and
    /// for a change that puts others in their place.
    fn settle_credits(&mut self, wanted: &Wanted) -> Outcome {
        for needs in &wanted.needs {
            let of_keys = needs.keys.iter().filter(|_| needs.credits_of_keys);
            let lineages = of_keys.filter_map(|id| Some(self.key(*id)?.lineage));
            for lineage in lineages.collect::<Vec<_>>() {
                let found = self.credits.get(&lineage).cloned();
                let credits = match found.unwrap_or(Ok(None)) {
                    Ok(credits) => credits,
                    Err(_) => self.epochs.get(&lineage).map(|epoch| Credits {
                        remaining: 0,
                        refill: None,
                        period: 0,
                        epoch: *epoch,
                    }),
                };
                self.snapshot.credits.insert(lineage, credits);
            }
        }
        for id in &wanted.credits {
            let lineage = KeyId(*id);
            let credits = match self.credits.get(&lineage).cloned().unwrap_or(Ok(None)) {
                Err(error) if wanted.settled.contains(id) => {
                    tracing::warn!(error, %lineage, "credits that cannot be read get nothing back");
                    None
                }
                credits => credits?,
            };
            self.snapshot.credits.insert(lineage, credits);
        }
        Ok(())
    }

    fn key(&self, id: KeyId) -> Option<Arc<Key>> {
        let row = self.snapshot.keys.get(&id).and_then(Option::as_ref);
        row.map(|row| Arc::clone(&row.minted.key))
    }
}

/// The same key may be found by several members of its lineage.
fn put(ids: &mut Vec<KeyId>, id: KeyId) {
    if !ids.contains(&id) {
        ids.push(id);
    }
}

fn counted(row: &Row) -> Outcome<(OwnerId, u32)> {
    let count: i64 = get(row, 1)?;
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    Ok((OwnerId(get(row, 0)?), count))
}

fn bytes(row: &Row, index: usize) -> Outcome<[u8; 32]> {
    let bytes: Vec<u8> = get(row, index)?;
    bytes
        .try_into()
        .map_err(|_| "bytes of another length than a digest's".to_owned())
}

fn get<T: FromSqlOwned>(row: &Row, index: usize) -> Outcome<T> {
    row.try_get(index).map_err(|error| error.to_string())
}
