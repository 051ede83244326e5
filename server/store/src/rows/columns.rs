//! Columns by their names: a list for each kind of row, of which the statement and the reading are made.
//! Leaves the lists to `key`, `owner` and `event`.

use std::marker::PhantomData;

use uuid::Uuid;

use super::{Misread, Values};

/// Columns in their order.
pub trait Listed: Copy {
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
        pub enum $name { $first, $($column),+ }

        impl $crate::rows::Listed for $name {
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
pub struct Columns<'row, R, C> {
    row: &'row R,
    first: usize,
    names: PhantomData<C>,
}

impl<'row, R: Values, C: Listed> Columns<'row, R, C> {
    /// Those that begin with the column of this number.
    pub fn of(row: &'row R, first: usize) -> Self {
        Self {
            row,
            first,
            names: PhantomData,
        }
    }

    /// The value of a column.
    ///
    /// # Errors
    /// When there is one of another type, or none.
    pub fn get<T: FromRow>(&self, column: C) -> Result<T, Misread> {
        T::from_row(self.row, self.first + column.index())
    }

    /// What is read of a text in place.
    pub(super) fn parse<T>(
        &self,
        column: C,
        read: impl FnOnce(&str) -> Result<T, Misread>,
    ) -> Result<T, Misread> {
        let text = self.row.text(self.first + column.index())?;
        read(text.ok_or(NULL)?)
    }

    /// What a word of a text stands for.
    pub(super) fn word<T>(&self, column: C, read: fn(&str) -> Option<T>) -> Result<T, Misread> {
        self.parse(column, |word| {
            read(word).ok_or_else(|| format!("`{word}` is not known").into())
        })
    }
}

const NULL: &str = "there is no value";

/// What can stand in a column.
pub trait FromRow: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// When there is another value.
    fn from_row(row: &impl Values, index: usize) -> Result<Self, Misread>;
}

/// A type whose values a row hands out: as they are, or `None` for NULL.
macro_rules! from_row {
    ($($type:ty: $read:ident $(.$own:ident)?;)+) => {$(
        impl FromRow for Option<$type> {
            fn from_row(row: &impl Values, index: usize) -> Result<Self, Misread> {
                let value = row.$read(index)?;
                Ok(value$(.map(|value| value.$own()))?)
            }
        }

        impl FromRow for $type {
            fn from_row(row: &impl Values, index: usize) -> Result<Self, Misread> {
                Ok(<Option<Self>>::from_row(row, index)?.ok_or(NULL)?)
            }
        }
    )+};
}

from_row! {
    Uuid: uuid;
    String: text.to_owned;
    i64: integer;
    bool: boolean;
    Vec<u8>: bytes.to_vec;
}

impl FromRow for [u8; 32] {
    fn from_row(row: &impl Values, index: usize) -> Result<Self, Misread> {
        Ok(row.bytes(index)?.ok_or(NULL)?.try_into()?)
    }
}
