//! What the changes of one batch are decided on: the rows that they name, in plain maps.
//! Leaves what follows from them to the core, and reading them to the engines.

mod changes;

use std::collections::HashMap;
use std::sync::Arc;

use keywright_model::credits::Credits;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::key::{Key, Kind};
use keywright_model::owner::Owner;
use keywright_model::secret::Digest;

use crate::NewReplay;
use crate::cache::Minted;

/// The rows that a batch names, as the changes decided so far have left them.
///
/// Each map knows what was looked for: an entry without a row says that there is none, no entry that nobody looked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Where the events end, those of the changes decided so far included.
    pub position: i64,
    /// Keys by their ids.
    pub keys: HashMap<KeyId, Option<KeyRow>>,
    /// The keys of a lineage that are in use or in their grace, by its first key; some may have ended since.
    pub lineages: HashMap<KeyId, Vec<KeyId>>,
    /// The same, but perhaps without those that are not in their grace: of some lineages, no more is asked for.
    pub in_grace: HashMap<KeyId, Vec<KeyId>>,
    /// The successor of a key within a lineage, by both.
    pub successors: HashMap<(KeyId, KeyId), Option<KeyId>>,
    /// Users and organizations by their ids, deleted ones, too.
    pub owners: HashMap<OwnerId, Option<OwnerRow>>,
    /// Which key holds a place.
    pub places: HashMap<KeyPlace, Option<KeyId>>,
    /// The key of an owner and a kind that has the last id.
    pub last_keys: HashMap<(OwnerId, Kind), Option<KeyId>>,
    /// The named keys of an owner and a name that hold their place or have a grace; some may have ended since.
    pub named: HashMap<(OwnerId, String), Vec<KeyId>>,
    /// The control keys of an owner; some may have ended since.
    pub control_keys: HashMap<OwnerId, Vec<KeyId>>,
    /// How many owners that were not deleted stand directly below one; where there are more than a batch can delete,
    /// so many at least.
    pub children: HashMap<OwnerId, u32>,
    /// How many keys of an owner hold their place and have not expired; where there are more than the limit and a
    /// batch can end, so many at least.
    pub key_counts: HashMap<OwnerId, u32>,
    /// Credits by their lineage.
    pub credits: HashMap<KeyId, Option<Credits>>,
    /// Kept answers by their ids.
    pub kept_answers: HashMap<Digest, Option<KeptAnswer>>,
    /// What is known of access tokens.
    pub tokens: HashMap<TokenId, TokenRow>,
}

/// A key as a snapshot has it: since its owner was deleted, it is revoked, whatever its row says.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRow {
    /// The key and its digest.
    pub minted: Minted,
    /// Whether it holds its place, or its name.
    pub is_current: bool,
}

/// An owner as a snapshot has it.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnerRow {
    /// The owner.
    pub owner: Arc<Owner>,
    /// Whether its own row says that it is suspended: one that cannot be read counts as suspended, too.
    pub is_suspended: bool,
}

/// An answer that is kept for a retry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// What was asked for.
    pub fingerprint: [u8; 32],
    /// The secret that was issued, sealed.
    pub sealed_secret: Vec<u8>,
    /// The key that was issued.
    pub key_id: KeyId,
    /// The key that it replaced, if it did.
    pub replaced_key_id: Option<KeyId>,
    /// When it is forgotten, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// What is known of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Whether it has a row among those that were revoked.
    pub is_listed: bool,
    /// Whether it counts as revoked: also if its row may have been forgotten.
    pub is_revoked: bool,
}

/// A place that one key at a time may hold: the one of its owner and kind or, among named keys, its name's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyPlace {
    /// Whose place.
    pub owner_id: OwnerId,
    /// For keys of this kind.
    pub kind: Kind,
    /// Of this name.
    pub name: Option<String>,
}

impl KeyPlace {
    /// The place that a key holds or wants; `None` if its kind has any number of them.
    #[must_use]
    pub fn of(key: &Key) -> Option<Self> {
        let name = match key.kind {
            Kind::User | Kind::Organization => None,
            Kind::Named => Some(key.name.clone()?),
            Kind::Client | Kind::Standard | Kind::Control => return None,
        };
        Some(Self {
            owner_id: key.owner_id,
            kind: key.kind,
            name,
        })
    }
}

/// Something was asked for that is not in the snapshot, because only an earlier change of the batch led to it: the
/// change must be decided again, on a snapshot of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLoaded(pub &'static str);

impl Snapshot {
    /// A key with this id.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn key(&self, id: KeyId) -> Result<Option<&KeyRow>, NotLoaded> {
        let found = self.keys.get(&id).ok_or(NotLoaded("a key"))?;
        Ok(found.as_ref())
    }

    /// An owner that was not deleted.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn owner(&self, id: OwnerId) -> Result<Option<&Arc<Owner>>, NotLoaded> {
        let found = self.owner_row(id)?.map(|row| &row.owner);
        Ok(found.filter(|owner| owner.deleted_at_ms.is_none()))
    }

    /// An owner, also one that was deleted.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn owner_row(&self, id: OwnerId) -> Result<Option<&OwnerRow>, NotLoaded> {
        let found = self.owners.get(&id).ok_or(NotLoaded("an owner"))?;
        Ok(found.as_ref())
    }

    /// The key that holds a place.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn holder(&self, place: &KeyPlace) -> Result<Option<&KeyRow>, NotLoaded> {
        match self.places.get(place).ok_or(NotLoaded("a place"))? {
            Some(id) => self.key(*id),
            None => Ok(None),
        }
    }

    /// The key of an owner and a kind that has the last id.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn last_key(&self, owner_id: OwnerId, kind: Kind) -> Result<Option<&KeyRow>, NotLoaded> {
        let last = self.last_keys.get(&(owner_id, kind));
        match last.ok_or(NotLoaded("an owner's last key"))? {
            Some(id) => self.key(*id),
            None => Ok(None),
        }
    }

    /// The keys of a lineage that are in use or in their grace at this instant, in the order of their ids.
    ///
    /// # Errors
    /// When they were not looked for.
    pub fn lineage(&self, lineage: KeyId, now_ms: i64) -> Result<Vec<&Minted>, NotLoaded> {
        let members = self.lineages.get(&lineage).ok_or(NotLoaded("a lineage"))?;
        let mut working = self.rows(members)?;
        working.retain(|row| works(&row.minted.key, now_ms));
        working.sort_by_key(|row| row.minted.key.id);
        Ok(working.into_iter().map(|row| &row.minted).collect())
    }

    /// The keys of a lineage that are in their grace at this instant, in the order of their ids.
    ///
    /// # Errors
    /// When they were not looked for.
    pub fn in_grace(&self, lineage: KeyId, now_ms: i64) -> Result<Vec<&Minted>, NotLoaded> {
        let lists = [&self.in_grace, &self.lineages];
        let members = lists.iter().find_map(|lists| lists.get(&lineage));
        let mut rows = self.rows(members.ok_or(NotLoaded("a lineage"))?)?;
        rows.retain(|row| {
            let end_ms = row.minted.key.grace_until_ms;
            works(&row.minted.key, now_ms) && end_ms.is_some_and(|end_ms| end_ms > now_ms)
        });
        rows.sort_by_key(|row| row.minted.key.id);
        Ok(rows.into_iter().map(|row| &row.minted).collect())
    }

    /// The successor of a key of this lineage, if that stands in it, too.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn successor(&self, id: KeyId, lineage: KeyId) -> Result<Option<KeyId>, NotLoaded> {
        if let Some(found) = self.keys.get(&id) {
            let key = found.as_ref().map(|row| &row.minted.key);
            let key = key.filter(|key| key.lineage == lineage);
            return Ok(key.and_then(|key| key.replaced_by));
        }
        let found = self.successors.get(&(id, lineage));
        found.copied().ok_or(NotLoaded("a successor"))
    }

    /// The named keys of an owner and a name that hold their place or have a grace, and have not been revoked, in
    /// the order of their ids.
    ///
    /// # Errors
    /// When they were not looked for.
    pub fn named(&self, owner_id: OwnerId, name: &str) -> Result<Vec<&Minted>, NotLoaded> {
        let ids = self.named.get(&(owner_id, name.to_owned()));
        let mut rows = self.rows(ids.ok_or(NotLoaded("named keys"))?)?;
        rows.retain(|row| {
            let key = &row.minted.key;
            let has_name = key.kind == Kind::Named && key.name.as_deref() == Some(name);
            let goes_on = row.is_current || key.grace_until_ms.is_some();
            has_name && goes_on && key.revoked_at_ms.is_none()
        });
        rows.sort_by_key(|row| row.minted.key.id);
        Ok(rows.into_iter().map(|row| &row.minted).collect())
    }

    /// The control keys of an owner, in the order of their ids.
    ///
    /// # Errors
    /// When they were not looked for.
    pub fn control_keys(&self, owner_id: OwnerId) -> Result<Vec<&Minted>, NotLoaded> {
        let ids = self.control_keys.get(&owner_id);
        let mut rows = self.rows(ids.ok_or(NotLoaded("control keys"))?)?;
        rows.sort_by_key(|row| row.minted.key.id);
        Ok(rows.into_iter().map(|row| &row.minted).collect())
    }

    /// How many owners that were not deleted stand directly below one.
    ///
    /// # Errors
    /// When they were not counted.
    pub fn children(&self, id: OwnerId) -> Result<u32, NotLoaded> {
        let count = self.children.get(&id).copied();
        count.ok_or(NotLoaded("the owners below one"))
    }

    /// How many keys of an owner hold their place and have not expired.
    ///
    /// # Errors
    /// When they were not counted.
    pub fn key_count(&self, owner_id: OwnerId) -> Result<u32, NotLoaded> {
        let count = self.key_counts.get(&owner_id).copied();
        count.ok_or(NotLoaded("how many keys an owner has"))
    }

    /// The credits of a lineage, if they are counted.
    ///
    /// # Errors
    /// When they were not looked for.
    pub fn credits(&self, lineage: KeyId) -> Result<Option<Credits>, NotLoaded> {
        let found = self.credits.get(&lineage).copied();
        found.ok_or(NotLoaded("credits"))
    }

    /// A kept answer.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn kept_answer(&self, id: Digest) -> Result<Option<&KeptAnswer>, NotLoaded> {
        let found = self
            .kept_answers
            .get(&id)
            .ok_or(NotLoaded("a kept answer"))?;
        Ok(found.as_ref())
    }

    /// What is known of an access token.
    ///
    /// # Errors
    /// When it was not looked for.
    pub fn token(&self, id: TokenId) -> Result<TokenRow, NotLoaded> {
        self.tokens.get(&id).copied().ok_or(NotLoaded("a token"))
    }

    fn rows(&self, ids: &[KeyId]) -> Result<Vec<&KeyRow>, NotLoaded> {
        let rows = ids.iter().filter_map(|id| self.key(*id).transpose());
        rows.collect()
    }
}

impl KeptAnswer {
    /// What is kept of a change that issued a key.
    #[must_use]
    pub fn of(replay: &NewReplay, key_id: KeyId, replaced_key_id: Option<KeyId>) -> Self {
        Self {
            fingerprint: replay.fingerprint,
            sealed_secret: replay.sealed_secret.clone(),
            key_id,
            replaced_key_id,
            expires_at_ms: replay.expires_at_ms,
        }
    }
}

/// Whether a key is in use or in its grace, as far as its lineage is concerned: whatever its own end.
fn works(key: &Key, now_ms: i64) -> bool {
    let has_grace = key.grace_until_ms.is_some_and(|at_ms| at_ms > now_ms);
    key.revoked_at_ms.is_none() && (key.replaced_by.is_none() || has_grace)
}
