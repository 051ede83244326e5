//! Answers kept for callers that repeat a request with the same `Idempotency-Key`.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::State;
use keywright_store::snapshot::KeptAnswer;
use keywright_store::{NewReplay, Replayed, RowChange, Written};

use super::{ChangeTransaction, Ruling};

impl ChangeTransaction<'_, '_> {
    /// An earlier answer to the same `Idempotency-Key`, if there is one and the caller may still have it.
    pub(super) fn kept_answer(&mut self, replay: &NewReplay) -> Ruling<Option<Written>> {
        let kept = self.snapshot.kept_answer(replay.id)?;
        let Some(kept) = kept.filter(|kept| kept.expires_at_ms > self.now_ms) else {
            return Ok(None);
        };
        let Some(row) = self.snapshot.key(kept.key_id)? else {
            return Ok(None);
        };
        let key = Arc::clone(&row.minted.key);
        let Some(owner) = self.snapshot.owner_row(key.owner_id)? else {
            return Ok(None);
        };
        let owner = Arc::clone(&owner.owner);
        let is_same = kept.fingerprint == replay.fingerprint;
        let is_live = key.state(self.now_ms) == State::Live;
        let mut authority = self.write.authority.clone();
        if is_same
            && is_live
            && replay.serves_replaced_key
            && authority.key_id == kept.replaced_key_id
        {
            // The rotation that is asked for again has retired the caller's own key: that must not stop
            // it. For anything else that key is as dead as any.
            authority.key_id = None;
        }
        let sealed_secret = kept.sealed_secret.clone();
        self.check_authority(&authority)?;
        if !is_same {
            return Err(Error::IdempotencyMismatch.into());
        }
        if !is_live {
            let sentence =
                "the key that this Idempotency-Key issued is no longer live: send a new one";
            return Err(Error::KeyRetired(sentence.to_owned()).into());
        }
        // Its secret is handed out once more, so the rules for handing it out hold once more.
        if let Some(id) = self.write.authority.key_id {
            let caller = self.snapshot.key(id)?;
            self.caller = caller.map(|row| Arc::clone(&row.minted.key));
        }
        self.check_replay(&key)?;
        Ok(Some(Written::Replay(Box::new(Replayed {
            key: Arc::unwrap_or_clone(key),
            owner: Arc::unwrap_or_clone(owner),
            sealed_secret,
        }))))
    }

    /// Keeps the answer of this change.
    pub(super) fn keep_answer(
        &mut self,
        replay: &NewReplay,
        issued: KeyId,
        replaced: Option<KeyId>,
    ) {
        self.make(RowChange::KeepAnswer {
            id: replay.id,
            answer: KeptAnswer::of(replay, issued, replaced),
        });
    }
}
