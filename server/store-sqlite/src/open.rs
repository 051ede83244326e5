//! A database file on its way to a store: made, locked, prepared, brought up to date, then started.
//! Leaves what the running store does to `sqlite`.

use std::fs::File;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use async_trait::async_trait;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::task::JoinSet;

use super::acknowledged_position::AcknowledgedPosition;
use super::digests::keep_bloom_filter;
use super::file_identity::FileIdentities;
use super::inspect::{log, refuse_folder, uri};
use super::readers::Readers;
use super::reserve::{self, Reserve};
use super::rows::fault;
use super::settings;
use super::tombstones::keep_following;
use super::write::{Files, Writer};
use super::{Lock, Options, READS_REFUSED, Sqlite, WRITES_REFUSED, database_lock, replay, tokens};
use keywright_model::clock::Clock;
use keywright_model::error::Error;
use keywright_store::cache::Cache;
use keywright_store::wait_queue::WaitQueue;
use keywright_store::{Decide, Engine, OpenDatabase, Signers, StartLock};

/// The schema, oldest step first; `PRAGMA user_version` counts the steps that were taken.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/1_keys.sql"),
    include_str!("../migrations/2_life.sql"),
    include_str!("../migrations/3_grace.sql"),
    include_str!("../migrations/4_reach.sql"),
    include_str!("../migrations/5_events.sql"),
    include_str!("../migrations/6_owners.sql"),
    include_str!("../migrations/7_tokens.sql"),
    include_str!("../migrations/8_lineage.sql"),
    include_str!("../migrations/9_events.sql"),
    include_str!("../migrations/10_touched.sql"),
];
const STATEMENTS_MAX: usize = 64;
/// Bytes of the log that are kept when it begins anew: what is there already is flushed faster.
const LOG_LEN_KEPT: u32 = 12 << 20;
/// Connections that read lists.
const LIST_READERS: usize = 2;

/// Opens the file, creating it if need be, and takes the lock beside it.
///
/// # Errors
/// When it is in use by another server, damaged, of another program, or not to be had.
pub fn open(path: &Path, options: Options) -> anyhow::Result<OpenedFile> {
    refuse_folder(path)?;
    let path = &create(path).with_context(|| {
        let path = path.display();
        format!("cannot open the database {path}: its folder must exist and be writable")
    })?;
    ensure_ours_at(path)?;
    let lock = lock(path)?;
    ensure_one_name(path)?;
    // Before the engine needs room: the index of its log is made anew.
    let reserve = Reserve::open(path, options.reserve_len)?;
    if path.metadata()?.len() == 0 {
        AcknowledgedPosition::in_lock_file(lock.file()?).check(0, path)?;
        ensure_no_log(path)?;
    }
    let mut connection = Connection::open(path)
        .with_context(|| format!("cannot open the database {}", path.display()))?;
    // A log that turns out to be damaged is left as it is: it may be mended.
    keep_log_at_close(&connection, true)?;
    ensure_ours(&connection, path)?;
    prepare(&connection, &options)
        .with_context(|| format!("cannot use {} as a database", path.display()))?;
    AcknowledgedPosition::in_lock_file(lock.file()?).check(head(&connection)?, path)?;
    migrate(&mut connection)
        .with_context(|| format!("cannot bring the database {} up to date", path.display()))?;
    keep_log_at_close(&connection, false)?;
    Ok(OpenedFile {
        path: path.to_owned(),
        options,
        connection,
        reserve,
        lock,
    })
}

/// A database file that this process alone uses.
pub struct OpenedFile {
    path: PathBuf,
    options: Options,
    connection: Connection,
    reserve: Reserve,
    lock: Lock,
}

/// The start of the only server there is: the lock of the file is held as long as the server runs.
struct Alone;

#[async_trait]
impl StartLock for Alone {
    async fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl OpenedFile {
    /// Connections that read.
    fn connections(&self, count: usize) -> Result<Vec<Connection>, Error> {
        let connections = (0..count).map(|_| reader(&self.path, &self.options));
        connections.collect::<Result<_, _>>().map_err(fault)
    }
}

impl OpenDatabase for OpenedFile {
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        settings::read(&self.connection, name).map_err(fault)
    }

    fn keep_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        settings::keep(&self.connection, name, value).map_err(fault)
    }

    fn change_setting(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        settings::put(&self.connection, name, value).map_err(fault)
    }

    fn drop_setting(&self, name: &str) -> Result<(), Error> {
        settings::drop(&self.connection, name).map_err(fault)
    }

    /// Its lock keeps every other server out.
    fn is_shared(&self) -> bool {
        false
    }

    fn lock_start(&self) -> anyhow::Result<Box<dyn StartLock>> {
        Ok(Box::new(Alone))
    }

    fn part_left_behind(&self) -> &'static str {
        "its `-wal` file"
    }

    fn is_empty(&self) -> Result<bool, Error> {
        self.connection
            .query_row(
                "SELECT NOT EXISTS (SELECT 1 FROM owners) AND (SELECT position FROM head) = 0",
                [],
                |row| row.get(0),
            )
            .map_err(fault)
    }

    fn start(
        self: Box<Self>,
        cache: Arc<Cache>,
        signers: Signers,
        clock: Arc<dyn Clock>,
        rules: Arc<dyn Decide>,
    ) -> Result<Box<dyn Engine>, Error> {
        if !self.reserve.is_let_go() {
            replay::forget(&self.connection, clock.now_ms()).map_err(fault)?;
            tokens::forget(&self.connection, clock.now_ms()).map_err(fault)?;
            index_current_keys(&self.connection, self.options.counts_keys).map_err(fault)?;
        }
        let readers = self.connections(self.options.readers)?;
        let list_readers = self.connections(LIST_READERS)?;
        let Options {
            queue_len_max,
            wait_max,
            ..
        } = self.options;
        let wait_queue = |what, refused| WaitQueue::new(what, queue_len_max, wait_max, refused);
        flush_folder_of(&self.path)?;
        let lock = self.lock.file().map_err(Error::internal)?;
        let room = self.reserve.room();
        cache.expect_revoked_until(tokens::last_end(&self.connection).map_err(fault)?);
        let writer = Writer::start(
            self.connection,
            signers,
            clock,
            rules,
            Arc::clone(&cache),
            Files {
                identities: FileIdentities::of(&self.path),
                path: self.path.clone(),
                acknowledged: AcknowledgedPosition::in_lock_file(lock),
                reserve: self.reserve,
            },
            wait_queue("writes", &WRITES_REFUSED),
        )?;
        let writer = Arc::new(writer);
        let list_readers = Readers::start(list_readers, wait_queue("lists", &READS_REFUSED))?;
        let list_readers = Arc::new(list_readers);
        let mut chores = JoinSet::new();
        chores.spawn(keep_bloom_filter(
            Arc::clone(&list_readers),
            Arc::clone(&cache),
        ));
        chores.spawn(keep_following(Arc::clone(&writer)));
        chores.spawn(reserve::keep(Arc::clone(&room), Arc::clone(&writer)));
        Ok(Box::new(Sqlite {
            cache,
            readers: Readers::start(readers, wait_queue("reads", &READS_REFUSED))?,
            list_readers,
            chores: Mutex::new(chores),
            writer,
            room,
            test_hook: self.options.test_hook,
            _lock: self.lock,
        }))
    }
}

/// Keeps the index by which an owner's keys are counted, only where they are: each new key would pay for it.
fn index_current_keys(connection: &Connection, is_wanted: bool) -> rusqlite::Result<()> {
    connection.execute_batch(if is_wanted {
        "CREATE INDEX IF NOT EXISTS current_keys ON keys (owner_id, expires_at_ms, current)
             WHERE current"
    } else {
        "DROP INDEX IF EXISTS current_keys"
    })
}

/// Makes sure that the file is there, readable by the owner of this process only, and says where it
/// really is: two ways to it must meet at one lock.
fn create(path: &Path) -> std::io::Result<PathBuf> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)?;
    path.canonicalize()
}

/// Refuses a database that has two names: the log, the lock and the acknowledged position belong to one of them, and what is
/// acknowledged under the other would be lost.
fn ensure_one_name(path: &Path) -> anyhow::Result<()> {
    let names = path.metadata()?.nlink();
    anyhow::ensure!(
        names == 1,
        "the database {} has {names} names, hard links to one file, and its log belongs to one of them only: remove \
         the others; for a copy use `keywright backup`",
        path.display()
    );
    Ok(())
}

/// Refuses the database of another program before anything is written beside it. A file with a log, or one that cannot
/// be read as it lies there, is left to who opens it as it should be.
fn ensure_ours_at(path: &Path) -> anyhow::Result<()> {
    if log(path).exists() {
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    match Connection::open_with_flags(uri(path, true), flags) {
        Ok(connection) => ensure_ours(&connection, path),
        Err(_) => Ok(()),
    }
}

/// Refuses the database of another program before anything is written into it.
fn ensure_ours(connection: &Connection, path: &Path) -> anyhow::Result<()> {
    let is_foreign = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table')
            AND (SELECT count(*) FROM sqlite_schema WHERE name IN ('settings', 'owners', 'head')) < 3",
        [],
        |row| row.get(0),
    );
    let code = is_foreign
        .as_ref()
        .err()
        .and_then(rusqlite::Error::sqlite_error_code);
    anyhow::ensure!(
        code != Some(ErrorCode::NotADatabase),
        "{} is not a SQLite database, or its beginning is damaged: name another file with --database or in database.url, \
         or put back a backup with `keywright restore`",
        path.display()
    );
    anyhow::ensure!(
        !matches!(is_foreign, Ok(true)),
        "{} is no keywright database: it has the tables of another program. Name another file with --database or in \
         database.url; nothing in it was changed",
        path.display()
    );
    Ok(())
}

/// Refuses an empty database beside the log of one that was not: SQLite would take that log away, and with it
/// all that it alone holds.
fn ensure_no_log(path: &Path) -> anyhow::Result<()> {
    let log = log(path);
    anyhow::ensure!(
        !log.metadata().is_ok_and(|log| log.len() > 0),
        "the database {} is empty, and beside it lies the log of another, {}: put back the file that belongs \
         to it, or move the log away to begin anew",
        path.display(),
        log.display()
    );
    Ok(())
}

/// Makes sure that the names of the files survive a power cut. SQLite leaves this out where it cannot open the
/// folder, and says nothing: a log without a name would be lost with all that is in it.
fn flush_folder_of(path: &Path) -> Result<(), Error> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")));
    let flushed = folder.and_then(|folder| folder.sync_all());
    flushed.map_err(|error| Error::Unavailable {
        cause: format!("the folder of the database cannot be flushed: {error}"),
    })
}

/// Locks `<path>.lock` and the file itself, so that a second server on the same file is refused, not interleaved.
fn lock(path: &Path) -> anyhow::Result<Lock> {
    database_lock::lock(path)?.with_context(|| {
        let path = path.display();
        format!("another keywright serves the database {path}: stop it, or use another database")
    })
}

fn prepare(connection: &Connection, options: &Options) -> anyhow::Result<()> {
    connection.busy_timeout(options.busy_timeout)?;
    keep_plans(connection)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    anyhow::ensure!(
        mode == "wal",
        "the file system must support write-ahead logging"
    );
    // The two about `fullfsync` mean something on macOS only, where a flush stops at the disk's own memory.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
    )?;
    connection.pragma_update(None, "journal_size_limit", LOG_LEN_KEPT)?;
    Ok(())
}

fn reader(path: &Path, options: &Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // The log is opened with the first read: now, while it is surely the one that is written to.
    connection.query_row("SELECT 1 FROM head", [], |_| Ok(()))?;
    Ok(connection)
}

/// Makes the plan of a statement once: SQLite would make it anew for each value that is bound, which takes
/// longer than to find one key by it. It counts for what is prepared from then on, so it comes first.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

/// Whether a connection leaves the log as it is when it closes.
pub(super) fn keep_log_at_close(connection: &Connection, keeps: bool) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps)
        .map(drop)
}

/// Where the events end; 0 in a new file.
fn head(connection: &Connection) -> rusqlite::Result<i64> {
    let taken: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if taken == 0 {
        return Ok(0);
    }
    connection.query_row("SELECT position FROM head", [], |row| row.get(0))
}

pub(super) fn migrate(connection: &mut Connection) -> anyhow::Result<()> {
    let transaction = connection.transaction()?;
    let done: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = u32::try_from(MIGRATIONS.len())?;
    anyhow::ensure!(
        done <= known,
        "it was last used by a newer keywright (schema {done}, this one knows {known}): update keywright"
    );
    if done == known {
        // Nothing is written, so that it is no matter whether the disk is full.
        return Ok(());
    }
    for step in &MIGRATIONS[done as usize..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;
    use uuid::Uuid;

    use super::*;
    use crate::load::COUNT_CURRENT;
    use crate::rows;
    use keywright_model::id::KeyId;

    #[test]
    fn the_keys_of_an_owner_are_counted_by_their_index_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        keep_plans(&connection).unwrap();
        let plan = |connection: &Connection| -> String {
            let sql = format!("EXPLAIN QUERY PLAN {COUNT_CURRENT}");
            let mut statement = connection.prepare(&sql).unwrap();
            let parameters = ([7_u8; 16], 0, 10);
            let steps = statement.query_map(parameters, |row| row.get::<_, String>("detail"));
            steps
                .unwrap()
                .collect::<rusqlite::Result<Vec<_>>>()
                .unwrap()
                .join("; ")
        };
        index_current_keys(&connection, true).unwrap();
        let counted = plan(&connection);
        assert!(
            counted.contains("COVERING INDEX current_keys (owner_id=?"),
            "{counted}"
        );
        index_current_keys(&connection, false).unwrap();
        assert!(!plan(&connection).contains("current_keys"));
    }

    #[test]
    fn every_connection_keeps_its_plans_from_the_first_statement_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.db");
        let options = Options {
            readers: 1,
            busy_timeout: std::time::Duration::ZERO,
            queue_len_max: 1,
            wait_max: std::time::Duration::ZERO,
            reserve_len: 0,
            counts_keys: false,
            test_hook: None,
        };
        let mut writer = Connection::open(&path).unwrap();
        prepare(&writer, &options).unwrap();
        migrate(&mut writer).unwrap();
        for connection in [writer, reader(&path, &options).unwrap()] {
            let keeps = connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG);
            assert!(keeps.unwrap());
        }
    }

    #[test]
    fn a_look_up_is_planned_once_whatever_it_looks_for() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        keep_plans(&connection).unwrap();
        for id in 1..4 {
            rows::read_key(&connection, KeyId(Uuid::from_u128(id))).unwrap();
        }
        let statement = connection.prepare_cached(&rows::key_by_id()).unwrap();
        assert_eq!(statement.get_status(StatementStatus::Run), 3);
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
