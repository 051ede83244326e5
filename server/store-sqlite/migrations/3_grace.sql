-- The named keys that live on beside their successors: few, and found without a walk through all their owner has.

CREATE INDEX named_keys_in_grace ON keys (owner_id, name)
    WHERE kind = 'named' AND grace_until_ms IS NOT NULL;
