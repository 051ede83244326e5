//! Changes of keys that are there: their properties, and their end.

use crate::error::Error;
use crate::key::{Key, KeyId, OwnerId, RevocationReason, State};
use crate::secret::repeated;
use crate::store::event::Event;
use crate::store::sqlite::{account, rows};
use crate::store::{KeyAmendment, Write, Written};

use super::{Outcome, Scene, no_key, retired};

impl<'a> Scene<'a> {
    /// Ends a key; one that has ended already stays as it is, and nothing is said about it.
    pub(super) fn revoke(
        &mut self,
        write: &'a Write,
        id: KeyId,
        reason: RevocationReason,
    ) -> Outcome<Written> {
        let ended = self
            .connection
            .prepare_cached(
                "UPDATE keys SET current = false, revoked_at_ms = ?2, revocation_reason = ?3
                 WHERE id = ?1 AND revoked_at_ms IS NULL",
            )?
            .execute((id.0, self.now_ms, reason.word()))?;
        let key = match self.touch_key(id)? {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if ended > 0 {
            let event = Event::done("key.revoked", id.0, key.owner_id, self.now_ms, &write.trail);
            self.note(event.saying(reason.word()));
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
        if !matches!(minted.key.state(self.now_ms), State::Live | State::Disabled) {
            return Ok(Err(retired()));
        }
        let key = amended(&minted.key, amendment);
        for wide in [&*minted.key, &key] {
            if let Err(refusal) = self.check_not_wider(write, wide)? {
                return Ok(Err(refusal));
            }
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
                     expires_at_ms = ?5, rate_limits = ?6, ip_allow = ?7, metadata = ?8
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
                serde_json::Value::Object(key.metadata.clone()).to_string(),
            ))?;
        if updated == 0 {
            return Ok(Err(Error::NameTaken));
        }
        self.amend_family(&key, amendment)?;
        let key = match self.touch_key(id)? {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let event = Event::done("key.changed", id.0, key.owner_id, self.now_ms, &write.trail);
        self.note(event.saying(amendment.names()));
        Ok(Ok(Written::Key(key)))
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
                     WHERE id = ?1 OR (family = ?1 AND family <> id)",
                )?
                .execute((key.family.0, rows::write_limits(limits)?))?;
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
        expires_at_ms: expires_at_ms.unwrap_or(old.expires_at_ms),
        rate_limits: rate_limits.unwrap_or(old.rate_limits),
        ip_allow: ip_allow.unwrap_or(old.ip_allow),
        metadata: metadata.unwrap_or(old.metadata),
        ..old
    }
}
