//! The events of a database file, walked from the first to the last: whether they are as they were written.
//! Leaves how they prove one another to the store's `event_chain`, and what follows from a finding to the commands.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row};
use uuid::Uuid;

use super::checkpoint;
use super::rows::Stored;
use keywright_model::event::EventAction;
use keywright_store::event::Head;
use keywright_store::event_chain::{self, Chain, EventSnapshot, Stop};
use keywright_store::{Broken, Lost, LostEvents, Marks, Proven, Signers, Visit, Walked};

/// The events of one transaction.
struct Snapshot<'c>(&'c Connection);

/// Walks all events in one snapshot, and answers where they begin and end, or where they are broken first.
pub(super) fn walk_all(
    connection: &Connection,
    signers: &Signers,
    marks: &mut Marks,
    visit: &mut Visit<'_>,
) -> anyhow::Result<Result<Proven, Broken>> {
    let snapshot = connection.unchecked_transaction()?;
    event_chain::walk_all(&Snapshot(&snapshot), signers, marks, visit)
}

impl EventSnapshot for Snapshot<'_> {
    fn begin(&self, signers: &Signers) -> anyhow::Result<Result<Head, Broken>> {
        Ok(pruned_up_to(self.0, signers)?)
    }

    fn written_end(&self) -> anyhow::Result<Result<Head, String>> {
        Ok(read_head(self.0)?)
    }

    fn walk(
        &self,
        chain: &mut Chain<'_>,
        visit: &mut dyn FnMut(&Walked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        walk(self.0, chain, |error| Stop::Failed(error.into()), visit)
    }

    fn count(&self) -> anyhow::Result<i64> {
        // Without an index, that is: what an index hides does not count less.
        let sql = "SELECT count(*) FROM events NOT INDEXED";
        Ok(self.0.query_row(sql, [], |row| row.get(0))?)
    }
}

/// The last event that was pruned, or what is wrong with what is written about it.
pub(super) fn pruned_up_to(
    connection: &Connection,
    signers: &Signers,
) -> rusqlite::Result<Result<Head, Broken>> {
    if !has_checkpoint(connection)? {
        return Ok(Ok(Head::default()));
    }
    let read = checkpoint::read(connection, signers)?;
    Ok(read.map_err(|what| Broken { position: 1, what }))
}

/// What was done behind `earlier`, the head of another state of this database.
pub(super) fn lost_behind(
    connection: &Connection,
    earlier: &Head,
    keys_max: u32,
) -> rusqlite::Result<Lost> {
    let snapshot = connection.unchecked_transaction()?;
    let mut sql = "SELECT mac FROM events WHERE position = ?1".to_owned();
    if has_checkpoint(&snapshot)? {
        let position = checkpoint::position(&snapshot)?;
        if earlier.position < position {
            return Ok(Lost::Pruned { position });
        }
        sql += " UNION SELECT mac FROM events_checkpoint WHERE position = ?1";
    }
    let mac: Option<Vec<u8>> = snapshot
        .query_row(&sql, [earlier.position], |row| row.get(0))
        .optional()?;
    if mac.unwrap_or_default() != earlier.mac {
        return Ok(Lost::Unrelated);
    }
    let mut lost = snapshot.query_row(
        "SELECT count(*),
             count(*) FILTER (WHERE action IN (?2, ?3, ?4)),
             count(*) FILTER (WHERE action = ?3),
             count(*) FILTER (WHERE action = ?5)
         FROM events WHERE position > ?1",
        (
            earlier.position,
            EventAction::KeyIssued.word(),
            EventAction::KeyRotated.word(),
            EventAction::OwnerCreated.word(),
            EventAction::TokenRevoked.word(),
        ),
        |row| {
            Ok(LostEvents {
                count: row.get(0)?,
                issued: row.get(1)?,
                rotated: row.get(2)?,
                revoked: 0,
                revoked_tokens: row.get(3)?,
                revoked_keys: Vec::new(),
            })
        },
    )?;
    lost.revoked = snapshot.query_row(
        &format!("SELECT count(DISTINCT id) FROM ({})", revoked_behind()),
        [earlier.position],
        |row| row.get(0),
    )?;
    let mut revoked = snapshot.prepare(&format!(
        "SELECT id FROM ({}) GROUP BY id ORDER BY max(position) DESC LIMIT ?2",
        revoked_behind()
    ))?;
    let keys = revoked.query_map((earlier.position, keys_max), |row| row.get(0))?;
    lost.revoked_keys = keys.collect::<rusqlite::Result<_>>()?;
    Ok(Lost::Since(lost))
}

/// Those of some keys that are here and were not revoked.
pub(super) fn not_revoked(connection: &Connection, keys: &[Uuid]) -> rusqlite::Result<Vec<Uuid>> {
    let sql = "SELECT id FROM keys WHERE id = ?1 AND revoked_at_ms IS NULL";
    let mut find = connection.prepare(sql)?;
    let found = keys
        .iter()
        .map(|id| find.query_row([id], |row| row.get(0)).optional());
    found.filter_map(Result::transpose).collect()
}

/// Takes one event after the other into a chain, as far as they are whole and `visit` lets it.
pub(super) fn walk<E: From<Broken>>(
    connection: &Connection,
    chain: &mut Chain<'_>,
    failed: impl Fn(rusqlite::Error) -> E,
    visit: &mut dyn FnMut(&Walked<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let sql = statement(connection).map_err(&failed)?;
    let mut statement = connection.prepare(&sql).map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => Stored(row),
            Ok(None) => return Ok(chain.end()?),
            Err(error) if is_corrupt(&error) => {
                chain.end()?;
                return Err(chain.broken(format!("it cannot be read: {error}")).into());
            }
            Err(error) => return Err(failed(error)),
        };
        let event = chain.take(&row)?;
        visit(&Walked::new(&event.sealed(), chain.head(), chain.begin()))?;
    }
}

/// The keys that were revoked behind a position: each by itself, or by the end of its owner.
fn revoked_behind() -> String {
    format!(
        "SELECT target AS id, position FROM events WHERE position > ?1 AND action = '{revoked}'
         UNION ALL
         SELECT k.id, e.position FROM events e JOIN keys k ON k.owner_id = e.target
         WHERE e.position > ?1 AND e.action = '{deleted}'
             AND (k.revoked_at_ms IS NULL OR k.revoked_at_ms >= e.at_ms)",
        revoked = EventAction::KeyRevoked.word(),
        deleted = EventAction::OwnerDeleted.word(),
    )
}

/// In the order of the index, which is what lists go by, but each event as it stands in the table itself:
/// doctored bytes in either of the two must not hide behind the other.
fn statement(connection: &Connection) -> rusqlite::Result<String> {
    let has = |column: &str| -> rusqlite::Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info('events') WHERE name = ?1)";
        connection.query_row(sql, [column], |row| row.get(0))
    };
    let has_more = has("detail")?;
    let more = ["NULL, NULL, NULL", "e.related, e.owner, e.detail"][usize::from(has_more)];
    let has_own = has("server_request_id")?;
    let own = ["NULL", "e.server_request_id"][usize::from(has_own)];
    let has_touched = has("touched")?;
    let touched = ["NULL", "e.touched"][usize::from(has_touched)];
    Ok(format!(
        "SELECT e.position, e.at_ms, e.actor, e.action, e.target, e.outcome, e.request_id, e.address,
             e.mac, {more}, {own}, {touched}
         FROM events i CROSS JOIN events e NOT INDEXED
         WHERE e.rowid = i.rowid ORDER BY i.position"
    ))
}

/// Whether a file is of a schema in which events can be pruned.
fn has_checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'events_checkpoint')";
    connection.query_row(sql, [], |row| row.get(0))
}

pub(super) fn integer(row: &Row<'_>, column: usize, name: &str) -> Result<i64, String> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(number)) => Ok(number),
        _ => Err(format!("its {name} has a form that no server writes")),
    }
}

pub(super) fn blob<'a>(row: &'a Row<'_>, column: usize, name: &str) -> Result<&'a [u8], String> {
    match row.get_ref(column) {
        Ok(ValueRef::Blob(bytes)) => Ok(bytes),
        _ => Err(format!("its {name} has a form that no server writes")),
    }
}

/// Where the database says that its events end, or what is wrong with that.
fn read_head(connection: &Connection) -> rusqlite::Result<Result<Head, String>> {
    let mut statement = connection.prepare("SELECT position, mac FROM head")?;
    let mut rows = statement.query([])?;
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        heads.push(integer(row, 0, "position").and_then(|position| {
            let mac = blob(row, 1, "mac")?.to_vec();
            Ok(Head { position, mac })
        }));
    }
    Ok(match <[_; 1]>::try_from(heads) {
        Ok([Ok(head)]) => Ok(head),
        Ok([Err(_)]) => Err("the written end has a form that no server writes".to_owned()),
        Err(heads) => Err(format!(
            "the end must be written once, but is {} times: it was changed",
            heads.len()
        )),
    })
}

/// Whether a database could not be read because it is damaged, or none.
pub(super) fn is_damage(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(is_corrupt)
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}
