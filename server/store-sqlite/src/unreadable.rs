//! The rows that can be read in part only, found for `doctor`.
//! Leaves the columns to `rows`, and what stands for a value that cannot be read to `store`'s rows.

use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::rows;
use keywright_store::rows::Unreadable;
use keywright_store::{REVOKED_TOKEN, UnreadableRow};

/// Reads every key, every owner and every token that was revoked, and returns those with something that cannot be read.
pub(super) fn find(connection: &Connection) -> rusqlite::Result<Vec<UnreadableRow>> {
    let mut found = Vec::new();
    let mut keys = connection.prepare(&rows::every_key())?;
    let mut keys = keys.query([])?;
    while let Some(row) = keys.next()? {
        let read = rows::minted(row).map(|minted| (minted.key.id.0, minted.key.unreadable.clone()));
        found.extend(unreadable("key", row, read)?);
    }
    let mut owners = connection.prepare(&rows::every_owner())?;
    let mut owners = owners.query([])?;
    while let Some(row) = owners.next()? {
        let read = rows::owner(row, 0);
        let noun = read.as_ref().map_or("owner", |owner| owner.kind.word());
        let read = read.map(|owner| (owner.id.0, owner.unreadable));
        found.extend(unreadable(noun, row, read)?);
    }
    let mut tokens = connection.prepare("SELECT rowid, id, expires_at_ms FROM revoked_tokens")?;
    let mut tokens = tokens.query([])?;
    while let Some(row) = tokens.next()? {
        let mut members = Unreadable::default();
        members.or_least("expires_at", row.get::<_, i64>("expires_at_ms"));
        let id: rusqlite::Result<Uuid> = row.get("id");
        let read = id.map(|id| (id, members.into_members()));
        found.extend(unreadable(REVOKED_TOKEN, row, read)?);
    }
    Ok(found)
}

fn unreadable(
    noun: &'static str,
    row: &Row<'_>,
    read: rusqlite::Result<(Uuid, Vec<&'static str>)>,
) -> rusqlite::Result<Option<UnreadableRow>> {
    let (id, members) = match read {
        Ok((_, members)) if members.is_empty() => return Ok(None),
        Ok((id, members)) => (id.to_string(), members),
        Err(_) => {
            let number: i64 = row.get("rowid")?;
            (format!("in row {number}"), vec!["id"])
        }
    };
    Ok(Some(UnreadableRow { noun, id, members }))
}
