//! The end of the oldest events: proved, pruned, and told, in one transaction.
//! Leaves how long they are kept to the keyring, and the transaction to `own_work`.

use keywright_model::error::Error;
use keywright_model::secret::{Digest, Pepper};
use keywright_store::event::{Event, Head, seal};
use keywright_store::event_chain::{Chain, prove_checkpoint};
use keywright_store::{Signers, Write};
use tokio_postgres::Row;

use crate::flight::{Parameter, Step};
use crate::rows::Stored;

/// Events that are pruned in one transaction: those who wait for it wait some milliseconds.
pub(super) const BATCH_LEN: i64 = 1000;

pub(super) const CHECKPOINT: &str = "SELECT position, mac, seal FROM events_checkpoint";
/// Its columns stand in the order in which a chain takes them.
pub(super) const WALK: &str = "SELECT position, at_ms, actor, action, target, outcome, request_id, address, mac, \
         related, owner, detail, server_request_id, touched \
     FROM events WHERE position > $1 ORDER BY position LIMIT $2";
pub(super) const PRUNE: &str = "DELETE FROM events WHERE position <= $1";
pub(super) const PUT_CHECKPOINT: &str = "INSERT INTO events_checkpoint (one, position, mac, seal) VALUES (1, $1, $2, $3)
     ON CONFLICT (one) DO UPDATE SET position = excluded.position, mac = excluded.mac, seal = excluded.seal";

/// The last event that was pruned before, if its seal bears that out.
pub(super) fn begin(checkpoint: &[Row], signers: &Signers) -> Result<Head, Error> {
    let read = |row: &Row| -> Result<(Head, Vec<u8>), tokio_postgres::Error> {
        let head = Head {
            position: row.try_get(0)?,
            mac: row.try_get(1)?,
        };
        Ok((head, row.try_get(2)?))
    };
    let checkpoint = checkpoint.first().map(read).transpose();
    let checkpoint = checkpoint.map_err(Error::internal)?;
    prove_checkpoint(checkpoint, signers).map_err(|what| not_whole(1, &what))
}

/// The last of these events that is to go. What is not as it was written stays: it is evidence, and a seal over it
/// would be a lie.
pub(super) fn walk(
    rows: &[Row],
    begin: &Head,
    before_ms: i64,
    newest: i64,
    signers: &Signers,
) -> Result<Head, Error> {
    let mut chain = Chain::new(signers, begin.clone());
    let mut last = begin.clone();
    for row in rows {
        let row = Stored(row);
        let event = chain.take(&row);
        let at_ms = event
            .map_err(|broken| not_whole(broken.position, &broken.what))?
            .at_ms();
        let head = chain.head();
        let is_due = at_ms < before_ms && head.position < newest;
        if !is_due || head.position - begin.position > BATCH_LEN {
            break;
        }
        last = head.clone();
    }
    Ok(last)
}

/// What writes down, under a seal, that everything up to this head was whole, and prunes it.
pub(super) fn steps<'a>(last: &'a Head, signer: &Pepper) -> Vec<Step<'a>> {
    let Digest(seal) = seal(last, signer);
    let values: Vec<Parameter<'a>> = vec![
        Box::new(last.position),
        Box::new(last.mac.as_slice()),
        Box::new(seal.to_vec()),
    ];
    vec![
        Step::Query(PUT_CHECKPOINT, values),
        Step::Query(PRUNE, vec![Box::new(last.position)]),
    ]
}

/// What tells that events were pruned.
pub(super) fn event(count: i64, position: i64, now_ms: i64, write: &Write) -> Event<'_> {
    Event::pruned(count, position, now_ms, &write.trail)
}

fn not_whole(position: i64, what: &str) -> Error {
    Error::internal(format!(
        "the events are not whole at position {position}, and none are pruned: {what}. \
         `keywright events verify` says more"
    ))
}
