//! Permits: proof that a caller is known, active, within its limit, and may do one operation.

use std::marker::PhantomData;
use std::net::IpAddr;

use super::lookup::Digested;
use super::windows::{Asked, Subject};
use super::{Accepts, Keyring, Limited, Operation, Origin};
use crate::token::Bearer;
use keywright_model::address::allows;
use keywright_model::bounds::named_scopes;
use keywright_model::error::Error;
use keywright_model::event::Actor;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{HeldKey, Key, Kind, State};
use keywright_model::limit::NamedRate;
use keywright_model::owner::Owner;
use keywright_model::principal::Principal;
use keywright_model::retry::RetryKey;
use keywright_model::scope::Scope;
use keywright_model::secret::{NAMED_PREFIX, Secret};
use keywright_store::{Authority, Source, Trail};

/// A caller that may do the operation `O`; every guarded operation takes one.
#[derive(Debug)]
pub struct Permit<O> {
    pub(super) principal: Principal,
    pub(super) retry: Option<RetryKey>,
    pub(super) origin: Origin,
    operation: PhantomData<O>,
}

/// What the guard found out about a caller on the way to a permit or a refusal.
#[derive(Clone, Debug, Default)]
pub struct CallerFacts {
    /// What the caller wants, once that is known.
    pub operation: Option<&'static str>,
    /// Who it is, once it is known.
    pub actor: Option<Actor>,
    /// Its key, if it has one.
    pub key_id: Option<KeyId>,
    /// Whom it acts for; root acts for nobody.
    pub caller: Option<OwnerId>,
    /// The end of its key, if that is in its grace.
    pub grace_until_ms: Option<i64>,
    /// Its tightest window, once they were asked.
    pub rate: Option<NamedRate>,
}

impl CallerFacts {
    /// Keeps who the caller is.
    pub(super) fn know(&mut self, principal: &Principal) {
        self.actor = Some(principal.actor.clone());
        self.key_id = principal.key.as_ref().map(|key| key.id);
        self.caller = principal.owner.as_ref().map(|owner| owner.id);
        let key = principal.key.as_deref();
        self.grace_until_ms = key.and_then(|key| key.grace_until_ms.and(key.ends_at_ms()));
    }
}

impl Keyring {
    /// Asks for a permit: who is it, is it active, may it, and not too often?
    ///
    /// # Errors
    /// In this order: a credential error (or `RateLimited`, where too many were unknown),
    /// `OwnerSuspended`, `AddressForbidden`, `ScopeInsufficient`, `RateLimited`.
    pub async fn permit<O: Operation>(
        &self,
        credential: Option<Secret>,
        retry: Option<RetryKey>,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<Permit<O>, Error> {
        let secret = credential.ok_or(Error::CredentialMissing)?;
        let began = self.store.standing();
        let retry_key = retry
            .as_ref()
            .filter(|key| O::ROTATES_CALLER && key.is_unguessable());
        let rotation = retry_key.map(|key| (O::NAME, key));
        facts.operation = Some(O::NAME);
        let credential = Presented {
            secret: &secret,
            address: origin.address,
        };
        let principal = self.authenticate(O::ACCEPTS, credential, rotation).await;
        let principal = principal.map_err(|error| self.explain(error, origin, facts))?;
        facts.know(&principal);
        if principal
            .owner
            .as_ref()
            .is_some_and(|owner| owner.suspended)
        {
            return Err(Error::OwnerSuspended);
        }
        if let Some(key) = &principal.key
            && !allows(&key.ip_allow, origin.address)
        {
            return Err(Error::AddressForbidden);
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
            let limited = self.limit(O::LIMITED, owner, principal.key.as_deref(), facts);
            limited.await?;
        }
        self.store.confirm(began)?;
        Ok(Permit {
            principal,
            retry,
            origin,
            operation: PhantomData,
        })
    }

    /// Takes one request from every window that it meets: of the contract, the owner and the key.
    pub(super) async fn limit(
        &self,
        limited: Limited,
        owner: &Owner,
        key: Option<&Key>,
        facts: &mut CallerFacts,
    ) -> Result<(), Error> {
        let contract = self.settings.limits.get(&limited).map(|limit| Asked {
            subject: Subject::Contract(limited),
            name: limited.name(),
            limit: *limit,
        });
        let mut asked: Vec<Asked<'_>> = contract.into_iter().collect();
        asked.extend(windows_of(owner, key));
        let taken = self.take(owner.id, &asked, 1, self.now_ms()).await?;
        let Some(taken) = taken else {
            return Ok(());
        };
        let rate = taken.rate;
        facts.rate = Some(NamedRate {
            name: taken.name.to_owned(),
            rate,
        });
        if taken.passes {
            return Ok(());
        }
        Err(Error::RateLimited {
            retry_after_s: rate.retry_after_s.unwrap_or(rate.limit.window_s),
        })
    }

    /// The key with this secret, whatever has become of it. What is not in memory is looked up only
    /// while its address has not caused too many look-ups of what does not exist.
    pub(super) async fn find_presented(
        &self,
        secret: &Secret,
        digested: Digested,
        address: Option<IpAddr>,
    ) -> Result<Option<HeldKey>, Error> {
        if let Some(held) = self.recall(&digested) {
            return Ok(Some(held));
        }
        self.admit_stranger(address)?;
        let found = self.find(secret, digested, Source::Cache).await?;
        if found.is_none() {
            self.count_stranger(address)?;
        }
        Ok(found)
    }

    /// Whether an address may cause one more look-up of a credential that is not in memory.
    pub(super) fn admit_stranger(&self, address: Option<IpAddr>) -> Result<(), Error> {
        let outcome = self.unknown_keys.check(address, self.now_ms());
        outcome.map_err(|retry_after_s| Error::RateLimited { retry_after_s })
    }

    /// Counts a look-up of a credential that does not exist.
    pub(super) fn count_stranger(&self, address: Option<IpAddr>) -> Result<(), Error> {
        let outcome = self.unknown_keys.take(address, self.now_ms());
        outcome.map_err(|retry_after_s| Error::RateLimited { retry_after_s })
    }

    /// Adds to a refusal by the limit for strangers what is left of their window.
    pub(super) fn explain(&self, error: Error, origin: Origin, facts: &mut CallerFacts) -> Error {
        if matches!(error, Error::RateLimited { .. }) {
            let rate = self.unknown_keys.rate(origin.address, self.now_ms());
            facts.rate = rate.map(|rate| NamedRate {
                name: "unknown".to_owned(),
                rate,
            });
        }
        error
    }

    /// Finds out who presents a credential. A key that was replaced passes only to fetch the answer of
    /// the very `rotation` that replaced it: an operation and the retry key that it was called with.
    async fn authenticate(
        &self,
        accepts: Accepts,
        credential: Presented<'_>,
        rotation: Option<(&str, &RetryKey)>,
    ) -> Result<Principal, Error> {
        let secret = credential.secret;
        let digest = || self.digest(secret);
        match accepts {
            Accepts::Key(kind) => {
                self.key_principal(credential, digest(), kind, rotation)
                    .await
            }
            Accepts::Token => match self.token_principal(credential).await? {
                // Only `named-keys` takes the tokens of other issuers.
                Principal {
                    actor: Actor::Issuer(_),
                    ..
                } => Err(Error::CredentialUnknown),
                principal => Ok(principal),
            },
            Accepts::NamedKeyOrToken if secret.expose().starts_with(NAMED_PREFIX) => {
                self.key_principal(credential, digest(), Kind::Named, None)
                    .await
            }
            Accepts::NamedKeyOrToken => {
                let mut principal = self.token_principal(credential).await?;
                principal.scopes = principal.scopes.as_ref().map(named_scopes);
                Ok(principal)
            }
            Accepts::Control => match digest() {
                digested if self.is_root(digested.digests()) => Ok(Principal {
                    actor: Actor::Root,
                    key: None,
                    token: None,
                    owner: None,
                    scopes: None,
                }),
                digested => {
                    self.key_principal(credential, digested, Kind::Control, None)
                        .await
                }
            },
        }
    }

    async fn key_principal(
        &self,
        credential: Presented<'_>,
        digested: Digested,
        kind: Kind,
        rotation: Option<(&str, &RetryKey)>,
    ) -> Result<Principal, Error> {
        if !credential.secret.is_plausible() {
            return Err(Error::CredentialUnknown);
        }
        let found = self.find_presented(credential.secret, digested, credential.address);
        let held = found.await?;
        let held = held
            .filter(|held| held.key.kind == kind)
            .ok_or(Error::CredentialUnknown)?;
        let now_ms = self.now_ms();
        let may_ask = match (held.key.state(now_ms), rotation) {
            (State::Live, _) => true,
            (State::Replaced, Some((operation, retry))) => {
                let id = self.replay_id(Some(held.owner.id), operation, retry);
                self.store
                    .database()
                    .serves_retry(id, held.key.id, now_ms)
                    .await?
            }
            (State::Replaced | State::Disabled | State::Expired | State::Revoked, _) => false,
        };
        if !may_ask {
            return Err(Error::CredentialUnknown);
        }
        Ok(Principal {
            actor: Actor::Key(held.key.id),
            token: None,
            scopes: Some(held.key.scopes.clone()),
            owner: Some(held.owner),
            key: Some(held.key),
        })
    }

    async fn token_principal(&self, token: Presented<'_>) -> Result<Principal, Error> {
        let now_ms = self.now_ms();
        let claims = self.tokens.check(token.secret, now_ms)?;
        match claims.bearer {
            Bearer::Client { key_id, token } => {
                if self.is_revoked(token).await? {
                    return Err(Error::CredentialUnknown);
                }
                // The bearer of a token that we signed is no stranger.
                let found = self.store.find_client(key_id, Source::Cache).await?;
                let (held, _) = found.ok_or(Error::CredentialUnknown)?;
                if held.key.state(now_ms) != State::Live {
                    return Err(Error::CredentialUnknown);
                }
                let still_held = |scope: &&Scope| held.key.scopes.has(scope);
                Ok(Principal {
                    actor: Actor::Token(key_id),
                    token: Some(token),
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
                    key: Some(held.key),
                })
            }
            Bearer::Issuer(name) => {
                let owner = self.find_organization(claims.organization_id).await?;
                Ok(Principal {
                    actor: Actor::Issuer(name),
                    key: None,
                    token: None,
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
            key: None,
            token: None,
            owner: None,
            scopes: None,
        };
        Self {
            principal,
            retry: None,
            origin: Origin::of_server(),
            operation: PhantomData,
        }
    }

    /// Whom the caller acts for; root acts for nobody.
    pub(super) fn owner(&self) -> Result<&Owner, Error> {
        self.principal
            .owner
            .as_deref()
            .ok_or(Error::CredentialUnknown)
    }

    /// The caller's own key, or the one behind its token.
    pub(super) fn key_id(&self) -> Result<KeyId, Error> {
        let key = self.principal.key.as_ref();
        key.map(|key| key.id).ok_or(Error::CredentialUnknown)
    }

    /// What the change rests on, to be checked again when it is made.
    pub(super) fn authority(&self) -> Authority {
        Authority {
            token: self.principal.token,
            key_id: self.principal.key.as_ref().map(|key| key.id),
            scopes: self
                .principal
                .key
                .as_ref()
                .map(|key| key.scopes.clone())
                .unwrap_or_default(),
            owner_ids: self.principal.owner.iter().map(|owner| owner.id).collect(),
            keys_max: None,
        }
    }

    /// What the events say about the change.
    pub(super) fn trail(&self) -> Trail {
        self.origin.trail(self.principal.actor.clone())
    }
}

/// A credential, and where it came from.
#[derive(Clone, Copy)]
struct Presented<'a> {
    secret: &'a Secret,
    address: Option<IpAddr>,
}

/// The windows that a use of a key meets: those of its owner, and its own.
pub(super) fn windows_of<'a>(
    owner: &'a Owner,
    key: Option<&'a Key>,
) -> impl Iterator<Item = Asked<'a>> {
    let of_owner = owner
        .rate_limits
        .iter()
        .map(|named| (Subject::Owner, named));
    let of_key = key.into_iter().flat_map(|key| {
        let subject = Subject::Key(key.lineage.0);
        key.rate_limits.iter().map(move |named| (subject, named))
    });
    of_owner.chain(of_key).map(|(subject, named)| Asked {
        subject,
        name: &named.name,
        limit: named.limit,
    })
}
