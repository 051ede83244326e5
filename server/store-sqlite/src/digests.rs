//! The Bloom filter kept whole: all digests are read into it beside the requests; and how many rest on each pepper.
//! Leaves what the Bloom filter is to `store::bloom_filter`, and new digests to the writer.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::readers::Readers;
use super::rows;
use keywright_model::error::Error;
use keywright_store::DigestCount;
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

/// How many keys are digested under each version of the pepper, the oldest first.
pub(super) fn count_by_version(
    connection: &Connection,
    now_ms: i64,
) -> rusqlite::Result<Vec<DigestCount>> {
    let mut statement = connection.prepare(
        "WITH states AS (
             SELECT pepper_version AS version, enabled,
                 revoked_at_ms IS NULL AND coalesce(expires_at_ms > ?1, true)
                     AND (replaced_by IS NULL OR coalesce(grace_until_ms > ?1, false)) AS works
             FROM keys)
         SELECT version, sum(works AND enabled), sum(works AND NOT enabled), sum(NOT works)
         FROM states GROUP BY version ORDER BY version",
    )?;
    let counts = statement.query_map([now_ms], |row| {
        Ok(DigestCount {
            version: row.get(0)?,
            live: row.get(1)?,
            disabled: row.get(2)?,
            ended: row.get(3)?,
        })
    })?;
    counts.collect()
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
