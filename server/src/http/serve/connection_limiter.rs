//! How many connections there may be: each holds a slot, and idle ones are drained when slots run short.
//! Why: a new client is served before an idle one is kept, and health checks are answered when nothing else is.
//! Not here: what is known of one connection (`connection_state`), and what happens on it (`connection`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::connection_state::ConnectionState;

/// The divisor of the share of idle connections that is drained at once: finding the longest idle costs more than
/// draining them.
const DRAIN_SHARE: usize = 32;
/// The least time between two scans for idle connections, once a scan has found none.
const IDLE_SCAN_INTERVAL: Duration = Duration::from_millis(20);

/// How long the capacity stays reduced after the operating system has refused a connection.
const REDUCED_FOR: Duration = Duration::from_mins(1);
/// The least that the capacity is reduced to.
const REDUCED_MIN: usize = 8;

/// Hands out a slot to each connection of a listener.
pub(super) struct ConnectionLimiter {
    capacity: Capacity,
    slots: Mutex<Slots>,
    count: watch::Sender<usize>,
}

/// How many connections there may be at most, by the kind of their slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capacity {
    /// Those that are served.
    pub(super) regular: usize,
    /// Those beyond them: health checks are answered on them, and everything else is shed.
    pub(super) spare: usize,
    /// Those that were told to drain and are not closed yet.
    pub(super) draining: usize,
}

impl Capacity {
    /// The capacity of a listener that serves this many connections.
    pub(super) fn of(regular: usize) -> Self {
        Self {
            regular,
            spare: (regular / 8).clamp(8, 128),
            draining: (regular / 8).max(8),
        }
    }
}

#[derive(Default)]
struct Slots {
    by_id: HashMap<u64, (SlotKind, Arc<ConnectionState>)>,
    next_id: u64,
    counts: [usize; 3],
    /// When a scan for idle connections found none, if the last one did.
    scanned_in_vain_at: Option<Instant>,
    /// The reduced number of regular slots, and until when it holds.
    reduced: Option<(usize, Instant)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SlotKind {
    Regular,
    Spare,
    Draining,
}

impl ConnectionLimiter {
    pub(super) fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            slots: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }

    /// A slot for a new connection. Where regular slots are short, the longest idle connections are drained; where
    /// none is idle it is a spare slot, and `None` where these are all busy.
    pub(super) fn acquire(self: &Arc<Self>) -> Option<Slot> {
        let mut slots = self.lock();
        let regular_max = slots.regular_max(self.capacity.regular);
        if slots.count(SlotKind::Regular) >= regular_max {
            self.make_room(&mut slots);
        }
        let is_full = slots.count(SlotKind::Regular) >= regular_max;
        if is_full && slots.count(SlotKind::Spare) >= self.capacity.spare {
            slots.drain_longest_idle(SlotKind::Spare, 1, 1);
        }
        let kind = match is_full {
            false => SlotKind::Regular,
            true if slots.count(SlotKind::Spare) < self.capacity.spare => SlotKind::Spare,
            true => return None,
        };
        let state = Arc::new(ConnectionState::new(kind == SlotKind::Spare));
        let id = slots.add(kind, Arc::clone(&state));
        self.count.send_replace(slots.by_id.len());
        Some(Slot {
            limiter: Arc::clone(self),
            id,
            state,
        })
    }

    /// Reduces the capacity for a while, because the operating system refuses connections, and drains idle ones.
    /// Whether it was not reduced before.
    pub(super) fn reduce(&self) -> bool {
        let mut slots = self.lock();
        let is_news = slots.regular_max(usize::MAX) == usize::MAX;
        let fewer = slots.count(SlotKind::Regular) * 7 / 8;
        slots.reduced = Some((fewer.max(REDUCED_MIN), Instant::now() + REDUCED_FOR));
        self.make_room(&mut slots);
        is_news
    }

    /// Drains all connections: idle ones close at once, and others after their answers.
    pub(super) fn drain_all(&self) {
        for (_, state) in self.lock().by_id.values() {
            state.request_drain();
        }
    }

    /// Waits until all connections are closed.
    pub(super) async fn drained(&self) {
        let mut count = self.count.subscribe();
        count
            .wait_for(|count| *count == 0)
            .await
            .expect("the sender lives as long as this");
    }

    /// How many connections there are, and how many requests are in flight on them.
    pub(super) fn load(&self) -> (usize, usize) {
        let slots = self.lock();
        let in_flight = slots.by_id.values().map(|(_, state)| state.in_flight());
        (slots.by_id.len(), in_flight.sum())
    }

    fn make_room(&self, slots: &mut Slots) {
        let too_early = |at: Instant| at.elapsed() < IDLE_SCAN_INTERVAL;
        if slots.scanned_in_vain_at.is_some_and(too_early) {
            return;
        }
        let regular = slots.count(SlotKind::Regular);
        let wanted = (regular + 1).saturating_sub(slots.regular_max(self.capacity.regular));
        let draining = slots.count(SlotKind::Draining);
        let len_max = self.capacity.draining.saturating_sub(draining);
        let has_room = slots.drain_longest_idle(SlotKind::Regular, wanted, len_max) > 0;
        slots.scanned_in_vain_at = (!has_room).then(Instant::now);
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn count(&self, kind: SlotKind) -> usize {
        self.counts[kind as usize]
    }

    /// How many regular slots there are now, of this capacity.
    fn regular_max(&self, capacity: usize) -> usize {
        let reduced = self.reduced.filter(|(_, until)| Instant::now() < *until);
        reduced.map_or(capacity, |(fewer, _)| fewer.min(capacity))
    }

    fn add(&mut self, kind: SlotKind, state: Arc<ConnectionState>) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.counts[kind as usize] += 1;
        self.by_id.insert(id, (kind, state));
        id
    }

    fn remove(&mut self, id: u64) {
        if let Some((kind, _)) = self.by_id.remove(&id) {
            self.counts[kind as usize] -= 1;
        }
    }

    /// Drains the longest idle connections of one kind: `wanted`, or a share of all that are idle if that is more,
    /// but at most `len_max`. Returns how many.
    fn drain_longest_idle(&mut self, kind: SlotKind, wanted: usize, len_max: usize) -> usize {
        let idle = self.by_id.values_mut().filter(|(is, _)| *is == kind);
        let idle = idle.filter_map(|slot| Some((slot.1.idle_since_us()?, slot)));
        let mut idle: Vec<_> = idle.collect();
        let share = idle.len().div_ceil(DRAIN_SHARE);
        let drained = share.max(wanted).min(len_max).min(idle.len());
        if drained > 0 {
            idle.select_nth_unstable_by_key(drained - 1, |(since_us, _)| *since_us);
        }
        for (_, (kind, state)) in idle.into_iter().take(drained) {
            *kind = SlotKind::Draining;
            state.request_drain();
        }
        self.counts[kind as usize] -= drained;
        self.counts[SlotKind::Draining as usize] += drained;
        drained
    }
}

/// A connection's slot; dropping it frees the slot.
pub(super) struct Slot {
    limiter: Arc<ConnectionLimiter>,
    id: u64,
    /// What is known of the connection.
    pub(super) state: Arc<ConnectionState>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut slots = self.limiter.lock();
        slots.remove(self.id);
        self.limiter.count.send_replace(slots.by_id.len());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::super::connection_state::now_us;
    use super::*;

    fn limiter(regular: usize, spare: usize, draining: usize) -> Arc<ConnectionLimiter> {
        Arc::new(ConnectionLimiter::new(Capacity {
            regular,
            spare,
            draining,
        }))
    }

    fn counts(limiter: &ConnectionLimiter) -> [usize; 3] {
        limiter.lock().counts
    }

    /// Whether it was told to drain since this was asked last.
    fn is_drained(slot: &Slot) -> bool {
        slot.state.drain_requested().now_or_never().is_some()
    }

    #[test]
    fn the_longest_idle_is_drained_for_a_new_connection() {
        let limiter = limiter(2, 1, 8);
        let (first, second) = (limiter.acquire().unwrap(), limiter.acquire().unwrap());
        // The first is idle again now, and so the second has been idle for longer.
        drop(first.state.begin_request(now_us(), false));
        let third = limiter.acquire().unwrap();
        assert!(!third.state.is_spare());
        assert!(is_drained(&second));
        assert!(!is_drained(&first));
        assert_eq!(counts(&limiter), [2, 0, 1]);
        drop((first, second, third));
        assert_eq!(counts(&limiter), [0, 0, 0]);
    }

    #[test]
    fn where_the_system_refuses_connections_the_capacity_is_reduced_for_a_while() {
        let limiter = limiter(100, 8, 100);
        let mut held: Vec<_> = (0..16).map(|_| limiter.acquire().unwrap()).collect();
        assert!(limiter.reduce());
        assert_eq!(counts(&limiter), [13, 0, 3]);
        assert!(!limiter.reduce(), "that is known");
        assert_eq!(counts(&limiter), [10, 0, 6]);
        held.extend((0..5).map(|_| limiter.acquire().unwrap()));
        assert_eq!(counts(&limiter), [11, 0, 10], "others make room");
        let reduced = limiter.lock().reduced.take();
        limiter.lock().reduced = reduced.map(|(fewer, _)| (fewer, Instant::now()));
        held.extend((0..50).map(|_| limiter.acquire().unwrap()));
        assert_eq!(counts(&limiter), [61, 0, 10]);
        assert!(limiter.reduce());
    }

    #[test]
    fn a_busy_connection_stays_and_the_next_gets_a_spare_slot() {
        let limiter = limiter(1, 1, 8);
        let busy = limiter.acquire().unwrap();
        let in_flight = busy.state.begin_request(now_us(), false);
        let spare = limiter.acquire().unwrap();
        assert!(spare.state.is_spare());
        let asked = spare.state.begin_request(now_us(), false);
        assert!(limiter.acquire().is_none(), "the spare slot is busy, too");
        drop(asked);
        let next = limiter.acquire().unwrap();
        assert!(next.state.is_spare() && is_drained(&spare));
        assert!(!is_drained(&busy));
        assert_eq!(limiter.load(), (3, 1));
        drop(in_flight);
    }

    #[test]
    fn a_share_of_the_idle_is_drained_together_and_never_more_than_may_be_draining() {
        let limiter = limiter(320, 8, 12);
        let mut held: Vec<_> = (0..321).map(|_| limiter.acquire().unwrap()).collect();
        assert_eq!(counts(&limiter), [311, 0, 10]);
        held.extend((0..9).map(|_| limiter.acquire().unwrap()));
        assert_eq!(counts(&limiter), [320, 0, 10]);
        held.push(limiter.acquire().unwrap());
        assert_eq!(counts(&limiter), [319, 0, 12]);
        held.push(limiter.acquire().unwrap());
        assert_eq!(counts(&limiter), [320, 0, 12]);
        held.push(limiter.acquire().unwrap());
        assert_eq!(counts(&limiter), [320, 1, 12]);
    }
}
