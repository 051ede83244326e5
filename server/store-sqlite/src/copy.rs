//! The rows of a file, read for a copy into another engine, and a new file that is filled with those of one.
//! Leaves which tables there are to the store's `copy`, and the file's place to `database_lock`.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::inspect::Inspection;
use super::open::migrate;
use super::rows::Stored;
use keywright_store::copy::{CopyTarget, ROWS_LEN, Row, TOMBSTONES, Table, Value};
use keywright_store::{Head, Maintenance};

/// Nothing of the file is kept unless all of it was written: it is flushed once, at the end. Rows may come before those
/// that they refer to.
const FILLING: &str =
    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;";

/// Reads all rows of a table in the order of their keys.
pub(super) fn read(
    connection: &Connection,
    table: &Table,
    take: &mut dyn FnMut(Vec<Row>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut columns = table.column_names();
    if *table == TOMBSTONES {
        columns = columns.replace("last_key_id", "nullif(last_key_id, x'')");
    }
    let sql = format!(
        "SELECT {columns} FROM {} ORDER BY {}",
        table.name,
        table.key()
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut some = Vec::new();
    while let Some(row) = rows.next()? {
        some.push(table.read(&Stored(row)).map_err(|error| anyhow!(error))?);
        if some.len() == ROWS_LEN {
            take(std::mem::take(&mut some))?;
        }
    }
    if some.is_empty() { Ok(()) } else { take(some) }
}

/// A file that is being filled, at a place that no server knows.
pub struct CopiedFile {
    path: PathBuf,
    /// While it is filled.
    connection: Option<Connection>,
    /// Afterwards.
    inspection: Option<Inspection>,
}

impl CopiedFile {
    /// Makes the schema in an empty file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(path: &Path) -> anyhow::Result<Self> {
        let attempt = || -> anyhow::Result<Connection> {
            let mut connection = Connection::open(path)?;
            connection.execute_batch(FILLING)?;
            migrate(&mut connection)?;
            connection.execute_batch("BEGIN")?;
            Ok(connection)
        };
        let connection = attempt().with_context(|| unwritable(path))?;
        Ok(Self {
            path: path.to_owned(),
            connection: Some(connection),
            inspection: None,
        })
    }

    fn connection(&self) -> anyhow::Result<&Connection> {
        self.connection.as_ref().context("it was filled already")
    }
}

impl CopyTarget for CopiedFile {
    fn add(&mut self, table: &'static Table, rows: Vec<Row>) -> anyhow::Result<()> {
        let mut places: Vec<&str> = vec!["?"; table.columns.len()];
        if *table == TOMBSTONES {
            places[1] = "coalesce(?, x'')";
        }
        let (name, columns, places) = (table.name, table.column_names(), places.join(", "));
        let sql = format!("INSERT INTO {name} ({columns}) VALUES ({places})");
        let attempt = || -> anyhow::Result<()> {
            let mut insert = self.connection()?.prepare_cached(&sql)?;
            for row in &rows {
                insert.execute(params_from_iter(row.iter().map(Kept)))?;
            }
            Ok(())
        };
        attempt().with_context(|| unwritable(&self.path))
    }

    fn end_table(&mut self) -> anyhow::Result<()> {
        Ok(())
    }

    fn end(&mut self, head: &Head) -> anyhow::Result<()> {
        let attempt = || -> anyhow::Result<()> {
            let connection = self.connection()?;
            let sql = "UPDATE head SET position = ?1, mac = ?2";
            connection.execute(sql, (head.position, &head.mac))?;
            Ok(connection.execute_batch("COMMIT")?)
        };
        attempt().with_context(|| unwritable(&self.path))?;
        if let Some(connection) = self.connection.take() {
            let closed = connection.close().map_err(|(_, error)| error);
            closed.with_context(|| unwritable(&self.path))?;
        }
        self.inspection = Inspection::open(&self.path)?;
        Ok(())
    }

    fn filled(&mut self) -> anyhow::Result<&mut dyn Maintenance> {
        let inspection = self.inspection.as_mut();
        let inspection = inspection.context("it was not filled to its end")?;
        Ok(inspection)
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        let flushed = File::open(&self.path).and_then(|file| file.sync_all());
        flushed.with_context(|| unwritable(&self.path))
    }
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}

/// A value as SQLite keeps it.
struct Kept<'v>(&'v Value);

impl ToSql for Kept<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Value::Null => ValueRef::Null,
            Value::Uuid(id) => ValueRef::Blob(id.as_bytes()),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}
