-- Keys, their owners, and the append-only record of every change.
-- Times are Unix milliseconds, ids are the 16 bytes of a UUID, digests are HMAC-SHA-256.

CREATE TABLE settings (
    name text NOT NULL PRIMARY KEY,
    value blob NOT NULL
);

CREATE TABLE owners (
    id blob NOT NULL PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('user', 'organization')),
    name text,
    email text,
    plan text,
    parent_id blob REFERENCES owners (id),
    suspended boolean NOT NULL DEFAULT false,
    -- Credits spent in a month, which is counted as year * 12 + month.
    credits_month bigint NOT NULL DEFAULT 0,
    credits_spent bigint NOT NULL DEFAULT 0,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL
);

CREATE INDEX owners_by_parent ON owners (parent_id) WHERE parent_id IS NOT NULL;

-- `current` says that a key holds its place: the one key of its owner, or its name.
-- A replaced key gives its place to its successor at once, even while its grace lasts. Without a
-- grace it is dead by `replaced_by` alone: no clock that is set back brings it to life.
CREATE TABLE keys (
    id blob NOT NULL PRIMARY KEY,
    kind text NOT NULL
        CHECK (kind IN ('user', 'organization', 'client', 'named', 'standard', 'control')),
    owner_id blob NOT NULL REFERENCES owners (id),
    name text,
    hint text NOT NULL,
    scopes text NOT NULL,
    metadata text NOT NULL,
    digest blob NOT NULL,
    pepper_version bigint NOT NULL,
    current boolean NOT NULL DEFAULT true,
    enabled boolean NOT NULL DEFAULT true,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint,
    replaced_at_ms bigint,
    replaced_by blob,
    grace_until_ms bigint,
    revoked_at_ms bigint,
    revocation_reason text
);

CREATE UNIQUE INDEX keys_by_digest ON keys (digest);
CREATE INDEX keys_by_owner ON keys (owner_id, id);
CREATE UNIQUE INDEX one_user_key ON keys (owner_id) WHERE kind = 'user' AND current;
CREATE UNIQUE INDEX one_organization_key ON keys (owner_id) WHERE kind = 'organization' AND current;
CREATE UNIQUE INDEX one_named_key ON keys (owner_id, name) WHERE kind = 'named' AND current;

-- Answers kept for a while for callers that repeat a request with the same Idempotency-Key.
-- The secret is sealed under the pepper and that header's value, which is not stored.
CREATE TABLE replays (
    id blob NOT NULL PRIMARY KEY,
    fingerprint blob NOT NULL,
    sealed_secret blob NOT NULL,
    key_id blob NOT NULL REFERENCES keys (id),
    replaced_key_id blob,
    expires_at_ms bigint NOT NULL
);

CREATE INDEX replays_by_end ON replays (expires_at_ms);

-- One row: where the events end. Every transaction that changes something locks it first.
CREATE TABLE head (
    one bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL,
    mac blob NOT NULL
);

INSERT INTO head (one, position, mac) VALUES (1, 0, x'');

CREATE TABLE events (
    position bigint NOT NULL PRIMARY KEY,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target blob NOT NULL,
    outcome text NOT NULL,
    request_id blob NOT NULL,
    address text,
    mac blob NOT NULL
);

CREATE INDEX events_by_target ON events (target, position);
