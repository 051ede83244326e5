//! Long work at a shell: a progress bar, and whether the work was cancelled.
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

/// The progress of long work.
///
/// While there is one, Ctrl-C, SIGTERM and SIGHUP do not end the process: the work asks whether it was cancelled.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    is_cancelled: Arc<AtomicBool>,
    _signals: Runtime,
}

impl Progress {
    /// Begins to listen for signals.
    ///
    /// # Errors
    /// When the operating system gives no thread, or no signals.
    pub(crate) fn start() -> std::io::Result<Self> {
        let signals = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let context = signals.enter();
        for kind in [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ] {
            let (mut told, is_cancelled) = (signal(kind)?, Arc::clone(&is_cancelled));
            signals.spawn(async move {
                if told.recv().await.is_some() {
                    is_cancelled.store(true, Ordering::SeqCst);
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
            is_cancelled,
            _signals: signals,
        })
    }

    /// A part of the work begins: its name, and how much there is of it.
    pub(crate) fn begin(&self, name: &'static str, amount: Amount) {
        let (template, len) = match amount {
            Amount::Bytes(len) => ("{msg}: {bytes} of {total_bytes}", Some(len)),
            Amount::Events(len) | Amount::Rows(len) => {
                ("{msg}: {human_pos} of {human_len}", Some(len))
            }
            Amount::Unknown => ("{msg}", None),
        };
        let style = ProgressStyle::with_template(template);
        self.bar
            .set_style(style.expect("the templates above are well formed"));
        self.bar.set_length(len.unwrap_or_default());
        self.bar.set_position(0);
        self.bar.set_message(name);
    }

    /// A handle for a part of the work that runs elsewhere.
    pub(crate) fn handle(&self) -> Handle {
        Handle {
            bar: self.bar.clone(),
            began: self.began,
            is_cancelled: Arc::clone(&self.is_cancelled),
        }
    }

    /// Whether the work was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::SeqCst)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How much there is to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amount {
    Bytes(u64),
    Events(u64),
    Rows(u64),
    Unknown,
}

/// What a part of the work reports through.
#[derive(Clone)]
pub(crate) struct Handle {
    bar: ProgressBar,
    began: Instant,
    is_cancelled: Arc<AtomicBool>,
}

impl Handle {
    /// Tells how far the part has come.
    pub(crate) fn advance(&self, done: u64) {
        self.bar.set_position(done);
        if self.bar.is_hidden() && self.began.elapsed() > SHOWN_AFTER && is_terminal() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Whether the work was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::SeqCst)
    }
}

fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}
