//! What one write changes, and what must hold for it; runs inside the writer's transaction.
//! Leaves the transaction itself to `write`, kept answers to `replay`.

use rusqlite::{Connection, OptionalExtension as _};

use super::replay;
use super::rows;
use crate::error::Error;
use crate::key::{Key, KeyId, Kind, Owner, OwnerId, OwnerKind, State};
use crate::store::{Amendment, Authority, Change, NewKey, Place, Write, Written};

/// Makes one change. The outer error is the engine's, the inner one a refusal that changed nothing.
///
/// `now_ms` is the instant of this very transaction.
pub(super) fn make(
    connection: &Connection,
    write: &Write,
    now_ms: i64,
) -> rusqlite::Result<Result<Written, Error>> {
    if let Some(replay) = &write.replay
        && let Some(outcome) = replay::find(connection, write, replay, now_ms)?
    {
        return Ok(outcome);
    }
    if let Err(refusal) = check_authority(connection, &write.authority, now_ms)? {
        return Ok(Err(refusal));
    }
    let outcome = match &write.change {
        Change::AddOwner { owner, first_key } => add_owner(connection, owner, first_key)?,
        Change::AmendOwner { id, amendment } => amend_owner(connection, *id, amendment, now_ms)?,
        Change::Issue(key) => issue(connection, key, now_ms)?,
        Change::Replace {
            place,
            grace_ms,
            successor,
        } => {
            let until_ms = now_ms.saturating_add(*grace_ms);
            let outcome = replace(connection, *place, now_ms, until_ms, successor)?;
            if let (Ok((_, replaced)), Some(replay)) = (&outcome, &write.replay) {
                replay::keep(connection, replay, successor.key.id, *replaced)?;
            }
            return Ok(outcome.map(|(key, _)| Written::Key(key)));
        }
        Change::Charge {
            id,
            credits,
            allowance,
            month,
        } => charge(connection, *id, *credits, *allowance, *month)?,
        Change::Revoke { id, reason } => {
            connection
                .prepare_cached(
                    "UPDATE keys SET current = false, revoked_at_ms = ?2, revocation_reason = ?3
                     WHERE id = ?1 AND revoked_at_ms IS NULL",
                )?
                .execute((id.0, now_ms, reason.word()))?;
            read_key(connection, *id)?
        }
    };
    if let (Ok(_), Some(replay), Some(issued)) = (&outcome, &write.replay, write.change.issues()) {
        replay::keep(connection, replay, issued, None)?;
    }
    Ok(outcome)
}

/// The key behind the change is live and every owner behind it is there and active, at this very commit.
pub(super) fn check_authority(
    connection: &Connection,
    authority: &Authority,
    now_ms: i64,
) -> rusqlite::Result<Result<(), Error>> {
    if let Some(key_id) = authority.key_id {
        let found = rows::find_key(connection, key_id)?;
        if found.is_none_or(|(held, _)| held.key.state(now_ms) != State::Live) {
            return Ok(Err(Error::CredentialUnknown));
        }
    }
    for owner_id in &authority.owner_ids {
        let suspended: Option<bool> = connection
            .prepare_cached("SELECT suspended FROM owners WHERE id = ?1")?
            .query_row([owner_id.0], |row| row.get(0))
            .optional()?;
        match suspended {
            Some(false) => {}
            Some(true) => return Ok(Err(Error::OwnerSuspended)),
            None => return Ok(Err(Error::CredentialUnknown)),
        }
    }
    Ok(Ok(()))
}

fn add_owner(
    connection: &Connection,
    owner: &Owner,
    first_key: &NewKey,
) -> rusqlite::Result<Result<Written, Error>> {
    if let Some(parent_id) = owner.parent_id {
        let is_organization = rows::find_owner(connection, parent_id)?
            .is_some_and(|parent| parent.kind == OwnerKind::Organization);
        if !is_organization {
            let detail =
                format!("parent_id must be an organization that exists, got '{parent_id}'");
            return Ok(Err(Error::invalid("/parent_id", detail)));
        }
    }
    let inserted = connection
        .prepare_cached(
            "INSERT INTO owners
                 (id, kind, name, email, plan, parent_id, suspended, created_at_ms, updated_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        )?
        .execute((
            owner.id.0,
            owner.kind.word(),
            &owner.name,
            &owner.email,
            &owner.plan,
            owner.parent_id.map(|id| id.0),
            owner.suspended,
            owner.created_at_ms,
            owner.updated_at_ms,
        ))?;
    if inserted == 0 {
        let sentence = format!("id '{}' is taken: choose another or leave it out", owner.id);
        return Ok(Err(Error::Taken(sentence)));
    }
    must_insert(insert_key(connection, first_key)?)?;
    Ok(Ok(Written::Owner(owner.clone())))
}

fn amend_owner(
    connection: &Connection,
    id: OwnerId,
    amendment: &Amendment,
    at_ms: i64,
) -> rusqlite::Result<Result<Written, Error>> {
    connection
        .prepare_cached(
            "UPDATE owners SET suspended = coalesce(?2, suspended), name = coalesce(?3, name),
                 email = coalesce(?4, email), plan = coalesce(?5, plan), updated_at_ms = ?6
             WHERE id = ?1",
        )?
        .execute((
            id.0,
            amendment.suspended,
            &amendment.name,
            &amendment.email,
            &amendment.plan,
            at_ms,
        ))?;
    Ok(match rows::find_owner(connection, id)? {
        Some(owner) => Ok(Written::Owner(owner)),
        None => Err(Error::NotFound {
            noun: "owner",
            id: id.to_string(),
        }),
    })
}

/// Charges what is left of the month's allowance at most; a new month begins with all of it.
fn charge(
    connection: &Connection,
    id: OwnerId,
    credits: i64,
    allowance: i64,
    month: i64,
) -> rusqlite::Result<Result<Written, Error>> {
    let Some(owner) = rows::find_owner(connection, id)? else {
        return Ok(Err(Error::NotFound {
            noun: "owner",
            id: id.to_string(),
        }));
    };
    let spent = owner.spending.in_month(month);
    let charged = credits.min(allowance.saturating_sub(spent)).max(0);
    connection
        .prepare_cached("UPDATE owners SET credits_month = ?2, credits_spent = ?3 WHERE id = ?1")?
        .execute((id.0, month, spent + charged))?;
    Ok(Ok(Written::Charged(charged)))
}

fn issue(
    connection: &Connection,
    new: &NewKey,
    now_ms: i64,
) -> rusqlite::Result<Result<Written, Error>> {
    // An expired key keeps its place only until somebody wants it.
    connection
        .prepare_cached(
            "UPDATE keys SET current = false, replaced_by = ?5, replaced_at_ms = expires_at_ms
             WHERE owner_id = ?1 AND kind = ?2 AND current AND expires_at_ms <= ?4
                 AND (kind IN ('user', 'organization') OR (kind = 'named' AND name = ?3))",
        )?
        .execute((
            new.key.owner_id.0,
            new.key.kind.word(),
            &new.key.name,
            now_ms,
            new.key.id.0,
        ))?;
    if insert_key(connection, new)? == 0 {
        return Ok(Err(match new.key.kind {
            Kind::Named => Error::NameTaken,
            kind => Error::Taken(format!(
                "this owner has its one live key of kind '{}' already: rotate or revoke that key",
                kind.word()
            )),
        }));
    }
    Ok(Ok(Written::Key(new.key.clone())))
}

/// Inserts a key; 0 rows if its place, or its name, is held by another.
fn insert_key(connection: &Connection, new: &NewKey) -> rusqlite::Result<usize> {
    let key = &new.key;
    connection
        .prepare_cached(
            "INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
                 pepper_version, enabled, created_at_ms, expires_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
        )?
        .execute((
            key.id.0,
            key.kind.word(),
            key.owner_id.0,
            &key.name,
            &key.hint,
            key.scopes.to_string(),
            serde_json::Value::Object(key.metadata.clone()).to_string(),
            new.digest.0.as_slice(),
            new.pepper_version,
            key.enabled,
            key.created_at_ms,
            key.expires_at_ms,
        ))
}

/// The old key gives its place to its successor, in one transaction: never two, never none.
fn replace(
    connection: &Connection,
    place: Place,
    now_ms: i64,
    until_ms: i64,
    successor: &NewKey,
) -> rusqlite::Result<Result<(Key, Option<KeyId>), Error>> {
    let new = &successor.key;
    let old = match place {
        Place::Of(id) => Some(id),
        Place::OfOwner => connection
            .prepare_cached("SELECT id FROM keys WHERE owner_id = ?1 AND kind = ?2 AND current")?
            .query_row((new.owner_id.0, new.kind.word()), |row| {
                row.get(0).map(KeyId)
            })
            .optional()?,
    };
    let found = old
        .map(|old| rows::find_key(connection, old))
        .transpose()?
        .flatten();
    let Some((held, _)) = found else {
        must_insert(insert_key(connection, successor)?)?;
        return Ok(Ok((new.clone(), None)));
    };
    let old = held.key;
    let is_expired = old.state(now_ms) == State::Expired;
    if is_expired && matches!(place, Place::Of(_)) {
        return Ok(Err(retired()));
    }
    let until_ms = old
        .expires_at_ms
        .map_or(until_ms, |end_ms| until_ms.min(end_ms));
    let left = connection
        .prepare_cached(
            "UPDATE keys SET current = false, replaced_by = ?2, replaced_at_ms = ?3,
                 grace_until_ms = ?4
             WHERE id = ?1 AND current",
        )?
        .execute((
            old.id.0,
            new.id.0,
            until_ms,
            (until_ms > now_ms).then_some(until_ms),
        ))?;
    if left == 0 {
        return Ok(Err(retired()));
    }
    let mut heir = successor.clone();
    if !is_expired {
        heir.key.name = old.name;
        heir.key.scopes = old.scopes;
        heir.key.metadata = old.metadata;
        heir.key.enabled = old.enabled;
        heir.key.expires_at_ms = old.expires_at_ms;
    }
    must_insert(insert_key(connection, &heir)?)?;
    Ok(Ok((heir.key, Some(old.id))))
}

fn retired() -> Error {
    let sentence = "the key has expired, was revoked or was replaced: issue a new one";
    Error::KeyRetired(sentence.to_owned())
}

/// A key that found its place taken where it had just been made free is a fault, and rolls back.
fn must_insert(rows: usize) -> rusqlite::Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(rusqlite::Error::StatementChangedRows(rows))
    }
}

fn read_key(connection: &Connection, id: KeyId) -> rusqlite::Result<Result<Written, Error>> {
    Ok(match rows::find_key(connection, id)? {
        Some((held, _)) => Ok(Written::Key(held.key)),
        None => Err(Error::NotFound {
            noun: "key",
            id: id.to_string(),
        }),
    })
}
