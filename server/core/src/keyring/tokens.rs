//! Access tokens for client keys: how they are made, and how they end before their time.
//! Leaves what is told of them to `introspection`, and what they open to `permit`.

use super::{CallerFacts, Keyring, Limited, Origin};
use crate::token::Minted;
use keywright_model::address::allows;
use keywright_model::error::Error;
use keywright_model::event::Actor;
use keywright_model::id::KeyId;
use keywright_model::key::{HeldKey, State};
use keywright_model::principal::TokenUse;
use keywright_model::scope::{Scope, Scopes};
use keywright_model::secret::Secret;
use keywright_store::{Authority, Source, Write, command};

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
        facts: &mut CallerFacts,
    ) -> Result<Minted, Error> {
        let held = self
            .known_client("IssueToken", credentials, origin, facts)
            .await?;
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
        let (client_id, owner_id) = (held.key.id, held.owner.id);
        let ends_at_ms = held.key.ends_at_ms();
        self.tokens.mint(
            client_id,
            owner_id,
            scopes,
            audience,
            ends_at_ms,
            self.now_ms(),
        )
    }

    /// Ends an access token for good, if it is one of the client's own; anything else is none of its, and
    /// nothing changes (RFC 7009, section 2.2).
    ///
    /// # Errors
    /// `CredentialMissing`, `CredentialUnknown`, `AddressForbidden`, `RateLimited`.
    pub async fn revoke_token(
        &self,
        credentials: Option<ClientCredentials>,
        token: &Secret,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<(), Error> {
        let held = self
            .known_client("RevokeToken", credentials, origin, facts)
            .await?;
        let (client_id, owner_id) = (held.key.id, held.owner.id);
        let issued = self.tokens.read_issued(token, self.now_ms());
        let Some(issued) = issued.filter(|issued| issued.client_id == client_id) else {
            return Ok(());
        };
        let write = Write {
            authority: Authority {
                key_id: Some(client_id),
                owner_ids: vec![owner_id],
                ..Authority::default()
            },
            change: command::RevokeToken {
                token: issued.token,
                client_id,
                owner_id,
            },
            trail: origin.trail(Actor::Key(client_id)),
            replay: None,
        };
        self.store.run(write).await
    }

    /// Whether an access token was revoked before its end.
    pub(super) async fn is_revoked(&self, token: TokenUse) -> Result<bool, Error> {
        match self.store.recall_revocation(token, self.now_ms()) {
            Some(is_revoked) => Ok(is_revoked),
            None => self.store.is_revoked(token).await,
        }
    }

    /// The client key that these credentials prove, live, allowed here, and within its limit.
    pub(super) async fn known_client(
        &self,
        operation: &'static str,
        credentials: Option<ClientCredentials>,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<HeldKey, Error> {
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
            outcome.map_err(|error| self.explain(error, origin, facts))?;
            let found = self.store.find_client(client_id, Source::Database);
            found.await?
        };
        let Some((held, digest)) = found else {
            let outcome = self.count_stranger(origin.address);
            outcome.map_err(|error| self.explain(error, origin, facts))?;
            return Err(Error::CredentialUnknown);
        };
        let peppers = self.peppers();
        let digests = peppers.digests(&credentials.client_secret);
        let is_its_own = digests.match_one(&digest);
        if is_its_own {
            self.rekey_later(&held.key, digest, digests.newest, peppers.newest());
        }
        let is_good =
            is_its_own && held.key.state(self.now_ms()) == State::Live && !held.owner.suspended;
        if !is_good {
            return Err(Error::CredentialUnknown);
        }
        facts.operation = Some(operation);
        facts.actor = Some(Actor::Key(client_id));
        facts.key_id = Some(client_id);
        facts.caller = Some(held.owner.id);
        if !allows(&held.key.ip_allow, origin.address) {
            return Err(Error::AddressForbidden);
        }
        self.limit(Limited::ClientKeys, &held.owner, Some(&held.key), facts)
            .await?;
        Ok(held)
    }
}
