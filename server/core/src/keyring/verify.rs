//! The question that everything else is for: is this key good, and for this?
//! Leaves what a caller of the documented contracts may do to `permit`, and what passes where proxies ask to `door`.

use std::net::IpAddr;

use super::meter::Spent;
use super::permit::windows_of;
use super::windows::Taken;
use super::{Keyring, Permit, VerifyKey, validate};
use keywright_model::address::allows;
use keywright_model::error::{Error, Violation};
use keywright_model::id::OwnerId;
use keywright_model::key::{HeldKey, State};
use keywright_model::limit::NamedRate;
use keywright_model::scope::Scope;
use keywright_model::secret::Secret;
use keywright_model::verdict::{Verdict, VerdictCode};
use keywright_store::Source;

/// What a caller asks about a key.
#[derive(Clone, Debug)]
pub struct Question {
    /// The key, as it is presented.
    pub secret: Secret,
    /// Scopes that it must have, all of them.
    pub all_of: Vec<Scope>,
    /// Scopes of which it must have one, if that is asked.
    pub one_of: Option<Vec<Scope>>,
    /// What the use takes from windows and credits.
    pub cost: i64,
    /// The address that the key is used from, if it is known.
    pub client_ip: Option<String>,
}

/// A use of a key, checked and ready to be judged.
pub(super) struct Use {
    pub(super) all_of: Vec<Scope>,
    pub(super) one_of: Option<Vec<Scope>>,
    pub(super) cost: i64,
    pub(super) address: Option<IpAddr>,
}

impl Keyring {
    /// Says whether a key is good, and for this.
    ///
    /// # Errors
    /// `Invalid`, or if the question cannot be answered; a bad key is an answer.
    pub async fn verify_key(
        &self,
        permit: &Permit<VerifyKey>,
        question: Question,
        source: Source,
    ) -> Result<Verdict, Error> {
        let (secret, wanted) = check(question)?;
        self.verify(permit.reaches_from(), &secret, &wanted, source)
            .await
    }

    /// Says it of several keys, in their order. A question that breaks a rule leaves all unanswered.
    ///
    /// # Errors
    /// Like `verify_key`.
    pub async fn verify_keys(
        &self,
        permit: &Permit<VerifyKey>,
        questions: Vec<Question>,
        source: Source,
    ) -> Result<Vec<Verdict>, Error> {
        let mut checked = Vec::new();
        let mut violations = Vec::new();
        for (index, question) in questions.into_iter().enumerate() {
            match check(question) {
                Ok(question) => checked.push(question),
                Err(error) => violations.extend(error.violations().into_iter().map(|broken| {
                    let place = format!("/requests/{index}{}", broken.place);
                    Violation::new(place, broken.detail)
                })),
            }
        }
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        let mut verdicts = Vec::new();
        for (secret, wanted) in checked {
            let verdict = self.verify(permit.reaches_from(), &secret, &wanted, source);
            verdicts.push(verdict.await?);
        }
        Ok(verdicts)
    }

    /// Judges a key; one of whom does not stand below `within` is unknown, and nothing of it is spent.
    async fn verify(
        &self,
        within: Option<OwnerId>,
        secret: &Secret,
        wanted: &Use,
        source: Source,
    ) -> Result<Verdict, Error> {
        if !secret.is_plausible() {
            return Ok(UNKNOWN);
        }
        let began = self.store.standing();
        let verdict = self.judge(within, secret, wanted, source).await?;
        self.store.confirm(began)?;
        Ok(verdict)
    }

    async fn judge(
        &self,
        within: Option<OwnerId>,
        secret: &Secret,
        wanted: &Use,
        source: Source,
    ) -> Result<Verdict, Error> {
        let digested = self.digest(secret);
        let recalled = match source {
            Source::Cache => self.recall(&digested),
            Source::Database => None,
        };
        let found = match recalled {
            Some(held) => Some(held),
            None => self.find(secret, digested, source).await?,
        };
        let Some(held) = found else {
            return Ok(UNKNOWN);
        };
        if let Some(own) = within.filter(|own| *own != held.owner.id) {
            // Seldom: most keys that somebody with a narrow reach asks about are of its own owner.
            let is_within = Box::pin(self.is_within(own, &held.owner)).await?;
            if !is_within {
                return Ok(UNKNOWN);
            }
        }
        self.verify_held(held, wanted).await
    }

    /// The first thing that speaks against the key; a key that is good is charged for its use.
    pub(super) async fn verify_held(&self, held: HeldKey, wanted: &Use) -> Result<Verdict, Error> {
        let now_ms = self.now_ms();
        let mut verdict = Verdict {
            code: standing(&held, wanted, now_ms),
            rate: None,
            credits_remaining: None,
            key: Some(held.key),
        };
        let Some(key) = verdict.key.as_deref() else {
            return Ok(verdict);
        };
        if verdict.code != VerdictCode::Valid {
            return Ok(verdict);
        }
        let cost = wanted.cost.unsigned_abs();
        let asked: Vec<_> = windows_of(&held.owner, Some(key)).collect();
        let taken = self.take(held.owner.id, &asked, cost, now_ms).await?;
        let is_limited = taken.is_some_and(|taken| !taken.passes);
        verdict.rate = taken.map(named);
        if is_limited {
            verdict.code = VerdictCode::RateLimited;
            verdict.credits_remaining = self.credits_left(key).await;
            return Ok(verdict);
        }
        if let Some(credits) = key.credits {
            let spent = self.spend(key.lineage, credits, wanted.cost).await;
            // Nothing was used where there are too few, or none can be had, so nothing is taken.
            match spent {
                Ok(Spent::Left(left)) => verdict.credits_remaining = Some(left),
                Ok(Spent::TooFew(left)) => {
                    verdict.code = VerdictCode::CreditsExhausted;
                    verdict.credits_remaining = Some(left);
                    let left = self.give_back(held.owner.id, &asked, cost, now_ms).await?;
                    verdict.rate = left.map(named);
                    return Ok(verdict);
                }
                Err(error) => {
                    let left = self.give_back(held.owner.id, &asked, cost, now_ms);
                    if let Err(error) = left.await {
                        tracing::debug!(%error, "what was taken from shared windows was not given back");
                    }
                    return Err(error);
                }
                Ok(Spent::Uncounted) => {}
            }
        }
        self.meter.used(key.id, now_ms);
        Ok(verdict)
    }
}

fn named(taken: Taken<'_>) -> NamedRate {
    NamedRate {
        name: taken.name.to_owned(),
        rate: taken.rate,
    }
}

pub(super) const UNKNOWN: Verdict = Verdict {
    code: VerdictCode::NotFound,
    key: None,
    rate: None,
    credits_remaining: None,
};

fn check(question: Question) -> Result<(Secret, Use), Error> {
    validate::check_asked("/scopes", &question.all_of)?;
    validate::check_asked("/any_scope", question.one_of.as_deref().unwrap_or_default())?;
    validate::check_cost(question.cost)?;
    let address = question.client_ip.as_deref().map(validate::read_address);
    let wanted = Use {
        all_of: question.all_of,
        one_of: question.one_of,
        cost: question.cost,
        address: address.transpose()?,
    };
    Ok((question.secret, wanted))
}

/// What is said of a key before anything is counted.
pub(super) fn standing(held: &HeldKey, wanted: &Use, now_ms: i64) -> VerdictCode {
    let HeldKey { key, owner } = held;
    let any = wanted.one_of.as_deref();
    let has_one = any.is_none_or(|any| any.iter().any(|scope| key.scopes.has(scope)));
    match key.state(now_ms) {
        State::Revoked => VerdictCode::Revoked,
        State::Replaced => VerdictCode::Replaced,
        State::Expired => VerdictCode::Expired,
        State::Disabled => VerdictCode::Disabled,
        State::Live if owner.suspended => VerdictCode::OwnerSuspended,
        State::Live if !allows(&key.ip_allow, wanted.address) => VerdictCode::ForbiddenIp,
        State::Live if key.scopes.cover(&wanted.all_of) && has_one => VerdictCode::Valid,
        State::Live => VerdictCode::InsufficientScope,
    }
}
