//! Changes of users and organizations.

use std::sync::Arc;

use crate::{rows, tombstones};
use keywright_model::error::Error;
use keywright_model::id::OwnerId;
use keywright_model::owner::{Owner, OwnerKind};
use keywright_store::event::Event;
use keywright_store::{Amendment, NewKey, Write, Written};

use super::bounded::no_parent;
use super::{Outcome, Scene, insert_key, must_insert, no_owner};

/// How deep organizations stand below one another at most: who reaches one is looked for along its line.
const DEPTH_MAX: u32 = 32;

impl<'a> Scene<'a> {
    pub(super) fn add_owner(
        &mut self,
        write: &'a Write,
        owner: &Owner,
        first_key: Option<&NewKey>,
    ) -> Outcome<Written> {
        if let Err(refusal) = self.check_reach_of_new(owner)? {
            return Ok(Err(refusal));
        }
        if let Some(parent_id) = owner.parent_id {
            let is_organization = rows::read_owner(self.connection, parent_id)?
                .is_some_and(|parent| parent.kind == OwnerKind::Organization);
            if !is_organization {
                return Ok(Err(no_parent(parent_id)));
            }
            if rows::depth(self.connection, parent_id, DEPTH_MAX)? >= DEPTH_MAX {
                let detail = format!(
                    "parent_id must have fewer than {DEPTH_MAX} organizations in its line, itself and those above it: \
                     choose one further up"
                );
                return Ok(Err(Error::invalid("/parent_id", detail)));
            }
        }
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO owners (id, kind, name, email, plan, parent_id, suspended,
                     rate_limits, created_at_ms, updated_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
            )?
            .execute((
                owner.id.0,
                owner.kind.word(),
                &owner.name,
                &owner.email,
                &owner.plan,
                owner.parent_id.map(|id| id.0),
                owner.suspended,
                rows::write_limits(&owner.rate_limits)?,
                owner.created_at_ms,
                owner.updated_at_ms,
            ))?;
        if inserted == 0 {
            let sentence = format!("id '{}' is taken: choose another or leave it out", owner.id);
            return Ok(Err(Error::Taken(sentence)));
        }
        self.touched.owners.push(Arc::new(owner.clone()));
        let mut event = Event::done(
            "owner.created",
            owner.id.0,
            owner.id,
            self.now_ms,
            &write.trail,
        );
        if let Some(first_key) = first_key {
            must_insert(insert_key(self.connection, first_key)?)?;
            self.touch_new(first_key);
            event = event.with(first_key.key.id.0);
        }
        self.note(event);
        Ok(Ok(Written::Owner(owner.clone())))
    }

    pub(super) fn amend_owner(
        &mut self,
        write: &'a Write,
        id: OwnerId,
        amendment: &Amendment,
    ) -> Outcome<Written> {
        if let Err(refusal) = self.check_reach(id)? {
            return Ok(Err(refusal));
        }
        if (amendment.suspended.is_some() || amendment.rate_limits.is_some())
            && let Err(refusal) = self.check_may_stop(id)?
        {
            return Ok(Err(refusal));
        }
        if let Err(refusal) = self.check_own_bounds(id, amendment) {
            return Ok(Err(refusal));
        }
        let limits = amendment.rate_limits.as_deref().map(rows::write_limits);
        self.connection
            .prepare_cached(
                "UPDATE owners SET suspended = coalesce(?2, suspended), name = coalesce(?3, name),
                     email = coalesce(?4, email), plan = coalesce(?5, plan),
                     rate_limits = coalesce(?6, rate_limits), updated_at_ms = ?7
                 WHERE id = ?1 AND deleted_at_ms IS NULL",
            )?
            .execute((
                id.0,
                amendment.suspended,
                &amendment.name,
                &amendment.email,
                &amendment.plan,
                limits.transpose()?,
                self.now_ms,
            ))?;
        let Some(owner) = rows::read_owner(self.connection, id)? else {
            return Ok(Err(no_owner(id)));
        };
        self.touched.owners.push(Arc::new(owner.clone()));
        let event = Event::done("owner.changed", id.0, id, self.now_ms, &write.trail);
        self.note(event.saying(amendment.names()));
        Ok(Ok(Written::Owner(owner)))
    }

    /// The owner goes, and all its keys with it: its tombstone ends them at once, and their rows follow.
    pub(super) fn delete_owner(&mut self, write: &'a Write, id: OwnerId) -> Outcome<Written> {
        if let Err(refusal) = self.check_reach(id)? {
            return Ok(Err(refusal));
        }
        let Some(owner) = rows::read_owner(self.connection, id)? else {
            return Ok(Err(no_owner(id)));
        };
        if let Err(refusal) = self.check_may_stop(id)? {
            return Ok(Err(refusal));
        }
        let has_children: bool = self
            .connection
            .prepare_cached(
                "SELECT EXISTS
                     (SELECT 1 FROM owners WHERE parent_id = ?1 AND deleted_at_ms IS NULL)",
            )?
            .query_row([id.0], |row| row.get(0))?;
        if has_children {
            let sentence = "the organization has others below it: delete those first";
            return Ok(Err(Error::Taken(sentence.to_owned())));
        }
        self.connection
            .prepare_cached(
                "UPDATE owners SET deleted_at_ms = ?2, updated_at_ms = ?2, suspended = true
                 WHERE id = ?1",
            )?
            .execute((id.0, self.now_ms))?;
        tombstones::set(self.connection, id)?;
        let gone = Owner {
            suspended: true,
            deleted_at_ms: Some(self.now_ms),
            ..owner
        };
        self.touched.owners.push(Arc::new(gone.clone()));
        self.note(Event::done(
            "owner.deleted",
            id.0,
            id,
            self.now_ms,
            &write.trail,
        ));
        Ok(Ok(Written::Owner(gone)))
    }
}
