//! The rows of a snapshot: those that can be read in part only, and all of a table for a copy.
//! Leaves columns and their meaning to `store`'s rows.

use anyhow::anyhow;
use keywright_store::copy::{Kind, ROWS_LEN, Row, Table, Value};
use keywright_store::rows::{KEYS, Listed as _, OwnerColumn, key_columns, minted, owner};
use keywright_store::{MaintenanceError, UnreadableRow};
use uuid::Uuid;

use super::{Inspection, get, other};
use crate::flight::Parameter;
use crate::rows::Stored;

/// Rows that are read at a time.
const PART_LEN: usize = 1000;

/// What a row is of, and its members that cannot be read.
type Members = (&'static str, Vec<&'static str>);

impl Inspection {
    /// Reads every key and every owner, and returns those with something that cannot be read. What a token's revocation
    /// has can always be.
    pub(super) fn find_unreadable(&self) -> Result<Vec<UnreadableRow>, MaintenanceError> {
        let mut found = Vec::new();
        let keys = format!("SELECT {} FROM {KEYS}", key_columns());
        self.each(
            &keys,
            "k.id",
            &mut |row| {
                let read = minted(row).map(|minted| minted.key.unreadable.clone());
                Ok(("key", read.map_err(|error| error.to_string())?))
            },
            &mut found,
        )?;
        let owners = format!("SELECT {} FROM owners o", OwnerColumn::SQL);
        self.each(
            &owners,
            "o.id",
            &mut |row| {
                let read = owner(row, 0).map(|owner| (owner.kind.word(), owner.unreadable));
                read.map_err(|error| error.to_string())
            },
            &mut found,
        )?;
        Ok(found)
    }

    /// Reads all that `select` does, some at a time.
    fn each(
        &self,
        select: &str,
        id: &str,
        read: &mut dyn FnMut(&Stored<'_>) -> Result<Members, String>,
        found: &mut Vec<UnreadableRow>,
    ) -> Result<(), MaintenanceError> {
        let mut last = Uuid::nil();
        let text = format!("{select} WHERE {id} > $1 ORDER BY {id} LIMIT {PART_LEN}");
        loop {
            let rows = self.ask(&text, vec![Box::new(last)])?;
            for row in &rows {
                last = get(row, 0)?;
                let id = last.to_string();
                let (noun, members) = read(&Stored(row))
                    .map_err(|error| other(format!("the row of {id} cannot be read: {error}")))?;
                if !members.is_empty() {
                    found.push(UnreadableRow { noun, id, members });
                }
            }
            if rows.len() < PART_LEN {
                return Ok(());
            }
        }
    }

    /// Reads all rows of a table in the order of their keys, some at a time.
    pub(super) fn read_all(
        &self,
        table: &Table,
        take: &mut dyn FnMut(Vec<Row>) -> anyhow::Result<()>,
    ) -> Result<(), MaintenanceError> {
        let (key, columns) = (table.key(), table.column_names());
        let head = format!("SELECT {columns} FROM {}", table.name);
        let rest = format!("ORDER BY {key} LIMIT {ROWS_LEN}");
        let mut text = format!("{head} {rest}");
        let mut behind: Vec<Parameter<'static>> = Vec::new();
        loop {
            let rows = self.ask(&text, behind)?;
            let read = rows.iter().map(|row| table.read(&Stored(row)));
            let some: Vec<Row> = read
                .collect::<Result<_, _>>()
                .map_err(|error| MaintenanceError::Failed(anyhow!(error)))?;
            let Some(last) = some.last().and_then(|row| row.first()) else {
                return Ok(());
            };
            behind = vec![key_of(table.columns[0].1, last)?];
            take(some).map_err(MaintenanceError::Failed)?;
            text = format!("{head} WHERE {key} > $1 {rest}");
        }
    }
}

/// The key behind which the next rows are.
fn key_of(kind: Kind, key: &Value) -> Result<Parameter<'static>, MaintenanceError> {
    Ok(match key {
        Value::Uuid(id) => Box::new(*id),
        Value::Text(text) => Box::new(text.clone()),
        Value::Integer(number) => Box::new(*number),
        Value::Bytes(bytes) => Box::new(bytes.clone()),
        Value::Null | Value::Boolean(_) => {
            return Err(other(format!("a key is no {kind:?}, but {}", key.shown())));
        }
    })
}
