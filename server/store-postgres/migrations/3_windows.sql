-- Rate limit windows that servers share, where `limits.shared` is set.

-- A crash of PostgreSQL empties it, and so does a failover: windows begin rested then. In return no count waits for the
-- disk, and none is sent to a standby.
CREATE UNLOGGED TABLE rate_windows (
    -- A hash of the owner, of what is limited, and of the window's name.
    id uuid NOT NULL PRIMARY KEY,
    -- When the next request would conform: Unix milliseconds, and the attoseconds beyond them.
    arrival_ms bigint NOT NULL,
    arrival_as bigint NOT NULL
-- They are written with every use, and are in no other index: new rows stand on the page of the old ones.
) WITH (fillfactor = 50);
