-- Keys, their owners, and the append-only record of every change, in a schema that the session searches alone.
-- Instants are Unix milliseconds, digests are HMAC-SHA-256; texts compare byte by byte, as in every other engine.
-- There is no row that says where the events end: whoever changes something holds a lock, and reads the last event.

CREATE TABLE settings (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE owners (
    id uuid NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('user', 'organization')),
    name text COLLATE "C",
    email text COLLATE "C",
    plan text COLLATE "C",
    parent_id uuid REFERENCES owners (id),
    suspended boolean NOT NULL DEFAULT false,
    rate_limits text COLLATE "C" NOT NULL DEFAULT '[]',
    -- Credits spent in a month, which is counted as year * 12 + month.
    credits_month bigint NOT NULL DEFAULT 0,
    credits_spent bigint NOT NULL DEFAULT 0,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL,
    deleted_at_ms bigint
);

CREATE INDEX owners_by_parent ON owners (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX owners_by_kind ON owners (kind, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX owners_by_email ON owners (email, id) WHERE email IS NOT NULL;

-- `current` says that a key holds its place: the one key of its owner, or its name.
-- A replaced key gives its place to its successor at once, even while its grace lasts. Without a
-- grace it is dead by `replaced_by` alone: no clock that is set back brings it to life.
-- A key and those that it replaced are one lineage, named by the first: they share their windows and their credits.
CREATE TABLE keys (
    id uuid NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL
        CHECK (kind IN ('user', 'organization', 'client', 'named', 'standard', 'control')),
    owner_id uuid NOT NULL REFERENCES owners (id),
    lineage uuid NOT NULL,
    name text COLLATE "C",
    hint text COLLATE "C" NOT NULL,
    scopes text COLLATE "C" NOT NULL,
    -- Whom a control key acts on.
    reach text COLLATE "C" NOT NULL DEFAULT 'owner' CHECK (reach IN ('owner', 'all')),
    metadata text COLLATE "C" NOT NULL,
    rate_limits text COLLATE "C" NOT NULL DEFAULT '[]',
    ip_allow text COLLATE "C" NOT NULL DEFAULT '',
    digest bytea NOT NULL,
    pepper_version bigint NOT NULL,
    current boolean NOT NULL DEFAULT true,
    enabled boolean NOT NULL DEFAULT true,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint,
    -- Whether that end was not chosen: the longest life that the configuration allows gave it.
    end_given boolean NOT NULL DEFAULT false,
    replaced_at_ms bigint,
    replaced_by uuid,
    grace_until_ms bigint,
    revoked_at_ms bigint,
    revocation_reason text COLLATE "C",
    uses bigint NOT NULL DEFAULT 0,
    last_used_at_ms bigint
-- Usage is written often, and is in no index: with some room its new rows stand on the page of the old ones.
) WITH (fillfactor = 90);

CREATE UNIQUE INDEX keys_by_digest ON keys (digest);
CREATE INDEX keys_by_owner ON keys (owner_id, id);
CREATE INDEX keys_by_lineage ON keys (lineage) WHERE lineage <> id;
CREATE UNIQUE INDEX one_user_key ON keys (owner_id) WHERE kind = 'user' AND current;
CREATE UNIQUE INDEX one_organization_key ON keys (owner_id) WHERE kind = 'organization' AND current;
CREATE UNIQUE INDEX one_named_key ON keys (owner_id, name) WHERE kind = 'named' AND current;
CREATE INDEX named_keys_in_grace ON keys (owner_id, name)
    WHERE kind = 'named' AND grace_until_ms IS NOT NULL;
CREATE INDEX keys_in_grace ON keys (lineage, grace_until_ms) WHERE grace_until_ms IS NOT NULL;
CREATE INDEX keys_that_reach_all ON keys (owner_id, id) WHERE reach = 'all';

-- `remaining` is what nobody holds in memory; it counts for `period`, the number of the day or month.
CREATE TABLE credits (
    lineage uuid NOT NULL PRIMARY KEY REFERENCES keys (id),
    remaining bigint NOT NULL,
    refill_amount bigint,
    refill_every text COLLATE "C",
    period bigint NOT NULL,
    epoch bigint NOT NULL
) WITH (fillfactor = 80);

-- Answers kept for a while for callers that repeat a request with the same Idempotency-Key.
-- The secret is sealed under the pepper and that header's value, which is not stored.
CREATE TABLE replays (
    id bytea NOT NULL PRIMARY KEY,
    fingerprint bytea NOT NULL,
    sealed_secret bytea NOT NULL,
    key_id uuid NOT NULL REFERENCES keys (id),
    replaced_key_id uuid,
    expires_at_ms bigint NOT NULL
);

CREATE INDEX replays_by_end ON replays (expires_at_ms);

-- Owners that were deleted while the rows of their keys do not say yet that these are revoked: the owner's tombstone
-- says it. The rows follow in batches, in the order of their ids.
CREATE TABLE tombstones (
    owner_id uuid NOT NULL PRIMARY KEY REFERENCES owners (id),
    -- The last key whose row has followed; none before the first.
    last_key_id uuid
);

-- Access tokens that were revoked before their end. A row goes when its token would have ended anyway.
CREATE TABLE revoked_tokens (
    id uuid NOT NULL PRIMARY KEY,
    expires_at_ms bigint NOT NULL
);

CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at_ms);

-- At most one row: the last end of a token whose row has gone. What had ended by then has ended for good, however far
-- the clock is set back.
CREATE TABLE forgotten_tokens (
    one bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    expires_at_ms bigint NOT NULL
);

CREATE TABLE events (
    position bigint NOT NULL PRIMARY KEY,
    at_ms bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    target uuid,
    related uuid,
    owner uuid,
    outcome text COLLATE "C" NOT NULL,
    detail text COLLATE "C",
    -- The caller's id of the request, and the server's own.
    request_id uuid NOT NULL,
    server_request_id uuid,
    address text COLLATE "C",
    -- What an event has touched that its other columns do not tell.
    touched bytea,
    mac bytea NOT NULL
);

CREATE INDEX events_by_target ON events (target, position);
CREATE INDEX events_by_related ON events (related, position) WHERE related IS NOT NULL;
CREATE INDEX events_by_owner ON events (owner, position) WHERE owner IS NOT NULL;

-- At most one row: the last event that was pruned. The kept ones begin behind it, and `seal` is a MAC over the
-- other two under the key that signs the events.
CREATE TABLE events_checkpoint (
    one bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL,
    mac bytea NOT NULL,
    seal bytea NOT NULL
);
