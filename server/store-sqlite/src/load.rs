//! What the changes of a batch name, read into a snapshot: from memory where that has it, else from the database.
//! Leaves what follows from it to the rules.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, named_params};
use uuid::Uuid;

use super::{rows, tokens};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, Reach};
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use keywright_store::cache::Cache;
use keywright_store::snapshot::{KeptAnswer, KeyPlace, KeyRow, OwnerRow};
use keywright_store::{Change, LineagePart, Needs, Place, Snapshot, Source, Write};

/// A batch adds and ends no more than this: what is counted up to a limit is counted so much further, so that what a
/// batch takes away again shows.
const BATCH_SLACK: u32 = 1000;

/// How many keys of an owner may still be used, up to a number. The index of these is there where they are counted,
/// and is all that is read.
pub(super) const COUNT_CURRENT: &str = "SELECT count(*) FROM (SELECT 1 FROM keys
    WHERE owner_id = ?1 AND current AND (expires_at_ms IS NULL OR expires_at_ms > ?2) LIMIT ?3)";

/// A snapshot that is being filled. Only the writer changes what is kept, so what its memory has is what a row says.
pub(super) struct Loader<'a> {
    connection: &'a Connection,
    cache: &'a Cache,
    now_ms: i64,
    pub(super) snapshot: Snapshot,
    /// Keys and owners that are as the memory has them: their uses, their credits and their spending may be older.
    recalled_keys: HashSet<KeyId>,
    recalled_owners: HashSet<OwnerId>,
}

impl<'a> Loader<'a> {
    /// An empty snapshot at this position.
    pub(super) fn new(connection: &'a Connection, cache: &'a Cache, position: i64) -> Self {
        let snapshot = Snapshot {
            position,
            ..Snapshot::default()
        };
        Self {
            connection,
            cache,
            now_ms: 0,
            snapshot,
            recalled_keys: HashSet::new(),
            recalled_owners: HashSet::new(),
        }
    }

    /// Reads what a change names, at this instant.
    ///
    /// Some changes of the same transaction may have been applied already: the snapshot and the rows have them, and
    /// the memory has not.
    pub(super) fn load(&mut self, write: &Write, now_ms: i64) -> rusqlite::Result<()> {
        self.now_ms = now_ms;
        let needs = Needs::of(write);
        let source = source_of(&write.change);
        self.load_caller(&needs)?;
        let is_bounded = self.is_bounded(&needs);
        for owner_id in &needs.owners {
            self.load_owner(*owner_id, source)?;
            if is_bounded {
                self.load_line(*owner_id)?;
            }
        }
        if let Some(owner_id) = needs.line {
            self.load_line(owner_id)?;
        }
        for key in self.load_targets(&needs, source)? {
            // A retry beside it asks for its owner.
            self.load_owner(key.owner_id, Source::Cache)?;
            if is_bounded {
                self.load_line(key.owner_id)?;
            }
            if let Some(part) = needs.lineages {
                self.load_lineage(&key, part)?;
            }
            if let Some(name) = &needs.new_name {
                let named = Key {
                    name: Some(name.clone()),
                    ..Key::clone(&key)
                };
                self.load_place(KeyPlace::of(&named))?;
            }
            if needs.credits_of_keys {
                let credits = rows::read_credits_before(self.connection, key.lineage)?;
                self.snapshot.credits.insert(key.lineage, credits);
            }
        }
        let is_settlement = matches!(write.change, Change::Settle(_));
        for lineage in &needs.credits {
            self.load_credits(*lineage, is_settlement)?;
        }
        self.load_counts(&needs)
    }

    /// The key and the token behind a change, and the answer that was kept of an earlier one.
    fn load_caller(&mut self, needs: &Needs) -> rusqlite::Result<()> {
        if let Some(id) = needs.caller {
            self.load_key(id, Source::Cache)?;
        }
        for token in &needs.tokens {
            self.load_token(*token)?;
        }
        let Some(id) = needs.kept_answer else {
            return Ok(());
        };
        if let Some(kept) = self.load_kept_answer(id)?
            && let Some(key) = self.load_key(kept, Source::Database)?
        {
            self.load_owner(key.owner_id, Source::Database)?;
            if self.is_bounded(needs) {
                self.load_line(key.owner_id)?;
            }
        }
        Ok(())
    }

    /// The keys that a change is about.
    fn load_targets(&mut self, needs: &Needs, source: Source) -> rusqlite::Result<Vec<Arc<Key>>> {
        let mut targets = Vec::new();
        for id in &needs.keys {
            targets.extend(self.load_key(*id, source)?);
        }
        targets.extend(self.load_place(needs.place.clone())?);
        if let Some((owner_id, kind)) = needs.last_key {
            self.load_last_key(owner_id, kind)?;
        }
        if let Some((owner_id, name)) = &needs.named {
            targets.extend(self.load_named(*owner_id, name)?);
        }
        Ok(targets)
    }

    fn load_counts(&mut self, needs: &Needs) -> rusqlite::Result<()> {
        if let Some(owner_id) = needs.control_keys
            && let Some(caller) = needs.caller
            && self.is_control(caller)
        {
            self.load_control_keys(owner_id)?;
        }
        if let Some(owner_id) = needs.children {
            let children = self
                .connection
                .prepare_cached(
                    "SELECT count(*) FROM (SELECT 1 FROM owners
                         WHERE parent_id = ?1 AND deleted_at_ms IS NULL LIMIT ?2)",
                )?
                .query_row((owner_id.0, BATCH_SLACK), |row| row.get(0))?;
            self.snapshot.children.insert(owner_id, children);
        }
        if let Some((owner_id, limit)) = needs.key_count {
            let count = self.connection.prepare_cached(COUNT_CURRENT)?.query_row(
                (owner_id.0, self.now_ms, limit.saturating_add(BATCH_SLACK)),
                |row| row.get(0),
            )?;
            self.snapshot.key_counts.insert(owner_id, count);
        }
        Ok(())
    }

    fn load_key(&mut self, id: KeyId, source: Source) -> rusqlite::Result<Option<Arc<Key>>> {
        let must_reread = source == Source::Database && self.recalled_keys.contains(&id);
        let has_it = self.snapshot.keys.contains_key(&id) && !must_reread;
        if !has_it {
            let recalled = match source {
                Source::Cache => self.recall_key(id),
                Source::Database => None,
            };
            let row = if recalled.is_some() {
                self.recalled_keys.insert(id);
                recalled
            } else {
                self.recalled_keys.remove(&id);
                rows::read_key_row(self.connection, id)?
            };
            self.snapshot.keys.insert(id, row);
        }
        let row = self.snapshot.keys.get(&id).and_then(Option::as_ref);
        Ok(row.map(|row| Arc::clone(&row.minted.key)))
    }

    /// A key as the memory has it, unless something of it is counted elsewhere, was replaced or cannot be read.
    fn recall_key(&self, id: KeyId) -> Option<KeyRow> {
        let minted = self.cache.peek(id)?;
        let key = &minted.key;
        // A key that was replaced is told of what becomes of its lineage only while it has its grace.
        if key.credits.is_some() || key.replaced_by.is_some() || !key.unreadable.is_empty() {
            return None;
        }
        // What this very transaction has done to a key that was not loaded: its owner has ended, or its lineage has
        // other credits.
        let owner = self.snapshot.owners.get(&key.owner_id);
        let owner_ends = owner.is_some_and(|owner| {
            owner
                .as_ref()
                .is_none_or(|row| row.owner.deleted_at_ms.is_some())
        });
        if owner_ends || self.snapshot.credits.contains_key(&key.lineage) {
            return None;
        }
        let is_current = key.revoked_at_ms.is_none();
        Some(KeyRow { minted, is_current })
    }

    fn load_owner(&mut self, id: OwnerId, source: Source) -> rusqlite::Result<()> {
        let must_reread = source == Source::Database && self.recalled_owners.contains(&id);
        if self.snapshot.owners.contains_key(&id) && !must_reread {
            return Ok(());
        }
        let recalled = match source {
            Source::Cache => self.cache.peek_owner(id),
            Source::Database => None,
        };
        let recalled = recalled.filter(|owner| owner.unreadable.is_empty());
        let row = if let Some(owner) = recalled {
            self.recalled_owners.insert(id);
            let is_suspended = owner.suspended;
            Some(OwnerRow {
                owner,
                is_suspended,
            })
        } else {
            self.recalled_owners.remove(&id);
            rows::read_owner_row(self.connection, id)?
        };
        self.snapshot.owners.insert(id, row);
        Ok(())
    }

    /// An owner and all above it.
    fn load_line(&mut self, id: OwnerId) -> rusqlite::Result<()> {
        let mut met = HashSet::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|id| met.insert(*id)) {
            self.load_owner(id, Source::Cache)?;
            let row = self.snapshot.owners.get(&id).and_then(Option::as_ref);
            next = row.and_then(|row| row.owner.parent_id);
        }
        Ok(())
    }

    fn load_place(&mut self, place: Option<KeyPlace>) -> rusqlite::Result<Option<Arc<Key>>> {
        let Some(place) = place else {
            return Ok(None);
        };
        let holder = match self.snapshot.places.get(&place) {
            Some(holder) => *holder,
            None => rows::find_holder(self.connection, &place)?,
        };
        self.snapshot.places.insert(place, holder);
        match holder {
            Some(id) => self.load_key(id, Source::Database),
            None => Ok(None),
        }
    }

    fn load_last_key(&mut self, owner_id: OwnerId, kind: Kind) -> rusqlite::Result<()> {
        let last = self
            .connection
            .prepare_cached(
                "SELECT id FROM keys WHERE owner_id = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1",
            )?
            .query_row((owner_id.0, kind.word()), |row| row.get(0).map(KeyId))
            .optional()?;
        self.snapshot.last_keys.insert((owner_id, kind), last);
        match last {
            Some(id) => self.load_key(id, Source::Database).map(drop),
            None => Ok(()),
        }
    }

    fn load_named(&mut self, owner_id: OwnerId, name: &str) -> rusqlite::Result<Vec<Arc<Key>>> {
        let rows = rows::read_named(self.connection, owner_id, name)?;
        let named = (owner_id, name.to_owned());
        let ids = self.put_rows(rows);
        let keys = ids.iter().filter_map(|id| self.loaded(*id)).collect();
        self.snapshot.named.insert(named, ids);
        Ok(keys)
    }

    /// Those of a key's lineage that its change may be about, too, and which keys come behind it.
    fn load_lineage(&mut self, key: &Key, part: LineagePart) -> rusqlite::Result<()> {
        let lineage = key.lineage;
        let rows = match part {
            LineagePart::InGrace => rows::read_in_grace(self.connection, lineage, self.now_ms)?,
            LineagePart::Working => rows::read_lineage(self.connection, lineage, self.now_ms)?,
        };
        let ids = self.put_rows(rows);
        match part {
            LineagePart::InGrace => self.snapshot.in_grace.insert(lineage, ids),
            LineagePart::Working => self.snapshot.lineages.insert(lineage, ids),
        };
        let mut met = HashSet::new();
        let mut next = key.replaced_by;
        while let Some(id) = next.filter(|id| met.insert(*id)) {
            let known = self.snapshot.successors.get(&(id, lineage));
            next = match (self.loaded(id), known) {
                (Some(behind), _) => behind.replaced_by.filter(|_| behind.lineage == lineage),
                (None, Some(known)) => *known,
                (None, None) => self.load_successor(id, lineage)?,
            };
        }
        Ok(())
    }

    fn load_successor(&mut self, id: KeyId, lineage: KeyId) -> rusqlite::Result<Option<KeyId>> {
        let found = self
            .connection
            .prepare_cached("SELECT replaced_by FROM keys WHERE id = ?1 AND lineage = ?2")?
            .query_row((id.0, lineage.0), |row| row.get::<_, Option<Uuid>>(0))
            .optional()?;
        let successor = found.flatten().map(KeyId);
        self.snapshot.successors.insert((id, lineage), successor);
        Ok(successor)
    }

    fn load_control_keys(&mut self, owner_id: OwnerId) -> rusqlite::Result<()> {
        let rows = rows::read_control_keys(self.connection, owner_id, self.now_ms)?;
        let ids = self.put_rows(rows);
        self.snapshot.control_keys.insert(owner_id, ids);
        Ok(())
    }

    /// Credits that cannot be read are a fault, but for a settlement, which gives what it has back to the others.
    fn load_credits(&mut self, lineage: KeyId, is_settlement: bool) -> rusqlite::Result<()> {
        let credits = match rows::read_credits(self.connection, lineage) {
            Err(error) if is_settlement => {
                tracing::warn!(%error, %lineage, "credits that cannot be read get nothing back");
                None
            }
            credits => credits?,
        };
        self.snapshot.credits.insert(lineage, credits);
        Ok(())
    }

    fn load_token(&mut self, token: TokenUse) -> rusqlite::Result<()> {
        let row = tokens::read(self.connection, token)?;
        self.snapshot.tokens.insert(token.id, row);
        Ok(())
    }

    /// The key that a kept answer is about, if there is one.
    fn load_kept_answer(&mut self, id: Digest) -> rusqlite::Result<Option<KeyId>> {
        let kept = self
            .connection
            .prepare_cached(
                "SELECT fingerprint, sealed_secret, key_id, replaced_key_id, expires_at_ms FROM replays
                 WHERE id = :id AND expires_at_ms > :now_ms",
            )?
            .query_row(
                named_params! { ":id": id.0, ":now_ms": self.now_ms },
                |row| {
                    let replaced_key_id: Option<Uuid> = row.get("replaced_key_id")?;
                    Ok(KeptAnswer {
                        fingerprint: row.get("fingerprint")?,
                        sealed_secret: row.get("sealed_secret")?,
                        key_id: KeyId(row.get("key_id")?),
                        replaced_key_id: replaced_key_id.map(KeyId),
                        expires_at_ms: row.get("expires_at_ms")?,
                    })
                },
            )
            .optional()?;
        let key_id = kept.as_ref().map(|kept| kept.key_id);
        self.snapshot.kept_answers.insert(id, kept);
        Ok(key_id)
    }

    /// Puts rows in that the database has just told.
    fn put_rows(&mut self, rows: Vec<KeyRow>) -> Vec<KeyId> {
        let mut ids = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.minted.key.id;
            self.recalled_keys.remove(&id);
            self.snapshot.keys.insert(id, Some(row));
            ids.push(id);
        }
        ids
    }

    fn loaded(&self, id: KeyId) -> Option<Arc<Key>> {
        let row = self.snapshot.keys.get(&id).and_then(Option::as_ref);
        row.map(|row| Arc::clone(&row.minted.key))
    }

    /// Whether the caller's key reaches its owner and those below it only.
    fn is_bounded(&self, needs: &Needs) -> bool {
        let caller = needs.caller.and_then(|id| self.loaded(id));
        caller.is_some_and(|caller| caller.reach == Reach::Owner && caller.kind == Kind::Control)
    }

    fn is_control(&self, id: KeyId) -> bool {
        self.loaded(id).is_some_and(|key| key.kind == Kind::Control)
    }
}

/// Where a change may have its keys and owners from. A rotation copies neither uses nor spending, and a new key says
/// nothing of its owner: their answers are the same.
fn source_of(change: &Change) -> Source {
    match change {
        Change::Issue(_)
        | Change::Replace {
            place: Place::Of(_),
            ..
        } => Source::Cache,
        _ => Source::Database,
    }
}
