//! Secrets of the server that were replaced while it runs: read again from the database, and used from then on.
//! Leaves what a rotation of signing keys is to `token`.

use std::sync::PoisonError;

use super::Keyring;
use crate::token::signing_keys::SIGNING_KEYS;
use keywright_model::error::Error;
use keywright_model::secret::Digest;

impl Keyring {
    /// A setting that the server keeps beside the keys, as the database has it now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read_setting(&self, name: &'static str) -> Result<Option<Vec<u8>>, Error> {
        self.store.database().read_setting(name).await
    }

    /// Takes up the token signing keys that the database holds now; `false` if they are those that sign already.
    ///
    /// # Errors
    /// When the database cannot be read, or they cannot be unsealed: the server goes on with those it has.
    pub async fn take_up_signing_keys(&self) -> Result<bool, Error> {
        let Some(setting) = self.store.database().read_setting(SIGNING_KEYS).await? else {
            return Ok(false);
        };
        let taken = self.tokens.take_up(&setting, &self.peppers());
        taken.map_err(Error::internal)
    }

    /// Takes up another issuer of tokens; `false` if it is the one that they name already.
    pub fn take_up_issuer(&self, issuer: &str) -> bool {
        self.tokens.take_up_issuer(issuer)
    }

    /// Takes up another root key, by its digest; `false` if it is the one that is good already.
    pub fn take_up_root(&self, root: Digest) -> bool {
        let mut known = self.root.write().unwrap_or_else(PoisonError::into_inner);
        known.replace(root) != Some(root)
    }
}
