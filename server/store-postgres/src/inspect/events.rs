//! The events of a snapshot: walked in their order, and what of them an earlier state of the database does not know.
//! Leaves how they prove one another to the store's `event_chain`.

use std::sync::LazyLock;

use keywright_model::event::EventAction;
use keywright_store::event_chain::{self, Chain, EventSnapshot, Stop, WALKED, prove_checkpoint};
use keywright_store::{
    Broken, Head, Lost, LostEvents, MaintenanceError, Marks, Proven, Signers, Visit, Walked,
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Inspection, get};
use crate::flight::Parameter;
use crate::rows::Stored;

/// Events that are read at a time.
const PART_LEN: i64 = 2000;

/// In the order of the index, which is what lists go by; the rest of each row is read from the table itself.
static WALK: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM events WHERE position > $1 ORDER BY position LIMIT $2",
        WALKED.join(", ")
    )
});
const CHECKPOINT: &str = "SELECT position, mac, seal FROM events_checkpoint";
/// There is no row that says where they end: the last of them does.
const END: &str = "(SELECT position, mac FROM events ORDER BY position DESC LIMIT 1)
     UNION ALL SELECT position, mac FROM events_checkpoint ORDER BY position DESC LIMIT 1";
/// From the table itself: what an index hides does not count less.
const COUNT: &str = "SELECT count(*) FROM (SELECT mac FROM events OFFSET 0) every";
const MAC_AT: &str = "SELECT mac FROM events WHERE position = $1
     UNION ALL SELECT mac FROM events_checkpoint WHERE position = $1";
static COUNT_BEHIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT count(*), count(*) FILTER (WHERE action IN ('{issued}', '{rotated}', '{created}')),
             count(*) FILTER (WHERE action = '{rotated}'), count(*) FILTER (WHERE action = '{revoked}')
         FROM events WHERE position > $1",
        issued = EventAction::KeyIssued.word(),
        rotated = EventAction::KeyRotated.word(),
        created = EventAction::OwnerCreated.word(),
        revoked = EventAction::TokenRevoked.word(),
    )
});
/// The keys that were revoked behind a position: each by itself, or by the end of its owner.
static REVOKED_BEHIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT target AS id, position FROM events WHERE position > $1 AND action = '{revoked}'
         UNION ALL
         SELECT k.id, e.position FROM events e JOIN keys k ON k.owner_id = e.target
         WHERE e.position > $1 AND e.action = '{deleted}'
             AND (k.revoked_at_ms IS NULL OR k.revoked_at_ms >= e.at_ms)",
        revoked = EventAction::KeyRevoked.word(),
        deleted = EventAction::OwnerDeleted.word(),
    )
});
const NOT_REVOKED: &str =
    "SELECT k.id FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, number)
     JOIN keys k ON k.id = wanted.id WHERE k.revoked_at_ms IS NULL ORDER BY wanted.number";

impl Inspection {
    pub(super) fn walk_all(
        &self,
        signers: &Signers,
        marks: &mut Marks,
        visit: &mut Visit<'_>,
    ) -> Result<Result<Proven, Broken>, MaintenanceError> {
        let walked = event_chain::walk_all(self, signers, marks, visit);
        walked.map_err(|error| error.downcast().unwrap_or_else(MaintenanceError::Failed))
    }

    pub(super) fn pruned_up_to(
        &self,
        signers: &Signers,
    ) -> Result<Result<Head, Broken>, MaintenanceError> {
        let rows = self.ask(CHECKPOINT, Vec::new())?;
        let read = |row: &Row| -> Result<(Head, Vec<u8>), MaintenanceError> {
            Ok((head(row)?, get(row, 2)?))
        };
        let checkpoint = rows.first().map(read).transpose()?;
        let proven = prove_checkpoint(checkpoint, signers);
        Ok(proven.map_err(|what| Broken { position: 1, what }))
    }

    pub(super) fn find_lost(
        &self,
        earlier: &Head,
        keys_max: u32,
    ) -> Result<Lost, MaintenanceError> {
        let behind = || -> Vec<Parameter<'static>> { vec![Box::new(earlier.position)] };
        let pruned = self.ask("SELECT position FROM events_checkpoint", Vec::new())?;
        if let Some(row) = pruned.first() {
            let position: i64 = get(row, 0)?;
            if earlier.position < position {
                return Ok(Lost::Pruned { position });
            }
        }
        let found = self.ask(MAC_AT, behind())?;
        let found: Option<Vec<u8>> = found.first().map(|row| get(row, 0)).transpose()?;
        if found.unwrap_or_default() != earlier.mac {
            return Ok(Lost::Unrelated);
        }
        let counts = self.ask(&COUNT_BEHIND, behind())?;
        let keys = format!(
            "SELECT count(DISTINCT id) FROM ({}) revoked",
            *REVOKED_BEHIND
        );
        let revoked = self.ask(&keys, behind())?;
        let last = format!(
            "SELECT id FROM ({}) revoked GROUP BY id ORDER BY max(position) DESC LIMIT {keys_max}",
            *REVOKED_BEHIND
        );
        let last = self.ask(&last, behind())?;
        let count = |index| counts.first().map_or(Ok(0), |row| get(row, index));
        Ok(Lost::Since(LostEvents {
            count: count(0)?,
            issued: count(1)?,
            rotated: count(2)?,
            revoked: revoked.first().map_or(Ok(0), |row| get(row, 0))?,
            revoked_tokens: count(3)?,
            revoked_keys: last
                .iter()
                .map(|row| get(row, 0))
                .collect::<Result<_, _>>()?,
        }))
    }

    pub(super) fn find_not_revoked(&self, keys: &[Uuid]) -> Result<Vec<Uuid>, MaintenanceError> {
        let rows = self.ask(NOT_REVOKED, vec![Box::new(keys.to_vec())])?;
        rows.iter().map(|row| get(row, 0)).collect()
    }
}

impl EventSnapshot for Inspection {
    fn begin(&self, signers: &Signers) -> anyhow::Result<Result<Head, Broken>> {
        Ok(self.pruned_up_to(signers)?)
    }

    fn written_end(&self) -> anyhow::Result<Result<Head, String>> {
        let rows = self.ask(END, Vec::new())?;
        let end = rows.first().map(head).transpose()?;
        Ok(Ok(end.unwrap_or_default()))
    }

    fn walk(
        &self,
        chain: &mut Chain<'_>,
        visit: &mut dyn FnMut(&Walked<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        loop {
            let behind: Vec<Parameter<'static>> =
                vec![Box::new(chain.head().position), Box::new(PART_LEN)];
            let rows = match self.ask(&WALK, behind) {
                Ok(rows) => rows,
                Err(MaintenanceError::Damaged(error)) => {
                    chain.end()?;
                    return Err(chain.broken(format!("it cannot be read: {error}")).into());
                }
                Err(error) => return Err(Stop::Failed(error.into())),
            };
            for row in &rows {
                let row = Stored(row);
                let event = chain.take(&row)?;
                visit(&Walked::new(&event.sealed(), chain.head(), chain.begin()))?;
            }
            if rows.is_empty() {
                return Ok(chain.end()?);
            }
        }
    }

    fn count(&self) -> anyhow::Result<i64> {
        Ok(self.one(COUNT)?)
    }
}

fn head(row: &Row) -> Result<Head, MaintenanceError> {
    Ok(Head {
        position: get(row, 0)?,
        mac: get(row, 1)?,
    })
}
