//! The sieve kept whole: all digests are read into it beside the requests.
//! Leaves what the sieve is to `store::sieve`, and new digests to the writer.

use std::sync::Arc;
use std::time::Duration;

use super::readers::Readers;
use super::rows;
use keywright_model::error::Error;
use keywright_store::cache::Cache;
use keywright_store::sieve::Sieve;

/// Digests that are read at a time.
const DIGESTS_LEN: u32 = 4096;
/// How long a failed reading of all digests rests.
const SIEVE_RETRY: Duration = Duration::from_mins(1);

/// Reads all digests into the sieve, at once and whenever it has become too small.
pub(super) async fn keep_sieve(readers: Arc<Readers>, cache: Arc<Cache>) {
    loop {
        cache.sieve().wants_growth().await;
        if let Err(error) = fill_sieve(&readers, cache.sieve()).await {
            tracing::warn!(%error, "unknown keys are looked up in the database for now");
            tokio::time::sleep(SIEVE_RETRY).await;
        }
    }
}

async fn fill_sieve(readers: &Readers, sieve: &Sieve) -> Result<(), Error> {
    // No key is ever deleted, so this is about how many there are.
    let count = readers.read(|database| {
        database.query_row("SELECT coalesce(max(rowid), 0) FROM keys", [], |row| {
            row.get(0)
        })
    });
    let Some(growing) = sieve.grow(i64::unsigned_abs(count.await?)) else {
        return Ok(());
    };
    let mut last = Vec::new();
    loop {
        // In parts, so that lists get their turn and the log can be merged in between.
        let part = readers.read(move |database| rows::list_digests(database, &last, DIGESTS_LEN));
        let part = part.await.inspect_err(|_| sieve.give_up(&growing))?;
        for digest in &part {
            growing.insert(digest);
        }
        match part.last() {
            Some(digest) if part.len() == DIGESTS_LEN as usize => last = digest.0.to_vec(),
            Some(_) | None => break,
        }
    }
    sieve.replace(&growing);
    Ok(())
}
