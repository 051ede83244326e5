//! PostgreSQL by its driver alone: mints in batches of one length, and look-ups of keys, without any code of the server.
//! Leaves what that is compared with to `cargo xtask bench`.

use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures_util::future::try_join_all;
use serde_json::json;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

/// As the server's sessions have it.
const SETUP: &str = "SET search_path = keywright; SET enable_seqscan = off; SET jit = off; SET synchronous_commit = on";
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const LOCK: &str = "SELECT pg_advisory_xact_lock(1)";
const HEAD: &str = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, last.position, last.mac \
     FROM (SELECT 1) one LEFT JOIN LATERAL \
         (SELECT position, mac FROM events ORDER BY position DESC LIMIT 1) last ON true";
const OWNERS: &str = "SELECT * FROM owners WHERE id = ANY($1)";
const KEYS: &str = "INSERT INTO keys (id, kind, owner_id, hint, scopes, metadata, digest, pepper_version, created_at_ms, \
         lineage) \
     SELECT id, 'standard', owner_id, hint, '', '{}', digest, 1, at_ms, id \
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bigint[]) w (id, owner_id, hint, digest, at_ms)";
const EVENTS: &str = "INSERT INTO events (position, at_ms, actor, action, target, owner, outcome, request_id, \
         server_request_id, address, mac) \
     SELECT position, at_ms, 'root', 'key.issue', target, owner, 'done', id, id, '127.0.0.1', mac \
     FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bytea[]) \
         w (position, at_ms, target, owner, id, mac)";
const COMMIT: &str = "NOTIFY keywright; COMMIT";
const DIGESTS: &str = "SELECT digest FROM keys LIMIT 10000";
/// The key, its owner and its credits, and where the database stands.
const LOOK_UP: &str = "SELECT k.*, o.*, c.*, (SELECT position FROM events ORDER BY position DESC LIMIT 1) \
     FROM (VALUES (1)) AS one (one) \
     LEFT JOIN LATERAL (SELECT * FROM keys WHERE digest = $1 OFFSET 0) AS k ON true \
     LEFT JOIN LATERAL (SELECT * FROM owners WHERE id = k.owner_id OFFSET 0) AS o ON true \
     LEFT JOIN LATERAL (SELECT * FROM credits WHERE lineage = k.lineage OFFSET 0) AS c ON true";

#[derive(Clone, clap::Args)]
pub(crate) struct Wish {
    /// A database of its own that keywright has made, and that holds keys.
    #[arg(long)]
    url: String,
    /// Connections that look-ups share.
    #[arg(long, default_value_t = 4)]
    readers: usize,
}

/// Reads lines of `mint BATCH_LEN MILLISECONDS` or `look-up TASKS MILLISECONDS`, and answers each with a line of JSON.
pub(crate) async fn run(wish: &Wish) -> anyhow::Result<()> {
    let writer = Writer::connect(&wish.url).await?;
    let readers = Readers::connect(wish).await?;
    println!("keywright-bench postgres is ready");
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let [deed, many, milliseconds] = words[..] else {
            bail!("expected `DEED NUMBER MILLISECONDS`, got `{line}`");
        };
        let many: usize = many.parse()?;
        ensure!((1..=1024).contains(&many), "got {many}");
        let began = Instant::now();
        let until = began + Duration::from_millis(milliseconds.parse()?);
        let (each, mut took) = match deed {
            "mint" => (many, writer.mint(many, until).await?),
            "look-up" => (1, readers.look_up(many, until).await?),
            other => bail!("there is nothing called `{other}`"),
        };
        let seconds = began.elapsed().as_secs_f64();
        took.sort_unstable();
        let percentile = |percent: usize| {
            let index = (took.len() * percent / 100).min(took.len().saturating_sub(1));
            took.get(index).map_or(0, Duration::as_micros)
        };
        let answer = json!({
            "requests": took.len() * each,
            "secs": seconds,
            "p50_us": u64::try_from(percentile(50))?,
            "p99_us": u64::try_from(percentile(99))?,
        });
        writeln!(stdout(), "{answer}")?;
    }
    Ok(())
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(SETUP).await?;
    Ok(client)
}

/// One connection that makes one transaction after the other, each in two flights.
struct Writer {
    client: Client,
    lock: Statement,
    head: Statement,
    owners: Statement,
    keys: Statement,
    events: Statement,
    owner: Uuid,
}

impl Writer {
    async fn connect(url: &str) -> anyhow::Result<Self> {
        let client = connect(url).await?;
        let owner = client
            .query_one("SELECT id FROM owners LIMIT 1", &[])
            .await?;
        Ok(Self {
            lock: client.prepare(LOCK).await?,
            head: client.prepare(HEAD).await?,
            owners: client.prepare(OWNERS).await?,
            keys: client.prepare(KEYS).await?,
            events: client.prepare(EVENTS).await?,
            owner: owner.get(0),
            client,
        })
    }

    async fn mint(&self, batch_len: usize, until: Instant) -> anyhow::Result<Vec<Duration>> {
        let mut took = Vec::new();
        while Instant::now() < until {
            let began = Instant::now();
            self.commit(batch_len).await?;
            took.push(began.elapsed());
        }
        Ok(took)
    }

    async fn commit(&self, len: usize) -> anyhow::Result<()> {
        let client = &self.client;
        let owners = vec![self.owner];
        let wanted: [&(dyn ToSql + Sync); 1] = [&owners];
        let ((), _, head, _) = tokio::try_join!(
            biased;
            client.batch_execute(BEGIN),
            client.query(&self.lock, &[]),
            client.query_one(&self.head, &[]),
            client.query(&self.owners, &wanted),
        )?;
        let (now_ms, position): (i64, Option<i64>) = (head.get(0), head.get(1));
        let first = position.unwrap_or(0) + 1;
        let new: Vec<Uuid> = (0..len).map(|_| Uuid::now_v7()).collect();
        let digests: Vec<Vec<u8>> = (0..len).map(|_| random(32)).collect();
        let macs: Vec<Vec<u8>> = (0..len).map(|_| random(32)).collect();
        let (owners, instants) = (vec![self.owner; len], vec![now_ms; len]);
        let hints = vec!["kw_...aaaa"; len];
        let positions: Vec<i64> = (first..).take(len).collect();
        let keys: [&(dyn ToSql + Sync); 5] = [&new, &owners, &hints, &digests, &instants];
        let events: [&(dyn ToSql + Sync); 6] = [&positions, &instants, &new, &owners, &new, &macs];
        tokio::try_join!(
            biased;
            client.execute(&self.keys, &keys),
            client.execute(&self.events, &events),
            client.batch_execute(COMMIT),
        )?;
        Ok(())
    }
}

fn random(len: usize) -> Vec<u8> {
    std::iter::repeat_with(|| fastrand::u8(..))
        .take(len)
        .collect()
}

/// A few connections that all tasks share.
struct Readers {
    connections: Vec<(Client, Statement)>,
    digests: Vec<Vec<u8>>,
}

impl Readers {
    async fn connect(wish: &Wish) -> anyhow::Result<Arc<Self>> {
        let mut connections = Vec::new();
        for _ in 0..wish.readers {
            let client = connect(&wish.url).await?;
            let statement = client.prepare(LOOK_UP).await?;
            connections.push((client, statement));
        }
        let (client, _) = connections.first().context("there must be a connection")?;
        let digests = client.query(DIGESTS, &[]).await?;
        let digests: Vec<Vec<u8>> = digests.iter().map(|row| row.get(0)).collect();
        ensure!(!digests.is_empty(), "the database holds no keys");
        Ok(Arc::new(Self {
            connections,
            digests,
        }))
    }

    async fn look_up(
        self: &Arc<Self>,
        tasks: usize,
        until: Instant,
    ) -> anyhow::Result<Vec<Duration>> {
        let tasks = (0..tasks).map(|task| {
            let readers = Arc::clone(self);
            tokio::spawn(async move { readers.repeat(task, until).await })
        });
        let mut all = Vec::new();
        for took in try_join_all(tasks).await? {
            all.extend(took?);
        }
        Ok(all)
    }

    async fn repeat(&self, task: usize, until: Instant) -> anyhow::Result<Vec<Duration>> {
        let (client, statement) = &self.connections[task % self.connections.len()];
        let mut took = Vec::new();
        while Instant::now() < until {
            let digest = &self.digests[fastrand::usize(..self.digests.len())];
            let began = Instant::now();
            let rows = client.query(statement, &[digest]).await?;
            ensure!(rows.len() == 1, "a look-up has {} rows", rows.len());
            took.push(began.elapsed());
        }
        Ok(took)
    }
}
