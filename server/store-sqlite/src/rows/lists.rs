//! Parts of lists: what a filter asks for, as a statement, and as many rows as fit.
//! Leaves the columns to `columns`, and who may see what to the rules.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Rows, ToSql};

use super::columns::Listed as _;
use super::event::{EventColumn, event};
use super::key::{key, key_columns};
use super::owner::{OwnerColumn, owner};
use super::reach::WITHIN;
use super::{KEYS, OF_THIS_NAME, state_condition};
use crate::checkpoint;
use keywright_model::error::Error;
use keywright_model::event::{EventAction, EventOutcome, EventRecord};
use keywright_model::id::OwnerId;
use keywright_model::key::{Key, Kind, State};
use keywright_model::owner::Owner;
use keywright_store::{EventFilter, KeyFilter, OwnerFilter, Part};

/// About what the rows of a part of a list take on the wire, and each of them beside its texts. A page as long as it
/// is by default is one part.
const PART_BYTES_MAX: usize = 32 * 1024;
const ROW_OVERHEAD: usize = 400;

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
    part(rows, filter.len_max, |row| owner(row, 0))
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
    let events = part(rows, filter.len_max, event)?;
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
pub(crate) fn list_keys(
    connection: &Connection,
    filter: &KeyFilter,
) -> rusqlite::Result<Part<Key>> {
    let search = keys_search(filter);
    let sql = format!(
        "SELECT {} FROM {KEYS} WHERE {} ORDER BY k.id LIMIT {} OFFSET {}",
        key_columns(),
        search.condition,
        filter.len_max,
        filter.offset
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query(search.named().as_slice())?;
    part(rows, filter.len_max, key)
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
