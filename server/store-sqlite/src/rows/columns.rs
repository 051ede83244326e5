//! What the columns of keys, owners and events have in common: a list each, of which the statement and the reading are
//! made; and how what several of them hold is written and read.
//! Leaves the lists to `key`, `owner` and `event`.

use std::marker::PhantomData;

use rusqlite::types::{FromSql, Type};
use rusqlite::{CachedStatement, Params, Row};

use keywright_model::limit::{Limit, RateLimit};

/// Columns in their order.
pub(super) trait Listed: Copy {
    /// What a statement selects.
    const SQL: &str;
    /// How many there are.
    const LEN: usize;

    /// Where one stands among them.
    fn index(self) -> usize;
}

/// Declares columns, each with its text in a statement.
macro_rules! columns {
    (
        $(#[$doc:meta])*
        $name:ident { $first:ident: $first_sql:literal, $($column:ident: $sql:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) enum $name { $first, $($column),+ }

        impl $crate::rows::columns::Listed for $name {
            const SQL: &str = concat!($first_sql, $(", ", $sql),+);
            const LEN: usize = [Self::$first, $(Self::$column),+].len();

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

pub(super) use columns;

/// What stands in a row from one column on.
pub(super) struct Columns<'row, C> {
    row: &'row Row<'row>,
    first: usize,
    names: PhantomData<C>,
}

impl<'row, C: Listed> Columns<'row, C> {
    pub(super) fn of(row: &'row Row<'row>, first: usize) -> Self {
        Self {
            row,
            first,
            names: PhantomData,
        }
    }

    pub(super) fn get<T: FromSql>(&self, column: C) -> rusqlite::Result<T> {
        self.row.get(self.first + column.index())
    }

    /// What is read of a text in place.
    pub(super) fn parse<T>(
        &self,
        column: C,
        read: impl FnOnce(&str) -> Result<T, Misread>,
    ) -> rusqlite::Result<T> {
        let index = self.first + column.index();
        read(self.row.get_ref(index)?.as_str()?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error))
    }

    pub(super) fn word<T>(&self, column: C, read: fn(&str) -> Option<T>) -> rusqlite::Result<T> {
        self.parse(column, |word| {
            read(word).ok_or_else(|| format!("`{word}` is not known").into())
        })
    }
}

/// Why a text could not be read.
pub(super) type Misread = Box<dyn std::error::Error + Send + Sync>;

/// The windows of a key or an owner as they are stored: `[[name, count, window_s, burst], …]`.
pub(crate) fn write_limits(limits: &[RateLimit]) -> rusqlite::Result<String> {
    let rows: Vec<StoredLimit> = limits
        .iter()
        .map(|RateLimit { name, limit }| (name.clone(), limit.count, limit.window_s, limit.burst))
        .collect();
    serde_json::to_string(&rows)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

type StoredLimit = (String, u64, u32, u64);

pub(super) fn read_limits(text: &str) -> Result<Vec<RateLimit>, Misread> {
    // What nearly all keys have.
    if text == "[]" {
        return Ok(Vec::new());
    }
    let rows: Vec<StoredLimit> = serde_json::from_str(text)?;
    let limits = rows
        .into_iter()
        .map(|(name, count, window_s, burst)| RateLimit {
            name,
            limit: Limit {
                count,
                window_s,
                burst,
            },
        });
    Ok(limits.collect())
}

/// Changes one row, neither none nor more.
pub(crate) fn one(mut statement: CachedStatement<'_>, values: impl Params) -> rusqlite::Result<()> {
    match statement.execute(values)? {
        1 => Ok(()),
        rows => Err(rusqlite::Error::StatementChangedRows(rows)),
    }
}
