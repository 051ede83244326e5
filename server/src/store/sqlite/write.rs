//! The one writer: commits what is waiting as one transaction, at full durability, then answers.
//! Leaves what may be changed by whom to `keyring`; re-checks here that it still holds.

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, TransactionBehavior, ffi};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::rows::{self, fault};
use crate::error::Error;
use crate::key::{KeyId, Kind, Owner, OwnerId, State};
use crate::secret::Pepper;
use crate::store::event::{Event, Head};
use crate::store::{Amendment, Authority, Change, NewKey, NewReplay, Place, Write, Written};

/// Writes that go to the disk in one transaction.
const BATCH_LEN_MAX: usize = 256;

/// A handle on the writer thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
    done: tokio::sync::watch::Receiver<bool>,
}

enum Job {
    Write(Box<Write>, oneshot::Sender<Result<Written, Error>>),
    Close,
}

/// One write of a batch that waits for its answer.
type Waiting = (Box<Write>, oneshot::Sender<Result<Written, Error>>);

impl Writer {
    /// Starts the thread; it ends when it is told to close.
    pub(super) fn start(
        connection: Connection,
        signer: Pepper,
        queue_len_max: usize,
    ) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(queue_len_max);
        let (end, done) = tokio::sync::watch::channel(false);
        std::thread::Builder::new()
            .name("keywright-writer".to_owned())
            .spawn(move || {
                run(connection, &signer, jobs);
                end.send_replace(true);
            })
            .map_err(Error::internal)?;
        Ok(Self { queue, done })
    }

    /// Queues a write and waits until it is on disk, or refused.
    pub(super) async fn write(&self, write: Write) -> Result<Written, Error> {
        let (answer, outcome) = oneshot::channel();
        let job = Job::Write(Box::new(write), answer);
        self.queue
            .try_send(job)
            .map_err(|error| Error::Unavailable {
                cause: format!("the write queue takes no more: {error}"),
            })?;
        outcome.await.unwrap_or_else(|_| {
            Err(Error::OutcomeUnknown {
                cause: "the writer ended while the write was under way".to_owned(),
            })
        })
    }

    /// Finishes what is queued, then lets go of the database.
    pub(super) async fn close(&self) {
        if self.queue.send(Job::Close).await.is_err() {
            tracing::debug!("the writer had ended already");
        }
        let mut done = self.done.clone();
        if done.wait_for(|done| *done).await.is_err() {
            tracing::error!("the writer ended without a word");
        }
    }
}

fn run(mut connection: Connection, signer: &Pepper, mut jobs: mpsc::Receiver<Job>) {
    let mut open = true;
    while open {
        let mut batch = Vec::new();
        let mut next = jobs.blocking_recv();
        open = loop {
            match next {
                Some(Job::Write(write, answer)) => batch.push((write, answer)),
                Some(Job::Close) | None => break false,
            }
            if batch.len() == BATCH_LEN_MAX {
                break true;
            }
            match jobs.try_recv() {
                Ok(job) => next = Some(job),
                Err(_) => break true,
            }
        };
        commit_batch(&mut connection, signer, batch);
    }
    if let Err((_, error)) = connection.close() {
        tracing::error!(%error, "cannot close the database");
    }
}

/// Commits a batch; where it fails as a whole, each write is tried alone, so that none suffers for another.
fn commit_batch(connection: &mut Connection, signer: &Pepper, mut batch: Vec<Waiting>) {
    if batch.is_empty() {
        return;
    }
    match commit(
        connection,
        signer,
        batch.iter().map(|(write, _)| write.as_ref()),
    ) {
        Ok(outcomes) => {
            for ((_, answer), outcome) in batch.into_iter().zip(outcomes) {
                reply(answer, outcome);
            }
        }
        Err(Failure::Statement(error)) if batch.len() == 1 => {
            for (_, answer) in batch {
                reply(answer, Err(error.clone()));
            }
        }
        Err(Failure::Statement(_)) => {
            for waiting in batch.drain(..) {
                commit_batch(connection, signer, vec![waiting]);
            }
        }
        Err(Failure::Transaction(error)) => {
            for (_, answer) in batch {
                reply(answer, Err(error.clone()));
            }
        }
    }
}

fn reply(answer: oneshot::Sender<Result<Written, Error>>, outcome: Result<Written, Error>) {
    if answer.send(outcome).is_err() {
        tracing::debug!("the caller left before its answer");
    }
}

/// Why a batch was rolled back.
enum Failure {
    /// A statement failed: perhaps that of one write alone.
    Statement(Error),
    /// The transaction could not begin or commit: all its writes share the fate.
    Transaction(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Statement(fault(error))
    }
}

fn commit<'a>(
    connection: &mut Connection,
    signer: &Pepper,
    writes: impl Iterator<Item = &'a Write>,
) -> Result<Vec<Result<Written, Error>>, Failure> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| Failure::Transaction(fault(error)))?;
    let first = transaction
        .prepare_cached("SELECT position, mac FROM head")?
        .query_row([], |row| {
            Ok(Head {
                position: row.get(0)?,
                mac: row.get(1)?,
            })
        })?;
    let mut head = first.clone();
    let mut outcomes = Vec::new();
    for write in writes {
        let outcome = make(&transaction, write)?;
        let has_changed = matches!(outcome, Ok(Written::Owner(_) | Written::Key(_)));
        if let Some(event) = Event::of(write).filter(|_| has_changed) {
            head = append(&transaction, &event, &head, signer)?;
        }
        outcomes.push(outcome);
    }
    let is_refused = |outcome| matches!(outcome, &Err(_) | &Ok(Written::Replay { .. }));
    if outcomes.iter().all(is_refused) {
        transaction.rollback()?;
    } else {
        if head != first {
            transaction
                .prepare_cached("UPDATE head SET position = ?1, mac = ?2")?
                .execute((head.position, &head.mac))?;
        }
        transaction
            .commit()
            .map_err(|error| Failure::Transaction(commit_fault(error)))?;
    }
    Ok(outcomes)
}

/// A failed write of the log leaves no commit behind; a failed flush may or may not.
fn commit_fault(error: rusqlite::Error) -> Error {
    let is_io = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
    let code = error.sqlite_error().map(|error| error.extended_code);
    if is_io && code != Some(ffi::SQLITE_IOERR_WRITE) {
        return Error::OutcomeUnknown {
            cause: error.to_string(),
        };
    }
    fault(error)
}

fn append(
    connection: &Connection,
    event: &Event<'_>,
    head: &Head,
    signer: &Pepper,
) -> rusqlite::Result<Head> {
    let next = event.append(head, signer);
    connection
        .prepare_cached(
            "INSERT INTO events
                 (position, at_ms, actor, action, target, outcome, request_id, address, mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            next.position,
            event.at_ms,
            event.trail.actor.to_string(),
            event.action,
            event.target,
            event.outcome,
            event.trail.request_id.0,
            event.address(),
            &next.mac,
        ))?;
    Ok(next)
}

/// Makes one change. The outer error is the engine's, the inner one a refusal that changed nothing.
fn make(connection: &Connection, write: &Write) -> rusqlite::Result<Result<Written, Error>> {
    if let Some(replay) = &write.replay
        && let Some(outcome) = find_replay(connection, write, replay)?
    {
        return Ok(outcome);
    }
    if let Err(refusal) = check_authority(connection, &write.authority, write.at_ms)? {
        return Ok(Err(refusal));
    }
    let outcome = match &write.change {
        Change::AddOwner { owner, first_key } => add_owner(connection, owner, first_key)?,
        Change::AmendOwner { id, amendment } => {
            amend_owner(connection, *id, amendment, write.at_ms)?
        }
        Change::Issue(key) => issue(connection, key, write.at_ms)?,
        Change::Replace {
            place,
            until_ms,
            successor,
        } => {
            return replace(connection, write, *place, *until_ms, successor);
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
                .execute((id.0, write.at_ms, reason.word()))?;
            read_key(connection, *id)?
        }
    };
    if let (Ok(_), Some(replay), Some(issued)) = (&outcome, &write.replay, write.change.issues()) {
        keep_replay(connection, replay, issued, None, write.at_ms)?;
    }
    Ok(outcome)
}

/// An earlier answer to the same `Idempotency-Key`, if the caller may still have it.
fn find_replay(
    connection: &Connection,
    write: &Write,
    replay: &NewReplay,
) -> rusqlite::Result<Option<Result<Written, Error>>> {
    let found = connection
        .prepare_cached(
            "SELECT fingerprint, sealed_secret, key_id, replaced_key_id FROM replays
             WHERE id = ?1 AND expires_at_ms > ?2",
        )?
        .query_row((replay.id.0, write.at_ms), |row| {
            let fingerprint: [u8; 32] = row.get(0)?;
            let sealed_secret: Vec<u8> = row.get(1)?;
            let key_id = KeyId(row.get(2)?);
            let replaced_key_id: Option<Uuid> = row.get(3)?;
            Ok((
                fingerprint,
                sealed_secret,
                key_id,
                replaced_key_id.map(KeyId),
            ))
        })
        .optional()?;
    let Some((fingerprint, sealed_secret, key_id, replaced_key_id)) = found else {
        return Ok(None);
    };
    let mut authority = write.authority.clone();
    if replay.serves_replaced_key && authority.key_id == replaced_key_id {
        // The rotation that is asked for again has retired the caller's own key: that must not stop it.
        authority.key_id = None;
    }
    if let Err(refusal) = check_authority(connection, &authority, write.at_ms)? {
        return Ok(Some(Err(refusal)));
    }
    if fingerprint != replay.fingerprint {
        return Ok(Some(Err(Error::IdempotencyMismatch)));
    }
    let Some((held, _)) = rows::find_key(connection, key_id)? else {
        return Ok(None);
    };
    if held.key.state(write.at_ms) != State::Live {
        return Ok(Some(Err(Error::KeyRetired(
            "the key that this Idempotency-Key issued is no longer live: send a new Idempotency-Key"
                .to_owned(),
        ))));
    }
    Ok(Some(Ok(Written::Replay {
        key: held.key,
        owner: held.owner,
        sealed_secret,
    })))
}

fn keep_replay(
    connection: &Connection,
    replay: &NewReplay,
    key_id: KeyId,
    replaced_key_id: Option<KeyId>,
    at_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM replays WHERE expires_at_ms <= ?1")?
        .execute([at_ms])?;
    connection
        .prepare_cached(
            "INSERT INTO replays
                 (id, fingerprint, sealed_secret, key_id, replaced_key_id, expires_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            replay.id.0,
            replay.fingerprint,
            &replay.sealed_secret,
            key_id.0,
            replaced_key_id.map(|id| id.0),
            replay.expires_at_ms,
        ))
        .map(drop)
}

/// The key behind the change is live and every owner behind it is there and active, at this very commit.
fn check_authority(
    connection: &Connection,
    authority: &Authority,
    at_ms: i64,
) -> rusqlite::Result<Result<(), Error>> {
    if let Some(key_id) = authority.key_id {
        let is_live: Option<bool> = connection
            .prepare_cached(
                "SELECT enabled AND revoked_at_ms IS NULL
                     AND coalesce(replaced_at_ms > ?2, true) AND coalesce(expires_at_ms > ?2, true)
                 FROM keys WHERE id = ?1",
            )?
            .query_row((key_id.0, at_ms), |row| row.get(0))
            .optional()?;
        if is_live != Some(true) {
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
            .is_some_and(|parent| parent.kind == crate::key::OwnerKind::Organization);
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
    insert_key(connection, first_key)?;
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
    let spent: Option<i64> = connection
        .prepare_cached(
            "SELECT CASE WHEN credits_month = ?2 THEN credits_spent ELSE 0 END
             FROM owners WHERE id = ?1",
        )?
        .query_row((id.0, month), |row| row.get(0))
        .optional()?;
    let Some(spent) = spent else {
        return Ok(Err(Error::NotFound {
            noun: "owner",
            id: id.to_string(),
        }));
    };
    let charged = credits.min(allowance.saturating_sub(spent)).max(0);
    connection
        .prepare_cached("UPDATE owners SET credits_month = ?2, credits_spent = ?3 WHERE id = ?1")?
        .execute((id.0, month, spent + charged))?;
    Ok(Ok(Written::Charged(charged)))
}

fn issue(
    connection: &Connection,
    new: &NewKey,
    at_ms: i64,
) -> rusqlite::Result<Result<Written, Error>> {
    // An expired key keeps its place only until somebody wants it.
    connection
        .prepare_cached(
            "UPDATE keys SET current = false
             WHERE owner_id = ?1 AND kind = ?2 AND current AND expires_at_ms <= ?4
                 AND (kind <> 'named' OR name = ?3)",
        )?
        .execute((
            new.key.owner_id.0,
            new.key.kind.word(),
            &new.key.name,
            at_ms,
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
    write: &Write,
    place: Place,
    until_ms: i64,
    successor: &NewKey,
) -> rusqlite::Result<Result<Written, Error>> {
    let new = &successor.key;
    let old: Option<Uuid> = match place {
        Place::Of(id) => Some(id.0),
        Place::OfOwner => connection
            .prepare_cached("SELECT id FROM keys WHERE owner_id = ?1 AND kind = ?2 AND current")?
            .query_row((new.owner_id.0, new.kind.word()), |row| row.get(0))
            .optional()?,
    };
    let Some(old) = old else {
        insert_key(connection, successor)?;
        return keep_and_read(connection, write, new.id, None);
    };
    let left = connection
        .prepare_cached(
            "UPDATE keys SET current = false, replaced_by = ?2,
                 replaced_at_ms = min(?3, coalesce(expires_at_ms, ?3))
             WHERE id = ?1 AND current AND coalesce(expires_at_ms > ?4, true)",
        )?
        .execute((old, new.id.0, until_ms, write.at_ms))?;
    match (left, place) {
        (0, Place::Of(_)) => {
            let sentence = "the key has expired, was revoked or was replaced: issue a new one";
            return Ok(Err(Error::KeyRetired(sentence.to_owned())));
        }
        (0, Place::OfOwner) => {
            // The key has expired: it leaves its place without a successor of its own terms.
            connection
                .prepare_cached("UPDATE keys SET current = false WHERE id = ?1")?
                .execute([old])?;
            insert_key(connection, successor)?;
        }
        _ => inherit(connection, KeyId(old), successor)?,
    }
    keep_and_read(connection, write, new.id, Some(KeyId(old)))
}

/// Inserts the successor with its predecessor's terms.
fn inherit(connection: &Connection, old: KeyId, successor: &NewKey) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
                 pepper_version, enabled, created_at_ms, expires_at_ms)
             SELECT ?2, kind, owner_id, name, ?3, scopes, metadata, ?4, ?5, enabled, ?6,
                 expires_at_ms
             FROM keys WHERE id = ?1",
        )?
        .execute((
            old.0,
            successor.key.id.0,
            &successor.key.hint,
            successor.digest.0.as_slice(),
            successor.pepper_version,
            successor.key.created_at_ms,
        ))
        .map(drop)
}

fn keep_and_read(
    connection: &Connection,
    write: &Write,
    id: KeyId,
    replaced: Option<KeyId>,
) -> rusqlite::Result<Result<Written, Error>> {
    if let Some(replay) = &write.replay {
        keep_replay(connection, replay, id, replaced, write.at_ms)?;
    }
    read_key(connection, id)
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
