//! Memory in front of an engine: asked first, and filled by look-ups that no change has overtaken.
//! Leaves what may be kept to `cache`, and how a database is asked to the engine.

mod single_flight;
#[cfg(test)]
mod tests;

use std::hash::Hash;
use std::sync::Arc;

use crate::cache::{Cache, Counts, FoundKey, Read};
use crate::decision::Decide;
use crate::engine::{Engine, LookUp, OpenDatabase, ReadFrom, Reading};
use crate::freshness::{Freshness, Standing};
use crate::signers::Signers;
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::key::{HeldKey, Key, Kind};
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use single_flight::SingleFlight;

/// Any connection is asked this often before the primary is.
const READS_MAX: usize = 2;

/// A database behind the memory of it.
///
/// What the memory answers is as true as the database: the engine tells it of every change, and a look-up that is
/// older than a change of what it found is made again.
pub struct Cached<E: LookUp + ?Sized = dyn Engine> {
    cache: Arc<Cache>,
    by_digest: SingleFlight<Digest, FoundKey>,
    by_id: SingleFlight<KeyId, FoundKey>,
    owners: SingleFlight<OwnerId, Arc<Owner>>,
    tokens: SingleFlight<TokenId, ()>,
    engine: Box<E>,
}

/// Where an answer may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Memory, if it is there.
    Cache,
    /// The database.
    Database,
}

/// Look-ups of the same thing that one may join, and by what; none where the database is to be asked anew.
type Joinable<'a, K, T> = Option<(&'a SingleFlight<K, T>, K)>;

impl Cached {
    /// Starts a database behind a memory of about `cache_bytes`; the rest is told to [`OpenDatabase::start`].
    ///
    /// # Errors
    /// When the threads or connections cannot be had.
    pub fn start(
        database: Box<dyn OpenDatabase>,
        cache_bytes: u64,
        signers: Signers,
        clock: Arc<dyn Clock>,
        rules: Arc<dyn Decide>,
    ) -> Result<Arc<Self>, Error> {
        let cache = Arc::new(Cache::new(cache_bytes));
        let engine = database.start(Arc::clone(&cache), signers, clock, rules)?;
        Ok(Arc::new(Self::new(cache, engine)))
    }
}

impl<E: LookUp + ?Sized> Cached<E> {
    /// An engine behind the memory that it tells of its changes.
    fn new(cache: Arc<Cache>, engine: Box<E>) -> Self {
        Self {
            cache,
            by_digest: SingleFlight::new(),
            by_id: SingleFlight::new(),
            owners: SingleFlight::new(),
            tokens: SingleFlight::new(),
            engine,
        }
    }

    /// The database itself, for what is not kept in memory.
    pub fn database(&self) -> &E {
        &self.engine
    }

    /// The key whose secret has this digest, and its owner, if both are in memory.
    pub fn recall(&self, digest: Digest) -> Option<HeldKey> {
        self.cache.recall(digest)
    }

    /// The key whose secret has this digest, and its owner.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_key_by_digest(
        &self,
        digest: Digest,
        source: Source,
    ) -> Result<Option<HeldKey>, Error> {
        let source = self.source(source);
        if source == Source::Cache
            && let Some(held) = self.cache.recall(digest)
        {
            return Ok(Some(held));
        }
        if source == Source::Cache && self.cache.lacks(&digest) {
            return Ok(None);
        }
        let joinable = (source == Source::Cache).then_some((&self.by_digest, digest));
        let send_off = |from| self.engine.look_up_key_by_digest(digest, from);
        let found = self.fill(joinable, send_off, Cache::admit).await?;
        // The index compared the digests already; comparing again in constant time costs nothing.
        let found = found.filter(|(minted, _)| minted.digest.matches(&digest));
        Ok(found.map(|found| held(found).0))
    }

    /// The key whose secret has one of these digests, its owner, and the digest that it has: for a key that may
    /// be digested under an older pepper. At most [`DIGESTS_MAX`](crate::DIGESTS_MAX) of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_key_by_digests(
        &self,
        digests: Digests,
        source: Source,
    ) -> Result<Option<(HeldKey, Digest)>, Error> {
        let source = self.source(source);
        if source == Source::Cache && self.cache.lacks_all(digests.iter()) {
            return Ok(None);
        }
        let digests = Arc::new(digests);
        let alone: Joinable<'_, Digest, FoundKey> = None;
        let send_off = |from| {
            let digests = Arc::clone(&digests);
            self.engine.look_up_key_by_digests(digests, from)
        };
        let found = self.fill(alone, send_off, Cache::admit).await?;
        let found = found.filter(|(minted, _)| digests.match_one(&minted.digest));
        Ok(found.map(held))
    }

    /// The key with this id as the last change left it, if it is in memory; its usage may be older.
    pub fn recall_key(&self, id: KeyId) -> Option<Arc<Key>> {
        let found = self.cache.recall_by_id(id);
        found.map(|(held, _)| held.key)
    }

    /// The client key with this id and the digest of its secret, if they are in memory.
    pub fn recall_client(&self, id: KeyId) -> Option<(HeldKey, Digest)> {
        let found = self.cache.recall_by_id(id);
        found.filter(|(held, _)| held.key.kind == Kind::Client)
    }

    /// The client key with this id, its owner, and the digest of its secret.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_client(
        &self,
        id: KeyId,
        source: Source,
    ) -> Result<Option<(HeldKey, Digest)>, Error> {
        let source = self.source(source);
        if source == Source::Cache
            && let Some(found) = self.recall_client(id)
        {
            return Ok(Some(found));
        }
        let joinable = (source == Source::Cache).then_some((&self.by_id, id));
        let send_off = |from| self.engine.look_up_key(id, from);
        let found = self.fill(joinable, send_off, Cache::admit).await?;
        let found = found.filter(|(minted, _)| minted.key.kind == Kind::Client);
        Ok(found.map(held))
    }

    /// Whether an access token was revoked, if that is known without the database.
    pub fn recall_revocation(&self, token: TokenUse, now_ms: i64) -> Option<bool> {
        self.cache.recall_revocation(token, now_ms)
    }

    /// Whether an access token was revoked.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_revoked(&self, token: TokenUse) -> Result<bool, Error> {
        let source = self.source(Source::Cache);
        let joinable = (source == Source::Cache).then_some((&self.tokens, token.id));
        let send_off = |from| self.engine.look_up_revocation(token, from);
        let admit =
            |cache: &Cache, read: &Read<()>, epoch| cache.admit_revocation(token.id, read, epoch);
        let found = self.fill(joinable, send_off, admit).await?;
        Ok(found.is_some())
    }

    /// The user or organization with this id, unless it was deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_owner(&self, id: OwnerId) -> Result<Option<Arc<Owner>>, Error> {
        if let Some(owner) = self.cache.recall_owner(id) {
            return Ok(Some(owner).filter(|owner| owner.deleted_at_ms.is_none()));
        }
        let source = self.source(Source::Cache);
        let joinable = (source == Source::Cache).then_some((&self.owners, id));
        let send_off = |from| self.engine.look_up_owner(id, from);
        self.fill(joinable, send_off, Cache::admit_owner).await
    }

    /// What the memory has done so far.
    pub fn counts(&self) -> Counts {
        self.cache.counts()
    }

    /// How things stand as an answer is begun that rests on memory, or on look-ups. Without other servers that is none.
    pub fn standing(&self) -> Option<Standing> {
        self.cache.freshness().map(Freshness::standing)
    }

    /// Confirms an answer that was begun then: what it rests on may still be believed.
    ///
    /// # Errors
    /// `Unavailable` where this server cannot know any more.
    pub fn confirm(&self, began: Option<Standing>) -> Result<(), Error> {
        let known = self.cache.freshness().zip(began);
        if known.is_none_or(|(freshness, began)| freshness.holds(began)) {
            return Ok(());
        }
        Err(Error::Unavailable {
            cause: "what is known here has become too old while the answer was made: cache.max_staleness_ms has passed"
                .to_owned(),
        })
    }

    /// Whether other servers change the database, too, and if so how fresh memory is.
    pub fn freshness(&self) -> Option<&Freshness> {
        self.cache.freshness()
    }

    /// The time of a database that several servers share, Unix milliseconds; none where this server's clock counts.
    pub fn now_ms(&self) -> Option<i64> {
        self.cache.freshness().and_then(Freshness::now_ms)
    }

    /// Where an answer may come from now.
    fn source(&self, wished: Source) -> Source {
        if self.cache.is_stale() {
            Source::Database
        } else {
            wished
        }
    }

    /// Looks something up until what was found is not too old to be used, at last at the primary. Where other servers
    /// change the database, too, what is to be asked anew is asked of the primary at once.
    async fn fill<K, T>(
        &self,
        joinable: Joinable<'_, K, T>,
        send_off: impl Fn(ReadFrom) -> Reading<T>,
        admit: impl Fn(&Cache, &Read<T>, u64) -> bool,
    ) -> Result<Option<T>, Error>
    where
        K: Copy + Eq + Hash + Send + 'static,
        T: Clone + Send + Sync + 'static,
    {
        self.cache.note_miss();
        let is_primary_wanted = joinable.is_none() && self.cache.freshness().is_some();
        let reads_max = if is_primary_wanted { 0 } else { READS_MAX };
        for _ in 0..reads_max {
            let epoch = self.cache.epoch();
            let read = match joinable {
                Some((under_way, key)) => {
                    let joined = under_way.join(key, epoch, || send_off(ReadFrom::Any));
                    joined.await?
                }
                None => send_off(ReadFrom::Any).await?,
            };
            if admit(&self.cache, &read, epoch) {
                return Ok(read.found);
            }
        }
        // Joined by none: it finds what was answered before it was asked, and no later caller may rest on that.
        let epoch = self.cache.epoch();
        let read = send_off(ReadFrom::Primary).await?;
        // An answer it is even where a change has overtaken it on its way back; the memory keeps the change.
        admit(&self.cache, &read, epoch);
        Ok(read.found)
    }
}

fn held((minted, owner): FoundKey) -> (HeldKey, Digest) {
    (HeldKey::new(minted.key, owner), minted.digest)
}
