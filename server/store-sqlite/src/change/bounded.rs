//! The bounds of the key behind a change, looked at where the change is made: since they were looked at before
//! it, one key may have been narrowed or another widened.

use crate::rows;
use keywright_model::bounds::{check_credits_change, check_target, check_wish, inherit, pass_on};
use keywright_model::error::{Error, Violation};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind};
use keywright_model::owner::{Owner, OwnerKind};
use keywright_store::{Amendment, NewKey};

use super::{Outcome, Scene, no_key, no_owner};

impl Scene<'_> {
    /// A new key, or what one would become, lies within the bounds of the caller's.
    pub(super) fn check_wish(&self, key: &Key) -> Result<(), Error> {
        self.bounding(key)
            .map_or(Ok(()), |caller| check_wish(key, caller))
    }

    /// A key that is there lies within the bounds of the caller's. Those of tenants end any of their own.
    pub(super) fn check_target(&self, key: &Key) -> Result<(), Error> {
        self.bounding(key)
            .filter(|caller| caller.kind == Kind::Control)
            .map_or(Ok(()), |caller| check_target(key, caller))
    }

    /// Whose own credits are counted gives and takes none.
    pub(super) fn check_credits_change(&self, key: &Key) -> Result<(), Error> {
        self.bounding(key)
            .map_or(Ok(()), |caller| check_credits_change(key, caller))
    }

    /// A key that no other had the place of lies within the bounds of the caller's, whatever its kind.
    pub(super) fn check_first(&self, key: &Key) -> Result<(), Error> {
        let caller = self.caller.as_deref();
        caller.map_or(Ok(()), |caller| check_wish(key, caller))
    }

    /// A new key with the bounds of the caller's, wherever it has none of its own.
    pub(super) fn bounded_by_caller(&self, mut new: NewKey) -> NewKey {
        if let Some(caller) = &self.caller {
            inherit(&mut new.key, caller);
        }
        new
    }

    /// The key lies within the caller's reach.
    pub(super) fn check_reach_of(&self, id: KeyId, owner_id: OwnerId) -> Outcome<()> {
        let is_reached = self.reaches(owner_id)?;
        Ok(if is_reached { Ok(()) } else { Err(no_key(id)) })
    }

    /// The owner lies within the caller's reach.
    pub(super) fn check_reach(&self, owner_id: OwnerId) -> Outcome<()> {
        let is_reached = self.reaches(owner_id)?;
        Ok(if is_reached {
            Ok(())
        } else {
            Err(no_owner(owner_id))
        })
    }

    /// A new owner stands below one that lies within the caller's reach.
    pub(super) fn check_reach_of_new(&self, owner: &Owner) -> Outcome<()> {
        if self.reach().is_none() {
            return Ok(Ok(()));
        }
        if let Some(parent_id) = owner.parent_id {
            let is_reached = self.reaches(parent_id)?;
            // Of what it does not reach it learns nothing.
            return Ok(if is_reached {
                Ok(())
            } else {
                Err(no_parent(parent_id))
            });
        }
        let (place, detail) = match owner.kind {
            OwnerKind::User => (
                "",
                "a new user stands below nobody whom the caller's key reaches: use a key of reach 'all'",
            ),
            OwnerKind::Organization => (
                "/parent_id",
                "parent_id must be sent: the owner of the caller's key, or one below it; or use a key of \
                 reach 'all'",
            ),
        };
        let violation = Violation::new(place, detail);
        Ok(Err(Error::WiderThanCaller(vec![violation])))
    }

    /// What an earlier change issued may be handed out to the caller once more.
    pub(super) fn check_replay(&self, key: &Key) -> Outcome<()> {
        if let Some(caller) = self.bounding(key)
            && let Err(refusal) = check_target(key, caller)
        {
            return Ok(Err(refusal));
        }
        if self.reaches(key.owner_id)? {
            return Ok(Ok(()));
        }
        let detail =
            "this Idempotency-Key was used for an owner that the caller's key does not reach";
        Ok(Err(Error::WiderThanCaller(vec![Violation::new(
            "", detail,
        )])))
    }

    /// An owner whose control keys stop or go on with it is ended, suspended, resumed or limited by who could end
    /// those keys.
    pub(super) fn check_may_stop(&self, owner_id: OwnerId) -> Outcome<()> {
        let Some(caller) = self.caller.as_ref().filter(|key| key.kind == Kind::Control) else {
            return Ok(Ok(()));
        };
        let wider = rows::find_control_key(self.connection, owner_id, self.now_ms, |key| {
            check_target(key, caller).is_err()
        })?;
        let Some(wider) = wider else {
            return Ok(Ok(()));
        };
        let detail = format!(
            "the owner holds a control key that is wider than the caller's own, '{}': use the root key, or a \
             control key that is as wide",
            wider.id
        );
        Ok(Err(Error::WiderThanCaller(vec![Violation::new(
            "", detail,
        )])))
    }

    /// What limits an owner limits the keys of its own: they do not loosen it.
    pub(super) fn check_own_bounds(
        &self,
        owner_id: OwnerId,
        amendment: &Amendment,
    ) -> Result<(), Error> {
        if self.reach() != Some(owner_id) {
            return Ok(());
        }
        let changed = [
            ("/rate_limits", amendment.rate_limits.is_some()),
            ("/plan", amendment.plan.is_some()),
        ];
        let violations = changed.into_iter().filter(|(_, is_changed)| *is_changed);
        let violations = violations.map(|(place, _)| {
            let name = place.trim_start_matches('/');
            let detail = format!(
                "{name} bounds the owner of the caller's key, and only a key that reaches further changes it: use \
                 that of an owner above, or one of reach 'all'"
            );
            Violation::new(place, detail)
        });
        let violations: Vec<_> = violations.collect();
        if violations.is_empty() {
            return Ok(());
        }
        Err(Error::WiderThanCaller(violations))
    }

    /// Whether this key is the caller's.
    pub(super) fn is_caller(&self, id: KeyId) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.id == id)
    }

    /// The caller's key, where its bounds are those of `key`, too.
    fn bounding(&self, key: &Key) -> Option<&Key> {
        let caller = self.caller.as_deref();
        caller.filter(|caller| pass_on(caller.kind, key.kind))
    }

    fn reaches(&self, owner_id: OwnerId) -> rusqlite::Result<bool> {
        match self.reach() {
            None => Ok(true),
            Some(own) if own == owner_id => Ok(true),
            Some(own) => rows::is_ancestor(self.connection, own, owner_id),
        }
    }

    /// The owner that the caller's reach ends at.
    fn reach(&self) -> Option<OwnerId> {
        self.caller.as_deref().and_then(Key::reaches_from)
    }
}

pub(super) fn no_parent(parent_id: OwnerId) -> Error {
    let detail = format!("parent_id must be an organization that exists, got '{parent_id}'");
    Error::invalid("/parent_id", detail)
}
