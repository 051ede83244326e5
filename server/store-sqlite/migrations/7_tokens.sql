-- Access tokens that were revoked before their end. A row goes when its token would have ended anyway.

CREATE TABLE revoked_tokens (
    id blob NOT NULL PRIMARY KEY,
    expires_at_ms bigint NOT NULL
);

CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at_ms);

-- At most one row: the last end of a token whose row has gone. What had ended by then has ended for good, however far
-- the clock is set back.
CREATE TABLE forgotten_tokens (
    one bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    expires_at_ms bigint NOT NULL
);
