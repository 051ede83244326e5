//! The state of every rate limit, in memory: a restart begins with rested windows.
//! Leaves the arithmetic to `limit`, which limits a request meets to who asks, and servers that share them to `shared`.

mod shared;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::Limited;
use keywright_model::id::OwnerId;
use keywright_model::limit::{Arrival, Joint, Limit, Rate};

/// Locks among which owners are parted.
const SHARDS: usize = 64;

/// From this many subjects in a shard on, those that are rested are forgotten now and then.
const SUBJECTS_MANY: usize = 1 << 10;

/// Windows that one subject may have: beyond them, those that nobody asks for any more are forgotten.
const WINDOWS_MAX: usize = 16;

/// The windows of all owners, their keys, and the calls of the contracts.
pub(super) struct Windows {
    hasher: RandomState,
    shards: Box<[Mutex<Shard>]>,
}

/// Whose window it is, among those that count for one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// The owner's calls of a contract.
    Contract(Limited),
    /// Whatever is done with any key of the owner.
    Owner,
    /// What is done with one key, by an id that it keeps when it is replaced.
    Key(Uuid),
}

/// A window that a request asks for: of its subject it has the name alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) subject: Subject,
    pub(super) name: &'a str,
    pub(super) limit: Limit,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken<'a> {
    /// Whether every window let it pass, and so was taken from.
    pub(super) passes: bool,
    /// The name of the tightest window: of those that refuse, the one to wait longest for;
    /// if none does, the one with the least left.
    pub(super) name: &'a str,
    /// What the tightest window says.
    pub(super) rate: Rate,
}

#[derive(Default)]
struct Shard {
    windows: HashMap<(OwnerId, Subject), Vec<Window>>,
    /// The number of subjects at which the rested are next looked for.
    sweep_at: usize,
}

struct Window {
    name: Box<str>,
    arrival: Arrival,
}

impl Windows {
    /// Windows that are all rested.
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Takes `cost` from all the windows that are asked for, or from none, in one step;
    /// `None` if none is asked for.
    pub(super) fn take<'a>(
        &self,
        owner_id: OwnerId,
        asked: &[Asked<'a>],
        cost: u64,
        now_ms: i64,
    ) -> Option<Taken<'a>> {
        if asked.is_empty() {
            return None;
        }
        let mut shard = self.shard(owner_id);
        let states = asked.iter().map(|asked| {
            let arrival = shard.arrival(owner_id, asked);
            (asked.limit, arrival)
        });
        let joint = Joint::ask(states, cost, now_ms);
        if joint.passes && cost > 0 {
            for (window, (_, next)) in asked.iter().zip(&joint.each) {
                shard.keep(owner_id, window, asked, *next, now_ms);
            }
        }
        drop(shard);
        Taken::tightest(
            asked,
            joint.passes,
            joint.each.iter().map(|(rate, _)| *rate),
        )
    }

    /// Gives back what was taken for something that then did not happen.
    pub(super) fn give_back(&self, owner_id: OwnerId, asked: &[Asked<'_>], cost: u64) {
        let mut shard = self.shard(owner_id);
        for asked in asked {
            if let Some(window) = shard.window(owner_id, asked) {
                window.arrival = asked.limit.give_back(window.arrival, cost);
            }
        }
    }

    fn shard(&self, owner_id: OwnerId) -> MutexGuard<'_, Shard> {
        let hash = self.hasher.hash_one(owner_id);
        let index = usize::try_from(hash % SHARDS as u64).unwrap_or_default();
        self.shards[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Taken<'a> {
    /// What is said of all windows that were asked, by the tightest of them.
    fn tightest(
        asked: &[Asked<'a>],
        passes: bool,
        rates: impl Iterator<Item = Rate>,
    ) -> Option<Self> {
        let (window, rate) = asked
            .iter()
            .zip(rates)
            .min_by_key(|(_, rate)| tightness(rate))?;
        Some(Self {
            passes,
            name: window.name,
            rate,
        })
    }
}

/// Orders what windows say, the tightest first.
fn tightness(rate: &Rate) -> (bool, Reverse<u32>, u64) {
    let wait_s = match rate.retry_after_s {
        Some(wait_s) => wait_s,
        None if rate.passes => 0,
        None => u32::MAX,
    };
    (rate.passes, Reverse(wait_s), rate.remaining)
}

impl Shard {
    fn arrival(&self, owner_id: OwnerId, asked: &Asked<'_>) -> Arrival {
        let windows = self.windows.get(&(owner_id, asked.subject));
        let window = windows.and_then(|windows| {
            let mut windows = windows.iter();
            windows.find(|window| *window.name == *asked.name)
        });
        window.map_or(Arrival::default(), |window| window.arrival)
    }

    fn window(&mut self, owner_id: OwnerId, asked: &Asked<'_>) -> Option<&mut Window> {
        let windows = self.windows.get_mut(&(owner_id, asked.subject))?;
        windows
            .iter_mut()
            .find(|window| *window.name == *asked.name)
    }

    fn keep(
        &mut self,
        owner_id: OwnerId,
        window: &Asked<'_>,
        asked: &[Asked<'_>],
        arrival: Arrival,
        now_ms: i64,
    ) {
        let key = (owner_id, window.subject);
        if !self.windows.contains_key(&key) {
            self.sweep(now_ms);
        }
        let windows = self.windows.entry(key).or_default();
        if let Some(known) = windows.iter_mut().find(|kept| *kept.name == *window.name) {
            known.arrival = arrival;
            return;
        }
        if windows.len() >= WINDOWS_MAX {
            windows.retain(|kept| {
                let mut asked = asked.iter();
                asked.any(|asked| asked.subject == window.subject && *asked.name == *kept.name)
            });
        }
        windows.push(Window {
            name: window.name.into(),
            arrival,
        });
    }

    /// Forgets who is rested, each time that there are twice as many as were left the last time.
    fn sweep(&mut self, now_ms: i64) {
        if self.windows.len() < self.sweep_at.max(SUBJECTS_MANY) {
            return;
        }
        self.windows.retain(|_, windows| {
            windows.retain(|window| !window.arrival.is_rested(now_ms));
            !windows.is_empty()
        });
        self.sweep_at = self.windows.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use uuid::Uuid;

    use super::{Asked, SUBJECTS_MANY, Subject, WINDOWS_MAX, Windows};
    use crate::keyring::Limited;
    use keywright_model::id::OwnerId;
    use keywright_model::limit::Limit;

    const OWNER: OwnerId = OwnerId(Uuid::from_u128(1));
    const KEY: Subject = Subject::Key(Uuid::from_u128(2));

    const fn asked(subject: Subject, name: &str, count: u64, burst: u64) -> Asked<'_> {
        let limit = Limit {
            count,
            window_s: 60,
            burst,
        };
        Asked {
            subject,
            name,
            limit,
        }
    }

    impl Windows {
        fn subjects(&self) -> usize {
            let lens = self.shards.iter().map(|shard| {
                let shard = shard.lock().unwrap();
                shard.windows.len()
            });
            lens.sum()
        }

        fn names_of(&self, subject: Subject) -> usize {
            let shard = self.shard(OWNER);
            shard.windows.get(&(OWNER, subject)).map_or(0, Vec::len)
        }

        fn passes(&self, asked: &[Asked<'_>], cost: u64, now_ms: i64) -> bool {
            self.take(OWNER, asked, cost, now_ms).unwrap().passes
        }
    }

    #[test]
    fn who_asks_for_no_window_is_told_of_none() {
        assert_eq!(Windows::new().take(OWNER, &[], 1, 0), None);
    }

    #[test]
    fn the_tightest_window_speaks_for_all() {
        let windows = Windows::new();
        let all = [
            asked(Subject::Owner, "wide", 60, 10),
            asked(KEY, "narrow", 60, 2),
            asked(Subject::Contract(Limited::Control), "control", 60, 5),
        ];
        let taken = windows.take(OWNER, &all, 1, 0).unwrap();
        assert_eq!(
            (taken.passes, taken.name, taken.rate.remaining),
            (true, "narrow", 1)
        );
        assert!(windows.passes(&all, 1, 0));
        let refused = windows.take(OWNER, &all, 1, 0).unwrap();
        assert_eq!((refused.passes, refused.name), (false, "narrow"));
        assert_eq!(refused.rate.retry_after_s, Some(1));
    }

    #[test]
    fn the_window_to_wait_longest_for_speaks_for_those_that_refuse() {
        let windows = Windows::new();
        let soon = asked(KEY, "soon", 60, 1);
        let late = asked(KEY, "late", 1, 1);
        let never = asked(KEY, "never", 0, 1);
        assert!(windows.passes(&[soon, late], 1, 0));
        let refused = windows.take(OWNER, &[soon, late], 1, 0).unwrap();
        assert_eq!(
            (refused.name, refused.rate.retry_after_s),
            ("late", Some(60))
        );
        let closed = windows.take(OWNER, &[soon, late, never], 1, 0).unwrap();
        assert_eq!((closed.name, closed.rate.retry_after_s), ("never", None));
    }

    #[test]
    fn one_window_that_refuses_keeps_the_others_whole() {
        let windows = Windows::new();
        let (wide, narrow) = (
            asked(Subject::Owner, "wide", 60, 5),
            asked(KEY, "narrow", 60, 1),
        );
        for order in [[wide, narrow], [narrow, wide]] {
            windows.take(OWNER, &order, 1, 0);
        }
        let left = windows.take(OWNER, &[wide], 0, 0).unwrap();
        assert_eq!(left.rate.remaining, 4);
    }

    #[test]
    fn a_cost_of_nothing_takes_nothing() {
        let windows = Windows::new();
        let window = [asked(KEY, "one", 60, 1)];
        assert!(windows.passes(&window, 0, 0));
        assert!(windows.passes(&window, 1, 0));
        assert!(windows.passes(&window, 0, 0));
        assert!(!windows.passes(&window, 1, 0));
    }

    #[test]
    fn a_window_is_its_owners_its_subjects_and_its_names_alone() {
        let windows = Windows::new();
        let ask = |owner: u128, subject, name| {
            let owner_id = OwnerId(Uuid::from_u128(owner));
            let window = [asked(subject, name, 60, 1)];
            windows.take(owner_id, &window, 1, 0).unwrap().passes
        };
        assert!(ask(1, KEY, "a"));
        assert!(!ask(1, KEY, "a"));
        assert!(ask(1, KEY, "b"));
        assert!(ask(1, Subject::Owner, "a"));
        assert!(ask(1, Subject::Key(Uuid::from_u128(3)), "a"));
        assert!(ask(1, Subject::Contract(Limited::UserKey), "a"));
        assert!(ask(1, Subject::Contract(Limited::Control), "a"));
        assert!(ask(2, KEY, "a"));
    }

    #[test]
    fn a_limit_that_becomes_narrower_locks_nobody_out() {
        let windows = Windows::new();
        assert!(windows.passes(&[asked(KEY, "a", 1, 100)], 100, 0));
        assert!(windows.passes(&[asked(KEY, "a", 60, 10)], 1, 0));
    }

    #[test]
    fn sixty_four_threads_get_the_burst_between_them_and_no_more() {
        let windows = Windows::new();
        let count = AtomicU32::new(0);
        let all = [
            asked(Subject::Owner, "a", 60, 10),
            asked(KEY, "b", 60, 1000),
        ];
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let passes = windows.passes(&all, 1, 0);
                        count.fetch_add(u32::from(passes), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 10);
        let left = windows.take(OWNER, &all[1..], 0, 0).unwrap();
        assert_eq!(left.rate.remaining, 990, "the refused took nothing");
    }

    #[test]
    fn the_rested_are_forgotten_and_the_others_are_not() {
        let windows = Windows::new();
        let take = |key: usize, now_ms| {
            let subject = Subject::Key(Uuid::from_u128(key as u128));
            let window = [asked(subject, "a", 60, 1)];
            windows.take(OWNER, &window, 1, now_ms).unwrap().passes
        };
        for key in 0..SUBJECTS_MANY - 1 {
            assert!(take(key, 0));
        }
        assert!(take(SUBJECTS_MANY - 1, 999));
        assert!(!take(SUBJECTS_MANY - 1, 1000));
        assert_eq!(windows.subjects(), SUBJECTS_MANY, "nobody new came");
        assert!(take(SUBJECTS_MANY, 1000));
        assert_eq!(windows.subjects(), 2);
        assert!(!take(SUBJECTS_MANY - 1, 1000));
    }

    #[test]
    fn names_that_nobody_asks_for_any_more_do_not_pile_up() {
        let windows = Windows::new();
        let names: Vec<String> = (0..=WINDOWS_MAX).map(|name| name.to_string()).collect();
        for name in &names[..WINDOWS_MAX] {
            assert!(windows.passes(&[asked(KEY, name, 60, 1)], 1, 0));
        }
        assert_eq!(windows.names_of(KEY), WINDOWS_MAX);
        let (kept, new) = (asked(KEY, &names[0], 60, 2), asked(KEY, &names[16], 60, 1));
        assert!(windows.passes(&[kept, new], 1, 0));
        assert_eq!(windows.names_of(KEY), 2);
        assert!(!windows.passes(&[kept], 1, 0));
    }
}
