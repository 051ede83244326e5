//! Where a newer key begins to sign the events, written in the transaction behind which it does, and read by the next.
//! Leaves what signs, and what is said about where it begins, to `store::signers`.

use rusqlite::Connection;

use super::settings;
use keywright_model::secret::Pepper;
use keywright_store::event::Head;
use keywright_store::{PepperStart, Signers, signers};

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

/// Signs with a newer key from now on, if the transaction was made behind which it begins.
pub(super) fn take_up(
    connection: &Connection,
    beginning: &mut Option<Pepper>,
    signers: &mut Signers,
) -> rusqlite::Result<()> {
    let Some(signer) = beginning else {
        return Ok(());
    };
    let is_newer = signer.version != signers.newest().version;
    if let Some(head) = find(connection, signer)?.filter(|_| is_newer) {
        signers.begin(signer.clone(), head);
    }
    *beginning = None;
    Ok(())
}

/// Where a key begins, if it has.
fn find(connection: &Connection, signer: &Pepper) -> rusqlite::Result<Option<Head>> {
    let found = settings::read(connection, &signers::name_of(signer.version))?;
    Ok(found.and_then(|found| signers::read(&found, signer)))
}
