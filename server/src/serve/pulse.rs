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
/// long as a request that arrives at the same instant. Nobody sends any where nobody asks.
pub(super) struct Pulse {
    sender: UnixStream,
    /// When the beat that is on its way was sent; 0 if none is.
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
        let mut beat = [0];
        while receiver.readable().await.is_ok() {
            match receiver.try_read(&mut beat) {
                Ok(0) => return,
                Ok(_) => self.arrive(now_us()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => {
                    return tracing::error!(%error, "nobody knows any more how long requests wait");
                }
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

    /// Takes a look at a request, and says how long it has waited for that, about.
    pub(super) fn look(&self) -> Duration {
        let now_us = now_us();
        let looks = self.looks.fetch_add(1, Relaxed);
        if self.sent_us.load(Relaxed) > 0 {
            // The beat has waited for less than whoever is looked at before it.
            let waited_us = self.waited_us.load(Relaxed).max(self.waits_us(now_us));
            return Duration::from_micros(waited_us);
        }
        let rests_us = now_us.saturating_sub(self.arrived_us.load(Relaxed));
        if rests_us > STALE_AFTER_US {
            self.waited_us.store(0, Relaxed);
        }
        if rests_us > BEAT_EVERY_US
            && self.claims(now_us, looks)
            && self.sender.try_write(&[0]).is_err()
        {
            self.sent_us.store(0, Relaxed);
        }
        Duration::from_micros(self.waited_us.load(Relaxed))
    }

    /// Whether it falls to this request to send the next beat.
    fn claims(&self, now_us: u64, looks: u64) -> bool {
        let claim = self.sent_us.compare_exchange(0, now_us, Relaxed, Relaxed);
        if claim.is_ok() {
            self.looks_before.store(looks, Relaxed);
        }
        claim.is_ok()
    }
}
