//! How long requests wait in the run queue before they are read: backpressure that no counter shows.
//! Why by a probe: neither the kernel nor the runtime says how old what it hands over is.
//! Not here: which requests are shed for it (`admission`).

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::net::UnixStream;

use super::connection_state::now_us;

/// The least time between two probes.
const PROBE_INTERVAL_US: u64 = 10_000;
/// From this age on, a measurement counts as no delay.
const STALE_AFTER_US: u64 = 50_000;
/// The least requests that must be read while a probe is on its way. With fewer, what delayed it was something else: the
/// machine slept, or another program had the processor.
const SAMPLES_MIN: u64 = 32;

/// Measures queueing delay by the time that a byte takes through a pair of sockets: the kernel and the runtime queue it
/// like a request that arrives at the same instant on an open connection. Without requests no probe is sent.
pub(super) struct QueueDelayProbe {
    sender: UnixStream,
    /// When the probe under way was sent; 0 if none is, and `u64::MAX` while one is being sent.
    sent_us: AtomicU64,
    /// When the last one arrived, and how long it took.
    arrived_us: AtomicU64,
    waited_us: AtomicU64,
    /// How many requests have been sampled, and how many had been when the probe was sent.
    samples: AtomicU64,
    samples_before: AtomicU64,
}

impl QueueDelayProbe {
    /// Starts to measure; that ends with the runtime.
    ///
    /// # Errors
    /// When the operating system has no room for two more open files.
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let (sender, receiver) = UnixStream::pair()?;
        let probe = Arc::new(Self {
            sender,
            sent_us: AtomicU64::new(0),
            arrived_us: AtomicU64::new(0),
            waited_us: AtomicU64::new(0),
            samples: AtomicU64::new(0),
            samples_before: AtomicU64::new(0),
        });
        tokio::spawn(Arc::clone(&probe).run(receiver));
        Ok(probe)
    }

    async fn run(self: Arc<Self>, receiver: UnixStream) {
        let fault = self.receive_until_fault(receiver).await;
        tracing::error!(%fault, "queueing delay is no longer measured, so no request is shed for it");
        self.waited_us.store(0, Relaxed);
        self.sent_us.store(0, Relaxed);
    }

    async fn receive_until_fault(&self, receiver: UnixStream) -> io::Error {
        let mut probe = [0];
        loop {
            if let Err(fault) = receiver.readable().await {
                return fault;
            }
            match receiver.try_read(&mut probe) {
                Ok(0) => return ErrorKind::UnexpectedEof.into(),
                Ok(_) => self.arrive(now_us()),
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => {}
                Err(fault) => return fault,
            }
        }
    }

    fn arrive(&self, now_us: u64) {
        let waited_us = self.under_way_us(now_us);
        self.waited_us.store(waited_us, Relaxed);
        self.arrived_us.store(now_us, Relaxed);
        self.sent_us.store(0, Relaxed);
    }

    /// How long the probe has been under way, if enough requests were read meanwhile.
    fn under_way_us(&self, now_us: u64) -> u64 {
        let before = self.samples_before.load(Relaxed);
        let samples = self.samples.load(Relaxed).saturating_sub(before);
        match self.sent_us.load(Relaxed) {
            sent_us if sent_us > 0 && samples >= SAMPLES_MIN => now_us.saturating_sub(sent_us),
            _ => 0,
        }
    }

    /// An estimate of how long the request that is read now was queued.
    pub(super) fn sample(&self, now_us: u64) -> Duration {
        self.samples.fetch_add(1, Relaxed);
        if self.sent_us.load(Relaxed) > 0 {
            // This request is read before the probe, so it arrived before that was sent, and waited at least as long.
            let waited_us = self.waited_us.load(Relaxed).max(self.under_way_us(now_us));
            return Duration::from_micros(waited_us);
        }
        let age_us = now_us.saturating_sub(self.arrived_us.load(Relaxed));
        if age_us > STALE_AFTER_US {
            self.waited_us.store(0, Relaxed);
        }
        if age_us > PROBE_INTERVAL_US {
            self.send();
        }
        Duration::from_micros(self.waited_us.load(Relaxed))
    }

    /// Sends a probe, unless another thread does.
    fn send(&self) {
        let claim = self.sent_us.compare_exchange(0, u64::MAX, Relaxed, Relaxed);
        if claim.is_ok() {
            self.samples_before
                .store(self.samples.load(Relaxed), Relaxed);
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

    /// How long the runtime is blocked, and with it the probe.
    const BLOCKED_FOR: Duration = Duration::from_millis(5);

    /// Samples as many requests as a probe needs while it is under way, and returns the last estimate.
    fn sample_many(probe: &QueueDelayProbe) -> Duration {
        let samples = (0..SAMPLES_MIN).map(|_| probe.sample(now_us()));
        samples.last().unwrap()
    }

    /// Lets the probe arrive.
    async fn arrival(probe: &QueueDelayProbe) {
        while probe.sent_us.load(Relaxed) > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// Makes it look as if the last probe had arrived that much earlier.
    fn age(probe: &QueueDelayProbe, by_us: u64) {
        let arrived_us = probe.arrived_us.load(Relaxed);
        probe
            .arrived_us
            .store(arrived_us.saturating_sub(by_us), Relaxed);
    }

    /// Of a process that has run for a while, so that the next sample sends a probe.
    fn probe() -> Arc<QueueDelayProbe> {
        now_us();
        std::thread::sleep(Duration::from_micros(2 * STALE_AFTER_US));
        QueueDelayProbe::start().unwrap()
    }

    #[tokio::test]
    async fn requests_are_queued_as_long_as_the_probe_among_them() {
        let probe = probe();
        assert_eq!(probe.sample(now_us()), Duration::ZERO);
        sample_many(&probe);
        std::thread::sleep(BLOCKED_FOR);
        let waits = probe.sample(now_us());
        assert!(waits >= BLOCKED_FOR, "the probe is still under way");
        arrival(&probe).await;
        assert!(probe.sample(now_us()) >= waits, "it has arrived");
        age(&probe, STALE_AFTER_US);
        assert_eq!(probe.sample(now_us()), Duration::ZERO, "that was long ago");
    }

    #[tokio::test]
    async fn a_probe_behind_a_few_requests_says_nothing_of_a_queue() {
        let probe = probe();
        probe.sample(now_us());
        std::thread::sleep(BLOCKED_FOR);
        assert_eq!(probe.sample(now_us()), Duration::ZERO);
        arrival(&probe).await;
        assert_eq!(probe.sample(now_us()), Duration::ZERO);
    }

    #[tokio::test]
    async fn without_a_probe_no_request_is_shed() {
        let probe = probe();
        probe.sample(now_us());
        sample_many(&probe);
        std::thread::sleep(BLOCKED_FOR);
        let other_end = UnixStream::pair().unwrap().0;
        Arc::clone(&probe).run(other_end).await;
        assert_eq!(probe.sample(now_us()), Duration::ZERO);
    }
}
