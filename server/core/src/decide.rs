//! Every rule about a change, decided on a snapshot of the rows that it names: no I/O, and no clock of its own.
//! Leaves reading those rows and writing them to the engines, and what comes before a change to the keyring.

mod bounds;
mod credits;
mod issue;
mod kept_answers;
mod keys;
mod owners;
mod rotate;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::event::EventAction;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, State};
use keywright_model::principal::TokenUse;
use keywright_store::cache::Minted;
use keywright_store::event::Event;
use keywright_store::{
    Authority, Change, Decide, Decision, NewKey, RowChange, Snapshot, Undecided, Write, Written,
};

/// The rules of this server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules;

impl Decide for Rules {
    fn decide<'a>(
        &self,
        snapshot: &mut Snapshot,
        write: &'a Write,
        now_ms: i64,
    ) -> Result<Decision<'a>, Undecided> {
        let mut transaction = ChangeTransaction {
            snapshot,
            write,
            now_ms,
            caller: None,
            rows: Vec::new(),
            events: Vec::new(),
        };
        let outcome = transaction.decide()?;
        let ChangeTransaction {
            snapshot,
            rows,
            events,
            ..
        } = transaction;
        // Each event has a position of its own: what is decided next comes after it.
        snapshot.position = snapshot
            .position
            .saturating_add_unsigned(events.len() as u64);
        Ok(Decision::new(outcome, rows, events, snapshot, now_ms))
    }
}

/// Whether a rule lets something pass, as far as the snapshot can tell.
type Ruling<T = ()> = Result<T, Undecided>;

/// One change under way. Nothing is made before all that may refuse it was asked.
struct ChangeTransaction<'s, 'a> {
    snapshot: &'s mut Snapshot,
    write: &'a Write,
    /// The instant of this very transaction.
    now_ms: i64,
    /// The key behind the change, as it is now; nothing else has one.
    caller: Option<Arc<Key>>,
    /// What becomes of the rows so far.
    rows: Vec<RowChange>,
    /// What the events will say, oldest first.
    events: Vec<Event<'a>>,
}

impl<'a> ChangeTransaction<'_, 'a> {
    fn decide(&mut self) -> Ruling<Written> {
        if let Some(replay) = &self.write.replay
            && let Some(answered) = self.kept_answer(replay)?
        {
            return Ok(answered);
        }
        self.caller = self.check_authority(&self.write.authority)?;
        let (outcome, replaced) = self.change()?;
        if let Some(replay) = &self.write.replay
            && let Some(issued) = self.write.change.issues()
            && !matches!(outcome, Written::Unlike(_))
        {
            self.keep_answer(replay, issued, replaced);
        }
        Ok(outcome)
    }

    /// Makes the change; with the key that it replaced, if it did.
    fn change(&mut self) -> Ruling<(Written, Option<KeyId>)> {
        let outcome = match &self.write.change {
            Change::AddOwner { owner, first_key } => self.add_owner(owner, first_key.as_ref()),
            Change::AmendOwner { id, amendment } => self.amend_owner(*id, amendment),
            Change::DeleteOwner { id } => self.delete_owner(*id),
            Change::Issue(new) => self.issue(new),
            Change::Replace {
                place,
                grace_ms,
                successor,
            } => return self.rotate(*place, *grace_ms, successor),
            Change::AmendKey { id, amendment } => self.amend_key(*id, amendment),
            Change::Revoke { id, reason } => self.revoke(*id, *reason),
            Change::RevokeNamed {
                owner_id,
                name,
                reason,
            } => self.revoke_named(*owner_id, name, *reason),
            Change::RevokeToken {
                token,
                client_id,
                owner_id,
            } => self.revoke_token(*token, *client_id, *owner_id),
            Change::Charge {
                id,
                credits,
                allowance,
                month,
            } => self.charge(*id, *credits, *allowance, *month),
            Change::Reserve { lineage, needed } => self.reserve(*lineage, *needed),
            Change::Settle(settlement) => self.settle(settlement),
            Change::Rekey(rekeyed) => self.rekey(rekeyed),
            Change::Note(notices) => {
                let now_ms = self.now_ms;
                let events = notices.iter().map(|notice| Event::denied(notice, now_ms));
                self.events.extend(events);
                Ok(Written::Noted)
            }
            Change::FollowTombstones | Change::PruneEvents { .. } | Change::BeginPepper(_) => {
                Err(Error::internal("an engine's own work was taken for a change").into())
            }
        };
        Ok((outcome?, None))
    }

    /// The key behind the change is live and every owner behind it is there and active, at this very commit.
    fn check_authority(&self, authority: &Authority) -> Ruling<Option<Arc<Key>>> {
        let mut caller = None;
        if let Some(key_id) = authority.key_id {
            let found = self.snapshot.key(key_id)?.map(|row| &row.minted.key);
            let live = found.filter(|key| key.state(self.now_ms) == State::Live);
            let key = live.ok_or(Error::CredentialUnknown)?;
            if !key.scopes.cover(authority.scopes.as_slice()) {
                return Err(Undecided::Refused(Error::ScopeInsufficient {
                    required: authority.scopes.as_slice().to_vec(),
                    actual: key.scopes.as_slice().to_vec(),
                }));
            }
            caller = Some(Arc::clone(key));
        }
        if let Some(token) = authority.token {
            // Its row is forgotten once it has ended: who came before that may be made after it.
            if token.expires_at_ms <= self.now_ms {
                return Err(Error::TokenExpired.into());
            }
            if self.snapshot.token(token.id)?.is_revoked {
                return Err(Error::CredentialUnknown.into());
            }
        }
        for owner_id in &authority.owner_ids {
            let owner = self.snapshot.owner(*owner_id)?;
            if owner.ok_or(Error::CredentialUnknown)?.suspended {
                return Err(Error::OwnerSuspended.into());
            }
        }
        Ok(caller)
    }

    /// Ends a token; one that was ended already stays so, and nothing is said about it.
    fn revoke_token(
        &mut self,
        token: TokenUse,
        client_id: KeyId,
        owner_id: OwnerId,
    ) -> Ruling<Written> {
        if !self.snapshot.token(token.id)?.is_listed {
            self.make(RowChange::RevokeToken(token));
            let event = self.event(EventAction::TokenRevoked, client_id.0, owner_id);
            self.events.push(event.with(token.id.0));
        }
        Ok(Written::Noted)
    }

    /// Takes a change of rows in: what is decided after it sees it.
    fn make(&mut self, change: RowChange) {
        self.snapshot.apply(&change, self.now_ms);
        self.rows.push(change);
    }

    fn insert_key(&mut self, new: NewKey) {
        self.make(RowChange::InsertKey(Box::new(new)));
    }

    /// An event about something that this change did.
    fn event(&self, action: EventAction, target: uuid::Uuid, owner_id: OwnerId) -> Event<'a> {
        Event::done(action, target, owner_id, self.now_ms, &self.write.trail)
    }

    /// A key that must be there.
    fn key(&self, id: KeyId) -> Ruling<Minted> {
        let found = self.snapshot.key(id)?;
        let row = found.ok_or_else(|| no_key(id))?;
        Ok(row.minted.clone())
    }
}

/// Why a key is changed and rotated no more, and what to do instead.
fn retired(key: &Key, now_ms: i64) -> Error {
    let is_revoked = key.state(now_ms) == State::Revoked;
    Error::KeyRetired(match key.replaced_by {
        Some(successor) if !is_revoked => {
            format!("key '{successor}' has taken the place of this one: change or rotate that one")
        }
        _ if is_revoked => "the key was revoked: issue a new one".to_owned(),
        _ => "the key has expired: issue a new one".to_owned(),
    })
}

/// A change would lose what cannot be read, or take what stands in its place for the truth.
fn unreadable(key: &Key) -> Error {
    let members = key.unreadable.join(", ");
    Error::KeyRetired(format!(
        "{members} of this key can no longer be read: send all of it anew as a change, or revoke the key"
    ))
}

fn no_key(id: KeyId) -> Error {
    Error::NotFound {
        noun: "key",
        id: id.to_string(),
    }
}

fn no_owner(id: OwnerId) -> Error {
    Error::NotFound {
        noun: "owner",
        id: id.to_string(),
    }
}
