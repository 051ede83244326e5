//! Credits: of a user's month, and of a key; and what was counted in memory in between.
//! Leaves when they are spent to the keyring.

use keywright_model::credits::Credits;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::owner::Spending;
use keywright_store::{NewCredits, Reservation, RowChange, Settlement, Written};

use super::{ChangeTransaction, Ruling, no_owner};

/// Of what is left, a server reserves this part at once, so that few uses of a key write.
const BLOCK_PART: i64 = 100;
const BLOCK_MAX: i64 = 1000;

impl ChangeTransaction<'_, '_> {
    /// Charges what is left of the month's allowance at most; a new month begins with all of it.
    pub(super) fn charge(
        &mut self,
        id: OwnerId,
        credits: i64,
        allowance: i64,
        month: i64,
    ) -> Ruling<Written> {
        let owner = self.snapshot.owner(id)?;
        let spent = owner.ok_or_else(|| no_owner(id))?.spending.in_month(month);
        let charged = credits.min(allowance.saturating_sub(spent)).max(0);
        let spending = Spending {
            month,
            spent: spent + charged,
        };
        self.make(RowChange::ChargeOwner { id, spending });
        Ok(Written::Charged(charged))
    }

    /// The credits that a lineage is given. Their epoch is greater than that of any that it had before, also of
    /// those that were taken away: what had been set aside of them must not come back.
    pub(super) fn opened(&self, lineage: KeyId, credits: Credits) -> Ruling<RowChange> {
        let position = self.snapshot.position;
        let before = self.snapshot.credits(lineage)?;
        let epoch = before.map_or(position, |before| position.max(before.epoch + 1));
        let credits = Credits { epoch, ..credits };
        Ok(RowChange::OpenCredits { lineage, credits })
    }

    /// The credits that a lineage is given anew, or the end of the counting.
    pub(super) fn reopened(
        &self,
        lineage: KeyId,
        credits: Option<NewCredits>,
    ) -> Ruling<RowChange> {
        match credits {
            Some(credits) => self.opened(lineage, credits.from(self.now_ms)),
            None => Ok(RowChange::DropCredits { lineage }),
        }
    }

    /// Sets credits aside for a server to hand out: more than are needed if there are many, none if there
    /// are too few.
    pub(super) fn reserve(&mut self, lineage: KeyId, needed: i64) -> Ruling<Written> {
        let credits = self.snapshot.credits(lineage)?;
        let Some(credits) = credits.map(|credits| credits.at(self.now_ms)) else {
            return Ok(Written::Reserved(None));
        };
        let block = (credits.remaining / BLOCK_PART).min(BLOCK_MAX).max(needed);
        let amount = if needed <= credits.remaining {
            block
        } else {
            0
        };
        let beyond = credits.remaining - amount;
        if amount > 0 {
            let credits = Credits {
                remaining: beyond,
                ..credits
            };
            self.make(RowChange::SetCredits { lineage, credits });
        }
        Ok(Written::Reserved(Some(Reservation {
            lineage,
            amount,
            beyond,
            period: credits.period,
            epoch: credits.epoch,
        })))
    }

    /// Adds up what was counted in memory, and takes back what was reserved and not spent, unless the
    /// credits have been set anew or filled up since.
    pub(super) fn settle(&mut self, settlement: &Settlement) -> Ruling<Written> {
        for left in &settlement.unspent {
            self.snapshot.credits(left.lineage)?;
        }
        for (id, usage) in &settlement.usage {
            let (id, usage) = (*id, *usage);
            self.make(RowChange::UseKey { id, usage });
        }
        for left in &settlement.unspent {
            let Some(credits) = self.snapshot.credits(left.lineage)? else {
                continue;
            };
            if (credits.period, credits.epoch) == (left.period, left.epoch) {
                let credits = Credits {
                    remaining: credits.remaining + left.amount,
                    ..credits
                };
                let lineage = left.lineage;
                self.make(RowChange::SetCredits { lineage, credits });
            }
        }
        Ok(Written::Noted)
    }
}
