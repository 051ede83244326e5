//! The bounds of the key behind a change, looked at where the change is made: since they were looked at before
//! it, one key may have been narrowed or another widened.

use std::collections::HashSet;

use keywright_model::bounds::{check_credits_change, check_target, check_wish, inherit, pass_on};
use keywright_model::error::{Error, Violation};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, State};
use keywright_model::owner::{Owner, OwnerKind};
use keywright_store::{Amendment, NewKey};

use super::{ChangeTransaction, Ruling, no_key, no_owner};

impl ChangeTransaction<'_, '_> {
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
    pub(super) fn check_reach_of(&self, id: KeyId, owner_id: OwnerId) -> Ruling {
        if self.reaches(owner_id)? {
            return Ok(());
        }
        Err(no_key(id).into())
    }

    /// The owner lies within the caller's reach.
    pub(super) fn check_reach(&self, owner_id: OwnerId) -> Ruling {
        if self.reaches(owner_id)? {
            return Ok(());
        }
        Err(no_owner(owner_id).into())
    }

    /// A new owner stands below one that lies within the caller's reach.
    pub(super) fn check_reach_of_new(&self, owner: &Owner) -> Ruling {
        if self.reach().is_none() {
            return Ok(());
        }
        if let Some(parent_id) = owner.parent_id {
            // Of what it does not reach it learns nothing.
            return if self.reaches(parent_id)? {
                Ok(())
            } else {
                Err(no_parent(parent_id).into())
            };
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
        Err(Error::WiderThanCaller(vec![violation]).into())
    }

    /// What an earlier change issued may be handed out to the caller once more.
    pub(super) fn check_replay(&self, key: &Key) -> Ruling {
        if let Some(caller) = self.bounding(key) {
            check_target(key, caller)?;
        }
        if self.reaches(key.owner_id)? {
            return Ok(());
        }
        let detail =
            "this Idempotency-Key was used for an owner that the caller's key does not reach";
        Err(Error::WiderThanCaller(vec![Violation::new("", detail)]).into())
    }

    /// An owner whose control keys stop or go on with it is ended, suspended, resumed or limited by who could end
    /// those keys.
    pub(super) fn check_may_stop(&self, owner_id: OwnerId) -> Ruling {
        let Some(caller) = self.caller.as_ref().filter(|key| key.kind == Kind::Control) else {
            return Ok(());
        };
        let control_keys = self.snapshot.control_keys(owner_id)?;
        let mut usable = control_keys.into_iter().filter(|minted| {
            let state = minted.key.state(self.now_ms);
            matches!(state, State::Live | State::Disabled)
        });
        let Some(wider) = usable.find(|minted| check_target(&minted.key, caller).is_err()) else {
            return Ok(());
        };
        let detail = format!(
            "the owner holds a control key that is wider than the caller's own, '{}': use the root key, or a \
             control key that is as wide",
            wider.key.id
        );
        Err(Error::WiderThanCaller(vec![Violation::new("", detail)]).into())
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

    /// Whether an owner is the one that the caller's reach ends at, or stands anywhere below it.
    fn reaches(&self, owner_id: OwnerId) -> Ruling<bool> {
        let Some(own) = self.reach() else {
            return Ok(true);
        };
        let mut met = HashSet::new();
        let mut next = Some(owner_id);
        while let Some(id) = next.filter(|id| met.insert(*id)) {
            if id == own {
                return Ok(true);
            }
            let row = self.snapshot.owner_row(id)?;
            next = row.and_then(|row| row.owner.parent_id);
        }
        Ok(false)
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
