//! Look-ups where nothing can be newer: on the connection that writes, between two batches.
//! Leaves whose they are to `super::super`.

use super::WriterThread;
use super::jobs::{Found, Wanted};
use crate::rows::{self, fault};
use crate::tokens;
use keywright_model::error::Error;

impl WriterThread {
    /// Looks up on the connection that writes: nothing is newer, so nothing is too old.
    pub(super) fn find(&self, wanted: Wanted) -> Result<Found, Error> {
        let late = |_| Error::internal("what the writer read was too old");
        match wanted {
            Wanted::KeyByDigest(digest) => {
                let mut read = rows::find_key_by_digest(&self.connection, digest).map_err(fault)?;
                read.position = i64::MAX;
                self.cache.admit(read).map_err(late).map(Found::Key)
            }
            Wanted::KeyByDigests(digests) => {
                let mut read =
                    rows::find_key_by_digests(&self.connection, &digests).map_err(fault)?;
                read.position = i64::MAX;
                self.cache.admit(read).map_err(late).map(Found::Key)
            }
            Wanted::KeyById(id) => {
                let mut read = rows::find_key(&self.connection, id).map_err(fault)?;
                read.position = i64::MAX;
                self.cache.admit(read).map_err(late).map(Found::Key)
            }
            Wanted::Owner(id) => {
                let mut read = rows::find_owner(&self.connection, id).map_err(fault)?;
                read.position = i64::MAX;
                self.cache.admit_owner(read).map_err(late).map(Found::Owner)
            }
            Wanted::Token(token) => {
                let mut read = tokens::find(&self.connection, token).map_err(fault)?;
                read.position = i64::MAX;
                let admitted = self.cache.admit_revocation(token.id, read);
                admitted.map_err(late).map(Found::Token)
            }
        }
    }
}
