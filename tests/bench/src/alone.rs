//! The store alone: the transactions of each scenario without HTTP, by a number of tasks at once.
//! Leaves drafting to the caller's side: digests are random bytes, for no secret is ever presented.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use keywright_model::event::Actor;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{HeldKey, Key, Kind};
use keywright_model::scope::Scopes;
use keywright_model::secret::{Digest, Pepper, Secret, random};
use keywright_store::{Authority, Cached, Change, NewKey, Place, Source, Write, Written};
use serde_json::json;
use uuid::Uuid;

use crate::draft;

/// Tasks at once, at most: each rotates a key of its own.
const TASKS_MAX: usize = 256;

#[derive(clap::Args)]
pub(crate) struct Home {
    /// The folder of a seeded database.
    #[arg(long)]
    folder: PathBuf,
}

/// What is done, in the words of the scenarios.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Deed {
    Mint,
    MintNamedKeys,
    MintClientKeys,
    MintUserKey,
    MintOrganizationKey,
    Rotate,
}

impl Deed {
    fn of(word: &str) -> anyhow::Result<Self> {
        Ok(match word {
            "mint" => Self::Mint,
            "mint_named_keys" => Self::MintNamedKeys,
            "mint_client_keys" => Self::MintClientKeys,
            "mint_user_key" => Self::MintUserKey,
            "mint_organization_key" => Self::MintOrganizationKey,
            "rotate" => Self::Rotate,
            other => bail!("there are no transactions called `{other}`"),
        })
    }

    /// Whether each transaction replaces the key of the one before.
    fn is_chain(self) -> bool {
        matches!(self, Self::Rotate | Self::MintUserKey)
    }
}

/// Those who ask for changes, and what they may change.
struct Scene {
    store: Arc<Cached>,
    pepper: Pepper,
    named: HeldKey,
    client: HeldKey,
    organization: HeldKey,
    children: Vec<OwnerId>,
    rotations: Vec<Key>,
    users: Vec<HeldKey>,
    links: Mutex<HashMap<(Deed, usize), KeyId>>,
    serial: AtomicU64,
}

/// Reads lines of `DEED TASKS MILLISECONDS`, and answers each with a line of JSON.
pub(crate) async fn run(home: &Home) -> anyhow::Result<()> {
    let scene = Arc::new(Scene::open(home).await?);
    println!("keywright-bench alone is ready");
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let [deed, tasks, milliseconds] = words[..] else {
            bail!("expected `DEED TASKS MILLISECONDS`, got `{line}`");
        };
        let (tasks, milliseconds) = (tasks.parse()?, milliseconds.parse()?);
        ensure!(
            (1..=TASKS_MAX).contains(&tasks),
            "tasks must be 1 to {TASKS_MAX}, got {tasks}"
        );
        let lasts = Duration::from_millis(milliseconds);
        let answer = Scene::work(&scene, Deed::of(deed)?, tasks, lasts).await?;
        writeln!(stdout(), "{answer}")?;
    }
    scene.store.database().close().await?;
    Ok(())
}

impl Scene {
    async fn open(home: &Home) -> anyhow::Result<Self> {
        let (store, pepper) = draft::open(&home.folder)?;
        let list = |name: &str| -> anyhow::Result<Vec<String>> {
            let path = home.folder.join(format!("{name}.txt"));
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        let ids = |name: &str| -> anyhow::Result<Vec<OwnerId>> {
            let ids = list(name)?;
            let ids = ids.iter().map(|id| Ok(OwnerId(Uuid::parse_str(id)?)));
            ids.collect()
        };
        let callers = list("callers")?;
        let caller = |what: &str| {
            let secret = callers.iter().find_map(|line| line.strip_prefix(what));
            secret
                .map(str::trim)
                .with_context(|| format!("there is no {what}"))
        };
        let mut users = Vec::new();
        for secret in list("users")?.iter().rev().take(TASKS_MAX) {
            users.push(held(&store, &pepper, secret).await?);
        }
        let mut rotations = Vec::new();
        for id in list("rotations")?.iter().rev().take(TASKS_MAX) {
            let id = KeyId(Uuid::parse_str(id)?);
            rotations.push(
                store
                    .database()
                    .read_key(id)
                    .await?
                    .context("a key is missing")?,
            );
        }
        Ok(Self {
            named: held(&store, &pepper, caller("named_key")?).await?,
            client: held(&store, &pepper, caller("client_secret")?).await?,
            organization: held(&store, &pepper, caller("organization_key")?).await?,
            children: ids("children")?,
            rotations,
            users,
            links: Mutex::default(),
            serial: AtomicU64::new(0),
            store,
            pepper,
        })
    }

    /// So many tasks, each making one transaction after the other until the time is over.
    async fn work(
        scene: &Arc<Self>,
        deed: Deed,
        tasks: usize,
        lasts: Duration,
    ) -> anyhow::Result<serde_json::Value> {
        let started = Instant::now();
        let mut running = Vec::new();
        for task in 0..tasks {
            let scene = Arc::clone(scene);
            running.push(tokio::spawn(async move {
                scene.repeat(deed, task, started + lasts).await
            }));
        }
        let mut latencies = Vec::new();
        for task in running {
            latencies.extend(task.await??);
        }
        let elapsed = started.elapsed();
        latencies.sort_unstable();
        let percentile = |percent: usize| {
            let index = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
            latencies.get(index).map_or(0, Duration::as_micros)
        };
        Ok(json!({
            "requests": latencies.len(),
            "secs": elapsed.as_secs_f64(),
            "p50_us": u64::try_from(percentile(50))?,
            "p99_us": u64::try_from(percentile(99))?,
        }))
    }

    async fn repeat(
        &self,
        deed: Deed,
        task: usize,
        until: Instant,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        while Instant::now() < until {
            let write = self.write(deed, task)?;
            let started = Instant::now();
            let written = self.store.database().write(write).await?;
            latencies.push(started.elapsed());
            let Written::Key(key) = written else {
                bail!("a mint came to something else: {written:?}");
            };
            if deed.is_chain() {
                self.links()?.insert((deed, task), key.id);
            }
        }
        Ok(latencies)
    }

    /// The keys at the end of each chain of rotations.
    fn links(&self) -> anyhow::Result<MutexGuard<'_, HashMap<(Deed, usize), KeyId>>> {
        let links = self.links.lock();
        links.map_err(|_| anyhow::anyhow!("another task has panicked"))
    }

    /// One transaction, as the keyring would ask for it.
    fn write(&self, deed: Deed, task: usize) -> anyhow::Result<Write> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let any = usize::try_from(serial)?;
        let link = self.links()?.get(&(deed, task)).copied();
        Ok(match deed {
            Deed::Mint => {
                let owner = self.organization.owner.id;
                draft::by_root(Change::Issue(self.new_key(Kind::Standard, owner)))
            }
            Deed::MintNamedKeys => {
                let mut new = self.new_key(Kind::Named, self.named.owner.id);
                new.key.scopes = Scopes::read("Read Write").expect("few scopes");
                new.key.name = Some(format!("alone-{serial}"));
                by_key(
                    &self.named,
                    Actor::Key(self.named.key.id),
                    Change::Issue(new),
                )
            }
            Deed::MintClientKeys => {
                let mut new = self.new_key(Kind::Client, self.client.owner.id);
                new.key.scopes = self.client.key.scopes.clone();
                new.key.name = Some(format!("alone {serial}"));
                let actor = Actor::Token(self.client.key.id);
                by_key(&self.client, actor, Change::Issue(new))
            }
            Deed::MintUserKey => {
                let user = &self.users[task];
                let mut own = user.clone();
                if let Some(id) = link {
                    Arc::make_mut(&mut own.key).id = id;
                }
                let change = self.replace(Place::Of(own.key.id), Kind::User, user.owner.id);
                by_key(&own, Actor::Key(own.key.id), change)
            }
            Deed::MintOrganizationKey => {
                let child = self.children[any % self.children.len()];
                let change = self.replace(Place::OfOwner, Kind::Organization, child);
                let actor = Actor::Key(self.organization.key.id);
                let mut write = by_key(&self.organization, actor, change);
                write.authority.owner_ids.push(child);
                write
            }
            Deed::Rotate => {
                let key = &self.rotations[task];
                let place = Place::Of(link.unwrap_or(key.id));
                draft::by_root(self.replace(place, Kind::Standard, key.owner_id))
            }
        })
    }

    fn replace(&self, place: Place, kind: Kind, owner: OwnerId) -> Change {
        Change::Replace {
            place,
            grace_ms: 0,
            successor: self.new_key(kind, owner),
        }
    }

    fn new_key(&self, kind: Kind, owner: OwnerId) -> NewKey {
        let key = draft::key(kind, owner, "kw_...aaaa".to_owned());
        draft::minted(key, Digest(*random::<32>()), &self.pepper)
    }
}

fn by_key(caller: &HeldKey, actor: Actor, change: Change) -> Write {
    let authority = Authority {
        token: None,
        key_id: Some(caller.key.id),
        scopes: caller.key.scopes.clone(),
        keys_max: None,
        owner_ids: vec![caller.owner.id],
    };
    draft::by(actor, authority, change)
}

async fn held(store: &Arc<Cached>, pepper: &Pepper, secret: &str) -> anyhow::Result<HeldKey> {
    let digest = pepper.digest(&Secret::new(secret.to_owned()));
    let found = store.find_key_by_digest(digest, Source::Cache).await?;
    found.context("a key of the lists is not in the database")
}
