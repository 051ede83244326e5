//! Rows and nouns: the columns, the queries that read them, and the engine's errors.
//! Leaves changes to `write`.

mod changed;
mod reach;

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, Rows, ToSql, params_from_iter};
use uuid::Uuid;

use super::checkpoint;
pub(super) use changed::{
    find_holder, read_control_keys, read_credits, read_credits_before, read_in_grace, read_key_row,
    read_lineage, read_named, read_owner_row,
};
use keywright_model::address::{Network, NetworkError};
use keywright_model::credits::{Credits, Period, Refill};
use keywright_model::error::Error;
use keywright_model::event::{EventAction, EventOutcome, EventRecord};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, Reach, RevocationReason, State, Usage};
use keywright_model::limit::Limit;
use keywright_model::limit::RateLimit;
use keywright_model::metadata::Metadata;
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_model::peppers::Digests;
use keywright_model::scope::Scopes;
use keywright_model::secret::Digest;
use keywright_store::cache::{Minted, Read};
use keywright_store::{DIGESTS_MAX, EventFilter, KeyFilter, OwnerFilter, Part};
use reach::WITHIN;
pub(super) use reach::{is_ancestor, list_reaching_all};

use super::unreadable::Unreadable;

const OWNER_COLUMNS: &str = "o.id, o.kind, o.name, o.email, o.plan, o.parent_id, o.suspended, \
     o.created_at_ms, o.updated_at_ms, o.credits_month, o.credits_spent, o.rate_limits, o.deleted_at_ms";
const KEY_COLUMNS: &str = "k.id, k.kind, k.owner_id, k.name, k.hint, k.scopes, k.metadata, \
     k.enabled, k.created_at_ms, k.expires_at_ms, k.replaced_at_ms, k.replaced_by, \
     coalesce(k.revoked_at_ms, o.deleted_at_ms), \
     iif(k.revoked_at_ms IS NULL AND o.deleted_at_ms IS NOT NULL, 'cessation_of_operation', \
         k.revocation_reason), \
     k.grace_until_ms, k.lineage, k.rate_limits, k.ip_allow, \
     k.uses, k.last_used_at_ms, c.remaining, c.refill_amount, c.refill_every, c.period, c.epoch, \
     k.digest, k.reach, k.end_given";
const DIGEST_COLUMN: usize = 25;
const REACH_COLUMN: usize = 26;
const END_GIVEN_COLUMN: usize = 27;
const KEY_COLUMNS_LEN: usize = 28;
/// Keys with their credits, and their owners, whose tombstone counts before their rows have followed. They are
/// joined so that SQLite begins with the keys, whose indexes give the order.
const KEYS: &str =
    "keys k LEFT JOIN owners o ON o.id = k.owner_id LEFT JOIN credits c ON c.lineage = k.lineage";
/// A key that has not ended for good.
const UNREVOKED: &str = "k.revoked_at_ms IS NULL AND o.deleted_at_ms IS NULL";
/// The current named key of this name and those in their grace, by the indexes of both.
const OF_THIS_NAME: &str = "k.id IN (
        SELECT id FROM keys
        WHERE owner_id = :owner_id AND name = :name AND kind = 'named' AND current
        UNION
        SELECT id FROM keys
        WHERE owner_id = :owner_id AND name = :name AND kind = 'named' AND grace_until_ms IS NOT NULL
    )";
/// About what the rows of a part of a list take on the wire, and each of them beside its texts.
const PART_BYTES_MAX: usize = 16 * 1024;
const ROW_OVERHEAD: usize = 400;
const EVENT_COLUMNS: &str = "position, at_ms, actor, action, target, related, owner, outcome, \
     detail, request_id, server_request_id, address";

/// A key with its owner and digest, by the digest, and the position of the database.
pub(super) fn find_key_by_digest(
    connection: &Connection,
    digest: Digest,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    find(connection, "k.digest = ?1", &digest.0.as_slice())
}

/// The same by one of several digests; of one moment, so that a change of the digest is not missed.
pub(super) fn find_key_by_digests(
    connection: &Connection,
    digests: &Digests,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    let all: Vec<Digest> = digests.iter().copied().collect();
    let at = |index: usize| all.get(index).unwrap_or(&digests.newest).0;
    let values: [[u8; 32]; DIGESTS_MAX] = std::array::from_fn(at);
    find_by(
        connection,
        "k.digest IN (?1, ?2, ?3, ?4)",
        values.iter().map(<[u8; 32]>::as_slice),
    )
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

/// What reads all keys, and where each stands.
pub(super) fn every_key() -> String {
    format!("SELECT {KEY_COLUMNS}, k.rowid AS rowid FROM {KEYS}")
}

/// What reads all owners, and where each stands.
pub(super) fn every_owner() -> String {
    format!("SELECT {OWNER_COLUMNS}, o.rowid AS rowid FROM owners o")
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
        .prepare_cached(
            "SELECT digest FROM keys WHERE digest > ?1 AND length(digest) = 32
             ORDER BY digest LIMIT ?2",
        )?
        .query_map((last, len_max), |row| row.get(0).map(Digest))?
        .collect()
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

/// A part of the owners in the order of their ids.
pub(super) fn list_owners(
    connection: &Connection,
    filter: &OwnerFilter,
) -> rusqlite::Result<Part<Owner>> {
    let mut search = Search::new("o.deleted_at_ms IS NULL AND length(o.id) = 16");
    search.require("o.kind = :kind", ":kind", Some(filter.kind.word()));
    search.require("o.suspended = :suspended", ":suspended", filter.suspended);
    search.require("o.name = :name", ":name", filter.name.clone());
    search.require("o.email = :email", ":email", filter.email.clone());
    search.require(
        "o.parent_id = :parent_id",
        ":parent_id",
        filter.parent_id.map(|id| id.0),
    );
    search.within("o.id", filter.within);
    search.require("o.id > :after", ":after", filter.after.map(|id| id.0));
    let sql = format!(
        "SELECT {OWNER_COLUMNS} FROM owners o WHERE {} ORDER BY o.id LIMIT {}",
        search.condition, filter.len_max
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(search.named().as_slice())?;
    part(rows, filter.len_max, |row| owner(row, 0))
}

/// A part of the events in the order of their positions, or the other way round; `EventsPruned` if it would begin
/// or end where they are no longer kept.
pub(super) fn list_events(
    connection: &Connection,
    filter: &EventFilter,
) -> rusqlite::Result<Result<Part<EventRecord>, Error>> {
    let mut search = Search::new("true");
    search.require("actor = :actor", ":actor", filter.actor.clone());
    search.require(
        "action = :action",
        ":action",
        filter.action.map(EventAction::word),
    );
    let outcome = filter.outcome.map(EventOutcome::word);
    search.require("outcome = :outcome", ":outcome", outcome);
    search.require(
        "(target = :target OR related = :target)",
        ":target",
        filter.target_id,
    );
    search.require("owner = :owner", ":owner", filter.owner_id);
    search.within("owner", filter.within);
    search.require("position > :after", ":after", filter.after);
    search.require("position < :before", ":before", filter.before);
    let order = if filter.is_descending { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM events WHERE {} ORDER BY position {order} LIMIT {}",
        search.condition, filter.len_max
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(search.named().as_slice())?;
    let events = part(rows, filter.len_max, |row| {
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
            server_request_id: row.get(10)?,
            address: row.get(11)?,
        })
    })?;
    // Looked at last: what was pruned while they were read must not be missing unseen.
    let position = checkpoint::position(connection)?;
    let is_behind = filter.after.is_some_and(|after| after < position)
        || filter.before.is_some_and(|before| before <= position);
    // Before the first prune the checkpoint is 0, and nothing can lie behind it.
    if is_behind && position > 0 {
        return Ok(Err(Error::EventsPruned { position }));
    }
    Ok(Ok(events))
}

/// A part of the keys in the order of their ids.
pub(super) fn list_keys(
    connection: &Connection,
    filter: &KeyFilter,
) -> rusqlite::Result<Part<Key>> {
    let search = keys_search(filter);
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM {KEYS} WHERE {} ORDER BY k.id LIMIT {} OFFSET {}",
        search.condition, filter.len_max, filter.offset
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(search.named().as_slice())?;
    part(rows, filter.len_max, key)
}

/// How many keys there are, whatever the page.
pub(super) fn count_keys(connection: &Connection, filter: &KeyFilter) -> rusqlite::Result<i64> {
    let search = keys_search(filter);
    let sql = format!("SELECT count(*) FROM {KEYS} WHERE {}", search.condition);
    connection
        .prepare_cached(&sql)?
        .query_row(search.named().as_slice(), |row| row.get(0))
}

fn keys_search(filter: &KeyFilter) -> Search {
    // A row without an id has no place in a list whose pages begin behind one.
    let mut search = Search::new("length(k.id) = 16");
    search.require(
        "k.owner_id = :owner_id",
        ":owner_id",
        filter.owner_id.map(|id| id.0),
    );
    search.require("k.kind = :kind", ":kind", filter.kind.map(Kind::word));
    search.require("k.name = :name", ":name", filter.name.clone());
    search.within("k.owner_id", filter.within);
    search.require("k.id > :after", ":after", filter.after.map(|id| id.0));
    let is_of_one_name = filter.owner_id.is_some() && filter.name.is_some();
    if is_of_one_name && filter.kind == Some(Kind::Named) && filter.state == Some(State::Live) {
        search.condition += " AND ";
        search.condition += OF_THIS_NAME;
    }
    if let Some(state) = filter.state {
        let now_ms = (state != State::Revoked).then_some(filter.now_ms);
        search.condition += " AND ";
        search.condition += &state_condition(state);
        search
            .values
            .extend(now_ms.map(|now_ms| (":now_ms", Box::new(now_ms) as Box<dyn ToSql>)));
    }
    search
}

/// Reads rows until there are so many, or until what they hold takes enough room.
fn part<T>(
    mut rows: Rows<'_>,
    len_max: u32,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Part<T>> {
    let mut items = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        items.push(read(row)?);
        bytes += ROW_OVERHEAD;
        for column in 0..row.as_ref().column_count() {
            if let ValueRef::Text(text) = row.get_ref(column)? {
                bytes += text.len();
            }
        }
        if items.len() >= len_max as usize || bytes >= PART_BYTES_MAX {
            return Ok(Part {
                items,
                is_cut: true,
            });
        }
    }
    Ok(Part {
        items,
        is_cut: false,
    })
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

    /// Lets through only what a column says is of an owner or of those below it, if there is one.
    fn within(&mut self, column: &str, owner_id: Option<OwnerId>) {
        let condition = format!("{column} IN {WITHIN}");
        self.require(&condition, ":within", owner_id.map(|id| id.0));
    }

    fn named(&self) -> Vec<(&str, &dyn ToSql)> {
        let values = self.values.iter();
        values
            .map(|(name, value)| (*name, value.as_ref()))
            .collect()
    }
}

/// What `Key::state` says, as a condition on the row.
fn state_condition(state: State) -> String {
    const GOES_ON: &str = "(k.replaced_by IS NULL OR coalesce(k.grace_until_ms > :now_ms, false))";
    let rest = match state {
        State::Revoked => {
            return "(k.revoked_at_ms IS NOT NULL OR o.deleted_at_ms IS NOT NULL)".to_owned();
        }
        State::Replaced => {
            "k.replaced_by IS NOT NULL AND coalesce(k.grace_until_ms <= :now_ms, true)".to_owned()
        }
        State::Expired => format!("{GOES_ON} AND k.expires_at_ms <= :now_ms"),
        State::Disabled => {
            format!("{GOES_ON} AND coalesce(k.expires_at_ms > :now_ms, true) AND NOT k.enabled")
        }
        State::Live => {
            format!("{GOES_ON} AND coalesce(k.expires_at_ms > :now_ms, true) AND k.enabled")
        }
    };
    format!("{UNREVOKED} AND {rest}")
}

fn find(
    connection: &Connection,
    condition: &str,
    value: &dyn ToSql,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    find_by(connection, condition, [value])
}

fn find_by(
    connection: &Connection,
    condition: &str,
    values: impl IntoIterator<Item: ToSql>,
) -> rusqlite::Result<Read<(Minted, Arc<Owner>)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {KEY_COLUMNS}, {OWNER_COLUMNS}, h.position FROM head h \
             LEFT JOIN keys k ON {condition} \
             LEFT JOIN owners o ON o.id = k.owner_id LEFT JOIN credits c ON c.lineage = k.lineage"
        ))?
        .query_row(params_from_iter(values), |row| {
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

pub(super) fn minted(row: &Row<'_>) -> rusqlite::Result<Minted> {
    Ok(Minted {
        key: Arc::new(key(row)?),
        // A key that says so has none: nobody presents a secret with this one.
        digest: Digest(row.get(DIGEST_COLUMN).unwrap_or_default()),
    })
}

/// An owner; one of which something cannot be read is as good as suspended.
pub(super) fn owner(row: &Row<'_>, first: usize) -> rusqlite::Result<Owner> {
    let mut lost = Unreadable::default();
    let owner = Owner {
        id: OwnerId(row.get(first)?),
        kind: lost.or(
            "kind",
            word(row, first + 1, OwnerKind::from_word),
            OwnerKind::User,
        ),
        name: lost.or_least("name", row.get(first + 2)),
        email: lost.or_least("email", row.get(first + 3)),
        plan: lost.or_least("plan", row.get(first + 4)),
        parent_id: lost
            .or_least("parent_id", row.get::<_, Option<Uuid>>(first + 5))
            .map(OwnerId),
        suspended: lost.or("suspended", row.get(first + 6), true),
        created_at_ms: lost.or_least("created_at", row.get(first + 7)),
        updated_at_ms: lost.or_least("updated_at", row.get(first + 8)),
        spending: Spending {
            month: lost.or_least("credits", row.get(first + 9)),
            spent: lost.or_least("credits", row.get(first + 10)),
        },
        rate_limits: lost.or_least("rate_limits", read_limits(row, first + 11)),
        deleted_at_ms: lost.or("deleted_at", row.get(first + 12), Some(0)),
        unreadable: Vec::new(),
    };
    let unreadable = lost.into_members();
    Ok(Owner {
        suspended: owner.suspended || !unreadable.is_empty(),
        unreadable,
        ..owner
    })
}

/// A key; one of which something cannot be read is as good as disabled.
fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    let mut lost = Unreadable::default();
    let reason: Option<String> = lost.or_least("revocation_reason", row.get(13));
    let key = Key {
        id: KeyId(row.get(0)?),
        kind: lost.or("kind", word(row, 1, Kind::from_word), Kind::Standard),
        owner_id: OwnerId(lost.or_least("owner_id", row.get(2))),
        name: lost.or_least("name", row.get(3)),
        hint: lost.or_least("hint", row.get(4)),
        scopes: lost.or_least("scopes", read_scopes(row, 5)),
        reach: lost.or("reach", read_reach(row), Reach::Owner),
        metadata: lost.or_least("metadata", read_metadata(row, 6)),
        enabled: lost.or_least("enabled", row.get(7)),
        created_at_ms: lost.or_least("created_at", row.get(8)),
        expires_at_ms: lost.or_least("expires_at", row.get(9)),
        // What is not known to be given was chosen, and stays.
        end_is_given: row.get(END_GIVEN_COLUMN).unwrap_or_default(),
        replaced_at_ms: lost.or_least("replaced_at", row.get(10)),
        replaced_by: lost
            .or_least("replaced_by", row.get::<_, Option<Uuid>>(11))
            .map(KeyId),
        revoked_at_ms: lost.or("revoked_at", row.get(12), Some(0)),
        revocation_reason: reason.as_deref().and_then(RevocationReason::from_word),
        grace_until_ms: lost.or_least("grace", row.get(14)),
        lineage: KeyId(lost.or_least("lineage", row.get(15))),
        rate_limits: lost.or_least("rate_limits", read_limits(row, 16)),
        ip_allow: lost.or_least("ip_allow", read_networks(row, 17)),
        usage: Usage {
            count: lost.or_least("uses", row.get(18)),
            last_at_ms: lost.or_least("last_used_at", row.get(19)),
        },
        credits: lost.or_least("credits", credits(row, 20)),
        unreadable: Vec::new(),
    };
    lost.or_least("digest", row.get::<_, [u8; 32]>(DIGEST_COLUMN));
    Ok(Key {
        unreadable: lost.into_members(),
        ..key
    })
}

fn read_metadata(row: &Row<'_>, column: usize) -> rusqlite::Result<Metadata> {
    let text = row.get_ref(column)?.as_str()?;
    Metadata::recall(text).map_err(|error| unreadable(column, error))
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

fn read_scopes(row: &Row<'_>, column: usize) -> rusqlite::Result<Scopes> {
    let scopes = Scopes::read(row.get_ref(column)?.as_str()?);
    scopes.ok_or_else(|| unreadable(column, "there are more scopes than a key may have"))
}

fn word<T>(row: &Row<'_>, column: usize, read: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    read(&word).ok_or_else(|| unreadable(column, format!("`{word}` is not known")))
}

/// Nearly all keys have the same, so no text is made of it.
fn read_reach(row: &Row<'_>) -> rusqlite::Result<Reach> {
    let word = row.get_ref(REACH_COLUMN)?.as_str()?;
    Reach::from_word(word).ok_or_else(|| unreadable(REACH_COLUMN, format!("`{word}` is not known")))
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
