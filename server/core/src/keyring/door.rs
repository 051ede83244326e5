//! What passes where proxies ask: which kinds of credentials, and whose.
//! Leaves whether a key is good to `verify`.

use std::sync::Arc;

use super::verify::{UNKNOWN, Use, standing};
use super::{CallerFacts, Keyring, Origin, validate};
use crate::token::{Bearer, is_token};
use keywright_model::error::Error;
use keywright_model::event::Actor;
use keywright_model::key::{CredentialKind, HeldKey, Key};
use keywright_model::scope::Scope;
use keywright_model::secret::Secret;
use keywright_model::verdict::{Verdict, VerdictCode};
use keywright_store::Source;

/// What a key is to be used for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The one kind that may pass; any that the configuration admits if `None`.
    pub kind: Option<CredentialKind>,
    /// Scopes that it must have, all of them.
    pub scopes: Vec<Scope>,
    /// What the use takes from windows and credits.
    pub cost: i64,
}

/// What is said of a credential.
#[derive(Clone, Debug)]
pub enum Admission {
    /// It is of a kind that may pass; the verdict says whether this one does.
    Judged(CredentialKind, Verdict),
    /// It is alive, and of a kind that does not pass; `admitted` do.
    WrongKind {
        /// Its kind.
        kind: CredentialKind,
        /// The kinds that pass.
        admitted: Vec<CredentialKind>,
    },
}

impl Keyring {
    /// Judges the credential that a request carries, for a proxy that asks whether to let it through.
    ///
    /// # Errors
    /// `CredentialMissing`; `RateLimited` if the address caused too many look-ups of unknown keys; or if
    /// the question cannot be answered. A bad key is an answer.
    pub async fn authorize(
        &self,
        credential: Option<Secret>,
        ask: Ask,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<Admission, Error> {
        let began = self.store.standing();
        let admission = self.admit(credential, ask, origin, facts).await?;
        self.store.confirm(began)?;
        Ok(admission)
    }

    async fn admit(
        &self,
        credential: Option<Secret>,
        ask: Ask,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<Admission, Error> {
        facts.operation = Some("Authorize");
        let secret = credential.ok_or(Error::CredentialMissing)?;
        validate::check_asked("/scope", &ask.scopes)?;
        validate::check_cost(ask.cost)?;
        let mut admitted = self.settings.authorize.kinds.clone();
        admitted.retain(|kind| ask.kind.is_none_or(|asked| asked == *kind));
        let (kind, held) = if is_token(&secret) {
            // Where no token passes, none is looked at.
            if !admitted.contains(&CredentialKind::Token) {
                return Ok(Admission::Judged(CredentialKind::Token, UNKNOWN));
            }
            match self.find_behind_token(&secret, facts).await? {
                Ok(held) => (CredentialKind::Token, held),
                Err(verdict) => return Ok(Admission::Judged(CredentialKind::Token, verdict)),
            }
        } else {
            let Some(held) = self.find_at_door(&secret, origin, facts).await? else {
                return Ok(Admission::Judged(CredentialKind::Standard, UNKNOWN));
            };
            facts.actor = Some(Actor::Key(held.key.id));
            (held.key.kind.into(), held)
        };
        facts.key_id = Some(held.key.id);
        facts.caller = Some(held.owner.id);
        let wanted = Use {
            all_of: ask.scopes,
            one_of: None,
            cost: ask.cost,
            address: origin.address,
        };
        if !admitted.contains(&kind) {
            let code = standing(&held, &wanted, self.now_ms());
            let is_dead = matches!(
                code,
                VerdictCode::Revoked
                    | VerdictCode::Replaced
                    | VerdictCode::Expired
                    | VerdictCode::Disabled
            );
            return Ok(if is_dead {
                Admission::Judged(kind, Verdict { code, ..UNKNOWN })
            } else {
                Admission::WrongKind { kind, admitted }
            });
        }
        let verdict = self.verify_held(held, &wanted).await?;
        facts.rate.clone_from(&verdict.rate);
        Ok(Admission::Judged(kind, verdict))
    }

    async fn find_at_door(
        &self,
        secret: &Secret,
        origin: Origin,
        facts: &mut CallerFacts,
    ) -> Result<Option<HeldKey>, Error> {
        if !secret.is_plausible() {
            return Ok(None);
        }
        let digested = self.digest(secret);
        let found = self.find_presented(secret, digested, origin.address).await;
        found.map_err(|error| self.explain(error, origin, facts))
    }

    /// The client key that a token was minted from, as narrow as the token is; or the verdict on the token. The key's
    /// own standing is judged with it, so that a token ends with its key.
    async fn find_behind_token(
        &self,
        token: &Secret,
        facts: &mut CallerFacts,
    ) -> Result<Result<HeldKey, Verdict>, Error> {
        let audiences = &self.settings.authorize.audiences;
        let claims = match self.tokens.check_for(audiences, token, self.now_ms()) {
            Ok(claims) => claims,
            Err(Error::TokenExpired) => {
                let code = VerdictCode::Expired;
                return Ok(Err(Verdict { code, ..UNKNOWN }));
            }
            Err(Error::CredentialUnknown) => return Ok(Err(UNKNOWN)),
            Err(error) => return Err(error),
        };
        let Bearer::Client {
            key_id: client,
            token,
        } = claims.bearer
        else {
            return Ok(Err(UNKNOWN));
        };
        if self.is_revoked(token).await? {
            let code = VerdictCode::Revoked;
            return Ok(Err(Verdict { code, ..UNKNOWN }));
        }
        // The bearer of a token that we signed is no stranger.
        let found = self.store.find_client(client, Source::Cache).await?;
        let Some((HeldKey { key, owner }, _)) = found else {
            return Ok(Err(UNKNOWN));
        };
        facts.actor = Some(Actor::Token(client));
        let scopes = claims.scopes.as_slice().iter();
        let scopes = scopes.filter(|scope| key.scopes.has(scope)).cloned();
        let key = Key {
            scopes: scopes.collect(),
            ..Key::clone(&key)
        };
        Ok(Ok(HeldKey {
            key: Arc::new(key),
            owner,
        }))
    }
}
