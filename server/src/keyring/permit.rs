//! Permits: proof that a caller is known, active, within its limit, and may do one operation.

use std::marker::PhantomData;

use uuid::Uuid;

use super::{Accepts, Keyring, Limited, Operation, Origin};
use crate::error::Error;
use crate::key::{
    Actor, KeyId, Kind, Owner, OwnerId, Principal, RequestId, RetryKey, Scope, Scopes, State,
};
use crate::limit::Rate;
use crate::secret::{Digest, NAMED_PREFIX, Secret};
use crate::store::{Authority, Trail};
use crate::token::Bearer;

/// A caller that may do the operation `O`; every guarded operation takes one.
#[derive(Debug)]
pub struct Permit<O> {
    pub(super) principal: Principal,
    pub(super) retry: Option<RetryKey>,
    pub(super) origin: Origin,
    operation: PhantomData<O>,
}

/// What the guard found out about a caller on the way to a permit or a refusal.
#[derive(Debug, Default)]
pub struct Guard {
    /// The caller, once it is known.
    pub caller: Option<OwnerId>,
    /// The name of its limit and what is left, once it was asked.
    pub rate: Option<(&'static str, Rate)>,
}

impl Keyring {
    /// Asks for a permit: who is it, is it active, may it, and not too often?
    ///
    /// # Errors
    /// In this order: a credential error, `OwnerSuspended`, `ScopeInsufficient`, `RateLimited`.
    pub async fn permit<O: Operation>(
        &self,
        credential: Option<Secret>,
        retry: Option<RetryKey>,
        origin: Origin,
        guard: &mut Guard,
    ) -> Result<Permit<O>, Error> {
        let secret = credential.ok_or(Error::CredentialMissing)?;
        let retry_key = retry
            .as_ref()
            .filter(|key| O::ROTATES_CALLER && key.is_unguessable());
        let rotation = retry_key.map(|key| (O::NAME, key));
        let principal = self.authenticate(O::ACCEPTS, &secret, rotation).await?;
        if let Some(owner) = &principal.owner {
            guard.caller = Some(owner.id);
            if owner.suspended {
                return Err(Error::OwnerSuspended);
            }
        }
        if let Some(scopes) = &principal.scopes
            && !scopes.cover(O::SCOPES)
        {
            return Err(Error::ScopeInsufficient {
                required: O::SCOPES.to_vec(),
                actual: scopes.as_slice().to_vec(),
            });
        }
        if let Some(owner) = &principal.owner {
            self.limit(O::LIMITED, owner.id, guard)?;
        }
        Ok(Permit {
            principal,
            retry,
            origin,
            operation: PhantomData,
        })
    }

    /// Takes one request from the caller's window, if its contract has a limit.
    pub(super) fn limit(
        &self,
        limited: Limited,
        owner_id: OwnerId,
        guard: &mut Guard,
    ) -> Result<(), Error> {
        let Some(rate) = self.take(limited, owner_id) else {
            return Ok(());
        };
        guard.rate = Some((limited.name(), rate));
        if rate.passes {
            return Ok(());
        }
        Err(Error::RateLimited {
            retry_after_s: rate.retry_after_s,
        })
    }

    /// Finds out who presents a credential. A key that was replaced passes only to fetch the answer of
    /// the very `rotation` that replaced it: an operation and the retry key that it was called with.
    async fn authenticate(
        &self,
        accepts: Accepts,
        secret: &Secret,
        rotation: Option<(&str, &RetryKey)>,
    ) -> Result<Principal, Error> {
        let digest = || self.pepper.digest(secret);
        match accepts {
            Accepts::Key(kind) => self.key_principal(secret, digest(), kind, rotation).await,
            Accepts::Token => match self.token_principal(secret).await? {
                // Only `named-keys` takes the tokens of other issuers.
                Principal {
                    actor: Actor::Issuer(_),
                    ..
                } => Err(Error::CredentialUnknown),
                principal => Ok(principal),
            },
            Accepts::NamedKeyOrToken if secret.expose().starts_with(NAMED_PREFIX) => {
                self.key_principal(secret, digest(), Kind::Named, None)
                    .await
            }
            Accepts::NamedKeyOrToken => {
                let mut principal = self.token_principal(secret).await?;
                principal.scopes = principal.scopes.as_ref().map(named_scopes);
                Ok(principal)
            }
            Accepts::Control => match digest() {
                digest if digest.matches(&self.root) => Ok(Principal {
                    actor: Actor::Root,
                    key_id: None,
                    owner: None,
                    scopes: None,
                }),
                digest => {
                    self.key_principal(secret, digest, Kind::Control, None)
                        .await
                }
            },
        }
    }

    async fn key_principal(
        &self,
        secret: &Secret,
        digest: Digest,
        kind: Kind,
        rotation: Option<(&str, &RetryKey)>,
    ) -> Result<Principal, Error> {
        if !secret.is_plausible() {
            return Err(Error::CredentialUnknown);
        }
        let held = self.store.find_key_by_digest(digest).await?;
        let held = held
            .filter(|held| held.key.kind == kind)
            .ok_or(Error::CredentialUnknown)?;
        let now_ms = self.now_ms();
        let may_ask = match (held.key.state(now_ms), rotation) {
            (State::Live, _) => true,
            (State::Replaced, Some((operation, retry))) => {
                let id = self.replay_id(Some(held.owner.id), operation, retry);
                self.store.serves_retry(id, held.key.id, now_ms).await?
            }
            (State::Replaced | State::Disabled | State::Expired | State::Revoked, _) => false,
        };
        if !may_ask {
            return Err(Error::CredentialUnknown);
        }
        Ok(Principal {
            actor: Actor::Key(held.key.id),
            key_id: Some(held.key.id),
            owner: Some(held.owner),
            scopes: Some(held.key.scopes),
        })
    }

    async fn token_principal(&self, token: &Secret) -> Result<Principal, Error> {
        let now_ms = self.now_ms();
        let claims = self.tokens.check(token, now_ms)?;
        match claims.bearer {
            Bearer::Client(client) => {
                let held = self.store.find_key(client).await?;
                let held = held.ok_or(Error::CredentialUnknown)?;
                if held.key.state(now_ms) != State::Live {
                    return Err(Error::CredentialUnknown);
                }
                let still_held = |scope: &&Scope| held.key.scopes.has(scope);
                Ok(Principal {
                    actor: Actor::Token(client),
                    key_id: Some(client),
                    scopes: Some(
                        claims
                            .scopes
                            .as_slice()
                            .iter()
                            .filter(still_held)
                            .cloned()
                            .collect(),
                    ),
                    owner: Some(held.owner),
                })
            }
            Bearer::Issuer(name) => {
                let owner = self.find_organization(claims.organization_id).await?;
                Ok(Principal {
                    actor: Actor::Issuer(name),
                    key_id: None,
                    owner: Some(owner.ok_or(Error::CredentialUnknown)?),
                    scopes: Some(claims.scopes),
                })
            }
        }
    }
}

impl<O> Permit<O> {
    /// The server's own permit, at its first start.
    pub(super) fn of_server() -> Self {
        let principal = Principal {
            actor: Actor::Server,
            key_id: None,
            owner: None,
            scopes: None,
        };
        let origin = Origin {
            request_id: RequestId(Uuid::nil()),
            address: None,
        };
        Self {
            principal,
            retry: None,
            origin,
            operation: PhantomData,
        }
    }

    /// Whom the caller acts for; root acts for nobody.
    pub(super) fn owner(&self) -> Result<&Owner, Error> {
        self.principal
            .owner
            .as_ref()
            .ok_or(Error::CredentialUnknown)
    }

    /// The caller's own key, or the one behind its token.
    pub(super) fn key_id(&self) -> Result<KeyId, Error> {
        self.principal.key_id.ok_or(Error::CredentialUnknown)
    }

    /// What the change rests on, to be checked again when it is made.
    pub(super) fn authority(&self) -> Authority {
        Authority {
            key_id: self.principal.key_id,
            owner_ids: self.principal.owner.iter().map(|owner| owner.id).collect(),
        }
    }

    /// What the events say about the change.
    pub(super) fn trail(&self) -> Trail {
        Trail {
            actor: self.principal.actor.clone(),
            request_id: self.origin.request_id,
            address: self.origin.address,
        }
    }
}

/// The scopes of a token in the words of `named-keys`.
fn named_scopes(scopes: &Scopes) -> Scopes {
    const READ: Scope = Scope::known("Read");
    const WRITE: Scope = Scope::known("Write");
    let reads = scopes.has(&READ) || scopes.has(&Scope::known("read:api-key"));
    let writes = scopes.has(&WRITE)
        || scopes.cover(&[
            Scope::known("create:api-key"),
            Scope::known("delete:api-key"),
        ]);
    let held = [(reads, READ), (writes, WRITE)];
    held.into_iter()
        .filter_map(|(is_held, scope)| is_held.then_some(scope))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::named_scopes;
    use crate::key::Scopes;

    #[test]
    fn token_scopes_mean_the_same_in_both_contracts() {
        let meaning = |list: &str| named_scopes(&Scopes::parse(list)).to_string();
        assert_eq!(meaning("read:api-key"), "Read");
        assert_eq!(meaning("create:api-key"), "");
        assert_eq!(meaning("create:api-key delete:api-key"), "Write");
        assert_eq!(meaning("Write Read other"), "Read Write");
    }
}
