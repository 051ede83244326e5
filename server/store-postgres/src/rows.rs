//! The statements that look one thing up, and how a row of PostgreSQL is read.
//! Leaves columns and their meaning to `store`'s rows, lists to `lists`, and over which connection to `lookups`.

mod lists;
mod reach;

use std::sync::{Arc, LazyLock};

use keywright_model::error::Error;
use keywright_model::owner::Owner;
use keywright_store::Head;
use keywright_store::cache::{FoundKey, Minted, Read};
use keywright_store::rows::{
    Listed as _, Misread, OWNER_BEHIND_KEY, OwnerColumn, Values, key_columns, minted, owner,
};
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;
use uuid::Uuid;

pub(crate) use lists::{List, count_keys, list_events, list_keys, list_owners};
use reach::IS_ANCESTOR;
pub(crate) use reach::{REACHING_ALL, list_reaching_all};

/// Where the database stands, by position and MAC: at its last event or, where none was kept, at the last that was pruned.
const STANDS: &str = "coalesce(head.position, (SELECT position FROM events_checkpoint), 0), \
     coalesce(head.mac, (SELECT mac FROM events_checkpoint), '')";
/// One row, and the last event beside it.
const ONE: &str = "(VALUES (1)) AS one (one) \
     LEFT JOIN LATERAL (SELECT position, mac FROM events ORDER BY position DESC LIMIT 1) AS head ON true";

/// The owner and the credits of a key. A plan is kept while tables grow, perhaps from none: each fence, `OFFSET 0`, leaves
/// it one index to choose.
const BESIDE_KEY: &str = "LEFT JOIN LATERAL (SELECT * FROM owners WHERE id = k.owner_id OFFSET 0) AS o ON true \
     LEFT JOIN LATERAL (SELECT * FROM credits WHERE lineage = k.lineage OFFSET 0) AS c ON true";

/// What is asked so often that its statement is prepared; each is one statement, which reads one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookedUp {
    KeyByDigest,
    KeyByDigests,
    Key,
    Owner,
    Revocation,
    Ancestry,
    Retry,
    Setting,
    TakesChanges,
}

impl LookedUp {
    const ALL: [Self; 9] = [
        Self::KeyByDigest,
        Self::KeyByDigests,
        Self::Key,
        Self::Owner,
        Self::Revocation,
        Self::Ancestry,
        Self::Retry,
        Self::Setting,
        Self::TakesChanges,
    ];

    /// Its place among the statements.
    pub(crate) fn number(self) -> usize {
        self as usize
    }

    fn text(self) -> String {
        match self {
            Self::KeyByDigest => key_and_owner("digest = $1"),
            Self::KeyByDigests => key_and_owner("digest = ANY ($1)"),
            Self::Key => key_and_owner("id = $1"),
            Self::Owner => format!(
                "SELECT {}, {STANDS} FROM {ONE} \
                 LEFT JOIN (SELECT * FROM owners WHERE id = $1 OFFSET 0) AS o ON o.deleted_at_ms IS NULL",
                OwnerColumn::SQL
            ),
            Self::Revocation => format!(
                "SELECT EXISTS (SELECT FROM revoked_tokens WHERE id = $1) \
                 OR EXISTS (SELECT FROM forgotten_tokens WHERE expires_at_ms >= $2), {STANDS} FROM {ONE}"
            ),
            Self::Ancestry => IS_ANCESTOR.to_owned(),
            Self::Retry => format!(
                "SELECT {} FROM (SELECT * FROM replays WHERE id = $1 OFFSET 0) AS r \
                 JOIN LATERAL (SELECT * FROM keys WHERE id = r.key_id OFFSET 0) AS k ON true {BESIDE_KEY} \
                 WHERE r.replaced_key_id = $2 AND r.expires_at_ms > $3",
                key_columns()
            ),
            Self::Setting => "SELECT value FROM settings WHERE name = $1".to_owned(),
            Self::TakesChanges => TAKES_CHANGES.to_owned(),
        }
    }
}

/// Whether the primary takes changes; with it a table is read, so that it is known to be there.
const TAKES_CHANGES: &str = "SELECT current_setting('transaction_read_only') = 'off' AND NOT pg_is_in_recovery(), \
     EXISTS (SELECT FROM settings)";

static TEXTS: LazyLock<[String; LookedUp::ALL.len()]> =
    LazyLock::new(|| LookedUp::ALL.map(LookedUp::text));

/// The statements of all look-ups, each at its number.
pub(crate) static STATEMENTS: LazyLock<[&str; LookedUp::ALL.len()]> =
    LazyLock::new(|| TEXTS.each_ref().map(String::as_str));

/// A key by a condition, its owner and where the database stands: always one row at least.
fn key_and_owner(condition: &str) -> String {
    format!(
        "SELECT {}, {}, {STANDS} FROM {ONE} \
         LEFT JOIN LATERAL (SELECT * FROM keys WHERE {condition} OFFSET 0) AS k ON true {BESIDE_KEY}",
        key_columns(),
        OwnerColumn::SQL
    )
}

/// What a look-up of a key found.
pub(crate) fn found_key(rows: &[Row]) -> Result<Read<FoundKey>, Error> {
    let row = Stored(first(rows)?);
    let found = if row.uuid(0).map_err(misread)?.is_some() {
        let owner = owner(&row, OWNER_BEHIND_KEY).map_err(misread)?;
        Some((minted(&row).map_err(misread)?, Arc::new(owner)))
    } else {
        None
    };
    Ok(Read {
        found,
        position: get(row.0, OWNER_BEHIND_KEY + OwnerColumn::LEN)?,
    })
}

/// What a look-up of an owner found.
pub(crate) fn found_owner(rows: &[Row]) -> Result<Read<Arc<Owner>>, Error> {
    let row = Stored(first(rows)?);
    let is_there = row.uuid(0).map_err(misread)?.is_some();
    let found = is_there.then(|| owner(&row, 0).map(Arc::new));
    Ok(Read {
        found: found.transpose().map_err(misread)?,
        position: get(row.0, OwnerColumn::LEN)?,
    })
}

/// What a look-up of a token's revocation found.
pub(crate) fn found_revocation(rows: &[Row]) -> Result<Read<()>, Error> {
    let row = first(rows)?;
    let is_revoked: bool = get(row, 0)?;
    Ok(Read {
        found: is_revoked.then_some(()),
        position: get(row, 1)?,
    })
}

/// Where the database stood as such a look-up was made.
pub(crate) fn head(rows: &[Row]) -> Result<Head, Error> {
    let row = first(rows)?;
    let index = row.len().saturating_sub(2);
    Ok(Head {
        position: get(row, index)?,
        mac: get(row, index + 1)?,
    })
}

/// The key that a kept answer has issued, if there is one.
pub(crate) fn found_successor(rows: &[Row]) -> Result<Option<Minted>, Error> {
    let found = rows.first().map(|row| minted(&Stored(row)));
    found.transpose().map_err(misread)
}

/// The only row of an answer.
pub(crate) fn first(rows: &[Row]) -> Result<&Row, Error> {
    rows.first()
        .ok_or_else(|| Error::internal("PostgreSQL answers without a row"))
}

/// A value of a row that has always one.
pub(crate) fn get<T: FromSqlOwned>(row: &Row, index: usize) -> Result<T, Error> {
    row.try_get(index).map_err(Error::internal)
}

pub(crate) fn misread(error: Misread) -> Error {
    Error::internal(error)
}

/// A row as PostgreSQL hands it out.
pub(crate) struct Stored<'row>(pub(crate) &'row Row);

impl Values for Stored<'_> {
    fn uuid(&self, index: usize) -> Result<Option<Uuid>, Misread> {
        Ok(self.0.try_get(index)?)
    }

    fn text(&self, index: usize) -> Result<Option<&str>, Misread> {
        Ok(self.0.try_get(index)?)
    }

    fn integer(&self, index: usize) -> Result<Option<i64>, Misread> {
        Ok(self.0.try_get(index)?)
    }

    fn boolean(&self, index: usize) -> Result<Option<bool>, Misread> {
        Ok(self.0.try_get(index)?)
    }

    fn bytes(&self, index: usize) -> Result<Option<&[u8]>, Misread> {
        Ok(self.0.try_get(index)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_look_up_has_its_number() {
        for (number, looked_up) in LookedUp::ALL.into_iter().enumerate() {
            assert_eq!(looked_up.number(), number);
        }
    }
}
