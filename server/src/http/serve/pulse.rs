//! How long requests wait before anybody looks at them, felt by a byte that waits among them.
//! Leaves whom to turn away for it to `admission`.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::net::UnixStream;

use super::place::now_us;

/// A beat is sent no sooner after the last.
const BEAT_EVERY_US: u64 = 10_000;
/// What was felt longer ago says nothing of now.
const STALE_AFTER_US: u64 = 50_000;
/// A beat behind fewer requests did not wait for them: the machine was asleep, say, or had others to serve.
const CROWD_MIN: u64 = 32;

/// A byte that this server sends to itself now and then: the operating system and the runtime make it wait as
/// long as a request that arrives at the same instant on a connection that is known. Where nobody asks, none
/// is sent.
pub(super) struct Pulse {
    sender: UnixStream,
    /// When the beat that is on its way was sent; 0 if none is, and more than any instant while one is sent.
    sent_us: AtomicU64,
    /// When the last one arrived, and how long that had waited.
    arrived_us: AtomicU64,
    waited_us: AtomicU64,
    /// How many requests have been looked at, and how many had been when the beat was sent.
    looks: AtomicU64,
    looks_before: AtomicU64,
}

impl Pulse {
    /// Starts to feel; that ends with the runtime.
    ///
    /// # Errors
    /// When the operating system has no room for two files more.
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let (sender, receiver) = UnixStream::pair()?;
        let pulse = Arc::new(Self {
            sender,
            sent_us: AtomicU64::new(0),
            arrived_us: AtomicU64::new(0),
            waited_us: AtomicU64::new(0),
            looks: AtomicU64::new(0),
            looks_before: AtomicU64::new(0),
        });
        tokio::spawn(Arc::clone(&pulse).feel(receiver));
        Ok(pulse)
    }

    async fn feel(self: Arc<Self>, receiver: UnixStream) {
        let fault = self.feel_until_fault(receiver).await;
        tracing::error!(%fault, "nobody knows any more how long requests wait, so none is turned away for it");
        self.waited_us.store(0, Relaxed);
        self.sent_us.store(0, Relaxed);
    }

    async fn feel_until_fault(&self, receiver: UnixStream) -> io::Error {
        let mut beat = [0];
        loop {
            if let Err(fault) = receiver.readable().await {
                return fault;
            }
            match receiver.try_read(&mut beat) {
                Ok(0) => return ErrorKind::UnexpectedEof.into(),
                Ok(_) => self.arrive(now_us()),
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => {}
                Err(fault) => return fault,
            }
        }
    }

    fn arrive(&self, now_us: u64) {
        let waited_us = self.waits_us(now_us);
        self.waited_us.store(waited_us, Relaxed);
        self.arrived_us.store(now_us, Relaxed);
        self.sent_us.store(0, Relaxed);
    }

    /// How long the beat that is on its way has waited, if it waits for requests.
    fn waits_us(&self, now_us: u64) -> u64 {
        let before = self.looks_before.load(Relaxed);
        let looks = self.looks.load(Relaxed).saturating_sub(before);
        match self.sent_us.load(Relaxed) {
            sent_us if sent_us > 0 && looks >= CROWD_MIN => now_us.saturating_sub(sent_us),
            _ => 0,
        }
    }

    /// Takes a look at a request now, and says how long it has waited for that, about.
    pub(super) fn look(&self, now_us: u64) -> Duration {
        self.looks.fetch_add(1, Relaxed);
        if self.sent_us.load(Relaxed) > 0 {
            // The beat has waited for less than whoever is looked at before it.
            let waited_us = self.waited_us.load(Relaxed).max(self.waits_us(now_us));
            return Duration::from_micros(waited_us);
        }
        let rests_us = now_us.saturating_sub(self.arrived_us.load(Relaxed));
        if rests_us > STALE_AFTER_US {
            self.waited_us.store(0, Relaxed);
        }
        if rests_us > BEAT_EVERY_US {
            self.beat();
        }
        Duration::from_micros(self.waited_us.load(Relaxed))
    }

    /// Sends a beat, unless somebody else does.
    fn beat(&self) {
        let claim = self.sent_us.compare_exchange(0, u64::MAX, Relaxed, Relaxed);
        if claim.is_ok() {
            self.looks_before.store(self.looks.load(Relaxed), Relaxed);
            self.sent_us.store(now_us(), Relaxed);
            if self.sender.try_write(&[0]).is_err() {
                self.sent_us.store(0, Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So long the runtime is held up, and with it the beat.
    const HELD_UP: Duration = Duration::from_millis(5);

    /// Looks at a crowd while a beat is on its way, and returns what the last one is told.
    fn look_at_crowd(pulse: &Pulse) -> Duration {
        let looks = (0..CROWD_MIN).map(|_| pulse.look(now_us()));
        looks.last().unwrap()
    }

    /// Lets the beat arrive.
    async fn arrival(pulse: &Pulse) {
        while pulse.sent_us.load(Relaxed) > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// Makes it look as if the last beat had arrived so long before.
    fn age(pulse: &Pulse, by_us: u64) {
        let arrived_us = pulse.arrived_us.load(Relaxed);
        pulse
            .arrived_us
            .store(arrived_us.saturating_sub(by_us), Relaxed);
    }

    /// A pulse of a process that has run for a while, whose next look sends a beat.
    fn pulse() -> Arc<Pulse> {
        now_us();
        std::thread::sleep(Duration::from_micros(2 * STALE_AFTER_US));
        Pulse::start().unwrap()
    }

    #[tokio::test]
    async fn a_crowd_waits_as_long_as_the_beat_among_it() {
        let pulse = pulse();
        assert_eq!(pulse.look(now_us()), Duration::ZERO);
        look_at_crowd(&pulse);
        std::thread::sleep(HELD_UP);
        let waits = pulse.look(now_us());
        assert!(waits >= HELD_UP, "the beat is still on its way");
        arrival(&pulse).await;
        assert!(pulse.look(now_us()) >= waits, "it has arrived");
        age(&pulse, STALE_AFTER_US);
        assert_eq!(pulse.look(now_us()), Duration::ZERO, "that was long ago");
    }

    #[tokio::test]
    async fn a_beat_behind_a_few_requests_says_nothing_of_a_crowd() {
        let pulse = pulse();
        pulse.look(now_us());
        std::thread::sleep(HELD_UP);
        assert_eq!(pulse.look(now_us()), Duration::ZERO);
        arrival(&pulse).await;
        assert_eq!(pulse.look(now_us()), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_pulse_that_has_stopped_turns_nobody_away() {
        let pulse = pulse();
        pulse.look(now_us());
        look_at_crowd(&pulse);
        std::thread::sleep(HELD_UP);
        let other_end = UnixStream::pair().unwrap().0;
        Arc::clone(&pulse).feel(other_end).await;
        assert_eq!(pulse.look(now_us()), Duration::ZERO);
    }
}
