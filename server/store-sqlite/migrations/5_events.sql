-- Events that are kept for a time only, and the request that brought each as the server itself names it.

-- Nobody but the server chooses it; `request_id` is the caller's. An event from before there was one has none.
ALTER TABLE events ADD COLUMN server_request_id blob;

-- At most one row: the last event that was pruned. The kept ones begin behind it, and `seal` is a MAC over the
-- other two under the key that signs the events.
CREATE TABLE events_checkpoint (
    one bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL,
    mac blob NOT NULL,
    seal blob NOT NULL
);
