//! What the rows of every engine have in common: their columns, and what stands for a value that cannot be read.
//! Leaves statements to the engines, and how their databases hand out a value.

mod columns;
mod event;
mod key;
mod owner;
mod text;
mod unreadable;

use uuid::Uuid;

pub use columns::{Columns, FromRow, Listed};
pub use event::{EventColumn, event};
pub use key::{
    CountedColumn, CreditColumn, KEYS, KeyColumn, OWNER_BEHIND_KEY, UNREVOKED, counted_key,
    credits, in_state, key, key_columns, minted,
};
pub use owner::{OwnerColumn, owner};
pub use text::{write_limits, write_networks};
pub use unreadable::Unreadable;

/// About what the rows of a part of a list take on the wire, and each of them beside its texts. A page as long as it
/// is by default is one part.
pub const PART_BYTES_MAX: usize = 32 * 1024;
/// What a row of a list takes beside its texts, about.
pub const ROW_OVERHEAD: usize = 400;

/// Why a value could not be read.
pub type Misread = Box<dyn std::error::Error + Send + Sync>;

/// A row as an engine has it: each value by its place, `None` where the database has NULL.
pub trait Values {
    /// The value of a UUID.
    ///
    /// # Errors
    /// When there is another one.
    fn uuid(&self, index: usize) -> Result<Option<Uuid>, Misread>;

    /// A text, in place.
    ///
    /// # Errors
    /// When there is another value.
    fn text(&self, index: usize) -> Result<Option<&str>, Misread>;

    /// An integer.
    ///
    /// # Errors
    /// When there is another value.
    fn integer(&self, index: usize) -> Result<Option<i64>, Misread>;

    /// A truth value.
    ///
    /// # Errors
    /// When there is another one.
    fn boolean(&self, index: usize) -> Result<Option<bool>, Misread>;

    /// Bytes, in place.
    ///
    /// # Errors
    /// When there is another value.
    fn bytes(&self, index: usize) -> Result<Option<&[u8]>, Misread>;
}
