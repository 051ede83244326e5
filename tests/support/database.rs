//! Looks into a server's database file from outside, and never writes to it.
//! Leaves damaging it to `harm`.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

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

/// What is in the database now.
pub(crate) fn state(database: &Path) -> State {
    let connection = open(database);
    let rows = |statement: &str| -> Vec<String> {
        let mut statement = connection.prepare(statement).unwrap();
        let names = statement.column_names().enumerate();
        let columns: Vec<usize> = names
            .filter(|(_, name)| !["uses", "last_used_at_ms"].contains(name))
            .map(|(column, _)| column)
            .collect();
        let rows = statement.query_map([], |row| {
            let values = columns
                .iter()
                .map(|&column| format!("{:?}", row.get_ref(column).unwrap()));
            Ok(values.collect::<Vec<_>>().join(" "))
        });
        rows.unwrap().map(Result::unwrap).collect()
    };
    State {
        position: connection
            .query_row(
                "SELECT coalesce(max(position), 0) FROM events WHERE outcome = 'done'",
                [],
                |row| row.get(0),
            )
            .unwrap(),
        keys: rows("SELECT * FROM keys ORDER BY id"),
        owners: rows("SELECT * FROM owners ORDER BY id"),
    }
}

/// The one number that a query finds.
pub(crate) fn number(database: &Path, query: &str) -> i64 {
    let connection = open(database);
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

/// The digest that is stored for the key with this id.
pub(crate) fn digest(database: &Path, key_id: &str) -> Vec<u8> {
    let id = uuid::Uuid::parse_str(key_id).unwrap();
    open(database)
        .query_row(
            "SELECT digest FROM keys WHERE id = ?1",
            [id.as_bytes()],
            |row| row.get(0),
        )
        .unwrap()
}

pub(crate) fn open(database: &Path) -> Connection {
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.busy_timeout(super::PATIENCE).unwrap();
    connection
}
