//! The end of the oldest events: proved, pruned, and told, in one transaction.
//! Leaves how long they are kept to the keyring, and the transaction to `own_work`.

use keywright_model::error::Error;
use keywright_model::secret::{Digest, Pepper};
use keywright_store::event::{Event, Head, Sealed, TouchedId, bytes, seal};
use keywright_store::{Signers, Write};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::flight::{Parameter, Step};

/// Events that are pruned in one transaction: those who wait for it wait some milliseconds.
pub(super) const BATCH_LEN: i64 = 1000;

pub(super) const CHECKPOINT: &str = "SELECT position, mac, seal FROM events_checkpoint";
pub(super) const WALK: &str = "SELECT position, at_ms, actor, action, target, related, owner, outcome, detail, \
         request_id, server_request_id, address, touched, mac \
     FROM events WHERE position > $1 ORDER BY position LIMIT $2";
pub(super) const PRUNE: &str = "DELETE FROM events WHERE position <= $1";
pub(super) const PUT_CHECKPOINT: &str = "INSERT INTO events_checkpoint (one, position, mac, seal) VALUES (1, $1, $2, $3)
     ON CONFLICT (one) DO UPDATE SET position = excluded.position, mac = excluded.mac, seal = excluded.seal";

/// What is wrong where the walk meets the beginning of another key, and not by the event that it begins behind.
const OTHER_KEY: &str = "this is not the event behind which another pepper signs: it was changed, or comes from elsewhere";

/// The last event that was pruned before, if its seal bears that out.
pub(super) fn begin(checkpoint: &[Row], signers: &Signers) -> Result<Head, Error> {
    let Some(row) = checkpoint.first() else {
        return Ok(Head::default());
    };
    let read = || -> Result<(Head, Vec<u8>), tokio_postgres::Error> {
        let head = Head {
            position: row.try_get(0)?,
            mac: row.try_get(1)?,
        };
        Ok((head, row.try_get(2)?))
    };
    let (head, found) = read().map_err(Error::internal)?;
    // Under the key of that time, or any later one: with an older one, newer events must not be sealed away.
    let mut since = signers.since(head.position);
    let is_sealed = <[u8; 32]>::try_from(found)
        .is_ok_and(|found| since.any(|signer| Digest(found).matches(&seal(&head, signer))));
    if is_sealed {
        return Ok(head);
    }
    let what =
        "the checkpoint behind which the events begin does not bear out its seal: it was changed";
    Err(not_whole(1, what))
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
    let mut last = begin.clone();
    for row in rows {
        if !signers.meet(&last) {
            return Err(not_whole(last.position, OTHER_KEY));
        }
        let position = last.position + 1;
        let (at_ms, head) =
            walked(row, &last, signers).map_err(|what| not_whole(position, &what))?;
        let is_due = at_ms < before_ms && head.position < newest;
        if !is_due || head.position - begin.position > BATCH_LEN {
            break;
        }
        last = head;
    }
    Ok(last)
}

/// An event behind another, as its row has it: when it was, and its own head.
fn walked(row: &Row, before: &Head, signers: &Signers) -> Result<(i64, Head), String> {
    let read = || -> Result<_, tokio_postgres::Error> {
        let (position, at_ms): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let texts: [Option<&str>; 5] = [
            row.try_get(2)?,
            row.try_get(3)?,
            row.try_get(7)?,
            row.try_get(8)?,
            row.try_get(11)?,
        ];
        let ids: [Option<Uuid>; 5] = [
            row.try_get(4)?,
            row.try_get(5)?,
            row.try_get(6)?,
            row.try_get(9)?,
            row.try_get(10)?,
        ];
        let (touched, mac): (Option<&[u8]>, &[u8]) = (row.try_get(12)?, row.try_get(13)?);
        Ok((position, at_ms, texts, ids, touched, mac))
    };
    let (position, at_ms, texts, ids, touched, mac) = read().map_err(|error| error.to_string())?;
    if position != before.position + 1 {
        return Err(format!(
            "the event is missing: the next one is at {position}"
        ));
    }
    if touched.is_some_and(|touched| touched.is_empty() || TouchedId::decode(touched).is_none()) {
        return Err(
            "what it has touched has a form that no server writes: it was changed".to_owned(),
        );
    }
    let [actor, action, outcome, detail, address] =
        texts.map(|text| text.unwrap_or_default().as_bytes());
    let [target, related, owner, request_id, server_request_id] =
        ids.each_ref().map(|id| bytes(id.as_ref()));
    let sealed = Sealed {
        at_ms,
        actor,
        action,
        target,
        outcome,
        request_id,
        address,
        more: Sealed::more_of([related, owner, detail]),
        server_request_id,
        touched: touched.unwrap_or_default(),
    };
    let head = sealed.behind(before, signers.at(position));
    let (Ok(found), Ok(expected)) = (mac.try_into(), head.mac.as_slice().try_into()) else {
        return Err("its MAC has a form that no server writes: it was changed".to_owned());
    };
    if Digest(found).matches(&Digest(expected)) {
        Ok((at_ms, head))
    } else {
        Err("it does not bear out its MAC: it or the one before was changed".to_owned())
    }
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
