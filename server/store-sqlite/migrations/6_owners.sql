-- Owners that were deleted while the rows of their keys do not say yet that these are revoked: the owner's tombstone
-- says it. The rows follow in batches, in the order of their ids.

CREATE TABLE tombstones (
    owner_id blob NOT NULL PRIMARY KEY REFERENCES owners (id),
    -- The last key whose row has followed; empty before the first.
    last_key_id blob NOT NULL DEFAULT x''
);
