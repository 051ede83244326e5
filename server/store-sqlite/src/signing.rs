//! Where a newer key begins to sign the events, written in the transaction behind which it does.
//! Leaves what signs, and what is said about where it begins, to `store::signers`.

use rusqlite::Connection;

use super::settings;
use keywright_model::secret::Pepper;
use keywright_store::event::Head;
use keywright_store::{PepperStart, signers};

/// Lets a key begin behind this head; one that has begun already stays where it is.
pub(super) fn begin(
    connection: &Connection,
    start: &PepperStart,
    head: &Head,
) -> rusqlite::Result<()> {
    if find(connection, &start.signer)?.is_some() {
        return Ok(());
    }
    let name = signers::name_of(start.signer.version);
    settings::put(connection, &name, &signers::write(head, &start.signer))?;
    for (name, value) in &start.settings {
        settings::put(connection, name, value)?;
    }
    Ok(())
}

/// Where a key begins, if it has.
pub(super) fn find(connection: &Connection, signer: &Pepper) -> rusqlite::Result<Option<Head>> {
    let found = settings::read(connection, &signers::name_of(signer.version))?;
    Ok(found.and_then(|found| signers::read(&found, signer)))
}
