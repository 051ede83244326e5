//! Keys and writes as the keyring makes them, and the store that takes them.
//! Leaves which keys there are to `seed`, and how fast they are made to `alone`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keywright::config::Config;
use keywright::pepper::Home;
use keywright_core::decide::Rules;
use keywright_model::clock::{Clock as _, SystemClock};
use keywright_model::event::Actor;
use keywright_model::id::{KeyId, OwnerId, RequestId};
use keywright_model::key::{Key, Kind};
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_model::secret::{Digest, Pepper, Secret};
use keywright_store::{Authority, Cached, Change, EVENTS, NewKey, Trail, Write};
use keywright_store_sqlite::Options;
use uuid::Uuid;

/// The database file in a folder.
pub(crate) fn database_in(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("keys.db").display())
}

/// Opens the database as the server opens it.
pub(crate) fn open(folder: &Path) -> anyhow::Result<(Arc<Cached>, Pepper)> {
    let mut config = Config::default();
    config.database.url = database_in(folder);
    let options = Options {
        readers: config.database.readers,
        busy_timeout: Duration::from_millis(u64::from(config.database.busy_timeout_ms)),
        queue_len_max: config.database.queue_len_max,
        wait_max: Duration::from_millis(u64::from(config.limits.wait_max_ms)),
        reserve_len: 1 << 20,
        counts_keys: false,
        test_hook: None,
    };
    let opened = keywright::database::open(&config.database.url, options)?;
    let peppers = Home::of(&config)?.open(opened.as_ref())?.peppers;
    let pepper = peppers.newest().clone();
    let store = Cached::start(
        opened,
        u64::from(config.cache.memory_mib) << 20,
        pepper.derive(EVENTS).into(),
        Arc::new(SystemClock),
        Arc::new(Rules),
    )?;
    Ok((store, pepper))
}

/// A key as it is when it is new.
pub(crate) fn key(kind: Kind, owner_id: OwnerId, hint: String) -> Key {
    let id = KeyId(Uuid::now_v7());
    Key::draft(id, kind, owner_id, hint, SystemClock.now_ms())
}

/// A key ready to be written.
pub(crate) fn minted(key: Key, digest: Digest, pepper: &Pepper) -> NewKey {
    NewKey {
        key,
        digest,
        pepper_version: pepper.version,
    }
}

/// A new owner and the secret of its first key.
pub(crate) fn owner(
    kind: OwnerKind,
    parent_id: Option<OwnerId>,
    pepper: &Pepper,
) -> (OwnerId, Secret, Change) {
    let id = OwnerId(Uuid::now_v7());
    let is_user = kind == OwnerKind::User;
    let (key_kind, secret) = if is_user {
        (Kind::User, Secret::uuid())
    } else {
        (Kind::Organization, Secret::organization())
    };
    let now_ms = SystemClock.now_ms();
    let owner = Owner {
        id,
        kind,
        name: (!is_user).then(|| "Example Works".to_owned()),
        email: None,
        plan: is_user.then(|| "free".to_owned()),
        parent_id,
        suspended: false,
        rate_limits: Vec::new(),
        spending: Spending::default(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        deleted_at_ms: None,
        unreadable: Vec::new(),
    };
    let digest = pepper.digest(&secret);
    let first_key = Some(minted(key(key_kind, id, secret.hint()), digest, pepper));
    (id, secret, Change::AddOwner { owner, first_key })
}

/// A change that the operator asks for.
pub(crate) fn by_root(change: Change) -> Write {
    by(Actor::Root, Authority::default(), change)
}

/// A change that somebody asks for.
pub(crate) fn by(actor: Actor, authority: Authority, change: Change) -> Write {
    Write {
        authority,
        change,
        trail: Trail {
            actor,
            request_id: RequestId(Uuid::new_v4()),
            server_request_id: Some(RequestId(Uuid::new_v4())),
            address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        },
        replay: None,
    }
}
