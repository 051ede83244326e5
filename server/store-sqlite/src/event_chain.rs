//! The events of a database file, walked from the first to the last: whether they are as they were written.
//! Leaves what a MAC covers to the store's `event`, and what follows from a finding to the commands.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row};
use uuid::Uuid;

use super::checkpoint;
use keywright_model::event::EventAction;
use keywright_store::event::{Head, Sealed, TouchedId};
use keywright_store::{Broken, Lost, LostEvents, Marks, Proven, Signers, Visit, Walked};

/// What is wrong where the walk meets the beginning of another key, and not by the event that it begins behind.
const OTHER_KEY: &str = "this is not the event behind which another pepper signs: it was changed, or comes from elsewhere";

/// Walks all events in one snapshot, and answers where they begin and end, or where they are broken first.
///
/// `signers` are what signs events, `marks` what other walks have found or must find, and `visit` hears of
/// each event, and of the end that the database has written.
pub(super) fn walk_all(
    connection: &Connection,
    signers: &Signers,
    marks: &mut Marks,
    visit: &mut Visit<'_>,
) -> anyhow::Result<Result<Proven, Broken>> {
    let snapshot = connection.unchecked_transaction()?;
    let begin = match pruned_up_to(connection, signers)? {
        Ok(begin) => begin,
        Err(broken) => return Ok(Err(broken)),
    };
    let known = read_head(&snapshot)?;
    let written = known.clone().unwrap_or_default();
    if let Err(what) = marks.meet(&begin) {
        let position = begin.position;
        return Ok(Err(Broken { position, what }));
    }
    let mut left = None;
    let walked = walk(&snapshot, signers, &begin, &mut |walked| {
        if let Err(what) = marks.meet(walked.head) {
            left = Some(what);
            return Err(Leave::Broken(walked.head.position));
        }
        visit(walked, &written).map_err(Leave::Failed)
    });
    let head = match walked {
        Ok(head) => head,
        Err(Stop::Broken(broken)) => return Ok(Err(broken)),
        Err(Stop::Failed(Leave::Broken(position))) => {
            let what = left.unwrap_or_default();
            return Ok(Err(Broken { position, what }));
        }
        Err(Stop::Failed(Leave::Failed(error))) => return Err(error),
    };
    let furthest = signers.furthest();
    if head.position < furthest {
        let (position, end) = (head.position + 1, head.position);
        let what = format!(
            "the events end at {end}, but another pepper signs those behind {furthest}: the end was cut off"
        );
        return Ok(Err(Broken { position, what }));
    }
    Ok(check_end(&snapshot, known, marks, &begin, &head)?.map(|()| Proven { begin, end: head }))
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

/// Why a walk ended early.
pub(super) enum Stop<E> {
    Broken(Broken),
    Failed(E),
}

/// Why a walk over all events lets it end early.
enum Leave {
    /// At this position stands another event than must.
    Broken(i64),
    Failed(anyhow::Error),
}

impl From<rusqlite::Error> for Leave {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Walks the events behind `begin`, as far as they are whole and `visit` lets it, and answers where they end.
pub(super) fn walk<E: From<rusqlite::Error>>(
    connection: &Connection,
    signers: &Signers,
    begin: &Head,
    visit: &mut dyn FnMut(&Walked<'_>) -> Result<(), E>,
) -> Result<Head, Stop<E>> {
    let failed = |error: rusqlite::Error| Stop::Failed(error.into());
    let sql = statement(connection).map_err(failed)?;
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut head = begin.clone();
    loop {
        if !signers.meet(&head) {
            return Err(Stop::Broken(Broken {
                position: head.position,
                what: OTHER_KEY.to_owned(),
            }));
        }
        let position = head.position + 1;
        let broken = |what: String| Stop::Broken(Broken { position, what });
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(head),
            Err(error) if is_corrupt(&error) => {
                return Err(broken(format!("it cannot be read: {error}")));
            }
            Err(error) => return Err(failed(error)),
        };
        let found = integer(row, 0, "position").map_err(broken)?;
        if found != position {
            return Err(broken(format!(
                "the event is missing: the next one is at {found}"
            )));
        }
        let sealed = sealed(row).map_err(broken)?;
        let next = sealed.behind(&head, signers.at(position));
        if blob(row, 8, "mac").map_err(broken)? != next.mac {
            let what =
                "the event does not bear out its MAC: it was changed, or comes from elsewhere";
            return Err(broken(what.to_owned()));
        }
        head = next;
        visit(&Walked::new(&sealed, &head, begin)).map_err(Stop::Failed)?;
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

/// Whether a walk has come to where the events must end.
fn check_end(
    snapshot: &Connection,
    known: Result<Head, String>,
    marks: &Marks,
    begin: &Head,
    head: &Head,
) -> rusqlite::Result<Result<(), Broken>> {
    let (position, end) = (head.position + 1, head.position);
    let broken = |what: String| Ok(Err(Broken { position, what }));
    let known = match known {
        Ok(known) => known,
        Err(what) => return broken(what),
    };
    if known.position > end {
        return broken(format!(
            "the events end at {end}, but the database has written {}: the end was cut off",
            known.position
        ));
    }
    if known.position < end {
        let position = known.position + 1;
        let what = "this event lies behind the end that the database has written: \
                    the end was changed, or events were added"
            .to_owned();
        return Ok(Err(Broken { position, what }));
    }
    if known != *head {
        let what = "the MAC that the database has written for its end is another one".to_owned();
        let position = end;
        return Ok(Err(Broken { position, what }));
    }
    if let Some(kept) = marks.missed().filter(|kept| kept.position > end) {
        return broken(format!(
            "the events end at {end}, but the head that was kept is at {}: the end was cut off",
            kept.position
        ));
    }
    let furthest = marks.furthest();
    if furthest > end {
        return broken(format!(
            "the events end at {end}, but an export goes to {furthest}: the end was cut off"
        ));
    }
    // Without an index, that is: what an index hides does not count less.
    let sql = "SELECT count(*) FROM events NOT INDEXED";
    let count: i64 = snapshot.query_row(sql, [], |row| row.get(0))?;
    if count != end - begin.position {
        return broken(format!(
            "the table has {count} events, but its index leads to {} only",
            end - begin.position
        ));
    }
    Ok(Ok(()))
}

/// An event as its row holds it, in exactly the form in which a server writes one.
fn sealed<'a>(row: &'a Row<'_>) -> Result<Sealed<'a>, String> {
    Ok(Sealed {
        at_ms: integer(row, 1, "at_ms")?,
        actor: text(row, 2, "actor")?,
        action: text(row, 3, "action")?,
        target: id_or_empty(row, 4, "target")?,
        outcome: text(row, 5, "outcome")?,
        request_id: blob(row, 6, "request_id")?,
        address: text_or_empty(row, 7, "address")?,
        more: Sealed::more_of([
            id_or_empty(row, 9, "related")?,
            id_or_empty(row, 10, "owner")?,
            text_or_empty(row, 11, "detail")?,
        ]),
        server_request_id: id_or_empty(row, 12, "server_request_id")?,
        touched: touched_or_empty(row, 13, "touched")?,
    })
}

/// Whether a file is of a schema in which events can be pruned.
fn has_checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'events_checkpoint')";
    connection.query_row(sql, [], |row| row.get(0))
}

pub(super) fn integer(row: &Row<'_>, column: usize, name: &str) -> Result<i64, String> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(number)) => Ok(number),
        _ => Err(form(name)),
    }
}

fn text<'a>(row: &'a Row<'_>, column: usize, name: &str) -> Result<&'a [u8], String> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(text)) => Ok(text),
        _ => Err(form(name)),
    }
}

pub(super) fn blob<'a>(row: &'a Row<'_>, column: usize, name: &str) -> Result<&'a [u8], String> {
    match row.get_ref(column) {
        Ok(ValueRef::Blob(bytes)) => Ok(bytes),
        _ => Err(form(name)),
    }
}

/// A text that may be left out, and is then not there at all: an empty one has the same MAC.
fn text_or_empty<'a>(row: &'a Row<'_>, column: usize, name: &str) -> Result<&'a [u8], String> {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => Ok(&[]),
        Ok(ValueRef::Text(text)) if !text.is_empty() => Ok(text),
        _ => Err(form(name)),
    }
}

/// An id that may be left out.
fn id_or_empty<'a>(row: &'a Row<'_>, column: usize, name: &str) -> Result<&'a [u8], String> {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => Ok(&[]),
        Ok(ValueRef::Blob(bytes)) if bytes.len() == 16 => Ok(bytes),
        _ => Err(form(name)),
    }
}

/// What else was touched, if anything was.
fn touched_or_empty<'a>(row: &'a Row<'_>, column: usize, name: &str) -> Result<&'a [u8], String> {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => Ok(&[]),
        Ok(ValueRef::Blob(bytes)) if !bytes.is_empty() && TouchedId::decode(bytes).is_some() => {
            Ok(bytes)
        }
        _ => Err(form(name)),
    }
}

fn form(name: &str) -> String {
    format!("its {name} has a form that no server writes: it was changed")
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
