//! What the changes of a batch name, read into a snapshot as sets: one statement for each kind of row, all in one flight.
//! Leaves the statements to `statements`, and what follows from the rows to the rules.

mod found;
mod statements;
mod wanted;

use keywright_store::Snapshot;
use tokio_postgres::Row;

use crate::flight::{PreparedSession, Step};
use found::Loader;
pub(crate) use statements::{HEAD, LOCK, LOCK_ID, all as statements};
pub(crate) use wanted::Wanted;

/// Why a snapshot cannot be had.
pub(crate) enum LoadError {
    /// PostgreSQL has said no, or nothing.
    Statement(tokio_postgres::Error),
    /// A row cannot be read.
    Row(String),
}

impl Wanted {
    /// What is sent behind the lock and the head.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        self.loads().into_iter().map(|(_, step)| step).collect()
    }

    /// The snapshot that the answers tell, which are those of [`Wanted::steps`]; what they have led to is read in a
    /// second flight.
    ///
    /// That is only where a place or a name was asked for and the lineage of the key that holds it matters: a rotation
    /// of an owner's one key with a grace, and the end of a named key. Such statements would have to find the holders
    /// once more, each in its own way, to spare rare changes one round trip.
    pub(crate) async fn snapshot(
        &self,
        session: &PreparedSession,
        position: i64,
        now_ms: i64,
        answers: Vec<Vec<Row>>,
    ) -> Result<Snapshot, LoadError> {
        let mut loader = Loader::new(position, now_ms);
        for ((load, _), rows) in self.loads().into_iter().zip(answers) {
            loader.take(load, &rows).map_err(LoadError::Row)?;
        }
        loader.settle(self).map_err(LoadError::Row)?;
        let behind = self.behind(&loader.snapshot);
        let steps: Vec<Step<'_>> = behind.loads().into_iter().map(|(_, step)| step).collect();
        if !steps.is_empty() {
            let answers = session.send(&steps).await;
            for ((load, _), answer) in behind.loads().into_iter().zip(answers) {
                let rows = answer.map_err(LoadError::Statement)?;
                loader.take(load, &rows).map_err(LoadError::Row)?;
            }
            loader.settle_lineages(&behind);
        }
        Ok(loader.snapshot)
    }
}
