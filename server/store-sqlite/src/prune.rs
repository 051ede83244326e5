//! The end of the oldest events: proved, pruned, and told, in one transaction.
//! Leaves how long they are kept to the keyring.

use rusqlite::Connection;

use crate::checkpoint;
use crate::event_chain::walk;
use keywright_model::error::Error;
use keywright_store::event::{Event, Head};
use keywright_store::event_chain::Chain;
use keywright_store::{Broken, Signers, Trail, Written};

/// Events that are pruned in one transaction: those who wait for it wait some milliseconds.
const BATCH_LEN: i64 = 1000;

/// Why a walk over the oldest events ends.
enum Leave {
    /// The next one is to be kept, for now.
    Enough,
    Broken(Broken),
    Failed(rusqlite::Error),
}

impl From<Broken> for Leave {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// What was pruned, and the event that tells it, if anything was; or why nothing is.
type Pruned<'a> = Result<(Written, Option<Event<'a>>), Error>;

/// Prunes a batch of the events from before an instant, never the newest one.
///
/// What is not as it was written stays: it is evidence, and a seal over it would be a lie.
pub(super) fn prune<'a>(
    connection: &Connection,
    signers: &Signers,
    now_ms: i64,
    trail: &'a Trail,
    before_ms: i64,
) -> rusqlite::Result<Pruned<'a>> {
    let newest: i64 = connection
        .prepare_cached("SELECT position FROM head")?
        .query_row([], |row| row.get(0))?;
    let begin = match checkpoint::read(connection, signers)? {
        Ok(begin) => begin,
        Err(what) => return Ok(Err(not_whole(1, &what))),
    };
    let mut last = Head::default();
    let mut chain = Chain::new(signers, begin.clone());
    let walked = walk(connection, &mut chain, Leave::Failed, &mut |walked| {
        let position = walked.head.position;
        let is_due = walked.at_ms() < before_ms && position < newest;
        if !is_due || position - begin.position > BATCH_LEN {
            return Err(Leave::Enough);
        }
        last.clone_from(walked.head);
        Ok(())
    });
    match walked {
        Ok(()) | Err(Leave::Enough) => {}
        Err(Leave::Failed(error)) => return Err(error),
        Err(Leave::Broken(Broken { position, what })) => {
            return Ok(Err(not_whole(position, &what)));
        }
    }
    let count = last.position - begin.position;
    if count <= 0 {
        let (count, has_more) = (0, false);
        return Ok(Ok((Written::Pruned { count, has_more }, None)));
    }
    checkpoint::write(connection, &last, signers.newest())?;
    connection
        .prepare_cached("DELETE FROM events WHERE position <= ?1")?
        .execute([last.position])?;
    let event = Event::pruned(count, last.position, now_ms, trail);
    let has_more = count == BATCH_LEN;
    Ok(Ok((Written::Pruned { count, has_more }, Some(event))))
}

fn not_whole(position: i64, what: &str) -> Error {
    Error::internal(format!(
        "the events are not whole at position {position}, and none are pruned: {what}. \
         `keywright events verify` says more"
    ))
}
