//! From a URL to an engine: the schema is brought to the newest version, settings are read and kept, and it is started.
//! Leaves connecting to `connection`, the schema to `migrate`, and what the engine does to `running`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_store::cache::Cache;
use keywright_store::wait_queue::WaitQueue;
use keywright_store::{Decide, Engine, OpenDatabase, Refused, Signers, StartLock};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio_postgres::Row;

use crate::background::Background;
use crate::connection::{Access, Connector};
use crate::engine::Postgres;
use crate::error::{Stage, error_of};
use crate::flight::{Parameter, PreparedSession};
use crate::follow::Follower;
use crate::lookups::Limits;
use crate::migrate::migrate;
use crate::running::Running;
use crate::settings::Options;
use crate::start_lock::{self, SessionLock};
use crate::windows::Windows;
use crate::write::{Parts, Writer, keep_following};

static READS_REFUSED: AtomicU64 = AtomicU64::new(0);
static WRITES_REFUSED: AtomicU64 = AtomicU64::new(0);

pub(crate) const SETTING: &str = "SELECT value FROM settings WHERE name = $1";
const KEEP_SETTING: &str =
    "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
pub(crate) const CHANGE_SETTING: &str = "INSERT INTO settings (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
pub(crate) const DROP_SETTING: &str = "DELETE FROM settings WHERE name = $1";
const IS_EMPTY: &str = "SELECT NOT EXISTS (SELECT FROM owners) AND NOT EXISTS (SELECT FROM events)
     AND NOT EXISTS (SELECT FROM events_checkpoint)";
const STATEMENTS: [&str; 8] = [
    SETTING,
    KEEP_SETTING,
    CHANGE_SETTING,
    DROP_SETTING,
    IS_EMPTY,
    start_lock::TRY,
    start_lock::HOLDER,
    start_lock::IS_HELD,
];
pub(crate) const SETUP: &str = "SET synchronous_commit = on";

/// What every engine of this process has refused because too much waited before it.
#[must_use]
pub fn refused() -> Refused {
    Refused {
        reads: READS_REFUSED.load(Ordering::Relaxed),
        writes: WRITES_REFUSED.load(Ordering::Relaxed),
    }
}

/// How a server uses its database.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// How it connects.
    pub connection: Options,
    /// Connections that look-ups share.
    pub readers: usize,
    /// Reads, and writes, that may wait; one more is refused.
    pub queue_len_max: usize,
    /// How long a read or a write may wait for its turn; who would wait longer is refused.
    pub wait_max: Duration,
    /// How long memory is believed without a sign of life from the primary.
    pub max_staleness: Duration,
}

/// A database that has been opened.
pub struct Opened {
    reads: Postgres,
    background: Background,
    connector: Arc<Connector>,
    session: Arc<PreparedSession>,
    options: ServerOptions,
}

/// Opens the database that a URL names and brings it to the newest schema.
///
/// # Errors
/// When it cannot be reached or used: the message says what an operator does, and has no part of a password.
pub fn open(url: &str, options: ServerOptions) -> anyhow::Result<Opened> {
    let connector = Arc::new(Connector::open(url, &options.connection)?);
    let limits = Limits {
        connections: options.readers,
        queue_len_max: options.queue_len_max,
        wait_max: options.wait_max,
        refused: &READS_REFUSED,
    };
    let background = Background::start()?;
    // Where requests are answered, if this is called there.
    let home = Handle::try_current().unwrap_or_else(|_| background.handle());
    let opened = background.wait({
        let connector = Arc::clone(&connector);
        async move {
            migrate(&connector).await?;
            // Before anything is kept for good: a start that lacks a connection has made nothing.
            let reads = Postgres::connect(&connector, &limits, &home).await?;
            let session = connector.connect(Access::ReadWrite).await?;
            let prepared = PreparedSession::prepare(session, SETUP, &STATEMENTS).await?;
            anyhow::Ok((reads, Arc::new(prepared)))
        }
    });
    let (reads, session) = opened??;
    Ok(Opened {
        reads,
        background,
        connector,
        session,
        options,
    })
}

impl Opened {
    fn ask(&self, text: &'static str, values: Vec<Parameter<'static>>) -> Result<Vec<Row>, Error> {
        let session = Arc::clone(&self.session);
        self.background.wait(async move {
            let answer = session.query(text, values).await;
            answer.map_err(|error| error_of(&error, &session.session, Stage::BeforeCommit))
        })?
    }

    /// Both values must be owned: they are sent by another thread.
    fn put(&self, text: &'static str, name: &str, value: &[u8]) -> Result<(), Error> {
        let values: Vec<Parameter<'static>> =
            vec![Box::new(name.to_owned()), Box::new(value.to_vec())];
        self.ask(text, values).map(drop)
    }
}

impl OpenDatabase for Opened {
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let rows = self.ask(SETTING, vec![Box::new(name.to_owned())])?;
        let value = rows.first().map(|row| row.try_get(0));
        value.transpose().map_err(Error::internal)
    }

    fn keep_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        self.put(KEEP_SETTING, name, value)?;
        // By itself: it sees what another server has committed meanwhile.
        let kept = self.setting(name)?;
        kept.ok_or_else(|| {
            Error::internal(format_args!("the setting {name} was kept and is not there"))
        })
    }

    fn change_setting(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        self.put(CHANGE_SETTING, name, value)
    }

    fn drop_setting(&self, name: &str) -> Result<(), Error> {
        let values: Vec<Parameter<'static>> = vec![Box::new(name.to_owned())];
        self.ask(DROP_SETTING, values).map(drop)
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn lock_start(&self) -> anyhow::Result<Box<dyn StartLock>> {
        let session = Arc::clone(&self.session);
        let lock = self.background.wait(SessionLock::take(session))??;
        Ok(Box::new(lock))
    }

    fn part_left_behind(&self) -> &'static str {
        "the table `settings`"
    }

    fn is_empty(&self) -> Result<bool, Error> {
        let rows = self.ask(IS_EMPTY, Vec::new())?;
        let row = rows.first();
        let row = row.ok_or_else(|| Error::internal("PostgreSQL answers without a row"))?;
        row.try_get(0).map_err(Error::internal)
    }

    fn start(
        self: Box<Self>,
        cache: Arc<Cache>,
        signers: Signers,
        clock: Arc<dyn Clock>,
        rules: Arc<dyn Decide>,
    ) -> Result<Box<dyn Engine>, Error> {
        let Self {
            reads,
            background,
            connector,
            options,
            ..
        } = *self;
        let ServerOptions {
            queue_len_max,
            wait_max,
            max_staleness,
            ..
        } = options;
        let tells_instants = clock.is_simulated();
        // The Bloom filter stays empty: a digest that this server does not know may be that of a key which another one
        // has just made.
        let follower = Arc::new(Follower::new(
            Arc::clone(&connector),
            Arc::clone(&cache),
            max_staleness,
            !tells_instants,
        ));
        let mut chores = background.wait({
            let follower = Arc::clone(&follower);
            async move {
                let mut chores = JoinSet::new();
                follower.start(&mut chores).await?;
                Ok::<_, Error>(chores)
            }
        })??;
        let clock = tells_instants.then_some(clock);
        let reads = reads.followed_by(Arc::clone(&follower));
        let handle = background.handle();
        let entered = handle.enter();
        let writer = Arc::new(Writer::start(
            Parts {
                connector: Arc::clone(&connector),
                signers,
                clock: clock.clone(),
                rules,
                cache,
                follower: Arc::clone(&follower),
            },
            WaitQueue::new("writes", queue_len_max, wait_max, &WRITES_REFUSED),
        ));
        drop(entered);
        let waiting = WaitQueue::new("rate limits", queue_len_max, wait_max, &READS_REFUSED);
        let (windows, counting) = Windows::new(connector, clock, &follower, waiting);
        // A start may be the first to write, and does not wait for a session within the time of a request.
        background.wait({
            let writer = Arc::clone(&writer);
            async move { writer.probe().await }
        })??;
        chores.spawn_on(keep_following(Arc::clone(&writer)), &handle);
        chores.spawn_on(counting.run(), &handle);
        Ok(Box::new(Running {
            reads,
            writer,
            windows,
            follower,
            chores: Mutex::new(chores),
            _background: background,
        }))
    }
}
