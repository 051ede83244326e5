//! What becomes of changes where PostgreSQL fails: nothing that was acknowledged is lost, and the server goes on by itself.
//! Leaves sessions that fail beside a sound PostgreSQL to `sessions`.

mod ends;
mod gateway;
mod limits;
mod room;
mod served;
mod silence;
mod standby;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keywright_core::decide::Rules;
use keywright_model::error::Error;
use keywright_model::key::Kind;
use keywright_model::secret::{Digest, Pepper};
use keywright_postgres_cluster::{Cluster, Programs, Server};
use keywright_store::{
    Authority, Cached, Change, Decide, Decision, EVENTS, NewKey, Snapshot, Source, Undecided, Write,
};
use tokio::task::JoinHandle;

use super::engines::open_postgres;
use super::{Stage, Still};
use crate::support::until;

/// The name of the tests' database.
const DATABASE: &str = "kw";

/// A PostgreSQL of its own, a store on it, and what happens between what a change has loaded and its commit.
struct Faulty {
    cluster: Arc<Cluster>,
    stage: Arc<Stage>,
    between: Between,
}

/// What is done once, before the next change is decided.
#[derive(Clone, Default)]
struct Between(Arc<Mutex<Option<Deed>>>);

type Deed = Box<dyn FnOnce() + Send>;

impl Decide for Between {
    fn decide<'a>(
        &self,
        snapshot: &mut Snapshot,
        write: &'a Write,
        now_ms: i64,
    ) -> Result<Decision<'a>, Undecided> {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            // What arrives meanwhile is read by another thread.
            tokio::task::block_in_place(act);
        }
        Rules.decide(snapshot, write, now_ms)
    }
}

impl Faulty {
    fn start() -> Self {
        let cluster = cluster();
        let url = cluster.primary().url(DATABASE);
        Self::at(cluster, url)
    }

    /// A store that reaches its PostgreSQL by this URL.
    fn at(cluster: Arc<Cluster>, url: String) -> Self {
        let between = Between::default();
        let stage = Arc::new(stage(url, Arc::new(between.clone())));
        Self {
            cluster,
            stage,
            between,
        }
    }

    fn primary(&self) -> &Server {
        self.cluster.primary()
    }

    /// Does something once the next change has loaded, and before it is decided.
    fn between(&self, act: impl FnOnce(&Cluster) + Send + 'static) {
        let cluster = Arc::clone(&self.cluster);
        *self.between.0.lock().unwrap() = Some(Box::new(move || act(&cluster)));
    }

    /// A named key of a new organization.
    async fn draft(&self, name: &str) -> NewKey {
        let (owner_id, _) = self.stage.organization().await;
        self.stage.key(Kind::Named, owner_id, Some(name)).1
    }

    fn issue(&self, key: &NewKey) -> JoinHandle<Result<(), Error>> {
        issue(&self.stage, key)
    }

    /// Whether what is verified is this key.
    async fn finds(&self, key: &NewKey) -> bool {
        finds(&self.stage, key.digest).await
    }

    /// Issues a key, however often that must be tried; the key that was issued.
    async fn goes_on(&self) -> NewKey {
        until("changes to be made again", async || {
            let (owner_id, organization) = organization(&self.stage).await?;
            let (_, key) = self.stage.key(Kind::Named, owner_id, Some("again"));
            issue(&self.stage, &key).await.unwrap().ok()?;
            assert!(self.finds(&organization).await && self.finds(&key).await);
            Some(key)
        })
        .await
    }

    fn number(&self, statement: &str) -> i64 {
        number(self.primary(), statement)
    }
}

fn cluster() -> Arc<Cluster> {
    let programs = Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`");
    let cluster = Cluster::start(&programs).unwrap();
    cluster.primary().create_database(DATABASE).unwrap();
    Arc::new(cluster)
}

fn stage(url: String, rules: Arc<dyn Decide>) -> Stage {
    let pepper = Pepper::new(1, &[7; 32]);
    let signers = pepper.derive(EVENTS).into();
    let opened = open_postgres(&url);
    let store = Cached::start(opened, 1 << 20, signers, Arc::new(Still), rules);
    Stage {
        store: store.unwrap(),
        pepper,
        url,
        folder: tempfile::tempdir().unwrap(),
        database: None,
    }
}

fn issue(stage: &Arc<Stage>, key: &NewKey) -> JoinHandle<Result<(), Error>> {
    let (stage, key) = (Arc::clone(stage), key.clone());
    tokio::spawn(async move {
        let issued = stage.write(Authority::default(), Change::Issue(key)).await;
        issued.map(drop)
    })
}

/// A new organization, unless that fails.
async fn organization(stage: &Arc<Stage>) -> Option<(keywright_model::id::OwnerId, NewKey)> {
    let stage = Arc::clone(stage);
    // It panics where it fails.
    tokio::spawn(async move { stage.organization().await })
        .await
        .ok()
}

async fn finds(stage: &Stage, digest: Digest) -> bool {
    let found = until("a look-up to be answered", async || {
        let found = stage.store.find_key_by_digest(digest, Source::Cache).await;
        found.ok()
    });
    found.await.is_some()
}

fn number(server: &Server, statement: &str) -> i64 {
    let statement = format!("SET search_path = keywright; {statement}");
    let answer = server.sql(DATABASE, &statement).unwrap();
    answer.trim().parse().unwrap()
}

/// How many keys have this name in a database.
fn named(server: &Server, name: &str) -> i64 {
    number(
        server,
        &format!("SELECT count(*) FROM keys WHERE name = '{name}'"),
    )
}

/// Waits until a key of this name is seen at a server.
async fn seen(server: &Server, name: &str) {
    until("a commit", async || (named(server, name) > 0).then_some(())).await;
}

/// That something is still under way. It had time to come to its end.
async fn is_under_way<T>(task: &JoinHandle<T>) {
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!task.is_finished(), "it was answered");
}

fn is_unknown(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::OutcomeUnknown { .. }))
}

fn is_refused(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::Unavailable { .. }))
}
