//! Access tokens for client keys.

use super::{Guard, Keyring, Limited, Origin};
use crate::address::allows;
use crate::error::Error;
use crate::key::{Actor, KeyId, Scope, Scopes, State};
use crate::secret::Secret;
use crate::store::Source;
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
    /// Whom the token is for; the issuer if there are none.
    pub targets: Vec<String>,
}

impl Keyring {
    /// Mints an access token for a client key.
    ///
    /// # Errors
    /// `CredentialMissing`, `CredentialUnknown`, `AddressForbidden`, `RateLimited`,
    /// `GrantUnsupported`, `ScopesTooMany`, `ScopeUnavailable`, `TargetUnknown`.
    pub async fn issue_token(
        &self,
        credentials: Option<ClientCredentials>,
        wish: TokenWish,
        origin: Origin,
        guard: &mut Guard,
    ) -> Result<Minted, Error> {
        let credentials = credentials.ok_or(Error::CredentialMissing)?;
        let client_id = uuid::Uuid::parse_str(&credentials.client_id).map(KeyId);
        let client_id = client_id.map_err(|_| Error::CredentialUnknown)?;
        if !credentials.client_secret.is_plausible() {
            return Err(Error::CredentialUnknown);
        }
        let found = if let Some(found) = self.store.recall_client(client_id) {
            Some(found)
        } else {
            let outcome = self.admit_stranger(origin.address);
            outcome.map_err(|error| self.explain(error, origin, guard))?;
            let found = self.store.find_client(client_id, Source::Database);
            found.await?
        };
        let Some((held, digest)) = found else {
            let outcome = self.count_stranger(origin.address);
            outcome.map_err(|error| self.explain(error, origin, guard))?;
            return Err(Error::CredentialUnknown);
        };
        let now_ms = self.now_ms();
        let is_good = digest.matches(&self.pepper.digest(&credentials.client_secret))
            && held.key.state(now_ms) == State::Live
            && !held.owner.suspended;
        if !is_good {
            return Err(Error::CredentialUnknown);
        }
        guard.operation = Some("IssueToken");
        guard.actor = Some(Actor::Key(client_id));
        guard.key_id = Some(client_id);
        guard.caller = Some(held.owner.id);
        if !allows(&held.key.ip_allow, origin.address) {
            return Err(Error::AddressForbidden);
        }
        self.limit(Limited::ClientKeys, &held.owner, Some(&held.key), guard)?;
        if wish.grant_type != "client_credentials" {
            return Err(Error::GrantUnsupported);
        }
        let scopes = match wish.scope.as_deref() {
            None => held.key.scopes.clone(),
            Some(list) => {
                let wanted = Scopes::read(list).ok_or(Error::ScopesTooMany)?;
                let is_held = |scope: &Scope| held.key.scopes.has(scope);
                if wanted.as_slice().is_empty() || !wanted.as_slice().iter().all(is_held) {
                    return Err(Error::ScopeUnavailable);
                }
                wanted
            }
        };
        let audience = self.tokens.audience(&wish.targets)?;
        let ends_at_ms = held.key.ends_at_ms();
        self.tokens.mint(
            client_id,
            held.owner.id,
            scopes,
            audience,
            ends_at_ms,
            now_ms,
        )
    }
}
