//! What is counted in memory between two writes: uses of keys, and credits that were reserved.
//! Leaves what a use is to `verify`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::Keyring;
use keywright_model::credits::Credits;
use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::{Key, Usage};
use keywright_store::{Reservation, Settlement, Write, command};

/// Locks behind which uses are counted.
const SHARDS: usize = 64;
const MINUTE_MS: i64 = 60_000;
/// Keys whose uses are written down in one change.
const PART_LEN: usize = 1000;

/// Uses and credits that the database does not know of yet.
pub(super) struct Meter {
    usage: Box<[Mutex<HashMap<KeyId, Usage>>]>,
    credits: Mutex<HashMap<KeyId, ReservedCredits>>,
    /// Whether other servers reserve of the same credits, and give back.
    is_shared: bool,
    /// Held while it is written down: the last time of all must not overtake the one before.
    settling: AsyncMutex<()>,
}

/// Credits that were reserved for one lineage of keys.
#[derive(Default)]
struct ReservedCredits {
    held: Option<Reservation>,
    /// Whether any was used since the last settlement or, by one server alone, wanted; idle credits are given back.
    is_busy: bool,
    /// Whether it was learnt since the last settlement what lies behind them.
    is_recent: bool,
    /// Held while more is reserved or the rest is given back. One at a time: so no more than one block is
    /// ever reserved, and what lies behind it is known.
    lock: ReserveLock,
}

type ReserveLock = Arc<AsyncMutex<()>>;

/// What reserved credits give.
enum Taken {
    /// What was asked for; so many are left.
    Left(i64),
    /// Nothing: only so many are left, here and behind it.
    TooFew(i64),
    /// Nothing yet: it lacks so many, and there are more behind it.
    Lacks(i64, ReserveLock),
}

/// What became of a use's cost.
pub(super) enum Spent {
    /// It was taken, and so many are left.
    Left(i64),
    /// More than are left: nothing was taken.
    TooFew(i64),
    /// The key's credits are no longer counted.
    Uncounted,
}

impl ReservedCredits {
    /// Takes from them, if they are enough. Where others may have given some back, that there are too few is believed until
    /// the next settlement; else until they are set anew or come back: it need not be written down again and again.
    fn take(&mut self, credits: Credits, cost: i64, is_shared: bool) -> Taken {
        let is_current = |held: &Reservation| age(held) >= (credits.epoch, credits.period);
        self.held = self.held.filter(is_current);
        let Some(held) = &mut self.held else {
            return Taken::Lacks(cost, Arc::clone(&self.lock));
        };
        let left = held.amount.saturating_add(held.beyond);
        if held.amount >= cost {
            held.amount -= cost;
            Taken::Left(left - cost)
        } else if left >= cost || (is_shared && !self.is_recent) {
            Taken::Lacks(cost - held.amount, Arc::clone(&self.lock))
        } else {
            Taken::TooFew(left)
        }
    }
}

impl Meter {
    /// `is_shared` where other servers count in the same database.
    pub(super) fn new(is_shared: bool) -> Self {
        Self {
            usage: (0..SHARDS).map(|_| Mutex::default()).collect(),
            credits: Mutex::default(),
            is_shared,
            settling: AsyncMutex::default(),
        }
    }

    /// Counts a use of a key.
    pub(super) fn used(&self, id: KeyId, now_ms: i64) {
        let usage = Usage {
            count: 1,
            last_at_ms: Some(now_ms - now_ms.rem_euclid(MINUTE_MS)),
        };
        let mut shard = self.shard(id);
        let counted = shard.entry(id).or_default();
        *counted = counted.and(usage);
    }

    fn shard(&self, id: KeyId) -> MutexGuard<'_, HashMap<KeyId, Usage>> {
        // The last byte of a version 7 UUID is random.
        lock(&self.usage[usize::from(id.0.as_bytes()[15]) % SHARDS])
    }

    /// Takes from what is reserved, if that is enough and of these very credits.
    fn take(&self, lineage: KeyId, credits: Credits, cost: i64) -> Taken {
        let mut reservations = lock(&self.credits);
        let reserved = reservations.entry(lineage).or_default();
        let taken = reserved.take(credits, cost, self.is_shared);
        // Credits that are too few for all who ask here go back to where another server finds them.
        reserved.is_busy |= !self.is_shared || matches!(taken, Taken::Left(_));
        taken
    }

    /// Adds what was reserved to what is there, unless one of the two is of an earlier time.
    fn put(&self, more: Reservation) {
        let mut reservations = lock(&self.credits);
        let reserved = reservations.entry(more.lineage).or_default();
        reserved.is_recent = true;
        reserved.held = match reserved.held {
            Some(held) if age(&held) > age(&more) => Some(held),
            Some(held) if age(&held) == age(&more) => Some(Reservation {
                amount: held.amount.saturating_add(more.amount),
                ..more
            }),
            Some(_) | None => Some(more),
        };
    }

    /// The lineages whose reserved credits nobody wanted anything of since the last time, or all of them. From now on it
    /// must be learnt anew what lies behind any.
    fn idle(&self, everything: bool) -> Vec<(KeyId, ReserveLock)> {
        let mut reservations = lock(&self.credits);
        let idle = reservations.iter_mut().filter_map(|(lineage, reserved)| {
            let is_busy = std::mem::take(&mut reserved.is_busy) && !everything;
            reserved.is_recent = false;
            (!is_busy).then(|| (*lineage, Arc::clone(&reserved.lock)))
        });
        idle.collect()
    }

    /// Takes out what is to be written: all uses, and what is reserved for these, if they are still idle or
    /// everything is wanted.
    fn drain(&self, lineages: &[KeyId], everything: bool) -> Settlement {
        let mut settlement = Settlement::default();
        for shard in &self.usage {
            settlement.usage.extend(std::mem::take(&mut *lock(shard)));
        }
        let mut reservations = lock(&self.credits);
        for lineage in lineages {
            let reserved = reservations.get_mut(lineage);
            let reserved = reserved.filter(|reserved| everything || !reserved.is_busy);
            let unspent = reserved.and_then(|reserved| reserved.held.take());
            settlement
                .unspent
                .extend(unspent.filter(|held| held.amount > 0));
        }
        settlement
    }

    /// Forgets those with nothing reserved that nobody waits for.
    fn sweep(&self) {
        let is_wanted = |reserved: &ReservedCredits| {
            reserved.is_busy || reserved.held.is_some() || Arc::strong_count(&reserved.lock) > 1
        };
        lock(&self.credits).retain(|_, reserved| is_wanted(reserved));
    }

    /// Puts back what could not be written.
    fn restore(&self, settlement: Settlement) {
        for (id, usage) in settlement.usage {
            let mut shard = self.shard(id);
            let counted = shard.entry(id).or_default();
            *counted = counted.and(usage);
        }
        for unspent in settlement.unspent {
            self.put(unspent);
        }
    }
}

impl Keyring {
    /// Takes a use's cost from the credits of a lineage of keys, or nothing if too few are left.
    pub(super) async fn spend(
        &self,
        lineage: KeyId,
        credits: Credits,
        cost: i64,
    ) -> Result<Spent, Error> {
        loop {
            let take = || self.meter.take(lineage, credits.at(self.now_ms()), cost);
            let reserve_lock = match take() {
                Taken::Left(left) => return Ok(Spent::Left(left)),
                Taken::TooFew(left) => return Ok(Spent::TooFew(left)),
                Taken::Lacks(_, reserve_lock) => reserve_lock.lock_owned().await,
            };
            // The holder of the lock before may have reserved enough.
            let needed = match take() {
                Taken::Left(left) => return Ok(Spent::Left(left)),
                Taken::TooFew(left) => return Ok(Spent::TooFew(left)),
                Taken::Lacks(needed, _) => needed,
            };
            if !self.reserve(lineage, needed, reserve_lock).await? {
                return Ok(Spent::Uncounted);
            }
        }
    }

    /// What is left of a key's credits, if it has any and that can be told now.
    pub(super) async fn credits_left(&self, key: &Key) -> Option<i64> {
        match self.spend(key.lineage, key.credits?, 0).await {
            Ok(Spent::Left(left)) => Some(left),
            Ok(Spent::TooFew(_) | Spent::Uncounted) | Err(_) => None,
        }
    }

    /// Reserves more credits; `false` if they are no longer counted.
    ///
    /// In a task of its own: what the database has reserved must not be lost with a caller that leaves.
    async fn reserve(
        &self,
        lineage: KeyId,
        needed: i64,
        reserve_lock: OwnedMutexGuard<()>,
    ) -> Result<bool, Error> {
        let (store, meter) = (Arc::clone(&self.store), Arc::clone(&self.meter));
        let task = self.runtime.run(async move {
            let command = command::Reserve { lineage, needed };
            let reserved = store.run(Write::of_server(command)).await?;
            if let Some(reserved) = reserved {
                meter.put(reserved);
            }
            drop(reserve_lock);
            Ok::<_, Error>(reserved.is_some())
        });
        task.await?
    }

    /// Adds to a key, as the database has it, what is counted in memory.
    pub(super) fn count_in(&self, key: &mut Key) {
        let counted = self.meter.shard(key.id).get(&key.id).copied();
        key.usage = key.usage.and(counted.unwrap_or_default());
        let Some(credits) = &mut key.credits else {
            return;
        };
        *credits = credits.at(self.now_ms());
        let reservations = lock(&self.meter.credits);
        let held = reservations
            .get(&key.lineage)
            .and_then(|reserved| reserved.held);
        let held = held.filter(|held| age(held) == (credits.epoch, credits.period));
        credits.remaining += held.map_or(0, |held| held.amount);
    }

    /// Writes down what was counted in memory since the last time; with `everything`, credits that are
    /// still being handed out go back, too.
    ///
    /// # Errors
    /// When the database cannot be written; nothing is lost then.
    pub(super) async fn settle_uses(&self, everything: bool) -> Result<(), Error> {
        let _settling = self.meter.settling.lock().await;
        let mut lineages = Vec::new();
        let mut locks = Vec::new();
        for (lineage, reserve_lock) in self.meter.idle(everything) {
            lineages.push(lineage);
            locks.push(reserve_lock.lock_owned().await);
        }
        let mut settlement = self.meter.drain(&lineages, everything);
        let unspent = Settlement {
            unspent: std::mem::take(&mut settlement.unspent),
            ..Settlement::default()
        };
        let given_back = self.write_down(unspent).await;
        drop(locks);
        let counted = self.write_down(settlement).await;
        self.meter.sweep();
        given_back.and(counted)
    }

    /// Writes it down in parts: another change waits for one of them at most.
    async fn write_down(&self, mut settlement: Settlement) -> Result<(), Error> {
        while !(settlement.usage.is_empty() && settlement.unspent.is_empty()) {
            let rest = settlement.usage.len().saturating_sub(PART_LEN);
            let part = Settlement {
                usage: settlement.usage.split_off(rest),
                unspent: std::mem::take(&mut settlement.unspent),
            };
            let command = command::Settle {
                settlement: part.clone(),
            };
            if let Err(error) = self.store.run(Write::of_server(command)).await {
                self.meter.restore(settlement);
                if matches!(error, Error::Unavailable { .. }) {
                    self.meter.restore(part);
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The time that credits were reserved at, later times being greater.
fn age(held: &Reservation) -> (i64, i64) {
    (held.epoch, held.period)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const LINEAGE: KeyId = KeyId(Uuid::from_u128(7));

    /// A meter that has reserved some credits, and knows of others behind them.
    fn meter(is_shared: bool, amount: i64, beyond: i64) -> Meter {
        let meter = Meter::new(is_shared);
        meter.put(reservation(amount, beyond));
        meter
    }

    fn reservation(amount: i64, beyond: i64) -> Reservation {
        Reservation {
            lineage: LINEAGE,
            amount,
            beyond,
            period: 0,
            epoch: 0,
        }
    }

    fn take(meter: &Meter, cost: i64) -> Taken {
        let credits = Credits {
            remaining: 0,
            refill: None,
            period: 0,
            epoch: 0,
        };
        meter.take(LINEAGE, credits, cost)
    }

    #[test]
    fn one_server_alone_remembers_that_there_are_too_few_for_as_long_as_it_is_asked() {
        let meter = meter(false, 3, 0);
        for _ in 0..3 {
            assert!(matches!(take(&meter, 5), Taken::TooFew(3)));
            assert!(meter.idle(false).is_empty());
        }
    }

    #[test]
    fn where_others_may_give_some_back_it_is_asked_anew_after_each_settlement() {
        let meter = meter(true, 3, 0);
        for _ in 0..3 {
            assert!(matches!(take(&meter, 5), Taken::TooFew(_)));
            meter.idle(false);
            assert!(matches!(take(&meter, 5), Taken::Lacks(2, _)));
            meter.put(reservation(0, 1));
            assert!(matches!(take(&meter, 5), Taken::TooFew(4)));
        }
        meter.put(reservation(2, 8));
        assert!(matches!(take(&meter, 5), Taken::Left(8)));
    }

    #[test]
    fn credits_that_are_too_few_for_whoever_asks_go_back_where_others_may_use_them() {
        let meter = meter(true, 3, 0);
        assert!(matches!(take(&meter, 1), Taken::Left(2)));
        assert!(matches!(take(&meter, 5), Taken::TooFew(2)));
        assert!(meter.idle(false).is_empty(), "one was used just now");
        meter.put(reservation(0, 0));
        assert!(matches!(take(&meter, 5), Taken::TooFew(2)));
        assert_eq!(meter.idle(false).len(), 1);
        assert_eq!(meter.drain(&[LINEAGE], false).unspent, [reservation(2, 0)]);
    }
}
