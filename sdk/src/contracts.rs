//! Owns one public module per contract: its generated client, and how a caller proves itself.

/// The longest that a call of most contracts takes, in seconds.
const TIMEOUT_S: u64 = 30;

/// The longest wait that a caller of `organization-key` may ask for is 120 seconds; the answer
/// must still find the client listening.
const ORGANIZATION_KEY_TIMEOUT_S: u64 = 150;

/// Writes a contract's two functions. The ways in differ only in the header that is sent.
macro_rules! ways_in {
    ($headers:path, $timeout_s:path, $credential:literal) => {
        pub use reqwest::header::HeaderMap;

        use crate::connect::connect;
        use crate::{BuildError, Secret};

        #[doc = concat!("Makes a client that calls with ", $credential, ".")]
        ///
        /// # Errors
        /// When the base URL or the credential cannot be used; see [`BuildError`].
        pub fn client(base_url: &str, credential: impl Into<Secret>) -> Result<Client, BuildError> {
            let (base_url, http) = connect(base_url, headers(credential)?, $timeout_s)?;
            Ok(Client::new_with_client(&base_url, http))
        }

        #[doc = concat!("The headers that carry ", $credential, ", for an HTTP client of your own.")]
        ///
        /// Make the client with [`Client::new_with_client`].
        ///
        /// # Errors
        /// [`BuildError::Credential`] when no header can carry the credential.
        pub fn headers(credential: impl Into<Secret>) -> Result<HeaderMap, BuildError> {
            $headers(&credential.into())
        }
    };
}

/// Writes the way in of a contract that has something for who has no credential.
macro_rules! anonymous_way_in {
    ($enough:literal) => {
        #[doc = concat!("Makes a client without a credential: enough ", $enough, ".")]
        ///
        /// # Errors
        /// When the base URL cannot be used; see [`BuildError`].
        pub fn anonymous(base_url: &str) -> Result<Client, BuildError> {
            let (base_url, http) = connect(base_url, HeaderMap::new(), super::TIMEOUT_S)?;
            Ok(Client::new_with_client(&base_url, http))
        }
    };
}

pub mod user_key {
    //! The contract `user-key`: a user replaces its own API key.

    pub use crate::generated::user_key::*;

    ways_in!(
        crate::connect::bearer,
        super::TIMEOUT_S,
        "the user's current key"
    );
}

pub mod client_keys {
    //! The contract `client-keys`: OAuth 2.0 clients, their access tokens and their keys.
    //!
    //! A client key is exchanged for an access token by an [`anonymous`] client, which also tells whether
    //! one is good and revokes it; the token is the credential of [`client`].

    pub use crate::generated::client_keys::*;

    ways_in!(crate::connect::bearer, super::TIMEOUT_S, "an access token");

    anonymous_way_in!("to get a token and to read public documents");
}

pub mod named_keys {
    //! The contract `named-keys`: an organization's keys, each with a name.

    pub use crate::generated::named_keys::*;

    ways_in!(
        crate::connect::bearer,
        super::TIMEOUT_S,
        "a named key (`apikey:…`) or a token"
    );
}

pub mod organization_key {
    //! The contract `organization-key`: an organization replaces its API key, and says how far the
    //! change must have travelled.

    pub use crate::generated::organization_key::*;

    ways_in!(
        organization_key_header,
        super::ORGANIZATION_KEY_TIMEOUT_S,
        "an organization's key, its own or that of one above it"
    );

    fn organization_key_header(key: &Secret) -> Result<HeaderMap, BuildError> {
        let name = reqwest::header::HeaderName::from_static("slashid-api-key");
        crate::connect::header(name, key.expose())
    }
}

pub mod control {
    //! The contract `control`: users, organizations and keys of every kind, for operators and for
    //! services that verify keys.

    pub use crate::generated::control::*;

    ways_in!(
        crate::connect::bearer,
        super::TIMEOUT_S,
        "the root key or a control key"
    );

    anonymous_way_in!("to revoke a key by its secret");
}

#[cfg(test)]
mod tests;
