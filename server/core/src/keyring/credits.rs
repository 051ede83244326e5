//! Credits: what a user's plan allows in a month, and what has been spent of it.

use super::{Keyring, Origin, Permit, ReadUser};
use keywright_model::credits::Period;
use keywright_model::error::Error;
use keywright_model::event::Actor;
use keywright_model::id::OwnerId;
use keywright_model::owner::Owner;
use keywright_store::{Authority, Write, command};

impl Keyring {
    /// Charges a user for a request that was its own mistake, and says how many credits that came to:
    /// as many as the configuration wants, but no more than are left.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn charge_client_error(&self, id: OwnerId, origin: Origin) -> Result<i32, Error> {
        let credits = i64::from(self.settings.client_error_credits);
        if credits == 0 {
            return Ok(0);
        }
        let owner = self.store.database().read_owner(id).await?;
        let allowance = owner.map_or(0, |owner| self.allowance(&owner));
        let month = Period::Month.of(self.now_ms());
        let write = Write {
            authority: Authority::default(),
            change: command::Charge {
                id,
                credits,
                allowance,
                month,
            },
            trail: origin.trail(Actor::Server),
            replay: None,
        };
        let charged = self.store.run(write).await?;
        i32::try_from(charged).map_err(Error::internal)
    }
}

impl Keyring {
    /// A user, and what its plan still allows this month.
    ///
    /// # Errors
    /// `CredentialUnknown` if the caller is no user, or no longer one.
    pub async fn read_user(&self, permit: &Permit<ReadUser>) -> Result<UserCredits, Error> {
        // What was spent is not kept in memory.
        let user = self.store.database().read_owner(permit.owner()?.id).await?;
        let user = user.ok_or(Error::CredentialUnknown)?;
        let monthly = self.allowance(&user);
        let spent = user.spending.in_month(Period::Month.of(self.now_ms()));
        Ok(UserCredits {
            monthly,
            remaining: monthly.saturating_sub(spent).max(0),
            user,
        })
    }

    /// Credits that an owner's plan allows in a month; none if the configuration knows no such plan.
    fn allowance(&self, owner: &Owner) -> i64 {
        let plan = owner.plan.as_deref().unwrap_or_default();
        self.settings
            .monthly_credits
            .get(plan)
            .copied()
            .unwrap_or(0)
    }
}

/// A user with its credits.
#[derive(Clone, Debug)]
pub struct UserCredits {
    /// The user.
    pub user: Owner,
    /// Credits that its plan allows in a month.
    pub monthly: i64,
    /// Credits that are left of them; on the 1st at 00:00 UTC all are.
    pub remaining: i64,
}
