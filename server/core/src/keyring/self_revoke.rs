//! The end of a key by its bearer, who need prove nothing else: a key that was found can be ended.
//! Leaves its end by an operator to `keys`.

use super::{CallerFacts, Keyring, Origin};
use keywright_model::error::Error;
use keywright_model::event::Actor;
use keywright_model::id::KeyId;
use keywright_model::key::{Key, Kind, RevocationReason};
use keywright_model::secret::Secret;
use keywright_store::{Authority, Write, command};

/// A key that its holder has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its id.
    pub id: KeyId,
    /// What it was for.
    pub kind: Kind,
    /// When it ended: now, or earlier.
    pub revoked_at_ms: i64,
}

impl Keyring {
    /// Ends the key with this secret for good, whatever its state, its owner's, or its bounds; a second time
    /// changes nothing. The look-up counts as that of any key which a stranger presents.
    ///
    /// # Errors
    /// `SecretUnknown`; `Invalid` if it is the root key; `RateLimited` if the address caused too many look-ups
    /// of unknown keys.
    pub async fn self_revoke(
        &self,
        secret: &Secret,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<Ended, Error> {
        facts.operation = Some("SelfRevoke");
        let digested = self.digest(secret);
        if self.is_root(digested.digests()) {
            let detail = "key must not be the root key, which nothing but a start with another ends: set \
                          root_key or root_key_file anew";
            return Err(Error::invalid("/key", detail));
        }
        if !secret.is_plausible() {
            return Err(Error::SecretUnknown);
        }
        let held = self.find_presented(secret, digested, origin.address).await;
        let held = held.map_err(|error| self.explain(error, origin, facts))?;
        let held = held.ok_or(Error::SecretUnknown)?;
        let id = held.key.id;
        facts.actor = Some(Actor::Key(id));
        facts.key_id = Some(id);
        facts.caller = Some(held.owner.id);
        let write = Write {
            // The bearer of the secret needs no more than that.
            authority: Authority::default(),
            change: command::Revoke {
                id,
                reason: RevocationReason::Unspecified,
            },
            trail: origin.trail(Actor::Key(id)),
            replay: None,
        };
        let key = self.store.run(write).await?;
        ended(&key)
    }
}

fn ended(key: &Key) -> Result<Ended, Error> {
    let revoked_at_ms = key.revoked_at_ms;
    Ok(Ended {
        id: key.id,
        kind: key.kind,
        revoked_at_ms: revoked_at_ms.ok_or_else(|| Error::internal("a revoked key is not"))?,
    })
}
