-- Whom a control key acts on: its owner and those below it, or all. Those from before there was a reach acted on all.

ALTER TABLE keys ADD COLUMN reach text NOT NULL DEFAULT 'owner' CHECK (reach IN ('owner', 'all'));
UPDATE keys SET reach = 'all' WHERE kind = 'control';

CREATE INDEX keys_that_reach_all ON keys (owner_id, id) WHERE reach = 'all';
-- Ends that nobody chose: the longest life that the configuration allows gave them.
ALTER TABLE keys ADD COLUMN end_given boolean NOT NULL DEFAULT false;
-- The keys that live on beside a successor: few, and found by their line when that is revoked.
CREATE INDEX keys_in_grace ON keys (family, grace_until_ms) WHERE grace_until_ms IS NOT NULL;
