//! What one write changes, and what must hold for it; runs inside the writer's transaction.
//! Leaves the transaction itself to `write`, kept answers to `replay`, credits to `account`.

mod bounded;
mod events;
pub(super) mod issue;
mod keys;
mod owners;

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{account, replay, rows, tokens, tombstones};
use issue::Succession;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, State};
use keywright_model::principal::TokenUse;
use keywright_model::secret::Pepper;
use keywright_store::cache::{Minted, Touched};
use keywright_store::event::Event;
use keywright_store::{Authority, Change, NewKey, Write, Written};

/// One transaction under way: what its changes have left behind so far.
pub(super) struct Scene<'a> {
    pub(super) connection: &'a Connection,
    /// Signs the events, and with them where the kept ones begin.
    pub(super) signer: &'a Pepper,
    /// The instant of this very transaction.
    pub(super) now_ms: i64,
    /// The key behind the change that is being made, as it is at this commit; nothing else has one.
    pub(super) caller: Option<Arc<Key>>,
    /// What the events will say, oldest first.
    pub(super) events: Vec<Event<'a>>,
    /// What the memory must know once it is committed.
    pub(super) touched: Touched,
}

/// What became of a change: the outer error is the engine's, the inner one a refusal that changed nothing.
pub(super) type Outcome<T> = rusqlite::Result<Result<T, Error>>;

impl<'a> Scene<'a> {
    /// Makes one change, or none.
    pub(super) fn make(&mut self, write: &'a Write) -> Outcome<Written> {
        if let Some(replay) = &write.replay
            && let Some(outcome) = replay::find(self.connection, write, replay, self.now_ms)?
        {
            // Its secret is handed out once more, so the rules for handing it out hold once more.
            if let Ok(Written::Replay(replayed)) = &outcome {
                let caller = write.authority.key_id;
                let caller = caller.map(|id| rows::read_key(self.connection, id));
                self.caller = caller.transpose()?.flatten().map(|caller| caller.key);
                if let Err(refusal) = self.check_replay(&replayed.key)? {
                    return Ok(Err(refusal));
                }
            }
            return Ok(outcome);
        }
        match check_authority(self.connection, &write.authority, self.now_ms)? {
            Ok(caller) => self.caller = caller,
            Err(refusal) => return Ok(Err(refusal)),
        }
        if let Change::Replace {
            place,
            grace_ms,
            successor,
        } = &write.change
        {
            let outcome = self.replace(write, *place, *grace_ms, successor)?;
            if let (Ok(Succession::Made(_, replaced)), Some(replay)) = (&outcome, &write.replay) {
                replay::keep(self.connection, replay, successor.key.id, *replaced)?;
            }
            return Ok(outcome.map(|succession| match succession {
                Succession::Made(key, _) => Written::Key(key),
                Succession::Unlike(old) => Written::Unlike(old),
            }));
        }
        let outcome = self.change(write)?;
        if let (Ok(_), Some(replay), Some(issued)) =
            (&outcome, &write.replay, write.change.issues())
        {
            replay::keep(self.connection, replay, issued, None)?;
        }
        Ok(outcome)
    }

    fn change(&mut self, write: &'a Write) -> Outcome<Written> {
        match &write.change {
            Change::AddOwner { owner, first_key } => {
                self.add_owner(write, owner, first_key.as_ref())
            }
            Change::AmendOwner { id, amendment } => self.amend_owner(write, *id, amendment),
            Change::DeleteOwner { id } => self.delete_owner(write, *id),
            Change::FollowTombstones => {
                let has_more = tombstones::follow(self.connection)?;
                Ok(Ok(Written::Followed { has_more }))
            }
            Change::Issue(key) => self.issue(write, key),
            Change::AmendKey { id, amendment } => self.amend_key(write, *id, amendment),
            Change::Revoke { id, reason } => self.revoke(write, *id, *reason),
            Change::RevokeNamed {
                owner_id,
                name,
                reason,
            } => self.revoke_named(write, *owner_id, name, *reason),
            Change::RevokeToken {
                token,
                client_id,
                owner_id,
            } => self.revoke_token(write, *token, *client_id, *owner_id),
            Change::Charge {
                id,
                credits,
                allowance,
                month,
            } => account::charge(self.connection, *id, *credits, *allowance, *month),
            Change::Reserve { family, needed } => {
                let reserved = account::reserve(self.connection, *family, *needed, self.now_ms)?;
                Ok(Ok(Written::Reserved(reserved)))
            }
            Change::Settle(settlement) => {
                account::settle(self.connection, settlement)?;
                Ok(Ok(Written::Noted))
            }
            Change::Note(notices) => {
                let now_ms = self.now_ms;
                let events = notices.iter().map(|notice| Event::denied(notice, now_ms));
                self.events.extend(events);
                Ok(Ok(Written::Noted))
            }
            Change::PruneEvents { before_ms } => self.prune_events(write, *before_ms),
            // `make` has taken it before.
            Change::Replace { .. } => Ok(Err(Error::internal("a rotation was taken for a change"))),
        }
    }

    /// Ends a token; one that was ended already stays so, and nothing is said about it.
    fn revoke_token(
        &mut self,
        write: &'a Write,
        token: TokenUse,
        client_id: KeyId,
        owner_id: OwnerId,
    ) -> Outcome<Written> {
        if tokens::revoke(self.connection, token)? {
            self.touched.tokens.push(token);
            let trail = &write.trail;
            let event = Event::done("token.revoked", client_id.0, owner_id, self.now_ms, trail);
            self.note(event.with(token.id.0));
        }
        Ok(Ok(Written::Noted))
    }

    pub(super) fn note(&mut self, event: Event<'a>) {
        self.events.push(event);
    }

    pub(super) fn touch_new(&mut self, new: &NewKey) -> Arc<Key> {
        let key = Arc::new(new.key.clone());
        self.touched.mints = true;
        self.touched.keys.push(Minted {
            key: Arc::clone(&key),
            digest: new.digest,
        });
        key
    }

    /// Reads a key as it now is, for the memory and for the answer.
    pub(super) fn touch_key(&mut self, id: KeyId) -> Outcome<Arc<Key>> {
        let Some(minted) = rows::read_key(self.connection, id)? else {
            return Ok(Err(no_key(id)));
        };
        let key = Arc::clone(&minted.key);
        self.touched.keys.push(minted);
        Ok(Ok(key))
    }
}

/// The key behind the change is live and every owner behind it is there and active, at this very commit.
pub(super) fn check_authority(
    connection: &Connection,
    authority: &Authority,
    now_ms: i64,
) -> Outcome<Option<Arc<Key>>> {
    let mut caller = None;
    if let Some(key_id) = authority.key_id {
        let found = rows::read_key(connection, key_id)?;
        let live = found.filter(|minted| minted.key.state(now_ms) == State::Live);
        let Some(Minted { key, .. }) = live else {
            return Ok(Err(Error::CredentialUnknown));
        };
        if !key.scopes.cover(authority.scopes.as_slice()) {
            return Ok(Err(Error::ScopeInsufficient {
                required: authority.scopes.as_slice().to_vec(),
                actual: key.scopes.as_slice().to_vec(),
            }));
        }
        caller = Some(key);
    }
    if let Some(token) = authority.token {
        // Its row is forgotten once it has ended: who came before that may be made after it.
        if token.expires_at_ms <= now_ms {
            return Ok(Err(Error::TokenExpired));
        }
        if tokens::find(connection, token)?.found.is_some() {
            return Ok(Err(Error::CredentialUnknown));
        }
    }
    for owner_id in &authority.owner_ids {
        let suspended: Option<bool> = connection
            .prepare_cached("SELECT suspended FROM owners WHERE id = ?1 AND deleted_at_ms IS NULL")?
            .query_row([owner_id.0], |row| row.get(0))
            .optional()?;
        match suspended {
            Some(false) => {}
            Some(true) => return Ok(Err(Error::OwnerSuspended)),
            None => return Ok(Err(Error::CredentialUnknown)),
        }
    }
    Ok(Ok(caller))
}

/// Inserts a key; 0 rows if its place, or its name, is held by another.
fn insert_key(connection: &Connection, new: &NewKey) -> rusqlite::Result<usize> {
    let key = &new.key;
    connection
        .prepare_cached(
            "INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
                 pepper_version, enabled, created_at_ms, expires_at_ms, family, rate_limits, ip_allow, reach,
                 end_given)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            key.id.0,
            key.kind.word(),
            key.owner_id.0,
            &key.name,
            &key.hint,
            key.scopes.to_string(),
            key.metadata.as_str(),
            new.digest.0.as_slice(),
            new.pepper_version,
            key.enabled,
            key.created_at_ms,
            key.expires_at_ms,
            key.family.0,
            rows::write_limits(&key.rate_limits)?,
            rows::write_networks(&key.ip_allow),
            key.reach.word(),
            key.end_is_given,
        ])
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

/// A key that found its place taken where it had just been made free is a fault, and rolls back.
fn must_insert(rows: usize) -> rusqlite::Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(rusqlite::Error::StatementChangedRows(rows))
    }
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
