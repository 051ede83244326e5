//! What an access token is good for, told to those who may know it (RFC 7662).
//! Leaves how tokens are made and ended to `tokens`.

use super::{CallerFacts, ClientCredentials, IntrospectToken, Keyring, Origin, Permit};
use crate::token::IssuedToken;
use keywright_model::error::Error;
use keywright_model::key::{HeldKey, State};
use keywright_model::scope::{Scope, Scopes};
use keywright_model::secret::Secret;
use keywright_store::Source;
use keywright_store::freshness::Standing;

/// A token that is good now.
#[derive(Clone, Debug)]
pub struct TokenState {
    /// The token, as it was minted.
    pub issued: IssuedToken,
    /// What it still allows: its client key may have been narrowed since.
    pub scopes: Scopes,
}

impl Keyring {
    /// What a client may know of a token: all of its own that is good, and nothing of anything else.
    ///
    /// # Errors
    /// `CredentialMissing`, `CredentialUnknown`, `AddressForbidden`, `RateLimited`.
    pub async fn introspect_own_token(
        &self,
        credentials: Option<ClientCredentials>,
        token: &Secret,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<Option<TokenState>, Error> {
        let began = self.store.standing();
        let held = self
            .known_client("IntrospectToken", credentials, origin, facts)
            .await?;
        let issued = self.tokens.read_issued(token, self.now_ms());
        match issued.filter(|issued| issued.client_id == held.key.id) {
            Some(issued) => self.state_of(issued, &held, began).await,
            None => Ok(None),
        }
    }

    /// What a service may know of a token: all of those within its reach that are good.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn introspect_token(
        &self,
        permit: &Permit<IntrospectToken>,
        token: &Secret,
    ) -> Result<Option<TokenState>, Error> {
        let Some(issued) = self.tokens.read_issued(token, self.now_ms()) else {
            return Ok(None);
        };
        let began = self.store.standing();
        let client = self.store.find_client(issued.client_id, Source::Cache);
        let Some((held, _)) = client.await? else {
            return Ok(None);
        };
        if !self.reaches(permit, held.owner.id).await? {
            return Ok(None);
        }
        self.state_of(issued, &held, began).await
    }

    async fn state_of(
        &self,
        issued: IssuedToken,
        client: &HeldKey,
        began: Option<Standing>,
    ) -> Result<Option<TokenState>, Error> {
        let is_good = client.key.state(self.now_ms()) == State::Live
            && !client.owner.suspended
            && !self.is_revoked(issued.token).await?;
        self.store.confirm(began)?;
        if !is_good {
            return Ok(None);
        }
        let still_held = |scope: &&Scope| client.key.scopes.has(scope);
        let scopes = issued.scopes.as_slice().iter();
        let scopes = scopes.filter(still_held).cloned().collect();
        Ok(Some(TokenState { issued, scopes }))
    }
}
