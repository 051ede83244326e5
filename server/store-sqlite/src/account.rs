//! Credits: of a user's month, and of a key; and what was counted in memory in between.
//! Leaves when they are spent to the keyring.

use rusqlite::Connection;

use super::change::Outcome;
use super::rows;
use keywright_model::credits::Credits;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_store::{NewCredits, Reservation, Settlement, Written};

/// Of what is left, a server reserves this part at once, so that few uses of a key write.
const BLOCK_PART: i64 = 100;
const BLOCK_MAX: i64 = 1000;

/// Charges what is left of the month's allowance at most; a new month begins with all of it.
pub(super) fn charge(
    connection: &Connection,
    id: OwnerId,
    credits: i64,
    allowance: i64,
    month: i64,
) -> Outcome<Written> {
    let Some(owner) = rows::read_owner(connection, id)? else {
        return Ok(Err(Error::NotFound {
            noun: "owner",
            id: id.to_string(),
        }));
    };
    let spent = owner.spending.in_month(month);
    let charged = credits.min(allowance.saturating_sub(spent)).max(0);
    connection
        .prepare_cached("UPDATE owners SET credits_month = ?2, credits_spent = ?3 WHERE id = ?1")?
        .execute((id.0, month, spent + charged))?;
    Ok(Ok(Written::Charged(charged)))
}

/// Gives a family its credits. Their epoch is greater than that of any that it had before, also of those
/// that were taken away: what had been set aside of them must not come back.
pub(super) fn open(
    connection: &Connection,
    family: KeyId,
    credits: Credits,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO credits (family, remaining, refill_amount, refill_every, period, epoch)
             SELECT ?1, ?2, ?3, ?4, ?5, position FROM head WHERE true
             ON CONFLICT (family) DO UPDATE SET remaining = excluded.remaining,
                 refill_amount = excluded.refill_amount, refill_every = excluded.refill_every,
                 period = excluded.period, epoch = max(epoch + 1, excluded.epoch)",
        )?
        .execute((
            family.0,
            credits.remaining,
            credits.refill.map(|refill| refill.amount),
            credits.refill.map(|refill| refill.every.word()),
            credits.period,
        ))
        .map(drop)
}

/// Sets a key's credits anew, or takes the counting away.
pub(super) fn set(
    connection: &Connection,
    family: KeyId,
    credits: Option<NewCredits>,
    now_ms: i64,
) -> rusqlite::Result<()> {
    match credits {
        Some(credits) => open(connection, family, credits.from(now_ms)),
        None => connection
            .prepare_cached("DELETE FROM credits WHERE family = ?1")?
            .execute([family.0])
            .map(drop),
    }
}

/// Sets credits aside for a server to hand out: more than are needed if there are many, none if there
/// are too few; `None` if they are no longer counted.
pub(super) fn reserve(
    connection: &Connection,
    family: KeyId,
    needed: i64,
    now_ms: i64,
) -> rusqlite::Result<Option<Reservation>> {
    let credits = rows::read_credits(connection, family)?.map(|credits| credits.at(now_ms));
    let Some(credits) = credits else {
        return Ok(None);
    };
    let block = (credits.remaining / BLOCK_PART).min(BLOCK_MAX).max(needed);
    let amount = if needed <= credits.remaining {
        block
    } else {
        0
    };
    let beyond = credits.remaining - amount;
    if amount > 0 {
        connection
            .prepare_cached("UPDATE credits SET remaining = ?2, period = ?3 WHERE family = ?1")?
            .execute((family.0, beyond, credits.period))?;
    }
    Ok(Some(Reservation {
        family,
        amount,
        beyond,
        period: credits.period,
        epoch: credits.epoch,
    }))
}

/// Adds up what was counted in memory, and takes back what was reserved and not spent, unless the
/// credits have been set anew or filled up since.
pub(super) fn settle(connection: &Connection, settlement: &Settlement) -> rusqlite::Result<()> {
    let mut used = connection.prepare_cached(
        "UPDATE keys SET uses = uses + ?2,
             last_used_at_ms = max(coalesce(last_used_at_ms, ?3), ?3)
         WHERE id = ?1",
    )?;
    for (id, usage) in &settlement.usage {
        used.execute((id.0, usage.count, usage.last_at_ms))?;
    }
    let mut unspent = connection.prepare_cached(
        "UPDATE credits SET remaining = remaining + ?2
         WHERE family = ?1 AND period = ?3 AND epoch = ?4",
    )?;
    for left in &settlement.unspent {
        unspent.execute((left.family.0, left.amount, left.period, left.epoch))?;
    }
    Ok(())
}
