//! Looks into a server's database from outside, whichever engine it is of, and changes it where a server would not.
//! Leaves damaging it to `harm`.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::child::Folder;
use super::postgres::Database;

/// Where a database is.
pub(crate) enum Place<'a> {
    File(PathBuf),
    Postgres(&'a Database),
}

impl From<&Path> for Place<'_> {
    fn from(file: &Path) -> Self {
        Self::File(file.to_owned())
    }
}

impl From<&PathBuf> for Place<'_> {
    fn from(file: &PathBuf) -> Self {
        Self::File(file.clone())
    }
}

impl<'a> From<&'a Folder> for Place<'a> {
    fn from(folder: &'a Folder) -> Self {
        match folder.postgres() {
            Some(database) => Self::Postgres(database),
            None => Self::File(folder.database()),
        }
    }
}

/// Everything a request could have changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The position of the last event that says that something was done.
    pub(crate) position: i64,
    /// Every key: its id and all that a request may change about it. Uses are counted later.
    pub(crate) keys: Vec<String>,
    /// Every owner: its id and all that may change about it.
    pub(crate) owners: Vec<String>,
}

/// What a request does not change at once.
const LATER: [&str; 2] = ["uses", "last_used_at_ms"];

/// What is in the database now.
pub(crate) fn state<'a>(database: impl Into<Place<'a>>) -> State {
    let database = database.into();
    let position = "SELECT coalesce(max(position), 0) FROM events WHERE outcome = 'done'";
    State {
        position: database.number(position),
        keys: database.rows("SELECT * FROM keys ORDER BY id"),
        owners: database.rows("SELECT * FROM owners ORDER BY id"),
    }
}

/// The one number that a query finds.
pub(crate) fn number<'a>(database: impl Into<Place<'a>>, query: &str) -> i64 {
    database.into().number(query)
}

/// The digest that is stored for the key with this id.
pub(crate) fn digest<'a>(database: impl Into<Place<'a>>, key_id: &str) -> Vec<u8> {
    let database = database.into();
    let query = format!("SELECT digest FROM keys WHERE id = {}", database.id(key_id));
    match &database {
        Place::File(file) => open(file).query_row(&query, [], |row| row.get(0)).unwrap(),
        Place::Postgres(database) => {
            let hex = database.sql(&query);
            let hex = hex.strip_prefix("\\x").expect("bytes are told in hex");
            let digits = hex.as_bytes().chunks(2);
            let bytes = digits
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
            bytes.collect()
        }
    }
}

/// Changes the one row that a statement names by the id in the place of `?1`.
pub(crate) fn change_one<'a>(database: impl Into<Place<'a>>, statement: &str, id: &str) {
    let database = database.into();
    let statement = statement.replace("?1", &database.id(id));
    let changed = match &database {
        Place::File(file) => writable(file).execute(&statement, []).unwrap(),
        Place::Postgres(database) => usize::try_from(database.execute(&statement)).unwrap(),
    };
    assert_eq!(changed, 1, "{statement}");
}

/// Fails whatever would write the row of a key, until it is let go again.
pub(crate) fn hold_keys<'a>(database: impl Into<Place<'a>>) {
    match database.into() {
        Place::File(file) => writable(&file)
            .execute_batch(
                "CREATE TRIGGER held BEFORE UPDATE ON keys BEGIN SELECT raise(ABORT, 'held'); END",
            )
            .unwrap(),
        Place::Postgres(database) => drop(database.sql(
            "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'held'; END $$;
             CREATE TRIGGER held BEFORE UPDATE ON keys FOR EACH ROW EXECUTE FUNCTION held()",
        )),
    }
}

/// Lets the rows of keys be written again.
pub(crate) fn release_keys<'a>(database: impl Into<Place<'a>>) {
    match database.into() {
        Place::File(file) => writable(&file).execute_batch("DROP TRIGGER held").unwrap(),
        Place::Postgres(database) => drop(database.sql("DROP TRIGGER held ON keys")),
    }
}

/// Takes a table away from a server that is using it.
pub(crate) fn take_away<'a>(database: impl Into<Place<'a>>, table: &str) {
    let statement = format!("ALTER TABLE {table} RENAME TO gone");
    match database.into() {
        Place::File(file) => writable(&file).execute_batch(&statement).unwrap(),
        Place::Postgres(database) => drop(database.sql(&statement)),
    }
}

/// Gives the owner of this key so many more like it, which nobody has the secrets of.
pub(crate) fn copy_key<'a>(database: impl Into<Place<'a>>, key_id: &str, count: usize) {
    let database = database.into();
    let (numbers, random_id, random_digest) = match &database {
        Place::File(_) => (
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)",
            "randomblob(16)",
            "randomblob(32)",
        ),
        Place::Postgres(_) => (
            "WITH n (n) AS (SELECT generate_series(1, ?2))",
            "gen_random_uuid()",
            "sha256(random()::text::bytea)",
        ),
    };
    let statement = format!(
        "{numbers} INSERT INTO keys (id, kind, owner_id, name, hint, scopes, metadata, digest,
             pepper_version, created_at_ms, lineage)
         SELECT {random_id}, kind, owner_id, 'copy-' || n, hint, scopes, metadata,
             {random_digest}, pepper_version, created_at_ms, id
         FROM keys CROSS JOIN n WHERE id = {}",
        database.id(key_id)
    );
    let statement = statement.replace("?2", &count.to_string());
    let copied = match &database {
        Place::File(file) => writable(file).execute(&statement, []).unwrap(),
        Place::Postgres(database) => usize::try_from(database.execute(&statement)).unwrap(),
    };
    assert_eq!(copied, count);
}

impl Place<'_> {
    fn number(&self, query: &str) -> i64 {
        match self {
            Self::File(file) => open(file).query_row(query, [], |row| row.get(0)).unwrap(),
            Self::Postgres(database) => database.sql(query).parse().unwrap(),
        }
    }

    fn rows(&self, query: &str) -> Vec<String> {
        match self {
            Self::File(file) => rows_of_file(file, query),
            Self::Postgres(database) => {
                let rows = database.rows(query).into_iter().map(|row| {
                    let row = row.into_iter();
                    let row = row.filter(|(name, _)| !LATER.contains(&name.as_str()));
                    format!("{:?}", row.map(|(_, value)| value).collect::<Vec<_>>())
                });
                rows.collect()
            }
        }
    }

    /// An id, as it is written in a statement.
    fn id(&self, id: &str) -> String {
        let id = Uuid::parse_str(id).unwrap();
        match self {
            Self::File(_) => format!("X'{}'", id.simple()),
            Self::Postgres(_) => format!("'{id}'"),
        }
    }
}

fn rows_of_file(file: &Path, query: &str) -> Vec<String> {
    let connection = open(file);
    let mut statement = connection.prepare(query).unwrap();
    let names = statement.column_names().enumerate();
    let columns: Vec<usize> = names
        .filter(|(_, name)| !LATER.contains(name))
        .map(|(column, _)| column)
        .collect();
    let rows = statement.query_map([], |row| {
        let values = columns
            .iter()
            .map(|&column| format!("{:?}", row.get_ref(column).unwrap()));
        Ok(values.collect::<Vec<_>>().join(" "))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// A file of SQLite, to be read.
pub(crate) fn open(database: &Path) -> Connection {
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.busy_timeout(super::PATIENCE).unwrap();
    connection
}

fn writable(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.busy_timeout(super::PATIENCE).unwrap();
    connection
}
