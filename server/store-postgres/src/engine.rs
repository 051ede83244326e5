//! The engine: what is read of keys, owners and events, over connections that all readers share.
//! Leaves statements and rows to `rows`.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::event::EventRecord;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, State};
use keywright_model::owner::Owner;
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::Digest;
use keywright_store::cache::{FoundKey, Read};
use keywright_store::rows::PART_BYTES_MAX;
use keywright_store::{EventFilter, KeyFilter, LookUp, OwnerFilter, Part, ReadFrom, Reading};
use tokio::runtime::Handle;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::connection::{Access, Connector};
use crate::follow::Follower;
use crate::lookups::{Limits, SharedConnections};
use crate::refusal::ConnectError;
use crate::rows::{self, List, LookedUp};

/// The connections of lists: no look-up of a key waits behind one.
const LIST_CONNECTIONS: usize = 2;

/// The keys and owners of a PostgreSQL.
pub struct Postgres {
    look_ups: Arc<SharedConnections>,
    lists: SharedConnections,
    /// Says what is believed of what was read, where a server reads.
    follower: Option<Arc<Follower>>,
}

impl Postgres {
    /// Makes the connections that read, which live at `home`. The schema must be there.
    ///
    /// # Errors
    /// When the first cannot be made, or what is asked cannot be prepared.
    pub async fn connect(
        connector: &Arc<Connector>,
        limits: &Limits,
        home: &Handle,
    ) -> Result<Self, ConnectError> {
        let start = async |statements, limits: Limits| {
            // A server that takes no writes may be the primary of yesterday.
            let (connector, access) = (Arc::clone(connector), Access::ReadWrite);
            SharedConnections::start(connector, access, statements, &limits, home).await
        };
        let of_lists = Limits {
            connections: LIST_CONNECTIONS,
            ..limits.clone()
        };
        Ok(Self {
            look_ups: Arc::new(start(&*rows::STATEMENTS, limits.clone()).await?),
            lists: start(&[], of_lists).await?,
            follower: None,
        })
    }

    /// Believes from now on only what this server may believe.
    pub(crate) fn followed_by(mut self, follower: Arc<Follower>) -> Self {
        self.follower = Some(follower);
        self
    }

    /// The key with this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read_key(&self, id: KeyId) -> Result<Option<Key>, Error> {
        let read = self.look_up_key(id, ReadFrom::Primary).await?;
        Ok(read
            .found
            .map(|(minted, _)| Arc::unwrap_or_clone(minted.key)))
    }

    /// The user or organization with this id, unless it was deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read_owner(&self, id: OwnerId) -> Result<Option<Owner>, Error> {
        let read = self.look_up_owner(id, ReadFrom::Primary).await?;
        Ok(read.found.map(Arc::unwrap_or_clone))
    }

    /// Whether `ancestor` is `id` itself or stands anywhere above it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_ancestor(&self, ancestor: OwnerId, id: OwnerId) -> Result<bool, Error> {
        let rows = self
            .query(LookedUp::Ancestry, &[&id.0, &ancestor.0])
            .await?;
        rows::get(rows::first(&rows)?, 0)
    }

    /// Whether a key that was replaced may still fetch the kept answer `id` of that very rotation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn serves_retry(
        &self,
        id: Digest,
        replaced: KeyId,
        now_ms: i64,
    ) -> Result<bool, Error> {
        let values: [&(dyn ToSql + Sync); 3] = [&id.0.as_slice(), &replaced.0, &now_ms];
        let rows = self.query(LookedUp::Retry, &values).await?;
        let successor = rows::found_successor(&rows)?;
        Ok(successor.is_some_and(|minted| minted.key.state(now_ms) == State::Live))
    }

    /// A setting that the server keeps beside the keys.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read_setting(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let rows = self.query(LookedUp::Setting, &[&name]).await?;
        rows.first().map(|row| rows::get(row, 0)).transpose()
    }

    /// Whether the database answers and takes changes; no change is made, and none waited for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn takes_changes(&self) -> Result<bool, Error> {
        let rows = self.query(LookedUp::TakesChanges, &[]).await?;
        rows::get(rows::first(&rows)?, 0)
    }

    /// A part of the keys, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_keys(&self, filter: &KeyFilter) -> Result<Part<Key>, Error> {
        let list = rows::list_keys(filter);
        list.keys(&self.list(&list).await?)
    }

    /// How many keys a filter lets through, whatever its page.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_keys(&self, filter: &KeyFilter) -> Result<i64, Error> {
        let rows = self.list(&rows::count_keys(filter)).await?;
        rows::get(rows::first(&rows)?, 0)
    }

    /// The live control keys that reach all owners, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_reaching_all(&self, now_ms: i64) -> Result<Vec<KeyId>, Error> {
        let (text, parameters) = (&rows::REACHING_ALL, [(Box::new(now_ms) as _, Type::INT8)]);
        let read = self.lists.query_text(text, &parameters, usize::MAX);
        rows::list_reaching_all(&self.believed(read).await?)
    }

    /// A part of the owners, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_owners(&self, filter: &OwnerFilter) -> Result<Part<Owner>, Error> {
        let list = rows::list_owners(filter);
        list.owners(&self.list(&list).await?)
    }

    /// A part of the events, in the order of their positions.
    ///
    /// # Errors
    /// `EventsPruned` if it would begin or end where they are no longer kept; when the database cannot be read.
    pub async fn list_events(&self, filter: &EventFilter) -> Result<Part<EventRecord>, Error> {
        let events = rows::list_events(filter);
        events.events(&self.list(&events.list).await?)
    }

    async fn list(&self, list: &List) -> Result<Vec<Row>, Error> {
        let (text, parameters) = (&list.text, &list.parameters);
        let read = self.lists.query_text(text, parameters, PART_BYTES_MAX);
        self.believed(read).await
    }

    /// What was read, if this server may believe it.
    async fn believed(
        &self,
        read: impl Future<Output = Result<Vec<Row>, Error>>,
    ) -> Result<Vec<Row>, Error> {
        let asked = self.follower.as_ref().map(|known| (known, known.ask()));
        let rows = read.await?;
        if let Some((follower, asked)) = asked {
            follower.check(asked)?;
        }
        Ok(rows)
    }

    async fn query(
        &self,
        looked_up: LookedUp,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let read = self.look_ups.query(looked_up.number(), values);
        self.believed(read).await
    }

    /// A look-up that goes on without the engine. All are of the primary: there is nothing else to read from yet.
    fn look_up<T: 'static>(
        &self,
        looked_up: LookedUp,
        values: Vec<Box<dyn ToSql + Sync + Send>>,
        read: fn(&[Row]) -> Result<Read<T>, Error>,
    ) -> Reading<T> {
        let look_ups = Arc::clone(&self.look_ups);
        let follower = self.follower.clone();
        let asked = follower.map(|follower| (follower.ask(), follower));
        Box::pin(async move {
            let values: Vec<&(dyn ToSql + Sync)> =
                values.iter().map(|value| value.as_ref() as _).collect();
            let rows = look_ups.query(looked_up.number(), &values).await?;
            if let Some((asked, follower)) = asked {
                follower.take_read(asked, rows::head(&rows)?)?;
            }
            read(&rows)
        })
    }
}

impl LookUp for Postgres {
    fn look_up_key_by_digest(&self, digest: Digest, _from: ReadFrom) -> Reading<FoundKey> {
        let values: Vec<Box<dyn ToSql + Sync + Send>> = vec![Box::new(digest.0.to_vec())];
        self.look_up(LookedUp::KeyByDigest, values, rows::found_key)
    }

    fn look_up_key_by_digests(&self, digests: Arc<Digests>, _from: ReadFrom) -> Reading<FoundKey> {
        let digests: Vec<Vec<u8>> = digests.iter().map(|digest| digest.0.to_vec()).collect();
        self.look_up(
            LookedUp::KeyByDigests,
            vec![Box::new(digests)],
            rows::found_key,
        )
    }

    fn look_up_key(&self, id: KeyId, _from: ReadFrom) -> Reading<FoundKey> {
        self.look_up(LookedUp::Key, vec![Box::new(id.0)], rows::found_key)
    }

    fn look_up_owner(&self, id: OwnerId, _from: ReadFrom) -> Reading<Arc<Owner>> {
        self.look_up(LookedUp::Owner, vec![Box::new(id.0)], rows::found_owner)
    }

    fn look_up_revocation(&self, token: TokenUse, _from: ReadFrom) -> Reading<()> {
        self.look_up(
            LookedUp::Revocation,
            vec![Box::new(token.id.0), Box::new(token.expires_at_ms)],
            rows::found_revocation,
        )
    }
}
