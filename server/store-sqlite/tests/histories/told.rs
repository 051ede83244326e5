//! Rows that are kept in memory as a server that follows the events would have them: what no event tells it must not change.
//! Leaves what a server does about it to the memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use keywright_model::event::EventAction;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_store::event::TouchedId;
use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

type Row = BTreeMap<String, Value>;
type Table = BTreeMap<Uuid, Row>;

/// What is not kept in memory: it is counted elsewhere.
const COUNTED: [&str; 6] = [
    "uses",
    "last_used_at_ms",
    "credits_month",
    "credits_spent",
    "remaining",
    "period",
];
/// What follows in the rows of keys when their owner has ended.
const FOLLOWING: [&str; 3] = ["current", "revoked_at_ms", "revocation_reason"];

/// All rows as they were when the events ended at this position.
pub(crate) struct Kept {
    position: i64,
    keys: Table,
    owners: Table,
    credits: Table,
    tokens: Table,
}

impl Kept {
    pub(crate) fn read(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        let snapshot = connection.unchecked_transaction().unwrap();
        let sql = "SELECT position FROM head";
        Self {
            position: snapshot.query_row(sql, [], |row| row.get(0)).unwrap(),
            keys: table(&snapshot, "keys", "id"),
            owners: table(&snapshot, "owners", "id"),
            credits: table(&snapshot, "credits", "lineage"),
            tokens: table(&snapshot, "revoked_tokens", "id"),
        }
    }

    /// Goes on to the rows as they are now, and proves that the events since tell of all that differs.
    pub(crate) fn go_on(&mut self, path: &Path, now_ms: i64, name: &str) {
        let before = std::mem::replace(self, Self::read(path));
        let told = told_between(path, before.position, self.position);
        let assert = |id: TouchedId| {
            let is_told = told.iter().any(|told| told.covers(id));
            assert!(
                is_told,
                "{name}: {id:?} was touched, and the events tell {told:?}"
            );
        };
        for (id, key) in &self.keys {
            match before.keys.get(id) {
                None => assert(TouchedId::NewKey(KeyId(*id))),
                Some(old) if old["digest"] != key["digest"] => {
                    assert(TouchedId::NewDigest(KeyId(*id)));
                }
                Some(old) if old != key && !self.has_followed(old, key) => {
                    assert(TouchedId::Key(KeyId(*id)));
                }
                Some(_) => {}
            }
        }
        for (id, owner) in &self.owners {
            if before.owners.get(id) != Some(owner) {
                assert(TouchedId::Owner(OwnerId(*id)));
            }
        }
        for lineage in before.credits.keys().chain(self.credits.keys()) {
            if before.credits.get(lineage) != self.credits.get(lineage) {
                let lineage = Value::Blob(lineage.as_bytes().to_vec());
                let keys = self
                    .keys
                    .iter()
                    .filter(|(_, key)| key["lineage"] == lineage);
                let working = keys.filter(|(_, key)| self.works(key, now_ms));
                working.for_each(|(id, _)| assert(TouchedId::Key(KeyId(*id))));
            }
        }
        for (id, token) in &self.tokens {
            if before.tokens.get(id) != Some(token) {
                assert(TouchedId::Token {
                    id: TokenId(*id),
                    expires_at_ms: integer(&token["expires_at_ms"]).unwrap(),
                });
            }
        }
    }

    /// Whether a key differs only by what its owner's end has made of it: the owner stands for it.
    fn has_followed(&self, old: &Row, key: &Row) -> bool {
        let mut members = key.iter();
        members.all(|(name, value)| old[name] == *value || FOLLOWING.contains(&name.as_str()))
            && self.deleted_at_ms(key).is_some()
            && self.deleted_at_ms(key) == integer(&key["revoked_at_ms"])
    }

    fn works(&self, key: &Row, now_ms: i64) -> bool {
        let has_grace = integer(&key["grace_until_ms"]).is_some_and(|end_ms| end_ms > now_ms);
        key["revoked_at_ms"] == Value::Null
            && self.deleted_at_ms(key).is_none()
            && (key["replaced_by"] == Value::Null || has_grace)
    }

    fn deleted_at_ms(&self, key: &Row) -> Option<i64> {
        let owner = &self.owners[&id(&key["owner_id"])];
        integer(&owner["deleted_at_ms"])
    }
}

/// All that the events between two positions tell, each from its own row.
fn told_between(path: &Path, after: i64, up_to: i64) -> BTreeSet<TouchedId> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT action, target, related, touched FROM events WHERE position > ?1 AND position <= ?2";
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.query([after, up_to]).unwrap();
    let mut told = BTreeSet::new();
    while let Some(row) = rows.next().unwrap() {
        let action: String = row.get("action").unwrap();
        let action = EventAction::from_word(&action).unwrap();
        let (target, related) = (row.get("target").unwrap(), row.get("related").unwrap());
        let members = TouchedId::of_members(action, target, related);
        told.extend(members.into_iter().flatten());
        let touched: Option<Vec<u8>> = row.get("touched").unwrap();
        assert_ne!(touched.as_deref(), Some(&[][..]), "nothing is NULL");
        told.extend(TouchedId::decode(&touched.unwrap_or_default()).unwrap());
    }
    told
}

fn table(connection: &Connection, name: &str, key: &str) -> Table {
    let mut statement = connection
        .prepare(&format!("SELECT * FROM {name}"))
        .unwrap();
    let columns = statement.column_names();
    let mut columns: Vec<String> = columns.map(str::to_owned).collect();
    columns.retain(|column| !COUNTED.contains(&column.as_str()));
    let rows = statement.query_map([], |row| {
        let members = columns.iter();
        let members = members.map(|name| Ok((name.clone(), row.get(name.as_str())?)));
        Ok((row.get(key)?, members.collect::<rusqlite::Result<_>>()?))
    });
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

fn id(value: &Value) -> Uuid {
    match value {
        Value::Blob(bytes) => Uuid::from_slice(bytes).unwrap(),
        other => panic!("{other:?} is no id"),
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}
