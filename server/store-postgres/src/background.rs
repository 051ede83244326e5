//! The threads on which the engine works: tasks of connections and the writer, however the caller itself runs.
//! Leaves what runs on them to those who start it.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use keywright_model::error::Error;
use tokio::runtime::{Builder, Handle, Runtime};

/// As many threads: one for answers while the other decides a batch.
const THREADS: usize = 2;

/// How often it is asked whether what is waited for is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The threads. Dropped, they end, and with them what runs on them.
pub(crate) struct Background(Option<Runtime>);

impl Background {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("keywright-postgres")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Where tasks are started; there while this lives.
    pub(crate) fn handle(&self) -> Handle {
        let runtime = self.0.as_ref();
        runtime.expect("only dropping takes it").handle().clone()
    }

    /// Waits for something that is done there. The caller's thread stands still meanwhile: for the start only.
    ///
    /// # Errors
    /// When it panicked.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        let (tell, told) = mpsc::channel();
        self.handle().spawn(async move {
            if tell.send(task.await).is_err() {
                tracing::debug!("nobody waits any more for what was done in the background");
            }
        });
        told.recv()
            .map_err(|_| Error::internal("what the engine did in the background panicked"))
    }
}

impl Background {
    /// The same, unless it is over meanwhile; then `None`. What runs on goes with what it works on.
    ///
    /// # Errors
    /// When it panicked.
    pub(crate) fn wait_unless<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
        mut is_over: impl FnMut() -> bool,
    ) -> Result<Option<T>, Error> {
        if is_over() {
            return Ok(None);
        }
        let (tell, told) = mpsc::channel();
        self.handle().spawn(async move {
            if tell.send(task.await).is_err() {
                tracing::debug!("nobody waits any more for what was done in the background");
            }
        });
        loop {
            match told.recv_timeout(LOOK_EVERY) {
                Ok(outcome) => return Ok(Some(outcome)),
                Err(RecvTimeoutError::Timeout) if is_over() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let what = "what the engine did in the background panicked";
                    return Err(Error::internal(what));
                }
            }
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may be dropped where a thread must not wait.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
