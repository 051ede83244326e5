-- Events by their position: as the key of the table itself it needs no index of its own, and every index ends in it.

ALTER TABLE events RENAME TO events_2;

CREATE TABLE events (
    position integer PRIMARY KEY NOT NULL,
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
    mac blob NOT NULL,
    server_request_id blob
);

INSERT INTO events (position, at_ms, actor, action, target, related, owner, outcome, detail, request_id, address,
        mac, server_request_id)
    SELECT position, at_ms, actor, action, target, related, owner, outcome, detail, request_id, address, mac,
        server_request_id
    FROM events_2 ORDER BY position;

DROP TABLE events_2;

CREATE INDEX events_by_target ON events (target);
CREATE INDEX events_by_related ON events (related) WHERE related IS NOT NULL;
CREATE INDEX events_by_owner ON events (owner) WHERE owner IS NOT NULL;
