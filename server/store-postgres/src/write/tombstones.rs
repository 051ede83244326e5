//! Owners that were deleted: their keys are judged by the tombstone, and the rows follow in batches.
//! Leaves each batch to `own_work`.

use std::sync::Arc;
use std::time::Duration;

use keywright_model::error::Error;
use keywright_store::{Change, Write, Written};

use super::Writer;

/// How long rows wait where they could not be written.
const RETRY: Duration = Duration::from_secs(5);

/// Lets all rows follow: those that a start finds behind, and those of each owner that is deleted from then on.
pub(crate) async fn keep_following(writer: Arc<Writer>) {
    loop {
        match writer
            .write(Write::of_server(Change::FollowTombstones))
            .await
        {
            Ok(Written::Followed { has_more: true }) => {}
            Ok(_) => writer.owner_deleted().await,
            Err(error) => {
                if !matches!(error, Error::Unavailable { .. }) {
                    tracing::warn!(%error, "rows of keys could not follow their owners' end");
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}
