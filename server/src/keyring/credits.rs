//! Credits: what a user's plan allows in a month, and what has been spent of it.

use uuid::Uuid;

use super::{Keyring, Origin, Permit, ReadUser};
use crate::error::Error;
use crate::key::{Actor, Owner, OwnerId};
use crate::store::{Authority, Change, Trail, Write, Written};

impl Keyring {
    /// Charges a user for a request that was its own mistake, and says how many credits that came to:
    /// as many as the configuration wants, but no more than are left.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn charge_client_error(&self, user_id: Uuid, origin: Origin) -> Result<i32, Error> {
        let credits = i64::from(self.settings.client_error_credits);
        if credits == 0 {
            return Ok(0);
        }
        let id = OwnerId(user_id);
        let owner = self.store.find_owner(id).await?;
        let allowance = owner.map_or(0, |owner| self.allowance(&owner));
        let month = month(self.now_ms());
        let write = Write {
            authority: Authority::default(),
            change: Change::Charge {
                id,
                credits,
                allowance,
                month,
            },
            trail: Trail {
                actor: Actor::Server,
                request_id: origin.request_id,
                address: origin.address,
            },
            replay: None,
        };
        match self.store.write(write).await? {
            Written::Charged(charged) => i32::try_from(charged).map_err(Error::internal),
            Written::Owner(_) | Written::Key(_) | Written::Replay { .. } => {
                Err(Error::internal("a charge changed something else"))
            }
        }
    }
}

impl Keyring {
    /// A user, and what its plan still allows this month.
    ///
    /// # Errors
    /// `CredentialUnknown` if the caller is no user, which no permit for this allows.
    pub fn read_user(&self, permit: &Permit<ReadUser>) -> Result<UserCredits, Error> {
        let user = permit.owner()?.clone();
        let monthly = self.allowance(&user);
        let spent = user.spending.in_month(month(self.now_ms()));
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

/// The month of an instant, in UTC, counted as year * 12 + month.
fn month(at_ms: i64) -> i64 {
    let instant = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::MAX);
    let date = instant.to_zoned(jiff::tz::TimeZone::UTC).date();
    i64::from(date.year()) * 12 + i64::from(date.month())
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn a_month_ends_with_its_last_millisecond_in_utc() {
        let first: jiff::Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let first_ms = first.as_millisecond();
        assert_eq!(month(first_ms), 2027 * 12 + 1);
        assert_eq!(month(first_ms - 1), 2026 * 12 + 12);
    }
}
