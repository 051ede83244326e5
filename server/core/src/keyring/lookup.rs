//! The look-up of a presented secret under every pepper in use, and its new digest where it has an old one.
//! Leaves whether the key is good to `verify` and `permit`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Keyring;
use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::{HeldKey, Key};
use keywright_model::peppers::{Digests, Peppers};
use keywright_model::secret::{Digest, Pepper, Secret};
use keywright_store::{EVENTS, PepperStart, Rekeyed, Source, Write, command};

/// Keys that wait for their new digest at most; one more waits until it is presented again.
const WAITING_MAX: usize = 100_000;
/// Keys that get their new digest in one change.
const PART_LEN: usize = 256;

/// A secret, digested under the peppers that were in use then.
pub(super) struct Digested {
    peppers: Arc<Peppers>,
    digests: Digests,
}

impl Digested {
    /// The digests, to be compared with one that is known to be meant.
    pub(super) fn digests(&self) -> &Digests {
        &self.digests
    }
}

/// Keys that were found under an older pepper, with the digest that they are to have.
#[derive(Default)]
pub(super) struct Rekeys(Mutex<HashMap<KeyId, Rekeyed>>);

impl Rekeys {
    fn lock(&self) -> MutexGuard<'_, HashMap<KeyId, Rekeyed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_part(&self) -> Vec<Rekeyed> {
        let mut waiting = self.lock();
        let ids: Vec<KeyId> = waiting.keys().take(PART_LEN).copied().collect();
        let part = ids.iter().filter_map(|id| waiting.remove(id));
        part.collect()
    }
}

impl Keyring {
    /// The peppers in use.
    pub(super) fn peppers(&self) -> Arc<Peppers> {
        let peppers = self.peppers.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&peppers)
    }

    /// Digests a secret that is presented.
    pub(super) fn digest(&self, secret: &Secret) -> Digested {
        let peppers = self.peppers();
        let digests = peppers.digests(secret);
        Digested { peppers, digests }
    }

    /// The key of a secret, if it and its owner are in memory. Memory is asked under the newest pepper alone: a key
    /// with an older digest is read from the database until it has the new one.
    pub(super) fn recall(&self, digested: &Digested) -> Option<HeldKey> {
        self.store.recall(digested.digests.newest)
    }

    /// The key of a secret, and its owner.
    pub(super) async fn find(
        &self,
        secret: &Secret,
        mut digested: Digested,
        source: Source,
    ) -> Result<Option<HeldKey>, Error> {
        loop {
            let peppers = Arc::clone(&digested.peppers);
            let found = self.find_under(digested, source).await?;
            // A pepper that has come into use meanwhile may have given the key its digest.
            if found.is_some() || Arc::ptr_eq(&peppers, &self.peppers()) {
                return Ok(found);
            }
            digested = self.digest(secret);
        }
    }

    async fn find_under(
        &self,
        digested: Digested,
        source: Source,
    ) -> Result<Option<HeldKey>, Error> {
        let Digested { peppers, digests } = digested;
        let newest = digests.newest;
        if digests.older.is_empty() {
            return self.store.find_key_by_digest(newest, source).await;
        }
        let found = self.store.find_key_by_digests(digests, source).await?;
        Ok(found.map(|(held, digest)| {
            self.rekey_later(&held.key, digest, newest, peppers.newest());
            held
        }))
    }

    /// Remembers that a key whose secret was presented is to have its digest under the newest pepper.
    pub(super) fn rekey_later(&self, key: &Key, from: Digest, to: Digest, newest: &Pepper) {
        if from == to || key.revoked_at_ms.is_some() {
            return;
        }
        let mut waiting = self.rekeys.lock();
        if waiting.len() < WAITING_MAX {
            let rekeyed = Rekeyed {
                id: key.id,
                from,
                to,
                pepper_version: newest.version,
            };
            waiting.insert(key.id, rekeyed);
        }
    }

    /// Gives the keys that were presented their new digests.
    ///
    /// # Errors
    /// When the database cannot be written; they are found under the old ones then.
    pub(super) async fn settle_rekeys(&self) -> Result<(), Error> {
        loop {
            let rekeyed = self.rekeys.take_part();
            if rekeyed.is_empty() {
                return Ok(());
            }
            let write = Write::of_server(command::Rekey { rekeyed });
            self.store.run(write).await?;
        }
    }

    /// Begins to use a newer pepper: it signs the events from now on, and new secrets are digested under it.
    /// `settings` are what the database is to say of the peppers then. One that is in use already stays so.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn begin_pepper(
        &self,
        pepper: Pepper,
        settings: Vec<(&'static str, Vec<u8>)>,
    ) -> Result<(), Error> {
        if self.peppers().of(pepper.version).is_some() {
            return Ok(());
        }
        let start = PepperStart {
            signer: pepper.derive(EVENTS),
            settings,
        };
        let write = Write::of_server(command::BeginPepper { start });
        self.store.run(write).await?;
        let mut peppers = self.peppers.write().unwrap_or_else(PoisonError::into_inner);
        *peppers = Arc::new(peppers.with(pepper));
        Ok(())
    }

    /// The version of the pepper under which new secrets are digested.
    #[must_use]
    pub fn pepper_version(&self) -> u32 {
        self.peppers().newest().version
    }
}
