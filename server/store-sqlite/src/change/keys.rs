//! Changes of keys that are there: their properties, and their end.

use std::sync::Arc;

use crate::{account, rows};
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, RevocationReason, State};
use keywright_model::secret::repeated;
use keywright_store::cache::Minted;
use keywright_store::event::Event;
use keywright_store::{KeyAmendment, Write, Written};

use super::{Outcome, Scene, no_key, retired, unreadable};

impl<'a> Scene<'a> {
    /// Ends a key, and those before it in its line that still have their grace: who has a successor ended
    /// means that nobody goes on in its place.
    pub(super) fn revoke(
        &mut self,
        write: &'a Write,
        id: KeyId,
        reason: RevocationReason,
    ) -> Outcome<Written> {
        let Some(Minted { key, .. }) = rows::read_key(self.connection, id)? else {
            return Ok(Err(no_key(id)));
        };
        if let Err(refusal) = self.check_reach_of(id, key.owner_id)? {
            return Ok(Err(refusal));
        }
        let before = if key.revoked_at_ms.is_none() {
            rows::read_predecessors(self.connection, &key, self.now_ms)?
        } else {
            Vec::new()
        };
        // All of them are looked at before the first ends.
        for key in [&key]
            .into_iter()
            .chain(before.iter().map(|minted| &minted.key))
        {
            if let Err(refusal) = self.check_target(key) {
                return Ok(Err(refusal));
            }
        }
        let outcome = self.end(write, id, reason, None)?;
        for minted in before {
            let successor = minted.key.replaced_by;
            if let Err(refusal) = self.end(write, minted.key.id, reason, successor)? {
                return Ok(Err(refusal));
            }
        }
        Ok(outcome)
    }

    /// Ends a key; one that has ended already stays as it is, and nothing is said about it. The events name
    /// the successor with which it ends, if that is why.
    pub(super) fn end(
        &mut self,
        write: &'a Write,
        id: KeyId,
        reason: RevocationReason,
        successor: Option<KeyId>,
    ) -> Outcome<Written> {
        let ended = self
            .connection
            .prepare_cached(
                "UPDATE keys SET current = false, revoked_at_ms = ?2, revocation_reason = ?3
                 WHERE id = ?1 AND revoked_at_ms IS NULL AND NOT EXISTS
                     (SELECT 1 FROM tombstones WHERE owner_id = keys.owner_id)",
            )?
            .execute((id.0, self.now_ms, reason.word()))?;
        let key = match self.touch_key(id)? {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if ended > 0 {
            let event = Event::done("key.revoked", id.0, key.owner_id, self.now_ms, &write.trail);
            let mut event = event.saying(reason.word());
            event.related = successor.map(|successor| successor.0);
            self.note(event);
        }
        Ok(Ok(Written::Key(key)))
    }

    /// Ends every key of this name that still works: the current one, and those in their grace.
    pub(super) fn revoke_named(
        &mut self,
        write: &'a Write,
        owner_id: OwnerId,
        name: &str,
        reason: RevocationReason,
    ) -> Outcome<Written> {
        let mut outcome = Ok(Err(Error::NotFound {
            noun: "named key",
            id: repeated(name).to_owned(),
        }));
        for minted in rows::read_named(self.connection, owner_id, name)? {
            if minted.key.state(self.now_ms) == State::Live {
                outcome = Ok(self.revoke(write, minted.key.id, reason)?);
            }
        }
        outcome
    }

    pub(super) fn amend_key(
        &mut self,
        write: &'a Write,
        id: KeyId,
        amendment: &KeyAmendment,
    ) -> Outcome<Written> {
        let Some(minted) = rows::read_key(self.connection, id)? else {
            return Ok(Err(no_key(id)));
        };
        if let Err(refusal) = self.check_reach_of(id, minted.key.owner_id)? {
            return Ok(Err(refusal));
        }
        if !matches!(minted.key.state(self.now_ms), State::Live | State::Disabled) {
            return Ok(Err(retired(&minted.key, self.now_ms)));
        }
        if !amendment.covers(&minted.key.unreadable) {
            return Ok(Err(unreadable(&minted.key)));
        }
        let key = amended(&minted.key, amendment);
        if let Err(refusal) = self.check_amendment(&minted.key, &key, amendment)? {
            return Ok(Err(refusal));
        }
        // A key in its grace has left its place, and with it its name.
        if key.name != minted.key.name
            && key.replaced_by.is_none()
            && let Err(refusal) = self.displace_expired(&key)?
        {
            return Ok(Err(refusal));
        }
        let updated = self
            .connection
            .prepare_cached(
                "UPDATE OR IGNORE keys SET enabled = ?2, name = ?3, scopes = ?4,
                     expires_at_ms = ?5, rate_limits = ?6, ip_allow = ?7, metadata = ?8, reach = ?9,
                     end_given = ?10
                 WHERE id = ?1",
            )?
            .execute((
                id.0,
                key.enabled,
                &key.name,
                key.scopes.to_string(),
                key.expires_at_ms,
                rows::write_limits(&key.rate_limits)?,
                rows::write_networks(&key.ip_allow),
                key.metadata.as_str(),
                key.reach.word(),
                key.end_is_given,
            ))?;
        if updated == 0 {
            return Ok(Err(Error::NameTaken));
        }
        self.amend_family(&key, amendment)?;
        if amendment.enabled == Some(false) {
            self.switch_off_predecessors(write, &key)?;
        }
        let key = match self.touch_key(id)? {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let event = Event::done("key.changed", id.0, key.owner_id, self.now_ms, &write.trail);
        self.note(event.saying(amendment.names()));
        Ok(Ok(Written::Key(key)))
    }

    /// What is changed is no wider than the caller's key, and what it becomes is not either.
    fn check_amendment(&self, old: &Key, new: &Key, amendment: &KeyAmendment) -> Outcome<()> {
        let checks = || {
            self.check_target(old)?;
            self.check_wish(new)?;
            if amendment.credits.is_some() {
                self.check_credits_change(new)?;
            }
            Ok(())
        };
        if let Err(refusal) = checks() {
            return Ok(Err(refusal));
        }
        // What is changed of its relatives with it is looked at, too.
        let mut relatives = Vec::new();
        if amendment.rate_limits.is_some() || amendment.credits.is_some() {
            relatives = rows::read_family(self.connection, old.family, self.now_ms)?;
        } else if amendment.enabled == Some(false) {
            relatives = rows::read_predecessors(self.connection, old, self.now_ms)?;
        }
        let refusal = relatives
            .iter()
            .find_map(|minted| self.check_target(&minted.key).err());
        Ok(refusal.map_or(Ok(()), Err))
    }

    /// Switches off those before a key that still have their grace: who switches a key off means whoever holds
    /// it. Each of them is switched on by itself.
    fn switch_off_predecessors(&mut self, write: &'a Write, key: &Key) -> rusqlite::Result<()> {
        for Minted {
            key: before,
            digest,
        } in rows::read_predecessors(self.connection, key, self.now_ms)?
        {
            if !before.enabled {
                continue;
            }
            self.connection
                .prepare_cached("UPDATE keys SET enabled = false WHERE id = ?1")?
                .execute([before.id.0])?;
            let event = Event::done(
                "key.changed",
                before.id.0,
                before.owner_id,
                self.now_ms,
                &write.trail,
            );
            self.note(event.saying("enabled").with(key.id.0));
            let mut off = Key::clone(&before);
            off.enabled = false;
            self.touched.keys.push(Minted {
                key: Arc::new(off),
                digest,
            });
        }
        Ok(())
    }

    /// A key that lives on beside its successor shares its windows and its credits.
    fn amend_family(&mut self, key: &Key, amendment: &KeyAmendment) -> rusqlite::Result<()> {
        if amendment.rate_limits.is_none() && amendment.credits.is_none() {
            return Ok(());
        }
        if let Some(credits) = amendment.credits {
            account::set(self.connection, key.family, credits, self.now_ms)?;
        }
        if let Some(limits) = &amendment.rate_limits {
            self.connection
                .prepare_cached(
                    "UPDATE keys SET rate_limits = ?2
                     WHERE (id = ?1 OR (family = ?1 AND family <> id)) AND revoked_at_ms IS NULL
                         AND (replaced_by IS NULL OR grace_until_ms > ?3)",
                )?
                .execute((key.family.0, rows::write_limits(limits)?, self.now_ms))?;
        }
        let family = rows::read_family(self.connection, key.family, self.now_ms)?;
        let relatives = family.into_iter().filter(|other| other.key.id != key.id);
        self.touched.keys.extend(relatives);
        Ok(())
    }
}

fn amended(key: &Key, amendment: &KeyAmendment) -> Key {
    let KeyAmendment {
        enabled,
        name,
        scopes,
        reach,
        expires_at_ms,
        rate_limits,
        credits: _,
        ip_allow,
        metadata,
    } = amendment.clone();
    let old = key.clone();
    Key {
        enabled: enabled.unwrap_or(old.enabled),
        name: name.unwrap_or(old.name),
        scopes: scopes.unwrap_or(old.scopes),
        reach: reach.unwrap_or(old.reach),
        expires_at_ms: expires_at_ms.unwrap_or(old.expires_at_ms),
        end_is_given: old.end_is_given && expires_at_ms.is_none(),
        rate_limits: rate_limits.unwrap_or(old.rate_limits),
        ip_allow: ip_allow.unwrap_or(old.ip_allow),
        metadata: metadata.unwrap_or(old.metadata),
        ..old
    }
}
