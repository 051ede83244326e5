//! Access tokens for client keys.

use super::{Guard, Keyring, Limited};
use crate::error::Error;
use crate::key::{KeyId, Scope, Scopes, State};
use crate::secret::Secret;
use crate::token::Minted;

/// How a client proves itself at the token endpoint.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: Secret,
}

/// What a client asks the token endpoint for.
#[derive(Clone, Debug)]
pub struct TokenWish {
    /// The grant; only `client_credentials` is known.
    pub grant_type: String,
    /// The scopes it wants, separated by spaces; all of its key's if `None`.
    pub scope: Option<String>,
}

impl Keyring {
    /// Mints an access token for a client key.
    ///
    /// # Errors
    /// `CredentialMissing`, `CredentialUnknown`, `GrantUnsupported`, `RateLimited`, `ScopeUnavailable`.
    pub async fn issue_token(
        &self,
        credentials: Option<ClientCredentials>,
        wish: TokenWish,
        guard: &mut Guard,
    ) -> Result<Minted, Error> {
        let credentials = credentials.ok_or(Error::CredentialMissing)?;
        let client_id = uuid::Uuid::parse_str(&credentials.client_id).map(KeyId);
        let client_id = client_id.map_err(|_| Error::CredentialUnknown)?;
        if !credentials.client_secret.is_plausible() {
            return Err(Error::CredentialUnknown);
        }
        let found = self.store.find_client(client_id).await?;
        let (held, digest) = found.ok_or(Error::CredentialUnknown)?;
        let now_ms = self.now_ms();
        let is_good = digest.matches(&self.pepper.digest(&credentials.client_secret))
            && held.key.state(now_ms) == State::Live
            && !held.owner.suspended;
        if !is_good {
            return Err(Error::CredentialUnknown);
        }
        guard.caller = Some(held.owner.id);
        self.limit(Limited::ClientKeys, held.owner.id, guard)?;
        if wish.grant_type != "client_credentials" {
            return Err(Error::GrantUnsupported);
        }
        let scopes = match wish.scope.as_deref() {
            None => held.key.scopes,
            Some(list) => {
                let wanted = Scopes::parse(list);
                let is_held = |scope: &Scope| held.key.scopes.has(scope);
                if wanted.as_slice().is_empty() || !wanted.as_slice().iter().all(is_held) {
                    return Err(Error::ScopeUnavailable);
                }
                wanted
            }
        };
        self.tokens.mint(client_id, held.owner.id, scopes, now_ms)
    }
}
