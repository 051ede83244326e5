//! The engine of a server that runs: reads over connections that all share, and one writer.
//! Leaves reads to `engine`, and changes to `write`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use keywright_model::error::Error;
use keywright_model::event::EventRecord;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::Key;
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use keywright_store::cache::FoundKey;
use keywright_store::windows::SharedWindows;
use keywright_store::{
    CommitStats, Engine, EventFilter, KeyFilter, LeftUndone, LookUp, OwnerFilter, Part, ReadFrom,
    Reading, Write, Writes, Written,
};
use tokio::task::JoinSet;

use crate::background::Background;
use crate::engine::Postgres;
use crate::follow::Follower;
use crate::windows::Windows;
use crate::write::Writer;

/// How long a health check may wait for the writer.
const CHECK_WITHIN: Duration = Duration::from_secs(2);

/// An engine that was started.
pub(crate) struct Running {
    pub(crate) reads: Postgres,
    pub(crate) writer: Arc<Writer>,
    pub(crate) windows: Windows,
    pub(crate) follower: Arc<Follower>,
    /// What goes on beside requests; it ends with the engine.
    pub(crate) chores: Mutex<JoinSet<()>>,
    /// Dropped last: all of the others run on it.
    pub(crate) _background: Background,
}

impl LookUp for Running {
    fn look_up_key_by_digest(&self, digest: Digest, from: ReadFrom) -> Reading<FoundKey> {
        self.reads.look_up_key_by_digest(digest, from)
    }

    fn look_up_key_by_digests(&self, digests: Arc<Digests>, from: ReadFrom) -> Reading<FoundKey> {
        self.reads.look_up_key_by_digests(digests, from)
    }

    fn look_up_key(&self, id: KeyId, from: ReadFrom) -> Reading<FoundKey> {
        self.reads.look_up_key(id, from)
    }

    fn look_up_owner(&self, id: OwnerId, from: ReadFrom) -> Reading<Arc<Owner>> {
        self.reads.look_up_owner(id, from)
    }

    fn look_up_revocation(&self, token: TokenUse, from: ReadFrom) -> Reading<()> {
        self.reads.look_up_revocation(token, from)
    }
}

#[async_trait]
impl Engine for Running {
    async fn read_key(&self, id: KeyId) -> Result<Option<Key>, Error> {
        self.reads.read_key(id).await
    }

    async fn read_owner(&self, id: OwnerId) -> Result<Option<Owner>, Error> {
        self.reads.read_owner(id).await
    }

    async fn is_ancestor(&self, ancestor: OwnerId, id: OwnerId) -> Result<bool, Error> {
        self.reads.is_ancestor(ancestor, id).await
    }

    async fn serves_retry(&self, id: Digest, replaced: KeyId, now_ms: i64) -> Result<bool, Error> {
        self.reads.serves_retry(id, replaced, now_ms).await
    }

    async fn list_keys(&self, filter: KeyFilter) -> Result<Part<Key>, Error> {
        self.reads.list_keys(&filter).await
    }

    async fn list_reaching_all(&self, now_ms: i64) -> Result<Vec<KeyId>, Error> {
        self.reads.list_reaching_all(now_ms).await
    }

    async fn count_keys(&self, filter: KeyFilter) -> Result<i64, Error> {
        self.reads.count_keys(&filter).await
    }

    async fn list_owners(&self, filter: OwnerFilter) -> Result<Part<Owner>, Error> {
        self.reads.list_owners(&filter).await
    }

    async fn list_events(&self, filter: EventFilter) -> Result<Part<EventRecord>, Error> {
        self.reads.list_events(&filter).await
    }

    async fn read_setting(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error> {
        self.reads.read_setting(name).await
    }

    async fn write(&self, write: Write) -> Result<Written, Error> {
        self.writer.write(write).await
    }

    fn writes_wait(&self) -> Duration {
        self.writer.wait()
    }

    fn commit_stats(&self) -> &CommitStats {
        self.writer.commit_stats()
    }

    fn shared_windows(&self) -> Option<&dyn SharedWindows> {
        Some(&self.windows)
    }

    /// What its disk has room for is known to PostgreSQL alone.
    fn writes(&self) -> Writes {
        Writes::All
    }

    fn reserve_len(&self) -> u64 {
        0
    }

    async fn check(&self) -> Result<Writes, Error> {
        let check = async {
            if !self.reads.takes_changes().await? {
                return Ok(Writes::ReadOnly);
            }
            self.writer.probe().await
        };
        let checked = tokio::time::timeout(CHECK_WITHIN, check).await;
        checked.unwrap_or_else(|_elapsed| {
            Err(Error::Unavailable {
                cause: format!("the database has not answered within {CHECK_WITHIN:?}"),
            })
        })
    }

    async fn close(&self) -> Result<(), LeftUndone> {
        let mut chores =
            std::mem::take(&mut *self.chores.lock().unwrap_or_else(PoisonError::into_inner));
        chores.shutdown().await;
        self.writer.close().await;
        self.follower.leave().await;
        Ok(())
    }
}
