//! How a row of SQLite hands out its values, and how one row is changed.
//! Leaves the columns and their meaning to `store`'s rows.

use rusqlite::{CachedStatement, Error, Params, Row};
use uuid::Uuid;

use keywright_model::limit::RateLimit;
use keywright_store::rows::{Misread, Values};

/// A row as SQLite hands it out.
pub(crate) struct Stored<'row>(pub(crate) &'row Row<'row>);

impl Values for Stored<'_> {
    fn uuid(&self, index: usize) -> Result<Option<Uuid>, Misread> {
        Ok(self.0.get(index)?)
    }

    fn text(&self, index: usize) -> Result<Option<&str>, Misread> {
        Ok(self.0.get_ref(index)?.as_str_or_null()?)
    }

    fn integer(&self, index: usize) -> Result<Option<i64>, Misread> {
        Ok(self.0.get(index)?)
    }

    fn boolean(&self, index: usize) -> Result<Option<bool>, Misread> {
        Ok(self.0.get(index)?)
    }

    fn bytes(&self, index: usize) -> Result<Option<&[u8]>, Misread> {
        Ok(self.0.get_ref(index)?.as_blob_or_null()?)
    }
}

/// An error of the reading, as one of SQLite.
pub(crate) fn misread(error: Misread) -> Error {
    match error.downcast() {
        Ok(error) => *error,
        Err(error) => Error::FromSqlConversionFailure(0, rusqlite::types::Type::Null, error),
    }
}

/// The windows of a key or an owner as they are stored.
pub(crate) fn write_limits(limits: &[RateLimit]) -> rusqlite::Result<String> {
    keywright_store::rows::write_limits(limits).map_err(Error::ToSqlConversionFailure)
}

/// Changes one row, neither none nor more.
pub(crate) fn one(mut statement: CachedStatement<'_>, values: impl Params) -> rusqlite::Result<()> {
    match statement.execute(values)? {
        1 => Ok(()),
        rows => Err(Error::StatementChangedRows(rows)),
    }
}
