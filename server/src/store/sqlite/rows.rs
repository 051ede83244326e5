//! Rows and nouns: the columns, the queries that read them, and the engine's errors.
//! Leaves changes to `write`.

use std::sync::Arc;

use rusqlite::{
    Connection, ErrorCode, OptionalExtension as _, Row, ToSql, named_params, params_from_iter,
};
use uuid::Uuid;

use crate::address::{Network, NetworkError};
use crate::error::Error;
use crate::key::{
    Credits, EventRecord, Key, KeyId, Kind, Owner, OwnerId, OwnerKind, Period, RateLimit, Refill,
    RevocationReason, Scopes, Spending, State, Usage,
};
use crate::limit::Limit;
use crate::secret::Digest;
use crate::store::cache::{Minted, Read};
use crate::store::{EventFilter, KeyFilter, OwnerFilter};

const OWNER_COLUMNS: &str = "o.id, o.kind, o.name, o.email, o.plan, o.parent_id, o.suspended, \
     o.created_at_ms, o.updated_at_ms, o.credits_month, o.credits_spent, o.rate_limits, o.deleted_at_ms";
const KEY_COLUMNS: &str = "k.id, k.kind, k.owner_id, k.name, k.hint, k.scopes, k.metadata, \
     k.enabled, k.created_at_ms, k.expires_at_ms, k.replaced_at_ms, k.replaced_by, \
     k.revoked_at_ms, k.revocation_reason, k.grace_until_ms, k.family, k.rate_limits, k.ip_allow, \
     k.uses, k.last_used_at_ms, c.remaining, c.refill_amount, c.refill_every, c.period, c.epoch, \
     k.digest";
const DIGEST_COLUMN: usize = 25;
const KEY_COLUMNS_LEN: usize = 26;
const KEYS: &str = "keys k LEFT JOIN credits c ON c.family = k.family";
/// The current named key of this name and those in their grace, by the indexes of both.
const OF_THIS_NAME: &str = "k.id IN (
        SELECT id FROM keys
        WHERE owner_id = :owner_id AND name = :name AND kind = 'named' AND current
        UNION
        SELECT id FROM keys
        WHERE owner_id = :owner_id AND name = :name AND kind = 'named' AND grace_until_ms IS NOT NULL
    )";
const EVENT_COLUMNS: &str = "position, at_ms, actor, action, target, related, owner, outcome, \
     detail, request_id, address";

/// A key with its owner and digest, by the digest, and the position of the database.
pub(super) fn find_key_by_digest(
    connection: &Connection,
    digest: Digest,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    find(connection, "k.digest = ?1", &digest.0.as_slice())
}

/// A key with its owner and digest, by its id, and the position of the database.
pub(super) fn find_key(
    connection: &Connection,
    id: KeyId,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    find(connection, "k.id = ?1", &id.0)
}

/// A key and its digest, by its id.
pub(super) fn read_key(connection: &Connection, id: KeyId) -> rusqlite::Result<Option<Minted>> {
    connection
        .prepare_cached(&key_by_id())?
        .query_row([id.0], minted)
        .optional()
}

/// What reads a key.
pub(super) fn key_by_id() -> String {
    format!("SELECT {KEY_COLUMNS} FROM {KEYS} WHERE k.id = ?1")
}

/// Some digests behind the last one, in their order.
pub(super) fn list_digests(
    connection: &Connection,
    last: &[u8],
    len_max: u32,
) -> rusqlite::Result<Vec<Digest>> {
    connection
        .prepare_cached("SELECT digest FROM keys WHERE digest > ?1 ORDER BY digest LIMIT ?2")?
        .query_map((last, len_max), |row| row.get(0).map(Digest))?
        .collect()
}

/// The current or the dying keys of an organization with this name.
pub(super) fn read_named(
    connection: &Connection,
    owner_id: OwnerId,
    name: &str,
) -> rusqlite::Result<Vec<Minted>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM {KEYS} WHERE {OF_THIS_NAME} AND k.revoked_at_ms IS NULL \
         ORDER BY k.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = named_params! { ":owner_id": owner_id.0, ":name": name };
    let rows = statement.query_map(parameters, minted)?;
    rows.collect()
}

/// The keys of an owner that have not ended for good.
pub(super) fn read_keys_of(
    connection: &Connection,
    owner_id: OwnerId,
) -> rusqlite::Result<Vec<Minted>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM {KEYS} WHERE k.owner_id = ?1 AND k.revoked_at_ms IS NULL \
         ORDER BY k.id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([owner_id.0], minted)?;
    rows.collect()
}

/// The keys of a family that still work: the newest, and those in their grace.
pub(super) fn read_family(
    connection: &Connection,
    family: KeyId,
    now_ms: i64,
) -> rusqlite::Result<Vec<Minted>> {
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM {KEYS} \
         WHERE (k.id = ?1 OR (k.family = ?1 AND k.family <> k.id)) AND k.revoked_at_ms IS NULL \
             AND (k.replaced_by IS NULL OR k.grace_until_ms > ?2)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map((family.0, now_ms), minted)?;
    rows.collect()
}

/// An owner that was not deleted, by its id.
pub(super) fn read_owner(connection: &Connection, id: OwnerId) -> rusqlite::Result<Option<Owner>> {
    find_owner(connection, id).map(|read| read.found.map(Arc::unwrap_or_clone))
}

/// An owner that was not deleted, by its id, and the position of the database.
pub(super) fn find_owner(
    connection: &Connection,
    id: OwnerId,
) -> rusqlite::Result<Read<Arc<Owner>>> {
    connection
        .prepare_cached(&format!(
            "SELECT {OWNER_COLUMNS}, h.position FROM head h \
             LEFT JOIN owners o ON o.id = ?1 AND o.deleted_at_ms IS NULL"
        ))?
        .query_row([id.0], |row| {
            Ok(Read {
                found: is_there(row)?
                    .then(|| owner(row, 0).map(Arc::new))
                    .transpose()?,
                position: row.get("position")?,
            })
        })
}

/// A page of owners in the order of their ids.
pub(super) fn list_owners(
    connection: &Connection,
    filter: &OwnerFilter,
) -> rusqlite::Result<Vec<Owner>> {
    let mut search = Search::new("o.deleted_at_ms IS NULL");
    search.require("o.kind = :kind", ":kind", Some(filter.kind.word()));
    search.require("o.suspended = :suspended", ":suspended", filter.suspended);
    search.require("o.name = :name", ":name", filter.name.clone());
    search.require("o.email = :email", ":email", filter.email.clone());
    search.require(
        "o.parent_id = :parent_id",
        ":parent_id",
        filter.parent_id.map(|id| id.0),
    );
    search.require("o.id > :after", ":after", filter.after.map(|id| id.0));
    let sql = format!(
        "SELECT {OWNER_COLUMNS} FROM owners o WHERE {} ORDER BY o.id LIMIT {}",
        search.condition, filter.len_max
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(search.named().as_slice(), |row| owner(row, 0))?;
    rows.collect()
}

/// A page of events in the order of their positions, or the other way round.
pub(super) fn list_events(
    connection: &Connection,
    filter: &EventFilter,
) -> rusqlite::Result<Vec<EventRecord>> {
    let mut search = Search::new("true");
    search.require("actor = :actor", ":actor", filter.actor.clone());
    search.require("action = :action", ":action", filter.action.clone());
    search.require("outcome = :outcome", ":outcome", filter.outcome.clone());
    search.require(
        "(target = :target OR related = :target)",
        ":target",
        filter.target_id,
    );
    search.require("owner = :owner", ":owner", filter.owner_id);
    search.require("position > :after", ":after", filter.after);
    search.require("position < :before", ":before", filter.before);
    let order = if filter.is_descending { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM events WHERE {} ORDER BY position {order} LIMIT {}",
        search.condition, filter.len_max
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(search.named().as_slice(), |row| {
        Ok(EventRecord {
            position: row.get(0)?,
            at_ms: row.get(1)?,
            actor: row.get(2)?,
            action: row.get(3)?,
            target_id: row.get(4)?,
            related_id: row.get(5)?,
            owner_id: row.get(6)?,
            outcome: row.get(7)?,
            detail: row.get(8)?,
            request_id: row.get(9)?,
            address: row.get(10)?,
        })
    })?;
    rows.collect()
}

/// A page of keys in the order of their ids.
pub(super) fn list_keys(connection: &Connection, filter: &KeyFilter) -> rusqlite::Result<Vec<Key>> {
    let search = keys_search(filter);
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM {KEYS} WHERE {} ORDER BY k.id LIMIT {} OFFSET {}",
        search.condition, filter.len_max, filter.offset
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(search.named().as_slice(), key)?;
    rows.collect()
}

/// How many keys there are, whatever the page.
pub(super) fn count_keys(connection: &Connection, filter: &KeyFilter) -> rusqlite::Result<i64> {
    let search = keys_search(filter);
    let sql = format!("SELECT count(*) FROM keys k WHERE {}", search.condition);
    connection
        .prepare_cached(&sql)?
        .query_row(search.named().as_slice(), |row| row.get(0))
}

fn keys_search(filter: &KeyFilter) -> Search {
    let mut search = Search::new("true");
    search.require(
        "k.owner_id = :owner_id",
        ":owner_id",
        filter.owner_id.map(|id| id.0),
    );
    search.require("k.kind = :kind", ":kind", filter.kind.map(Kind::word));
    search.require("k.name = :name", ":name", filter.name.clone());
    search.require("k.id > :after", ":after", filter.after.map(|id| id.0));
    let is_of_one_name = filter.owner_id.is_some() && filter.name.is_some();
    if is_of_one_name && filter.kind == Some(Kind::Named) && filter.state == Some(State::Live) {
        search.condition += " AND ";
        search.condition += OF_THIS_NAME;
    }
    if let Some(state) = filter.state {
        let now_ms = (state != State::Revoked).then_some(filter.now_ms);
        search.condition += " AND ";
        search.condition += state_condition(state);
        search
            .values
            .extend(now_ms.map(|now_ms| (":now_ms", Box::new(now_ms) as Box<dyn ToSql>)));
    }
    search
}

/// What a filter asks for, as a condition and the values in it.
struct Search {
    condition: String,
    values: Vec<(&'static str, Box<dyn ToSql>)>,
}

impl Search {
    fn new(condition: &str) -> Self {
        Self {
            condition: condition.to_owned(),
            values: Vec::new(),
        }
    }

    /// Adds a condition, if there is a value for it.
    fn require(
        &mut self,
        condition: &str,
        name: &'static str,
        value: Option<impl ToSql + 'static>,
    ) {
        if let Some(value) = value {
            self.condition += " AND ";
            self.condition += condition;
            self.values.push((name, Box::new(value)));
        }
    }

    fn named(&self) -> Vec<(&str, &dyn ToSql)> {
        let values = self.values.iter();
        values
            .map(|(name, value)| (*name, value.as_ref()))
            .collect()
    }
}

/// What `Key::state` says, as a condition on the row.
fn state_condition(state: State) -> &'static str {
    match state {
        State::Revoked => "k.revoked_at_ms IS NOT NULL",
        State::Replaced => {
            "k.revoked_at_ms IS NULL AND k.replaced_by IS NOT NULL \
             AND coalesce(k.grace_until_ms <= :now_ms, true)"
        }
        State::Expired => {
            "k.revoked_at_ms IS NULL \
             AND (k.replaced_by IS NULL OR coalesce(k.grace_until_ms > :now_ms, false)) \
             AND k.expires_at_ms <= :now_ms"
        }
        State::Disabled => {
            "k.revoked_at_ms IS NULL \
             AND (k.replaced_by IS NULL OR coalesce(k.grace_until_ms > :now_ms, false)) \
             AND coalesce(k.expires_at_ms > :now_ms, true) AND NOT k.enabled"
        }
        State::Live => {
            "k.revoked_at_ms IS NULL \
             AND (k.replaced_by IS NULL OR coalesce(k.grace_until_ms > :now_ms, false)) \
             AND coalesce(k.expires_at_ms > :now_ms, true) AND k.enabled"
        }
    }
}

fn find(
    connection: &Connection,
    condition: &str,
    value: &dyn ToSql,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {KEY_COLUMNS}, {OWNER_COLUMNS}, h.position FROM head h \
             LEFT JOIN keys k ON {condition} \
             LEFT JOIN credits c ON c.family = k.family LEFT JOIN owners o ON o.id = k.owner_id"
        ))?
        .query_row(params_from_iter([value]), |row| {
            let found = if is_there(row)? {
                Some((minted(row)?, Arc::new(owner(row, KEY_COLUMNS_LEN)?)))
            } else {
                None
            };
            Ok(Read {
                found,
                position: row.get("position")?,
            })
        })
}

/// Whether the row holds more than the position: its first column is an id.
fn is_there(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get::<_, Option<Uuid>>(0)?.is_some())
}

fn minted(row: &Row<'_>) -> rusqlite::Result<Minted> {
    Ok(Minted {
        key: Arc::new(key(row)?),
        digest: Digest(row.get(DIGEST_COLUMN)?),
    })
}

fn owner(row: &Row<'_>, first: usize) -> rusqlite::Result<Owner> {
    Ok(Owner {
        id: OwnerId(row.get(first)?),
        kind: word(row, first + 1, OwnerKind::from_word)?,
        name: row.get(first + 2)?,
        email: row.get(first + 3)?,
        plan: row.get(first + 4)?,
        parent_id: row.get::<_, Option<Uuid>>(first + 5)?.map(OwnerId),
        suspended: row.get(first + 6)?,
        created_at_ms: row.get(first + 7)?,
        updated_at_ms: row.get(first + 8)?,
        spending: Spending {
            month: row.get(first + 9)?,
            spent: row.get(first + 10)?,
        },
        rate_limits: read_limits(row, first + 11)?,
        deleted_at_ms: row.get(first + 12)?,
    })
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    let reason: Option<String> = row.get(13)?;
    Ok(Key {
        id: KeyId(row.get(0)?),
        kind: word(row, 1, Kind::from_word)?,
        owner_id: OwnerId(row.get(2)?),
        name: row.get(3)?,
        hint: row.get(4)?,
        scopes: Scopes::parse(&row.get::<_, String>(5)?),
        metadata: serde_json::from_str(&row.get::<_, String>(6)?)
            .map_err(|error| unreadable(6, error))?,
        enabled: row.get(7)?,
        created_at_ms: row.get(8)?,
        expires_at_ms: row.get(9)?,
        replaced_at_ms: row.get(10)?,
        replaced_by: row.get::<_, Option<Uuid>>(11)?.map(KeyId),
        revoked_at_ms: row.get(12)?,
        revocation_reason: reason.as_deref().and_then(RevocationReason::from_word),
        grace_until_ms: row.get(14)?,
        family: KeyId(row.get(15)?),
        rate_limits: read_limits(row, 16)?,
        ip_allow: read_networks(row, 17)?,
        usage: Usage {
            count: row.get(18)?,
            last_at_ms: row.get(19)?,
        },
        credits: credits(row, 20)?,
    })
}

/// The credits of a family of keys.
pub(super) fn read_credits(
    connection: &Connection,
    family: KeyId,
) -> rusqlite::Result<Option<Credits>> {
    connection
        .prepare_cached(
            "SELECT remaining, refill_amount, refill_every, period, epoch
             FROM credits WHERE family = ?1",
        )?
        .query_row([family.0], |row| credits(row, 0))
        .optional()
        .map(Option::flatten)
}

fn credits(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Credits>> {
    let Some(remaining) = row.get(first)? else {
        return Ok(None);
    };
    let refill = match row.get(first + 1)? {
        None => None,
        Some(amount) => Some(Refill {
            amount,
            every: word(row, first + 2, Period::from_word)?,
        }),
    };
    Ok(Some(Credits {
        remaining,
        refill,
        period: row.get(first + 3)?,
        epoch: row.get(first + 4)?,
    }))
}

/// The windows of a key or an owner as they are stored: `[[name, count, window_s, burst], …]`.
pub(super) fn write_limits(limits: &[RateLimit]) -> rusqlite::Result<String> {
    let rows: Vec<StoredLimit> = limits
        .iter()
        .map(|RateLimit { name, limit }| (name.clone(), limit.count, limit.window_s, limit.burst))
        .collect();
    serde_json::to_string(&rows)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

type StoredLimit = (String, u64, u32, u64);

fn read_limits(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<RateLimit>> {
    let text = row.get_ref(column)?.as_str()?;
    // What nearly all keys have.
    if text == "[]" {
        return Ok(Vec::new());
    }
    let rows: Vec<StoredLimit> =
        serde_json::from_str(text).map_err(|error| unreadable(column, error))?;
    let limits = rows
        .into_iter()
        .map(|(name, count, window_s, burst)| RateLimit {
            name,
            limit: Limit {
                count,
                window_s,
                burst,
            },
        });
    Ok(limits.collect())
}

/// The networks of a key as they are stored, separated by spaces.
pub(super) fn write_networks(networks: &[Network]) -> String {
    let texts: Vec<String> = networks.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

fn read_networks(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Network>> {
    let text = row.get_ref(column)?.as_str()?;
    text.split_ascii_whitespace()
        .map(|text| {
            text.parse()
                .map_err(|error: NetworkError| unreadable(column, error))
        })
        .collect()
}

fn word<T>(row: &Row<'_>, column: usize, read: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    read(&word).ok_or_else(|| unreadable(column, format!("`{word}` is not known")))
}

fn unreadable(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
}

/// What an error of a statement means: the database cannot be used now, or something is broken.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(super) fn fault(error: rusqlite::Error) -> Error {
    let cause = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ReadOnly
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory,
        ) => Error::Unavailable { cause },
        _ => Error::Internal { cause },
    }
}
