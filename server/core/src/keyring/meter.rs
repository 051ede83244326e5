//! What is counted in memory between two writes: uses of keys, and credits that were set aside.
//! Leaves what a use is to `judge`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::Keyring;
use keywright_model::credits::Credits;
use keywright_model::error::Error;
use keywright_model::id::KeyId;
use keywright_model::key::{Key, Usage};
use keywright_store::{Change, Reservation, Settlement, Write, Written};

/// Uses are counted behind so many locks.
const SHARDS: usize = 64;
const MINUTE_MS: i64 = 60_000;
/// Keys whose uses are written down in one change.
const PART_LEN: usize = 1000;

/// Uses and credits that the database does not know of yet.
pub(super) struct Meter {
    usage: Box<[Mutex<HashMap<KeyId, Usage>>]>,
    credits: Mutex<HashMap<KeyId, Purse>>,
    /// Held while it is written down: the last time of all must not overtake the one before.
    settling: tokio::sync::Mutex<()>,
}

/// Credits that were set aside for one family of keys.
#[derive(Default)]
struct Purse {
    held: Option<Reservation>,
    /// Whether anything was wanted since the last settlement; an idle purse is given back.
    is_busy: bool,
    /// Held by whoever sets more aside or gives the rest back. One at a time: so no more than one block is
    /// ever set aside, and what lies behind it is known.
    turn: Turn,
}

type Turn = Arc<tokio::sync::Mutex<()>>;

/// What a purse gives.
enum Taken {
    /// What was asked for; so many are left.
    Left(i64),
    /// Nothing: only so many are left, here and behind it.
    TooFew(i64),
    /// Nothing yet: it lacks so many, and there are more behind it.
    Lacks(i64, Turn),
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

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            usage: (0..SHARDS).map(|_| Mutex::default()).collect(),
            credits: Mutex::default(),
            settling: tokio::sync::Mutex::default(),
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

    /// Takes from a purse, if it holds enough for these very credits.
    fn take(&self, family: KeyId, credits: Credits, cost: i64) -> Taken {
        let mut purses = lock(&self.credits);
        let purse = purses.entry(family).or_default();
        purse.is_busy = true;
        let is_current = |held: &Reservation| age(held) >= (credits.epoch, credits.period);
        purse.held = purse.held.filter(is_current);
        let Some(held) = &mut purse.held else {
            return Taken::Lacks(cost, Arc::clone(&purse.turn));
        };
        let left = held.amount.saturating_add(held.beyond);
        if held.amount >= cost {
            held.amount -= cost;
            Taken::Left(left - cost)
        } else if left >= cost {
            Taken::Lacks(cost - held.amount, Arc::clone(&purse.turn))
        } else {
            // Until they are set anew or come back: it need not be written down again and again.
            Taken::TooFew(left)
        }
    }

    /// Adds what was set aside to what is there, unless one of the two is of an earlier time.
    fn put(&self, more: Reservation) {
        let mut purses = lock(&self.credits);
        let purse = purses.entry(more.family).or_default();
        purse.held = match purse.held {
            Some(held) if age(&held) > age(&more) => Some(held),
            Some(held) if age(&held) == age(&more) => Some(Reservation {
                amount: held.amount.saturating_add(more.amount),
                // What was put back may have been set aside long before.
                beyond: held.beyond.min(more.beyond),
                ..more
            }),
            Some(_) | None => Some(more),
        };
    }

    /// The purses that nobody wanted anything of since the last time, or all of them.
    fn idle(&self, everything: bool) -> Vec<(KeyId, Turn)> {
        let mut purses = lock(&self.credits);
        let idle = purses.iter_mut().filter_map(|(family, purse)| {
            let is_busy = std::mem::take(&mut purse.is_busy) && !everything;
            (!is_busy).then(|| (*family, Arc::clone(&purse.turn)))
        });
        idle.collect()
    }

    /// Takes out what is to be written: all uses, and what these purses hold, if they are still idle or
    /// everything is wanted.
    fn drain(&self, families: &[KeyId], everything: bool) -> Settlement {
        let mut settlement = Settlement::default();
        for shard in &self.usage {
            settlement.usage.extend(std::mem::take(&mut *lock(shard)));
        }
        let mut purses = lock(&self.credits);
        for family in families {
            let purse = purses.get_mut(family);
            let purse = purse.filter(|purse| everything || !purse.is_busy);
            let unspent = purse.and_then(|purse| purse.held.take());
            settlement
                .unspent
                .extend(unspent.filter(|held| held.amount > 0));
        }
        settlement
    }

    /// Forgets purses that are empty and that nobody waits for.
    fn sweep(&self) {
        let is_wanted = |purse: &Purse| {
            purse.is_busy || purse.held.is_some() || Arc::strong_count(&purse.turn) > 1
        };
        lock(&self.credits).retain(|_, purse| is_wanted(purse));
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
    /// Takes a use's cost from the credits of a family of keys, or nothing if too few are left.
    pub(super) async fn spend(
        &self,
        family: KeyId,
        credits: Credits,
        cost: i64,
    ) -> Result<Spent, Error> {
        loop {
            let take = || self.meter.take(family, credits.at(self.now_ms()), cost);
            let turn = match take() {
                Taken::Left(left) => return Ok(Spent::Left(left)),
                Taken::TooFew(left) => return Ok(Spent::TooFew(left)),
                Taken::Lacks(_, turn) => turn.lock_owned().await,
            };
            // Whoever had the turn before may have set enough aside.
            let needed = match take() {
                Taken::Left(left) => return Ok(Spent::Left(left)),
                Taken::TooFew(left) => return Ok(Spent::TooFew(left)),
                Taken::Lacks(needed, _) => needed,
            };
            if !self.set_aside(family, needed, turn).await? {
                return Ok(Spent::Uncounted);
            }
        }
    }

    /// What is left of a key's credits, if it has any and that can be told now.
    pub(super) async fn credits_left(&self, key: &Key) -> Option<i64> {
        match self.spend(key.family, key.credits?, 0).await {
            Ok(Spent::Left(left)) => Some(left),
            Ok(Spent::TooFew(_) | Spent::Uncounted) | Err(_) => None,
        }
    }

    /// Puts more credits into a purse; `false` if they are no longer counted.
    ///
    /// In a task of its own: what the database has set aside must not be lost with a caller that leaves.
    async fn set_aside(
        &self,
        family: KeyId,
        needed: i64,
        turn: OwnedMutexGuard<()>,
    ) -> Result<bool, Error> {
        let (store, meter) = (Arc::clone(&self.store), Arc::clone(&self.meter));
        let task = tokio::spawn(async move {
            let written = store.write(Write::of_server(Change::Reserve { family, needed }));
            let Written::Reserved(reserved) = written.await? else {
                return Err(Error::internal("a reservation became something else"));
            };
            if let Some(reserved) = reserved {
                meter.put(reserved);
            }
            drop(turn);
            Ok(reserved.is_some())
        });
        task.await.map_err(Error::internal)?
    }

    /// Adds to a key, as the database has it, what is counted in memory.
    pub(super) fn count_in(&self, key: &mut Key) {
        let counted = self.meter.shard(key.id).get(&key.id).copied();
        key.usage = key.usage.and(counted.unwrap_or_default());
        let Some(credits) = &mut key.credits else {
            return;
        };
        *credits = credits.at(self.now_ms());
        let purses = lock(&self.meter.credits);
        let held = purses.get(&key.family).and_then(|purse| purse.held);
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
        let mut families = Vec::new();
        let mut turns = Vec::new();
        for (family, turn) in self.meter.idle(everything) {
            families.push(family);
            turns.push(turn.lock_owned().await);
        }
        let mut settlement = self.meter.drain(&families, everything);
        let unspent = Settlement {
            unspent: std::mem::take(&mut settlement.unspent),
            ..Settlement::default()
        };
        let given_back = self.write_down(unspent).await;
        drop(turns);
        let counted = self.write_down(settlement).await;
        self.meter.sweep();
        given_back.and(counted)
    }

    /// Writes it down in parts: a change of somebody else waits for one of them at most.
    async fn write_down(&self, mut settlement: Settlement) -> Result<(), Error> {
        while !(settlement.usage.is_empty() && settlement.unspent.is_empty()) {
            let rest = settlement.usage.len().saturating_sub(PART_LEN);
            let part = Settlement {
                usage: settlement.usage.split_off(rest),
                unspent: std::mem::take(&mut settlement.unspent),
            };
            let write = Write::of_server(Change::Settle(part.clone()));
            if let Err(error) = self.store.write(write).await {
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

/// The time that credits were set aside at, later times being greater.
fn age(held: &Reservation) -> (i64, i64) {
    (held.epoch, held.period)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
