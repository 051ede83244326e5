//! The rows of the events, and the one that says where they end.
//! Leaves what an event says to the rules, and how the kept ones are proved to `event_chain`.

use rusqlite::Connection;

use keywright_model::secret::Pepper;
use keywright_store::event::{Event, Head};

/// Where the events end.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Head> {
    connection
        .prepare_cached("SELECT position, mac FROM head")?
        .query_row([], |row| {
            Ok(Head {
                position: row.get(0)?,
                mac: row.get(1)?,
            })
        })
}

/// Keeps where the events end.
pub(super) fn write(connection: &Connection, head: &Head) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE head SET position = ?1, mac = ?2")?
        .execute((head.position, &head.mac))
        .map(drop)
}

/// Appends an event, and returns where they end then.
pub(super) fn append(
    connection: &Connection,
    event: &Event<'_>,
    head: &Head,
    signer: &Pepper,
) -> rusqlite::Result<Head> {
    let next = event.append(head, signer);
    connection
        .prepare_cached(
            "INSERT INTO events
                 (position, at_ms, actor, action, target, related, owner, outcome, detail,
                  request_id, server_request_id, address, touched, mac)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute((
            next.position,
            event.at_ms,
            event.trail.actor.to_string(),
            event.action.word(),
            event.target,
            event.related,
            event.owner.map(|id| id.0),
            event.outcome.word(),
            &event.detail,
            event.trail.request_id.0,
            event.trail.server_request_id.map(|id| id.0),
            event.address(),
            (!event.touched.is_empty()).then_some(&event.touched),
            &next.mac,
        ))?;
    Ok(next)
}
