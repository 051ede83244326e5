//! A database of any size, written through the server's own store, and lists of what is in it.
//! Leaves how long a flush takes to its caller: the benchmark has it skip them until the end.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Kind, RevocationReason};
use keywright_model::owner::OwnerKind;
use keywright_model::scope::Scopes;
use keywright_model::secret::{CLIENT_PREFIX, Digest, Pepper, STANDARD_PREFIX, Secret};
use keywright_store::{Cached, Change, Write};

use crate::draft;

/// Writes that are under way at the same time: several of the writer's batches.
const WAITING_MAX: usize = 2048;
/// Keys that are made, sorted and written together.
const CHUNK_LEN: usize = 1_000_000;
/// Standard keys of each organization.
const KEYS_PER_OWNER: usize = 1000;
/// Organizations whose keys are made in the same time.
const OWNERS_TOGETHER: usize = 100;
/// Organizations below the one whose key may replace theirs.
const CHILDREN: usize = 1024;
/// Keys that are verified from memory.
const CACHED_MAX: usize = 1000;
const REVOKED_MAX: usize = 1000;

#[derive(clap::Args)]
pub(crate) struct Wish {
    /// The folder for the database and the lists; it must not be there yet.
    #[arg(long)]
    folder: PathBuf,
    /// Standard keys.
    #[arg(long)]
    keys: usize,
    /// Users, each with its key.
    #[arg(long)]
    users: usize,
    /// Keys that may be rotated, at most.
    #[arg(long)]
    rotations: usize,
    /// Keys that are verified once each, at most.
    #[arg(long)]
    cold: usize,
}

/// Lists by name, one thing a line.
#[derive(Default)]
struct Lists {
    valid: String,
    cold: String,
    revoked: String,
    unknown: String,
    rotations: String,
    owners: String,
    users: String,
    children: String,
    callers: String,
}

impl Lists {
    fn keep(&self, folder: &std::path::Path) -> anyhow::Result<()> {
        let lists = [
            ("valid", &self.valid),
            ("cold", &self.cold),
            ("revoked", &self.revoked),
            ("unknown", &self.unknown),
            ("rotations", &self.rotations),
            ("owners", &self.owners),
            ("users", &self.users),
            ("children", &self.children),
            ("callers", &self.callers),
        ];
        for (name, list) in lists {
            fs::write(folder.join(format!("{name}.txt")), list)?;
        }
        Ok(())
    }
}

/// What becomes of a key once it is there.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Revoked,
    Cached,
    Rotated,
    Cold,
    Unseen,
}

pub(crate) async fn run(wish: &Wish) -> anyhow::Result<()> {
    ensure!(wish.keys >= 100, "--keys must be at least 100");
    fs::create_dir_all(&wish.folder)?;
    let (store, pepper) = draft::open(&wish.folder)?;
    let mut lists = Lists::default();
    let mut done = 0;
    let started = Instant::now();
    while done < wish.keys {
        let len = CHUNK_LEN.min(wish.keys - done);
        write_chunk(&store, &pepper, wish, done, len, &mut lists).await?;
        done += len;
        let rate = f64::from(u32::try_from(done)?) / started.elapsed().as_secs_f64();
        eprintln!("seed: {done} of {} keys, {rate:.0}/s", wish.keys);
    }
    write_callers(&store, &pepper, wish, &mut lists).await?;
    for _ in 0..CACHED_MAX {
        writeln!(
            lists.unknown,
            "{}",
            Secret::checksummed(STANDARD_PREFIX).expose()
        )?;
    }
    store.database().close().await?;
    lists.keep(&wish.folder)
}

/// Writes keys in the order of their digests, which is as good as any for random ones, and spares the
/// disk: neighbours in a batch are neighbours in the index. Each belongs to any of a hundred owners, so that
/// an owner's keys lie far apart, as they do where many owners are served; what is rotated does so in the
/// smallest database, too.
async fn write_chunk(
    store: &Arc<Cached>,
    pepper: &Pepper,
    wish: &Wish,
    before: usize,
    len: usize,
    lists: &mut Lists,
) -> anyhow::Result<()> {
    let mut owners = Vec::new();
    let mut founding = Vec::new();
    for _ in 0..len.div_ceil(KEYS_PER_OWNER) {
        let (id, _, change) = draft::owner(OwnerKind::Organization, None, pepper);
        writeln!(lists.owners, "{id}")?;
        owners.push(id);
        founding.push(draft::by_root(change));
    }
    // One owner alone would have all that is rotated in one page of each index, a hundred as everywhere.
    let mut rotating = owners.clone();
    for _ in owners.len()..OWNERS_TOGETHER {
        let (id, _, change) = draft::owner(OwnerKind::Organization, None, pepper);
        rotating.push(id);
        founding.push(draft::by_root(change));
    }
    write_all(store, founding).await?;

    let mut drafts: Vec<(Digest, Secret, Fate)> = (before..before + len)
        .map(|index| {
            let secret = Secret::checksummed(STANDARD_PREFIX);
            (pepper.digest(&secret), secret, fate(index, wish))
        })
        .collect();
    drafts.sort_unstable_by_key(|(digest, ..)| digest.0);

    let mut revoked = Vec::new();
    let mut writes = stream::iter(drafts.into_iter().enumerate().map(|(place, draft)| {
        let (digest, secret, fate) = draft;
        let owners = match fate {
            Fate::Rotated => &rotating,
            Fate::Revoked | Fate::Cached | Fate::Cold | Fate::Unseen => &owners,
        };
        let owner = any_of(together(owners, place), digest);
        let key = draft::key(Kind::Standard, owner, secret.hint());
        let id = key.id;
        let list = match fate {
            Fate::Cached => Some(&mut lists.valid),
            Fate::Cold => Some(&mut lists.cold),
            Fate::Revoked => {
                revoked.push(id);
                Some(&mut lists.revoked)
            }
            Fate::Rotated | Fate::Unseen => None,
        };
        if let Some(list) = list {
            list.push_str(secret.expose());
            list.push('\n');
        }
        if fate == Fate::Rotated {
            lists.rotations.push_str(&id.to_string());
            lists.rotations.push('\n');
        }
        let write = draft::by_root(Change::Issue(draft::minted(key, digest, pepper)));
        let store = Arc::clone(store);
        async move { store.database().write(write).await }
    }))
    .buffer_unordered(WAITING_MAX);
    while let Some(written) = writes.next().await {
        written.context("a key could not be written")?;
    }
    drop(writes);
    let revocation = |id: KeyId| {
        draft::by_root(Change::Revoke {
            id,
            reason: RevocationReason::Unspecified,
        })
    };
    write_all(store, revoked.into_iter().map(revocation).collect()).await
}

/// The first keys have a part to play; of the others, an even sample is verified once each.
fn fate(index: usize, wish: &Wish) -> Fate {
    let revoked = REVOKED_MAX.min(wish.keys / 10);
    let cached = revoked + CACHED_MAX.min(wish.keys / 4);
    let rotated = cached + wish.rotations.min(wish.keys / 4);
    let stride = ((wish.keys - rotated) / wish.cold.max(1)).max(1);
    match index {
        index if index < revoked => Fate::Revoked,
        index if index < cached => Fate::Cached,
        index if index < rotated => Fate::Rotated,
        index if index % stride == 0 => Fate::Cold,
        _ => Fate::Unseen,
    }
}

/// The owners of the keys that are made at this place in the order.
fn together(owners: &[OwnerId], place: usize) -> &[OwnerId] {
    let start = place / (KEYS_PER_OWNER * OWNERS_TOGETHER) * OWNERS_TOGETHER;
    &owners[start..owners.len().min(start + OWNERS_TOGETHER)]
}

fn any_of(owners: &[OwnerId], digest: Digest) -> OwnerId {
    // Not the bytes that the keys are sorted by.
    let number = usize::from(digest.0[30]) << 8 | usize::from(digest.0[31]);
    owners[number % owners.len()]
}

/// Those who call the documented contracts: users, a lineage of organizations, a named and a client key.
async fn write_callers(
    store: &Arc<Cached>,
    pepper: &Pepper,
    wish: &Wish,
    lists: &mut Lists,
) -> anyhow::Result<()> {
    let (parent, parent_secret, founding) = draft::owner(OwnerKind::Organization, None, pepper);
    store.database().write(draft::by_root(founding)).await?;
    let mut writes = Vec::new();
    for _ in 0..CHILDREN {
        let (id, _, change) = draft::owner(OwnerKind::Organization, Some(parent), pepper);
        writeln!(lists.children, "{id}")?;
        writes.push(draft::by_root(change));
    }
    for _ in 0..wish.users {
        let (_, secret, change) = draft::owner(OwnerKind::User, None, pepper);
        writeln!(lists.users, "{}", secret.expose())?;
        writes.push(draft::by_root(change));
    }
    let named = Secret::named();
    let mut key = draft::key(Kind::Named, parent, named.hint());
    key.name = Some("caller".to_owned());
    key.scopes = Scopes::read("Read Write").expect("few scopes");
    let new = draft::minted(key, pepper.digest(&named), pepper);
    writes.push(draft::by_root(Change::Issue(new)));
    let client = Secret::checksummed(CLIENT_PREFIX);
    let mut key = draft::key(Kind::Client, parent, client.hint());
    key.name = Some("caller".to_owned());
    key.scopes = Scopes::read("create:api-key read:api-key delete:api-key").expect("few scopes");
    let client_id = key.id;
    let new = draft::minted(key, pepper.digest(&client), pepper);
    writes.push(draft::by_root(Change::Issue(new)));
    write_all(store, writes).await?;
    for (what, value) in [
        ("organization", parent.to_string().as_str()),
        ("organization_key", parent_secret.expose()),
        ("named_key", named.expose()),
        ("client_id", client_id.to_string().as_str()),
        ("client_secret", client.expose()),
    ] {
        writeln!(lists.callers, "{what} {value}")?;
    }
    Ok(())
}

async fn write_all(store: &Arc<Cached>, writes: Vec<Write>) -> anyhow::Result<()> {
    stream::iter(
        writes
            .into_iter()
            .map(|write| store.database().write(write)),
    )
    .buffer_unordered(WAITING_MAX)
    .try_for_each(|_| async { Ok(()) })
    .await
    .context("an owner or a key could not be written")
}
