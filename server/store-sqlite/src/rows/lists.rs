//! Parts of lists: what a filter asks for, as a statement, and as many rows as fit.
//! Leaves the columns to `store`'s rows, and who may see what to the rules.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Rows, ToSql};

use super::columns::{Stored, misread};
use super::key::minted;
use super::owner::owner;
use super::reach::WITHIN;
use super::{OF_THIS_NAME, find_key, state_condition};
use crate::checkpoint;
use keywright_model::error::Error;
use keywright_model::event::{EventAction, EventOutcome, EventRecord};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, State};
use keywright_model::owner::Owner;
use keywright_store::cache::Cache;
use keywright_store::rows::{
    CountedColumn, CreditColumn, EventColumn, KEYS, Listed as _, OwnerColumn, PART_BYTES_MAX,
    ROW_OVERHEAD, counted_key, event, key_columns,
};
use keywright_store::{EventFilter, KeyFilter, OwnerFilter, Part};

/// How many keys of a part may have their rows read one by one.
const MISSES_MAX: u32 = 4;

/// A part of the owners in the order of their ids.
pub(crate) fn list_owners(
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
        "SELECT {} FROM owners o WHERE {} ORDER BY o.id LIMIT {}",
        OwnerColumn::SQL,
        search.condition,
        filter.len_max
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(search.named().as_slice())?;
    Filling::new(filter.len_max).fill(rows, |row| owner(row, 0))
}

/// A part of the events in the order of their positions, or the other way round; `EventsPruned` if it would begin
/// or end where they are no longer kept.
pub(crate) fn list_events(
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
        "SELECT {} FROM events WHERE {} ORDER BY position {order} LIMIT {}",
        EventColumn::SQL,
        search.condition,
        filter.len_max
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(search.named().as_slice())?;
    let events = Filling::new(filter.len_max);
    let events = events.fill(rows, |row| event(&Stored(row)).map_err(misread))?;
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

/// A part of the keys in the order of their ids. Those that are in memory come from there, with what is counted of them
/// from their rows, and a few others from a row each; where more are not there, all the rest comes from their rows, and
/// goes into memory.
pub(crate) fn list_keys(
    connection: &Connection,
    filter: &KeyFilter,
    cache: &Cache,
) -> rusqlite::Result<Part<Key>> {
    let search = keys_search(filter);
    let mut part = Filling::new(filter.len_max);
    let sql = format!(
        "SELECT {}, {} FROM {KEYS} WHERE {} ORDER BY k.id LIMIT {} OFFSET {}",
        CountedColumn::SQL,
        CreditColumn::SQL,
        search.condition,
        filter.len_max,
        filter.offset
    );
    let mut statement = connection.prepare_cached(&sql)?;
    // Not finished before the rest is read, so both are of one moment.
    let mut counted = statement.query(search.named().as_slice())?;
    let mut misses = 0;
    loop {
        let Some(row) = counted.next()? else {
            return Ok(part.into_part(false));
        };
        let mut key = counted_key(&Stored(row), |id| cache.peek_key(id));
        if key.is_none() && misses < MISSES_MAX {
            misses += 1;
            let read = find_key(connection, KeyId(row.get("id")?))?;
            key = read.found.map(|(minted, _)| {
                let key = Key::clone(&minted.key);
                cache.keep_listed(minted, read.position);
                key
            });
        }
        let Some(key) = key else {
            break;
        };
        let texts_len = key.texts_len();
        part.put(key, texts_len);
        if part.is_full() {
            return Ok(part.into_part(true));
        }
    }
    let sql = format!(
        "SELECT {}, (SELECT position FROM head) AS position
         FROM {KEYS} WHERE {} ORDER BY k.id LIMIT {} OFFSET {}",
        key_columns(),
        search.condition,
        part.left(),
        filter.offset + part.len()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(search.named().as_slice())?;
    part.fill(rows, |row| {
        let minted = minted(row)?;
        let key = Key::clone(&minted.key);
        cache.keep_listed(minted, row.get("position")?);
        Ok(key)
    })
}

/// How many keys there are, whatever the page.
pub(crate) fn count_keys(connection: &Connection, filter: &KeyFilter) -> rusqlite::Result<i64> {
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

/// A part that is being read: until there are so many, or until what they hold takes enough room.
struct Filling<T> {
    items: Vec<T>,
    bytes: usize,
    len_max: u32,
}

impl<T> Filling<T> {
    fn new(len_max: u32) -> Self {
        Self {
            items: Vec::new(),
            bytes: 0,
            len_max,
        }
    }

    fn len(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    fn left(&self) -> u32 {
        self.len_max.saturating_sub(self.len())
    }

    fn put(&mut self, item: T, texts_len: usize) {
        self.items.push(item);
        self.bytes += ROW_OVERHEAD + texts_len;
    }

    fn is_full(&self) -> bool {
        self.left() == 0 || self.bytes >= PART_BYTES_MAX
    }

    fn into_part(self, is_cut: bool) -> Part<T> {
        Part {
            items: self.items,
            is_cut,
        }
    }

    /// Reads the rest from rows.
    fn fill(
        mut self,
        mut rows: Rows<'_>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Part<T>> {
        while let Some(row) = rows.next()? {
            let mut texts_len = 0;
            for column in 0..row.as_ref().column_count() {
                if let ValueRef::Text(text) = row.get_ref(column)? {
                    texts_len += text.len();
                }
            }
            self.put(read(row)?, texts_len);
            if self.is_full() {
                return Ok(self.into_part(true));
            }
        }
        Ok(self.into_part(false))
    }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::open::migrate;

    fn database() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let rows = "INSERT INTO owners (id, kind, name, created_at_ms, updated_at_ms)
                VALUES (unhex(printf('%032x', 1)), 'organization', 'Works', 1, 1);
            INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
                pepper_version, created_at_ms, lineage, uses)
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20)
            SELECT unhex(printf('%032x', n)), 'standard', unhex(printf('%032x', 1)), 'key ' || n,
                'kw_...' || n, 'a b', '{}', unhex(printf('%064x', n)), 1, n,
                unhex(printf('%032x', n)), n
            FROM n";
        connection.execute_batch(rows).unwrap();
        connection
    }

    fn filter(len_max: u32) -> KeyFilter {
        KeyFilter {
            owner_id: Some(OwnerId(Uuid::from_u128(1))),
            kind: None,
            state: None,
            name: None,
            within: None,
            after: None,
            offset: 0,
            now_ms: 100,
            len_max,
        }
    }

    fn names(part: &Part<Key>) -> Vec<&str> {
        let names = part.items.iter().map(|key| key.name.as_deref());
        names.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn a_list_from_memory_is_the_list_of_the_rows() {
        let connection = database();
        let cache = Cache::new(1 << 20);
        let list = |len_max| list_keys(&connection, &filter(len_max), &cache).unwrap();
        let first = list(30);
        assert_eq!(first.items.len(), 20);
        assert_eq!(list(30).items, first.items);
        assert_eq!(list(4).items, first.items[..4]);
        assert!(list(4).is_cut);
        // The row knows nothing of this: the key comes from memory, and how often it was used, from its row.
        connection
            .execute_batch("UPDATE keys SET name = 'other', uses = 70 WHERE created_at_ms = 2")
            .unwrap();
        let recalled = list(30);
        assert_eq!(names(&recalled), names(&first));
        assert_eq!(recalled.items[1].usage.count, 70);
    }

    #[test]
    fn what_memory_cannot_tell_whole_comes_from_its_row() {
        let connection = database();
        let cache = Cache::new(1 << 20);
        let list = |len_max| list_keys(&connection, &filter(len_max), &cache).unwrap();
        list(2);
        connection
            .execute_batch("UPDATE keys SET name = 'other ' || created_at_ms")
            .unwrap();
        let mixed = list(30);
        assert_eq!(mixed.items.len(), 20);
        assert_eq!(names(&mixed)[..3], ["key 1", "key 2", "other 3"]);
        assert_eq!(names(&mixed)[19], "other 20");
        let damaged = KeyId(Uuid::from_u128(1));
        let key = Key {
            unreadable: vec!["name"],
            ..Key::clone(&cache.peek_key(damaged).unwrap())
        };
        let digest = keywright_model::secret::Digest([0; 32]);
        let key = std::sync::Arc::new(key);
        cache.keep_listed(keywright_store::cache::Minted { key, digest }, 0);
        assert_eq!(names(&list(30))[..2], ["other 1", "key 2"]);
        connection
            .execute_batch("UPDATE keys SET name = 'late'; UPDATE owners SET deleted_at_ms = 9")
            .unwrap();
        let ended = list(30);
        assert_eq!(names(&ended), ["late"; 20]);
        assert_eq!(ended.items[0].revoked_at_ms, Some(9));
    }
}
