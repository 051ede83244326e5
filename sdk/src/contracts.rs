//! Owns one public module per contract: its generated client, and how a caller proves itself.

/// Writes a contract's functions. The ways in differ only in the header that is sent.
macro_rules! ways_in {
    ($headers:path, $timeout:path, $credential:literal) => {
        pub use reqwest::header::HeaderMap;

        use crate::connect::connect;
        use crate::{BuildError, Options, Secret};

        #[doc = concat!("Makes a client that calls with ", $credential, ".")]
        ///
        #[doc = concat!("A call gives up after [`", stringify!($timeout), "`], which [`client_with`] can change.")]
        ///
        /// # Errors
        /// When the base URL or the credential cannot be used; see [`BuildError`].
        pub fn client(base_url: &str, credential: impl Into<Secret>) -> Result<Client, BuildError> {
            client_with(base_url, credential, &Options::new())
        }

        /// The same, with a time limit or certificates of your own.
        ///
        /// # Errors
        /// As for [`client`].
        pub fn client_with(
            base_url: &str,
            credential: impl Into<Secret>,
            options: &Options,
        ) -> Result<Client, BuildError> {
            let (base_url, http) = connect(base_url, headers(credential)?, options, $timeout)?;
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
            anonymous_with(base_url, &Options::new())
        }

        /// The same, with a time limit or certificates of your own.
        ///
        /// # Errors
        /// As for [`anonymous`].
        pub fn anonymous_with(base_url: &str, options: &Options) -> Result<Client, BuildError> {
            let (base_url, http) = connect(base_url, HeaderMap::new(), options, crate::TIMEOUT)?;
            Ok(Client::new_with_client(&base_url, http))
        }
    };
}

pub mod user_key {
    //! The contract `user-key`: a user replaces its own API key.

    pub use crate::generated::user_key::*;

    ways_in!(
        crate::connect::bearer,
        crate::TIMEOUT,
        "the user's current key"
    );
}

pub mod client_keys {
    //! The contract `client-keys`: OAuth 2.0 clients, their access tokens and their keys.
    //!
    //! A client key is exchanged for an access token by an [`anonymous`] client, which also tells whether
    //! one is good and revokes it; the token is the credential of [`client`].

    pub use crate::generated::client_keys::*;

    ways_in!(crate::connect::bearer, crate::TIMEOUT, "an access token");

    anonymous_way_in!("to get a token and to read public documents");
}

pub mod named_keys {
    //! The contract `named-keys`: an organization's keys, each with a name.

    pub use crate::generated::named_keys::*;

    ways_in!(
        crate::connect::bearer,
        crate::TIMEOUT,
        "a named key (`apikey:…`) or a token"
    );
}

pub mod organization_key {
    //! The contract `organization-key`: an organization replaces its API key, and chooses how widely
    //! the change must be replicated.

    pub use crate::generated::organization_key::*;

    ways_in!(
        organization_key_header,
        crate::ORGANIZATION_KEY_TIMEOUT,
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
        crate::TIMEOUT,
        "the root key or a control key"
    );

    anonymous_way_in!("to revoke a key by its secret");

    /// Makes a client for a service that verifies the keys of its own callers.
    ///
    /// A call gives up after [`crate::VERIFICATION_TIMEOUT`]: somebody's request waits for it, and a server that hangs
    /// must not make yours hang, too. What to do then is for you to say: refusing the request (503) lets nobody in.
    /// Make one client and clone it; it keeps its connections.
    ///
    /// # Errors
    /// As for [`client`].
    pub fn verifier(base_url: &str, credential: impl Into<Secret>) -> Result<Client, BuildError> {
        let options = Options::new().timeout(crate::VERIFICATION_TIMEOUT);
        client_with(base_url, credential, &options)
    }
}

#[cfg(test)]
mod tests;
