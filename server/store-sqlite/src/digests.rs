//! The Bloom filter kept whole: all digests are read into it beside the requests.
//! Leaves what the Bloom filter is to `store::bloom_filter`, and new digests to the writer.

use std::sync::Arc;
use std::time::Duration;

use super::readers::Readers;
use super::rows;
use keywright_model::error::Error;
use keywright_store::bloom_filter::BloomFilter;
use keywright_store::cache::Cache;

/// Digests that are read at a time.
const DIGESTS_LEN: u32 = 4096;
/// How long a failed reading of all digests rests.
const FILL_RETRY: Duration = Duration::from_mins(1);

/// Reads all digests into the Bloom filter, at once and whenever it has become too small.
pub(super) async fn keep_bloom_filter(readers: Arc<Readers>, cache: Arc<Cache>) {
    loop {
        cache.bloom_filter().wants_growth().await;
        if let Err(error) = fill_bloom_filter(&readers, cache.bloom_filter()).await {
            tracing::warn!(%error, "unknown keys are looked up in the database for now");
            tokio::time::sleep(FILL_RETRY).await;
        }
    }
}

async fn fill_bloom_filter(readers: &Readers, bloom_filter: &BloomFilter) -> Result<(), Error> {
    // No key is ever deleted, so this is about how many there are.
    let count = readers.read(|database| {
        database.query_row("SELECT coalesce(max(rowid), 0) FROM keys", [], |row| {
            row.get(0)
        })
    });
    let Some(growing) = bloom_filter.grow(i64::unsigned_abs(count.await?)) else {
        return Ok(());
    };
    let mut last = Vec::new();
    loop {
        // In parts, so that lists get their turn and the log can be merged in between.
        let part = readers.read(move |database| rows::list_digests(database, &last, DIGESTS_LEN));
        let part = part.await.inspect_err(|_| bloom_filter.give_up(&growing))?;
        for digest in &part {
            growing.insert(digest);
        }
        match part.last() {
            Some(digest) if part.len() == DIGESTS_LEN as usize => last = digest.0.to_vec(),
            Some(_) | None => break,
        }
    }
    bloom_filter.replace(&growing);
    Ok(())
}
