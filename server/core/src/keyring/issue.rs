//! Issuing and rotating keys, in the four documented contracts and for the operator.

use std::sync::Arc;
use std::time::Duration;

use super::{
    CreateClientKey, CreateNamedKey, Keyring, Operation, Permit, RotateOrganizationKey,
    RotateUserKey, validate,
};
use keywright_model::bounds;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind};
use keywright_model::owner::{Owner, OwnerKind};
use keywright_model::retry::RetryKey;
use keywright_model::scope::NamedRole;
use keywright_model::secret::{
    CLIENT_PREFIX, CONTROL_PREFIX, Digest, STANDARD_PREFIX, Secret, fingerprint,
};
use keywright_store::command::{self, Answered, Rotated};
use keywright_store::{Authority, Command, NewKey, NewReplay, Place, Replayed, Write};

/// A key that was just issued, with the secret that is shown this once.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The key.
    pub key: Key,
    /// Its secret.
    pub secret: Secret,
}

/// Where a change must have arrived before its answer leaves, and how long the caller waits for that.
///
/// One server is one region: in it, a change that is committed has arrived everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Consistency {
    /// Seconds after which the caller would rather have an answer.
    pub timeout_s: u32,
}

impl Keyring {
    /// Replaces the caller's own key.
    ///
    /// # Errors
    /// `CredentialUnknown` if another call was faster.
    pub async fn rotate_user_key(&self, permit: &Permit<RotateUserKey>) -> Result<Issued, Error> {
        let owner = permit.owner()?;
        let own_key = permit.key_id()?;
        let successor = self.draft(Kind::User, owner.id, Secret::uuid());
        let place = Place::Of(own_key);
        self.replace(permit, permit.authority(), place, successor, &[])
            .await
    }

    /// Replaces the key of an organization, which is the caller's or below it.
    ///
    /// # Errors
    /// `CredentialUnknown` if the caller may not act for it, or it does not exist: the two look alike.
    /// `ConsistencyTimeout` if the wish was not met in time; the change may still happen.
    pub async fn rotate_organization_key(
        &self,
        permit: &Permit<RotateOrganizationKey>,
        organization_id: OwnerId,
        consistency: Consistency,
    ) -> Result<Issued, Error> {
        let work = self.rotate_organization_key_whenever(permit, organization_id);
        let timeout = Duration::from_secs(u64::from(consistency.timeout_s));
        let outcome = self.runtime.timeout(timeout, work).await;
        outcome.unwrap_or(Err(Error::ConsistencyTimeout {
            timeout_s: consistency.timeout_s,
        }))
    }

    async fn rotate_organization_key_whenever(
        &self,
        permit: &Permit<RotateOrganizationKey>,
        organization_id: OwnerId,
    ) -> Result<Issued, Error> {
        let caller = permit.owner()?;
        let own_key = permit.key_id()?;
        if !self
            .store
            .database()
            .is_ancestor(caller.id, organization_id)
            .await?
        {
            return Err(Error::CredentialUnknown);
        }
        let organization = self.find_organization(organization_id).await?;
        if organization.ok_or(Error::CredentialUnknown)?.suspended {
            return Err(Error::OwnerSuspended);
        }
        let mut authority = permit.authority();
        let place = if caller.id == organization_id {
            Place::Of(own_key)
        } else {
            authority.owner_ids.push(organization_id);
            Place::OfOwner
        };
        let successor = self.draft(Kind::Organization, organization_id, Secret::organization());
        let request = [organization_id.0.as_bytes().as_slice()];
        self.replace(permit, authority, place, successor, &request)
            .await
    }

    /// Makes a client key, which may do what the caller's token may, and no more: not elsewhere, not longer,
    /// not more often than the key behind the token.
    ///
    /// # Errors
    /// `Invalid` if the name breaks a rule; `WiderThanCaller` if the key behind the token has credits.
    pub async fn create_client_key(
        &self,
        permit: &Permit<CreateClientKey>,
        name: String,
    ) -> Result<Issued, Error> {
        validate::check_client_name(&name)?;
        let owner = permit.owner()?;
        let mut draft = self.draft(Kind::Client, owner.id, Secret::checksummed(CLIENT_PREFIX));
        draft.key.scopes = permit.principal.scopes.clone().unwrap_or_default();
        draft.key.name = Some(name.clone());
        bound(permit, &mut draft.key)?;
        // A token with other scopes asks for another key.
        let scopes = draft.key.scopes.to_string();
        let request = [name.as_bytes(), scopes.as_bytes()];
        self.issue_draft(permit, draft, &request).await
    }

    /// Makes a named key that may do what its role says, where, as long and as often as the caller's key may;
    /// without a role it may read and write. Either is no more than the caller must be able to do.
    ///
    /// # Errors
    /// `NameEmpty`, `NameTooLong`, `NameUnmatched`, `NameTaken`; `WiderThanCaller` if the caller's key has
    /// credits.
    pub async fn create_named_key(
        &self,
        permit: &Permit<CreateNamedKey>,
        name: String,
        role: Option<NamedRole>,
    ) -> Result<Issued, Error> {
        validate::check_named_name(&name)?;
        let owner = permit.owner()?;
        let mut draft = self.draft(Kind::Named, owner.id, Secret::named());
        draft.key.scopes = role.unwrap_or(NamedRole::Write).scopes();
        draft.key.name = Some(name.clone());
        bound(permit, &mut draft.key)?;
        // A body with another role asks for another key.
        let role = role.map(|role| role.word().as_bytes());
        let request: Vec<&[u8]> = [name.as_bytes()].into_iter().chain(role).collect();
        self.issue_draft(permit, draft, &request).await
    }

    /// Issues a drafted key by the caller's own authority.
    pub(super) async fn issue_draft<O: Operation>(
        &self,
        permit: &Permit<O>,
        draft: Issued,
        request: &[&[u8]],
    ) -> Result<Issued, Error> {
        let new = self.digested(&draft);
        let command = command::Issue { new };
        self.issue(permit, permit.authority(), command, draft.secret, request)
            .await
    }

    /// Puts `successor`, which is of the form of the key in a place, there.
    async fn replace<O: Operation>(
        &self,
        permit: &Permit<O>,
        authority: Authority,
        place: Place,
        successor: Issued,
        request: &[&[u8]],
    ) -> Result<Issued, Error> {
        let command = command::Replace {
            place,
            successor: self.digested(&successor),
        };
        self.issue(permit, authority, command, successor.secret, request)
            .await
    }

    /// Makes the change that issues a key, or finds the answer of an earlier one with the same retry key.
    async fn issue<O: Operation>(
        &self,
        permit: &Permit<O>,
        authority: Authority,
        command: impl Command<Outcome = Answered<Arc<Key>>>,
        secret: Secret,
        request: &[&[u8]],
    ) -> Result<Issued, Error> {
        let write = self.issuing(permit, authority, command, &secret, request);
        self.issued(permit, self.store.run(write).await?, secret)
    }

    /// Puts `successor` in the place of the key with this id, if it is of the same form; or else returns that key.
    pub(super) async fn succeed<O: Operation>(
        &self,
        permit: &Permit<O>,
        id: KeyId,
        grace_ms: i64,
        successor: Issued,
        request: &[&[u8]],
    ) -> Result<Result<Issued, Arc<Key>>, Error> {
        let command = command::Rotate {
            id,
            grace_ms,
            successor: self.digested(&successor),
        };
        let secret = successor.secret;
        let write = self.issuing(permit, permit.authority(), command, &secret, request);
        match self.store.run(write).await? {
            Rotated::Unlike(old) => Ok(Err(old)),
            Rotated::Answered(answered) => self.issued(permit, answered, secret).map(Ok),
        }
    }

    /// A command that issues a key with this secret; its answer is kept if the caller has sent a retry key.
    pub(super) fn issuing<O: Operation, C: Command>(
        &self,
        permit: &Permit<O>,
        authority: Authority,
        command: C,
        secret: &Secret,
        request: &[&[u8]],
    ) -> Write<C> {
        Write {
            authority: Authority {
                keys_max: self.settings.keys_per_owner,
                ..authority
            },
            change: command,
            trail: permit.trail(),
            replay: self.replay(permit, secret, request),
        }
    }

    fn issued<O>(
        &self,
        permit: &Permit<O>,
        answered: Answered<Arc<Key>>,
        secret: Secret,
    ) -> Result<Issued, Error> {
        match answered {
            Answered::Made(key) => {
                let key = Arc::unwrap_or_clone(key);
                Ok(Issued { key, secret })
            }
            Answered::Replay(replayed) => self.issued_before(permit, *replayed),
        }
    }

    /// The key and the secret of an earlier change, which is answered again.
    pub(super) fn issued_before<O>(
        &self,
        permit: &Permit<O>,
        replayed: Replayed,
    ) -> Result<Issued, Error> {
        let secret = self.unseal_replay(permit, &replayed.sealed_secret)?;
        let key = replayed.key;
        Ok(Issued { key, secret })
    }

    fn replay<O: Operation>(
        &self,
        permit: &Permit<O>,
        secret: &Secret,
        request: &[&[u8]],
    ) -> Option<NewReplay> {
        let retry = permit.retry.as_ref()?;
        let principal = permit.principal.owner.as_ref().map(|owner| owner.id);
        Some(NewReplay {
            id: self.replay_id(principal, O::NAME, retry),
            fingerprint: fingerprint(request),
            sealed_secret: self
                .replay_pepper
                .seal(&retry.0, secret.expose().as_bytes()),
            serves_replaced_key: O::ROTATES_CALLER && retry.is_unguessable(),
            expires_at_ms: self.now_ms() + self.settings.retry_window_ms,
        })
    }

    /// The id of a kept answer. The principal is the owner, not the key: a rotation must not cut its
    /// own retry off. Root has no owner.
    pub(super) fn replay_id(
        &self,
        principal: Option<OwnerId>,
        operation: &str,
        retry: &RetryKey,
    ) -> Digest {
        let principal = principal.map_or_else(Vec::new, |id| id.0.as_bytes().to_vec());
        self.replay_pepper
            .mac(&[&principal, operation.as_bytes(), retry.0.as_bytes()])
    }

    fn unseal_replay<O>(&self, permit: &Permit<O>, sealed: &[u8]) -> Result<Secret, Error> {
        let retry = permit
            .retry
            .as_ref()
            .ok_or_else(|| Error::internal("no retry key"))?;
        let text = self.replay_pepper.unseal(&retry.0, sealed);
        let text = text.ok_or_else(|| Error::internal("a kept answer cannot be unsealed"))?;
        String::from_utf8(text.to_vec())
            .map(Secret::new)
            .map_err(Error::internal)
    }

    /// A key as it will be, with its secret: enabled, without name, scopes or metadata, and without an end unless
    /// every key must have one.
    pub(super) fn draft(&self, kind: Kind, owner_id: OwnerId, secret: Secret) -> Issued {
        let id = KeyId(self.new_id());
        let now_ms = self.now_ms();
        Issued {
            key: Key {
                expires_at_ms: self.end_max_ms(now_ms),
                end_is_given: self.settings.key_lifetime_max_ms.is_some(),
                ..Key::draft(id, kind, owner_id, secret.hint(), now_ms)
            },
            secret,
        }
    }

    /// The last instant at which a key that is issued or changed at `now_ms` may end; `None` for any or none.
    pub(super) fn end_max_ms(&self, now_ms: i64) -> Option<i64> {
        let lifetime_max_ms = self.settings.key_lifetime_max_ms?;
        Some(now_ms.saturating_add(lifetime_max_ms))
    }

    /// The form of a draft that is stored.
    pub(super) fn digested(&self, draft: &Issued) -> NewKey {
        let peppers = self.peppers();
        NewKey {
            key: draft.key.clone(),
            digest: peppers.newest().digest(&draft.secret),
            pepper_version: peppers.newest().version,
        }
    }

    pub(super) async fn find_organization(&self, id: OwnerId) -> Result<Option<Arc<Owner>>, Error> {
        let owner = self.store.find_owner(id).await?;
        Ok(owner.filter(|owner| owner.kind == OwnerKind::Organization))
    }
}

/// A new secret in the format of a kind; `prefix` stands in for the default one.
pub(super) fn new_secret(kind: Kind, prefix: Option<&str>) -> Secret {
    match kind {
        Kind::User => Secret::uuid(),
        Kind::Organization => Secret::organization(),
        Kind::Named => Secret::named(),
        Kind::Client => Secret::checksummed(CLIENT_PREFIX),
        Kind::Standard => Secret::checksummed(prefix.unwrap_or(STANDARD_PREFIX)),
        Kind::Control => Secret::checksummed(prefix.unwrap_or(CONTROL_PREFIX)),
    }
}

/// Lets a new key have the bounds of the caller's, if it is made by that key's own authority, and makes sure
/// that it is no wider in anything that was asked for.
pub(super) fn bound<O>(permit: &Permit<O>, key: &mut Key) -> Result<(), Error> {
    let maker = permit.principal.key.as_deref();
    let Some(maker) = maker.filter(|maker| bounds::pass_on(maker.kind, key.kind)) else {
        return Ok(());
    };
    bounds::inherit(key, maker);
    bounds::check_wish(key, maker)
}
