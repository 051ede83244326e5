//! One connection as its neighbours and its own watch see it: what is under way, and since when nothing is.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::config::Limits;
use crate::http::metrics;
use crate::http::request_class::RequestClass;

/// How long connections may do what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For a handshake, or the head of a request, to arrive.
    pub(super) receive: Duration,
    /// Without a request.
    pub(super) idle: Duration,
    /// With a request under way, without a byte in either direction.
    pub(super) stalled: Duration,
    /// For one request, from its head to the last byte of its answer, whatever moves meanwhile.
    pub(super) request: Duration,
}

impl Patience {
    /// What the configuration allows.
    pub(super) fn of(limits: &Limits) -> Self {
        let seconds = |count: u32| Duration::from_secs(count.into());
        Self {
            receive: seconds(limits.receive_timeout_s),
            idle: seconds(limits.idle_timeout_s),
            // Longer than any request may take, during which nothing need be read or written.
            stalled: seconds(limits.request_timeout_s + 10),
            // As long as that, and as long again as an answer may lie unread.
            request: seconds(limits.request_timeout_s + 10 + limits.idle_timeout_s),
        }
    }
}

const FAREWELL_HTTP2: Duration = Duration::from_secs(10);

/// What is known of one connection. Instants are microseconds since the first connection, from 1 on.
pub(super) struct Place {
    is_spare: bool,
    under_way: AtomicUsize,
    /// When the requests that are under way began.
    begun_us: Mutex<Vec<u64>>,
    /// Since when the client has not taken all of what was answered; else 0.
    unsent_since_us: AtomicU64,
    /// Since when nothing has been under way.
    idle_since_us: AtomicU64,
    /// Since when the head of a request has been arriving, or awaited for the first time; else 0.
    head_since_us: AtomicU64,
    /// Differs whenever something was read or written in between.
    moves: AtomicU32,
    speaks_http2: AtomicBool,
    leave: Notify,
}

/// What is to be done with a connection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays, and is looked at again at this instant.
    Stays(Instant),
    /// It ends with what is under way.
    Leaves,
    /// It is cut off.
    Ends,
}

impl Place {
    pub(super) fn new(is_spare: bool) -> Self {
        let now_us = now_us();
        Self {
            is_spare,
            under_way: AtomicUsize::new(0),
            begun_us: Mutex::default(),
            unsent_since_us: AtomicU64::new(0),
            idle_since_us: now_us.into(),
            head_since_us: now_us.into(),
            moves: AtomicU32::new(0),
            speaks_http2: AtomicBool::new(false),
            leave: Notify::new(),
        }
    }

    /// Whether it is one beyond those that are served.
    pub(super) fn is_spare(&self) -> bool {
        self.is_spare
    }

    /// How many requests are under way.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Relaxed)
    }

    /// Whether a request is under way, or its answer is not all sent.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way() > 0 || self.unsent_since_us.load(Relaxed) > 0
    }

    /// Since when nothing has been under way; `None` if something is.
    pub(super) fn idle_since_us(&self) -> Option<u64> {
        (!self.is_busy()).then(|| self.idle_since_us.load(Relaxed))
    }

    /// Since when the oldest of what is under way has been so.
    fn busy_since_us(&self) -> u64 {
        let oldest = self.begun().iter().copied().min();
        let unsent = Some(self.unsent_since_us.load(Relaxed)).filter(|since_us| *since_us > 0);
        oldest
            .into_iter()
            .chain(unsent)
            .min()
            .unwrap_or_else(now_us)
    }

    fn begun(&self) -> MutexGuard<'_, Vec<u64>> {
        self.begun_us.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client does not take what it is sent.
    pub(super) fn has_stuck(&self) {
        if self.unsent_since_us.load(Relaxed) == 0 {
            self.unsent_since_us.store(now_us(), Relaxed);
        }
    }

    /// The client has taken everything that was sent.
    pub(super) fn has_flushed(&self) {
        if self.unsent_since_us.load(Relaxed) > 0 {
            self.idle_since_us.store(now_us(), Relaxed);
            self.unsent_since_us.store(0, Relaxed);
        }
    }

    /// Something was read.
    pub(super) fn has_read(&self) {
        self.has_moved();
        if !self.is_busy() && self.head_since_us.load(Relaxed) == 0 {
            self.head_since_us.store(now_us(), Relaxed);
        }
    }

    /// Something was read or written.
    pub(super) fn has_moved(&self) {
        self.moves.fetch_add(1, Relaxed);
    }

    /// A request has begun; it lasts until what this gives is dropped.
    pub(super) fn begin(self: &Arc<Self>, begun_us: u64, speaks_http2: bool) -> UnderWay {
        self.begun().push(begun_us);
        self.under_way.fetch_add(1, Relaxed);
        self.head_since_us.store(0, Relaxed);
        self.speaks_http2.store(speaks_http2, Relaxed);
        UnderWay {
            place: Arc::clone(self),
            begun_us,
            class: None,
        }
    }

    /// How long a connection that was told to leave may have nothing under way before it is cut off. In
    /// HTTP/2, what waits for the client's window is not seen from here, and the client says when it is done.
    pub(super) fn farewell(&self) -> Duration {
        if self.speaks_http2.load(Relaxed) {
            FAREWELL_HTTP2
        } else {
            Duration::ZERO
        }
    }

    /// Tells the connection to leave.
    pub(super) fn send_off(&self) {
        self.leave.notify_one();
    }

    /// Waits until the connection is told to leave.
    pub(super) async fn sent_off(&self) {
        self.leave.notified().await;
    }
}

/// A request that is under way.
pub(super) struct UnderWay {
    place: Arc<Place>,
    begun_us: u64,
    /// What is measured of it once it is over; `None` unless it was let in.
    class: Option<RequestClass>,
}

impl UnderWay {
    /// It was let in: how long it takes is measured.
    pub(super) fn is_of(&mut self, class: RequestClass) {
        self.class = Some(class);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let now_us = now_us();
        // Before the count: nobody may see an idle connection with an instant of long ago.
        self.place.idle_since_us.store(now_us, Relaxed);
        self.place.under_way.fetch_sub(1, Relaxed);
        if let Some(class) = self.class {
            metrics::observe_request(class, now_us.saturating_sub(self.begun_us));
        }
        let mut begun = self.place.begun();
        let place = begun.iter().position(|begun_us| *begun_us == self.begun_us);
        place.map(|place| begun.swap_remove(place));
    }
}

/// Looks at a connection from time to time, so that no timer need be moved with each request.
pub(super) struct Watch {
    patience: Patience,
    /// How many moves there had been, when that was seen first.
    seen: (u32, Instant),
}

impl Watch {
    pub(super) fn new(patience: Patience, now: Instant) -> Self {
        Self {
            patience,
            seen: (0, now),
        }
    }

    /// What is to be done. No limit is passed unseen: whatever begins after this look cannot have
    /// passed its limit by the next.
    pub(super) fn look(&mut self, place: &Place, now: Instant) -> Fate {
        let Patience {
            receive,
            idle,
            stalled,
            request,
        } = self.patience;
        let next = now + receive.min(idle);
        if place.is_busy() {
            let moves = place.moves.load(Relaxed);
            if moves != self.seen.0 {
                self.seen = (moves, now);
            }
            // What moves may be no more than a client that says it is still there.
            let limit = (self.seen.1 + stalled).min(instant(place.busy_since_us()) + request);
            return if now >= limit {
                Fate::Ends
            } else {
                Fate::Stays(next.min(limit))
            };
        }
        self.seen = (place.moves.load(Relaxed), now);
        let idle_until = instant(place.idle_since_us.load(Relaxed)) + idle;
        if now >= idle_until {
            return Fate::Leaves;
        }
        let head_since_us = place.head_since_us.load(Relaxed);
        // Between requests, HTTP/2 has much else to say.
        if head_since_us == 0 || place.speaks_http2.load(Relaxed) {
            return Fate::Stays(next.min(idle_until));
        }
        let head_until = instant(head_since_us) + receive;
        if now >= head_until {
            Fate::Ends
        } else {
            Fate::Stays(head_until.min(idle_until))
        }
    }
}

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(super) fn now_us() -> u64 {
    u64::try_from(BEGAN.elapsed().as_micros()).unwrap_or(u64::MAX) + 1
}

fn instant(since_us: u64) -> Instant {
    *BEGAN + Duration::from_micros(since_us - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        receive: Duration::from_secs(20),
        idle: Duration::from_secs(100),
        stalled: Duration::from_secs(160),
        request: Duration::from_secs(500),
    };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// A connection that has been answered once, and its watch.
    fn answered() -> (Arc<Place>, Watch, Instant) {
        let place = Arc::new(Place::new(false));
        drop(place.begin(now_us(), false));
        let idle_since = instant(place.idle_since_us().unwrap());
        (place, Watch::new(PATIENCE, idle_since), idle_since)
    }

    #[test]
    fn a_connection_that_says_nothing_at_all_ends_when_the_head_is_due() {
        let place = Arc::new(Place::new(false));
        let since = instant(place.idle_since_us().unwrap());
        let mut watch = Watch::new(PATIENCE, since);
        let due = since + PATIENCE.receive;
        assert_eq!(watch.look(&place, since), Fate::Stays(due));
        assert_eq!(watch.look(&place, since + seconds(19)), Fate::Stays(due));
        assert_eq!(watch.look(&place, due), Fate::Ends);
    }

    #[test]
    fn an_idle_connection_is_looked_at_early_enough_for_a_head_and_leaves_at_its_limit() {
        let (place, mut watch, since) = answered();
        let next = since + PATIENCE.receive;
        assert_eq!(watch.look(&place, since), Fate::Stays(next));
        let limit = since + PATIENCE.idle;
        assert_eq!(watch.look(&place, since + seconds(99)), Fate::Stays(limit));
        assert_eq!(watch.look(&place, limit), Fate::Leaves);
    }

    #[test]
    fn a_head_that_drips_ends_the_connection_however_often_it_drips() {
        let (place, mut watch, _) = answered();
        place.has_read();
        let since = instant(place.head_since_us.load(Relaxed));
        place.has_read();
        let due = since + PATIENCE.receive;
        assert_eq!(watch.look(&place, since + seconds(19)), Fate::Stays(due));
        place.has_read();
        assert_eq!(watch.look(&place, due), Fate::Ends);
    }

    #[test]
    fn what_http_2_says_between_requests_is_no_head() {
        let (place, mut watch, since) = answered();
        drop(place.begin(now_us(), true));
        place.has_read();
        let later = since + 2 * PATIENCE.receive;
        assert!(matches!(watch.look(&place, later), Fate::Stays(_)));
    }

    #[test]
    fn a_request_under_way_ends_the_connection_only_when_nothing_moves() {
        let (place, mut watch, since) = answered();
        let _under_way = place.begin(now_us(), false);
        place.has_moved();
        let looked = since + PATIENCE.stalled;
        assert!(matches!(watch.look(&place, looked), Fate::Stays(_)));
        let limit = looked + PATIENCE.stalled;
        let later = looked + seconds(159);
        assert_eq!(watch.look(&place, later), Fate::Stays(limit));
        place.has_moved();
        assert!(matches!(watch.look(&place, limit), Fate::Stays(_)));
        let later = limit + PATIENCE.stalled;
        assert_eq!(watch.look(&place, later), Fate::Ends);
    }

    #[test]
    fn a_request_that_takes_too_long_ends_the_connection_whatever_moves() {
        let (place, mut watch, _) = answered();
        let _under_way = place.begin(now_us(), true);
        let begun = instant(place.busy_since_us());
        for passed in (0..500).step_by(100) {
            place.has_moved();
            assert!(matches!(
                watch.look(&place, begun + seconds(passed)),
                Fate::Stays(_)
            ));
        }
        place.has_moved();
        assert_eq!(watch.look(&place, begun + PATIENCE.request), Fate::Ends);
    }

    #[test]
    fn who_has_not_taken_all_of_an_answer_is_not_idle() {
        let (place, mut watch, since) = answered();
        place.has_stuck();
        assert_eq!(place.idle_since_us(), None);
        place.has_read();
        assert_eq!(place.head_since_us.load(Relaxed), 0);
        let looked = since + PATIENCE.idle;
        assert!(matches!(watch.look(&place, looked), Fate::Stays(_)));
        place.has_flushed();
        assert!(place.idle_since_us().is_some());
    }
}
