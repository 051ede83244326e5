//! How long events are kept.
//! Leaves what is proved and said when they are pruned to the store.

use std::time::Duration;

use super::Keyring;
use keywright_model::error::Error;
use keywright_store::{Write, command};

/// Changes of others go first for so long after each batch.
const PAUSE: Duration = Duration::from_millis(20);

impl Keyring {
    /// Whether events are pruned at all.
    #[must_use]
    pub fn prunes_events(&self) -> bool {
        self.settings.events_kept_ms.is_some()
    }

    /// Prunes the events that have been kept long enough, a batch after the other; never the newest.
    ///
    /// # Errors
    /// When the database cannot be written, or the events that are to go are not whole: those stay.
    pub async fn prune_events(&self) -> Result<(), Error> {
        let Some(kept_ms) = self.settings.events_kept_ms else {
            return Ok(());
        };
        let before_ms = self.now_ms() - kept_ms;
        loop {
            let write = Write::of_server(command::PruneEvents { before_ms });
            if !self.store.run(write).await?.has_more {
                return Ok(());
            }
            self.runtime.sleep(PAUSE).await;
        }
    }
}
