//! Long work at a shell: how far it has come, for whoever sits before it, and whether it is to stop.
//! Leaves what there is to do, and to tidy up after a stop, to the work itself.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// The file-size limit was exceeded; Linux and macOS agree on the number.
pub const SIGXFSZ: i32 = 25;

/// Work that is over sooner says nothing of how far it has come.
const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// An eye on long work.
///
/// While there is one, Ctrl-C, SIGTERM and SIGHUP do not end the process: the work asks whether it is to stop.
pub(crate) struct Watch {
    bar: ProgressBar,
    began: Instant,
    is_over: Arc<AtomicBool>,
    _signals: Runtime,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the operating system gives no thread, or no signals.
    pub(crate) fn start() -> std::io::Result<Self> {
        let signals = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let context = signals.enter();
        for kind in [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ] {
            let (mut told, is_over) = (signal(kind)?, Arc::clone(&is_over));
            signals.spawn(async move {
                if told.recv().await.is_some() {
                    is_over.store(true, Ordering::SeqCst);
                }
            });
        }
        // By default this one kills; with a handler, writes past a file-size limit fail as errors.
        let mut exceeded = signal(SignalKind::from_raw(SIGXFSZ))?;
        signals.spawn(async move { while exceeded.recv().await.is_some() {} });
        drop(context);
        Ok(Self {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            began: Instant::now(),
            is_over,
            _signals: signals,
        })
    }

    /// A part of the work begins: its name, and how much there is of it.
    pub(crate) fn begin(&self, name: &'static str, amount: Amount) {
        let (template, len) = match amount {
            Amount::Bytes(len) => ("{msg}: {bytes} of {total_bytes}", Some(len)),
            Amount::Events(len) => ("{msg}: {human_pos} of {human_len}", Some(len)),
            Amount::Unknown => ("{msg}", None),
        };
        let style = ProgressStyle::with_template(template);
        self.bar
            .set_style(style.expect("the templates above are well formed"));
        self.bar.set_length(len.unwrap_or_default());
        self.bar.set_position(0);
        self.bar.set_message(name);
    }

    /// A hand on the work, for whoever does a part of it.
    pub(crate) fn hand(&self) -> Hand {
        Hand {
            bar: self.bar.clone(),
            began: self.began,
            is_over: Arc::clone(&self.is_over),
        }
    }

    /// Whether the work is to stop.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How much there is to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amount {
    Bytes(u64),
    Events(u64),
    Unknown,
}

/// What a part of the work holds of its watch.
#[derive(Clone)]
pub(crate) struct Hand {
    bar: ProgressBar,
    began: Instant,
    is_over: Arc<AtomicBool>,
}

impl Hand {
    /// Tells how far the part has come.
    pub(crate) fn reach(&self, done: u64) {
        self.bar.set_position(done);
        if self.bar.is_hidden() && self.began.elapsed() > SHOWN_AFTER && is_watched() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Whether the work is to stop.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}

fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}
