//! The events of a database file, walked from the first to the last: whether they are as they were written.
//! Leaves what a MAC covers to `event`, and what follows from a finding to `audit` and `backup`.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row};
use uuid::Uuid;

use super::inspect::Inspection;
use crate::secret::Pepper;
use crate::store::event::{Head, Sealed};

/// The first place at which events are not as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The events before this position are whole.
    pub position: i64,
    /// What is wrong there.
    pub what: String,
}

/// What a database knows that an earlier state of it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The other state is no earlier one of this database.
    Unrelated,
    /// What was done since.
    Since(LostEvents),
}

/// What was done behind a position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostEvents {
    /// How many events.
    pub count: i64,
    /// How many keys were issued: nobody knows them any more.
    pub issued: i64,
    /// How many keys were replaced by others: the old ones are good again, the new ones are not.
    pub rotated: i64,
    /// How many keys were revoked: they are good again.
    pub revoked: i64,
    /// The keys that were revoked, the last first; at most as many as were asked for.
    pub revoked_keys: Vec<Uuid>,
}

impl Inspection {
    /// Walks all events in one snapshot, and answers where they end, or where they are broken first.
    ///
    /// `signer` is what signs events, `kept` a head from elsewhere, and `told` hears of each position.
    ///
    /// # Errors
    /// When the file cannot be read, for another reason than damage.
    pub fn audit(
        &self,
        signer: &Pepper,
        kept: Option<&Head>,
        mut told: impl FnMut(i64),
    ) -> rusqlite::Result<Result<Head, Broken>> {
        let snapshot = self.connection.unchecked_transaction()?;
        let has_more = self.schema()?.taken > 1;
        let head = match walk(&snapshot, has_more, signer, kept, &mut told) {
            Ok(head) => head,
            Err(Stop::Broken(broken)) => return Ok(Err(broken)),
            Err(Stop::Failed(error)) => return Err(error),
        };
        let (position, end) = (head.position + 1, head.position);
        let broken = |what: String| Ok(Err(Broken { position, what }));
        let known = match read_head(&snapshot)? {
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
        if known != head {
            let what =
                "the MAC that the database has written for its end is another one".to_owned();
            let position = end;
            return Ok(Err(Broken { position, what }));
        }
        if let Some(kept) = kept
            && kept.position > end
        {
            return broken(format!(
                "the events end at {end}, but the head that was kept is at {}: the end was cut off",
                kept.position
            ));
        }
        // Without an index, that is: what an index hides does not count less.
        let sql = "SELECT count(*) FROM events NOT INDEXED";
        let count: i64 = snapshot.query_row(sql, [], |row| row.get(0))?;
        if count != end {
            return broken(format!(
                "the table has {count} events, but its index leads to {end} only"
            ));
        }
        Ok(Ok(head))
    }

    /// What was done behind `earlier`, the head of another state of this database.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn lost_behind(&self, earlier: &Head, keys_max: u32) -> rusqlite::Result<Lost> {
        let snapshot = self.connection.unchecked_transaction()?;
        let mac: Option<Vec<u8>> = snapshot
            .query_row(
                "SELECT mac FROM events WHERE position = ?1",
                [earlier.position],
                |row| row.get(0),
            )
            .optional()?;
        if mac.unwrap_or_default() != earlier.mac {
            return Ok(Lost::Unrelated);
        }
        let mut lost = snapshot.query_row(
            "SELECT count(*),
                 count(*) FILTER (WHERE action IN ('key.issued', 'key.rotated', 'owner.created')),
                 count(*) FILTER (WHERE action = 'key.rotated'),
                 count(DISTINCT target) FILTER (WHERE action = 'key.revoked')
             FROM events WHERE position > ?1",
            [earlier.position],
            |row| {
                Ok(LostEvents {
                    count: row.get(0)?,
                    issued: row.get(1)?,
                    rotated: row.get(2)?,
                    revoked: row.get(3)?,
                    revoked_keys: Vec::new(),
                })
            },
        )?;
        let mut revoked = snapshot.prepare(
            "SELECT target FROM events WHERE position > ?1 AND action = 'key.revoked'
             GROUP BY target ORDER BY max(position) DESC LIMIT ?2",
        )?;
        let keys = revoked.query_map((earlier.position, keys_max), |row| row.get(0))?;
        lost.revoked_keys = keys.collect::<rusqlite::Result<_>>()?;
        Ok(Lost::Since(lost))
    }

    /// Those of some keys that are here and were not revoked.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn not_revoked(&self, keys: &[Uuid]) -> rusqlite::Result<Vec<Uuid>> {
        let sql = "SELECT id FROM keys WHERE id = ?1 AND revoked_at_ms IS NULL";
        let mut find = self.connection.prepare(sql)?;
        let found = keys
            .iter()
            .map(|id| find.query_row([id], |row| row.get(0)).optional());
        found.filter_map(Result::transpose).collect()
    }
}

/// Why a walk ended early.
enum Stop {
    Broken(Broken),
    Failed(rusqlite::Error),
}

fn walk(
    connection: &Connection,
    has_more: bool,
    signer: &Pepper,
    kept: Option<&Head>,
    told: &mut dyn FnMut(i64),
) -> Result<Head, Stop> {
    // In the order of the index, which is what lists go by, but each event as it stands in the table
    // itself: doctored bytes in either of the two must not hide behind the other.
    let more = if has_more {
        "e.related, e.owner, e.detail"
    } else {
        "NULL, NULL, NULL"
    };
    let sql = format!(
        "SELECT e.position, e.at_ms, e.actor, e.action, e.target, e.outcome, e.request_id, e.address,
             e.mac, {more}
         FROM events i CROSS JOIN events e NOT INDEXED
         WHERE e.rowid = i.rowid ORDER BY i.position"
    );
    let mut statement = connection.prepare(&sql).map_err(Stop::Failed)?;
    let mut rows = statement.query([]).map_err(Stop::Failed)?;
    let mut head = Head::default();
    loop {
        let position = head.position + 1;
        let broken = |what: String| Stop::Broken(Broken { position, what });
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(head),
            Err(error) if is_corrupt(&error) => {
                return Err(broken(format!("it cannot be read: {error}")));
            }
            Err(error) => return Err(Stop::Failed(error)),
        };
        let found = integer(row, 0, "position").map_err(broken)?;
        if found != position {
            return Err(broken(format!(
                "the event is missing: the next one is at {found}"
            )));
        }
        let next = sealed(row).map_err(broken)?.behind(&head, signer);
        if blob(row, 8, "mac").map_err(broken)? != next.mac {
            let what =
                "the event does not bear out its MAC: it was changed, or comes from elsewhere";
            return Err(broken(what.to_owned()));
        }
        head = next;
        if let Some(kept) = kept
            && kept.position == position
            && kept.mac != head.mac
        {
            let what = "this event is whole in itself, but not the one of the head that was kept: \
                        the events up to here were written anew, or come from another database";
            return Err(broken(what.to_owned()));
        }
        told(position);
    }
}

/// An event as its row holds it, in exactly the form in which a server writes one.
fn sealed<'a>(row: &'a Row<'_>) -> Result<Sealed<'a>, String> {
    let (related, owner) = (
        id_or_empty(row, 9, "related")?,
        id_or_empty(row, 10, "owner")?,
    );
    let detail = text_or_empty(row, 11, "detail")?;
    // Since they are written, one of the two always is: what was done has an owner, and what was
    // refused says why.
    let is_early = related.is_empty() && owner.is_empty() && detail.is_empty();
    Ok(Sealed {
        at_ms: integer(row, 1, "at_ms")?,
        actor: text(row, 2, "actor")?,
        action: text(row, 3, "action")?,
        target: id_or_empty(row, 4, "target")?,
        outcome: text(row, 5, "outcome")?,
        request_id: blob(row, 6, "request_id")?,
        address: text_or_empty(row, 7, "address")?,
        more: (!is_early).then_some([related, owner, detail]),
    })
}

fn integer(row: &Row<'_>, column: usize, name: &str) -> Result<i64, String> {
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

fn blob<'a>(row: &'a Row<'_>, column: usize, name: &str) -> Result<&'a [u8], String> {
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
#[must_use]
pub fn is_damage(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(is_corrupt)
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}
