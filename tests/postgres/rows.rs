//! Rows that stand in PostgreSQL and in SQLite come back as the same keys, owners and events.
//! Leaves how rows come about to the changes.

mod events;
mod lists;
mod unreadable;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use keywright_core::decide::Rules;
use keywright_model::clock::Clock;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::peppers::Digests;
use keywright_model::principal::TokenUse;
use keywright_model::secret::{Digest, Pepper};
use keywright_store::cache::{FoundKey, Read};
use keywright_store::{Cached, EVENTS, LookUp, ReadFrom};
use keywright_store_postgres::{Limits, Postgres as Engine};
use keywright_store_sqlite::Options;
use tempfile::TempDir;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::support::postgres::{Database, connector};

const NOW_MS: i64 = 1_773_576_000_000;

static REFUSED: AtomicU64 = AtomicU64::new(0);

/// A clock that has stopped.
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }
}

/// The same rows in both engines.
struct Both {
    postgres: Database,
    engine: Engine,
    sqlite: Arc<Cached>,
    file: PathBuf,
    _folder: TempDir,
}

pub(super) async fn engine(postgres: &Database) -> Engine {
    let limits = Limits {
        connections: 2,
        queue_len_max: 1000,
        wait_max: Duration::from_secs(10),
        refused: &REFUSED,
    };
    let connector = Arc::new(connector(&postgres.url()));
    Engine::connect(&connector, &limits, &Handle::current())
        .await
        .unwrap()
}

impl Both {
    async fn empty() -> Self {
        let postgres = Database::migrated();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.db");
        let options = Options {
            readers: 2,
            busy_timeout: Duration::from_secs(5),
            queue_len_max: 1000,
            wait_max: Duration::from_mins(1),
            reserve_len: 1 << 20,
            counts_keys: false,
            test_hook: None,
        };
        let opened = keywright::database::open(&format!("sqlite:{}", file.display()), options);
        let signers = Pepper::new(1, &[7; 32]).derive(EVENTS).into();
        let opened = opened.unwrap();
        let sqlite = Cached::start(opened, 1 << 20, signers, Arc::new(Still), Arc::new(Rules));
        Self {
            engine: engine(&postgres).await,
            postgres,
            sqlite: sqlite.unwrap(),
            file,
            _folder: folder,
        }
    }

    /// A handful of owners, with keys in every state.
    async fn filled() -> Self {
        let both = Self::empty().await;
        both.plant(&owners());
        both.plant(&keys());
        both
    }

    /// Runs statements in both, past their CHECKs. Text that is a UUID, or begins with `\x`, is bytes in SQLite.
    fn plant(&self, statements: &str) {
        self.postgres.sql(statements);
        let connection = rusqlite::Connection::open(&self.file).unwrap();
        connection
            .pragma_update(None, "ignore_check_constraints", true)
            .unwrap();
        let sqlite = statements.split('\'').enumerate().map(|(index, part)| {
            let bytes = part.strip_prefix("\\x").map(str::to_owned);
            let bytes = bytes.or_else(|| Some(Uuid::parse_str(part).ok()?.simple().to_string()));
            match bytes {
                Some(hex) if index % 2 == 1 => format!("X'{hex}'"),
                _ if index % 2 == 1 => format!("'{part}'"),
                _ => part.to_owned(),
            }
        });
        let sqlite: String = sqlite.collect();
        connection.execute_batch(&sqlite).unwrap();
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

fn digest(number: u128) -> Digest {
    let mut digest = [0xd1; 32];
    digest[..16].copy_from_slice(&number.to_be_bytes());
    Digest(digest)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// Owners 1 and 2 are organizations, one below the other; 3 is below and was deleted; 4 is below that; 5 is a user.
fn owners() -> String {
    let row = |number, kind: &str, parent: Option<u128>, more: &str| {
        let parent = parent.map_or("NULL".to_owned(), |parent| format!("'{}'", id(parent)));
        format!(
            "INSERT INTO owners (id, kind, parent_id, created_at_ms, updated_at_ms) \
             VALUES ('{id}', '{kind}', {parent}, {NOW_MS} - 5, {NOW_MS}); UPDATE owners SET {more} WHERE id = '{id}';",
            id = id(number)
        )
    };
    [
        row(1, "organization", None, "name = 'Example Works'"),
        row(
            2,
            "organization",
            Some(1),
            "name = 'Zweigstelle Süd', suspended = true",
        ),
        row(
            3,
            "organization",
            Some(2),
            &format!("deleted_at_ms = {NOW_MS} - 1"),
        ),
        row(4, "organization", Some(3), "name = 'Example Works'"),
        row(
            5,
            "user",
            None,
            "email = 'a@example.com', plan = 'free', credits_month = 24315, credits_spent = 7, \
             rate_limits = '[[\"a\",10,60,20]]'",
        ),
    ]
    .concat()
}

fn key(number: u128, kind: &str, owner: u128, more: &str) -> String {
    format!(
        "INSERT INTO keys (id, kind, owner_id, lineage, hint, scopes, metadata, digest, pepper_version, created_at_ms) \
         VALUES ('{id}', '{kind}', '{}', '{id}', 'kw_…', 'Read Write', '{{\"n\":{number}}}', '\\x{}', 1, {NOW_MS} - 9); \
         UPDATE keys SET {more} WHERE id = '{id}';",
        id(owner),
        hex(&digest(number).0),
        id = id(number)
    )
}

fn keys() -> String {
    let past = NOW_MS - 1;
    let next = NOW_MS + 1;
    let replaced = |by: u128| format!("current = false, replaced_by = '{}'", id(by));
    [
        key(11, "organization", 1, "name = NULL"),
        key(12, "control", 1, "reach = 'all', scopes = 'keys:read'"),
        key(13, "control", 2, &format!("reach = 'all', expires_at_ms = {NOW_MS}")),
        key(14, "named", 1, "name = 'build', current = false, revoked_at_ms = 5, revocation_reason = 'key_compromise'"),
        key(
            15,
            "named",
            1,
            &format!(
                "name = 'build', {}, replaced_at_ms = {past}, grace_until_ms = {next}",
                replaced(16)
            ),
        ),
        key(16, "named", 1, &format!("name = 'build', lineage = '{}'", id(15))),
        key(
            17,
            "named",
            1,
            &format!("name = 'build', {}, grace_until_ms = {NOW_MS}", replaced(15)),
        ),
        key(18, "client", 2, &format!("enabled = false, expires_at_ms = {next}, end_given = true")),
        key(19, "client", 2, &format!("enabled = false, expires_at_ms = {past}")),
        key(20, "standard", 3, "name = 'of one who was deleted'"),
        key(21, "standard", 4, &format!("{}, name = 'build'", replaced(22))),
        key(
            22,
            "user",
            5,
            &format!(
                "ip_allow = '192.0.2.0/24 2001:db8::/32', rate_limits = '[[\"a\",1,2,3]]', uses = 3, \
                 last_used_at_ms = {past}"
            ),
        ),
        key(23, "standard", 5, "name = 'build'"),
        format!(
            "INSERT INTO credits (lineage, remaining, refill_amount, refill_every, period, epoch) VALUES \
             ('{}', 5, 10, 'month', 24315, 2), ('{}', 9, NULL, NULL, 0, 0);",
            id(22),
            id(15)
        ),
    ]
    .concat()
}

fn same_key(ours: &Read<FoundKey>, theirs: &Read<FoundKey>) {
    assert_eq!(ours.position, theirs.position);
    assert_eq!(ours.found, theirs.found);
}

#[tokio::test]
async fn a_look_up_finds_what_it_does_in_sqlite_and_where_the_database_stands() {
    let both = Both::filled().await;
    let (ours, theirs) = (&both.engine, both.sqlite.database());
    let from = ReadFrom::Any;
    let mut owners = 0;
    for number in 1..30 {
        let key_id = KeyId(id(number));
        let found = ours.look_up_key(key_id, from).await.unwrap();
        same_key(&found, &theirs.look_up_key(key_id, from).await.unwrap());
        let digest = digest(number);
        let by_digest = ours.look_up_key_by_digest(digest, from).await.unwrap();
        same_key(&by_digest, &found);
        let digests = Arc::new(Digests {
            newest: Digest([0; 32]),
            older: vec![digest],
        });
        let by_digests = ours.look_up_key_by_digests(digests, from).await.unwrap();
        same_key(&by_digests, &found);
        let read = ours.read_key(key_id).await.unwrap();
        assert_eq!(read, theirs.read_key(key_id).await.unwrap());
        assert_eq!(read.is_some(), (11..24).contains(&number));

        let owner_id = OwnerId(id(number));
        let found = ours.look_up_owner(owner_id, from).await.unwrap();
        let expected = theirs.look_up_owner(owner_id, from).await.unwrap();
        assert_eq!(
            (found.position, &found.found),
            (expected.position, &expected.found)
        );
        let read = ours.read_owner(owner_id).await.unwrap();
        assert_eq!(read.as_ref(), found.found.as_deref());
        owners += usize::from(read.is_some());
    }
    // The fifth was deleted.
    assert_eq!(owners, 4);
}

#[tokio::test]
async fn a_look_up_tells_the_last_events_position_and_the_checkpoints_where_there_is_none() {
    let both = Both::filled().await;
    let position = async || {
        let owner = both.engine.look_up_owner(OwnerId(id(1)), ReadFrom::Any);
        let owner = owner.await.unwrap().position;
        let key = both.engine.look_up_key(KeyId(id(99)), ReadFrom::Primary);
        assert_eq!(key.await.unwrap().position, owner);
        let token = TokenUse {
            id: TokenId(id(1)),
            expires_at_ms: NOW_MS,
        };
        let token = both.engine.look_up_revocation(token, ReadFrom::Any);
        assert_eq!(token.await.unwrap().position, owner);
        owner
    };
    assert_eq!(position().await, 0);
    let checkpoint = "INSERT INTO events_checkpoint VALUES (1, 7, '\\x', '\\x');";
    both.plant(checkpoint);
    assert_eq!(position().await, 7);
    both.plant(&events::event(8, ""));
    both.plant(&events::event(9, ""));
    assert_eq!(position().await, 9);
}

#[tokio::test]
async fn ancestors_settings_retries_and_revocations_are_what_they_are_in_sqlite() {
    let both = Both::filled().await;
    both.plant(&format!(
        "INSERT INTO settings (name, value) VALUES ('a.name', '\\x00ff');
         INSERT INTO replays (id, fingerprint, sealed_secret, key_id, replaced_key_id, expires_at_ms) VALUES
             ('\\x{answer}', '\\x00', '\\x00', '{}', '{}', {NOW_MS}),
             ('\\x{dead}', '\\x00', '\\x00', '{}', '{}', {NOW_MS});
         INSERT INTO revoked_tokens (id, expires_at_ms) VALUES ('{}', {NOW_MS});
         INSERT INTO forgotten_tokens (one, expires_at_ms) VALUES (1, 5);",
        id(16),
        id(15),
        id(14),
        id(13),
        id(61),
        answer = hex(&digest(1).0),
        dead = hex(&digest(2).0),
    ));
    let (ours, theirs) = (&both.engine, both.sqlite.database());
    let mut ancestors = 0;
    for (above, below) in (1..7).flat_map(|above| (1..7).map(move |below| (above, below))) {
        let (above, below) = (OwnerId(id(above)), OwnerId(id(below)));
        let found = ours.is_ancestor(above, below).await.unwrap();
        assert_eq!(found, theirs.is_ancestor(above, below).await.unwrap());
        ancestors += usize::from(found);
    }
    // Each is its own, also one that is not there.
    assert_eq!(ancestors, 6 + 6);

    let setting = ours.read_setting("a.name").await.unwrap();
    assert_eq!(setting, Some(vec![0, 0xff]));
    assert_eq!(ours.read_setting("another").await.unwrap(), None);

    for (answer, replaced, now_ms, serves) in [
        (1, 15, NOW_MS - 1, true),
        (1, 15, NOW_MS, false),
        (1, 16, NOW_MS - 1, false),
        // What it issued was revoked.
        (2, 13, NOW_MS - 1, false),
        (3, 15, NOW_MS - 1, false),
    ] {
        let (answer, replaced) = (digest(answer), KeyId(id(replaced)));
        let found = ours.serves_retry(answer, replaced, now_ms).await.unwrap();
        let expected = theirs.serves_retry(answer, replaced, now_ms).await.unwrap();
        assert_eq!((found, expected), (serves, serves));
    }

    for (number, expires_at_ms, is_revoked) in [
        (61, NOW_MS, true),
        (62, NOW_MS, false),
        (62, 5, true),
        (62, 6, false),
    ] {
        let token = TokenUse {
            id: TokenId(id(number)),
            expires_at_ms,
        };
        let found = ours.look_up_revocation(token, ReadFrom::Any).await.unwrap();
        let expected = theirs.look_up_revocation(token, ReadFrom::Any).await;
        assert_eq!(found.found, expected.unwrap().found);
        assert_eq!(found.found.is_some(), is_revoked);
    }
}
