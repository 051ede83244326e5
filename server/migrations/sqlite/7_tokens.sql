-- Access tokens that were revoked before their end. A row goes when its token would have ended anyway.

CREATE TABLE revoked_tokens (
    id blob NOT NULL PRIMARY KEY,
    expires_at_ms bigint NOT NULL
);

CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at_ms);
