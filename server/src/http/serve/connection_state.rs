//! What is known of one connection: requests in flight, when it was last active, whether the client reads.
//! Why shared: the limiter drains the longest idle, and the connection's own watchdog enforces its timeouts.
//! Not here: how many connections there may be (`connection_limiter`), and what happens on one (`connection`).

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::config::Limits;
use crate::http::metrics;
use crate::http::request_class::RequestClass;

/// The timeouts of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    /// For a handshake, or the head of a request, to arrive.
    pub(super) receive: Duration,
    /// Without a request.
    pub(super) idle: Duration,
    /// With a request in flight, without a byte in either direction.
    pub(super) stalled: Duration,
    /// For one request, from its head to the last byte of its answer, whatever is read or written meanwhile.
    pub(super) request: Duration,
}

impl Timeouts {
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

/// How long a draining connection in HTTP/2 may be idle.
const DRAIN_GRACE_HTTP2: Duration = Duration::from_secs(10);

/// What is known of one connection. Instants are microseconds since the first connection, from 1 on.
pub(super) struct ConnectionState {
    is_spare: bool,
    in_flight: AtomicUsize,
    /// When each request in flight began.
    begun_us: Mutex<Vec<u64>>,
    /// Since when the client has not taken all of what was answered; else 0.
    unsent_since_us: AtomicU64,
    /// When the last request ended, or the connection began.
    idle_since_us: AtomicU64,
    /// Since when the head of a request has been arriving, or awaited for the first time; else 0.
    head_since_us: AtomicU64,
    /// Counts reads and writes: if it is the same, nothing has moved.
    progress: AtomicU32,
    speaks_http2: AtomicBool,
    drain: Notify,
}

/// What is to be done with a connection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It goes on, and is checked again at this instant.
    Keep(Instant),
    /// It closes after the requests in flight.
    Drain,
    /// It is cut off at once.
    Abort,
}

impl ConnectionState {
    pub(super) fn new(is_spare: bool) -> Self {
        let now_us = now_us();
        Self {
            is_spare,
            in_flight: AtomicUsize::new(0),
            begun_us: Mutex::default(),
            unsent_since_us: AtomicU64::new(0),
            idle_since_us: now_us.into(),
            head_since_us: now_us.into(),
            progress: AtomicU32::new(0),
            speaks_http2: AtomicBool::new(false),
            drain: Notify::new(),
        }
    }

    /// Whether it holds a spare slot: only health checks are answered on it.
    pub(super) fn is_spare(&self) -> bool {
        self.is_spare
    }

    /// How many requests are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Whether a request is in flight, or an answer not all sent.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight() > 0 || self.unsent_since_us.load(Relaxed) > 0
    }

    /// Since when it has been idle; `None` while it is busy.
    pub(super) fn idle_since_us(&self) -> Option<u64> {
        (!self.is_busy()).then(|| self.idle_since_us.load(Relaxed))
    }

    /// Since when it has been busy: the oldest request in flight, or answer not all sent.
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

    /// Backpressure: the client does not read what it is sent.
    pub(super) fn write_blocked(&self) {
        if self.unsent_since_us.load(Relaxed) == 0 {
            self.unsent_since_us.store(now_us(), Relaxed);
        }
    }

    /// Everything was sent.
    pub(super) fn flushed(&self) {
        if self.unsent_since_us.load(Relaxed) > 0 {
            self.idle_since_us.store(now_us(), Relaxed);
            self.unsent_since_us.store(0, Relaxed);
        }
    }

    /// Something was read.
    pub(super) fn bytes_read(&self) {
        self.progressed();
        if !self.is_busy() && self.head_since_us.load(Relaxed) == 0 {
            self.head_since_us.store(now_us(), Relaxed);
        }
    }

    /// Something was read or written.
    pub(super) fn progressed(&self) {
        self.progress.fetch_add(1, Relaxed);
    }

    /// Begins a request; it is in flight until the guard is dropped.
    pub(super) fn begin_request(self: &Arc<Self>, begun_us: u64, speaks_http2: bool) -> InFlight {
        self.begun().push(begun_us);
        self.in_flight.fetch_add(1, Relaxed);
        self.head_since_us.store(0, Relaxed);
        self.speaks_http2.store(speaks_http2, Relaxed);
        InFlight {
            state: Arc::clone(self),
            begun_us,
            class: None,
        }
    }

    /// How long the connection may be idle while it drains. In HTTP/2, what waits for the client's window is not seen
    /// from here, and the client closes when it is done.
    pub(super) fn drain_grace(&self) -> Duration {
        if self.speaks_http2.load(Relaxed) {
            DRAIN_GRACE_HTTP2
        } else {
            Duration::ZERO
        }
    }

    /// Tells the connection to drain.
    pub(super) fn request_drain(&self) {
        self.drain.notify_one();
    }

    /// Waits until the connection is told to drain.
    pub(super) async fn drain_requested(&self) {
        self.drain.notified().await;
    }
}

/// A request in flight.
pub(super) struct InFlight {
    state: Arc<ConnectionState>,
    begun_us: u64,
    /// By what its duration is counted; `None` if it was shed.
    class: Option<RequestClass>,
}

impl InFlight {
    /// It was not shed: its duration is measured.
    pub(super) fn admitted(&mut self, class: RequestClass) {
        self.class = Some(class);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let now_us = now_us();
        // Before the count: the limiter must not see an idle connection with the instant of an earlier request.
        self.state.idle_since_us.store(now_us, Relaxed);
        self.state.in_flight.fetch_sub(1, Relaxed);
        if let Some(class) = self.class {
            metrics::observe_request(class, now_us.saturating_sub(self.begun_us));
        }
        let mut begun = self.state.begun();
        let index = begun.iter().position(|begun_us| *begun_us == self.begun_us);
        index.map(|index| begun.swap_remove(index));
    }
}

/// Enforces the timeouts of a connection by checks from time to time, so that no timer is reset with each request.
pub(super) struct Watchdog {
    timeouts: Timeouts,
    /// The last count of reads and writes, and when it was first seen.
    seen: (u32, Instant),
}

impl Watchdog {
    pub(super) fn new(timeouts: Timeouts, now: Instant) -> Self {
        Self {
            timeouts,
            seen: (0, now),
        }
    }

    /// What is to be done. No timeout is missed: what begins after this check cannot be over it before the next.
    pub(super) fn check(&mut self, state: &ConnectionState, now: Instant) -> Action {
        let Timeouts {
            receive,
            idle,
            stalled,
            request,
        } = self.timeouts;
        let next = now + receive.min(idle);
        if state.is_busy() {
            let progress = state.progress.load(Relaxed);
            if progress != self.seen.0 {
                self.seen = (progress, now);
            }
            // Reads and writes may be no more than a client's keep-alives.
            let limit = (self.seen.1 + stalled).min(instant(state.busy_since_us()) + request);
            return if now >= limit {
                Action::Abort
            } else {
                Action::Keep(next.min(limit))
            };
        }
        self.seen = (state.progress.load(Relaxed), now);
        let idle_until = instant(state.idle_since_us.load(Relaxed)) + idle;
        if now >= idle_until {
            return Action::Drain;
        }
        let head_since_us = state.head_since_us.load(Relaxed);
        // Between requests, HTTP/2 has much else to say.
        if head_since_us == 0 || state.speaks_http2.load(Relaxed) {
            return Action::Keep(next.min(idle_until));
        }
        let head_until = instant(head_since_us) + receive;
        if now >= head_until {
            Action::Abort
        } else {
            Action::Keep(head_until.min(idle_until))
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

    const TIMEOUTS: Timeouts = Timeouts {
        receive: Duration::from_secs(20),
        idle: Duration::from_secs(100),
        stalled: Duration::from_secs(160),
        request: Duration::from_secs(500),
    };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// A connection that has been answered once, and its watchdog.
    fn answered() -> (Arc<ConnectionState>, Watchdog, Instant) {
        let state = Arc::new(ConnectionState::new(false));
        drop(state.begin_request(now_us(), false));
        let idle_since = instant(state.idle_since_us().unwrap());
        (state, Watchdog::new(TIMEOUTS, idle_since), idle_since)
    }

    #[test]
    fn a_connection_that_sends_nothing_is_aborted_when_the_head_is_due() {
        let state = Arc::new(ConnectionState::new(false));
        let since = instant(state.idle_since_us().unwrap());
        let mut watchdog = Watchdog::new(TIMEOUTS, since);
        let due = since + TIMEOUTS.receive;
        assert_eq!(watchdog.check(&state, since), Action::Keep(due));
        assert_eq!(
            watchdog.check(&state, since + seconds(19)),
            Action::Keep(due)
        );
        assert_eq!(watchdog.check(&state, due), Action::Abort);
    }

    #[test]
    fn an_idle_connection_is_checked_early_enough_for_a_head_and_drained_at_its_limit() {
        let (state, mut watchdog, since) = answered();
        let next = since + TIMEOUTS.receive;
        assert_eq!(watchdog.check(&state, since), Action::Keep(next));
        let limit = since + TIMEOUTS.idle;
        assert_eq!(
            watchdog.check(&state, since + seconds(99)),
            Action::Keep(limit)
        );
        assert_eq!(watchdog.check(&state, limit), Action::Drain);
    }

    #[test]
    fn a_slow_head_aborts_the_connection_however_steadily_it_arrives() {
        let (state, mut watchdog, _) = answered();
        state.bytes_read();
        let since = instant(state.head_since_us.load(Relaxed));
        state.bytes_read();
        let due = since + TIMEOUTS.receive;
        assert_eq!(
            watchdog.check(&state, since + seconds(19)),
            Action::Keep(due)
        );
        state.bytes_read();
        assert_eq!(watchdog.check(&state, due), Action::Abort);
    }

    #[test]
    fn frames_of_http_2_between_requests_are_no_head() {
        let (state, mut watchdog, since) = answered();
        drop(state.begin_request(now_us(), true));
        state.bytes_read();
        let later = since + 2 * TIMEOUTS.receive;
        assert!(matches!(watchdog.check(&state, later), Action::Keep(_)));
    }

    #[test]
    fn a_request_in_flight_aborts_the_connection_only_when_nothing_moves() {
        let (state, mut watchdog, since) = answered();
        let _in_flight = state.begin_request(now_us(), false);
        state.progressed();
        let checked = since + TIMEOUTS.stalled;
        assert!(matches!(watchdog.check(&state, checked), Action::Keep(_)));
        let limit = checked + TIMEOUTS.stalled;
        let later = checked + seconds(159);
        assert_eq!(watchdog.check(&state, later), Action::Keep(limit));
        state.progressed();
        assert!(matches!(watchdog.check(&state, limit), Action::Keep(_)));
        let later = limit + TIMEOUTS.stalled;
        assert_eq!(watchdog.check(&state, later), Action::Abort);
    }

    #[test]
    fn a_request_that_takes_too_long_aborts_the_connection_whatever_moves() {
        let (state, mut watchdog, _) = answered();
        let _in_flight = state.begin_request(now_us(), true);
        let begun = instant(state.busy_since_us());
        for passed in (0..500).step_by(100) {
            state.progressed();
            assert!(matches!(
                watchdog.check(&state, begun + seconds(passed)),
                Action::Keep(_)
            ));
        }
        state.progressed();
        assert_eq!(
            watchdog.check(&state, begun + TIMEOUTS.request),
            Action::Abort
        );
    }

    #[test]
    fn a_connection_whose_answer_is_not_all_read_is_not_idle() {
        let (state, mut watchdog, since) = answered();
        state.write_blocked();
        assert_eq!(state.idle_since_us(), None);
        state.bytes_read();
        assert_eq!(state.head_since_us.load(Relaxed), 0);
        let checked = since + TIMEOUTS.idle;
        assert!(matches!(watchdog.check(&state, checked), Action::Keep(_)));
        state.flushed();
        assert!(state.idle_since_us().is_some());
    }
}
