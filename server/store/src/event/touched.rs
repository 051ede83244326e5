//! What a change has touched, so that who follows the events knows what to drop from memory: its kinds, and its bytes.
//! Leaves which changes of rows touch what to `decision`, and the memory to `cache`.

use keywright_model::event::EventAction;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// More than this are not named one by one. It is above what one change comes to: keys are given new digests 256 at a
/// time, and a lineage has far fewer that work.
const IDS_MAX: usize = 512;
const ID_LEN: usize = 16;

/// Something that is kept in memory, and that a change has touched.
///
/// An event tells some of it by its target and by what else it concerns ([`TouchedId::of_members`]). The rest stands in
/// the column `touched`: each entry is a byte for its kind and the 16 bytes of its id, that of a token followed by the 8
/// bytes of its end (Unix milliseconds, the highest first). They stand in ascending order, each once, and `NULL` stands
/// for none. Where they are too many, there is the one byte 0.
///
/// Keys that end with their owner are not named: the owner is. Nor are uses, credits that were reserved or given back and
/// what an owner has spent, of which there are no events. In events from before schema 10 the rest is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TouchedId {
    /// Too many to be named: whatever is in memory (0).
    All,
    /// A key (1).
    Key(KeyId),
    /// A key that is new, and so is its digest (2).
    NewKey(KeyId),
    /// A key that has another digest from now on (3).
    NewDigest(KeyId),
    /// A user or an organization (4).
    Owner(OwnerId),
    /// An access token that was revoked (5).
    Token {
        /// Which token.
        id: TokenId,
        /// The first instant at which it is no longer good anyway, Unix milliseconds.
        expires_at_ms: i64,
    },
}

impl TouchedId {
    /// What an event of this action has touched by its target and by what else it concerns. Its owner is touched only
    /// where that is the target.
    #[must_use]
    pub fn of_members(
        action: EventAction,
        target: Option<Uuid>,
        related: Option<Uuid>,
    ) -> [Option<Self>; 2] {
        let owner = target.map(|id| Self::Owner(OwnerId(id)));
        let key = target.map(|id| Self::Key(KeyId(id)));
        let new_key = |id: Option<Uuid>| id.map(|id| Self::NewKey(KeyId(id)));
        match action {
            EventAction::OwnerCreated => [owner, new_key(related)],
            EventAction::OwnerChanged | EventAction::OwnerDeleted => [owner, None],
            EventAction::KeyIssued => [new_key(target), None],
            // Without a successor it has filled a place that was empty.
            EventAction::KeyRotated if related.is_none() => [new_key(target), None],
            EventAction::KeyRotated => [key, new_key(related)],
            // What else they concern is touched as well, if at all, by an event of its own.
            EventAction::KeyChanged | EventAction::KeyRevoked => [key, None],
            // Of the token more must be known than its id.
            EventAction::TokenRevoked
            | EventAction::AccessDenied
            | EventAction::AccessUnknown
            | EventAction::EventsPruned
            | EventAction::SettingsChanged => [None, None],
        }
    }

    /// Whether who knows of this need not be told of the other.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::NewKey(id) | Self::NewDigest(id), Self::Key(other)) => id == other,
            _ => self == other,
        }
    }

    /// The bytes that stand for these; none for none.
    #[must_use]
    pub fn encode(mut ids: Vec<Self>) -> Vec<u8> {
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > IDS_MAX || ids.contains(&Self::All) {
            ids = vec![Self::All];
        }
        let mut bytes = Vec::with_capacity(ids.len() * (1 + ID_LEN));
        for id in ids {
            id.write(&mut bytes);
        }
        bytes
    }

    /// What these bytes stand for; `None` if [`TouchedId::encode`] writes no such bytes.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Vec<Self>> {
        let mut rest = bytes;
        let mut ids = Vec::new();
        while !rest.is_empty() {
            ids.push(Self::read(&mut rest)?);
        }
        let is_ascending = ids.windows(2).all(|pair| pair[0] < pair[1]);
        let stands_alone = ids.len() <= 1 || !ids.contains(&Self::All);
        (is_ascending && stands_alone && ids.len() <= IDS_MAX).then_some(ids)
    }

    fn write(self, bytes: &mut Vec<u8>) {
        let (kind, id) = match self {
            Self::All => return bytes.push(0),
            Self::Key(id) => (1, id.0),
            Self::NewKey(id) => (2, id.0),
            Self::NewDigest(id) => (3, id.0),
            Self::Owner(id) => (4, id.0),
            Self::Token { id, .. } => (5, id.0),
        };
        bytes.push(kind);
        bytes.extend_from_slice(id.as_bytes());
        if let Self::Token { expires_at_ms, .. } = self {
            bytes.extend_from_slice(&expires_at_ms.to_be_bytes());
        }
    }

    /// Reads the first one.
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let [kind] = take(bytes)?;
        if kind == 0 {
            return Some(Self::All);
        }
        let id = Uuid::from_bytes(take::<ID_LEN>(bytes)?);
        Some(match kind {
            1 => Self::Key(KeyId(id)),
            2 => Self::NewKey(KeyId(id)),
            3 => Self::NewDigest(KeyId(id)),
            4 => Self::Owner(OwnerId(id)),
            5 => Self::Token {
                id: TokenId(id),
                expires_at_ms: i64::from_be_bytes(take(bytes)?),
            },
            _ => return None,
        })
    }
}

/// Takes the first bytes away.
fn take<const LEN: usize>(bytes: &mut &[u8]) -> Option<[u8; LEN]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    const CASES: usize = 20_000;

    /// One of few ids, so that some are drawn twice.
    fn id(random: &mut Rng) -> TouchedId {
        let id = Uuid::from_u128(random.u128(..4) << (8 * random.u32(..16)));
        match random.u8(..5) {
            0 => TouchedId::Key(KeyId(id)),
            1 => TouchedId::NewKey(KeyId(id)),
            2 => TouchedId::NewDigest(KeyId(id)),
            3 => TouchedId::Owner(OwnerId(id)),
            _ => TouchedId::Token {
                id: TokenId(id),
                expires_at_ms: random.i64(..) >> random.u32(..64),
            },
        }
    }

    #[test]
    fn what_was_touched_is_read_as_it_was_written_in_whatever_order() {
        let mut random = Rng::new();
        for _ in 0..CASES {
            let len = random.usize(..8);
            let mut ids: Vec<TouchedId> = (0..len).map(|_| id(&mut random)).collect();
            let bytes = TouchedId::encode(ids.clone());
            random.shuffle(&mut ids);
            assert_eq!(TouchedId::encode(ids.clone()), bytes);
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(bytes.is_empty(), ids.is_empty());
            assert_eq!(TouchedId::decode(&bytes), Some(ids));
        }
    }

    #[test]
    fn bytes_that_are_read_are_those_that_would_be_written() {
        let mut random = Rng::new();
        let mut read = 0;
        for _ in 0..CASES {
            let ids = (0..random.usize(1..4)).map(|_| id(&mut random));
            let mut bytes = TouchedId::encode(ids.collect());
            match random.u8(..4) {
                0 => bytes.truncate(random.usize(..bytes.len())),
                1 => bytes.push(random.u8(..6)),
                2 => bytes.extend_from_within(..),
                _ => {
                    let place = random.usize(..bytes.len());
                    bytes[place] = random.u8(..8);
                }
            }
            if let Some(ids) = TouchedId::decode(&bytes) {
                assert_eq!(TouchedId::encode(ids), bytes);
                read += 1;
            }
        }
        assert!((1..CASES).contains(&read), "{read}");
    }

    #[test]
    fn too_many_are_all() {
        let keys = |count: u128| (0..count).map(|id| TouchedId::Key(KeyId(Uuid::from_u128(id))));
        let count = IDS_MAX as u128;
        let bytes = TouchedId::encode(keys(count).collect());
        assert_eq!(bytes.len(), IDS_MAX * (1 + ID_LEN));
        assert_eq!(
            TouchedId::decode(&bytes),
            Some(keys(count).collect::<Vec<_>>())
        );
        let bytes = TouchedId::encode(keys(count + 1).collect());
        assert_eq!(bytes, [0]);
        assert_eq!(TouchedId::decode(&bytes), Some(vec![TouchedId::All]));
        let mut too_many = Vec::new();
        for id in keys(count + 1) {
            id.write(&mut too_many);
        }
        assert_eq!(TouchedId::decode(&too_many), None);
        assert_eq!(TouchedId::decode(&[0, 0]), None);
    }
}
