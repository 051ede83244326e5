//! All that a database holds, table by table, for a copy into one of another engine.
//! Leaves how rows are read and written to the engines, and what a copy must be to the command.

use uuid::Uuid;

use crate::event::Head;
use crate::maintenance::Maintenance;
use crate::rows::{Misread, Values};

/// Rows that are carried at a time.
pub const ROWS_LEN: usize = 1000;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A UUID.
    Uuid,
    /// A text.
    Text,
    /// An integer of 64 bits.
    Integer,
    /// A truth value.
    Boolean,
    /// Bytes.
    Bytes,
}

/// A table and its columns. The first is its key, by which its rows are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The names of its columns, and what stands in each.
    pub columns: &'static [(&'static str, Kind)],
}

/// The values of a row, as the columns of its table stand.
pub type Row = Vec<Value>;

/// What stands in a column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A UUID.
    Uuid(Uuid),
    /// A text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// All tables, each behind those that its rows refer to.
pub static TABLES: [Table; 10] = [
    SETTINGS,
    OWNERS,
    KEYS,
    CREDITS,
    REPLAYS,
    TOMBSTONES,
    REVOKED_TOKENS,
    FORGOTTEN_TOKENS,
    EVENTS,
    EVENTS_CHECKPOINT,
];

/// A database that is being filled. What was not finished is not there.
pub trait CopyTarget {
    /// Adds rows to a table, in the order of their keys.
    ///
    /// # Errors
    /// When they cannot be written, or hold what this engine cannot keep.
    fn add(&mut self, table: &'static Table, rows: Vec<Row>) -> anyhow::Result<()>;

    /// All rows of a table were added.
    ///
    /// # Errors
    /// When they cannot be written.
    fn end_table(&mut self) -> anyhow::Result<()>;

    /// All tables were filled: tells where their events end, and lets what was filled be read.
    ///
    /// # Errors
    /// When that cannot be written.
    fn end(&mut self, head: &Head) -> anyhow::Result<()>;

    /// What was filled, to be looked at.
    ///
    /// # Errors
    /// When it cannot be read.
    fn filled(&mut self) -> anyhow::Result<&mut dyn Maintenance>;

    /// Makes it the database that a server can use: all of it at once, and durably.
    ///
    /// # Errors
    /// When nothing of it is there, or nobody knows.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

impl Table {
    /// The names of its columns, as a statement has them.
    #[must_use]
    pub fn column_names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The name of its key.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.columns[0].0
    }

    /// Reads a row of all its columns.
    ///
    /// # Errors
    /// Names the row and the column that cannot be read.
    pub fn read(&self, row: &impl Values) -> Result<Row, Misread> {
        let columns = self.columns.iter().enumerate();
        let values = columns.map(|(index, (name, kind))| {
            Value::read(row, index, *kind).map_err(|error| {
                let shown = self.key_of(row);
                format!("{name} of {shown} in {} cannot be read: {error}", self.name).into()
            })
        });
        values.collect()
    }

    fn key_of(&self, row: &impl Values) -> String {
        let key = Value::read(row, 0, self.columns[0].1);
        key.map_or_else(|_| "a row".to_owned(), |key| key.shown())
    }
}

impl Value {
    fn read(row: &impl Values, index: usize, kind: Kind) -> Result<Self, Misread> {
        let value = match kind {
            Kind::Uuid => row.uuid(index)?.map(Self::Uuid),
            Kind::Text => row.text(index)?.map(|text| Self::Text(text.to_owned())),
            Kind::Integer => row.integer(index)?.map(Self::Integer),
            Kind::Boolean => row.boolean(index)?.map(Self::Boolean),
            Kind::Bytes => row.bytes(index)?.map(|bytes| Self::Bytes(bytes.to_vec())),
        };
        Ok(value.unwrap_or(Self::Null))
    }

    /// A key, as a message has it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Uuid(id) => id.to_string(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(truth) => truth.to_string(),
            Self::Bytes(bytes) => {
                let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
                digits.collect()
            }
        }
    }

    /// Adds the bytes by which two rows are compared: no two values have the same.
    pub fn write(&self, to: &mut Vec<u8>) {
        let (kind, bytes): (u8, &[u8]) = match self {
            Self::Null => (0, &[]),
            Self::Uuid(id) => (1, id.as_bytes()),
            Self::Text(text) => (2, text.as_bytes()),
            Self::Integer(number) => (3, &number.to_be_bytes()),
            Self::Boolean(truth) => (4, &[u8::from(*truth)]),
            Self::Bytes(bytes) => (5, bytes),
        };
        to.push(kind);
        to.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        to.extend_from_slice(bytes);
    }
}

/// What a server keeps beside the keys.
pub const SETTINGS: Table = Table {
    name: "settings",
    columns: &[("name", Kind::Text), ("value", Kind::Bytes)],
};
const OWNERS: Table = Table {
    name: "owners",
    columns: &[
        ("id", Kind::Uuid),
        ("kind", Kind::Text),
        ("name", Kind::Text),
        ("email", Kind::Text),
        ("plan", Kind::Text),
        ("parent_id", Kind::Uuid),
        ("suspended", Kind::Boolean),
        ("rate_limits", Kind::Text),
        ("credits_month", Kind::Integer),
        ("credits_spent", Kind::Integer),
        ("created_at_ms", Kind::Integer),
        ("updated_at_ms", Kind::Integer),
        ("deleted_at_ms", Kind::Integer),
    ],
};
const KEYS: Table = Table {
    name: "keys",
    columns: &[
        ("id", Kind::Uuid),
        ("kind", Kind::Text),
        ("owner_id", Kind::Uuid),
        ("lineage", Kind::Uuid),
        ("name", Kind::Text),
        ("hint", Kind::Text),
        ("scopes", Kind::Text),
        ("reach", Kind::Text),
        ("metadata", Kind::Text),
        ("rate_limits", Kind::Text),
        ("ip_allow", Kind::Text),
        ("digest", Kind::Bytes),
        ("pepper_version", Kind::Integer),
        ("current", Kind::Boolean),
        ("enabled", Kind::Boolean),
        ("created_at_ms", Kind::Integer),
        ("expires_at_ms", Kind::Integer),
        ("end_given", Kind::Boolean),
        ("replaced_at_ms", Kind::Integer),
        ("replaced_by", Kind::Uuid),
        ("grace_until_ms", Kind::Integer),
        ("revoked_at_ms", Kind::Integer),
        ("revocation_reason", Kind::Text),
        ("uses", Kind::Integer),
        ("last_used_at_ms", Kind::Integer),
    ],
};
const CREDITS: Table = Table {
    name: "credits",
    columns: &[
        ("lineage", Kind::Uuid),
        ("remaining", Kind::Integer),
        ("refill_amount", Kind::Integer),
        ("refill_every", Kind::Text),
        ("period", Kind::Integer),
        ("epoch", Kind::Integer),
    ],
};
const REPLAYS: Table = Table {
    name: "replays",
    columns: &[
        ("id", Kind::Bytes),
        ("fingerprint", Kind::Bytes),
        ("sealed_secret", Kind::Bytes),
        ("key_id", Kind::Uuid),
        ("replaced_key_id", Kind::Uuid),
        ("expires_at_ms", Kind::Integer),
    ],
};
/// Owners whose keys' rows have to follow. The last column is empty where SQLite has no bytes, and elsewhere NULL.
pub const TOMBSTONES: Table = Table {
    name: "tombstones",
    columns: &[("owner_id", Kind::Uuid), ("last_key_id", Kind::Uuid)],
};
const REVOKED_TOKENS: Table = Table {
    name: "revoked_tokens",
    columns: &[("id", Kind::Uuid), ("expires_at_ms", Kind::Integer)],
};
const FORGOTTEN_TOKENS: Table = Table {
    name: "forgotten_tokens",
    columns: &[("one", Kind::Integer), ("expires_at_ms", Kind::Integer)],
};
/// The events, their MACs as they are.
pub const EVENTS: Table = Table {
    name: "events",
    columns: &[
        ("position", Kind::Integer),
        ("at_ms", Kind::Integer),
        ("actor", Kind::Text),
        ("action", Kind::Text),
        ("target", Kind::Uuid),
        ("related", Kind::Uuid),
        ("owner", Kind::Uuid),
        ("outcome", Kind::Text),
        ("detail", Kind::Text),
        ("request_id", Kind::Uuid),
        ("server_request_id", Kind::Uuid),
        ("address", Kind::Text),
        ("touched", Kind::Bytes),
        ("mac", Kind::Bytes),
    ],
};
const EVENTS_CHECKPOINT: Table = Table {
    name: "events_checkpoint",
    columns: &[
        ("one", Kind::Integer),
        ("position", Kind::Integer),
        ("mac", Kind::Bytes),
        ("seal", Kind::Bytes),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_have_the_same_bytes() {
        let rows: [&[Value]; 8] = [
            &[],
            &[Value::Null],
            &[Value::Text(String::new())],
            &[Value::Bytes(Vec::new())],
            &[Value::Text("ab".to_owned()), Value::Text("c".to_owned())],
            &[Value::Text("a".to_owned()), Value::Text("bc".to_owned())],
            &[Value::Integer(1)],
            &[Value::Boolean(true)],
        ];
        let mut written = rows.map(|row| {
            let mut bytes = Vec::new();
            for value in row {
                value.write(&mut bytes);
            }
            bytes
        });
        written.sort_unstable();
        assert!(written.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
