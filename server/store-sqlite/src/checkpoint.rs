//! Where the kept events begin: the last one that was pruned, under a seal of the server.
//! Leaves what is pruned, and when, to `change`.

use rusqlite::{Connection, OptionalExtension as _};

use super::event_chain::{blob, integer};
use keywright_model::secret::{Digest, Pepper};
use keywright_store::Signers;
use keywright_store::event::{Head, seal};
use keywright_store::event_chain::{BAD_CHECKPOINT, prove_checkpoint};

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
    Ok(match checkpoint {
        Some(Err(_)) => Err(BAD_CHECKPOINT.to_owned()),
        Some(Ok(checkpoint)) => prove_checkpoint(Some(checkpoint), signers),
        None => prove_checkpoint(None, signers),
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
