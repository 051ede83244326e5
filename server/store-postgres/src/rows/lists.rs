//! Parts of lists: what a filter asks for, as a statement, and what its rows come to.
//! Leaves the columns to `store`'s rows, and who may see what to the rules.

use keywright_model::error::Error;
use keywright_model::event::{EventAction, EventOutcome, EventRecord};
use keywright_model::id::OwnerId;
use keywright_model::key::{Key, Kind, State};
use keywright_model::owner::Owner;
use keywright_store::rows::{
    EventColumn, KEYS, Listed as _, Misread, OwnerColumn, PART_BYTES_MAX, event, in_state, key,
    key_columns, owner,
};
use keywright_store::{EventFilter, KeyFilter, OwnerFilter, Part};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::reach::WITHIN;
use super::{Stored, get, misread};
use crate::lookups::Parameter;

/// The current named key of this name and those in their grace, by the indexes of both.
const OF_THIS_NAME: &str = "k.id IN (
        SELECT id FROM keys WHERE owner_id = ? AND name = ? AND kind = 'named' AND current
        UNION
        SELECT id FROM keys WHERE owner_id = ? AND name = ? AND kind = 'named' AND grace_until_ms IS NOT NULL
    )";

/// A statement with its parameters, and how many rows it asks for at most.
pub(crate) struct List {
    pub(crate) text: String,
    pub(crate) parameters: Vec<Parameter>,
    len_max: u32,
}

/// A list of events, and where it begins and ends.
pub(crate) struct EventList {
    pub(crate) list: List,
    after: Option<i64>,
    before: Option<i64>,
}

/// A part of the owners in the order of their ids.
pub(crate) fn list_owners(filter: &OwnerFilter) -> List {
    let mut search = Search::new("o.deleted_at_ms IS NULL");
    search.require("o.kind = ?", Type::TEXT, Some(filter.kind.word()));
    search.require("o.suspended = ?", Type::BOOL, filter.suspended);
    search.require_text("o.name = ?", filter.name.as_deref());
    search.require_text("o.email = ?", filter.email.as_deref());
    let parent_id = filter.parent_id.map(|id| id.0);
    search.require("o.parent_id = ?", Type::UUID, parent_id);
    search.within("o.id", filter.within);
    search.require("o.id > ?", Type::UUID, filter.after.map(|id| id.0));
    let head = format!("SELECT {} FROM owners o", OwnerColumn::SQL);
    search.list(&head, "ORDER BY o.id", filter.len_max)
}

/// A part of the keys in the order of their ids.
pub(crate) fn list_keys(filter: &KeyFilter) -> List {
    let head = format!("SELECT {} FROM {KEYS}", key_columns());
    let order = format!("ORDER BY k.id OFFSET {}", filter.offset);
    keys_search(filter).list(&head, &order, filter.len_max)
}

/// How many keys there are, whatever the page.
pub(crate) fn count_keys(filter: &KeyFilter) -> List {
    keys_search(filter).list(&format!("SELECT count(*) FROM {KEYS}"), "", 1)
}

/// A part of the events in the order of their positions, or the other way round, each beside the position of the
/// checkpoint: one statement reads both.
pub(crate) fn list_events(filter: &EventFilter) -> EventList {
    let mut search = Search::new("true");
    search.require_text("actor = ?", filter.actor.as_deref());
    let action = filter.action.map(EventAction::word);
    search.require("action = ?", Type::TEXT, action);
    let outcome = filter.outcome.map(EventOutcome::word);
    search.require("outcome = ?", Type::TEXT, outcome);
    if let Some(target) = filter.target_id {
        let condition = search.placed("(target = ? OR related = ?)", Type::UUID, target);
        let condition = search.placed(&condition, Type::UUID, target);
        search.add(&condition);
    }
    search.require("owner = ?", Type::UUID, filter.owner_id);
    search.within("owner", filter.within);
    search.require("position > ?", Type::INT8, filter.after);
    search.require("position < ?", Type::INT8, filter.before);
    let order = if filter.is_descending { "DESC" } else { "ASC" };
    let head = format!("SELECT {} FROM events", EventColumn::SQL);
    let by_position = format!("ORDER BY position {order}");
    let mut list = search.list(&head, &by_position, filter.len_max);
    list.text = format!(
        "SELECT e.*, checkpoint.position \
         FROM (SELECT coalesce((SELECT position FROM events_checkpoint), 0) AS position) AS checkpoint \
         LEFT JOIN ({}) AS e ON true ORDER BY e.position {order}",
        list.text
    );
    EventList {
        list,
        after: filter.after,
        before: filter.before,
    }
}

impl List {
    pub(crate) fn owners(&self, rows: &[Row]) -> Result<Part<Owner>, Error> {
        self.part(rows, |row| owner(row, 0))
    }

    pub(crate) fn keys(&self, rows: &[Row]) -> Result<Part<Key>, Error> {
        self.part(rows, |row| key(row))
    }

    fn part<T>(
        &self,
        rows: &[Row],
        read: impl Fn(&Stored<'_>) -> Result<T, Misread>,
    ) -> Result<Part<T>, Error> {
        let items = rows.iter().map(|row| read(&Stored(row)));
        let items: Vec<T> = items.collect::<Result<_, _>>().map_err(misread)?;
        let bytes: usize = rows.iter().map(Row::raw_size_bytes).sum();
        Ok(Part {
            is_cut: items.len() >= self.len_max as usize || bytes >= PART_BYTES_MAX,
            items,
        })
    }
}

impl EventList {
    /// `EventsPruned` if they would begin or end where they are no longer kept.
    pub(crate) fn events(&self, rows: &[Row]) -> Result<Part<EventRecord>, Error> {
        let first = super::first(rows)?;
        let position: i64 = get(first, EventColumn::LEN)?;
        let is_behind = self.after.is_some_and(|after| after < position)
            || self.before.is_some_and(|before| before <= position);
        // Before the first prune the checkpoint is 0, and nothing can lie behind it.
        if is_behind && position > 0 {
            return Err(Error::EventsPruned { position });
        }
        // Without an event there is a row with the checkpoint alone.
        let is_empty = get::<Option<i64>>(first, EventColumn::Position.index())?.is_none();
        let rows = if is_empty { &[] } else { rows };
        self.list.part(rows, |row| event(row))
    }
}

fn keys_search(filter: &KeyFilter) -> Search {
    let mut search = Search::new("true");
    let owner_id = filter.owner_id.map(|id| id.0);
    search.require("k.owner_id = ?", Type::UUID, owner_id);
    search.require("k.kind = ?", Type::TEXT, filter.kind.map(Kind::word));
    search.require_text("k.name = ?", filter.name.as_deref());
    search.within("k.owner_id", filter.within);
    search.require("k.id > ?", Type::UUID, filter.after.map(|id| id.0));
    let is_live = filter.state == Some(State::Live);
    if let (Some(owner_id), Some(name)) = (owner_id, &filter.name)
        && (filter.kind, is_live) == (Some(Kind::Named), true)
        && !name.contains('\0')
    {
        let mut condition = OF_THIS_NAME.to_owned();
        while condition.contains('?') {
            condition = search.placed(&condition, Type::UUID, owner_id);
            condition = search.placed(&condition, Type::TEXT, name.clone());
        }
        search.add(&condition);
    }
    if let Some(state) = filter.state {
        let mut condition = in_state(state, "?");
        while condition.contains('?') {
            condition = search.placed(&condition, Type::INT8, filter.now_ms);
        }
        search.add(&condition);
    }
    search
}

/// What a filter asks for, as a condition and the values in it.
struct Search {
    condition: String,
    parameters: Vec<Parameter>,
}

impl Search {
    fn new(condition: &str) -> Self {
        Self {
            condition: condition.to_owned(),
            parameters: Vec::new(),
        }
    }

    /// Adds a condition, if there is a value for it, which stands at `?`.
    fn require(
        &mut self,
        condition: &str,
        kind: Type,
        value: Option<impl ToSql + Sync + Send + 'static>,
    ) {
        if let Some(value) = value {
            let condition = self.placed(condition, kind, value);
            self.add(&condition);
        }
    }

    /// The same for a text. PostgreSQL keeps none with a NUL in it, and takes none.
    fn require_text(&mut self, condition: &str, text: Option<&str>) {
        match text {
            Some(text) if text.contains('\0') => self.add("false"),
            text => self.require(condition, Type::TEXT, text.map(str::to_owned)),
        }
    }

    /// Lets through only what a column says is of an owner or of those below it, if there is one.
    fn within(&mut self, column: &str, owner_id: Option<OwnerId>) {
        let condition = format!("{column} IN {WITHIN}");
        self.require(&condition, Type::UUID, owner_id.map(|id| id.0));
    }

    /// A condition with the next parameter where its first `?` is.
    fn placed(
        &mut self,
        condition: &str,
        kind: Type,
        value: impl ToSql + Sync + Send + 'static,
    ) -> String {
        self.parameters.push((Box::new(value), kind));
        condition.replacen('?', &format!("${}", self.parameters.len()), 1)
    }

    fn add(&mut self, condition: &str) {
        self.condition += " AND ";
        self.condition += condition;
    }

    fn list(self, head: &str, order: &str, len_max: u32) -> List {
        List {
            text: format!("{head} WHERE {} {order} LIMIT {len_max}", self.condition),
            parameters: self.parameters,
            len_max,
        }
    }
}
