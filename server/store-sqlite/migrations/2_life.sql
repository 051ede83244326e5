-- What limits a key, what it was used for, how an owner ends, and a fuller record of what happened.

ALTER TABLE owners ADD COLUMN rate_limits text NOT NULL DEFAULT '[]';
ALTER TABLE owners ADD COLUMN deleted_at_ms bigint;

CREATE INDEX owners_by_kind ON owners (kind, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX owners_by_email ON owners (email, id) WHERE email IS NOT NULL;

-- `family` is the first key of a line of successors: they share their windows and their credits.
ALTER TABLE keys ADD COLUMN family blob NOT NULL DEFAULT x'';
ALTER TABLE keys ADD COLUMN rate_limits text NOT NULL DEFAULT '[]';
ALTER TABLE keys ADD COLUMN ip_allow text NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN uses bigint NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN last_used_at_ms bigint;
UPDATE keys SET family = id;

CREATE INDEX keys_by_family ON keys (family) WHERE family <> id;

-- `remaining` is what nobody holds in memory; it counts for `period`, the number of the day or month.
CREATE TABLE credits (
    family blob NOT NULL PRIMARY KEY REFERENCES keys (id),
    remaining bigint NOT NULL,
    refill_amount bigint,
    refill_every text,
    period bigint NOT NULL,
    epoch bigint NOT NULL
);

ALTER TABLE events RENAME TO events_1;

CREATE TABLE events (
    position bigint NOT NULL PRIMARY KEY,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target blob,
    related blob,
    owner blob,
    outcome text NOT NULL,
    detail text,
    request_id blob NOT NULL,
    address text,
    mac blob NOT NULL
);

INSERT INTO events (position, at_ms, actor, action, target, outcome, request_id, address, mac)
    SELECT position, at_ms, actor, action, target, outcome, request_id, address, mac
    FROM events_1 ORDER BY position;

DROP TABLE events_1;

CREATE INDEX events_by_target ON events (target, position);
CREATE INDEX events_by_related ON events (related, position) WHERE related IS NOT NULL;
CREATE INDEX events_by_owner ON events (owner, position) WHERE owner IS NOT NULL;
