//! The peppers that a database uses: the newest digests new secrets, the older ones find those from before.
//! Leaves where they are kept to the server, and when a digest is made anew to the keyring.

use crate::secret::{Digest, Pepper, Secret};

/// The peppers in use, at least one.
#[derive(Clone, Debug)]
pub struct Peppers {
    newest: Pepper,
    /// Newest first.
    older: Vec<Pepper>,
}

/// The digests of one secret, under each pepper in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// The one that a new key gets.
    pub newest: Digest,
    /// Those that a key from before may have, newest first.
    pub older: Vec<Digest>,
}

impl From<Pepper> for Peppers {
    fn from(newest: Pepper) -> Self {
        let older = Vec::new();
        Self { newest, older }
    }
}

impl Peppers {
    /// These, with another that is newer.
    #[must_use]
    pub fn with(&self, newest: Pepper) -> Self {
        let older = self.iter().cloned().collect();
        Self { newest, older }
    }

    /// The one under which new secrets are digested, and all that is new is sealed.
    #[must_use]
    pub fn newest(&self) -> &Pepper {
        &self.newest
    }

    /// The one of a version.
    #[must_use]
    pub fn of(&self, version: u32) -> Option<&Pepper> {
        self.iter().find(|pepper| pepper.version == version)
    }

    /// All of them, newest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Pepper> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// The digests under which a secret is looked up.
    #[must_use]
    pub fn digests(&self, secret: &Secret) -> Digests {
        let older = self.older.iter().map(|pepper| pepper.digest(secret));
        Digests {
            newest: self.newest.digest(secret),
            older: older.collect(),
        }
    }

    /// Decrypts what one of them has sealed.
    #[must_use]
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        self.iter()
            .find_map(|pepper| pepper.unseal(purpose, sealed))
    }
}

impl Digests {
    /// Whether one of them is this one; each is compared in constant time.
    #[must_use]
    pub fn match_one(&self, digest: &Digest) -> bool {
        self.iter().any(|own| own.matches(digest))
    }

    /// All of them, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Digest> {
        self.older.iter().rev().chain([&self.newest])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_digested_under_the_newest_and_found_under_each() {
        let [first, second] = [7, 8].map(|byte| [byte; 32]);
        let (first, second) = (Pepper::new(1, &first), Pepper::new(2, &second));
        let peppers = Peppers::from(first.clone()).with(second.clone());
        let secret = Secret::new("secret".to_owned());
        let digests = peppers.digests(&secret);
        assert_eq!(digests.newest, second.digest(&secret));
        assert_eq!(digests.older, [first.digest(&secret)]);
        assert!(digests.match_one(&first.digest(&secret)));
        assert!(!digests.match_one(&first.digest(&Secret::new("other".to_owned()))));
        assert_eq!(peppers.newest().version, 2);
        assert_eq!(peppers.of(1).map(|pepper| pepper.version), Some(1));
        let sealed = first.seal("purpose", b"text");
        assert_eq!(
            peppers.unseal("purpose", &sealed).unwrap().as_slice(),
            b"text"
        );
        assert!(Peppers::from(second).unseal("purpose", &sealed).is_none());
    }
}
