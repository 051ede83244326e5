//! New keys: in a place of their own, or in that of another.

use std::sync::Arc;

use rusqlite::{OptionalExtension as _, ToSql};

use crate::{account, rows};
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, State};
use keywright_store::cache::Minted;
use keywright_store::event::Event;
use keywright_store::{NewKey, Place, Write, Written};

use super::{Outcome, Scene, insert_key, must_insert, no_key, no_owner, retired, unreadable};

/// What became of a rotation that was not refused.
pub(super) enum Succession {
    /// The new key, and the one that it replaces, if there was one.
    Made(Arc<Key>, Option<KeyId>),
    /// The old key: the new one was not of its form.
    Unlike(Arc<Key>),
}

impl<'a> Scene<'a> {
    pub(super) fn issue(&mut self, write: &'a Write, new: &NewKey) -> Outcome<Written> {
        if let Err(refusal) = self.check_reach(new.key.owner_id)? {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.check_wish(&new.key) {
            return Ok(Err(refusal));
        }
        // Between the look at the owner and this commit it may have gone.
        if rows::read_owner(self.connection, new.key.owner_id)?.is_none() {
            return Ok(Err(no_owner(new.key.owner_id)));
        }
        if let Some(limit) = write.authority.keys_max
            && self.has_keys(new.key.owner_id, limit)?
        {
            return Ok(Err(Error::KeyLimitReached { limit }));
        }
        if let Err(refusal) = self.displace_expired(&new.key)? {
            return Ok(Err(refusal));
        }
        if insert_key(self.connection, new)? == 0 {
            return Ok(Err(match new.key.kind {
                Kind::Named => Error::NameTaken,
                kind => Error::Taken(format!(
                    "this owner has its one live key of kind '{}' already: rotate or revoke that key",
                    kind.word()
                )),
            }));
        }
        let key = self.touch_new(new);
        let key = match new.key.credits {
            Some(credits) => {
                account::open(self.connection, new.key.family, credits)?;
                // Only the database knows which credits these are.
                match self.touch_key(new.key.id)? {
                    Ok(key) => key,
                    Err(refusal) => return Ok(Err(refusal)),
                }
            }
            None => key,
        };
        let event = Event::done(
            "key.issued",
            new.key.id.0,
            new.key.owner_id,
            self.now_ms,
            &write.trail,
        );
        self.note(event);
        Ok(Ok(Written::Key(key)))
    }

    /// Whether an owner has as many keys as this that may still be used.
    fn has_keys(&self, owner_id: OwnerId, count: u32) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(COUNT_CURRENT)?
            .query_row((owner_id.0, self.now_ms, count), |row| row.get::<_, u32>(0))
            .map(|found| found >= count)
    }

    /// An expired key keeps its place, or its name, only until another key wants it.
    pub(super) fn displace_expired(&mut self, wants: &Key) -> Outcome<()> {
        let Some(place) = place_of(wants.kind) else {
            return Ok(Ok(()));
        };
        let mut displace = self.connection.prepare_cached(&format!(
            "UPDATE keys SET current = false, replaced_by = ?2, replaced_at_ms = expires_at_ms
             WHERE {place} AND expires_at_ms <= ?3
             RETURNING id"
        ))?;
        let parameters: [&dyn ToSql; 4] =
            [&wants.owner_id.0, &wants.id.0, &self.now_ms, &wants.name];
        let parameters = &parameters[..displace.parameter_count()];
        let displaced = displace
            .query_row(parameters, |row| row.get(0).map(KeyId))
            .optional()?;
        match displaced {
            Some(displaced) => Ok(self.touch_key(displaced)?.map(drop)),
            None => Ok(Ok(())),
        }
    }

    /// The old key gives its place to its successor, in one transaction: never two, never none.
    pub(super) fn replace(
        &mut self,
        write: &'a Write,
        place: Place,
        grace_ms: i64,
        successor: &NewKey,
    ) -> Outcome<Succession> {
        let new = &successor.key;
        let event = |target: KeyId, owner: OwnerId, at_ms| {
            Event::done("key.rotated", target.0, owner, at_ms, &write.trail)
        };
        let old = match place {
            Place::Of(id) => match rows::read_key(self.connection, id)? {
                Some(old) => Some(old),
                None => return Ok(Err(no_key(id))),
            },
            Place::OfOwner => self.holder(new)?,
        };
        let Some(Minted { key: old, digest }) = old else {
            let first = match self.bounded_by_last(successor.clone())? {
                Ok(first) => first,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let first = self.bounded_by_caller(first);
            if let Err(refusal) = self.check_first(&first.key) {
                return Ok(Err(refusal));
            }
            must_insert(insert_key(self.connection, &first)?)?;
            let key = self.touch_new(&first);
            self.note(event(new.id, new.owner_id, self.now_ms));
            return Ok(Ok(Succession::Made(key, None)));
        };
        if !old.unreadable.is_empty() {
            return Ok(Err(unreadable(&old)));
        }
        if let Err(refusal) = self.check_reach_of(old.id, old.owner_id)? {
            return Ok(Err(refusal));
        }
        if old.form() != new.form() {
            return Ok(Ok(Succession::Unlike(old)));
        }
        if let Err(refusal) = self.check_target(&old) {
            return Ok(Err(refusal));
        }
        let state = old.state(self.now_ms);
        let is_expired = state == State::Expired;
        // The row of a key whose owner was deleted may still hold its place.
        if state == State::Revoked || (is_expired && matches!(place, Place::Of(_))) {
            return Ok(Err(retired(&old, self.now_ms)));
        }
        let until_ms = self.now_ms.saturating_add(grace_ms);
        let until_ms = old
            .expires_at_ms
            .map_or(until_ms, |end_ms| until_ms.min(end_ms));
        let grace_until_ms = (until_ms > self.now_ms).then_some(until_ms);
        if grace_until_ms.is_some() && self.count_in_grace(old.family)? >= IN_GRACE_MAX {
            return Ok(Err(Error::Taken(format!(
                "{IN_GRACE_MAX} keys that this one has replaced are in their grace already: revoke some of them, \
                 or rotate without a grace"
            ))));
        }
        let left = self
            .connection
            .prepare_cached(
                "UPDATE keys SET current = false, replaced_by = ?2, replaced_at_ms = ?3,
                     grace_until_ms = ?4
                 WHERE id = ?1 AND current",
            )?
            .execute((old.id.0, new.id.0, until_ms, grace_until_ms))?;
        if left == 0 {
            return Ok(Err(retired(&old, self.now_ms)));
        }
        let mut heir = heir(successor, &old);
        if is_expired {
            // Its end has come, and a new key needs another: that of the key which asks, if it has one.
            heir.key.expires_at_ms = new.expires_at_ms;
            heir.key.end_is_given = new.end_is_given;
            heir = self.bounded_by_caller(heir);
        }
        if matches!(place, Place::OfOwner) && !self.is_caller(old.id) {
            heir = self.bounded_by_caller(heir);
            if let Err(refusal) = self.check_first(&heir.key) {
                return Ok(Err(refusal));
            }
        }
        must_insert(insert_key(self.connection, &heir)?)?;
        let replaced = Key {
            replaced_at_ms: Some(until_ms),
            replaced_by: Some(new.id),
            grace_until_ms,
            ..Key::clone(&old)
        };
        self.touched.keys.push(Minted {
            key: Arc::new(replaced),
            digest,
        });
        let key = self.touch_new(&heir);
        self.note(event(old.id, old.owner_id, self.now_ms).with(new.id.0));
        Ok(Ok(Succession::Made(key, Some(old.id))))
    }

    /// A new key with the bounds of the one that had its place last: who ends a key does not end its bounds.
    fn bounded_by_last(&self, mut new: NewKey) -> Outcome<NewKey> {
        let id = self
            .connection
            .prepare_cached(
                "SELECT id FROM keys WHERE owner_id = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1",
            )?
            .query_row((new.key.owner_id.0, new.key.kind.word()), |row| {
                row.get(0).map(KeyId)
            })
            .optional()?;
        let last = id
            .map(|id| rows::read_key(self.connection, id))
            .transpose()?;
        if let Some(Minted { key: last, .. }) = last.flatten() {
            if !last.unreadable.is_empty() {
                return Ok(Err(unreadable(&last)));
            }
            new.key.enabled = last.enabled;
            new.key.family = last.family;
            new.key.credits = last.credits;
            new.key.rate_limits.clone_from(&last.rate_limits);
            new.key.ip_allow.clone_from(&last.ip_allow);
            if last
                .expires_at_ms
                .is_some_and(|end_ms| end_ms > self.now_ms)
            {
                (new.key.expires_at_ms, new.key.end_is_given) =
                    last.end_of_successor(new.key.expires_at_ms);
            }
        }
        Ok(Ok(new))
    }

    /// How many keys of a line are in their grace.
    fn count_in_grace(&self, family: KeyId) -> rusqlite::Result<u32> {
        self.connection
            .prepare_cached(
                "SELECT count(*) FROM keys WHERE family = ?1 AND grace_until_ms > ?2
                     AND revoked_at_ms IS NULL",
            )?
            .query_row((family.0, self.now_ms), |row| row.get(0))
    }

    /// The key that holds the place of its owner's one key of this kind.
    fn holder(&self, new: &Key) -> rusqlite::Result<Option<Minted>> {
        let Some(place) = place_of(new.kind) else {
            return Ok(None);
        };
        let id = self
            .connection
            .prepare_cached(&format!("SELECT id FROM keys WHERE {place}"))?
            .query_row([new.owner_id.0], |row| row.get(0).map(KeyId))
            .optional()?;
        let held = id
            .map(|id| rows::read_key(self.connection, id))
            .transpose()?;
        Ok(held.flatten())
    }
}

/// So many keys of a line may be in their grace at a time: all of them are changed and ended together.
const IN_GRACE_MAX: u32 = 16;

/// How many keys of an owner may still be used, up to a number. The index of these is there where they are counted,
/// and is all that is read.
pub(crate) const COUNT_CURRENT: &str = "SELECT count(*) FROM (SELECT 1 FROM keys
    WHERE owner_id = ?1 AND current AND (expires_at_ms IS NULL OR expires_at_ms > ?2) LIMIT ?3)";

/// The condition of the one key that may hold the place that a new key wants, with the owner as `?1` and, if
/// it is a place among others, its name as `?4`. The kind is written out, or no partial index would serve.
fn place_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::User => Some("owner_id = ?1 AND kind = 'user' AND current"),
        Kind::Organization => Some("owner_id = ?1 AND kind = 'organization' AND current"),
        Kind::Named => Some("owner_id = ?1 AND kind = 'named' AND current AND name = ?4"),
        Kind::Client | Kind::Standard | Kind::Control => None,
    }
}

/// A successor with everything that it takes over.
fn heir(successor: &NewKey, old: &Key) -> NewKey {
    let mut heir = successor.clone();
    let (expires_at_ms, end_is_given) = old.end_of_successor(heir.key.expires_at_ms);
    heir.key = Key {
        owner_id: old.owner_id,
        name: old.name.clone(),
        scopes: old.scopes.clone(),
        reach: old.reach,
        metadata: old.metadata.clone(),
        enabled: old.enabled,
        expires_at_ms,
        end_is_given,
        family: old.family,
        rate_limits: old.rate_limits.clone(),
        credits: old.credits,
        ip_allow: old.ip_allow.clone(),
        ..heir.key
    };
    heir
}
