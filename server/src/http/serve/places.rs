//! Who is connected: a place for each connection, and who leaves when places are short.
//! Leaves what is known of one connection to `place`, and what is said on it to `connection`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::place::Place;

/// The share of the idle connections that leaves together when places are short: looking for the longest
/// idle costs more than letting go of them.
const LEAVERS_SHARE: usize = 32;
/// Where nobody was found idle, nobody is looked for again for so long.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where the operating system had room for fewer connections than there are places, it is believed so long.
const SHORT_FOR: Duration = Duration::from_mins(1);
/// So many are served however short the operating system says it is.
const SHORT_MIN: usize = 8;

/// All places of a server.
pub(super) struct Places {
    sizes: Sizes,
    taken: Mutex<Taken>,
    count: watch::Sender<usize>,
}

/// How many connections there may be at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Those that are served.
    pub(super) regular: usize,
    /// Those beyond them, which hear that the server lives, or that they should come back later.
    pub(super) spare: usize,
    /// Those that were told to leave and have not left yet.
    pub(super) leaving: usize,
}

impl Sizes {
    /// The sizes for this many connections that are served.
    pub(super) fn of(regular: usize) -> Self {
        Self {
            regular,
            spare: (regular / 8).clamp(8, 128),
            leaving: (regular / 8).max(8),
        }
    }
}

#[derive(Default)]
struct Taken {
    seats: HashMap<u64, (Standing, Arc<Place>)>,
    next_id: u64,
    counts: [usize; 3],
    looked_in_vain_at: Option<Instant>,
    /// How many are served at most while the operating system has no room for more, and until when.
    short: Option<(usize, Instant)>,
}

/// Why a connection has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Regular,
    Spare,
    Leaving,
}

impl Places {
    pub(super) fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            taken: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }

    /// A place for a new connection. Where places are short, those who have been idle for longest leave;
    /// where nobody is idle it is a spare one, and where these are all busy, none.
    pub(super) fn take(self: &Arc<Self>) -> Option<Held> {
        let mut taken = self.lock();
        let regular_max = taken.regular_max(self.sizes.regular);
        if taken.count(Standing::Regular) >= regular_max {
            self.make_room(&mut taken);
        }
        let is_full = taken.count(Standing::Regular) >= regular_max;
        if is_full && taken.count(Standing::Spare) >= self.sizes.spare {
            taken.send_off(Standing::Spare, 1, 1);
        }
        let standing = match is_full {
            false => Standing::Regular,
            true if taken.count(Standing::Spare) < self.sizes.spare => Standing::Spare,
            true => return None,
        };
        let place = Arc::new(Place::new(standing == Standing::Spare));
        let id = taken.add(standing, Arc::clone(&place));
        self.count.send_replace(taken.seats.len());
        Some(Held {
            places: Arc::clone(self),
            id,
            place,
        })
    }

    /// Takes back some places for a while, because the operating system has no room for so many
    /// connections, and lets idle ones leave. Whether that is news.
    pub(super) fn shrink(&self) -> bool {
        let mut taken = self.lock();
        let is_news = taken.regular_max(usize::MAX) == usize::MAX;
        let fewer = taken.count(Standing::Regular) * 7 / 8;
        taken.short = Some((fewer.max(SHORT_MIN), Instant::now() + SHORT_FOR));
        self.make_room(&mut taken);
        is_news
    }

    /// Lets everybody leave: whoever is idle at once, and whoever has asked for something with the answer.
    pub(super) fn send_all_off(&self) {
        for (_, place) in self.lock().seats.values() {
            place.send_off();
        }
    }

    /// Waits until nobody is left.
    pub(super) async fn empty(&self) {
        let mut count = self.count.subscribe();
        count
            .wait_for(|count| *count == 0)
            .await
            .expect("the sender lives as long as this");
    }

    /// How many connections there are, and how many requests are under way on them.
    pub(super) fn load(&self) -> (usize, usize) {
        let taken = self.lock();
        let under_way = taken.seats.values().map(|(_, place)| place.under_way());
        (taken.seats.len(), under_way.sum())
    }

    fn make_room(&self, taken: &mut Taken) {
        let too_early = |at: Instant| at.elapsed() < LOOK_EVERY;
        if taken.looked_in_vain_at.is_some_and(too_early) {
            return;
        }
        let regular = taken.count(Standing::Regular);
        let wanted = (regular + 1).saturating_sub(taken.regular_max(self.sizes.regular));
        let may = self
            .sizes
            .leaving
            .saturating_sub(taken.count(Standing::Leaving));
        let has_room = taken.send_off(Standing::Regular, wanted, may) > 0;
        taken.looked_in_vain_at = (!has_room).then(Instant::now);
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn count(&self, standing: Standing) -> usize {
        self.counts[standing as usize]
    }

    /// How many are served at most, if there are so many places.
    fn regular_max(&self, places: usize) -> usize {
        let short = self.short.filter(|(_, until)| Instant::now() < *until);
        short.map_or(places, |(fewer, _)| fewer.min(places))
    }

    fn add(&mut self, standing: Standing, place: Arc<Place>) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.counts[standing as usize] += 1;
        self.seats.insert(id, (standing, place));
        id
    }

    fn remove(&mut self, id: u64) {
        if let Some((standing, _)) = self.seats.remove(&id) {
            self.counts[standing as usize] -= 1;
        }
    }

    /// Lets the longest idle of one standing leave: as many as are wanted, or a share of them if that is
    /// more, but no more than may.
    fn send_off(&mut self, standing: Standing, wanted: usize, may: usize) -> usize {
        let idle = self.seats.values_mut().filter(|(is, _)| *is == standing);
        let idle = idle.filter_map(|seat| Some((seat.1.idle_since_us()?, seat)));
        let mut idle: Vec<_> = idle.collect();
        let share = idle.len().div_ceil(LEAVERS_SHARE);
        let leavers = share.max(wanted).min(may).min(idle.len());
        if leavers > 0 {
            idle.select_nth_unstable_by_key(leavers - 1, |(since_us, _)| *since_us);
        }
        for (_, (standing, place)) in idle.into_iter().take(leavers) {
            *standing = Standing::Leaving;
            place.send_off();
        }
        self.counts[standing as usize] -= leavers;
        self.counts[Standing::Leaving as usize] += leavers;
        leavers
    }
}

/// A place that is given back when this is dropped.
pub(super) struct Held {
    places: Arc<Places>,
    id: u64,
    /// What is known of the connection.
    pub(super) place: Arc<Place>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.remove(self.id);
        self.places.count.send_replace(taken.seats.len());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::super::place::now_us;
    use super::*;

    fn places(regular: usize, spare: usize, leaving: usize) -> Arc<Places> {
        Arc::new(Places::new(Sizes {
            regular,
            spare,
            leaving,
        }))
    }

    fn counts(places: &Places) -> [usize; 3] {
        places.lock().counts
    }

    /// Whether it was told to leave since this was asked last.
    fn is_sent_off(held: &Held) -> bool {
        held.place.sent_off().now_or_never().is_some()
    }

    #[test]
    fn the_longest_idle_makes_room() {
        let places = places(2, 1, 8);
        let (first, second) = (places.take().unwrap(), places.take().unwrap());
        // The first is idle again now, and so the second has been idle for longer.
        drop(first.place.begin(now_us(), false));
        let third = places.take().unwrap();
        assert!(!third.place.is_spare());
        assert!(is_sent_off(&second));
        assert!(!is_sent_off(&first));
        assert_eq!(counts(&places), [2, 0, 1]);
        drop((first, second, third));
        assert_eq!(counts(&places), [0, 0, 0]);
    }

    #[test]
    fn where_the_system_has_no_room_places_are_taken_back_for_a_while() {
        let places = places(100, 8, 100);
        let mut held: Vec<_> = (0..16).map(|_| places.take().unwrap()).collect();
        assert!(places.shrink());
        assert_eq!(counts(&places), [13, 0, 3]);
        assert!(!places.shrink(), "that is known");
        assert_eq!(counts(&places), [10, 0, 6]);
        held.extend((0..5).map(|_| places.take().unwrap()));
        assert_eq!(counts(&places), [11, 0, 10], "others make room");
        let short = places.lock().short.take();
        places.lock().short = short.map(|(fewer, _)| (fewer, Instant::now()));
        held.extend((0..50).map(|_| places.take().unwrap()));
        assert_eq!(counts(&places), [61, 0, 10]);
        assert!(places.shrink());
    }

    #[test]
    fn whoever_has_asked_for_something_stays_and_the_next_gets_a_spare_place() {
        let places = places(1, 1, 8);
        let busy = places.take().unwrap();
        let under_way = busy.place.begin(now_us(), false);
        let spare = places.take().unwrap();
        assert!(spare.place.is_spare());
        let asked = spare.place.begin(now_us(), false);
        assert!(places.take().is_none(), "the spare place is busy, too");
        drop(asked);
        let next = places.take().unwrap();
        assert!(next.place.is_spare() && is_sent_off(&spare));
        assert!(!is_sent_off(&busy));
        assert_eq!(places.load(), (3, 1));
        drop(under_way);
    }

    #[test]
    fn no_more_leave_at_once_than_may_and_a_share_of_many_leaves_together() {
        let places = places(320, 8, 12);
        let mut held: Vec<_> = (0..321).map(|_| places.take().unwrap()).collect();
        assert_eq!(counts(&places), [311, 0, 10]);
        held.extend((0..9).map(|_| places.take().unwrap()));
        assert_eq!(counts(&places), [320, 0, 10]);
        held.push(places.take().unwrap());
        assert_eq!(counts(&places), [319, 0, 12]);
        held.push(places.take().unwrap());
        assert_eq!(counts(&places), [320, 0, 12]);
        held.push(places.take().unwrap());
        assert_eq!(counts(&places), [320, 1, 12]);
    }
}
