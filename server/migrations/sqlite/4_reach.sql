-- Whom a control key acts on: its owner and those below it, or all. Those from before there was a reach acted on all.

ALTER TABLE keys ADD COLUMN reach text NOT NULL DEFAULT 'owner' CHECK (reach IN ('owner', 'all'));
UPDATE keys SET reach = 'all' WHERE kind = 'control';

CREATE INDEX keys_that_reach_all ON keys (owner_id, id) WHERE reach = 'all';
-- The keys that live on beside a successor: few, and found by it when it is revoked.
CREATE INDEX keys_in_grace ON keys (replaced_by) WHERE grace_until_ms IS NOT NULL;
