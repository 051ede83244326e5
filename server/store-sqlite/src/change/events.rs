//! The end of the oldest events: proved, pruned, and told, in one transaction.
//! Leaves how long they are kept to the keyring.

use super::{Outcome, Scene};
use crate::audit::{Broken, Stop, walk};
use crate::checkpoint;
use keywright_model::error::Error;
use keywright_store::event::{Event, Head};
use keywright_store::{Write, Written};

/// Events that are pruned in one transaction: those who wait for it wait some milliseconds.
const BATCH_LEN: i64 = 1000;

/// Why a walk over the oldest events ends.
enum Leave {
    /// The next one is to be kept, for now.
    Enough,
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Leave {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl<'a> Scene<'a> {
    /// Prunes a batch of the events from before an instant, never the newest one.
    ///
    /// What is not as it was written stays: it is evidence, and a seal over it would be a lie.
    pub(super) fn prune_events(&mut self, write: &'a Write, before_ms: i64) -> Outcome<Written> {
        let newest: i64 = self
            .connection
            .prepare_cached("SELECT position FROM head")?
            .query_row([], |row| row.get(0))?;
        let begin = match checkpoint::read(self.connection, self.signer)? {
            Ok(begin) => begin,
            Err(what) => return Ok(Err(not_whole(1, &what))),
        };
        let mut last = Head::default();
        let walked = walk(self.connection, self.signer, &begin, &mut |walked| {
            let position = walked.head.position;
            let is_due = walked.at_ms() < before_ms && position < newest;
            if !is_due || position - begin.position > BATCH_LEN {
                return Err(Leave::Enough);
            }
            last.clone_from(walked.head);
            Ok(())
        });
        match walked {
            Ok(_) | Err(Stop::Failed(Leave::Enough)) => {}
            Err(Stop::Failed(Leave::Failed(error))) => return Err(error),
            Err(Stop::Broken(Broken { position, what })) => {
                return Ok(Err(not_whole(position, &what)));
            }
        }
        let count = last.position - begin.position;
        if count <= 0 {
            let (count, has_more) = (0, false);
            return Ok(Ok(Written::Pruned { count, has_more }));
        }
        checkpoint::write(self.connection, &last, self.signer)?;
        self.connection
            .prepare_cached("DELETE FROM events WHERE position <= ?1")?
            .execute([last.position])?;
        let event = Event::pruned(count, last.position, self.now_ms, &write.trail);
        self.note(event);
        let has_more = count == BATCH_LEN;
        Ok(Ok(Written::Pruned { count, has_more }))
    }
}

fn not_whole(position: i64, what: &str) -> Error {
    Error::internal(format!(
        "the events are not whole at position {position}, and none are pruned: {what}. \
         `keywright events verify` says more"
    ))
}
