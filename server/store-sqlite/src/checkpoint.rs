//! Where the kept events begin: the last one that was pruned, under a seal of the server.
//! Leaves what is pruned, and when, to `change`.

use rusqlite::{Connection, OptionalExtension as _};

use super::event_chain::{blob, integer};
use keywright_model::secret::{Digest, Pepper};
use keywright_store::Signers;
use keywright_store::event::{Head, seal};

/// The position of the last event that was pruned; 0 before the first.
pub(super) fn position(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT position FROM events_checkpoint")?
        .query_row([], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

/// The last event that was pruned, or what is wrong with what is written about it.
pub(super) fn read(
    connection: &Connection,
    signers: &Signers,
) -> rusqlite::Result<Result<Head, String>> {
    let mut statement = connection.prepare("SELECT position, mac, seal FROM events_checkpoint")?;
    let mut rows = statement.query([])?;
    let mut checkpoint = None;
    while let Some(row) = rows.next()? {
        if checkpoint.is_some() {
            let what =
                "the checkpoint behind which the events begin is written twice: it was changed";
            return Ok(Err(what.to_owned()));
        }
        let parts = || -> Result<_, String> {
            let head = Head {
                position: integer(row, 0, "position")?,
                mac: blob(row, 1, "mac")?.to_vec(),
            };
            Ok((head, blob(row, 2, "seal")?.to_vec()))
        };
        checkpoint = Some(parts());
    }
    let is_sealed = |head: &Head, found: &[u8]| {
        // Under the key of that time, or any later one: with an older one, newer events must not be sealed away.
        let mut since = signers.since(head.position);
        <[u8; 32]>::try_from(found)
            .is_ok_and(|found| since.any(|signer| Digest(found).matches(&seal(head, signer))))
    };
    Ok(match checkpoint {
        None => Ok(Head::default()),
        Some(Ok((head, found))) if is_sealed(&head, &found) => Ok(head),
        Some(_) => Err(
            "the checkpoint behind which the events begin does not bear out its seal: it was changed"
                .to_owned(),
        ),
    })
}

/// Writes down, under a seal, that everything up to this head was whole and is pruned.
pub(super) fn write(connection: &Connection, head: &Head, signer: &Pepper) -> rusqlite::Result<()> {
    let Digest(seal) = seal(head, signer);
    connection
        .prepare_cached(
            "INSERT INTO events_checkpoint (one, position, mac, seal) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT (one) DO UPDATE SET position = excluded.position, mac = excluded.mac,
                 seal = excluded.seal",
        )?
        .execute((head.position, &head.mac, seal.as_slice()))
        .map(drop)
}
