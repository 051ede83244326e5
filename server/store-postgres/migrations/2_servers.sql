-- The servers that share this database: a lease for each, and how far it has followed the events.

-- A server takes a new random id for each lease, and raises its counter while it lives. It answers from memory for at
-- most `max_staleness_ms` after that; then another server may delete its row.
CREATE TABLE servers (
    id uuid NOT NULL PRIMARY KEY,
    region text COLLATE "C" NOT NULL,
    max_staleness_ms bigint NOT NULL,
    counter bigint NOT NULL DEFAULT 0,
    started_at_ms bigint NOT NULL
-- They are written every second, and are in no other index.
) WITH (fillfactor = 50);

-- The last event that each has applied. Another MAC than that of this position is one of another branch of history.
CREATE TABLE reports (
    id uuid NOT NULL PRIMARY KEY REFERENCES servers (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    mac bytea NOT NULL
) WITH (fillfactor = 50);
