//! The statements that read what changes name. Each takes arrays, and finds what stands in them by an index.
//! Leaves which of them are sent to `wanted`.

use std::sync::LazyLock;

use keywright_model::key::State;
use keywright_store::rows::{
    CreditColumn, KEYS, Listed as _, OwnerColumn, UNREVOKED, in_state, key_columns,
};

/// The instant of the transaction, as its first flight has set it.
const NOW_MS: &str = "current_setting('keywright.now_ms')::bigint";

/// The lock that every transaction takes first. Its snapshots come after it: no statement locks and reads.
pub(crate) static LOCK: LazyLock<String> =
    LazyLock::new(|| format!("SELECT pg_advisory_xact_lock({LOCK_ID})"));

/// The number of that lock: `kwhead`.
pub(crate) const LOCK_ID: i64 = 0x6b77_6865_6164;

/// Sets and tells the instant, and tells where the events end, and whether a synchronous standby is named.
pub(crate) const HEAD: &str = "SELECT set_config('keywright.now_ms', \
         coalesce($1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)::text, true)::bigint, \
         last.position, last.mac, current_setting('synchronous_standby_names') <> '' \
     FROM (SELECT 1) one LEFT JOIN LATERAL \
         (SELECT position, mac FROM events ORDER BY position DESC LIMIT 1) last ON true";

/// One kind of row that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    Keys,
    KeptAnswers,
    KeysOfKeptAnswers,
    UserKeys,
    OrganizationKeys,
    Named,
    Renamed,
    LastKeys,
    ControlKeys,
    InGrace,
    Working,
    Successors,
    Owners,
    Children,
    KeyCounts,
    Credits,
    Tokens,
}

static KEYS_BY_ID: LazyLock<String> = LazyLock::new(|| keys("k.id = ANY($1)"));
static KEYS_OF_KEPT_ANSWERS: LazyLock<String> =
    LazyLock::new(|| keys("k.id IN (SELECT key_id FROM replays WHERE id = ANY($1))"));
// The kind is written out, or no partial index would serve.
static USER_KEYS: LazyLock<String> =
    LazyLock::new(|| keys("k.owner_id = ANY($1) AND k.kind = 'user' AND k.current"));
static ORGANIZATION_KEYS: LazyLock<String> =
    LazyLock::new(|| keys("k.owner_id = ANY($1) AND k.kind = 'organization' AND k.current"));
/// The current named keys of these owners and names, and those in their grace, by the indexes of both.
static NAMED: LazyLock<String> = LazyLock::new(|| {
    keys(
        "k.id IN (
             SELECT n.id FROM unnest($1::uuid[], $2::text[]) w (owner_id, name)
             JOIN keys n ON n.owner_id = w.owner_id AND n.name = w.name AND n.kind = 'named' AND n.current
             UNION
             SELECT n.id FROM unnest($1::uuid[], $2::text[]) w (owner_id, name)
             JOIN keys n ON n.owner_id = w.owner_id AND n.name = w.name AND n.kind = 'named'
                 AND n.grace_until_ms IS NOT NULL)",
    )
});
/// The keys that hold the places which these keys would hold under other names.
static RENAMED: LazyLock<String> = LazyLock::new(|| {
    keys(
        "k.id IN (
             SELECT n.id FROM unnest($1::uuid[], $2::text[]) w (id, name) JOIN keys t ON t.id = w.id
             JOIN keys n ON n.owner_id = t.owner_id AND n.name = w.name AND n.kind = 'named' AND n.current
             WHERE t.kind = 'named'
             UNION
             SELECT n.id FROM unnest($1::uuid[]) w (id) JOIN keys t ON t.id = w.id
             JOIN keys n ON n.owner_id = t.owner_id AND n.kind = 'user' AND n.current
             WHERE t.kind = 'user'
             UNION
             SELECT n.id FROM unnest($1::uuid[]) w (id) JOIN keys t ON t.id = w.id
             JOIN keys n ON n.owner_id = t.owner_id AND n.kind = 'organization' AND n.current
             WHERE t.kind = 'organization')",
    )
});
static LAST_KEYS: LazyLock<String> = LazyLock::new(|| {
    keys(
        "k.id IN (
             SELECT last.id FROM unnest($1::uuid[], $2::text[]) w (owner_id, kind) CROSS JOIN LATERAL
                 (SELECT id FROM keys WHERE owner_id = w.owner_id AND kind = w.kind ORDER BY id DESC LIMIT 1) last)",
    )
});
static CONTROL_KEYS: LazyLock<String> = LazyLock::new(|| {
    let (live, disabled) = (
        in_state(State::Live, NOW_MS),
        in_state(State::Disabled, NOW_MS),
    );
    keys(&format!(
        "k.owner_id = ANY($1) AND k.kind = 'control' AND (({live}) OR ({disabled}))"
    ))
});
/// Of the lineages of these keys, those that still have their grace.
static IN_GRACE: LazyLock<String> = LazyLock::new(|| {
    keys(&format!(
        "k.id IN (SELECT m.id FROM keys t JOIN keys m ON m.lineage = t.lineage AND m.grace_until_ms > {NOW_MS}
             WHERE t.id = ANY($1)) AND {UNREVOKED}"
    ))
});
/// Of the lineages of these keys, those that still work: the newest, and those in their grace.
static WORKING: LazyLock<String> = LazyLock::new(|| {
    keys(&format!(
        "k.id IN (
             SELECT t.lineage FROM keys t WHERE t.id = ANY($1)
             UNION
             SELECT m.id FROM keys t JOIN keys m ON m.lineage = t.lineage AND m.lineage <> m.id
             WHERE t.id = ANY($1))
         AND {UNREVOKED} AND (k.replaced_by IS NULL OR k.grace_until_ms > {NOW_MS})"
    ))
});
/// The keys of its lineage that come behind each of these, and the successor of each.
const SUCCESSORS: &str = "WITH RECURSIVE behind AS (
         SELECT lineage, replaced_by AS id FROM keys WHERE id = ANY($1) AND replaced_by IS NOT NULL
         UNION
         SELECT n.lineage, n.replaced_by FROM behind b JOIN keys n ON n.id = b.id AND n.lineage = b.lineage
         WHERE n.replaced_by IS NOT NULL)
     SELECT b.lineage, b.id, n.replaced_by
     FROM behind b LEFT JOIN keys n ON n.id = b.id AND n.lineage = b.lineage";
/// Owners, those of keys and of kept answers, and all that stand above them.
static OWNERS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH RECURSIVE line (id) AS (
             SELECT id FROM (
                 SELECT unnest($1::uuid[])
                 UNION SELECT owner_id FROM keys WHERE id = ANY($2)
                 UNION SELECT k.owner_id FROM replays r JOIN keys k ON k.id = r.key_id WHERE r.id = ANY($3)) named (id)
             UNION
             SELECT o.parent_id FROM line l JOIN owners o ON o.id = l.id WHERE o.parent_id IS NOT NULL)
         SELECT {} FROM line l JOIN owners o ON o.id = l.id",
        OwnerColumn::SQL
    )
});
const KEPT_ANSWERS: &str = "SELECT id, fingerprint, sealed_secret, key_id, replaced_key_id, expires_at_ms \
     FROM replays WHERE id = ANY($1)";
const CHILDREN: &str = "SELECT w.id, (SELECT count(*) FROM (
             SELECT 1 FROM owners WHERE parent_id = w.id AND deleted_at_ms IS NULL LIMIT $2) counted)
     FROM unnest($1::uuid[]) w (id)";
static KEY_COUNTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT w.id, (SELECT count(*) FROM (SELECT 1 FROM keys
             WHERE owner_id = w.id AND current AND (expires_at_ms IS NULL OR expires_at_ms > {NOW_MS})
             LIMIT w.len_max) counted)
         FROM unnest($1::uuid[], $2::bigint[]) w (id, len_max)"
    )
});
static CREDITS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT c.lineage, {} FROM credits c WHERE c.lineage = ANY($1)
             OR c.lineage IN (SELECT lineage FROM keys WHERE id = ANY($2))",
        CreditColumn::SQL
    )
});
const TOKENS: &str = "SELECT w.id, EXISTS (SELECT 1 FROM revoked_tokens r WHERE r.id = w.id),
         EXISTS (SELECT 1 FROM forgotten_tokens f WHERE f.expires_at_ms >= w.expires_at_ms)
     FROM unnest($1::uuid[], $2::bigint[]) w (id, expires_at_ms)";

impl Load {
    const ALL: [Self; 17] = [
        Self::Keys,
        Self::KeptAnswers,
        Self::KeysOfKeptAnswers,
        Self::UserKeys,
        Self::OrganizationKeys,
        Self::Named,
        Self::Renamed,
        Self::LastKeys,
        Self::ControlKeys,
        Self::InGrace,
        Self::Working,
        Self::Successors,
        Self::Owners,
        Self::Children,
        Self::KeyCounts,
        Self::Credits,
        Self::Tokens,
    ];

    /// What reads it.
    pub(super) fn statement(self) -> &'static str {
        match self {
            Self::Keys => &KEYS_BY_ID,
            Self::KeptAnswers => KEPT_ANSWERS,
            Self::KeysOfKeptAnswers => &KEYS_OF_KEPT_ANSWERS,
            Self::UserKeys => &USER_KEYS,
            Self::OrganizationKeys => &ORGANIZATION_KEYS,
            Self::Named => &NAMED,
            Self::Renamed => &RENAMED,
            Self::LastKeys => &LAST_KEYS,
            Self::ControlKeys => &CONTROL_KEYS,
            Self::InGrace => &IN_GRACE,
            Self::Working => &WORKING,
            Self::Successors => SUCCESSORS,
            Self::Owners => &OWNERS,
            Self::Children => CHILDREN,
            Self::KeyCounts => &KEY_COUNTS,
            Self::Credits => &CREDITS,
            Self::Tokens => TOKENS,
        }
    }
}

/// All of them, to be prepared.
pub(crate) fn all() -> Vec<&'static str> {
    let mut all = vec![&**LOCK, HEAD];
    all.extend(Load::ALL.map(Load::statement));
    all
}

/// What reads keys as the rules need them.
fn keys(condition: &str) -> String {
    format!(
        "SELECT {}, k.current FROM {KEYS} WHERE {condition}",
        key_columns()
    )
}
